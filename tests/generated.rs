//! The files that keep a chain in order, doing their work: the workflow's commands, the pre-commit framework, env.py.
//!
//! The git hook itself is tried in `downloads.rs`.

mod judge;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use judge::{copy, git, printed, python, read, repository, write, write_file};
use rechain::audit::{Outcome, examine};
use rechain::download::make;
use rechain::ingest::{Limits, read_zip};

fn sample() -> Outcome {
    examine(read(&repository("samples/panel")), &mut |_| {})
}

fn made(outcome: &Outcome, id: &str) -> Vec<u8> {
    make(outcome, id, "2026-01-31").unwrap_or_else(|error| panic!("{error}")).bytes
}

fn text(id: &str) -> String {
    String::from_utf8(made(&sample(), id)).expect("it is text")
}

fn commit(folder: &Path, message: &str) -> Output {
    git(folder, &["add", "--all"], b"");
    git(folder, &["commit", "--quiet", "-m", message], b"")
}

fn migration(folder: &Path, id: &str, parent: &str) {
    let text = format!(
        "revision = '{id}'\ndown_revision = {parent}\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"
    );
    write_file(&folder.join(format!("migrations/versions/{id}.py")), text.as_bytes());
}

/// A git repository with a chain of two.
fn sound_repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let at = dir.path();
    assert!(git(at, &["init", "--quiet"], b"").status.success());
    write_file(&at.join("alembic.ini"), b"[alembic]\nscript_location = migrations\n");
    write_file(&at.join("migrations/env.py"), b"from alembic import context\nfrom app import db\n\ncontext.configure(target_metadata=db.metadata)\n");
    migration(at, "aaa", "None");
    migration(at, "bbb", "'aaa'");
    let committed = commit(at, "a chain of two");
    assert!(committed.status.success(), "{}", printed(&committed));
    dir
}

/// The commands of a workflow's step, as a shell gets them.
fn step(workflow: &str, name: &str) -> String {
    let after =
        workflow.split(&format!("- name: {name}\n")).nth(1).unwrap_or_else(|| panic!("no step {name}"));
    let after = after.split("\n      - ").next().unwrap_or(after);
    let (_, run) = after.split_once("run: ").unwrap_or_else(|| panic!("{name} runs nothing"));
    match run.strip_prefix("|\n") {
        None => run.lines().next().unwrap_or_default().to_owned(),
        Some(block) => {
            let indent = block.len() - block.trim_start().len();
            let lines = block
                .lines()
                .take_while(|line| line.trim().is_empty() || line.starts_with(&" ".repeat(indent)));
            lines.map(|line| line.get(indent..).unwrap_or("")).collect::<Vec<_>>().join("\n")
        }
    }
}

/// Runs a step as the runner does: `bash -e`, with the program of this package on the path.
fn run_step(folder: &Path, commands: &str, path: &[PathBuf], variables: &[(&str, &str)]) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_rechain")).parent().expect("it is in a folder").to_owned();
    let old = std::env::var_os("PATH").unwrap_or_default();
    let path = path.iter().cloned().chain([program]).chain(std::env::split_paths(&old));
    Command::new("bash")
        .args(["-e", "-c", commands])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(path).expect("no separator in it"))
        .env("RECHAIN_PROJECT", ".")
        .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
        .envs(variables.iter().copied())
        .output()
        .expect("bash is installed")
}

#[test]
#[cfg(unix)]
fn the_workflow_s_check_passes_a_chain_and_stops_a_second_head() {
    let workflow = text("workflow");
    let (check, report) = (step(&workflow, "Check the chain"), step(&workflow, "Report"));
    let dir = sound_repository();
    let clean = run_step(dir.path(), &check, &[], &[]);
    assert!(clean.status.success(), "{}", printed(&clean));
    migration(dir.path(), "ccc", "'aaa'");
    commit(dir.path(), "a second head");
    let stopped = run_step(dir.path(), &check, &[], &[]);
    assert_eq!(stopped.status.code(), Some(1), "{}", printed(&stopped));
    assert!(printed(&stopped).contains("multiple-heads"), "{}", printed(&stopped));
    let reported = run_step(dir.path(), &report, &[], &[]);
    assert!(reported.status.success(), "{}", printed(&reported));
    let summary = std::fs::read_to_string(dir.path().join("summary.md")).expect("it was written");
    assert!(summary.contains("multiple-heads") && summary.contains("ccc"), "{summary}");
}

#[test]
#[cfg(unix)]
fn the_workflow_installs_from_where_the_source_is_and_says_when_it_is_nowhere() {
    use std::os::unix::fs::PermissionsExt as _;
    let install = step(&text("workflow"), "Install rechain");
    let dir = tempfile::tempdir().expect("a folder for the test");
    let fake = dir.path().join("fake");
    for name in ["cargo", "rustup"] {
        let path = fake.join(name);
        write_file(&path, format!("#!/bin/sh\necho {name} \"$@\"\n").as_bytes());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("own file");
    }
    let path = [fake];
    let run = |source: &str| run_step(dir.path(), &install, &path, &[("RECHAIN_SOURCE", source)]);
    let nowhere = run("tools/rechain");
    assert!(!nowhere.status.success() && printed(&nowhere).contains("::error::"), "{}", printed(&nowhere));
    write_file(&dir.path().join("tools/rechain/Cargo.toml"), b"");
    for (source, command) in [
        ("tools/rechain", "cargo +stable install --locked --path tools/rechain"),
        (
            "https://example.org/rechain.git",
            "cargo +stable install --locked --git https://example.org/rechain.git rechain",
        ),
    ] {
        let output = run(source);
        assert!(output.status.success() && printed(&output).contains(command), "{}", printed(&output));
    }
}

