//! The import statements at a module's top level, and the names they bind.

use super::program::{Program, Statement, StatementKind};
use crate::text::TextRange;

/// One name that an import statement binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Import<'p> {
    /// The whole statement, which may bind more names.
    pub(crate) statement: TextRange,
    /// The module as written, with the dots of a relative import.
    pub(crate) module: &'p str,
    /// What is taken from the module: `None` for `import module`, `*` for all of it.
    pub(crate) name: Option<&'p str>,
    /// The name that is bound: `a` for `import a.b`, `*` for a star import.
    pub(crate) bound: &'p str,
}

/// The imports that run whatever happens: those that stand in no function, class, condition or `try`.
pub(crate) fn imports(program: &Program) -> impl Iterator<Item = Import<'_>> {
    program.body.iter().flat_map(imports_of)
}

/// The names that one statement imports; none when it is no import.
pub(crate) fn imports_of(statement: &Statement) -> impl Iterator<Item = Import<'_>> {
    let (from, names) = match &statement.kind {
        StatementKind::Import(names) => (None, names.as_slice()),
        StatementKind::From { module, names } if &**module != "__future__" => {
            (Some(module), names.as_slice())
        }
        _ => (None, &[][..]),
    };
    names.iter().map(move |(name, bound)| Import {
        statement: statement.range,
        module: from.unwrap_or(name),
        name: from.map(|_| &**name),
        bound,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::python::Parser;

    #[test]
    fn every_form_of_import_is_read() {
        let parsed = Parser::new().read(
            b"import a.b, c as d\nfrom . import e\nfrom ..f.g import (h as i,\n  j)\nfrom k import *\n\
              if x:\n    import never\ntry:\n    import never\nexcept E: pass\n",
        );
        let read: Vec<_> = imports(&parsed.program)
            .map(|import| format!("{} {} {}", import.module, import.name.unwrap_or("-"), import.bound))
            .collect();
        assert_eq!(read, ["a.b - a", "c - d", ". e e", "..f.g h i", "..f.g j j", "k * *"]);
    }
}
