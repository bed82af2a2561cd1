//! What a connection executes.

use std::rc::Rc;
use std::sync::Arc;

use super::ddl;
use crate::replay::run::Machine;
use crate::replay::run::raised::Raised;
use crate::replay::run::value::{HOLE, Value};
use crate::schema::sql::{self, SqlText};
use crate::schema::{Operation, Touches};
use crate::text::TextRange;

impl Machine<'_> {
    /// The operations that a text of SQL asks for; those of one text are read once in all that is followed of a module.
    fn operations_of(&self, text: &Arc<str>) -> Rc<[Operation]> {
        let key = (self.rules().dialect, Arc::clone(text));
        if let Some(known) = self.sql.borrow().get(&key) {
            return Rc::clone(known);
        }
        let sql = SqlText::with_placeholder(text, &HOLE.to_string());
        let read: Rc<[Operation]> = sql::operations(&sql, key.0).into();
        self.sql.borrow_mut().insert(key, Rc::clone(&read));
        read
    }

    /// Executes what `op.execute`, `bind.execute` and their like are given.
    pub(in crate::replay::run) fn execute(
        &mut self,
        statement: &Value,
        range: TextRange,
    ) -> Result<(), Raised> {
        match statement {
            Value::Text(text) | Value::Sql(text) => {
                for operation in self.operations_of(&text.text).iter() {
                    self.perform(operation.clone(), range)?;
                }
                Ok(())
            }
            Value::Statement(statement) => match statement.verb {
                Some(verb) => self.perform(Operation::Data { verb, uses: statement.uses.clone() }, range),
                None => Ok(()),
            },
            Value::Ddl(ddl) => ddl::execute(self, &ddl.0, &ddl.1, range),
            Value::List(_) | Value::Tuple(_) => match self.items(statement) {
                Some(items) => items.iter().try_for_each(|item| self.execute(item, range)),
                None => self.unknown("SQL that is computed", Touches::Everything, range),
            },
            // A clause of SQLAlchemy that is not followed in detail reads or changes rows.
            Value::Path(path) if path.starts_with("sqlalchemy") => Ok(()),
            Value::Type(_) | Value::Column(_) | Value::Class(_) => Ok(()),
            _ => self.unknown("SQL that is computed", Touches::Everything, range),
        }
    }
}
