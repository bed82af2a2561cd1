//! Python's own functions, and the methods of texts, lists and dicts.

use std::sync::Arc;

use super::arguments::Arguments;
use super::{Evaluated, Machine};
use crate::replay::value::{HOLE, Listing, Object, Str, Value};

/// Functions that do nothing to a schema.
const FUNCTIONS: [&str; 44] = [
    "print",
    "str",
    "len",
    "range",
    "dict",
    "list",
    "set",
    "tuple",
    "isinstance",
    "issubclass",
    "enumerate",
    "zip",
    "sorted",
    "reversed",
    "any",
    "all",
    "int",
    "float",
    "bool",
    "bytes",
    "repr",
    "min",
    "max",
    "sum",
    "abs",
    "getattr",
    "hasattr",
    "setattr",
    "globals",
    "locals",
    "frozenset",
    "map",
    "filter",
    "iter",
    "next",
    "type",
    "super",
    "object",
    "open",
    "round",
    "id",
    "callable",
    "format",
    "property",
];

const MORE: [&str; 13] = [
    "hash",
    "vars",
    "dir",
    "input",
    "ord",
    "chr",
    "hex",
    "divmod",
    "bytearray",
    "slice",
    "pow",
    "staticmethod",
    "classmethod",
];

/// A count as a value.
fn int(count: usize) -> Value {
    i64::try_from(count).map_or(Value::Data, Value::Int)
}

/// What a name means where nothing binds it.
pub(super) fn builtin(name: &str) -> Option<Value> {
    if FUNCTIONS.contains(&name) || MORE.contains(&name) {
        return Some(Value::path(format!("builtins.{name}")));
    }
    let is_error = name.ends_with("Error")
        || name.ends_with("Warning")
        || matches!(
            name,
            "Exception"
                | "BaseException"
                | "StopIteration"
                | "KeyboardInterrupt"
                | "SystemExit"
                | "GeneratorExit"
                | "StopAsyncIteration"
                | "ExceptionGroup"
                | "BaseExceptionGroup"
        );
    let is_known_error = is_error && crate::replay::errors::is_builtin(name);
    if is_known_error {
        return Some(Value::ErrorClass(name.into()));
    }
    matches!(
        name,
        "__name__"
            | "__file__"
            | "__doc__"
            | "__builtins__"
            | "__spec__"
            | "__loader__"
            | "__package__"
            | "__import__"
            | "exec"
            | "eval"
            | "compile"
            | "Ellipsis"
            | "NotImplemented"
            | "complex"
            | "memoryview"
            | "ascii"
            | "bin"
            | "oct"
            | "delattr"
            | "exit"
            | "quit"
            | "help"
            | "copyright"
            | "credits"
            | "license"
            | "breakpoint"
            | "aiter"
            | "anext"
            | "__debug__"
    )
    .then(|| {
        if matches!(name, "exec" | "eval" | "__import__" | "compile") {
            Value::Foreign(None)
        } else {
            Value::Data
        }
    })
}

