//! The databases whose rules are told apart.

/// A database's dialect, by SQLAlchemy's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
