//! The repaired `env.py`: one that gives autogenerate something to compare with, or all of it.
//!
//! The live environment's own lines are taken where it has them, else imports of the models in the drop, with a list where
//! they stand on several metadata. An import that fails is never swallowed. What is not certain is not offered: the result
//! must read back as repaired, nothing that it imports may fail or do more than describe tables, and all models must be
//! seen with it.

use std::collections::BTreeSet;

use super::Again;
use crate::audited::Audit;
use crate::ingest::{TreePath, in_folder};
use crate::patch::FilePatch;
use crate::rules::{MODELS_NOT_IMPORTED, TARGET_METADATA_NONE};
use crate::source::program::{Expression, ExpressionKind, Node, Program, Statement, StatementKind};
use crate::source::{
    EnvPy, Environment, Flavour, Hitch, HitchKind, Import, ImportRoots, Model, ModelBase, Parsed, Parser,
    PythonFiles, Sight, TargetMetadata, below, find_unclear_models, hitches, imports, is_loaded_before,
    nones_handed_in, top,
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

/// The repaired `env.py` of every environment of which a rule says that autogenerate does not see the models, where a
/// repair is certain. `again` proves it.
pub(super) fn env_repairs(files: &PythonFiles<'_>, audit: &Audit, again: Again<'_>) -> Vec<FilePatch> {
    let environments: Vec<_> = audit.environments.iter().map(|audited| &audited.environment).collect();
    let mut patches: Vec<FilePatch> = Vec::new();
    for finding in &audit.findings {
        let Some(index) = finding.environment else { continue };
        let environment = environments[index];
        let offered = if finding.rule == &TARGET_METADATA_NONE {
            repair_env(files, environment, &environments, &audit.models)
        } else if finding.rule == &MODELS_NOT_IMPORTED {
            let Sight::Misses { models, .. } = &audit.environments[index].sight else { continue };
            import_models(files, environment, &environments, models, &audit.models)
        } else {
            continue;
        };
        let Some(path) = environment.env_py.as_ref().map(|env_py| &env_py.path) else { continue };
        let before = hitches(files, path, &environment.prepended);
        let is_proved = |repair: &EnvRepair| is_proved(files, audit, again, index, repair, &before);
        let Some(repair) = offered.into_iter().find(is_proved) else {
            continue;
        };
        let before = files.tree().get(&repair.path).map(Into::into);
        patches.push(FilePatch { path: repair.path, before, after: Some(repair.after.into()) });
    }
    patches
}

/// Whether the file loads as far as can be told, and all models are seen with it. The lines of the live environment may need
/// what they need there.
fn is_proved(
    files: &PythonFiles<'_>,
    audit: &Audit,
    again: Again<'_>,
    index: usize,
    repair: &EnvRepair,
    before: &BTreeSet<Hitch>,
) -> bool {
    let is_live_s = matches!(repair.from, EnvRepairSource::Environment(_));
    let mut tree = files.tree().clone();
    tree.insert(repair.path.clone(), repair.after.clone());
    let changed = std::slice::from_ref(&repair.path);
    let first = &audit.environments[index].environment.prepended;
    let after = hitches(&files.patched(&tree, changed), &repair.path, first);
    if after.difference(before).any(|hitch| hitch.kind != HitchKind::Unsure || !is_live_s) {
        return false;
    }
    match again(&tree, changed).environments.get(index).map(|audited| &audited.sight) {
        Some(Sight::All(_)) => true,
        Some(Sight::NotKnown | Sight::NoModels) => is_live_s,
        Some(Sight::Misses { .. }) | None => false,
    }
}

/// What an `env.py` whose `target_metadata` is `None` may be instead, best first; nothing where nothing certain can be
/// written.
pub fn repair_env(
    files: &PythonFiles<'_>,
    environment: &Environment,
    environments: &[&Environment],
    models: &[ModelBase],
) -> Vec<EnvRepair> {
    let Some(env_py) = &environment.env_py else { return Vec::new() };
    let TargetMetadata::None { value, statement } = env_py.target_metadata else { return Vec::new() };
    let Some(parsed) = files.parsed(&env_py.path) else { return Vec::new() };
    let Some(target) = Target::of(files, &env_py.path, &parsed, value, statement) else { return Vec::new() };
    let from_live = environments
        .iter()
        .filter(|other| other.live && other.script_location != environment.script_location)
        .filter(|other| other.project() == environment.project())
        .filter_map(|other| from_environment(files, &target, other))
        .filter(|lines| {
            let is_one = lines.expression.as_ref().is_none_or(|expression| !is_several(expression));
            is_one || by_metadata(files, environment, environments, models).is_some()
        });
    let from_models = from_models(files, &target, environment, environments, models);
    from_live.chain(from_models).filter_map(|lines| target.write(lines)).collect()
}

/// The same with imports of models that an `env.py` never reaches, in the orders in which they may load.
pub fn import_models(
    files: &PythonFiles<'_>,
    environment: &Environment,
    environments: &[&Environment],
    missing: &[Model],
    models: &[ModelBase],
) -> Vec<EnvRepair> {
    let offered = || {
        let env_py = environment.env_py.as_ref()?;
        let TargetMetadata::Expression { value, text, .. } = &env_py.target_metadata else { return None };
        let parsed = files.parsed(&env_py.path)?;
        let program = &*parsed.program;
        let statement = program.body.iter().find(|statement| statement.range.contains(*value))?.range;
        let target = Target::of(files, &env_py.path, &parsed, *value, statement)?;
        let root = &missing.first()?.root;
        let modules: BTreeSet<&str> = missing.iter().map(|model| model.module.as_str()).collect();
        if missing.iter().any(|model| model.root != *root) || !modules.iter().all(|module| is_dotted(module))
        {
            return None;
        }
        // One metadata cannot have a table twice, several that are compared can, and Alembic refuses them.
        if is_several(text) {
            by_metadata(files, environment, environments, models)?;
        }
        let above = sys_path_above(files, &target, environment, environments, root)?;
        let used = names_used(program);
        let modules: Vec<&str> = modules.into_iter().collect();
        let lines = orders(&modules).into_iter().map(|order| {
            let imports = order.into_iter().map(|module| import_line(module, &used));
            let above = above.iter().cloned().chain(imports).collect();
            let from = EnvRepairSource::Models(modules.iter().map(|&module| module.to_owned()).collect());
            Lines { above, expression: None, from }
        });
        Some(lines.filter_map(|lines| target.write(lines)).collect())
    };
    offered().unwrap_or_default()
}

/// Whether an expression lists several metadata.
fn is_several(expression: &str) -> bool {
    expression.starts_with(['[', '('])
}

/// The orders that are tried: theirs, and each with another one first.
fn orders<'m>(modules: &[&'m str]) -> Vec<Vec<&'m str>> {
    const MOST: usize = 12;
    let with_first = |first: usize| {
        let others = modules.iter().enumerate().filter(|(at, _)| *at != first).map(|(_, module)| *module);
        modules.get(first).copied().into_iter().chain(others).collect()
    };
    (0..modules.len().clamp(1, MOST)).map(with_first).collect()
}

