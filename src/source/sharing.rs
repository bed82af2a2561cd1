//! Whether a file may add tables to the metadata that a module holds.
//!
//! `find_models` tells the likely models, to suggest them. Here it is the other way round: what cannot be excluded counts.

use std::collections::BTreeMap;

use super::imports::{Import, imports_of};
use super::python::{Module, Syntax};
use crate::text::contains;

/// What a module's name stands for, as far as it matters here. Everything else may hold metadata or a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// A literal, an enum or a class of functions: no table can be made of it.
    Plain,
    /// A function, which may give anything to who calls it.
    Function,
}

/// The names of a module.
#[derive(Debug)]
pub(super) struct Names {
    /// The module as a migration names it: `a.b.c`.
    dotted: String,
    meanings: BTreeMap<String, Meaning>,
}

/// What a file imports of a module, by the names that it has there.
#[derive(Debug, Default)]
struct Taken {
    /// The module itself.
    modules: Vec<String>,
    functions: Vec<String>,
    /// Whether something else is imported: others may have it from the file.
    may_be_handed_on: bool,
}

impl Names {
    /// What the top level of a module defines, once each.
    pub(super) fn of(dotted: &str, source: &[u8]) -> Self {
        let mut meanings = BTreeMap::new();
        for statement in Module::parse(source).root().children() {
            if let Some((name, meaning)) = defined(statement) {
                // A second definition may be another thing.
                meanings.entry(name).and_modify(|known| *known = None).or_insert(meaning);
            }
        }
        let known = meanings.into_iter().filter_map(|(name, meaning)| Some((name, meaning?)));
        Self { dotted: dotted.to_owned(), meanings: known.collect() }
    }

    /// Whether a file may add tables to the module's metadata: whether it imports anything else than functions, literals
    /// and enums of it, and so may hand it on, or makes a class, a table or something of its own of what it names.
    pub(super) fn may_be_added_to_by(&self, user: &[u8]) -> bool {
        if !self.may_be_imported_by(user) {
            return false;
        }
        let user = Module::parse(user);
        let taken = self.taken_by(user.root());
        let mut adds = taken.may_be_handed_on;
        if !adds && (!taken.modules.is_empty() || !taken.functions.is_empty()) {
            user.root().walk(|node| {
                adds |= match node.kind() {
                    "attribute" => {
                        let of = node.field("object").map(Syntax::text).unwrap_or_default();
                        taken.modules.contains(&of) && self.is_made_use_of(node)
                    }
                    "identifier" => {
                        taken.functions.iter().any(|own| node.is(own)) && use_of(node) == Use::Made
                    }
                    _ => false,
                };
                !adds && !node.kind().starts_with("import")
            });
        }
        adds
    }

    /// What a file imports of the module, wherever it does.
    fn taken_by(&self, user: Syntax<'_>) -> Taken {
        let mut taken = Taken::default();
        user.walk(|node| {
            for Import { module, name, bound, .. } in imports_of(node) {
                let Some(name) = name else {
                    if self.is_meant_by(&module) {
                        // Without another name it is called by its whole path.
                        let is_renamed = module.split('.').next() != Some(bound.as_str());
                        taken.modules.push(if is_renamed { bound } else { module });
                    }
                    continue;
                };
                if self.is_meant_by(&format!("{module}.{name}")) {
                    taken.modules.push(bound.clone());
                }
                if self.is_meant_by(&module) {
                    match self.meanings.get(&name) {
                        Some(Meaning::Plain) => {}
                        Some(Meaning::Function) => taken.functions.push(bound),
                        None => taken.may_be_handed_on = true,
                    }
                }
            }
            true
        });
        taken
    }

    /// Whether `module.name` is made something of.
    fn is_made_use_of(&self, attribute: Syntax<'_>) -> bool {
        let name = attribute.field("attribute").map(Syntax::text).unwrap_or_default();
        let is_metadata = |node: Syntax<'_>| node.field("attribute").is_some_and(|name| name.is("metadata"));
        match self.meanings.get(&name) {
            Some(Meaning::Plain) => false,
            Some(Meaning::Function) => use_of(attribute) == Use::Made,
            None => {
                is_metadata(attribute)
                    || attribute.parent().is_some_and(is_metadata)
                    || use_of(attribute) != Use::Passing
            }
        }
    }

    /// Whether an import may mean the module: both end alike, as far as the shorter goes.
    fn is_meant_by(&self, module: &str) -> bool {
        let mut both = self.dotted.rsplit('.').zip(module.trim_start_matches('.').rsplit('.'));
        both.all(|(one, other)| one == other)
    }

    /// Whether some line may import the module, without a look at the rest: one that begins as an import does, or goes on
    /// with names only.
    fn may_be_imported_by(&self, user: &[u8]) -> bool {
        let text = String::from_utf8_lossy(user);
        text.lines().filter(|line| line.contains(last(&self.dotted))).any(|line| {
            let code = line.split('#').next().unwrap_or_default().trim();
            let is_name = |c: char| {
                c.is_alphanumeric() || c.is_whitespace() || matches!(c, '_' | ',' | '(' | ')' | '\\')
            };
            code.contains("import ") || code.starts_with("from ") || code.chars().all(is_name)
        })
    }
}

