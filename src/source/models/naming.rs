//! Whether a declarative class has a table of its own, and who names it: the one place that knows, for what reads classes
//! from their text and for what follows the values in them.

/// What is known of a class.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own about the class")]
pub(crate) struct Described {
    /// Whether it is `__abstract__`.
    pub(crate) is_abstract: bool,
    /// Whether it says of itself what its table is.
    pub(crate) says_table: bool,
    /// Whether its base names tables after classes, as Flask-SQLAlchemy does.
    pub(crate) base_names: bool,
    /// Whether a class that it stands on has a table.
    pub(crate) stands_on_table: bool,
    /// Its primary key.
    pub(crate) key: Key,
}

/// Whether a class has a primary key, by itself or through a mixin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// It has one.
    Own,
    /// It may have one.
    Perhaps,
    /// It has none.
    None,
}

/// Who names a class's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Naming {
    /// The class itself.
    Itself,
    /// Its base, after the class: this name.
    Base(String),
    /// It has none of its own.
    NoTable,
}

impl Described {
    /// Who names the table of a class that is called so. Source: `should_set_tablename` and `NameMixin.__table_cls__` of
    /// Flask-SQLAlchemy's `model.py`.
    pub(crate) fn naming(self, class: &str) -> Naming {
        let has_own = match self.key {
            Key::Own => true,
            // One that has no key of its own shares the table that it stands on.
            Key::Perhaps => !self.stands_on_table,
            Key::None => false,
        };
        match self {
            Self { is_abstract: true, .. } => Naming::NoTable,
            Self { says_table: true, .. } => Naming::Itself,
            Self { base_names: true, .. } if has_own => Naming::Base(in_snake_case(class)),
            _ => Naming::NoTable,
        }
    }

    /// Whether it has a table of its own if what it stands on works the names of tables out. Source: declarative mixins in
    /// SQLAlchemy's documentation.
    pub(crate) fn has_own_if_computed(self) -> bool {
        !self.is_abstract && !self.stands_on_table
    }
}

/// A class's name as Flask-SQLAlchemy makes a table's of it. Source: `camel_to_snake_case` of its `model.py`.
fn in_snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, &letter) in letters.iter().enumerate() {
        let after_lower = at > 0 && (letters[at - 1].is_lowercase() || letters[at - 1].is_ascii_digit());
        let before_lower = at > 0 && letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase() && (after_lower || before_lower) {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out.trim_start_matches('_').to_owned()
}
