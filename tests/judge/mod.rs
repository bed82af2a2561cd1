//! Real Alembic, asked through one long-lived Python process, and what the tests that ask it share.

#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod batch;
pub(crate) mod compare;
pub(crate) mod databases;
pub(crate) mod projects;
pub(crate) mod repairs;
pub(crate) mod statements;
pub(crate) mod table;
pub(crate) mod texts;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rechain::ingest::{Ingested, Intake, Limits, SourceTree};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How long the judge may think. It stops itself earlier where it can.
const PATIENCE: Duration = Duration::from_mins(2);

/// The Python that has Alembic, or nothing, which is said once for each test.
pub(crate) fn python(test: &str) -> Option<OsString> {
    interpreter("RECHAIN_PYTHON", test, "real Alembic", "tests/python/requirements.txt")
}

/// The Python that has real databases too, or nothing, which is said once for each test.
pub(crate) fn python_with_databases(test: &str) -> Option<OsString> {
    interpreter("RECHAIN_DATABASES", test, "real databases", "tests/python/databases.txt")
}

/// A variable that is set to nothing leaves the tests out, and so does one that is not set, unless this is CI.
fn interpreter(variable: &str, test: &str, asked: &str, requirements: &str) -> Option<OsString> {
    let set = std::env::var_os(variable);
    let how = format!("run `cargo xtask test {test}`, or set {variable} to a Python with {requirements}");
    assert!(
        set.is_some() || std::env::var_os("CI").is_none(),
        "{test} asks {asked}, and CI leaves nothing out unsaid; {how}, or to nothing"
    );
    let python = set.filter(|python| !python.is_empty());
    if python.is_none() {
        // Straight to standard error, so that it is seen although the test passes.
        writeln!(io::stderr(), "skipped: {test} asks {asked}; {how}").expect("standard error is open");
    }
    python
}

/// Whether slow suites run in full.
pub(crate) fn full() -> bool {
    std::env::var_os("RECHAIN_FULL").is_some()
}

/// `RECHAIN_SEED` chooses another sample, and makes other folders.
pub(crate) fn seed() -> u64 {
    std::env::var("RECHAIN_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(SEED)
}

/// What `RECHAIN_SEED` does not say.
pub(crate) const SEED: u64 = 1;

/// One in so many of several, each with its place, chosen by the seed; where slow suites run in full, every one.
pub(crate) fn some<T>(of: &[T], one_in: usize) -> Vec<(usize, &T)> {
    let all: Vec<_> = of.iter().enumerate().collect();
    if full() { all } else { Random::new(seed()).sample(&all, all.len().div_ceil(one_in)) }
}

/// A file or folder of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What a program of `tests/python` answers to all questions at once, in a folder of its own.
pub(crate) fn answered<T: DeserializeOwned>(
    python: &OsStr,
    program: &str,
    root: &Path,
    questions: &[Value],
) -> Vec<T> {
    let mut child = Command::new(python)
        .arg(repository("tests/python").join(program))
        .arg(root)
        .env("PYTHONUTF8", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the Python runs");
    let asked = serde_json::to_vec(questions).expect("plain data");
    child.stdin.take().expect("it is piped").write_all(&asked).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", printed(&output));
    serde_json::from_slice(&output.stdout).expect("answers")
}

/// The process that asks Alembic.
pub(crate) struct Judge {
    python: OsString,
    arguments: Vec<&'static str>,
    talk: Talk,
}

/// A program of `tests/python` that answers line by line.
pub(crate) struct Talk {
    child: Child,
    questions: ChildStdin,
    answers: Receiver<String>,
}

/// What Alembic says about a folder.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    /// Why it could not be loaded.
    pub(crate) error: Option<Raised>,
    /// How far it came: `configuration`, `load` or `answer`.
    pub(crate) phase: String,
    /// The file at which it stopped.
    pub(crate) path: Option<String>,
    /// One for each file; where loading failed, only what each file says for itself.
    pub(crate) files: Vec<FileAnswer>,
    pub(crate) heads: Vec<String>,
    pub(crate) bases: Vec<String>,
    pub(crate) branch_points: Vec<String>,
    pub(crate) merge_points: Vec<String>,
    /// What `alembic history` lists, newest first.
    pub(crate) history: Option<Vec<String>>,
    pub(crate) history_error: Option<Raised>,
    /// What `alembic upgrade head` runs on an empty database.
    pub(crate) upgrade: Option<Vec<String>>,
    pub(crate) upgrade_error: Option<Raised>,
    /// What `alembic upgrade heads` runs on an empty database.
    pub(crate) upgrade_heads: Option<Vec<String>>,
    pub(crate) upgrade_heads_error: Option<Raised>,
    /// What `alembic downgrade -1` undoes where there is one head, on a database that has run everything.
    pub(crate) downgrade: Option<Vec<String>>,
    pub(crate) downgrade_error: Option<Raised>,
    /// Whether that order is another one in each process.
    pub(crate) order_varies: bool,
    /// What came of really running it.
    pub(crate) run_error: Option<Raised>,
    pub(crate) warnings: Vec<String>,
    /// What came of each command whose text was asked for.
    pub(crate) texts: BTreeMap<String, texts::Printed>,
}

/// An exception.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Raised {
    pub(crate) class: String,
    pub(crate) message: String,
}

/// What Alembic says about a file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "four facts that Alembic tells of each revision")]
pub(crate) struct FileAnswer {
    pub(crate) path: String,
    pub(crate) revision: Value,
    pub(crate) down_revision: Vec<Value>,
    pub(crate) depends_on: Vec<Value>,
    pub(crate) is_base: bool,
    pub(crate) is_head: bool,
    pub(crate) is_branch_point: bool,
    pub(crate) is_merge_point: bool,
}

