//! The report's own sentences: verdict and summary.

use std::collections::BTreeSet;

use super::present::{IN_DOUBT, file_name, no_failure_on, place};
use super::{CertaintyReport, Grade, ReplayReport, TakenReport, Verdict};
use crate::audited::{Audit, Audited};
use crate::finding::Severity;
use crate::ingest::{SourceTree, TreePath};
use crate::replay::{Account, Direction, Ending, Replay, Upgrade};
use crate::schema::{Dialect, Extent};
use crate::source::{Evidence, Rank};
use crate::text::{capital, listed, number, plural};

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
                "An empty database cannot be built: {} {rely} on {} that are made elsewhere",
                plural(scripts.len(), "migration"),
                audited.account.wanted_elsewhere()
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

/// Where it stops, and on which databases no failure was found.
fn hangs_on_the_database(audited: &Audited) -> String {
    let account = &audited.account;
    let with = |wanted: Ending| -> Vec<Dialect> {
        account.endings().filter(|(_, ending)| *ending == wanted).map(|(dialect, _)| dialect).collect()
    };
    let titles =
        |dialects: Vec<Dialect>| listed(&dialects.into_iter().map(Dialect::title).collect::<Vec<_>>());
    let mut parts = Vec::new();
    let (runs, stopping, elsewhere) = (with(Ending::Runs), with(Ending::Stops), with(Ending::NeedsElsewhere));
    if !stopping.is_empty() {
        let at = stopping.into_iter().filter_map(|dialect| Some((dialect, account.stop_on(dialect)?.script)));
        parts.push(format!("stops {}", places(audited, at)));
    }
    if !elsewhere.is_empty() {
        parts.push(format!("cannot build an empty {} database", titles(elsewhere).replace(" and ", " or ")));
    }
    let rest =
        if runs.is_empty() { String::new() } else { format!("; no failure found on {}", titles(runs)) };
    format!("The upgrade {}{rest}", listed(&parts))
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
        let runs = runs.iter().map(|(dialect, _)| dialect.title()).collect::<Vec<_>>();
        return format!("{}, and nothing is known to stop it on {}", no_failure_on(&runs), titles(open));
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

/// How much of the schema at the head is certain: `3 of 612 tables and columns at the head are certain (0.4 %)`; where
/// something stops the upgrade before it is there, how much would be.
pub(super) fn of_the_schema(extent: Extent, is_reached: bool) -> String {
    let [certain, all] = [extent.certain, extent.all].map(|count| number(count as u64));
    let (went_on, is, are) =
        if is_reached { ("", "is", "are") } else { ("were it to run on, ", "would be", "would be") };
    let of = "tables and columns at the head";
    let told = match extent {
        Extent { all: 0, .. } => format!("no table {is} left at the head"),
        Extent { certain: 0, .. } => format!("none of {all} {of} {is} certain"),
        _ if extent.certain == extent.all => format!("all {all} {of} {are} certain"),
        _ => format!("{certain} of {all} {of} {are} certain ({})", percent(extent)),
    };
    format!("{went_on}{told}")
}

/// How much of it is certain, rounded down: what is not all is not written as 100 %.
fn percent(Extent { certain, all }: Extent) -> String {
    let permille = certain * 1000 / all.max(1);
    format!("{}.{} %", permille / 10, permille % 10)
}

/// As many calls that took the certainty are told before the rest is counted.
const CALLS: usize = 3;

/// The same of a replay, as a sentence, with whether there may be more.
pub(super) fn certainty(replay: &ReplayReport) -> String {
    let CertaintyReport { certain, all, may_have_more, .. } = &replay.certainty;
    let more = match (may_have_more, all) {
        (false, _) => "",
        (true, 0) => " that any migration names",
        (true, _) => "; there may be others that no migration names",
    };
    let known = of_the_schema(Extent { certain: *certain, all: *all }, replay.ok);
    capital(&format!("{known}{more}."))
}

/// The same, and the first calls that took the rest.
pub(super) fn known(replay: &ReplayReport) -> String {
    let taken = &replay.certainty.taken;
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
    let words = certainty(replay);
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
    let twice = match graph.shadowed().len() {
        0 => String::new(),
        lost => format!(", declared by {}", plural(n + lost, "file")),
    };
    let start = format!("{} in {folder}{without}{twice}", plural(n, "revision"));
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
    match (audited.load_error(), lost(audited)) {
        (Some(_), _) => match environment.refusals.first() {
            Some(refusal) => {
                format!(
                    "{start}: {counts}. Every command stops at {}, before it looks at them.",
                    refusal.path
                )
            }
            None => format!("{start}: {counts}. Alembic cannot load them, so every command stops."),
        },
        (None, Some(lost)) => format!("{start}: {counts}. {lost}."),
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

/// What becomes of files whose id another one takes, and of the upgrade, without a final dot; nothing where none is lost.
pub(super) fn lost(audited: &Audited) -> Option<String> {
    let lost = audited.graph.shadowed();
    let file = |script: usize| audited.scripts[script].path.as_str();
    let loses = match lost {
        [] => return None,
        [one] => {
            let kept = audited.graph.node(one.kept).script.map_or("another file", file);
            format!("Alembic takes {} from {kept} and loses {}", audited.graph.id(one.kept), file(one.script))
        }
        _ => format!("Alembic loses {} whose ids others take", plural(lost.len(), "file")),
    };
    let counted = audited.shape().lost_heads().count();
    if counted == 0 {
        return Some(loses);
    }
    let what = if lost.len() == 1 { "it" } else { "them" };
    let upgrade = audited.environment.flavour.upgrade_command();
    Some(format!(
        "{loses}, but goes on to count {what} among the heads, so `{upgrade}` finds several and stops"
    ))
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
    let ends = |replay: &Replay| account.first_failure_on(replay.rules.dialect).is_none();
    let known = of_the_schema(extent, ends(best));
    let is_alike = |replay: &Replay| replay.known().extent == extent && ends(replay) == ends(best);
    if account.replays().iter().all(is_alike) {
        format!(" {}.", capital(&known))
    } else {
        format!(" As on {}, {known}.", best.rules.dialect.title())
    }
}
