//! One file after the other, as Alembic loads them: the first that cannot be loaded stops everything.

use std::collections::BTreeSet;

use super::Command;
use crate::ingest::TreePath;
use crate::source::{Declared, Interruption, Load, Script, ScriptKind, Value};
use crate::text::python_repr;

/// An error that Alembic raises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The class, without its module: `CycleDetected`, `KeyError`.
    pub class: String,
    /// What `str()` gives of it; for errors of Python's own syntax, our words.
    pub message: String,
    /// The file that was being loaded.
    pub path: Option<TreePath>,
    /// What it comes of.
    pub cause: Cause,
}

/// What an error of Alembic's comes of, where that has a name here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The configuration, before any file is looked for.
    Configuration,
    /// A file that Python refuses to compile.
    Syntax,
    /// A file that declares no revision.
    NoRevision,
    /// A file that declares a revision without saying what comes before it.
    NoDownRevision,
    /// An id with a character that Alembic does not allow: the id.
    IllegalId(String),
    /// A revision that names itself: its id.
    NamesItself(String),
    /// A parent that no file declares: its name.
    MissingParent(String),
    /// A dependency that no file declares: its name.
    MissingDependency(String),
    /// Revisions that come after themselves.
    Loop,
    /// The script that was to be run, by index, when an upgrade came to it.
    Merge(usize),
    /// Something else.
    Other,
}

impl Raised {
    pub(super) fn new(class: &str, message: String) -> Self {
        Self { class: class.to_owned(), message, path: None, cause: Cause::Other }
    }

    /// `KeyError` of a text, whose message Python writes as a literal.
    pub(super) fn key_error(key: &str) -> Self {
        Self::new("KeyError", python_repr(key))
    }

    pub(super) fn because(self, cause: Cause) -> Self {
        Self { cause, ..self }
    }

    /// Why Alembic cannot load the files, as a sentence for people.
    pub fn sentence(&self) -> String {
        let file = || self.path.as_ref().map_or("a file", TreePath::file_name);
        match &self.cause {
            Cause::Syntax => format!("{} does not parse.", file()),
            Cause::NoRevision => format!("{} declares no revision.", file()),
            Cause::NoDownRevision => format!("{} has no down_revision.", file()),
            Cause::IllegalId(id) => format!("The id {id} holds a character that Alembic does not allow."),
            Cause::NamesItself(id) => format!("{id} names itself."),
            Cause::MissingParent(name) => format!("The parent {name} is missing: KeyError."),
            Cause::MissingDependency(name) => format!("The dependency {name} is missing: KeyError."),
            Cause::Loop => "Revisions form a loop.".to_owned(),
            Cause::Configuration | Cause::Merge(_) | Cause::Other => {
                format!("{}: {}.", self.class, self.message.trim_end_matches('.'))
            }
        }
    }

    fn in_file(self, script: &Script) -> Self {
        Self { path: Some(script.path.clone()), ..self }
    }

    /// The exit status of a command: Alembic reports its own errors with 255 and leaves others to Python, which exits
    /// with 1. `heads` and `heads -v` forget to translate the errors of the revision map.
    pub fn exit_status(&self, command: Command) -> u8 {
        match self.class.as_str() {
            "CommandError" => 255,
            "SystemExit" => self.message.parse().unwrap_or(1),
            "RevisionError"
            | "LoopDetected"
            | "CycleDetected"
            | "DependencyLoopDetected"
            | "DependencyCycleDetected"
            | "ResolutionError"
            | "MultipleHeads"
                if command != Command::Heads =>
            {
                255
            }
            _ => 1,
        }
    }
}

/// One revision as its file says it.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub(super) id: String,
    pub(super) down: Vec<String>,
    /// What comes of looking up a parent that is no text.
    pub(super) down_fault: Option<Raised>,
    pub(super) deps: Vec<String>,
    /// Which of them is no text, and what comes of looking it up.
    pub(super) dep_fault: Option<(usize, Raised)>,
    pub(super) labels: Vec<String>,
    /// The type of a label that is no text.
    pub(super) odd_label: Option<&'static str>,
    /// By index into the scripts.
    pub(super) script: usize,
}

