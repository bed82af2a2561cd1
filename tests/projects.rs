//! Real projects from the package index: no false alarm, and the same graph as real Alembic sees.
//!
//! `tests/projects.toml` lists them. Their files are downloaded once, checked by hash, and never kept in the repository.

mod judge;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use judge::{Judge, full, printed, python, read, rechain, repository, texts, write_file};
use rechain::alembic::Reading;
use rechain::report::{EnvironmentReport, Report};
use rechain::rules::{Audit, Audited, audit};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Projects {
    project: Vec<Project>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Project {
    name: String,
    version: String,
    file: String,
    sha256: String,
    revisions: usize,
    /// Script locations with their migrations in `versions/`.
    #[serde(default)]
    folders: Vec<String>,
    /// Those with their migrations elsewhere.
    #[serde(default)]
    histories: Vec<History>,
    #[serde(default)]
    findings: BTreeMap<String, usize>,
    #[serde(default)]
    raises: Option<String>,
    #[serde(default)]
    unasked: Vec<String>,
    #[serde(default)]
    full: bool,
}

/// A script location, and where its migrations are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct History {
    script_location: String,
    version_locations: Vec<String>,
}

impl Project {
    /// Every history that Alembic is asked about.
    fn all(&self) -> Vec<History> {
        let usual = self.folders.iter().map(|folder| History {
            script_location: folder.clone(),
            version_locations: vec![format!("{folder}/versions")],
        });
        usual.chain(self.histories.iter().cloned()).collect()
    }

    /// Whether Alembic can load it here.
    fn is_asked(&self, history: &History) -> bool {
        !self.unasked.contains(&history.script_location)
    }
}

impl History {
    /// The environment that holds it, of their script and version locations: several may have the same script location.
    fn among<'e>(&self, mut all: impl Iterator<Item = (usize, &'e str, &'e [String])>) -> Option<usize> {
        let of_it = |location: &str| location == self.script_location;
        let mut fallback = None;
        let exact = all.find(|(at, location, versions)| {
            if of_it(location) {
                fallback.get_or_insert(*at);
            }
            let mut versions = versions.to_vec();
            let mut own = self.version_locations.clone();
            versions.sort();
            own.sort();
            of_it(location) && versions == own
        });
        exact.map(|(at, ..)| at).or(fallback)
    }
}

fn projects() -> Vec<Project> {
    let text = std::fs::read_to_string(repository("tests/projects.toml")).expect("the list is there");
    toml::from_str::<Projects>(&text).expect("the list is right").project
}

/// Where downloads are kept between runs: in the person's own folder, as cargo xtask keeps its tools.
fn cache() -> PathBuf {
    let home = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    home("XDG_CACHE_HOME")
        .or_else(|| {
            if cfg!(windows) { home("LOCALAPPDATA") } else { home("HOME").map(|home| home.join(".cache")) }
        })
        .unwrap_or_else(std::env::temp_dir)
        .join("rechain")
        .join("projects")
}

/// The wheel's path; nothing when it is not kept here and the network cannot be reached.
fn fetched(python: &OsStr, project: &Project) -> Option<PathBuf> {
    let output = Command::new(python)
        .arg(repository("tests/python/fetch.py"))
        .arg(cache())
        .args([&project.name, &project.version, &project.file, &project.sha256])
        .output()
        .expect("RECHAIN_PYTHON runs");
    match output.status.code() {
        Some(0) => Some(cache().join(&project.file)),
        Some(3) => None,
        _ => panic!("{} {}: {}", project.name, project.version, printed(&output)),
    }
}

/// A wheel is a zip.
fn unpacked(wheel: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let bytes = std::fs::read(wheel).expect("it was downloaded");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a wheel is a zip");
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("it can be read");
        let Some(path) = entry.enclosed_name().filter(|_| entry.is_file()) else { continue };
        let mut content = Vec::new();
        std::io::copy(&mut entry, &mut content).expect("it can be unpacked");
        write_file(&folder.path().join(path), &content);
    }
    folder
}

