//! The result: one screen that answers three questions, then everything else in the order of need.

use leptos::prelude::*;

use super::by_hand::ByHand;
use super::chain::Chain;
use super::changes::Changes;
use super::checklist::{Actions, Checklist};
use super::databases::Databases;
use super::downloads::Downloads;
use super::environments::Environments;
use super::files::Files;
use super::findings::Findings;
use super::replay::Replay;
use super::rest::{AlembicSays, Commands, Skipped, Undecided};
use super::revision::Revision;
use super::schema::Schema;
use super::state;
use super::verdict::Verdict;
use super::welcome::Openers;
use crate::ui::state::View;

/// A result, whole; where nothing that could be audited was found, what else could be dropped.
#[component]
pub(crate) fn Ready() -> impl IntoView {
    let state = state();
    // While it goes, the last one stays.
    let view = Memo::new(move |last: Option<&View>| {
        state.view.get().or_else(|| last.cloned()).expect("a result is on screen")
    });
    let loaded = view.with_untracked(|view| view.loaded.clone());
    let nothing_found = loaded.report.findings.is_empty();
    if loaded.report.environments.is_empty() && nothing_found {
        return view! { <div class="result"><Verdict view/> <Openers/> <Skipped loaded/></div> }.into_any();
    }
    view! {
        <div class="result">
            <Verdict view/>
            <div class="work" class:alone=nothing_found>
                {(!nothing_found).then(|| view! { <Findings view/> })}
                <Drawing view/>
            </div>
            <Changes view/>
            <Databases view/>
            <Undecided view/>
            <Replay view/>
            <Schema view/>
            <div class="pair"><Checklist view/> <Actions view/></div>
            <Downloads view/>
            <Files view/>
            <Environments view/>
            <Commands view/>
            <AlembicSays view/>
            <Skipped loaded/>
        </div>
    }
    .into_any()
}

/// The drawing and the facts of the row that is picked; or that there is nothing to draw.
#[component]
fn Drawing(view: Memo<View>) -> impl IntoView {
    let has_rows =
        Memo::new(move |_| view.with(|view| view.drawing().is_some_and(|drawing| !drawing.is_empty())));
    view! {
        <section class="chain-panel" aria-label="The drawing" class:none=move || !has_rows.get()>
            {move || if has_rows.get() {
                view! { <ByHand view/> <Chain view/> <Revision view/> }.into_any()
            } else {
                view! { <p class="nothing">"This environment has no migrations, so there is no chain to draw."</p> }.into_any()
            }}
        </section>
    }
}
