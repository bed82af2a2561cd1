//! What `env.py` hands to a migration's function.

use super::Arguments;
use super::value::Value;
use crate::source::program::{Function, Name, ParameterKind};
use crate::source::{DATABASE_KEYWORD, Running, takes};

/// The arguments of `upgrade()` and `downgrade()`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Handed<'a> {
    /// All the keywords; nothing where they are not known, and a function is given what it asks for.
    keywords: Option<&'a [String]>,
    /// The keyword of the database's name, and the name.
    database: Option<(&'a str, &'a str)>,
}

impl<'a> Handed<'a> {
    pub(super) fn of(running: &'a Running, database: Option<&'a str>) -> Self {
        let databases = running.databases.as_ref();
        let keyword = databases.map(|databases| &*databases.keyword);
        Self { keywords: running.keywords.as_deref(), database: keyword.zip(database) }
    }

    /// What Python says, where a function cannot be called with them.
    pub(super) fn refused_by(self, function: &Function) -> Option<String> {
        let keywords = self.keywords?;
        let name = &function.name;
        let takes_any = function.parameters.iter().any(|own| own.kind == ParameterKind::Keywords);
        if let Some(more) = keywords.iter().find(|keyword| !takes_any && !takes(function, keyword)) {
            return Some(format!("{name}() got an unexpected keyword argument '{more}'"));
        }
        let is_needed = |kind| matches!(kind, ParameterKind::Plain | ParameterKind::Named);
        let missing = function.parameters.iter().find(|own| {
            is_needed(own.kind)
                && own.default.is_none()
                && !keywords.iter().any(|keyword| **keyword == *own.name)
        })?;
        let kind = if missing.kind == ParameterKind::Plain { "positional" } else { "keyword-only" };
        Some(format!("{name}() is missing the required {kind} argument '{}'", missing.name))
    }

    /// The values that a function is called with.
    pub(super) fn arguments(self, function: &Function) -> Arguments {
        let mut arguments = Arguments::default();
        match self.keywords {
            Some(keywords) => {
                arguments.named = keywords.iter().map(|own| (Name::from(&**own), self.value(own))).collect();
            }
            None => {
                let wanted = function.parameters.iter().take_while(|own| {
                    let is_database = self.database.is_some_and(|(keyword, _)| *keyword == *own.name);
                    own.kind == ParameterKind::Plain && (own.default.is_none() || is_database)
                });
                arguments.positional = wanted.map(|own| self.value(&own.name)).collect();
            }
        }
        arguments
    }

    fn value(self, keyword: &str) -> Value {
        match self.database {
            Some((own, name)) if own == keyword => Value::text(name),
            _ if keyword == "op" => Value::path("alembic.op"),
            _ if keyword == DATABASE_KEYWORD => Value::Data,
            _ => Value::Foreign(None),
        }
    }
}
