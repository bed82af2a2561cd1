//! Files in which git left merge-conflict markers: both sides are read, each as the file that it would be.
//!
//! Which side is kept, the other files tell: the one whose id they name as a parent, else the one whose own parents are
//! there. Where they tell nothing, what both sides say is known, and nothing else.

use std::collections::BTreeSet;

use super::Declared;
use super::evaluate::Importable;
use super::python::Parser;
use super::script::{Script, script_of};
use crate::ingest::TreePath;
use crate::text::TextRange;

/// A file with two sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The side above `=======`, and the one below it.
    pub sides: [Side; 2],
    /// Which of them fits the other files, and why.
    pub kept: Option<(usize, Fit)>,
}

/// One side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// What its marker says: a branch, or a commit.
    pub label: String,
    /// `revision`, `down_revision`, `depends_on` and `branch_labels`.
    pub declared: [Declared; 4],
}

/// Why a side is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// This file names its id.
    NamedBy(TreePath),
    /// Its parents are there, and the other side's are not.
    ParentsAreThere,
    /// Both sides say the same.
    Same,
}

impl Side {
    /// Its id, if it is known.
    pub fn id(&self) -> Option<&str> {
        self.declared[0].is_text().then(|| self.declared[0].values().first().copied()).flatten()
    }
}

impl Conflict {
    /// The two sides of a file.
    pub(super) fn of(path: &TreePath, source: &[u8], importable: Importable<'_>) -> Option<Box<Self>> {
        let ([ours, theirs], labels) = sides(source)?;
        let side = |source: Vec<u8>, label: String| {
            let script = script_of(path, &source, &Parser::new().read(&source), importable);
            let Script { revision, down_revision, depends_on, branch_labels, .. } = script;
            Side { label, declared: [revision, down_revision, depends_on, branch_labels] }
        };
        let [above, below] = labels;
        Some(Box::new(Self { sides: [side(ours, above), side(theirs, below)], kept: None }))
    }

    /// The ids of both sides.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.sides.iter().filter_map(Side::id)
    }
}

/// The lines that go where one side is kept: the markers, the other side, and what both come from; nothing where the markers
/// do not pair.
pub(crate) fn conflict_left(source: &[u8], kept: usize) -> Option<Vec<TextRange>> {
    let mut gone = Vec::new();
    let mut at: Option<usize> = None;
    let mut start = 0;
    for line in source.split_inclusive(|&byte| byte == b'\n') {
        let end = start + line.len() as u32;
        let (is_marker, next) = turned(at, &String::from_utf8_lossy(line.trim_ascii_end()));
        if is_marker || at.is_some_and(|at| at != kept) {
            gone.push(TextRange::new(start, end));
        }
        at = next;
        start = end;
    }
    (at.is_none() && !gone.is_empty()).then_some(gone)
}

/// Whether a line is a marker, and where what follows it stands: in a side, of which 2 is what both come from, or outside of
/// a conflict.
fn turned(at: Option<usize>, line: &str) -> (bool, Option<usize>) {
    match at {
        None if line.starts_with("<<<<<<< ") => (true, Some(0)),
        Some(0) if line.starts_with("||||||| ") => (true, Some(2)),
        Some(0 | 2) if line == "=======" => (true, Some(1)),
        Some(1) if line.starts_with(">>>>>>> ") => (true, None),
        own => (false, own),
    }
}

/// The texts of both sides, everything else blank, so that places stay what they are; and what their markers say.
fn sides(source: &[u8]) -> Option<([Vec<u8>; 2], [String; 2])> {
    let mut texts = [source.to_vec(), source.to_vec()];
    let mut labels: [Option<String>; 2] = [None, None];
    // Nothing outside of a conflict; then the side, of which 2 is what both come from.
    let mut at: Option<usize> = None;
    let mut start = 0;
    for line in source.split_inclusive(|&byte| byte == b'\n') {
        let place = start..start + line.trim_ascii_end().len();
        start += line.len();
        let text = String::from_utf8_lossy(line.trim_ascii_end()).into_owned();
        let label = |text: &str, marker: &str| text.strip_prefix(marker).map(|rest| rest.trim().to_owned());
        let (is_marker, next) = turned(at, &text);
        if is_marker {
            labels[0] = labels[0].take().or_else(|| label(&text, "<<<<<<<"));
            labels[1] = labels[1].take().or_else(|| label(&text, ">>>>>>>"));
            at = next;
        }
        for (side, out) in texts.iter_mut().enumerate() {
            if is_marker || at.is_some_and(|at| at != side) {
                out[place.clone()].fill(b' ');
            }
        }
    }
    let [Some(above), Some(below)] = labels else { return None };
    at.is_none().then_some((texts, [above, below]))
}

