//! Following a migration's statements on a virtual schema.
//!
//! Nothing is called but what is understood: Alembic's directives, SQLAlchemy's constructs, the methods of texts and
//! lists, and the functions of the file itself. A condition that is not known is followed both ways, in doubt, and what
//! both ways agree on holds afterwards. Work is bounded: by steps, by depth, by the length of loops.

mod arguments;
mod attributes;
mod batch;
mod builtins;
mod calls;
mod constructs;
mod database;
mod directives;
mod expressions;
mod imports;
mod join;
mod modules;
mod statements;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::{HOLE, Object, Place, Scope, Value};
use crate::schema::{
    Applied, Dialect, DialectRules, Failure, FailureKind, ObjectName, Operation, Schema, TableName, Touches,
};
use crate::source::program::{Function, ParameterKind};
use crate::source::{Program, ProjectModules};
use crate::text::TextRange;

/// The scope of the migration's own module.
const MIGRATION: Place = 0;
/// More statements than this in one migration are not followed.
const MOST_STEPS: usize = 50_000;
/// What following both ways of a condition counts for, in steps.
const FORK: usize = 20;
/// Deeper calls than this are not followed.
const DEEPEST_CALL: usize = 24;
/// How often a function is followed into itself.
const RECURSION: usize = 2;
/// What stands before the statement in the words of a database's refusal.
const STATEMENT: &str = "\n[SQL: ";
/// Longer loops than this are not followed.
const LONGEST_LOOP: usize = 20_000;

/// One operation that was met, and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) operation: Operation,
    /// The call.
    pub(super) range: TextRange,
    /// Whether it runs for certain when the function is called.
    pub(super) is_certain: bool,
    pub(super) outcome: Applied,
    /// Whether a `try` around it takes its failure.
    pub(super) is_caught: bool,
    /// Whether a `try` would take one.
    pub(super) is_guarded: bool,
}

/// Everything that a condition may make different.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) heap: Vec<Arc<Object>>,
    pub(super) schema: Schema,
    /// Where names without a schema are looked for; empty for the default.
    pub(super) search_path: Vec<Box<str>>,
    /// Modules of the project that were asked for, and their scopes.
    pub(super) loaded: BTreeMap<Box<str>, Option<Place>>,
}

/// An exception on its way.
#[derive(Debug, Clone)]
pub(super) struct Raised {
    /// The class, without its module.
    pub(super) class: Arc<str>,
    /// Whether it is certain that it is raised.
    pub(super) is_certain: bool,
    /// The operation or the call.
    pub(super) range: TextRange,
    /// What it says.
    pub(super) message: String,
    /// For a refusal of the database itself, what `str()` gives of it: its words, and the statement, which is a hole.
    pub(super) words: Option<Arc<str>>,
}

impl State {
    /// Something on the heap.
    fn object(&self, place: Place) -> &Object {
        &self.heap[place]
    }

    /// The same, to be changed.
    fn object_mut(&mut self, place: Place) -> &mut Object {
        Arc::make_mut(&mut self.heap[place])
    }
}

/// How a statement ends.
#[derive(Debug, Clone)]
enum Flow {
    Next,
    Return(Value),
    Break,
    Continue,
    Raise(Raised),
}

/// States that left a function or a loop early, in doubt.
#[derive(Debug, Default)]
struct Exits {
    is_call: bool,
    left: Vec<(State, Option<Value>)>,
    doubt: usize,
}

type Evaluated = Result<Value, Raised>;

