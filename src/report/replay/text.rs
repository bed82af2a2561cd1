//! A replay for a terminal.

use super::{Direction, FailureReport, Moment, ReplayReport, StepReport};
use crate::report::present::{
    FOLLOWED_ON, HOW_FOLLOWED, NOT_CERTAIN, NOT_KNOWN, environment_name, nullable, place,
};
use crate::report::terminal::{Ink, Style, Terminal};
use crate::report::{EnvironmentReport, Fate};
use crate::text::plural;

/// Writes what becomes of an environment's migrations on an empty database; with `at`, the schema after these revisions, or
/// before the first where there are none. `None` where one of them is not followed.
pub fn write_replay(environment: &EnvironmentReport, at: Option<&[String]>, style: Style) -> Option<String> {
    let mut out = Terminal::new(style);
    let replay = environment.replay.as_ref()?;
    match at {
        Some(revisions) => {
            let forks = !environment.branch_points.is_empty() || environment.bases.len() > 1;
            out.schema(replay, replay.moment(revisions)?, forks);
        }
        None => out.whole(environment, replay),
    }
    Some(out.text)
}

impl Terminal {
    fn whole(&mut self, environment: &EnvironmentReport, replay: &ReplayReport) {
        let revisions = plural(replay.steps.len(), "revision");
        let head = format!("{}: {revisions} from an empty database", environment_name(environment));
        let head = self.paint(Ink::Bold, &head);
        self.line(&head);
        for each in environment.dialects() {
            self.ending(each);
        }
        self.line("");
        let head = format!("As on {}: {HOW_FOLLOWED}", replay.title());
        let head = self.paint(Ink::Bold, &head);
        self.line(&head);
        if !replay.ok {
            self.line(FOLLOWED_ON);
        }
        let width = replay.steps.iter().map(|step| step.revision.chars().count()).max().unwrap_or(0).min(32);
        for step in &replay.steps {
            let own: Vec<&FailureReport> = replay
                .failures
                .iter()
                .filter(|failure| failure.revision == step.revision && failure.path == step.path)
                .filter(|failure| failure.direction == Direction::Upgrade)
                .collect();
            let fate = fate(step, &own);
            let sign = self.paint(Ink::Of(fate.into()), &format!("{:WORD$}", fate.word()));
            let what = summary(&step.changes.iter().map(|change| change.what.as_str()).collect::<Vec<_>>());
            let understood = match step.understood.unknown {
                0 => String::new(),
                n => format!(" ({n} not understood)"),
            };
            self.line(&format!("  {sign}  {:width$}  {}{understood}", step.revision, what));
            for failure in own {
                self.failure(failure);
            }
        }
        let down: Vec<_> =
            replay.failures.iter().filter(|failure| failure.direction == Direction::Downgrade).collect();
        if !down.is_empty() {
            self.line("");
            let head = self.paint(Ink::Bold, "Downgrade, from the heads back");
            self.line(&head);
            for failure in down {
                let fate = if failure.certain { Fate::Fails } else { Fate::MayFail };
                let sign = self.paint(Ink::Of(fate.into()), &format!("{:WORD$}", fate.word()));
                self.line(&format!("  {sign}  {}", failure.revision));
                self.failure(failure);
            }
        }
        self.line("");
        self.certainty(replay);
    }

    /// How the upgrade ends on one database.
    fn ending(&mut self, replay: &ReplayReport) {
        let ending = replay.ending();
        let word = self.paint(Ink::Of(ending.into()), ending.word());
        let at = ending.stop.map_or(String::new(), |stop| format!(" {}", stop.revision));
        let rest = ending.rest().map_or(String::new(), |rest| format!("; {rest}"));
        self.line(&format!("  {}: {word}{at}{rest}", replay.title()));
        if let Some(stop) = ending.stop {
            let arrow = self.paint(Ink::Frame, "-->");
            let place = place(&stop.path, Some(stop.line), None);
            self.line(&format!("      {arrow} {place}: {}", stop.message));
        }
    }

    fn failure(&mut self, failure: &FailureReport) {
        let arrow = self.paint(Ink::Frame, "-->");
        let place = place(&failure.path, Some(failure.line), None);
        let doubt = doubt(failure.certain);
        self.line(&format!("            {arrow} {place}: {}{doubt}", failure.message));
    }

    /// Where the history forks, others have run before a revision too.
    fn schema(&mut self, replay: &ReplayReport, moment: Moment, forks: bool) {
        let tables = replay.tables_then(moment);
        let after = match moment {
            Moment::Base => "before the first migration".to_owned(),
            Moment::After(step) => {
                let before = if forks { " and all that `upgrade heads` runs before it" } else { "" };
                format!("after {}{before}", replay.steps.get(step).map_or("", |step| &step.revision))
            }
        };
        let n = plural(tables.len(), "table");
        let head = format!("The schema {after}, as on {}: {n}", replay.title());
        let head = self.paint(Ink::Bold, &head);
        self.line(&head);
        for (table, step) in tables {
            self.line("");
            let name = self.paint(Ink::Bold, &table.name);
            self.line(&format!("{name}{}", doubt(table.is_certain_at(step))));
            let columns: Vec<_> = table.columns_at(step).collect();
            let width = columns.iter().map(|column| column.name.chars().count()).max().unwrap_or(0).min(40);
            for column in columns {
                let kind = column.known_type().unwrap_or(NOT_KNOWN);
                let null = match nullable(column.nullable) {
                    "" => String::new(),
                    NOT_KNOWN => format!(" NULL {NOT_KNOWN}"),
                    word => format!(" {word}"),
                };
                let default =
                    column.default.as_ref().map_or(String::new(), |text| format!(" DEFAULT {text}"));
                let line = format!("{kind}{null}{default}{}", doubt(column.certain));
                self.line(&format!("  {:width$}  {}", column.name, line));
            }
            for other in table.others_at(step) {
                self.line(&format!("  {other}"));
            }
        }
    }
}

/// The width of the words for how a revision fares.
const WORD: usize = 14;

/// How a revision fares on this one dialect.
fn fate(step: &StepReport, failures: &[&FailureReport]) -> Fate {
    if failures.iter().any(|failure| failure.certain) {
        Fate::Fails
    } else if !failures.is_empty() {
        Fate::MayFail
    } else if step.understood.unknown > 0 {
        Fate::NotUnderstood
    } else {
        Fate::Runs
    }
}

fn doubt(certain: bool) -> String {
    if certain { String::new() } else { format!(" ({NOT_CERTAIN})") }
}

/// What a revision changes, in one line.
fn summary(changes: &[&str]) -> String {
    match changes {
        [] => "changes nothing".to_owned(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one}, {two}"),
        [first, rest @ ..] => format!("{first}, and {} more", rest.len()),
    }
}
