//! Migrations whose own statements fail when they are loaded.

use super::EnvironmentContext;
use crate::finding::{Finding, Group, Place, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    name: "raises-on-load",
    group: Group::Loading,
    is_repairable: false,
    summary: "A migration's own statements fail when Alembic loads it.",
    severity: Severity::Error,
    explanation: include_str!("raises_on_load.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    for script in &context.audited.scripts {
        let Some(raise) = &script.raises else { continue };
        let message = if raise.message.is_empty() { String::new() } else { format!(": {}", raise.message) };
        let mut finding = Finding::new(
            &RULE,
            format!("{} raises {} when it is loaded", script.path.file_name(), raise.class),
        );
        finding.place = Some(Place { path: script.path.clone(), range: raise.range });
        finding.evidence = finding.place.iter().cloned().collect();
        if raise.needs_env {
            finding.severity = Severity::Warning;
            finding.consequence = format!(
                "`{}` and `{}` stop with {}{message}. An upgrade works, since env.py runs then.",
                context.command("heads"),
                context.command("history"),
                raise.class
            );
            finding.advice = "Move the statement into upgrade() or downgrade().".to_owned();
        } else {
            finding.consequence = format!("Every command stops with {}{message}.", raise.class);
            finding.advice =
                "A migration is loaded as a module of its own, in no package: remove the statement, or move it into \
                 upgrade()."
                    .to_owned();
        }
        finding.revisions = script.id().map(ToOwned::to_owned).into_iter().collect();
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    fn with(source: &str) -> Vec<String> {
        let mut tree = project("a: a <- None");
        let path = TreePath::parse("migrations/versions/b.py").expect("relative");
        tree.insert(path, format!("revision = 'b'\ndown_revision = 'a'\n{source}").into_bytes());
        found("raises-on-load", &tree)
    }

    #[test]
    fn reports_what_fails_for_certain() {
        for (source, expected) in [
            (
                "raise ValueError('no')\n",
                "error migrations/versions/b.py: b.py raises ValueError when it is loaded",
            ),
            (
                "from . import models\n",
                "error migrations/versions/b.py: b.py raises ImportError when it is loaded",
            ),
            (
                "from alembic import op\nbind = op.get_bind()\n",
                "warning migrations/versions/b.py: b.py raises NameError when it is loaded",
            ),
        ] {
            assert_eq!(with(source), [expected], "{source}");
        }
    }

    #[test]
    fn stays_silent_where_it_may_not_be_reached() {
        for source in [
            "def upgrade():\n    raise ValueError('no')\n",
            "if broken():\n    raise ValueError('no')\n",
            "try:\n    from . import models\nexcept ImportError:\n    models = None\n",
            "from alembic import op\ndef upgrade():\n    op.get_bind()\n",
            "from app import op\nop.get_bind()\n",
        ] {
            assert!(with(source).is_empty(), "{source}");
        }
    }
}
