//! The report's own sentences: verdict, summary, required actions.

use std::collections::BTreeSet;

use super::present::{IN_DOUBT, applicability, file_name, fix_command_of, place};
use super::{ActionReport, CertaintyReport, Grade, TakenReport, Verdict};
use crate::audited::{Audit, Audited};
use crate::finding::{Finding, Group, Severity};
use crate::ingest::{SourceTree, TreePath};
use crate::patch::FilePatch;
use crate::plan::{Plan, PlanKind};
use crate::replay::{Account, Direction, Ending, Failing, Upgrade};
use crate::rules::MISSING_PARENT;
use crate::schema::{Dialect, Extent};
use crate::source::{Evidence, Flavour, Rank};
use crate::text::{capital, listed, number, plural, shown, stopped};

/// The verdict on one environment as a sentence without a final dot.
pub(super) fn headline_of(audit: &Audit, index: usize) -> String {
    let audited = &audit.environments[index];
    let n_warnings = audit.findings_of(index).filter(|finding| finding.severity == Severity::Warning).count();
    headline(audited, audit.grade_of(index), n_warnings)
}

/// The verdict on everything as a sentence without a final dot.
pub(super) fn headline_of_all(audit: &Audit) -> String {
    let all = 0..audit.environments.len();
    let live: Vec<_> = all.filter(|&index| audit.environments[index].environment.live).collect();
    let grade = audit.grade();
    let broken = live.iter().filter(|&&index| audit.grade_of(index).verdict() == Verdict::Broken).count();
    if live.len() > 1 && broken > 0 {
        let what = if grade == Grade::CannotDeploy { "cannot be deployed" } else { "cannot be upgraded" };
        return format!("{broken} of {} environments {what}", live.len());
    }
    let Some(worst) = audit.deciding().map(|index| &audit.environments[index]) else {
        return "No migrations were found".to_owned();
    };
    let n_warnings = audit.findings.iter().filter(|finding| finding.severity == Severity::Warning).count();
    let headline = headline(worst, grade, n_warnings);
    // What is said of one of several is said with its name.
    match worst.environment.version_locations.first() {
        Some(folder) if live.len() > 1 && !matches!(grade, Grade::Warnings | Grade::Sound) => {
            format!("{folder}: {headline}")
        }
        _ => headline,
    }
}

fn headline(audited: &Audited, grade: Grade, n_warnings: usize) -> String {
    let none = audited.scripts.is_empty();
    match grade {
        Grade::CannotDeploy if none => "Alembic stops before it finds a migration".to_owned(),
        Grade::CannotDeploy => "This chain cannot be deployed".to_owned(),
        Grade::Stops => stops(audited),
        Grade::NoEmptyDatabase => {
            let scripts: BTreeSet<_> =
                audited.account.needing_elsewhere().map(|failing| failing.script).collect();
            let rely = if scripts.len() == 1 { "relies" } else { "rely" };
            format!(
                "An empty database cannot be built: {} {rely} on tables that are made elsewhere",
                plural(scripts.len(), "migration")
            )
        }
        Grade::StopsOnSome => hangs_on_the_database(audited),
        Grade::Undecided if none => "No migrations were found".to_owned(),
        Grade::Undecided => undecided(audited),
        Grade::Warnings | Grade::Sound if !audited.environment.live => {
            "Nothing points at this folder".to_owned()
        }
        Grade::Warnings if none => format!("No migrations here, and {}", plural(n_warnings, "warning")),
        Grade::Warnings => format!("This chain is in order, with {}", plural(n_warnings, "warning")),
        Grade::Sound if none => "No migrations here".to_owned(),
        Grade::Sound => "This chain is sound".to_owned(),
    }
}

