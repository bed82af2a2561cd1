//! The repaired `env.py`: one that gives autogenerate something to compare with.
//!
//! The live environment's own lines are taken where it has them, else imports of the only models in the drop. An
//! import that fails is never swallowed. What is not certain is not offered: the result must read back as repaired.

use std::collections::BTreeSet;

use crate::ingest::{SourceTree, TreePath};
use crate::source::{
    EnvPy, Environment, Flavour, Import, ModelBase, Module, Syntax, TargetMetadata, imports, root_names,
};
use crate::text::{Edit, Encoding, TextEdit, TextRange};

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
    tree: &SourceTree,
    environment: &Environment,
    environments: &[&Environment],
    models: &[ModelBase],
) -> Option<EnvRepair> {
    let env_py = environment.env_py.as_ref()?;
    let TargetMetadata::None { value, statement } = env_py.target_metadata else { return None };
    let source = tree.get(&env_py.path)?;
    let module = Module::parse(source);
    let target = Target { path: &env_py.path, source, module: &module, value, statement };
    let from_live = environments
        .iter()
        .filter(|other| other.live && other.script_location != environment.script_location)
        .filter(|other| other.project() == environment.project())
        .filter_map(|other| from_environment(tree, &target, other))
        .find_map(|lines| target.write(lines));
    from_live.or_else(|| target.write(from_models(&target, environment, environments, models)?))
}

/// What is written into the file.
struct Lines {
    /// Statements that go above the assignment, in order.
    above: Vec<String>,
    /// The new value.
    expression: String,
    from: EnvRepairSource,
}

/// The file that is repaired.
struct Target<'t> {
    path: &'t TreePath,
    source: &'t [u8],
    module: &'t Module<'t>,
    value: TextRange,
    statement: TextRange,
}

