//! Repairs of single files, and the merge revision as a project's own template writes it: real Alembic writes the same merge,
//! and runs what the edits leave as it ran the history before its fault.
//!
//! `RECHAIN_SEED` asks for other histories, `RECHAIN_FULL` for more.

mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::process::Command;

use judge::compare::{outcome, written};
use judge::{Judge, Random, full, python, repository, seed};
use rechain::finding::Applicability;
use rechain::ingest::{SourceTree, TreePath};
use rechain::plan::{Plan, PlanKind};
use serde::de::DeserializeOwned;

fn asked<T: DeserializeOwned>(python: &OsStr, arguments: &[&OsStr]) -> T {
    let output = Command::new(python)
        .arg(repository("tests/python/merge.py"))
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Alembic says what it generates before.
    let answer = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(answer.lines().last().expect("an answer")).expect("JSON")
}

fn put(tree: &mut SourceTree, path: &str, text: &str) {
    tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
}

fn migration(id: &str, parents: &str) -> String {
    format!(
        "revision = \"{id}\"\ndown_revision = {parents}\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"
    )
}

/// A project with two heads, the lines of its configuration, and its template.
fn forked(ini: &str, template: &str, folders: [&str; 2]) -> SourceTree {
    let mut tree = SourceTree::default();
    put(&mut tree, "alembic.ini", &format!("[alembic]\nscript_location = %(here)s/migrations\n{ini}"));
    put(&mut tree, "migrations/env.py", "from alembic import context\n");
    put(&mut tree, "migrations/script.py.mako", template);
    let [one, other] = folders;
    put(&mut tree, &format!("{one}/a.py"), &migration("a", "None"));
    put(&mut tree, &format!("{one}/b.py"), &migration("b", "'a'"));
    put(&mut tree, &format!("{other}/c.py"), &migration("it's", "'a'"));
    tree
}

/// Shapes of templates that projects have, beside those that come with Alembic and Flask-Migrate.
const OWN: &[(&str, &str)] = &[
    (
        "quoted",
        "\"\"\"${message}\n\nRevision ID: ${repr(up_revision)}\nRevises: ${repr(down_revision)}\nCreate Date: ${create_date}\n\n\"\"\"\nfrom alembic import op\n\nrevision = \"${up_revision}\"\ndown_revision = ${repr(down_revision)}\n\n\ndef upgrade():\n    ${upgrades if upgrades else \"pass\"}\n\n\ndef downgrade():\n    ${downgrades if downgrades else 'pass'}\n",
    ),
    (
        "annotated",
        "# Copyright: us\n## not for the file\n\"\"\"${message}\n\nRevision ID: ${up_revision}\nRevises: ${down_revision | comma,n}\nCreate Date: ${create_date}\n\"\"\"\nfrom __future__ import annotations\n\nfrom alembic import op\n${imports if imports else ''}\n\nrevision: str = ${repr(up_revision)}\ndown_revision: str | tuple[str, ...] | None = ${repr(down_revision)}\nbranch_labels = ${repr(branch_labels)}\ndepends_on = ${repr(depends_on)}\n\n\ndef upgrade() -> None:\n    ${upgrades if upgrades else \"pass\"}\n\n\ndef downgrade() -> None:\n    ${downgrades if downgrades else \"pass\"}",
    ),
    (
        "without a date",
        "revision = ${repr(up_revision)}\ndown_revision = ${down_revision}\n\n\ndef upgrade():\n    ${upgrades if upgrades else \"pass\"}\n\n\ndef downgrade():\n    raise NotImplementedError(\"100% forward\")\n",
    ),
];

/// Templates that are programs.
const NOT_PLAIN: &[(&str, &str)] = &[
    (
        "a condition",
        "% if imports:\nimport x\n% endif\nrevision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\ndef upgrade():\n    pass\n",
    ),
    (
        "a date in code",
        "created = \"${create_date}\"\nrevision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\ndef upgrade():\n    pass\n",
    ),
];

fn merge_of(tree: &SourceTree) -> Plan {
    let plans = outcome(tree).plans.swap_remove(0);
    plans.into_iter().find(|plan| plan.kind == PlanKind::Merge).expect("a merge is on offer")
}

fn is_ours(plan: &Plan) -> bool {
    plan.cautions.iter().any(|caution| caution.contains("rechain's own form"))
}

