//! Values of a migration that is followed.
//!
//! What only running would tell is one of two: [`Value::Data`], whose methods do nothing to a schema (rows, dates,
//! clauses), and [`Value::Foreign`], which may do anything when it is called. Lists, dicts and scopes live on the heap
//! of the run, so that a run can be copied where a condition is not known.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::arguments::Arguments;
use super::python::pairs::Pairs;
use super::raised::ErrorClass;
use super::sqlalchemy::reflected;
use super::sqlalchemy::release::Release;
use super::transaction::Savepoint;
use crate::schema::{
    ColumnDef, ConstraintDef, IndexDef, NamingConvention, Operation, Recreate, TableName, TypeDef,
};
use crate::source::program::{Function, Name};
use crate::source::{Bulk, Bulky, Items};
use crate::text::TextRange;

/// Stands in a text for a piece that is not known.
pub(super) const HOLE: char = '\u{FFFC}';
/// The same as a text.
pub(super) const HOLE_TEXT: &str = "\u{FFFC}";

/// A place on the heap.
pub(super) type Place = usize;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Not known, and harmless.
    Data,
    /// Not known, and able to do anything when called; the dotted name, where there is one.
    Foreign(Option<Arc<str>>),
    None,
    Bool(bool),
    Int(i64),
    Float(Arc<str>),
    Text(Str),
    Tuple(Items<Self>),
    /// A list or a set.
    List(Place),
    Dict(Place),
    Function(Arc<Function>, Place),
    /// What a decorator of which nothing is known made of a function.
    Decorated(Arc<Function>, Place),
    Class(Arc<Class>),
    /// An object of a class, and the scope with its own attributes.
    Instance(Arc<Class>, Place),
    /// `super()`: the class in which it stands, and the object or the class that it is asked for.
    Super(Arc<(Arc<Class>, Self)>),
    /// A member of an enum class: its name and its value.
    Member(Arc<(Name, Self)>),
    /// What an import binds, and what is reached from it: `alembic.op.create_table`, `sqlalchemy.Column`.
    Path(Arc<str>),
    /// A function, and the arguments that it is given before the others.
    Partial(Arc<(Self, Arguments)>),
    /// A method, of the value that it belongs to.
    Method(Arc<(Self, Name)>),
    Type(Arc<TypeValue>),
    Column(Arc<ColumnValue>),
    Constraint(Arc<ConstraintDef>),
    /// One column's part of a foreign key that a table has.
    ForeignKey(Arc<ForeignKeyValue>),
    Index(Arc<IndexDef>),
    /// `Computed`, `Identity` or `FetchedValue`.
    Generated(GeneratedValue),
    Table(Arc<TableValue>),
    MetaData(Place),
    /// The tables of a metadata to which modules that are not looked at may add others.
    Tables(Place),
    /// A statement of SQLAlchemy that reads or changes rows.
    Statement(Arc<StatementValue>),
    /// `sa.text(…)`: its text.
    Sql(Str),
    /// A DDL element such as `CreateTable(table)`: the class and its first argument.
    Ddl(Arc<DdlValue>),
    Sequence(Arc<TableName>),
    /// What `batch_alter_table` gives.
    Batch(Place),
    Bind,
    /// The driver's own connection, or a cursor of it.
    Raw,
    Session,
    Dialect,
    /// The release of the database's server.
    Release(Release),
    /// The address of the database, as a text: its scheme, and a hole.
    Url(Str),
    /// The migration context.
    Context,
    /// A file that is opened, or a path.
    File(Str),
    /// An inspector, and what it has been asked: it asks the database once.
    Inspector(Place),
    /// `begin_nested()`.
    Savepoint(Place),
    /// `autocommit_block()`.
    Autocommit,
    /// What an inspector lists.
    Listing(Arc<Listing>),
    /// The object of Flask-SQLAlchemy, by its metadata.
    Flask(Place),
    /// A query of SQLAlchemy's ORM, which reads or changes rows when one of its methods does.
    Query(Arc<StatementValue>),
    /// The rows of a result, where they are known: tuples, or single values.
    Rows(Arc<[Self]>),
    /// `globals()`.
    Globals,
    /// An exception's class.
    ErrorClass(Arc<str>),
    /// An exception.
    Error(ErrorClass),
    /// An exception with which the database refused something: its class, and its words.
    Refusal(Arc<(ErrorClass, Arc<str>)>),
}

