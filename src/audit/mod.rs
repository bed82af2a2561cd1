//! The one way through: what was given is read and audited, repairs are made and proved, and the report is written.

mod read;

use std::collections::{BTreeMap, BTreeSet};

use crate::audited::{Audit, AuditOptions, Audited, Loaded, Pinned};
use crate::ingest::{Ingested, Skipped, SourceTree, TreePath};
use crate::patch::FilePatch;
use crate::plan::{self, Again, Beside, ByHand, Databases, Kept, Plan, PlanKind, Removal};
use crate::report::{self, Report};
use crate::rules;
use crate::source::{Environment, PythonFiles, Script, find_environments, find_models};
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
    /// What became of the parents that were chosen, of each environment, by its index.
    pub by_hand: Vec<ByHand>,
    /// The repaired `env.py` files.
    pub env_repairs: Vec<FilePatch>,
    /// The stale environments that can go.
    pub removals: Vec<Removal>,
    /// Those that stay, and why.
    pub kept: Vec<Kept>,
    /// What was not read, and why.
    pub skipped: Vec<Skipped>,
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
    let mut plans = plan::plans(&tree, &audit, &again);
    let by_hand = choose(&tree, &audit, &mut plans, &again);
    let env_repairs = plan::env_repairs(&files, &audit, &again);
    let removals = plan::removals(&tree, &audit, &again);
    let kept = plan::kept(&tree, &audit);
    let beside = plan::beside(&audit, &env_repairs, &removals);
    let report = report::build(&tree, &audit, &plans, &by_hand, &beside, &kept, &skipped);
    Outcome { tree, audit, plans, by_hand, env_repairs, removals, kept, skipped, report }
}

impl Outcome {
    /// Tries the plans on the databases that `stamped_of` tells of, each environment's by its index. It is as if they had
    /// been asked about at first, and nothing is read, parsed or proved again.
    pub fn answer(&mut self, stamped_of: BTreeMap<usize, Databases>) {
        self.audit.options.stamped_of = stamped_of;
        for (index, plans) in self.plans.iter_mut().enumerate() {
            plan::try_again(plans, &self.audit, index);
        }
        self.report_again();
    }

    /// Puts the plans of chosen parents in the place of those that were there; the other plans stay as they are.
    pub fn pin(&mut self, pinned: Vec<Pinned>) {
        self.audit.options.pinned = pinned;
        for plans in &mut self.plans {
            plans.retain(|plan| plan.kind != PlanKind::ByHand);
        }
        let files = PythonFiles::of(&self.tree);
        let again = |patched: &SourceTree, changed: &[TreePath]| {
            read_again(&files.patched(patched, changed), &self.audit, changed)
        };
        self.by_hand = choose(&self.tree, &self.audit, &mut self.plans, &again);
        self.report_again();
    }

    /// The repairs that leave the chain alone.
    pub fn beside(&self) -> Vec<Beside> {
        plan::beside(&self.audit, &self.env_repairs, &self.removals)
    }

    fn report_again(&mut self) {
        let beside = self.beside();
        self.report = report::build(
            &self.tree,
            &self.audit,
            &self.plans,
            &self.by_hand,
            &beside,
            &self.kept,
            &self.skipped,
        );
    }
}

/// Makes the plans of the parents that were chosen, each after those of its environment that were found.
fn choose(tree: &SourceTree, audit: &Audit, plans: &mut [Vec<Plan>], again: Again<'_>) -> Vec<ByHand> {
    let each = plans.iter_mut().enumerate().map(|(index, plans)| {
        let (by_hand, plan) = plan::by_hand(tree, audit, again, index).unwrap_or_default();
        plans.extend(plan);
        by_hand
    });
    each.collect()
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
    read_and_judge(files, &mut audit, &Known::default(), progress);
    audit
}

fn read_again(files: &PythonFiles<'_>, before: &Audit, changed: &[TreePath]) -> Audit {
    let known = Known::of(before, changed);
    let (models, options) = (before.models.clone(), before.options.clone());
    let mut audit = Audit { environments: Vec::new(), models, findings: Vec::new(), options };
    read_and_judge(files, &mut audit, &known, &mut |_, _| {});
    audit
}

/// What an audit of nearly the same tree has found out.
#[derive(Default)]
struct Known<'a> {
    /// The migrations that have not changed.
    scripts: BTreeMap<&'a TreePath, &'a Script>,
    /// The environments by their folders.
    environments: BTreeMap<&'a str, Vec<&'a Audited>>,
    changed: &'a [TreePath],
}

