//! Python's own functions.

use super::classes;
use super::operators::any;
use super::pairs::Pairs;
use crate::replay::run::budget::size;
use crate::replay::run::raised::{ErrorClass, Raised};
use crate::replay::run::sqlalchemy::release::Release;
use crate::replay::run::sqlalchemy::{constraint, dialect, reflected};
use crate::replay::run::value::{Str, Value};
use crate::replay::run::{Arguments, Evaluated, LONGEST_LOOP, Machine};
use crate::text::TextRange;

/// Calls one of Python's own functions.
pub(in crate::replay::run) fn call(
    machine: &mut Machine<'_>,
    name: &str,
    arguments: &Arguments,
) -> Evaluated {
    let first = arguments.first();
    if arguments.gap == Some(0) && name != "super" {
        return Ok(arguments.unknown());
    }
    Ok(match name {
        "str" => Value::Text(Str::new(match first {
            Some(value) => value.shown_or_hole(),
            None => String::new(),
        })),
        "globals" | "locals" | "vars" if first.is_none() => Value::Globals,
        "len" => first.and_then(|first| length(machine, first)).map_or(Value::Data, int),
        "range" => machine.list(range(arguments)),
        "list" | "iter" => {
            let items = first.and_then(|first| machine.items(first));
            listed(machine, first, items)
        }
        "set" | "frozenset" => {
            let items = first.and_then(|first| machine.items(first)).and_then(|items| machine.unique(items));
            listed(machine, first, items)
        }
        "sorted" => return sorted(machine, arguments),
        "reversed" => {
            let items = first.and_then(|first| machine.items(first));
            machine.list(items.map(|items| items.into_iter().rev().collect()))
        }
        "tuple" => first.and_then(|first| machine.items(first)).map_or(Value::Data, Value::tuple),
        "enumerate" => {
            let items = first.and_then(|first| machine.items(first));
            let start = match arguments.get(1, "start") {
                None => Some(0),
                Some(Value::Int(start)) => usize::try_from(*start).ok(),
                Some(_) => None,
            };
            let number = |at: usize| start.map_or(Value::Data, |start| int(start + at));
            let numbered = |(at, item)| Value::tuple(vec![number(at), item]);
            machine.list(items.map(|items| items.into_iter().enumerate().map(numbered).collect()))
        }
        "zip" => {
            let rows = zip(machine, arguments);
            machine.list(rows)
        }
        "dict" => dict(machine, arguments),
        "any" => quantified(machine, first, true),
        "all" => quantified(machine, first, false),
        // Of what is not known, the methods may do anything.
        "super" => classes::super_of(machine, arguments).unwrap_or(Value::Foreign(None)),
        "getattr" => return getattr(machine, arguments),
        "hasattr" => hasattr(machine, arguments)?,
        "isinstance" => is_instance(machine, first, arguments.at(1)).map_or(Value::Data, Value::Bool),
        "int" => match first {
            Some(value @ (Value::Int(_) | Value::Release(Release::First | Release::Whole))) => value.clone(),
            _ => Value::Data,
        },
        "open" => match first {
            Some(Value::File(path) | Value::Text(path)) => Value::File(path.clone()),
            _ => Value::Data,
        },
        "bool" => first.and_then(|first| machine.truth(first)).map_or(Value::Data, Value::Bool),
        "next" => return next(machine, first, arguments.at(1)),
        "map" | "filter" => {
            let over = arguments.at(1);
            machine.at_leisure(|machine| apply_to_each(machine, first, over).map(|()| true))?;
            machine.list(None)
        }
        _ => Value::Data,
    })
}

/// `next(of, default)`: what is gone through gives its first element away.
fn next(machine: &mut Machine<'_>, of: Option<&Value>, default: Option<&Value>) -> Evaluated {
    let Some(items) = of.and_then(|of| machine.items(of)) else { return Ok(Value::Data) };
    match (items.into_iter().next(), default) {
        (Some(item), _) => {
            if let Some(of) = of {
                machine.delete_item(of, &Value::Int(0));
            }
            Ok(item)
        }
        (None, Some(default)) => Ok(default.clone()),
        (None, None) if machine.tries > 0 => Err(Raised {
            class: ErrorClass::named("StopIteration"),
            is_certain: machine.doubt == 0,
            range: TextRange::empty(0),
            message: "raises StopIteration".to_owned(),
            words: None,
        }),
        (None, None) => Ok(Value::Data),
    }
}

