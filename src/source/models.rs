//! `SQLAlchemy` models found in what was dropped: what a repaired `env.py` can import.

use std::collections::BTreeSet;

use super::PythonFiles;
use super::imports::imports;
use super::modules::{ImportRoots, absolute, is_package};
use super::program::{Argument, Class, Expression, ExpressionKind, Node, Program, StatementKind};
use crate::ingest::TreePath;
use crate::text::contains;

/// A name that carries metadata: a declarative base, a `MetaData`, or a Flask-SQLAlchemy object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelBase {
    /// The file that binds it.
    pub path: TreePath,
    /// The dotted module that an import would name, from the folder that Python would start in.
    pub module: String,
    /// The name, such as `Base` or `db`.
    pub name: String,
    /// The expression for the metadata, such as `Base.metadata`.
    pub metadata: String,
    /// The modules that define models on it, dotted, sorted, without `module` itself.
    pub model_modules: Vec<String>,
    /// Whether any model stands on it, in its own module or in others.
    pub has_models: bool,
    /// The folder that `module` and `model_modules` are counted from.
    pub import_root: String,
}

/// Finds what carries metadata in the tree, best first.
pub fn find_models(files: &PythonFiles<'_>) -> Vec<ModelBase> {
    let tree = files.tree();
    let roots = ImportRoots::of(tree);
    let files: Vec<File> = tree
        .iter()
        .filter(|(path, bytes)| is_project_code(path) && may_matter(bytes))
        .filter_map(|(path, _)| Some(File::read(path, &files.parsed(path)?.program, &roots)))
        .collect();
    let mut bases = declared_bases(&files);
    attribute_models(&files, &mut bases);
    bases.retain(|base| base.kind != Kind::MetaData || base.found.has_models);
    bases.sort_by_key(|base| {
        let depth = base.found.path.as_str().matches('/').count();
        (!base.found.has_models, base.kind, depth, base.found.path.clone(), base.found.name.clone())
    });
    bases.into_iter().map(|base| base.found).collect()
}

/// Whether a file may declare a base or a model, by its bytes.
fn may_matter(bytes: &[u8]) -> bool {
    const WORDS: [&str; 10] = [
        "declarative_base",
        "DeclarativeBase",
        "generate_base",
        "SQLAlchemy(",
        "SQLModel",
        "MetaData(",
        "__tablename__",
        "__abstract__",
        ".Model",
        "Table(",
    ];
    WORDS.iter().any(|word| contains(bytes, word)) && !contains(bytes, "down_revision")
}

/// Whether a file is the project's own code: no test, no example, no `env.py`.
pub(super) fn is_project_code(path: &TreePath) -> bool {
    let name = path.file_name();
    let is_module =
        matches!(name.rsplit_once('.'), Some((_, "py"))) && name != "env.py" && name != "conftest.py";
    let is_test = name.starts_with("test_") || path.stem().ends_with("_test");
    let folder = |name: &str| matches!(name, "test" | "tests" | "testing" | "examples" | "docs");
    is_module && !is_test && !path.folder().split('/').any(folder)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A declarative base.
    Base,
    /// A Flask-SQLAlchemy object.
    Flask,
    /// `SQLModel`, which is imported, not declared.
    SqlModel,
    /// A bare `MetaData`.
    MetaData,
}

struct Base {
    kind: Kind,
    found: ModelBase,
}

/// A class statement at module level.
struct ModelClass {
    name: String,
    /// The classes it derives from, dotted.
    bases: Vec<String>,
    /// Whether it names its table, or asks for one.
    has_table: bool,
}

/// What one file says about models.
struct File {
    path: TreePath,
    root: String,
    module: String,
    /// Module, name and bound name of each import; relative modules made absolute.
    imports: Vec<(String, Option<String>, String)>,
    declared: Vec<(Kind, String)>,
    classes: Vec<ModelClass>,
    /// The names that `Table(…, metadata)` is handed.
    tables: BTreeSet<String>,
}