#[test]
fn the_pre_commit_framework_stops_a_second_head() {
    let Some(python) = python("the_pre_commit_framework_stops_a_second_head") else { return };
    let dir = sound_repository();
    let at = dir.path();
    write_file(&at.join(".pre-commit-config.yaml"), &made(&sample(), "pre-commit-config"));
    git(at, &["add", "--all"], b"");
    let home = tempfile::tempdir().expect("a folder for the test");
    let run = |arguments: &[&str]| {
        let program =
            Path::new(env!("CARGO_BIN_EXE_rechain")).parent().expect("it is in a folder").to_owned();
        let old = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([program].into_iter().chain(std::env::split_paths(&old)));
        Command::new(&python)
            .args(["-m", "pre_commit", "run", "--color", "never"])
            .args(arguments)
            .current_dir(at)
            .env("PATH", path.expect("no separator in it"))
            .env("PRE_COMMIT_HOME", home.path())
            .env("GIT_CEILING_DIRECTORIES", at.parent().unwrap_or(at))
            .output()
            .expect("RECHAIN_PYTHON runs")
    };
    let clean = run(&["--all-files"]);
    assert!(clean.status.success() && printed(&clean).contains("Passed"), "{}", printed(&clean));
    migration(at, "ccc", "'aaa'");
    git(at, &["add", "--all"], b"");
    let stopped = run(&["--all-files"]);
    assert_eq!(stopped.status.code(), Some(1), "{}", printed(&stopped));
    assert!(printed(&stopped).contains("multiple-heads"), "{}", printed(&stopped));
    // A deleted parent: the framework tells no hook of it, so the hook must run all the same.
    git(at, &["rm", "--quiet", "--force", "migrations/versions/ccc.py"], b"");
    assert!(commit(at, "the hook's configuration").status.success());
    git(at, &["rm", "--quiet", "migrations/versions/aaa.py"], b"");
    let stopped = run(&["--hook-stage", "pre-merge-commit"]);
    assert_eq!(stopped.status.code(), Some(1), "{}", printed(&stopped));
    assert!(printed(&stopped).contains("missing-parent"), "{}", printed(&stopped));
}

/// Runs `alembic check` on the sample's second environment.
fn alembic_check(python: &std::ffi::OsStr, repaired: bool) -> String {
    let dir = tempfile::tempdir().expect("a folder for the test");
    copy(&repository("samples/panel"), dir.path());
    let ini = std::fs::read_to_string(repository("samples/panel/alembic.ini")).expect("it is there");
    let here = "script_location = alembic\nsqlalchemy.url = sqlite:///check.db";
    write_file(&dir.path().join("check.ini"), ini.replace("script_location = migrations", here).as_bytes());
    if repaired {
        write(
            &read_zip(&made(&sample(), "env-files"), &Limits::default()).expect("it is a zip").tree,
            dir.path(),
        );
    }
    let output = Command::new(python)
        .args(["-m", "alembic", "-c", "check.ini", "check"])
        .current_dir(dir.path())
        .env_remove("DATABASE_URL")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("RECHAIN_PYTHON runs");
    printed(&output)
}

#[test]
fn alembic_check_gets_as_far_as_the_database_with_the_repaired_env_py() {
    let Some(python) = python("alembic_check_gets_as_far_as_the_database_with_the_repaired_env_py") else {
        return;
    };
    let before = alembic_check(&python, false);
    assert!(before.contains("does not provide a MetaData object"), "{before}");
    let after = alembic_check(&python, true);
    assert!(!after.contains("MetaData object") && !after.contains("Traceback"), "{after}");
    // The database is empty, so what Alembic would create is what it saw of the models.
    assert!(after.contains("New upgrade operations detected"), "{after}");
    for table in ["user", "server", "audit_log", "cms_page"] {
        assert!(after.contains(&format!("Table('{table}'")), "{table}: {after}");
    }
}

#[test]
fn only_outside_of_ci_is_a_test_left_out_for_want_of_python() {
    let left_out = "the_pre_commit_framework_stops_a_second_head";
    let passes = |ci: bool, python: Option<&str>| {
        let mut tests = Command::new(std::env::current_exe().expect("it runs"));
        tests.args([left_out, "--exact"]).env_remove("CI").env_remove("RECHAIN_PYTHON");
        tests.envs(ci.then_some(("CI", "true"))).envs(python.map(|python| ("RECHAIN_PYTHON", python)));
        let output = tests.output().expect("it runs");
        assert!(printed(&output).contains("running 1 test"), "{left_out} is there");
        output.status.success()
    };
    assert!(passes(false, None) && passes(false, Some("")) && passes(true, Some("")));
    assert!(!passes(true, None));
}
