//! `--fix`, `undo` and `-o` are whole, whatever call of theirs is the last: the real program is killed at each that changes the
//! disk, or the disk refuses it.
//!
//! `tests/disk/shim.c` stands between the program and the system; it counts those calls, and no program that is shipped
//! knows of it. After a kill the next run gives every file its old or its new content, all of them the same of both, and
//! leaves nothing else behind; so does one that was killed itself, and the one after it. A refusal is told, and leaves the
//! folder whole at once. `RECHAIN_FULL=1` goes through all of it, `RECHAIN_SEED` chooses another part.

#![cfg(target_os = "linux")]

mod judge;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use judge::{printed, repository, some, write_file};
use tempfile::TempDir;

/// What the project holds, without what is kept to undo a repair: bytes and permissions by path.
type Files = BTreeMap<String, (Vec<u8>, u32)>;

/// What becomes of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// The process is killed before it.
    Kill,
    /// It is a write, and the process is killed after half of it.
    Half,
    /// It fails with that error.
    Fails(i32),
}

const NO_SPACE: i32 = 28;
const NOT_ALLOWED: i32 = 13;
const BROKEN: i32 = 5;

/// A folder and what is done there.
struct Scenario {
    name: &'static str,
    prepare: fn(&Disk, &Path),
    command: &'static [&'static str],
}

const SCENARIOS: [Scenario; 7] = [
    Scenario { name: "a file is added", prepare: |_, root| two_heads(root), command: &["check", "--fix"] },
    Scenario { name: "files are rewritten", prepare: |_, root| three_bases(root), command: CHAIN },
    Scenario {
        name: "a file is removed",
        prepare: |_, root| stale_copy(root),
        command: &["check", "--fix", "--plan", "duplicate", "--unsafe-fixes"],
    },
    Scenario {
        name: "a second repair",
        prepare: |disk, root| {
            two_heads(root);
            disk.done(root, &["check", "--fix"]);
            migration(root, "d", "'a'");
        },
        command: &["check", "--fix"],
    },
    Scenario {
        name: "a repair is undone",
        prepare: |disk, root| {
            three_bases(root);
            disk.done(root, CHAIN);
        },
        command: &["undo"],
    },
    Scenario { name: "a report is written", prepare: |_, root| two_heads(root), command: REPORT },
    Scenario {
        name: "a report is written over another",
        prepare: |_, root| {
            two_heads(root);
            write_file(&root.join("report.json"), b"another one");
        },
        command: REPORT,
    },
];
const CHAIN: &[&str] = &["check", "--fix", "--plan", "chain", "--unsafe-fixes"];
const REPORT: &[&str] = &["check", "--output-format", "json", "-o", "report.json"];

fn migration(root: &Path, id: &str, parent: &str) {
    let text = format!("revision = '{id}'\ndown_revision = {parent}\n\n\ndef upgrade():\n    pass\n");
    let path = root.join(format!("migrations/versions/{id}.py"));
    write_file(&path, text.as_bytes());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("own file");
}

fn environment(root: &Path) {
    write_file(&root.join("alembic.ini"), b"[alembic]\nscript_location = migrations\n");
    write_file(&root.join("migrations/env.py"), b"from alembic import context\ncontext.configure()\n");
    migration(root, "a", "None");
}

fn two_heads(root: &Path) {
    environment(root);
    migration(root, "b", "'a'");
    migration(root, "c", "'a'");
}

fn three_bases(root: &Path) {
    environment(root);
    migration(root, "b", "None");
    migration(root, "c", "None");
}

fn stale_copy(root: &Path) {
    environment(root);
    migration(root, "b", "'a'");
    let versions = root.join("migrations/versions");
    fs::copy(versions.join("b.py"), versions.join("b copy.py")).expect("own folder");
}

