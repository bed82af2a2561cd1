//! The merge revision that `alembic merge heads` would write, by the project's own template where that is plain.

mod name;
mod template;

use super::chain::{self, Scope};
use super::draft::{Draft, Drafting};
use super::fresh_id::fresh_id;
use super::repair::{Broken, Repair};
use super::{Plan, PlanKind};
use crate::audited::Audited;
use crate::finding::Applicability;
use crate::graph::RevisionIx;
use crate::ingest::{Resolved, SourceTree, TreePath, in_folder};
use crate::patch::FilePatch;
use crate::rules::{Ids, MULTIPLE_HEADS};
use crate::source::{Script, read_script};
use crate::text::{listed, python_literal};
use template::Given;

/// The merge revision. It leaves the histories as they are, whatever order Alembic runs them in.
pub(super) static REPAIR: Repair =
    Repair { kind: PlanKind::Merge, sets_order: false, is_whole: false, must_mend: true, plan };

fn plan(broken: &Broken<'_>) -> Option<Plan> {
    let audited = broken.audited();
    if broken.is_ambiguous() || !broken.errors.contains(&&MULTIPLE_HEADS) {
        return None;
    }
    // Where something is missing, what looks like a head may be none: what is faulty is mended first. A body that does not
    // parse hides no parent.
    if audited.load_error().is_some() && !audited.heads_are_certain() {
        let mended = chain::draft(broken, Scope::FaultyOnly, &[])?.draft;
        let both = broken.then(&mended, &[&REPAIR]).pop()?;
        return broken.prove(&REPAIR, both.draft).ok();
    }
    let graph = &audited.graph;
    [graph.real_heads(), graph.tips()].into_iter().find_map(|heads| {
        // `alembic merge heads` leaves out what others depend on, and `alembic upgrade head` does not.
        broken.prove(&REPAIR, draft(broken.tree, audited, &heads)?).ok()
    })
}

/// What `-m` would be given.
const MESSAGE: &str = "merge heads";

/// Drafts the merge; nothing where fewer than two heads are left to merge.
fn draft(tree: &SourceTree, audited: &Audited, heads: &[RevisionIx]) -> Option<Draft> {
    let graph = &audited.graph;
    if heads.len() < 2 {
        return None;
    }
    let parents: Vec<_> = heads.iter().map(|&ix| graph.id(ix).to_owned()).collect();
    let id = fresh_id(&parents, |id| graph.find(id).is_some());
    let (file, written_by) = revision_file(tree, audited, &id, &parents, MESSAGE)?;
    let mut drafting = Drafting::default();
    drafting.add(file, id, parents, "joins the heads; it runs nothing itself".to_owned());
    let ran_before = ran_before(audited);
    let tells_of_another_past = !ran_before.is_empty();
    let applicability = if tells_of_another_past { Applicability::Unsafe } else { Applicability::Safe };
    let cautions = cautions(audited).into_iter().chain([written_by]).chain(ran_before).collect();
    Some(Draft { cautions, tells_of_another_past, ..drafting.done(applicability)? })
}

/// A new revision that runs nothing, beside that of a head, and who writes it; nothing where a file of that name is there.
pub(super) fn revision_file(
    tree: &SourceTree,
    audited: &Audited,
    id: &str,
    parents: &[String],
    message: &str,
) -> Option<(FilePatch, String)> {
    let graph = &audited.graph;
    let model =
        graph.tips().into_iter().find_map(|ix| graph.node(ix).script).map(|at| &audited.scripts[at])?;
    let (path, by_settings) = path(tree, audited, model, id, message)?;
    let (text, by_template) = match by_template(tree, audited, id, parents, message) {
        Ok(text) => (text, None),
        Err(why) => (own_script(tree, model, id, parents, message), Some(why)),
    };
    let file = FilePatch { path, before: None, after: Some(text.into_bytes().into()) };
    Some((file, written_by(by_template, by_settings)))
}

/// Where the file goes, and whether it is called as the settings say; nothing where a file is there already.
fn path(
    tree: &SourceTree,
    audited: &Audited,
    model: &Script,
    id: &str,
    message: &str,
) -> Option<(TreePath, bool)> {
    let environment = &audited.environment;
    let folder = match environment.version_locations.as_slice() {
        [one] => one,
        _ => model.path.folder(),
    };
    let settings = environment.config.as_ref().map(|config| &config.settings);
    let template = settings.and_then(|settings| settings.file_template.as_deref());
    let length = settings.and_then(|settings| settings.slug_length.as_deref());
    let named = name::name(template, length, id, message);
    // Alembic would not find a file in a folder of its own again.
    let named = named.filter(|name| environment.recursive || !name.contains('/'));
    let parsed = named.and_then(|name| TreePath::parse(&in_folder(folder, &name)).ok());
    let by_settings = parsed.is_some();
    let default = || {
        let name = name::name(None, None, id, message)?;
        TreePath::parse(&in_folder(folder, &name)).ok()
    };
    let path = parsed.or_else(default).filter(|path| !tree.contains(path))?;
    Some((path, by_settings))
}