/// What labels that only running tells make of their file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Labels {
    /// It is not known.
    Count,
    /// It has none.
    Pass,
}

/// Loads every file; nothing where one of them has a value that only running tells. An id that is loaded again is warned
/// of at once, so also where a later file stops everything.
pub(super) fn load(
    scripts: &[Script],
    interruptions: &[Interruption],
    labels: Labels,
    warnings: &mut Vec<String>,
) -> Result<Option<Vec<Loaded>>, Raised> {
    let mut loaded: Vec<Loaded> = Vec::with_capacity(scripts.len());
    let mut ids = BTreeSet::new();
    let mut interruptions = interruptions.iter().peekable();
    let mut n_odd = 0;
    for (at, script) in scripts.iter().enumerate() {
        while let Some(interruption) = interruptions.next_if(|interruption| interruption.after <= at) {
            interrupt(interruption, warnings)?;
        }
        match load_one(at, script, labels).map_err(|raised| raised.in_file(script))? {
            Some(one) => {
                n_odd += usize::from(one.odd_label.is_some());
                if !ids.insert(one.id.clone()) {
                    warnings.push(format!("Revision {} is present more than once", one.id));
                }
                loaded.push(one);
            }
            // An error further down may never be reached.
            None => return Ok(None),
        }
    }
    interruptions.try_for_each(|interruption| interrupt(interruption, warnings))?;
    // What is no text may be equal to a label that is none, and `True` is `1`.
    let faults = |one: &Loaded| one.down_fault.is_some() || one.dep_fault.is_some();
    let entangled = n_odd > 1 || n_odd == 1 && loaded.iter().any(faults);
    Ok((!entangled).then_some(loaded))
}

/// What stops Alembic for certain although it is not known what it makes of the other files: the first such fault.
pub(super) fn certain_fault(scripts: &[Script]) -> Option<Raised> {
    let mut faults = scripts.iter().enumerate();
    faults.find_map(|(at, script)| {
        load_one(at, script, Labels::Count).err().map(|raised| raised.in_file(script))
    })
}

/// What comes of something that is no new file.
fn interrupt(interruption: &Interruption, warnings: &mut Vec<String>) -> Result<(), Raised> {
    match &interruption.load {
        Load::Twice(path) => {
            warnings.push(format!(
                "File {path} loaded twice! ignoring. Please ensure version_locations is unique."
            ));
            Ok(())
        }
        Load::Missing(target) => Err(Raised::new("ImportError", format!("Can't find Python file {target}"))),
        Load::Loop(path) => Err(Raised::new("RuntimeError", format!("Symlink loop from '{path}'"))),
    }
}

fn load_one(at: usize, script: &Script, unknown: Labels) -> Result<Option<Loaded>, Raised> {
    if let Some(fault) = script.syntax_faults.first() {
        return Err(Raised::new(fault.class(), fault.what.clone()).because(Cause::Syntax));
    }
    if let Some(raise) = &script.raises {
        return Err(Raised::new(&raise.class, raise.message.clone()));
    }
    if script.kind == ScriptKind::NoRevision {
        return Err(Raised::new(
            "CommandError",
            format!(
                "Could not determine revision id from filename {}. Be sure the 'revision' variable is declared inside \
                 the script (please see 'Upgrading from Alembic 0.1 to 0.2' in the documentation).",
                script.path.file_name()
            ),
        )
        .because(Cause::NoRevision));
    }
    if script.revision.is_unknown() {
        return Ok(None);
    }
    if script.down_revision == Declared::Absent {
        let module = module_name(&script.path);
        return Err(Raised::new(
            "AttributeError",
            format!("module '{module}' has no attribute 'down_revision'"),
        )
        .because(Cause::NoDownRevision));
    }
    let passes = unknown == Labels::Pass && script.branch_labels.is_unknown();
    let branch_labels = if passes { &Declared::Absent } else { &script.branch_labels };
    let declared = [&script.down_revision, branch_labels, &script.depends_on];
    if declared.iter().any(|declared| declared.is_unknown()) {
        return Ok(None);
    }
    let id = match (script.id(), script.revision.value()) {
        (Some(id), _) => id.to_owned(),
        (None, Some(value)) if value.items().is_none() => {
            let message = format!("'{}' object is not iterable", value.type_name());
            return Err(Raised::new("TypeError", message));
        }
        // An id that is a list of something loads, and is of no use to anybody.
        (None, _) => return Ok(None),
    };
    let Some((labels, odd_label)) = labels(branch_labels) else { return Ok(None) };
    let (down, down_fault) = parents(&script.down_revision);
    let (deps, dep_fault) = dependencies(&script.depends_on);
    let one = Loaded { id, down, down_fault, deps, dep_fault, labels, odd_label, script: at };
    check(&one)?;
    Ok(Some(one))
}

