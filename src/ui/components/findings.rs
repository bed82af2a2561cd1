//! What is wrong: the list of findings, each opening into its consequence, its proof and its cure.

use leptos::prelude::*;

use super::copyable::Copyable;
use super::prose::{prose, sentence};
use super::{actions, state};
use crate::report::{Applicability, Confidence, FindingReport, Severity};
use crate::ui::query;
use crate::ui::state::{Selection, View};
use crate::ui::words;

/// How many ids a folded finding names.
const NAMED: usize = 4;

/// The list of findings.
#[component]
pub(crate) fn Findings(
    /// What is on screen.
    view: Memo<View>,
) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let environment = Memo::new(move |_| view.with(|view| view.environment));
    let counts = move || {
        let _changes = environment.get();
        view.with_untracked(|view| {
            let counted = |severity: Severity| {
                view.findings().filter(|(_, finding)| finding.severity == severity).count()
            };
            let counts = [
                (counted(Severity::Error), "error", "errors"),
                (counted(Severity::Warning), "warning", "warnings"),
                (counted(Severity::Info), "note", "notes"),
            ];
            let counts = counts.into_iter().filter(|(n, ..)| *n > 0);
            counts.map(|(n, one, many)| words::count(n, one, many)).collect::<Vec<_>>().join(", ")
        })
    };
    let items = move |own: bool| {
        move || {
            let _changes = environment.get();
            view.with_untracked(|now| {
                let findings = now.loaded.report.findings.iter().enumerate();
                let shown = findings.filter(|(_, finding)| now.owns(finding) == own);
                shown
                    .map(|(index, finding)| view! { <Item index finding=finding.clone() view/> })
                    .collect::<Vec<_>>()
            })
        }
    };
    let none_here = move || view.with(|view| view.findings().next().is_none());
    let elsewhere = move || view.with(|view| view.findings().count() < view.loaded.report.findings.len());
    let total = view.with_untracked(|view| view.loaded.report.findings.len());
    let none_found = move || {
        let query = state.query.get();
        let any =
            view.with(|view| view.loaded.report.findings.iter().any(|finding| query::finds(finding, &query)));
        (!any).then(|| view! { <p class="nothing">"No finding matches the search."</p> })
    };
    view! {
        <section class="findings" aria-labelledby="findings-title">
            <div class="findings-head">
                <h2 id="findings-title">"What is wrong" <span class="fine">{counts}</span></h2>
                {(total > 3).then(|| view! {
                    <input
                        id="search" type="search" placeholder="Search: rule, id, file" aria-label="Search findings and files" autocomplete="off" spellcheck="false"
                        prop:value=move || state.query.get() on:input=move |event| actions.search(event_target_value(&event))
                    />
                })}
            </div>
            {move || none_here().then(|| view! { <p class="nothing">"Nothing is wrong in this environment."</p> })}
            <ol class="finding-list own">{items(true)}</ol>
            <h3 class="elsewhere" class:none=move || !elsewhere()>"In other environments"</h3>
            <ol class="finding-list others">{items(false)}</ol>
            {none_found}
        </section>
    }
}

/// One finding.
#[component]
fn Item(index: usize, finding: FindingReport, view: Memo<View>) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let open = Memo::new(move |_| state.selection.get() == Selection::Finding(index));
    let hidden = {
        let finding = finding.clone();
        move || !query::finds(&finding, &state.query.get())
    };
    let touched = {
        let ids = finding.revisions.clone();
        move || matches!(state.selection.get(), Selection::Revision(id) if ids.contains(&id))
    };
    let severity_word = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let class = format!("finding {severity_word}");
    let place = words::place(finding.path.as_deref(), finding.line);
    let mut ids: Vec<String> = finding.revisions.iter().take(NAMED).map(|id| words::visible(id)).collect();
    if finding.revisions.len() > NAMED {
        ids.push(format!("and {} more", finding.revisions.len() - NAMED));
    }
    let told = finding.revisions.iter().all(|id| finding.message.contains(id.as_str()));
    let placed = ids.is_empty() || told;
    let under = if placed { words::near(&place) } else { ids.join(", ") };
    let likely =
        (finding.confidence == Confidence::Likely).then(|| view! { <span class="tag">"likely"</span> });
    let body_id = format!("finding-{index}-body");
    let rule = words::visible(&finding.rule);
    let message = prose(&finding.message);
    view! {
        <li class=class class:open=open class:touched=touched prop:hidden=hidden>
            <button
                type="button" class="finding-head" id=format!("finding-{index}") aria-expanded=move || open.get().to_string()
                aria-controls=body_id.clone() on:click=move |_| actions.toggle_finding(index)
            >
                <span class="finding-kind"><b class="severity">{severity_word}</b> <code>{rule}</code> {likely}</span>
                <span class="finding-message">{message}</span>
                <span class="finding-under">{under}</span>
            </button>
            <div class="finding-body" id=body_id>
                {move || open.get().then(|| view! { <Detail finding=finding.clone() view/> })}
            </div>
        </li>
    }
}

/// What an open finding shows.
#[component]
fn Detail(finding: FindingReport, view: Memo<View>) -> impl IntoView {
    let actions = actions();
    let part = |title: &'static str, text: &str| {
        (!text.is_empty()).then(|| view! { <h3>{title}</h3><p>{sentence(text)}</p> })
    };
    let evidence = (!finding.evidence.is_empty()).then(|| {
        let lines = finding.evidence.iter().map(|line| view! {
            <li><span class="where">{words::place(Some(&line.path), Some(line.line))}</span><code>{words::visible(&line.text)}</code></li>
        });
        view! { <h3>"Evidence"</h3><ul class="evidence">{lines.collect::<Vec<_>>()}</ul> }
    });
    let at = finding.path.clone().map(|path| {
        view! {
            <p class="fine"><Copyable text=words::place(Some(&path), finding.line)/></p>
        }
    });
    let chips = |ids: &[String]| {
        let chips = ids.iter().map(|id| {
            let target = id.clone();
            let known = view.with_untracked(|view| !view.rows_of(std::slice::from_ref(id)).is_empty());
            view! {
                <li>
                    <Copyable text=id.clone()/>
                    {known.then(|| view! {
                        <button type="button" class="link-button" on:click=move |_| actions.select(Selection::Revision(target.clone()))>"show"</button>
                    })}
                </li>
            }
        });
        chips.collect::<Vec<_>>()
    };
    let revisions = (!finding.revisions.is_empty())
        .then(|| view! { <h3>"Revisions"</h3><ul class="chips">{chips(&finding.revisions)}</ul> });
    let candidates = (!finding.candidates.is_empty())
        .then(|| view! { <h3>"Nearest candidates"</h3><ul class="chips">{chips(&finding.candidates)}</ul> });
    let fix = finding.fix.clone().map(|fix| {
        let kind = match fix.applicability {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "depends on what your databases have run",
            Applicability::DisplayOnly => "to be done by hand",
        };
        view! { <p class="fix"><b>{prose(&fix.title)}</b> <span class="tag">{kind}</span></p> }
    });
    view! {
        {at}
        {part("What it breaks", &finding.consequence)}
        {evidence}
        {part("What to do", &finding.advice)}
        {fix}
        {candidates}
        {revisions}
    }
}