fn value_is_none(source: &[u8], value: TextRange) -> bool {
    value.slice(source) == b"None"
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
    /// Every place where the metadata is written, the one above among them.
    values: Vec<TextRange>,
}

impl<'t> Target<'t> {
    /// Nothing where a call of `context.configure` may be handed other metadata.
    fn of(
        files: &PythonFiles<'t>,
        path: &'t TreePath,
        parsed: &'t Parsed,
        value: TextRange,
        statement: TextRange,
    ) -> Option<Self> {
        let (program, has_error) = (&*parsed.program, parsed.has_error);
        let mut values = vec![value];
        if value_is_none(files.tree().get(path)?, value) {
            values.extend(nones_handed_in(program)?);
            values.sort();
            values.dedup();
        }
        Some(Self { path, source: files.tree().get(path)?, program, has_error, value, statement, values })
    }

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
            for value in &self.values {
                edits.push(Edit { delete: *value, insert: encoding.encode(expression)? });
            }
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

/// Imports of the models in the drop, in the orders in which they may load.
fn from_models(
    files: &PythonFiles<'_>,
    target: &Target<'_>,
    environment: &Environment,
    environments: &[&Environment],
    models: &[ModelBase],
) -> Vec<Lines> {
    let offered = || {
        let groups = by_metadata(files, environment, environments, models)?;
        let bases: Vec<&ModelBase> = groups.iter().filter_map(|group| group.first().copied()).collect();
        let root = &bases.first()?.import_root;
        let of_bases: BTreeSet<&str> = bases.iter().map(|base| base.module.as_str()).collect();
        let all = || groups.iter().flatten();
        let found = all().flat_map(|base| &base.models);
        if all().any(|base| base.import_root != *root) || found.clone().any(|model| model.root != *root) {
            return None;
        }
        let modules: BTreeSet<&str> = all()
            .flat_map(|base| base.model_modules.iter().chain([&base.module]))
            .chain(found.map(|model| &model.module))
            .map(String::as_str)
            .filter(|module| !of_bases.contains(module))
            .collect();
        if !of_bases.iter().chain(&modules).all(|module| is_dotted(module)) {
            return None;
        }
        let mut taken = names_used(target.program);
        let (mut imported, mut metadata) = (Vec::new(), Vec::new());
        for base in &bases {
            let is_shared = bases.iter().filter(|other| other.name == base.name).count() > 1;
            let alias = format!("{}_{}", base.module.replace('.', "_"), base.name);
            let bound = if is_shared { &alias } else { &base.name };
            let renamed = if is_shared { format!(" as {alias}") } else { String::new() };
            imported.push(format!("from {} import {}{renamed}", base.module, base.name));
            metadata.push(base.metadata.replacen(&base.name, bound, 1));
            taken.insert(bound.clone());
        }
        let above = sys_path_above(files, target, environment, environments, root)?;
        let expression = match metadata.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let mut told: Vec<String> =
            modules.iter().chain(&of_bases).map(|&module| module.to_owned()).collect();
        told.sort();
        let modules: Vec<&str> = modules.into_iter().collect();
        let lines = orders(&modules).into_iter().flat_map(|order| {
            let imports: Vec<_> = order.into_iter().map(|module| import_line(module, &taken)).collect();
            // A base that imports models at its end loads only if it comes first, and some only if it does not.
            let first = [above.as_slice(), &imports, &imported].concat();
            let last = [above.as_slice(), &imported, &imports].concat();
            [first, last]
        });
        let from = || EnvRepairSource::Models(told.clone());
        let lines = lines.map(|above| Lines { above, expression: Some(expression.clone()), from: from() });
        Some(lines.collect())
    };
    offered().unwrap_or_default()
}

/// The bases with models of a project, by the metadata that they share. Nothing where that is not known, where a model stands
/// on none of them, or where one table may be in several metadata: autogenerate refuses those.
fn by_metadata<'m>(
    files: &PythonFiles<'_>,
    environment: &Environment,
    environments: &[&Environment],
    models: &'m [ModelBase],
) -> Option<Vec<Vec<&'m ModelBase>>> {
    let is_own = |path: &TreePath| environment.shares_project_with(path, environments.iter().copied());
    let mut groups: Vec<Vec<&ModelBase>> = Vec::new();
    for base in models.iter().filter(|base| base.has_models && is_own(&base.path)) {
        let mut same = None;
        for (at, group) in groups.iter().enumerate() {
            if group[0].shares_metadata_with(base)? {
                same = Some(at);
            }
        }
        match same {
            Some(at) => groups[at].push(base),
            None => groups.push(vec![base]),
        }
    }
    if find_unclear_models(files, models).iter().any(is_own) {
        return None;
    }
    // One table in two classes of one metadata: the second import fails.
    let is_twice = |group: &Vec<&ModelBase>| {
        let mut tables = BTreeSet::new();
        let models: BTreeSet<&Model> = group.iter().flat_map(|base| &base.models).collect();
        models.iter().filter_map(|model| model.table.as_deref()).any(|table| !tables.insert(table))
    };
    if groups.iter().any(is_twice) {
        return None;
    }
    if groups.len() > 1 {
        let mut tables = BTreeSet::new();
        for group in &groups {
            let own = group.iter().flat_map(|base| &base.models);
            let own: BTreeSet<&str> = own.map(|model| model.table.as_deref()).collect::<Option<_>>()?;
            if own.is_empty() || !own.iter().all(|table| tables.insert(*table)) {
                return None;
            }
        }
    }
    Some(groups)
}

