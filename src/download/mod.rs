//! Every file that can be taken away: repaired files, diffs, drawings, reports, and what keeps a chain in order.

mod guards;
mod guide;
mod recovery;

use serde::{Deserialize, Serialize};

use crate::audit::Outcome;
use crate::drawing::{Drawing, Side, write_svg};
use crate::patch::{FileChange, FilePatch, PatchSet, bundle, exposes_secret, holds_secret, unified};
use crate::plan::{BesideKind, Plan, PlanKind, Removal};
use crate::report::present::{cost_of, environment_name};
use crate::report::{EnvironmentReport, write_html, write_json, write_markdown};
use crate::text::{Shown, capital, listed};

/// A file on offer, as the page lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadInfo {
    /// What to ask for.
    pub id: String,
    /// What it is, such as `Repaired files`.
    pub title: Shown,
    /// What is in it and what to do with it, in one or two sentences; commands stand between backticks.
    pub detail: Shown,
    /// The name under which it is saved.
    pub file_name: String,
}

/// A file, made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The name under which it is saved.
    pub file_name: String,
    /// Its media type.
    pub mime: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a file could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// Nothing of this name is on offer.
    #[error("there is no download called {0}")]
    Unknown(String),
}

const ZIP: &str = "application/zip";
const PATCH: &str = "text/x-diff";
const SVG: &str = "image/svg+xml";
const MARKDOWN: &str = "text/markdown";
const YAML: &str = "application/yaml";

/// What can be made of one result, and how.
struct Offer<'a> {
    info: DownloadInfo,
    mime: &'static str,
    make: Make<'a>,
}

/// Makes the bytes, given today's date.
type Make<'a> = Box<dyn Fn(&str) -> Vec<u8> + 'a>;

/// Lists what can be taken away, the most wanted first.
pub fn list(outcome: &Outcome) -> Vec<DownloadInfo> {
    offers(outcome).into_iter().map(|offer| offer.info).collect()
}

/// Makes the file called `id`; `today` is the date that reports and the guide bear.
pub fn make(outcome: &Outcome, id: &str, today: &str) -> Result<Download, DownloadError> {
    let offer = offers(outcome).into_iter().find(|offer| offer.info.id == id);
    let offer = offer.ok_or_else(|| DownloadError::Unknown(id.to_owned()))?;
    Ok(Download { bytes: (offer.make)(today), file_name: offer.info.file_name, mime: offer.mime })
}

/// Makes a zip of everything that was read, as the plan leaves it, and of `carried`: files that no audit reads.
pub fn whole_tree<'a>(
    outcome: &Outcome,
    plan: &str,
    carried: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<Download, DownloadError> {
    let removed = || (plan == BesideKind::RemoveEnvironment.name()).then(|| removed_by(&outcome.removals));
    let patch = PlanKind::named(plan)
        .and_then(|kind| patch_of(outcome, kind))
        .or_else(removed)
        .ok_or_else(|| DownloadError::Unknown(format!("tree-{plan}")))?;
    let tree = patch.apply(&outcome.tree);
    let mut entries: Vec<(&str, &[u8])> = carried.into_iter().collect();
    // What was read wins over what was carried.
    entries.extend(tree.iter().map(|(path, bytes)| (path.as_str(), bytes)));
    Ok(Download { file_name: format!("project-{plan}.zip"), mime: ZIP, bytes: bundle(entries) })
}

fn offers(outcome: &Outcome) -> Vec<Offer<'_>> {
    let mut offers = Vec::new();
    for kind in kinds(outcome) {
        plan_offers(&mut offers, outcome, kind);
        recovery::recovery_offers(&mut offers, outcome, kind);
    }
    env_offers(&mut offers, &outcome.env_repairs);
    removal_offers(&mut offers, &outcome.removals);
    report_offers(&mut offers, outcome);
    drawing_offers(&mut offers, &outcome.report.environments);
    guard_offers(&mut offers, outcome);
    offers
}

fn offer<'a>(
    (id, title, file_name, mime): (&str, &str, &str, &'static str),
    detail: impl Into<Shown>,
    make: impl Fn(&str) -> Vec<u8> + 'a,
) -> Offer<'a> {
    let info = DownloadInfo {
        id: id.to_owned(),
        title: title.into(),
        detail: detail.into(),
        file_name: file_name.to_owned(),
    };
    Offer { info, mime, make: Box::new(make) }
}

/// The plans on offer anywhere, in their first order.
fn kinds(outcome: &Outcome) -> Vec<PlanKind> {
    let mut kinds = Vec::new();
    for plan in outcome.plans.iter().flatten() {
        if !kinds.contains(&plan.kind) {
            kinds.push(plan.kind);
        }
    }
    kinds
}

