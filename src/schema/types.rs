//! What can be said of types by the way they are written.

use super::{Truth, Unsuited};

/// Types that PostgreSQL compares with each other, and with no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Number,
    Text,
    Uuid,
    Time,
    Boolean,
    /// A number of any size, to which whole ones are made where they are compared with it.
    Exact,
    /// An enum type.
    Enum,
}

impl Family {
    /// Whether a foreign key of this family may reference a column of the other.
    pub(super) fn fits(self, other: Self) -> bool {
        self == other || self == Self::Number && other == Self::Exact
    }
}

/// The family of a type, where that is sure.
pub(super) fn family(written: &str) -> Option<Family> {
    Some(match plain(written).0.as_str() {
        "INTEGER" | "BIGINT" | "SMALLINT" => Family::Number,
        "VARCHAR" | "TEXT" => Family::Text,
        "UUID" => Family::Uuid,
        "DATE" | "DATETIME" => Family::Time,
        "BOOLEAN" => Family::Boolean,
        "NUMERIC" | "DECIMAL" => Family::Exact,
        _ => return None,
    })
}

/// Types that PostgreSQL makes of each other by the same rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named after its types")]
pub enum Values {
    Text,
    Number,
    Boolean,
    Uuid,
    Json,
    Bytes,
    Date,
    Timestamp,
    Time,
    Interval,
    Enum,
    Row,
}

impl Values {
    /// Those of a type, where that is sure.
    pub fn of(written: &str) -> Option<Self> {
        let (name, arguments) = plain(written);
        // One that is not native is another type.
        if arguments.contains("native") {
            return None;
        }
        Some(match name.as_str() {
            "VARCHAR" | "TEXT" | "CHAR" | "CHARACTER" => Self::Text,
            "INTEGER" | "BIGINT" | "SMALLINT" | "NUMERIC" | "DECIMAL" | "FLOAT" | "REAL" | "DOUBLE" => {
                Self::Number
            }
            "BOOLEAN" => Self::Boolean,
            "UUID" => Self::Uuid,
            "JSON" | "JSONB" => Self::Json,
            "BYTEA" | "LARGEBINARY" => Self::Bytes,
            "DATE" => Self::Date,
            "DATETIME" => Self::Timestamp,
            "TIME" => Self::Time,
            "INTERVAL" => Self::Interval,
            _ => return None,
        })
    }

    /// Whether a text may be one of them; whole numbers have no point.
    pub(super) fn may_be(self, text: &str, are_whole: bool) -> bool {
        let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
        let inner = text.trim();
        let is_among = |words: &[&str]| words.iter().any(|word| inner.eq_ignore_ascii_case(word));
        match self {
            Self::Number if are_whole => has_digit && !text.contains('.'),
            Self::Number => {
                has_digit || is_among(&["nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"])
            }
            Self::Boolean => is_boolean(inner),
            Self::Uuid => {
                let is_of_uuid = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b'{' | b'}');
                text.bytes().filter(u8::is_ascii_hexdigit).count() == 32 && text.bytes().all(is_of_uuid)
            }
            Self::Json => {
                let is_word = ["true", "false", "null"].contains(&inner);
                is_word
                    || inner.starts_with(['{', '[', '"', '-'])
                    || inner.starts_with(|own: char| own.is_ascii_digit())
            }
            // A word of SQL in quotes is none of them.
            Self::Date | Self::Timestamp | Self::Time => {
                let words =
                    ["current_timestamp", "current_date", "current_time", "localtimestamp", "localtime"];
                !inner.is_empty() && !is_among(&words)
            }
            Self::Interval => !inner.is_empty(),
            Self::Text | Self::Bytes | Self::Enum | Self::Row => true,
        }
    }

    /// Those that a function, or a word, of PostgreSQL gives, by its name in small letters.
    pub(super) fn given_by(function: &str) -> Option<Self> {
        Some(match function {
            "now"
            | "statement_timestamp"
            | "clock_timestamp"
            | "transaction_timestamp"
            | "current_timestamp"
            | "localtimestamp" => Self::Timestamp,
            "current_date" => Self::Date,
            "gen_random_uuid" => Self::Uuid,
            _ => return None,
        })
    }

    /// Their type, as PostgreSQL names it where nothing more is said.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "integer",
            Self::Boolean => "boolean",
            Self::Uuid => "uuid",
            Self::Json => "json",
            Self::Bytes => "bytea",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Time => "time",
            Self::Interval => "interval",
            Self::Enum => "enum",
            Self::Row => "record",
        }
    }

    /// Whether PostgreSQL compares them with each other.
    pub(super) fn compare(self, other: Self) -> bool {
        let is_of_time = |own| matches!(own, Self::Date | Self::Timestamp | Self::Time | Self::Interval);
        self == other || is_of_time(self) && is_of_time(other)
    }

    /// Whether a column of these may become one of others without `USING`; of two types that have names that is another
    /// question.
    /// Source: `pg_cast` of PostgreSQL 15 to 18, where `castcontext` is `a` or `i`; a text is made of anything.
    pub(super) fn become_by_themselves(self, others: Self) -> bool {
        use Values::{Date, Interval, Text, Time, Timestamp};
        self == others
            || others == Text
            || matches!(
                (self, others),
                (Date, Timestamp) | (Timestamp, Date | Time) | (Time, Interval) | (Interval, Time)
            )
    }
}

