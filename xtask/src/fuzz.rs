//! `cargo xtask fuzz`: looks for input that breaks a promise, with libFuzzer, which comes with a crate.
//!
//! What it needs stands in `fuzz/`, a package that is no part of the workspace. No other toolchain is needed: the compiler
//! counts what is reached where it is told to by flags that every Rust has. What is found on the way is kept below
//! `target/fuzz`, and `--keep` makes the smallest set of it that reaches as much the one in `fuzz/corpus`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::page;
use crate::process::{At as _, Failure, cargo, output, run, say, succeeds};

/// The doors; `tests/doors/mod.rs` tells what each takes.
pub(crate) const DOORS: [&str; 7] = ["zip", "ini", "toml", "python", "sql", "examine", "repair"];

/// What makes the compiler count: each edge, and what comparisons compare.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                        -Cllvm-args=-sanitizer-coverage-trace-compares";

/// What an input may cost: megabytes, seconds, and its own bytes.
const MEMORY: u32 = 1024;
const SECONDS: u32 = 10;
const LONGEST: u32 = 1 << 14;

/// Which door, and for how long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FuzzOptions {
    doors: Vec<String>,
    minutes: u32,
    keep: bool,
}

impl FuzzOptions {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { doors: Vec::new(), minutes: 1, keep: false };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--minutes" => {
                    let text = args.next().ok_or("--minutes needs a number")?;
                    let minutes = text.parse().ok().filter(|minutes| *minutes > 0);
                    options.minutes = minutes.ok_or_else(|| format!("`{text}` is no number of minutes"))?;
                }
                "--keep" => options.keep = true,
                door if DOORS.contains(&door) => options.doors.push(door.to_owned()),
                other => {
                    return Err(format!(
                        "`fuzz` does not know `{other}`; the doors are {}",
                        DOORS.join(", ")
                    ));
                }
            }
        }
        if options.doors.is_empty() {
            options.doors = DOORS.map(str::to_owned).to_vec();
        }
        Ok(options)
    }
}

/// Where things are.
struct Places<'a> {
    root: &'a Path,
    target: PathBuf,
    host: String,
}

impl Places<'_> {
    /// What is kept in the repository of a door.
    fn corpus(&self, door: &str) -> PathBuf {
        self.root.join("fuzz/corpus").join(door)
    }

    /// What was made on this machine.
    fn made(&self, door: &str) -> PathBuf {
        self.target.join("corpus").join(door)
    }

    /// What broke a promise.
    fn found(&self, door: &str) -> PathBuf {
        self.target.join("found").join(door)
    }

    fn program(&self, door: &str) -> PathBuf {
        self.target.join(&self.host).join("release").join(door)
    }
}

/// Fuzzes one door after the other. One that does not stand something does not keep the others from being tried.
pub(crate) fn fuzz(root: &Path, options: &FuzzOptions) -> Result<(), Failure> {
    needs()?;
    let host = output("rustc", &["-vV"])
        .and_then(|told| told.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned));
    let host = host.ok_or_else(|| Failure::new("rustc does not tell for which machine it compiles"))?;
    let places = Places { root, target: page::target_directory(root)?.join("fuzz"), host };
    let mut broken = Vec::new();
    for door in &options.doors {
        build(&places, door)?;
        if !search(&places, door, options.minutes)? {
            broken.push(door.as_str());
        } else if options.keep {
            keep(&places, door)?;
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "these doors do not stand an input, which is kept in {}: {}",
        places.target.join("found").display(),
        broken.join(", ")
    )))
}

/// Says what is missing before anything is compiled.
fn needs() -> Result<(), Failure> {
    if cfg!(windows) {
        return Err(Failure::new(
            "fuzzing needs Linux or macOS: flags for the compiler work otherwise on Windows",
        ));
    }
    let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    if succeeds(Command::new(&compiler).arg("--version")) {
        return Ok(());
    }
    let step = if cfg!(target_os = "macos") {
        "xcode-select --install"
    } else {
        "sudo apt-get install g++        (or your system's package of it)"
    };
    Err(Failure::new(format!(
        "the engine is C++, and there is no compiler `{}` for it. The missing step:\n    {step}\nor set CXX to one",
        compiler.display()
    )))
}

