//! What repairs do to databases that have run something: groups of states, and single databases.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::outcome::{first_sentence, stopping};
use super::{HOW_STATES, NOT_KNOWN, NOW, Tone};
use crate::plan::PlanKind;
use crate::report::{
    EnvironmentReport, FailsReport, FaresReport, MatrixReport, PlanReport, StateOutcome, StateReport,
    StepDown,
};
use crate::text::{Shown, capital, listed, named, plural};

/// The most of what states rest on that is told.
const MOST_TAKEN: usize = 4;

/// Databases that fare alike with one repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateRow<'r> {
    /// The repair's title.
    pub plan: &'r str,
    /// Which databases: `at a, b or above`.
    pub whom: String,
    /// How many states; nothing where that is not known.
    pub count: Option<usize>,
    /// What an upgrade does to them, and how that is.
    pub fares: Fared,
    /// What brings one of them to the heads; nothing where an upgrade does.
    pub recovery: Option<RecoveryTold>,
}

/// Databases that fare alike with each repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixRow {
    /// Which databases: `at a, b or above`.
    pub whom: String,
    /// How many states; nothing where that is not known.
    pub count: Option<usize>,
    /// How they fare with each repair, in the order of plans.
    pub fares: Vec<Fared>,
}

/// One database that was asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampedRow<'r> {
    /// Where it stands: `at a and b`.
    pub whom: String,
    /// What an upgrade does with the files as they are, and with each plan: under which heading.
    pub fares: Vec<StampedFares<'r>>,
    /// The rows that no file declares.
    pub undeclared: &'r [Shown],
}

/// How one database fares with the files as they are, or with one plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampedFares<'r> {
    /// Which files: `Now`, `After: Merge revision`.
    pub title: String,
    /// What an upgrade does.
    pub fares: Fared,
    /// The commands that bring it to the heads where the upgrade does not; may be empty.
    pub by_hand: &'r [Shown],
    /// The same as a script that looks first, or why there is none; nothing where none is needed.
    pub recovery: Option<RecoveryTold>,
}

/// What brings a database to the heads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecoveryTold {
    /// What `rechain recover` is given to print the script; see [`super::recover_command`].
    By(String),
    /// Nobody can tell: why, in a sentence or two.
    NotKnown(String),
}

/// What an upgrade does, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fared {
    /// As a clause: `runs what it lacks`.
    pub words: String,
    /// How that is.
    pub tone: Tone,
}

impl EnvironmentReport {
    /// What a plan is called, and that it is the one to take.
    pub fn plan_title(&self, plan: &PlanReport) -> String {
        let tag = if self.recommended == Some(plan.name) { " (recommended)" } else { "" };
        format!("{}{tag}", plan.title)
    }

    /// How it was found out what repairs do to databases, and what that rests on.
    pub fn how_states(&self) -> String {
        let mut words = HOW_STATES.to_owned();
        let takes = &self.takes;
        if !takes.is_empty() {
            let more = takes.len().saturating_sub(MOST_TAKEN);
            let more = if more > 0 { format!(", and {more} more of the kind") } else { String::new() };
            words.push_str(&format!(
                " Alembic does not load the files as they are, so this takes it that {}{more}. If version control tells \
                 otherwise, it does not hold.",
                takes[..takes.len().min(MOST_TAKEN)].join("; that ")
            ));
        }
        // Where only some repairs leave it, it is told with them, and in their column.
        let each = self.plans.iter().map(|plan| stopping(plan).collect::<BTreeSet<_>>());
        let everywhere = each.reduce(|one, other| &one & &other).unwrap_or_default();
        if !everywhere.is_empty() {
            let at = named(&Vec::from_iter(everywhere), "or");
            words.push_str(&format!(
                " Whichever is taken, an empty database stops at {at}; another that comes to it may stop there too."
            ));
        }
        words
    }

