//! A configuration that Alembic cannot read.

use super::EnvironmentContext;
use crate::finding::{Finding, Place, Rule, Severity};
use crate::source::REFUSED;
use crate::text::{LineIndex, TextRange};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "unreadable-configuration",
    summary: "alembic.ini or pyproject.toml cannot be read, or not as it is meant.",
    severity: Severity::Error,
    explanation: include_str!("unreadable_configuration.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let environment = &context.audited.environment;
    let unreadable = environment.unknown.iter().filter_map(|(path, line, what)| {
        let problem = what.strip_prefix(REFUSED)?.trim_start_matches([':', ' ']);
        let advice = "Mend the line. What else the file says was read as far as possible.";
        Some((path, *line, format!("{path} cannot be read: {problem}"), advice))
    });
    let unusable = environment.refusal.iter().map(|refusal| {
        let message = format!("{}: {}", refusal.path, refusal.what);
        (&refusal.path, refusal.line, message, "Write the path alone, without anything around it.")
    });
    for (path, line, message, advice) in unreadable.chain(unusable) {
        let mut finding = Finding::new(&RULE, message);
        let source = context.all.tree.get(path).unwrap_or_default();
        let start = LineIndex::new(source).line_start(line);
        let place = Place { path: path.clone(), range: TextRange::empty(start) };
        finding.evidence = vec![place.clone()];
        finding.place = Some(place);
        finding.consequence = "Every Alembic command that reads this file stops at once.".to_owned();
        finding.advice = advice.to_owned();
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    fn with(path: &str, content: &str) -> Vec<String> {
        let mut tree = project("a: a <- None");
        tree.insert(TreePath::parse(path).expect("relative"), content.as_bytes().to_vec());
        found("unreadable-configuration", &tree)
    }

    #[test]
    fn reports_what_python_s_readers_refuse() {
        let ini = with("alembic.ini", "[alembic]\nscript_location = migrations\nscript_location = other\n");
        assert_eq!(ini.len(), 1, "{ini:?}");
        assert!(ini[0].starts_with("error alembic.ini: alembic.ini cannot be read: "), "{ini:?}");
    }

    #[test]
    fn reports_what_belongs_to_a_path_and_was_not_meant() {
        for (value, what) in [
            ("\"migrations\"", "the quotes belong to the value"),
            ("migrations  ; the folder", "the comment behind the path belongs to the value"),
            ("\n    migrations", "the line break before the path belongs to the value"),
            ("~/migrations", "`~` is not expanded"),
            ("${HOME}/migrations", "variables of the environment are not expanded"),
        ] {
            let ini = with("alembic.ini", &format!("[alembic]\nscript_location = {value}\n"));
            let expected = format!("error alembic.ini: alembic.ini: script_location names no folder: {what}");
            assert_eq!(ini, [expected], "{value}");
        }
    }

    #[test]
    fn stays_silent_on_a_readable_one() {
        assert!(with("alembic.ini", "[alembic]\nscript_location = migrations\n; a comment\n").is_empty());
    }
}
