//! What a connection executes.

use std::rc::Rc;
use std::sync::Arc;

use super::ddl;
use crate::replay::run::raised::Raised;
use crate::replay::run::value::{HOLE, Str, Value};
use crate::replay::run::{Machine, SqlRead};
use crate::schema::sql::{self, SqlText};
use crate::schema::{Applied, Dialect, Exception, Failure, FailureKind, OnRows, Operation, Touches};
use crate::text::TextRange;

impl Machine<'_> {
    /// The operations that a text of SQL asks for; those of one text are read once in all that is followed of a module.
    fn sql(&self, text: &Arc<str>) -> Rc<SqlRead> {
        let key = (self.rules().dialect, Arc::clone(text));
        if let Some(known) = self.sql.borrow().get(&key) {
            return Rc::clone(known);
        }
        self.spend(text.len() / 4);
        let sql = SqlText::with_placeholder(text, &HOLE.to_string());
        let read = Rc::new(SqlRead {
            operations: sql::operations(&sql, key.0),
            are_several: !self.rules().takes_several.is_yes() && sql::are_several(&sql, key.0),
        });
        self.sql.borrow_mut().insert(key, Rc::clone(&read));
        read
    }

    /// Executes the statements of a text one by one.
    pub(super) fn execute_each(&mut self, text: &Str, range: TextRange) -> Result<(), Raised> {
        let read = self.sql(&text.text);
        self.perform_all(&read, range)
    }

    fn perform_all(&mut self, read: &SqlRead, range: TextRange) -> Result<(), Raised> {
        read.operations.iter().try_for_each(|operation| self.perform(operation.clone(), range))
    }

    /// Whether a call, as SQL has it, may do more than give a value.
    pub(super) fn may_do_something(&self, call: &str) -> bool {
        let read = self.sql(&format!("SELECT {call}").into());
        let is_plain = |own: &Operation| {
            matches!(own, Operation::Constants { .. } | Operation::Data { rows: OnRows::Keeps, .. })
        };
        !read.operations.iter().all(is_plain)
    }

    /// Reads or changes rows, and calls functions: those do what they do in a text of SQL.
    pub(super) fn perform_rows(
        &mut self,
        mut own: Operation,
        calls: &[Box<str>],
        range: TextRange,
    ) -> Result<(), Raised> {
        if !calls.is_empty() {
            // Any table stands for those that are read.
            let is_alone = matches!(&own, Operation::Data { verb: "SELECT", uses, .. } if uses.is_empty());
            let from = if is_alone { "" } else { " FROM t" };
            let read = self.sql(&format!("SELECT {}{from}", calls.join(", ")).into());
            for called in &read.operations {
                match (called, &mut own) {
                    (Operation::Constants { .. } | Operation::Data { rows: OnRows::Keeps, .. }, _) => {}
                    (Operation::Data { rows: called, .. }, Operation::Data { rows, .. }) => *rows = *called,
                    (called, _) => self.perform(called.clone(), range)?,
                }
            }
        }
        self.perform(own, range)
    }

    /// Whether the first statement of a text is not refused: SQLite reads it before it looks for another. PostgreSQL
    /// counts them first.
    fn begins_well(&self, read: &SqlRead) -> bool {
        if self.rules().dialect != Dialect::Sqlite {
            return true;
        }
        let outcome = read.operations.first().map(|first| self.state.schema.clone().apply(first));
        outcome.is_none_or(|outcome| !outcome.failures.iter().any(|failure| failure.certain))
    }

    /// What Python's `sqlite3`, or asyncpg, says of several statements in one text.
    fn refuse_several(&mut self, range: TextRange) -> Result<(), Raised> {
        let message = if self.rules().dialect == Dialect::Sqlite {
            "You can only execute one statement at a time: split the text at its semicolons"
        } else {
            "asyncpg cannot insert multiple commands into a prepared statement: split the text at its semicolons"
        };
        let certain = self.rules().takes_several.is_no();
        let failure = Failure::new(FailureKind::Other, None, message.to_owned(), certain);
        let failure = Failure { exception: Exception::Database, ..failure };
        self.record(
            Operation::noted("several statements", None),
            Applied { failures: vec![failure], ..Applied::default() },
            range,
            &[],
        )
    }

    /// What SQLAlchemy says to a text with a bind parameter that nobody gives a value; quotes are nothing to it. Source:
    /// `TextClause._bind_params_regex` of `sql/elements.py`.
    pub(in crate::replay::run) fn need_values(&mut self, text: &Str, range: TextRange) -> Result<(), Raised> {
        match bind_parameter(&text.text).filter(|_| !text.is_bound) {
            Some(name) => {
                let message = format!("A value is required for bind parameter '{name}'");
                self.refuses("StatementError", message, range)
            }
            None => Ok(()),
        }
    }

    /// Executes what `op.execute`, `bind.execute` and their like are given.
    pub(in crate::replay::run) fn execute(
        &mut self,
        statement: &Value,
        range: TextRange,
    ) -> Result<(), Raised> {
        match statement {
            Value::Text(text) | Value::Sql(text) => {
                let read = self.sql(&text.text);
                if read.are_several && self.begins_well(&read) {
                    self.refuse_several(range)?;
                }
                self.perform_all(&read, range)
            }
            Value::Statement(statement) => match statement.verb {
                None if statement.calls.is_empty() => Ok(()),
                verb => {
                    let mut own = Operation::data(verb.unwrap_or("SELECT"), statement.uses.clone());
                    if let Operation::Data { rows, .. } = &mut own
                        && statement.adds
                    {
                        *rows = OnRows::Adds;
                    }
                    self.perform_rows(own, &statement.calls, range)
                }
            },
            Value::Ddl(ddl) => ddl::execute(self, ddl, range),
            Value::List(_) | Value::Tuple(_) => match self.items(statement) {
                Some(items) => items.iter().try_for_each(|item| self.execute(item, range)),
                None => self.unknown("SQL that is computed", Touches::Everything, range),
            },
            // A clause of SQLAlchemy that is not followed in detail reads or changes rows.
            Value::Path(path) if path.starts_with("sqlalchemy") => Ok(()),
            Value::Column(_) | Value::Class(_) => Ok(()),
            _ => self.unknown("SQL that is computed", Touches::Everything, range),
        }
    }
}