    /// What each repair does to databases, worst first.
    pub fn state_rows(&self) -> Vec<StateRow<'_>> {
        let mut rows: Vec<(Option<StateOutcome>, StateRow<'_>)> = Vec::new();
        for plan in &self.plans {
            let Some(groups) = &plan.states else {
                let fares = Fared { words: NOT_KNOWN.to_owned(), tone: Tone::Unsure };
                rows.push((
                    None,
                    StateRow {
                        plan: &plan.title,
                        whom: "every one".to_owned(),
                        count: None,
                        fares,
                        recovery: None,
                    },
                ));
                continue;
            };
            let (is_only, name) = (groups.len() == 1, plan.name);
            rows.extend(groups.iter().map(|group| {
                let whom = whom(group.outcome, &group.at_or_above, &group.stamped, is_only);
                let (plan, count) = (plan.title.as_str(), Some(group.count));
                let recovery = group.recovery(Some(name));
                let fares = can(group.outcome, &group.again, &group.skips, group.says.as_deref());
                (group.outcome, StateRow { plan, whom, count, fares, recovery })
            }));
        }
        rows.sort_by_key(|(outcome, _)| Reverse(*outcome));
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// What each repair does to databases, worst first, the repairs side by side; empty where that would be too much.
    pub fn matrix_rows(&self) -> Vec<MatrixRow> {
        let is_only = self.matrix.len() == 1;
        let row = |row: &MatrixReport| {
            let is_known = row.fares.iter().any(|fares| fares.outcome.is_some());
            // The worst of them says how many rows such a database has.
            let worst = row.fares.iter().filter_map(|fares| fares.outcome);
            let worst = worst.max_by_key(|outcome| match outcome {
                StateOutcome::Runs => 0,
                StateOutcome::CannotLocate => 1,
                StateOutcome::Overlaps => 3,
                _ => 2,
            });
            MatrixRow {
                whom: whom(worst, &row.at_or_above, &row.stamped, is_only),
                count: is_known.then_some(row.count),
                fares: row.fares.iter().map(FaresReport::can).collect(),
            }
        };
        self.matrix.iter().map(row).collect()
    }

    /// Which databases a repair does not serve, and what the command is given that writes a script for one of them.
    pub fn scripts(&self) -> Vec<(String, String)> {
        let rows = self.state_rows().into_iter();
        let script = |row: StateRow<'_>| match row.recovery? {
            RecoveryTold::By(given) => Some((format!("{}, {}", row.plan, row.whom), given)),
            RecoveryTold::NotKnown(_) => None,
        };
        rows.filter_map(script).collect()
    }

    /// How the databases fare that were asked about.
    pub fn stamped_rows(&self) -> Vec<StampedRow<'_>> {
        self.stamped.iter().enumerate().map(|(at, now)| self.stamped_row(at, now)).collect()
    }

    fn stamped_row<'r>(&'r self, at: usize, now: &'r StateReport) -> StampedRow<'r> {
        let after = self.plans.iter().filter_map(|plan| {
            let title = format!("After: {}", self.plan_title(plan));
            Some(plan.stamped.get(at)?.with(title, Some(plan.name)))
        });
        StampedRow {
            whom: now.where_it_stands(),
            fares: std::iter::once(now.with(NOW.to_owned(), None)).chain(after).collect(),
            undeclared: &now.undeclared,
        }
    }
}

impl StateRow<'_> {
    /// How many states there are, in words.
    pub fn count_words(&self) -> String {
        self.count.map(|n| plural(n, "state")).unwrap_or_default()
    }
}

impl StampedRow<'_> {
    /// The heading over what becomes of it: `A database at a; no file declares a`.
    pub fn title(&self) -> String {
        let of = match self.undeclared {
            [] => String::new(),
            ids => format!("; no file declares {}", listed(ids)),
        };
        capital(&format!("{}{of}", self.whom))
    }
}

impl FaresReport {
    fn can(&self) -> Fared {
        can(self.outcome, &self.again, &self.skips, self.says.as_deref())
    }
}

impl FailsReport {
    /// Whether such a database comes no further, whichever of those in question it is.
    fn is_an_end(&self) -> bool {
        self.certain && self.on.is_empty()
    }

    fn tone(&self) -> Tone {
        if self.is_an_end() { Tone::Breaks } else { Tone::Unsure }
    }