/// Whether PostgreSQL reads a text as true or false. Source: `parse_bool_with_len`.
fn is_boolean(text: &str) -> bool {
    let begins = |word: &&str| word.get(..text.len()).is_some_and(|own| own.eq_ignore_ascii_case(text));
    let is_short = text.eq_ignore_ascii_case("o");
    matches!(text, "0" | "1")
        || !text.is_empty() && !is_short && ["true", "false", "yes", "no", "on", "off"].iter().any(begins)
}

/// Whether the numbers of a type are whole.
pub(super) fn is_whole_number(written: &str) -> bool {
    matches!(plain(written).0.as_str(), "INTEGER" | "BIGINT" | "SMALLINT")
}

impl Values {
    /// Whether an index of an access method has an operator class for them by itself. Source: `pg_opclass` of PostgreSQL 15
    /// and 18.
    pub(super) fn have_class(self, written: &str, method: &str) -> bool {
        match (self, method) {
            (_, "gin") | (Self::Json, "btree" | "hash") => plain(written).0 == "JSONB",
            (_, "gist") | (Self::Json, "brin" | "spgist") => false,
            _ => true,
        }
    }

    /// The extension that brings an operator class for them.
    pub(super) fn class_brought_by(self, method: &str) -> Option<&'static str> {
        match (self, method) {
            (Self::Json, _) => None,
            (_, "gin") => Some("btree_gin"),
            (_, "gist") => Some("btree_gist"),
            _ => None,
        }
    }
}

/// A type's name in PostgreSQL's words, without its arguments.
pub(super) fn in_words(written: &str) -> String {
    match plain(written).0.as_str() {
        "DATETIME" => "timestamp".to_owned(),
        "LARGEBINARY" => "bytea".to_owned(),
        name => name.to_ascii_lowercase(),
    }
}

/// Whether two types are the same, as far as that can be told.
pub(super) fn same_type(one: &str, two: &str) -> Truth {
    if one == two {
        return Truth::Yes;
    }
    let (one, two) = (plain(one), plain(two));
    if one == two {
        return Truth::Yes;
    }
    let are_sure = family(&one.0).is_some() && family(&two.0).is_some();
    let lengths_differ = one.0 == two.0 && one.0 == "VARCHAR" && is_number(&one.1) && is_number(&two.1);
    if are_sure && (one.0 != two.0 || lengths_differ) { Truth::No } else { Truth::Maybe }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Types of other databases, and what PostgreSQL has for them.
const OF_OTHERS: [(&str, &str); 19] = [
    ("binary", "BYTEA"),
    ("blob", "BYTEA"),
    ("clob", "TEXT"),
    ("datetime", "TIMESTAMP"),
    ("double", "DOUBLE PRECISION"),
    ("enum", "TEXT"),
    ("longblob", "BYTEA"),
    ("longtext", "TEXT"),
    ("mediumblob", "BYTEA"),
    ("mediumint", "INTEGER"),
    ("mediumtext", "TEXT"),
    ("nclob", "TEXT"),
    ("nvarchar", "VARCHAR"),
    ("set", "TEXT"),
    ("tinyblob", "BYTEA"),
    ("tinyint", "SMALLINT"),
    ("tinytext", "TEXT"),
    ("varbinary", "BYTEA"),
    ("year", "SMALLINT"),
];

/// What PostgreSQL has for a type of another database.
pub fn own_type_for(name: &str) -> Option<&'static str> {
    OF_OTHERS.iter().find(|(own, _)| *own == name).map(|(_, sql)| *sql)
}