impl Answer {
    /// Whether `alembic upgrade head` runs on an empty database, as far as its graph decides.
    pub(crate) fn upgrades_to_one_head(&self) -> bool {
        self.error.is_none()
            && self.upgrade_error.is_none()
            && self.upgrade.is_some()
            && self.heads.len() == 1
    }
}

impl Judge {
    /// Starts it, or says that there is no Python.
    pub(crate) fn start(test: &str, arguments: &[&'static str]) -> Option<Self> {
        let python = python(test)?;
        let talk = Talk::start(&python, "judge.py", arguments);
        Some(Self { python, arguments: arguments.to_vec(), talk })
    }

    /// Asks about a folder.
    pub(crate) fn folder(&mut self, dir: &Path) -> Answer {
        self.ask(&serde_json::json!({ "dir": dir }))
    }

    /// Asks a question; a judge that does not answer in time is replaced.
    pub(crate) fn ask(&mut self, question: &Value) -> Answer {
        if let Some(answer) = self.talk.ask(question, PATIENCE) {
            return answer;
        }
        self.talk.stop();
        self.talk = Talk::start(&self.python, "judge.py", &self.arguments);
        Answer {
            error: Some(Raised { class: "Endless".to_owned(), message: format!("no answer to {question}") }),
            ..Answer::default()
        }
    }
}

impl Talk {
    pub(crate) fn start(python: &OsStr, program: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(python)
            .arg(repository("tests/python").join(program))
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUTF8", "1")
            .env("PYTHONHASHSEED", "0")
            .env_remove("ALEMBIC_CONFIG")
            .env_remove("PYTHONWARNINGS")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", Path::new(python).display()));
        let questions = child.stdin.take().expect("piped");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, questions, answers }
    }

    /// Asks a question, and waits so long for the answer.
    pub(crate) fn ask<T: DeserializeOwned>(&mut self, question: &Value, patience: Duration) -> Option<T> {
        writeln!(self.questions, "{question}").expect("the program listens");
        let line = self.answers.recv_timeout(patience).ok()?;
        Some(serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")))
    }

    fn stop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Writes the files of a tree below a folder.
pub(crate) fn write(tree: &SourceTree, folder: &Path) {
    for (path, bytes) in tree.iter() {
        write_file(&folder.join(path.as_str()), bytes);
    }
}

/// Writes a file and the folders above it.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().expect("a folder above")).expect("it can be made");
    std::fs::write(path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// Reads a folder, as the command line does.
pub(crate) fn read(folder: &Path) -> Ingested {
    take_in(&files(folder))
}

/// The files below a folder, by their paths there, in order.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(&at).unwrap_or_else(|error| panic!("{}: {error}", at.display())) {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                // A link may lead back.
                if !path.is_symlink() {
                    open.push(path);
                }
                continue;
            }
            let below = path.strip_prefix(folder).expect("below").to_string_lossy().replace('\\', "/");
            found.insert(below, path);
        }
    }
    found
}

/// Takes in files, one after the other.
pub(crate) fn take_in<'a>(files: impl IntoIterator<Item = (&'a String, &'a PathBuf)>) -> Ingested {
    let mut intake = Intake::new(Limits::default());
    for (below, path) in files {
        if intake.wants(below, 0) {
            intake.add(below, std::fs::read(path).expect("readable"));
        }
    }
    intake.finish()
}

/// One of the samples, read from its folder.
pub(crate) fn sample(name: &str) -> Ingested {
    read(&repository("samples").join(name))
}

/// The names of the folders in a folder of the repository.
pub(crate) fn folders(path: &str) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(repository(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().expect("it has a name").to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("it can be made");
    for entry in std::fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let path = entry.expect("readable").path();
        let target = to.join(path.file_name().expect("it has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("it can be copied");
        }
    }
}

/// Runs rechain's real program in a folder.
pub(crate) fn rechain(folder: &Path, arguments: &[&str]) -> Output {
    rechain_with(folder, arguments, &[])
}

/// The same, with something on standard input.
pub(crate) fn rechain_with(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rechain"))
        .current_dir(folder)
        .args(arguments)
        .env("NO_COLOR", "1")
        .env_remove("ALEMBIC_CONFIG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program of this package runs");
    // It may end before it has read everything.
    child.stdin.take().expect("it is piped").write_all(input).ok();
    child.wait_with_output().expect("it ends")
}

/// Runs git in a folder, whatever repository is around it and whatever its user configured.
pub(crate) fn git(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new("git")
        .current_dir(folder)
        .args(["-c", "core.autocrlf=false", "-c", "user.name=Test", "-c", "user.email=test@localhost"])
        .args(arguments)
        .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap_or(folder))
        .env("GIT_CONFIG_GLOBAL", folder.join("no-such-file"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_WORK_TREE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git is installed");
    child.stdin.take().expect("piped").write_all(input).expect("git reads");
    child.wait_with_output().expect("git ends")
}

/// What a program printed, both streams.
pub(crate) fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Random numbers that are the same everywhere for the same seed. Source: splitmix64 (Steele, Lea, Flood).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is not 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// True in so many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Any order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }

    /// At most `n` different ones of several.
    pub(crate) fn sample<T: Clone>(&mut self, of: &[T], n: usize) -> Vec<T> {
        let mut all = of.to_vec();
        self.shuffle(&mut all);
        all.truncate(n);
        all
    }
}
