//! Declarative classes, each with the table that it describes.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::column::give_name;
use super::metadata;
use crate::replay::run::value::{Class, ColumnValue, Object, Place, Scope, TableValue, Value};
use crate::replay::run::{Arguments, Machine};
use crate::schema::TableName;
use crate::source::naming::{Described, Key, Naming};

/// `declarative_base()`.
pub(super) fn base(machine: &mut Machine<'_>, arguments: &Arguments) -> Value {
    let metadata = metadata::of_base(machine, arguments.keyword("metadata"));
    base_of(machine, metadata, false)
}

/// A declarative base of a metadata; the classes on it may name their tables by their own names.
pub(super) fn base_of(machine: &mut Machine<'_>, metadata: Place, names_itself: bool) -> Value {
    let scope = machine.allocate(Object::Scope(Scope::default()));
    let class = Class { metadata: Some(metadata), names_itself, ..Class::new("Base", scope) };
    Value::Class(Arc::new(class))
}

/// What a class has of a table, and brings to those that stand on it.
#[derive(Default)]
struct Mapping {
    /// The table that it describes, where the name is known.
    table: Option<Arc<TableValue>>,
    /// Whether it has a table of its own: then it is no mixin.
    is_mapped: bool,
    /// The columns that it and its mixins declare.
    columns: Vec<ColumnValue>,
    /// Whether those are all of them.
    is_complete: bool,
    /// Whether one of them is the primary key.
    has_key: bool,
    /// Its `__table_args__`, or those of a mixin.
    args: Option<Value>,
}

/// What is known of classes, by their scopes: each is looked at once, however many stand on it.
type Mappings = BTreeMap<Place, Rc<Mapping>>;