/// What `rechain check` says of a folder, and in how many milliseconds.
fn checked(folder: &Path) -> (Report, u128) {
    let start = Instant::now();
    let output = rechain(folder, &["check", ".", "--output-format", "json"]);
    let milliseconds = start.elapsed().as_millis();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", printed(&output));
    (serde_json::from_slice(&output.stdout).expect("the report reads back"), milliseconds)
}

/// Compares one folder, and gives back what differs.
fn compare(
    judge: &mut Judge,
    project: &Project,
    dir: &Path,
    history: &History,
    environment: &EnvironmentReport,
    report: &Report,
) -> Vec<String> {
    let answer = judge.ask(&serde_json::json!({
        "dir": dir,
        "script_location": history.script_location,
        "version_locations": history.version_locations,
    }));
    let mut differences = Vec::new();
    if answer.error.as_ref().map(|raised| &raised.class) != project.raises.as_ref() {
        differences.push(format!("Alembic raises {:?} at {:?}", answer.error, answer.path));
    }
    if let Some(raised) = answer.error {
        let explained =
            report.findings.iter().filter(|finding| finding.rule == "missing-dependency").any(|finding| {
                finding.revisions.iter().any(|id| raised.message.contains(&format!("'{id}'")))
            });
        if !explained {
            differences.push(format!("nothing explains {raised:?}"));
        }
        return differences;
    }
    let sets = [
        ("heads", &environment.heads, &answer.heads),
        ("bases", &environment.bases, &answer.bases),
        ("branch points", &environment.branch_points, &answer.branch_points),
        ("merge points", &environment.merge_points, &answer.merge_points),
    ];
    for (what, ours, theirs) in sets {
        if ours != theirs {
            differences.push(format!("{what}: rechain {ours:?}, Alembic {theirs:?}"));
        }
    }
    let mut ours: Vec<_> =
        environment.revisions.iter().map(|row| (row.path.clone(), row.revision.clone())).collect();
    let mut theirs: Vec<_> = answer
        .files
        .iter()
        .map(|file| (file.path.clone(), file.revision.as_str().unwrap_or_default().to_owned()))
        .collect();
    ours.sort();
    theirs.sort();
    if ours != theirs {
        differences.push("the files or their ids differ".to_owned());
    }
    let several = [("multiple-heads", answer.heads.len()), ("multiple-roots", answer.bases.len())];
    let alarms = report.findings.iter().map(|finding| finding.rule.as_str());
    for rule in alarms {
        let is_false = ["missing-parent", "duplicate-revision"].contains(&rule)
            || project.all().len() == 1 && several.iter().any(|(name, n)| *name == rule && *n < 2);
        if is_false {
            differences.push(format!("a false {rule}"));
        }
    }
    differences
}

/// Compares what rechain prints of one history with what Alembic prints, and says how many texts there were; nothing where
/// rechain says that only running tells.
fn same_texts(
    judge: &mut Judge,
    dir: &Path,
    history: &History,
    audit: &Audit,
) -> Result<Option<usize>, String> {
    let of = |(at, audited): (usize, &Audited)| {
        let environment = &audited.environment;
        (at, environment.script_location.clone(), environment.version_locations.clone())
    };
    let all: Vec<_> = audit.environments.iter().enumerate().map(of).collect();
    let at = history
        .among(all.iter().map(|(at, location, versions)| (*at, location.as_str(), versions.as_slice())));
    let audited = &audit.environments[at.ok_or("rechain does not find it")?];
    if matches!(audited.reading, Reading::Unknown) {
        return Ok(None);
    }
    let answer = judge.ask(&serde_json::json!({
        "dir": dir,
        "script_location": history.script_location,
        "version_locations": history.version_locations,
        "texts": texts::commands(audited),
    }));
    texts::compare(audited, dir, &answer.texts).map(Some)
}