/// The program, with what stands between it and the disk.
struct Disk {
    shim: PathBuf,
    _folder: TempDir,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let shim = folder.path().join("shim.so");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&shim)
            .arg(repository("tests/disk/shim.c"))
            .arg("-ldl")
            .output()
            .expect("whoever compiles Rust has `cc`");
        assert!(compiled.status.success(), "{}", printed(&compiled));
        Self { shim, _folder: folder }
    }

    fn run(&self, root: &Path, command: &[&str], at: usize, how: How) -> Output {
        let what = match how {
            How::Kill => "kill".to_owned(),
            How::Half => "half".to_owned(),
            How::Fails(error) => error.to_string(),
        };
        self.program(root, command)
            .env("DISK_AT", at.to_string())
            .env("DISK_HOW", what)
            .output()
            .expect("it starts")
    }

    fn program(&self, root: &Path, command: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_rechain"));
        program.args(command).current_dir(root).env("LD_PRELOAD", &self.shim);
        program
    }

    /// Nothing stands in its way.
    fn done(&self, root: &Path, command: &[&str]) -> Output {
        let output = self.program(root, command).output().expect("it starts");
        assert!(matches!(output.status.code(), Some(0 | 1)), "{command:?}: {}", printed(&output));
        output
    }

    /// The calls that a command makes, in order.
    fn calls(&self, root: &Path, command: &[&str]) -> Vec<String> {
        let log = root.with_extension("log");
        self.program(root, command).env("DISK_LOG", &log).output().expect("it starts");
        let calls = fs::read_to_string(&log).unwrap_or_default();
        fs::remove_file(log).ok();
        calls.lines().map(str::to_owned).collect()
    }
}

/// A copy of a folder, with all that is in it.
fn copied(of: &Path) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for entry in walkdir::WalkDir::new(of).min_depth(1) {
        let entry = entry.expect("readable");
        let to = folder.path().join(entry.path().strip_prefix(of).expect("below"));
        if entry.file_type().is_dir() {
            fs::create_dir(to).expect("own folder");
        } else {
            fs::copy(entry.path(), to).expect("own folder");
        }
    }
    folder
}

/// All files below a folder but those that are kept to undo a repair.
fn files(root: &Path) -> Files {
    let all = walkdir::WalkDir::new(root).into_iter().map(|entry| entry.expect("readable"));
    all.filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry.path().strip_prefix(root).expect("below").to_string_lossy().into_owned();
            let mode = entry.metadata().expect("readable").permissions().mode() & 0o777;
            (path, (fs::read(entry.path()).expect("readable"), mode))
        })
        .filter(|(path, _)| !path.starts_with(".rechain/"))
        .collect()
}

/// What is kept to undo a repair, but for what may be there at rest: the last repair, whole.
fn left_over(root: &Path) -> Vec<String> {
    let kept = root.join(".rechain");
    let names = fs::read_dir(&kept).into_iter().flatten();
    let mut names: Vec<String> =
        names.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let is_whole = kept.join("undo/journal.json").exists() && kept.join(".gitignore").exists();
    if is_whole && names == [".gitignore", "undo"] { Vec::new() } else { names }
}

/// A scenario, made ready, with what it comes to when nothing stands in its way.
struct Ready<'d> {
    disk: &'d Disk,
    scenario: &'d Scenario,
    template: TempDir,
    before: Files,
    after: Files,
    /// What `undo` makes of the folder where the repair is none yet: it takes the one before it back.
    earlier: Option<Files>,
    calls: Vec<String>,
}

impl<'d> Ready<'d> {
    fn new(disk: &'d Disk, scenario: &'d Scenario) -> Self {
        let template = tempfile::tempdir().expect("a folder for the test");
        (scenario.prepare)(disk, template.path());
        let done = copied(template.path());
        let calls = disk.calls(done.path(), scenario.command);
        let (before, after) = (files(template.path()), files(done.path()));
        assert_ne!(before, after, "{}", scenario.name);
        assert_eq!(left_over(done.path()), [""; 0], "{}", scenario.name);
        let undone = copied(template.path());
        let is_undone = disk.program(undone.path(), &["undo"]).status().expect("it starts").success();
        let earlier = is_undone.then(|| files(undone.path()));
        Self { disk, scenario, template, before, after, earlier, calls }
    }

    /// Each call with each way to die there.
    fn deaths(&self) -> Vec<(usize, How)> {
        let numbered = self.calls.iter().zip(1..);
        numbered
            .flat_map(|(call, at)| {
                let is_write = call.starts_with("write ");
                [Some((at, How::Kill)), is_write.then_some((at, How::Half))]
            })
            .flatten()
            .collect()
    }

