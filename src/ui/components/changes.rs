//! What a plan changes, why, what it leaves, and what must be known before it is used.

use leptos::prelude::*;

use super::copyable::Copyable;
use super::diff::Diff;
use super::prose::sentence;
use super::{actions, state};
use crate::report::present::{
    BEFORE_USE, NEW_FILE, NO_REPAIR, Tone, change_name, cost, ends, new_parents, parents,
};
use crate::report::{ChangeReport, PlanReport};
use crate::text::Shown;
use crate::ui::state::View;

/// The changes of the plan on screen, with tabs for the others; or why there is no plan.
#[component]
pub(crate) fn Changes(view: Memo<View>) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let body = move || {
        let plans = view
            .with(|view| view.environment().map(|environment| environment.plans.clone()).unwrap_or_default());
        let Some(plan) = view.with(|view| view.plan().cloned()) else {
            return view
                .with(|view| view.environment()?.no_plan.as_deref().map(no_plan).map(IntoAny::into_any));
        };
        let tabs: Vec<_> = plans
            .iter()
            .enumerate()
            .map(|(index, plan)| {
                let title = plan.title.to_string();
                let cost = cost(plan);
                view! {
                    <button
                        type="button" role="tab" id=format!("tab-{index}") aria-controls="changes-body"
                        aria-selected=(state.plan.get() == index).to_string() on:click=move |_| actions.show_plan(index)
                    >{title} <span class="fine">{cost}</span></button>
                }
            })
            .collect();
        Some(view! {
            <section class="panel changes" id="changes" tabindex="-1" aria-labelledby="changes-title">
                <h2 id="changes-title">"Changes"</h2>
                <div class="tabs" role="tablist" aria-label="Plans">{tabs}</div>
                <div id="changes-body" role="tabpanel" aria-labelledby=format!("tab-{}", state.plan.get())><Plan plan/></div>
            </section>
        }.into_any())
    };
    view! { {body} }
}

/// Stands where the plans would be.
fn no_plan(why: &str) -> impl IntoView + use<> {
    view! {
        <section class="panel changes" id="changes" tabindex="-1" aria-labelledby="changes-title">
            <h2 id="changes-title">{NO_REPAIR}</h2>
            <p class="caution">{sentence(why)}</p>
        </section>
    }
}

/// A plan: what was proved of it, what it mends and leaves, and each file it changes.
#[component]
fn Plan(plan: PlanReport) -> impl IntoView {
    let rules = |rules: &[Shown]| {
        let mut names: Vec<_> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            names.push(view! { {(index > 0).then_some(", ")}<code>{rule.to_string()}</code> });
        }
        names
    };
    let ends = ends(plan.bases.len(), plan.heads.len());
    let proof = plan.proved.then(|| view! { <li class=Tone::Proved.class()><b>"Proved: "</b>"the patched files were audited again. They have " {ends} ". No migration was run."</li> });
    let resolves =
        (!plan.resolves.is_empty()).then(|| view! { <li><b>"Resolves "</b>{rules(&plan.resolves)}"."</li> });
    let leaves = (!plan.leaves.is_empty())
        .then(|| view! { <li class=Tone::May.class()><b>"Leaves "</b>{rules(&plan.leaves)}"."</li> });
    let cautions = (!plan.cautions.is_empty()).then(|| {
        let cautions = plan.cautions.iter().map(|caution| view! { <li>{sentence(caution)}</li> });
        view! {
            <div class="cautions">
                <h3>{BEFORE_USE}</h3>
                <ul>{cautions.collect::<Vec<_>>()}</ul>
            </div>
        }
    });
    let files: Vec<_> = plan.changes.iter().map(|change| view! { <Change change=change.clone()/> }).collect();
    view! {
        <ul class="plan-facts">{proof}{resolves}{leaves}</ul>
        {cautions}
        <div class="changed-files">{files}</div>
        <p class="fine">"The patch is taken by " <Copyable text=format!("git apply {}.patch", plan.name)/> " in the folder that was dropped; where that is part of a larger repository, with " <code>"--directory="</code> " and its path there."</p>
    }
}

/// A file that the plan writes or adds.
#[component]
fn Change(change: ChangeReport) -> impl IntoView {
    let what = if change.added {
        format!("{NEW_FILE}: {} merges {}", change.revision, parents(&change.after))
    } else if change.removed {
        format!("{}: {}", change.revision, new_parents(&change))
    } else if change.old_revision.is_some() && change.before == change.after {
        format!("{}, after {}", change_name(&change), parents(&change.after))
    } else {
        format!(
            "{}: parent {} \u{2192} {}",
            change_name(&change),
            parents(&change.before),
            parents(&change.after)
        )
    };
    let reason =
        (!change.reason.is_empty()).then(|| view! { <p class="reason">{sentence(&change.reason)}</p> });
    view! {
        <article class="changed">
            <h3><Copyable text=change.path.clone()/></h3>
            <p class="what">{what}</p>
            {reason}
            <Diff text=change.diff.into()/>
        </article>
    }
}
