//! What a revision could stand on, and what each choice would do; and how it is moved within the line.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::by_hand::{Edges, above, declared};
use super::order::id_of;
use super::row_order;
use crate::audited::{Audited, Pinned};
use crate::graph::RevisionIx;
use crate::replay::Prerequisite;
use crate::rules::parent_candidates;
use crate::source::Script;
use crate::text::named;

/// How many choices are told at once.
const MOST: usize = 40;

/// A revision that another could stand on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParentChoice {
    /// The revision; nothing for none, which makes a base.
    pub revision: Option<String>,
    /// What its migration says it does.
    pub message: String,
    /// What it would do, as a clause.
    pub effect: String,
    /// How far it is to be liked.
    pub kind: ChoiceKind,
}

/// How far a choice is to be liked, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChoiceKind {
    /// The files have it so, or it was chosen already.
    Current,
    /// The files tell that it may be meant.
    Meant,
    /// Nothing speaks against it.
    Free,
    /// The migration needs something that does not lie below it.
    Lacks,
    /// It cannot be.
    Refused,
}

/// Some of the revisions that a revision could stand on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parents {
    /// The best first.
    pub choices: Vec<ParentChoice>,
    /// How many more there are.
    pub n_more: usize,
}

/// The choices for a revision whose id, message or file holds a text; nothing where no file declares it, or what was
/// chosen so far cannot stand.
pub fn parents_of(audited: &Audited, pinned: &[Pinned], revision: &str, text: &str) -> Option<Parents> {
    let own = declared(audited, revision)?;
    let edges = Edges::of(audited, pinned).or_else(|_| Edges::of(audited, &[])).ok()?;
    let view = Seen::of(audited, &edges, own.index());
    let text = text.trim().to_lowercase();
    let is_wanted = |id: &str, script: Option<&Script>| {
        let has = |part: &str| part.to_lowercase().contains(&text);
        text.is_empty()
            || has(id)
            || script.is_some_and(|script| has(&script.message()) || has(script.path.file_name()))
    };
    let mut choices = Vec::new();
    for ix in row_order(audited).into_iter().rev() {
        let script = audited.graph.node(ix).script.map(|at| &audited.scripts[at]);
        let id = audited.graph.id(ix);
        if ix != own && is_wanted(id, script) {
            let (kind, effect) = view.choice(ix.index());
            let message = script.map(Script::message).unwrap_or_default();
            choices.push(ParentChoice { revision: Some(id.to_owned()), message, effect, kind });
        }
    }
    if text.is_empty() || "none".contains(&text) || "base".contains(&text) {
        choices.push(view.none());
    }
    choices.sort_by_key(|choice| choice.kind);
    let n_more = choices.len().saturating_sub(MOST);
    choices.truncate(MOST);
    Some(Parents { choices, n_more })
}

/// One revision among the others.
struct Seen<'a> {
    audited: &'a Audited,
    edges: &'a Edges,
    own: usize,
    children: Vec<Vec<usize>>,
    /// What stands on it, itself too.
    above: BTreeSet<usize>,
    /// What it needs, each with who brings it, and with what stands on that.
    needs: Vec<(usize, BTreeSet<usize>, &'a Prerequisite)>,
    /// What a parent that is missing may have meant, and why.
    meant: Vec<(String, String)>,
}

