//! The checklist: seven questions, each answered pass, fail or unknown by the audit.

use std::collections::BTreeSet;

use super::present::no_failure_on;
use super::words::{left_open, lost, of_the_schema};
use super::{ChecklistItem, Question, Status};
use crate::audited::Audited;
use crate::finding::Finding;
use crate::replay::{Certainty, Direction, Ending, Step, Upgrade, WayBack};
use crate::rules::TARGET_METADATA_NONE;
use crate::source::{Flavour, Sight, TargetMetadata};
use crate::text::{capital, listed, plural};

/// The answers for one environment, beside what was found; all unknown when there is none.
pub(super) fn checklist(audited: Option<&Audited>, findings: &[Finding]) -> Vec<ChecklistItem> {
    let flavour = audited.map_or(Flavour::Alembic, |audited| audited.environment.flavour);
    // Branches that are kept apart on purpose are deployed together.
    let upgrade = match audited.filter(|audited| audited.has_heads_by_design()) {
        Some(_) => flavour.command("upgrade heads"),
        None => flavour.upgrade_command(),
    };
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
            format!("`{}` shows one chain, without loose ends", flavour.command("history")),
            history_linear,
        ),
        (Question::UpgradeFromEmpty, format!("`{upgrade}` works from an empty database"), upgrade_from_empty),
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
            if let Some(detail) = audited.filter(|_| runs_env).and_then(env_py_stops) {
                return ChecklistItem {
                    item,
                    title: title.into(),
                    status: Status::Fail,
                    detail: detail.into(),
                };
            }
            let (status, detail) = audited.map_or_else(
                || (Status::Unknown, "There are no migrations to answer by.".to_owned()),
                |audited| ask(audited, findings),
            );
            ChecklistItem { item, title: title.into(), status, detail: detail.into() }
        })
        .collect()
}

/// Why whatever runs env.py stops, as a sentence: it does not parse, or is not there.
fn env_py_stops(audited: &Audited) -> Option<String> {
    match &audited.environment.env_py {
        Some(env_py) => {
            (!env_py.syntax_faults.is_empty()).then(|| format!("{} does not parse.", env_py.path))
        }
        None => audited.missing_env_py.as_ref().map(|path| format!("{path} is not there.")),
    }
}

type Answer = (Status, String);

/// An item, its title, and what answers it.
type Asked = (Question, String, fn(&Audited, &[Finding]) -> Answer);

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

fn single_root(audited: &Audited, _: &[Finding]) -> Answer {
    match audited.shape().bases().as_slice() {
        _ if audited.is_partly_unknown() => unknown(PARTLY_UNKNOWN),
        [] => fail("No revision says down_revision = None."),
        [one] => pass(format!("{one}.")),
        many => fail(format!("{}: {}.", plural(many.len(), "base"), listed(many))),
    }
}

