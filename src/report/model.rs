//! The report: every format and the page are written from this, and from nothing else.
//!
//! Field names and types are a promise to scripts: fields may be added, none is renamed, retyped or dropped within a
//! schema version. `None` is written as `null` and means *not computed*. Lines and columns count from 1, columns in
//! characters; paths are relative to what was given, with `/`. Every text is a [`Shown`]: without secrets, and with what
//! hides written out.

use serde::{Deserialize, Serialize};

use super::{FateReport, ReplayReport};
use crate::audited::{Grade, Verdict};
use crate::drawing::Drawing;
use crate::finding::{Applicability, Confidence, Severity};
use crate::plan::{BesideKind, PlanKind};
use crate::schema::Dialect;
use crate::source::{Flavour, Rank};
use crate::text::{Shown, ShownLines};

/// The version of the JSON's shape.
pub const SCHEMA_VERSION: u32 = 1;

/// The whole result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// What wrote it.
    pub tool: Tool,
    /// The one word.
    pub verdict: Verdict,
    /// The verdict as people read it.
    pub grade: Grade,
    /// The verdict as a sentence, without a final dot: `This chain cannot be deployed`.
    pub headline: Shown,
    /// What it means, in one or two sentences: bases, heads, what a deploy would do.
    pub summary: Shown,
    /// Every environment, live ones first.
    pub environments: Vec<EnvironmentReport>,
    /// Every finding: errors first, then by environment, path and line.
    pub findings: Vec<FindingReport>,
    /// The checklist of the environment that the verdict is of: the first of its grade, one in use before others.
    pub checklist: Vec<ChecklistItem>,
    /// What is to be done, in order.
    pub actions: Vec<ActionReport>,
    /// The repairs that leave the chain alone; the page takes them from the downloads, and is smaller without.
    #[cfg_attr(feature = "ui", serde(skip))]
    #[cfg_attr(not(feature = "ui"), serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub other_repairs: Vec<BesideReport>,
    /// What was not read, and why.
    pub skipped: Vec<SkippedReport>,
}

/// A repair that leaves the chain alone: an `env.py` with its models, or a stale environment that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BesideReport {
    /// Which it is; `--plan` calls it so.
    pub name: BesideKind,
    /// What it does, in the imperative.
    pub title: Shown,
    /// The rules whose findings it resolves.
    pub resolves: Vec<Shown>,
    /// The files that it rewrites.
    pub files_rewritten: Vec<Shown>,
    /// The files that it removes.
    pub files_removed: Vec<Shown>,
    /// Unsafe where something is lost or has to be looked at before; no database notices it.
    pub applicability: Applicability,
    /// What that is.
    pub cautions: Vec<Shown>,
    /// The unified diff.
    pub diff: ShownLines,
}

/// The program that wrote a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// `rechain`.
    pub name: Shown,
    /// Its version.
    pub version: Shown,
}