fn build(places: &Places<'_>, door: &str) -> Result<(), Failure> {
    say(format_args!("compiling the door {door}, so that it counts what is reached"));
    lock(places)?;
    let mut build = cargo(places.root);
    build.args([
        "build",
        "--release",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--bin",
        door,
        "--target",
        &places.host,
    ]);
    build.arg("--target-dir").arg(&places.target);
    build.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", COVERAGE);
    // What is mended is tried again, and the compiler takes minutes for the whole.
    build.env("CARGO_INCREMENTAL", "1");
    run(&mut build, false)
}

/// What is fuzzed is what is shipped, in the same versions: the lock of the repository is brought to the package whenever it
/// has become another one, and what the engine needs beside it is put into it there.
fn lock(places: &Places<'_>) -> Result<(), Failure> {
    let (theirs, brought) = (places.root.join("Cargo.lock"), places.target.join("brought.lock"));
    let own = places.root.join("fuzz/Cargo.lock");
    let locked = fs::read(&theirs).at("read", &theirs)?;
    if own.exists() && fs::read(&brought).is_ok_and(|before| before == locked) {
        return Ok(());
    }
    fs::create_dir_all(&places.target).at("create", &places.target)?;
    fs::write(&own, &locked).at("write", &own)?;
    fs::write(&brought, &locked).at("write", &brought)
}

/// Whether the door stood everything.
fn search(places: &Places<'_>, door: &str, minutes: u32) -> Result<bool, Failure> {
    let (made, found) = (places.made(door), places.found(door));
    for folder in [&made, &found] {
        fs::create_dir_all(folder).at("create", folder)?;
    }
    say(format_args!("fuzzing the door {door} for {minutes} min"));
    let mut engine = Command::new(places.program(door));
    engine.current_dir(places.root).arg(&made).args(there(places.corpus(door)));
    engine.args([
        format!("-max_total_time={}", 60 * minutes),
        format!("-rss_limit_mb={MEMORY}"),
        format!("-timeout={SECONDS}"),
        format!("-max_len={LONGEST}"),
        format!("-artifact_prefix={}/", found.display()),
        "-print_final_stats=1".to_owned(),
        "-report_slow_units=1".to_owned(),
        "-verbosity=1".to_owned(),
    ]);
    let words = places.root.join("fuzz/words").join(door);
    engine.args(there(words).map(|words| format!("-dict={}", words.display())));
    Ok(run(&mut engine, true).is_ok())
}

/// Keeps the smallest set of inputs that reaches all that any of them reaches.
fn keep(places: &Places<'_>, door: &str) -> Result<(), Failure> {
    let (corpus, least) = (places.corpus(door), places.target.join("least").join(door));
    if least.exists() {
        fs::remove_dir_all(&least).at("remove", &least)?;
    }
    fs::create_dir_all(&least).at("create", &least)?;
    let mut engine = Command::new(places.program(door));
    // That it is reached counts, and not how often: five times fewer are kept so.
    engine.current_dir(places.root).args(["-set_cover_merge=1", "-use_counters=0"]);
    engine.arg(format!("-rss_limit_mb={MEMORY}"));
    engine.arg(&least).arg(places.made(door)).args(there(corpus.clone()));
    run(&mut engine, true)?;
    if corpus.exists() {
        fs::remove_dir_all(&corpus).at("remove", &corpus)?;
    }
    fs::create_dir_all(&corpus).at("create", &corpus)?;
    for entry in fs::read_dir(&least).at("read", &least)? {
        let path = entry.at("read", &least)?.path();
        if let Some(name) = path.file_name() {
            fs::copy(&path, corpus.join(name)).at("copy", &path)?;
        }
    }
    Ok(())
}

/// A path, if anything is there.
fn there(path: PathBuf) -> Option<PathBuf> {
    path.exists().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<FuzzOptions, String> {
        FuzzOptions::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn fuzz_options_are_parsed() {
        let options = parsed("sql --minutes 5 zip --keep").expect("it is right");
        assert_eq!(
            options,
            FuzzOptions { doors: vec!["sql".to_owned(), "zip".to_owned()], minutes: 5, keep: true }
        );
        assert_eq!(parsed("").expect("it is right").doors, DOORS);
        assert!(parsed("door").expect_err("there is none").contains("examine"));
        for line in ["sql --minutes", "sql --minutes x", "sql --minutes 0"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }

    #[test]
    fn every_door_is_a_target() {
        let manifest = include_str!("../../fuzz/Cargo.toml");
        let targets: Vec<&str> = manifest
            .lines()
            .filter_map(|line| line.strip_prefix("path = \"targets/")?.strip_suffix(".rs\""))
            .collect();
        assert_eq!(targets, DOORS);
    }
}
