//! From an audit and its plans to the report.

use std::collections::BTreeMap;

use super::checklist::checklist;
use super::present::NOTHING_POINTS;
use super::replay::{fates, replays};
use super::sketch::sketch;
use super::states::{matrix, stamped, states};
use super::{
    AlembicError, BesideReport, ByHandReport, ChangeReport, CommandOutcome, CommandReport, DatabaseEvidence,
    DatabaseReport, EnvironmentReport, EvidenceReport, FindingReport, FixReport, MarkReport, Mended,
    PinnedReport, PlanReport, QuestionReport, Report, RevisionReport, SCHEMA_VERSION, SkippedKind,
    SkippedReport, Tool, UnknownReport,
};
use super::{steps, words};
use crate::alembic::{self, Command, Foreseen};
use crate::audited::{Audit, Audited, Pinned, Shape};
use crate::finding::{Place, Rule, Severity};
use crate::graph::RevisionIx;
use crate::ingest::{SkipReason, Skipped, SourceTree, TreePath};
use crate::patch::{self, FileChange, PatchSet};
use crate::plan::{self, Beside, ByHand, Kept, Plan};
use crate::source::{Database, Evidence, Flavour, Overruled, Value};
use crate::text::{LineIndex, LinePart, Secrets, Shown, ShownLines, TextRange, shown};

/// Writes the one model of everything that was found out.
pub fn build(
    tree: &SourceTree,
    audit: &Audit,
    plans: &[Vec<Plan>],
    by_hand: &[ByHand],
    beside: &[Beside],
    kept: &[Kept],
    skipped: &[Skipped],
) -> Report {
    let mut lines = Lines::new(tree);
    let deciding = audit.deciding();
    let environments: Vec<_> = plans
        .iter()
        .enumerate()
        .map(|(index, plans)| EnvironmentReport {
            by_hand: by_hand.get(index).and_then(hand_report),
            ..environment_report(tree, audit, index, plans, (beside, kept))
        })
        .collect();
    Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "rechain".into(), version: env!("CARGO_PKG_VERSION").into() },
        verdict: audit.grade().verdict(),
        grade: audit.grade(),
        headline: words::headline_of_all(audit).into(),
        summary: words::summary_of_all(tree, audit).into(),
        checklist: checklist(deciding.map(|index| &audit.environments[index]), &audit.findings),
        actions: deciding
            .map(|index| steps::actions(kept, audit, index, &plans[index], None, beside))
            .unwrap_or_default(),
        findings: (0..audit.findings.len())
            .map(|at| finding_report(audit, at, plans, beside, &mut lines))
            .collect(),
        environments,
        other_repairs: beside.iter().map(|repair| beside_report(audit, repair)).collect(),
        skipped: skipped.iter().map(skipped_report).collect(),
    }
}

fn skipped_report(skipped: &Skipped) -> SkippedReport {
    let kind = match skipped.reason {
        SkipReason::IgnoredFolder(_) => SkippedKind::IgnoredFolder,
        _ => SkippedKind::Path,
    };
    SkippedReport { path: skipped.path.as_str().into(), reason: skipped.reason.to_string().into(), kind }
}

