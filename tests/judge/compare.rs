//! Compares what rechain says of one folder with what Alembic answers.

use std::collections::{BTreeMap, BTreeSet};

use rechain::audit::{Outcome, examine};
use rechain::ingest::{Ingested, SourceTree};
use rechain::report::{CommandOutcome, EnvironmentReport, Grade, Severity};
use rechain::text::{Shown, shown};
use serde_json::Value;

use super::{Answer, Raised, write};

pub(crate) fn outcome(tree: &SourceTree) -> Outcome {
    examine(
        Ingested { tree: tree.clone(), skipped: Vec::new(), carried: Vec::new(), wrapper: None },
        &mut |_| {},
    )
}

/// A folder of its own for a tree, gone when it is dropped.
pub(crate) fn written(tree: &SourceTree) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    write(tree, folder.path());
    folder
}

/// The rules that explain each way in which Alembic refuses a folder; a message's beginning where the class is shared.
const EXPLAINED_BY: &[(&str, &str, &[&str])] = &[
    ("LoopDetected", "", &["self-parent"]),
    ("DependencyLoopDetected", "", &["dependency-cycle"]),
    ("CycleDetected", "", &["revision-cycle"]),
    ("DependencyCycleDetected", "", &["dependency-cycle", "revision-cycle"]),
    ("RevisionError", "Character(s)", &["illegal-revision-id"]),
    ("RevisionError", "Branch name", &["duplicate-branch-label"]),
    ("RevisionError", "Requested revision", &["duplicate-revision"]),
    ("KeyError", "", &["missing-parent", "missing-dependency"]),
    ("CommandError", "Could not determine revision id", &["not-a-migration"]),
    ("CommandError", "Multiple head revisions", &["multiple-heads", "duplicate-revision"]),
    ("MultipleHeads", "", &["multiple-heads", "duplicate-revision"]),
    ("AttributeError", "", &["no-down-revision"]),
    ("SyntaxError", "", &["syntax-error"]),
    ("IndentationError", "", &["syntax-error"]),
    ("TabError", "", &["syntax-error"]),
    ("Endless", "", &["revision-cycle", "dependency-cycle"]),
];

/// Errors that stand although `alembic upgrade head` may run here: PostgreSQL refuses long ids, one of two files of the
/// same id never runs, and some loops Alembic overlooks and runs in an order that contradicts them.
pub(crate) const ERRORS_ALTHOUGH_IT_RUNS: [&str; 4] =
    ["revision-too-long", "duplicate-revision", "revision-cycle", "dependency-cycle"];

/// Whether it is a failure that no rule looks for: Alembic's bookkeeping trips over a merge of three parents of which one
/// comes before another, after having run it.
pub(crate) fn is_beyond(raised: &Raised, answer: &Answer) -> bool {
    answer.error.is_none() && raised.class == "KeyError"
}

/// Compares what the two say of one folder, and tells what differs.
pub(crate) fn compare(outcome: &Outcome, answer: &Answer) -> Result<(), String> {
    let report = &outcome.report;
    let errors: BTreeSet<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.rule.as_str())
        .collect();
    let found: BTreeSet<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
    let [environment] = report.environments.as_slice() else {
        return Err(format!("{} environments instead of one", report.environments.len()));
    };
    let is_known = environment.unknown.is_empty();
    if answer.error.is_some()
        && (found.contains("dynamic-revision") || !is_known && found.contains("syntax-error"))
    {
        // What is computed, or does not parse, may be what Alembic stumbles over, and it is said.
        return Ok(());
    }
    let raised = answer.error.as_ref().or(answer.upgrade_error.as_ref());
    // What has an unknown parent may continue all heads but one, and then nothing is reported.
    let raised = raised.filter(|raised| is_known || !raised.message.starts_with("Multiple head revisions"));
    if let Some(raised) = raised.filter(|raised| !is_beyond(raised, answer)) {
        let explained = EXPLAINED_BY
            .iter()
            .filter(|(class, begins, _)| *class == raised.class && raised.message.starts_with(begins))
            .flat_map(|(_, _, rules)| rules.iter())
            .collect::<Vec<_>>();
        // Where branches are kept apart on purpose several heads are only warned of, and so is what is unknown.
        let counts = if answer.error.is_some() && is_known { &errors } else { &found };
        if !explained.iter().any(|rule| counts.contains(**rule)) {
            return Err(format!(
                "Alembic raises {raised:?}, which one of {explained:?} should explain; errors: {errors:?}"
            ));
        }
    }
    let false_alarms: Vec<_> = errors.iter().filter(|rule| !ERRORS_ALTHOUGH_IT_RUNS.contains(rule)).collect();
    if answer.upgrades_to_one_head() && !false_alarms.is_empty() {
        return Err(format!("Alembic runs it, rechain has errors: {false_alarms:?}"));
    }
    if !environment.unknown.is_empty() {
        return Ok(());
    }
    same_verdict(environment, answer)?;
    if answer.error.is_some() {
        return Ok(());
    }
    let sets = [
        ("heads", &environment.heads, &answer.heads),
        ("bases", &environment.bases, &answer.bases),
        ("branch points", &environment.branch_points, &answer.branch_points),
        ("merge points", &environment.merge_points, &answer.merge_points),
    ];
    for (what, ours, theirs) in sets {
        if *ours != shown(theirs) {
            return Err(format!("{what}: rechain {ours:?}, Alembic {theirs:?}"));
        }
    }
    let ours: BTreeMap<&str, _> = environment.revisions.iter().map(|row| (row.path.as_str(), row)).collect();
    if ours.len() != answer.files.len() {
        return Err(format!("rechain reads {} migrations, Alembic {}", ours.len(), answer.files.len()));
    }
    for theirs in &answer.files {
        let Some(ours) = ours.get(theirs.path.as_str()) else {
            return Err(format!("rechain does not read {}", theirs.path));
        };
        // Of several files with one id Alembic joins the parents of one; the list above says which ids are merge points.
        let is_alone = answer.files.iter().filter(|other| other.revision == theirs.revision).count() == 1;
        let joins = |own: bool| own && is_alone;
        let seen = (ours.is_base, ours.is_head, ours.is_branch_point, joins(ours.is_merge_point));
        let truth = (theirs.is_base, theirs.is_head, theirs.is_branch_point, joins(theirs.is_merge_point));
        if shown(texts(std::slice::from_ref(&theirs.revision))) != std::slice::from_ref(&ours.revision)
            || shown(texts(&theirs.down_revision)) != ours.down_revision
            || seen != truth
        {
            return Err(format!("{}: rechain {ours:?}, Alembic {theirs:?}", theirs.path));
        }
    }
    Ok(())
}

