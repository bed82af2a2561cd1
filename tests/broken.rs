//! Broken folders of every kind: whatever is offered does in real Alembic what it says, and a second check offers nothing
//! more.
//!
//! A sound history is made from a seed, or has the graph of a real project, and one to three faults are put in. `RECHAIN_SEED` asks for one folder,
//! `RECHAIN_FOLDERS` for as many, `RECHAIN_FULL` for more.

mod judge;

use std::collections::{BTreeMap, BTreeSet};

use judge::compare::outcome;
use judge::projects::histories;
use judge::repairs::{Migration, Style, history, project, seeds, shown, try_plan};
use judge::{Judge, Random, full, python, seed};
use rechain::ingest::SourceTree;
use rechain::plan::{Plan, PlanKind};
use rechain::report::StateOutcome;

/// What is done to a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    /// A file is deleted that others name.
    Gone,
    /// A revision names itself.
    Itself,
    /// A revision names one that comes after it.
    Loop,
    /// A revision in the middle says that it has no parent.
    NoParent,
    /// The same with an empty text for none.
    EmptyText,
    /// A second head, on a revision in the middle.
    Head,
    /// A second history beside the first.
    Base,
    /// A second history of which the second file needs what the first history makes.
    NeedyBase,
    /// A letter of a parent is another one.
    Misspelt,
    /// The parent is written as its file's name.
    Stem,
    /// The parent is written as the beginning of its id.
    Begun,
    /// An id stands twice.
    Twice,
    /// The head also names an ancestor of its parent.
    Ancestor,
    /// A merge was committed with the marks of a conflict around the id.
    Conflict,
    /// What a revision depends on is written as its file's name.
    Dependency,
    /// A file has another id than its name, its docstring and its children say.
    OtherId,
}

const FAULTS: [Fault; 16] = [
    Fault::Gone,
    Fault::Itself,
    Fault::Loop,
    Fault::NoParent,
    Fault::EmptyText,
    Fault::Head,
    Fault::Base,
    Fault::NeedyBase,
    Fault::Misspelt,
    Fault::Stem,
    Fault::Begun,
    Fault::Twice,
    Fault::Ancestor,
    Fault::Conflict,
    Fault::Dependency,
    Fault::OtherId,
];

/// A folder with these faults in it.
struct Broken {
    made: Vec<Migration>,
    /// The parents that the docstrings go on to name.
    said: BTreeMap<String, Vec<String>>,
    /// Lines of a file, by its name, that are written in another way.
    lines: Vec<(String, String, String)>,
    style: Style,
}

/// A sound history, oldest first, of which each migration may alter a table that one before it makes.
fn sound(mut made: Vec<Migration>, random: &mut Random) -> Broken {
    let style = Style {
        quote: *random.pick(&['\'', '"']),
        dated: random.chance(70),
        told: random.chance(60),
        empty: random.chance(15),
    };
    for at in 1..made.len() {
        let below = below(&made, at);
        if !style.empty && random.chance(50) {
            let of = *random.pick(&below);
            made[at].alters = Some(made[of].table.clone());
        }
    }
    Broken { said: BTreeMap::new(), lines: Vec::new(), made, style }
}

/// The places of what lies below one.
fn below(made: &[Migration], at: usize) -> Vec<usize> {
    let mut found = BTreeSet::new();
    let mut open = vec![at];
    while let Some(at) = open.pop() {
        for (other, migration) in made.iter().enumerate() {
            if made[at].parents.contains(&migration.id) && found.insert(other) {
                open.push(other);
            }
        }
    }
    found.into_iter().collect()
}

