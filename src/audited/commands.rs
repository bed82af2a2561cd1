//! What each of Alembic's commands would do: as far as the files decide it, and then as the migrations fare.

use super::Audited;
use crate::alembic::{Command, Database, Foreseen};
use crate::replay::{Direction, Fate, Upgrade};

impl Audited {
    /// What a command would do with a database.
    pub fn foresee(&self, command: Command, database: Database) -> Foreseen {
        let foreseen = self.reading.foresee(command, database, &self.scripts, &self.surroundings());
        match (command, database) {
            (Command::UpgradeHead | Command::UpgradeHeads, Database::Empty) => self.upgraded(foreseen),
            (Command::Downgrade, Database::AtHead) => self.downgraded(foreseen),
            _ => foreseen,
        }
    }

    /// What comes of an upgrade of an empty database that Alembic begins.
    fn upgraded(&self, begun: Foreseen) -> Foreseen {
        // Where it is not known what Alembic makes of the files, what fails for certain fails all the same.
        let is_open = begun.status.is_none() && self.account.upgrade() == Upgrade::Stops;
        if begun.status != Some(0) && !is_open || self.scripts.is_empty() {
            return begun;
        }
        let account = &self.account;
        let stops = account.dialects().iter().filter_map(|&dialect| {
            let stop = account.first_failure_on(dialect)?;
            let script = &self.scripts[stop.script];
            let id = script.id().unwrap_or_default();
            Some(format!(
                "{}: stops at {id}, {}: {}.",
                dialect.title(),
                script.path,
                stop.message_on(dialect)
            ))
        });
        let stops: Vec<_> = stops.collect();
        match account.upgrade() {
            Upgrade::Runs => begun,
            Upgrade::Stops | Upgrade::NeedsElsewhere => Foreseen { status: Some(1), says: stops.join(" ") },
            Upgrade::Depends => Foreseen::open(stops.join(" ")),
            Upgrade::Undecided => {
                let first = account.best().and_then(|best| {
                    best.steps
                        .iter()
                        .map(|step| step.script)
                        .find(|&script| account.fate(script) != Fate::Runs)
                });
                let at = first.and_then(|script| self.scripts[script].id()).unwrap_or_default();
                Foreseen::open(format!("{} Not all of it is understood, first {at}.", begun.says))
            }
            Upgrade::NotFollowed => Foreseen::open(format!("{} It was not followed.", begun.says)),
        }
    }

    /// What comes of one step down that Alembic begins.
    fn downgraded(&self, begun: Foreseen) -> Foreseen {
        let graph = &self.graph;
        let [head] = graph.real_heads()[..] else { return begun };
        let Some(script) = graph.node(head).script.filter(|_| begun.status == Some(0)) else { return begun };
        let account = &self.account;
        let raises = account.best().and_then(|best| best.step_of(script)?.downgrade.raises.as_ref());
        if let Some(raises) = raises {
            return Foreseen { status: Some(1), says: format!("{} raises {}.", graph.id(head), raises.what) };
        }
        if account.fails_on_the_way_back(script) {
            let why = account.why(script, Direction::Downgrade).unwrap_or_default();
            return Foreseen { status: Some(1), says: format!("{} fails: {why}.", graph.id(head)) };
        }
        let is_clear = |replay: &crate::replay::Replay| {
            replay.step_of(script).is_some_and(|step| step.downgrade.is_clear())
        };
        if !account.replays().is_empty() && account.replays().iter().all(is_clear) {
            begun
        } else {
            Foreseen::open(format!("{} Whether it runs is not known.", begun.says))
        }
    }
}
