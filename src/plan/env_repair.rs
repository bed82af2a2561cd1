//! The repaired `env.py`: one that gives autogenerate something to compare with, or all of it.
//!
//! The live environment's own lines are taken where it has them, else imports of the only models in the drop. An
//! import that fails is never swallowed. What is not certain is not offered: the result must read back as repaired.

use std::collections::BTreeSet;

use crate::ingest::TreePath;
use crate::source::program::{Expression, ExpressionKind, Node, Program, Statement, StatementKind};
use crate::source::{
    EnvPy, Environment, Flavour, Import, ImportRoots, Model, ModelBase, Parser, PythonFiles, TargetMetadata,
    imports, top,
};
use crate::text::{Edit, Encoding, TextEdit, TextRange, written};

/// Where the new lines come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvRepairSource {
    /// The live environment's own lines.
    Environment(TreePath),
    /// Imports of the models found.
    Models(Vec<String>),
}

/// A repaired `env.py`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvRepair {
    /// The file.
    pub path: TreePath,
    /// Its bytes after.
    pub after: Vec<u8>,
    /// Where the new lines come from.
    pub from: EnvRepairSource,
    /// The lines it adds above `target_metadata`.
    pub lines: Vec<String>,
}

/// Repairs an `env.py` whose `target_metadata` is `None`; nothing where nothing certain can be written.
pub fn repair_env(
    files: &PythonFiles<'_>,
    environment: &Environment,
    environments: &[&Environment],
    models: &[ModelBase],
) -> Option<EnvRepair> {
    let env_py = environment.env_py.as_ref()?;
    let TargetMetadata::None { value, statement } = env_py.target_metadata else { return None };
    let source = files.tree().get(&env_py.path)?;
    let parsed = files.parsed(&env_py.path)?;
    let (program, has_error) = (&*parsed.program, parsed.has_error);
    let target = Target { path: &env_py.path, source, program, has_error, value, statement };
    let from_live = environments
        .iter()
        .filter(|other| other.live && other.script_location != environment.script_location)
        .filter(|other| other.project() == environment.project())
        .filter_map(|other| from_environment(files, &target, other))
        .find_map(|lines| target.write(lines));
    from_live.or_else(|| target.write(from_models(&target, environment, environments, models)?))
}

/// Imports models that an `env.py` never reaches; nothing where nothing certain can be written.
pub fn import_models(
    files: &PythonFiles<'_>,
    environment: &Environment,
    environments: &[&Environment],
    models: &[Model],
) -> Option<EnvRepair> {
    let env_py = environment.env_py.as_ref()?;
    let TargetMetadata::Expression { value, .. } = env_py.target_metadata else { return None };
    let source = files.tree().get(&env_py.path)?;
    let parsed = files.parsed(&env_py.path)?;
    let (program, has_error) = (&*parsed.program, parsed.has_error);
    let statement = program.body.iter().find(|statement| statement.range.contains(value))?.range;
    let target = Target { path: &env_py.path, source, program, has_error, value, statement };
    let root = &models.first()?.root;
    let modules: BTreeSet<&str> = models.iter().map(|model| model.module.as_str()).collect();
    let is_name = |module: &&str| module.split('.').all(is_identifier);
    if models.iter().any(|model| model.root != *root) || !modules.iter().all(is_name) {
        return None;
    }
    let mut above = Vec::new();
    if !is_importable(&target, environment, environments, root) {
        above.extend(sys_path_for(target.path, root)?);
    }
    let used = names_used(program);
    above.extend(modules.iter().map(|module| import_line(module, &used)));
    let modules = modules.into_iter().map(str::to_owned).collect();
    target.write(Lines { above, expression: None, from: EnvRepairSource::Models(modules) })
}

/// What is written into the file.
struct Lines {
    /// Statements that go above the assignment, in order.
    above: Vec<String>,
    /// The new value, where there is one.
    expression: Option<String>,
    from: EnvRepairSource,
}

/// The file that is repaired.
struct Target<'t> {
    path: &'t TreePath,
    source: &'t [u8],
    program: &'t Program,
    /// Whether the parser found errors in it.
    has_error: bool,
    value: TextRange,
    statement: TextRange,
}

