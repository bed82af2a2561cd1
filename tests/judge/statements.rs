//! Statements on a real database, and the virtual schema beside it after each of them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::time::Duration;

use rechain::ingest::{SourceTree, TreePath};
use rechain::replay::{Account, Direction, History, Replay, Width};
use rechain::schema::{
    Constraint, ConstraintKind, Convention, Dialect, DialectRules, Index, Name, NamingConvention, Schema,
    Table, TableName,
};
use rechain::source::{ProjectModules, PythonFiles, Running, Script, read_script};
use serde::Deserialize;
use serde_json::json;

use super::Talk;

/// What is run: bodies of `upgrade()`, one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) convention: &'a [(&'a str, &'a str)],
    pub(crate) pieces: &'a [&'a str],
    /// The first after which the database is looked at.
    pub(crate) look: usize,
}

/// What a database has then; `statements.py` says more.
#[derive(Debug, Deserialize)]
pub(crate) struct State {
    tables: BTreeMap<String, Relation>,
    views: BTreeMap<String, serde_json::Value>,
    enums: BTreeMap<String, serde_json::Value>,
    sequences: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Relation {
    columns: Vec<Column>,
    constraints: Vec<Part>,
    indexes: Vec<Part>,
}

#[derive(Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is another fact of the column")]
struct Column {
    name: String,
    r#type: String,
    nullable: bool,
    default: bool,
    generated: bool,
    /// Whether it belongs to the primary key, in which SQLite allows NULL.
    key: bool,
}

/// A constraint or an index.
#[derive(Debug, Deserialize)]
struct Part {
    name: Option<String>,
    #[serde(default)]
    kind: String,
    columns: Option<Vec<Option<String>>>,
    to: Option<String>,
    to_columns: Option<Vec<Option<String>>>,
    #[serde(default)]
    unique: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Failure {
    pub(crate) at: usize,
    pub(crate) kind: String,
    pub(crate) class: String,
    pub(crate) message: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    states: Vec<State>,
    pub(crate) failure: Option<Failure>,
}

/// The process that has the databases.
pub(crate) struct Statements(Talk);

impl Statements {
    pub(crate) fn start(python: &OsStr) -> Self {
        Self(Talk::start(python, "statements.py", &[]))
    }

    pub(crate) fn ask(&mut self, asked: Asked<'_>) -> Answer {
        let mut question = json!({
            "dialect": asked.dialect.name(),
            "pieces": asked.pieces,
            "look": asked.look,
        });
        if !asked.convention.is_empty() {
            question["convention"] =
                asked.convention.iter().copied().collect::<BTreeMap<_, _>>().into_iter().collect();
        }
        self.0.ask(&question, Duration::from_mins(2)).unwrap_or_else(|| panic!("no answer to {question}"))
    }
}

/// The same, followed.
pub(crate) struct Followed {
    account: Account,
    dialect: Dialect,
}

/// One thing in which the two are apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Apart {
    /// What kind it is, in fixed words.
    pub(crate) kind: String,
    pub(crate) words: String,
}

/// What came of comparing.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) apart: Vec<Apart>,
    /// The piece where that is.
    pub(crate) at: Option<usize>,
    /// So many tables, columns, constraints, indexes and other things were compared, and so many are not certain.
    pub(crate) things: usize,
    pub(crate) uncertain: usize,
    /// For each piece that is looked at, whether all that there is after it is certain.
    pub(crate) certain_after: Vec<bool>,
    /// The database fails, and what fails was not understood or is in doubt.
    pub(crate) in_doubt: bool,
    /// The failure is one of [`BEYOND`].
    pub(crate) beyond: Option<usize>,
}

