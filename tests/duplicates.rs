//! An id that stands in two files: every repair that is offered does in real Alembic what it says.
//!
//! A sound history is made from a seed, and one of its ids, or two, made to stand twice in one of the ways in which people
//! come to it. `RECHAIN_SEED` asks for one history, `RECHAIN_FOLDERS` for as many, `RECHAIN_FULL` for more.

mod judge;

use std::collections::{BTreeMap, BTreeSet};

use judge::compare::{outcome, written};
use judge::{Judge, Random, full};
use rechain::audit::Outcome;
use rechain::finding::Applicability;
use rechain::ingest::{SourceTree, TreePath};
use rechain::plan::{Plan, PlanKind};

/// How an id comes to stand twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// A file was copied as it is.
    Copied,
    /// The same, with another date and comment, and another parent.
    Moved,
    /// A new migration was made from an old one: its id stayed.
    Pasted,
    /// The same, and its docstring says what its id was to be.
    Told,
    /// Two people gave two migrations one id.
    Chosen,
    /// Three did.
    ThreeChose,
    /// Two ids stand twice.
    TwoIds,
    /// One id stands twice, and there is a second head beside it.
    WithHead,
    /// One id stands twice, and a parent is missing.
    WithHole,
}

const WAYS: [Way; 9] = [
    Way::Copied,
    Way::Moved,
    Way::Pasted,
    Way::Told,
    Way::Chosen,
    Way::ThreeChose,
    Way::TwoIds,
    Way::WithHead,
    Way::WithHole,
];

/// One migration: it makes a table of its own.
#[derive(Debug, Clone)]
struct Migration {
    name: String,
    id: String,
    said: String,
    parents: Vec<String>,
    day: usize,
    table: String,
    comment: bool,
}

impl Migration {
    fn text(&self, style: &Style) -> String {
        let q = style.quote;
        let quoted: Vec<_> = self.parents.iter().map(|parent| format!("{q}{parent}{q}")).collect();
        let parents = match quoted.as_slice() {
            [] => "None".to_owned(),
            [one] => one.clone(),
            many => format!("({})", many.join(", ")),
        };
        let date = if style.dated {
            format!("Create Date: 2025-03-{:02} 10:00:00\n", self.day)
        } else {
            String::new()
        };
        let comment = if self.comment { "    # as it was\n" } else { "" };
        let body = if style.empty {
            "pass".to_owned()
        } else {
            format!("op.create_table('{}', sa.Column('id', sa.Integer(), primary_key=True))", self.table)
        };
        let back = if style.empty { "pass".to_owned() } else { format!("op.drop_table('{}')", self.table) };
        format!(
            "\"\"\"add {}\n\nRevision ID: {}\nRevises: {}\n{date}\n\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\n\
             revision = {q}{}{q}\ndown_revision = {parents}\nbranch_labels = None\ndepends_on = None\n\n\n\
             def upgrade():\n{comment}    {body}\n\n\ndef downgrade():\n    {back}\n",
            self.table,
            self.said,
            self.parents.join(", "),
            self.id,
        )
    }
}

struct Style {
    quote: char,
    dated: bool,
    /// Whether no migration does anything.
    empty: bool,
}

/// A sound history: branches, each joined again.
fn history(random: &mut Random) -> Vec<Migration> {
    let n = 2 + random.below(9);
    let numbered = random.chance(30);
    let mut made: Vec<Migration> = Vec::new();
    let mut heads: Vec<String> = Vec::new();
    let add = |made: &mut Vec<Migration>, parents: Vec<String>, random: &mut Random| {
        let at = made.len();
        let id = if numbered {
            format!("{:04}", at + 1)
        } else {
            format!("{:012x}", random.next() & 0xffff_ffff_ffff)
        };
        let name = format!("{id}_add_t{at}");
        let day = 1 + at;
        made.push(Migration {
            name,
            said: id.clone(),
            id: id.clone(),
            parents,
            day,
            table: format!("t{at}"),
            comment: false,
        });
        id
    };
    for _ in 0..n {
        let parents = match heads.as_slice() {
            [] => Vec::new(),
            [one] => vec![one.clone()],
            many if random.chance(40) => many.to_vec(),
            many => vec![random.pick(many).clone()],
        };
        let forks = parents.len() == 1 && heads.len() == 1 && random.chance(20);
        let id = add(&mut made, parents.clone(), random);
        if forks {
            let other = add(&mut made, parents.clone(), random);
            heads.push(other);
        }
        heads.retain(|head| !parents.contains(head));
        heads.push(id);
    }
    if heads.len() > 1 {
        add(&mut made, heads, random);
    }
    made
}