fn valid_parents(audited: &Audited, _: &[Finding]) -> Answer {
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

fn current_runs(audited: &Audited, _: &[Finding]) -> Answer {
    match audited.load_error() {
        Some(error) => fail(error),
        None if audited.is_partly_unknown() => unknown(PARTLY_UNKNOWN),
        None if audited.environment.env_py.is_none() => unknown("There is no env.py in what was given."),
        None => pass("Alembic can load every file."),
    }
}

fn history_linear(audited: &Audited, _: &[Finding]) -> Answer {
    if let Some(error) = audited.load_error() {
        return fail(error);
    }
    if audited.is_partly_unknown() {
        return unknown(PARTLY_UNKNOWN);
    }
    let graph = &audited.graph;
    let mut lost: Vec<_> = graph.shadowed().iter().map(|lost| graph.id(lost.kept)).collect();
    lost.dedup();
    if !lost.is_empty() {
        let n = graph.shadowed().len();
        let are = if n == 1 { "is" } else { "are" };
        let files = plural(n, "file");
        return fail(format!("{files} {are} lost, since a later one has the same id: {}.", listed(&lost)));
    }
    let shape = audited.shape();
    let (n_bases, n_heads) = (shape.bases().len(), shape.heads().len());
    let counts = [
        (n_bases, 1, "base"),
        (n_heads, 1, "head"),
        (shape.branch_points().len(), 0, "branch point"),
        (shape.merge_points().len(), 0, "merge point"),
    ];
    let faults: Vec<_> =
        counts.iter().filter(|(n, wanted, _)| n > wanted).map(|(n, _, what)| plural(*n, what)).collect();
    match (n_bases, n_heads) {
        (1, 1) if faults.is_empty() => pass("Each revision has one parent and one child."),
        (1, 1) => pass(format!("{}: the lines join again.", capital(&listed(&faults)))),
        _ => fail(format!("{}.", listed(&faults))),
    }
}

fn upgrade_from_empty(audited: &Audited, _: &[Finding]) -> Answer {
    if let Some(error) = audited.load_error() {
        return fail(error);
    }
    if audited.is_partly_unknown() {
        return unknown(PARTLY_UNKNOWN);
    }
    if let Some(lost) = lost(audited) {
        return fail(format!("{lost}."));
    }
    let n_heads = audited.shape().heads().len();
    if n_heads > 1 && !audited.has_heads_by_design() {
        return fail(format!("Stops at once: {n_heads} heads."));
    }
    if let Some(stops) = audited.upgrade_error() {
        return fail(format!("It {stops}."));
    }
    if let Some(script) = audited.scripts.iter().find(|script| !script.has_upgrade) {
        return fail(format!("Stops at once: {} has no upgrade().", script.path.file_name()));
    }
    let account = &audited.account;
    let stopped: Vec<_> = account
        .dialects()
        .iter()
        .filter_map(|&dialect| Some((dialect, account.first_failure_on(dialect)?)))
        .map(|(dialect, stop)| {
            format!(
                "{}: stops at {}, {}.",
                dialect.title(),
                id(audited, stop.script),
                stop.message_on(dialect)
            )
        })
        .collect();
    let stopped = stopped.join(" ");
    let running: Vec<_> = account
        .endings()
        .filter(|(_, ending)| *ending == Ending::Runs)
        .map(|(dialect, _)| dialect.title())
        .collect();
    match account.upgrade() {
        Upgrade::NotFollowed => unknown("Nothing speaks against it; it has not been tried."),
        Upgrade::Stops | Upgrade::NeedsElsewhere => match failing(audited, Direction::Upgrade) {
            Some(failing) => fail(failing),
            None => fail(stopped),
        },
        Upgrade::Depends if running.is_empty() => unknown(stopped),
        Upgrade::Depends => unknown(format!("{}. {stopped}", no_failure_on(&running))),
        Upgrade::Runs => {
            let extent = account.best().map(|best| best.known().extent).unwrap_or_default();
            pass(format!("{}; {}.", no_failure_on(&running), of_the_schema(extent, true)))
        }
        Upgrade::Undecided => unknown(format!("{}.", left_open(audited))),
    }
}

/// The revisions that certainly fail on every dialect in question, as sentences.
fn failing(audited: &Audited, direction: Direction) -> Option<String> {
    let account = &audited.account;
    let scripts = match direction {
        Direction::Upgrade => account.failing_everywhere(direction),
        Direction::Downgrade => account.failing_downgrades(),
    };
    let sentence = |script: &usize| {
        let why = account.why(*script, direction).unwrap_or_default();
        format!("{}: {why}.", id(audited, *script))
    };
    (!scripts.is_empty()).then(|| scripts.iter().map(sentence).collect::<Vec<_>>().join(" "))
}

/// The id of a script's revision.
fn id(audited: &Audited, script: usize) -> &str {
    audited.scripts[script].id().unwrap_or_default()
}

fn downgrade(audited: &Audited, _: &[Finding]) -> Answer {
    if let Some(error) = audited.load_error() {
        return fail(error);
    }
    if let Some(failing) = failing(audited, Direction::Downgrade) {
        return fail(failing);
    }
    let Some(replay) = audited.account.best() else {
        return unknown("Nothing speaks against it; it has not been tried.");
    };
    let on_some = audited
        .account
        .failures(Direction::Downgrade)
        .find(|failing| failing.certainty() == Certainty::OnSome && !failing.needs_elsewhere());
    if let Some(failing) = on_some {
        let on: Vec<_> = failing.on.iter().filter(|on| on.certain).map(|on| on.dialect.title()).collect();
        let id = id(audited, failing.script);
        return unknown(format!("On {} that of {id} stops: {}.", listed(&on), failing.message()));
    }
    let ids = |wanted: &dyn Fn(&Step) -> bool| -> Vec<&str> {
        replay.steps.iter().filter(|step| wanted(step)).map(|step| id(audited, step.script)).collect()
    };
    let way_back = |step: &Step| audited.account.way_back(step.script);
    let none = ids(&|step| way_back(step) == WayBack::Missing);
    if !none.is_empty() {
        return fail(format!("No downgrade() in {}.", few(&none)));
    }
    let raising = ids(&|step| way_back(step) == WayBack::Raises);
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
    if replay.steps.iter().all(|step| matches!(way_back(step), WayBack::Undoes | WayBack::Differs)) {
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

fn autogenerate(audited: &Audited, findings: &[Finding]) -> Answer {
    let Some(env_py) = &audited.environment.env_py else {
        return unknown("There is no env.py in what was given.");
    };
    match &env_py.target_metadata {
        TargetMetadata::None { .. } => {
            let sets = format!("{} sets target_metadata = None", env_py.path);
            let is_it = |finding: &Finding| {
                finding.rule == &TARGET_METADATA_NONE
                    && finding.place.as_ref().is_some_and(|place| place.path == env_py.path)
            };
            if findings.iter().any(is_it) {
                fail(format!("{sets}: there is nothing to compare with."))
            } else {
                unknown(format!("{sets}, and there are no models to see."))
            }
        }
        TargetMetadata::Expression { text, .. } => sees(audited, &format!("{} uses {text}", env_py.path)),
        TargetMetadata::Unknown { .. } if env_py.flask_migrate => {
            sees(audited, &format!("{} takes the metadata from Flask-Migrate", env_py.path))
        }
        TargetMetadata::Unknown { .. } | TargetMetadata::Absent => {
            unknown(format!("What {} compares with is only known when it runs.", env_py.path))
        }
    }
}

/// Whether the models are among what is compared with.
fn sees(audited: &Audited, what: &str) -> Answer {
    match &audited.sight {
        Sight::All(n) => pass(format!("{what}, and imports what holds its {}.", plural(*n, "table"))),
        Sight::NoModels => unknown(format!("{what}; nothing that was given has a table on it.")),
        Sight::NotKnown => {
            unknown(format!("{what}; whether all models are imported is only known when it runs."))
        }
        Sight::Misses { models, .. } => {
            let modules: BTreeSet<&str> = models.iter().map(|model| model.module.as_str()).collect();
            let modules = few(&modules.into_iter().collect::<Vec<_>>());
            match audited.tables_not_seen().as_slice() {
                [] => fail(format!("{what}, and never imports {modules}.")),
                lost => fail(format!("{what}, and never imports {modules}: it would drop {}.", few(lost))),
            }
        }
    }
}
