//! What reading costs beside the parser itself, in one run.
//!
//! `cargo bench --bench reading`: prints, for 100 generated migrations and for two real projects, the instructions of
//! `rechain heads` and `rechain check` as a ratio to those of tree-sitter's parse alone of the same files; then processor
//! time and memory of `heads`, `check` and `replay` for longer histories, beside `alembic heads` with its compiled files.
//! The instructions need valgrind, the projects and Alembic need `RECHAIN_PYTHON`; what is missing is said and left out.

mod history;
mod instructions;
#[path = "../tests/judge/mod.rs"]
mod judge;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use instructions::counted;
use judge::projects::{fetched, projects, unpacked};

const RECHAIN: &str = env!("CARGO_BIN_EXE_rechain");
/// What each command may cost at most, as a ratio to the parser.
const REACH: [(&str, f64); 2] = [("heads", 1.4), ("check", 2.0)];
const PROJECTS: [&str; 2] = ["datajunction-server", "ironic"];
const SIZES: [usize; 2] = [1_000, 10_000];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == PARSE || argument == READ) {
        Some(at) => {
            parse(Path::new(&arguments[at + 1]), arguments[at] == PARSE);
            ExitCode::SUCCESS
        }
        None => measure(),
    }
}

const PARSE: &str = "parse-alone";
const READ: &str = "read-alone";

/// Reads the Python files of a folder, and parses them with one parser.
fn parse(folder: &Path, parses: bool) {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).expect("the grammar fits the library");
    for (name, path) in judge::files(folder) {
        if name.rsplit('.').next() == Some("py") {
            let source = fs::read(path).expect("readable");
            if parses {
                black_box(parser.parse(&source, None));
            }
        }
    }
}

fn measure() -> ExitCode {
    let python = judge::python("reading");
    let mut folders = vec![("100 generated".to_owned(), generated(100))];
    for project in projects().iter().filter(|project| PROJECTS.contains(&project.name.as_str())) {
        let Some(wheel) = python.as_deref().and_then(|python| fetched(python, project)) else { continue };
        // Only what an audit reads is given to both.
        folders.push((project.name.clone(), migrations(&unpacked(&wheel), &project.folders)));
    }
    let mut is_reached = true;
    for (name, folder) in &folders {
        let own = std::env::current_exe().expect("a program knows where it stands");
        let of = |mode: &str| Some(counted(&own, &[OsStr::new(mode), folder.path().as_os_str()])?.0);
        let (Some(parsed), Some(read)) = (of(PARSE), of(READ)) else {
            println!("{name}: instructions need valgrind");
            break;
        };
        for (command, reach) in REACH {
            let arguments = [OsStr::new(command), folder.path().as_os_str()];
            let (all, _) = counted(Path::new(RECHAIN), &arguments).expect("it ran a moment ago");
            let ratio = all as f64 / (parsed - read) as f64;
            // The projects are told, the generated ones judged.
            is_reached &= ratio <= reach || name != "100 generated";
            println!(
                "{name}: {command} {ratio:.2} of the parser's {} instructions, reach {reach}",
                parsed - read
            );
        }
    }
    for size in SIZES {
        let folder = generated(size);
        for command in ["heads", "check", "replay"] {
            used(
                &format!("{size} revisions, rechain {command}"),
                python.as_deref(),
                folder.path(),
                RECHAIN,
                &[command],
            );
        }
        let Some(python) = &python else { continue };
        let alembic = ["-m", "alembic", "heads"];
        // Once before, so that its files are compiled.
        let warm = Command::new(python).args(alembic).current_dir(folder.path()).output();
        assert!(warm.is_ok_and(|output| output.status.success()), "Alembic prints its heads");
        used(
            &format!("{size} revisions, alembic heads"),
            Some(python),
            folder.path(),
            &python.to_string_lossy(),
            &alembic,
        );
    }
    if is_reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A project of so many generated migrations.
fn generated(size: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let files =
        (0..size).map(history::migration).map(|(name, source)| (format!("m/versions/{name}"), source));
    write(folder.path(), files);
    folder
}

fn write(folder: &Path, files: impl Iterator<Item = (String, String)>) {
    let own = [
        ("alembic.ini", "[alembic]\nscript_location = m\n"),
        ("m/env.py", "from alembic import context\ntarget_metadata = None\n"),
    ];
    let own = own.into_iter().map(|(name, source)| (name.to_owned(), source.to_owned()));
    for (name, source) in own.chain(files) {
        judge::write_file(&folder.join(name), source.as_bytes());
    }
}

/// A project of the first history of another, without its other code.
fn migrations(project: &tempfile::TempDir, folders: &[String]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let versions: Vec<PathBuf> =
        folders.iter().take(1).map(|folder| project.path().join(folder).join("versions")).collect();
    let files = versions.iter().flat_map(|versions| judge::files(versions));
    let read = |(name, path): (String, PathBuf)| Some((name, fs::read_to_string(path).ok()?));
    write(folder.path(), files.filter_map(read).map(|(name, source)| (format!("m/versions/{name}"), source)));
    folder
}

/// Prints the processor time and the largest memory of a program.
fn used(what: &str, python: Option<&OsStr>, folder: &Path, program: &str, arguments: &[&str]) {
    const ASK: &str = "import resource, subprocess, sys\n\
        subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n\
        used = resource.getrusage(resource.RUSAGE_CHILDREN)\n\
        print(f'{used.ru_utime + used.ru_stime:.2f} s of processor time, {used.ru_maxrss // 1024} MB')";
    let python = python.map_or_else(|| OsString::from("python3"), OsStr::to_owned);
    let output = Command::new(python)
        .args(["-c", ASK, program])
        .args(arguments)
        .current_dir(folder)
        .stderr(Stdio::inherit())
        .output();
    match output {
        Ok(output) => print!("{what}: {}", String::from_utf8_lossy(&output.stdout)),
        Err(problem) => println!("{what}: {problem}"),
    }
}
