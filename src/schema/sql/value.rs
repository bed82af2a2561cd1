//! The type that a default has by itself, on PostgreSQL.

use super::super::{Dialect, EnumDef, TypeDef};
use super::split::{Kind, Statement, statements};
use crate::schema::types::Values;

/// The type of what a function or a word gives, by its name in small letters: beside what PostgreSQL has for values that are
/// written out, what only defaults call.
fn given_by(name: &str) -> Option<&'static str> {
    match name {
        "nextval" => Some("bigint"),
        "uuid_generate_v1" | "uuid_generate_v1mc" | "uuid_generate_v4" => Some("uuid"),
        _ => Values::given_by(name).map(Values::word),
    }
}

/// The type of a default by itself, empty where it is not known; nothing where it is the column's own: that of a string.
/// Source: `ATExecAlterColumnType` of PostgreSQL's `commands/tablecmds.c`, which strips what casts a default to the
/// column's type before it casts it to another.
pub(in crate::schema) fn type_of_default(text: &str) -> Option<TypeDef> {
    let found = statements(text, Dialect::Postgresql);
    match found.as_slice() {
        [only] if !only.open => type_of(only),
        _ => Some(TypeDef::default()),
    }
}

fn type_of(value: &Statement) -> Option<TypeDef> {
    let (mut first, mut end) = (0, value.tokens.len());
    while value.is(first, "(") && closing(value, first) == Some(end - 1) {
        (first, end) = (first + 1, end - 1);
    }
    let escaped = value.is(first, "e") && value.kind(first + 1) == Some(Kind::String);
    let number = usize::from(escaped || value.is(first, "-"));
    let after = first + number + 1;
    let is_string = value.kind(first + number) == Some(Kind::String);
    if is_string && after == end {
        return None;
    }
    let written = |written: &str| TypeDef { written: written.into(), ..TypeDef::default() };
    Some(match value.kind(first + number) {
        Some(Kind::String | Kind::Number) if value.are(after, &[":", ":"]) => cast(value, after + 2, end),
        Some(Kind::Number) if after == end => written("NUMERIC"),
        Some(Kind::Word) if number == 0 => {
            let word = value.at(first).to_ascii_lowercase();
            let is_call = value.is(after, "(") && closing(value, after) == Some(end - 1);
            match given_by(&word).filter(|_| is_call || after == end) {
                Some(kind) => written(kind),
                None if after == end && ["true", "false"].contains(&word.as_str()) => written("BOOLEAN"),
                None => TypeDef::default(),
            }
        }
        _ => TypeDef::default(),
    })
}

/// The type that stands from a token on, if it is written plainly and is the last there.
fn cast(value: &Statement, from: usize, end: usize) -> TypeDef {
    let text =
        value.tokens.get(from).map_or("", |token| value.text[token.start..].trim_end_matches([' ', ')']));
    if Values::of(text).is_some() {
        return TypeDef { written: text.into(), ..TypeDef::default() };
    }
    let name = |at: usize| match value.kind(at) {
        Some(Kind::Word) => Some(value.at(at).to_lowercase().into()),
        Some(Kind::Quoted) => Some(value.at(at).trim_matches('"').into()),
        _ => None,
    };
    let (schema, name) = match end.saturating_sub(from) {
        1 => (None, name(from)),
        3 if value.is(from + 1, ".") => (name(from), name(from + 2)),
        _ => return TypeDef::default(),
    };
    let named = EnumDef { name, schema, is_any: true, ..EnumDef::default() };
    TypeDef {
        written: text.into(),
        named: Some(named).filter(|named| named.name.is_some()),
        ..TypeDef::default()
    }
}

/// Where a parenthesis is closed.
fn closing(value: &Statement, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for at in open..value.tokens.len() {
        if value.is(at, "(") {
            depth += 1;
        } else if value.is(at, ")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_has_the_type_of_its_column_and_all_else_its_own() {
        for (default, expected) in [
            ("'new'", None),
            ("('it''s')", None),
            ("E'a\\n'", None),
            ("'0'::integer", Some("integer")),
            ("'a'::character varying", Some("character varying")),
            ("'a'::varchar(10)", Some("varchar(10")),
            ("'a'::kind", Some("kind")),
            ("('a'::s.kind)", Some("s.kind")),
            ("0", Some("NUMERIC")),
            ("-0.5", Some("NUMERIC")),
            ("((1))", Some("NUMERIC")),
            ("false", Some("BOOLEAN")),
            ("now()", Some("timestamp")),
            ("CURRENT_TIMESTAMP(3)", Some("timestamp")),
            ("nextval('q'::regclass)", Some("bigint")),
            ("NULL", Some("")),
            ("'a' || 'b'", Some("")),
            ("now() + '1 day'", Some("")),
            ("lower('A')", Some("")),
            ("'a'::text || 'b'", Some("")),
            ("'a'::text::kind", Some("")),
            ("(1) + (2)", Some("")),
            ("…", Some("")),
            ("", Some("")),
            ("'a", Some("")),
        ] {
            let kind = type_of_default(default);
            let named = kind.as_ref().and_then(|kind| kind.named.as_ref());
            assert_eq!(kind.as_ref().map(|kind| &*kind.written), expected, "{default}");
            assert_eq!(named.is_some(), expected.is_some_and(|own| own.ends_with("kind")), "{default}");
        }
    }
}