impl Followed {
    pub(crate) fn of(asked: Asked<'_>) -> Self {
        let mut tree = SourceTree::default();
        for (at, piece) in asked.pieces.iter().enumerate() {
            let before = if at == 0 { "None".to_owned() } else { format!("'r{}'", at - 1) };
            let body = piece.replace('\n', "\n    ");
            let text = format!(
                "import sqlalchemy as sa\nfrom alembic import op\nfrom sqlalchemy.dialects import postgresql\n\n\
                 revision = 'r{at}'\ndown_revision = {before}\n\n\ndef upgrade():\n    {body}\n\n\ndef downgrade():\n    pass\n"
            );
            let path = TreePath::parse(&format!("versions/r{at:03}.py")).expect("a path");
            tree.insert(path, text.into_bytes());
        }
        let scripts: Vec<Script> = tree.iter().map(|(path, source)| read_script(path, source)).collect();
        let mut rules = DialectRules::new(asked.dialect);
        if !asked.convention.is_empty() {
            rules.convention = NamingConvention::empty();
        }
        for (kind, template) in asked.convention {
            *rules.convention.get_mut(kind).expect("it is a kind") = Convention::Template((*template).into());
        }
        let order: Vec<usize> = (0..scripts.len()).collect();
        let account = Account::of(&History {
            scripts: &scripts,
            order: Some(&order),
            dialect: Some(asked.dialect),
            convention: &rules.convention,
            project: &ProjectModules::of(&PythonFiles::of(&tree)),
            width: Width::default(),
            running: &Running::default(),
        });
        Self { account, dialect: asked.dialect }
    }

    /// How it ends: `it runs`, or the kind of the first certain failure and its piece.
    pub(crate) fn ends(&self) -> String {
        let failure = self.account.first_failure_on(self.dialect);
        ends(failure.map(|failure| (failure.kind.word(), failure.script)))
    }

    fn replay(&self) -> &Replay {
        self.account.best().expect("it is followed")
    }

    /// Compares with what a database says.
    pub(crate) fn compare(&self, answer: &Answer, look: usize) -> Found {
        let mut found = Found::default();
        let own = self.account.first_failure_on(self.dialect);
        let stops = own.map_or(usize::MAX, |own| own.script);
        for (at, state) in (look..).zip(&answer.states) {
            if at >= stops {
                break;
            }
            let mut comparing = Comparing { dialect: self.dialect, found: Found::default() };
            comparing.state(&self.replay().steps[at].after, state);
            found.things += comparing.found.things;
            found.uncertain += comparing.found.uncertain;
            found.certain_after.push(comparing.found.uncertain == 0);
            if !comparing.found.apart.is_empty() {
                found.apart = comparing.found.apart;
                found.at = Some(at);
                return found;
            }
        }
        // What fails on what is not certain may fail otherwise.
        let was_certain = found.certain_after.last().copied().unwrap_or(true);
        let apart = match (&answer.failure, own) {
            (None, None) => return found,
            (Some(real), Some(own)) if real.at == own.script => {
                if real.kind == own.kind.word() || !was_certain {
                    return found;
                }
                found.beyond = real.beyond();
                if found.beyond.is_some() {
                    return found;
                }
                let kind = format!("another kind of failure: {} for {}", own.kind.word(), real.kind);
                Apart { kind, words: format!("{} / {}", own.message(), first_line(&real.message)) }
            }
            (real, Some(own)) if real.as_ref().is_none_or(|real| real.at > own.script) => {
                found.at = Some(own.script);
                Apart {
                    kind: format!("a false failure: {}", own.kind.word()),
                    words: own.message().to_owned(),
                }
            }
            (Some(real), _) => {
                let steps = &self.replay().steps[..=real.at];
                let may_fail = self.account.failures_of(real.at, Direction::Upgrade).next().is_some();
                let understood = steps.iter().all(|step| step.upgrade.is_clear());
                if may_fail || !understood {
                    found.in_doubt = true;
                    return found;
                }
                found.beyond = real.beyond();
                if found.beyond.is_some() || !was_certain {
                    found.in_doubt = true;
                    return found;
                }
                let words = first_line(&real.message).to_owned();
                Apart { kind: format!("a missed failure: {} ({})", real.kind, real.class), words }
            }
            (None, Some(_)) => unreachable!("it is a false one"),
        };
        found.at = found.at.or(answer.failure.as_ref().map(|real| real.at));
        found.apart.push(apart);
        found
    }
}

