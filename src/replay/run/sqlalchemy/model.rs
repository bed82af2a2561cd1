//! Declarative classes, each with the table that it describes.

use std::sync::Arc;

use super::column::give_name;
use super::metadata;
use crate::replay::run::value::{Class, Object, Place, Scope, TableValue, Value};
use crate::replay::run::{Arguments, Machine};
use crate::schema::TableName;
use crate::source::naming::{Described, Key, Naming};
use crate::source::program::Name;

/// `declarative_base()`.
pub(super) fn base(machine: &mut Machine<'_>, arguments: &Arguments) -> Value {
    let metadata = metadata::of_base(machine, arguments.keyword("metadata"));
    base_of(machine, metadata, false)
}

/// A declarative base of a metadata; the classes on it may name their tables by their own names.
pub(super) fn base_of(machine: &mut Machine<'_>, metadata: Place, names_itself: bool) -> Value {
    let scope = machine.allocate(Object::Scope(Scope::default()));
    Value::Class(Arc::new(Class {
        name: "Base".into(),
        scope,
        order: Vec::new(),
        is_enum: false,
        metadata: Some(metadata),
        bases: Vec::new(),
        is_open: false,
        declares: false,
        names_itself,
        fields: Vec::new(),
    }))
}

impl Machine<'_> {
    /// The table that a declarative class describes; nothing where it describes none, or none whose name is known.
    pub(in crate::replay::run) fn table_of(&self, class: &Class) -> Option<Arc<TableValue>> {
        let Object::Scope(scope) = self.state.object(class.scope) else { return None };
        if let Some(Value::Table(table)) = scope.names.get("__table__") {
            return Some(Arc::clone(table));
        }
        let given = scope.names.get("__tablename__");
        let described = Described {
            // One that says its name has it, whatever else it says.
            is_abstract: given.is_none() && self.is_abstract(class),
            says_table: given.is_some(),
            base_names: class.names_itself,
            stands_on_table: class.bases.iter().any(|base| self.table_of(base).is_some()),
            key: if self.has_primary_key(class) { Key::Own } else { Key::None },
        };
        let name = match described.naming(&class.name) {
            Naming::Itself => given?.known_text()?.into(),
            Naming::Base(name) => name.into(),
            Naming::NoTable => return None,
        };
        let mut table = TableValue {
            name: Some(TableName { schema: None, name }),
            is_complete: class.metadata.is_some(),
            ..TableValue::default()
        };
        self.add_attributes(class, &mut table);
        self.add_table_args(class, &mut table);
        table.has_all_keys = table.is_complete;
        table.metadata = class.metadata;
        table.take_types_from(|_| true);
        Some(Arc::new(table))
    }

    /// Whether a class may have a table whose name is not known: one that is computed, or that a base may give it which is
    /// not known.
    pub(in crate::replay::run) fn may_have_a_table(&self, class: &Class) -> bool {
        !self.is_abstract(class) && self.may_be_named(class)
    }

    /// Whether a class or one that it stands on may name a table; not through one with a table, which it then shares.
    fn may_be_named(&self, class: &Class) -> bool {
        let Object::Scope(scope) = self.state.object(class.scope) else { return true };
        let names = class.is_open || scope.names.contains_key("__tablename__");
        let is_without = |base: &&Arc<Class>| self.table_of(base).is_none();
        names || class.bases.iter().filter(is_without).any(|base| self.may_be_named(base))
    }

    /// Whether a class declares a column itself.
    pub(in crate::replay::run) fn has_columns(&self, class: &Class) -> bool {
        let Object::Scope(scope) = self.state.object(class.scope) else { return true };
        scope.names.values().any(|value| matches!(value, Value::Column(_)))
    }

    /// The columns that a class and the mixins that it stands on declare.
    fn add_attributes(&self, class: &Class, table: &mut TableValue) {
        let Object::Scope(scope) = self.state.object(class.scope) else { return };
        table.is_complete &= !class.is_open && !class.declares;
        for attribute in &class.order {
            match scope.names.get(attribute) {
                Some(Value::Column(column)) => {
                    let mut column = (**column).clone();
                    give_name(&mut column, attribute);
                    if !table.columns.iter().any(|known| known.name == column.name) {
                        table.columns.push(column);
                    }
                }
                // It may be a column.
                Some(Value::Data | Value::Foreign(_) | Value::Instance(..)) | None => {
                    table.is_complete &= attribute.starts_with("__");
                }
                Some(_) => {}
            }
        }
        // What a decorated function gives may be a column.
        let is_plain = |value: &Value| match value {
            Value::Function(function, _) => function.decorators.is_empty(),
            Value::Decorated(..) => false,
            _ => true,
        };
        let is_own = |name: &&Name| !name.starts_with("__");
        table.is_complete &= scope.names.iter().all(|(name, value)| !is_own(&name) || is_plain(value));
        for base in class.bases.iter().filter(|base| !self.is_mapped(base)) {
            self.add_attributes(base, table);
        }
    }

    /// Whether a class has a table of its own.
    fn is_mapped(&self, class: &Class) -> bool {
        let Object::Scope(scope) = self.state.object(class.scope) else { return false };
        let says_so = ["__tablename__", "__table__"].iter().any(|name| scope.names.contains_key(*name));
        says_so || self.table_of(class).is_some()
    }

    /// Whether a column of its own or of a mixin is its primary key.
    fn has_primary_key(&self, class: &Class) -> bool {
        let Object::Scope(scope) = self.state.object(class.scope) else { return false };
        let is_key = |value: &Value| matches!(value, Value::Column(column) if column.def.primary_key);
        // One with a table has its key for itself.
        let mut mixins = class.bases.iter().filter(|base| !self.is_mapped(base));
        scope.names.values().any(is_key) || mixins.any(|base| self.has_primary_key(base))
    }

    fn is_abstract(&self, class: &Class) -> bool {
        let Object::Scope(scope) = self.state.object(class.scope) else { return false };
        scope.names.get("__abstract__").is_some_and(|value| *value != Value::Bool(false))
    }

    /// `__table_args__`: constraints, indexes, and a dict of options.
    fn add_table_args(&self, class: &Class, table: &mut TableValue) {
        let args = match self.class_attribute(class, "__table_args__") {
            Value::Tuple(args) => args.to_vec(),
            dict @ Value::Dict(_) => vec![dict],
            Value::None => return,
            Value::Data if !class.is_open && !self.has_own(class, "__table_args__") => return,
            _ => {
                table.is_complete = false;
                return;
            }
        };
        for arg in &args {
            match (arg, self.pairs(arg)) {
                (Value::Constraint(own), _) => table.constraints.push((**own).clone()),
                (Value::Index(own), _) => table.indexes.push((**own).clone()),
                (_, Some(options)) => {
                    let mut schemas = options.iter().filter(|(key, _)| key.known_text() == Some("schema"));
                    match (schemas.next(), &mut table.name) {
                        (Some((_, Value::None)) | None, _) => {}
                        (Some((_, schema)), Some(name)) if schema.known_text().is_some() => {
                            name.schema = schema.known_text().map(Into::into);
                        }
                        _ => table.name = None,
                    }
                }
                _ => table.is_complete = false,
            }
        }
    }

    /// Whether a class or one that it stands on binds a name.
    fn has_own(&self, class: &Class, name: &str) -> bool {
        matches!(self.state.object(class.scope), Object::Scope(scope) if scope.names.contains_key(name))
            || class.bases.iter().any(|base| self.has_own(base, name))
    }
}
