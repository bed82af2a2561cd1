//! What is to be done, step by step.

use std::collections::BTreeSet;

use super::ActionReport;
use super::present::{applicability, fix_command_of, plan_arguments};
use crate::audited::{Audit, Audited};
use crate::finding::{Applicability, Finding, Group, Severity};
use crate::ingest::TreePath;
use crate::plan::{self, Beside, BesideKind, Kept, Plan, PlanKind};
use crate::replay::{Direction, Failing};
use crate::rules::MISSING_PARENT;
use crate::source::{EnvPy, Flavour};
use crate::text::{capital, named, shown, stopped};

/// What is to be done about an environment, in order: what must be before the next deployment, then what should be.
/// With a plan, its own steps; without, those for either.
pub(super) fn actions(
    kept: &[Kept],
    audit: &Audit,
    index: usize,
    offered: &[Plan],
    chosen: Option<&Plan>,
    beside: &[Beside],
) -> Vec<ActionReport> {
    let audited = &audit.environments[index];
    let mends = mends(audited, offered, chosen);
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
        actions.extend(mends);
        actions.push(try_out(flavour, offered, chosen));
    } else {
        actions.extend(mends);
    }
    actions.extend(stale(kept, audit, beside));
    for repair in beside.iter().filter(|repair| repair.kind == BesideKind::Env) {
        let has = |of: &Beside, path: &TreePath| of.patch.files.iter().any(|file| file.path == *path);
        let goes = beside
            .iter()
            .filter(|other| other.kind == BesideKind::RemoveEnvironment)
            .any(|other| repair.patch.files.iter().any(|file| has(other, &file.path)));
        let title =
            if goes { format!("Or keep it: {}", uncapital(&repair.title)) } else { repair.title.clone() };
        let caution = repair.cautions.join(" ");
        let action =
            recommended(&title, format!("The repaired file is among the downloads. {caution}").trim_end());
        let mut commands =
            vec![fix_command_of(&format!("--plan {}", repair.kind.name()), repair.applicability, None)];
        // A command would load the live environment, and say nothing about one that nothing points at.
        let is_this = |env_py: &EnvPy| repair.patch.files.iter().any(|file| file.path == env_py.path);
        if audited.environment.env_py.as_ref().is_some_and(is_this) {
            commands.push(flavour.command("check"));
        }
        actions.push(with(action, &commands));
    }
    let check = "A pre-commit hook and a workflow that run this check are among the downloads.";
    actions.push(with(recommended("Check every change", check), &["rechain check".to_owned()]));
    actions
}

/// What is to be done about environments that are not in use: those that hold nothing of their own go.
fn stale(kept: &[Kept], audit: &Audit, beside: &[Beside]) -> Vec<ActionReport> {
    let removals = beside.iter().filter(|repair| repair.kind == BesideKind::RemoveEnvironment);
    let mut actions: Vec<_> = removals
        .map(|repair| {
            let lost = "It holds nothing of its own.".to_owned();
            let told: Vec<_> = [lost].into_iter().chain(repair.cautions.iter().cloned()).collect();
            let plan = format!("--plan {}", repair.kind.name());
            with(
                recommended(&repair.title, &told.join(" ")),
                &[fix_command_of(&plan, repair.applicability, None)],
            )
        })
        .collect();
    let n_stale = audit.environments.iter().filter(|audited| !audited.environment.live).count();
    if n_stale > actions.len() {
        let told = kept
            .iter()
            .map(|kept| format!(" {} is not removed for you: {}.", in_words(&kept.folder), kept.why));
        let why = told.collect::<Vec<_>>().concat();
        let detail = format!("Delete the folders that nothing points at, or say in them why they stay.{why}");
        actions.push(recommended("Keep one environment", &detail));
    }
    actions
}

/// The text with a small letter at its start.
fn uncapital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// A folder with a slash, or words for the top.
fn in_words(folder: &str) -> String {
    if folder.is_empty() { "The top folder".to_owned() } else { format!("`{folder}/`") }
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
    let (safe, others): (Vec<_>, Vec<_>) =
        offered.iter().partition(|plan| plan.applicability == Applicability::Safe);
    let safe: Vec<_> = safe.iter().map(|plan| plan.kind.title().to_lowercase()).collect();
    let rest = match safe.as_slice() {
        [] => "One that prints a revision has run it and all before it: what a repair puts there afterwards, it never runs."
            .to_owned(),
        _ if others.is_empty() => "One that prints a revision has run it and all before it.".to_owned(),
        safe => format!(
            "The {} makes none skip anything, whatever it prints. Whether another repair fits one that prints a revision stands \
             in the table of databases.",
            named(safe, "or")
        ),
    };
    let detail = format!("A database that prints nothing has run nothing. {rest}");
    with(required(title, &detail), &[audited.environment.flavour.command("current")])
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
    let command = |plan: &Plan| {
        let chosen = plan.changes.iter().map(|change| (change.revision.as_str(), change.after.as_slice()));
        fix_command_of(&plan_arguments(plan.kind, chosen), plan.applicability, None)
    };
    match (chosen, offered) {
        (Some(plan), _) | (None, [plan]) => {
            let detail = stopped(&capital(applicability(plan.applicability)));
            with(required("Repair the chain", &detail), &[command(plan)])
        }
        (None, [_, _, ..]) => {
            let about = |plan: &Plan| {
                let of = match plan.applicability {
                    Applicability::Unsafe => plan.kind.fits(),
                    own => applicability(own),
                };
                let title = plan.kind.title();
                [format!("# {}: {of}", title.to_lowercase()), command(plan)]
            };
            let commands: Vec<_> = offered.iter().flat_map(about).collect();
            let first = plan::recommended(offered).map_or("", |_| "; the first is recommended");
            let detail = format!("Which one depends on what the databases have run{first}.");
            with(required("Repair the chain, one way or the other", &detail), &commands)
        }
        (None, []) => required("Mend the errors by hand", "What to do stands with each finding."),
    }
}