impl Target<'_> {
    /// Writes the lines, and reads the result back.
    fn write(&self, lines: Lines) -> Option<EnvRepair> {
        let present: BTreeSet<String> =
            imports(self.program).map(|import| written(self.source, import.statement)).collect();
        let above: Vec<String> = lines.above.into_iter().filter(|line| !present.contains(line)).collect();
        if above.iter().any(|line| self.conflicts(line)) {
            return None;
        }
        let at = self.insertion_point()?;
        let line_end = self.line_end();
        let mut text = String::new();
        for line in &above {
            text.push_str(&line.replace("\r\n", "\n").replace('\n', line_end));
            text.push_str(line_end);
        }
        let encoding = Encoding::of(self.source);
        let mut edits = Vec::new();
        if let Some(expression) = &lines.expression {
            edits.push(Edit { delete: self.value, insert: encoding.encode(expression)? });
        }
        if !text.is_empty() {
            edits.push(Edit { delete: TextRange::empty(at), insert: encoding.encode(&text)? });
        }
        let after = TextEdit::new(edits).ok()?.apply(self.source).ok()?;
        let parsed = Parser::new().read(&after);
        let env_py = EnvPy::of(self.path, &after, &parsed);
        let repaired = matches!(env_py.target_metadata, TargetMetadata::Expression { .. });
        let parses = self.has_error || !parsed.has_error;
        (repaired && parses).then(|| EnvRepair {
            path: self.path.clone(),
            after,
            from: lines.from,
            lines: above,
        })
    }

    /// Whether a new line binds a name that means something else in the file.
    fn conflicts(&self, line: &str) -> bool {
        let used = names_used(self.program);
        let parsed = Parser::new().read(line.as_bytes());
        imports(&parsed.program).any(|new| match imports(self.program).find(|old| old.bound == new.bound) {
            Some(old) => {
                let one_package = old.name.is_none() && new.name.is_none() && old.module != old.bound;
                (old.module, old.name) != (new.module, new.name) && !one_package
            }
            None => used.contains(new.bound),
        })
    }

    /// The start of the assignment's line, so that what runs above it, such as changes of `sys.path`, still does.
    fn insertion_point(&self) -> Option<u32> {
        let text = self.statement.slice(self.source);
        let left = &text[..(self.value.start() - self.statement.start()) as usize];
        let plain =
            left.starts_with(b"target_metadata") && String::from_utf8_lossy(left).matches('=').count() == 1;
        if plain {
            let start = self.line_start(self.statement.start());
            let before = &self.source[start as usize..self.statement.start() as usize];
            return before.is_empty().then_some(start);
        }
        // `None` is handed to `context.configure` inside a function: the imports go below the others.
        let last = imports(self.program).last()?.statement;
        let rest = &self.source[last.end() as usize..];
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        Some(last.end() + end as u32 + 1)
    }

    fn line_start(&self, offset: u32) -> u32 {
        let before = &self.source[..offset as usize];
        let start = before.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
        if start == 0 && before.starts_with(b"\xef\xbb\xbf") { 3 } else { start as u32 }
    }

    /// The line end that the file uses first.
    fn line_end(&self) -> &'static str {
        match self.source.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            Some(at) if self.source[at..].starts_with(b"\r\n") => "\r\n",
            Some(at) if self.source[at] == b'\r' => "\r",
            _ => "\n",
        }
    }
}

/// The lines of an environment whose metadata is an expression of what it imports.
fn from_environment(files: &PythonFiles<'_>, target: &Target<'_>, other: &Environment) -> Option<Lines> {
    let env_py = other.env_py.as_ref().filter(|env_py| !env_py.flask_migrate)?;
    let TargetMetadata::Expression { text: expression, .. } = &env_py.target_metadata else { return None };
    let source = files.tree().get(&env_py.path)?;
    let parsed = files.parsed(&env_py.path)?;
    let program = &*parsed.program;
    let all: Vec<Import<'_>> = imports(program).collect();
    let is_imported = |name: &String| all.iter().any(|import| import.bound == name);
    let names: BTreeSet<String> = names_used(&Parser::new().read(expression.as_bytes()).program);
    if names.is_empty() || !names.iter().all(is_imported) {
        return None;
    }
    let paths = sys_path_lines(program);
    let has_paths = !sys_path_lines(target.program).is_empty();
    if !paths.is_empty() && !has_paths {
        // The lines speak of `__file__`: they mean the same in a folder beside it only.
        let parent = |path: &TreePath| {
            path.folder().rsplit_once('/').map_or(String::new(), |(parent, _)| parent.to_owned())
        };
        let beside = !target.path.folder().is_empty() && parent(target.path) == parent(&env_py.path);
        if !beside {
            return None;
        }
    }
    let paths = if has_paths { Vec::new() } else { paths };
    let mut needed = names;
    for statement in &paths {
        needed.extend(names_in(Node::Statement(statement)).filter(|name| *name != "__file__"));
    }
    if !needed.iter().all(|name| is_builtin(name) || is_imported(name)) {
        return None;
    }
    let said = |range: TextRange| (range, written(source, range));
    let mut lines: Vec<(TextRange, String)> = paths.iter().map(|line| said(line.range)).collect();
    let roots = ImportRoots::of(files.tree());
    for import in &all {
        let is_project_s = roots.have(files.tree(), top(import.module));
        if import.bound == "*" && is_project_s {
            lines.push((import.statement, format!("import {}  # noqa: F401", import.module)));
        } else if needed.contains(import.bound) || is_project_s && !is_used(program, import.bound) {
            lines.push(said(import.statement));
        }
    }
    lines.sort();
    lines.dedup();
    Some(Lines {
        above: lines.into_iter().map(|(_, line)| line).collect(),
        expression: Some(expression.clone()),
        from: EnvRepairSource::Environment(env_py.path.clone()),
    })
}

