//! When each object comes and goes in a history, as the database compares names.

use std::collections::BTreeMap;

use super::failing::{Direction, Moment, Origin};
use crate::replay::chain::{Placed, Replay};
use crate::schema::{Dialect, Failure, FailureKind, NO_LABEL, ObjectName, SchemaChange, TableName};
use crate::text::TextRange;

/// The objects that one history's upgrades bring and take.
#[derive(Debug)]
pub(super) struct Timeline {
    dialect: Dialect,
    /// The script of each step.
    scripts: Vec<usize>,
    brings: Objects,
    takes: Objects,
    /// The tables that each step makes or drops whether they are there or not.
    guards: Vec<Vec<TableName>>,
    /// Whether some table that is needed is created by no migration, so that others may be made there too.
    needs_elsewhere: bool,
}

/// Objects by the words that each is found by, each with the step and the call.
type Objects = BTreeMap<Box<str>, Vec<(ObjectName, (usize, TextRange))>>;

impl Timeline {
    pub(super) fn of(replay: &Replay) -> Self {
        let mut timeline = Self {
            dialect: replay.rules.dialect,
            scripts: replay.steps.iter().map(|step| step.script).collect(),
            brings: objects(replay, SchemaChange::brings),
            takes: objects(replay, SchemaChange::takes),
            guards: replay.steps.iter().map(|step| step.upgrade.guards.clone()).collect(),
            needs_elsewhere: false,
        };
        let failures = replay.steps.iter().flat_map(|step| &step.upgrade.failures);
        timeline.needs_elsewhere = failures.into_iter().any(|Placed { what, .. }| {
            let object = what.object.as_ref().filter(|_| what.kind == FailureKind::NoSuchTable);
            object.is_some_and(|object| timeline.when(&timeline.brings, object).next().is_none())
        });
        timeline
    }

    /// Where the object of a failure at a step comes from.
    pub(super) fn origin(
        &self,
        step: usize,
        direction: Direction,
        range: TextRange,
        failure: &Failure,
    ) -> Origin {
        let Some(object) = &failure.object else { return Origin::Beside };
        // A downgrade runs when its own upgrade has.
        let now = match direction {
            Direction::Upgrade => (step, range),
            Direction::Downgrade => (step + 1, TextRange::empty(0)),
        };
        match failure.kind {
            kind if kind.is_missing() => match self.missing(object, now) {
                // Nothing says that the tables of a history that needs none come from elsewhere.
                Origin::Elsewhere if direction == Direction::Downgrade && !self.needs_elsewhere => {
                    Origin::Nowhere
                }
                origin => origin,
            },
            kind if kind.is_there_already() => {
                let before = self.when(&self.brings, object).filter(|moment| *moment < now).last();
                before.map_or(Origin::Beside, |moment| Origin::Earlier(self.moment(moment)))
            }
            // A text that becomes a label only there.
            FailureKind::Other
                if failure.message.starts_with(NO_LABEL)
                    && let Some(moment) = self.when(&self.brings, object).find(|moment| *moment > now) =>
            {
                Origin::Later(self.moment(moment))
            }
            kind if matches!(object, ObjectName::Extension(_)) && kind != FailureKind::StillReferenced => {
                match self.type_from(object, now) {
                    Some(moment) => Origin::Earlier(self.moment(moment)),
                    None => self.missing(object, now),
                }
            }
            // What is said of a type that a migration has created, and none has dropped since, can only be that it is there.
            FailureKind::Other if let Some(moment) = self.type_from(object, now) => {
                Origin::Earlier(self.moment(moment))
            }
            // What is said of one that no migration has created can only be that it is not there.
            FailureKind::Other if self.is_of_unknown_type(object, now) => {
                if self.needs_elsewhere {
                    Origin::Elsewhere
                } else {
                    self.missing(object, now)
                }
            }
            _ => Origin::Beside,
        }
    }