/// Types of PostgreSQL that take no length.
const WITHOUT_LENGTH: [&str; 13] = [
    "bool", "bytea", "date", "float4", "float8", "inet", "int2", "int4", "int8", "jsonb", "money", "text",
    "uuid",
];

/// What PostgreSQL minds of a type in a text of SQL. Source: each was asked of PostgreSQL 18.
pub(super) fn unsuited(written: &str) -> Option<Unsuited> {
    let (name, modifier) = written.split_once('(').map_or((written, None), |(name, rest)| (name, Some(rest)));
    let name = name.trim_end().to_ascii_lowercase();
    let ends = modifier.is_none_or(|rest| rest.trim_end().ends_with(')'));
    if !ends {
        return None;
    }
    let of_others = OF_OTHERS.iter().find(|(own, _)| *own == name).map(|(own, _)| Unsuited::NoType(own));
    let modified = WITHOUT_LENGTH.iter().find(|own| **own == name && modifier.is_some());
    of_others.or_else(|| modified.map(|own| Unsuited::Modified(own)))
}

/// A type's name as SQL has it, and its arguments.
pub(super) fn plain(written: &str) -> (String, String) {
    let (name, arguments) = written.split_once('(').unwrap_or((written, ""));
    let mut name = name.rsplit('.').next().unwrap_or_default().trim().to_ascii_uppercase();
    // `numeric(10, 2)[]` is made of numbers, and is none.
    if arguments.trim_end().ends_with(']') {
        name.push_str("[]");
    }
    let name = match name.as_str() {
        "STRING" | "UNICODE" | "AUTOSTRING" | "CHARACTER VARYING" => "VARCHAR",
        "UNICODETEXT" => "TEXT",
        "INT" | "SERIAL" => "INTEGER",
        "BIGINTEGER" | "BIGSERIAL" => "BIGINT",
        "SMALLINTEGER" => "SMALLINT",
        "TIMESTAMP" => "DATETIME",
        "BOOL" => "BOOLEAN",
        other => other,
    };
    let arguments: String = arguments.chars().filter(|character| !character.is_whitespace()).collect();
    let arguments = arguments.strip_suffix(')').unwrap_or(&arguments);
    (name.to_owned(), arguments.strip_prefix("length=").unwrap_or(arguments).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_other_databases_and_lengths_where_none_are_taken_are_told() {
        for (written, expected) in [
            ("DATETIME(6)", Some(Unsuited::NoType("datetime"))),
            ("TinyInt", Some(Unsuited::NoType("tinyint"))),
            ("TEXT(255)", Some(Unsuited::Modified("text"))),
            ("double precision", None),
            ("TEXT", None),
            ("VARCHAR(5)", None),
            ("\"datetime\"", None),
            ("DATETIME[]", None),
            ("TEXT(5)[]", None),
        ] {
            assert_eq!(unsuited(written), expected, "{written}");
        }
    }

    #[test]
    fn types_are_the_same_however_they_are_written() {
        assert_eq!(same_type("String(length=50)", "sa.VARCHAR(50)"), Truth::Yes);
        assert_eq!(same_type("Integer()", "INTEGER"), Truth::Yes);
        assert_eq!(same_type("String(50)", "String(80)"), Truth::No);
        assert_eq!(same_type("String(50)", "Text()"), Truth::No);
        assert_eq!(same_type("String(50)", "MyType()"), Truth::Maybe);
        assert_eq!(same_type("Numeric(1, 2)", "Numeric(precision=1, scale=2)"), Truth::Maybe);
    }
}
