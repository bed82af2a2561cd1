//! What a repair does to databases that have run something, in words.

use crate::alembic::{Fares, StateGroup};
use crate::text::named;

/// What must be known before a repair is used whose effect depends on what databases have run; `states` as in
/// [`super::Plan::states`], and whether they rest on what no file says for certain.
pub(super) fn told(states: Option<&[StateGroup]>, is_assumed: bool) -> Vec<String> {
    let Some(states) = states else {
        return vec![
            "Rewriting the parents of revisions that a database has already run can make Alembic skip migrations without a \
             word: it takes everything below the stamped revision for done. Use this only where no database has run these \
             revisions, or compare alembic_version of every database first."
                .to_owned(),
        ];
    };
    let mut told: Vec<String> = states.iter().filter_map(harm).collect();
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
    let rest = match (told.is_empty(), is_assumed) {
        (true, true) => "As far as the files tell, no database skips anything.",
        (true, false) => "No database skips anything.",
        (false, true) => "As far as the files tell, every other database skips nothing.",
        (false, false) => "Every other database skips nothing.",
    };
    told.push(format!("{rest} `alembic current` prints where one stands."));
    told
}

/// What is told of a repair that changes nothing for the worse: whom it does not help.
pub(super) fn not_helped(states: Option<&[StateGroup]>) -> Vec<String> {
    let groups = states.into_iter().flatten();
    groups.filter(|group| matches!(group.fares, Fares::TooEarly { .. })).filter_map(harm).collect()
}

/// Among those above a revision some may have run what others miss, so it is said what can come of it.
fn harm(group: &StateGroup) -> Option<String> {
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
                format!("A database that stands at {}", named(&group.at_or_above, "or"))
            };
            format!(
                "{whom} stops at {revision}: Alembic runs it before {needs}, which makes what it needs. Run `alembic upgrade \
                 {needs}` first, then `alembic upgrade heads`."
            )
        }
        // These are told together.
        Fares::CannotLocate(_) | Fares::Runs => return None,
    })
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
        let told = told(
            Some(&[group(&["a"], Fares::Overlaps), group(&["a", "b"], skips), group(&[], Fares::Runs)]),
            false,
        );
        assert!(told[0].contains("two revisions or more, one of them at a or above, can stop"), "{told:?}");
        assert!(told[1].contains("stands at a or b, or above, can miss x and y: "), "{told:?}");
        assert!(told[2].starts_with("Every other database skips nothing."), "{told:?}");
        assert!(
            super::told(Some(&[group(&[], Fares::Runs)]), false)[0]
                .starts_with("No database skips anything.")
        );
        assert!(super::told(None, false)[0].contains("compare alembic_version of every database"));
    }
}
