//! Whether a file may add tables to the metadata that a module holds.
//!
//! `find_models` tells the likely models, to suggest them. Here it is the other way round: what cannot be excluded counts.

use std::collections::BTreeMap;

use super::imports::{Import, imports_of};
use super::modules::libraries::top;
use super::program::{Expression, ExpressionKind, Function, Name, Node, Program, Statement, StatementKind};

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
    meanings: BTreeMap<Name, Meaning>,
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
    pub(super) fn of(dotted: &str, program: &Program) -> Self {
        let mut meanings = BTreeMap::new();
        for statement in &program.body {
            for (name, meaning) in defined(statement) {
                // A second definition may be another thing.
                meanings.entry(name).and_modify(|known| *known = None).or_insert(meaning);
            }
        }
        let known = meanings.into_iter().filter_map(|(name, meaning)| Some((name, meaning?)));
        Self { dotted: dotted.to_owned(), meanings: known.collect() }
    }

    /// Whether a file may add tables to the module's metadata: whether it imports anything else than functions, literals
    /// and enums of it, and so may hand it on, or makes a class, a table or something of its own of what it names.
    pub(super) fn may_be_added_to_by(&self, user: &Program) -> bool {
        let taken = self.taken_by(user);
        if taken.may_be_handed_on {
            return true;
        }
        let is_nothing = taken.modules.is_empty() && taken.functions.is_empty();
        !is_nothing
            && user
                .body
                .iter()
                .any(|statement| self.is_used_in(Node::Statement(statement), Use::HandedOn, &taken))
    }

    /// What a file imports of the module, wherever it does.
    fn taken_by(&self, user: &Program) -> Taken {
        let mut taken = Taken::default();
        user.walk(|node| {
            let Node::Statement(statement) = node else { return true };
            for Import { module, name, bound, .. } in imports_of(statement) {
                let Some(name) = name else {
                    if self.is_meant_by(module) {
                        // Without another name it is called by its whole path.
                        let is_renamed = top(module) != bound;
                        taken.modules.push(if is_renamed { bound } else { module }.to_owned());
                    }
                    continue;
                };
                if self.is_meant_by(&format!("{module}.{name}")) {
                    taken.modules.push(bound.to_owned());
                }
                if self.is_meant_by(module) {
                    match self.meanings.get(name) {
                        Some(Meaning::Plain) => {}
                        Some(Meaning::Function) => taken.functions.push(bound.to_owned()),
                        None => taken.may_be_handed_on = true,
                    }
                }
            }
            true
        });
        taken
    }

    /// Whether something in a node is made use of, where the node itself is put to this use.
    fn is_used_in(&self, node: Node<'_>, using: Use, taken: &Taken) -> bool {
        let within =
            |nodes: &[Node<'_>], using: Use| nodes.iter().any(|&inner| self.is_used_in(inner, using, taken));
        let in_function = |function: &Function| {
            let defaults = function.parameters.iter().filter_map(|parameter| parameter.default.as_ref());
            within(&defaults.map(Node::Expression).collect::<Vec<_>>(), Use::Passing)
                || within(&function.body.iter().map(Node::Statement).collect::<Vec<_>>(), Use::Passing)
        };
        match node {
            Node::Expression(expression) => match &expression.kind {
                ExpressionKind::Attribute(object, name) => {
                    let of = object.dotted().unwrap_or_default();
                    if taken.modules.contains(&of) {
                        return self.is_made_use_of(name, using);
                    }
                    // `module.Base.metadata`.
                    matches!(&object.kind, ExpressionKind::Attribute(inner, own)
                        if &**name == "metadata"
                            && !self.meanings.contains_key(&**own)
                            && inner.dotted().is_some_and(|of| taken.modules.contains(&of)))
                        || within(&[Node::Expression(object)], using)
                }
                ExpressionKind::Name(name) => {
                    using == Use::Made && taken.functions.iter().any(|own| **own == **name)
                }
                ExpressionKind::Lambda(function) => in_function(function),
                ExpressionKind::Call { function, arguments } => {
                    let using = if function.last_name() == Some("Table") { Use::Made } else { using };
                    let given: Vec<_> =
                        arguments.iter().map(|argument| Node::Expression(argument.value())).collect();
                    within(&[Node::Expression(function)], using) || within(&given, using)
                }
                _ => within(&node.inner(), using),
            },
            Node::Statement(statement) => match &statement.kind {
                // What a call gives is thrown away; what it is given is not.
                StatementKind::Expression(Expression {
                    kind: ExpressionKind::Call { function, arguments },
                    ..
                }) if function.last_name() != Some("Table") => {
                    let given: Vec<_> =
                        arguments.iter().map(|argument| Node::Expression(argument.value())).collect();
                    let is_taken = match &function.kind {
                        ExpressionKind::Attribute(of, _) => {
                            of.dotted().is_some_and(|of| taken.modules.contains(&of))
                        }
                        kind => matches!(kind, ExpressionKind::Name(_)),
                    };
                    let called = if is_taken { Use::Passing } else { using };
                    within(&[Node::Expression(function)], called) || within(&given, using)
                }
                StatementKind::Assign { .. } => within(&node.inner(), using.or_made()),
                StatementKind::Function(function) => {
                    let decorators: Vec<_> = function.decorators.iter().map(Node::Expression).collect();
                    within(&decorators, using.or_made()) || in_function(function)
                }
                StatementKind::Class(class) => {
                    let decorators: Vec<_> = class.decorators.iter().map(Node::Expression).collect();
                    let bases = class.arguments.iter().map(|argument| Node::Expression(argument.value()));
                    within(&decorators, using.or_made())
                        || within(&bases.collect::<Vec<_>>(), Use::Made)
                        || within(&class.body.iter().map(Node::Statement).collect::<Vec<_>>(), using)
                }
                StatementKind::If { arms, .. } => {
                    // `if __name__ == "__main__":` does not run when the file is imported.
                    let is_program =
                        |condition: &Expression| condition.names().iter().any(|name| &***name == "__name__");
                    let is_passing = arms.first().is_some_and(|(condition, _)| is_program(condition));
                    let using = if is_passing { Use::Passing } else { using };
                    within(&node.inner(), using)
                }
                _ => within(&node.inner(), using),
            },
        }
    }

    /// Whether `module.name`, put to this use, is made something of.
    fn is_made_use_of(&self, name: &str, using: Use) -> bool {
        match self.meanings.get(name) {
            Some(Meaning::Plain) => false,
            Some(Meaning::Function) => using == Use::Made,
            None => name == "metadata" || using != Use::Passing,
        }
    }

    /// Whether an import may mean the module: both end alike, as far as the shorter goes.
    fn is_meant_by(&self, module: &str) -> bool {
        let mut both = self.dotted.rsplit('.').zip(module.trim_start_matches('.').rsplit('.'));
        both.all(|(one, other)| one == other)
    }

    /// Whether some line may import the module, without a look at the rest: one that begins as an import does, or goes on
    /// with names only.
    pub(super) fn may_be_imported_by(&self, user: &[u8]) -> bool {
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

/// The names that a statement defines, and what each means where that is plain to see.
fn defined(statement: &Statement) -> Vec<(Name, Option<Meaning>)> {
    match &statement.kind {
        StatementKind::Function(function) => vec![(Name::clone(&function.name), Some(Meaning::Function))],
        StatementKind::Class(class) => {
            let is_enum =
                class.bases().any(|base| base.last_name().is_some_and(|name| name.ends_with("Enum")));
            let is_plain = is_enum || class.arguments.is_empty() && class.body.iter().all(holds_nothing);
            // What a decorator makes of a class nobody knows.
            let is_plain = is_plain && class.decorators.is_empty();
            vec![(Name::clone(&class.name), is_plain.then_some(Meaning::Plain))]
        }
        StatementKind::Assign { targets, value } => {
            let meaning = is_literal(value).then_some(Meaning::Plain);
            let names = targets.iter().flat_map(Expression::bound_names);
            names.map(|name| (Name::clone(name), meaning)).collect()
        }
        _ => Vec::new(),
    }
}

fn is_literal(value: &Expression) -> bool {
    matches!(
        value.kind,
        ExpressionKind::Text(_)
            | ExpressionKind::Format(_)
            | ExpressionKind::Bytes(_)
            | ExpressionKind::Int(_)
            | ExpressionKind::Float(_)
            | ExpressionKind::Bool(_)
            | ExpressionKind::None
    )
}

/// Whether a statement of a class makes a function, a literal or nothing.
fn holds_nothing(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Pass => true,
        StatementKind::Expression(value) => value.as_text().is_some(),
        StatementKind::Declare(_) => false,
        _ => {
            let defined = defined(statement);
            !defined.is_empty() && defined.iter().all(|(_, meaning)| meaning.is_some())
        }
    }
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

impl Use {
    /// The use of what an assignment or a decorator makes.
    fn or_made(self) -> Self {
        if self == Self::Passing { Self::Passing } else { Self::Made }
    }
}

fn last(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or(dotted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::python::Parser;

    const MODULE: &str = "import enum\nBase = declarative_base()\nMETA = MetaData()\nLIMIT = 3\n\
                          class User(Base):\n    def metadata(self): pass\nclass Kind(enum.Enum):\n    A = 1\n\
                          @cached\nasync def find_user(name):\n    pass\ndef make_base():\n    return Base\n\
                          twice = 1\ntwice = Base\n\
                          class Helper:\n    'Helps.'\n    limit = 3\n    def help(self): pass\n\
                          class Holder:\n    base = Base\n@found\nclass Found:\n    pass\n";

    fn may_add(user: &str) -> bool {
        let mut parser = Parser::new();
        let names = Names::of("app.models", &parser.read(MODULE.as_bytes()).program);
        names.may_be_imported_by(user.as_bytes())
            && names.may_be_added_to_by(&parser.read(user.as_bytes()).program)
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