impl Target<'_> {
    /// Writes the lines, and reads the result back.
    fn write(&self, lines: Lines) -> Option<EnvRepair> {
        let root = self.module.root();
        let present: BTreeSet<String> =
            imports(root).into_iter().map(|import| import.statement.text()).collect();
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
        let mut edits = vec![Edit { delete: self.value, insert: encoding.encode(&lines.expression)? }];
        if !text.is_empty() {
            edits.push(Edit { delete: TextRange::empty(at), insert: encoding.encode(&text)? });
        }
        let after = TextEdit::new(edits).ok()?.apply(self.source).ok()?;
        let repaired =
            matches!(EnvPy::read(self.path, &after).target_metadata, TargetMetadata::Expression { .. });
        let parses = self.module.root().has_error() || !Module::parse(&after).root().has_error();
        (repaired && parses).then(|| EnvRepair {
            path: self.path.clone(),
            after,
            from: lines.from,
            lines: above,
        })
    }

    /// Whether a new line binds a name that means something else in the file.
    fn conflicts(&self, line: &str) -> bool {
        let root = self.module.root();
        let present = imports(root);
        let used = identifiers(root);
        let parsed = Module::parse(line.as_bytes());
        imports(parsed.root()).iter().any(|new| {
            let same = |old: &&Import<'_>| old.bound == new.bound;
            match present.iter().find(same) {
                Some(old) => {
                    let one_package = old.name.is_none() && new.name.is_none() && old.module != old.bound;
                    (&old.module, &old.name) != (&new.module, &new.name) && !one_package
                }
                None => used.contains(&new.bound),
            }
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
        let last = imports(self.module.root()).last()?.statement.range();
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
fn from_environment(tree: &SourceTree, target: &Target<'_>, other: &Environment) -> Option<Lines> {
    let env_py = other.env_py.as_ref().filter(|env_py| !env_py.flask_migrate)?;
    let TargetMetadata::Expression { text, .. } = &env_py.target_metadata else { return None };
    let module = Module::parse(tree.get(&env_py.path)?);
    let root = module.root();
    let expression = Module::parse(text.as_bytes());
    let names = root_names(expression.root());
    let all = imports(root);
    if names.is_empty() || !names.iter().all(|name| all.iter().any(|import| import.bound == *name)) {
        return None;
    }
    let paths = sys_path_lines(root);
    if !paths.is_empty() && sys_path_lines(target.module.root()).is_empty() {
        // The lines speak of `__file__`: they mean the same in a folder beside it only.
        let parent = |path: &TreePath| {
            path.folder().rsplit_once('/').map_or(String::new(), |(parent, _)| parent.to_owned())
        };
        let beside = !target.path.folder().is_empty() && parent(target.path) == parent(&env_py.path);
        if !beside {
            return None;
        }
    }
    let paths = if sys_path_lines(target.module.root()).is_empty() { paths } else { Vec::new() };
    let mut needed = names;
    for statement in &paths {
        needed.extend(root_names(*statement).into_iter().filter(|name| name != "__file__"));
    }
    if !needed.iter().all(|name| is_builtin(name) || all.iter().any(|import| import.bound == *name)) {
        return None;
    }
    let mut lines: Vec<(TextRange, String)> = paths.iter().map(|line| (line.range(), line.text())).collect();
    for import in &all {
        if import.bound == "*" && is_project_s(tree, import) {
            lines.push((import.statement.range(), format!("import {}  # noqa: F401", import.module)));
        } else if needed.contains(&import.bound) || is_project_s(tree, import) && !uses_outside(root, import)
        {
            lines.push((import.statement.range(), import.statement.text()));
        }
    }
    lines.sort();
    lines.dedup();
    Some(Lines {
        above: lines.into_iter().map(|(_, line)| line).collect(),
        expression: text.clone(),
        from: EnvRepairSource::Environment(env_py.path.clone()),
    })
}

/// The statements at module level that change where Python looks for modules.
fn sys_path_lines(root: Syntax<'_>) -> Vec<Syntax<'_>> {
    let changes = |statement: &Syntax<'_>| {
        statement.kind() == "expression_statement"
            && String::from_utf8_lossy(statement.bytes()).trim_start().starts_with("sys.path")
    };
    root.children().into_iter().filter(changes).collect()
}

fn is_builtin(name: &str) -> bool {
    matches!(name, "str" | "__file__" | "repr" | "len" | "True" | "False" | "None")
}

/// Whether a module of the project is imported.
fn is_project_s(tree: &SourceTree, import: &Import<'_>) -> bool {
    let top = import.module.split('.').next().unwrap_or_default();
    !top.is_empty()
        && ["", "src/"].iter().any(|source| {
            tree.has_folder(&format!("{source}{top}")) || tree.get_str(&format!("{source}{top}.py")).is_some()
        })
}

/// Whether the file uses the name that an import binds; if not, the import is there for what it does.
fn uses_outside(root: Syntax<'_>, import: &Import<'_>) -> bool {
    let own = import.statement.range();
    let mut used = false;
    root.walk(|node| {
        let outside = node.range().end() <= own.start() || node.range().start() >= own.end();
        used |= outside && node.kind() == "identifier" && node.is(&import.bound) && !is_in_import(node);
        !used
    });
    used
}

fn is_in_import(node: Syntax<'_>) -> bool {
    let mut above = node.parent();
    for _ in 0..3 {
        match above {
            Some(parent) if parent.kind().starts_with("import") => return true,
            Some(parent) => above = parent.parent(),
            None => return false,
        }
    }
    false
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
    let used = identifiers(target.module.root());
    let mut above = Vec::new();
    if !is_importable(target, environment, environments, &base.import_root) {
        above.extend(sys_path_for(target.path, &base.import_root)?);
    }
    for module in &base.model_modules {
        let first = module.split('.').next().unwrap_or_default();
        if first == base.name || used.contains(first) {
            let alias = module.replace('.', "_");
            above.push(match module.rsplit_once('.') {
                Some((package, name)) => {
                    format!("from {package} import {name} as {alias}_models  # noqa: F401")
                }
                None => format!("import {module} as {alias}_models  # noqa: F401"),
            });
        } else {
            above.push(format!("import {module}  # noqa: F401"));
        }
    }
    above.push(format!("from {} import {}", base.module, base.name));
    let mut modules = base.model_modules.clone();
    modules.push(base.module.clone());
    modules.sort();
    Some(Lines { above, expression: base.metadata.clone(), from: EnvRepairSource::Models(modules) })
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
    prepends
        || environment.flavour == Flavour::FlaskMigrate
        || !sys_path_lines(target.module.root()).is_empty()
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

/// Every name that the module mentions, parts of dotted names included.
fn identifiers(root: Syntax<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    root.walk(|node| {
        if node.kind() == "identifier" && !is_in_import(node) && !is_part(node) {
            names.insert(node.text());
        }
        true
    });
    names
}

/// Whether an identifier is what follows a dot, or names an argument.
fn is_part(node: Syntax<'_>) -> bool {
    node.parent().is_some_and(|parent| {
        let same = |field: &str| parent.field(field).is_some_and(|part| part.range() == node.range());
        match parent.kind() {
            "attribute" => same("attribute"),
            "keyword_argument" => same("name"),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let environments = find_environments(tree);
        let environment = environments.iter().find(|environment| environment.script_location == folder)?;
        repair_env(tree, environment, &environments.iter().collect::<Vec<_>>(), &find_models(tree))
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