/// That the upgrade stops, and where.
fn stops(audited: &Audited) -> String {
    let account = &audited.account;
    let id = |script: usize| audited.scripts[script].id().unwrap_or_default();
    let stops: Vec<_> = account
        .endings()
        .filter_map(|(dialect, _)| Some((dialect, account.stop_on(dialect)?.script)))
        .collect();
    match stops.as_slice() {
        [] => match account.failing_everywhere(Direction::Upgrade).as_slice() {
            [] => "The upgrade stops".to_owned(),
            [one] => format!("{} fails when it runs", id(*one)),
            [one, rest @ ..] => {
                format!("{} and {} fail when they run", id(*one), plural(rest.len(), "other"))
            }
        },
        [(dialect, script)] => format!("The upgrade stops at {} on {}", id(*script), dialect.title()),
        [(_, first), rest @ ..] if rest.iter().all(|(_, script)| script == first) => {
            format!("The upgrade stops at {} on every database", id(*first))
        }
        _ => format!("The upgrade stops on every database: {}", places(audited, stops)),
    }
}

/// `on SQLite at a, on PostgreSQL and MySQL at b`.
fn places(audited: &Audited, stops: impl IntoIterator<Item = (Dialect, usize)>) -> String {
    let mut at: Vec<(usize, Vec<&str>)> = Vec::new();
    for (dialect, script) in stops {
        match at.iter_mut().find(|(known, _)| *known == script) {
            Some((_, on)) => on.push(dialect.title()),
            None => at.push((script, vec![dialect.title()])),
        }
    }
    let at = at.into_iter().map(|(script, on)| {
        format!("on {} at {}", listed(&on), audited.scripts[script].id().unwrap_or_default())
    });
    at.collect::<Vec<_>>().join(", ")
}

/// On which databases it runs, and where it stops on the others.
fn hangs_on_the_database(audited: &Audited) -> String {
    let account = &audited.account;
    let with = |wanted: Ending| -> Vec<Dialect> {
        account.endings().filter(|(_, ending)| *ending == wanted).map(|(dialect, _)| dialect).collect()
    };
    let titles =
        |dialects: Vec<Dialect>| listed(&dialects.into_iter().map(Dialect::title).collect::<Vec<_>>());
    let mut parts = Vec::new();
    let (runs, stopping, elsewhere) = (with(Ending::Runs), with(Ending::Stops), with(Ending::NeedsElsewhere));
    if !runs.is_empty() {
        parts.push(format!("runs on {}", titles(runs)));
    }
    if !stopping.is_empty() {
        let at = stopping.into_iter().filter_map(|dialect| Some((dialect, account.stop_on(dialect)?.script)));
        parts.push(format!("stops {}", places(audited, at)));
    }
    if !elsewhere.is_empty() {
        parts.push(format!("cannot build an empty {} database", titles(elsewhere).replace(" and ", " or ")));
    }
    format!("The upgrade {}", listed(&parts))
}

/// What would have to be known.
fn undecided(audited: &Audited) -> String {
    if !audited.unknown.is_empty() || audited.is_partly_unknown() {
        "Part of this chain is not known".to_owned()
    } else if audited.account.replays().is_empty() {
        "Whether this chain runs is not known".to_owned()
    } else {
        left_open(audited)
    }
}

/// Why it is not known whether an upgrade that nothing is known to stop comes to its end, without a final dot.
pub(super) fn left_open(audited: &Audited) -> String {
    let account = &audited.account;
    let (runs, open): (Vec<_>, Vec<_>) = account.endings().partition(|(_, ending)| *ending == Ending::Runs);
    if !runs.is_empty() {
        let titles = |endings: Vec<(Dialect, Ending)>| {
            listed(&endings.iter().map(|(dialect, _)| dialect.title()).collect::<Vec<_>>())
        };
        return format!("It runs on {}, and nothing is known to stop it on {}", titles(runs), titles(open));
    }
    let rest = match account.best().map(|best| best.known().extent) {
        Some(extent) if extent.certain == 0 && extent.all > 0 => "none of the schema is certain".to_owned(),
        Some(extent) if extent.certain < extent.all => {
            format!("{} of the schema is certain", percent(extent))
        }
        _ => doubt(audited),
    };
    format!("Nothing is known to stop it, but {rest}")
}