/// Compares what rechain foresees of a command with what comes of it; what was not asked is not compared.
fn foreseen(
    environment: &EnvironmentReport,
    command: &str,
    ran: Option<&Vec<String>>,
    raised: Option<&Raised>,
) -> Result<(), String> {
    let ours = environment.commands.iter().find(|foreseen| foreseen.command.ends_with(command));
    let Some(ours) = ours else { return Err(format!("nothing is foreseen of {command}")) };
    let on_empty = CommandOutcome { status: ours.status, says: ours.says.clone() };
    // What goes down has run everything.
    let ours = if command == "downgrade -1" { ours.at_head.clone().unwrap_or(on_empty) } else { on_empty };
    let same = match (ran, raised) {
        (None, None) => true,
        (Some(ran), _) => {
            // Ids that are too long for PostgreSQL run on the judge's own database.
            let hangs_on_it = environment.grade == Grade::StopsOnSome && ours.status.is_none();
            hangs_on_it
                || ours.status == Some(0)
                    && (command != "downgrade -1" || ours.says.contains(&*Shown::line(&ran.join(", "))))
        }
        (None, Some(raised)) if raised.class == "Endless" => ours.status.is_none(),
        // Which of several rows Alembic misses first is chance.
        (None, Some(raised)) if raised.class == "KeyError" => ours.says.starts_with("KeyError: "),
        (None, Some(raised)) => {
            ours.status.is_some_and(|status| status > 0)
                && ours.says.ends_with(&*Shown::line(&raised.message))
        }
    };
    if same {
        Ok(())
    } else {
        Err(format!("of {command} rechain foresees {ours:?}; it ran {ran:?}, or raised {raised:?}"))
    }
}

/// Compares what rechain says that Alembic says with what Alembic says: error, warnings, order.
fn same_verdict(environment: &EnvironmentReport, answer: &Answer) -> Result<(), String> {
    let ours = environment.alembic_error.as_ref();
    let Some(theirs) = &answer.error else {
        if let Some(ours) = ours {
            return Err(format!("rechain says that Alembic raises {ours:?}, and it loads"));
        }
        if environment.alembic_warnings != answer.warnings {
            return Err(format!(
                "warnings: rechain {:?}, Alembic {:?}",
                environment.alembic_warnings, answer.warnings
            ));
        }
        foreseen(environment, "upgrade head", answer.upgrade.as_ref(), answer.upgrade_error.as_ref())?;
        foreseen(environment, "downgrade -1", answer.downgrade.as_ref(), answer.downgrade_error.as_ref())?;
        let order = answer.upgrade_heads.as_ref().map(shown);
        // A file without `upgrade` stops Alembic where it makes its plan, and so does the endless walk.
        if !answer.order_varies && environment.upgrade_order != order {
            return Err(format!("order: rechain {:?}, Alembic {order:?}", environment.upgrade_order));
        }
        return Ok(());
    };
    let Some(ours) = ours else { return Err(format!("Alembic raises {theirs:?}, rechain says nothing")) };
    let is_syntax = ["SyntaxError", "IndentationError", "TabError"].contains(&theirs.class.as_str());
    // Alembic comes to labels and dependencies in any order, so which of two culprits it names is chance.
    let is_chance = theirs.message.starts_with("Branch name ") && ours.message.starts_with("Branch name ")
        || theirs.class == "KeyError" && environment.alembic_warnings == answer.warnings;
    if ours.class != theirs.class || !is_syntax && !is_chance && ours.message != theirs.message {
        return Err(format!("rechain foresees {ours:?}, Alembic raises {theirs:?}"));
    }
    Ok(())
}

pub(crate) fn texts(values: &[Value]) -> Vec<String> {
    values.iter().map(|value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)).collect()
}
