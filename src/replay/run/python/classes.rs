//! Classes that the file defines, their objects, and the members of enums.

use std::sync::Arc;

use crate::replay::run::flow::Flow;
use crate::replay::run::raised::Raised;
use crate::replay::run::sqlalchemy::column::give_name;
use crate::replay::run::sqlalchemy::{metadata, query};
use crate::replay::run::value::{Class, Object, Place, Scope, Value};
use crate::replay::run::{Arguments, Call, Evaluated, Machine};
use crate::source::program::{Class as Definition, ExpressionKind, Function, Name, Statement, StatementKind};
use crate::source::{is_harmless, unique};
use crate::text::TextRange;

const TABLE_ARGS: &str = "__table_args__";
const INIT: &str = "__init__";

/// More classes than this above one are not followed, each counted once for each way to it.
const MOST_ABOVE: usize = 150;

/// What a class has of its bases.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact")]
struct Bases {
    is_enum: bool,
    is_error: bool,
    /// Whether it is a named tuple.
    is_tuple: bool,
    metadata: Option<Place>,
    /// Whether one is SQLAlchemy's own, so that the class is no model.
    is_declarative: bool,
    /// Whether models on them name their tables by their own names.
    name_themselves: bool,
    known: Vec<Arc<Class>>,
    /// Whether there are others, from which anything may come.
    is_open: bool,
}