impl Bulky for Value {
    fn bulk(&self) -> Bulk {
        let around = |inner: Bulk| Bulk { size: inner.size.saturating_add(1), depth: inner.depth + 1 };
        match self {
            Self::Text(text) | Self::Sql(text) | Self::Url(text) | Self::File(text) => {
                Bulk::of_text(text.text.len())
            }
            Self::Tuple(items) => items.bulk(),
            Self::Super(of) => around(of.1.bulk()),
            Self::Member(member) => around(member.1.bulk()),
            Self::Method(method) => around(method.0.bulk()),
            Self::Ddl(ddl) => around(ddl.of.bulk()),
            Self::Partial(partial) => {
                let inner = partial.1.values().map(Self::bulk).chain([partial.0.bulk()]);
                around(inner.fold(Bulk::ONE, |one, other| Bulk {
                    size: one.size.saturating_add(other.size),
                    depth: one.depth.max(other.depth),
                }))
            }
            _ => Bulk::ONE,
        }
    }
}

/// Of what is made of more, only the kind counts: those are few where many are compared.
impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Bool(value) => value.hash(state),
            Self::Int(value) => value.hash(state),
            Self::Float(text) | Self::Path(text) => text.hash(state),
            Self::Text(text) | Self::Sql(text) => text.text.hash(state),
            Self::Tuple(items) => items.hash(state),
            Self::Member(member) => member.0.hash(state),
            _ => {}
        }
    }
}

/// A text, of which some pieces may be holes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Str {
    pub(super) text: Arc<str>,
    /// Whether it went through `op.f()`.
    pub(super) is_final: bool,
    /// Whether its bind parameters may have values, or it can have none.
    pub(super) is_bound: bool,
}

