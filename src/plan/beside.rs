//! Repairs that leave the chain alone, in one form: each repaired `env.py`, and each folder that goes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Removal;
use crate::audited::Audit;
use crate::finding::{Applicability, Rule};
use crate::patch::{FilePatch, PatchSet};
use crate::rules::{MODELS_NOT_IMPORTED, TARGET_METADATA_NONE};

/// Which repair beside the chain it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BesideKind {
    /// An `env.py` with the models imported.
    Env,
    /// The folder of a stale environment goes.
    RemoveEnvironment,
}

impl BesideKind {
    /// Every one of them.
    pub const ALL: [Self; 2] = [Self::Env, Self::RemoveEnvironment];

    /// Its name on the command line and in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::RemoveEnvironment => "remove-environment",
        }
    }

    /// The repair of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A proved repair beside the chain.
#[derive(Debug, Clone)]
pub struct Beside {
    /// Which it is.
    pub kind: BesideKind,
    /// What it does, in the imperative.
    pub title: String,
    /// The files.
    pub patch: PatchSet,
    /// Unsafe where something is lost or has to be looked at before; no database notices either.
    pub applicability: Applicability,
    /// What that is.
    pub cautions: Vec<String>,
    /// The findings that it resolves, by their places among those of the audit.
    pub mends: BTreeSet<usize>,
}

impl Beside {
    /// The rules whose findings it resolves, by name.
    pub fn resolves(&self, audit: &Audit) -> Vec<&'static Rule> {
        let mut rules: Vec<&'static Rule> = self.mends.iter().map(|&at| audit.findings[at].rule).collect();
        rules.sort_by_key(|rule| rule.name);
        rules.dedup();
        rules
    }
}

const IMPORTS: &str = "It imports modules of the project, which runs them, and nothing was run here: an import may need a setting or a \
                       package. Try `alembic check` before you commit it.";

/// All of them, those of an `env.py` first.
pub fn beside(audit: &Audit, env_repairs: &[FilePatch], removals: &[Removal]) -> Vec<Beside> {
    let env = env_repairs.iter().map(|repair| {
        let is_its = |index: usize| {
            let env_py = audit.environments[index].environment.env_py.as_ref();
            env_py.is_some_and(|env_py| env_py.path == repair.path)
        };
        let told = audit.findings.iter().enumerate().filter(|(_, finding)| {
            (finding.rule == &TARGET_METADATA_NONE || finding.rule == &MODELS_NOT_IMPORTED)
                && finding.environment.is_some_and(is_its)
        });
        Beside {
            kind: BesideKind::Env,
            title: format!("Give {} its models", repair.path),
            patch: PatchSet::new(vec![repair.clone()]),
            // Importing a module runs it.
            applicability: Applicability::Unsafe,
            cautions: vec![IMPORTS.to_owned()],
            mends: told.map(|(at, _)| at).collect(),
        }
    });
    let removals = removals.iter().map(|removal| Beside {
        kind: BesideKind::RemoveEnvironment,
        title: format!("Remove {}/", removal.folder),
        patch: removal.patch.clone(),
        applicability: removal.applicability,
        cautions: removal.cautions.clone(),
        mends: removal.mends.clone(),
    });
    env.chain(removals).collect()
}
