//! What rechain says of a folder is what real Alembic says of it, and what it repairs is what real Alembic runs.

mod folders;
mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use folders::Folder;
use judge::compare::{compare, is_beyond, outcome, texts as values, written};
use judge::{FileAnswer, Judge, Random, copy, full, git, printed, read, rechain, repository, texts, write};
use rechain::audit::Outcome;
use rechain::ingest::{Limits, SourceTree, read_zip};
use rechain::patch::unified;
use rechain::report::PlanKind;

/// The seeds of the folders that are made; `RECHAIN_SEED` asks for a single one, to look at it, `RECHAIN_FOLDERS` for as many.
fn seeds() -> Range<u64> {
    if let Some(seed) = std::env::var("RECHAIN_SEED").ok().and_then(|seed| seed.parse().ok()) {
        return seed..seed + 1;
    }
    let n = std::env::var("RECHAIN_FOLDERS").ok().and_then(|n| n.parse().ok());
    0..n.unwrap_or(if full() { 1000 } else { 200 })
}

/// Fails with a line for each difference, and the folder of the first.
fn assert_none(differences: &[(String, String)]) {
    let lines: Vec<_> = differences.iter().map(|(difference, _)| difference.as_str()).collect();
    let first = differences.first().map_or("", |(_, folder)| folder);
    assert!(differences.is_empty(), "{} differences\n{}\n{first}", lines.len(), lines.join("\n"));
}

#[test]
fn rechain_and_alembic_say_the_same_of_made_folders() {
    let Some(mut judge) = Judge::start("rechain_and_alembic_say_the_same_of_made_folders", &[]) else {
        return;
    };
    let (mut differences, mut n_texts) = (Vec::new(), 0);
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    for seed in seeds() {
        let folder = Folder::of(seed);
        let dir = written(&folder.tree);
        let ours = outcome(&folder.tree);
        let environment = &ours.audit.environments[0];
        let mut question = folder.question(dir.path());
        question["texts"] = serde_json::json!(texts::commands(environment));
        let answer = judge.ask(&question);
        assert_ne!(answer.phase, "configuration", "{:?}\n{}", answer.error, folder.shown());
        assert_ne!(answer.phase, "answer", "{:?}\n{}", answer.error, folder.shown());
        let class = answer.error.as_ref().map_or("loads", |raised| raised.class.as_str());
        *classes.entry(class.to_owned()).or_default() += 1;
        let printed =
            compare(&ours, &answer).and_then(|()| texts::compare(environment, dir.path(), &answer.texts));
        match printed {
            Ok(n) => n_texts += n,
            Err(difference) => differences.push((format!("seed {seed}: {difference}"), folder.shown())),
        }
    }
    println!("{} folders, {n_texts} texts: {classes:?}", classes.values().sum::<usize>());
    assert_none(&differences);
}

/// The relations "comes before" that stand in a folder, by Alembic's own reading of each file: without missing parents,
/// self-parents, files that are lost, what lies on a loop, and what goes through `shared` ids, since a name of those may mean
/// one file or another.
fn standing(files: &[FileAnswer], shared: &BTreeSet<&str>) -> BTreeSet<(String, String)> {
    let is_told = |file: &&FileAnswer| file.revision.as_str().is_none_or(|id| !shared.contains(id));
    let parents: BTreeMap<String, Vec<String>> = files
        .iter()
        .filter(is_told)
        .filter_map(|file| Some((file.revision.as_str()?.to_owned(), values(&file.down_revision))))
        .collect();
    let below = |from: &str| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = parents.get(from).into_iter().flatten().collect();
        while let Some(id) = open.pop() {
            if parents.contains_key(id) && seen.insert(id.clone()) {
                open.extend(&parents[id]);
            }
        }
        seen
    };
    let all_below: BTreeMap<&String, BTreeSet<String>> = parents.keys().map(|id| (id, below(id))).collect();
    let looped = |a: &str, b: &String| all_below.get(b).is_some_and(|below| below.contains(a));
    let edges: BTreeSet<(String, String)> = parents
        .iter()
        .flat_map(|(id, own)| own.iter().map(move |parent| (id.clone(), parent.clone())))
        .filter(|(id, parent)| parents.contains_key(parent) && !looped(id, parent))
        .collect();
    closure(&edges)
}

fn closure(edges: &BTreeSet<(String, String)>) -> BTreeSet<(String, String)> {
    let mut parents: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
    for (id, parent) in edges {
        parents.entry(id).or_default().push(parent);
    }
    let mut closed = BTreeSet::new();
    for id in parents.keys() {
        let mut open = parents[id].clone();
        while let Some(parent) = open.pop() {
            if closed.insert(((*id).clone(), parent.clone())) {
                open.extend(parents.get(parent).into_iter().flatten());
            }
        }
    }
    closed
}