/// What follows a migration.
pub(super) struct Machine<'a> {
    rules: Arc<DialectRules>,
    project: &'a ProjectModules<'a>,
    /// How many modules of the project are being imported.
    imports: usize,
    /// What the migration learns of the database; nothing where that is not known.
    dialect: Option<Dialect>,
    state: State,
    scope: Place,
    log: Vec<Entry>,
    /// Errors of Python that were not caught.
    errors: Vec<(TextRange, Failure)>,
    doubt: usize,
    /// How many `try` with handlers stand around.
    tries: usize,
    /// Whether something inside the innermost `try` may have raised.
    may_have_raised: bool,
    exits: Vec<Exits>,
    /// While code of another file runs: the call in the migration that led there.
    site: Option<TextRange>,
    /// What the innermost generator yielded last.
    yielded: Value,
    /// The functions that are being called, each with the number of operations met before.
    calls: Vec<(*const Function, usize)>,
    steps: usize,
    depth: usize,
    /// Whether the module's own statements run: nothing is done to the database then.
    is_loading: bool,
}

/// What following one function gave.
pub(super) struct Followed {
    pub(super) schema: Schema,
    pub(super) log: Vec<Entry>,
    pub(super) errors: Vec<(TextRange, Failure)>,
    /// The function's own end, where it certainly raises.
    pub(super) raised: Option<Raised>,
}

/// Follows `function` of a migration on `schema`.
pub(super) fn follow(
    program: &Program,
    function: &str,
    argument: Option<&str>,
    schema: Schema,
    dialect: Option<Dialect>,
    project: &ProjectModules<'_>,
) -> Followed {
    let mut machine = Machine::new(schema, dialect, project);
    machine.load(program);
    let raised = machine.run(function, argument);
    Followed { schema: machine.state.schema, log: machine.log, errors: machine.errors, raised }
}

impl<'a> Machine<'a> {
    fn new(schema: Schema, dialect: Option<Dialect>, project: &'a ProjectModules<'a>) -> Self {
        Self {
            rules: Arc::clone(schema.rules()),
            project,
            imports: 0,
            dialect,
            state: State {
                heap: vec![Arc::new(Object::Scope(Scope::default()))],
                schema,
                search_path: Vec::new(),
                loaded: BTreeMap::new(),
            },
            scope: 0,
            log: Vec::new(),
            errors: Vec::new(),
            doubt: 0,
            tries: 0,
            may_have_raised: false,
            exits: Vec::new(),
            site: None,
            yielded: Value::Data,
            calls: Vec::new(),
            steps: 0,
            depth: 0,
            is_loading: false,
        }
    }

    /// Runs the module's own statements.
    fn load(&mut self, program: &Program) {
        self.is_loading = true;
        self.exits.push(Exits { is_call: true, ..Exits::default() });
        for (name, value) in [("revision", Value::Data), ("__file__", Value::Data), ("__name__", Value::Data)]
        {
            self.bind(name, value);
        }
        let _flow = self.block(&program.body);
        self.leave();
        self.errors.clear();
        self.is_loading = false;
    }

    /// Calls a function of the module.
    fn run(&mut self, name: &str, argument: Option<&str>) -> Option<Raised> {
        let function = self.lookup(name)?;
        let arguments = match &function {
            Value::Function(function, _) => given(function, argument),
            _ => Vec::new(),
        };
        let result = self.call(&function, arguments, Vec::new(), TextRange::empty(0));
        let raised = result.err()?;
        let kind = match &*raised.class {
            "NameError" | "AttributeError" => FailureKind::UndefinedName,
            _ => return Some(raised),
        };
        let message = raised.message.clone();
        let failure = Failure { kind, message, object: None, certain: raised.is_certain };
        self.errors.push((raised.range, failure));
        Some(raised)
    }

    fn allocate(&mut self, object: Object) -> Place {
        self.state.heap.push(Arc::new(object));
        self.state.heap.len() - 1
    }