/// A class that the file defines.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact")]
pub(super) struct Class {
    pub(super) name: Name,
    /// The scope with its attributes.
    pub(super) scope: Place,
    /// Its attributes in order.
    pub(super) order: Vec<Name>,
    pub(super) is_enum: bool,
    /// The metadata that its tables belong to, where it is a declarative base or stands on one.
    pub(super) metadata: Option<Place>,
    /// Its bases that are known.
    pub(super) bases: Vec<Arc<Self>>,
    /// Itself and the classes above it, each once for each way to it.
    pub(super) n_above: usize,
    /// Whether it has others, from which anything may come.
    pub(super) is_open: bool,
    /// Whether it declares attributes by their types alone.
    pub(super) declares: bool,
    /// Whether it is a model that names its table by its own name where it gives none.
    pub(super) names_itself: bool,
    /// What its objects are made of, in order, where it is a dataclass or a named tuple.
    pub(super) fields: Vec<Name>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct TypeValue {
    pub(super) def: TypeDef,
    /// Whether it is PostgreSQL's own `ENUM`, which knows `create_type`.
    pub(super) is_native: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ColumnValue {
    /// `None` where the name is not known.
    pub(super) name: Option<Box<str>>,
    pub(super) def: ColumnDef,
    /// The table it belongs to.
    pub(super) table: Option<TableName>,
    /// The metadata of that table.
    pub(super) metadata: Option<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact")]
pub(super) struct TableValue {
    /// `None` where the name is not known.
    pub(super) name: Option<TableName>,
    pub(super) columns: Vec<ColumnValue>,
    pub(super) constraints: Vec<ConstraintDef>,
    pub(super) indexes: Vec<IndexDef>,
    /// Whether those are all of its columns and indexes.
    pub(super) is_complete: bool,
    /// Whether those are all of its constraints, as the database has them.
    pub(super) has_all_constraints: bool,
    /// Whether no others were given, but to its columns.
    pub(super) has_all_keys: bool,
    /// Whether it is made for the session alone.
    pub(super) is_temporary: bool,
    /// The metadata in which it is the one table of its name.
    pub(super) metadata: Option<Place>,
}

/// A `ForeignKey` of a table: one for each column of a constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ForeignKeyValue {
    pub(super) constraint: ConstraintDef,
    /// Which of its columns.
    pub(super) at: usize,
    pub(super) table: Option<TableName>,
    /// The metadata of that table.
    pub(super) metadata: Option<Place>,
}

/// An element that changes the schema when it is executed: `DropSchema(name, cascade=True)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DdlValue {
    pub(super) class: Box<str>,
    /// Its first argument.
    pub(super) of: Value,
    /// `if_exists` or `if_not_exists`.
    pub(super) is_lenient: bool,
    pub(super) cascade: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct StatementValue {
    /// `None` for what is a part of a statement only.
    pub(super) verb: Option<&'static str>,
    pub(super) uses: Vec<(TableName, Vec<Box<str>>)>,
    /// Functions that it calls and that may do something, as SQL has them.
    pub(super) calls: Vec<Box<str>>,
    /// What Python takes it for, where it compares two columns: whether they are one and the same.
    pub(super) truth: Option<bool>,
    /// Whether it certainly adds a row to the first of the tables, unless it fails.
    pub(super) adds: bool,
    /// A part of a statement as SQL has it, where that is known.
    pub(super) sql: Option<Box<str>>,
}

/// What makes a column's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GeneratedValue {
    /// Whether it is written for the database at hand.
    pub(super) is_written: bool,
    /// Whether the column takes no NULL where nothing else is said.
    pub(super) is_identity: bool,
    /// The expression of which values are made, if they are; empty when it is not known.
    pub(super) computed: Option<Box<str>>,
}

/// What an inspector lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) of: Listed,
    /// The schema, or the table.
    pub(super) table: Option<TableName>,
    /// Whether the names themselves are listed, and not a dict for each.
    pub(super) is_names: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    Tables,
    Views,
    Columns,
    Indexes,
    UniqueConstraints,
    CheckConstraints,
    ForeignKeys,
    Enums,
    Sequences,
}

/// Something on the heap.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object {
    List(Vec<Value>),
    Dict(Pairs),
    Scope(Scope),
    MetaData(MetaDataValue),
    Batch(BatchValue),
    Savepoint(Savepoint),
    /// What an inspector was asked, and what it said.
    Asked(Vec<(Question, Value)>),
    /// A list or a dict of which something is not known any more.
    Lost,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Scope {
    pub(super) names: BTreeMap<Name, Value>,
    /// For a function's: its first argument by place, of which `super()` is asked.
    pub(super) receiver: Option<Value>,
    pub(super) parent: Option<Place>,
    /// Names that `global` sends to the module.
    pub(super) globals: Vec<Name>,
    /// Names that `nonlocal` sends to a function around.
    pub(super) nonlocals: Vec<Name>,
    /// Whether a star import may have bound any name.
    pub(super) is_open: bool,
    /// The modules that star imports named, in order.
    pub(super) stars: Vec<Arc<str>>,
    /// Whether it is a comprehension's: `:=` binds outside of it.
    pub(super) is_comprehension: bool,
    /// For a module's own scope: the package that it stands in.
    pub(super) package: Option<Arc<str>>,
}

/// A question to an inspector.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    pub(super) method: Name,
    pub(super) arguments: Arguments,
}

/// The tables that a `MetaData` has been told of.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct MetaDataValue {
    pub(super) tables: Vec<Arc<TableValue>>,
    /// Where among them each is, by its name.
    pub(super) by_name: BTreeMap<TableName, usize>,
    /// Whether other modules of the project may tell it of more.
    pub(super) is_open: bool,
    /// Its own naming convention; nothing for SQLAlchemy's.
    pub(super) convention: Option<Arc<NamingConvention>>,
    /// The dotted name of one that is not here.
    pub(super) path: Option<Arc<str>>,
    /// Whether it has been told of some that are not known.
    pub(super) is_vague: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct BatchValue {
    pub(super) table: Option<TableName>,
    pub(super) changes: Vec<BatchChange>,
    pub(super) recreate: Recreate,
    pub(super) names_unnamed: bool,
    /// What `copy_from` gives.
    pub(super) given: Option<crate::schema::GivenTable>,
    /// Whether a table that is copied gets `table_args`.
    pub(super) adds_arguments: bool,
    /// Whether changes still wait for the block's end.
    pub(super) is_open: bool,
}