impl Broken {
    /// Puts a fault in; whether there was room for it.
    fn put(&mut self, fault: Fault, random: &mut Random) -> bool {
        let n = self.made.len();
        if n < 4 {
            return false;
        }
        let middle = 1 + random.below(n - 2);
        let own = self.made[middle].clone();
        let is_whole = own.parents.len() == 1 && !self.said.contains_key(&own.id);
        let mut says = |id: &str, parents: &[String]| {
            self.said.insert(id.to_owned(), parents.to_vec());
        };
        let beside = |id: String, parents: Vec<String>, day: usize| Migration {
            name: format!("{id}_beside"),
            said: id.clone(),
            table: format!("x{id}"),
            id,
            parents,
            day,
            alters: None,
            comment: false,
        };
        let id = format!("{:012x}", random.next() & 0xffff_ffff_ffff);
        match fault {
            _ if !is_whole
                && !matches!(
                    fault,
                    Fault::Head | Fault::Base | Fault::NeedyBase | Fault::Gone | Fault::Twice
                ) =>
            {
                return false;
            }
            Fault::Gone => {
                self.made.remove(middle);
            }
            Fault::Itself => {
                says(&own.id, &own.parents);
                self.made[middle].parents = vec![own.id];
            }
            Fault::Loop => {
                let later = (middle + 1..n).find(|&later| below(&self.made, later).contains(&middle));
                let Some(later) = later else { return false };
                says(&own.id, &own.parents);
                self.made[middle].parents = vec![self.made[later].id.clone()];
            }
            Fault::NoParent | Fault::EmptyText => {
                says(&own.id, &own.parents);
                self.made[middle].parents =
                    if fault == Fault::NoParent { Vec::new() } else { vec![String::new()] };
            }
            Fault::Head => self.made.push(beside(id, vec![own.id], n + 1)),
            Fault::Base => self.made.push(beside(id, Vec::new(), n + 1)),
            Fault::NeedyBase => {
                self.made.push(beside(id.clone(), Vec::new(), n + 1));
                let second = format!("{:012x}", random.next() & 0xffff_ffff_ffff);
                let mut second = beside(second, vec![id], n + 2);
                second.alters = (!self.style.empty).then(|| own.table.clone());
                self.made.push(second);
            }
            Fault::Misspelt | Fault::Stem | Fault::Begun => {
                let parent = self.made.iter().find(|parent| parent.id == own.parents[0]);
                let Some(parent) = parent.filter(|parent| parent.id.len() > 6) else { return false };
                let last = parent.id.len() - 1;
                let written = match fault {
                    Fault::Misspelt => format!("{}z", &parent.id[..last]),
                    Fault::Stem => parent.name.clone(),
                    _ => parent.id[..6].to_owned(),
                };
                says(&own.id, &own.parents);
                self.made[middle].parents = vec![written];
            }
            Fault::Twice => {
                let mut twin = beside(own.id.clone(), own.parents, n + 1);
                twin.name = format!("{}_twin", n + 1);
                twin.table = format!("twin{n}");
                self.made.push(twin);
            }
            Fault::Ancestor => {
                let grand =
                    below(&self.made, middle).into_iter().find(|&at| self.made[at].id != own.parents[0]);
                let Some(grand) = grand else { return false };
                says(&own.id, &own.parents);
                let grand = self.made[grand].id.clone();
                self.made[middle].parents.push(grand);
            }
            Fault::Conflict | Fault::OtherId => {
                let q = self.style.quote;
                let line = |id: &str| format!("revision = {q}{id}{q}");
                let (right, other) = (line(&own.id), line(&id));
                let sides = if random.chance(50) { [&right, &other] } else { [&other, &right] };
                let written = match fault {
                    Fault::OtherId => other.clone(),
                    _ => format!("<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> branch", sides[0], sides[1]),
                };
                self.lines.push((own.name, right, written));
            }
            Fault::Dependency => {
                let on = *random.pick(&below(&self.made, middle));
                let needs = format!("depends_on = {q}{}{q}", self.made[on].name, q = self.style.quote);
                self.lines.push((own.name, "depends_on = None".to_owned(), needs));
            }
        }
        true
    }

    /// The folder, whose docstrings say what stood there before.
    fn tree(&self) -> rechain::ingest::SourceTree {
        let mut tree = project(&self.made, &self.style);
        for migration in
            self.made.iter().filter(|migration| self.style.told && self.said.contains_key(&migration.id))
        {
            let path = format!("migrations/versions/{}.py", migration.name);
            let path = rechain::ingest::TreePath::parse(&path).expect("relative");
            let text = String::from_utf8(tree.get(&path).expect("it is there").to_vec()).expect("it is text");
            let line = format!("Revises: {}\n", migration.parents.join(", "));
            let said = format!("Revises: {}\n", self.said[&migration.id].join(", "));
            tree.insert(path, text.replacen(&line, &said, 1).into_bytes());
        }
        for (name, line, written) in &self.lines {
            let path = rechain::ingest::TreePath::parse(&format!("migrations/versions/{name}.py"));
            let path = path.expect("relative");
            // It may be gone since.
            let Some(text) = tree.get(&path).map(|text| String::from_utf8_lossy(text).into_owned()) else {
                continue;
            };
            let text = text.replacen(&format!("\n{line}\n"), &format!("\n{written}\n"), 1);
            tree.insert(path, text.into_bytes());
        }
        tree
    }
}

/// Whether an empty database may stop at what a plan leaves: a table went with a file, or Alembic's own order of histories
/// that stay beside one another is told to be wrong.
fn may_stop(faults: &[Fault], before: &rechain::audit::Outcome, plan: &Plan) -> bool {
    let told = before.report.environments[0].plans.iter().find(|told| told.name == plan.kind);
    let groups = told.and_then(|told| told.states.as_ref());
    let is_told = groups
        .into_iter()
        .flatten()
        .any(|group| group.stamped.is_empty() && group.outcome == Some(StateOutcome::TooEarly));
    let fails = plan.after.account.failures(rechain::replay::Direction::Upgrade).next().is_some();
    let leaves_the_order = matches!(plan.kind, PlanKind::Merge | PlanKind::Edits);
    faults.contains(&Fault::Gone) || is_told || leaves_the_order && fails
}

/// What came of the folders.
#[derive(Default)]
struct Tally {
    /// How many folders had one fault, and how many of them have a plan.
    offered: BTreeMap<Fault, (usize, usize)>,
    kinds: BTreeMap<PlanKind, usize>,
    n_folders: usize,
    differences: Vec<(String, String)>,
}

