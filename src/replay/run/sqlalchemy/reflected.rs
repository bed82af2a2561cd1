//! The types that an inspector tells of, and which class of SQLAlchemy's stands on which.
//!
//! Source: a table of every type made on SQLite and PostgreSQL and read back by SQLAlchemy 2.1.9; the bases of the classes
//! in its `types`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::replay::run::value::{HOLE, TypeValue, Value};
use crate::schema::{Dialect, TypeDef};

/// A class, and those that it stands on.
const CLASSES: &str = "
ARRAY
BIGINT BigInteger Integer
BIT
BLOB LargeBinary
BOOLEAN Boolean
BYTEA LargeBinary
CHAR String
CITEXT TEXT Text String
DATE Date
DATETIME DateTime
DECIMAL Numeric
DOUBLE Double Float
DOUBLE_PRECISION Double Float
ENUM Enum String
FLOAT Float
INET
INTEGER Integer
INTERVAL
JSON
JSONB JSON
NUMERIC Numeric
REAL Float
SMALLINT SmallInteger Integer
TEXT Text String
TIME Time
TIMESTAMP DateTime
TSVECTOR
UUID Uuid
VARCHAR String
";

/// What is read back of what was made, on SQLite and on PostgreSQL; - where it is not known.
const READ_BACK: &str = "
BIGINT BIGINT BIGINT
BLOB BLOB -
BOOLEAN BOOLEAN BOOLEAN
BYTEA - BYTEA
BigInteger BIGINT BIGINT
Boolean BOOLEAN BOOLEAN
CHAR CHAR CHAR
CITEXT - CITEXT
DATE DATE DATE
DATETIME DATETIME -
DECIMAL DECIMAL NUMERIC
DOUBLE DOUBLE -
DOUBLE_PRECISION DOUBLE_PRECISION DOUBLE_PRECISION
Date DATE DATE
DateTime DATETIME TIMESTAMP
Double DOUBLE DOUBLE_PRECISION
FLOAT FLOAT DOUBLE_PRECISION
Float FLOAT DOUBLE_PRECISION
INET - INET
INTEGER INTEGER INTEGER
INTERVAL - INTERVAL
Integer INTEGER INTEGER
Interval DATETIME INTERVAL
JSON JSON JSON
JSONB - JSONB
LargeBinary BLOB BYTEA
NUMERIC NUMERIC NUMERIC
Numeric NUMERIC NUMERIC
REAL REAL REAL
SMALLINT SMALLINT SMALLINT
SmallInteger SMALLINT SMALLINT
String VARCHAR VARCHAR
TEXT TEXT TEXT
TIME TIME TIME
TIMESTAMP TIMESTAMP TIMESTAMP
TSVECTOR - TSVECTOR
Text TEXT TEXT
Time TIME TIME
UUID NUMERIC UUID
Unicode VARCHAR VARCHAR
UnicodeText TEXT TEXT
Uuid CHAR UUID
VARCHAR VARCHAR VARCHAR
";

/// Classes of which PostgreSQL has its own, on which no type of another database stands.
const OF_POSTGRESQL: [&str; 5] = ["ARRAY", "INTERVAL", "JSON", "TIME", "TIMESTAMP"];

/// The type of a column as an inspector tells it.
pub(super) fn read_back(kind: &TypeDef, dialect: Dialect) -> Value {
    static READ: LazyLock<BTreeMap<&str, [&str; 2]>> = LazyLock::new(|| {
        let row = |line: &'static str| {
            let mut words = line.split(' ');
            Some((words.next()?, [words.next()?, words.next()?]))
        };
        READ_BACK.lines().filter_map(row).collect()
    });
    let place = match dialect {
        Dialect::Sqlite => 0,
        Dialect::Postgresql => 1,
        Dialect::Mysql => return Value::Data,
    };
    let class = match class_of(kind) {
        "Enum" | "ENUM" if dialect == Dialect::Postgresql && kind.named.is_some() => Some("ENUM"),
        // The second is SQLModel's own.
        "Enum" | "AutoString" => Some("VARCHAR"),
        _ if kind.is_custom => None,
        own => READ.get(own).map(|read| read[place]).filter(|read| *read != "-"),
    };
    class.map_or(Value::Data, |class| {
        let written = [class, &*size(kind, class, dialect)].concat();
        let def = TypeDef { written: written.into(), named: kind.named.clone(), ..TypeDef::default() };
        Value::Type(Arc::new(TypeValue { def, is_native: false }))
    })
}