/// The labels that are texts, and the type of the one that is none: it loads, and fails wherever labels are printed.
/// Nothing where it may not load, or where there is more than one.
fn labels(declared: &Declared) -> Option<(Vec<String>, Option<&'static str>)> {
    let (texts, odd): (Vec<_>, Vec<_>) =
        declared.labels().into_iter().partition(|label| matches!(label, Value::Text(_)));
    let odd_label = match odd.as_slice() {
        [] => None,
        [one @ (Value::None | Value::Bool(_) | Value::Int(_) | Value::Bytes(_))] => Some(one.type_name()),
        _ => return None,
    };
    Some((texts.iter().map(Value::shown).collect(), odd_label))
}

fn names(declared: &Declared) -> Vec<Value> {
    declared.value().map(|value| value.names()).unwrap_or_default()
}

/// The parents; and where one is no text, what comes of looking it up: Alembic fails while it words the warning, or
/// with a `KeyError` where the value counts as false.
fn parents(declared: &Declared) -> (Vec<String>, Option<Raised>) {
    let names = names(declared);
    let odd = names.iter().position(|name| !matches!(name, Value::Text(_)));
    let fault = odd.map(|at| match names.as_slice() {
        [only] if !only.is_true() => Raised::new("KeyError", only.shown()),
        _ => Raised::new(
            "TypeError",
            format!("sequence item {at}: expected str instance, {} found", names[at].type_name()),
        ),
    });
    // What is no text is equal to no id, however it looks.
    let name = |value: &Value| match value {
        Value::Text(text) => text.to_string(),
        odd => format!("\0{}", odd.shown()),
    };
    (names.iter().map(name).collect(), fault)
}

/// The dependencies, and the first that is no text: it is not found. One that counts as false is not looked for.
fn dependencies(declared: &Declared) -> (Vec<String>, Option<(usize, Raised)>) {
    let mut found = Vec::new();
    let mut fault = None;
    for name in names(declared) {
        let is_text = matches!(name, Value::Text(_));
        if !is_text && name.is_true() {
            fault.get_or_insert_with(|| (found.len(), Raised::new("KeyError", name.shown())));
        }
        found.push(if is_text || name.is_true() { name.shown() } else { String::new() });
    }
    (found, fault)
}

/// The name under which Alembic loads a file.
pub(super) fn module_name(path: &TreePath) -> String {
    path.file_name().chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect()
}

/// What the revision's own construction refuses, in Alembic's order.
fn check(one: &Loaded) -> Result<(), Raised> {
    if one.down.contains(&one.id) {
        let message = format!("Self-loop is detected in revisions ({})", one.id);
        return Err(Raised::new("LoopDetected", message).because(Cause::NamesItself(one.id.clone())));
    }
    if one.deps.contains(&one.id) {
        let message = format!("Dependency self-loop is detected in revisions ({})", one.id);
        return Err(
            Raised::new("DependencyLoopDetected", message).because(Cause::NamesItself(one.id.clone()))
        );
    }
    // Sorted by code point, as Alembic does.
    let illegal: Vec<String> =
        ['+', '-', ':', '@'].into_iter().filter(|c| one.id.contains(*c)).map(String::from).collect();
    if !illegal.is_empty() {
        let message =
            format!("Character(s) '{}' not allowed in revision identifier '{}'", illegal.join(", "), one.id);
        return Err(Raised::new("RevisionError", message).because(Cause::IllegalId(one.id.clone())));
    }
    Ok(())
}
