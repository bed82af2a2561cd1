//! `cargo xtask agree`: asks one release of Alembic everything, and says where it and rechain, or it and what was
//! recorded, differ.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::check::{Stages, locked};
use crate::page;
use crate::process::{At as _, Failure, cargo, output, run, say};
use crate::setup;

/// So many folders are made of each kind, unless another number is asked for.
const FOLDERS: u32 = 10_000;

/// What to ask, and whom.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AgreeOptions {
    /// The release; nothing is the pinned one.
    alembic: Option<String>,
    folders: u32,
    record: bool,
}

impl AgreeOptions {
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { alembic: None, folders: FOLDERS, record: false };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--alembic" => {
                    let version = args.next().ok_or("--alembic needs a version, such as 1.20.1")?;
                    // It goes into a file of requirements, where other characters would mean something else.
                    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.';
                    if !version.starts_with(|c: char| c.is_ascii_digit()) || !version.chars().all(plain) {
                        return Err(format!("`{version}` is not a version"));
                    }
                    options.alembic = Some(version);
                }
                "--folders" => {
                    let text = args.next().ok_or("--folders needs a number")?;
                    options.folders = text.parse().map_err(|_| format!("`{text}` is not a number"))?;
                }
                "--record" => options.record = true,
                other => return Err(format!("`agree` does not know `{other}`")),
            }
        }
        Ok(options)
    }
}

/// The suites that ask Alembic, and what each asks about; `--test agreement` compares with what was recorded.
const SUITES: [(&str, &str); 15] = [
    ("alembic", "made folders, their repairs and the sample"),
    ("fuzz", "random folders"),
    ("duplicates", "ids that stand in several files"),
    ("broken", "broken folders of every kind"),
    ("edits", "repairs of single files, and merges by the project's own template"),
    ("env_repairs", "repaired env.py files"),
    ("by_hand", "parents that are chosen by hand"),
    ("places", "names of revisions on the command line"),
    ("configurations", "random configurations"),
    ("histories", "the histories of real projects"),
    ("single_faults", "one fault at a time in the histories of real projects"),
    ("states", "what repairs do to databases that have run something"),
    ("projects", "real projects"),
    ("cases", "every command on every shape of history"),
    ("generated", "the files that rechain generates"),
];

/// Asks everything. One difference does not keep the rest from being asked.
pub(crate) fn agree(root: &Path, options: &AgreeOptions) -> Result<(), Failure> {
    let python = match &options.alembic {
        Some(version) => setup::python_with(root, version)?,
        None => setup::python(root)?,
    };
    let release = output(&python, &["-c", "import alembic; print(alembic.__version__)"])
        .ok_or_else(|| Failure::new(format!("{} cannot import Alembic", python.display())))?;
    let release = release.trim();
    if options.alembic.as_ref().is_some_and(|wanted| wanted != release) {
        return Err(Failure::new(format!("{} has Alembic {release}", python.display())));
    }
    say(format_args!("asking Alembic {release}"));
    let mut stages = Stages::default();
    for (suite, about) in SUITES {
        let mut tests = suite_of(root, suite);
        // The figures of a suite are printed by its tests.
        tests
            .args(["--", "--nocapture"])
            .env("RECHAIN_PYTHON", &python)
            // The Python with databases has a release of its own.
            .env("RECHAIN_DATABASES", "")
            .env("RECHAIN_FULL", "1")
            .env("RUST_BACKTRACE", "0")
            .env("RECHAIN_FOLDERS", options.folders.to_string())
            .env_remove("RECHAIN_SEED");
        stages.run(about, &mut tests);
    }

    let committed = root.join("tests/agreement/answers.json.gz");
    let recorded = page::target_directory(root)?.join(format!("answers-{release}.json.gz"));
    let mut record = Command::new(&python);
    record.arg(root.join("tests/agreement/record.py")).arg(root.join("tests/agreement/cases.tar.gz"));
    if stages.run("small folders, asked anew", record.arg(&recorded)) {
        let mut changes = Command::new(&python);
        changes.arg(root.join("tests/python/changes.py")).args([&committed, &recorded]);
        if options.record {
            // What changes is said, and is no failure: from now on it is what rechain is compared with.
            if let Err(failure) = run(&mut changes, false) {
                say(failure);
            }
            fs::copy(&recorded, &committed).at("write", &committed)?;
            say(format_args!("recorded the answers of Alembic {release}"));
        } else {
            stages.run("what has changed in them since they were recorded", &mut changes);
        }
    }
    stages.run("small folders, as recorded", &mut suite_of(root, "agreement"));
    stages.close()
}

fn suite_of(root: &Path, suite: &str) -> Command {
    let mut tests = cargo(root);
    tests.args(["test", "--package", "rechain", "--test", suite]).args(locked()).arg("--no-fail-fast");
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<AgreeOptions, String> {
        AgreeOptions::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn agree_options_are_parsed() {
        assert_eq!(parsed(""), Ok(AgreeOptions { alembic: None, folders: FOLDERS, record: false }));
        let options = parsed("--alembic 1.21.0rc1 --folders 50 --record").expect("it is right");
        assert_eq!(
            options,
            AgreeOptions { alembic: Some("1.21.0rc1".to_owned()), folders: 50, record: true }
        );
    }

    #[test]
    fn what_agree_does_not_understand_is_named() {
        for (line, named) in [
            ("--alembic", "--alembic"),
            ("--alembic >=1", "`>=1`"),
            ("--alembic latest", "`latest`"),
            ("--folders many", "`many`"),
            ("--full", "--full"),
        ] {
            let problem = parsed(line).expect_err(line);
            assert!(problem.contains(named), "{line}: {problem}");
        }
    }

    #[test]
    fn every_suite_that_asks_alembic_is_asked_and_there() {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
        for (suite, _) in SUITES {
            assert!(tests.join(format!("{suite}.rs")).is_file(), "{suite}");
        }
        for entry in fs::read_dir(&tests).expect("it is there") {
            let path = entry.expect("readable").path();
            let Some(suite) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".rs")) else {
                continue;
            };
            let source = fs::read_to_string(&path).expect("UTF-8");
            let asks =
                ["Judge::start(", "= python(", "= judge::python("].iter().any(|word| source.contains(word));
            assert_eq!(asks, SUITES.iter().any(|(name, _)| *name == suite), "{suite}");
        }
    }
}
