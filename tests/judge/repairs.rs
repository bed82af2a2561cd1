//! Histories made from a seed for repairs to be tried on, and what real Alembic says to a plan.

use std::collections::BTreeSet;
use std::ops::Range;

use rechain::audit::Outcome;
use rechain::finding::Rule;
use rechain::ingest::{SourceTree, TreePath};
use rechain::plan::Plan;

use super::compare::{outcome, written};
use super::{Judge, Random};

/// One migration: it makes a table of its own.
#[derive(Debug, Clone)]
pub(crate) struct Migration {
    pub(crate) name: String,
    pub(crate) id: String,
    /// What its docstring says that its id is.
    pub(crate) said: String,
    pub(crate) parents: Vec<String>,
    pub(crate) day: usize,
    pub(crate) table: String,
    /// The table of another one that it adds a column to.
    pub(crate) alters: Option<String>,
    pub(crate) comment: bool,
}

impl Migration {
    pub(crate) fn text(&self, style: &Style) -> String {
        let q = style.quote;
        let quoted: Vec<_> = self.parents.iter().map(|parent| format!("{q}{parent}{q}")).collect();
        let parents = match quoted.as_slice() {
            [] => "None".to_owned(),
            [one] => one.clone(),
            many => format!("({})", many.join(", ")),
        };
        let date = if style.dated {
            let (month, day) = (self.day.saturating_sub(1) / 28, self.day.saturating_sub(1) % 28);
            format!("Create Date: {}-{:02}-{:02} 10:00:00\n", 2025 + month / 12, month % 12 + 1, day + 1)
        } else {
            String::new()
        };
        let docstring =
            if style.told { format!("Revises: {}\n", self.parents.join(", ")) } else { String::new() };
        let comment = if self.comment { "    # as it was\n" } else { "" };
        let body = if style.empty {
            "pass".to_owned()
        } else {
            format!("op.create_table('{}', sa.Column('id', sa.Integer(), primary_key=True))", self.table)
        };
        let alter = |table: &String| {
            format!("    op.add_column('{table}', sa.Column('of_{}', sa.Integer()))\n", self.table)
        };
        let altered = self.alters.as_ref().map(alter).unwrap_or_default();
        let unaltered = self.alters.as_ref().map(|table| {
            format!(
                "    with op.batch_alter_table('{table}') as batch:\n        batch.drop_column('of_{}')\n",
                self.table
            )
        });
        let unaltered = unaltered.unwrap_or_default();
        let back = if style.empty { "pass".to_owned() } else { format!("op.drop_table('{}')", self.table) };
        format!(
            "\"\"\"add {}\n\nRevision ID: {}\n{docstring}{date}\n\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\n\
             revision = {q}{}{q}\ndown_revision = {parents}\nbranch_labels = None\ndepends_on = None\n\n\n\
             def upgrade():\n{comment}    {body}\n{altered}\n\ndef downgrade():\n{unaltered}    {back}\n",
            self.table, self.said, self.id,
        )
    }
}

pub(crate) struct Style {
    pub(crate) quote: char,
    pub(crate) dated: bool,
    /// Whether docstrings say what they revise.
    pub(crate) told: bool,
    /// Whether no migration does anything.
    pub(crate) empty: bool,
}

/// A sound history: branches, each joined again.
pub(crate) fn history(random: &mut Random) -> Vec<Migration> {
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
            alters: None,
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

/// The project that these migrations make.
pub(crate) fn project(made: &[Migration], style: &Style) -> SourceTree {
    let mut tree = SourceTree::default();
    let mut add = |path: String, text: String| {
        tree.insert(TreePath::parse(&path).expect("relative"), text.into_bytes());
    };
    add("alembic.ini".to_owned(), "[alembic]\nscript_location = %(here)s/migrations\n".to_owned());
    add("migrations/env.py".to_owned(), RUNS_IN_MEMORY.to_owned());
    for migration in made {
        add(format!("migrations/versions/{}.py", migration.name), migration.text(style));
    }
    tree
}

const RUNS_IN_MEMORY: &str = "from alembic import context
from sqlalchemy import create_engine

with create_engine(\"sqlite://\").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
";

/// Applies a plan, and says what of it does not hold.
///
/// # Errors
///
/// What is not as the plan says, as a sentence.
pub(crate) fn try_plan(
    judge: &mut Judge,
    tree: &SourceTree,
    before: &Outcome,
    plan: &Plan,
    may_stop: bool,
) -> Result<(), String> {
    let patched = plan.patch.apply(tree);
    let dir = written(&patched);
    let answer = judge.ask(&serde_json::json!({ "dir": dir.path(), "run": true }));
    // A merge may leave a file that does not parse; then it says that nothing loads yet.
    let is_whole = plan.after.reading.map().is_some();
    match &answer.error {
        Some(raised) if is_whole => return Err(format!("Alembic does not load it: {raised:?}")),
        None if !is_whole => return Err("Alembic loads it, and that is not foretold".to_owned()),
        Some(_) => return Ok(()),
        None => {}
    }
    // What is left of files that share an id, Alembic warns of.
    let says = |rule: &Rule| rule.name == "duplicate-revision";
    let is_shared = plan.leaves.iter().any(|rule| says(rule));
    if !answer.warnings.is_empty() && !is_shared {
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
    // `upgrade head` stops at several heads, which a plan that leaves them says.
    if let Some(raised) = answer.run_error.as_ref().filter(|_| !may_stop && answer.heads.len() < 2) {
        return Err(format!("it does not run: {raised:?}"));
    }
    let again = outcome(&patched);
    let offered: Vec<_> = again.plans[0].iter().map(|plan| plan.kind.name()).collect();
    if !offered.is_empty() && !plan.leaves.iter().any(|rule| rule.is_repairable) {
        return Err(format!("{offered:?} are on offer after it"));
    }
    if again.audit.findings.iter().any(|finding| says(finding.rule)) != is_shared {
        return Err("an id stands twice after it, or no longer, and that is not said".to_owned());
    }
    let n_ids: BTreeSet<_> = order.iter().collect();
    let n_files = patched.iter().filter(|(path, _)| path.as_str().contains("/versions/")).count();
    if n_ids.len() != n_files && !is_shared {
        return Err(format!("{n_files} files, and {} revisions run", n_ids.len()));
    }
    Ok(())
}

/// The folders that are made: `RECHAIN_SEED` asks for one, `RECHAIN_FOLDERS` for as many.
pub(crate) fn seeds(n: u64) -> Range<u64> {
    let asked = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match asked("RECHAIN_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..asked("RECHAIN_FOLDERS").unwrap_or(n),
    }
}

/// A folder as text, for whoever reads of a difference.
pub(crate) fn shown(tree: &SourceTree) -> String {
    let files = tree.iter().map(|(path, bytes)| format!("---- {path}\n{}", String::from_utf8_lossy(bytes)));
    files.collect::<Vec<_>>().join("\n")
}