impl Machine<'_> {
    /// The table that a declarative class describes; nothing where it describes none, or none whose name is known.
    pub(in crate::replay::run) fn table_of(&self, class: &Class) -> Option<Arc<TableValue>> {
        self.mapping(class, &mut Mappings::new()).table.clone()
    }

    fn mapping(&self, class: &Class, known: &mut Mappings) -> Rc<Mapping> {
        if let Some(mapping) = known.get(&class.scope) {
            return Rc::clone(mapping);
        }
        let bases: Vec<_> = class.bases.iter().map(|base| self.mapping(base, known)).collect();
        let mapping = match self.state.object(class.scope) {
            Object::Scope(scope) => self.mapped(class, scope, &bases),
            _ => Mapping { args: Some(Value::Data), ..Mapping::default() },
        };
        let mapping = Rc::new(mapping);
        known.insert(class.scope, Rc::clone(&mapping));
        mapping
    }

    fn mapped(&self, class: &Class, scope: &Scope, bases: &[Rc<Mapping>]) -> Mapping {
        let mixins: Vec<_> = bases.iter().filter(|base| !base.is_mapped).collect();
        let (mut columns, mut is_complete) = own_columns(class, scope);
        for mixin in &mixins {
            is_complete &= mixin.is_complete;
            for column in &mixin.columns {
                add(&mut columns, column);
            }
        }
        let is_key = |value: &Value| matches!(value, Value::Column(column) if column.def.primary_key);
        let own_args = scope.names.get("__table_args__");
        let mut mapping = Mapping {
            table: None,
            is_mapped: ["__tablename__", "__table__"].iter().any(|name| scope.names.contains_key(*name)),
            columns,
            is_complete,
            has_key: scope.names.values().any(is_key) || mixins.iter().any(|mixin| mixin.has_key),
            args: own_args.or_else(|| mixins.iter().find_map(|mixin| mixin.args.as_ref())).cloned(),
        };
        let stands_on_table = bases.iter().any(|base| base.table.is_some());
        mapping.table = match scope.names.get("__table__") {
            Some(Value::Table(table)) => Some(Arc::clone(table)),
            _ => self.described(class, scope, &mapping, stands_on_table),
        };
        mapping.is_mapped |= mapping.table.is_some();
        mapping
    }

    /// The table that the attributes of a class describe.
    fn described(
        &self,
        class: &Class,
        scope: &Scope,
        mapping: &Mapping,
        stands_on_table: bool,
    ) -> Option<Arc<TableValue>> {
        let given = scope.names.get("__tablename__");
        let described = Described {
            // One that says its name has it, whatever else it says.
            is_abstract: given.is_none() && is_abstract(scope),
            says_table: given.is_some(),
            base_names: class.names_itself,
            stands_on_table,
            key: if mapping.has_key { Key::Own } else { Key::None },
        };
        let name = match described.naming(&class.name) {
            Naming::Itself => given?.known_text()?.into(),
            Naming::Base(name) => name.into(),
            Naming::NoTable => return None,
        };
        let mut table = TableValue {
            name: Some(TableName { schema: None, name }),
            columns: mapping.columns.clone(),
            is_complete: class.metadata.is_some() && mapping.is_complete,
            ..TableValue::default()
        };
        self.add_table_args(class, mapping.args.as_ref(), &mut table);
        table.has_all_keys = table.is_complete;
        table.metadata = class.metadata;
        table.take_types_from(|_| true);
        Some(Arc::new(table))
    }

    /// Whether a class may have a table whose name is not known: one that is computed, or that a base may give it which is
    /// not known.
    pub(in crate::replay::run) fn may_have_a_table(&self, class: &Class) -> bool {
        let is_abstract =
            matches!(self.state.object(class.scope), Object::Scope(scope) if is_abstract(scope));
        !is_abstract && self.may_be_named(class, &mut Mappings::new())
    }

    /// Whether a class or one that it stands on may name a table; not through one with a table, which it then shares.
    fn may_be_named(&self, class: &Class, known: &mut Mappings) -> bool {
        let Object::Scope(scope) = self.state.object(class.scope) else { return true };
        let names = class.is_open || scope.names.contains_key("__tablename__");
        names
            || class
                .bases
                .iter()
                .any(|base| self.mapping(base, known).table.is_none() && self.may_be_named(base, known))
    }

    /// Whether a class declares a column itself.
    pub(in crate::replay::run) fn has_columns(&self, class: &Class) -> bool {
        let Object::Scope(scope) = self.state.object(class.scope) else { return true };
        scope.names.values().any(|value| matches!(value, Value::Column(_)))
    }

    /// `__table_args__`: constraints, indexes, and a dict of options.
    fn add_table_args(&self, class: &Class, args: Option<&Value>, table: &mut TableValue) {
        let args = match args {
            Some(Value::Tuple(args)) => args.to_vec(),
            Some(dict @ Value::Dict(_)) => vec![dict.clone()],
            Some(Value::None) => return,
            None if !class.is_open => return,
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
}

/// The columns that a class itself declares, and whether those are all.
fn own_columns(class: &Class, scope: &Scope) -> (Vec<ColumnValue>, bool) {
    let mut columns = Vec::new();
    let mut is_complete = !class.is_open && !class.declares;
    for attribute in &class.order {
        match scope.names.get(attribute) {
            Some(Value::Column(column)) => {
                let mut column = (**column).clone();
                give_name(&mut column, attribute);
                add(&mut columns, &column);
            }
            // It may be a column.
            Some(Value::Data | Value::Foreign(_) | Value::Instance(..)) | None => {
                is_complete &= attribute.starts_with("__");
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
    is_complete &= scope.names.iter().all(|(name, value)| name.starts_with("__") || is_plain(value));
    (columns, is_complete)
}

/// Adds a column, unless one of its name is there.
fn add(columns: &mut Vec<ColumnValue>, column: &ColumnValue) {
    if !columns.iter().any(|known| known.name == column.name) {
        columns.push(column.clone());
    }
}

fn is_abstract(scope: &Scope) -> bool {
    scope.names.get("__abstract__").is_some_and(|value| *value != Value::Bool(false))
}
