//! Transactions: what a savepoint gives back, and what PostgreSQL does after an error.
//!
//! Source: PostgreSQL's documentation of SAVEPOINT; its error 25P02, `in_failed_sql_transaction`.

use super::value::{Object, Place, Value};
use super::{Arguments, Machine};
use crate::schema::{Dialect, Exception, Failure, FailureKind, Operation, Schema, Truth};
use crate::text::TextRange;

/// The transaction that a migration runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Transaction {
    /// Whether a statement failed in it, so that PostgreSQL refuses every other one.
    is_aborted: Truth,
    /// That statement.
    failed: TextRange,
    /// Whether each statement is a transaction of its own.
    pub(super) is_autocommit: Truth,
}

/// Whether what follows a word sets it to `False`: `sessionmaker(autocommit=False)` is what goes without saying.
fn is_off(after: &[u8]) -> bool {
    let is_filling = |byte: &&u8| matches!(**byte, b' ' | b'\'' | b'"' | b'=' | b':');
    let filling = after.iter().take_while(is_filling).count();
    let rest = &after[filling..];
    let word = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    filling > 0 && &rest[..word] == b"False"
}

/// Whether what follows a word is a name that is written out: `isolation_level="REPEATABLE READ"`.
fn is_named(after: &[u8]) -> bool {
    let is_filling = |byte: &&u8| matches!(**byte, b' ' | b'\'' | b'"' | b'=' | b':');
    let filling = after.iter().take_while(is_filling).count();
    let (filling, rest) = after.split_at(filling);
    matches!(filling.last(), Some(b'\'' | b'"')) && rest.first().is_some_and(u8::is_ascii_alphabetic)
}

/// What a rollback goes back to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Savepoint {
    schema: Schema,
    transaction: Transaction,
    /// How many operations had been met.
    n_met: usize,
}

impl Transaction {
    pub(super) fn new() -> Self {
        Self { is_aborted: Truth::No, failed: TextRange::empty(0), is_autocommit: Truth::No }
    }

    /// What holds whichever of two ways was taken.
    pub(super) fn join(self, other: Self) -> Self {
        let both = |one, other| if one == other { one } else { Truth::Maybe };
        Self {
            is_aborted: both(self.is_aborted, other.is_aborted),
            failed: self.failed,
            is_autocommit: both(self.is_autocommit, other.is_autocommit),
        }
    }
}

