//! From an audit and its plans to the report.

use std::collections::BTreeMap;

use super::checklist::checklist;
use super::replay::{fates, replays};
use super::sketch::sketch;
use super::words;
use super::{
    AlembicError, ChangeReport, CommandOutcome, CommandReport, EnvironmentReport, EvidenceReport,
    FindingReport, FixReport, PlanReport, Report, RevisionReport, SCHEMA_VERSION, SkippedKind, SkippedReport,
    Tool, UnknownReport,
};
use crate::alembic::{Command, Database, Foreseen};
use crate::audited::{Audit, Audited, Shape};
use crate::finding::{Finding, Place, Rule};
use crate::ingest::{SkipReason, Skipped, SourceTree, TreePath};
use crate::patch::{self, FilePatch};
use crate::plan::{self, Plan};
use crate::source::{Flavour, Value};
use crate::text::{LineIndex, redact};

/// Writes the one model of everything that was found out.
pub fn build(
    tree: &SourceTree,
    audit: &Audit,
    plans: &[Vec<Plan>],
    env_repairs: &[FilePatch],
    skipped: &[Skipped],
) -> Report {
    let mut lines = Lines::new(tree);
    let first_live = audit.environments.iter().position(|audited| audited.environment.live);
    let environments: Vec<_> = plans
        .iter()
        .enumerate()
        .map(|(index, plans)| environment_report(tree, audit, index, plans, env_repairs))
        .collect();
    Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "rechain".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        verdict: audit.grade().verdict(),
        grade: audit.grade(),
        headline: words::headline_of_all(audit),
        summary: words::summary_of_all(audit),
        checklist: checklist(first_live.map(|index| &audit.environments[index])),
        actions: first_live
            .map(|index| words::actions(audit, index, &plans[index], None, env_repairs))
            .unwrap_or_default(),
        findings: audit.findings.iter().map(|finding| finding_report(finding, &mut lines)).collect(),
        environments,
        skipped: skipped.iter().map(skipped_report).collect(),
    }
}

fn skipped_report(skipped: &Skipped) -> SkippedReport {
    let kind = match skipped.reason {
        SkipReason::IgnoredFolder(_) => SkippedKind::IgnoredFolder,
        _ => SkippedKind::Path,
    };
    SkippedReport { path: skipped.path.clone(), reason: skipped.reason.to_string(), kind }
}

fn environment_report(
    tree: &SourceTree,
    audit: &Audit,
    index: usize,
    plans: &[Plan],
    env_repairs: &[FilePatch],
) -> EnvironmentReport {
    let audited = &audit.environments[index];
    let environment = &audited.environment;
    let shape = audited.shape();
    let owned = |ids: Vec<&str>| ids.into_iter().map(ToOwned::to_owned).collect();
    let reports: Vec<_> = plans
        .iter()
        .map(|plan| PlanReport {
            actions: words::actions(audit, index, plans, Some(plan), env_repairs),
            ..plan_report(tree, audited, plan)
        })
        .collect();
    let (replay, replays) = replays(audited, &mut Lines::new(tree));
    EnvironmentReport {
        config: environment.config.as_ref().map(|config| config.path.to_string()),
        section: environment.config.as_ref().map(|config| config.section.clone()),
        script_location: environment.script_location.clone(),
        version_locations: environment.version_locations.clone(),
        env_py: environment.env_py.as_ref().map(|env_py| env_py.path.to_string()),
        live: environment.live,
        flavour: environment.flavour,
        revisions: revisions(audited, &shape),
        bases: shape.bases(),
        heads: shape.heads(),
        branch_points: shape.branch_points(),
        merge_points: shape.merge_points(),
        upgrade_order: audited
            .reading
            .map()
            // Alembic looks for each `upgrade` while it makes its plan.
            .filter(|_| audited.scripts.iter().all(|script| script.has_upgrade))
            .and_then(|map| map.upgrade_order().ok())
            .map(owned),
        alembic_error: audited
            .reading
            .raised()
            .map(|raised| AlembicError { class: raised.class.clone(), message: redact(&raised.message) }),
        alembic_warnings: audited.reading.warnings().iter().map(|warning| redact(warning)).collect(),
        commands: Command::ALL.into_iter().map(|command| command_report(audited, command)).collect(),
        unknown: audited
            .unknown
            .iter()
            .map(|(path, line, what)| UnknownReport {
                path: path.to_string(),
                line: *line,
                what: redact(what),
            })
            .collect(),
        replay,
        replays,
        fates: fates(audited),
        drawing: reports.first().map_or_else(|| sketch(audited, None), |plan| plan.drawing.clone()),
        plans: reports,
        no_plan: plan::why_none(audit, index, plans),
        verdict: audit.grade_of(index).verdict(),
        grade: audit.grade_of(index),
        headline: words::headline_of(audit, index),
        summary: words::summary_of(audited),
        checklist: checklist(Some(audited)),
        actions: words::actions(audit, index, plans, None, env_repairs),
    }
}

/// What a command would do, on an empty database and, where that differs, on one that stands at the heads.
fn command_report(audited: &Audited, command: Command) -> CommandReport {
    let flavour = audited.environment.flavour;
    let empty = outcome(flavour, &audited.foresee(command, Database::Empty));
    let at_head = command
        .looks_at_the_database()
        .then(|| outcome(flavour, &audited.foresee(command, Database::AtHead)))
        .filter(|at_head| *at_head != empty);
    CommandReport {
        command: flavour.command(command.typed(flavour)),
        at_head,
        status: empty.status,
        says: empty.says,
    }
}

