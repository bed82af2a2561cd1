//! The naming convention that `target_metadata` has, and with it every constraint without a name that `op` makes.
//!
//! Looked for in `env.py` and in what it imports: what a `MetaData` is made with, or what is assigned to its
//! `naming_convention`; a dict that is written out, or a name of one, imported or not. It counts where that `MetaData` is
//! the one of `target_metadata`; where that cannot be told, several that differ make it unknown. Where what `env.py`
//! imports is not known, all files are looked through. Source: `SchemaObjects.metadata` of Alembic's `operations/schemaobj.py`.

use std::collections::BTreeMap;

use super::env_py::TargetMetadata;
use super::metadata::{self, At, Origin, Origins};
use super::modules::Meant;
use super::program::{Argument, Expression, ExpressionKind, Node, Program, Statement, StatementKind};
use super::reach::{Reach, imported, inner};
use super::{EnvPy, Environment, Parser, PythonFiles, top};
use crate::ingest::TreePath;
use crate::text::contains;

/// A naming convention, by key: `ix`, `uq`, `ck`, `fk`, `pk`.
pub type Conventions = BTreeMap<String, String>;

/// What a tree says of its naming convention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundConvention {
    /// Nothing names one.
    None,
    /// There is certainly none but SQLAlchemy's own.
    Default,
    /// There is one, and it is written out.
    One(Conventions),
    /// There are several that differ, or one that is computed.
    Unknown,
}

/// The naming convention of an environment's metadata; `reach` is what its `env.py` imports.
pub fn find_convention(
    files: &PythonFiles<'_>,
    environment: &Environment,
    reach: Option<&Reach>,
) -> FoundConvention {
    let has_none = environment.env_py.as_ref().is_some_and(|env_py| match &env_py.target_metadata {
        // Neither `None` nor a list has a convention to go by.
        TargetMetadata::None { .. } => env_py.configures,
        TargetMetadata::Expression { text, .. } => env_py.configures && text.starts_with('['),
        TargetMetadata::Absent | TargetMetadata::Unknown { .. } => false,
    });
    if has_none {
        return FoundConvention::Default;
    }
    let search = |paths: &mut dyn Iterator<Item = &TreePath>| Search::of(files, environment, paths);
    if let Some(reach) = reach {
        match search(&mut reach.modules()) {
            FoundConvention::None if reach.open.is_some() => {}
            found => return found,
        }
    }
    let is_code = |path: &TreePath| matches!(path.file_name().rsplit_once('.'), Some((_, "py")));
    let others =
        files.tree().iter().filter(|(path, bytes)| is_code(path) && !contains(bytes, "down_revision"));
    search(&mut others.map(|(path, _)| path))
}

/// The conventions in some files.
struct Search<'t> {
    files: &'t PythonFiles<'t>,
    first: &'t [String],
    env_py: Option<&'t EnvPy>,
    found: Vec<Given>,
}

/// A convention that something is given.
struct Given {
    /// The metadata that has it, where that is known.
    of: Option<Origin>,
    /// Whether it takes the place of what the metadata was made with.
    is_assigned: bool,
    /// What it is, where it is written out.
    conventions: Option<Conventions>,
}

impl<'t> Search<'t> {
    fn of(
        files: &'t PythonFiles<'t>,
        environment: &'t Environment,
        paths: &mut dyn Iterator<Item = &TreePath>,
    ) -> FoundConvention {
        let env_py = environment.env_py.as_ref();
        let mut search = Self { files, first: &environment.prepended, env_py, found: Vec::new() };
        for path in paths {
            if !files.tree().get(path).is_some_and(|bytes| contains(bytes, KEY)) {
                continue;
            }
            if let Some(parsed) = files.parsed(path) {
                search.look_through(path, &parsed.program);
            }
        }
        search.decide()
    }

