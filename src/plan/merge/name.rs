//! The name of a new file, by `file_template`.

/// What Alembic calls a file without `file_template`.
const DEFAULT: &str = "%(rev)s_%(slug)s";

/// Letters of a slug, where nothing else is set.
const SLUG_LENGTH: usize = 40;

/// The name that Alembic gives a file, by the settings; nothing where it asks for the date, or for what is not known here.
pub(super) fn name(
    file_template: Option<&str>,
    slug_length: Option<&str>,
    id: &str,
    message: &str,
) -> Option<String> {
    let length = match slug_length {
        None => SLUG_LENGTH,
        Some(text) => text.trim().parse().ok()?,
    };
    let length = if length == 0 { SLUG_LENGTH } else { length };
    let mut name = String::new();
    let mut rest = file_template.unwrap_or(DEFAULT);
    while let Some(start) = rest.find('%') {
        name.push_str(&rest[..start]);
        let field = &rest[start + 1..];
        let (value, field) = if let Some(after) = field.strip_prefix("(rev)s") {
            (id.to_owned(), after)
        } else if let Some(after) = field.strip_prefix("(slug)s") {
            (slug(message, length), after)
        } else {
            ("%".to_owned(), field.strip_prefix('%')?)
        };
        name.push_str(&value);
        rest = field;
    }
    name.push_str(rest);
    Some(format!("{name}.py"))
}

/// The words of a message; one that is too long ends after a whole word.
fn slug(message: &str, length: usize) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<_> =
        message.split(|c: char| !is_word(c)).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let slug = words.join("_");
    if slug.chars().count() <= length {
        return slug;
    }
    let cut: String = slug.chars().take(length).collect();
    format!("{}_", cut.rsplit_once('_').map_or(&*cut, |(whole, _)| whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_alembic_or_none() {
        let made = |template, length| name(template, length, "m", "merge heads");
        for (template, length, expected) in [
            (None, None, Some("m_merge_heads.py")),
            (Some("%(slug)s-%(rev)s"), Some("0"), Some("merge_heads-m.py")),
            (Some("%%_%(slug)s"), Some("8"), Some("%_merge_.py")),
            (Some("%(slug)s"), Some("5"), Some("merge_.py")),
            (Some("%(slug)s"), Some("11"), Some("merge_heads.py")),
            (Some("%(year)d_%(rev)s"), None, None),
            (Some("%(rev)s_%(nothing)s"), None, None),
            (None, Some("many"), None),
        ] {
            assert_eq!(made(template, length).as_deref(), expected, "{template:?} {length:?}");
        }
    }
}
