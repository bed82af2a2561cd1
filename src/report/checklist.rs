//! The checklist: seven questions, each answered pass, fail or unknown by the audit.

use super::{ChecklistItem, Status};
use crate::drawing::plural;
use crate::graph::RevisionGraph;
use crate::ingest::TreePath;
use crate::rules::Audited;
use crate::source::{Flavour, TargetMetadata};
use crate::text::listed;

/// The answers for one environment; all unknown when there is none.
pub(super) fn checklist(audited: Option<&Audited>) -> Vec<ChecklistItem> {
    let flavour = audited.map_or(Flavour::Alembic, |audited| audited.environment.flavour);
    let questions: [Question; 7] = [
        ("single-root", "The chain has a single root".to_owned(), single_root),
        ("valid-parents", "Every down_revision names a revision that exists".to_owned(), valid_parents),
        ("current-runs", format!("`{}` runs without error", flavour.command("current")), current_runs),
        ("history-linear", format!("`{}` shows a linear chain", flavour.command("history")), history_linear),
        (
            "upgrade-from-empty",
            format!("`{}` works from an empty database", flavour.upgrade_command()),
            upgrade_from_empty,
        ),
        ("downgrade", format!("`{}` can roll back", flavour.command("downgrade")), downgrade),
        (
            "autogenerate",
            format!(
                "Autogenerate sees the models: `{}`",
                match flavour {
                    Flavour::Alembic => "alembic revision --autogenerate",
                    Flavour::FlaskMigrate => "flask db migrate",
                }
            ),
            autogenerate,
        ),
    ];
    questions
        .into_iter()
        .map(|(item, title, ask)| {
            // A configuration that cannot be used stops what reads it, with migrations or without.
            let stops = |audited: &Audited| {
                !audited.environment.refusals.is_empty()
                    && matches!(item, "current-runs" | "upgrade-from-empty" | "downgrade")
            };
            let audited = audited
                .filter(|audited| !audited.scripts.is_empty() || item == "autogenerate" || stops(audited));
            // What runs env.py stops there.
            let runs_env =
                matches!(item, "current-runs" | "upgrade-from-empty" | "downgrade" | "autogenerate");
            if let Some(broken) = audited.filter(|_| runs_env).and_then(broken_env_py) {
                let detail = format!("{broken} does not parse.");
                return ChecklistItem { item: item.to_owned(), title, status: Status::Fail, detail };
            }
            let (status, detail) = audited
                .map_or_else(|| (Status::Unknown, "There are no migrations to answer by.".to_owned()), ask);
            ChecklistItem { item: item.to_owned(), title, status, detail }
        })
        .collect()
}

/// The path of an env.py that does not parse.
fn broken_env_py(audited: &Audited) -> Option<&TreePath> {
    let env_py = audited.environment.env_py.as_ref()?;
    (!env_py.syntax_faults.is_empty()).then_some(&env_py.path)
}

type Answer = (Status, String);