/// A history in which ids stand twice, and the days go on.
fn spoilt(random: &mut Random, way: Way) -> (SourceTree, Style) {
    let mut made = history(random);
    let style = Style {
        quote: *random.pick(&['\'', '"']),
        dated: random.chance(70),
        empty: way != Way::Copied && random.chance(15),
    };
    let head = made.last().map(|last| last.id.clone()).expect("there is one");
    let first = random.below(made.len());
    let twice = |made: &mut Vec<Migration>, at: usize, random: &mut Random| {
        let own = made[at].clone();
        let day = made.len() + 1;
        let id = own.id.clone();
        // One that sorts before the other, and one that sorts after it.
        let name = *random.pick(&["0000_more", "zz_more", "again"]);
        let name = format!("{name}_{day}");
        let on = if random.chance(50) { own.parents.clone() } else { vec![head.clone()] };
        // The head itself cannot stand on itself.
        let parents = if on.contains(&id) { own.parents } else { on };
        let table = format!("t{day}");
        made.push(Migration { name, id: id.clone(), said: id, parents, day, table, comment: false });
    };
    match way {
        Way::Copied | Way::Moved => {
            let mut copy = made[first].clone();
            copy.name = format!("{}{}_copy", *random.pick(&["0 ", "", "zz"]), copy.name);
            if way == Way::Moved {
                copy.day += 1;
                copy.comment = true;
                if random.chance(50) && copy.id != head {
                    copy.parents = vec![head.clone()];
                }
            }
            made.push(copy);
        }
        Way::Pasted => {
            let at = made.len() - 1;
            let parents = if first == at { made[at].parents.clone() } else { vec![head.clone()] };
            twice(&mut made, first, random);
            let last = made.len() - 1;
            made[last].parents = parents;
        }
        Way::Told => {
            twice(&mut made, first, random);
            let last = made.len() - 1;
            made[last].said = format!("{:012x}", random.next() & 0xffff_ffff_ffff);
        }
        Way::Chosen => twice(&mut made, first, random),
        Way::ThreeChose => {
            twice(&mut made, first, random);
            twice(&mut made, first, random);
        }
        Way::TwoIds => {
            let second = random.below(made.len());
            twice(&mut made, first, random);
            if second != first {
                twice(&mut made, second, random);
            }
        }
        Way::WithHead | Way::WithHole => {
            let parent = if way == Way::WithHead {
                made[random.below(made.len())].id.clone()
            } else {
                "gone_without_a_trace".to_owned()
            };
            let day = made.len() + 1;
            let id = format!("{:012x}", random.next() & 0xffff_ffff_ffff);
            made.push(Migration {
                name: format!("{id}_beside"),
                said: id.clone(),
                id,
                parents: vec![parent],
                day,
                table: format!("t{day}"),
                comment: false,
            });
            twice(&mut made, first, random);
        }
    }
    let mut tree = SourceTree::default();
    let mut add = |path: String, text: String| {
        tree.insert(TreePath::parse(&path).expect("relative"), text.into_bytes());
    };
    add("alembic.ini".to_owned(), "[alembic]\nscript_location = %(here)s/migrations\n".to_owned());
    add("migrations/env.py".to_owned(), RUNS_IN_MEMORY.to_owned());
    for migration in &made {
        add(format!("migrations/versions/{}.py", migration.name), migration.text(&style));
    }
    (tree, style)
}

const RUNS_IN_MEMORY: &str = "from alembic import context
from sqlalchemy import create_engine

