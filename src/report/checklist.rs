//! The checklist: seven questions, each answered pass, fail or unknown by the audit.

use std::collections::BTreeSet;

use super::{ChecklistItem, Question, Status};
use crate::audited::Audited;
use crate::drawing::plural;
use crate::graph::RevisionGraph;
use crate::ingest::TreePath;
use crate::replay::{Replay, Run, Step};
use crate::source::{Flavour, TargetMetadata};
use crate::text::listed;

/// The answers for one environment; all unknown when there is none.
pub(super) fn checklist(audited: Option<&Audited>) -> Vec<ChecklistItem> {
    let flavour = audited.map_or(Flavour::Alembic, |audited| audited.environment.flavour);
    let questions: [Asked; 7] = [
        (Question::SingleRoot, "The chain has a single root".to_owned(), single_root),
        (
            Question::ValidParents,
            "Every down_revision names a revision that exists".to_owned(),
            valid_parents,
        ),
        (Question::CurrentRuns, format!("`{}` runs without error", flavour.command("current")), current_runs),
        (
            Question::HistoryLinear,
            format!("`{}` shows a linear chain", flavour.command("history")),
            history_linear,
        ),
        (
            Question::UpgradeFromEmpty,
            format!("`{}` works from an empty database", flavour.upgrade_command()),
            upgrade_from_empty,
        ),
        (Question::Downgrade, format!("`{}` can roll back", flavour.command("downgrade")), downgrade),
        (
            Question::Autogenerate,
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
                    && matches!(
                        item,
                        Question::CurrentRuns | Question::UpgradeFromEmpty | Question::Downgrade
                    )
            };
            let audited = audited.filter(|audited| {
                !audited.scripts.is_empty() || item == Question::Autogenerate || stops(audited)
            });
            // What runs env.py stops there.
            let runs_env = matches!(
                item,
                Question::CurrentRuns
                    | Question::UpgradeFromEmpty
                    | Question::Downgrade
                    | Question::Autogenerate
            );
            if let Some(broken) = audited.filter(|_| runs_env).and_then(broken_env_py) {
                let detail = format!("{broken} does not parse.");
                return ChecklistItem { item, title, status: Status::Fail, detail };
            }
            let (status, detail) = audited
                .map_or_else(|| (Status::Unknown, "There are no migrations to answer by.".to_owned()), ask);
            ChecklistItem { item, title, status, detail }
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
type Asked = (Question, String, fn(&Audited) -> Answer);

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
    if audited.replays.is_empty() {
        return unknown("Nothing speaks against it; it has not been tried.");
    }
    if let Some(fails) = fails_everywhere(audited, |step| &step.upgrade) {
        return fail(fails);
    }
    let title = |replay: &&Replay| replay.rules.dialect.title();
    let (stopped, runs): (Vec<_>, Vec<_>) =
        audited.replays.iter().partition(|replay| replay.stops_at().is_some());
    let stops = |replay: &&Replay| {
        let (script, failure) = replay.stops_at()?;
        let id = audited.scripts[script].id().unwrap_or_default();
        Some(format!("{}: stops at {id}, {}.", title(replay), failure.what.message))
    };
    let stopped_as: Vec<_> = stopped.iter().filter_map(stops).collect();
    if runs.is_empty() {
        return fail(stopped_as.join(" "));
    }
    let clear = runs.iter().find(|replay| {
        replay.understood().1 == 0
            && replay.upgrade_failures().next().is_none()
            && replay.steps.iter().all(|step| step.upgrade.in_doubt == 0)
    });
    let but = stopped_as.join(" ");
    match (clear, runs.first()) {
        (Some(replay), _) => {
            let titles: Vec<_> = runs.iter().map(title).collect();
            let (operations, _) = replay.understood();
            let what = format!("All {} run on {}. {but}", plural(operations, "operation"), listed(&titles));
            pass(what.trim_end())
        }
        (None, Some(replay)) => {
            let (operations, not) = replay.understood();
            let what = if not == 0 {
                format!("Nothing certain speaks against it. {but}")
            } else {
                format!(
                    "Nothing speaks against it, but {not} of {} were not understood. {but}",
                    plural(operations, "operation")
                )
            };
            unknown(what.trim_end())
        }
        (None, None) => unknown(but),
    }
}

/// The revisions that certainly fail on every dialect in question, as sentences.
fn fails_everywhere(audited: &Audited, run: fn(&Step) -> &Run) -> Option<String> {
    let failing = |replay: &Replay| -> BTreeSet<usize> {
        let fails = |step: &&Step| run(step).failures.iter().any(|failure| failure.what.certain);
        replay.steps.iter().filter(fails).map(|step| step.script).collect()
    };
    let common = audited.replays.iter().map(failing).reduce(|all, own| &all & &own)?;
    let replay = audited.best_replay()?;
    let sentences: Vec<_> = replay
        .steps
        .iter()
        .filter(|step| common.contains(&step.script))
        .filter_map(|step| {
            let certain: Vec<_> = run(step).failures.iter().filter(|failure| failure.what.certain).collect();
            let first = certain.first()?;
            let id = audited.scripts[step.script].id().unwrap_or_default();
            let more = match certain.len() {
                1 => String::new(),
                n => format!(", and {} more", n - 1),
            };
            Some(format!("{id}: {}{more}.", first.what.message))
        })
        .collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

fn downgrade(audited: &Audited) -> Answer {
    if let Some(error) = audited.load_error() {
        return fail(error);
    }
    let broken = audited.needs.broken.iter().find_map(|(&at, broken)| {
        let broken = broken.iter().find(|broken| broken.in_downgrade)?;
        Some(format!("{}: {}.", audited.scripts[at].id().unwrap_or_default(), broken.error))
    });
    if let Some(broken) = broken {
        return fail(broken);
    }
    let Some(replay) = audited.best_replay() else {
        return unknown("Nothing speaks against it; it has not been tried.");
    };
    if let Some(fails) = fails_everywhere(audited, |step| &step.downgrade) {
        return fail(fails);
    }
    let ids = |wanted: &dyn Fn(&Step) -> bool| -> Vec<&str> {
        let steps = replay.steps.iter().filter(|step| wanted(step));
        steps.map(|step| audited.scripts[step.script].id().unwrap_or_default()).collect()
    };
    let none = ids(&|step| !step.downgrade.is_there);
    if !none.is_empty() {
        return fail(format!("No downgrade() in {}.", few(&none)));
    }
    let raising = ids(&|step| step.downgrade.raises.is_some());
    if !raising.is_empty() {
        return fail(format!("No way back from {}: it raises.", few(&raising)));
    }
    let differs = |step: &Step| step.differences.iter().any(|difference| !difference.is_change());
    let differing = ids(&differs);
    if let Some(step) = replay.steps.iter().find(|step| differs(step)) {
        let first = step.differences.iter().find(|difference| !difference.is_change());
        let what = first.map(ToString::to_string).unwrap_or_default();
        return fail(format!("The downgrade of {} does not undo the upgrade: {what}.", few(&differing)));
    }
    let is_clear = replay.steps.iter().all(|step| {
        step.upgrade.unknown.is_empty()
            && step.downgrade.unknown.is_empty()
            && step.downgrade.in_doubt == 0
            && step.upgrade.failures.is_empty()
            && step.downgrade.failures.is_empty()
    });
    if is_clear {
        pass("Each downgrade undoes its upgrade.")
    } else {
        unknown("Nothing certain speaks against it, but not everything was understood.")
    }
}

/// A few names, and how many more there are.
fn few(names: &[&str]) -> String {
    match names {
        [one, two, three, rest @ ..] if rest.len() > 1 => {
            format!("{one}, {two}, {three} and {} more", rest.len())
        }
        names => listed(names),
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
