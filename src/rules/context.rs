//! What a check may see.

use std::collections::BTreeMap;

use crate::audited::Audited;
use crate::finding::Place;
use crate::graph::{RevisionGraph, RevisionIx};
use crate::ingest::{SourceTree, TreePath};
use crate::source::{Declared, ModelBase, Script};
use crate::text::{LineIndex, TextRange};

/// Everything that was dropped, read.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The files.
    pub tree: &'a SourceTree,
    /// The environments.
    pub environments: &'a [Audited],
    /// What carries metadata.
    pub models: &'a [ModelBase],
}

/// One environment, and all the rest.
#[derive(Debug, Clone, Copy)]
pub struct EnvironmentContext<'a> {
    /// Everything.
    pub all: Context<'a>,
    /// The index of the environment.
    pub index: usize,
    /// The environment.
    pub audited: &'a Audited,
}

impl<'a> EnvironmentContext<'a> {
    /// The script that declares a revision.
    pub fn script(&self, ix: RevisionIx) -> Option<&'a Script> {
        self.audited.graph.node(ix).script.map(|at| &self.audited.scripts[at])
    }

    /// The id of a revision.
    pub fn id(&self, ix: RevisionIx) -> String {
        self.audited.graph.id(ix).to_owned()
    }

    /// The files whose id another file uses too, and which Alembic therefore loses. It reads them all the same, so
    /// what is wrong in them stops it too.
    pub fn lost_scripts(&self) -> impl Iterator<Item = &'a Script> {
        let audited = self.audited;
        audited.graph.shadowed().iter().map(|shadowed| &audited.scripts[shadowed.script])
    }

    /// Where a revision says who its parents are.
    pub fn parents_place(&self, ix: RevisionIx) -> Option<Place> {
        let script = self.script(ix)?;
        Some(value_place(script, &script.down_revision))
    }

    /// Where a revision says its id.
    pub fn id_place(&self, ix: RevisionIx) -> Option<Place> {
        let script = self.script(ix)?;
        Some(value_place(script, &script.revision))
    }

    /// A command of the project's own: `flask db upgrade`, `alembic heads`.
    pub fn command(&self, command: &str) -> String {
        self.audited.environment.flavour.command(command)
    }

    /// `upgrade` to the newest revision, as this project's users type it.
    pub fn upgrade_command(&self) -> String {
        self.audited.environment.flavour.upgrade_command()
    }

    /// Whether something unknown could add a revision or an edge, so that what seems missing may be there.
    pub fn is_partly_unknown(&self) -> bool {
        self.audited.is_partly_unknown()
    }
}

/// The bytes of a variable's value, or the start of the file when it has none.
pub(super) fn value_place(script: &Script, declared: &Declared) -> Place {
    let range = match declared {
        Declared::Literal(literal) => literal.range,
        Declared::Known { range, .. } | Declared::Unknown { range, .. } => *range,
        Declared::Absent => TextRange::empty(0),
    };
    Place { path: script.path.clone(), range }
}

/// Of faults of one kind in one file, as many are told; the others are counted.
pub(super) const MOST_ALIKE: usize = 100;

/// Where the lines of files start; of one file, many may be asked for.
#[derive(Debug)]
pub(super) struct LineStarts<'a> {
    tree: &'a SourceTree,
    known: BTreeMap<TreePath, LineIndex<'a>>,
}

impl<'a> LineStarts<'a> {
    pub(super) fn of(tree: &'a SourceTree) -> Self {
        Self { tree, known: BTreeMap::new() }
    }

    /// The place of a line, from 1.
    pub(super) fn place(&mut self, path: &TreePath, line: u32) -> Place {
        let read = || LineIndex::new(self.tree.get(path).unwrap_or_default());
        let start = self.known.entry(path.clone()).or_insert_with(read).line_start(line);
        Place { path: path.clone(), range: TextRange::empty(start) }
    }
}

/// Where scripts write the items of one variable; a script may write many, and each may be asked for.
#[derive(Debug)]
pub(super) struct Items<'s> {
    of: fn(&Script) -> &Declared,
    known: BTreeMap<&'s TreePath, BTreeMap<&'s str, TextRange>>,
}

impl<'s> Items<'s> {
    pub(super) fn of(of: fn(&Script) -> &Declared) -> Self {
        Self { of, known: BTreeMap::new() }
    }

    /// The place of the first item of this value, else of the whole.
    pub(super) fn place(&mut self, script: &'s Script, value: &str) -> Place {
        let declared = (self.of)(script);
        let ranges = self.known.entry(&script.path).or_insert_with(|| {
            let items = declared.literal().into_iter().flat_map(|literal| &literal.items).rev();
            items.map(|item| (item.value.as_str(), item.range)).collect()
        });
        ranges.get(value).map_or_else(
            || value_place(script, declared),
            |&range| Place { path: script.path.clone(), range },
        )
    }
}

/// `a`, `a and b`, `a, b and c`; at most ten, then how many more.
pub(super) fn listed<S: AsRef<str>>(items: &[S]) -> String {
    const MOST: usize = 10;
    if items.len() <= MOST {
        return crate::text::listed(items);
    }
    let shown: Vec<&str> = items.iter().take(MOST).map(AsRef::as_ref).collect();
    format!("{} and {} more", shown.join(", "), items.len() - MOST)
}

/// What comes of it, and what to do, where a revision is missing because these migrations are one package of a family.
pub(super) fn of_a_family(context: &EnvironmentContext<'_>, missing: &str) -> (String, String) {
    let graph = &context.audited.graph;
    let declares = |graph: &RevisionGraph| graph.find(missing).is_some_and(|ix| !graph.is_ghost(ix));
    let mut others =
        context.all.environments.iter().filter(|other| !declares(graph) && declares(&other.graph));
    let other = others.next().map(|other| other.environment.version_locations.join(", "));
    let consequence = format!(
        "By themselves these migrations stop with a bare `KeyError: '{missing}'`. They have a branch label of their own and \
         no env.py: most likely they are one package of a family, whose history hangs on that of another package."
    );
    let advice = match other {
        Some(other) => format!("It stands in {other}: name both folders in version_locations."),
        None => "Audit the packages together: give the folder that holds all of them.".to_owned(),
    };
    (consequence, advice)
}
