//! Several databases shown side by side: each table is named with its database, as `database.table`.

use std::sync::Arc;

use super::state::{Detail, Object, ObjectKind};
use super::{ConstraintKind, ObjectName, Schema, SchemaChange, TableName};

impl TableName {
    /// Names it with the database that it is in; the default one has no name.
    pub fn put_within(&mut self, database: &str) {
        if !database.is_empty() {
            let schema = self.schema.take();
            self.schema =
                Some(schema.map_or_else(|| database.into(), |own| format!("{database}.{own}").into()));
        }
    }

    /// The name without the database that it is in; nothing where that is another one, or the default one.
    pub fn out_of(&self, database: &str) -> Option<Self> {
        let rest = self.schema.as_deref()?.strip_prefix(database).filter(|_| !database.is_empty())?;
        let schema = if rest.is_empty() { None } else { Some(rest.strip_prefix('.')?.into()) };
        Some(Self { schema, name: self.name.clone() })
    }

    fn within(&self, database: &str) -> Self {
        let mut name = self.clone();
        name.put_within(database);
        name
    }
}

impl ObjectName {
    /// The names in it that a database qualifies.
    pub fn names_mut(&mut self) -> Option<&mut TableName> {
        match self {
            Self::Table(name)
            | Self::View(name)
            | Self::Sequence(name)
            | Self::Type(name)
            | Self::Value { of: name, .. }
            | Self::Column { table: name, .. } => Some(name),
            Self::Index { table, .. } | Self::Constraint { table, .. } | Self::Wanted { table, .. } => {
                table.as_mut()
            }
            Self::Schema(_) | Self::Extension(_) | Self::Python(_) => None,
        }
    }
}

impl SchemaChange {
    /// The names in it that a database qualifies.
    pub fn names_mut(&mut self) -> Vec<&mut TableName> {
        match self {
            Self::TableRenamed { table: name, to } | Self::EnumRenamed { name, to } => vec![name, to],
            Self::ConstraintAdded {
                table, kind: ConstraintKind::ForeignKey { table: Some(to), .. }, ..
            } => {
                vec![table, to]
            }
            Self::TableCreated { table: name, .. }
            | Self::TableDropped { table: name }
            | Self::ColumnAdded { table: name, .. }
            | Self::ColumnDropped { table: name, .. }
            | Self::ColumnRenamed { table: name, .. }
            | Self::ColumnAltered { table: name, .. }
            | Self::IndexCreated { table: name, .. }
            | Self::ConstraintAdded { table: name, .. }
            | Self::ConstraintDropped { table: name, .. }
            | Self::ConstraintRenamed { table: name, .. }
            | Self::EnumCreated { name }
            | Self::EnumDropped { name }
            | Self::EnumValueAdded { name, .. }
            | Self::ViewCreated { view: name }
            | Self::ViewDropped { view: name }
            | Self::SequenceCreated { name }
            | Self::SequenceDropped { name } => vec![name],
            Self::IndexDropped { table, .. } => table.iter_mut().collect(),
            Self::IndexRenamed { .. }
            | Self::SchemaCreated { .. }
            | Self::SchemaDropped { .. }
            | Self::ExtensionCreated { .. }
            | Self::ExtensionDropped { .. } => Vec::new(),
        }
    }
}

impl Schema {
    /// Shows what has become of one of several databases, which was `before` and is `now`. Costs as much as it has changed.
    pub fn show(&mut self, database: &str, before: &Self, now: &Self) {
        for (kind, name) in now.apart(before) {
            let shown = name.within(database);
            if kind == ObjectKind::Table {
                let table = now.table(&name).cloned().map(|mut table| {
                    table.name.put_within(database);
                    table.constraints.each(|constraint| {
                        if matches!(constraint.kind, ConstraintKind::ForeignKey { table: Some(_), .. })
                            && let ConstraintKind::ForeignKey { table: Some(to), .. } =
                                &mut Arc::make_mut(constraint).kind
                        {
                            to.put_within(database);
                        }
                    });
                    table
                });
                self.put_table(&shown, table);
                continue;
            }
            let object = now.object(kind, &name).map(|object| {
                let mut object: Object = Arc::unwrap_or_clone(Arc::clone(object));
                object.name.put_within(database);
                match &mut object.detail {
                    Detail::View(query) => {
                        query.reads.iter_mut().for_each(|(table, _)| table.put_within(database));
                    }
                    Detail::Sequence { owner: Some(table) } | Detail::Index { view: table } => {
                        table.put_within(database);
                    }
                    Detail::Child { parents, .. } => {
                        parents.iter_mut().for_each(|table| table.put_within(database));
                    }
                    Detail::Nothing
                    | Detail::Enum { .. }
                    | Detail::Composite
                    | Detail::Sequence { owner: None } => {}
                }
                object
            });
            self.put_object(kind, &shown, object);
        }
        self.known = self.known.both(now.known);
    }
}
