//! Commands to type.

use crate::finding::Applicability;
use crate::plan::PlanKind;
use crate::report::PlanReport;

/// The command that carries a plan out, on the folder where it is typed or on `path`.
pub fn fix_command(plan: &PlanReport, path: Option<&str>) -> String {
    fix_command_of(&arguments_of(plan), plan.applicability, path)
}

/// What names a plan of a report.
pub fn arguments_of(plan: &PlanReport) -> String {
    let chosen = plan.changes.iter().map(|change| (change.revision.as_str(), change.after.as_slice()));
    plan_arguments(plan.name, chosen)
}

/// The same of a plan that these arguments name.
pub fn fix_command_of(plan: &str, applicability: Applicability, path: Option<&str>) -> String {
    format!("{} {plan} --fix{}", check_command(path), consent(applicability))
}

/// What names a plan: its name, or the parents that were chosen, each with its revision.
pub fn plan_arguments<'a, S: AsRef<str> + 'a>(
    kind: PlanKind,
    chosen: impl Iterator<Item = (&'a str, &'a [S])>,
) -> String {
    if kind != PlanKind::ByHand {
        return format!("--plan {kind}");
    }
    let one = |(revision, parents): (&str, &[S])| {
        let parents: Vec<&str> = parents.iter().map(AsRef::as_ref).collect();
        let parents = if parents.is_empty() { "none".to_owned() } else { parents.join(",") };
        format!("--parent {}", typed(&format!("{revision}={parents}")))
    };
    chosen.map(one).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it.
fn typed(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.,=-".contains(c);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// The command that shows a plan's diff and writes nothing.
pub fn diff_command(plan: &PlanReport, path: Option<&str>) -> String {
    diff_command_of(&arguments_of(plan), path)
}

/// The same of a repair that these arguments name.
pub fn diff_command_of(plan: &str, path: Option<&str>) -> String {
    format!("{} {plan} --diff", check_command(path))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_typed_again() {
        let chosen = [("c", vec!["a", "b"]), ("d", vec![]), ("it's", vec!["a b"])];
        let chosen = || chosen.iter().map(|(id, parents)| (*id, parents.as_slice()));
        assert_eq!(plan_arguments(PlanKind::Merge, chosen()), "--plan merge");
        assert_eq!(
            plan_arguments(PlanKind::ByHand, chosen()),
            r"--parent c=a,b --parent d=none --parent 'it'\''s=a b'"
        );
    }
}
