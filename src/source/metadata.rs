//! Which `MetaData` an expression is: followed through names, bases and modules of the project to where it is made.

use super::imports::imports;
use super::modules::Meant;
use super::program::{Argument, Class, Expression, ExpressionKind, Program, StatementKind};
use super::reach::{imported, inner};
use super::{PythonFiles, top};
use crate::ingest::TreePath;
use crate::text::TextRange;

/// Where a `MetaData` is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// By a call, or for a class, that stands here.
    Made(TreePath, TextRange),
    /// By something that is not here, such as `sqlmodel.SQLModel`.
    Elsewhere(String),
}

/// Follows metadata.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origins<'t> {
    pub(super) files: &'t PythonFiles<'t>,
    /// The folders that Python surely looks into first.
    pub(super) first: &'t [String],
}

/// A module whose names are looked up.
#[derive(Clone, Copy)]
pub(super) struct At<'p> {
    pub(super) path: &'p TreePath,
    pub(super) program: &'p Program,
    /// How many more names are followed.
    pub(super) left: u8,
}

/// Names that stand for one another further than this are not followed.
pub(super) const DEEPEST: u8 = 16;

/// What a name stands for.
enum Definition<'p> {
    Value(&'p Expression),
    Class(&'p Class, TextRange),
    Elsewhere(String),
}

type Then<'f> = &'f dyn Fn(Definition<'_>, At<'_>) -> Option<Origin>;

impl Origins<'_> {
    /// Where the metadata that an expression is comes from.
    pub(super) fn of(&self, value: &Expression, at: At<'_>) -> Option<Origin> {
        match &value.kind {
            ExpressionKind::Attribute(object, name) if &**name == "metadata" => self.held_by(object, at),
            ExpressionKind::Call { function, .. } => {
                (function.last_name() == Some("MetaData")).then(|| Origin::Made(at.path.clone(), value.range))
            }
            _ => self.looked_up(value, at, &|definition, at| match definition {
                Definition::Value(value) => self.of(value, at),
                Definition::Class(..) => None,
                Definition::Elsewhere(name) => Some(Origin::Elsewhere(name)),
            }),
        }
    }

    /// The metadata of a declarative base, of a registry, or of Flask-SQLAlchemy's object.
    fn held_by(&self, object: &Expression, at: At<'_>) -> Option<Origin> {
        match &object.kind {
            ExpressionKind::Call { function, arguments } => {
                let named = |wanted: &str| Argument::named(arguments, wanted);
                let own = || Some(Origin::Made(at.path.clone(), object.range));
                match (function.last_name()?, &function.kind) {
                    ("generate_base", ExpressionKind::Attribute(registry, _)) => self.held_by(registry, at),
                    ("declarative_base" | "automap_base" | "SQLAlchemy" | "registry", _) => {
                        match (named("metadata"), named("model_class")) {
                            (Some(metadata), _) => self.of(metadata, at),
                            (None, Some(base)) => self.held_by(base, at),
                            (None, None) => own(),
                        }
                    }
                    _ => None,
                }
            }
            _ => self.looked_up(object, at, &|definition, at| match definition {
                Definition::Value(value) => self.held_by(value, at),
                Definition::Class(class, range) => self.held_by_class(class, range, at),
                Definition::Elsewhere(name) => Some(Origin::Elsewhere(format!("{name}.metadata"))),
            }),
        }
    }

    fn held_by_class(&self, class: &Class, range: TextRange, at: At<'_>) -> Option<Origin> {
        let own_value = |name: &str| {
            class.body.iter().rev().find_map(|statement| match &statement.kind {
                StatementKind::Assign { targets, value }
                    if targets.iter().any(|target| target.is_dotted(name)) =>
                {
                    Some(value)
                }
                _ => None,
            })
        };
        if let Some(metadata) = own_value("metadata") {
            return self.of(metadata, at);
        }
        if let Some(registry) = own_value("registry") {
            return self.held_by(registry, at);
        }
        let is_base = |name: Option<&str>| matches!(name, Some("DeclarativeBase" | "DeclarativeBaseNoMeta"));
        let is_made = |decorator: &Expression| match &decorator.kind {
            ExpressionKind::Call { function, .. } => function.last_name() == Some("as_declarative"),
            _ => decorator.last_name() == Some("as_declarative"),
        };
        if class.bases().any(|base| is_base(base.last_name())) || class.decorators.iter().any(is_made) {
            return Some(Origin::Made(at.path.clone(), range));
        }
        // A mixin has none, and of a class that is not here nobody knows.
        class.bases().find_map(|base| self.held_by(base, at))
    }

    fn looked_up(&self, value: &Expression, at: At<'_>, then: Then<'_>) -> Option<Origin> {
        let at = At { left: at.left.checked_sub(1)?, ..at };
        match &value.kind {
            ExpressionKind::Name(name) => self.defined(name, at, then),
            ExpressionKind::Attribute(module, name) => {
                let module = module.dotted()?;
                let import = imports(at.program).find(|import| import.bound == top(&module))?;
                let module = match import.name {
                    Some(own) if import.bound == module => inner(import.module, own),
                    None if import.module == module || import.bound == module => import.module.to_owned(),
                    _ => return None,
                };
                self.in_module(&module, name, at, then)
            }
            _ => None,
        }
    }

    /// What a name is at the end of a module.
    fn defined(&self, name: &str, at: At<'_>, then: Then<'_>) -> Option<Origin> {
        let definition =
            at.program.outright().into_iter().rev().find_map(|statement| match &statement.kind {
                StatementKind::Assign { targets, value }
                    if targets.iter().any(|target| target.is_dotted(name)) =>
                {
                    Some(Definition::Value(value))
                }
                StatementKind::Class(class) if *class.name == *name => {
                    Some(Definition::Class(class, statement.range))
                }
                _ => None,
            });
        if let Some(definition) = definition {
            return then(definition, at);
        }
        let import = imports(at.program).find(|import| import.bound == name)?;
        self.in_module(import.module, import.name?, at, then)
    }

    fn in_module(&self, module: &str, name: &str, at: At<'_>, then: Then<'_>) -> Option<Origin> {
        let left = at.left.checked_sub(1)?;
        match imported(self.files, module, at.path, self.first) {
            Meant::File(path) => {
                let parsed = self.files.parsed(path)?;
                self.defined(name, At { path, program: &parsed.program, left }, then)
            }
            Meant::Elsewhere => then(Definition::Elsewhere(inner(module, name)), at),
            Meant::NotKnown => None,
        }
    }
}
