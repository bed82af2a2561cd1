//! The merge revision that `alembic merge heads` would write.

use std::collections::BTreeMap;

use super::fresh_id::fresh_id;
use super::repair::{Broken, Repair};
use super::{Draft, Plan, PlanKind, RevisionChange};
use crate::audited::Audited;
use crate::finding::Applicability;
use crate::ingest::{SourceTree, TreePath, in_folder};
use crate::patch::{FilePatch, PatchSet};
use crate::rules::MULTIPLE_HEADS;
use crate::text::python_literal;

/// The merge revision. It leaves the histories as they are, whatever order Alembic runs them in.
pub(super) static REPAIR: Repair = Repair { kind: PlanKind::Merge, sets_order: false, is_whole: false, plan };

fn plan(broken: &Broken<'_>) -> Option<Plan> {
    let audited = broken.audited();
    // Where Alembic cannot load the files, `alembic merge heads` cannot run, and what looks like a head may be none.
    if broken.is_ambiguous() || !broken.errors.contains(&&MULTIPLE_HEADS) || audited.load_error().is_some() {
        return None;
    }
    broken.prove(&REPAIR, draft(broken.tree, audited)?).ok()
}

/// Drafts the merge; nothing where fewer than two heads are left to merge.
fn draft(tree: &SourceTree, audited: &Audited) -> Option<Draft> {
    let graph = &audited.graph;
    let heads: Vec<_> = graph.real_heads();
    if heads.len() < 2 {
        return None;
    }
    let parents: Vec<_> = heads.iter().map(|&ix| graph.id(ix).to_owned()).collect();
    let id = fresh_id(&parents, |id| graph.find(id).is_some());
    let model = heads.iter().find_map(|&ix| graph.node(ix).script).map(|at| &audited.scripts[at])?;
    let annotated = tree.get(&model.path).is_some_and(|source| {
        model.down_revision.literal().is_some_and(|literal| {
            let statement = literal.statement.slice(source);
            statement.iter().take_while(|&&byte| byte != b'=').any(|&byte| byte == b':')
        })
    });
    let name = format!("{id}_merge_heads.py");
    let path =
        TreePath::parse(&in_folder(model.path.folder(), &name)).ok().filter(|path| !tree.contains(path))?;
    let quote =
        model.revision.literal().and_then(|literal| literal.items.first()).map_or('"', |item| item.quote);
    let text = merge_script(&id, &parents, annotated, quote);
    let crlf = tree.get(&model.path).is_some_and(|source| source.windows(2).any(|pair| pair == b"\r\n"));
    let text = if crlf { text.replace('\n', "\r\n") } else { text };
    let change = RevisionChange {
        path: path.clone(),
        revision: id,
        old_revision: None,
        added: true,
        removed: false,
        before: Vec::new(),
        after: parents,
        reason: "joins the heads; it runs nothing itself".to_owned(),
    };
    Some(Draft {
        patch: PatchSet::new(vec![FilePatch { path, before: None, after: Some(text.into_bytes().into()) }]),
        changes: vec![change],
        order: Vec::new(),
        applicability: Applicability::Safe,
        cautions: cautions(audited),
        copies: BTreeMap::new(),
    })
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

/// The file, as Alembic's own templates write it.
fn merge_script(id: &str, parents: &[String], annotated: bool, quote: char) -> String {
    let tuple: Vec<_> = parents.iter().map(|parent| python_literal(parent, quote)).collect();
    let id_text = python_literal(id, quote);
    let tuple = tuple.join(", ");
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
        "\"\"\"merge heads\n\nRevision ID: {id}\nRevises: {revises}\n\n\"\"\"\n{imports}\
         # revision identifiers, used by Alembic.\nrevision{of_id} = {id_text}\ndown_revision{of_other} = ({tuple})\n\
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
            let text = merge_script("0123456789ab", &parents, annotated, '\'');
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
