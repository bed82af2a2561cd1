//! Types that a dialect's compiler cannot write, and those that PostgreSQL does not take as they are written.
//!
//! Source: `CREATE TABLE` compiled with SQLAlchemy 2.1.9 for each type of each dialect. `JSONB` is left out: SQLAlchemy
//! before 2.1 cannot write it for SQLite, and later ones can.

use crate::schema::Dialect::{self, Mysql, Postgresql, Sqlite};
use crate::schema::Unsuited;

const ONLY_POSTGRESQL: &str = "
ARRAY BYTEA CIDR CITEXT DATEMULTIRANGE DATERANGE DOMAIN HSTORE INET INT4MULTIRANGE INT4RANGE INT8MULTIRANGE INT8RANGE
INTERVAL JSONPATH MACADDR MACADDR8 MONEY NUMMULTIRANGE NUMRANGE OID REGCLASS REGCONFIG TSMULTIRANGE TSQUERY TSRANGE
TSTZMULTIRANGE TSTZRANGE TSVECTOR
";

const ONLY_MYSQL: &str = "
BIT INET4 INET6 LONGBLOB LONGTEXT MEDIUMBLOB MEDIUMINT MEDIUMTEXT SET TINYBLOB TINYINT TINYTEXT YEAR
";

/// The dialects that refuse a type, by its dotted path.
pub(super) fn refused_by(path: &str, last: &str) -> &'static [Dialect] {
    let among = |names: &str| names.split_whitespace().any(|name| name == last);
    if path.contains("dialects.postgresql") {
        return match last {
            "BIT" => &[Sqlite],
            _ if among(ONLY_POSTGRESQL) => &[Sqlite, Mysql],
            _ => &[],
        };
    }
    if path.contains("dialects.mysql") || path.contains("dialects.mariadb") {
        return match last {
            "ENUM" => &[Sqlite],
            _ if among(ONLY_MYSQL) => &[Sqlite, Postgresql],
            _ => &[],
        };
    }
    if !path.contains("dialects.") && last == "ARRAY" { &[Sqlite, Mysql] } else { &[] }
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