fn environment_report(
    tree: &SourceTree,
    audit: &Audit,
    index: usize,
    plans: &[Plan],
    (beside, kept): (&[Beside], &[Kept]),
) -> EnvironmentReport {
    let audited = &audit.environments[index];
    let environment = &audited.environment;
    let shape = audited.shape();
    let order = plan::row_order(audited);
    let reports: Vec<_> = plans
        .iter()
        .map(|plan| PlanReport {
            actions: steps::actions(kept, audit, index, plans, Some(plan), beside),
            ..plan_report(tree, audit, index, plan, &order)
        })
        .collect();
    let (replay, replays) = replays(audited, &mut Lines::new(tree));
    EnvironmentReport {
        config: environment.config.as_ref().map(|config| config.path.as_str().into()),
        section: environment.config.as_ref().map(|config| config.section.as_str().into()),
        script_location: environment.script_location.as_str().into(),
        version_locations: shown(&environment.version_locations),
        env_py: environment.env_py.as_ref().map(|env_py| env_py.path.as_str().into()),
        live: environment.live,
        not_in_use: (!environment.live).then(|| match &environment.overruled {
            Some(Overruled { by, path, .. }) => format!("{by} wins over {path}").into(),
            None => NOTHING_POINTS.into(),
        }),
        flavour: environment.flavour,
        revisions: revisions(audited, &shape),
        bases: shown(shape.bases()),
        heads: shown(shape.heads()),
        branch_points: shown(shape.branch_points()),
        merge_points: shown(shape.merge_points()),
        upgrade_order: audited
            .reading
            .map()
            // Alembic looks for each `upgrade` while it makes its plan.
            .filter(|_| audited.scripts.iter().all(|script| script.has_upgrade))
            .and_then(|map| map.upgrade_order().ok())
            .map(shown),
        alembic_error: audited.reading.raised().map(|raised| AlembicError {
            class: raised.class.as_str().into(),
            message: raised.message.as_str().into(),
        }),
        alembic_warnings: audited.reading.warnings().iter().map(|warning| warning.as_str().into()).collect(),
        commands: Command::ALL.into_iter().map(|command| command_report(audited, command)).collect(),
        unknown: audited
            .unknown
            .iter()
            .map(|(path, line, what)| UnknownReport {
                path: path.as_str().into(),
                line: *line,
                what: what.as_str().into(),
            })
            .collect(),
        database: database_report(&audited.database),
        replay,
        replays,
        fates: fates(audited),
        recommended: plan::recommended(plans).map(|plan| plan.kind),
        equals: plan::equals(plans).map(|plan| plan.kind).collect(),
        question: plan::question(audited, plans)
            .map(|question| QuestionReport { sides: shown(&question.sides) }),
        by_hand: None,
        matrix: matrix(audited, plans),
        takes: plans
            .iter()
            .find_map(|plan| plan.past.as_deref())
            .map(|past| shown(&past.takes))
            .unwrap_or_default(),
        stamped: plan::stamped_now(audit, index).iter().map(|of| stamped(of, environment.flavour)).collect(),
        drawing: reports.first().map_or_else(|| sketch(audited, None, &order), |plan| plan.drawing.clone()),
        plans: reports,
        no_plan: plan::why_none(audit, index, plans).map(Shown::from),
        verdict: audit.grade_of(index).verdict(),
        grade: audit.grade_of(index),
        headline: words::headline_of(audit, index).into(),
        summary: words::summary_of(tree, audited).into(),
        checklist: checklist(Some(audited), &audit.findings),
        actions: steps::actions(kept, audit, index, plans, None, beside),
    }
}

fn hand_report(by_hand: &ByHand) -> Option<ByHandReport> {
    let pinned = |pinned: &Pinned| PinnedReport {
        revision: pinned.revision.as_str().into(),
        parents: shown(&pinned.parents),
    };
    (!by_hand.pinned.is_empty()).then(|| ByHandReport {
        pinned: by_hand.pinned.iter().map(pinned).collect(),
        refused: by_hand.refused.as_deref().map(Shown::from),
    })
}

fn database_report(database: &Database) -> DatabaseReport {
    let told = |evidence: &Evidence| DatabaseEvidence {
        name: evidence.name.into(),
        rank: evidence.rank,
        path: evidence.path.as_str().into(),
        line: evidence.line,
        what: evidence.what.as_str().into(),
    };
    DatabaseReport {
        name: database.name.map(Shown::from),
        evidence: database.evidence.iter().map(told).collect(),
    }
}

/// What a command would do, on an empty database and, where that differs, on one that stands at the heads.
fn command_report(audited: &Audited, command: Command) -> CommandReport {
    let flavour = audited.environment.flavour;
    let empty = outcome(flavour, &audited.foresee(command, alembic::Database::Empty));
    let at_head = command
        .looks_at_the_database()
        .then(|| outcome(flavour, &audited.foresee(command, alembic::Database::AtHead)))
        .filter(|at_head| *at_head != empty);
    CommandReport {
        command: flavour.command(command.typed(flavour)).into(),
        at_head,
        status: empty.status,
        says: empty.says,
    }
}

/// `flask db` exits with 1 for every error, and words Alembic's own otherwise.
fn outcome(flavour: Flavour, foreseen: &Foreseen) -> CommandOutcome {
    let says = foreseen.says.as_str();
    match flavour {
        Flavour::Alembic => CommandOutcome { status: foreseen.status, says: says.into() },
        Flavour::FlaskMigrate => CommandOutcome {
            status: foreseen.status.map(|status| status.min(1)),
            says: says.replacen("FAILED: ", "Error: ", 1).into(),
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
            Some(RevisionReport {
                revision: id.into(),
                path: script.path.as_str().into(),
                depends_on: shown(script.depends_on.values()),
                branch_labels: shown(script.branch_labels.labels().iter().map(Value::shown)),
                message: script.message().into(),
                create_date: script.create_date().map(Shown::from),
                is_base: shape.is_base(at, ix),
                is_head: shape.is_head(at, ix),
                is_branch_point: shape.is_branch_point(at, ix),
                is_merge_point: shape.is_merge_point(at, ix),
                parents_known: script.down_revision.is_text(),
                down_revision: shown(script.down_revision.values()),
            })
        })
        .collect()
}

