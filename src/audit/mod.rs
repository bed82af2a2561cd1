//! The one way through: what was given is read and audited, repairs are made and proved, and the report is written.

mod read;

use std::collections::BTreeMap;

use crate::audited::{Audit, AuditOptions};
use crate::ingest::{Ingested, SourceTree, TreePath};
use crate::patch::FilePatch;
use crate::plan::{self, Plan};
use crate::report::{self, Report};
use crate::rules;
use crate::source::{Script, find_environments, find_models};
use read::Reader;

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
    let audit = audit(&tree, options, &mut |done, total| progress(Progress::Parsing { done, total }));
    progress(Progress::Planning);
    let plans = plan::plans(&tree, &audit, &|patched, changed| audit_again(patched, &audit, changed));
    let env_repairs = plan::env_repairs(&tree, &audit);
    let report = report::build(&tree, &audit, &plans, &env_repairs, &skipped);
    Outcome { tree, audit, plans, env_repairs, report }
}

/// Audits a tree. `progress` is told how many of how many migrations have been parsed.
pub fn audit(tree: &SourceTree, options: AuditOptions, progress: &mut dyn FnMut(usize, usize)) -> Audit {
    let mut audit =
        Audit { environments: Vec::new(), models: find_models(tree), findings: Vec::new(), options };
    read_and_judge(tree, &mut audit, &BTreeMap::new(), progress);
    audit
}

/// Audits a tree that differs from an audited one in `changed` files only; what did not change is not parsed again.
pub fn audit_again(tree: &SourceTree, before: &Audit, changed: &[TreePath]) -> Audit {
    let scripts = before.environments.iter().flat_map(|audited| &audited.scripts);
    let known = scripts
        .filter(|script| !changed.contains(&script.path))
        .map(|script| (&script.path, script))
        .collect();
    let mut audit = Audit {
        environments: Vec::new(),
        models: before.models.clone(),
        findings: Vec::new(),
        options: before.options,
    };
    read_and_judge(tree, &mut audit, &known, &mut |_, _| {});
    audit
}

/// Reads every environment of a tree, and judges them together.
fn read_and_judge(
    tree: &SourceTree,
    audit: &mut Audit,
    known: &BTreeMap<&TreePath, &Script>,
    progress: &mut dyn FnMut(usize, usize),
) {
    let environments = find_environments(tree);
    let total = environments.iter().map(|environment| environment.scripts.len()).sum();
    let mut done = 0;
    let reader = Reader::of(tree, &audit.models, audit.options);
    for environment in environments {
        let scripts = reader.scripts(&environment, known, &mut || {
            done += 1;
            progress(done, total);
        });
        audit.environments.push(reader.audited(environment, scripts));
    }
    audit.findings = rules::judge(tree, &audit.environments, &audit.models);
}