fn plans_of(outcome: &Outcome, kind: PlanKind) -> impl Iterator<Item = &Plan> {
    outcome.plans.iter().filter_map(move |plans| plans.iter().find(|plan| plan.kind == kind))
}

/// The files of every plan of a kind, over all environments.
fn patch_of(outcome: &Outcome, kind: PlanKind) -> Option<PatchSet> {
    let files: Vec<_> = plans_of(outcome, kind).flat_map(|plan| plan.patch.files.clone()).collect();
    (!files.is_empty()).then(|| PatchSet::new(files))
}

fn zip_of(files: &[FilePatch]) -> Vec<u8> {
    bundle(files.iter().filter_map(|file| Some((file.path.as_str(), file.after.as_deref()?))))
}

/// How to use a diff, and whether it shows a secret.
fn about_diff(files: &[FilePatch], file_name: &str) -> String {
    let mut text = format!(
        "Shows every changed line. Apply it in the folder that was dropped: `git apply {file_name}`; inside a larger \
         repository add `--directory=` and that folder."
    );
    if files.iter().any(exposes_secret) {
        text.push_str(
            " It shows what looks like a secret, since it would not apply without: keep it to yourself.",
        );
    }
    text
}

/// Says of files that are taken away whole whether they hold a secret.
fn warn_of_secrets(detail: &mut String, files: &[FilePatch]) {
    if files.iter().any(holds_secret) {
        detail.push_str(" They hold what looks like a secret, as they did before: keep them to yourself.");
    }
}

fn plan_offers<'a>(offers: &mut Vec<Offer<'a>>, outcome: &'a Outcome, kind: PlanKind) {
    let Some(patch) = patch_of(outcome, kind) else { return };
    let (name, title) = (kind.name(), kind.title());
    let what = capital(&cost_of(&|change| patch.count(change)));
    let zip = format!("repaired-{name}.zip");
    let diff = format!("{name}.patch");
    let about = about_diff(&patch.files, &diff);
    let patch = std::rc::Rc::new(patch);
    let same = std::rc::Rc::clone(&patch);
    let mut detail = format!("{what}, by path. Unpack it over the folder that was dropped.");
    let removed = patch.files.iter().filter(|file| file.change() == FileChange::Removed);
    let removed: Vec<_> = removed.map(|file| format!("`{}`", file.path)).collect();
    if !removed.is_empty() {
        // A zip cannot take a file away.
        detail.push_str(&format!(" Then delete {}: the plan is not whole before.", listed(&removed)));
    }
    warn_of_secrets(&mut detail, &patch.files);
    if patch.files.iter().any(|file| file.after.is_some()) {
        offers.push(offer(
            (&format!("files-{name}"), &format!("{title}: changed files"), &zip, ZIP),
            detail,
            move |_| zip_of(&patch.files),
        ));
    }
    offers.push(offer(
        (&format!("diff-{name}"), &format!("{title}: patch"), &diff, PATCH),
        about,
        move |_| unified(&same),
    ));
}

fn env_offers<'a>(offers: &mut Vec<Offer<'a>>, repairs: &'a [FilePatch]) {
    if repairs.is_empty() {
        return;
    }
    let paths: Vec<_> = repairs.iter().map(|file| format!("`{}`", file.path)).collect();
    let mut detail = format!(
        "{} with the models imported and `target_metadata` set, so that autogenerate sees them.",
        paths.join(", ")
    );
    warn_of_secrets(&mut detail, repairs);
    offers
        .push(offer(("env-files", "Repaired env.py", "repaired-env.zip", ZIP), detail, |_| zip_of(repairs)));
    offers.push(offer(
        ("env-diff", "Repaired env.py: patch", "env.patch", PATCH),
        about_diff(repairs, "env.patch"),
        |_| unified(&PatchSet::new(repairs.to_vec())),
    ));
}

/// The files of every stale environment that can go.
fn removed_by(removals: &[Removal]) -> PatchSet {
    PatchSet::new(removals.iter().flat_map(|removal| removal.patch.files.clone()).collect())
}

