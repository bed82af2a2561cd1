//! One file after the other, as Alembic loads them: the first that cannot be loaded stops everything.

use crate::ingest::TreePath;
use crate::source::{Declared, Script, ScriptKind};

/// An error that Alembic raises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The class, without its module: `CycleDetected`, `KeyError`.
    pub class: &'static str,
    /// What `str()` gives of it; for errors of Python's own syntax, our words.
    pub message: String,
    /// The file that was being loaded.
    pub path: Option<TreePath>,
}

impl Raised {
    pub(super) fn new(class: &'static str, message: String) -> Self {
        Self { class, message, path: None }
    }

    /// `KeyError` of a text, whose message Python writes as a literal.
    pub(super) fn key_error(key: &str) -> Self {
        Self::new("KeyError", python_repr(key))
    }

    fn in_file(self, script: &Script) -> Self {
        Self { path: Some(script.path.clone()), ..self }
    }

    /// The exit status of a command: Alembic reports its own errors with 255 and leaves others to Python, which exits
    /// with 1. `heads` and `heads -v` forget to translate the errors of the revision map.
    pub fn exit_status(&self, command: &str) -> u8 {
        match self.class {
            "CommandError" => 255,
            "RevisionError" | "LoopDetected" | "CycleDetected" | "DependencyLoopDetected"
            | "DependencyCycleDetected" | "ResolutionError" | "MultipleHeads"
                if command != "heads" =>
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
    pub(super) deps: Vec<String>,
    pub(super) labels: Vec<String>,
    /// By index into the scripts.
    pub(super) script: usize,
}

/// Loads every file; nothing where one of them has a value that only running tells.
pub(super) fn load(scripts: &[Script]) -> Result<Option<Vec<Loaded>>, Raised> {
    let mut loaded = Vec::with_capacity(scripts.len());
    for (at, script) in scripts.iter().enumerate() {
        match load_one(at, script).map_err(|raised| raised.in_file(script))? {
            Some(one) => loaded.push(one),
            // An error further down may never be reached.
            None => return Ok(None),
        }
    }
    Ok(Some(loaded))
}

fn load_one(at: usize, script: &Script) -> Result<Option<Loaded>, Raised> {
    if let Some(fault) = script.syntax_faults.first() {
        return Err(Raised::new("SyntaxError", fault.what.clone()));
    }
    let declared = [&script.revision, &script.down_revision, &script.branch_labels, &script.depends_on];
    if script.kind == ScriptKind::NoRevision {
        return Err(Raised::new(
            "CommandError",
            format!(
                "Could not determine revision id from filename {}. Be sure the 'revision' variable is declared inside \
                 the script (please see 'Upgrading from Alembic 0.1 to 0.2' in the documentation).",
                script.path.file_name()
            ),
        ));
    }
    if script.revision.is_unknown() {
        return Ok(None);
    }
    if script.down_revision == Declared::Absent {
        let module: String = script
            .path
            .file_name()
            .chars()
            .map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' })
            .collect();
        return Err(Raised::new(
            "AttributeError",
            format!("module '{module}' has no attribute 'down_revision'"),
        ));
    }
    let Some(id) = script.id() else { return Ok(None) };
    if declared.iter().any(|declared| declared.is_unknown()) {
        return Ok(None);
    }
    let owned = |declared: &Declared| declared.values().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let one = Loaded {
        id: id.to_owned(),
        down: owned(&script.down_revision),
        deps: owned(&script.depends_on),
        labels: owned(&script.branch_labels),
        script: at,
    };
    check(&one)?;
    Ok(Some(one))
}

/// What the revision's own construction refuses, in Alembic's order.
fn check(one: &Loaded) -> Result<(), Raised> {
    if one.down.contains(&one.id) {
        let message = format!("Self-loop is detected in revisions ({})", one.id);
        return Err(Raised::new("LoopDetected", message));
    }
    if one.deps.contains(&one.id) {
        let message = format!("Dependency self-loop is detected in revisions ({})", one.id);
        return Err(Raised::new("DependencyLoopDetected", message));
    }
    // Sorted by code point, as Alembic does.
    let illegal: Vec<String> =
        ['+', '-', ':', '@'].into_iter().filter(|c| one.id.contains(*c)).map(String::from).collect();
    if !illegal.is_empty() {
        let message = format!(
            "Character(s) '{}' not allowed in revision identifier '{}'",
            illegal.join(", "),
            one.id
        );
        return Err(Raised::new("RevisionError", message));
    }
    Ok(())
}

/// A text as `repr()` writes it: in single quotes, unless it holds some and no double ones.
pub(super) fn python_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() && (c as u32) < 0x100 => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}
