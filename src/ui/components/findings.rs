//! What is wrong: the list of findings, those of the environment on screen first.

use leptos::prelude::*;

use super::finding::Finding;
use super::{actions, state};
use crate::report::present;
use crate::report::present::WHAT_IS_WRONG;
use crate::ui::query;
use crate::ui::state::View;

/// So few findings are seen at once: nobody searches them.
const FEW: usize = 3;

/// All findings of the result, with a search where there are more than a few.
#[component]
pub(crate) fn Findings(view: Memo<View>) -> impl IntoView {
    // Another plan changes no finding, so the list is made anew for another environment only.
    let environment = Memo::new(move |_| view.with(|view| view.environment));
    let counts = move || {
        let _is_another = environment.get();
        view.with_untracked(counts)
    };
    let items = move |own: bool| {
        move || {
            let _is_another = environment.get();
            view.with_untracked(|now| items(now, own, view))
        }
    };
    let none_here = move || view.with(|view| view.findings().next().is_none());
    let elsewhere = move || view.with(|view| view.findings().count() < view.loaded.report.findings.len());
    let total = view.with_untracked(|view| view.loaded.report.findings.len());
    view! {
        <section class="findings" aria-labelledby="findings-title">
            <div class="findings-head">
                <h2 id="findings-title">{WHAT_IS_WRONG}" "<span class="fine">{counts}</span></h2>
                {(total > FEW).then(|| view! { <Search/> })}
            </div>
            {move || none_here().then(|| view! { <p class="nothing">"Nothing is wrong in this environment."</p> })}
            <ol class="finding-list own">{items(true)}</ol>
            <h3 class="elsewhere" class:none=move || !elsewhere()>"In other environments"</h3>
            <ol class="finding-list others">{items(false)}</ol>
            <NoneFound view/>
        </section>
    }
}

/// How many findings of each severity are about the environment on screen.
fn counts(view: &View) -> String {
    present::counts(view.findings().map(|(_, finding)| finding))
}

/// The findings about the environment on screen, or those about the others.
fn items(now: &View, own: bool, view: Memo<View>) -> Vec<impl IntoView + use<>> {
    let findings = now.loaded.report.findings.iter().enumerate();
    let shown = findings.filter(|(_, finding)| now.owns(finding) == own);
    shown.map(|(index, finding)| view! { <Finding index finding=finding.clone() view/> }).collect()
}

/// The search, which goes through files too.
#[component]
fn Search() -> impl IntoView {
    let (actions, state) = (actions(), state());
    view! {
        <input
            id="search" type="search" placeholder="Search: rule, id, file" aria-label="Search findings and files" autocomplete="off" spellcheck="false"
            prop:value=move || state.query.get() on:input=move |event| actions.search(event_target_value(&event))
        />
    }
}

/// That the search hides every finding, where it does.
#[component]
fn NoneFound(view: Memo<View>) -> impl IntoView {
    let state = state();
    move || {
        let query = state.query.get();
        let any =
            view.with(|view| view.loaded.report.findings.iter().any(|finding| query::finds(finding, &query)));
        (!any).then(|| view! { <p class="nothing">"No finding matches the search."</p> })
    }
}