impl Tally {
    /// Puts one to three faults into a sound history, and tries every plan for what that leaves.
    fn try_all(
        &mut self,
        judge: &mut Judge,
        name: &str,
        mut broken: Broken,
        first: Fault,
        random: &mut Random,
    ) {
        let mut faults = Vec::new();
        let others: Vec<Fault> = (0..random.below(3)).map(|_| *random.pick(&FAULTS)).collect();
        for fault in [first].into_iter().chain(others) {
            if broken.put(fault, random) {
                faults.push(fault);
            }
        }
        if faults.is_empty() {
            return;
        }
        self.n_folders += 1;
        let tree = broken.tree();
        let before = outcome(&tree);
        let plans = &before.plans[0];
        let mut differs = |difference: String| {
            self.differences.push((format!("{name}, {faults:?}: {difference}"), shown(&tree)));
        };
        for plan in plans {
            *self.kinds.entry(plan.kind).or_default() += 1;
            let may_stop = may_stop(&faults, &before, plan);
            if let Err(difference) = try_plan(judge, &tree, &before, plan, may_stop) {
                differs(format!("plan {}: {difference}", plan.kind));
            }
        }
        if let [only] = faults.as_slice() {
            let count = self.offered.entry(*only).or_default();
            count.0 += 1;
            count.1 += usize::from(!plans.is_empty());
            // A deleted end is no fault, and neither is an ancestor that Alembic does not mind.
            let is_broken = before.audit.findings.iter().any(|finding| {
                finding.rule.is_repairable && finding.severity == rechain::finding::Severity::Error
            });
            if is_broken && plans.is_empty() {
                differs("no plan".to_owned());
            }
        }
    }

    fn assert_none_differs(&self) {
        let n_plans: usize = self.kinds.values().sum();
        println!("{} folders, {n_plans} plans: {:?}", self.n_folders, self.kinds);
        for (fault, (n, with_plan)) in &self.offered {
            println!("{fault:?} alone: {with_plan} of {n} folders have a plan");
        }
        let lines: Vec<_> = self.differences.iter().map(|(difference, _)| difference.as_str()).collect();
        let first = self.differences.first().map_or("", |(_, folder)| folder);
        assert!(lines.is_empty(), "{} differences\n{}\n{first}", lines.len(), lines.join("\n"));
    }
}

#[test]
fn every_plan_for_a_broken_folder_does_in_alembic_what_it_says() {
    let Some(mut judge) = Judge::start("every_plan_for_a_broken_folder_does_in_alembic_what_it_says", &[])
    else {
        return;
    };
    let mut tally = Tally::default();
    for seed in seeds(if full() { 1600 } else { 80 }) {
        let mut random = Random::new(seed);
        let made = history(&mut random);
        let broken = sound(made, &mut random);
        let first = FAULTS[seed as usize % FAULTS.len()];
        tally.try_all(&mut judge, &format!("seed {seed}"), broken, first, &mut random);
    }
    tally.assert_none_differs();
}

#[test]
fn and_so_does_every_plan_for_the_broken_graph_of_a_real_project() {
    let name = "and_so_does_every_plan_for_the_broken_graph_of_a_real_project";
    let Some(python) = python(name) else { return };
    let Some(mut judge) = Judge::start(name, &[]) else { return };
    let mut random = Random::new(seed());
    let graphs: Vec<(String, Vec<Migration>)> =
        histories(&python).into_iter().filter_map(|(name, tree)| Some((name, graph(&tree)?))).collect();
    let all: Vec<(usize, Fault)> = (0..graphs.len()).flat_map(|at| FAULTS.map(|fault| (at, fault))).collect();
    let mut tally = Tally::default();
    for (at, first) in random.sample(&all, if full() { 400 } else { 16 }) {
        let (name, made) = &graphs[at];
        let broken = sound(made.clone(), &mut random);
        tally.try_all(&mut judge, name, broken, first, &mut random);
    }
    println!("{} graphs", graphs.len());
    tally.assert_none_differs();
}

/// The most revisions of a graph: Alembic runs each plan.
const MOST: usize = 120;

/// The revisions of a real history by their ids, names and parents, if it is a sound one; what they do is made up.
fn graph(tree: &SourceTree) -> Option<Vec<Migration>> {
    let found = outcome(tree);
    let audited = found.audit.environments.first()?;
    let map = audited.reading.map()?;
    let order = map.upgrade_order().ok()?;
    let is_sound = found.plans[0].is_empty() && map.real_heads().len() == 1 && map.bases().len() == 1;
    if !is_sound || order.len() > MOST {
        return None;
    }
    let of: BTreeMap<&str, &rechain::alembic::Revision> =
        map.revisions().map(|revision| (revision.id.as_str(), revision)).collect();
    let made = order.into_iter().enumerate().map(|(at, id)| {
        let revision = of[id];
        revision.depends_on.is_empty().then(|| Migration {
            name: audited.scripts[revision.script].path.stem().to_owned(),
            id: id.to_owned(),
            said: id.to_owned(),
            parents: revision.down.clone(),
            day: at + 1,
            table: format!("t{at}"),
            alters: None,
            comment: false,
        })
    });
    made.collect()
}
