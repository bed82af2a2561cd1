//! Real projects from the package index: no false alarm, and the same graph as real Alembic sees.
//!
//! `tests/projects.toml` lists them. Their files are downloaded once, checked by hash, and never kept in the repository.

mod judge;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use judge::projects::{History, Project, fetched, projects, unpacked};
use judge::{Judge, full, printed, python, read, rechain, texts};
use rechain::alembic::Reading;
use rechain::audit::audit;
use rechain::audited::{Audit, AuditOptions, Audited};
use rechain::report::{EnvironmentReport, Report, Severity};
use rechain::text::{Shown, shown};

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
        if *ours != shown(theirs) {
            differences.push(format!("{what}: rechain {ours:?}, Alembic {theirs:?}"));
        }
    }
    let mut ours: Vec<_> =
        environment.revisions.iter().map(|row| (row.path.clone(), row.revision.clone())).collect();
    let mut theirs: Vec<_> = answer
        .files
        .iter()
        .map(|file| (Shown::line(&file.path), Shown::line(file.revision.as_str().unwrap_or_default())))
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
        let audit = audit(&read(dir.path()).tree, AuditOptions::default(), &mut |_, _| {});
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
            *findings.entry(finding.rule.to_string()).or_default() += 1;
            let is_true = project.broken.iter().any(|rule| *rule == *finding.rule);
            if finding.severity == Severity::Error && !is_true {
                problems.push(format!("{}: an error, {}: {}", project.name, finding.rule, finding.message));
            }
        }
        if findings != project.findings {
            problems.push(format!(
                "{}: rechain reports {findings:?}, the list says {:?}; look at each that is new",
                project.name, project.findings
            ));
        }
        // Nobody is to repair what is not broken.
        let offered = report.environments.iter().flat_map(|environment| &environment.plans);
        let offered: Vec<_> = offered.map(|plan| plan.name.name()).collect();
        if project.broken.is_empty() && !offered.is_empty() {
            problems.push(format!("{}: {offered:?} are on offer, and nothing is broken", project.name));
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