/// What is not followed: the class and words of a failure, and why.
pub(crate) const BEYOND: [(&str, &str, &str); 9] = [
    ("ActiveSqlTransaction", "", TRANSACTION),
    ("UndefinedFunction", "", OPERATORS),
    ("DatatypeMismatch", "default expression is of type timestamp", TYPES),
    ("DatatypeMismatch", "cannot be matched", TYPES),
    ("DatatypeMismatch", "type conflict", TYPES),
    ("InvalidDatetimeFormat", "", TYPES),
    (
        "FeatureNotSupported",
        "twice",
        "whether a type that is written twice in one statement changes is not followed",
    ),
    ("InvalidTableDefinition", "data type of view column", "the types of a view's columns are not followed"),
    ("InvalidTableDefinition", "inherited", "what is inherited of a column is not followed"),
];

const TRANSACTION: &str = "whether there is a transaction is for env.py to say";
const OPERATORS: &str = "which operators and functions a type has is not followed";
const TYPES: &str = "the types of expressions are not followed";

impl Failure {
    /// Which of those that are not followed it is.
    fn beyond(&self) -> Option<usize> {
        BEYOND.iter().position(|(class, words, _)| self.class == *class && self.message.contains(words))
    }
}

fn ends(failure: Option<(&str, usize)>) -> String {
    failure.map_or_else(|| "it runs".to_owned(), |(kind, at)| format!("{kind} at {at}"))
}

