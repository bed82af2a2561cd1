//! The merge revision that `alembic merge heads` would write.

use std::collections::BTreeMap;

use super::chain::{self, Scope};
use super::fresh_id::fresh_id;
use super::repair::{Broken, Repair};
use super::{Draft, Plan, PlanKind, RevisionChange};
use crate::audited::Audited;
use crate::finding::Applicability;
use crate::graph::RevisionIx;
use crate::ingest::{SourceTree, TreePath, in_folder};
use crate::patch::{FilePatch, PatchSet};
use crate::rules::{MULTIPLE_HEADS, said_parents};
use crate::source::Script;
use crate::text::{listed, python_literal};

/// The merge revision. It leaves the histories as they are, whatever order Alembic runs them in.
pub(super) static REPAIR: Repair = Repair { kind: PlanKind::Merge, sets_order: false, is_whole: false, plan };

fn plan(broken: &Broken<'_>) -> Option<Plan> {
    let audited = broken.audited();
    if broken.is_ambiguous() || !broken.errors.contains(&&MULTIPLE_HEADS) {
        return None;
    }
    if audited.load_error().is_none() {
        return broken.prove(&REPAIR, draft(broken.tree, audited)?).ok();
    }
    // Where Alembic cannot load the files, what looks like a head may be none: what is faulty is mended first.
    let mended = chain::draft(broken, Scope::FaultyOnly, &[])?.draft;
    let (draft, _) = broken.then(&mended, &[&REPAIR]).pop()?;
    broken.prove(&REPAIR, draft).ok()
}

/// Drafts the merge; nothing where fewer than two heads are left to merge.
pub(super) fn draft(tree: &SourceTree, audited: &Audited) -> Option<Draft> {
    let graph = &audited.graph;
    let heads: Vec<_> = graph.real_heads();
    if heads.len() < 2 {
        return None;
    }
    let parents: Vec<_> = heads.iter().map(|&ix| graph.id(ix).to_owned()).collect();
    let id = fresh_id(&parents, |id| graph.find(id).is_some());
    let model = model(audited)?;
    let file = revision_file(tree, model, "merge heads", &format!("{id}_merge_heads.py"), &id, &parents)?;
    let change = RevisionChange {
        path: file.path.clone(),
        revision: id,
        old_revision: None,
        added: true,
        removed: false,
        before: Vec::new(),
        after: parents,
        reason: "joins the heads; it runs nothing itself".to_owned(),
    };
    let ran_before = ran_before(audited);
    Some(Draft {
        patch: PatchSet::new(vec![file]),
        changes: vec![change],
        order: Vec::new(),
        applicability: if ran_before.is_empty() { Applicability::Safe } else { Applicability::Unsafe },
        tells_of_another_past: !ran_before.is_empty(),
        cautions: cautions(audited).into_iter().chain(ran_before).collect(),
        copies: BTreeMap::new(),
    })
}

/// The file that a new one is written like: that of a head.
pub(super) fn model(audited: &Audited) -> Option<&Script> {
    let graph = &audited.graph;
    graph.real_heads().into_iter().find_map(|ix| graph.node(ix).script).map(|at| &audited.scripts[at])
}

/// A new revision that runs nothing, written like `model` and beside it; nothing where a file of that name is there.
pub(super) fn revision_file(
    tree: &SourceTree,
    model: &Script,
    title: &str,
    name: &str,
    id: &str,
    parents: &[String],
) -> Option<FilePatch> {
    let annotated = tree.get(&model.path).is_some_and(|source| {
        model.down_revision.literal().is_some_and(|literal| {
            let statement = literal.statement.slice(source);
            statement.iter().take_while(|&&byte| byte != b'=').any(|&byte| byte == b':')
        })
    });
    let path =
        TreePath::parse(&in_folder(model.path.folder(), name)).ok().filter(|path| !tree.contains(path))?;
    let quote =
        model.revision.literal().and_then(|literal| literal.items.first()).map_or('"', |item| item.quote);
    let text = script_text(title, id, parents, annotated, quote);
    let crlf = tree.get(&model.path).is_some_and(|source| source.windows(2).any(|pair| pair == b"\r\n"));
    let text = if crlf { text.replace('\n', "\r\n") } else { text };
    Some(FilePatch { path, before: None, after: Some(text.into_bytes().into()) })
}

