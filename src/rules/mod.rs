//! The rules: one file each, with its words beside it in Markdown.

mod alembic_stops;
mod content;
mod context;
mod of_a_line;

mod missing_parent;
mod missing_parent_candidates;
mod missing_parent_index;

mod duplicate_files;
mod duplicate_revision;
mod multiple_heads;
mod multiple_roots;
mod revision_cycle;
mod self_parent;

mod dependency_cycle;
mod duplicate_branch_label;
mod illegal_revision_id;
mod missing_dependency;

mod dynamic_revision;
mod identifier_type;
mod no_down_revision;
mod no_upgrade;
mod not_a_migration;
mod raises_on_load;
mod revises_mismatch;
mod revision_id_mismatch;
mod syntax_error;

mod duplicate_environments;
mod ignored;
mod missing_env_py;
mod missing_version_location;
mod models_not_imported;
mod orphan_environment;
mod target_metadata_none;
mod unread_migration;
mod unreadable_configuration;

#[cfg(test)]
pub(crate) mod fixture;

pub(crate) use alembic_stops::RULE as ALEMBIC_STOPS;
pub(crate) use content::{REVISION_TOO_LONG, UNDEFINED_NAME};
pub use context::{Context, EnvironmentContext};
pub(crate) use duplicate_environments::RULE as DUPLICATE_ENVIRONMENTS;
pub(crate) use duplicate_revision::RULE as DUPLICATE_REVISION;
pub(crate) use illegal_revision_id::{ILLEGAL as ILLEGAL_CHARACTERS, RULE as ILLEGAL_REVISION_ID};
pub(crate) use missing_dependency::RULE as MISSING_DEPENDENCY;
pub(crate) use missing_parent::RULE as MISSING_PARENT;
pub(crate) use models_not_imported::RULE as MODELS_NOT_IMPORTED;
pub(crate) use multiple_heads::RULE as MULTIPLE_HEADS;
pub(crate) use orphan_environment::RULE as ORPHAN_ENVIRONMENT;
pub(crate) use revises_mismatch::RULE as REVISES_MISMATCH;
pub(crate) use revision_cycle::RULE as REVISION_CYCLE;
pub(crate) use syntax_error::RULE as SYNTAX_ERROR;
pub(crate) use target_metadata_none::RULE as TARGET_METADATA_NONE;

pub use duplicate_files::{Ages, Deeds, does_the_same, other_id, runs_nothing, undoes_the_same};
pub use missing_parent_candidates::{
    Candidate, Ids, Trust, candidates, certain_candidate, likely_candidate, parent_candidates,
};

use crate::audited::Audited;
use crate::finding::{Finding, Rule};
use crate::ingest::SourceTree;
use crate::source::ModelBase;

