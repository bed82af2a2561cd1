//! What a module of the drop gives to one that imports it, where it is certain that Python finds this one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Bound, IMPORTED, Variables};
use crate::source::PythonFiles;
use crate::source::modules::certain;
use crate::text::{TextRange, is_undecided};

/// The modules that migrations can import from some folders of the tree, each read once.
#[derive(Debug)]
pub struct Imported<'t> {
    files: &'t PythonFiles<'t>,
    /// Those that `prepend_sys_path` names, in order.
    folders: &'t [String],
    read: RefCell<BTreeMap<String, Option<Rc<Variables>>>>,
}

impl<'t> Imported<'t> {
    /// Those of the folders that `prepend_sys_path` names, in order.
    pub fn new(files: &'t PythonFiles<'t>, folders: &'t [String]) -> Self {
        Self { files, folders, read: RefCell::default() }
    }

    fn read(&self, name: &str) -> Option<Variables> {
        let path = certain(self.files.tree(), name, self.folders)?;
        let (source, parsed) = (self.files.tree().get(path)?, self.files.parsed(path)?);
        if is_undecided(source) || !parsed.faults.is_empty() {
            return None;
        }
        let variables = Variables::of(&parsed.program, source, Importable::default());
        (variables.raises.is_none() && variables.open.is_none()).then_some(variables)
    }
}

/// Where a file's imports are looked for; by default nowhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct Importable<'t>(Option<&'t Imported<'t>>);

impl<'t> Importable<'t> {
    /// Among these.
    pub fn from(modules: &'t Imported<'t>) -> Self {
        Self(Some(modules))
    }

    /// The variables of a module, if all of it is certain. What it imports itself is not looked for, so modules that
    /// import one another come to an end.
    pub(super) fn module(self, name: &str) -> Option<Rc<Variables>> {
        let modules = self.0?;
        if let Some(known) = modules.read.borrow().get(name) {
            return known.clone();
        }
        let read = modules.read(name).map(Rc::new);
        modules.read.borrow_mut().insert(name.to_owned(), read.clone());
        read
    }
}

impl Variables {
    /// What an import statement binds to a name of this module. A list may be changed by whoever else has it.
    pub(super) fn given(&self, name: &str, range: TextRange) -> Bound {
        match self.get(name) {
            Some(Bound::Known { value, .. }) if !value.is_list() => {
                Bound::Known { value: value.clone(), range, literal: None }
            }
            _ => Bound::Unknown { range, why: IMPORTED },
        }
    }
}