/// The rules whose faults keep Alembic from loading a folder.
const KEEP_FROM_LOADING: [&str; 12] = [
    "dependency-cycle",
    "duplicate-branch-label",
    "duplicate-revision",
    "illegal-revision-id",
    "missing-dependency",
    "missing-parent",
    "no-down-revision",
    "not-a-migration",
    "revision-cycle",
    "self-parent",
    "syntax-error",
    "dynamic-revision",
];

/// Applies one plan, and says what of it does not hold.
fn try_plan(
    judge: &mut Judge,
    folder: &Folder,
    before: &Outcome,
    files_before: &[FileAnswer],
    at: usize,
) -> Result<(), String> {
    let plan = &before.plans[0][at];
    let told = &before.report.environments[0].plans[at];
    let patched = plan.patch.apply(&folder.tree);
    let dir = written(&patched);
    let answer = judge.ask(&folder.question(dir.path()));
    let loads = answer.error.is_none();
    let left = plan.leaves.iter().any(|rule| KEEP_FROM_LOADING.contains(&rule.name));
    if answer.error.as_ref().is_some_and(|raised| !left && !is_beyond(raised, &answer)) {
        return Err(format!("Alembic does not load it: {:?}", answer.error));
    }
    if loads {
        if told.heads != answer.heads || told.bases != answer.bases {
            return Err(format!(
                "it promises heads {:?} and bases {:?}, Alembic sees {:?} and {:?}",
                told.heads, told.bases, answer.heads, answer.bases
            ));
        }
        for (rule, n) in [("multiple-heads", answer.heads.len()), ("multiple-roots", answer.bases.len())] {
            // A copy of a revision stays a head, and perhaps a base, until one of the two goes.
            let copies = plan.leaves.iter().any(|left| left.name == "duplicate-revision");
            if plan.resolves.iter().any(|resolved| resolved.name == rule) && n != 1 && !copies {
                return Err(format!("it says that it resolves {rule}, and Alembic counts {n}"));
            }
        }
        let shared: BTreeSet<&str> =
            plan.changes.iter().filter_map(|change| change.old_revision.as_deref()).collect();
        let [stood, stands] = [files_before, &answer.files].map(|files| standing(files, &BTreeSet::new()));
        let told = standing(files_before, &shared);
        let lost: Vec<_> =
            stood.intersection(&told).filter(|pair| !stands.contains(*pair)).cloned().collect();
        if !lost.is_empty() {
            return Err(format!("these came before: {lost:?}"));
        }
        if plan.kind == PlanKind::Chain
            && !left
            && plan.resolves.iter().any(|rule| rule.name == "multiple-roots")
        {
            let order: Vec<_> = answer.upgrade.iter().flatten().cloned().collect();
            let linear = answer.branch_points.is_empty() && answer.merge_points.is_empty();
            if linear && order != plan.order {
                return Err(format!("it promises the order {:?}, Alembic runs {order:?}", plan.order));
            }
        }
    }
    let again = outcome(&patched);
    if again.plans[0].iter().any(|second| second.kind == plan.kind) {
        return Err("a second plan of the same name is on offer after it".to_owned());
    }
    if plan.kind == PlanKind::Chain && !again.plans[0].is_empty() {
        return Err(format!("the plan {} is on offer after the chain", again.plans[0][0].kind));
    }
    same_bytes_by_git(&folder.tree, &patched, &unified(&plan.patch))
}

/// Applies a diff with git, and compares every file with the patch.
fn same_bytes_by_git(before: &SourceTree, patched: &SourceTree, diff: &[u8]) -> Result<(), String> {
    let dir = written(before);
    let applied = git(dir.path(), &["apply", "--whitespace=nowarn", "-"], diff);
    if !applied.status.success() {
        return Err(format!("git apply: {}\n{}", printed(&applied), String::from_utf8_lossy(diff)));
    }
    let after = read(dir.path()).tree;
    for (path, bytes) in patched.iter() {
        if after.get(path) != Some(bytes) {
            return Err(format!("git apply leaves other bytes in {path}"));
        }
    }
    let n_patched = patched.iter().count();
    if after.iter().count() != n_patched {
        return Err(format!("git apply leaves {} files instead of {n_patched}", after.iter().count()));
    }
    Ok(())
}