fn is_dotted(module: &str) -> bool {
    module.split('.').all(is_identifier)
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

/// The lines that are needed for Python to find the modules in `root`; nothing where none can be written.
fn sys_path_above(
    files: &PythonFiles<'_>,
    target: &Target<'_>,
    environment: &Environment,
    environments: &[&Environment],
    root: &str,
) -> Option<Vec<String>> {
    if is_importable(files, target, environment, environments, root) {
        return Some(Vec::new());
    }
    sys_path_for(target.path, root)
}

/// Whether Python looks for modules in `root` already when it runs this `env.py`.
fn is_importable(
    files: &PythonFiles<'_>,
    target: &Target<'_>,
    environment: &Environment,
    environments: &[&Environment],
    root: &str,
) -> bool {
    // Whoever runs an environment that no configuration names takes that of the project.
    let mut all = environments.iter().copied().chain([environment]);
    let prepends = all.any(|other| {
        let counts = match environment.config {
            Some(_) => other == environment,
            None => other.project() == environment.project(),
        };
        let config = other.config.as_ref().filter(|_| counts);
        config.is_some_and(|config| {
            config.settings.prepend_sys_path.iter().any(|path| {
                let path = path.replace("%(here)s", ".");
                let path = path.trim_start_matches("./").trim_end_matches('/');
                in_folder(config.path.folder(), if path == "." { "" } else { path }).trim_end_matches('/')
                    == root
            })
        })
    });
    // What the file imports already is found, or nothing is.
    let is_there = |module: &str| {
        let tree = files.tree();
        let file = in_folder(root, &below(module));
        tree.has_folder(&file) || tree.get_str(&format!("{file}.py")).is_some()
    };
    let mut imported = imports(target.program)
        .filter(|import| import.statement.end() <= target.statement.start())
        .map(|import| import.module);
    prepends
        || environment.flavour == Flavour::FlaskMigrate
        || imported.any(|module| !is_loaded_before(module) && is_there(module))
}

/// Lines that let Python find the modules in `root`, counted from the file's own place.
fn sys_path_for(path: &TreePath, root: &str) -> Option<Vec<String>> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let folders = |folder: &str| -> Vec<String> {
        folder.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    let (own, theirs) = (folders(path.folder()), folders(root));
    let n_shared = own.iter().zip(&theirs).take_while(|(one, other)| one == other).count();
    let up = own.len() - n_shared;
    // What was dropped may be the script location itself; then where the modules are is not known.
    if up == 0 || !root.chars().all(is_plain) {
        return None;
    }
    let below = match &theirs[n_shared..] {
        [] => String::new(),
        below => format!(" / \"{}\"", below.join("/")),
    };
    Some(vec![
        "import sys".to_owned(),
        "from pathlib import Path".to_owned(),
        format!("sys.path.insert(0, str(Path(__file__).resolve().parents[{up}]{below}))"),
    ])
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
        let environments: Vec<_> = environments.iter().collect();
        repair_env(&files, environment, &environments, &find_models(&files)).into_iter().next()
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
        let unclear = "from elsewhere import Base\nclass B(Base):\n    __tablename__ = 'b'\n";
        assert_eq!(with(&[("migrations/env.py", NONE), ("b.py", unclear)]), None, "a model of no known base");
    }

    #[test]
    fn several_metadata_are_a_list_unless_a_table_may_be_in_two() {
        let with = |files: &[(&str, &str)]| {
            let repair =
                repaired(&tree(&[&[INI, ("migrations/env.py", NONE)], files].concat()), "migrations")?;
            let after = String::from_utf8(repair.after).expect("text");
            let is_told = |line: &&str| !line.starts_with("from alembic") && line.contains(['=', ' ']);
            let lines: Vec<_> = after.lines().filter(is_told).map(str::to_owned).collect();
            Some(lines[1..lines.len() - 1].join("\n"))
        };
        let base = "class Base(DeclarativeBase): pass\n";
        let (users, logs) = (
            &*format!("{base}class User(Base):\n    __tablename__ = 'users'\n"),
            &*format!("{base}class Log(Base):\n    __tablename__ = 'logs'\n"),
        );
        assert_eq!(
            with(&[("a/users.py", users), ("a/logs.py", logs)]).as_deref(),
            Some(
                "from a.logs import Base as a_logs_Base\nfrom a.users import Base as a_users_Base\n\
                 target_metadata = [a_logs_Base.metadata, a_users_Base.metadata]  # none yet"
            )
        );
        assert_eq!(with(&[("a/users.py", users), ("a/logs.py", users)]), None, "one table twice");
        let computed = "class Base(DeclarativeBase):\n    @declared_attr\n    def __tablename__(cls):\n        \
                        return cls.__name__\nclass Log(Base):\n    id = 1\n";
        assert_eq!(
            with(&[("a/users.py", users), ("a/logs.py", computed)]),
            None,
            "which tables is not known"
        );
        let one = "meta = MetaData()\nclass Base(DeclarativeBase):\n    metadata = meta\n\
                   class User(Base):\n    __tablename__ = 'users'\nlinks = Table('links', meta, Column('id'))\n";
        assert_eq!(
            with(&[("app.py", one)]).as_deref(),
            Some("from app import Base\ntarget_metadata = Base.metadata  # none yet"),
            "one metadata under two names"
        );
    }

    #[test]
    fn the_modules_are_found_from_another_folder() {
        let user = "class Base(DeclarativeBase): pass\nclass User(Base):\n    __tablename__ = 'user'\n";
        for (path, root, expected) in [
            ("migrations/env.py", "", Some("parents[1])")),
            ("migrations/env.py", "src", Some("parents[1] / \"src\")")),
            ("src/app/migrations/env.py", "src", Some("parents[2])")),
            ("back/db/env.py", "back/src", Some("parents[1] / \"src\")")),
            ("env.py", "", None),
            ("env.py", "src", None),
            ("m/env.py", "a \"b\"", None),
        ] {
            let lines = sys_path_for(&TreePath::parse(path).expect("relative"), root);
            let last = lines.and_then(|lines| lines.last().cloned());
            let expected =
                expected.map(|end| format!("sys.path.insert(0, str(Path(__file__).resolve().{end})"));
            assert_eq!(last, expected, "{path} {root}");
        }
        let ini = ("alembic.ini", "[alembic]\nscript_location = migrations\nprepend_sys_path = src\n");
        let lines = |ini| {
            let tree = tree(&[ini, ("migrations/env.py", NONE), ("src/app/models.py", user)]);
            repaired(&tree, "migrations").expect("a repair").lines
        };
        assert_eq!(lines(ini), ["from app.models import Base"]);
        assert_eq!(lines(INI).len(), 4, "it prepends another folder");
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
    fn none_is_replaced_in_every_call() {
        let call = |value: &str| format!("def run():\n    context.configure(target_metadata={value})\n");
        let source = format!("from alembic import context\n{0}{0}", call("None"));
        let with = |source: &str| {
            let tree = tree(&[INI, ("migrations/env.py", LIVE), ("alembic/env.py", source)]);
            text(repaired(&tree, "alembic"))
        };
        let expected =
            source.replace("None", "db.metadata").replace("context\n", "context\nfrom app import app, db\n");
        assert_eq!(with(&source), Some(expected));
        let mixed = format!("from alembic import context\n{}{}", call("make()"), call("None"));
        assert_eq!(with(&mixed), None, "the other call may be the one that counts");
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

    #[test]
    fn models_of_which_an_import_fails_or_misses_one_are_not_imported() {
        const BASE: (&str, &str) =
            ("app/db.py", "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase): pass\n");
        let user = |class: &str, table: &str| {
            format!(
                "from app.db import Base\nclass {class}(Base):\n    __tablename__ = '{table}'\n    id = Column(primary_key=True)\n"
            )
        };
        let with = |more: &[(&str, &str)]| {
            let files = [&[INI, ("migrations/env.py", NONE), BASE], more].concat();
            repaired(&tree(&files), "migrations").map(|repair| repair.lines.join("\n"))
        };
        assert!(with(&[("app/a.py", &user("User", "user"))]).is_some());
        // One table in two classes of one metadata.
        assert_eq!(with(&[("app/a.py", &user("User", "user")), ("app/b.py", &user("Other", "user"))]), None);
        // A class with metadata of its own, and its heirs.
        let own = "from app.db import Base\nclass Own(Base):\n    __abstract__ = True\n    metadata = MetaData()\n\n\nclass User(Own):\n    __tablename__ = 'user'\n    id = Column(primary_key=True)\n";
        assert_eq!(with(&[("app/a.py", own), ("app/b.py", &user("Item", "item"))]), None);
        // A table that only a function makes.
        let made = "from app.db import Base\ndef make():\n    return Table('user', Base.metadata)\n";
        assert_eq!(with(&[("app/a.py", made)]), None);
    }
}