/// A count as a value.
fn int(count: usize) -> Value {
    i64::try_from(count).map_or(Value::Data, Value::Int)
}

fn length(machine: &Machine<'_>, of: &Value) -> Option<usize> {
    match of {
        Value::Text(text) if text.is_known() => Some(text.text.chars().count()),
        Value::Dict(_) => machine.pairs(of).map(Pairs::len),
        of => match machine.elements_of(of) {
            Some(items) => Some(items.len()),
            None => machine.items(of).map(|items| items.len()),
        },
    }
}

fn range(arguments: &Arguments) -> Option<Vec<Value>> {
    let number = |value: &Value| if let Value::Int(value) = value { Some(*value) } else { None };
    let numbers: Vec<i64> = arguments.by_place()?.iter().map(number).collect::<Option<_>>()?;
    let (range, step) = match numbers[..] {
        [end] => (0..end, 1),
        [start, end] => (start..end, 1),
        [start, end, step] => (start..end, usize::try_from(step).ok().filter(|step| *step > 0)?),
        _ => return None,
    };
    let length = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(0);
    (length <= LONGEST_LOOP).then(|| range.step_by(step).map(Value::Int).collect())
}

/// A list or a set of what is iterated over. What an inspector lists stays that where it is not known.
fn listed(machine: &mut Machine<'_>, of: Option<&Value>, items: Option<Vec<Value>>) -> Value {
    match (of, items) {
        (None, _) => machine.list(Some(Vec::new())),
        (Some(of @ Value::Listing(_)), None) => of.clone(),
        (_, items) => machine.list(items),
    }
}

/// `sorted(items, key=…, reverse=…)`.
fn sorted(machine: &mut Machine<'_>, arguments: &Arguments) -> Evaluated {
    let Some(first) = arguments.first() else { return Ok(Value::Data) };
    let Some(items) = machine.items(first).filter(|_| !arguments.is_open()) else {
        return Ok(if matches!(first, Value::Listing(_)) { first.clone() } else { machine.list(None) });
    };
    let mut pairs = Vec::with_capacity(items.len());
    for item in items {
        let key = match arguments.keyword("key") {
            None | Some(Value::None) => item.clone(),
            Some(key) => {
                let key = key.clone();
                machine.call(&key, vec![item.clone()], Vec::new(), TextRange::empty(0))?
            }
        };
        pairs.push((key, item));
    }
    let reverse = match arguments.keyword("reverse") {
        None | Some(Value::Bool(false)) => Some(false),
        Some(Value::Bool(true)) => Some(true),
        Some(_) => None,
    };
    let keys = size(&pairs.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>());
    let rows = pairs
        .into_iter()
        .filter(|_| machine.spend(keys))
        .map(|(key, item)| Some((SortKey::of(&key)?, key, item)))
        .collect::<Option<Vec<_>>>();
    let items = rows.zip(reverse).and_then(|(mut rows, reverse)| {
        rows.sort_by(|(one, ..), (other, ..)| if reverse { other.cmp(one) } else { one.cmp(other) });
        // What is not known would have to decide between two that stand side by side now.
        let is_known = rows.windows(2).all(|pair| pair[0].1.order(&pair[1].1).is_some());
        is_known.then(|| rows.into_iter().map(|(.., item)| item).collect())
    });
    Ok(machine.list(items))
}

/// What values are sorted by, as far as it is known.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Bool(bool),
    Int(i64),
    Text(Box<str>),
    Tuple(Vec<Self>),
}

impl SortKey {
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Text(_) => Self::Text(value.known_text()?.into()),
            Value::Tuple(items) => Self::Tuple(items.iter().map_while(Self::of).collect()),
            _ => return None,
        })
    }
}