impl Machine<'_> {
    /// `class name(bases): body`.
    pub(in crate::replay::run) fn define_class(
        &mut self,
        definition: &Definition,
        range: TextRange,
    ) -> Result<(), Raised> {
        let Definition { name, body, .. } = definition;
        let bases = self.bases(definition)?;
        if bases.is_error {
            self.bind(name, Value::ErrorClass(Arc::clone(name)));
            return Ok(());
        }
        let scope = self.class_body(body)?;
        let metadata = bases.metadata.map(|place| self.own_metadata(scope).unwrap_or(place));
        let has_fields = bases.is_tuple || self.is_dataclass(definition)?;
        let inherited = bases.known.iter().flat_map(|base| base.fields.iter().cloned());
        let fields = inherited.chain(body.iter().filter_map(field)).filter(|_| has_fields);
        let fields = unique(fields.collect());
        let class = Arc::new(Class {
            name: Arc::clone(name),
            scope,
            order: body.iter().filter_map(assigned).collect(),
            is_enum: bases.is_enum,
            metadata,
            n_above: 1 + bases.known.iter().map(|base| base.n_above).sum::<usize>(),
            bases: bases.known,
            is_open: bases.is_open,
            declares: body.iter().any(|statement| matches!(statement.kind, StatementKind::Declare(_))),
            names_itself: bases.name_themselves,
            fields,
        });
        self.declare_table_args(&class, range)?;
        match (metadata, self.table_of(&class)) {
            (Some(metadata), Some(table)) => metadata::register(self, metadata, &table),
            // A base that is not known may name the table, or have the metadata.
            (Some(metadata), None) if !bases.is_declarative && self.may_have_a_table(&class) => {
                metadata::make_vague(self, metadata);
            }
            (None, table) if class.is_open && (table.is_some() || self.has_columns(&class)) => {
                metadata::make_all_vague(self);
            }
            _ => {}
        }
        self.bind(name, Value::Class(class));
        Ok(())
    }

    fn is_dataclass(&mut self, definition: &Definition) -> Result<bool, Raised> {
        for decorator in &definition.decorators {
            if matches!(self.value(decorator)?, Value::Path(path) if &*path == "dataclasses.dataclass") {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn bases(&mut self, definition: &Definition) -> Result<Bases, Raised> {
        let mut bases = Bases::default();
        // What a metaclass makes of it nobody knows.
        bases.is_open = definition.bases().count() < definition.arguments.len();
        for base in definition.bases() {
            match self.value(base)? {
                Value::Path(path) | Value::Foreign(Some(path)) => {
                    let last = path.rsplit('.').next().unwrap_or(&path);
                    let is_known =
                        path.starts_with("sqlalchemy") || path.starts_with("builtins.") || is_harmless(&path);
                    bases.is_open |= !is_known;
                    bases.is_tuple |= &*path == "typing.NamedTuple";
                    bases.is_enum |=
                        path.starts_with("enum.") || matches!(last, "Enum" | "StrEnum" | "IntEnum");
                    if matches!(last, "DeclarativeBase" | "DeclarativeBaseNoMeta") {
                        bases.metadata = Some(metadata::empty(self));
                        bases.is_declarative = true;
                    }
                }
                Value::ErrorClass(_) => bases.is_error = true,
                Value::Class(class) => {
                    bases.is_enum |= class.is_enum;
                    bases.metadata = bases.metadata.or(class.metadata);
                    bases.name_themselves |= class.names_itself;
                    bases.known.push(class);
                }
                _ => bases.is_open = true,
            }
        }
        // They are looked through again and again, and each as often as it is a base.
        if bases.known.iter().map(|base| base.n_above).sum::<usize>() > MOST_ABOVE {
            bases.known.clear();
            bases.is_open = true;
        }
        Ok(bases)
    }

    /// Runs a class's statements in a scope of its own.
    fn class_body(&mut self, body: &[Statement]) -> Result<Place, Raised> {
        let outer = self.scope;
        let scope = self.allocate(Object::Scope(Scope { parent: Some(outer), ..Scope::default() }));
        self.scope = scope;
        self.enter(true);
        let flow = self.block(body);
        self.leave();
        self.scope = outer;
        match flow {
            Flow::Raise(raised) => Err(raised),
            _ => Ok(scope),
        }
    }

    /// The metadata that a declarative base is given in its body.
    fn own_metadata(&mut self, scope: Place) -> Option<Place> {
        let Object::Scope(own) = self.state.object(scope) else { return None };
        let given = own.names.get("metadata")?.clone();
        Some(metadata::of_base(self, Some(&given)))
    }

    /// `__table_args__` as a function, which SQLAlchemy calls when the class is made.
    fn declare_table_args(&mut self, class: &Arc<Class>, range: TextRange) -> Result<(), Raised> {
        let Object::Scope(own) = self.state.object(class.scope) else { return Ok(()) };
        let Some(Value::Function(function, scope)) = own.names.get(TABLE_ARGS) else { return Ok(()) };
        let (function, scope) = (Arc::clone(function), *scope);
        let arguments =
            Arguments { positional: vec![Value::Class(Arc::clone(class))], ..Arguments::default() };
        let value = self.call_function(&function, scope, &arguments, range)?;
        if let Object::Scope(own) = self.state.object_mut(class.scope) {
            own.names.insert(TABLE_ARGS.into(), value);
        }
        Ok(())
    }

    /// An object of a class.
    pub(in crate::replay::run) fn instantiate(
        &mut self,
        class: &Arc<Class>,
        arguments: &Arguments,
        range: TextRange,
    ) -> Evaluated {
        if class.is_enum {
            return Ok(Value::Data);
        }
        let place = self.allocate(Object::Scope(Scope::default()));
        let instance = Value::Instance(Arc::clone(class), place);
        let is_own =
            matches!(self.state.object(class.scope), Object::Scope(own) if own.names.contains_key(INIT));
        // A dataclass has one of its own, whatever it stands on.
        if is_own || class.fields.is_empty() {
            if let method @ (Value::Function(..) | Value::Decorated(..)) = self.class_attribute(class, INIT) {
                call_bound(self, &method, &instance, Call { name: INIT, arguments, range })?;
            }
            return Ok(instance);
        }
        for (at, field) in class.fields.iter().enumerate() {
            let value = match arguments.get(at, field) {
                Some(value) => value.clone(),
                None => self.class_attribute(class, field),
            };
            if let Object::Scope(own) = self.state.object_mut(place) {
                own.names.insert(field.clone(), value);
            }
        }
        if let Value::Function(function, scope) = self.class_attribute(class, "__post_init__") {
            let arguments = Arguments { positional: vec![instance.clone()], ..Arguments::default() };
            self.call_function(&function, scope, &arguments, range)?;
        }
        Ok(instance)
    }

    /// Calls an object of a class.
    pub(in crate::replay::run) fn call_instance(
        &mut self,
        class: &Arc<Class>,
        object: &Value,
        arguments: &Arguments,
        range: TextRange,
    ) -> Evaluated {
        let name = "__call__";
        let method = self.class_attribute(class, name);
        if function_of(&method).is_none() && class.is_open {
            return self.call_foreign(Some(&[&class.name, ".", name].concat()), arguments, range);
        }
        call_bound(self, &method, object, Call { name, arguments, range })
    }

    /// What an object of a dataclass or of a named tuple is made of.
    pub(in crate::replay::run) fn fields(&self, class: &Class, place: Place) -> Option<Vec<Value>> {
        let Object::Scope(scope) = self.state.object(place) else { return None };
        let is_made = !class.fields.is_empty();
        is_made.then(|| class.fields.iter().map(|name| scope.names.get(name).cloned()).collect())?
    }

    /// A method that is asked of a class itself: of a class method, the class is its first argument.
    pub(in crate::replay::run) fn of_class(&self, class: &Arc<Class>, name: &str) -> Value {
        match self.class_attribute(class, name) {
            function if is_decorated(&function, "classmethod") => {
                let own =
                    Arguments { positional: vec![Value::Class(Arc::clone(class))], ..Arguments::default() };
                Value::Partial(Arc::new((function, own)))
            }
            value => value,
        }
    }

    pub(in crate::replay::run) fn class_attribute(&self, class: &Class, name: &str) -> Value {
        match self.attribute_of_class(class, name) {
            // A column of a model knows its table.
            Value::Column(column) if column.table.is_none() => {
                let mut column = (*column).clone();
                give_name(&mut column, name);
                column.table = self.table_of(class).and_then(|table| table.name.clone());
                Value::Column(Arc::new(column))
            }
            value => value,
        }
    }

    fn attribute_of_class(&self, class: &Class, name: &str) -> Value {
        if name == "query"
            && class.metadata.is_some()
            && let Some(table) = self.table_of(class)
        {
            return Value::Query(query::of_table(&table));
        }
        if name == "__table__" {
            return self.table_of(class).map_or(Value::Data, Value::Table);
        }
        if name == "metadata"
            && let Some(place) = class.metadata
        {
            return Value::MetaData(place);
        }
        let Object::Scope(scope) = self.state.object(class.scope) else { return Value::Data };
        match scope.names.get(name) {
            Some(value) if class.is_enum => Value::Member(Arc::new((name.into(), value.clone()))),
            Some(value) => value.clone(),
            None => self.inherited(class, name),
        }
    }

    fn inherited(&self, class: &Class, name: &str) -> Value {
        let mut of_bases = class.bases.iter().map(|base| self.class_attribute(base, name));
        if let Some(value) = of_bases.find(|value| !matches!(value, Value::Foreign(None) | Value::Data)) {
            return value;
        }
        // What every class has.
        if name.starts_with("__") && name.ends_with("__") {
            return Value::Data;
        }
        // What models have by themselves reads and changes rows.
        let is_model = class.metadata.is_some() || self.table_of(class).is_some();
        if is_model || !class.is_open {
            Value::Data
        } else {
            Value::Foreign(Some(format!("{}.{name}", class.name).into()))
        }
    }

    /// All members of an enum.
    pub(in crate::replay::run) fn members(&self, class: &Class) -> Option<Vec<Value>> {
        let Object::Scope(scope) = self.state.object(class.scope) else { return None };
        let own = class.order.iter().filter(|name| !name.starts_with('_'));
        let members = own.map(|name| {
            let value = scope.names.get(name).cloned().unwrap_or(Value::Data);
            Value::Member(Arc::new((name.clone(), value)))
        });
        class.is_enum.then(|| members.collect())
    }

    /// A member of an enum, by its name.
    pub(in crate::replay::run) fn member(&self, class: &Class, name: &str) -> Option<Value> {
        let Object::Scope(scope) = self.state.object(class.scope) else { return None };
        Some(Value::Member(Arc::new((name.into(), scope.names.get(name)?.clone()))))
    }
}

/// A class whose objects are made of these.
pub(super) fn of_fields(machine: &mut Machine<'_>, name: &str, fields: Vec<Name>) -> Value {
    let scope = machine.allocate(Object::Scope(Scope::default()));
    Value::Class(Arc::new(Class { fields, ..Class::new(name, scope) }))
}

/// The name that a statement of a class's body declares, with a value or without.
fn field(statement: &Statement) -> Option<Name> {
    match &statement.kind {
        StatementKind::Declare(target) => match &target.kind {
            ExpressionKind::Name(name) => Some(name.clone()),
            _ => None,
        },
        _ => assigned(statement),
    }
}

/// The name that a statement of a class's body assigns to.
fn assigned(statement: &Statement) -> Option<Name> {
    let StatementKind::Assign { targets, .. } = &statement.kind else { return None };
    match &targets.first()?.kind {
        ExpressionKind::Name(name) => Some(name.clone()),
        _ => None,
    }
}

/// An attribute of an object; nothing where it is a method.
pub(in crate::replay::run) fn instance_attribute(
    machine: &Machine<'_>,
    class: &Class,
    place: Place,
    name: &str,
) -> Option<Value> {
    if let Object::Scope(scope) = machine.state.object(place)
        && let Some(value) = scope.names.get(name)
    {
        return Some(value.clone());
    }
    match machine.class_attribute(class, name) {
        Value::Function(..) | Value::Decorated(..) => None,
        value => Some(value),
    }
}

pub(in crate::replay::run) fn instance_method(
    machine: &mut Machine<'_>,
    class: &Class,
    object: &Value,
    call: Call<'_>,
) -> Evaluated {
    let method = machine.class_attribute(class, call.name);
    call_bound(machine, &method, object, call)
}

/// Calls a function of a class for an object of it, or for the class.
fn call_bound(machine: &mut Machine<'_>, method: &Value, object: &Value, call: Call<'_>) -> Evaluated {
    if function_of(method).is_none() {
        return Ok(Value::Data);
    }
    let mut arguments = call.arguments.clone();
    if is_decorated(method, "classmethod") {
        let own = match object {
            Value::Instance(class, _) => Value::Class(Arc::clone(class)),
            other => other.clone(),
        };
        arguments = arguments.after(own);
    } else if !is_decorated(method, "staticmethod") {
        arguments = arguments.after(object.clone());
    }
    machine.call_value(method, arguments, call.range)
}

/// An attribute that a method computes.
pub(in crate::replay::run) fn property(
    machine: &mut Machine<'_>,
    class: &Class,
    object: &Value,
    name: &str,
    range: TextRange,
) -> Option<Evaluated> {
    let method = machine.class_attribute(class, name);
    let arguments = &Arguments::default();
    if !is_property(&method) {
        return None;
    }
    let Value::Instance(_, place) = object else {
        return Some(call_bound(machine, &method, object, Call { name, arguments, range }));
    };
    let is_kept = is_decorated(&method, "cached_property");
    if let Object::Scope(own) = machine.state.object(*place)
        && let Some(value) = own.names.get(name)
        && is_kept
    {
        return Some(Ok(value.clone()));
    }
    let value = call_bound(machine, &method, object, Call { name, arguments, range });
    if let (Ok(value), Object::Scope(own)) = (&value, machine.state.object_mut(*place))
        && is_kept
    {
        own.names.insert(name.into(), value.clone());
    }
    Some(value)
}

fn is_property(method: &Value) -> bool {
    is_decorated(method, "property") || is_decorated(method, "cached_property")
}

/// The name under which a class keeps what sets or deletes a property: none that Python knows.
pub(in crate::replay::run) fn role(property: &str, role: &str) -> Name {
    format!("{property}.{role}").into()
}

/// `object.name = value`, where a method does that.
pub(in crate::replay::run) fn set_property(
    machine: &mut Machine<'_>,
    class: &Class,
    object: &Value,
    name: &str,
    value: &Value,
    range: TextRange,
) -> Option<Result<(), Raised>> {
    if !is_property(&machine.class_attribute(class, name)) {
        return None;
    }
    let setter = machine.class_attribute(class, &role(name, "setter"));
    let arguments = Arguments { positional: vec![value.clone()], ..Arguments::default() };
    let call = Call { name, arguments: &arguments, range };
    Some(call_bound(machine, &setter, object, call).map(|_| ()))
}

/// `super()` in a method, or `super(class, object)`; nothing where it is not known what that is.
pub(super) fn super_of(machine: &Machine<'_>, arguments: &Arguments) -> Option<Value> {
    match arguments.by_place()? {
        [Value::Class(class), own @ (Value::Instance(..) | Value::Class(_))] => {
            return Some(Value::Super(Arc::new((Arc::clone(class), own.clone()))));
        }
        [] => {}
        _ => return None,
    }
    let mut frame = machine.scope;
    let scope = loop {
        match machine.state.object(frame) {
            Object::Scope(Scope { is_comprehension: true, parent: Some(parent), .. }) => frame = *parent,
            Object::Scope(scope) => break scope,
            _ => return None,
        }
    };
    let own = scope.receiver.as_ref()?;
    let (Value::Instance(class, _) | Value::Class(class)) = own else { return None };
    // A function within a method stands in the method's class, too.
    let mut around = scope.parent;
    while let Some(place) = around {
        if let Some(owner) = owner(class, place) {
            return Some(Value::Super(Arc::new((owner, own.clone()))));
        }
        let Object::Scope(scope) = machine.state.object(place) else { return None };
        around = scope.parent;
    }
    None
}

/// The class with that scope, among a class and those that it stands on.
fn owner(class: &Arc<Class>, scope: Place) -> Option<Arc<Class>> {
    if class.scope == scope {
        return Some(Arc::clone(class));
    }
    class.bases.iter().find_map(|base| owner(base, scope))
}

/// An attribute that the classes have on which one stands; nothing where it is a method.
pub(in crate::replay::run) fn super_attribute(
    machine: &mut Machine<'_>,
    of: &(Arc<Class>, Value),
    name: &str,
    range: TextRange,
) -> Option<Evaluated> {
    let found = machine.inherited(&of.0, name);
    if is_property(&found) {
        let arguments = &Arguments::default();
        return Some(call_bound(machine, &found, &of.1, Call { name, arguments, range }));
    }
    function_of(&found).is_none().then_some(Ok(found))
}

pub(in crate::replay::run) fn super_method(
    machine: &mut Machine<'_>,
    of: &(Arc<Class>, Value),
    call: Call<'_>,
) -> Evaluated {
    let method = machine.inherited(&of.0, call.name);
    call_bound(machine, &method, &of.1, call)
}

/// Whether a function has one of Python's own decorators.
fn is_decorated(function: &Value, with: &str) -> bool {
    let Some(function) = function_of(function) else { return false };
    function.decorators.iter().any(|decorator| decorator.last_name() == Some(with))
}

/// The function that a method is, whatever a decorator has made of it.
fn function_of(method: &Value) -> Option<&Arc<Function>> {
    match method {
        Value::Function(function, _) | Value::Decorated(function, _) => Some(function),
        _ => None,
    }
}

/// An attribute of a member of an enum: its name and its value.
pub(in crate::replay::run) fn member_attribute(member: &(Name, Value), name: &str) -> Value {
    match name {
        "value" => member.1.clone(),
        "name" => Value::text(&member.0),
        _ => Value::Data,
    }
}
