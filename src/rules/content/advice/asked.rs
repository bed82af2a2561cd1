//! A failure, and what is around it.

use crate::replay::{Direction, Failing, Moment, Step};
use crate::rules::EnvironmentContext;
use crate::schema::{Dialect, ObjectName, Schema, SchemaChange, Table, TableName, Truth};
use crate::text::{LineIndex, capital, listed, written};

/// As many names of what is there are told.
const MOST: usize = 8;

/// A failure on one dialect.
pub(super) struct Asked<'a> {
    pub(super) context: &'a EnvironmentContext<'a>,
    pub(super) failing: &'a Failing,
    pub(super) dialect: Dialect,
    /// Whether it is one of several, so that what is there is not listed.
    pub(super) is_brief: bool,
}

impl<'a> Asked<'a> {
    /// What is said there.
    pub(super) fn message(&self) -> &'a str {
        self.failing.message_on(self.dialect)
    }

    pub(super) fn is_downgrade(&self) -> bool {
        self.failing.direction == Direction::Downgrade
    }

    /// The step that fails, and the one before it.
    fn steps(&self) -> Option<(&'a Step, Option<&'a Step>)> {
        let replays = self.context.audited.account.replays();
        let replay = replays.iter().find(|replay| replay.rules.dialect == self.dialect)?;
        let at = replay.steps.iter().position(|step| step.script == self.failing.script)?;
        Some((&replay.steps[at], at.checked_sub(1).map(|at| &replay.steps[at])))
    }

    /// The schemas to look for names in: the one that the function begins with, and for what it makes itself the one that
    /// the upgrade ends with.
    pub(super) fn schemas(&self) -> impl Iterator<Item = &'a Schema> {
        let (own, before) = self.steps().map_or((None, None), |(own, before)| (Some(own), before));
        let before = before.filter(|_| !self.is_downgrade());
        before.into_iter().chain(own).map(|step| &step.after)
    }

    /// The table that it is about.
    pub(super) fn table_name(&self) -> Option<&'a TableName> {
        self.failing.object.as_ref()?.table()
    }

    /// The same as the migration writes it.
    pub(super) fn written_table(&self) -> Option<TableName> {
        Some(self.written(self.table_name()?))
    }

    /// A table as the migration writes it: without the one of several databases that it is in.
    pub(super) fn written(&self, table: &TableName) -> TableName {
        let best = self.context.audited.account.best();
        best.map_or_else(|| table.clone(), |best| best.without_database(table))
    }

    /// That table as far as it is certain.
    pub(super) fn table(&self) -> Option<&'a Table> {
        let name = self.table_name()?;
        self.schemas().find_map(|schema| schema.table(name).filter(|table| table.certain))
    }

    /// Whether the upgrade has left what its downgrade then does not find: an earlier line of the downgrade took it.
    pub(super) fn was_left_by_the_upgrade(&self) -> bool {
        let Some((step, _)) = self.steps().filter(|_| self.is_downgrade()) else { return false };
        let schema = &step.after;
        let has = match self.failing.object.as_ref() {
            Some(ObjectName::Table(table)) => schema.has_table(table),
            Some(ObjectName::Column { table, column }) => schema.has_column(table, column),
            Some(ObjectName::Index { table: Some(table), name }) => schema.has_index(table, name),
            Some(ObjectName::Constraint { table: Some(table), name }) => schema.has_constraint(table, name),
            Some(ObjectName::Type(name)) => schema.has_enum(name),
            _ => Truth::Maybe,
        };
        has.is_yes()
    }

    /// The earlier line of this downgrade that brings something, as in `Line 18`.
    pub(super) fn made_before_in_the_downgrade(&self, object: &ObjectName) -> Option<String> {
        let (step, _) = self.steps()?;
        let mut changes = step.downgrade.changes.iter();
        let brings = |own: &ObjectName| own.is(object, self.dialect);
        let change = changes.find(|change| {
            change.range.start() < self.failing.range.start() && change.what.brings().iter().any(brings)
        })?;
        Some(capital(&self.place(Moment { script: self.failing.script, range: change.range })))
    }

    /// The call as written.
    pub(super) fn call(&self) -> String {
        let script = &self.context.audited.scripts[self.failing.script];
        written(self.context.all.tree.get(&script.path).unwrap_or_default(), self.failing.range)
    }

    /// The last name of what is called: `add_column`; empty where it is no call.
    pub(super) fn directive(&self) -> String {
        called(&self.call()).rsplit('.').next().unwrap_or_default().trim().to_owned()
    }

    /// Where something is: `line 18`, or `0001_first.py:18` in another file.
    pub(super) fn place(&self, moment: Moment) -> String {
        let script = &self.context.audited.scripts[moment.script];
        let source = self.context.all.tree.get(&script.path).unwrap_or_default();
        let line = LineIndex::new(source).line_column(moment.range.start()).line;
        if moment.script == self.failing.script {
            format!("line {line}")
        } else {
            format!("`{}:{line}`", script.path.file_name())
        }
    }

    /// The id of another migration.
    pub(super) fn id(&self, script: usize) -> &'a str {
        self.context.audited.scripts[script].id().unwrap_or_default()
    }

    /// Whether a call of a migration makes a table.
    pub(super) fn makes_a_table(&self, moment: Moment) -> bool {
        let best = self.context.audited.account.best();
        let step = best.and_then(|best| best.step_of(moment.script));
        step.into_iter().flat_map(|step| &step.upgrade.changes).any(|change| {
            change.range == moment.range && matches!(change.what, SchemaChange::TableCreated { .. })
        })
    }

    /// The command that shows what is there before the function begins; nothing where nothing is.
    fn command(&self) -> Option<String> {
        let (own, before) = self.steps()?;
        let at = if self.is_downgrade() { own } else { before? };
        Some(self.id(at.script)).filter(|id| !id.is_empty()).map(|id| format!("`rechain replay --at {id}`"))
    }

    /// Where to look when nothing better is known.
    pub(super) fn look(&self) -> String {
        match self.command() {
            Some(command) => format!("Correct the operation; {command} shows what is there before it."),
            None => "Correct the operation: nothing is there before it.".to_owned(),
        }
    }

    /// What a table has at this point, after a colon; where it is one failure of several, how to see that.
    pub(super) fn has(&self, table: &TableName, names: &[&str]) -> String {
        match (self.command(), names) {
            (Some(command), _) if self.is_brief => format!("; {command} shows what is there"),
            (_, []) => String::new(),
            _ => format!(": {table} has {} at this point", few(names)),
        }
    }
}

