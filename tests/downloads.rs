//! What can be taken away: each is made, is what it says, and works.

mod judge;

use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::{Command, Output};

use rechain::audit::{Outcome, examine, examine_with};
use rechain::audited::AuditOptions;
use rechain::download::{list, make, whole_tree};
use rechain::ingest::{Ingested, SourceTree, TreePath};
use rechain::report::{Flavour, PlanKind, StateOutcome};
use rechain::text::Shown;

const TODAY: &str = "2026-11-23";

fn panel() -> Outcome {
    examine(judge::sample("panel"), &mut |_| {})
}

fn made(outcome: &Outcome, id: &str) -> Vec<u8> {
    make(outcome, id, TODAY).unwrap_or_else(|error| panic!("{error}")).bytes
}

fn text(outcome: &Outcome, id: &str) -> String {
    String::from_utf8(made(outcome, id)).expect("text")
}

fn unzip(bytes: Vec<u8>) -> SourceTree {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    let mut tree = SourceTree::default();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).expect("an entry");
        let path = TreePath::parse(&file.name().expect("text")).expect("relative");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("whole");
        tree.insert(path, bytes);
    }
    tree
}

fn write(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().expect("in the folder")).expect("writable");
    std::fs::write(path, bytes).expect("writable");
}

#[test]
fn a_repair_that_does_not_serve_every_database_has_a_script_for_one_of_each_group() {
    let outcome = panel();
    let chain = outcome.report.environments[0].plans.iter().find(|plan| plan.name == PlanKind::Chain);
    let groups = chain.expect("it is on offer").states.as_ref().expect("they are known");
    let harmed = groups.iter().filter(|group| group.outcome != Some(StateOutcome::Runs));
    let scripts = unzip(made(&outcome, "recovery-chain"));
    let written: BTreeSet<String> =
        scripts.iter().map(|(path, _)| path.as_str()[4..].trim_end_matches(".sh").to_owned()).collect();
    let wanted: BTreeSet<String> = harmed
        .map(|group| {
            let rows: Vec<&str> = group.stamped.iter().map(Shown::as_str).collect();
            format!("at-{}", rows.join("-and-"))
        })
        .collect();
    assert!(written == wanted && !wanted.is_empty(), "{written:?} {wanted:?}");
    assert!(scripts.iter().all(|(_, text)| text.starts_with(b"#!/bin/sh\n")));
    // The merge serves every database.
    assert!(!list(&outcome).iter().any(|offer| offer.id == "recovery-merge"));

    // Where one is named, the script is its own, and alone.
    let stamped = vec![vec!["push_notifications".to_owned()]];
    let options = AuditOptions { stamped, ..AuditOptions::default() };
    let named = examine_with(judge::sample("panel"), options, &mut |_| {});
    let script = text(&named, "recovery-chain");
    assert!(script.contains("holds exactly: push_notifications\n"), "{script}");
}

#[test]
fn everything_on_offer_can_be_made_and_is_the_same_twice() {
    let outcome = panel();
    let offers = list(&outcome);
    let ids: BTreeSet<_> = offers.iter().map(|offer| &offer.id).collect();
    assert_eq!(ids.len(), offers.len(), "an id stands for one file");
    let ids: Vec<_> = offers.iter().map(|offer| offer.id.as_str()).collect();
    for wanted in [
        "files-chain",
        "diff-chain",
        "files-merge",
        "diff-merge",
        "env-files",
        "env-diff",
        "report-html",
        "report-markdown",
        "report-json",
        "svg-now",
        "svg-proposed",
        "svg-both",
        "guide",
        "pre-commit-hook",
        "pre-commit-config",
        "workflow",
    ] {
        assert!(ids.contains(&wanted), "{wanted} is not among {ids:?}");
    }
    for offer in &offers {
        let download = make(&outcome, &offer.id, TODAY).expect("it was listed");
        assert!(!download.bytes.is_empty(), "{}", offer.id);
        assert_eq!(download.file_name, offer.file_name);
        assert_eq!(download, make(&outcome, &offer.id, TODAY).expect("it was listed"));
    }
    assert!(make(&outcome, "nonsense", TODAY).is_err());
}

#[test]
fn nothing_sound_offers_a_repair() {
    let outcome = examine(Ingested::default(), &mut |_| {});
    assert!(
        list(&outcome).iter().all(|offer| !offer.id.starts_with("files-") && !offer.id.starts_with("svg-"))
    );
    for offer in list(&outcome) {
        make(&outcome, &offer.id, TODAY).expect("it was listed");
    }
}

#[test]
fn the_zip_and_the_patch_of_a_plan_lead_to_the_same_tree() {
    let outcome = panel();
    for name in ["chain", "merge"] {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, bytes) in outcome.tree.iter() {
            write(folder.path(), path.as_str(), bytes);
        }
        let patch = folder.path().join("the.patch");
        std::fs::write(&patch, made(&outcome, &format!("diff-{name}"))).expect("writable");
        let applied = git(folder.path(), &["apply", "the.patch"]);
        assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
        let changed = unzip(made(&outcome, &format!("files-{name}")));
        assert!(!changed.is_empty());
        let whole =
            unzip(whole_tree(&outcome, name, [("static/logo.png", &b"\x89PNG"[..])]).expect("offered").bytes);
        assert_eq!(whole.get_str("static/logo.png"), Some(&b"\x89PNG"[..]));
        for (path, bytes) in
            changed.iter().chain(whole.iter().filter(|(path, _)| outcome.tree.contains(path)))
        {
            let on_disk = std::fs::read(folder.path().join(path.as_str())).expect("it was patched");
            assert!(on_disk == bytes, "{path}");
        }
    }
    assert!(whole_tree(&outcome, "nonsense", []).is_err());
}

