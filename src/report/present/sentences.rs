//! Headings and sentences that stand in every format.

use crate::report::Report;
use crate::text::{listed, plural};

/// What is not known is called so, whatever it is.
pub const NOT_KNOWN: &str = "not known";
/// Of a table, a column or a line that need not be as it is told.
pub const NOT_CERTAIN: &str = "not certain";
/// Of an environment that is not in use.
pub const NOTHING_POINTS: &str = "nothing points at it";
/// Of a file that a plan adds.
pub const NEW_FILE: &str = "new file";
/// Stands for the parents of a file that goes.
pub const REMOVED_FILE: &str = "removed";

/// Over the findings.
pub const WHAT_IS_WRONG: &str = "What is wrong";
/// Over the questions and their answers.
pub const CHECKLIST: &str = "Checklist";
/// Over what was not read.
pub const NOT_READ: &str = "Not read";
/// Over what keeps a chain in order.
pub const STAYS_IN_ORDER: &str = "So that it stays in order";

/// The parts of a finding: its consequence, its advice, its fix, and the names that are nearest.
pub const WHAT_IT_BREAKS: &str = "What it breaks";
/// See [`WHAT_IT_BREAKS`].
pub const WHAT_TO_DO: &str = "What to do";
/// See [`WHAT_IT_BREAKS`].
pub const FIX: &str = "Fix";
/// See [`WHAT_IT_BREAKS`].
pub const NEAREST: &str = "Nearest";

/// Over what must be done.
pub const REQUIRED: &str = "Before the next deployment";
/// Over what should be done.
pub const RECOMMENDED: &str = "Recommended";

/// Stands where the repairs would be.
pub const NO_REPAIR: &str = "No repair is on offer";
/// Over what is told as it is.
pub const NOW: &str = "Now";
/// Over what repairs do to databases that have run something.
pub const ON_DATABASES: &str = "What each repair does to databases";
/// Over the commands for a database that a repair does not serve.
pub const BY_HAND: &str = "What then brings it to the heads";
/// Before the command that prints the same as a script.
pub const AS_A_SCRIPT: &str = "As one script that looks first";
/// The same for one of several databases that fare alike.
pub const ONE_BY_SCRIPT: &str = "one of them is brought to the heads by";
/// Over the commands that write those scripts, one for each group.
pub const SCRIPTS: &str = "Where a repair does not serve a group, a script brings one of its databases to the heads; it looks first:";
/// How that was found out.
pub const HOW_STATES: &str = "By the rows of `alembic_version`, for databases without a row, with one, and with two: what `alembic upgrade heads` \
     does after the repair, worst first.";
/// Over a plan's cautions.
pub const BEFORE_USE: &str = "Before it is used";

/// Over what could not be decided.
pub const UNDECIDED: &str = "Not decided";
/// Why it could not.
pub const WHY_UNDECIDED: &str = "Only running tells, and nothing is run here. Everything else was audited.";
/// Of an operation whose effect is not known.
pub const NOT_UNDERSTOOD: &str = "Not understood";
/// Of the tables and columns at the head that are not certain, before the lines that made them so.
pub const IN_DOUBT: &str = "In doubt because of";
/// Of an operation that fails or not, for all that is known.
pub const MAY_FAIL: &str = "May fail";

/// Over what becomes of the migrations.
pub const ON_EMPTY: &str = "On an empty database";
/// How that was found out.
pub const HOW_FOLLOWED: &str = "every upgrade() in order, followed without running it";
/// Over the lines that fail.
pub const WHAT_FAILS: &str = "What fails";
/// How what follows a failure was found out.
pub const FOLLOWED_ON: &str =
    "It is followed on after a failure, as if what failed had been there, so that each fault is told once.";

/// What keeps a chain in order from now on.
pub const PREVENTION: [&str; 4] = [
    "Run `rechain check` before every commit: the hook among the downloads stops a second head or base, in \
     a merge too.",
    "Run it for every pull request: the workflow among the downloads does. Two branches that are each in order can \
     still make two heads together.",
    "Review a migration's `down_revision` as code: it must name the head that was there before, and only one file may \
     say `None`.",
    "Keep the guide among the downloads, `MIGRATIONS.md`, beside the migrations.",
];

/// That nothing was found to stop the upgrade. It is no promise: a database may refuse for its rows, for privileges, for what
/// is installed or not.
pub fn no_failure_on(databases: &[&str]) -> String {
    format!("No failure found on {}", listed(databases))
}

/// Beside a drawing that is cut: where the others are, but for the word `files`.
pub fn folded(n: usize) -> String {
    format!("{} that only follow one another are folded; every one stands among the", plural(n, "revision"))
}

/// How a report was made: what was and was not done.
pub fn how_made(report: &Report) -> [String; 3] {
    [
        format!(
            "Written by {} {} from the files alone. No Python was run, no database was opened, and nothing was sent \
             anywhere.",
            report.tool.name, report.tool.version
        ),
        "Every repair on offer was applied to a copy in memory and audited again before it was offered; what it leaves \
         is listed with it. Where no failure was found, a database may still refuse: its rows, its privileges and what is \
         installed there are not in the files."
            .to_owned(),
        "Passwords and tokens in connection strings are replaced by ***.".to_owned(),
    ]
}
