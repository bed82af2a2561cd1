//! Commands to type.

use crate::finding::Applicability;
use crate::plan::PlanKind;
use crate::report::PlanReport;

/// The command that carries a plan out, on the folder where it is typed or on `path`.
pub fn fix_command(plan: &PlanReport, path: Option<&str>) -> String {
    fix_command_of(plan.name, plan.applicability, path)
}

/// The same of a plan of this kind.
pub fn fix_command_of(kind: PlanKind, applicability: Applicability, path: Option<&str>) -> String {
    format!("{} --plan {kind} --fix{}", check_command(path), consent(applicability))
}

/// The command that shows a plan's diff and writes nothing.
pub fn diff_command(plan: &PlanReport, path: Option<&str>) -> String {
    format!("{} --plan {} --diff", check_command(path), plan.name)
}

/// What must be typed after `--fix`, where a plan is not safe.
pub fn consent(applicability: Applicability) -> &'static str {
    if applicability == Applicability::Safe { "" } else { " --unsafe-fixes" }
}

/// The command that prints the script for a database which a repair does not serve, given what tells the database and the
/// repair.
pub fn recover_command(given: &str, path: Option<&str>) -> String {
    path.map_or_else(|| format!("rechain recover {given}"), |path| format!("rechain recover {path} {given}"))
}

fn check_command(path: Option<&str>) -> String {
    path.map_or_else(|| "rechain check".to_owned(), |path| format!("rechain check {path}"))
}