impl<'a> Known<'a> {
    fn of(before: &'a Audit, changed: &'a [TreePath]) -> Self {
        let scripts = before.environments.iter().flat_map(|audited| &audited.scripts);
        let gone: BTreeSet<&TreePath> = changed.iter().collect();
        let stays = |script: &&Script| !gone.contains(&script.path);
        let scripts = scripts.filter(stays).map(|script| (&script.path, script)).collect();
        let mut environments: BTreeMap<&str, Vec<&Audited>> = BTreeMap::new();
        for audited in &before.environments {
            environments.entry(&audited.environment.script_location).or_default().push(audited);
        }
        Self { scripts, environments, changed }
    }

    /// An environment, where nothing but migrations of others has changed.
    fn environment(&self, environment: &Environment, migrations: &BTreeSet<TreePath>) -> Option<&'a Audited> {
        let beside = self.environments.get(&*environment.script_location)?;
        let same = beside.iter().find(|audited| audited.environment == *environment)?;
        if !self.changed.iter().all(|path| migrations.contains(path)) {
            return None;
        }
        let changed: BTreeSet<&TreePath> = self.changed.iter().collect();
        (!environment.scripts.iter().any(|path| changed.contains(path))).then_some(same)
    }
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
    known: &Known<'_>,
    progress: &mut dyn FnMut(usize, usize),
) {
    let environments = find_environments(files);
    let total = environments.iter().map(|environment| environment.scripts.len()).sum();
    let mut done = 0;
    let all = environments.clone();
    let migrations = all.iter().flat_map(|environment| &environment.scripts).cloned().collect();
    let follower = Follower::of(files, &audit.models, &audit.options);
    for environment in environments {
        if let Some(same) = known.environment(&environment, &migrations) {
            audit.environments.push(same.clone());
            continue;
        }
        let loaded = read::load(files, environment, &known.scripts, &mut || {
            done += 1;
            progress(done, total);
        });
        audit.environments.push(follower.follow(loaded, &all));
    }
    audit.findings = rules::judge(files.tree(), &audit.environments, &audit.models);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixture::tree;

    #[test]
    fn what_is_audited_again_is_as_if_it_had_never_been_audited() {
        let project = |folder: &str| {
            let table = "from alembic import op\nimport sqlalchemy as sa\n";
            let migration = |id: &str, parent: &str| {
                format!(
                    "{table}revision = '{id}'\ndown_revision = {parent}\ndef upgrade():\n    \
                     op.create_table('{id}', sa.Column('n', sa.Integer()))\ndef downgrade():\n    pass\n"
                )
            };
            [
                ("alembic.ini", "[alembic]\nscript_location = migrations\n".to_owned()),
                ("migrations/env.py", "from alembic import context\ntarget_metadata = None\n".to_owned()),
                ("migrations/versions/a.py", migration("a", "None")),
                ("migrations/versions/b.py", migration("b", "None")),
            ]
            .map(|(path, text)| (format!("{folder}/{path}"), text))
        };
        let files = [project("one"), project("two")].concat();
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let given = tree(&files);
        let before = audit(&given, AuditOptions::default(), &mut |_, _| {});
        assert_eq!(before.environments.len(), 2);
        for (path, text) in [
            (
                "one/migrations/versions/b.py",
                "revision = 'b'\ndown_revision = 'a'\ndef upgrade():\n    pass\n",
            ),
            (
                "two/migrations/versions/c.py",
                "revision = 'c'\ndown_revision = ('a', 'b')\ndef upgrade():\n    pass\n",
            ),
            (
                "two/migrations/env.py",
                "from alembic import context\nfrom shop import db\ntarget_metadata = db.metadata\n",
            ),
            ("one/alembic.ini", "[alembic]\nscript_location = migrations\nsqlalchemy.url = sqlite:///d\n"),
            ("shop.py", "db = 1\n"),
        ] {
            let mut changed = given.clone();
            let path = TreePath::parse(path).expect("relative");
            changed.insert(path.clone(), text.as_bytes().to_vec());
            let again = audit_again(&changed, &before, std::slice::from_ref(&path));
            let anew = audit(&changed, AuditOptions::default(), &mut |_, _| {});
            assert_eq!(format!("{again:#?}"), format!("{anew:#?}"), "{path}");
        }
    }
}
