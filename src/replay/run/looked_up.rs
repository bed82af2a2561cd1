//! Which table a name without a schema means: the one that PostgreSQL finds first where it looks.

use super::Machine;
use crate::schema::{
    Applied, Condition, Dialect, Failure, FailureKind, ObjectName, Operation, Schema, SearchPath, TableName,
    Touches,
};

impl Machine<'_> {
    /// The operation with the schemas that PostgreSQL would look its names up in.
    pub(super) fn in_search_path(&mut self, mut operation: Operation) -> Operation {
        if let Operation::SearchPath { schemas } = &operation {
            let before = std::mem::replace(&mut self.state.search_path, SearchPath::Is(schemas.clone()));
            let what = "SET search_path".into();
            // What was made before may be in any of these schemas.
            return match before {
                SearchPath::NotKnown { .. } => Operation::Unknown { what, touches: Touches::Everything },
                SearchPath::Is(_) | SearchPath::Translated => Operation::noted("SET search_path", None),
            };
        }
        // What may do anything may set it, too.
        if let Operation::Unknown { touches: Touches::Everything, .. } = &operation
            && self.rules().dialect == Dialect::Postgresql
            && matches!(&self.state.search_path, SearchPath::Is(path) if is_default(path))
        {
            self.state.search_path = SearchPath::NotKnown { is_listed: false };
        }
        let schema = &self.state.schema;
        match &self.state.search_path {
            SearchPath::Is(path) if is_default(path) => {}
            SearchPath::Is(path) => {
                operation.resolve_tables(&mut |table, is_new| place(table, is_new, path, schema));
            }
            SearchPath::NotKnown { .. } | SearchPath::Translated => {
                if let Operation::If { condition, .. } = &mut operation {
                    *condition = Condition::Unknown;
                }
            }
        }
        operation
    }

    /// The table that a name means where somebody asks for it; nothing where that is not known.
    pub(super) fn looked_up(&self, name: &TableName) -> Option<TableName> {
        let mut name = name.clone();
        match &self.state.search_path {
            SearchPath::Is(path) if is_default(path) => {}
            SearchPath::Is(path) => place(&mut name, false, path, self.schema()),
            SearchPath::NotKnown { .. } | SearchPath::Translated => {
                if is_mixed(&name, self.schema()) {
                    return None;
                }
            }
        }
        Some(name)
    }

    /// Whether the tables that the database lists are those that names without a schema mean.
    pub(super) fn lists_what_is_looked_up(&self) -> bool {
        match &self.state.search_path {
            SearchPath::Is(path) => is_default(path),
            SearchPath::NotKnown { is_listed } => *is_listed && !self.schema().names_schemas(),
            SearchPath::Translated => false,
        }
    }

    /// A condition with the schemas that its names are looked up in; nothing where they are not known.
    pub(super) fn condition_looked_up(&self, condition: &Condition) -> Option<Condition> {
        let SearchPath::Is(path) = &self.state.search_path else { return None };
        let mut condition = condition.clone();
        if !is_default(path) {
            condition.resolve_tables(&mut |table, _| place(table, false, path, self.schema()));
        }
        Some(condition)
    }

    /// Where two names may be those of one table, what is done by one of them may be done to the other.
    pub(super) fn doubt_places(&mut self, operation: &Operation, outcome: &mut Applied) {
        match self.state.search_path {
            SearchPath::Is(_) => return,
            // Texts of SQL look elsewhere than what SQLAlchemy makes.
            SearchPath::Translated => {
                let schema = &self.state.schema;
                let failures = outcome.failures.iter_mut().filter(|failure| !is_nowhere(failure, schema));
                failures.for_each(|failure| failure.certain = false);
            }
            SearchPath::NotKnown { .. } => {}
        }
        let mut names = Vec::new();
        operation.clone().resolve_tables(&mut |table, _| names.push(table.clone()));
        let mixed: Vec<_> = names.into_iter().filter(|name| is_mixed(name, &self.state.schema)).collect();
        if mixed.is_empty() {
            return;
        }
        outcome.failures.iter_mut().for_each(|failure| failure.certain = false);
        outcome.in_doubt = true;
        for name in mixed {
            for other in self.state.schema.namesakes(&name).into_iter().chain([name]) {
                if self.state.schema.table(&other).is_some() {
                    self.state.schema.taint(&Touches::TableItself(other));
                }
            }
        }
    }
}

/// Whether it is the want of a table that is in no schema, wherever it would be looked for.
fn is_nowhere(failure: &Failure, schema: &Schema) -> bool {
    let Some(ObjectName::Table(name)) = &failure.object else { return false };
    failure.kind == FailureKind::NoSuchTable && schema.namesakes(name).is_empty()
}

fn is_default(path: &[Box<str>]) -> bool {
    path.iter().all(|schema| &**schema == "public")
}

/// Gives a name without a schema the one that it is found in, or is made in.
fn place(name: &mut TableName, is_new: bool, path: &[Box<str>], schema: &Schema) {
    if name.schema.is_some() {
        return;
    }
    let within =
        |own: &str| TableName { schema: (own != "public").then(|| own.into()), name: name.name.clone() };
    let there = path
        .iter()
        .map(|own| within(own))
        .find(|place| !is_new && schema.has_table(place).or(schema.has_view(place)).is_yes());
    if let Some(found) = there.or_else(|| path.first().map(|own| within(own))) {
        *name = found;
    }
}

/// Whether a table may be there by another name too, where it is not known in which schema names are looked up.
fn is_mixed(name: &TableName, schema: &Schema) -> bool {
    name.schema.as_deref() == Some("public") || !schema.namesakes(name).is_empty()
}