/// What of a migration has to be mended, or told.
#[derive(Debug, PartialEq, Eq)]
enum Mend<'a> {
    Upgrade(&'a str),
    Downgrade(&'a str),
    Elsewhere,
}

/// What has to be written anew, as a repair leaves it. Where none is chosen, what every repair on offer resolves is no step of
/// its own, and what some of them resolve is a step only for who takes another one.
fn mends(audited: &Audited, offered: &[Plan], chosen: Option<&Plan>) -> Vec<ActionReport> {
    if let Some(plan) = chosen {
        return mend(&plan.after).into_iter().map(|(_, action)| action).collect();
    }
    let left: Vec<_> = offered.iter().map(|plan| (plan, mend(&plan.after))).collect();
    let told = mend(audited).into_iter().filter_map(|(what, action)| {
        let resolves =
            |(_, left): &&(&Plan, Vec<(Mend<'_>, _)>)| left.iter().all(|(other, _)| *other != what);
        let by: Vec<_> =
            left.iter().filter(resolves).map(|(plan, _)| plan.kind.title().to_lowercase()).collect();
        match by.as_slice() {
            [] => Some(action),
            by if by.len() == offered.len() => None,
            by => {
                let taken = named(by, "or");
                let title = format!("{}, unless the {taken} is taken", action.title);
                Some(ActionReport { title: title.as_str().into(), ..action })
            }
        }
    });
    told.collect()
}

/// What has to be written anew: migrations that fail for certain, and what should be said of the rest.
fn mend(audited: &Audited) -> Vec<(Mend<'_>, ActionReport)> {
    let account = &audited.account;
    let id = |at: usize| audited.scripts[at].id().unwrap_or_default();
    let first = |at: usize, direction: Direction| stopped(&account.why(at, direction).unwrap_or_default());
    let mut actions = Vec::new();
    for at in account.failing_everywhere(Direction::Upgrade) {
        let detail = format!("On an empty database it fails: {}", first(at, Direction::Upgrade));
        actions.push((Mend::Upgrade(id(at)), required(&format!("Mend {}", id(at)), &detail)));
    }
    let elsewhere: BTreeSet<_> = account.needing_elsewhere().map(Failing::object_words).collect();
    if !elsewhere.is_empty() {
        let detail = "An empty database has to have this before the first migration: in tests, in CI, for a new colleague. \
                      Say there what makes it, or create it in a migration of its own.";
        let title = match elsewhere.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [one] => format!("Say where {one} comes from"),
            many => format!("Say where {} {} come from", many.len(), account.wanted_elsewhere()),
        };
        actions.push((Mend::Elsewhere, recommended(&title, detail)));
    }
    for at in account.failing_downgrades() {
        let title = format!("Mend downgrade() of {}", id(at));
        actions.push((Mend::Downgrade(id(at)), recommended(&title, &first(at, Direction::Downgrade))));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixture::{audited, bodies, tree};

    #[test]
    fn what_comes_from_elsewhere_is_called_what_it_is() {
        let citext = "op.create_table('t', sa.Column('a', sa.dialects.postgresql.CITEXT()))";
        let hstore = "op.create_table('u', sa.Column('a', sa.dialects.postgresql.HSTORE()))";
        let gone = "op.add_column('gone', sa.Column('x', sa.Integer()))";
        let lost = "op.add_column('lost', sa.Column('x', sa.Integer()))";
        for (first, second, expected) in [
            (citext, hstore, "2 extensions"),
            (gone, lost, "2 tables"),
            (gone, citext, "2 tables and extensions"),
        ] {
            let mut files = bodies(&[("a", "None", first, "pass"), ("b", "'a'", second, "pass")]);
            let ini = tree(&[(
                "alembic.ini",
                "[alembic]\nscript_location = migrations\nsqlalchemy.url = postgresql://h/d\n",
            )]);
            ini.iter().for_each(|(path, bytes)| {
                files.insert(path.clone(), bytes.to_vec());
            });
            let audit = audited(&files);
            let titles: Vec<_> =
                mend(&audit.environments[0]).into_iter().map(|(_, action)| action.title).collect();
            let expected = format!("Say where {expected} come from");
            assert!(titles.iter().any(|title| **title == *expected), "{first}, {second}: {titles:?}");
        }
    }
}