/// The name that a statement defines, and what it means where that is plain to see.
fn defined(statement: Syntax<'_>) -> Option<(String, Option<Meaning>)> {
    match statement.kind() {
        "function_definition" => Some((statement.field("name")?.text(), Some(Meaning::Function))),
        "class_definition" => {
            let bases = statement.field("superclasses").map(Syntax::children).unwrap_or_default();
            let is_enum = bases.iter().any(|base| last(&base.text()).ends_with("Enum"));
            let is_plain = is_enum || bases.is_empty() && statement.field("body").is_some_and(holds_nothing);
            Some((statement.field("name")?.text(), is_plain.then_some(Meaning::Plain)))
        }
        "decorated_definition" => {
            let definition = statement.field("definition")?;
            let (name, meaning) = defined(definition)?;
            // What a decorator makes of a class nobody knows.
            Some((name, meaning.filter(|_| definition.kind() == "function_definition")))
        }
        "expression_statement" => {
            let assignment = statement.children().into_iter().next()?;
            let value = assignment.field("right")?;
            let is_plain = matches!(
                value.kind(),
                "string" | "concatenated_string" | "integer" | "float" | "true" | "false" | "none"
            );
            Some((assignment.field("left")?.text(), is_plain.then_some(Meaning::Plain)))
        }
        _ => None,
    }
}

/// Whether the body of a class has functions, literals and words only.
fn holds_nothing(body: Syntax<'_>) -> bool {
    body.children().into_iter().all(|statement| match statement.kind() {
        "pass_statement" => true,
        "expression_statement" if statement.children().iter().all(|own| own.kind() == "string") => true,
        _ => matches!(defined(statement), Some((_, Some(_)))),
    })
}

/// What becomes of something that stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// A class, a table, a decorated thing or a name of the file is made of it.
    Made,
    /// The module hands it on while it is imported.
    HandedOn,
    /// A function uses it, or the file where it runs as a program, or it is called and what it gives is thrown away.
    Passing,
}

fn use_of(node: Syntax<'_>) -> Use {
    let is = |one: Option<Syntax<'_>>, other: Syntax<'_>| one.is_some_and(|one| one.range() == other.range());
    let (mut at, mut found) = (node, Use::HandedOn);
    while let Some(outer) = at.parent() {
        match outer.kind() {
            "function_definition" | "lambda" => return Use::Passing,
            // `if __name__ == "__main__":` does not run when the file is imported.
            "if_statement"
                if outer.field("condition").is_some_and(|own| contains(own.bytes(), "__name__")) =>
            {
                return Use::Passing;
            }
            "class_definition" if is(outer.field("superclasses"), at) => return Use::Made,
            "call" if outer.field("function").is_some_and(|function| last(&function.text()) == "Table") => {
                return Use::Made;
            }
            "call" if is(outer.field("function"), node) && is_statement(outer) => return Use::Passing,
            "assignment" | "decorator" => found = Use::Made,
            _ => {}
        }
        at = outer;
    }
    found
}

fn is_statement(call: Syntax<'_>) -> bool {
    call.parent().is_some_and(|around| around.kind() == "expression_statement")
}

fn last(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or(dotted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULE: &str = "import enum\nBase = declarative_base()\nMETA = MetaData()\nLIMIT = 3\n\
                          class User(Base):\n    def metadata(self): pass\nclass Kind(enum.Enum):\n    A = 1\n\
                          @cached\nasync def find_user(name):\n    pass\ndef make_base():\n    return Base\n\
                          twice = 1\ntwice = Base\n\
                          class Helper:\n    'Helps.'\n    limit = 3\n    def help(self): pass\n\
                          class Holder:\n    base = Base\n@found\nclass Found:\n    pass\n";

    fn may_add(user: &str) -> bool {
        Names::of("app.models", MODULE.as_bytes()).may_be_added_to_by(user.as_bytes())
    }

    #[test]
    fn a_base_is_taken_by_import_or_by_attribute() {
        for user in [
            "from app.models import Base",
            "from app.models import META",
            "from app.models import twice",
            "from .models import (find_user,\n    # all\n    Base as Own)",
            "from app.models import find_user, \\\n    User",
            "from app.models import *",
            "try:\n    from app.models import Base\nexcept ImportError: pass",
            "from app import models\nclass Order(models.Base): pass",
            "from app import models\nclass Order(\n    Mixin,\n    models.Base,\n): pass",
            "from app import (\n    other,\n    models as m,\n)\nclass Order(m.User): pass",
            "from app import models\nclass Order(models.make_base()): pass",
            "from app.models import make_base\nBase = make_base()",
            "from app import models\ndef f():\n    class Order(models.Base): pass",
            "from app import models\ndef f():\n    Table(\n        'a',\n        models.META,\n    )",
            "from app import models\ndef f():\n    models.Base.metadata.reflect()",
            "from app import models\n@models.registry.mapped\nclass Order: pass",
            "import app.models\nBase = app.models.Base",
            "from app import models\nregister(models.Base)",
            "from app.models import Holder",
            "from app.models import Found",
            "import models\nBase = models.Base",
            "def f():\n    import app.models as m\n    return m.Base.metadata",
        ] {
            assert!(may_add(user), "{user}");
        }
    }

    #[test]
    fn what_is_only_used_brings_no_tables() {
        for user in [
            "from app.models import find_user, make_base, LIMIT, Kind\ndef f():\n    make_base()",
            "from app import models\ndef f(self, kind: models.User):\n    models.find_user('a')\n    self.models.Base",
            "from app import models\nclass Order:\n    kind: models.Kind = models.Kind.A\n    limit = models.LIMIT",
            "from app import other as models_of\nmodels.Base",
            "# see models.Base\nmodels = []\nclass A(models.Base): pass",
            "'''\nfrom app.models import Base\n'''",
            "from app.models.parts import Base",
            "from app.models import Helper",
            "from app import models\nif __name__ == '__main__':\n    user = models.find_user()",
            "from app import models\nmodels.twice()\nrun(models.find_user)",
            "from shop.models import Base",
            "from shop import models\nBase = models.Base",
            "from app import models\ndef f(session):\n    session.add(\n        models.User(1),\n    )",
        ] {
            assert!(!may_add(user), "{user}");
        }
    }
}
