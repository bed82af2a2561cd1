//! Identifiers that hold something that is no text.

use super::EnvironmentContext;
use super::context::value_place;
use crate::finding::{Finding, Group, Rule, Severity};
use crate::source::{Declared, Script, Value};

pub(super) static RULE: Rule = Rule {
    name: "identifier-type",
    group: Group::Loading,
    is_repairable: false,
    summary: "An identifier holds something that is no text.",
    severity: Severity::Error,
    explanation: include_str!("identifier_type.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    for script in &context.audited.scripts {
        for (name, declared) in identifiers(script) {
            let Declared::Known { value, .. } = declared else { continue };
            let wrong = match name {
                "revision" => Some(value).filter(|value| !matches!(value, Value::Text(_))).cloned(),
                _ => value.names().into_iter().find(|name| !matches!(name, Value::Text(_))),
            };
            let Some(wrong) = wrong else { continue };
            let what = wrong.type_name();
            let mut finding = Finding::new(&RULE, format!("{name} holds a value of type {what}"));
            finding.place = Some(value_place(script, declared));
            finding.evidence = finding.place.iter().cloned().collect();
            finding.consequence =
                "Alembic takes texts for ids. Other values stop it with a TypeError or a bare KeyError, \
                                   here or where they are printed."
                    .to_owned();
            finding.advice = format!("Write {name} as a text in quotes, or several in a tuple.");
            // A label is looked at only where it is printed.
            if context.audited.reading.map().is_some() && context.audited.upgrade_error().is_none() {
                finding.severity = Severity::Warning;
            }
            finding.revisions = script.id().map(ToOwned::to_owned).into_iter().collect();
            findings.push(finding);
        }
    }
}

fn identifiers(script: &Script) -> [(&'static str, &Declared); 4] {
    [
        ("revision", &script.revision),
        ("down_revision", &script.down_revision),
        ("depends_on", &script.depends_on),
        ("branch_labels", &script.branch_labels),
    ]
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    fn with(source: &str) -> Vec<String> {
        let mut tree = project("a: a <- None");
        tree.insert(
            TreePath::parse("migrations/versions/b.py").expect("relative"),
            source.as_bytes().to_vec(),
        );
        found("identifier-type", &tree)
    }

    #[test]
    fn reports_what_is_no_text() {
        for (source, expected) in [
            ("revision = 7\ndown_revision = 'a'\n", "revision holds a value of type int"),
            ("revision = 'b'\ndown_revision = False\n", "down_revision holds a value of type bool"),
            ("revision = 'b'\ndown_revision = ('a', None)\n", "down_revision holds a value of type NoneType"),
            ("revision = 'b'\ndown_revision = b'a'\n", "down_revision holds a value of type int"),
        ] {
            assert_eq!(with(source), [format!("error migrations/versions/b.py: {expected}")], "{source}");
        }
    }

    #[test]
    fn stays_silent_on_texts_however_they_are_held() {
        for source in [
            "revision = 'b'\ndown_revision = {'a'}\n",
            "revision = 'b'\ndown_revision = (None,)\n",
            "revision = 'b'\ndown_revision = f()\n",
        ] {
            assert!(with(source).is_empty(), "{source}");
        }
    }
}
