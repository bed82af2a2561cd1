//! Whether a file may add to what a module holds, as its text tells: what it imports of it, and what it asks of it.

/// Whether `user` takes anything from the module `name` through which tables could be added to the module's metadata: it
/// imports a name that is no function, constant or enum, or makes a class, a table or a name of its own of one.
/// `source` is the module's text.
pub(super) fn may_add(user: &str, name: &str, source: &str) -> bool {
    let mut known_as = Vec::new();
    for statement in imports(user) {
        let Some((path, names)) = statement.strip_prefix("from ").and_then(|rest| rest.split_once(" import"))
        else {
            // `import a.b.c as d`
            let modules = statement.trim_start_matches("import ").split(',');
            known_as.extend(modules.filter_map(|module| {
                let (path, own) = renamed(module);
                (last(path) == name).then(|| own.to_owned())
            }));
            continue;
        };
        for (taken, own) in names.split(',').map(|taken| renamed(taken.trim_matches(['(', ')', ' ']))) {
            if last(path.trim()) == name && !taken.is_empty() && !is_harmless(taken, source) {
                return true;
            }
            if taken == name {
                known_as.push(own.to_owned());
            }
        }
    }
    known_as.iter().any(|own| asked(user, own).any(|attribute| !is_harmless(attribute, source)))
}

/// The import statements, each in one line and without comments.
fn imports(text: &str) -> impl Iterator<Item = String> {
    let mut lines = text.lines();
    std::iter::from_fn(move || {
        let is_import = |line: &&str| line.starts_with("from ") || line.starts_with("import ");
        let code = |line: &str| line.split('#').next().unwrap_or_default().trim().to_owned();
        let mut statement = code(lines.by_ref().map(str::trim).find(is_import)?);
        while statement.ends_with('\\') || statement.contains('(') && !statement.contains(')') {
            let Some(line) = lines.next() else { break };
            statement = format!("{} {}", statement.trim_end_matches('\\'), code(line));
        }
        Some(statement)
    })
}

/// `a as b` as `a` and `b`.
fn renamed(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(" as ").map_or((text, text), |(taken, own)| (taken.trim(), own.trim()))
}

fn last(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or(dotted)
}

/// What classes, tables and names of the file are made of: each `attribute` of `name.attribute`.
fn asked<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = &'t str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.lines().flat_map(move |line| {
        let code = line.trim_start();
        let is_made_of = code.starts_with("class ")
            || code.contains("Table(")
            || code.contains("metadata")
            || code.len() == line.len() && code.contains('=');
        line.match_indices(name).filter_map(move |(at, _)| {
            let rest = line[at + name.len()..].strip_prefix('.')?;
            let is_whole = !line[..at].ends_with(|c: char| is_part(c) || c == '.');
            let attribute = rest.split(|c: char| !is_part(c)).next().unwrap_or_default();
            // One of the bases of a class, on a line of its own.
            let is_called = rest[attribute.len()..].starts_with('(');
            let is_base = code.starts_with(name) && attribute.starts_with(char::is_uppercase) && !is_called;
            (is_whole && (is_made_of || is_base)).then_some(attribute)
        })
    })
}

/// Whether a name of a module can hold no metadata and no table: it is written as a constant is, or defined as a function
/// or an enum.
fn is_harmless(name: &str, source: &str) -> bool {
    let is_constant = name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let is_enum = || {
        let bases = source.split_once(&format!("class {name}(")).map(|(_, rest)| rest);
        bases.and_then(|rest| rest.split_once(')')).is_some_and(|(bases, _)| bases.contains("Enum"))
    };
    is_constant || source.contains(&format!("def {name}(")) || is_enum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &str = "Base = declarative_base()\nLIMIT = 3\nclass User(Base):\n    pass\nclass Kind(enum.Enum):\n    A = 1\n\
                          def find_user(name):\n    pass\n";

    #[test]
    fn a_base_is_taken_by_import_or_by_attribute() {
        for user in [
            "from app.models import Base",
            "from .models import (find_user,\n    # all\n    Base as Own)",
            "from app.models import find_user, \\\n    User",
            "from app.models import *",
            "from app import models\nclass Order(models.Base): pass",
            "from app import other, models as m\nclass Order(m.User): pass",
            "import app.models\nBase = app.models.Base",
            "def f():\n    import app.models as m\n    return m.Base.metadata",
            "import app.models as m\nclass Order(\n    Mixin,\n    m.Base,\n):\n    pass",
        ] {
            assert!(may_add(user, "models", MODULE), "{user}");
        }
    }

    #[test]
    fn functions_constants_and_enums_bring_no_tables() {
        for user in [
            "from app.models import find_user, LIMIT, Kind",
            "from app import models\nmodels.find_user('a')\nself.models.Base",
            "from app import other as models_of\nmodels.Base",
            "# see models.Base\nmodels = []",
            "from app.models.parts import Base",
            "from app import models\ndef f(session):\n    return session.query(models.User)",
            "from app import models\ndef f(session):\n    session.add(\n        models.User(1),\n    )",
        ] {
            assert!(!may_add(user, "models", MODULE), "{user}");
        }
    }
}