/// Why a file is not written by the project's template.
#[derive(Debug, Clone, Copy)]
enum NotFollowed {
    NotHere,
    NotPlain,
}

/// The file as the project's own template makes it.
fn by_template(
    tree: &SourceTree,
    audited: &Audited,
    id: &str,
    parents: &[String],
    message: &str,
) -> Result<String, NotFollowed> {
    let environment = &audited.environment;
    let place = in_folder(&environment.script_location, "script.py.mako");
    let template = match tree.resolve(&place) {
        Resolved::File(path) => tree.get(&path),
        _ => None,
    };
    let template = template.ok_or(NotFollowed::NotHere)?;
    let template = std::str::from_utf8(template).map_err(|_| NotFollowed::NotPlain)?;
    let settings = environment.config.as_ref().map(|config| &config.settings);
    let databases = settings.map_or(&[][..], |settings| &settings.databases);
    let given = Given { id, parents, message, databases };
    let text = template::rendered(template, given).ok_or(NotFollowed::NotPlain)?;
    let path = TreePath::parse("merge.py").map_err(|_| NotFollowed::NotPlain)?;
    let script = read_script(&path, text.as_bytes());
    let reads_back = script.id() == Some(id)
        && script.down_revision.values() == parents
        && script.syntax_faults.is_empty()
        && script.has_upgrade;
    reads_back.then_some(text).ok_or(NotFollowed::NotPlain)
}

/// Who writes the file, and what is not as Alembic would write it.
fn written_by(by_template: Option<NotFollowed>, by_settings: bool) -> String {
    let by = match by_template {
        None => "The file is what the project's own script.py.mako makes of it, but for the create date",
        Some(NotFollowed::NotHere) => {
            "script.py.mako is not among the files, so the file is in rechain's own form"
        }
        Some(NotFollowed::NotPlain) => {
            "The project's script.py.mako holds more than what Alembic's own templates do, so the file is in rechain's own form"
        }
    };
    let named = if by_settings {
        ""
    } else {
        "; its name leaves out what file_template asks for besides the id and the message"
    };
    format!("{by}{named}.")
}

/// The file in our own form, as the file of a head is written.
fn own_script(tree: &SourceTree, model: &Script, id: &str, parents: &[String], message: &str) -> String {
    let annotated = tree.get(&model.path).is_some_and(|source| {
        model.down_revision.literal().is_some_and(|literal| {
            let statement = literal.statement.slice(source);
            statement.iter().take_while(|&&byte| byte != b'=').any(|&byte| byte == b':')
        })
    });
    let quote =
        model.revision.literal().and_then(|literal| literal.items.first()).map_or('"', |item| item.quote);
    // Where several databases are upgraded, `env.py` hands each one's name over.
    let upgrade = model.program.function("upgrade");
    let parameter = upgrade.and_then(|upgrade| upgrade.parameters.first()).map_or("", |own| &own.name);
    let text = script_text(message, id, parents, annotated, quote, parameter);
    let crlf = tree.get(&model.path).is_some_and(|source| source.windows(2).any(|pair| pair == b"\r\n"));
    if crlf { text.replace('\n', "\r\n") } else { text }
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
    let scripts = Ids::of(&audited.scripts);
    let said = |base: &Script| {
        let said = scripts.said_parents(base);
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
fn script_text(
    message: &str,
    id: &str,
    parents: &[String],
    annotated: bool,
    quote: char,
    parameter: &str,
) -> String {
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
        "\"\"\"{message}\n\nRevision ID: {id}\nRevises: {revises}\n\n\"\"\"\n{imports}\
         # revision identifiers, used by Alembic.\nrevision{of_id} = {id_text}\ndown_revision{of_other} = {down}\n\
         branch_labels{of_other} = None\ndepends_on{of_other} = None\n\n\n\
         def upgrade({parameter}){returns}:\n    pass\n\n\ndef downgrade({parameter}){returns}:\n    pass\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_reads_back_as_a_merge_of_the_heads() {
        for annotated in [false, true] {
            let parents = ["a".to_owned(), "b".to_owned()];
            let text = script_text(MESSAGE, "0123456789ab", &parents, annotated, '\'', "");
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
        let audited = &audit.environments[0];
        let draft = draft(&tree, audited, &audited.graph.real_heads()).expect("there are two heads");
        assert_eq!(draft.patch.files[0].path.folder(), "");
    }
}