impl File {
    fn read(path: &TreePath, program: &Program, roots: &ImportRoots) -> Self {
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
            tables: BTreeSet::new(),
            module,
        };
        for statement in &program.body {
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
                file.tables.extend(arguments.get(1).and_then(|handed| handed.value().dotted()));
            }
            true
        });
        file
    }

    fn read_assignment(&mut self, targets: &[Expression], value: &Expression) {
        let ExpressionKind::Call { function, .. } = &value.kind else { return };
        let kind = match function.last_name() {
            Some("declarative_base" | "generate_base" | "automap_base") => Kind::Base,
            Some("SQLAlchemy") => Kind::Flask,
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
        let bases: Vec<String> = class.bases().filter_map(Expression::dotted).collect();
        for statement in &class.body {
            if let StatementKind::Assign { targets, .. } = &statement.kind {
                has_table |= targets
                    .iter()
                    .any(|target| target.is_dotted("__tablename__") || target.is_dotted("__table__"));
            }
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
        self.classes.push(ModelClass { name: class.name.to_string(), bases, has_table });
    }

    /// Whether a dotted name in this file may mean `name` of `module`; `alone` when no other module declares it.
    fn means(&self, dotted: &str, module: &str, name: &str, alone: bool) -> bool {
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

/// Every base that a file declares, and `SQLModel` where a file uses it for tables.
fn declared_bases(files: &[File]) -> Vec<Base> {
    let mut bases = Vec::new();
    for file in files {
        for (kind, name) in &file.declared {
            let metadata = if *kind == Kind::MetaData { name.clone() } else { format!("{name}.metadata") };
            bases.push(Base { kind: *kind, found: model_base(file, &file.module, name, metadata) });
        }
    }
    let uses_sqlmodel = |file: &&File| {
        file.imports.iter().any(|(module, ..)| module == "sqlmodel")
            && file.classes.iter().any(|class| class.has_table)
    };
    if let Some(file) = files.iter().find(uses_sqlmodel) {
        let found = model_base(file, "sqlmodel", "SQLModel", "SQLModel.metadata".to_owned());
        bases.push(Base { kind: Kind::SqlModel, found });
    }
    bases
}

fn model_base(file: &File, module: &str, name: &str, metadata: String) -> ModelBase {
    ModelBase {
        path: file.path.clone(),
        module: module.to_owned(),
        name: name.to_owned(),
        metadata,
        model_modules: Vec::new(),
        has_models: false,
        import_root: file.root.clone(),
    }
}

/// Finds the modules whose classes stand on each base, directly or through classes of the project.
fn attribute_models(files: &[File], bases: &mut [Base]) {
    let declarative = bases.iter().filter(|base| base.kind != Kind::MetaData).count();
    let names: Vec<(Kind, String)> = bases.iter().map(|base| (base.kind, base.found.name.clone())).collect();
    let mut owned = BTreeSet::new();
    for base in &mut *bases {
        let alone = names.iter().filter(|(_, name)| *name == base.found.name).count() == 1;
        for file in files {
            if stands_on(file, base, alone) {
                owned.insert(file.path.clone());
                add(base, file);
            }
        }
    }
    // Tables of unclear descent belong to the only base there is.
    if declarative == 1
        && let Some(base) = bases.iter_mut().find(|base| base.kind != Kind::MetaData)
    {
        for file in files {
            if !owned.contains(&file.path) && file.classes.iter().any(|class| class.has_table) {
                add(base, file);
            }
        }
    }
    for base in bases {
        base.found.model_modules.sort();
        base.found.model_modules.dedup();
    }
}

fn stands_on(file: &File, base: &Base, alone: bool) -> bool {
    let ModelBase { module, name, .. } = &base.found;
    match base.kind {
        Kind::MetaData => file.tables.iter().any(|handed| file.means(handed, module, name, alone)),
        Kind::Flask => {
            let model = |text: &String| {
                text.strip_suffix(".Model").is_some_and(|object| file.means(object, module, name, alone))
            };
            let table = |handed: &String| {
                handed.strip_suffix(".metadata").is_some_and(|object| file.means(object, module, name, alone))
            };
            file.classes.iter().any(|class| class.bases.iter().any(model)) || file.tables.iter().any(table)
        }
        Kind::Base | Kind::SqlModel => file.classes.iter().any(|class| {
            let counts = base.kind == Kind::Base || class.has_table;
            let is_itself = class.name == *name && file.module == *module;
            counts && !is_itself && class.bases.iter().any(|text| file.means(text, module, name, alone))
        }),
    }
}

fn add(base: &mut Base, file: &File) {
    base.found.has_models = true;
    if file.module != base.found.module && file.root == base.found.import_root {
        base.found.model_modules.push(file.module.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::SourceTree;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let mut tree = SourceTree::default();
        for (path, content) in files {
            tree.insert(TreePath::parse(path).expect("relative"), content.as_bytes());
        }
        find_models(&PythonFiles::of(&tree))
            .into_iter()
            .map(|base| {
                let models = if base.has_models { "with" } else { "without" };
                format!("{}: {} {models} models {:?}", base.module, base.metadata, base.model_modules)
            })
            .collect()
    }

    #[test]
    fn every_kind_of_base_is_found() {
        for (source, expected) in [
            (
                "from x import declarative_base\nBase = declarative_base()\nclass A(Base):\n    __tablename__ = 'a'\n",
                "Base",
            ),
            (
                "import sqlalchemy.orm as orm\nBase = orm.declarative_base()\nclass A(Base):\n    __tablename__ = 'a'\n",
                "Base",
            ),
            ("class Model(DeclarativeBase):\n    pass\nclass A(Model):\n    __tablename__ = 'a'\n", "Model"),
            (
                "class Base(AsyncAttrs, orm.DeclarativeBase): pass\nclass A(Base):\n    __tablename__ = 'a'\n",
                "Base",
            ),
            ("db = SQLAlchemy()\nclass A(db.Model):\n    id = 1\n", "db"),
            (
                "reg = registry()\nBase = reg.generate_base()\nclass A(Base):\n    __tablename__ = 'a'\n",
                "Base",
            ),
            ("@as_declarative()\nclass Base:\n    pass\nclass A(Base):\n    __tablename__ = 'a'\n", "Base"),
        ] {
            assert_eq!(
                found(&[("app.py", source)]),
                [format!("app: {expected}.metadata with models []")],
                "{source}"
            );
        }
        assert_eq!(
            found(&[("m.py", "metadata = MetaData()\nt = Table('t', metadata, Column('id'))\n")]),
            ["m: metadata with models []"]
        );
        assert_eq!(
            found(&[(
                "m.py",
                "from sqlmodel import SQLModel\nclass Hero(SQLModel, table=True):\n    id: int\n"
            )]),
            ["sqlmodel: SQLModel.metadata with models [\"m\"]"]
        );
    }

    #[test]
    fn modules_with_models_are_named_as_python_imports_them() {
        let base = "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase): pass\n";
        let user = "from app.db import Base\nclass User(Base):\n    __tablename__ = 'user'\n";
        let post = "from ..db import Base\nclass Post(Base):\n    __tablename__ = 'post'\n";
        for prefix in ["", "src/"] {
            let at = |path: &str| format!("{prefix}{path}");
            assert_eq!(
                found(&[
                    (&at("app/__init__.py"), ""),
                    (&at("app/db/__init__.py"), "from .base import Base\n"),
                    (&at("app/db/base.py"), base),
                    (&at("app/models/user.py"), user),
                    (&at("app/models/post.py"), post),
                    (&at("tests/test_x.py"), user),
                ]),
                ["app.db.base: Base.metadata with models [\"app.models.post\", \"app.models.user\"]"]
            );
        }
        assert_eq!(
            found(&[
                ("backend/alembic.ini", ""),
                ("backend/app/models.py", &format!("{base}class A(Base):\n    __tablename__ = 'a'\n")),
            ]),
            ["app.models: Base.metadata with models []"]
        );
    }

    #[test]
    fn the_base_that_models_stand_on_comes_first() {
        let declared = "from sqlalchemy.orm import declarative_base\nBase = declarative_base()\n";
        assert_eq!(
            found(&[
                ("a.py", declared),
                ("b.py", declared),
                ("c.py", "from b import Base\nclass C(Base):\n    __tablename__ = 'c'\n"),
            ]),
            ["b: Base.metadata with models [\"c\"]", "a: Base.metadata without models []"]
        );
    }

    #[test]
    fn tables_of_unclear_descent_belong_to_the_only_base() {
        assert_eq!(
            found(&[
                ("app/db.py", "db = SQLAlchemy()\n"),
                ("app/mixins.py", "from app.db import db\nclass Timed(db.Model):\n    __abstract__ = True\n"),
                (
                    "app/user.py",
                    "from app.mixins import Timed\nclass User(Timed):\n    __tablename__ = 'u'\n"
                ),
            ]),
            ["app.db: db.metadata with models [\"app.mixins\", \"app.user\"]"]
        );
    }

    #[test]
    fn migrations_tests_and_plain_code_hold_no_models() {
        let base = "Base = declarative_base()\n";
        assert!(
            found(&[
                ("migrations/versions/a.py", &format!("{base}down_revision = None\n")),
                ("tests/models.py", base),
                ("test_models.py", base),
                ("migrations/env.py", "metadata = MetaData()\n"),
                ("app.py", "metadata = MetaData()\n"),
            ])
            .is_empty()
        );
    }
}
