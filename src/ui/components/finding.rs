//! One finding: a line that opens into its consequence, its proof and its cure.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::copyable::Copyable;
use super::prose::{prose, sentence};
use super::{actions, state};
use crate::report::present::{
    FIX, NEAREST, Tone, WHAT_IT_BREAKS, WHAT_TO_DO, applicability_tag, doubt, fix_applicability, place,
};
use crate::report::{EvidenceReport, FindingReport, FixReport};
use crate::text::Shown;
use crate::ui::query;
use crate::ui::state::{Selection, View};
use crate::ui::words;

/// How many ids a folded finding names.
const NAMED: usize = 4;

/// One finding, by its index in the report; hidden where the search does not find it.
#[component]
pub(super) fn Finding(index: usize, finding: FindingReport, view: Memo<View>) -> impl IntoView {
    let state = state();
    let open = Memo::new(move |_| state.selection.get() == Selection::Finding(index));
    let hidden = {
        let finding = finding.clone();
        move || !query::finds(&finding, &state.query.get())
    };
    let touched = {
        let ids = finding.revisions.clone();
        move || matches!(state.selection.get(), Selection::Revision(id) if ids.contains(&id))
    };
    let class = format!("finding {}", Tone::from(finding.severity).class());
    let body_id = format!("finding-{index}-body");
    view! {
        <li class=class class:open=open class:touched=touched prop:hidden=hidden>
            <Head index finding=finding.clone() open/>
            <div class="finding-body" id=body_id>
                {move || open.get().then(|| view! { <Detail finding=finding.clone() view/> })}
            </div>
        </li>
    }
}

/// The line that is always seen, which opens and folds the rest.
#[component]
fn Head(index: usize, finding: FindingReport, open: Memo<bool>) -> impl IntoView {
    let actions = actions();
    let doubt = doubt(finding.confidence).map(|doubt| view! { <span class="tag">{doubt}</span> });
    view! {
        <button
            type="button" class="finding-head" id=format!("finding-{index}") aria-expanded=move || open.get().to_string()
            aria-controls=format!("finding-{index}-body") on:click=move |_| actions.toggle_finding(index)
        >
            <span class="finding-kind"><b class="severity">{finding.severity.word()}</b> <code>{finding.rule.to_string()}</code> {doubt}</span>
            <span class="finding-message">{prose(&finding.message)}</span>
            <span class="finding-under">{under(&finding)}</span>
        </button>
    }
}

/// What stands under the message: the revisions, or the place where there are none or the message names them all.
fn under(finding: &FindingReport) -> String {
    let told = finding.revisions.iter().all(|id| finding.message.contains(id.as_str()));
    if told {
        return at(finding).map(|at| words::near(&at)).unwrap_or_default();
    }
    let mut ids: Vec<String> =
        finding.revisions.iter().take(NAMED).map(std::string::ToString::to_string).collect();
    if finding.revisions.len() > NAMED {
        ids.push(format!("and {} more", finding.revisions.len() - NAMED));
    }
    ids.join(", ")
}

/// `path:line`, or what there is of it.
fn at(finding: &FindingReport) -> Option<String> {
    finding.path.as_deref().map(|path| place(path, finding.line, None))
}

/// What an open finding shows.
#[component]
fn Detail(finding: FindingReport, view: Memo<View>) -> impl IntoView {
    view! {
        {at(&finding).map(|at| view! { <p class="fine"><Copyable text=at/></p> })}
        {part(WHAT_IT_BREAKS, &finding.consequence)}
        {evidence(&finding.evidence)}
        {part(WHAT_TO_DO, &finding.advice)}
        {finding.fix.as_ref().map(fix)}
        <Chips title=NEAREST ids=finding.candidates.clone() view/>
        <Chips title="Revisions" ids=finding.revisions view/>
    }
}

/// A text under a heading; nothing where there is no text.
fn part(title: &'static str, text: &str) -> Option<impl IntoView + use<>> {
    (!text.is_empty()).then(|| view! { <h3>{title}</h3><p>{sentence(text)}</p> })
}

/// The lines that prove it.
fn evidence(lines: &[EvidenceReport]) -> Option<impl IntoView + use<>> {
    (!lines.is_empty()).then(|| {
        let lines = lines.iter().map(|line| view! {
            <li><span class="where">{place(&line.path, Some(line.line), None)}</span><code>{line.text.to_string()}</code></li>
        });
        view! { <h3>"Evidence"</h3><ul class="evidence">{lines.collect::<Vec<_>>()}</ul> }
    })
}

/// What mends it, and whether that is safe.
fn fix(fix: &FixReport) -> impl IntoView + use<> {
    let (tag, means) = (applicability_tag(fix.applicability), fix_applicability(fix));
    view! { <h3>{FIX}</h3><p class="fix">{prose(&fix.title)} <span class="tag" title=means>{tag}</span></p> }
}

/// Ids to copy, and to go to where the drawing has them; nothing where there are none.
#[component]
fn Chips(title: &'static str, ids: Vec<Shown>, view: Memo<View>) -> impl IntoView {
    let actions = actions();
    (!ids.is_empty()).then(|| {
        let drawn: BTreeSet<Shown> = view.with_untracked(|view| {
            let rows = view.drawing().map(|drawing| &drawing.rows[..]).unwrap_or_default();
            view.rows_of(&ids).into_iter().map(|row| rows[row].revision.clone()).collect()
        });
        let chips = ids.into_iter().map(|id| {
            let target = id.clone();
            let show = drawn.contains(&id).then(|| view! {
                <button type="button" class="link-button" on:click=move |_| actions.select(Selection::Revision(target.clone()))>"show"</button>
            });
            view! { <li><Copyable text=id/> {show}</li> }
        });
        view! { <h3>{title}</h3><ul class="chips">{chips.collect::<Vec<_>>()}</ul> }
    })
}