    /// As a clause: `stops at a: no such table: t`.
    pub fn words(&self) -> String {
        let Self { revision, has_run, message, on, certain, met } = self;
        let on: Vec<&str> = on.iter().map(|dialect| dialect.title()).collect();
        let on = if on.is_empty() { String::new() } else { format!("on {} ", listed(&on)) };
        let said = first_sentence(message);
        match has_run {
            Some(other) => format!("{on}{revision} may fail, since {other} makes the same ({said})"),
            None if *certain => format!("{on}stops at {revision}: {said}"),
            None if *met => {
                format!("{on}{revision} fails in an empty database ({said}), and here what it lacks is there")
            }
            None => format!("{on}{revision} fails in an empty database ({said}), and may fail here"),
        }
    }
}

/// Which databases are in a group; `is_only` where there is no other.
fn whom(outcome: Option<StateOutcome>, at_or_above: &[Shown], stamped: &[Shown], is_only: bool) -> String {
    let at = named(at_or_above, "or");
    match outcome {
        Some(StateOutcome::TooEarly) if stamped.is_empty() => "an empty one".to_owned(),
        _ if at_or_above.is_empty() => if is_only { "every one" } else { "every other" }.to_owned(),
        Some(StateOutcome::CannotLocate) => format!("at {at}"),
        Some(StateOutcome::Overlaps) => format!("at two revisions or more, one of them {at} or above"),
        _ => format!("at {at} or above"),
    }
}

/// What can come of it for a group: above a revision some may have run what others miss.
fn can(outcome: Option<StateOutcome>, again: &[Shown], skips: &[Shown], says: Option<&str>) -> Fared {
    let (words, tone) = match outcome {
        Some(StateOutcome::Runs) => ("runs what it lacks".to_owned(), Tone::Proved),
        Some(StateOutcome::Skips) => (format!("can miss {} for good", named(skips, "and")), Tone::Breaks),
        Some(StateOutcome::Repeats) => {
            (format!("can run {} a second time", named(again, "and")), Tone::Breaks)
        }
        Some(StateOutcome::TooEarly) => {
            let says = says.unwrap_or("where something runs before what makes what it needs");
            (format!("every upgrade stops {says}"), Tone::Breaks)
        }
        Some(StateOutcome::Overlaps) => {
            ("every upgrade can stop: one revision has come to lie below another".to_owned(), Tone::Breaks)
        }
        Some(StateOutcome::CannotLocate) => {
            ("every upgrade stops: no file declares it any more".to_owned(), Tone::Breaks)
        }
        Some(StateOutcome::Stops) => ("every upgrade stops".to_owned(), Tone::Breaks),
        None => (NOT_KNOWN.to_owned(), Tone::Unsure),
    };
    Fared { words, tone }
}

impl StateReport {
    fn where_it_stands(&self) -> String {
        if self.stamped.is_empty() {
            "an empty database".to_owned()
        } else {
            format!("a database at {}", listed(&self.stamped))
        }
    }

