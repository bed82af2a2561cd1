//! What one file says of models: the bases it declares, its classes, its tables.

use crate::ingest::TreePath;
use crate::source::imports::imports;
use crate::source::modules::{ImportRoots, absolute, is_package};
use crate::source::program::{Argument, Class, Expression, ExpressionKind, Node, Program, StatementKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A declarative base.
    Base,
    /// A Flask-SQLAlchemy object.
    Flask,
    /// A registry, by which classes are mapped.
    Registry,
    /// `SQLModel`, which is imported, not declared.
    SqlModel,
    /// A bare `MetaData`.
    MetaData,
}

/// A class statement at module level.
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own about the class")]
pub(super) struct ModelClass {
    pub(super) name: String,
    /// The classes it derives from, dotted.
    pub(super) bases: Vec<String>,
    /// Whether it names its table, or asks for one.
    pub(super) has_table: bool,
    /// The table's name, where it is written out.
    pub(super) table: Option<String>,
    /// Whether it has none itself.
    pub(super) is_abstract: bool,
    /// Whether it works the names of its heirs' tables out.
    pub(super) names_tables: bool,
    /// Whether a column of its own is its primary key.
    pub(super) has_key: bool,
    /// Whether it has metadata of its own, and so its heirs.
    pub(super) owns_metadata: bool,
}

/// A `Table(…)`.
pub(super) struct ModelTable {
    /// Its name, where it is written out.
    pub(super) name: Option<String>,
    /// The metadata that it is handed, dotted.
    pub(super) metadata: String,
}

/// What one file says about models.
pub(super) struct File {
    pub(super) path: TreePath,
    pub(super) root: String,
    pub(super) module: String,
    /// Module, name and bound name of each import; relative modules made absolute.
    pub(super) imports: Vec<(String, Option<String>, String)>,
    pub(super) declared: Vec<(Kind, String)>,
    pub(super) classes: Vec<ModelClass>,
    pub(super) tables: Vec<ModelTable>,
}

impl File {
    pub(super) fn read(path: &TreePath, program: &Program, roots: &ImportRoots) -> Self {
        let (root, module) = roots.name_of(path);
        let package = if is_package(path) {
            module.as_str()
        } else {
            module.rsplit_once('.').map_or("", |(package, _)| package)
        };
        let imports = imports(program)
            .map(|import| {
                let module = absolute(import.module, package).unwrap_or_default();
                (module, import.name.map(str::to_owned), import.bound.to_owned())
            })
            .collect();
        let mut file = Self {
            path: path.clone(),
            root,
            imports,
            declared: Vec::new(),
            classes: Vec::new(),
            tables: Vec::new(),
            module,
        };
        for statement in program.outright() {
            match &statement.kind {
                StatementKind::Assign { targets, value } => file.read_assignment(targets, value),
                StatementKind::Class(class) => file.read_class(class),
                _ => {}
            }
        }
        program.walk(|node| {
            if let Node::Expression(Expression { kind: ExpressionKind::Call { function, arguments }, .. }) =
                node
                && function.last_name() == Some("Table")
            {
                let name = arguments.first().and_then(|name| name.value().as_text()).map(str::to_owned);
                // Flask-SQLAlchemy's object hands its own on.
                let own = || match &function.kind {
                    ExpressionKind::Attribute(object, _) => Some(format!("{}.metadata", object.dotted()?)),
                    _ => None,
                };
                let metadata = arguments.get(1).and_then(|handed| handed.value().dotted()).or_else(own);
                file.tables.extend(metadata.map(|metadata| ModelTable { name, metadata }));
            }
            // What a function makes is there once somebody calls it.
            node.function().is_none()
        });
        file
    }

    fn read_assignment(&mut self, targets: &[Expression], value: &Expression) {
        let ExpressionKind::Call { function, .. } = &value.kind else { return };
        let kind = match function.last_name() {
            Some("declarative_base" | "generate_base" | "automap_base") => Kind::Base,
            Some("SQLAlchemy") => Kind::Flask,
            Some("registry") => Kind::Registry,
            Some("MetaData") => Kind::MetaData,
            _ => return,
        };
        let names = targets.iter().filter_map(Expression::as_name);
        self.declared.extend(names.map(|name| (kind, name.to_string())));
    }