/// What leaves it open where the schema is certain: the first revision that may fail, or is not understood.
fn doubt(audited: &Audited) -> String {
    let account = &audited.account;
    let id = |script: usize| audited.scripts[script].id().unwrap_or_default();
    let steps = || account.best().into_iter().flat_map(|best| &best.steps);
    if let Some(failing) = account.failures(Direction::Upgrade).next() {
        return format!("{} may fail: {}", id(failing.script), failing.message());
    }
    match steps().find_map(|step| Some((step.script, step.upgrade.unknown.first()?))) {
        Some((script, unknown)) => format!("{} is not understood in full: {}", id(script), unknown.what),
        None => "some of it hangs on what only running tells".to_owned(),
    }
}

/// How much of the schema at the head is certain: `3 of 612 tables and columns at the head are certain (0.4 %)`.
pub(super) fn of_the_schema(extent: Extent) -> String {
    let [certain, all] = [extent.certain, extent.all].map(|count| number(count as u64));
    match extent {
        Extent { all: 0, .. } => "no table is left at the head".to_owned(),
        Extent { certain: 0, .. } => format!("none of {all} tables and columns at the head is certain"),
        _ if extent.certain == extent.all => format!("all {all} tables and columns at the head are certain"),
        _ => format!("{certain} of {all} tables and columns at the head are certain ({})", percent(extent)),
    }
}

/// How much of it is certain, rounded down: what is not all is not written as 100 %.
fn percent(Extent { certain, all }: Extent) -> String {
    let permille = certain * 1000 / all.max(1);
    format!("{}.{} %", permille / 10, permille % 10)
}

/// As many calls that took the certainty are told before the rest is counted.
const CALLS: usize = 3;

/// The same as a sentence, with whether there may be more.
pub(super) fn certainty(CertaintyReport { certain, all, may_have_more, .. }: &CertaintyReport) -> String {
    let more = match (may_have_more, all) {
        (false, _) => "",
        (true, 0) => " that any migration names",
        (true, _) => "; there may be others that no migration names",
    };
    let known = of_the_schema(Extent { certain: *certain, all: *all });
    capital(&format!("{known}{more}."))
}

/// The same, and the first calls that took the rest.
pub(super) fn known(certainty: &CertaintyReport) -> String {
    let taken = &certainty.taken;
    let mut told: Vec<_> = taken
        .iter()
        .take(CALLS)
        .map(|TakenReport { path, line, what, count, .. }| {
            let place = place(file_name(path), Some(*line), None);
            format!("`{place}` ({}: {what})", number(*count as u64))
        })
        .collect();
    if let Some(rest) = taken.get(CALLS..).filter(|rest| !rest.is_empty()) {
        let count: usize = rest.iter().map(|call| call.count).sum();
        told.push(format!("{} ({})", plural(rest.len(), "other line"), number(count as u64)));
    }
    let words = self::certainty(certainty);
    if told.is_empty() { words } else { format!("{words} {IN_DOUBT} {}.", listed(&told)) }
}

/// What the verdict means, for every environment in use: revisions, bases, heads, what a deployment would do.
pub(super) fn summary_of_all(tree: &SourceTree, audit: &Audit) -> String {
    if audit.environments.is_empty() {
        return "Nothing here looks like an Alembic environment: no alembic.ini with a script_location, no env.py that \
                uses alembic.context, no migration files. Give the folder that holds them, or the whole project."
            .to_owned();
    }
    let live: Vec<_> = audit.environments.iter().filter(|audited| audited.environment.live).collect();
    let mut sentences: Vec<_> = live.iter().map(|audited| summary_of(tree, audited)).collect();
    let n_dead = audit.environments.len() - live.len();
    if n_dead > 0 {
        sentences.push(format!("{} that nothing points at.", plural(n_dead, "further environment")));
    }
    sentences.join(" ")
}

/// The same for one environment.
pub(super) fn summary_of(tree: &SourceTree, audited: &Audited) -> String {
    let counts = counts_of(tree, audited);
    match database(audited) {
        Some(database) if !audited.scripts.is_empty() => format!("{counts} {database}"),
        _ => counts,
    }
}

