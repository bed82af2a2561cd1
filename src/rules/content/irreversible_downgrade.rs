//! Upgrades that change the schema and have no way back.

use super::advice::undo_all;
use super::{id, put};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::replay::{Account, Step, WayBack};
use crate::rules::EnvironmentContext;
use crate::text::listed;

pub(crate) static RULE: Rule = Rule {
    name: "irreversible-downgrade",
    group: Group::Content,
    is_repairable: false,
    summary: "A migration changes the schema, and its downgrade does nothing, raises, or is missing.",
    severity: Severity::Info,
    explanation: include_str!("irreversible_downgrade.md"),
};

/// How a downgrade leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Missing,
    Empty,
    Raises,
}

impl Way {
    fn of(account: &Account, step: &Step) -> Option<Self> {
        if step.upgrade.changes.is_empty() {
            return None;
        }
        match account.way_back(step.script) {
            WayBack::Missing => Some(Self::Missing),
            WayBack::Empty => Some(Self::Empty),
            WayBack::Raises => Some(Self::Raises),
            WayBack::Undoes | WayBack::Differs | WayBack::Fails | WayBack::Unknown => None,
        }
    }

    fn phrase(self) -> &'static str {
        match self {
            Self::Missing => "has no downgrade()",
            Self::Empty => "has an empty downgrade()",
            Self::Raises => "says that there is no way back",
        }
    }
}

pub(crate) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let audited = context.audited;
    let Some(replay) = audited.account.best() else { return };
    let changing = replay.steps.iter().filter(|step| !step.upgrade.changes.is_empty()).count();
    let found: Vec<(&Step, Way)> =
        replay.steps.iter().filter_map(|step| Some((step, Way::of(&audited.account, step)?))).collect();
    // Where most migrations are so, that is how the project wants it: said once.
    if found.len() > 3 && found.len() * 2 > changing {
        let (step, _) = found[0];
        let count = |way: Way| found.iter().filter(|(_, own)| *own == way).count();
        let ways: Vec<String> = [Way::Missing, Way::Empty, Way::Raises]
            .into_iter()
            .filter(|way| count(*way) > 0)
            .map(|way| {
                format!(
                    "{} {}",
                    count(way),
                    match way {
                        Way::Missing => "without downgrade()",
                        Way::Empty => "with an empty one",
                        Way::Raises => "where it raises",
                    }
                )
            })
            .collect();
        let mut finding = Finding::new(
            &RULE,
            format!(
                "{} of {changing} migrations that change the schema have no way back: {}",
                found.len(),
                listed(&ways)
            ),
        );
        put(&mut finding, audited, step.script, [step.upgrade.changes[0].range]);
        finding.consequence = format!("`{}` cannot undo them.", context.command("downgrade"));
        finding.advice = "If the project never goes back, nothing is to be done.".to_owned();
        findings.push(finding);
        return;
    }
    for (step, way) in found {
        let changes: Vec<String> =
            step.upgrade.changes.iter().take(3).map(|change| change.what.to_string()).collect();
        let more = match step.upgrade.changes.len().saturating_sub(changes.len()) {
            0 => String::new(),
            n => format!(", and {n} more"),
        };
        let own = id(audited, step.script);
        let mut finding = Finding::new(&RULE, format!("{own} {}", way.phrase()));
        put(&mut finding, audited, step.script, [step.upgrade.changes[0].range]);
        finding.consequence = format!(
            "Its upgrade {}{more}; `{}` leaves all of it, and the next upgrade meets it again.",
            changes.join(", "),
            context.command("downgrade")
        );
        if way != Way::Empty {
            finding.consequence = format!(
                "Its upgrade {}{more}; `{}` stops there.",
                changes.join(", "),
                context.command("downgrade")
            );
        }
        // Whether it changes anything hangs on what is not known.
        if !step.upgrade.certainly_changes {
            finding.because_unknown();
        }
        finding.advice = match undo_all(replay, step.upgrade.changes.iter().map(|change| &change.what)) {
            Some(lines) => {
                format!("Let the downgrade undo it: {lines}; or say in the file why there is no way back.")
            }
            None => {
                "Write the inverse operations in reverse order, or say in the file why there is no way back."
                    .to_owned()
            }
        };
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::finding::Confidence;
    use crate::rules::fixture::{audited, bodies, found};

    const TABLE: &str = "op.create_table('t', sa.Column('id', sa.Integer()))";

    #[test]
    fn tells_empty_and_raising_apart() {
        for (downgrade, expected) in [
            ("pass", "info migrations/versions/a.py: a has an empty downgrade()"),
            (
                "raise NotImplementedError()",
                "info migrations/versions/a.py: a says that there is no way back",
            ),
        ] {
            assert_eq!(
                found("irreversible-downgrade", &bodies(&[("a", "None", TABLE, downgrade)])),
                [expected]
            );
        }
    }

    #[test]
    fn is_certain_only_where_something_certainly_changes() {
        let column = "op.add_column('t', sa.Column('x', sa.Text()))";
        for (body, expected) in [
            (column.to_owned(), Confidence::Certain),
            (format!("import os\n    if os.environ.get('X'):\n        {column}"), Confidence::Likely),
            // What changes no schema says nothing of it.
            (
                format!(
                    "import os\n    op.execute('UPDATE t SET id = 1')\n    if os.environ.get('X'):\n        {column}"
                ),
                Confidence::Likely,
            ),
            (
                format!("import os\n    {column}\n    if os.environ.get('X'):\n        op.drop_table('t')"),
                Confidence::Certain,
            ),
        ] {
            let tree = bodies(&[("a", "None", TABLE, "op.drop_table('t')"), ("b", "'a'", &body, "pass")]);
            let findings = audited(&tree).findings;
            let own: Vec<_> =
                findings.iter().filter(|found| found.rule.name == "irreversible-downgrade").collect();
            let [found] = &own[..] else { panic!("{body}") };
            assert_eq!(found.confidence, expected, "{body}");
        }
    }

    #[test]
    fn stays_silent_where_nothing_of_the_schema_changes() {
        for body in ["pass", "op.execute('UPDATE t SET a = 1')"] {
            assert!(
                found("irreversible-downgrade", &bodies(&[("a", "None", body, "pass")])).is_empty(),
                "{body}"
            );
        }
    }
}