/// One environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnvironmentReport {
    /// The configuration file that names it.
    pub config: Option<Shown>,
    /// The section in it.
    pub section: Option<Shown>,
    /// The folder of `env.py`.
    pub script_location: Shown,
    /// The folders of migrations.
    pub version_locations: Vec<Shown>,
    /// Its `env.py`.
    pub env_py: Option<Shown>,
    /// Whether something points at it.
    pub live: bool,
    /// Why it is not in use; `null` where it is.
    #[serde(default)]
    pub not_in_use: Option<Shown>,
    /// Whose commands fit.
    pub flavour: Flavour,
    /// One row a file, duplicates too, in load order.
    pub revisions: Vec<RevisionReport>,
    /// Ids without a parent, sorted.
    pub bases: Vec<Shown>,
    /// Ids that nobody names as parent, sorted: what `alembic heads` names.
    pub heads: Vec<Shown>,
    /// Ids with two or more children, sorted.
    pub branch_points: Vec<Shown>,
    /// Ids with two or more parents, sorted.
    pub merge_points: Vec<Shown>,
    /// The order of `upgrade heads` on an empty database; `null` when not computed.
    pub upgrade_order: Option<Vec<Shown>>,
    /// What Alembic raises when it loads the folder; `null` when nothing, or not computed.
    pub alembic_error: Option<AlembicError>,
    /// The warnings Alembic gives.
    pub alembic_warnings: Vec<ShownLines>,
    /// What each command would do with these files.
    #[serde(default)]
    pub commands: Vec<CommandReport>,
    /// What could not be decided.
    pub unknown: Vec<UnknownReport>,
    /// Which database they run on, as far as the files tell; without `--dialect` it decides what is followed. The page has
    /// it in its summary.
    #[serde(default)]
    #[cfg_attr(feature = "ui", serde(skip_deserializing))]
    pub database: DatabaseReport,
    /// What becomes of the migrations on an empty database; `null` when Alembic does not come to an order. Where no
    /// dialect is named, the one with the fewest failures.
    pub replay: Option<ReplayReport>,
    /// The same in short, for each dialect that comes into question.
    #[serde(default)]
    pub replays: Vec<ReplayReport>,
    /// What becomes of each revision that does not simply run on an empty database; empty where nothing was followed.
    #[serde(default)]
    pub fates: Vec<FateReport>,
    /// The plan to take; `null` where none is on offer, or each is known to harm a database that was asked about.
    #[serde(default)]
    pub recommended: Option<PlanKind>,
    /// The plans that stand beside it as its equals: each mends a fault of the chain that it leaves.
    #[serde(default)]
    pub equals: Vec<PlanKind>,
    /// What has to be known of the databases, where the plans hang on it; `null` where each of them is safe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<QuestionReport>,
    /// The parents that somebody chose; `null` where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<ByHandReport>,
    /// How databases that have run something fare with each plan, worst first; empty where there is no plan, or too many
    /// revisions to look at each pair.
    #[serde(default)]
    pub matrix: Vec<MatrixReport>,
    /// What that rests on and no file says for certain, as clauses, where Alembic does not load the files as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub takes: Vec<Shown>,
    /// The repairs on offer, the best first; empty when there is nothing to repair, or nothing could be proved.
    pub plans: Vec<PlanReport>,
    /// Why no repair is on offer although something is broken, in one or two sentences.
    pub no_plan: Option<Shown>,
    /// This environment's own verdict.
    pub verdict: Verdict,
    /// The same as people read it.
    pub grade: Grade,
    /// The same as a sentence without a final dot.
    pub headline: Shown,
    /// What it means: revisions, bases, heads, what a deployment would do.
    pub summary: Shown,
    /// This environment's own checklist.
    pub checklist: Vec<ChecklistItem>,
    /// How the databases fare with the files as they are that were asked about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stamped: Vec<StateReport>,
    /// What is to be done about it, in order, where no plan is chosen or on offer.
    pub actions: Vec<ActionReport>,
    /// The chain as it is, and as the best plan leaves it.
    #[serde(default, skip_serializing_if = "Drawing::is_empty")]
    pub drawing: Drawing,
}

/// What has to be known of the databases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionReport {
    /// The heads that one may stand at.
    pub sides: Vec<Shown>,
}

/// The parents that somebody chose, and what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHandReport {
    /// Each revision whose parents were chosen.
    pub pinned: Vec<PinnedReport>,
    /// Why there is no plan of them; `null` where there is one.
    pub refused: Option<Shown>,
}

/// A revision and its chosen parents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinnedReport {
    /// The revision.
    pub revision: Shown,
    /// Its parents; none for a base.
    pub parents: Vec<Shown>,
}

/// Databases that fare alike with each plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixReport {
    /// The rows of `alembic_version` in one of them.
    pub stamped: Vec<Shown>,
    /// How many states.
    pub count: usize,
    /// Each of these states has a row at one of these, or above; none for all others.
    pub at_or_above: Vec<Shown>,
    /// How they fare with each plan, in the order of plans.
    pub fares: Vec<FaresReport>,
}

/// How some databases fare with a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaresReport {
    /// The plan.
    pub plan: PlanKind,
    /// What the upgrade does; `null` where that is not known.
    pub outcome: Option<StateOutcome>,
    /// What some of them have run, and the upgrade runs once more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<Shown>,
    /// What some of them never run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skips: Vec<Shown>,
    /// Why it stops, as a clause, where the outcome leaves that open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<Shown>,
}

/// Which database a project uses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseReport {
    /// SQLAlchemy's name of its dialect; `null` where nothing tells, or where what tells it best does not agree.
    pub name: Option<Shown>,
    /// What tells it, best first.
    pub evidence: Vec<DatabaseEvidence>,
}