/// The first bind parameter of a text, `:name`, where its name is known.
fn bind_parameter(text: &str) -> Option<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(':').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let name = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
        let is_free = |c: char| !is_word(c) && !matches!(c, ':' | '\\' | HOLE);
        let begins = text[..at].chars().next_back().is_none_or(is_free);
        let ends = rest[name.len()..].chars().next().is_none_or(|c| c != ':' && c != HOLE);
        (begins && ends && !name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colon_before_a_word_binds_wherever_it_stands() {
        for (text, name) in [
            ("SELECT '12:50'", None),
            ("SELECT ' :50'", Some("50")),
            ("SELECT '{\"a\":1}'", Some("1")),
            ("SELECT '{\"a\": 1}'", None),
            ("SELECT ':name'", Some("name")),
            ("SELECT 'a'::text", None),
            ("SELECT '\\:name'", None),
            ("SELECT 'x:name'", None),
            ("SELECT ':é'", Some("é")),
            ("SELECT '::name'", None),
            ("SELECT ':a:'", None),
            ("SELECT ':a::text'", None),
            ("SELECT -- :c\n 1", Some("c")),
            ("SELECT :", None),
            ("SELECT $$ x := 1 $$", None),
            (":\u{FFFC}a \u{FFFC}:b :c\u{FFFC}", None),
        ] {
            assert_eq!(bind_parameter(text), name, "{text}");
        }
    }
}