impl<'a> Seen<'a> {
    fn of(audited: &'a Audited, edges: &'a Edges, own: usize) -> Self {
        let graph = &audited.graph;
        let children = edges.children();
        let stand = above(&children, own);
        let at = graph.by_index(own).and_then(|ix| graph.node(ix).script);
        let needs = at.map(|at| audited.account.prerequisites_of(at)).unwrap_or_default().iter();
        let bringer = |needed: &'a Prerequisite| {
            let ix = graph.find(audited.scripts[needed.on].id()?)?;
            Some((ix.index(), above(&children, ix.index()), needed))
        };
        let needs = needs.filter_map(bringer).filter(|(on, ..)| *on != own).collect();
        let script = at.map(|at| &audited.scripts[at]);
        let missing = graph.by_index(own).map(|ix| graph.parents(ix)).unwrap_or_default();
        let missing = missing.into_iter().filter(|&parent| graph.is_ghost(parent));
        let meant =
            missing.filter_map(|ghost| Some(parent_candidates(&audited.scripts, script?, graph.id(ghost))));
        let meant = meant.flatten().map(|candidate| (candidate.revision, candidate.why)).collect();
        Self { audited, edges, own, needs, children, above: stand, meant }
    }

    fn id(&self) -> &'a str {
        id_of(self.audited, self.own)
    }

    /// How a revision would be as its only parent.
    fn choice(&self, parent: usize) -> (ChoiceKind, String) {
        let id = id_of(self.audited, parent);
        if self.edges.parents[self.own].contains(&parent) {
            return (ChoiceKind::Current, "its parent as it is".to_owned());
        }
        if self.above.contains(&parent) {
            return (ChoiceKind::Refused, format!("stands on {} itself, so this would be a loop", self.id()));
        }
        if let Some((on, _, needed)) = self.needs.iter().find(|(_, stand, _)| !stand.contains(&parent)) {
            let on = id_of(self.audited, *on);
            let why = format!(
                "{} {}, which {on} {}, and {on} is not below {id}",
                self.id(),
                needed.why,
                needed.does
            );
            return (ChoiceKind::Lacks, why);
        }
        if let Some((_, why)) = self.meant.iter().find(|(meant, _)| meant == id) {
            return (ChoiceKind::Meant, format!("may be meant: {why}"));
        }
        (ChoiceKind::Free, self.place(parent))
    }

    /// What its place on another would be.
    fn place(&self, parent: usize) -> String {
        let beside: Vec<&str> = self.children[parent]
            .iter()
            .filter(|&&child| child != self.own)
            .map(|&child| id_of(self.audited, child))
            .collect();
        if beside.is_empty() {
            "a head, which it would go on top of".to_owned()
        } else {
            format!("{} stands on it already", named(&beside, "and"))
        }
    }

    fn none(&self) -> ParentChoice {
        let is_base = self.edges.parents[self.own].is_empty() && self.meant.is_empty();
        let (kind, effect) = match self.needs.first() {
            _ if is_base => (ChoiceKind::Current, "a base as it is".to_owned()),
            Some((on, _, needed)) => {
                let on = id_of(self.audited, *on);
                let why = format!("{} {}, which {on} {}", self.id(), needed.why, needed.does);
                (ChoiceKind::Lacks, why)
            }
            None => (ChoiceKind::Free, "a base: nothing comes before it".to_owned()),
        };
        ParentChoice { revision: None, message: String::new(), effect, kind }
    }
}

/// What must be chosen so that a revision comes right after another, or first, in line: what stood on that one stands on
/// it, and what stood on it stands where it stood. Together with what was chosen before.
pub fn in_line(
    audited: &Audited,
    pinned: &[Pinned],
    revision: &str,
    after: Option<&str>,
) -> Option<Vec<Pinned>> {
    let own = declared(audited, revision)?.index();
    let edges = Edges::of(audited, pinned).ok()?;
    let after = match after {
        Some(id) => Some(declared(audited, id)?.index()),
        None => None,
    };
    if after == Some(own) {
        return None;
    }
    let mut parents = edges.parents.clone();
    let is_there: Vec<usize> = audited.graph.revisions().map(RevisionIx::index).collect();
    let replace = |parents: &mut Vec<usize>, old: usize, new: &[usize]| {
        if let Some(at) = parents.iter().position(|&parent| parent == old) {
            parents.splice(at..=at, new.iter().copied());
            let mut seen = BTreeSet::new();
            parents.retain(|&parent| seen.insert(parent));
        }
    };
    let left = parents[own].clone();
    let above = above(&edges.children(), own);
    // What stands on a base has nowhere else to stand: its whole line moves, where it is one.
    let tips = above.iter().filter(|&&ix| edges.parents.iter().all(|parents| !parents.contains(&ix)));
    let moves_whole =
        left.is_empty() && above.len() > 1 && after.is_some_and(|after| !above.contains(&after));
    let top = match tips.copied().collect::<Vec<_>>().as_slice() {
        [tip] if moves_whole => *tip,
        _ if moves_whole => return None,
        _ => own,
    };
    for &ix in is_there.iter().filter(|&&ix| ix != own && !moves_whole) {
        replace(&mut parents[ix], own, &left);
    }
    for &ix in is_there.iter().filter(|&&ix| ix != own) {
        match after {
            Some(after) => replace(&mut parents[ix], after, &[top]),
            None if audited.graph.by_index(ix).is_some_and(|ix| audited.graph.is_base(ix)) => {
                parents[ix] = vec![own];
            }
            None => {}
        }
    }
    parents[own] = after.into_iter().collect();
    let mut chosen: Vec<Pinned> = pinned.to_vec();
    for ix in is_there {
        if parents[ix] != edges.parents[ix] || ix == own {
            let id = id_of(audited, ix);
            let names = parents[ix].iter().map(|&parent| id_of(audited, parent).to_owned()).collect();
            chosen.retain(|pinned| pinned.revision != id);
            chosen.push(Pinned { revision: id.to_owned(), parents: names });
        }
    }
    Some(chosen)
}
