//! What is done to the database: an operation is applied to the virtual schema, and its failures reach the migration.

use super::budget::OPERATION;
use super::raised::{Raised, Refusal};
use super::{Entry, Machine};
use crate::schema::{
    Applied, ColumnChange, ColumnDef, ConstraintDef, ConstraintKind, Dialect, Failure, FailureKind, Lack,
    ObjectName, Operation, TableName, Touches, TypeDef, Written, missing_function, sql,
};
use crate::text::TextRange;

impl Machine<'_> {
    /// Does something to the database.
    pub(super) fn perform(&mut self, operation: Operation, range: TextRange) -> Result<(), Raised> {
        self.perform_at(operation, range, &[], false)
    }

    /// The same at several places: one for each change of a batch. Where more may be done with it, none of its failures is
    /// certain.
    pub(super) fn perform_at(
        &mut self,
        operation: Operation,
        range: TextRange,
        parts: &[TextRange],
        is_perhaps_more: bool,
    ) -> Result<(), Raised> {
        if self.is_loading {
            // Modules are loaded by many commands, of which few have a connection.
            let says_what = !matches!(operation, Operation::Unknown { touches: Touches::Everything, .. });
            if self.imports.is_empty() && says_what {
                self.at_loading.push(operation);
            }
            return Ok(());
        }
        if !self.spend(OPERATION) && self.is_told {
            return Ok(());
        }
        let operation = self.in_search_path(operation);
        self.share_transaction();
        let is_guarded = self.tries > 0;
        let refused =
            self.refusal_after_failure().filter(|_| !matches!(operation, Operation::Unknown { .. }));
        let before = is_guarded.then(|| self.state.schema.clone());
        // What is in the way without being known is caught as well.
        let decides =
            !is_guarded || refused.is_some() || !is_perhaps_more && self.state.schema.decides(&operation);
        let mut outcome = match &refused {
            Some(_) if is_guarded => Applied::default(),
            _ => self.apply(&operation),
        };
        self.be_sure_of_schemas(&mut outcome);
        self.doubt_functions(&operation, &mut outcome);
        self.doubt_places(&operation, &mut outcome);
        if is_perhaps_more {
            outcome.failures.iter_mut().for_each(|failure| failure.certain = false);
        }
        if let Some(before) = before.filter(|_| outcome.failures.iter().any(|failure| failure.certain)) {
            // The migration goes on without what was refused.
            self.state.schema = before;
            outcome.changes.clear();
        }
        if let Some((failure, _)) = refused {
            outcome.failures = vec![failure];
            if !is_guarded {
                self.begin_anew();
            }
        }
        self.end_transaction_by(&operation);
        self.record(operation, outcome, range, parts)?;
        self.may_have_raised |= !decides;
        Ok(())
    }

    /// Writes down what was met, and what came of it. Where a `try` waits for its failure, that is raised.
    pub(super) fn record(
        &mut self,
        operation: Operation,
        mut outcome: Applied,
        range: TextRange,
        parts: &[TextRange],
    ) -> Result<(), Raised> {
        // What code of another file does stands where the migration calls it.
        let range = self.site.unwrap_or(range);
        let is_certain = self.doubt == 0;
        let is_guarded = self.tries > 0;
        let fails = outcome.failures.iter().position(|failure| failure.certain);
        let fails = fails.map(|at| (outcome.failures[at].clone(), at));
        let may_fail = !outcome.failures.is_empty();
        for failure in &mut outcome.failures {
            failure.certain &= is_certain;
        }
        let is_caught = is_guarded && may_fail;
        // Alembic itself looks at what a batch changes, and has errors of its own.
        let is_plain = !matches!(
            operation,
            Operation::Batch { .. } | Operation::Refused { .. } | Operation::NeedFunction { .. }
        );
        let parts = parts.into();
        let entry = Entry { operation, range, parts, is_certain, outcome, is_caught, is_guarded };
        let place = fails.as_ref().map_or(range, |(_, at)| entry.place_of_failure(*at));
        self.log.push(entry);
        self.may_have_raised |= is_caught && fails.is_none();
        match fails {
            Some((failure, _)) if is_guarded => {
                self.abort(&failure, place);
                let refusal = if is_plain { Refusal::of(&failure, self.rules().dialect) } else { None };
                Err(Raised::by(failure, refusal, place))
            }
            _ => Ok(()),
        }
    }

    fn apply(&mut self, operation: &Operation) -> Applied {
        let refused = self.refused(operation);
        let mut outcome = self.state.schema.apply(operation);
        if let Some((at, refused)) = refused {
            // What the others do with it goes on as if it had been made.
            outcome.failures = self.state.schema.apply(&refused).failures;
            for (part, own) in outcome.parts.iter_mut().enumerate() {
                own.failures = 0..usize::from(part == at);
            }
        }
        if !outcome.changes.is_empty() && !outcome.failures.iter().any(|failure| failure.certain) {
            let all = self.constants_of_conditions(operation);
            outcome.failures.extend(self.state.schema.apply(&Operation::Constants { all }).failures);
        }
        outcome
    }

    /// What the conditions of checks and indexes compare with values that they write out.
    fn constants_of_conditions(&self, operation: &Operation) -> Vec<Written> {
        let dialect = self.rules().dialect;
        let (table, conditions) = match operation {
            Operation::CreateIndex { table, index, .. } => {
                (table, index.condition.as_deref().into_iter().collect())
            }
            Operation::CreateTable { table, .. }
            | Operation::AddColumn { table, .. }
            | Operation::AddConstraint { table, .. } => (table, conditions(operation)),
            _ => return Vec::new(),
        };
        if dialect != Dialect::Postgresql {
            return Vec::new();
        }
        conditions.into_iter().flat_map(|own| sql::constants_of_condition(table, own, dialect)).collect()
    }

    /// What is said to an operation before anything is looked for, and to which of a batch's changes.
    fn refused(&self, operation: &Operation) -> Option<(usize, Operation)> {
        let changes = match operation {
            Operation::Batch { changes, .. } => changes.as_slice(),
            own => std::slice::from_ref(own),
        };
        let refused = |change| self.unwritable(change).or_else(|| self.unreadable(change));
        changes.iter().map(refused).enumerate().find_map(|(at, refused)| Some((at, refused?)))
    }

    /// What the database says to a condition.
    fn unreadable(&self, operation: &Operation) -> Option<Operation> {
        let dialect = self.rules().dialect;
        let refusal = |condition| sql::refusal_of_condition(condition, dialect);
        let message = conditions(operation).into_iter().find_map(refusal)?;
        Some(refusal_by(dialect, message))
    }

    /// SQLite has no schemas but those that its own connection attaches.
    fn be_sure_of_schemas(&self, outcome: &mut Applied) {
        let is_schema = |failure: &&mut Failure| matches!(failure.object, Some(ObjectName::Schema(_)));
        let mut missing = outcome.failures.iter_mut().filter(is_schema).peekable();
        if missing.peek().is_some() && self.has_no_schemas() {
            missing.for_each(|failure| failure.certain = true);
        }
    }

    /// A function that the database does not have by itself may be one that the project has made, and an extension one that
    /// its program brings. A column may be a function of the row.
    fn doubt_functions(&self, operation: &Operation, outcome: &mut Applied) {
        let is_query = matches!(operation, Operation::Data { .. } | Operation::CreateView { .. });
        let reads_rows = is_query && self.rules().dialect == Dialect::Postgresql;
        for failure in &mut outcome.failures {
            let function = missing_function(&failure.message);
            failure.certain &= match (&failure.object, function) {
                (Some(ObjectName::Extension(name)), function) => {
                    !self.project.creates(name)
                        && !function.is_some_and(|function| self.project.makes(function))
                }
                (None, Some(function)) => self.project.never_makes(function),
                // `t.f` is `f(t)` where `t` has no such column.
                (Some(ObjectName::Column { column, .. }), _) if reads_rows => {
                    !self.project.makes_of_rows(column)
                }
                _ => true,
            };
        }
    }

    fn has_no_schemas(&self) -> bool {
        self.rules().dialect == Dialect::Sqlite
            && ATTACHING.iter().all(|words| self.project.never_names(words))
    }

    /// What SQLite says to who asks for the columns of a table in a schema that it does not have.
    pub(super) fn need_schema_of(&mut self, table: &TableName, range: TextRange) -> Result<(), Raised> {
        let Some(schema) = &table.schema else { return Ok(()) };
        let is_own = ["main", "temp"].iter().any(|own| schema.eq_ignore_ascii_case(own));
        // An attached database may bring tables.
        if is_own || !self.schema().tables_are_known() || !self.has_no_schemas() {
            return Ok(());
        }
        let message = format!("unknown database {schema}");
        let object = Some(ObjectName::Schema(schema.clone()));
        self.fails("OperationalError", Failure::new(FailureKind::Other, object, message, true), range)
    }

    /// Something that is not understood happens.
    pub(super) fn unknown(
        &mut self,
        what: impl Into<Box<str>>,
        touches: Touches,
        range: TextRange,
    ) -> Result<(), Raised> {
        self.perform(Operation::Unknown { what: what.into(), touches }, range)
    }

    /// What SQLAlchemy says, where it cannot write a type for the database.
    fn unwritable(&self, operation: &Operation) -> Option<Operation> {
        let dialect = self.rules().dialect;
        let columns = match operation {
            Operation::CreateTable { columns, constraints, .. } => {
                if let Some(column) = counted_in_composite_key(columns, constraints)
                    && dialect == Dialect::Sqlite
                {
                    let message = format!(
                        "SQLite does not support autoincrement for composite primary keys (column {column})"
                    );
                    return Some(refusal_by(dialect, message));
                }
                columns.as_slice()
            }
            Operation::AddColumn { column, .. } => std::slice::from_ref(column),
            Operation::AlterColumn { column, change: ColumnChange { kind: Some(kind), .. }, .. } => {
                return unwritable(kind, column.as_deref().unwrap_or("…"), dialect);
            }
            _ => return None,
        };
        // What is written in SQL is not SQLAlchemy's to write.
        let mut written = columns.iter().filter(|column| !column.in_sql);
        written.find_map(|column| unwritable(&column.kind, &column.name, dialect))
    }
}