/// The errors of an environment, by their places among the findings.
fn errors(audit: &Audit, index: usize) -> impl Iterator<Item = usize> {
    let own =
        audit.findings.iter().enumerate().filter(move |(_, finding)| finding.environment == Some(index));
    own.filter(|(_, finding)| finding.severity == Severity::Error).map(|(at, _)| at)
}

/// The files that a patch changes in one way.
fn changed(patch: &PatchSet, change: FileChange) -> Vec<Shown> {
    let files = patch.files.iter().filter(|file| file.change() == change);
    shown(files.map(|file| file.path.as_str()))
}

fn plan_report(
    tree: &SourceTree,
    audit: &Audit,
    index: usize,
    plan: &Plan,
    order: &[RevisionIx],
) -> PlanReport {
    let audited = &audit.environments[index];
    let changed = |change| changed(&plan.patch, change);
    let diffs: Vec<ShownLines> = plan.patch.files.iter().map(patch::shown_file).collect();
    let diff_of: BTreeMap<_, _> = plan.patch.files.iter().map(|file| &file.path).zip(&diffs).collect();
    let shape = plan.after.shape();
    let names = |rules: &[&Rule]| shown(rules.iter().map(|rule| rule.name));
    PlanReport {
        name: plan.kind,
        title: plan.kind.title().into(),
        proved: true,
        mends: Mended {
            errors: errors(audit, index).filter(|at| plan.mends.contains(at)).count(),
            of: errors(audit, index).count(),
        },
        resolves: names(&plan.resolves),
        leaves: names(&plan.leaves),
        bases: shown(shape.bases()),
        heads: shown(shape.heads()),
        order: shown(&plan.order),
        files_rewritten: changed(FileChange::Rewritten),
        files_added: changed(FileChange::Added),
        files_removed: changed(FileChange::Removed),
        applicability: plan.applicability,
        replays: {
            let patched = plan.patch.apply(tree);
            replays(&plan.after, &mut Lines::new(&patched)).1
        },
        fates: fates(&plan.after),
        states: states(plan, audited.environment.flavour),
        stamped: plan.stamped.iter().map(|of| stamped(of, audited.environment.flavour)).collect(),
        cautions: shown(&plan.cautions),
        changes: plan
            .changes
            .iter()
            .map(|change| ChangeReport {
                path: change.path.as_str().into(),
                revision: change.revision.as_str().into(),
                added: change.added,
                removed: change.removed,
                old_revision: change.old_revision.as_deref().map(Shown::from),
                before: shown(&change.before),
                after: shown(&change.after),
                reason: change.reason.as_str().into(),
                diff: diff_of.get(&change.path).map(|&diff| diff.clone()).unwrap_or_default(),
            })
            .collect(),
        diff: ShownLines::lines(&diffs.iter().map(|diff| &**diff).collect::<String>()),
        checklist: checklist(Some(&plan.after), &audit.findings),
        actions: Vec::new(),
        drawing: sketch(audited, Some(plan), order),
    }
}

/// The lines of files and what is secret in them, made when first asked for.
pub(super) struct Lines<'a> {
    tree: &'a SourceTree,
    known: BTreeMap<TreePath, LineIndex<'a>>,
    secrets: BTreeMap<TreePath, Secrets>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(tree: &'a SourceTree) -> Self {
        Self { tree, known: BTreeMap::new(), secrets: BTreeMap::new() }
    }

    pub(super) fn of(&mut self, path: &TreePath) -> &LineIndex<'a> {
        let tree = self.tree;
        self.known.entry(path.clone()).or_insert_with(|| LineIndex::new(tree.get(path).unwrap_or_default()))
    }

    /// The lines of a file with what is secret in all of it: a line alone does not tell.
    fn with_secrets(&mut self, path: &TreePath) -> (&LineIndex<'a>, &Secrets) {
        let source = self.tree.get(path).unwrap_or_default();
        let secrets = self.secrets.entry(path.clone()).or_insert_with(|| Secrets::of(source));
        (self.known.entry(path.clone()).or_insert_with(|| LineIndex::new(source)), secrets)
    }

    /// What stands in a range, in one line and without secrets.
    pub(super) fn text(&mut self, path: &TreePath, range: TextRange) -> String {
        let (index, secrets) = self.with_secrets(path);
        index.text(range, secrets).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// What is told of some lines, as it may be shown: what is secret in them is so there.
    pub(super) fn told(&mut self, path: &TreePath, range: TextRange, text: &str) -> Shown {
        Shown::line_without(text, self.secret_words(path, range).as_deref())
    }

    /// By what the secrets of some lines are known; nothing where they are too many.
    fn secret_words(&mut self, path: &TreePath, range: TextRange) -> Option<Vec<&'a str>> {
        let source = self.tree.get(path).unwrap_or_default();
        let (index, secrets) = self.with_secrets(path);
        secrets.words(source, index.whole_lines(range))
    }
}