/// An item, its title, and what answers it.
type Question = (&'static str, String, fn(&Audited) -> Answer);

fn pass(detail: impl Into<String>) -> Answer {
    (Status::Pass, detail.into())
}

fn fail(detail: impl Into<String>) -> Answer {
    (Status::Fail, detail.into())
}

fn unknown(detail: impl Into<String>) -> Answer {
    (Status::Unknown, detail.into())
}

const PARTLY_UNKNOWN: &str = "Not everything about the chain could be read.";

fn single_root(audited: &Audited) -> Answer {
    let bases = audited.graph.bases();
    let ids: Vec<_> = bases.iter().map(|&ix| audited.graph.id(ix)).collect();
    match ids.as_slice() {
        _ if audited.is_partly_unknown() => unknown(PARTLY_UNKNOWN),
        [] => fail("No revision says down_revision = None."),
        [one] => pass(format!("{one}.")),
        many => fail(format!("{} roots: {}.", many.len(), listed(many))),
    }
}

fn valid_parents(audited: &Audited) -> Answer {
    let graph = &audited.graph;
    let ghosts: Vec<_> = graph.ghosts().map(|ix| graph.id(ix)).collect();
    if !ghosts.is_empty() {
        let guess = graph.n_anonymous() > 0 || !audited.environment.complete;
        let detail = format!("Missing: {}.", listed(&ghosts));
        return if guess { unknown(detail) } else { fail(detail) };
    }
    if graph.revisions().any(|ix| graph.node(ix).self_parent) {
        return fail("A revision names itself.");
    }
    if !graph.cycles().is_empty() {
        return fail("Revisions form a loop.");
    }
    if audited.is_partly_unknown() { unknown(PARTLY_UNKNOWN) } else { pass("All are there.") }
}

fn current_runs(audited: &Audited) -> Answer {
    match audited.load_error() {
        Some(error) => fail(error),
        None if audited.is_partly_unknown() => unknown(PARTLY_UNKNOWN),
        None if audited.environment.env_py.is_none() => unknown("There is no env.py in what was given."),
        None => pass("Alembic can load every file."),
    }
}

fn history_linear(audited: &Audited) -> Answer {
    if let Some(error) = audited.load_error() {
        return fail(error);
    }
    if audited.is_partly_unknown() {
        return unknown(PARTLY_UNKNOWN);
    }
    let graph = &audited.graph;
    if let Some(shadowed) = graph.shadowed().first() {
        return fail(format!("Two files declare {}, and one of them is lost.", graph.id(shadowed.kept)));
    }
    let counts = [
        (graph.bases().len(), 1, "root"),
        (graph.tips().len(), 1, "head"),
        (graph.branch_points().len(), 0, "branch point"),
        (graph.merge_points().len(), 0, "merge point"),
    ];
    let faults: Vec<_> =
        counts.iter().filter(|(n, wanted, _)| n > wanted).map(|(n, _, what)| plural(*n, what)).collect();
    if faults.is_empty() && is_one_line(graph) {
        pass("Each revision has one parent and one child.")
    } else {
        let joined = if graph.tips().len() == 1 { " They join again, which is no fault." } else { "" };
        fail(format!("{}.{joined}", listed(&faults)))
    }
}

fn is_one_line(graph: &RevisionGraph) -> bool {
    graph.bases().len() == 1 && graph.tips().len() == 1
}

fn upgrade_from_empty(audited: &Audited) -> Answer {
    if let Some(error) = audited.load_error() {
        return fail(error);
    }
    if audited.is_partly_unknown() {
        return unknown(PARTLY_UNKNOWN);
    }
    if let Some(shadowed) = audited.graph.shadowed().first() {
        let id = audited.graph.id(shadowed.kept);
        return fail(format!("Stops at once: two files declare {id}, and Alembic takes both for heads."));
    }
    let n_heads = audited.graph.tips().len();
    if n_heads > 1 {
        return fail(format!("Stops at once: {n_heads} heads."));
    }
    if let Some(stops) = audited.upgrade_error() {
        return fail(format!("It {stops}."));
    }
    if let Some(script) = audited.scripts.iter().find(|script| !script.has_upgrade) {
        return fail(format!("Stops at once: {} has no upgrade().", script.path.file_name()));
    }
    let doomed = audited.needs.doomed.iter().filter(|(_, doomed)| doomed.certain && !doomed.only_references);
    let named: Vec<_> = doomed
        .map(|(&at, doomed)| {
            let first = doomed.missing.first().map_or("", |missing| missing.name.as_str());
            let id = audited.scripts[at].id().unwrap_or_default();
            match doomed.missing.len() {
                1 => format!("{id} needs {first}, which no migration creates"),
                n => format!("{id} needs {n} objects that no migration creates, {first} among them"),
            }
        })
        .collect();
    let broken =
        audited.scripts.iter().find(|script| script.broken.iter().any(|broken| !broken.in_downgrade));
    match (named.first(), broken) {
        (Some(_), _) => fail(format!("{}.", named.join("; "))),
        (None, Some(script)) => fail(format!("{} fails when it runs.", script.id().unwrap_or_default())),
        (None, None) => unknown("Nothing speaks against it; it has not been tried."),
    }
}

fn downgrade(audited: &Audited) -> Answer {
    let broken = audited.scripts.iter().find_map(|script| {
        let broken = script.broken.iter().find(|broken| broken.in_downgrade)?;
        Some(format!("{}: {}.", script.id().unwrap_or_default(), broken.error))
    });
    match (broken, audited.load_error()) {
        (Some(broken), _) => fail(broken),
        (None, Some(error)) => fail(error),
        (None, None) => unknown("Nothing speaks against it; it has not been tried."),
    }
}

fn autogenerate(audited: &Audited) -> Answer {
    let Some(env_py) = &audited.environment.env_py else {
        return unknown("There is no env.py in what was given.");
    };
    match &env_py.target_metadata {
        TargetMetadata::None { .. } => {
            fail(format!("{} sets target_metadata = None: there is nothing to compare with.", env_py.path))
        }
        TargetMetadata::Expression { text, .. } => pass(format!("{} uses {text}.", env_py.path)),
        TargetMetadata::Unknown { .. } if env_py.flask_migrate => {
            pass(format!("{} takes the metadata from Flask-Migrate.", env_py.path))
        }
        TargetMetadata::Unknown { .. } | TargetMetadata::Absent => {
            unknown(format!("What {} compares with is only known when it runs.", env_py.path))
        }
    }
}