    fn with(&self, title: String, plan: Option<PlanKind>) -> StampedFares<'_> {
        let mut fares = self.told();
        if let [_, ..] = self.taken_for_run.as_slice() {
            fares.words.push_str(&format!(
                "; that is if it has run {}, and not the other file of the same id",
                listed(&self.taken_for_run)
            ));
            fares.tone = if fares.tone == Tone::Proved { Tone::Unsure } else { fares.tone };
        }
        StampedFares { title, fares, by_hand: &self.by_hand, recovery: self.recovery(plan) }
    }

    /// What brings the database of `stamped` to the heads, with a plan or with the files as they are.
    fn recovery(&self, plan: Option<PlanKind>) -> Option<RecoveryTold> {
        if let Some(why) = &self.no_by_hand {
            return Some(RecoveryTold::NotKnown(why.to_string()));
        }
        let rows = self.stamped.iter().map(Shown::as_str).collect::<Vec<_>>().join(",");
        let rows = if rows.is_empty() { "none".to_owned() } else { rows };
        let plan = plan.map_or_else(|| " --as-is".to_owned(), |plan| format!(" --plan {plan}"));
        (!self.by_hand.is_empty()).then(|| RecoveryTold::By(format!("--stamped {rows}{plan}")))
    }

    /// What one database runs, in order, and where that ends before its time.
    fn runs_words(&self) -> String {
        let runs = |ids: &[Shown]| {
            format!("runs {}", if ids.is_empty() { "nothing".to_owned() } else { listed(ids) })
        };
        let Some(fails) = &self.fails else { return runs(&self.runs) };
        match self.runs.iter().position(|id| *id == fails.revision) {
            Some(0) if fails.is_an_end() => fails.words(),
            Some(at) if fails.is_an_end() => format!("{}, then {}", runs(&self.runs[..at]), fails.words()),
            _ => format!("{}; {}", runs(&self.runs), fails.words()),
        }
    }

    /// What becomes of one database, with all that it runs, in order.
    fn told(&self) -> Fared {
        let runs = self.runs_words();
        let (mut words, tone) = match self.outcome {
            Some(StateOutcome::Runs) => (runs, self.fails.as_ref().map_or(Tone::Proved, FailsReport::tone)),
            Some(StateOutcome::Skips) => {
                let wants = self.says.as_ref().map_or_else(String::new, |says| format!("; {says}"));
                (format!("never runs {}; {runs}{wants}", listed(&self.skips)), Tone::Breaks)
            }
            Some(StateOutcome::Repeats) => {
                let misses = match self.skips.as_slice() {
                    [] => String::new(),
                    skips => format!("; never runs {}", listed(skips)),
                };
                (format!("{runs}, of which it has run {} before{misses}", listed(&self.again)), Tone::Breaks)
            }
            None => (format!("{runs}; whether it lacks more is {NOT_KNOWN}"), Tone::Unsure),
            Some(_) => {
                let says = self.says.as_deref().unwrap_or_default().trim_end_matches('.');
                (format!("every upgrade stops: {says}"), Tone::Breaks)
            }
        };
        if self.downgrade == Some(StepDown::Ambiguous) {
            words.push_str("; after it, `downgrade -1` is ambiguous and must name a revision");
        }
        Fared { words, tone }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::examine_with;
    use crate::audited::AuditOptions;
    use crate::ingest::Ingested;
    use crate::rules::fixture::bodies;
    use crate::schema::Dialect;

    /// How a database fares with the files as they are, where `c` does something.
    fn fares(c: &str, rows: &str) -> (String, Tone) {
        let tree = bodies(&[
            ("a", "None", "op.create_table('t', sa.Column('id', sa.Integer()))", "pass"),
            ("b", "'a'", "pass", "pass"),
            ("c", "'b'", c, "pass"),
            ("d", "'a'", "op.add_column('t', sa.Column('x', sa.Integer()))", "pass"),
        ]);
        let stamped = vec![rows.split_whitespace().map(str::to_owned).collect()];
        let options = AuditOptions { stamped, ..AuditOptions::default() };
        let ingested = Ingested { tree, ..Ingested::default() };
        let report = examine_with(ingested, options, &mut |_| {}).report;
        let fares = report.environments[0].stamped_rows().swap_remove(0).fares.swap_remove(0).fares;
        (fares.words, fares.tone)
    }

    #[test]
    fn what_fails_by_itself_ends_what_a_database_runs() {
        let fares = |rows| fares("op.drop_column('t', 'gone')", rows);
        // In an empty database Alembic runs `a`, `d`, `b`, and then `c`.
        let stops = |words: &str| (words.to_owned(), Tone::Breaks);
        assert_eq!(fares(""), stops("runs a, d and b, then stops at c: no such column: t.gone"));
        assert_eq!(fares("d"), stops("runs b, then stops at c: no such column: t.gone"));
        assert_eq!(fares("b d"), stops("stops at c: no such column: t.gone"));
        // Nobody has followed what comes to it in another way.
        let may = "runs d and c; c fails in an empty database (no such column: t.gone), and may fail here";
        assert_eq!(fares("b"), (may.to_owned(), Tone::Unsure));
        assert_eq!(fares("c"), ("runs d".to_owned(), Tone::Proved));
    }

    #[test]
    fn where_an_empty_database_stops_stands_over_the_table_where_no_repair_helps() {
        let told = |c: &str| {
            let tree = bodies(&[
                ("a", "None", "op.create_table('t', sa.Column('id', sa.Integer()))", "pass"),
                ("z", "None", c, "pass"),
            ]);
            let ingested = Ingested { tree, ..Ingested::default() };
            let report = examine_with(ingested, AuditOptions::default(), &mut |_| {}).report;
            (report.environments[0].plans.len(), report.environments[0].how_states())
        };
        let (n_plans, words) = told("op.add_column('t', sa.Column('x', sa.Integer()))");
        assert!(n_plans > 1 && !words.contains("stops at"), "the chain puts z after a: {words}");
        let (_, words) = told("op.drop_table('nobody')");
        assert!(words.contains("Whichever is taken, an empty database stops at z;"), "{words}");
    }

    #[test]
    fn what_needs_what_is_skipped_may_fail() {
        let tree = bodies(&[
            ("a", "None", "pass", "pass"),
            ("b", "'a'", "op.create_table('u', sa.Column('id', sa.Integer()))", "pass"),
            ("x", "'a'", "pass", "pass"),
            ("y", "'x'", "op.add_column('u', sa.Column('v', sa.Integer()))", "pass"),
        ]);
        let told = |rows: &str| {
            let stamped = vec![rows.split_whitespace().map(str::to_owned).collect()];
            let options = AuditOptions { stamped, ..AuditOptions::default() };
            let report =
                examine_with(Ingested { tree: tree.clone(), ..Ingested::default() }, options, &mut |_| {})
                    .report;
            let row = report.environments[0].stamped_rows().swap_remove(0);
            row.fares
                .into_iter()
                .find(|own| own.title == "After: Single chain")
                .expect("it is on offer")
                .fares
                .words
        };
        assert_eq!(told("x"), "never runs b; runs y; y needs what b makes, and may fail");
        assert_eq!(told("y"), "never runs b; runs nothing");
    }

    #[test]
    fn a_foreign_key_may_come_before_its_table_on_sqlite_alone() {
        let on_t = "op.create_table('u', sa.Column('id', sa.Integer()), sa.Column('t', sa.Integer(), sa.ForeignKey('t.id')))";
        let of_u = "op.add_column('t', sa.Column('v', sa.Integer()))";
        let told = |second: &str, dialect: Dialect| {
            let makes_t = "op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True))";
            let tree = bodies(&[("a", "None", makes_t, "pass"), ("z", "None", second, "pass")]);
            let (stamped, dialect) = (vec![Vec::new()], Some(dialect));
            let options = AuditOptions { dialect, stamped, ..AuditOptions::default() };
            let report = examine_with(Ingested { tree, ..Ingested::default() }, options, &mut |_| {}).report;
            let row = report.environments[0].stamped_rows().swap_remove(0).fares.swap_remove(0);
            (row.fares.words, row.by_hand.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(told(on_t, Dialect::Sqlite).0, "runs z and a");
        for (second, dialect) in
            [(on_t, Dialect::Postgresql), (on_t, Dialect::Mysql), (of_u, Dialect::Sqlite)]
        {
            let (words, commands) = told(second, dialect);
            assert_eq!(
                words, "every upgrade stops: z runs before a, which makes what it needs",
                "{second} {dialect:?}"
            );
            // Only Alembic's own order is wrong, so two upgrades do.
            assert_eq!(commands[commands.len() - 2..], ["alembic upgrade a", "alembic upgrade heads"]);
        }
    }

    #[test]
    fn of_two_that_make_the_same_either_may_fail() {
        let fares = |rows| fares("op.add_column('t', sa.Column('x', sa.Integer()))", rows);
        assert_eq!(fares("d").1, Tone::Breaks);
        let (words, tone) = fares("c");
        assert_eq!(words, "runs d; d may fail, since c makes the same (duplicate column name: t.x)");
        assert_eq!(tone, Tone::Unsure);
    }
}
