//! The databases whose rules are told apart.

use serde::{Deserialize, Serialize};

use super::names::POSTGRESQL_LENGTH;

/// A database's dialect; it is written by SQLAlchemy's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgresql,
    /// MySQL and MariaDB.
    Mysql,
}

impl Dialect {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgresql, Self::Mysql];

    /// SQLAlchemy's name, as `dialect.name` gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgresql => "postgresql",
            Self::Mysql => "mysql",
        }
    }

    /// The name people write.
    pub fn title(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgresql => "PostgreSQL",
            Self::Mysql => "MySQL",
        }
    }

    /// How many characters SQLAlchemy lets a name have.
    pub fn longest_name(self) -> Option<usize> {
        match self {
            Self::Sqlite => None,
            Self::Postgresql => Some(POSTGRESQL_LENGTH),
            Self::Mysql => Some(64),
        }
    }

    /// The dialect of that name; `mariadb` and `postgres` are taken too.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "sqlite" => Self::Sqlite,
            "postgresql" | "postgres" => Self::Postgresql,
            "mysql" | "mariadb" => Self::Mysql,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_written_by_their_names() -> serde_json::Result<()> {
        for dialect in Dialect::ALL {
            assert_eq!(serde_json::to_value(dialect)?, dialect.name());
            assert_eq!(serde_json::from_value::<Dialect>(dialect.name().into())?, dialect);
            assert_eq!(Dialect::named(dialect.name()), Some(dialect));
        }
        Ok(())
    }
}
