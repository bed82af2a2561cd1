//! The one way through: what was given is read and audited, repairs are made and proved, and the report is written.

mod read;

use std::collections::BTreeMap;

use crate::audited::{Audit, AuditOptions, Loaded};
use crate::ingest::{Ingested, SourceTree, TreePath};
use crate::patch::FilePatch;
use crate::plan::{self, Plan};
use crate::report::{self, Report};
use crate::rules;
use crate::source::{PythonFiles, Script, find_environments, find_models};
use read::Follower;

/// How far an examination has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Migrations are being parsed.
    Parsing {
        /// How many have been.
        done: usize,
        /// How many there are.
        total: usize,
    },
    /// Repairs are being made and proved.
    Planning,
}

/// Everything that was found out, and what it rests on.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The files.
    pub tree: SourceTree,
    /// The audit.
    pub audit: Audit,
    /// The plans of each environment, by its index.
    pub plans: Vec<Vec<Plan>>,
    /// The repaired `env.py` files.
    pub env_repairs: Vec<FilePatch>,
    /// The report.
    pub report: Report,
}

/// Audits what was given, makes and proves repairs, and writes the report.
pub fn examine(ingested: Ingested, progress: &mut dyn FnMut(Progress)) -> Outcome {
    examine_with(ingested, AuditOptions::default(), progress)
}

/// The same, where more is asked.
pub fn examine_with(
    ingested: Ingested,
    options: AuditOptions,
    progress: &mut dyn FnMut(Progress),
) -> Outcome {
    let Ingested { tree, skipped, .. } = ingested;
    let files = PythonFiles::of(&tree);
    let audit = read_all(&files, options, &mut |done, total| progress(Progress::Parsing { done, total }));
    progress(Progress::Planning);
    let again = |patched: &SourceTree, changed: &[TreePath]| {
        read_again(&files.patched(patched, changed), &audit, changed)
    };
    let plans = plan::plans(&tree, &audit, &again);
    let env_repairs = plan::env_repairs(&files, &audit, &again);
    let report = report::build(&tree, &audit, &plans, &env_repairs, &skipped);
    Outcome { tree, audit, plans, env_repairs, report }
}

/// Audits a tree. `progress` is told how many of how many migrations have been parsed.
pub fn audit(tree: &SourceTree, options: AuditOptions, progress: &mut dyn FnMut(usize, usize)) -> Audit {
    read_all(&PythonFiles::of(tree), options, progress)
}

/// Audits a tree that differs from an audited one in `changed` files only; what did not change is not read again.
pub fn audit_again(tree: &SourceTree, before: &Audit, changed: &[TreePath]) -> Audit {
    read_again(&PythonFiles::of(tree), before, changed)
}

fn read_all(files: &PythonFiles<'_>, options: AuditOptions, progress: &mut dyn FnMut(usize, usize)) -> Audit {
    let models = find_models(files);
    let mut audit = Audit { environments: Vec::new(), models, findings: Vec::new(), options };
    read_and_judge(files, &mut audit, &BTreeMap::new(), progress);
    audit
}

fn read_again(files: &PythonFiles<'_>, before: &Audit, changed: &[TreePath]) -> Audit {
    let scripts = before.environments.iter().flat_map(|audited| &audited.scripts);
    let known = scripts
        .filter(|script| !changed.contains(&script.path))
        .map(|script| (&script.path, script))
        .collect();
    let (models, options) = (before.models.clone(), before.options.clone());
    let mut audit = Audit { environments: Vec::new(), models, findings: Vec::new(), options };
    read_and_judge(files, &mut audit, &known, &mut |_, _| {});
    audit
}

/// Loads every environment of a tree, live ones first, and follows nothing.
pub fn load(tree: &SourceTree) -> Vec<Loaded> {
    let files = PythonFiles::of(tree);
    let environments = find_environments(&files).into_iter();
    environments.map(|environment| read::load(&files, environment, &BTreeMap::new(), &mut || {})).collect()
}

/// Reads every environment of a tree, and judges them together.
fn read_and_judge(
    files: &PythonFiles<'_>,
    audit: &mut Audit,
    known: &BTreeMap<&TreePath, &Script>,
    progress: &mut dyn FnMut(usize, usize),
) {
    let environments = find_environments(files);
    let total = environments.iter().map(|environment| environment.scripts.len()).sum();
    let mut done = 0;
    let all = environments.clone();
    let follower = Follower::of(files, &audit.models, &audit.options);
    for environment in environments {
        let loaded = read::load(files, environment, known, &mut || {
            done += 1;
            progress(done, total);
        });
        audit.environments.push(follower.follow(loaded, &all));
    }
    audit.findings = rules::judge(files.tree(), &audit.environments, &audit.models);
}
