//! `recover`: what brings one database to the heads that a repair does not serve.

use std::process::ExitCode;

use super::args::{Dialect, RecoverArgs, RecoverBy};
use super::load::load;
use super::output::{CliError, emit_to, tell};
use super::run::{databases, nothing_on_offer};
use super::undo::warn_of_repair;
use crate::audit::{Outcome, examine_with};
use crate::audited::AuditOptions;
use crate::ingest::TreePath;
use crate::plan::{self, Plan, Stamped};
use crate::report::present::environment_name;
use crate::report::{RecoveryForm, recovery_script};
use crate::text::listed;

/// One database with one repair.
struct Case<'o> {
    index: usize,
    plan: Option<&'o Plan>,
    of: Stamped,
}

/// Prints the script. Exits with 0 where there is one or none is needed, with 1 where nobody can tell it.
pub(super) fn recover(arguments: &RecoverArgs) -> Result<ExitCode, CliError> {
    let options = AuditOptions {
        dialect: arguments.dialect.map(Dialect::dialect),
        stamped: databases(std::slice::from_ref(&arguments.stamped))?,
        ..AuditOptions::default()
    };
    if options.stamped.len() > 1 {
        return Err(CliError::Refused("this is of several databases; name one at a time".to_owned()));
    }
    warn_of_repair(&arguments.path);
    let outcome = examine_with(load(&arguments.path)?.ingested, options, &mut |_| {});
    let cases = cases(&outcome, arguments)?;
    let [Case { index, plan, of }] = cases.as_slice() else {
        let of = |case: &Case<'_>| environment_name(&outcome.report.environments[case.index]).to_owned();
        let names = listed(&cases.iter().map(of).collect::<Vec<_>>());
        return Err(CliError::Refused(format!(
            "this database may be that of several environments, {names}; check one of them alone"
        )));
    };
    let with =
        plan.map_or_else(|| "the files as they are".to_owned(), |plan| plan.kind.title().to_lowercase());
    if !of.taken_for_run.is_empty() {
        let files: Vec<_> = of.taken_for_run.iter().map(TreePath::as_str).collect();
        tell(&format!(
            "rechain: {} shares its id with another file; the version table does not tell which of them has run",
            listed(&files)
        ));
    }
    if of.recovery.is_none() {
        tell(&format!("rechain: nothing is to be recovered: with {with}, an upgrade runs what it lacks"));
        return Ok(ExitCode::SUCCESS);
    }
    let form = arguments.by.map(|by| match by {
        RecoverBy::Sql => RecoveryForm::Sql,
        RecoverBy::Stamp => RecoveryForm::Stamp,
    });
    let script = match recovery_script(&outcome.audit, *index, *plan, of, form) {
        Ok(script) => script,
        Err(why) => {
            tell(&format!("rechain: what brings it to the heads with {with} is not known. {why}"));
            return Ok(ExitCode::from(1));
        }
    };
    if let Some(why) = script.why_no_sql {
        if form == Some(RecoveryForm::Sql) {
            return Err(CliError::Refused(why));
        }
        tell(&format!("rechain: {why}"));
    }
    emit_to(&arguments.to, &arguments.path, script.text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The environments that the database may be of, each with the repair that is asked for.
fn cases<'o>(outcome: &'o Outcome, arguments: &RecoverArgs) -> Result<Vec<Case<'o>>, CliError> {
    let mut cases: Vec<Case<'o>> = Vec::new();
    for (index, plans) in outcome.plans.iter().enumerate() {
        let plan = match arguments.plan {
            _ if arguments.as_is => None,
            Some(kind) => plans.iter().find(|plan| plan.kind == kind),
            None => plan::recommended(plans),
        };
        let now = || plan::stamped_now(&outcome.audit, index).into_iter().next();
        let of = match plan {
            None if arguments.as_is => now(),
            None => None,
            Some(plan) => plan.stamped.first().cloned(),
        };
        cases.extend(of.map(|of| Case { index, plan, of }));
    }
    if cases.len() > 1 {
        let is_live = |case: &Case<'_>| outcome.audit.environments[case.index].environment.live;
        if cases.iter().any(is_live) {
            cases.retain(is_live);
        }
    }
    if cases.is_empty() {
        let why = if arguments.as_is {
            "there is no environment that Alembic reads".to_owned()
        } else {
            nothing_on_offer(outcome, arguments.plan)
        };
        return Err(CliError::Refused(why));
    }
    Ok(cases)
}