/// A place that tells which database is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseEvidence {
    /// SQLAlchemy's name of the dialect.
    pub name: Shown,
    /// How much it tells.
    pub rank: Rank,
    /// The file.
    pub path: Shown,
    /// The line, from 1.
    pub line: u32,
    /// What stands there, as a phrase: `sqlalchemy.url`.
    pub what: Shown,
}

/// One migration file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the JSON's shape is fixed")]
pub struct RevisionReport {
    /// Its id.
    pub revision: Shown,
    /// Its file.
    pub path: Shown,
    /// Its parents, as written; empty when they are not known, see `parents_known`.
    pub down_revision: Vec<Shown>,
    /// Whether the parents could be read.
    pub parents_known: bool,
    /// Its dependencies, as written.
    pub depends_on: Vec<Shown>,
    /// Its branch labels.
    pub branch_labels: Vec<Shown>,
    /// Its message.
    pub message: Shown,
    /// Its create date, as written.
    pub create_date: Option<Shown>,
    /// Whether it has no parent.
    pub is_base: bool,
    /// Whether nobody names it as parent.
    pub is_head: bool,
    /// Whether two or more name it as parent.
    pub is_branch_point: bool,
    /// Whether it names two or more parents.
    pub is_merge_point: bool,
}

/// What one command would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandReport {
    /// As people of the project type it: `alembic upgrade head`, `flask db upgrade`.
    pub command: Shown,
    /// Its exit status on an empty database; `null` where it never ends, or where only running tells.
    pub status: Option<u8>,
    /// What it does or says there.
    pub says: Shown,
    /// What it does on a database that stands at the heads, where that is something else.
    #[serde(default)]
    pub at_head: Option<CommandOutcome>,
}

/// What a command does on one database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandOutcome {
    /// Its exit status; `null` where it never ends, or where only running tells.
    pub status: Option<u8>,
    /// What it does or says.
    pub says: Shown,
}

impl EnvironmentReport {
    /// What each command would do, for reading: what stops all of them, or all but one, is said once.
    pub fn commands_in_short(&self) -> Vec<CommandReport> {
        in_short(&self.commands)
    }
}

fn in_short(commands: &[CommandReport]) -> Vec<CommandReport> {
    let says = |command: &CommandReport| (command.status, command.says.clone(), command.at_head.clone());
    let n_alike = |one: &CommandReport| commands.iter().filter(|other| says(other) == says(one)).count();
    let n = commands.len();
    let Some(common) = commands.iter().find(|command| n > 2 && n_alike(command) + 1 >= n) else {
        return commands.to_vec();
    };
    let (alike, mut short): (Vec<_>, Vec<_>) =
        commands.iter().cloned().partition(|command| says(command) == says(common));
    let name = if alike.len() == n { "every command" } else { "every other command" };
    short.push(CommandReport { command: name.into(), ..common.clone() });
    short
}

/// What Alembic raises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlembicError {
    /// The class, such as `CycleDetected`.
    pub class: Shown,
    /// The message, which may have several lines.
    pub message: ShownLines,
}

/// Something that could not be decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownReport {
    /// The file.
    pub path: Shown,
    /// The line, from 1.
    pub line: u32,
    /// What, such as `down_revision is computed`.
    pub what: Shown,
}