/// `flask db` exits with 1 for every error, and words Alembic's own otherwise.
fn outcome(flavour: Flavour, foreseen: &Foreseen) -> CommandOutcome {
    let says = redact(&foreseen.says);
    match flavour {
        Flavour::Alembic => CommandOutcome { status: foreseen.status, says },
        Flavour::FlaskMigrate => CommandOutcome {
            status: foreseen.status.map(|status| status.min(1)),
            says: says.replacen("FAILED: ", "Error: ", 1),
        },
    }
}

fn revisions(audited: &Audited, shape: &Shape<'_>) -> Vec<RevisionReport> {
    let graph = &audited.graph;
    audited
        .scripts
        .iter()
        .enumerate()
        .filter_map(|(at, script)| {
            let id = script.id()?;
            let ix = graph.find(id)?;
            let owned = |values: Vec<&str>| values.into_iter().map(ToOwned::to_owned).collect::<Vec<_>>();
            let down_revision = owned(script.down_revision.values());
            Some(RevisionReport {
                revision: id.to_owned(),
                path: script.path.to_string(),
                depends_on: owned(script.depends_on.values()),
                branch_labels: script.branch_labels.labels().iter().map(Value::shown).collect(),
                message: redact(&script.message()),
                create_date: script.create_date().map(ToOwned::to_owned),
                is_base: shape.is_base(at, ix),
                is_head: shape.is_head(at, ix),
                is_branch_point: shape.is_branch_point(at, ix),
                is_merge_point: down_revision.len() > 1,
                parents_known: script.down_revision.is_text(),
                down_revision,
            })
        })
        .collect()
}

fn plan_report(tree: &SourceTree, audited: &Audited, plan: &Plan) -> PlanReport {
    let (mut rewritten, mut added) = (Vec::new(), Vec::new());
    for file in &plan.patch.files {
        if file.before.is_some() { &mut rewritten } else { &mut added }.push(file.path.to_string());
    }
    let shape = plan.after.shape();
    let names = |rules: &[&Rule]| rules.iter().map(|rule| rule.name.to_owned()).collect::<Vec<_>>();
    PlanReport {
        name: plan.kind,
        title: plan.kind.title().to_owned(),
        proved: true,
        resolves: names(&plan.resolves),
        leaves: names(&plan.leaves),
        bases: shape.bases(),
        heads: shape.heads(),
        order: plan.order.clone(),
        files_rewritten: rewritten,
        files_added: added,
        applicability: plan.applicability,
        replays: {
            let patched = plan.patch.apply(tree);
            replays(&plan.after, &mut Lines::new(&patched)).1
        },
        fates: fates(&plan.after),
        states: (),
        cautions: plan.cautions.clone(),
        changes: plan
            .changes
            .iter()
            .map(|change| ChangeReport {
                path: change.path.to_string(),
                revision: change.revision.clone(),
                added: change.added,
                before: change.before.clone(),
                after: change.after.clone(),
                reason: change.reason.clone(),
                diff: plan
                    .patch
                    .files
                    .iter()
                    .find(|file| file.path == change.path)
                    .map_or_else(String::new, |file| patch::shown(&patch::unified_file(file))),
            })
            .collect(),
        diff: patch::shown(&patch::unified(&plan.patch)),
        checklist: checklist(Some(&plan.after)),
        actions: Vec::new(),
        drawing: sketch(audited, Some(plan)),
    }
}

/// Line indexes, one a file, made when first asked for.
pub(super) struct Lines<'a> {
    tree: &'a SourceTree,
    known: BTreeMap<TreePath, LineIndex<'a>>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(tree: &'a SourceTree) -> Self {
        Self { tree, known: BTreeMap::new() }
    }

    pub(super) fn of(&mut self, path: &TreePath) -> &LineIndex<'a> {
        let tree = self.tree;
        self.known.entry(path.clone()).or_insert_with(|| LineIndex::new(tree.get(path).unwrap_or_default()))
    }
}

fn finding_report(finding: &Finding, lines: &mut Lines<'_>) -> FindingReport {
    let span = finding.place.as_ref().map(|place| {
        let index = lines.of(&place.path);
        (index.line_column(place.range.start()), index.line_column(place.range.end()))
    });
    let mut evidence: Vec<_> = finding.evidence.iter().map(|place| evidence_report(place, lines)).collect();
    evidence.dedup();
    FindingReport {
        rule: finding.rule.name.to_owned(),
        severity: finding.severity,
        confidence: finding.confidence,
        message: redact(&finding.message),
        consequence: redact(&finding.consequence),
        advice: redact(&finding.advice),
        environment: finding.environment,
        path: finding.path_text(),
        line: span.map(|(start, _)| start.line),
        column: span.map(|(start, _)| start.column),
        end_line: span.map(|(_, end)| end.line),
        end_column: span.map(|(_, end)| end.column),
        revisions: finding.revisions.clone(),
        candidates: finding.candidates.clone(),
        evidence,
        fix: finding
            .fix
            .as_ref()
            .map(|fix| FixReport { title: fix.title.clone(), applicability: fix.applicability }),
    }
}

fn evidence_report(place: &Place, lines: &mut Lines<'_>) -> EvidenceReport {
    let index = lines.of(&place.path);
    let line = index.line_column(place.range.start()).line;
    EvidenceReport { path: place.path.to_string(), line, text: redact(&index.line_text(line)) }
}