with create_engine(\"sqlite://\").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
";

/// Applies a plan, and says what of it does not hold.
fn try_plan(judge: &mut Judge, tree: &SourceTree, before: &Outcome, plan: &Plan) -> Result<(), String> {
    let patched = plan.patch.apply(tree);
    let dir = written(&patched);
    let answer = judge.ask(&serde_json::json!({ "dir": dir.path(), "run": true }));
    if let Some(raised) = &answer.error {
        return Err(format!("Alembic does not load it: {raised:?}"));
    }
    if !answer.warnings.is_empty() {
        return Err(format!("Alembic warns: {:?}", answer.warnings));
    }
    let told = before.report.environments[0].plans.iter().find(|told| told.name == plan.kind);
    let told = told.expect("it is told");
    if told.heads != answer.heads || told.bases != answer.bases {
        return Err(format!(
            "it promises heads {:?} and bases {:?}, Alembic sees {:?} and {:?}",
            told.heads, told.bases, answer.heads, answer.bases
        ));
    }
    let order: Vec<_> = answer.upgrade_heads.iter().flatten().cloned().collect();
    if order != plan.order {
        return Err(format!("it promises the order {:?}, Alembic runs {order:?}", plan.order));
    }
    if let Some(raised) = &answer.run_error {
        return Err(format!("it does not run: {raised:?}"));
    }
    let again = outcome(&patched);
    let offered: Vec<_> = again.plans[0].iter().map(|plan| plan.kind.name()).collect();
    if !offered.is_empty() {
        return Err(format!("{offered:?} are on offer after it"));
    }
    if again.audit.findings.iter().any(|finding| finding.rule.name == "duplicate-revision") {
        return Err("an id stands twice after it".to_owned());
    }
    let n_ids: BTreeSet<_> = order.iter().collect();
    let n_files = patched.iter().filter(|(path, _)| path.as_str().contains("/versions/")).count();
    if n_ids.len() != n_files {
        return Err(format!("{n_files} files, and {} revisions run", n_ids.len()));
    }
    Ok(())
}

#[test]
fn every_plan_for_an_id_that_stands_twice_does_in_alembic_what_it_says() {
    let Some(mut judge) =
        Judge::start("every_plan_for_an_id_that_stands_twice_does_in_alembic_what_it_says", &[])
    else {
        return;
    };
    let one = std::env::var("RECHAIN_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    let n = std::env::var("RECHAIN_FOLDERS").ok().and_then(|n| n.parse().ok());
    let n: u64 = n.unwrap_or(if full() { 4000 } else { 90 });
    let seeds = one.map_or(0..n, |seed| seed..seed + 1);
    let mut counts: BTreeMap<(Way, String), usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for seed in seeds {
        let mut random = Random::new(seed);
        let way = WAYS[seed as usize % WAYS.len()];
        let (tree, _) = spoilt(&mut random, way);
        let shown = || {
            let files =
                tree.iter().map(|(path, bytes)| format!("---- {path}\n{}", String::from_utf8_lossy(bytes)));
            files.collect::<Vec<_>>().join("\n")
        };
        let before = outcome(&tree);
        let plans = &before.plans[0];
        for plan in plans {
            if let Err(difference) = try_plan(&mut judge, &tree, &before, plan) {
                differences
                    .push((format!("seed {seed}, {way:?}, plan {}: {difference}", plan.kind), shown()));
            }
        }
        let names: Vec<_> =
            plans.iter().map(|plan| format!("{} ({})", plan.kind, plan.applicability.word())).collect();
        if !plans.iter().any(|plan| plan.kind == PlanKind::Duplicate) {
            differences.push((format!("seed {seed}, {way:?}: no plan"), shown()));
        }
        let removes = plans.iter().any(|plan| plan.changes.iter().any(|change| change.removed));
        let safe = plans.iter().any(|plan| plan.applicability == Applicability::Safe);
        if way == Way::Copied && !(removes && safe && plans.len() == 1) {
            differences.push((format!("seed {seed}: a copy is removed without harm"), shown()));
        }
        *counts.entry((way, names.join(", "))).or_default() += 1;
    }
    for ((way, plans), n) in &counts {
        println!("{way:?}: {n} folders: {plans}");
    }
    let lines: Vec<_> = differences.iter().map(|(difference, _)| difference.as_str()).collect();
    let first = differences.first().map_or("", |(_, folder)| folder);
    assert!(differences.is_empty(), "{} differences\n{}\n{first}", lines.len(), lines.join("\n"));
}
