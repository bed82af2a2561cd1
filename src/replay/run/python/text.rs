//! Methods of texts. A text may have holes, which stand for what is not known.

use super::format;
use crate::replay::run::budget::Draft;
use crate::replay::run::value::{HOLE, Str, Value};
use crate::replay::run::{Arguments, Call, Machine};

pub(in crate::replay::run) fn method(machine: &mut Machine<'_>, own: &Str, call: Call<'_>) -> Value {
    let Call { name, arguments, .. } = call;
    let first = arguments.first();
    let given = first.and_then(Value::known_text);
    let is_known = own.is_known();
    let text = &*own.text;
    match name {
        "format" => machine.made(format::formatted(text, arguments)),
        "lower" => machine.made(text.to_lowercase()),
        "upper" => machine.made(text.to_uppercase()),
        "strip" | "rstrip" | "lstrip" if is_known => stripped(text, call),
        "replace" => machine.made(replaced(text, arguments)),
        "join" => match first.and_then(|first| machine.items(first)) {
            Some(items) => machine.made(joined(text, &items)),
            None => made(HOLE.to_string()),
        },
        "split" if is_known => {
            let parts = match (first, given) {
                (None | Some(Value::None), _) => Some(text.split_whitespace().map(Value::text).collect()),
                (_, Some(by)) if !by.is_empty() && arguments.by_place().is_some_and(|all| all.len() == 1) => {
                    Some(text.split(by).map(Value::text).collect())
                }
                _ => None,
            };
            machine.list(parts)
        }
        "splitlines" if is_known => machine.list(Some(text.lines().map(Value::text).collect())),
        "startswith" => given.and_then(|part| own.begins_with(part)).map_or(Value::Data, Value::Bool),
        "endswith" if is_known => given.map_or(Value::Data, |part| Value::Bool(text.ends_with(part))),
        _ => Value::Data,
    }
}

fn made(text: String) -> Value {
    Value::Text(Str::new(text))
}

/// `strip`, `rstrip` or `lstrip` of a text that is known.
fn stripped(text: &str, call: Call<'_>) -> Value {
    let set = call.arguments.first();
    let stripped = match (call.name, set, set.and_then(Value::known_text)) {
        ("strip", None, _) => text.trim(),
        ("rstrip", None, _) => text.trim_end(),
        ("lstrip", None, _) => text.trim_start(),
        ("strip", _, Some(set)) => text.trim_matches(|c| set.contains(c)),
        ("rstrip", _, Some(set)) => text.trim_end_matches(|c| set.contains(c)),
        _ => return Value::Data,
    };
    made(stripped.to_owned())
}

fn replaced(text: &str, arguments: &Arguments) -> String {
    match (arguments.first().and_then(Value::known_text), arguments.at(1)) {
        (Some(from), Some(to)) => {
            let to = to.shown_or_hole();
            let (mut replaced, mut at) = (Draft::default(), 0);
            for (start, part) in text.match_indices(from) {
                replaced.push(&text[at..start]);
                replaced.push(&to);
                at = start + part.len();
                if replaced.is_full() {
                    break;
                }
            }
            replaced.push(&text[at..]);
            replaced.text()
        }
        _ => HOLE.to_string(),
    }
}

/// `between.join(items)`.
fn joined(between: &str, items: &[Value]) -> String {
    let mut joined = Draft::default();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            joined.push(between);
        }
        joined.push(&item.shown_or_hole());
        if joined.is_full() {
            break;
        }
    }
    joined.text()
}
