//! Files that Python would not load.

use super::EnvironmentContext;
use crate::finding::{Confidence, Finding, Group, Place, Rule, Severity};
use crate::ingest::TreePath;
use crate::source::{Conflict, Fit, Side, SyntaxFault};
use crate::text::listed;

pub(crate) static RULE: Rule = Rule {
    name: "syntax-error",
    group: Group::Loading,
    is_repairable: false,
    summary: "A migration or env.py does not parse, or holds merge-conflict markers.",
    severity: Severity::Error,
    explanation: include_str!("syntax_error.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    for script in &context.audited.scripts {
        let Some(mut finding) = faults(&script.path, &script.syntax_faults) else { continue };
        finding.consequence =
            "Alembic loads every file for every command, so all of them stop here with a SyntaxError, and nothing \
             else that is wrong is reported."
                .to_owned();
        finding.revisions = script.id().map(ToOwned::to_owned).into_iter().collect();
        if let Some(conflict) = &script.conflict {
            finding.advice = which_side(conflict);
        }
        findings.push(finding);
    }
    let environment = &context.audited.environment;
    let env_py = environment.env_py.as_ref().filter(|_| environment.live);
    if let Some(mut finding) = env_py.and_then(|env_py| faults(&env_py.path, &env_py.syntax_faults)) {
        finding.consequence = format!(
            "Every command that needs the database runs this file and stops with a SyntaxError: `{}`, `{}` and others.",
            context.command("current"),
            context.upgrade_command()
        );
        findings.push(finding);
    }
}

/// Which side of a conflict to keep, as sentences.
fn which_side(conflict: &Conflict) -> String {
    let said = |side: &Side| {
        let names = ["revision", "down_revision", "depends_on", "branch_labels"];
        let contested = names.into_iter().enumerate().filter(|(at, _)| {
            let [above, below] = &conflict.sides;
            above.declared[*at].value() != below.declared[*at].value()
        });
        let written = |(at, name): (usize, &str)| {
            let ids = side.declared[at].values();
            let ids = if ids.is_empty() { "None".to_owned() } else { ids.join(", ") };
            format!("{name} = {ids}")
        };
        let said: Vec<_> = contested.map(written).collect();
        if said.is_empty() { String::new() } else { format!(" ({})", listed(&said)) }
    };
    let [above, below] = &conflict.sides;
    match &conflict.kept {
        Some((_, Fit::Same)) => {
            "Both sides declare the same revision: decide which lines of the rest stay, and take the markers out."
                .to_owned()
        }
        Some((kept, fit)) => {
            let side = &conflict.sides[*kept];
            let why = match fit {
                Fit::NamedBy(path) => format!("{} names it as a parent", path.file_name()),
                Fit::ParentsAreThere | Fit::Same => "its parents are there, and the other side's are not".to_owned(),
            };
            format!(
                "Keep the side of {}{}: {why}. Take the other side and the markers out.",
                side.label,
                said(side)
            )
        }
        None => format!(
            "Keep one side, {}{} or {}{}, and take the other and the markers out. A database that has run one of them \
             tells which: ask it with `SELECT version_num FROM alembic_version`.",
            above.label,
            said(above),
            below.label,
            said(below)
        ),
    }
}

fn faults(path: &TreePath, faults: &[SyntaxFault]) -> Option<Finding> {
    let first = faults.first()?;
    let conflict = first.conflict_marker;
    let what =
        if conflict { "git left merge-conflict markers in this file".to_owned() } else { first.what.clone() };
    let mut finding = Finding::new(&RULE, what);
    finding.evidence =
        faults.iter().take(10).map(|fault| Place { path: path.clone(), range: fault.range }).collect();
    finding.place = finding.evidence.first().cloned();
    finding.advice = if conflict {
        "Resolve the conflict: decide which side's lines stay, and take the markers out."
    } else if path.file_name().starts_with("._") {
        "macOS wrote this file beside the one of the same name: delete it."
    } else {
        "Mend the line."
    }
    .to_owned();
    // The grammar is not Python's own: what it cannot parse is very likely, but not certainly, refused.
    finding.confidence = if conflict { Confidence::Certain } else { Confidence::Likely };
    Some(finding)
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{audited, found, project};

    fn with(source: &str) -> Vec<String> {
        let mut tree = project("a: a <- None");
        tree.insert(
            TreePath::parse("migrations/versions/b.py").expect("relative"),
            source.as_bytes().to_vec(),
        );
        found("syntax-error", &tree)
    }

    #[test]
    fn reports_what_does_not_parse_and_conflict_markers() {
        assert_eq!(with("revision = 'b'\ndown_revision = ('a'\n\ndef upgrade(:\n    pass\n").len(), 1);
        assert_eq!(
            with(
                "revision = 'b'\n<<<<<<< HEAD\ndown_revision = 'a'\n=======\ndown_revision = 'x'\n>>>>>>> other\n"
            ),
            ["error migrations/versions/b.py: git left merge-conflict markers in this file"]
        );
    }

    #[test]
    fn reports_an_env_py_that_does_not_parse() {
        let mut tree = project("a: a <- None");
        let path = TreePath::parse("migrations/env.py").expect("relative");
        tree.insert(path, b"from alembic import context\ndef run(:\n    pass\n".as_slice());
        let found = found("syntax-error", &tree);
        assert!(found.len() == 1 && found[0].starts_with("error migrations/env.py: "), "{found:?}");
    }

    #[test]
    fn does_not_hide_what_else_is_wrong() {
        let mut tree = project("a: a <- None\nb: b <- 'a'\nc: c <- 'a'");
        let path = TreePath::parse("migrations/versions/d.py").expect("relative");
        tree.insert(path, b"revision = 'd'\ndown_revision = 'gone'\ndef upgrade(:\n    pass\n".to_vec());
        let audit = audited(&tree);
        let rules: Vec<_> = audit.findings.iter().map(|finding| finding.rule.name).collect();
        assert_eq!(rules, ["syntax-error", "missing-parent", "multiple-heads"]);
    }

    #[test]
    fn stays_silent_on_modern_python() {
        assert!(with("revision: str | None = 'b'\ndown_revision = 'a'\nmatch revision:\n    case 'b':\n        pass\ntype X = int\n").is_empty());
    }
}
