//! Following a migration's statements on a virtual schema.
//!
//! Nothing is called but what is understood: Alembic's directives, SQLAlchemy's constructs, the methods of texts and
//! lists, and the functions of the file itself. A condition that is not known is followed both ways, in doubt, and what
//! both ways agree on holds afterwards. Work is bounded: by steps, by depth, by the length of loops.

mod alembic;
mod arguments;
mod attempts;
mod budget;
mod calls;
mod contexts;
mod expressions;
mod flow;
mod handed;
mod imports;
mod join;
mod looked_up;
mod loops;
mod modules;
mod objects;
mod perform;
mod python;
mod raised;
mod reach;
mod scopes;
mod sqlalchemy;
mod statements;
#[cfg(test)]
mod tests;
mod transaction;
mod value;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use self::arguments::{Arguments, Call};
pub(super) use self::budget::Pool;
use self::budget::{FREE_TO_LOAD, MOST_STEPS, Share};
use self::contexts::Block;
use self::flow::{Exits, Flow};
use self::handed::Handed;
use self::raised::Raised;
use self::transaction::Transaction;
use self::value::{Object, Place, Scope, Value};
use crate::schema::{Applied, Dialect, DialectRules, Failure, FailureKind, Operation, Schema, SearchPath};
use crate::source::program::{Expression, ExpressionKind, Function, Node, Statement};
use crate::source::{Program, ProjectModules, Running};
use crate::text::TextRange;

/// The scope of the migration's own module.
const MIGRATION: Place = 0;
/// Longer loops than this are not followed.
const LONGEST_LOOP: usize = 20_000;

/// One operation that was met, and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) operation: Operation,
    /// The call.
    pub(super) range: TextRange,
    /// The calls of a batch, one for each of its changes, where they are made together.
    pub(super) parts: Box<[TextRange]>,
    /// Whether it runs for certain when the function is called.
    pub(super) is_certain: bool,
    pub(super) outcome: Applied,
    /// Whether a `try` around it takes its failure.
    pub(super) is_caught: bool,
    /// Whether a `try` would take one.
    pub(super) is_guarded: bool,
}

impl Entry {
    /// The call that a failure comes of.
    pub(super) fn place_of_failure(&self, at: usize) -> TextRange {
        let parts = &self.outcome.parts;
        let own = parts.iter().position(|part| part.failures.contains(&at));
        // What fails of all together does so after what fails of one.
        let is_after = parts.iter().any(|part| part.failures.clone().any(|other| other < at));
        self.place(own.or_else(|| is_after.then(|| parts.len() - 1)))
    }

    /// The call that a change comes of.
    pub(super) fn place_of_change(&self, at: usize) -> TextRange {
        self.place(self.outcome.parts.iter().position(|part| part.changes.contains(&at)))
    }

    fn place(&self, part: Option<usize>) -> TextRange {
        part.and_then(|part| self.parts.get(part)).copied().unwrap_or(self.range)
    }
}

/// Everything that a condition may make different.
#[derive(Debug, Clone)]
struct State {
    heap: Vec<Arc<Object>>,
    /// Each metadata at a place before this may have been told of a table that is not known.
    vague_below: Place,
    schema: Schema,
    transaction: Transaction,
    /// Where names without a schema are looked for.
    search_path: SearchPath,
    /// Modules of the project that were asked for, and their scopes.
    loaded: BTreeMap<Box<str>, Option<Place>>,
    /// The metadata of what is not here, by their dotted names.
    elsewhere: BTreeMap<Arc<str>, Place>,
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

type Evaluated = Result<Value, Raised>;
/// What each text of SQL asks for, by dialect.
type ReadSql = BTreeMap<(Dialect, Arc<str>), Rc<SqlRead>>;

/// A text of SQL that was read.
#[derive(Debug)]
struct SqlRead {
    operations: Vec<Operation>,
    /// Whether it certainly holds several statements, where that matters: the driver may take one only.
    are_several: bool,
}

/// What a generator yields.
#[derive(Debug, Clone, Default)]
struct Yielded {
    values: Vec<Value>,
    /// Whether others may be among them.
    is_open: bool,
    /// How much doubt there is around the generator.
    doubt: usize,
    /// The block that it stands around as a context.
    surrounds: Option<Rc<Block>>,
}

/// What follows a migration.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact")]
pub(super) struct Machine<'a> {
    rules: Arc<DialectRules>,
    /// Whether anything was asked of the database.
    asks: Cell<bool>,
    /// What texts of SQL ask for, as far as they were read.
    sql: Rc<RefCell<ReadSql>>,
    project: &'a ProjectModules<'a>,
    running: &'a Running,
    /// The modules of the project that are being imported.
    imports: Vec<Box<str>>,
    /// How many names are being looked up in modules, each because of one before, and how many were since the first of them.
    lookups: (usize, usize),
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
    /// What each of the functions that are being called has yielded.
    yielded: Vec<Yielded>,
    /// The block of the `with` whose context is being called.
    surrounded: Option<Rc<Block>>,
    /// The functions that are being called, each with the number of operations met before.
    calls: Vec<(*const Function, usize)>,
    /// Whether a model says what becomes of rows with those that they belong to.
    deletes_orphans: bool,
    steps: Cell<usize>,
    /// As many may be taken.
    most_steps: usize,
    /// Whether some of a module was not followed, as there are too many.
    is_cut: bool,
    /// Whether that was told of the migration.
    is_told: bool,
    /// How many functions are being called.
    depth: usize,
    /// How much stands around, of all that may be in one another.
    nesting: usize,
    /// Whether the module's own statements run: nothing is done to the database at hand then.
    is_loading: bool,
    /// What they would do to it.
    at_loading: Vec<Operation>,
}

