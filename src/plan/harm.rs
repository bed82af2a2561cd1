//! What a repair does to databases that have run something, in words.

use super::{Recovery, Stamped, Step};
use crate::alembic::{Fares, StateGroup};
use crate::source::Flavour;
use crate::text::named;

/// What a repair does to databases.
pub(super) struct Harms<'p> {
    /// As in [`super::Plan::states`].
    pub(super) states: Option<&'p [StateGroup]>,
    /// As in [`super::Plan::examples`].
    pub(super) examples: &'p [Option<Stamped>],
    /// Whether the states rest on what no file says for certain.
    pub(super) is_assumed: bool,
    /// Whether Alembic loads the files as they are.
    pub(super) loads: bool,
    /// How the project's commands are written.
    pub(super) flavour: Flavour,
}

impl Harms<'_> {
    /// What must be known before a repair is used whose effect depends on what databases have run.
    pub(super) fn told(&self) -> Vec<String> {
        let Some(states) = self.states else {
            return vec![
                "Rewriting the parents of revisions that a database has already run can make Alembic skip migrations without \
                 a word: it takes everything below the stamped revision for done. Use this only where no database has run \
                 these revisions, or compare alembic_version of every database first."
                    .to_owned(),
            ];
        };
        let mut told: Vec<String> =
            self.with_examples().filter_map(|(group, example)| self.harm(group, example)).collect();
        let gone: Vec<&String> = states
            .iter()
            .filter_map(|group| match &group.fares {
                Fares::CannotLocate(id) => Some(id),
                _ => None,
            })
            .collect();
        if !gone.is_empty() {
            told.insert(
                0,
                format!(
                    "A database that stands at {} stops at every upgrade: no file declares it any more.",
                    named(&gone, "or")
                ),
            );
        }
        let rest = match (told.is_empty(), self.is_assumed) {
            (true, true) => {
                "It is unsafe only where what it takes for so does not hold; else no database skips anything."
            }
            (true, false) => "No database skips anything.",
            (false, true) => "As far as the files tell, every other database skips nothing.",
            (false, false) => "Every other database skips nothing.",
        };
        let current = self.flavour.command("current");
        let asked = if self.loads { current.as_str() } else { "SELECT version_num FROM alembic_version" };
        told.push(format!("{rest} `{asked}` tells where one stands."));
        told
    }

    /// What is told of a repair that changes nothing for the worse: whom it does not help.
    pub(super) fn not_helped(&self) -> Vec<String> {
        let early = self.with_examples().filter(|(group, _)| matches!(group.fares, Fares::TooEarly { .. }));
        early.filter_map(|(group, example)| self.harm(group, example)).collect()
    }

    fn with_examples(&self) -> impl Iterator<Item = (&StateGroup, Option<&Stamped>)> {
        self.states.into_iter().flatten().zip(self.examples.iter().map(Option::as_ref))
    }

    /// Among those above a revision some may have run what others miss, so it is said what can come of it.
    fn harm(&self, group: &StateGroup, example: Option<&Stamped>) -> Option<String> {
        Some(match &group.fares {
            Fares::Skips(skipped) => format!(
                "A database that stands at {}, or above, can miss {}: Alembic takes everything below its revision for done.",
                named(&group.at_or_above, "or"),
                named(skipped, "and")
            ),
            Fares::Repeats { again, skips } => {
                let misses = if skips.is_empty() {
                    String::new()
                } else {
                    format!(", and misses {}", named(skips, "and"))
                };
                format!(
                    "A database that stands at {}, or above, and ran it with the files as they are, has run what is called {} \
                 from now on: an upgrade runs it once more{misses}.",
                    named(&group.at_or_above, "or"),
                    named(again, "and"),
                )
            }
            Fares::Overlaps => format!(
                "A database that holds two revisions or more, one of them at {} or above, can stop at every upgrade: one \
             may have come to lie below another.",
                named(&group.at_or_above, "or")
            ),
            Fares::TooEarly { revision, needs } => {
                let whom = if group.stamped.is_empty() {
                    "An empty database".to_owned()
                } else {
                    let at = named(&group.at_or_above, "or");
                    format!("A database that stands at {at}, or above, and has not run {needs}")
                };
                let first = self.first(example).unwrap_or_default();
                format!(
                    "{whom} stops at {revision}: Alembic runs it before {needs}, which makes what it needs.{first}"
                )
            }
            // These are told together.
            Fares::CannotLocate(_) | Fares::Runs => return None,
        })
    }

    /// What helps where only Alembic's own order is wrong, as a sentence.
    fn first(&self, example: Option<&Stamped>) -> Option<String> {
        let Some(Ok(Recovery { steps, .. })) = &example?.recovery else { return None };
        Some(match steps.as_slice() {
            [Step::RunTo(id), Step::RunRest(_)] => format!(
                " Run `{}` first, then `{}`.",
                self.flavour.command(&format!("upgrade {id}")),
                self.flavour.command("upgrade heads")
            ),
            _ => " `rechain recover` writes what brings it to the heads.".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_harm_says_whom_it_meets() {
        let group = |at: &[&str], fares: Fares| StateGroup {
            stamped: Vec::new(),
            count: 1,
            at_or_above: at.iter().map(|&id| id.to_owned()).collect(),
            fares,
        };
        let skips = Fares::Skips(vec!["x".to_owned(), "y".to_owned()]);
        let told = |states: Option<&[StateGroup]>| {
            let examples = vec![None; states.map_or(0, <[_]>::len)];
            Harms { states, examples: &examples, is_assumed: false, loads: true, flavour: Flavour::Alembic }
                .told()
        };
        let all = [group(&["a"], Fares::Overlaps), group(&["a", "b"], skips), group(&[], Fares::Runs)];
        let [overlaps, skips, rest] = told(Some(&all)).try_into().expect("three are told");
        assert!(
            overlaps.contains("two revisions or more, one of them at a or above, can stop"),
            "{overlaps}"
        );
        assert!(skips.contains("stands at a or b, or above, can miss x and y: "), "{skips}");
        assert!(rest.starts_with("Every other database skips nothing."), "{rest}");
        assert!(told(Some(&[group(&[], Fares::Runs)]))[0].starts_with("No database skips anything."));
        assert!(told(None)[0].contains("compare alembic_version of every database"));
    }
}
