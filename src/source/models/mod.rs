//! `SQLAlchemy` models found in what was dropped: what a repaired `env.py` can import.

mod file;
pub(crate) mod naming;
mod sight;
mod tables;

use std::collections::BTreeSet;

use super::metadata::{At, DEEPEST, Origin, Origins};
use super::modules::ImportRoots;
use super::program::StatementKind;
use super::{Parser, PythonFiles};
use crate::ingest::TreePath;
use crate::text::contains;
use file::{File, Kind, ModelTable};
pub use sight::{Sight, find_sight};

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
    /// What certainly has a table on it, in order of files.
    pub models: Vec<Model>,
    /// Whether it is a Flask-SQLAlchemy object.
    is_flask: bool,
    /// Whether no other name like it is declared.
    is_alone: bool,
    /// Where its metadata is made, as far as that can be followed.
    origin: Option<Origin>,
}

impl ModelBase {
    /// Whether both carry the same metadata; nothing where that is not known.
    pub fn shares_metadata_with(&self, other: &Self) -> Option<bool> {
        Some(self.origin.as_ref()? == other.origin.as_ref()?)
    }
}

/// Something with a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Model {
    /// The file.
    pub path: TreePath,
    /// The module, dotted, from `root`.
    pub module: String,
    /// The folder that Python would start in.
    pub root: String,
    /// The table's name, where it is written out.
    pub table: Option<String>,
    /// What it is called: its class, else its table.
    pub name: String,
}

/// Finds what carries metadata in the tree, best first.
pub fn find_models(python: &PythonFiles<'_>) -> Vec<ModelBase> {
    let files = read_files(python);
    let mut bases = declared_bases(&files);
    attribute_models(&files, &mut bases);
    let holders = Holders::of(&bases);
    for base in &mut bases {
        base.found.models = tables::of(python, &files, base, &holders);
        base.found.origin = origin(python, &base.found);
    }
    // Metadata and registries are kept for what stands on them only.
    bases.retain(|base| !matches!(base.kind, Kind::MetaData | Kind::Registry) || base.found.has_models);
    bases.sort_by_key(|base| {
        let depth = base.found.path.as_str().matches('/').count();
        (!base.found.has_models, base.kind, depth, base.found.path.clone(), base.found.name.clone())
    });
    bases.into_iter().map(|base| base.found).collect()
}

