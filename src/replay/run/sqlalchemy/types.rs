//! Types of columns, and those that a database has as objects of their own.

use super::refused::{self, refused_by, unsuited};
use crate::replay::run::value::{HOLE, TypeValue, Value};
use crate::replay::run::{Arguments, Call, Evaluated, Machine};
use crate::schema::{EnumDef, Name, Operation, Touches, TypeDef};

/// A type with its arguments, by the name and the dotted path of its class.
pub(super) fn made(name: &str, path: &str, arguments: &Arguments) -> TypeValue {
    let written = written(name, arguments);
    let has_length = matches!(arguments.get(0, "length"), Some(Value::Int(length)) if *length > 0);
    let def = TypeDef {
        written: written.into(),
        refused_by: refused_by(path, name),
        unsuited: unsuited(path, name, has_length),
        ..TypeDef::default()
    };
    let mut kind = TypeValue { def, ..TypeValue::default() };
    let flag = |name: &str| match arguments.keyword(name) {
        Some(Value::Bool(value)) => Some(*value),
        _ => None,
    };
    let check = (flag("create_constraint") == Some(true))
        .then(|| arguments.keyword("name").and_then(Value::known_text).map_or(Name::Unnamed, Name::given));
    match name {
        "Enum" | "ENUM" => {
            kind.is_native = name == "ENUM" && path.contains("postgresql");
            let is_plain = flag("native_enum") == Some(false) || (name == "ENUM" && path.contains("mysql"));
            if !is_plain {
                let named = enum_def(arguments, flag("create_type") != Some(false));
                let has_name = named.name.is_some() || arguments.keyword("name").is_some();
                if !has_name && named.values.is_some() {
                    kind.def.refused_by = refused::NO_NAME;
                }
                kind.def.named = Some(named);
            }
            kind.def.check = check;
        }
        "Boolean" | "BOOLEAN" => kind.def.check = check,
        // Source: `MySQLTypeCompiler.visit_VARCHAR` and `visit_NVARCHAR`.
        "String" | "Unicode" | "VARCHAR" | "NVARCHAR" if path.starts_with("sqlalchemy.") => {
            if matches!(arguments.get(0, "length"), None | Some(Value::None)) {
                kind.def.refused_by = refused::NO_LENGTH;
            }
        }
        // It is written as it is given, and PostgreSQL takes one number.
        "Float" | "FLOAT" => {
            let precision = arguments.get(0, "precision").and_then(Value::known_text);
            if precision.is_some_and(|text| text.parse::<u32>().is_err()) {
                kind.def.refused_by = refused::POSTGRESQL;
            }
        }
        // What a type is made of may have a type of its own: `ARRAY(Enum(…))`.
        "ARRAY" => {
            if let Some(inner) = arguments.first() {
                let inner = type_def(inner);
                if inner.refused_by == refused::NO_NAME {
                    kind.def.refused_by = refused::ARRAY_OF_NO_NAME;
                }
                kind.def.named = inner.named;
            }
        }
        _ => {}
    }
    kind
}

/// The type as it is written, without its module.
fn written(name: &str, arguments: &Arguments) -> String {
    let shown = |value: &Value| match value {
        Value::Text(text) => format!("'{}'", text.text.replace(HOLE, "…")),
        Value::Type(kind) => kind.def.written.to_string(),
        other => other.shown().unwrap_or_else(|| "…".to_owned()),
    };
    let by_place = arguments.positional.iter().map(|value| match value {
        Value::Path(path) => path.rsplit('.').next().unwrap_or_default().to_owned(),
        value => shown(value),
    });
    let by_name = arguments.named.iter().map(|(key, value)| format!("{key}={}", shown(value)));
    let all: Vec<_> = by_place.chain(by_name).collect();
    if all.is_empty() { name.to_owned() } else { format!("{name}({})", all.join(", ")) }
}