    fn read_class(&mut self, class: &Class) {
        let mut has_table = class.arguments.iter().any(|argument| {
            matches!(argument, Argument::Named(name, Expression { kind: ExpressionKind::Bool(true), .. })
                if &**name == "table")
        });
        let mut bases: Vec<String> = class.bases().filter_map(Expression::dotted).collect();
        // `@registry.mapped`.
        bases.extend(class.decorators.iter().filter_map(|decorator| {
            let decorator = match &decorator.kind {
                ExpressionKind::Call { function, .. } => function,
                _ => decorator,
            };
            let ExpressionKind::Attribute(registry, name) = &decorator.kind else { return None };
            name.starts_with("mapped").then(|| registry.dotted()).flatten()
        }));
        let asks = has_table;
        let (mut table, mut is_abstract, mut names_tables, mut owns_metadata) = (None, false, false, false);
        for statement in &class.body {
            match &statement.kind {
                StatementKind::Assign { targets, value } => {
                    let binds = |name: &str| targets.iter().any(|target| target.is_dotted(name));
                    has_table |= binds("__tablename__") || binds("__table__");
                    if binds("__tablename__") {
                        table = value.as_text().map(str::to_owned);
                    }
                    owns_metadata |= binds("metadata") || binds("registry");
                    is_abstract |= binds("__abstract__") && value.kind == ExpressionKind::Bool(true);
                }
                StatementKind::Function(function) if &*function.name == "__tablename__" => {
                    names_tables = true;
                }
                _ => {}
            }
        }
        // SQLModel's own way.
        if asks && table.is_none() && !has_tablename(class) {
            table = Some(class.name.to_lowercase());
        }
        let declarative = |base: &String| {
            matches!(base.rsplit('.').next(), Some("DeclarativeBase" | "DeclarativeBaseNoMeta"))
        };
        let is_decorated = |decorator: &Expression| match &decorator.kind {
            ExpressionKind::Call { function, .. } => function.last_name() == Some("as_declarative"),
            _ => decorator.last_name() == Some("as_declarative"),
        };
        let is_base =
            bases.iter().any(declarative) && !has_table || class.decorators.iter().any(is_decorated);
        if is_base {
            self.declared.push((Kind::Base, class.name.to_string()));
        }
        let name = class.name.to_string();
        let has_key = has_key(class);
        self.classes.push(ModelClass {
            name,
            bases,
            has_table,
            table,
            is_abstract,
            names_tables,
            has_key,
            owns_metadata,
        });
    }

    /// Whether a dotted name in this file may mean `name` of `module`; `alone` when no other module declares it.
    pub(super) fn means(&self, dotted: &str, module: &str, name: &str, alone: bool) -> bool {
        let (head, last) = dotted.rsplit_once('.').map_or(("", dotted), |(head, last)| (head, last));
        let exported_by = |from: &str| {
            from == module || module.starts_with(&format!("{from}.")) || from.ends_with(&format!(".{module}"))
        };
        if !head.is_empty() {
            return last == name && (alone || exported_by(head));
        }
        let import = self.imports.iter().find(|(_, _, bound)| bound == last);
        match import {
            Some((from, Some(imported), _)) => imported == name && (alone || exported_by(from)),
            Some((_, None, _)) => false,
            None => last == name && (self.module == module || alone && self.has_star_import()),
        }
    }

    fn has_star_import(&self) -> bool {
        self.imports.iter().any(|(_, name, _)| name.as_deref() == Some("*"))
    }
}

/// Whether a column in a class is the primary key, or part of it.
fn has_key(class: &Class) -> bool {
    let mut found = false;
    for statement in &class.body {
        Node::Statement(statement).walk(|node| {
            found |= matches!(node, Node::Expression(Expression { kind: ExpressionKind::Call { arguments, .. }, .. })
                if arguments.iter().any(|argument| matches!(argument, Argument::Named(name, value)
                    if &**name == "primary_key" && value.kind == ExpressionKind::Bool(true))));
            !found
        });
    }
    found
}

/// Whether a class says something of its table's name.
fn has_tablename(class: &Class) -> bool {
    class.body.iter().any(|statement| {
        let mut found = false;
        Node::Statement(statement).walk(|node| {
            found |= node.bound().iter().any(|name| &***name == "__tablename__");
            !found
        });
        found
    })
}