#[test]
fn the_guide_speaks_of_this_project() {
    let outcome = panel();
    let guide = text(&outcome, "guide");
    let flask = outcome.report.environments[0].flavour == Flavour::FlaskMigrate;
    assert!(guide.contains(if flask { "`flask db upgrade`" } else { "`alembic upgrade head`" }), "{guide}");
    assert!(
        guide.contains("migrations/versions")
            && guide.contains("`perf_indexes_001`")
            && guide.contains(TODAY)
    );
    assert!(!guide.contains("{{") && !guide.contains("}}"), "every blank is filled");
}

fn git(folder: &Path, arguments: &[&str]) -> Output {
    let identity = [
        ("GIT_AUTHOR_NAME", "a"),
        ("GIT_AUTHOR_EMAIL", "a@example.org"),
        ("GIT_COMMITTER_NAME", "a"),
        ("GIT_COMMITTER_EMAIL", "a@example.org"),
    ];
    Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .envs(identity)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CEILING_DIRECTORIES", folder.parent().expect("in a folder"))
        .env("RECHAIN", env!("CARGO_BIN_EXE_rechain"))
        .output()
        .expect("git is installed")
}

fn migration(revision: &str, parent: &str) -> String {
    format!(
        "revision = '{revision}'\ndown_revision = {parent}\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"
    )
}

/// A repository with a sound chain of two, the hook installed, and everything committed.
#[cfg(unix)]
fn repository() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    assert!(git(at, &["init", "--quiet"]).status.success());
    write(at, "alembic.ini", b"[alembic]\nscript_location = migrations\n");
    write(at, "migrations/env.py", b"from alembic import context\nfrom app import db\ntarget_metadata = db.metadata\ncontext.configure(target_metadata=target_metadata)\n");
    write(at, "migrations/versions/a.py", migration("aaa", "None").as_bytes());
    write(at, "migrations/versions/b.py", migration("bbb", "'aaa'").as_bytes());
    let hook = at.join(".git/hooks/pre-commit");
    write(at, ".git/hooks/pre-commit", &made(&panel(), "pre-commit-hook"));
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).expect("own file");
    git(at, &["add", "."]);
    let first = git(at, &["commit", "--quiet", "-m", "first"]);
    assert!(first.status.success(), "{}", said(&first));
    folder
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
#[cfg(unix)]
fn the_hook_stops_a_second_head() {
    let folder = repository();
    let at = folder.path();
    write(at, "migrations/versions/c d.py", migration("ccc", "'aaa'").as_bytes());
    git(at, &["add", "."]);
    let stopped = git(at, &["commit", "-m", "a second head"]);
    assert!(!stopped.status.success() && said(&stopped).contains("multiple-heads"), "{}", said(&stopped));
    write(at, "migrations/versions/c d.py", migration("ccc", "'bbb'").as_bytes());
    // The working tree is in order again, but what is about to be committed is not.
    let stopped = git(at, &["commit", "-m", "still"]);
    assert!(!stopped.status.success(), "{}", said(&stopped));
    git(at, &["add", "."]);
    let passed = git(at, &["commit", "-m", "one chain"]);
    assert!(passed.status.success(), "{}", said(&passed));
}

#[test]
#[cfg(unix)]
fn the_hook_stops_a_merge_that_makes_a_second_head() {
    let folder = repository();
    let at = folder.path();
    std::fs::copy(at.join(".git/hooks/pre-commit"), at.join(".git/hooks/pre-merge-commit"))
        .expect("own file");
    git(at, &["branch", "feature"]);
    for (branch, id) in [("feature", "ccc"), ("-", "ddd")] {
        assert!(git(at, &["checkout", "--quiet", branch]).status.success());
        write(at, &format!("migrations/versions/{id}.py"), migration(id, "'bbb'").as_bytes());
        git(at, &["add", "."]);
        let passed = git(at, &["commit", "-m", id]);
        assert!(passed.status.success(), "each branch is in order: {}", said(&passed));
    }
    let stopped = git(at, &["merge", "--no-edit", "feature"]);
    assert!(!stopped.status.success() && said(&stopped).contains("multiple-heads"), "{}", said(&stopped));
}

#[test]
#[cfg(unix)]
fn the_hook_looks_at_what_is_committed_only() {
    let folder = repository();
    let at = folder.path();
    write(at, "migrations/versions/c.py", migration("ccc", "'aaa'").as_bytes());
    write(at, "app.py", b"x = 1\n");
    git(at, &["add", "app.py"]);
    let passed = git(at, &["commit", "-m", "something else"]);
    assert!(passed.status.success(), "{}", said(&passed));
}

#[test]
#[cfg(unix)]
fn the_hook_says_when_the_tool_is_missing() {
    let folder = repository();
    let at = folder.path();
    write(at, "app.py", b"x = 1\n");
    git(at, &["add", "app.py"]);
    let run = Command::new("sh")
        .arg(".git/hooks/pre-commit")
        .current_dir(at)
        .env("RECHAIN", "no-such-tool")
        .output();
    let run = run.expect("a shell");
    assert_eq!(run.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&run.stderr).contains("rechain was not found"));
    // A commit that touches nothing an audit reads does not need the tool.
    git(at, &["commit", "-q", "-m", "x"]);
    write(at, "notes.md", b"x");
    git(at, &["add", "notes.md"]);
    let run = Command::new("sh")
        .arg(".git/hooks/pre-commit")
        .current_dir(at)
        .env("RECHAIN", "no-such-tool")
        .output();
    assert!(run.expect("a shell").status.success());
}