/// One repair on offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanReport {
    /// Which repair it is.
    pub name: PlanKind,
    /// What people call it: `Single chain`, `Merge revision`.
    pub title: Shown,
    /// Whether auditing the patched tree confirmed it; only such plans are offered.
    pub proved: bool,
    /// How many of the environment's errors it resolves.
    #[serde(default)]
    pub mends: Mended,
    /// The rules whose findings it resolves.
    pub resolves: Vec<Shown>,
    /// The rules of which findings remain.
    pub leaves: Vec<Shown>,
    /// The bases it leaves.
    pub bases: Vec<Shown>,
    /// The heads it leaves.
    pub heads: Vec<Shown>,
    /// The order it gives, oldest first.
    pub order: Vec<Shown>,
    /// The files it rewrites.
    pub files_rewritten: Vec<Shown>,
    /// The files it adds.
    pub files_added: Vec<Shown>,
    /// The files it removes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files_removed: Vec<Shown>,
    /// Whether it may be applied whatever the databases have run.
    pub applicability: Applicability,
    /// What becomes of the migrations on an empty database after it, for each dialect that comes into question.
    #[serde(default)]
    pub replays: Vec<ReplayReport>,
    /// The same of each revision, after it.
    #[serde(default)]
    pub fates: Vec<FateReport>,
    /// How databases that have run something fare with it, worst first; `null` where that is not known.
    #[serde(default)]
    pub states: Option<Vec<StateReport>>,
    /// How the databases fare with it that were asked about; empty where none was.
    #[serde(default)]
    pub stamped: Vec<StateReport>,
    /// What must be known before it is used, in plain sentences.
    pub cautions: Vec<Shown>,
    /// Each change, in order of path.
    pub changes: Vec<ChangeReport>,
    /// The whole unified diff.
    pub diff: ShownLines,
    /// The checklist as it will be after the plan.
    pub checklist: Vec<ChecklistItem>,
    /// What is to be done, in order, when this plan is chosen.
    pub actions: Vec<ActionReport>,
    /// The chain as it is, and as this plan leaves it.
    #[serde(default, skip_serializing_if = "Drawing::is_empty")]
    pub drawing: Drawing,
}

/// How many of an environment's errors a plan resolves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mended {
    /// Those that it resolves.
    pub errors: usize,
    /// All that there are.
    pub of: usize,
}

/// Databases that fare alike with a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateReport {
    /// The rows of `alembic_version` in one of them; none for an empty database.
    pub stamped: Vec<Shown>,
    /// How many states: of databases without a row, with one, and with two of which none lies below the other.
    pub count: usize,
    /// Each of these states has a row at one of these, or above, where others may fare in another way; none for all others.
    pub at_or_above: Vec<Shown>,
    /// What `alembic upgrade heads` does; `null` where what the database has run cannot be read from the files.
    pub outcome: Option<StateOutcome>,
    /// What `alembic downgrade -1` does after it; nothing where it takes one step back.
    pub downgrade: Option<StepDown>,
    /// What the upgrade runs in the database of `stamped`, in order.
    pub runs: Vec<Shown>,
    /// What each of them has run, and the upgrade runs once more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<Shown>,
    /// What none of them ever runs.
    pub skips: Vec<Shown>,
    /// The rows that no file declares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undeclared: Vec<Shown>,
    /// The commands that bring one database to the heads, that of `stamped`, where the upgrade does not; empty where that is
    /// not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_hand: Vec<Shown>,
    /// Why nobody can tell these commands, in a sentence or two; nothing where they are told, or none are needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_by_hand: Option<Shown>,
    /// The files that are taken for run by that database, as Alembic runs them, where others declare the same id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_for_run: Vec<Shown>,
    /// What Alembic says of one database where it stops; what needs something that is never run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<Shown>,
    /// The first of what that one database runs that fails by itself; nothing where none is known to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fails: Option<FailsReport>,
}

/// A revision whose own `upgrade()` fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailsReport {
    /// The revision.
    pub revision: Shown,
    /// Another one, that has run and makes the same, so that it fails in an empty database, and this one may here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_run: Option<Shown>,
    /// What is said.
    pub message: Shown,
    /// The dialects on which it fails; empty where it does on all that come into question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<Dialect>,
    /// Whether it fails on this database too; else it does on an empty one, and this one was not followed.
    pub certain: bool,
    /// Whether what it lacks in an empty database is there by then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub met: bool,
}

/// What an upgrade does after a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateOutcome {
    /// It runs all that the database lacks.
    Runs,
    /// It comes to its end without something that the database lacks.
    Skips,
    /// It runs something that the database has run.
    Repeats,
    /// It fails: Alembic runs something before what makes what it needs.
    TooEarly,
    /// It stops: one row lies below another.
    Overlaps,
    /// It stops: no file declares a row.
    CannotLocate,
    /// It stops for something else; the files may not load.
    Stops,
}

/// What a step down meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepDown {
    /// Several parents, of which one has to be named.
    Ambiguous,
}