/// A change that waits for the end of a batch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BatchChange {
    pub(super) operation: Operation,
    pub(super) range: TextRange,
    /// Whether it may not be asked for.
    pub(super) in_doubt: bool,
}

impl StatementValue {
    pub(super) fn new(verb: Option<&'static str>, uses: Vec<(TableName, Vec<Box<str>>)>) -> Self {
        Self { verb, uses, calls: Vec::new(), truth: None, adds: false, sql: None }
    }
}

impl Class {
    /// One with a scope, and with nothing else.
    pub(super) fn new(name: impl Into<Name>, scope: Place) -> Self {
        Self {
            name: name.into(),
            scope,
            order: Vec::new(),
            is_enum: false,
            metadata: None,
            bases: Vec::new(),
            n_above: 1,
            is_open: false,
            declares: false,
            names_itself: false,
            fields: Vec::new(),
        }
    }
}

impl Str {
    pub(super) fn new(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), is_final: false, is_bound: false }
    }

    /// What stands before its first hole.
    pub(super) fn start(&self) -> &str {
        self.text.split(HOLE).next().unwrap_or_default()
    }

    /// Whether it begins with another text, where what stands before its first hole decides it.
    pub(super) fn begins_with(&self, part: &str) -> Option<bool> {
        let start = self.start();
        let is_open = !self.is_known() && part.len() > start.len() && part.starts_with(start);
        (!is_open).then(|| start.starts_with(part))
    }

    /// Whether all of it is known.
    pub(super) fn is_known(&self) -> bool {
        !self.text.contains(HOLE)
    }
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(Str::new(text))
    }

    pub(super) fn path(path: impl Into<Arc<str>>) -> Self {
        Self::Path(path.into())
    }

    pub(super) fn tuple(items: Vec<Self>) -> Self {
        Items::new(items).map_or(Self::Data, Self::Tuple)
    }

    /// The text, if all of it is known.
    pub(super) fn known_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Sql(text) if text.is_known() => Some(&text.text),
            Self::Member(member) => member.1.known_text(),
            _ => None,
        }
    }

    /// A value as `str()` gives it, where that is known; holes stay holes.
    pub(super) fn shown(&self) -> Option<String> {
        Some(match self {
            Self::Text(text) | Self::Sql(text) | Self::Url(text) => text.text.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::None => "None".to_owned(),
            Self::Table(table) => table.name.as_ref()?.to_string(),
            Self::Refusal(refusal) => refusal.1.to_string(),
            Self::Type(kind) => return reflected::shown(&kind.def),
            _ => return None,
        })
    }

    /// The same, and a hole where it is not known.
    pub(super) fn shown_or_hole(&self) -> String {
        self.shown().unwrap_or_else(|| HOLE.to_string())
    }

    /// Whether only running would tell what it is.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Self::Data | Self::Foreign(_))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::hash::DefaultHasher;

    use super::*;

    #[test]
    fn what_may_be_many_in_a_set_is_told_apart_by_its_hash() {
        let make: [fn(i64) -> Value; 5] = [
            Value::Int,
            |number| Value::text(&number.to_string()),
            |number| Value::Float(format!("{number}.5").into()),
            |number| Value::tuple(vec![Value::None, Value::Int(number)]),
            |number| Value::Member(Arc::new((number.to_string().into(), Value::None))),
        ];
        let hashes = make.iter().flat_map(|make| {
            (0..1000).map(move |number| {
                let mut hasher = DefaultHasher::new();
                make(number).hash(&mut hasher);
                hasher.finish()
            })
        });
        assert_eq!(hashes.collect::<BTreeSet<_>>().len(), 5000);
    }
}