#[test]
fn every_plan_for_a_made_folder_does_in_alembic_what_it_says() {
    let Some(mut judge) = Judge::start("every_plan_for_a_made_folder_does_in_alembic_what_it_says", &[])
    else {
        return;
    };
    let mut differences = Vec::new();
    let mut n_plans: BTreeMap<PlanKind, usize> = BTreeMap::new();
    for seed in seeds() {
        let folder = Folder::of(seed);
        let before = outcome(&folder.tree);
        if before.plans.iter().all(Vec::is_empty) {
            continue;
        }
        let dir = written(&folder.tree);
        let files_before = judge.ask(&folder.question(dir.path())).files;
        for (at, plan) in before.plans[0].iter().enumerate() {
            *n_plans.entry(plan.kind).or_default() += 1;
            if let Err(difference) = try_plan(&mut judge, &folder, &before, &files_before, at) {
                differences.push((format!("seed {seed}, plan {}: {difference}", plan.kind), folder.shown()));
            }
        }
    }
    println!("plans: {n_plans:?}");
    assert_none(&differences);
}

const RUNS_IN_MEMORY: &str = "from alembic import context
from sqlalchemy import create_engine

with create_engine(\"sqlite://\").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
";

/// Migrations that create tables and columns in an order that works, then told apart into branches and roots, with
/// names and dates in any order: only what they do to the schema tells how they go together.
fn shuffled_schema(seed: u64) -> SourceTree {
    let mut random = Random::new(seed);
    let n = 3 + random.below(9);
    let ids: Vec<String> = (0..n).map(|_| format!("{:012x}", random.next() & 0xffff_ffff_ffff)).collect();
    let mut days: Vec<usize> = (1..=n).collect();
    random.shuffle(&mut days);
    // Table by table: which columns there are.
    let mut tables: Vec<(String, usize)> = Vec::new();
    let mut tree = SourceTree::default();
    let mut add = |path: String, text: String| {
        tree.insert(rechain::ingest::TreePath::parse(&path).expect("relative"), text.into_bytes());
    };
    add("alembic.ini".to_owned(), "[alembic]\nscript_location = %(here)s/migrations\n".to_owned());
    add("migrations/env.py".to_owned(), RUNS_IN_MEMORY.to_owned());
    for at in 0..n {
        let parent = match random.below(10) {
            _ if at == 0 => "None".to_owned(),
            0..4 => "None".to_owned(),
            4..7 => format!("'{}'", ids[at - 1]),
            _ => format!("'{}'", random.pick(&ids[..at])),
        };
        let create = tables.is_empty() || random.chance(45);
        let up = if create {
            tables.push((format!("t{at}"), 0));
            format!("op.create_table('t{at}', sa.Column('id', sa.Integer(), primary_key=True))")
        } else {
            let which = random.below(tables.len());
            let (table, n_columns) = &mut tables[which];
            if *n_columns > 0 && random.chance(30) {
                format!("op.create_index('ix_{at}', '{table}', ['c{}'])", random.below(*n_columns))
            } else {
                *n_columns += 1;
                let column = format!("sa.Column('c{}', sa.String(10))", *n_columns - 1);
                match random.below(2) {
                    0 => format!("op.add_column('{table}', {column})"),
                    _ => format!(
                        "with op.batch_alter_table('{table}') as batch_op:\n        batch_op.add_column({column})"
                    ),
                }
            }
        };
        let text = format!(
            "\"\"\"step\n\nRevision ID: {id}\nCreate Date: 2024-01-{day:02} 10:00:00\n\"\"\"\nfrom alembic import op\n\
             import sqlalchemy as sa\n\nrevision = '{id}'\ndown_revision = {parent}\n\n\ndef upgrade():\n    {up}\n\n\n\
             def downgrade():\n    pass\n",
            id = ids[at],
            day = days[at],
        );
        add(format!("migrations/versions/{}_step.py", ids[at]), text);
    }
    tree
}

#[test]
fn a_chained_schema_upgrades_from_an_empty_database_whenever_its_migrations_create_what_they_need() {
    let test =
        "a_chained_schema_upgrades_from_an_empty_database_whenever_its_migrations_create_what_they_need";
    let Some(mut judge) = Judge::start(test, &[]) else { return };
    let (mut differences, mut n_chains, mut n_failed_before) = (Vec::new(), 0, 0);
    // In the last two, branches that join again are run by Alembic in an order that fails.
    for seed in seeds().chain([4588, 6865]) {
        let tree = shuffled_schema(seed);
        let before = outcome(&tree);
        let chain = before.plans[0].iter().find(|plan| plan.kind == PlanKind::Chain);
        n_chains += usize::from(chain.is_some());
        let patched = chain.map_or_else(|| tree.clone(), |plan| plan.patch.apply(&tree));
        let mut run = |tree: &SourceTree| {
            let dir = written(tree);
            judge.ask(&serde_json::json!({ "dir": dir.path(), "run": true }))
        };
        n_failed_before += usize::from(run(&tree).run_error.is_some());
        let after = run(&patched);
        if let Some(raised) = after.error.or(after.run_error) {
            let mut shown = String::new();
            for (path, bytes) in patched.iter() {
                shown.push_str(&format!("---- {path}\n{}\n", String::from_utf8_lossy(bytes)));
            }
            differences.push((format!("seed {seed}: {raised:?}"), shown));
        }
    }
    println!("{n_chains} chains; {n_failed_before} folders did not upgrade before");
    assert_none(&differences);
}

/// A copy of the sample, repaired by the program itself.
fn repaired_sample(arguments: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder for the test");
    copy(&repository("samples/panel"), dir.path());
    let output = rechain(dir.path(), arguments);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", printed(&output));
    dir
}

#[test]
fn the_sample_is_in_alembic_what_rechain_says_of_it() {
    let Some(mut judge) = Judge::start("the_sample_is_in_alembic_what_rechain_says_of_it", &[]) else {
        return;
    };
    let answer = judge.folder(&repository("samples/panel"));
    assert_eq!(answer.error, None);
    assert_eq!(answer.bases, ["2ca607eff9c8", "oauth_fields", "ptero_eggs_001"]);
    assert_eq!(
        answer.heads,
        ["64c2f8fecc18", "perf_indexes_001", "ptero_eggs_001", "push_notifications", "rbac_system_init"]
    );
    assert_eq!(answer.branch_points, ["bbda3883b503", "dc4e5affd5bc"]);
    assert_eq!(answer.upgrade_error.map(|raised| raised.class).as_deref(), Some("CommandError"));
}

#[test]
fn the_repaired_sample_has_one_base_one_head_and_ten_revisions_in_its_history() {
    let test = "the_repaired_sample_has_one_base_one_head_and_ten_revisions_in_its_history";
    let Some(mut judge) = Judge::start(test, &[]) else { return };
    let dir = repaired_sample(&["check", "--fix", "--plan", "chain", "--unsafe-fixes"]);
    let answer = judge.folder(dir.path());
    assert_eq!(answer.error, None);
    assert_eq!(
        (answer.bases.as_slice(), answer.heads.as_slice()),
        (&["2ca607eff9c8".to_owned()][..], &["perf_indexes_001".to_owned()][..])
    );
    let history = answer.history.expect("it can be listed");
    assert_eq!(history.len(), 10);
    let order: Vec<_> = history.into_iter().rev().collect();
    let plans = outcome(&read(&repository("samples/panel")).tree).plans.swap_remove(0);
    let chain = plans.into_iter().find(|plan| plan.kind == PlanKind::Chain).expect("it is on offer");
    assert_eq!(order, chain.order);
    assert_eq!(answer.upgrade.expect("upgrade head finds its way"), order);
}

#[test]
fn the_merged_sample_has_one_head_and_keeps_its_three_bases() {
    let Some(mut judge) = Judge::start("the_merged_sample_has_one_head_and_keeps_its_three_bases", &[])
    else {
        return;
    };
    let dir = repaired_sample(&["check", "--fix"]);
    let answer = judge.folder(dir.path());
    assert_eq!(answer.error, None);
    assert_eq!((answer.bases.len(), answer.heads.len()), (3, 1));
    assert_eq!(answer.history.expect("it can be listed").len(), 11);
}

#[test]
fn the_downloaded_files_of_the_chain_unpacked_over_the_sample_are_one_line() {
    let test = "the_downloaded_files_of_the_chain_unpacked_over_the_sample_are_one_line";
    let Some(mut judge) = Judge::start(test, &[]) else { return };
    let outcome = outcome(&read(&repository("samples/panel")).tree);
    let zip = rechain::download::make(&outcome, "files-chain", "2026-01-31").expect("it is on offer").bytes;
    let dir = tempfile::tempdir().expect("a folder for the test");
    copy(&repository("samples/panel"), dir.path());
    write(&read_zip(&zip, &Limits::default()).expect("it is a zip").tree, dir.path());
    let answer = judge.folder(dir.path());
    assert_eq!(answer.error, None);
    assert_eq!((answer.bases.len(), answer.heads.len()), (1, 1));
    assert_eq!(answer.history.expect("it can be listed").len(), 10);
}