/// Which database is used, with the place that tells it, as a sentence; nothing where nothing tells.
fn database(audited: &Audited) -> Option<String> {
    let database = &audited.database;
    let title =
        |name: &str| Dialect::named(name).map_or_else(|| name.to_owned(), |known| known.title().to_owned());
    let at = |evidence: &Evidence| place(evidence.path.as_str(), Some(evidence.line), None);
    let first = database.evidence.first()?;
    if let Some(name) = database.name {
        let sure = if first.rank == Rank::Certain { "" } else { "most likely " };
        let unknown = if Dialect::named(name).is_some() { "" } else { ", whose rules are not known here" };
        return Some(format!("The database is {sure}{} ({}){unknown}.", title(name), at(first)));
    }
    // Somebody chose one.
    if audited.account.dialects().len() == 1 {
        return None;
    }
    let mut told: Vec<&Evidence> = Vec::new();
    for evidence in &database.evidence {
        if told.iter().all(|known| known.name != evidence.name) {
            told.push(evidence);
        }
    }
    let is_one = told.len() == 1;
    let told: Vec<_> =
        told.into_iter().map(|evidence| format!("{} ({})", title(evidence.name), at(evidence))).collect();
    let said = if is_one { "is only a default" } else { "are named" };
    Some(format!(
        "Which database is used is not certain, so all three are followed: {} {said}.",
        listed(&told)
    ))
}