/// Chooses the side of every file with conflict markers, as far as the other files tell.
pub fn settle_conflicts(scripts: &mut [Script]) {
    let names: Vec<(TreePath, BTreeSet<String>)> = scripts
        .iter()
        .map(|script| {
            let own = [script.down_revision.values(), script.depends_on.values()].concat();
            (script.path.clone(), own.into_iter().map(str::to_owned).collect())
        })
        .collect();
    let mut ids: BTreeSet<String> = scripts.iter().filter_map(Script::id).map(str::to_owned).collect();
    ids.extend(
        scripts
            .iter()
            .filter_map(|script| script.conflict.as_ref())
            .flat_map(|conflict| conflict.ids().map(str::to_owned).collect::<Vec<_>>()),
    );
    for script in scripts {
        let Some(conflict) = &mut script.conflict else { continue };
        let naming = |side: &Side| {
            let id = side.id()?;
            let others = names.iter().filter(|(path, _)| *path != script.path);
            others.clone().find(|(_, names)| names.contains(id)).map(|(path, _)| path.clone())
        };
        let is_there = |side: &Side| {
            let [_, parents, needs, _] = &side.declared;
            !parents.is_unknown()
                && [parents.values(), needs.values()].concat().into_iter().all(|id| ids.contains(id))
        };
        let [above, below] = &conflict.sides;
        let same = above.declared.iter().zip(&below.declared).all(|(one, other)| agree(one, other));
        conflict.kept = match (naming(above), naming(below)) {
            _ if same => Some((0, Fit::Same)),
            (Some(path), None) => Some((0, Fit::NamedBy(path))),
            (None, Some(path)) if above.id() != below.id() => Some((1, Fit::NamedBy(path))),
            _ => match (is_there(above), is_there(below)) {
                (true, false) => Some((0, Fit::ParentsAreThere)),
                (false, true) => Some((1, Fit::ParentsAreThere)),
                _ => None,
            },
        };
        let agreed = |at: usize| match &conflict.kept {
            Some((side, _)) => Some(known(&conflict.sides[*side].declared[at])),
            None => {
                let (one, other) = (&above.declared[at], &below.declared[at]);
                agree(one, other).then(|| known(one))
            }
        };
        let found = [0, 1, 2, 3].map(agreed);
        let own = [
            &mut script.revision,
            &mut script.down_revision,
            &mut script.depends_on,
            &mut script.branch_labels,
        ];
        for (own, found) in own.into_iter().zip(found) {
            // What stands outside of the conflict is known already.
            if let Some(found) = found.filter(|_| own.is_unknown()) {
                *own = found;
            }
        }
    }
}

fn agree(one: &Declared, other: &Declared) -> bool {
    !one.is_unknown() && !other.is_unknown() && one.value() == other.value()
}

/// The same, and never edited: the file is to be mended by hand.
fn known(declared: &Declared) -> Declared {
    match declared {
        Declared::Literal(literal) => match declared.value() {
            Some(value) => Declared::Known { value, range: literal.range },
            None => declared.clone(),
        },
        _ => declared.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::read_script;

    const OTHERS: &str = "revision = 'a'\ndown_revision = None\n";

    /// What the conflicted file, which stands with `a`, declares in the end, and why.
    fn settled(conflicted: &str, more: &str) -> (Option<String>, Vec<String>, Option<Fit>) {
        let read = |name: &str, text: &str| {
            read_script(&TreePath::parse(&format!("v/{name}.py")).expect("relative"), text.as_bytes())
        };
        let mut scripts = vec![read("a", OTHERS), read("b", conflicted), read("c", more)];
        settle_conflicts(&mut scripts);
        let script = &scripts[1];
        let parents = script.down_revision.values().into_iter().map(str::to_owned).collect();
        let kept = script.conflict.as_ref().and_then(|conflict| conflict.kept.clone());
        (script.id().map(str::to_owned), parents, kept.map(|(_, fit)| fit))
    }

    const IDS: &str =
        "<<<<<<< HEAD\nrevision = 'x'\n=======\nrevision = 'y'\n>>>>>>> other\ndown_revision = 'a'\n";
    const PARENTS: &str = "revision = 'x'\n<<<<<<< HEAD\ndown_revision = 'gone'\n||||||| base\ndown_revision = 'old'\n=======\ndown_revision = 'a'\n>>>>>>> other\n";

    #[test]
    fn the_side_that_the_other_files_name_is_kept() {
        let child = |parent: &str| format!("revision = 'c'\ndown_revision = '{parent}'\n");
        let named = |id: &str| {
            let path = TreePath::parse("v/c.py").expect("relative");
            (Some(id.to_owned()), vec!["a".to_owned()], Some(Fit::NamedBy(path)))
        };
        for id in ["x", "y"] {
            assert_eq!(settled(IDS, &child(id)), named(id));
            assert_eq!(settled(&IDS.replace('\n', "\r\n"), &child(id)), named(id));
        }
        assert_eq!(settled(IDS, &child("a")), (None, vec!["a".to_owned()], None), "nobody names one");
    }

    #[test]
    fn else_the_one_whose_parents_are_there() {
        let x = Some("x".to_owned());
        assert_eq!(
            settled(PARENTS, "revision = 'c'\ndown_revision = 'a'"),
            (x.clone(), vec!["a".to_owned()], Some(Fit::ParentsAreThere))
        );
        let both = "revision = 'gone'\ndown_revision = 'a'";
        assert_eq!(settled(PARENTS, both), (x.clone(), vec![], None), "both are there");
        let alike = PARENTS.replace("'gone'", "'a'  # ours");
        assert_eq!(settled(&alike, both), (x, vec!["a".to_owned()], Some(Fit::Same)));
    }
}