    /// The convention of `target_metadata`.
    fn decide(self) -> FoundConvention {
        let target = self.target();
        let is_its = |given: &&Given| target.is_none() || given.of == target;
        let is_assigned = self.found.iter().filter(is_its).any(|given| given.is_assigned);
        let counts = |given: &&Given| {
            // What cannot be told may be it.
            given.of.is_none() || is_its(given) && (target.is_none() || given.is_assigned || !is_assigned)
        };
        let mut all = self.found.iter().filter(counts).map(|given| given.conventions.as_ref());
        let Some(first) = all.next() else {
            // A base that is not here may have one; SQLModel's has none.
            let is_foreign =
                |origin: &Origin| matches!(origin, Origin::Elsewhere(of) if top(of) != "sqlmodel");
            return match &target {
                Some(origin) if is_foreign(origin) => FoundConvention::Unknown,
                // It is made here, and without one.
                Some(Origin::Made(..)) => FoundConvention::Default,
                Some(Origin::Elsewhere(_)) | None => FoundConvention::None,
            };
        };
        match first {
            Some(one) if all.all(|other| other == first) && self.found.iter().any(|given| is_its(&given)) => {
                FoundConvention::One(one.clone())
            }
            _ => FoundConvention::Unknown,
        }
    }

    /// Where the metadata of `env.py` is made.
    fn target(&self) -> Option<Origin> {
        let env_py = self.env_py?;
        let TargetMetadata::Expression { text, value, .. } = &env_py.target_metadata else { return None };
        let parsed = self.files.parsed(&env_py.path)?;
        let mut found = None;
        parsed.program.walk(|node| {
            if let Node::Expression(expression) = node
                && expression.range == *value
            {
                found.get_or_insert(expression);
            }
            found.is_none()
        });
        if let Some(expression) = found {
            return self.origin(expression, &env_py.path, &parsed.program);
        }
        // It is imported by its name.
        let name = Parser::new().read(text.as_bytes());
        let StatementKind::Expression(name) = &name.program.body.first()?.kind else { return None };
        self.origin(name, &env_py.path, &parsed.program)
    }

    fn origin(&self, metadata: &Expression, path: &TreePath, program: &Program) -> Option<Origin> {
        let origins = Origins { files: self.files, first: self.first };
        origins.of(metadata, At { path, program, left: metadata::DEEPEST })
    }

    fn look_through(&mut self, path: &TreePath, program: &Program) {
        let mut found = Vec::new();
        program.walk(|node| {
            match node {
                Node::Expression(
                    call @ Expression { kind: ExpressionKind::Call { function, arguments }, .. },
                ) => {
                    let value = arguments.iter().find_map(|argument| match argument {
                        Argument::Named(key, value) if &**key == KEY => Some(value),
                        _ => None,
                    });
                    if let Some(value) = value.filter(|_| function.last_name() != Some("batch_alter_table")) {
                        found.push((call, false, Some(value)));
                    }
                    // `metadata.naming_convention.update(…)`.
                    if let ExpressionKind::Attribute(object, _) = &function.kind
                        && let ExpressionKind::Attribute(metadata, name) = &object.kind
                        && &**name == KEY
                    {
                        found.push((metadata, true, None));
                    }
                }
                Node::Statement(Statement { kind: StatementKind::Assign { targets, value }, .. }) => {
                    for target in targets {
                        if let ExpressionKind::Attribute(metadata, name) = &target.kind
                            && &**name == KEY
                        {
                            found.push((metadata, true, Some(value)));
                        }
                    }
                }
                _ => {}
            }
            true
        });
        let is_env_py = self.env_py.is_some_and(|env_py| env_py.path == *path);
        for (metadata, is_assigned, value) in found {
            // The name means what it is bound to last.
            let of = if is_env_py && metadata.is_dotted("target_metadata") {
                self.target()
            } else {
                self.origin(metadata, path, program)
            };
            let conventions = value.and_then(|value| self.conventions(value, path, program, DEEPEST));
            self.found.push(Given { of, is_assigned, conventions });
        }
    }