fn finding_report(
    audit: &Audit,
    at: usize,
    plans: &[Vec<Plan>],
    beside: &[Beside],
    lines: &mut Lines<'_>,
) -> FindingReport {
    let finding = &audit.findings[at];
    let plans = finding.environment.map_or(&[][..], |index| &plans[index]);
    let span = finding.place.as_ref().map(|place| {
        let index = lines.of(&place.path);
        (index.line_column(place.range.start()), index.line_column(place.range.end()))
    });
    let about = finding.place.as_ref();
    let mut evidence: Vec<_> =
        finding.evidence.iter().map(|place| evidence_report(place, about, lines)).collect();
    evidence.dedup();
    let places = finding.evidence.iter().chain(about);
    let words: Option<Vec<_>> = places.map(|place| lines.secret_words(&place.path, place.range)).collect();
    let words = words.map(|words| words.concat());
    let told = |text: &str| Shown::line_without(text, words.as_deref());
    FindingReport {
        rule: finding.rule.name.into(),
        severity: finding.severity,
        confidence: finding.confidence,
        message: told(&finding.message),
        consequence: told(&finding.consequence),
        advice: told(&finding.advice),
        environment: finding.environment,
        path: finding.path_text().map(Shown::from),
        line: span.map(|(start, _)| start.line),
        column: span.map(|(start, _)| start.column),
        end_line: span.map(|(_, end)| end.line),
        end_column: span.map(|(_, end)| end.column),
        revisions: finding.revisions.iter().map(|id| told(id)).collect(),
        candidates: finding.candidates.iter().map(|id| told(id)).collect(),
        count: finding.count,
        evidence,
        fix: beside_fix(beside, at).or_else(|| {
            plan::fix_of(&audit.findings, at, plans).map(|fix| FixReport {
                title: fix.title.as_str().into(),
                applicability: fix.applicability,
                plans: fix.plans,
                other: None,
            })
        }),
    }
}

/// The fix of a finding that a repair beside the chain resolves.
fn beside_fix(beside: &[Beside], at: usize) -> Option<FixReport> {
    let repair = beside.iter().find(|repair| repair.mends.contains(&at))?;
    Some(FixReport {
        title: repair.title.as_str().into(),
        applicability: repair.applicability,
        plans: Vec::new(),
        other: Some(repair.kind),
    })
}

fn beside_report(audit: &Audit, repair: &Beside) -> BesideReport {
    let changed = |change| changed(&repair.patch, change);
    BesideReport {
        name: repair.kind,
        title: repair.title.as_str().into(),
        resolves: shown(repair.resolves(audit).iter().map(|rule| rule.name)),
        files_rewritten: changed(FileChange::Rewritten),
        files_removed: changed(FileChange::Removed),
        applicability: repair.applicability,
        cautions: shown(&repair.cautions),
        diff: patch::shown(&repair.patch),
    }
}

/// As many bytes of a line are shown after what a finding is about begins, and half as many before.
const AROUND: usize = 150;

/// The line of a place, with a mark where it is that of what the finding is about.
fn evidence_report(place: &Place, about: Option<&Place>, lines: &mut Lines<'_>) -> EvidenceReport {
    let (index, secrets) = lines.with_secrets(&place.path);
    let line = index.line(place.range.start());
    let about = about.filter(|own| own.path == place.path && index.line(own.range.start()) == line);
    let range = about.unwrap_or(place).range;
    let part = index.line_part(line, range, AROUND, secrets);
    let mark = about.and_then(|_| mark(&part, range, index));
    let before = if part.is_cut_before { "… " } else { "" };
    let after = if part.is_cut_after { " …" } else { "" };
    let moved = |mark: MarkReport| MarkReport { before: mark.before + before.chars().count() as u32, ..mark };
    EvidenceReport {
        path: place.path.as_str().into(),
        line,
        text: [before, &Shown::line(&part.text), after].concat().into(),
        mark: mark.map(moved),
    }
}

/// Where some bytes stand in a part of a line as it is shown: nothing where they go beyond it, or a secret is hidden in it.
fn mark(part: &LinePart, range: TextRange, index: &LineIndex<'_>) -> Option<MarkReport> {
    let [first, start, end] =
        [part.start, range.start(), range.end()].map(|offset| index.line_column(offset));
    if start.line != first.line || end.line != first.line || part.hides {
        return None;
    }
    // What is written out takes more room than the characters it stands for.
    let width = |column: u32| {
        let n = column.checked_sub(first.column)? as usize;
        let before: String = part.text.chars().take(n).collect();
        (before.chars().count() == n).then(|| Shown::line(&before).chars().count() as u32)
    };
    let before = width(start.column)?;
    let length = width(end.column)?.checked_sub(before).filter(|length| *length > 0)?;
    Some(MarkReport { before, length })
}
