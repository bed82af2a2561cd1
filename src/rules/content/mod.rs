//! What migrations do to the schema, and where that fails: rules over the account.
//!
//! A failure is an error if it is certain on every dialect in question; where only some of them stop, or each at another
//! migration, `dialect-dependent` says so once for all. What no migration creates is said once by `tables-made-elsewhere`.
//! Where Alembic comes to no order nothing is followed, and most of these rules are silent.

mod advice;
pub(super) mod asymmetric_downgrade;
pub(super) mod dialect_dependent;
pub(super) mod failing_operation;
pub(super) mod irreversible_downgrade;
pub(super) mod not_null_without_default;
pub(super) mod object_added_twice;
pub(super) mod revision_too_long;
pub(super) mod tables_made_elsewhere;
pub(super) mod undefined_name;
pub(super) mod unnamed_constraint;
pub(super) mod used_before_created;

pub(crate) use revision_too_long::RULE as REVISION_TOO_LONG;
pub(crate) use undefined_name::RULE as UNDEFINED_NAME;

use crate::audited::Audited;
use crate::finding::{Finding, Place};
use crate::replay::Failing;
use crate::text::TextRange;

/// The id of a script's revision.
fn id(audited: &Audited, script: usize) -> String {
    audited.scripts[script].id().unwrap_or_default().to_owned()
}

/// A place in a script.
fn place(audited: &Audited, script: usize, range: TextRange) -> Place {
    Place { path: audited.scripts[script].path.clone(), range }
}

/// Puts a finding at the first of some places of a script, with all of them as evidence.
fn put(finding: &mut Finding, audited: &Audited, script: usize, ranges: impl IntoIterator<Item = TextRange>) {
    finding.evidence = ranges.into_iter().map(|range| place(audited, script, range)).collect();
    finding.place = finding.evidence.first().cloned();
    finding.revisions.push(id(audited, script));
}

/// Failures by their scripts, each script's together, in the order in which they come.
fn by_script<'a>(failures: impl Iterator<Item = &'a Failing>) -> Vec<(usize, Vec<&'a Failing>)> {
    let mut all: Vec<(usize, Vec<&Failing>)> = Vec::new();
    for failing in failures {
        match all.last_mut() {
            Some((script, own)) if *script == failing.script => own.push(failing),
            _ => all.push((failing.script, vec![failing])),
        }
    }
    all
}

/// `, and 3 more`; nothing for one.
fn and_more(n: usize) -> String {
    if n > 1 { format!(", and {} more", n - 1) } else { String::new() }
}