    /// A dict of texts: written out, or bound to a name here or in another module.
    fn conventions(
        &self,
        value: &Expression,
        path: &TreePath,
        program: &Program,
        depth: usize,
    ) -> Option<Conventions> {
        let depth = depth.checked_sub(1)?;
        let entry = |key: &str, value: &Expression| Some((key.to_owned(), value.as_text()?.to_owned()));
        match &value.kind {
            ExpressionKind::Dict(pairs) => {
                pairs.iter().map(|(key, value)| entry(key.as_ref()?.as_text()?, value)).collect()
            }
            ExpressionKind::Call { function, arguments } if function.is_dotted("dict") => arguments
                .iter()
                .map(|argument| match argument {
                    Argument::Named(key, value) => entry(key, value),
                    _ => None,
                })
                .collect(),
            ExpressionKind::Name(name) => self.named(name, path, program, depth),
            ExpressionKind::Attribute(module, name) => {
                let bound = module.as_name()?;
                let import = super::imports(program).find(|import| *import.bound == **bound)?;
                let module =
                    import.name.map_or_else(|| import.module.to_owned(), |own| inner(import.module, own));
                self.in_module(&module, name, path, depth)
            }
            _ => None,
        }
    }

    /// What a name is bound to at the top of a module, or where it is imported from.
    fn named(&self, name: &str, path: &TreePath, program: &Program, depth: usize) -> Option<Conventions> {
        let is_bound = |targets: &[Expression]| targets.iter().any(|target| target.is_dotted(name));
        let mut values = program.body.iter().filter_map(|statement| match &statement.kind {
            StatementKind::Assign { targets, value } if is_bound(targets) => Some(value),
            _ => None,
        });
        if let Some(value) = values.next() {
            let is_one = values.next().is_none();
            return is_one.then(|| self.conventions(value, path, program, depth)).flatten();
        }
        let import = super::imports(program).find(|import| import.bound == name)?;
        self.in_module(import.module, import.name?, path, depth)
    }

    fn in_module(&self, module: &str, name: &str, user: &TreePath, depth: usize) -> Option<Conventions> {
        let Meant::File(path) = imported(self.files, module, user, self.first) else { return None };
        let parsed = self.files.parsed(path)?;
        self.named(name, path, &parsed.program, depth.checked_sub(1)?)
    }
}

const KEY: &str = "naming_convention";