    /// Does something to the database. Where a `try` waits for its failure, that is raised.
    fn perform(&mut self, operation: Operation, range: TextRange) -> Result<(), Raised> {
        if self.is_loading {
            return Ok(());
        }
        let operation = self.in_search_path(operation);
        let range = self.site.unwrap_or(range);
        let is_certain = self.doubt == 0;
        let mut outcome = match self.unwritable(&operation) {
            Some(refused) => {
                let mut outcome = self.state.schema.apply(&refused);
                // What the others do with it goes on as if it had been made.
                outcome.changes = self.state.schema.apply(&operation).changes;
                outcome
            }
            None => self.state.schema.apply(&operation),
        };
        let fails = outcome.failures.iter().find(|failure| failure.certain).cloned();
        let may_fail = !outcome.failures.is_empty();
        for failure in &mut outcome.failures {
            failure.certain &= is_certain;
        }
        let is_caught = self.tries > 0 && may_fail;
        // Alembic itself looks at what a batch changes, and has errors of its own.
        let is_plain = !matches!(operation, Operation::Batch { .. } | Operation::Refused { .. });
        let is_guarded = self.tries > 0;
        self.log.push(Entry { operation, range, is_certain, outcome, is_caught, is_guarded });
        if self.tries > 0 {
            self.may_have_raised |= may_fail;
            if let Some(failure) = fails {
                let refusal = if is_plain { refusal(&failure, self.rules.dialect) } else { None };
                return Err(Raised {
                    class: refusal.as_ref().map_or_else(|| class_of(&failure), |(class, _)| class).into(),
                    is_certain: true,
                    range,
                    message: failure.message,
                    words: refusal.map(|(_, words)| words.into()),
                });
            }
        }
        Ok(())
    }

    /// The operation with the schemas that PostgreSQL would look its names up in.
    fn in_search_path(&mut self, mut operation: Operation) -> Operation {
        if let Operation::SearchPath { schemas } = &operation {
            self.state.search_path.clone_from(schemas);
            return Operation::Noted { what: "SET search_path".into(), table: None };
        }
        if self.state.search_path.iter().all(|schema| &**schema == "public") {
            return operation;
        }
        let (path, schema) = (&self.state.search_path, &self.state.schema);
        let place = |own: &str, table: &TableName| TableName {
            schema: (own != "public").then(|| own.into()),
            name: table.name.clone(),
        };
        operation.resolve_tables(&mut |table, is_new| {
            if table.schema.is_some() {
                return;
            }
            let there = path
                .iter()
                .map(|own| place(own, table))
                .find(|place| !is_new && schema.has_table(place).or(schema.has_view(place)).is_yes());
            if let Some(found) = there.or_else(|| path.first().map(|own| place(own, table))) {
                *table = found;
            }
        });
        operation
    }

    /// What SQLAlchemy says before anything is asked of the database, where it cannot write a type for it.
    fn unwritable(&self, operation: &Operation) -> Option<Operation> {
        let dialect = self.rules.dialect;
        let columns = match operation {
            Operation::CreateTable { columns, .. } => columns.as_slice(),
            Operation::AddColumn { column, .. } => std::slice::from_ref(column),
            Operation::Batch { changes, .. } => {
                return changes.iter().find_map(|change| self.unwritable(change));
            }
            _ => return None,
        };
        let column = columns.iter().find(|column| column.kind.refused_by.contains(&dialect))?;
        let message =
            format!("{} has no type {} (column {})", dialect.title(), column.kind.written, column.name);
        Some(Operation::Refused { message: message.into(), by: vec![dialect] })
    }

    /// Something that is not understood happens.
    fn unknown(
        &mut self,
        what: impl Into<Box<str>>,
        touches: Touches,
        range: TextRange,
    ) -> Result<(), Raised> {
        self.perform(Operation::Unknown { what: what.into(), touches }, range)
    }

    /// Python finds no such name or attribute: told once, and followed as if it had been there.
    fn undefined(&mut self, message: String, class: &str, range: TextRange) -> Evaluated {
        if self.site.is_some() {
            self.may_have_raised = true;
            return Ok(Value::Data);
        }
        if self.tries > 0 {
            self.may_have_raised = true;
            return Err(Raised {
                class: class.into(),
                is_certain: self.doubt == 0,
                range,
                message,
                words: None,
            });
        }
        // Code of the project outside of the migration is not judged.
        if !self.is_loading && self.site.is_none() {
            let object = message.split('\'').nth(1).map(|name| ObjectName::Python(name.into()));
            let failure =
                Failure { kind: FailureKind::UndefinedName, message, object, certain: self.doubt == 0 };
            self.errors.push((range, failure));
        }
        Ok(Value::Data)
    }