/// The conditions of checks that an operation writes out.
fn conditions(operation: &Operation) -> Vec<&str> {
    let (columns, own): (&[ColumnDef], &[ConstraintDef]) = match operation {
        Operation::CreateTable { columns, constraints, .. } => (columns, constraints),
        Operation::AddColumn { column, .. } => (std::slice::from_ref(column), &[]),
        Operation::AddConstraint { constraint, .. } => (&[], std::slice::from_ref(constraint)),
        _ => return Vec::new(),
    };
    let all = own.iter().chain(columns.iter().flat_map(|column| &column.constraints));
    all.filter_map(|constraint| match &constraint.kind {
        ConstraintKind::Check { condition } => Some(&**condition),
        _ => None,
    })
    .collect()
}

/// What a project names that attaches databases to SQLite's, or puts other schemas in the place of those that are named.
const ATTACHING: [&str; 4] = ["ATTACH", "attach ", "Attach Database", "schema_translate_map"];

/// A column with `autoincrement=True` in a primary key of several columns. Source: SQLAlchemy's
/// `SQLiteDDLCompiler.get_column_specification`.
fn counted_in_composite_key<'c>(columns: &'c [ColumnDef], constraints: &[ConstraintDef]) -> Option<&'c str> {
    let key = constraints.iter().find_map(|own| match &own.kind {
        ConstraintKind::PrimaryKey { columns } => columns.as_deref(),
        _ => None,
    });
    let is_in_key = |column: &&ColumnDef| {
        column.primary_key || key.is_some_and(|key| key.iter().any(|name| **name == *column.name))
    };
    if columns.iter().filter(is_in_key).count() < 2 {
        return None;
    }
    columns.iter().filter(is_in_key).find(|column| column.autoincrement).map(|column| &*column.name)
}

/// The refusal of a column's type that SQLAlchemy cannot write for a dialect.
fn unwritable(kind: &TypeDef, column: &str, dialect: Dialect) -> Option<Operation> {
    let title = dialect.title();
    let written = &kind.written;
    let message = if kind.is_missing {
        format!("column {column} has no type, and SQLAlchemy can write none for it")
    } else {
        let (_, lack) = kind.refused_by.iter().find(|(own, _)| *own == dialect)?;
        match lack {
            Lack::Type => format!("{title} has no type {written} (column {column})"),
            Lack::Name => format!("an Enum needs a name on {title} (column {column}): Enum(…, name='…')"),
            Lack::Length => {
                let name = written.split('(').next().unwrap_or_default();
                let dialect = dialect.name();
                format!("{name} requires a length on dialect {dialect} (column {column}): {name}(…)")
            }
        }
    };
    Some(refusal_by(dialect, message))
}

fn refusal_by(dialect: Dialect, message: String) -> Operation {
    Operation::Refused { message: message.into(), by: vec![dialect], table: None }
}