/// Names that stand for one another further than this are not followed.
const DEEPEST: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::SourceTree;
    use crate::source::find_environments;

    /// The convention of the only environment, whose `env.py` is the first file.
    fn convention(files: &[(&str, &str)]) -> FoundConvention {
        let mut tree = SourceTree::default();
        for (at, (path, text)) in files.iter().enumerate() {
            let text =
                if at == 0 { format!("from alembic import context\n{text}") } else { (*text).to_owned() };
            tree.insert(TreePath::parse(path).expect("relative"), text.into_bytes());
        }
        let files = PythonFiles::of(&tree);
        let environment = &find_environments(&files)[0];
        find_convention(&files, environment, Reach::of(&files, environment).as_ref())
    }

    fn ix() -> FoundConvention {
        FoundConvention::One(Conventions::from([("ix".to_owned(), "ix_%(table_name)s".to_owned())]))
    }

    const IX: &str = "{'ix': 'ix_%(table_name)s'}";

    #[test]
    fn a_convention_is_found_however_it_is_given() {
        let naming = ("m/naming.py", "N = {'ix': 'ix_%(table_name)s'}\n");
        for env_py in [
            format!("target_metadata = MetaData(naming_convention={IX})"),
            format!("target_metadata = Base.metadata\ntarget_metadata.naming_convention = {IX}"),
            format!("Base.metadata.naming_convention = {IX}"),
            format!("SQLModel.metadata.naming_convention = {IX}"),
            format!("db = SQLAlchemy(metadata=MetaData(naming_convention={IX}))"),
            format!("class Base(DeclarativeBase):\n    metadata = MetaData(naming_convention={IX})"),
            format!("def make():\n    return MetaData(naming_convention={IX})"),
            "M = MetaData(naming_convention=dict(ix='ix_%(table_name)s'))".to_owned(),
            format!("N = {IX}\nM = MetaData(naming_convention=N)"),
            "from m.naming import N\ntarget_metadata.naming_convention = N".to_owned(),
            "from .naming import N as own\nM = MetaData(naming_convention=own)".to_owned(),
            "from m import naming\nM = MetaData(naming_convention=naming.N)".to_owned(),
            "import pkgutil\npkgutil.walk_packages(x)\nfrom m.naming import N\nM.naming_convention = N"
                .to_owned(),
        ] {
            assert_eq!(convention(&[("m/env.py", &env_py), naming]), ix(), "{env_py}");
        }
    }

    #[test]
    fn it_counts_where_env_py_imports_it_only() {
        let base = ("app/base.py", "M = MetaData(naming_convention={'ix': 'ix_%(table_name)s'})\n");
        let env_py = |text: &'static str| [("m/env.py", text), base];
        assert_eq!(convention(&env_py("from app.base import M")), ix());
        let other = "from app.base import M\ntarget_metadata = MetaData()";
        assert_eq!(convention(&env_py(other)), FoundConvention::Default, "it is made without one");
        assert_eq!(convention(&env_py("import os")), FoundConvention::None);
        assert_eq!(convention(&env_py("import importlib\nimportlib.import_module(x)")), ix());
    }

    #[test]
    fn neither_none_nor_a_list_has_one() {
        let made = format!("M = MetaData(naming_convention={IX})\n");
        for target in ["None", "[M]"] {
            let env_py = format!(
                "{made}target_metadata = {target}\ncontext.configure(target_metadata=target_metadata)"
            );
            assert_eq!(convention(&[("m/env.py", &env_py)]), FoundConvention::Default, "{target}");
        }
    }

    #[test]
    fn type_checkers_see_another_base() {
        let of = |base: &str| {
            let base = format!("{base}\n");
            let files =
                [("m/env.py", "from app import Base\ntarget_metadata = Base.metadata"), ("app.py", &base)];
            convention(&files)
        };
        let made = format!("Base = declarative_base(metadata=MetaData(naming_convention={IX}))");
        let other = "Other = MetaData(naming_convention={'ix': 'a'})";
        for base in [
            format!("if TYPE_CHECKING:\n    Base = object\nelse:\n    {made}\n{other}"),
            format!("if not typing.TYPE_CHECKING:\n    {made}\n{other}"),
        ] {
            assert_eq!(of(&base), ix(), "{base}");
        }
        let none = format!("if TYPE_CHECKING:\n    {made}\nelse:\n    Base = declarative_base()\n{other}");
        assert_eq!(of(&none), FoundConvention::Default);
    }

    #[test]
    fn a_base_that_is_not_here_may_have_one() {
        let at = |base: &str| {
            convention(&[("m/env.py", &format!("{base}\ntarget_metadata = Base.metadata")), ("a.py", "")])
        };
        assert_eq!(at("from lib.db import Base"), FoundConvention::Unknown);
        assert_eq!(at("from sqlmodel import SQLModel as Base"), FoundConvention::None);
    }

    #[test]
    fn several_or_computed_ones_are_unknown() {
        for env_py in [
            "M = MetaData(naming_convention=make())",
            "a = MetaData(naming_convention={'ix': 'a'})\nb = MetaData(naming_convention={'ix': 'b'})",
            "M = MetaData(naming_convention={'ix': 'a'})\nM.naming_convention.update(x)",
            "N = {'ix': 'a'}\nN = {'ix': 'b'}\nM = MetaData(naming_convention=N)",
        ] {
            assert_eq!(convention(&[("m/env.py", env_py)]), FoundConvention::Unknown, "{env_py}");
        }
    }
}