/// The statements at module level that change where Python looks for modules.
fn sys_path_lines(program: &Program) -> Vec<&Statement> {
    let is_of_path = |statement: &&Statement| {
        let object = match &statement.kind {
            StatementKind::Expression(Expression { kind: ExpressionKind::Call { function, .. }, .. }) => {
                &**function
            }
            StatementKind::Assign { targets, .. } => targets.first()?,
            StatementKind::Augment { target, .. } => target,
            _ => return None,
        };
        let mut dotted = Some(object);
        while let Some(at) = dotted {
            dotted = match &at.kind {
                _ if at.is_dotted("sys.path") => return Some(()),
                ExpressionKind::Attribute(object, _) => Some(object),
                ExpressionKind::Item(item) => Some(&item.0),
                _ => None,
            };
        }
        None
    };
    program.body.iter().filter(|statement| is_of_path(statement).is_some()).collect()
}

fn is_builtin(name: &str) -> bool {
    matches!(name, "str" | "__file__" | "repr" | "len" | "True" | "False" | "None")
}

/// Whether the file uses a name beside importing it; if not, the import is there for what it does.
fn is_used(program: &Program, name: &str) -> bool {
    names_used(program).contains(name)
}

/// Imports of the only models in the drop.
fn from_models(
    target: &Target<'_>,
    environment: &Environment,
    environments: &[&Environment],
    models: &[ModelBase],
) -> Option<Lines> {
    let own = |base: &&ModelBase| environment.shares_project_with(&base.path, environments.iter().copied());
    let mut with_models = models.iter().filter(|base| base.has_models).filter(own);
    let base = with_models.next()?;
    if with_models.next().is_some() {
        return None;
    }
    let is_name = |name: &str| name.split('.').all(is_identifier);
    if !is_name(&base.module) || !base.model_modules.iter().all(|module| is_name(module)) {
        return None;
    }
    let used = names_used(target.program);
    let mut above = Vec::new();
    if !is_importable(target, environment, environments, &base.import_root) {
        above.extend(sys_path_for(target.path, &base.import_root)?);
    }
    let taken = used.into_iter().chain([base.name.clone()]).collect();
    above.extend(base.model_modules.iter().map(|module| import_line(module, &taken)));
    above.push(format!("from {} import {}", base.module, base.name));
    let mut modules = base.model_modules.clone();
    modules.push(base.module.clone());
    modules.sort();
    let expression = Some(base.metadata.clone());
    Some(Lines { above, expression, from: EnvRepairSource::Models(modules) })
}

/// The import of a module for what it does, by another name where its first one is taken.
fn import_line(module: &str, taken: &BTreeSet<String>) -> String {
    if !taken.contains(top(module)) {
        return format!("import {module}  # noqa: F401");
    }
    let alias = module.replace('.', "_");
    match module.rsplit_once('.') {
        Some((package, name)) => format!("from {package} import {name} as {alias}_models  # noqa: F401"),
        None => format!("import {module} as {alias}_models  # noqa: F401"),
    }
}

fn is_identifier(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c == '_' || c.is_alphanumeric())
}

/// Whether Python looks for modules in `root` already when it runs this `env.py`.
fn is_importable(
    target: &Target<'_>,
    environment: &Environment,
    environments: &[&Environment],
    root: &str,
) -> bool {
    let mut all = environments.iter().copied().chain([environment]);
    let prepends = all.any(|environment| {
        environment.config.as_ref().is_some_and(|config| {
            let home = config.path.folder();
            config.settings.prepend_sys_path.iter().any(|path| {
                let path = path.replace("%(here)s", ".");
                let path = path.trim_start_matches("./").trim_end_matches('/');
                let path = if path == "." { "" } else { path };
                let below = if home.is_empty() { path.to_owned() } else { format!("{home}/{path}") };
                below.trim_end_matches('/') == root || path == root
            })
        })
    });
    prepends || environment.flavour == Flavour::FlaskMigrate || !sys_path_lines(target.program).is_empty()
}