impl Answer {
    /// How it ended on the database, in the same words.
    pub(crate) fn ends(&self) -> String {
        ends(self.failure.as_ref().map(|failure| (failure.kind.as_str(), failure.at)))
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// As much of a name as PostgreSQL keeps.
fn kept(name: &str, dialect: Dialect) -> &str {
    match dialect {
        Dialect::Postgresql => &name[..name.floor_char_boundary(63)],
        Dialect::Sqlite | Dialect::Mysql => name,
    }
}

struct Comparing {
    dialect: Dialect,
    found: Found,
}

impl Comparing {
    fn apart(&mut self, kind: &str, words: String) {
        self.found.apart.push(Apart { kind: kind.to_owned(), words });
    }

    /// Counts one thing, and whether it is certain.
    fn count(&mut self, certain: bool) {
        self.found.things += 1;
        self.found.uncertain += usize::from(!certain);
    }

    fn same(&self, one: &str, two: &str) -> bool {
        match self.dialect {
            Dialect::Sqlite => one.eq_ignore_ascii_case(two),
            _ => kept(one, self.dialect) == two,
        }
    }

    /// The name as the database gives it back.
    fn table_name(&self, name: &str) -> TableName {
        match name.split_once('.') {
            Some((schema, name)) if self.dialect == Dialect::Postgresql => TableName::new(Some(schema), name),
            _ => TableName::plain(name),
        }
    }

    fn state(&mut self, own: &Schema, real: &State) {
        // Where there may be tables that are not known, that is not certain either.
        if !own.tables_are_known() {
            self.count(false);
        }
        for (name, relation) in &real.tables {
            let key = self.table_name(name);
            let has = own.has_table(&key);
            self.count(has.is_yes());
            match own.table(&key) {
                Some(table) if has.is_yes() => self.table(table, name, relation),
                _ if has.is_no() => self.apart("a table is missing", name.clone()),
                _ => {}
            }
        }
        for (name, table) in own.tables() {
            let is_there = real.tables.keys().any(|real| {
                own_name(&self.table_name(real)) == own_name(name)
                    || self.dialect == Dialect::Sqlite && real.eq_ignore_ascii_case(&name.name)
            });
            // What may be there is something that is not certain, too.
            if !table.certain && !is_there {
                self.count(false);
            }
            if table.certain && !is_there {
                self.apart("a table is there that is not", name.to_string());
            }
        }
        for name in real.views.keys() {
            let has = own.has_view(&self.table_name(name));
            self.count(has.is_yes());
            if has.is_no() {
                self.apart("a view is missing", name.clone());
            }
        }
        let views: Vec<_> = own.views().map(|(name, certain)| (name.clone(), certain)).collect();
        for (name, certain) in views {
            let is_there = real.views.keys().any(|real| self.is_named(real, &name));
            if certain && !is_there {
                self.apart("a view is there that is not", name.to_string());
            }
        }
        for name in real.enums.keys() {
            let has = own.has_enum(&self.table_name(name));
            self.count(has.is_yes());
            if has.is_no() {
                self.apart("a type is missing", name.clone());
            }
        }
        let enums: Vec<_> = own.enums().map(|(name, certain)| (name.clone(), certain)).collect();
        for (name, certain) in enums {
            let is_there = real.enums.keys().any(|real| self.is_named(real, &name));
            if certain && !is_there {
                self.apart("a type is there that is not", name.to_string());
            }
        }
        for name in &real.sequences {
            if own.has_sequence(&self.table_name(name)).is_no() {
                self.apart("a sequence is missing", name.clone());
            }
        }
    }

    fn is_named(&self, real: &str, own: &TableName) -> bool {
        let real = self.table_name(real);
        let schema = own.schema.as_deref().filter(|schema| !matches!(*schema, "public" | "main"));
        let schema = schema.map(|schema| kept(schema, self.dialect));
        real.schema.as_deref() == schema && self.same(&own.name, &real.name)
    }

    fn table(&mut self, own: &Table, name: &str, real: &Relation) {
        // What may be there besides is something that is not certain.
        let is_there = |own: &str| real.columns.iter().any(|real| self.same(own, &real.name));
        let perhaps = own.columns.iter().filter(|own| !own.certain && !is_there(&own.name)).count();
        let is_closed = own.columns_known && own.constraints_known && own.indexes_known;
        let names =
            own.constraints.iter().map(|own| &own.name).chain(own.indexes.iter().map(|own| &own.name));
        let perhaps = perhaps + names.filter(|name| **name == Name::Unknown).count();
        for _ in 0..perhaps + usize::from(!is_closed) {
            self.count(false);
        }
        for column in &real.columns {
            let found = own.columns.iter().find(|own| self.same(&own.name, &column.name)).cloned();
            let place = format!("{name}.{}", column.name);
            self.count(found.as_ref().is_some_and(|own| own.certain));
            match found {
                None if own.columns_known => self.apart("a column is missing", place),
                Some(own) if own.certain => self.column(&own, &place, column),
                _ => {}
            }
        }
        for column in own.columns.iter().filter(|column| column.certain) {
            if !real.columns.iter().any(|real| self.same(&column.name, &real.name)) {
                self.apart("a column is there that is not", format!("{name}.{}", column.name));
            }
        }
        // SQLite keeps no index for a unique constraint on the columns of the key.
        let is_key = |own: &Constraint| {
            self.dialect == Dialect::Sqlite
                && matches!(own.kind, ConstraintKind::Unique { .. })
                && ["p", "u"].map(|kind| {
                    let mut of_kind = real.constraints.iter().filter(|real| real.kind == kind);
                    of_kind.any(|real| self.are_columns(own.columns(), real.columns.as_ref()))
                }) == [true, false]
        };
        let constraints: Vec<_> = own
            .constraints
            .iter()
            .filter(|own| !is_key(own))
            .map(|own| (own.as_ref(), own.certain))
            .collect();
        self.parts(
            name,
            "constraint",
            &constraints,
            own.constraints_known,
            &real.constraints,
            Self::is_constraint,
        );
        self.parts(
            name,
            "index",
            &own.indexes.iter().map(|own| (own.as_ref(), own.certain)).collect::<Vec<_>>(),
            own.indexes_known,
            &real.indexes,
            Self::is_index,
        );
    }

    fn column(&mut self, own: &rechain::schema::Column, place: &str, real: &Column) {
        if own.nullable.is_some_and(|nullable| nullable != real.nullable) && !real.key {
            self.apart("NULL is allowed or not", format!("{place}: really {}", real.nullable));
        }
        if own.default.is_some() && !real.default {
            self.apart("a default is there that is not", place.to_owned());
        }
        // The database gives integer keys their values by itself.
        let numbers = real.r#type.to_ascii_lowercase().contains("int") || real.name == "id";
        if own.default.is_none() && real.default && !real.generated && !own.generated && !numbers {
            self.apart("a default is missing", place.to_owned());
        }
        let written = own.kind.named.as_ref().and_then(|named| named.name.as_deref());
        if let (None, Some(one), Some(two)) = (written, plain(&own.kind.written), plain(&real.r#type))
            && one != two
        {
            self.apart("another type", format!("{place}: {one}, really {two}"));
        }
    }

    /// Constraints or indexes: each that is certain must be one that is there, and each that is there must be known where
    /// all are.
    fn parts<T: std::fmt::Debug>(
        &mut self,
        name: &str,
        word: &str,
        own: &[(&T, bool)],
        known: bool,
        real: &[Part],
        is_same: impl Fn(&Self, &T, &Part) -> bool,
    ) {
        let mut left: Vec<&Part> = real.iter().collect();
        let mut open = 0;
        for (part, certain) in own {
            match left.iter().position(|real| is_same(self, part, real)) {
                Some(at) => {
                    left.remove(at);
                    self.count(*certain);
                }
                // SQLite makes one index of two that are alike.
                None if self.dialect == Dialect::Sqlite
                    && real.iter().any(|real| is_same(self, part, real)) => {}
                None if *certain => {
                    self.apart(&format!("a {word} is there that is not"), format!("{name}: {part:?}"));
                }
                None => {
                    self.count(false);
                    open += 1;
                }
            }
        }
        for part in left {
            self.count(false);
            if known && open == 0 {
                self.found.uncertain -= 1;
                self.apart(&format!("a {word} is missing"), format!("{name}: {part:?}"));
            }
            open = usize::saturating_sub(open, 1);
        }
    }

    fn is_name(&self, own: &Name, real: Option<&str>) -> bool {
        match (own, real) {
            // The last is one that SQLAlchemy does not read from the text.
            (Name::Unknown, _) | (Name::Unnamed | Name::Default, None) | (_, Some("")) => true,
            (Name::Given { name, .. }, Some(real)) => self.same(name, real),
            (Name::Given { .. }, None) | (Name::Unnamed | Name::Default, Some(_)) => false,
        }
    }

    fn are_columns(&self, own: Option<&[Box<str>]>, real: Option<&Vec<Option<String>>>) -> bool {
        let (Some(own), Some(real)) = (own, real) else { return true };
        own.len() == real.len()
            && own.iter().zip(real).all(|(own, real)| real.as_ref().is_some_and(|real| self.same(own, real)))
    }

    fn is_constraint(&self, own: &Constraint, real: &Part) -> bool {
        let kind = match &own.kind {
            ConstraintKind::PrimaryKey { .. } => "p",
            ConstraintKind::Unique { .. } => "u",
            ConstraintKind::ForeignKey { .. } => "f",
            ConstraintKind::Check { .. } => "c",
            ConstraintKind::Exclude { .. } => "x",
            ConstraintKind::Unknown => return self.is_name(&own.name, real.name.as_deref()),
        };
        let refers = match &own.kind {
            ConstraintKind::ForeignKey { table, referred, .. } => {
                let to = real.to.as_deref().unwrap_or_default();
                table.as_ref().is_none_or(|table| self.is_named(to, table))
                    && self.are_columns(referred.as_deref(), real.to_columns.as_ref())
            }
            _ => true,
        };
        kind == real.kind
            && refers
            && self.is_name(&own.name, real.name.as_deref())
            && self.are_columns(own.columns(), real.columns.as_ref())
    }

    fn is_index(&self, own: &Index, real: &Part) -> bool {
        own.unique == real.unique
            && self.is_name(&own.name, real.name.as_deref())
            && (own.has_expressions || self.are_columns(own.columns.as_deref(), real.columns.as_ref()))
    }
}

fn own_name(name: &TableName) -> (Option<&str>, &str) {
    (name.schema.as_deref(), &name.name)
}

/// A type as both write it; nothing where it is none of those that are compared.
fn plain(written: &str) -> Option<String> {
    let small = written.to_ascii_lowercase().replace("length=", "").replace(' ', "");
    let (name, arguments) = match small.split_once('(') {
        Some((name, arguments)) => (name, format!("({arguments}")),
        None => (small.as_str(), String::new()),
    };
    let is_bare = arguments == "()" || name == "boolean";
    let arguments = if is_bare { String::new() } else { arguments };
    let name = match name {
        "integer" | "int" | "serial" => "integer",
        "biginteger" | "bigint" => "bigint",
        "string" | "varchar" | "charactervarying" => "varchar",
        "text" => "text",
        "boolean" => "boolean",
        "numeric" => "numeric",
        "datetime" | "timestamp" | "timestampwithouttimezone" => "timestamp",
        _ => return None,
    };
    Some(format!("{name}{arguments}"))
}