fn removal_offers<'a>(offers: &mut Vec<Offer<'a>>, removals: &'a [Removal]) {
    if removals.is_empty() {
        return;
    }
    let folders: Vec<_> = removals.iter().map(|removal| format!("`{}/`", removal.folder)).collect();
    let files = || removed_by(removals);
    let name = BesideKind::RemoveEnvironment.name();
    let mut detail = format!("Takes {} away, which nothing names.", listed(&folders));
    for caution in removals.iter().flat_map(|removal| &removal.cautions) {
        detail.push_str(&format!(" {caution}"));
    }
    let file_name = format!("{name}.patch");
    detail.push_str(&format!(" {}", about_diff(&files().files, &file_name)));
    offers.push(offer(
        (&format!("diff-{name}"), "Stale environment: patch", &file_name, PATCH),
        detail,
        move |_| unified(&files()),
    ));
}

fn report_offers<'a>(offers: &mut Vec<Offer<'a>>, outcome: &'a Outcome) {
    let report = &outcome.report;
    offers.push(offer(
        ("report-html", "Report", "migration-report.html", "text/html"),
        "One file to read, print or send on: no script, nothing fetched.",
        |today| write_html(report, today).into_bytes(),
    ));
    offers.push(offer(
        ("report-markdown", "Report as Markdown", "migration-report.md", MARKDOWN),
        "The same report for a repository, an issue or a pull request.",
        |today| write_markdown(report, today).into_bytes(),
    ));
    offers.push(offer(
        ("report-json", "Report as JSON", "migration-report.json", "application/json"),
        "The same findings for scripts; as `rechain check --output-format json` prints them.",
        |_| write_json(report).into_bytes(),
    ));
}

fn drawing_offers<'a>(offers: &mut Vec<Offer<'a>>, environments: &'a [EnvironmentReport]) {
    let drawn: Vec<_> = environments.iter().filter(|environment| !environment.drawing.is_empty()).collect();
    for (at, environment) in drawn.iter().copied().enumerate() {
        let end = if at == 0 { String::new() } else { format!("-{}", at + 1) };
        let of = environment_name(environment);
        // Several environments have a drawing each; one needs no name.
        let folder = if drawn.len() > 1 { format!(", in {of}") } else { String::new() };
        let mut push = |drawing: &'a Drawing, side: Side, word: &str, title: String, detail: &str| {
            let names = (&*format!("svg-{word}{end}"), &*title, &*format!("chain-{word}{end}.svg"), SVG);
            offers.push(offer(names, format!("`{of}`: {detail}"), move |_| {
                write_svg(drawing, side, of).into_bytes()
            }));
        };
        let drawing = &environment.drawing;
        push(drawing, Side::Now, "now", format!("Drawing: now{folder}"), "the chain as it is.");
        for (at, plan) in environment.plans.iter().enumerate() {
            let title = |what: &str| format!("Drawing: {what}, {}{folder}", plan.title.to_lowercase());
            let plan_name = if at == 0 { String::new() } else { format!("-{}", plan.name.name()) };
            let both = format!("both{plan_name}");
            push(
                &plan.drawing,
                Side::Both,
                &both,
                title("now and proposed"),
                "both chains side by side, row by row.",
            );
            let proposed = format!("proposed{plan_name}");
            push(
                &plan.drawing,
                Side::Proposed,
                &proposed,
                title("proposed"),
                "the chain as the plan leaves it.",
            );
        }
    }
}

fn guard_offers<'a>(offers: &mut Vec<Offer<'a>>, outcome: &'a Outcome) {
    offers.push(offer(
        ("guide", "Guide for the migrations folder", "MIGRATIONS.md", MARKDOWN),
        "Structure, everyday commands, rules, what to do when something fails, and a checklist for reviews.",
        |today| guide::guide(outcome, today).into_bytes(),
    ));
    offers.push(offer(
        ("pre-commit-hook", "Git hook", "pre-commit", "text/x-shellscript"),
        "Stops a commit or a merge that breaks the chain. Save it as `.git/hooks/pre-commit` and as \
         `.git/hooks/pre-merge-commit`, and make both executable with `chmod +x`.",
        |_| guards::HOOK.as_bytes().to_vec(),
    ));
    offers.push(offer(
        ("pre-commit-config", "Hook for the pre-commit framework", "pre-commit-config.yaml", YAML),
        "The same for those who use pre-commit: merge it into `.pre-commit-config.yaml`.",
        |_| guards::PRE_COMMIT_CONFIG.as_bytes().to_vec(),
    ));
    offers.push(offer(
        ("workflow", "GitHub workflow", "migrations.yml", YAML),
        "Checks every pull request as it will be when merged. Save it as `.github/workflows/migrations.yml`.",
        |_| guards::WORKFLOW.as_bytes().to_vec(),
    ));
}

/// A template with every `{{name}}` replaced; what was put in is not looked at again.
fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| *value));
        rest = after;
    }
    out.push_str(rest);
    out
}