#[test]
fn the_merge_is_the_file_that_alembic_writes_but_for_its_date() {
    let Some(python) = python("the_merge_is_the_file_that_alembic_writes_but_for_its_date") else { return };
    let brought: BTreeMap<String, String> = asked(&python, &[OsStr::new("--templates")]);
    assert!(brought.len() > 5, "{:?}", brought.keys());
    let of_own = OWN.iter().chain(NOT_PLAIN).map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let templates: Vec<(String, String)> = brought.into_iter().chain(of_own).collect();
    let one = "migrations/versions";
    let settings = [
        ("", [one, one]),
        ("file_template = %%(slug)s-%%(rev)s\n", [one, one]),
        ("truncate_slug_length = 8\nfile_template = x_%%(rev)s_%%(slug)s\n", [one, one]),
        ("recursive_version_locations = true\n", [one, "migrations/versions/more"]),
        ("path_separator = newline\nversion_locations = %(here)s/one\n  %(here)s/two\n", ["one", "two"]),
    ];
    let (mut n_same, mut n_ours) = (0, 0);
    for (nth, (name, template)) in templates.iter().enumerate() {
        for (other, (ini, folders)) in settings.into_iter().enumerate() {
            if !full() && (nth + other) % 3 != 0 {
                continue;
            }
            let databases = format!("{ini}databases = one, two\n");
            let tree = forked(&databases, template, folders);
            let plan = merge_of(&tree);
            let [file] = plan.patch.files.as_slice() else { panic!("{name}: one file is added") };
            let id = &plan.changes[0].revision;
            if is_ours(&plan) {
                // Templates that ask Flask for its databases, or are programs.
                let is_program = name.contains("multidb") && name.starts_with("flask");
                assert!(is_program || NOT_PLAIN.iter().any(|(own, _)| own == name), "{name}: ours");
                n_ours += 1;
                continue;
            }
            let folder = written(&tree);
            let made: BTreeMap<String, String> = asked(&python, &[folder.path().as_os_str(), OsStr::new(id)]);
            let undated = |text: &str| {
                let lines = text.split_inclusive('\n');
                lines.filter(|line| !line.starts_with("Create Date: ")).collect::<String>()
            };
            let expected: BTreeMap<String, String> =
                made.into_iter().map(|(path, text)| (path, undated(&text))).collect();
            let ours = String::from_utf8_lossy(file.after.as_ref().expect("it is added")).into_owned();
            assert_eq!(BTreeMap::from([(file.path.to_string(), ours)]), expected, "{name}, {ini:?}");
            n_same += 1;
        }
    }
    println!("{n_same} merges are Alembic's own, {n_ours} are ours");
    assert!(n_same >= if full() { 40 } else { 12 } && n_ours > 0, "{n_same} {n_ours}");
}

#[test]
fn a_name_that_asks_for_the_date_is_left_out_and_told() {
    let (_, template) = OWN[0];
    let tree = forked("file_template = %%(year)d_%%(rev)s\n", template, ["migrations/versions"; 2]);
    let plan = merge_of(&tree);
    assert!(plan.patch.files[0].path.as_str().ends_with("_merge_heads.py"), "{}", plan.patch.files[0].path);
    assert!(plan.cautions.iter().any(|caution| caution.contains("file_template")), "{:?}", plan.cautions);
}

/// A fault that one edit mends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Dependency,
    ConflictOfIds,
    ConflictOfParents,
    Witnesses,
    IllegalId,
    LongId,
    MisplacedOp,
}

const FAULTS: [Fault; 7] = [
    Fault::Dependency,
    Fault::ConflictOfIds,
    Fault::ConflictOfParents,
    Fault::Witnesses,
    Fault::IllegalId,
    Fault::LongId,
    Fault::MisplacedOp,
];

#[derive(Debug, Clone)]
struct Migration {
    id: String,
    parents: Vec<String>,
    needs: Option<String>,
}

impl Migration {
    fn path(&self, at: usize) -> String {
        format!("migrations/versions/{}_step_{at}.py", self.id)
    }

    fn text(&self, at: usize, quote: char) -> String {
        let quoted: Vec<_> = self.parents.iter().map(|parent| format!("{quote}{parent}{quote}")).collect();
        let parents = match quoted.as_slice() {
            [] => "None".to_owned(),
            [one] => one.clone(),
            many => format!("({})", many.join(", ")),
        };
        let needs = self.needs.as_ref().map_or("None".to_owned(), |id| format!("[{quote}{id}{quote}]"));
        format!(
            "\"\"\"step {at}\n\nRevision ID: {0}\nRevises: {1}\nCreate Date: 2026-02-{2:02} 10:00:00\n\n\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\nrevision = {quote}{0}{quote}\ndown_revision = {parents}\nbranch_labels = None\ndepends_on = {needs}\n\n\ndef upgrade():\n    op.create_table('t{at}', sa.Column('id', sa.Integer(), primary_key=True))\n\n\ndef downgrade():\n    op.drop_table('t{at}')\n",
            self.id,
            self.parents.join(", "),
            at + 1,
        )
    }
}