/// What following one function gave.
pub(super) struct Followed {
    pub(super) schema: Schema,
    pub(super) log: Vec<Entry>,
    pub(super) errors: Vec<(TextRange, Failure)>,
    /// The function's own end, where it certainly raises.
    pub(super) raised: Option<Raised>,
}

/// A migration whose module's own statements have run: once for all that is followed of it, unless they ask anything of
/// the database.
pub(super) struct Module<'a> {
    program: &'a Program,
    /// The machine after them; nothing until the first function is followed.
    loaded: Option<Machine<'a>>,
    /// What it may take of what all share, if it shares with any.
    share: Option<Share<'a>>,
    project: &'a ProjectModules<'a>,
    running: &'a Running,
}

impl<'a> Module<'a> {
    pub(super) fn of(program: &'a Program, project: &'a ProjectModules<'a>, running: &'a Running) -> Self {
        Self { program, loaded: None, share: None, project, running }
    }

    /// The same as one of a history.
    pub(super) fn sharing(self, pool: &'a Pool) -> Self {
        let bytes = self.program.body.last().map_or(0, |last| last.range.end() as usize);
        Self { share: Some(Share::of(pool, bytes)), ..self }
    }

    /// A machine on which the module's own statements have run.
    fn load(&mut self, schema: &Schema, dialect: Option<Dialect>) -> Machine<'a> {
        let mut machine = Machine::new(schema, dialect, self.project, self.running);
        if let Some(share) = &self.share {
            machine.most_steps = share.most(FREE_TO_LOAD);
        }
        machine.load(self.program);
        let steps = machine.steps.get();
        if let Some(share) = &mut self.share {
            share.take(steps, steps);
        }
        machine
    }

    /// What its own statements may do to a database like the one of `schema`: to that which is being upgraded, if that is
    /// why Alembic loads it, and to none otherwise.
    pub(super) fn at_loading(&mut self, schema: &Schema) -> Vec<Operation> {
        // Most migrations make nothing but names.
        if !self.program.body.iter().any(calls) {
            return Vec::new();
        }
        self.load(schema, Some(schema.rules().dialect)).at_loading
    }

    /// Follows one of its functions on `schema`, which is that of the database of a name, where there are several.
    pub(super) fn follow(
        &mut self,
        function: &str,
        database: Option<&str>,
        schema: Schema,
        dialect: Option<Dialect>,
    ) -> Followed {
        let mut machine = match self.loaded.take_if(|machine| !machine.asks.get()) {
            Some(machine) => machine,
            None => self.load(&schema, dialect),
        };
        self.loaded = Some(machine.clone());
        machine.begin(schema, dialect);
        let to_load = machine.steps.get();
        if let Some(share) = &self.share {
            machine.most_steps = share.most(to_load);
        }
        let raised = machine.run(function, Handed::of(self.running, database));
        if let Some(share) = &mut self.share {
            share.take(machine.steps.get(), to_load);
        }
        let errors = each_once(machine.errors);
        Followed { schema: machine.state.schema, log: machine.log, errors, raised }
    }
}