/// One changed or added file of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeReport {
    /// The file.
    pub path: Shown,
    /// The revision it declares.
    pub revision: Shown,
    /// Whether the plan adds the file.
    pub added: bool,
    /// Whether the plan removes the file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
    /// The id that it had, where the plan gives it another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_revision: Option<Shown>,
    /// Its parents before.
    pub before: Vec<Shown>,
    /// Its parents after.
    pub after: Vec<Shown>,
    /// Why it gets this parent.
    pub reason: Shown,
    /// The file's own part of the unified diff.
    pub diff: ShownLines,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingReport {
    /// The rule's name.
    pub rule: Shown,
    /// How bad it is here.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What is wrong.
    pub message: Shown,
    /// What it breaks in practice.
    pub consequence: Shown,
    /// What to do.
    pub advice: Shown,
    /// The environment, by index.
    pub environment: Option<usize>,
    /// The file or folder.
    pub path: Option<Shown>,
    /// The first line.
    pub line: Option<u32>,
    /// The first column.
    pub column: Option<u32>,
    /// The last line.
    pub end_line: Option<u32>,
    /// The column after the last.
    pub end_column: Option<u32>,
    /// The revision ids concerned.
    pub revisions: Vec<Shown>,
    /// Candidates, nearest first.
    pub candidates: Vec<Shown>,
    /// How many faults it tells of: one, or all of one line where those are many.
    pub count: usize,
    /// Lines that prove it.
    pub evidence: Vec<EvidenceReport>,
    /// The fix, if there is one.
    pub fix: Option<FixReport>,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceReport {
    /// The file.
    pub path: Shown,
    /// The line, from 1.
    pub line: u32,
    /// Its text.
    pub text: Shown,
    /// What of the text the finding is about; `null` where that is all of it, or more than it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<MarkReport>,
}

/// A part of a line's text, in characters of the text as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkReport {
    /// How many stand before it.
    pub before: u32,
    /// How many it has.
    pub length: u32,
}

/// The fix of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixReport {
    /// What it does.
    pub title: Shown,
    /// Whether it may be applied without a decision: the best of its plans.
    pub applicability: Applicability,
    /// The plans of its environment that resolve the finding, the best first; empty where it is left to a person.
    #[serde(default)]
    pub plans: Vec<PlanKind>,
    /// The repair that leaves the chain alone and resolves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<BesideKind>,
}

/// One item of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistItem {
    /// Which it is.
    pub item: Question,
    /// The item as a sentence, with the project's own commands.
    pub title: Shown,
    /// Pass, fail or unknown.
    pub status: Status,
    /// Why.
    pub detail: Shown,
}

/// The questions of the checklist, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Whether the chain has a single base.
    SingleRoot,
    /// Whether every parent that is named exists.
    ValidParents,
    /// Whether `current` runs.
    CurrentRuns,
    /// Whether the history is one line.
    HistoryLinear,
    /// Whether an empty database can be upgraded to the head.
    UpgradeFromEmpty,
    /// Whether every downgrade undoes its upgrade.
    Downgrade,
    /// Whether autogenerate sees the models.
    Autogenerate,
}

/// The answer to a checklist item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It cannot be told without running.
    Unknown,
}

/// One required action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionReport {
    /// What to do, in the imperative.
    pub title: Shown,
    /// Why, or how.
    pub detail: Shown,
    /// Commands to type, one a line; may be empty.
    pub commands: Vec<Shown>,
    /// Whether it must be done before the next deployment.
    pub required: bool,
}

/// Something that was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedReport {
    /// The path.
    pub path: Shown,
    /// Why.
    pub reason: Shown,
    /// What it is.
    #[serde(default)]
    pub kind: SkippedKind,
}

/// What was not read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkippedKind {
    /// A folder that nobody expects to be read, such as `.git`.
    IgnoredFolder,
    /// Anything else.
    #[default]
    Path,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stops_every_command_is_said_once() {
        let command = |command: &str, says: &str| CommandReport {
            command: command.into(),
            status: Some(1),
            says: says.into(),
            at_head: None,
        };
        let short = |commands: Vec<CommandReport>| {
            in_short(&commands).into_iter().map(|command| command.command).collect::<Vec<_>>()
        };
        let (a, b, c) = (command("a", "x"), command("b", "x"), command("c", "x"));
        assert_eq!(short(vec![a.clone(), b.clone(), c]), ["every command"]);
        assert_eq!(short(vec![a.clone(), command("c", "y"), b.clone()]), ["c", "every other command"]);
        assert_eq!(short(vec![a, command("c", "y"), command("d", "y"), b]), ["a", "c", "d", "b"]);
        assert!(short(Vec::new()).is_empty());
    }
}
