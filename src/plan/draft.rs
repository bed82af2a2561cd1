//! A repair before its proof: files before and after, and what that does to each revision.

use std::collections::BTreeMap;

use super::Plan;
use super::rewrite::rewrite_parents;
use crate::finding::Applicability;
use crate::ingest::{SourceTree, TreePath};
use crate::patch::{FilePatch, PatchSet};
use crate::source::Script;

/// What a plan does to one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionChange {
    /// The file.
    pub path: TreePath,
    /// The revision.
    pub revision: String,
    /// The id that it had, where the plan gives it another.
    pub old_revision: Option<String>,
    /// Whether the plan adds it.
    pub added: bool,
    /// Whether the plan removes its file.
    pub removed: bool,
    /// Its parents as written before.
    pub before: Vec<String>,
    /// Its parents after.
    pub after: Vec<String>,
    /// Why, as a clause: `alters table user, which 2ca607eff9c8 creates`.
    pub reason: String,
}

/// A plan that has not been proved.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) patch: PatchSet,
    pub(super) changes: Vec<RevisionChange>,
    pub(super) applicability: Applicability,
    pub(super) cautions: Vec<String>,
    /// Whether databases may have run what the files no longer say, so that what they say tells nothing about its harm.
    pub(super) tells_of_another_past: bool,
    /// The files that go, each with the one that stands for it.
    pub(super) copies: BTreeMap<TreePath, TreePath>,
}

impl Draft {
    /// This draft, and a plan for the files as it leaves them, in one.
    pub(super) fn then(self, next: Plan) -> Self {
        let mut changes: BTreeMap<TreePath, RevisionChange> =
            self.changes.into_iter().map(|change| (change.path.clone(), change)).collect();
        for change in next.changes {
            match changes.get_mut(&change.path) {
                Some(own) => {
                    own.after = change.after;
                    own.reason = format!("{}; {}", own.reason, change.reason);
                }
                None => {
                    changes.insert(change.path.clone(), change);
                }
            }
        }
        Self {
            patch: self.patch.then(next.patch),
            changes: changes.into_values().collect(),
            applicability: self.applicability.min(next.applicability),
            // What it does to databases is told of the whole.
            cautions: self.cautions,
            tells_of_another_past: self.tells_of_another_past,
            copies: self.copies,
        }
    }
}

impl RevisionChange {
    /// A file whose revision stays as it is but for what is said next.
    pub(super) fn of(script: &Script, revision: &str, reason: String) -> Self {
        let parents: Vec<String> = script.down_revision.values().into_iter().map(str::to_owned).collect();
        Self {
            path: script.path.clone(),
            revision: revision.to_owned(),
            old_revision: None,
            added: false,
            removed: false,
            before: parents.clone(),
            after: parents,
            reason,
        }
    }
}

/// A draft while it is made, file by file.
#[derive(Default)]
pub(super) struct Drafting {
    files: Vec<FilePatch>,
    changes: Vec<RevisionChange>,
}

impl Drafting {
    /// Gives a revision other parents; nothing where they cannot be written. A file that has them already is left alone.
    pub(super) fn reparent(
        &mut self,
        tree: &SourceTree,
        script: &Script,
        revision: &str,
        parents: Vec<String>,
        reason: String,
    ) -> Option<()> {
        let source = tree.get(&script.path)?;
        let text = rewrite_parents(script, source, &parents)?.apply(source).ok()?;
        if text != source {
            let change = RevisionChange { after: parents, ..RevisionChange::of(script, revision, reason) };
            self.rewrite(source, Some(text), change);
        }
        Some(())
    }

    /// Rewrites a file, or removes it.
    pub(super) fn rewrite(&mut self, before: &[u8], after: Option<Vec<u8>>, change: RevisionChange) {
        let (path, after) = (change.path.clone(), after.map(Into::into));
        self.files.push(FilePatch { path, before: Some(before.into()), after });
        self.changes.push(change);
    }

    /// Adds a file, which is a revision of its own.
    pub(super) fn add(&mut self, file: FilePatch, revision: String, parents: Vec<String>, reason: String) {
        self.changes.push(RevisionChange {
            path: file.path.clone(),
            revision,
            old_revision: None,
            added: true,
            removed: false,
            before: Vec::new(),
            after: parents,
            reason,
        });
        self.files.push(file);
    }

    /// All of it; nothing where no file changes.
    pub(super) fn done(mut self, applicability: Applicability) -> Option<Draft> {
        if self.files.is_empty() {
            return None;
        }
        self.changes.sort_by(|one, other| one.path.cmp(&other.path));
        Some(Draft {
            patch: PatchSet::new(self.files),
            changes: self.changes,
            applicability,
            cautions: Vec::new(),
            tells_of_another_past: false,
            copies: BTreeMap::new(),
        })
    }
}