    fn missing(&self, object: &ObjectName, now: (usize, TextRange)) -> Origin {
        // What a batch fails to drop it takes all the same; that is no other call's doing.
        let gone = self.when(&self.takes, object).filter(|moment| *moment < now).last();
        let later = self.when(&self.brings, object).find(|moment| *moment > now);
        // What is dropped before it is created is there from elsewhere, and made anew.
        let is_table = matches!(object, ObjectName::Table(_));
        let mut taken = self.when(&self.takes, object).filter(|moment| *moment > now);
        if is_table && later.is_some_and(|later| taken.any(|moment| moment < later)) {
            return Origin::Elsewhere;
        }
        match (gone, later) {
            (Some(moment), _) => Origin::Gone(self.moment(moment)),
            // What creates it later takes it for possible that it is there.
            (None, Some((step, _))) if self.is_guarded(object, step) => Origin::Elsewhere,
            (None, Some(moment)) => Origin::Later(self.moment(moment)),
            // What a migration creates comes from nowhere else.
            (None, None) if self.when(&self.brings, object).next().is_some() => Origin::Nowhere,
            (None, None) if self.may_be_made_elsewhere(object) => Origin::Elsewhere,
            (None, None) => Origin::Nowhere,
        }
    }

    /// Whether a step makes or drops the object's table whether it is there or not.
    fn is_guarded(&self, object: &ObjectName, step: usize) -> bool {
        let Some(table) = object.table() else { return false };
        let own = ObjectName::Table(table.clone());
        self.guards[step].iter().any(|guarded| ObjectName::Table(guarded.clone()).is(&own, self.dialect))
    }

    /// Whether nothing that the migrations create would hold the object.
    fn may_be_made_elsewhere(&self, object: &ObjectName) -> bool {
        match object {
            // Who may create one need not be who runs the migrations.
            ObjectName::Table(_)
            | ObjectName::View(_)
            | ObjectName::Sequence(_)
            | ObjectName::Extension(_) => true,
            _ => match object.table() {
                Some(table) => self.when(&self.brings, &ObjectName::Table(table.clone())).next().is_none(),
                // An index is dropped without its table, and a type belongs to none: where tables come from elsewhere, they
                // may be made there as well.
                None => {
                    let may_be = matches!(
                        object,
                        ObjectName::Index { .. } | ObjectName::Type(_) | ObjectName::Value { .. }
                    );
                    self.needs_elsewhere && may_be
                }
            },
        }
    }

    /// When an enum type, or a value of one, or an extension, came that is still there.
    fn type_from(&self, object: &ObjectName, now: (usize, TextRange)) -> Option<(usize, TextRange)> {
        if !matches!(object, ObjectName::Type(_) | ObjectName::Value { .. } | ObjectName::Extension(_)) {
            return None;
        }
        let last = |objects| self.when(objects, object).filter(|moment| *moment < now).last();
        last(&self.brings).filter(|came| last(&self.takes).is_none_or(|gone| gone < *came))
    }

    /// Whether it is an enum type, or a value of one, that no migration has created or dropped so far.
    fn is_of_unknown_type(&self, object: &ObjectName, now: (usize, TextRange)) -> bool {
        let (ObjectName::Type(name) | ObjectName::Value { of: name, .. }) = object else { return false };
        let kind = ObjectName::Type(name.clone());
        let mut moments = self.when(&self.brings, &kind).chain(self.when(&self.takes, &kind));
        moments.all(|moment| moment >= now)
    }

    fn moment(&self, (step, range): (usize, TextRange)) -> Moment {
        Moment { script: self.scripts[step], range }
    }

    /// When an object comes, or goes, in order.
    fn when<'t>(
        &'t self,
        objects: &'t Objects,
        object: &'t ObjectName,
    ) -> impl Iterator<Item = (usize, TextRange)> + 't {
        let alike = objects.get(&object.key()).into_iter().flatten();
        alike.filter(|(own, _)| own.is(object, self.dialect)).map(|(_, moment)| *moment)
    }
}

fn objects(replay: &Replay, of: fn(&SchemaChange) -> Vec<ObjectName>) -> Objects {
    let mut objects = Objects::new();
    for (at, step) in replay.steps.iter().enumerate() {
        for Placed { range, what } in &step.upgrade.changes {
            for object in of(what) {
                objects.entry(object.key()).or_default().push((object, (at, *range)));
            }
        }
    }
    objects
}