impl Machine<'_> {
    /// Calls one of Python's own functions.
    pub(super) fn call_builtin(&mut self, name: &str, arguments: &Arguments) -> Evaluated {
        let first = arguments.positional.first();
        let items = first.and_then(|first| self.items(first));
        let list = |machine: &mut Self, items: Option<Vec<Value>>| {
            Value::List(machine.allocate(items.map_or(Object::Lost, Object::List)))
        };
        Ok(match name {
            "str" => match first {
                Some(value) => Value::Text(Str::new(self.shown(value).unwrap_or_else(|| HOLE.to_string()))),
                None => Value::text(""),
            },
            "globals" | "locals" | "vars" if first.is_none() => Value::Globals,
            "len" => match (first, &items) {
                (Some(Value::Text(text)), _) if text.is_known() => int(text.text.chars().count()),
                (_, Some(items)) => int(items.len()),
                _ => Value::Data,
            },
            "range" => {
                let numbers: Option<Vec<i64>> = arguments
                    .positional
                    .iter()
                    .map(|value| if let Value::Int(value) = value { Some(*value) } else { None })
                    .collect();
                let range = match numbers.as_deref() {
                    Some(&[end]) => Some(0..end),
                    Some(&[start, end]) => Some(start..end),
                    _ => None,
                };
                let range = range.filter(|range| range.end.saturating_sub(range.start) <= 20_000);
                list(self, range.map(|range| range.map(Value::Int).collect()))
            }
            "list" | "set" | "frozenset" | "sorted" | "iter" => match first {
                None => list(self, Some(Vec::new())),
                Some(listing @ Value::Listing(_)) if items.is_none() => listing.clone(),
                Some(_) => {
                    let mut items = items;
                    if name == "sorted" {
                        items = items.and_then(|items| sorted(&items, arguments));
                    }
                    if matches!(name, "set" | "frozenset") {
                        items = items.map(unique);
                    }
                    list(self, items)
                }
            },
            "reversed" => list(self, items.map(|items| items.into_iter().rev().collect())),
            "tuple" => items.map_or(Value::Data, Value::tuple),
            "enumerate" => {
                let items = items.map(|items| {
                    let number = |(at, item)| Value::tuple(vec![int(at), item]);
                    items.into_iter().enumerate().map(number).collect()
                });
                list(self, items)
            }
            "zip" => {
                let columns: Option<Vec<_>> =
                    arguments.positional.iter().map(|value| self.items(value)).collect();
                let rows = columns.map(|columns| {
                    let n = columns.iter().map(Vec::len).min().unwrap_or(0);
                    (0..n)
                        .map(|at| Value::tuple(columns.iter().map(|column| column[at].clone()).collect()))
                        .collect()
                });
                list(self, rows)
            }
            "dict" => {
                let mut pairs = match first {
                    None => Some(Vec::new()),
                    Some(value) => self.pairs(value),
                };
                for (name, value) in &arguments.named {
                    pairs.iter_mut().for_each(|pairs| pairs.push((Value::text(name), value.clone())));
                }
                let pairs = pairs.filter(|_| !arguments.is_open);
                Value::Dict(self.allocate(pairs.map_or(Object::Lost, Object::Dict)))
            }
            "any" | "all" => {
                let wanted = name == "any";
                let truths: Option<Vec<_>> =
                    items.map(|items| items.iter().map(|item| self.truth(item)).collect());
                match truths {
                    Some(truths) if truths.contains(&Some(wanted)) => Value::Bool(wanted),
                    Some(truths) if truths.iter().all(|truth| *truth == Some(!wanted)) => {
                        Value::Bool(!wanted)
                    }
                    _ => Value::Data,
                }
            }
            "getattr" => match (first, arguments.positional.get(1).and_then(Value::known_text)) {
                (Some(object), Some(name)) => {
                    let (object, name) = (object.clone(), name.to_owned());
                    return self.attribute(&object, &name, crate::text::TextRange::empty(0));
                }
                (Some(Value::Path(_) | Value::Foreign(_)), _) => Value::Foreign(None),
                _ => Value::Data,
            },
            "hasattr" => match (first, arguments.positional.get(1).and_then(Value::known_text)) {
                (Some(Value::Batch(_)), Some(_)) => Value::Data,
                _ => Value::Data,
            },
            // A type that is known is no `NullType`, and is of its own class.
            "isinstance" => match (first, arguments.positional.get(1)) {
                (Some(Value::Type(kind)), Some(Value::Path(path))) => {
                    let wanted = path.rsplit('.').next().unwrap_or(path);
                    let own = kind.def.written.split('(').next().unwrap_or_default();
                    match () {
                        () if own == wanted => Value::Bool(true),
                        () if wanted == "NullType" => Value::Bool(false),
                        () => Value::Data,
                    }
                }
                (Some(Value::Text(_)), Some(Value::Path(path))) => Value::Bool(&**path == "builtins.str"),
                (Some(Value::List(_)), Some(Value::Path(path))) if &**path == "builtins.str" => {
                    Value::Bool(false)
                }
                (Some(Value::None), Some(Value::Path(_))) => Value::Bool(false),
                _ => Value::Data,
            },
            "int" => match first {
                Some(Value::Int(value)) => Value::Int(*value),
                _ => Value::Data,
            },
            "open" => match first {
                Some(Value::File(path) | Value::Text(path)) => Value::File(path.clone()),
                _ => Value::Data,
            },
            "bool" => first.and_then(|first| self.truth(first)).map_or(Value::Data, Value::Bool),
            "next" => items.and_then(|items| items.first().cloned()).unwrap_or(Value::Data),
            // What it is given is called.
            "map" | "filter" => {
                if let (Some(function @ (Value::Function(..) | Value::Foreign(_))), Some(over)) =
                    (first, arguments.positional.get(1))
                {
                    let function = function.clone();
                    let over = self.items(over).unwrap_or_else(|| vec![Value::Data]);
                    for item in over {
                        self.call(&function, vec![item], Vec::new(), crate::text::TextRange::empty(0))?;
                    }
                }
                list(self, None)
            }
            _ => Value::Data,
        })
    }

    /// A method of a text, a list or a dict.
    pub(super) fn call_data_method(
        &mut self,
        object: &Value,
        name: &str,
        arguments: &Arguments,
    ) -> Evaluated {
        let first = arguments.positional.first();
        Ok(match object {
            Value::Text(text) => self.text_method(text, name, arguments),
            Value::List(place) => {
                let place = *place;
                let more = first.and_then(|first| self.items(first));
                match (self.state.object_mut(place), name) {
                    (Object::List(items), "append") => {
                        items.extend(first.cloned());
                        Value::None
                    }
                    (Object::List(items), "add") => {
                        if let Some(first) = first.filter(|first| !items.contains(first)) {
                            items.push(first.clone());
                        }
                        Value::None
                    }
                    (object @ Object::List(_), "extend" | "update") => {
                        match (object, more) {
                            (Object::List(items), Some(more)) => items.extend(more),
                            (object, _) => *object = Object::Lost,
                        }
                        Value::None
                    }
                    (Object::List(items), "copy") => {
                        let items = items.clone();
                        Value::List(self.allocate(Object::List(items)))
                    }
                    (Object::List(items), "difference") => {
                        let left = more
                            .map(|more| items.iter().filter(|item| !more.contains(item)).cloned().collect());
                        Value::List(self.allocate(left.map_or(Object::Lost, Object::List)))
                    }
                    (Object::List(items), "union") => {
                        let mut items = items.clone();
                        let known = more.map(|more| items.extend(more)).is_some();
                        Value::List(self.allocate(if known { Object::List(items) } else { Object::Lost }))
                    }
                    (Object::List(_), "index" | "count" | "issubset" | "issuperset") => Value::Data,
                    (Object::List(items), "pop") if first.is_none() => items.pop().unwrap_or(Value::Data),
                    (object, _) => {
                        *object = Object::Lost;
                        Value::Data
                    }
                }
            }
            Value::Dict(place) => {
                let pairs = self.pairs(object);
                let each = |wanted: fn((Value, Value)) -> Value| {
                    pairs.clone().map(|pairs| pairs.into_iter().map(wanted).collect::<Vec<_>>())
                };
                let items = match name {
                    "items" => each(|(key, value)| Value::tuple(vec![key, value])),
                    "keys" => each(|(key, _)| key),
                    "values" => each(|(_, value)| value),
                    "get" => {
                        let Some(key) = first else { return Ok(Value::Data) };
                        let Some(pairs) = pairs else { return Ok(Value::Data) };
                        let found = pairs.iter().find(|(known, _)| self.equal(known, key) == Some(true));
                        return Ok(match found {
                            Some((_, value)) => value.clone(),
                            None if key.is_unknown() => Value::Data,
                            None => arguments.positional.get(1).cloned().unwrap_or(Value::None),
                        });
                    }
                    "copy" => {
                        return Ok(Value::Dict(self.allocate(pairs.map_or(Object::Lost, Object::Dict))));
                    }
                    _ => {
                        *self.state.object_mut(*place) = Object::Lost;
                        return Ok(Value::Data);
                    }
                };
                Value::List(self.allocate(items.map_or(Object::Lost, Object::List)))
            }
            Value::Listing(listing) => match name {
                "union" | "copy" => Value::Listing(Arc::clone(listing)),
                _ => Value::Data,
            },
            _ => Value::Data,
        })
    }

    fn text_method(&mut self, text: &Str, name: &str, arguments: &Arguments) -> Value {
        let first = arguments.positional.first();
        let given = first.and_then(Value::known_text);
        let known = text.is_known();
        let made = |text: String| Value::Text(Str::new(text));
        match name {
            "format" => made(self.formatted(&text.text, arguments)),
            "lower" => made(text.text.to_lowercase()),
            "upper" => made(text.text.to_uppercase()),
            "strip" | "rstrip" | "lstrip" | "title" | "capitalize" if !known => Value::Data,
            "strip" => match first {
                None => made(text.text.trim().to_owned()),
                Some(_) => given
                    .map_or(Value::Data, |set| made(text.text.trim_matches(|c| set.contains(c)).to_owned())),
            },
            "rstrip" => match first {
                None => made(text.text.trim_end().to_owned()),
                Some(_) => given.map_or(Value::Data, |set| {
                    made(text.text.trim_end_matches(|c| set.contains(c)).to_owned())
                }),
            },
            "lstrip" if first.is_none() => made(text.text.trim_start().to_owned()),
            "replace" => match (given, arguments.positional.get(1)) {
                (Some(from), Some(to)) => {
                    let to = self.shown(to).unwrap_or_else(|| HOLE.to_string());
                    made(text.text.replace(from, &to))
                }
                _ => made(HOLE.to_string()),
            },
            "join" => match first.and_then(|first| self.items(first)) {
                Some(items) => {
                    let shown = |item: &Value| self.shown(item).unwrap_or_else(|| HOLE.to_string());
                    made(items.iter().map(shown).collect::<Vec<_>>().join(&text.text))
                }
                None => made(HOLE.to_string()),
            },
            "split" if known => {
                let parts: Option<Vec<Value>> = match (first, given) {
                    (None | Some(Value::None), _) => {
                        Some(text.text.split_whitespace().map(Value::text).collect())
                    }
                    (_, Some(by)) if !by.is_empty() && arguments.positional.len() == 1 => {
                        Some(text.text.split(by).map(Value::text).collect())
                    }
                    _ => None,
                };
                Value::List(self.allocate(parts.map_or(Object::Lost, Object::List)))
            }
            "splitlines" if known => {
                let lines = text.text.lines().map(Value::text).collect();
                Value::List(self.allocate(Object::List(lines)))
            }
            "startswith" if known => {
                given.map_or(Value::Data, |part| Value::Bool(text.text.starts_with(part)))
            }
            "endswith" if known => given.map_or(Value::Data, |part| Value::Bool(text.text.ends_with(part))),
            "startswith" => match given {
                // The text before the first hole decides it.
                Some(part) if text.text.starts_with(part) => Value::Bool(true),
                _ => Value::Data,
            },
            _ => Value::Data,
        }
    }

    /// `format.format(…)`.
    fn formatted(&self, format: &str, arguments: &Arguments) -> String {
        let mut out = String::new();
        let mut chars = format.chars().peekable();
        let mut next = 0;
        while let Some(c) = chars.next() {
            match c {
                '{' if chars.peek() == Some(&'{') => {
                    chars.next();
                    out.push('{');
                }
                '}' if chars.peek() == Some(&'}') => {
                    chars.next();
                    out.push('}');
                }
                '{' => {
                    let field: String = chars.by_ref().take_while(|&c| c != '}').collect();
                    let value = if field.is_empty() {
                        next += 1;
                        arguments.positional.get(next - 1)
                    } else if let Ok(at) = field.parse::<usize>() {
                        arguments.positional.get(at)
                    } else {
                        arguments.keyword(&field)
                    };
                    let shown = value.and_then(|value| self.shown(value));
                    out.push_str(&shown.unwrap_or_else(|| HOLE.to_string()));
                }
                c => out.push(c),
            }
        }
        out
    }

    /// An inspector's list, as a value.
    pub(super) fn listing(of: Listing) -> Value {
        Value::Listing(Arc::new(of))
    }
}

fn sorted(items: &[Value], arguments: &Arguments) -> Option<Vec<Value>> {
    if !arguments.named.is_empty() {
        return None;
    }
    let mut texts: Vec<_> =
        items.iter().map(|item| item.known_text().map(ToOwned::to_owned)).collect::<Option<_>>()?;
    texts.sort();
    Some(texts.iter().map(|text| Value::text(text)).collect())
}

fn unique(items: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}