#[test]
fn real_projects_are_printed_as_alembic_prints_them() {
    let test = "real_projects_are_printed_as_alembic_prints_them";
    let Some(python) = python(test) else { return };
    let mut judge = Judge::start(test, &["--stubs"]).expect("there is a Python");
    let (mut problems, mut n_texts, mut n_unknown) = (Vec::new(), 0, 0);
    for project in projects().iter().filter(|project| full() || !project.full) {
        let Some(wheel) = fetched(&python, project) else { continue };
        let dir = unpacked(&wheel);
        let audit = audit(&read(dir.path()).tree, &mut |_, _| {});
        for history in project.all().into_iter().filter(|history| project.is_asked(history)) {
            let folder = &history.script_location;
            match same_texts(&mut judge, dir.path(), &history, &audit) {
                Ok(None) => n_unknown += 1,
                // What the environment brings into the chain when it runs is not here.
                Ok(Some(0)) if project.raises.is_some() => {}
                Ok(Some(0)) => problems.push(format!("{folder}: no text was compared")),
                Ok(Some(n)) => n_texts += n,
                Err(difference) => problems.push(format!("{folder}: {difference}")),
            }
        }
    }
    println!(
        "{n_texts} texts, {n_unknown} histories that only running tells, {} disagreements",
        problems.len()
    );
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn real_projects_are_read_as_alembic_reads_them_and_raise_no_false_alarm() {
    let test = "real_projects_are_read_as_alembic_reads_them_and_raise_no_false_alarm";
    let Some(python) = python(test) else { return };
    let mut judge = Judge::start(test, &["--stubs"]).expect("there is a Python");
    let mut problems = Vec::new();
    let mut table = format!("{:20} {:>9} {:>6}  findings\n", "project", "revisions", "ms");
    for project in projects().iter().filter(|project| full() || !project.full) {
        let Some(wheel) = fetched(&python, project) else {
            writeln!(std::io::stderr(), "skipped: {}: the package index cannot be reached", project.name)
                .expect("standard error is open");
            continue;
        };
        let dir = unpacked(&wheel);
        let (report, milliseconds) = checked(dir.path());
        let mut findings: BTreeMap<String, usize> = BTreeMap::new();
        for finding in &report.findings {
            *findings.entry(finding.rule.clone()).or_default() += 1;
            if finding.severity == "error" {
                problems.push(format!("{}: an error, {}: {}", project.name, finding.rule, finding.message));
            }
        }
        if findings != project.findings {
            problems.push(format!(
                "{}: rechain reports {findings:?}, the list says {:?}; look at each that is new",
                project.name, project.findings
            ));
        }
        let mut n_revisions = 0;
        for history in project.all() {
            let folder = &history.script_location;
            let all = report.environments.iter().enumerate();
            let found = history.among(all.map(|(at, environment)| {
                (at, environment.script_location.as_str(), environment.version_locations.as_slice())
            }));
            let Some(environment) = found.map(|at| &report.environments[at]) else {
                problems.push(format!("{}: rechain does not find {folder}", project.name));
                continue;
            };
            n_revisions += environment.revisions.len();
            if !project.is_asked(&history) {
                continue;
            }
            let differences = compare(&mut judge, project, dir.path(), &history, environment, &report);
            problems.extend(differences.into_iter().map(|difference| format!("{folder}: {difference}")));
        }
        if n_revisions != project.revisions {
            problems
                .push(format!("{}: {n_revisions} revisions instead of {}", project.name, project.revisions));
        }
        let shown: Vec<_> = findings.iter().map(|(rule, n)| format!("{rule} {n}")).collect();
        table.push_str(&format!(
            "{:20} {n_revisions:9} {milliseconds:6}  {}\n",
            project.name,
            shown.join(", ")
        ));
    }
    println!("{table}");
    assert!(problems.is_empty(), "{}\n{table}", problems.join("\n"));
}