    fn refusals(&self) -> Vec<(usize, How)> {
        let errors = [NO_SPACE, NOT_ALLOWED, BROKEN];
        (1..=self.calls.len()).flat_map(|at| errors.map(|error| (at, How::Fails(error)))).collect()
    }

    /// What is wrong with the files right after a kill, if anything is: each has its old or its new content, and no other
    /// is there that Alembic would load.
    fn is_torn(&self, root: &Path) -> Option<String> {
        let now = files(root);
        let is_sound = |(path, file): (&String, &(Vec<u8>, u32))| {
            self.before.get(path) == Some(file)
                || self.after.get(path) == Some(file)
                || path.ends_with(".rechain-new")
        };
        if let Some((path, _)) = now.iter().find(|entry| !is_sound(*entry)) {
            return Some(format!("{path} is neither the old nor the new one"));
        }
        let lost = self.before.keys().find(|path| self.after.contains_key(*path) && !now.contains_key(*path));
        lost.map(|path| format!("{path} is gone"))
    }

    /// What is wrong with a folder at rest, if anything is.
    fn is_not_whole(&self, root: &Path) -> Option<String> {
        let now = files(root);
        if now != self.before && now != self.after && Some(&now) != self.earlier.as_ref() {
            return Some(format!("neither the old folder nor the new one: {:?}", now.keys()));
        }
        let left = left_over(root);
        (!left.is_empty()).then(|| format!("left behind: {left:?}"))
    }

    /// The run that comes next: the same once more, or one that takes it back.
    fn next(&self, undoes: bool) -> &'d [&'d str] {
        if undoes { &["undo"] } else { self.scenario.command }
    }

    /// What is wrong after the run that comes next, if anything is.
    fn at_last(&self, root: &Path, undoes: bool) -> Option<String> {
        let next = self.next(undoes);
        let output = self.disk.program(root, next).output().expect("it starts");
        let told = printed(&output);
        // There may be nothing to undo.
        let is_fine =
            matches!(output.status.code(), Some(0 | 1)) || told.contains("there is no repair to undo");
        if is_fine { self.is_not_whole(root) } else { Some(format!("{next:?} fails: {told}")) }
    }

    /// What is wrong after a kill and the run that comes next, if anything is.
    fn after_death(&self, at: usize, how: How, undoes: bool) -> Option<String> {
        let folder = copied(self.template.path());
        let root = folder.path();
        let died = self.disk.run(root, self.scenario.command, at, how);
        if died.status.code().is_some() {
            return Some(format!("it was not killed: {}", printed(&died)));
        }
        self.is_torn(root).or_else(|| self.at_last(root, undoes))
    }

    /// The same where the next run is killed too, at some of its calls, and the one after it is not: how many, and what is
    /// wrong.
    fn after_two_deaths(&self, at: usize, how: How, undoes: bool) -> (usize, Vec<String>) {
        let folder = copied(self.template.path());
        self.disk.run(folder.path(), self.scenario.command, at, how);
        let calls = self.disk.calls(copied(folder.path()).path(), self.next(undoes)).len();
        let calls: Vec<usize> = (1..=calls).collect();
        let chosen = some(&calls, NESTED);
        let faults = chosen.iter().filter_map(|&(_, &second)| {
            let folder = copied(folder.path());
            let root = folder.path();
            self.disk.run(root, self.next(undoes), second, How::Kill);
            let fault = self.is_torn(root).or_else(|| self.at_last(root, undoes))?;
            Some(format!("then at {second}: {fault}"))
        });
        (chosen.len(), faults.collect())
    }

    /// What is wrong where the disk refuses a call, if anything is.
    fn after_refusal(&self, at: usize, how: How) -> Option<String> {
        let folder = copied(self.template.path());
        let root = folder.path();
        let output = self.disk.run(root, self.scenario.command, at, how);
        let told = printed(&output);
        let now = files(root);
        let wrong = match output.status.code() {
            Some(2) if now != self.before => Some("refused, and not as before"),
            Some(2) => (!NAMED.iter().any(|name| told.contains(name))).then_some("no file is named"),
            Some(0 | 1) => (now != self.after).then_some("done, and not whole"),
            _ => Some("it ends as no run does"),
        };
        if let Some(wrong) = wrong {
            return Some(format!("{wrong}: {told}"));
        }
        let fault = self.at_last(root, false);
        let is_done = files(root) == self.after;
        fault.or_else(|| (!is_done).then(|| "the next run does not do it".to_owned()))
    }
}