/// A sound line with one fork that joins again, and one dependency.
fn history(random: &mut Random) -> Vec<Migration> {
    let n = 5 + random.below(6);
    let ids: Vec<String> = (0..n).map(|_| format!("{:012x}", random.next() & 0xffff_ffff_ffff)).collect();
    let mut made: Vec<Migration> = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        let parents = match at {
            0 => Vec::new(),
            // Two on the first, joined by the fourth.
            2 => vec![ids[0].clone()],
            3 => vec![ids[1].clone(), ids[2].clone()],
            _ => vec![ids[at - 1].clone()],
        };
        made.push(Migration { id: id.clone(), parents, needs: None });
    }
    made[2].needs = Some(ids[1].clone());
    made
}

/// The sound history as files, the same with a fault, and the ids that are others afterwards, by the sound one.
fn spoilt(random: &mut Random, fault: Fault) -> (SourceTree, SourceTree) {
    let mut made = history(random);
    let quote = *random.pick(&['\'', '"']);
    // Neither the first nor the last: something comes before it, and something after it.
    let at = 3 + random.below(made.len() - 4);
    let rename = |made: &mut Vec<Migration>, at: usize, id: &str| {
        let old = std::mem::replace(&mut made[at].id, id.to_owned());
        for migration in made.iter_mut() {
            let named = migration.parents.iter_mut().chain(&mut migration.needs);
            named.filter(|name| **name == old).for_each(|name| *name = id.to_owned());
        }
    };
    // SQLite does not mind how long an id is.
    let is_long = fault == Fault::LongId;
    let url = if is_long { "sqlalchemy.url = postgresql://h/d\n" } else { "" };
    let ini = format!("[alembic]\nscript_location = %(here)s/migrations\n{url}");
    let files = |made: &[Migration]| {
        let mut tree = SourceTree::default();
        put(&mut tree, "alembic.ini", &ini);
        put(&mut tree, "migrations/env.py", if is_long { RUNS_ON_THE_URL } else { RUNS_IN_MEMORY });
        for (at, migration) in made.iter().enumerate() {
            put(&mut tree, &migration.path(at), &migration.text(at, quote));
        }
        tree
    };
    match fault {
        Fault::IllegalId => rename(&mut made, at, &format!("step-{at}")),
        Fault::LongId => rename(&mut made, at, &format!("{at}_an_id_that_says_all_that_the_migration_does")),
        _ => {}
    }
    let sound = files(&made);
    let mut tree = sound.clone();
    let path = made[at].path(at);
    let text = made[at].text(at, quote);
    match fault {
        Fault::IllegalId | Fault::LongId => {}
        Fault::Dependency => {
            let mut broken = made[2].clone();
            broken.needs = Some(format!("{}_step_1", made[1].id));
            put(&mut tree, &made[2].path(2), &broken.text(2, quote));
        }
        Fault::Witnesses => {
            let wrong = format!("{:012x}", random.next() & 0xffff_ffff_ffff);
            let own = format!("revision = {quote}{}", made[at].id);
            put(
                &mut tree,
                &path,
                &text.replacen(&format!("\n{own}"), &format!("\nrevision = {quote}{wrong}"), 1),
            );
        }
        Fault::MisplacedOp => put(&mut tree, &path, &text.replace("    op.", "    sa.op.")),
        Fault::ConflictOfIds | Fault::ConflictOfParents => {
            let name = if fault == Fault::ConflictOfIds { "revision = " } else { "down_revision = " };
            let line = text.lines().find(|line| line.starts_with(name)).expect("it declares it");
            let other = format!("{name}{quote}{:012x}{quote}", random.next() & 0xffff_ffff_ffff);
            let sides = if random.chance(50) { [line, &other] } else { [&other, line] };
            let conflict = format!("<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> branch", sides[0], sides[1]);
            put(&mut tree, &path, &text.replacen(&format!("\n{line}\n"), &format!("\n{conflict}\n"), 1));
        }
    }
    (sound, tree)
}

const RUNS_IN_MEMORY: &str = "from alembic import context
from sqlalchemy import create_engine

