//! The import statements at a module's top level, and the names they bind.

use super::python::Syntax;

/// One name that an import statement binds.
#[derive(Clone)]
pub(crate) struct Import<'m> {
    /// The whole statement, which may bind more names.
    pub(crate) statement: Syntax<'m>,
    /// The module as written, with the dots of a relative import.
    pub(crate) module: String,
    /// What is taken from the module: `None` for `import module`, `*` for all of it.
    pub(crate) name: Option<String>,
    /// The name that is bound: `a` for `import a.b`, `*` for a star import.
    pub(crate) bound: String,
}

/// The imports that run whatever happens: those that stand in no function, class, condition or `try`.
pub(crate) fn imports(root: Syntax<'_>) -> Vec<Import<'_>> {
    root.children().into_iter().flat_map(imports_of).collect()
}

/// The names that one statement imports; none when it is no import.
pub(crate) fn imports_of(statement: Syntax<'_>) -> Vec<Import<'_>> {
    let import =
        |module: String, name: Option<String>, bound: String| Import { statement, module, name, bound };
    match statement.kind() {
        "import_statement" => statement
            .children()
            .into_iter()
            .filter_map(|child| {
                let (module, alias) = aliased(child)?;
                let bound = alias.unwrap_or_else(|| module.split('.').next().unwrap_or_default().to_owned());
                Some(import(module, None, bound))
            })
            .collect(),
        "import_from_statement" => {
            let Some(module) = statement.field("module_name") else { return Vec::new() };
            statement
                .children()
                .into_iter()
                .filter(|child| child.range() != module.range())
                .filter_map(|child| {
                    if child.kind() == "wildcard_import" {
                        return Some(import(dotted(module), Some("*".to_owned()), "*".to_owned()));
                    }
                    let (name, alias) = aliased(child)?;
                    Some(import(dotted(module), Some(name.clone()), alias.unwrap_or(name)))
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The dotted name and the alias of one imported thing.
fn aliased(node: Syntax<'_>) -> Option<(String, Option<String>)> {
    match node.kind() {
        "dotted_name" => Some((dotted(node), None)),
        "aliased_import" => Some((dotted(node.field("name")?), Some(node.field("alias")?.text()))),
        _ => None,
    }
}

/// The text of a dotted name without the blanks that Python allows in it.
fn dotted(node: Syntax<'_>) -> String {
    node.text().split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::python::Module;

    #[test]
    fn every_form_of_import_is_read() {
        let module = Module::parse(
            b"import a.b, c as d\nfrom . import e\nfrom ..f.g import (h as i,\n  j)\nfrom k import *\n\
              if x:\n    import never\ntry:\n    import never\nexcept E: pass\n",
        );
        let read: Vec<_> = imports(module.root())
            .into_iter()
            .map(|import| {
                format!("{} {} {}", import.module, import.name.as_deref().unwrap_or("-"), import.bound)
            })
            .collect();
        assert_eq!(read, ["a.b - a", "c - d", ". e e", "..f.g h i", "..f.g j j", "k * *"]);
    }
}