fn counts_of(tree: &SourceTree, audited: &Audited) -> String {
    let environment = &audited.environment;
    let graph = &audited.graph;
    let folder = match environment.version_locations.as_slice() {
        [] => environment.script_location.clone(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {}", plural(rest.len(), "more folder")),
    };
    let folder = if folder.is_empty() { "the top folder".to_owned() } else { folder };
    let n = graph.revisions().count();
    let left_out: Vec<_> = audited.left_out(tree).into_iter().map(TreePath::file_name).collect();
    if n == 0 && audited.scripts.is_empty() {
        return match left_out.as_slice() {
            [] => format!("{folder} holds no migration."),
            some => format!("{folder} holds no migration that was read: {} left out.", were(some)),
        };
    }
    if n == 0 {
        return format!("{folder} holds no migration that could be read.");
    }
    let without = if left_out.is_empty() {
        String::new()
    } else {
        format!(" without what was not read, {}", listed(&left_out))
    };
    let start = format!("{} in {folder}{without}", plural(n, "revision"));
    if audited.scripts.iter().any(|script| !script.syntax_faults.is_empty()) && audited.is_partly_unknown() {
        return format!("{start}; a file does not parse, so bases and heads are not certain.");
    }
    if audited.is_partly_unknown() {
        return format!(
            "{start}; not everything about them could be read, so bases and heads are not certain."
        );
    }
    let shape = audited.shape();
    let (bases, heads) = (shape.bases().len(), shape.heads().len());
    let apart = audited.has_bases_by_design() && bases > 1;
    let counts = match (bases, heads) {
        (_, 2..) if apart => {
            let packages = environment.env_py.is_none() && environment.version_locations.len() > 1;
            let how = if packages { "in packages that hang together" } else { "kept apart on purpose" };
            format!("{} and {}, {how}", plural(bases, "base"), plural(heads, "head"))
        }
        (1, 1) => "one base, one head".to_owned(),
        (_, 1) if audited.has_bases_by_design() => format!("{}, and one head", plural(bases, "base")),
        (_, 1) => format!("{} where 1 belongs, and one head", plural(bases, "base")),
        (1, _) => format!("one base, but {} where 1 belongs", plural(heads, "head")),
        _ => format!("{} and {} where 1 of each belongs", plural(bases, "base"), plural(heads, "head")),
    };
    let upgrade = environment.flavour.upgrade_command();
    match (audited.load_error(), graph.shadowed().len()) {
        (Some(_), _) => match environment.refusals.first() {
            Some(refusal) => {
                format!(
                    "{start}: {counts}. Every command stops at {}, before it looks at them.",
                    refusal.path
                )
            }
            None => format!("{start}: {counts}. Alembic cannot load them, so every command stops."),
        },
        (None, 1..) => format!(
            "{start}: {counts}, and {} that Alembic loses, so `{upgrade}` stops.",
            plural(graph.shadowed().len(), "file")
        ),
        (None, _) if apart && heads > 1 => {
            format!("{start}: {counts}. `{}` runs them all.", environment.flavour.command("upgrade heads"))
        }
        (None, _) if heads > 1 => format!("{start}: {counts}, so `{upgrade}` stops."),
        (None, _) => match audited.upgrade_error() {
            Some(error) => format!("{start}: {counts}. `{upgrade}` {error}."),
            None => format!("{start}: {counts}.{}", known_of(&audited.account)),
        },
    }
}

/// `a.py was`, `a.py and b.py were`.
fn were(names: &[&str]) -> String {
    format!("{} {}", listed(names), if names.len() == 1 { "was" } else { "were" })
}

/// How much of the schema at the head is certain, as a sentence with a blank before it; nothing where something stops
/// the upgrade and the rest of it is certain, or where nothing was followed.
fn known_of(account: &Account) -> String {
    let Some(best) = account.best() else { return String::new() };
    let extent = best.known().extent;
    let runs = matches!(account.upgrade(), Upgrade::Runs | Upgrade::Undecided);
    if extent.certain == extent.all && !runs {
        return String::new();
    }
    let known = of_the_schema(extent);
    match account.replays() {
        [_] => format!(" {}.", capital(&known)),
        all if all.iter().all(|replay| replay.known().extent == extent) => format!(" {}.", capital(&known)),
        _ => format!(" As on {}, {known}.", best.rules.dialect.title()),
    }
}

/// What is to be done about an environment, in order: what must be before the next deployment, then what should be.
/// With a plan, its own steps; without, those for either.
pub(super) fn actions(
    audit: &Audit,
    index: usize,
    offered: &[Plan],
    chosen: Option<&Plan>,
    env_repairs: &[FilePatch],
) -> Vec<ActionReport> {
    let audited = &audit.environments[index];
    let flavour = audited.environment.flavour;
    let own = || audit.findings.iter().filter(|finding| finding.environment == Some(index));
    let mut actions = Vec::new();
    let of_chain =
        |finding: &&Finding| finding.severity == Severity::Error && finding.rule.group != Group::Content;
    if own().any(|finding| of_chain(&finding)) {
        actions.push(required(
            "Back up every database",
            "Before anything that changes the chain or runs a migration.",
        ));
        actions.push(ask_databases(audited, offered));
        if own().any(|finding| finding.rule == &MISSING_PARENT) {
            actions.push(bring_back(audited));
        }
        actions.push(repair(offered, chosen));
        actions.push(with(
            required("Look at the result", "One head, and a history that reads as it should."),
            &[flavour.command("heads"), flavour.command("history")],
        ));
        actions.extend(mend(audited));
        actions.push(try_out(flavour, offered, chosen));
    } else {
        actions.extend(mend(audited));
    }
    if audit.environments.iter().any(|audited| !audited.environment.live) {
        actions.push(recommended(
            "Keep one environment",
            "Delete the folders that nothing points at, or say in them why they stay.",
        ));
    }
    for repair in env_repairs {
        let title = format!("Give {} its models", repair.path);
        let action = recommended(&title, "The repaired file is among the downloads.");
        // A command would load the live environment, and say nothing about one that nothing points at.
        let of_this = audited.environment.env_py.as_ref().is_some_and(|env| env.path == repair.path);
        let commands = if of_this { vec![flavour.command("check")] } else { Vec::new() };
        actions.push(with(action, &commands));
    }
    let check = "A pre-commit hook and a workflow that run this check are among the downloads.";
    actions.push(with(recommended("Check every change", check), &["rechain check".to_owned()]));
    actions
}

fn required(title: &str, detail: &str) -> ActionReport {
    ActionReport { title: title.into(), detail: detail.into(), commands: Vec::new(), required: true }
}

fn recommended(title: &str, detail: &str) -> ActionReport {
    ActionReport { required: false, ..required(title, detail) }
}

fn with(action: ActionReport, commands: &[String]) -> ActionReport {
    ActionReport { commands: shown(commands), ..action }
}

fn ask_databases(audited: &Audited, offered: &[Plan]) -> ActionReport {
    let title = "Ask every database where it stands";
    if audited.load_error().is_some() {
        let detail = "Alembic cannot load the files yet, so ask the table. A database without it, or with no row in it, has run \
                      nothing; one with a row has run that revision and all before it.";
        return with(required(title, detail), &["SELECT version_num FROM alembic_version;".to_owned()]);
    }
    let detail = "A database that prints nothing has run nothing. If every one prints nothing, either repair is safe; if one \
                  prints a revision, only the merge is.";
    let detail = if offered.iter().any(|plan| plan.kind == PlanKind::Merge) {
        detail
    } else {
        "A database that prints nothing has run nothing. One that prints a revision has run it and all before it: what a \
         repair puts there afterwards, it never runs."
    };
    with(required(title, detail), &[audited.environment.flavour.command("current")])
}

fn bring_back(audited: &Audited) -> ActionReport {
    let folder = audited.environment.version_locations.first().map_or("", String::as_str);
    with(
        required(
            "Look for the missing file in version control",
            "If it was deleted, bring it back and check again: nothing else then needs repair. These are the deleted ones.",
        ),
        &[format!("git log --all --diff-filter=D --name-only --format= -- {folder}")],
    )
}

fn repair(offered: &[Plan], chosen: Option<&Plan>) -> ActionReport {
    let command = |plan: &Plan| fix_command_of(plan.kind, plan.applicability, None);
    match (chosen, offered) {
        (Some(plan), _) | (None, [plan]) => {
            let detail = stopped(&capital(applicability(plan.applicability)));
            with(required("Repair the chain", &detail), &[command(plan)])
        }
        (None, [first, second, ..]) => with(
            required(
                "Repair the chain, one way or the other",
                "Which one depends on what the databases have run.",
            ),
            &[
                "# where no database has run these revisions".to_owned(),
                command(first),
                "# where one has".to_owned(),
                command(second),
            ],
        ),
        (None, []) => required("Mend the errors by hand", "What to do stands with each finding."),
    }
}

/// What has to be written anew: migrations that fail for certain, and what should be said of the rest.
fn mend(audited: &Audited) -> Vec<ActionReport> {
    let account = &audited.account;
    let id = |at: usize| audited.scripts[at].id().unwrap_or_default();
    let first = |at: usize, direction: Direction| stopped(&account.why(at, direction).unwrap_or_default());
    let mut actions = Vec::new();
    for at in account.failing_everywhere(Direction::Upgrade) {
        let detail = format!("On an empty database it fails: {}", first(at, Direction::Upgrade));
        actions.push(required(&format!("Mend {}", id(at)), &detail));
    }
    let elsewhere: BTreeSet<_> = account.needing_elsewhere().map(Failing::object_words).collect();
    if !elsewhere.is_empty() {
        let detail = "An empty database has to have this before the first migration: in tests, in CI, for a new colleague. \
                      Say there what makes it, or create it in a migration of its own.";
        let title = match elsewhere.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [one] => format!("Say where {one} comes from"),
            many => format!("Say where {} tables come from", many.len()),
        };
        actions.push(recommended(&title, detail));
    }
    for at in account.failing_downgrades() {
        let title = format!("Mend downgrade() of {}", id(at));
        actions.push(recommended(&title, &first(at, Direction::Downgrade)));
    }
    actions
}

fn try_out(flavour: Flavour, offered: &[Plan], chosen: Option<&Plan>) -> ActionReport {
    let title = "Try it on an empty database and on a copy of a real one";
    let merges = |plan: &Plan| plan.kind == PlanKind::Merge;
    if chosen.map_or_else(|| offered.iter().any(merges), merges) {
        let detail = "One step down from a merge has to name the revision it goes to.";
        return with(required(title, detail), &[flavour.upgrade_command()]);
    }
    with(
        required(title, "Up, one step down, and up again."),
        &[flavour.upgrade_command(), flavour.command("downgrade -1"), flavour.upgrade_command()],
    )
}