fn enum_def(arguments: &Arguments, with_table: bool) -> EnumDef {
    let mut values = Some(Vec::new());
    let mut own_name = None;
    for value in &arguments.positional {
        match value {
            Value::Class(class) if class.is_enum => {
                own_name = Some(class.name.to_lowercase().into());
                let names = class.order.iter().filter(|name| !name.starts_with('_'));
                values = arguments
                    .keyword("values_callable")
                    .is_none()
                    .then(|| names.map(|name| (**name).into()).collect());
            }
            Value::Foreign(Some(path)) => {
                own_name = path.rsplit('.').next().map(|name| name.to_lowercase().into());
                values = None;
            }
            value => match value.known_text() {
                Some(text) => values.iter_mut().for_each(|values| values.push(text.into())),
                None => values = None,
            },
        }
    }
    let name = match arguments.keyword("name") {
        Some(name) => name.known_text().map(Into::into),
        None => own_name,
    };
    EnumDef {
        name,
        schema: arguments.keyword("schema").and_then(Value::known_text).map(Into::into),
        // It may go into the schema of its table, beside another of its name.
        values: values.filter(|_| !arguments.is_open() && arguments.keyword("inherit_schema").is_none()),
        with_table,
        is_any: false,
        is_composite: false,
    }
}

pub(in crate::replay::run) fn attribute(
    machine: &mut Machine<'_>,
    kind: &TypeValue,
    name: &str,
) -> Option<Value> {
    let named = kind.def.named.as_ref();
    match name {
        "name" => Some(named.and_then(|named| named.name.as_deref()).map_or(Value::Data, Value::text)),
        "enums" => {
            let values = named.and_then(|named| named.values.as_ref());
            let items = values.map(|values| values.iter().map(|value| Value::text(value)).collect());
            Some(machine.list(items))
        }
        _ if METHODS.contains(&name) => None,
        _ => Some(Value::Data),
    }
}

/// What is called of a type; all else are plain attributes.
const METHODS: [&str; 8] =
    ["adapt", "as_generic", "compile", "copy", "create", "drop", "evaluates_none", "with_variant"];

pub(in crate::replay::run) fn method(
    machine: &mut Machine<'_>,
    object: &Value,
    kind: &TypeValue,
    call: Call<'_>,
) -> Evaluated {
    // Only PostgreSQL's own type looks first unless it is told not to.
    let checks_first = call.arguments.checks_first(kind.is_native);
    let operation = match (call.name, &kind.def.named) {
        ("create" | "drop", None) => return Ok(Value::None),
        ("create", Some(named)) if named.name.is_none() => Operation::Unknown {
            what: "creates a type whose name is computed".into(),
            touches: Touches::Enums,
        },
        ("create", Some(named)) => Operation::CreateEnum { kind: named.clone(), if_not_exists: checks_first },
        ("drop", Some(named)) => Operation::DropEnum {
            name: named.name.clone(),
            schema: named.schema.clone(),
            if_exists: checks_first,
            cascade: false,
        },
        ("with_variant", _) => return Ok(variant(machine, object, call.arguments)),
        ("copy" | "evaluates_none" | "adapt", _) => return Ok(object.clone()),
        _ => return Ok(Value::Data),
    };
    machine.perform(operation, call.range)?;
    Ok(Value::None)
}

/// The type that `with_variant` gives on the dialect at hand.
fn variant(machine: &Machine<'_>, kind: &Value, arguments: &Arguments) -> Value {
    let own = Some(machine.rules().dialect.name());
    let Some(given) = arguments.by_place() else { return Value::Data };
    if given.iter().skip(1).any(|name| name.known_text().is_none()) {
        return Value::Data;
    }
    match given.split_first() {
        Some((variant, dialects)) if dialects.iter().any(|name| name.known_text() == own) => variant.clone(),
        _ => kind.clone(),
    }
}

/// A value where a type stands.
pub(in crate::replay::run) fn type_def(value: &Value) -> TypeDef {
    match value {
        Value::Type(kind) => kind.def.clone(),
        // The class stands for a type without arguments.
        Value::Path(path) => {
            let last = path.rsplit('.').next().unwrap_or(path);
            made(last, path, &Arguments::default()).def
        }
        Value::Foreign(Some(path)) => {
            let written = path.rsplit('.').next().unwrap_or(path).into();
            TypeDef { written, is_custom: true, unsuited: refused::of_library(path), ..TypeDef::default() }
        }
        Value::Class(class) | Value::Instance(class, _) => {
            TypeDef { written: (*class.name).into(), is_custom: true, ..TypeDef::default() }
        }
        _ => TypeDef::default(),
    }
}
