//! Texts made of a format and of values.

use crate::replay::run::budget::Draft;
use crate::replay::run::value::{HOLE, HOLE_TEXT, Value};
use crate::replay::run::{Arguments, Machine};

/// `format.format(…)`.
pub(super) fn formatted(format: &str, arguments: &Arguments) -> String {
    let mut out = Draft::default();
    let mut chars = format.chars().peekable();
    let mut next = 0;
    while let Some(c) = chars.next() {
        match c {
            '{' if chars.peek() == Some(&'{') => {
                chars.next();
                out.push("{");
            }
            '}' if chars.peek() == Some(&'}') => {
                chars.next();
                out.push("}");
            }
            '{' => {
                let field: String = chars.by_ref().take_while(|&c| c != '}').collect();
                let value = if field.is_empty() {
                    next += 1;
                    arguments.at(next - 1)
                } else if let Ok(at) = field.parse::<usize>() {
                    arguments.at(at)
                } else {
                    arguments.keyword(&field)
                };
                out.push(&value.map_or_else(|| HOLE.to_string(), Value::shown_or_hole));
            }
            c => out.push(c.encode_utf8(&mut [0; 4])),
        }
        if out.is_full() {
            break;
        }
    }
    out.text()
}

/// `format % values`.
pub(super) fn percent(machine: &Machine<'_>, format: &str, values: &Value) -> String {
    let positional = match values {
        Value::Tuple(items) => Some(items.to_vec()),
        Value::Dict(_) => None,
        other => Some(vec![other.clone()]),
    };
    let named = machine.pairs(values);
    let mut out = Draft::default();
    let mut chars = format.chars().peekable();
    let mut next = 0;
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c.encode_utf8(&mut [0; 4]));
            continue;
        }
        let mut value = None;
        if chars.peek() == Some(&'(') {
            let name: String = chars.by_ref().skip(1).take_while(|&c| c != ')').collect();
            value = named.as_ref().and_then(|pairs| {
                pairs.iter().find(|(key, _)| key.known_text() == Some(&name)).map(|(_, value)| value)
            });
        } else if chars.peek() != Some(&'%') {
            value = positional.as_ref().and_then(|items| items.get(next));
            next += 1;
        }
        match chars.next() {
            Some('%') => out.push("%"),
            Some('s' | 'd') => {
                out.push(&value.map_or_else(|| HOLE.to_string(), Value::shown_or_hole));
            }
            _ => out.push(HOLE_TEXT),
        }
        if out.is_full() {
            break;
        }
    }
    out.text()
}