fn zip(machine: &Machine<'_>, arguments: &Arguments) -> Option<Vec<Value>> {
    let columns = machine.all_items(arguments)?;
    let length = columns.iter().map(Vec::len).min().unwrap_or(0);
    let row = |at: usize| Value::tuple(columns.iter().map(|column| column[at].clone()).collect());
    Some((0..length).map(row).collect())
}

fn dict(machine: &mut Machine<'_>, arguments: &Arguments) -> Value {
    let mut pairs = match arguments.first() {
        None => Some(Pairs::default()),
        Some(value) => machine.pairs(value).cloned(),
    };
    for (name, value) in &arguments.named {
        pairs.iter_mut().for_each(|pairs| pairs.set(Value::text(name), value.clone()));
    }
    machine.dict(pairs.filter(|_| !arguments.is_open()))
}

/// `any` where `wanted` is true, and `all` where it is false.
fn quantified(machine: &Machine<'_>, over: Option<&Value>, wanted: bool) -> Value {
    let Some(items) = over.and_then(|over| machine.items(over)) else { return Value::Data };
    let truths: Vec<_> = items.iter().map(|item| machine.truth(item)).collect();
    if truths.contains(&Some(wanted)) {
        Value::Bool(wanted)
    } else if truths.contains(&None) {
        Value::Data
    } else {
        Value::Bool(!wanted)
    }
}

fn getattr(machine: &mut Machine<'_>, arguments: &Arguments) -> Evaluated {
    match (arguments.first(), arguments.at(1).and_then(Value::known_text)) {
        (Some(object), Some(name)) => machine.attribute(object, name, TextRange::empty(0)),
        (Some(Value::Path(_) | Value::Foreign(_)), None) => Ok(Value::Foreign(None)),
        _ => Ok(Value::Data),
    }
}

/// True of what a connection or a dialect is known to have.
fn hasattr(machine: &mut Machine<'_>, arguments: &Arguments) -> Evaluated {
    let is_known = matches!(arguments.first(), Some(Value::Bind | Value::Session | Value::Dialect));
    Ok(match getattr(machine, arguments)? {
        Value::Method(_) | Value::Data => Value::Data,
        _ if is_known => Value::Bool(true),
        _ => Value::Data,
    })
}

fn is_instance(machine: &Machine<'_>, value: Option<&Value>, class: Option<&Value>) -> Option<bool> {
    if let Some(Value::Tuple(classes)) = class {
        return any(classes.iter().map(|class| is_instance(machine, value, Some(class))));
    }
    let Some(Value::Path(class)) = class else { return None };
    match value? {
        Value::Type(kind) => reflected::is_of_class(&kind.def, class, machine.rules().dialect),
        Value::Dialect => dialect::is_of_class(machine, class),
        Value::Constraint(own) => constraint::is_of_class(own, class.rsplit('.').next().unwrap_or(class)),
        Value::Text(_) => Some(&**class == "builtins.str"),
        // It may be a set.
        Value::List(_) => {
            matches!(&**class, "builtins.str" | "builtins.tuple" | "builtins.dict" | "builtins.int")
                .then_some(false)
        }
        Value::Tuple(_) => class.strip_prefix("builtins.").map(|class| class == "tuple"),
        Value::Dict(_) => class.strip_prefix("builtins.").map(|class| class == "dict"),
        Value::Int(_) => class.strip_prefix("builtins.").map(|class| class == "int"),
        Value::Bool(_) => class.strip_prefix("builtins.").map(|class| matches!(class, "bool" | "int")),
        Value::None => Some(false),
        _ => None,
    }
}

/// `map` and `filter` call what they are given.
fn apply_to_each(
    machine: &mut Machine<'_>,
    function: Option<&Value>,
    over: Option<&Value>,
) -> Result<(), Raised> {
    let Some(function) = function else { return Ok(()) };
    let items = over.and_then(|over| machine.items(over)).unwrap_or_else(|| vec![Value::Data]);
    for item in items {
        machine.call(function, vec![item], Vec::new(), TextRange::empty(0))?;
    }
    Ok(())
}
