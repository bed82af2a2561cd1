//! Types that a dialect's compiler cannot write, and those that PostgreSQL does not take as they are written.
//!
//! Source: `CREATE TABLE` compiled with SQLAlchemy 2.1.9 for each type of each dialect. `JSONB` is left out: SQLAlchemy
//! before 2.1 cannot write it for SQLite, and later ones can.

use crate::schema::Dialect::{self, Mysql, Postgresql, Sqlite};
use crate::schema::{Lack, Unsuited};

/// The dialects that refuse a type, each with what it lacks.
pub(super) type Refused = &'static [(Dialect, Lack)];

const SQLITE: Refused = &[(Sqlite, Lack::Type)];
pub(super) const POSTGRESQL: Refused = &[(Postgresql, Lack::Type)];
const ALL_BUT_POSTGRESQL: Refused = &[(Sqlite, Lack::Type), (Mysql, Lack::Type)];
const ALL_BUT_MYSQL: Refused = &[(Sqlite, Lack::Type), (Postgresql, Lack::Type)];
pub(super) const NO_LENGTH: Refused = &[(Mysql, Lack::Length)];
pub(super) const NO_NAME: Refused = &[(Postgresql, Lack::Name)];
/// An array of enums without a name.
pub(super) const ARRAY_OF_NO_NAME: Refused =
    &[(Sqlite, Lack::Type), (Mysql, Lack::Type), (Postgresql, Lack::Name)];

const ONLY_POSTGRESQL: &str = "
ARRAY BYTEA CIDR CITEXT DATEMULTIRANGE DATERANGE DOMAIN HSTORE INET INT4MULTIRANGE INT4RANGE INT8MULTIRANGE INT8RANGE
INTERVAL JSONPATH MACADDR MACADDR8 MONEY NUMMULTIRANGE NUMRANGE OID REGCLASS REGCONFIG TSMULTIRANGE TSQUERY TSRANGE
TSTZMULTIRANGE TSTZRANGE TSVECTOR
";

const ONLY_MYSQL: &str = "
BIT INET4 INET6 LONGBLOB LONGTEXT MEDIUMBLOB MEDIUMINT MEDIUMTEXT SET TINYBLOB TINYINT TINYTEXT YEAR
";

/// The dialects that refuse a type, by its dotted path.
pub(super) fn refused_by(path: &str, last: &str) -> Refused {
    let among = |names: &str| names.split_whitespace().any(|name| name == last);
    if path.contains("dialects.postgresql") {
        return match last {
            "BIT" => SQLITE,
            _ if among(ONLY_POSTGRESQL) => ALL_BUT_POSTGRESQL,
            _ => &[],
        };
    }
    if path.contains("dialects.mysql") || path.contains("dialects.mariadb") {
        return match last {
            "ENUM" => SQLITE,
            _ if among(ONLY_MYSQL) => ALL_BUT_MYSQL,
            _ => &[],
        };
    }
    if !path.contains("dialects.") && last == "ARRAY" { ALL_BUT_POSTGRESQL } else { &[] }
}

/// What PostgreSQL minds of a type that the compiler writes for it all the same. Source: `CREATE TABLE` compiled as above,
/// and asked of PostgreSQL 18.
pub(super) fn unsuited(path: &str, last: &str, has_length: bool) -> Option<Unsuited> {
    if !path.starts_with("sqlalchemy") {
        return None;
    }
    Some(match last {
        "BINARY" => Unsuited::NoType("binary"),
        "BLOB" => Unsuited::NoType("blob"),
        "CLOB" => Unsuited::NoType("clob"),
        // SQLite's own is one of SQLAlchemy's, which any database has.
        "DATETIME" if !path.contains("dialects.sqlite") => Unsuited::NoType("datetime"),
        "DOUBLE" => Unsuited::NoType("double"),
        "NCLOB" => Unsuited::NoType("nclob"),
        "NVARCHAR" => Unsuited::NoType("nvarchar"),
        "VARBINARY" => Unsuited::NoType("varbinary"),
        "TEXT" | "Text" | "UnicodeText" if has_length => Unsuited::Modified("text"),
        _ => return None,
    })
}

/// The type of an extension that a library's class writes, by its dotted path. Source: `get_col_spec` of each.
pub(super) fn of_library(path: &str) -> Option<Unsuited> {
    let (library, class) = (path.split('.').next()?, path.rsplit('.').next()?.to_ascii_lowercase());
    Some(Unsuited::OfExtension(match (library, class.as_str()) {
        ("citext", "citext") => "citext",
        ("geoalchemy2", "geometry") => "geometry",
        ("geoalchemy2", "geography") => "geography",
        ("pgvector", "halfvec") => "halfvec",
        ("pgvector", "sparsevec") => "sparsevec",
        ("pgvector", "vector") => "vector",
        ("sqlalchemy_utils", "ltreetype") => "ltree",
        _ => return None,
    }))
}
