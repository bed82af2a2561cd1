//! A replay for a terminal.

use super::{Direction, FailureReport, ReplayReport, TableReport};
use crate::report::{EnvironmentReport, Style};
use crate::text::{plural, visible};

const BOLD: &str = "1";
const RED: &str = "1;31";
const GREEN: &str = "1;32";
const YELLOW: &str = "1;33";
const BLUE: &str = "1;34";

/// Writes what becomes of an environment's migrations on an empty database; with `at`, the schema after that revision.
/// `None` where `at` names no revision of it.
pub fn write_replay(environment: &EnvironmentReport, at: Option<&str>, style: Style) -> Option<String> {
    let mut out = Writer { text: String::new(), style };
    let replay = environment.replay.as_ref()?;
    match at {
        Some(revision) => out.schema(replay, replay.step_of(revision)?),
        None => out.whole(environment, replay),
    }
    Some(out.text)
}

struct Writer {
    text: String,
    style: Style,
}

impl Writer {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        match self.style {
            Style::Plain => text.to_owned(),
            Style::Colour => format!("\u{1b}[{colour}m{text}\u{1b}[0m"),
        }
    }

    fn whole(&mut self, environment: &EnvironmentReport, replay: &ReplayReport) {
        let folder = environment.version_locations.join(", ");
        let folder = if folder.is_empty() { &environment.script_location } else { &folder };
        let head = format!(
            "{}: {} from an empty database, as on {}",
            visible(folder),
            plural(replay.steps.len(), "revision"),
            replay.title()
        );
        let head = self.paint(BOLD, &head);
        self.line(&head);
        let width = replay.steps.iter().map(|step| step.revision.chars().count()).max().unwrap_or(0).min(32);
        for step in &replay.steps {
            let own: Vec<&FailureReport> = replay
                .failures
                .iter()
                .filter(|failure| failure.revision == step.revision && failure.path == step.path)
                .filter(|failure| failure.direction == Direction::Upgrade)
                .collect();
            let (sign, colour) = match own.iter().any(|failure| failure.certain) {
                true => ("fails", RED),
                false if !own.is_empty() => ("may fail", YELLOW),
                false if step.understood.unknown > 0 => ("unknown", YELLOW),
                false => ("runs", GREEN),
            };
            let sign = self.paint(colour, &format!("{sign:8}"));
            let what = summary(&step.changes.iter().map(|change| change.what.as_str()).collect::<Vec<_>>());
            let understood = match step.understood.unknown {
                0 => String::new(),
                n => format!(
                    " ({} of {} operations understood)",
                    step.understood.operations - n,
                    step.understood.operations
                ),
            };
            self.line(&format!(
                "  {sign}  {:width$}  {}{understood}",
                visible(&step.revision),
                visible(&what)
            ));
            for failure in own {
                self.failure(failure);
            }
        }
        let down: Vec<_> =
            replay.failures.iter().filter(|failure| failure.direction == Direction::Downgrade).collect();
        if !down.is_empty() {
            self.line("");
            let head = self.paint(BOLD, "Downgrade, from the heads back");
            self.line(&head);
            for failure in down {
                let sign = if failure.certain {
                    self.paint(RED, "fails   ")
                } else {
                    self.paint(YELLOW, "may fail")
                };
                self.line(&format!("  {sign}  {}", visible(&failure.revision)));
                self.failure(failure);
            }
        }
        self.line("");
        let unsaid = replay.understood.operations - replay.understood.unknown;
        self.line(&format!("{unsaid} of {} operations understood.", replay.understood.operations));
        for other in &environment.replays {
            let line = match other.stops_at() {
                Some(failure) => format!(
                    "{}: stops at {}, {}:{}: {}",
                    other.title(),
                    failure.revision,
                    failure.path,
                    failure.line,
                    failure.message
                ),
                None => format!("{}: nothing stops it", other.title()),
            };
            self.line(&visible(&line));
        }
    }

    fn failure(&mut self, failure: &FailureReport) {
        let arrow = self.paint(BLUE, "-->");
        let doubt = if failure.certain { "" } else { " (possibly)" };
        self.line(&format!(
            "            {arrow} {}:{}: {}{doubt}",
            visible(&failure.path),
            failure.line,
            visible(&failure.message)
        ));
    }

    fn schema(&mut self, replay: &ReplayReport, step: usize) {
        let tables: Vec<&TableReport> = replay.tables_at(step).collect();
        let head = format!(
            "The schema after {}, as on {}: {}",
            visible(&replay.steps[step].revision),
            replay.title(),
            plural(tables.len(), "table")
        );
        let head = self.paint(BOLD, &head);
        self.line(&head);
        for table in tables {
            self.line("");
            let doubt = if table.certain { "" } else { "  (not certain)" };
            let name = self.paint(BOLD, &visible(&table.name));
            self.line(&format!("{name}{doubt}"));
            let columns: Vec<_> = table.columns_at(step).collect();
            let width = columns.iter().map(|column| column.name.chars().count()).max().unwrap_or(0).min(40);
            for column in columns {
                let kind = if column.kind.is_empty() { "type not known" } else { &column.kind };
                let null = if column.nullable == Some(false) { " NOT NULL" } else { "" };
                let default =
                    column.default.as_ref().map_or(String::new(), |text| format!(" DEFAULT {text}"));
                let doubt = if column.certain { "" } else { "  (not certain)" };
                let line = format!("{kind}{null}{default}{doubt}");
                self.line(&format!("  {:width$}  {}", visible(&column.name), visible(&line)));
            }
            for other in table.others_at(step) {
                self.line(&format!("  {}", visible(other)));
            }
        }
    }
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