/// What is told of the same thing in the same words is told at the first place.
fn each_once(mut errors: Vec<(TextRange, Failure)>) -> Vec<(TextRange, Failure)> {
    let mut told = HashSet::new();
    errors.retain(|(_, failure)| told.insert((failure.message.clone(), failure.certain)));
    errors
}

/// Whether a statement of a module calls anything as soon as it runs.
fn calls(statement: &Statement) -> bool {
    let mut calls = false;
    Node::Statement(statement).walk(|node| {
        calls |= matches!(node, Node::Expression(Expression { kind: ExpressionKind::Call { .. }, .. }));
        !calls && node.function().is_none()
    });
    calls
}

impl<'a> Machine<'a> {
    fn new(
        schema: &Schema,
        dialect: Option<Dialect>,
        project: &'a ProjectModules<'a>,
        running: &'a Running,
    ) -> Self {
        Self {
            rules: Arc::clone(schema.rules()),
            asks: Cell::new(false),
            sql: Rc::default(),
            project,
            running,
            imports: Vec::new(),
            lookups: (0, 0),
            dialect,
            state: State {
                heap: vec![Arc::new(Object::Scope(Scope::default()))],
                vague_below: 0,
                // While a module is loaded, nothing is there that its functions will meet.
                schema: schema.clone(),
                transaction: Transaction::new(),
                search_path: SearchPath::default(),
                loaded: BTreeMap::new(),
                elsewhere: BTreeMap::new(),
            },
            scope: 0,
            log: Vec::new(),
            errors: Vec::new(),
            doubt: 0,
            tries: 0,
            may_have_raised: false,
            exits: Vec::new(),
            site: None,
            yielded: Vec::new(),
            surrounded: None,
            calls: Vec::new(),
            deletes_orphans: false,
            steps: Cell::new(0),
            most_steps: MOST_STEPS,
            is_cut: false,
            is_told: false,
            depth: 0,
            nesting: 0,
            is_loading: false,
            at_loading: Vec::new(),
        }
    }

    /// Turns to a database.
    fn begin(&mut self, schema: Schema, dialect: Option<Dialect>) {
        self.rules = Arc::clone(schema.rules());
        self.dialect = dialect;
        self.state.search_path = self.rules.search_path.clone();
        self.state.schema = schema;
        self.is_told = false;
    }

    /// What kind of database it is, and the naming convention.
    fn rules(&self) -> &DialectRules {
        self.asks.set(true);
        &self.rules
    }

    /// What the migration learns of the kind of database; nothing where that is not known.
    fn dialect(&self) -> Option<Dialect> {
        self.asks.set(true);
        self.dialect
    }

    /// What is in the database.
    fn schema(&self) -> &Schema {
        self.asks.set(true);
        &self.state.schema
    }

    /// Runs the module's own statements.
    fn load(&mut self, program: &Program) {
        self.is_loading = true;
        self.enter(true);
        for (name, value) in [("revision", Value::Data), ("__file__", Value::Data), ("__name__", Value::Data)]
        {
            self.bind(&name.into(), value);
        }
        let _flow = self.block(&program.body);
        self.leave();
        self.errors.clear();
        self.is_loading = false;
    }

    /// Calls a function of the module.
    fn run(&mut self, name: &str, handed: Handed<'_>) -> Option<Raised> {
        if self.is_spent() {
            // Of its module, not all was followed.
            self.tell_spent(TextRange::empty(0));
            return None;
        }
        let function = self.lookup(name)?;
        let arguments = match &function {
            Value::Function(function, _) => {
                if let Some(message) = handed.refused_by(function) {
                    let failure = Failure::new(FailureKind::Other, None, message, true);
                    self.errors.push((function.head(), failure));
                    return None;
                }
                handed.arguments(function)
            }
            _ => Arguments::default(),
        };
        let result = self.call_value(&function, arguments, TextRange::empty(0));
        if result.is_ok()
            && let Some((failure, range)) = self.refusal_after_failure()
        {
            // Alembic writes down in the same transaction that the revision has run.
            self.errors.push((range, failure));
        }
        let raised = result.err()?;
        if raised.class.is_undefined() {
            let message = raised.message.clone();
            let failure = Failure::new(FailureKind::UndefinedName, None, message, raised.is_certain);
            self.errors.push((raised.range, failure));
        }
        Some(raised)
    }

    fn allocate(&mut self, object: Object) -> Place {
        self.state.heap.push(Arc::new(object));
        self.state.heap.len() - 1
    }
}