with create_engine(\"sqlite://\").connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
";

const RUNS_ON_THE_URL: &str = "from alembic import context
from sqlalchemy import create_engine

with create_engine(context.config.get_main_option(\"sqlalchemy.url\")).connect() as connection:
    context.configure(connection=connection)
    context.run_migrations()
";

#[test]
fn what_one_edit_mends_runs_in_alembic_as_before_the_fault() {
    let name = "what_one_edit_mends_runs_in_alembic_as_before_the_fault";
    let Some(mut judge) = Judge::start(name, &[]) else { return };
    let n: u64 = if full() { 700 } else { 70 };
    let mut counts: BTreeMap<(Fault, &str), usize> = BTreeMap::new();
    for nth in 0..n {
        let mut random = Random::new(seed() * 10_000 + nth);
        let fault = FAULTS[nth as usize % FAULTS.len()];
        let (sound, tree) = spoilt(&mut random, fault);
        let before = outcome(&tree);
        let kind = if fault == Fault::LongId { PlanKind::ShortIds } else { PlanKind::Edits };
        let context = || {
            let found: Vec<_> = before.audit.findings.iter().map(|finding| &finding.message).collect();
            format!("{fault:?} {nth}: {found:?}")
        };
        let kinds: Vec<_> = before.plans[0].iter().map(|plan| plan.kind).collect();
        assert_eq!(kinds, [kind], "{}", context());
        let plan = &before.plans[0][0];
        let is_safe =
            matches!(fault, Fault::Dependency | Fault::Witnesses | Fault::IllegalId | Fault::MisplacedOp);
        assert_eq!(plan.applicability == Applicability::Safe, is_safe, "{}", context());
        let patched = plan.patch.apply(&tree);
        if !matches!(fault, Fault::IllegalId | Fault::LongId) {
            let differs = |(path, bytes): &(&TreePath, &[u8])| sound.get(path) != Some(*bytes);
            let other: Vec<_> = patched.iter().filter(differs).map(|(path, _)| path.to_string()).collect();
            assert_eq!(other, [""; 0], "{}: the files are as before", context());
        }
        let mut run = patched.clone();
        put(&mut run, "migrations/env.py", RUNS_IN_MEMORY);
        let folder = written(&run);
        let answer = judge.ask(&serde_json::json!({ "dir": folder.path(), "run": true }));
        assert!(answer.error.is_none() && answer.run_error.is_none(), "{}: {answer:?}", context());
        let told = &before.report.environments[0].plans[0];
        assert!(told.heads == answer.heads && told.bases == answer.bases, "{}", context());
        assert_eq!(answer.heads.len(), 1, "{}", context());
        let ids: BTreeSet<_> = answer.files.iter().filter_map(|file| file.revision.as_str()).collect();
        assert!(ids.iter().all(|id| id.len() <= 32 && !id.contains('-')), "{ids:?}");
        assert!(outcome(&patched).plans[0].is_empty(), "{}: something is on offer again", context());
        *counts.entry((fault, plan.applicability.word())).or_default() += 1;
    }
    for ((fault, word), n) in &counts {
        println!("{fault:?}: {n} folders, {word}");
    }
}

#[test]
fn a_merge_stands_where_a_body_does_not_parse_or_one_head_needs_the_other() {
    let name = "a_merge_stands_where_a_body_does_not_parse_or_one_head_needs_the_other";
    let Some(mut judge) = Judge::start(name, &[]) else { return };
    let mut tree = forked("", OWN[0].1, ["migrations/versions"; 2]);
    put(&mut tree, "migrations/env.py", RUNS_IN_MEMORY);
    // Alembic itself writes no id with a quote into its table.
    put(&mut tree, "migrations/versions/c.py", &migration("c", "'a'"));
    let broken = migration("b", "'a'").replace("    pass", "    op.(");
    let sound = tree.clone();
    put(&mut tree, "migrations/versions/b.py", &broken);
    let plan = merge_of(&tree);
    assert_eq!(plan.changes[0].after, ["b", "c"]);
    let mut runs = |tree: &SourceTree| {
        let folder = written(tree);
        let answer = judge.ask(&serde_json::json!({ "dir": folder.path(), "run": true }));
        (answer.heads.len(), answer.error.or(answer.run_error))
    };
    // Once the body is mended, nothing else is left to do.
    let mut mended = plan.patch.apply(&tree);
    put(&mut mended, "migrations/versions/b.py", &migration("b", "'a'"));
    assert_eq!(runs(&mended), (1, None));
    // One that is a base, and depends on what comes before the other head, or on that head itself.
    for on in ["a", "b"] {
        let mut tree = sound.clone();
        let needs =
            migration("c", "None").replace("\n\n\ndef up", &format!("\ndepends_on = '{on}'\n\n\ndef up"));
        put(&mut tree, "migrations/versions/c.py", &needs);
        let plan = merge_of(&tree);
        assert_eq!(plan.changes[0].after, ["b", "c"], "{on}");
        assert_eq!(runs(&plan.patch.apply(&tree)), (1, None), "{on}");
    }
}