/// What stands behind the name of a type that has a length or a precision: `(36)`; `(…)` where it is not known.
fn size(kind: &TypeDef, class: &str, dialect: Dialect) -> Box<str> {
    if !matches!(class, "VARCHAR" | "CHAR" | "NUMERIC" | "DECIMAL" | "TEXT") {
        return Box::default();
    }
    let numbers = || {
        let given = kind.written.split_once('(').map_or("", |(_, given)| given.trim_end_matches(')'));
        let number = |given: &str| {
            let (name, number) = given.trim().split_once('=').unwrap_or(("length", given.trim()));
            matches!(name, "length" | "precision" | "scale").then(|| number.parse::<u32>().ok()).flatten()
        };
        given.split(',').filter(|given| !given.trim().is_empty()).map(number).collect::<Option<Vec<_>>>()
    };
    let is_as_written = matches!(
        class_of(kind),
        "String"
            | "Unicode"
            | "VARCHAR"
            | "CHAR"
            | "NUMERIC"
            | "Numeric"
            | "DECIMAL"
            | "TEXT"
            | "Text"
            | "UnicodeText"
    );
    match (numbers(), dialect) {
        (Some(_), Dialect::Postgresql) if class == "TEXT" => Box::default(),
        // PostgreSQL tells a scale that was not given.
        (Some(numbers), Dialect::Postgresql) if class == "NUMERIC" && numbers.len() == 1 => {
            format!("({}, 0)", numbers[0]).into()
        }
        (Some(numbers), _) if is_as_written && numbers.is_empty() => Box::default(),
        (Some(numbers), _) if is_as_written => {
            let numbers: Vec<_> = numbers.iter().map(u32::to_string).collect();
            format!("({})", numbers.join(", ")).into()
        }
        _ => "(…)".into(),
    }
}

/// `str()` of a type that an inspector tells of, or that is written in capital letters; a size that is not known is a hole.
pub(in crate::replay::run) fn shown(kind: &TypeDef) -> Option<String> {
    let (class, size) = kind.written.split_at(class_of(kind).len());
    let is_plain =
        |line: &str| line.split(' ').next() == Some(class) && !matches!(class, "ARRAY" | "BIT" | "ENUM");
    if kind.is_custom || !CLASSES.lines().any(is_plain) {
        return None;
    }
    let is_known = size.bytes().all(|byte| byte.is_ascii_digit() || b"(), ".contains(&byte));
    let is_sized = matches!(class, "VARCHAR" | "CHAR" | "NUMERIC" | "DECIMAL" | "TEXT");
    let size = if !is_sized {
        ""
    } else if is_known {
        size
    } else {
        &HOLE.to_string()
    };
    Some([&class.replace('_', " "), size].concat())
}

/// The class of a type, by its last name.
fn class_of(kind: &TypeDef) -> &str {
    kind.written.split('(').next().unwrap_or_default()
}

/// Whether a type that an inspector tells of, or that is written in capital letters, is of a class, by its dotted path.
pub(in crate::replay::run) fn is_of_class(kind: &TypeDef, path: &str, dialect: Dialect) -> Option<bool> {
    let (own, wanted) = (class_of(kind), path.rsplit('.').next().unwrap_or(path));
    if wanted == "NullType" && !own.is_empty() {
        return Some(false);
    }
    let mut lines = CLASSES.lines().map(|line| line.split(' '));
    let mut classes = lines.find_map(|mut line| (line.next() == Some(own)).then_some(line));
    if let Some(bases) = &mut classes {
        let is_it = own == wanted || wanted == "TypeEngine" || bases.any(|base| base == wanted);
        let is_other = path.contains("dialects.postgresql")
            && dialect != Dialect::Postgresql
            && OF_POSTGRESQL.contains(&wanted);
        let is_known = path.contains("dialects.postgresql") || !path.contains("dialects.");
        return is_known.then_some(is_it && !is_other);
    }
    (own == wanted).then_some(true)
}