    /// Starts a function or a loop.
    fn enter(&mut self, is_call: bool) {
        self.exits.push(Exits { is_call, ..Exits::default() });
    }

    /// Ends it: what left early joins what came to the end. Gives the values with which it was left.
    fn leave(&mut self) -> Vec<Option<Value>> {
        let Some(exits) = self.exits.pop() else { return Vec::new() };
        self.doubt -= exits.doubt;
        let mut values = Vec::new();
        for (state, value) in exits.left {
            self.state = self.state.join(&state);
            values.push(value);
        }
        values
    }

    /// A state leaves the innermost function or loop in doubt; the rest of it runs in doubt.
    fn leave_early(&mut self, state: State, flow: Flow) {
        let wants_call = matches!(flow, Flow::Return(_));
        let value = match flow {
            Flow::Return(value) => Some(value),
            _ => None,
        };
        if let Some(exits) = self.exits.iter_mut().rev().find(|exits| exits.is_call || !wants_call) {
            exits.left.push((state, value));
            exits.doubt += 1;
            self.doubt += 1;
        }
    }
}

/// What an environment hands to `upgrade()`, by the names of its parameters: the engine's name, Alembic's directives, or
/// something that is not known.
fn given(function: &Function, engine: Option<&str>) -> Vec<Value> {
    let wanted = function
        .parameters
        .iter()
        .take_while(|parameter| parameter.kind == ParameterKind::Plain && parameter.default.is_none());
    wanted
        .map(|parameter| match &*parameter.name {
            "op" => Value::path("alembic.op"),
            "engine_name" => engine.map_or(Value::Data, Value::text),
            _ => Value::Foreign(None),
        })
        .collect()
}

/// The class with which SQLAlchemy hands on a refusal of the database, and its words, where both are known.
/// Source: psycopg2's `errorcodes` (class 42 is `ProgrammingError`), Python's `sqlite3` (`SQLITE_ERROR` is
/// `OperationalError`).
fn refusal(failure: &Failure, dialect: Dialect) -> Option<(&'static str, String)> {
    use FailureKind::{
        ColumnExists, ConstraintExists, IndexExists, NoSuchColumn, NoSuchConstraint, NoSuchIndex,
        NoSuchTable, TableExists,
    };
    let (class, said) = match (dialect, failure.kind) {
        (Dialect::Postgresql, NoSuchTable | NoSuchColumn | NoSuchIndex | NoSuchConstraint) => {
            ("ProgrammingError", format!("\"{}\" does not exist", failure.object_words()))
        }
        (Dialect::Postgresql, TableExists | ColumnExists | IndexExists | ConstraintExists) => {
            ("ProgrammingError", format!("\"{}\" already exists", failure.object_words()))
        }
        (
            Dialect::Sqlite,
            NoSuchTable | NoSuchColumn | NoSuchIndex | TableExists | ColumnExists | IndexExists,
        ) => ("OperationalError", failure.message.clone()),
        _ => return None,
    };
    Some((class, format!("({class}) {said}{STATEMENT}{HOLE}")))
}

/// The class that SQLAlchemy or Alembic raises for a failure; `?` where it is not sure.
fn class_of(failure: &Failure) -> &'static str {
    let message = failure.message.as_str();
    match failure.kind {
        FailureKind::NotSupported => "NotImplementedError",
        FailureKind::UndefinedName => "NameError",
        // Alembic's batch mode. Source: `ApplyBatchImpl` of `operations/batch.py`.
        _ if message.starts_with("Constraint must have a name") || message.starts_with("No such ") => {
            "ValueError"
        }
        FailureKind::Other => "?",
        _ => "DBAPIError",
    }
}