fn cautions(audited: &Audited) -> Vec<String> {
    let mut cautions = vec![
        "No existing file changes, so no database can skip anything, whatever it has run. After it, `downgrade -1` from \
         the merge is ambiguous, and the branches stay in the history."
            .to_owned(),
    ];
    if audited.graph.bases().len() > 1 {
        cautions.push(
            "The bases stay apart: on an empty database Alembic decides which history runs first, and a migration may \
             meet a table that another history creates later."
                .to_owned(),
        );
    }
    cautions
}

/// The bases whose docstring names a parent: a database that ran one when it had that parent has run the parent too, and
/// holds no row for it.
fn ran_before(audited: &Audited) -> Vec<String> {
    let graph = &audited.graph;
    let script = |ix: RevisionIx| graph.node(ix).script.map(|at| &audited.scripts[at]);
    let bases = graph.bases().into_iter().filter_map(script);
    let said = |base: &Script| {
        let said = said_parents(&audited.scripts, base);
        let ids: Vec<&str> = said.into_iter().map(|(id, _)| id).collect();
        (!ids.is_empty()).then(|| {
            format!(
                "The docstring of {} says that it revised {}. A database that ran it then has run that too, and runs it \
                 again after this: give it its parent back instead.",
                base.id().unwrap_or_default(),
                listed(&ids)
            )
        })
    };
    bases.filter_map(said).collect()
}

/// The file, as Alembic's own templates write it.
fn script_text(title: &str, id: &str, parents: &[String], annotated: bool, quote: char) -> String {
    let written: Vec<_> = parents.iter().map(|parent| python_literal(parent, quote)).collect();
    let id_text = python_literal(id, quote);
    let down = if let [one] = written.as_slice() { one.clone() } else { format!("({})", written.join(", ")) };
    let plain: Vec<_> =
        parents.iter().map(|parent| parent.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"")).collect();
    let revises = plain.join(", ");
    let (imports, types, returns) = if annotated {
        ("from typing import Sequence, Union\n\n", [": str", ": Union[str, Sequence[str], None]"], " -> None")
    } else {
        ("", ["", ""], "")
    };
    let [of_id, of_other] = types;
    format!(
        "\"\"\"{title}\n\nRevision ID: {id}\nRevises: {revises}\n\n\"\"\"\n{imports}\
         # revision identifiers, used by Alembic.\nrevision{of_id} = {id_text}\ndown_revision{of_other} = {down}\n\
         branch_labels{of_other} = None\ndepends_on{of_other} = None\n\n\n\
         def upgrade(){returns}:\n    pass\n\n\ndef downgrade(){returns}:\n    pass\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_reads_back_as_a_merge_of_the_heads() {
        for annotated in [false, true] {
            let parents = ["a".to_owned(), "b".to_owned()];
            let text = script_text("merge heads", "0123456789ab", &parents, annotated, '\'');
            let script =
                crate::source::read_script(&TreePath::parse("m.py").expect("relative"), text.as_bytes());
            assert_eq!(script.id(), Some("0123456789ab"));
            assert_eq!(script.down_revision.values(), ["a", "b"]);
            assert_eq!(script.revises(), Some(vec!["a", "b"]));
            assert!(script.syntax_faults.is_empty());
        }
    }

    #[test]
    fn a_folder_of_versions_alone_is_merged_too() {
        let mut tree = SourceTree::default();
        for (id, parent) in [("a", "None"), ("b", "'a'"), ("c", "'a'")] {
            let text = format!("revision = '{id}'\ndown_revision = {parent}\n");
            tree.insert(TreePath::parse(&format!("{id}.py")).expect("relative"), text.into_bytes());
        }
        let audit = crate::audit::audit(&tree, crate::audited::AuditOptions::default(), &mut |_, _| {});
        let draft = draft(&tree, &audit.environments[0]).expect("there are two heads");
        assert_eq!(draft.patch.files[0].path.folder(), "");
    }
}