impl Machine<'_> {
    /// `begin_nested()`.
    pub(super) fn savepoint(&mut self) -> Value {
        let savepoint = Savepoint {
            schema: self.state.schema.clone(),
            transaction: self.state.transaction,
            n_met: self.log.len(),
        };
        Value::Savepoint(self.allocate(Object::Savepoint(savepoint)))
    }

    /// What was done since a savepoint is undone.
    pub(super) fn roll_back(&mut self, place: Place) {
        let Object::Savepoint(savepoint) = self.state.object(place) else { return };
        let savepoint = savepoint.clone();
        self.state.schema = savepoint.schema;
        self.state.transaction = savepoint.transaction;
        if self.doubt > 0 {
            return;
        }
        for entry in self.log.iter_mut().skip(savepoint.n_met) {
            entry.operation = Operation::noted("ROLLBACK", None);
            entry.outcome.changes.clear();
        }
    }

    /// `with context.autocommit_block():` begins; gives the transaction that it ends.
    pub(super) fn begin_autocommit(&mut self) -> Transaction {
        self.state.schema.commit(true);
        let now = Transaction { is_autocommit: Truth::Yes, ..Transaction::new() };
        std::mem::replace(&mut self.state.transaction, now)
    }

    /// It ends: another transaction begins.
    pub(super) fn end_autocommit(&mut self, before: Transaction) {
        self.state.transaction = Transaction { is_aborted: Truth::No, ..before };
    }

    /// Whether a transaction goes on is not known any more: something has ended it, or may have, or it is the driver's to
    /// say whether another begins.
    pub(super) fn doubt_transaction(&mut self) {
        if self.state.transaction.is_autocommit.is_no() {
            self.state.transaction.is_autocommit = Truth::Maybe;
        }
        self.state.schema.commit(false);
    }

    /// A call may end the transaction: it is given a level of isolation, or a block that commits each statement.
    pub(super) fn doubt_transaction_by(&mut self, arguments: &Arguments) {
        let is_block = |value: &Value| matches!(value, Value::Autocommit);
        if arguments.keyword("isolation_level").is_some() || arguments.values().any(is_block) {
            self.doubt_transaction();
        }
    }

    /// What a statement of SQL does to the transaction.
    pub(super) fn end_transaction_by(&mut self, operation: &Operation) {
        let Operation::Noted { what, .. } = operation else { return };
        match &**what {
            "COMMIT" | "END" => {
                self.doubt_transaction();
                self.state.schema.commit(true);
            }
            "ROLLBACK" | "ABORT" | "BEGIN" | "START" => self.doubt_transaction(),
            _ => {}
        }
    }

    /// Tells the schema whether the next statement stands in a transaction.
    pub(super) fn share_transaction(&mut self) {
        let is_shared = match self.state.transaction.is_autocommit {
            Truth::No if !self.is_in_transaction() => Truth::Maybe,
            is_autocommit => !is_autocommit,
        };
        self.state.schema.share_transaction(is_shared);
    }

    /// A statement failed, and the migration goes on.
    pub(super) fn abort(&mut self, failure: &Failure, range: TextRange) {
        if self.rules().dialect != Dialect::Postgresql || self.state.transaction.is_autocommit.is_yes() {
            return;
        }
        let is_aborted = match failure.exception {
            Exception::Database if self.is_in_transaction() => Truth::Yes,
            Exception::Database | Exception::Unknown => self.state.transaction.is_aborted.or(Truth::Maybe),
            Exception::NotImplemented | Exception::Name | Exception::Value => return,
        };
        self.state.transaction = Transaction { is_aborted, failed: range, ..self.state.transaction };
    }

    /// What is caught may have been raised before the statement that failed was come to.
    pub(super) fn doubt_abort(&mut self, before: Transaction) {
        let now = &mut self.state.transaction;
        if now.is_aborted.is_yes() && !before.is_aborted.is_yes() {
            now.is_aborted = Truth::Maybe;
        }
    }

    /// Whether statements certainly share a transaction: nothing in the project says otherwise.
    fn is_in_transaction(&self) -> bool {
        self.state.transaction.is_autocommit.is_no()
            && self.project.never_names("AUTOCOMMIT")
            && self.project.never_says("autocommit", is_off)
            && self.project.never_says("isolation_level", is_named)
    }

    /// What PostgreSQL says to every statement in a transaction in which one has failed, and where that one stands.
    pub(super) fn refusal_after_failure(&self) -> Option<(Failure, TextRange)> {
        let Transaction { is_aborted: Truth::Yes, failed, .. } = self.state.transaction else { return None };
        let message = "current transaction is aborted: a statement before failed, and its error was caught \
                       outside of a savepoint"
            .to_owned();
        let failure = Failure::new(FailureKind::Other, None, message, true);
        Some((Failure { exception: Exception::Database, ..failure }, failed))
    }

    /// It has been said, and is taken not to be so from now on.
    pub(super) fn begin_anew(&mut self) {
        self.state.transaction.is_aborted = Truth::No;
    }
}

#[cfg(test)]
mod tests {
    use super::{is_named, is_off};

    #[test]
    fn only_what_is_written_out_is_a_level() {
        for (after, expected) in [
            ("='REPEATABLE READ')", true),
            ("\": \"SERIALIZABLE\"}", true),
            ("=level)", false),
            ("\": level}", false),
            ("(0)", false),
            ("=''", false),
            ("", false),
        ] {
            assert_eq!(is_named(after.as_bytes()), expected, "{after}");
        }
    }

    #[test]
    fn only_false_is_off() {
        for (after, expected) in [
            ("=False, bind=e)", true),
            (" = False", true),
            ("\": False}", true),
            ("=True", false),
            ("=FalseNot", false),
            ("=False_", false),
            ("False", false),
            ("_block()", false),
            ("", false),
        ] {
            assert_eq!(is_off(after.as_bytes()), expected, "{after}");
        }
    }
}