/// Lines that let Python find the modules in `root`, counted from the file's own place.
fn sys_path_for(path: &TreePath, root: &str) -> Option<Vec<String>> {
    let inner =
        if root.is_empty() { path.as_str() } else { path.as_str().strip_prefix(root)?.strip_prefix('/')? };
    // What was dropped may be the script location itself; then where the modules are is not known.
    let up = inner.matches('/').count();
    (up > 0).then(|| {
        vec![
            "import sys".to_owned(),
            "from pathlib import Path".to_owned(),
            format!("sys.path.insert(0, str(Path(__file__).resolve().parents[{up}]))"),
        ]
    })
}

/// The names that a file reads or binds, other than by importing them.
fn names_used(program: &Program) -> BTreeSet<String> {
    program.body.iter().flat_map(|statement| names_in(Node::Statement(statement))).collect()
}

fn names_in(node: Node<'_>) -> impl Iterator<Item = String> {
    let mut names = BTreeSet::new();
    node.walk(|node| {
        names.extend(node.name().map(ToString::to_string));
        let parameters = node.function().into_iter().flat_map(|function| &function.parameters);
        names.extend(parameters.map(|parameter| parameter.name.to_string()));
        if !matches!(
            node,
            Node::Statement(Statement { kind: StatementKind::Import(_) | StatementKind::From { .. }, .. })
        ) {
            names.extend(node.bound().into_iter().map(ToString::to_string));
        }
        true
    });
    names.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::SourceTree;
    use crate::source::{find_environments, find_models};

    fn tree(files: &[(&str, &str)]) -> SourceTree {
        let mut tree = SourceTree::default();
        for (path, content) in files {
            tree.insert(TreePath::parse(path).expect("relative"), content.as_bytes());
        }
        tree
    }

    /// The repaired text of the environment in this folder.
    fn repaired(tree: &SourceTree, folder: &str) -> Option<EnvRepair> {
        let files = PythonFiles::of(tree);
        let environments = find_environments(&files);
        let environment = environments.iter().find(|environment| environment.script_location == folder)?;
        repair_env(&files, environment, &environments.iter().collect::<Vec<_>>(), &find_models(&files))
    }

    fn text(repair: Option<EnvRepair>) -> Option<String> {
        String::from_utf8(repair?.after).ok()
    }

    const INI: (&str, &str) =
        ("alembic.ini", "[alembic]\nscript_location = migrations\nprepend_sys_path = .\n");
    const LIVE: &str =
        "from alembic import context\nfrom app import app, db\ntarget_metadata = db.metadata\nx = app\n";
    const NONE: &str =
        "from alembic import context\n# models?\ntarget_metadata = None  # none yet\n\nx = 1\n";

    #[test]
    fn the_live_environment_s_lines_are_taken() {
        let tree = tree(&[
            INI,
            ("migrations/env.py", LIVE),
            ("alembic/env.py", NONE),
            ("app.py", "db = SQLAlchemy()\n"),
        ]);
        let repair = repaired(&tree, "alembic").expect("a repair");
        assert_eq!(
            repair.from,
            EnvRepairSource::Environment(TreePath::parse("migrations/env.py").expect("relative"))
        );
        assert_eq!(repair.lines, ["from app import app, db"]);
        assert_eq!(
            text(Some(repair)).as_deref(),
            Some(
                "from alembic import context\n# models?\nfrom app import app, db\n\
                 target_metadata = db.metadata  # none yet\n\nx = 1\n"
            )
        );
        assert_eq!(repaired(&tree, "migrations"), None, "nothing to repair");
    }

    #[test]
    fn the_sample_s_stale_environment_is_repaired() {
        let mut sample = crate::sample::panel();
        let repair = repaired(&sample, "alembic").expect("a repair");
        sample.insert(repair.path.clone(), repair.after.clone());
        assert_eq!(repaired(&sample, "alembic"), None, "a second repair finds nothing");
        assert_eq!(repair.lines, ["from app import app, db"]);
    }

    #[test]
    fn line_ends_marks_and_encodings_stay() {
        let crlf = NONE.replace('\n', "\r\n");
        let marked = format!("\u{feff}{crlf}");
        let tree = tree(&[INI, ("migrations/env.py", LIVE), ("alembic/env.py", &marked)]);
        let after = text(repaired(&tree, "alembic")).expect("a repair");
        assert_eq!(
            after,
            marked.replace(
                "target_metadata = None",
                "from app import app, db\r\ntarget_metadata = db.metadata"
            )
        );
        assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    }

    #[test]
    fn imports_for_their_effect_and_changes_of_the_path_come_along() {
        let live = "import os\nimport sys\nfrom alembic import context\n\
                    sys.path.insert(0, os.path.dirname(os.path.dirname(__file__)))\n\
                    from app.db import Base\nfrom app.settings import url\nfrom app.models import *\nimport app.more\n\
                    target_metadata = Base.metadata\nprint(url, os)\n";
        let tree = tree(&[
            INI,
            ("migrations/env.py", live),
            ("old/env.py", NONE),
            ("deep/er/env.py", NONE),
            ("app/db.py", ""),
        ]);
        assert_eq!(
            repaired(&tree, "old").map(|repair| repair.lines),
            Some(
                [
                    "import os",
                    "import sys",
                    "sys.path.insert(0, os.path.dirname(os.path.dirname(__file__)))",
                    "from app.db import Base",
                    "import app.models  # noqa: F401",
                    "import app.more",
                ]
                .map(str::to_owned)
                .to_vec()
            )
        );
        assert_eq!(repaired(&tree, "deep/er"), None, "`__file__` would mean another folder");
    }

    #[test]
    fn the_only_models_are_imported_where_no_environment_shows_how() {
        let base = "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase): pass\n";
        let user = "from app.db import Base\nclass User(Base):\n    __tablename__ = 'user'\n";
        let project = [INI, ("app/db.py", base), ("app/models/user.py", user)];
        let with = |more: &[(&'static str, &'static str)]| {
            let mut files = project.to_vec();
            files.extend_from_slice(more);
            repaired(&tree(&files), "migrations").map(|repair| repair.lines.join("\n"))
        };
        assert_eq!(
            with(&[("migrations/env.py", NONE)]).as_deref(),
            Some("import app.models.user  # noqa: F401\nfrom app.db import Base")
        );
        let ini = ("alembic.ini", "[alembic]\nscript_location = migrations\n");
        assert_eq!(
            with(&[("migrations/env.py", NONE), ini]).as_deref(),
            Some(
                "import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path(__file__).resolve().parents[1]))\n\
                 import app.models.user  # noqa: F401\nfrom app.db import Base"
            ),
            "nothing else lets Python find the modules"
        );
        let busy = "from alembic import context\napp = make()\ntarget_metadata = None\n";
        assert_eq!(
            with(&[("migrations/env.py", busy)]).as_deref(),
            Some(
                "from app.models import user as app_models_user_models  # noqa: F401\nfrom app.db import Base"
            )
        );
        let taken = "from alembic import context\nBase = make()\ntarget_metadata = None\n";
        assert_eq!(with(&[("migrations/env.py", taken)]), None, "the name is taken");
        let two = "db = SQLAlchemy()\nclass A(db.Model):\n    id = 1\n";
        assert_eq!(with(&[("migrations/env.py", NONE), ("other.py", two)]), None, "two bases: not certain");
    }

    #[test]
    fn none_handed_to_configure_is_replaced_in_the_call() {
        let source =
            "from alembic import context\n\ndef run():\n    context.configure(target_metadata=None)\n";
        let tree = tree(&[INI, ("migrations/env.py", LIVE), ("alembic/env.py", source)]);
        assert_eq!(
            text(repaired(&tree, "alembic")).as_deref(),
            Some(
                "from alembic import context\nfrom app import app, db\n\ndef run():\n    \
                 context.configure(target_metadata=db.metadata)\n"
            )
        );
    }

    #[test]
    fn what_is_not_certain_is_left_alone() {
        let computed = "from alembic import context\nfrom app import make\nbase = make()\ntarget_metadata = base.metadata\n";
        let flask = "from alembic import context\nfrom flask import current_app\n\
                     target_metadata = current_app.extensions['migrate'].db.metadata\n";
        for live in [computed, flask, NONE] {
            let tree = tree(&[INI, ("migrations/env.py", live), ("alembic/env.py", NONE)]);
            assert_eq!(repaired(&tree, "alembic"), None, "{live}");
        }
        let conditional = "from alembic import context\nif x:\n    target_metadata = None\n";
        let tree = tree(&[INI, ("migrations/env.py", LIVE), ("alembic/env.py", conditional)]);
        assert_eq!(repaired(&tree, "alembic"), None);
    }
}