/// Whether a file may declare a base or a model, by its bytes.
pub(super) fn may_matter(bytes: &[u8]) -> bool {
    const WORDS: [&str; 14] = [
        "declarative_base",
        "as_declarative",
        "DeclarativeBase",
        "generate_base",
        "SQLAlchemy(",
        "SQLModel",
        "MetaData(",
        "__tablename__",
        "__abstract__",
        ".Model",
        "Table(",
        "Column(",
        "mapped_column(",
        "registry(",
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

struct Base {
    kind: Kind,
    found: ModelBase,
}

/// What has metadata that another name leads to: `Base` of `Base.metadata`, by module and name.
struct Holders(Vec<(String, String)>);

impl Holders {
    fn of(bases: &[Base]) -> Self {
        let holders = bases.iter().filter(|base| base.kind != Kind::MetaData);
        Self(holders.map(|base| (base.found.module.clone(), base.found.name.clone())).collect())
    }

    /// Whether a dotted name in a file is the metadata of one of them.
    fn hold(&self, file: &File, dotted: &str) -> bool {
        let Some(object) = dotted.strip_suffix(".metadata") else { return false };
        self.0.iter().any(|(module, name)| {
            let is_alone = self.0.iter().filter(|(_, other)| other == name).count() == 1;
            file.means(object, module, name, is_alone)
        })
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
        models: Vec::new(),
        is_flask: false,
        is_alone: false,
        origin: None,
    }
}

/// Where the metadata of a base is made.
fn origin(python: &PythonFiles<'_>, base: &ModelBase) -> Option<Origin> {
    if base.module == "sqlmodel" {
        return Some(Origin::Elsewhere("sqlmodel.SQLModel.metadata".to_owned()));
    }
    let parsed = python.parsed(&base.path)?;
    let expression = Parser::new().read(base.metadata.as_bytes());
    let StatementKind::Expression(metadata) = &expression.program.body.first()?.kind else { return None };
    let at = At { path: &base.path, program: &parsed.program, left: DEEPEST };
    Origins { files: python, first: &[] }.of(metadata, at)
}

/// The files with classes that say what their table is, and stand on no base that is known.
pub fn find_unclear_models(python: &PythonFiles<'_>, bases: &[ModelBase]) -> Vec<TreePath> {
    let known: BTreeSet<(&TreePath, &str)> =
        bases.iter().flat_map(|base| &base.models).map(|model| (&model.path, model.name.as_str())).collect();
    let files = read_files(python);
    let is_unclear = |file: &&File| {
        let with_table = file.classes.iter().filter(|class| class.has_table && !class.is_abstract);
        let known = |name: &str| known.contains(&(&file.path, name));
        with_table.into_iter().any(|class| !class.bases.is_empty() && !known(&class.name))
    };
    files.iter().filter(is_unclear).map(|file| file.path.clone()).collect()
}

fn read_files(python: &PythonFiles<'_>) -> Vec<File> {
    let roots = ImportRoots::of(python.tree());
    let mine = python.tree().iter().filter(|(path, bytes)| is_project_code(path) && may_matter(bytes));
    mine.filter_map(|(path, _)| Some(File::read(path, &python.parsed(path)?.program, &roots))).collect()
}

/// Finds the modules whose classes stand on each base, directly or through classes of the project.
fn attribute_models(files: &[File], bases: &mut [Base]) {
    let is_declarative = |base: &Base| !matches!(base.kind, Kind::MetaData | Kind::Registry);
    let declarative = bases.iter().filter(|base| is_declarative(base)).count();
    let names: Vec<(Kind, String)> = bases.iter().map(|base| (base.kind, base.found.name.clone())).collect();
    let mut owned = BTreeSet::new();
    let holders = Holders::of(bases);
    for base in &mut *bases {
        let alone = names.iter().filter(|(_, name)| *name == base.found.name).count() == 1;
        base.found.is_alone = alone;
        base.found.is_flask = base.kind == Kind::Flask;
        for file in files {
            if stands_on(file, base, alone, &holders) {
                owned.insert(file.path.clone());
                add(base, file);
            }
        }
    }
    // Tables of unclear descent belong to the only base there is.
    if declarative == 1
        && let Some(base) = bases.iter_mut().find(|base| is_declarative(base))
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

fn stands_on(file: &File, base: &Base, alone: bool, holders: &Holders) -> bool {
    let ModelBase { module, name, .. } = &base.found;
    let of_object = |table: &ModelTable| {
        table.metadata.strip_suffix(".metadata").is_some_and(|object| file.means(object, module, name, alone))
    };
    match base.kind {
        Kind::MetaData => file.tables.iter().any(|table| {
            !holders.hold(file, &table.metadata) && file.means(&table.metadata, module, name, alone)
        }),
        Kind::Flask => {
            let model = |text: &String| {
                text.strip_suffix(".Model").is_some_and(|object| file.means(object, module, name, alone))
            };
            file.classes.iter().any(|class| class.bases.iter().any(model))
                || file.tables.iter().any(of_object)
        }
        Kind::Base | Kind::Registry | Kind::SqlModel => {
            file.tables.iter().any(of_object)
                || file.classes.iter().any(|class| {
                    let counts = base.kind != Kind::SqlModel || class.has_table;
                    let is_itself = class.name == *name && file.module == *module;
                    counts
                        && !is_itself
                        && class.bases.iter().any(|text| file.means(text, module, name, alone))
                })
        }
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
