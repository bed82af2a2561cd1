//! The Python files of a tree, each parsed once, when somebody asks for it.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::evaluate::Importable;
use super::modules::Modules;
use super::python::{Parsed, Parser};
use super::script::{Script, script_of};
use crate::ingest::{SourceTree, TreePath};
use crate::text::{LineIndex, TextRange};

/// The files of one tree.
#[derive(Debug)]
pub struct PythonFiles<'t> {
    tree: &'t SourceTree,
    read: Rc<Read>,
    /// The files that another tree has otherwise, and what is in them here.
    changed: BTreeSet<TreePath>,
    own: RefCell<HashMap<TreePath, Arc<Parsed>>>,
    modules: OnceCell<Modules>,
}

/// What was read so far: several trees that differ in a few files share it.
#[derive(Debug, Default)]
struct Read {
    parser: RefCell<Parser>,
    parsed: RefCell<HashMap<TreePath, Arc<Parsed>>>,
}

impl<'t> PythonFiles<'t> {
    /// Those of a tree.
    pub fn of(tree: &'t SourceTree) -> Self {
        Self::sharing(tree, Rc::default(), BTreeSet::new())
    }

    /// Those of a tree that differs from this one's in `changed` files only: what did not change is not parsed again.
    pub fn patched<'p>(&self, tree: &'p SourceTree, changed: &[TreePath]) -> PythonFiles<'p> {
        let changed = self.changed.iter().chain(changed).cloned().collect();
        PythonFiles::sharing(tree, Rc::clone(&self.read), changed)
    }

    fn sharing(tree: &'t SourceTree, read: Rc<Read>, changed: BTreeSet<TreePath>) -> Self {
        Self { tree, read, changed, own: RefCell::default(), modules: OnceCell::new() }
    }

    /// Where modules are among them.
    pub(super) fn modules(&self) -> &Modules {
        self.modules.get_or_init(|| Modules::of(self.tree))
    }

    /// The tree.
    pub fn tree(&self) -> &'t SourceTree {
        self.tree
    }

    /// A file of the tree, parsed; nothing where there is none.
    pub fn parsed(&self, path: &TreePath) -> Option<Arc<Parsed>> {
        let kept = if self.changed.contains(path) { &self.own } else { &self.read.parsed };
        if let Some(known) = kept.borrow().get(path) {
            return Some(Arc::clone(known));
        }
        let parsed = Arc::new(self.read.parser.borrow_mut().read(self.tree.get(path)?));
        kept.borrow_mut().insert(path.clone(), Arc::clone(&parsed));
        Some(parsed)
    }

    /// The line of a place in a file of the tree, from 1.
    pub fn line(&self, path: &TreePath, range: TextRange) -> u32 {
        LineIndex::new(self.tree.get(path).unwrap_or_default()).line_column(range.start()).line
    }

    /// A migration file of the tree, where the modules that it imports from are known.
    pub fn script(&self, path: &TreePath, importable: Importable<'_>) -> Option<Script> {
        let (source, parsed) = (self.tree.get(path)?, self.parsed(path)?);
        Some(script_of(path, source, &parsed, importable))
    }
}