/// How a rule looks for its fault.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// Once for each environment, with what was found in it so far.
    Environment(fn(&EnvironmentContext<'_>, &mut Vec<Finding>)),
    /// Once for everything that was dropped.
    Tree(fn(&Context<'_>, &mut Vec<Finding>)),
}

/// Every rule and its check, in the order in which people should read about them.
pub static RULES: &[(&Rule, Check)] = &[
    // What keeps Alembic from loading anything comes first: the rest shows only once that is mended.
    (&unreadable_configuration::RULE, Check::Environment(unreadable_configuration::check)),
    (&unread_migration::RULE, Check::Environment(unread_migration::check)),
    (&syntax_error::RULE, Check::Environment(syntax_error::check)),
    (&raises_on_load::RULE, Check::Environment(raises_on_load::check)),
    (&not_a_migration::RULE, Check::Environment(not_a_migration::check)),
    (&no_down_revision::RULE, Check::Environment(no_down_revision::check)),
    (&no_upgrade::RULE, Check::Environment(no_upgrade::check)),
    (&identifier_type::RULE, Check::Environment(identifier_type::check)),
    // An id that two files have may lose parents and close loops.
    (&duplicate_revision::RULE, Check::Environment(duplicate_revision::check)),
    (&missing_parent::RULE, Check::Environment(missing_parent::check)),
    (&missing_dependency::RULE, Check::Environment(missing_dependency::check)),
    (&revision_cycle::RULE, Check::Environment(revision_cycle::check)),
    (&self_parent::RULE, Check::Environment(self_parent::check)),
    (&dependency_cycle::RULE, Check::Environment(dependency_cycle::check)),
    (&duplicate_branch_label::RULE, Check::Environment(duplicate_branch_label::check)),
    (&illegal_revision_id::RULE, Check::Environment(illegal_revision_id::check)),
    (&multiple_roots::RULE, Check::Environment(multiple_roots::check)),
    (&multiple_heads::RULE, Check::Environment(multiple_heads::check)),
    (&dynamic_revision::RULE, Check::Environment(dynamic_revision::check)),
    (&revises_mismatch::RULE, Check::Environment(revises_mismatch::check)),
    (&revision_id_mismatch::RULE, Check::Environment(revision_id_mismatch::check)),
    (&duplicate_environments::RULE, Check::Tree(duplicate_environments::check)),
    (&missing_env_py::RULE, Check::Environment(missing_env_py::check)),
    (&missing_version_location::RULE, Check::Environment(missing_version_location::check)),
    (&ignored::SUBFOLDER, Check::Environment(ignored::check_subfolders)),
    (&ignored::OUTSIDE, Check::Environment(ignored::check_outside)),
    (&orphan_environment::RULE, Check::Tree(orphan_environment::check)),
    (&target_metadata_none::RULE, Check::Tree(target_metadata_none::check)),
    (&models_not_imported::RULE, Check::Environment(models_not_imported::check)),
    (&content::revision_too_long::RULE, Check::Environment(content::revision_too_long::check)),
    (&content::undefined_name::RULE, Check::Environment(content::undefined_name::check)),
    (&content::object_added_twice::RULE, Check::Environment(content::object_added_twice::check)),
    (&content::used_before_created::RULE, Check::Environment(content::used_before_created::check)),
    (&content::failing_operation::RULE, Check::Environment(content::failing_operation::check)),
    (&content::dialect_dependent::RULE, Check::Environment(content::dialect_dependent::check)),
    (&content::tables_made_elsewhere::RULE, Check::Environment(content::tables_made_elsewhere::check)),
    (&content::not_null_without_default::RULE, Check::Environment(content::not_null_without_default::check)),
    (&content::asymmetric_downgrade::RULE, Check::Environment(content::asymmetric_downgrade::check)),
    (&content::unnamed_constraint::RULE, Check::Environment(content::unnamed_constraint::check)),
    (&content::irreversible_downgrade::RULE, Check::Environment(content::irreversible_downgrade::check)),
    // Sees what all others found.
    (&alembic_stops::RULE, Check::Environment(alembic_stops::check)),
];

/// Whether every migration was read, by what was found.
pub fn all_were_read(findings: &[Finding]) -> bool {
    !findings.iter().any(|finding| *finding.rule == unread_migration::RULE)
}

/// Runs every rule. Many faults of one line are one finding. The findings are in the order in which people should read
/// them: worst first, then by environment, in the order of [`RULES`], of paths and of places.
pub fn judge(tree: &SourceTree, environments: &[Audited], models: &[ModelBase]) -> Vec<Finding> {
    // Those of each environment, and at the end those of none.
    let mut found = vec![Vec::new(); environments.len() + 1];
    let all = Context { tree, environments, models };
    for (_, check) in RULES {
        match check {
            Check::Tree(check) => {
                let mut own = Vec::new();
                check(&all, &mut own);
                own.into_iter().for_each(|finding: Finding| {
                    let at = finding.environment.unwrap_or(environments.len());
                    found[at].push(finding);
                });
            }
            Check::Environment(check) => {
                for (index, audited) in environments.iter().enumerate() {
                    let from = found[index].len();
                    check(&EnvironmentContext { all, index, audited }, &mut found[index]);
                    found[index][from..].iter_mut().for_each(|finding| finding.environment = Some(index));
                }
            }
        }
    }
    let mut findings = found.concat();
    let place_of = |rule: &Rule| RULES.iter().position(|(own, _)| *own == rule);
    findings.sort_by_cached_key(|finding| {
        (
            std::cmp::Reverse(finding.severity),
            finding.environment,
            place_of(finding.rule),
            finding.path_text(),
            finding.place.clone(),
        )
    });
    of_a_line::gathered(tree, findings)
}

/// The rule of a name.
pub fn find_rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().map(|(rule, _)| *rule).find(|rule| rule.name == name)
}

#[cfg(test)]
mod tests {
    use super::RULES;

    #[test]
    fn names_are_kebab_case_and_used_once() {
        let mut names: Vec<_> = RULES.iter().map(|(rule, _)| rule.name).collect();
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }
}