/// What stands before the last parentheses of a call: `sa.Enum('a', name='x').drop` for one of that.
fn called(call: &str) -> &str {
    let (mut depth, mut quote, mut last) = (0_usize, None, 0);
    for (at, character) in call.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, '(') => {
                if depth == 0 {
                    last = at;
                }
                depth += 1;
            }
            (None, ')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    &call[..last]
}

/// A few names: `a`, `b` and `c`; how many more there are.
pub(super) fn few<S: AsRef<str>>(names: &[S]) -> String {
    let shown: Vec<_> = names.iter().take(MOST).map(|name| format!("`{}`", name.as_ref())).collect();
    match names.len() - shown.len() {
        0 => listed(&shown),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The one of some names that was meant, if one is near enough: other letters' cases, an ending, a slip.
pub(super) fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let distance = |name: &str| {
        let (one, two) = (wanted.to_lowercase(), name.to_lowercase());
        let is_longer = one.len() > 3 && two.strip_prefix(&one).is_some_and(|rest| rest.len() <= 2);
        let is_shorter = two.len() > 3 && one.strip_prefix(&two).is_some_and(|rest| rest.len() <= 2);
        let distance = strsim::osa_distance(&one, &two);
        let is_near = distance <= 2 && wanted.chars().count() > 2 * distance + 1;
        (one == two || is_longer || is_shorter || is_near).then_some(distance)
    };
    let mut near: Vec<_> =
        names.filter(|name| *name != wanted).filter_map(|name| Some((distance(name)?, name))).collect();
    near.sort_unstable();
    near.dedup();
    match near.as_slice() {
        [(first, _), (second, _), ..] if first == second => None,
        near => near.first().map(|(_, name)| *name),
    }
}

/// What stands between two parts of a message.
pub(super) fn between<'m>(message: &'m str, before: &str, after: &str) -> Option<&'m str> {
    let (_, rest) = message.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_last_is_the_directive() {
        for (call, expected) in [
            ("op.add_column('t', sa.Column('x'))", "op.add_column"),
            ("sa.Enum('a)', name='k').drop(op.get_bind())", "sa.Enum('a)', name='k').drop"),
            ("raise RuntimeError", ""),
        ] {
            assert_eq!(called(call), expected);
        }
    }

    #[test]
    fn the_nearest_name_is_told_only_where_one_alone_is_near() {
        for (wanted, names, expected) in [
            ("user", &["users", "orders"][..], Some("users")),
            ("Users", &["users"], Some("users")),
            ("emial", &["id", "email"], Some("email")),
            ("id", &["ip"], None),
            ("item_1", &["item_2", "item_3"], None),
            ("name", &["title"], None),
        ] {
            assert_eq!(nearest(wanted, names.iter().copied()), expected, "{wanted}");
        }
    }
}
