//! `cargo xtask test` and `cargo xtask lint`: what CI runs, and what a person runs before it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::page;
use crate::process::{At as _, Failure, cargo, run, say, succeeds};
use crate::setup::{self, WASM, WasmCompiler};

/// Which tests to run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TestOptions {
    native: bool,
    browser: bool,
    full: bool,
    filters: Vec<String>,
    program_args: Vec<String>,
}

impl TestOptions {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--native" => options.native = true,
                "--browser" => options.browser = true,
                "--full" => options.full = true,
                "--" => options.program_args = args.by_ref().collect(),
                flag if flag.starts_with('-') => return Err(format!("`test` does not know `{flag}`")),
                _ => options.filters.push(arg),
            }
        }
        if options.native && options.browser {
            return Err("--native and --browser exclude each other".to_owned());
        }
        Ok(options)
    }
}

/// Runs the tests. One kind that fails does not keep the others from running.
pub(crate) fn test(root: &Path, options: &TestOptions) -> Result<(), Failure> {
    // What is missing is said at once, and not after the tests that would have run without it.
    let tools = if options.native { None } else { Some((setup::python(root)?, setup::chromium()?)) };
    let databases = if options.native || options.browser { None } else { setup::databases(root)? };
    let mut stages = Stages::default();

    if !options.browser {
        let mut tests = cargo(root);
        tests
            .args(["test", "--package", "rechain", "--package", "xtask"])
            .args(locked())
            .arg("--no-fail-fast")
            .arg("--");
        tests.args(&options.filters).args(&options.program_args);
        // Set to nothing they leave tests out on purpose; not set they would fail in CI.
        let nothing = PathBuf::new();
        tests.env("RECHAIN_PYTHON", tools.as_ref().map_or(&nothing, |(python, _)| python));
        tests.env("RECHAIN_DATABASES", databases.as_ref().unwrap_or(&nothing));
        if options.full {
            tests.env("RECHAIN_FULL", "1");
        }
        stages.run("Rust tests", &mut tests);
        // Another set of features is another build, so these are no part of the quick ones.
        if !options.native && options.filters.is_empty() {
            let mut page = cargo(root);
            page.args(["test", "--package", "rechain", "--no-default-features", "--features", "ui", "--lib"])
                .args(locked())
                .args(["--", "ui::"]);
            stages.run("the page's Rust tests", &mut page);
        }
    }

    if let Some((python, chromium)) = tools {
        let dist = root.join("dist");
        page::build(root, &dist)?;
        say("compiling the command line");
        run(cargo(root).args(["build", "--package", "rechain", "--bin", "rechain"]).args(locked()), false)?;
        let program = format!("rechain{}", std::env::consts::EXE_SUFFIX);
        let program = page::target_directory(root)?.join("debug").join(program);

        let shapes = page::target_directory(root)?.join("shapes");
        if shapes.exists() {
            fs::remove_dir_all(&shapes).at("remove", &shapes)?;
        }
        fs::create_dir_all(&shapes).at("make", &shapes)?;
        let mut hostile = cargo(root);
        hostile.args(["test", "--package", "rechain", "--test", "hostile"]).args(locked());
        hostile.env("RECHAIN_HOSTILE", &shapes);
        if options.full {
            hostile.env("RECHAIN_FULL", "1");
        }
        stages.run("inputs that are made to hurt", &mut hostile);

        let mut tests = Command::new("node");
        tests.current_dir(root).args(["--test", "--test-reporter=spec"]);
        for filter in &options.filters {
            tests.arg(format!("--test-name-pattern={filter}"));
        }
        tests.args(browser_tests(root)?);
        tests
            .env("RECHAIN_DIST", &dist)
            .env("RECHAIN_CHROMIUM", chromium)
            .env("RECHAIN_PYTHON", python)
            .env("RECHAIN_BIN", program)
            .env("RECHAIN_SHAPES", &shapes);
        if options.full {
            tests.env("RECHAIN_FULL", "1");
        }
        if let Some(trunk) = setup::trunk(options.full)? {
            tests.env("RECHAIN_TRUNK", trunk);
        }
        stages.run("browser tests", &mut tests);
    }
    stages.close()
}