/// One of the names that a refusal must tell.
const NAMED: [&str; 3] = [".rechain", "migrations/versions/", "report.json"];

/// How often a second death is tried: one in so many of all, where not every one is.
const NESTED: usize = 12;

/// What is wrong with any of several, each looked at by one of as many threads as there are processors.
fn each<T: Sync>(of: &[T], look: impl Fn(&T) -> Vec<String> + Sync) -> Vec<String> {
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(one) = of.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let own = look(one);
                    faults.lock().expect("nobody panics").extend(own);
                }
            });
        }
    });
    let mut faults = faults.into_inner().expect("nobody panics");
    faults.sort();
    faults
}

fn told(ready: &Ready<'_>, at: usize, how: How, fault: &str) -> String {
    format!("{}: {how:?} at {at} ({}): {fault}", ready.scenario.name, ready.calls[at - 1])
}

/// What can be tried: a scenario, a call of it, what becomes of that, and whether the next run is `undo`.
fn trials<'r>(
    ready: &'r [Ready<'r>],
    of: impl Fn(&Ready<'r>) -> Vec<(usize, How)>,
) -> Vec<(&'r Ready<'r>, usize, How, bool)> {
    let mut trials = Vec::new();
    for one in ready {
        for (at, how) in of(one) {
            trials.push((one, at, how, false));
            // A report is no repair.
            if one.scenario.command.contains(&"--fix") {
                trials.push((one, at, how, true));
            }
        }
    }
    trials
}

#[test]
fn a_kill_at_any_call_leaves_the_old_folder_or_the_new_one_after_the_next_run() {
    let disk = Disk::new();
    let ready: Vec<_> = SCENARIOS.iter().map(|scenario| Ready::new(&disk, scenario)).collect();
    let all = trials(&ready, Ready::deaths);
    let chosen: Vec<_> = some(&all, 5).into_iter().map(|(_, trial)| *trial).collect();
    let faults = each(&chosen, |&(ready, at, how, undoes)| {
        ready.after_death(at, how, undoes).map(|fault| told(ready, at, how, &fault)).into_iter().collect()
    });
    let calls: usize = ready.iter().map(|ready| ready.calls.len()).sum();
    println!("{calls} calls, {} of {} kills, {} faults", chosen.len(), all.len(), faults.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn so_does_a_kill_of_the_run_that_comes_next() {
    let disk = Disk::new();
    let ready: Vec<_> = SCENARIOS.iter().map(|scenario| Ready::new(&disk, scenario)).collect();
    let all = trials(&ready, Ready::deaths);
    let chosen: Vec<_> = some(&all, 30).into_iter().map(|(_, trial)| *trial).collect();
    let n = AtomicUsize::new(0);
    let faults = each(&chosen, |&(ready, at, how, undoes)| {
        let (tried, faults) = ready.after_two_deaths(at, how, undoes);
        n.fetch_add(tried, Ordering::Relaxed);
        faults.iter().map(|fault| told(ready, at, how, fault)).collect()
    });
    println!(
        "{} kills after {} of {} kills, {} faults",
        n.into_inner(),
        chosen.len(),
        all.len(),
        faults.len()
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_disk_that_refuses_a_call_is_told_of_and_leaves_the_folder_whole() {
    let disk = Disk::new();
    let ready: Vec<_> = SCENARIOS.iter().map(|scenario| Ready::new(&disk, scenario)).collect();
    let all: Vec<_> = ready
        .iter()
        .flat_map(|ready| ready.refusals().into_iter().map(move |(at, how)| (ready, at, how)))
        .collect();
    let chosen: Vec<_> = some(&all, 6).into_iter().map(|(_, trial)| *trial).collect();
    let faults = each(&chosen, |&(ready, at, how)| {
        ready.after_refusal(at, how).map(|fault| told(ready, at, how, &fault)).into_iter().collect()
    });
    println!("{} of {} refusals, {} faults", chosen.len(), all.len(), faults.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