/// The files of the browser tests: not every Node takes a folder for them.
fn browser_tests(root: &Path) -> Result<Vec<String>, Failure> {
    let folder = root.join("tests/browser");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).at("read", &folder)? {
        let name = entry.at("read", &folder)?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") {
            names.push(format!("tests/browser/{name}"));
        }
    }
    names.sort();
    Ok(names)
}

/// Formatting, lints and documentation, for each of the three programs.
pub(crate) fn lint(root: &Path) -> Result<(), Failure> {
    setup::wasm_target()?;
    let compiler = WasmCompiler::find_or_install(root)?;
    let mut stages = Stages::default();
    stages.run("formatting", cargo(root).args(["fmt", "--all", "--check"]));
    let fuzz = ["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"];
    stages.run("formatting of the fuzz targets", cargo(root).args(fuzz));

    let deny = ["--", "--deny", "warnings"];
    let mut native = cargo(root);
    native.args(["clippy", "--workspace", "--all-targets"]).args(locked()).args(deny);
    stages.run("clippy", &mut native);

    for (bin, features) in [("rechain-web", "ui"), ("rechain-engine", "engine")] {
        let mut wasm = cargo(root);
        wasm.args(["clippy", "--package", "rechain", "--lib", "--bin", bin, "--target", WASM])
            .args(["--no-default-features", "--features", features])
            .args(locked())
            .args(deny);
        compiler.tell(&mut wasm);
        stages.run(&format!("clippy of {bin}"), &mut wasm);
    }

    let mut documentation = cargo(root);
    documentation
        .args(["doc", "--package", "rechain", "--lib", "--no-deps", "--document-private-items"])
        .args(locked())
        .env("RUSTDOCFLAGS", "--deny warnings");
    stages.run("documentation", &mut documentation);

    // It takes minutes to compile, so whoever wants it brings it; what is known of faults changes by the day, and is asked by
    // `cargo deny check` alone.
    if succeeds(Command::new("cargo-deny").arg("--version")) {
        let mut deny = cargo(root);
        deny.args(["deny", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
        stages.run("licences and sources of what is depended on", &mut deny);
    } else {
        say("licences and sources are not looked at: `cargo install cargo-deny` brings what does");
    }
    stages.close()
}

/// A fresh clone in CI builds what is locked, or fails; a person's change of a dependency updates the lock.
pub(crate) fn locked() -> Option<&'static str> {
    std::env::var_os("CI").map(|_| "--locked")
}

/// Steps that all run, whichever fail.
#[derive(Default)]
pub(crate) struct Stages {
    failed: Vec<String>,
}

impl Stages {
    /// Runs one, and says whether it passed.
    pub(crate) fn run(&mut self, name: &str, command: &mut Command) -> bool {
        say(name);
        let result = run(command, false);
        if let Err(failure) = &result {
            eprintln!("{failure}");
            self.failed.push(name.to_owned());
        }
        result.is_ok()
    }

    pub(crate) fn close(self) -> Result<(), Failure> {
        if self.failed.is_empty() {
            say("all passed");
            return Ok(());
        }
        Err(Failure::new(format!("failed: {}", self.failed.join(", "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<TestOptions, String> {
        TestOptions::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn test_options_are_parsed() {
        let options = parsed("--full graph -- --nocapture").expect("it is right");
        assert!(options.full && !options.native && !options.browser);
        assert_eq!(options.filters, ["graph"]);
        assert_eq!(options.program_args, ["--nocapture"]);
        assert!(parsed("--fast").is_err());
        assert!(parsed("--native --browser").is_err());
    }
}
