//! The one thing to do, what it costs, and what stands beside it.

use leptos::prelude::*;

use super::{actions, state};
use crate::download::DownloadInfo;
use crate::report::Applicability;
use crate::report::present::{NO_REPAIR, applicability};
use crate::text::stopped;
use crate::ui::query;
use crate::ui::state::View;

/// The downloads that are wanted first, and the cost of the plan on screen.
#[component]
pub(super) fn Take(view: Memo<View>) -> impl IntoView {
    let buttons = move || {
        let wanted = view.with(wanted);
        wanted.into_iter().map(|wanted| view! { <TakeButton wanted/> }).collect::<Vec<_>>()
    };
    view! {
        <div class="take">
            <div class="take-buttons">{buttons}</div>
            <Cost view/>
        </div>
    }
}

/// A download with the words on its button.
struct Wanted {
    offer: DownloadInfo,
    class: &'static str,
    words: String,
}

/// What is offered beside the verdict, the one thing to do first; without a repair that is the report.
fn wanted(view: &View) -> Vec<Wanted> {
    if view.loaded.report.environments.is_empty() {
        return Vec::new();
    }
    let ids = query::quick_downloads(view);
    let offered = |id: String, class: &'static str, words: &str| {
        let offer = view.loaded.downloads.iter().find(|offer| offer.id == id)?.clone();
        Some(Wanted { offer, class, words: words.to_owned() })
    };
    let repaired = ids.files.and_then(|id| offered(id, "button primary", &repaired_words(view)));
    let is_repaired = repaired.is_some();
    let report_class = if is_repaired { "button" } else { "button primary" };
    let patch = ids.patch.and_then(|id| offered(id, "button", "Patch"));
    let report = ids.report.and_then(|id| offered(id, report_class, "Report"));
    // Where nothing is to be repaired, what is left to do is to keep it so.
    let workflow = ids.workflow.filter(|_| !is_repaired);
    let workflow = workflow.and_then(|id| offered(id, "button", "CI workflow"));
    [repaired, patch, report, workflow].into_iter().flatten().collect()
}

/// What the button of the plan on screen says, with how much its zip holds.
fn repaired_words(view: &View) -> String {
    let environments = &view.loaded.report.environments;
    let of_plan = view.plan().map(|plan| query::files_of_plan(environments, plan.name));
    match of_plan.unwrap_or_default() {
        (files, 0 | 1) => format!("Download repaired files ({files})"),
        (files, several) => format!("Download repaired files ({files} in {several} environments)"),
    }
}

/// A button that makes a download.
#[component]
fn TakeButton(wanted: Wanted) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let Wanted { offer, class, words } = wanted;
    let id = offer.id.clone();
    let making = move || state.making.with(|making| making.as_deref() == Some(id.as_str()));
    view! {
        <button
            type="button" class=class title=offer.detail.to_string() aria-busy=move || making().to_string()
            on:click=move |_| actions.download(offer.id.clone())
        >{words}</button>
    }
}

/// What the plan on screen does to databases, and the other plan; or that there is none.
#[component]
fn Cost(view: Memo<View>) -> impl IntoView {
    let words = move |view: &View| {
        let plan = view.plan().map(|plan| {
            let what = format!("{}: {}", plan.title, applicability(plan.applicability));
            (stopped(&what), plan.applicability == Applicability::Safe)
        });
        let no_plan = view.environment().is_some_and(|environment| environment.no_plan.is_some());
        (plan, no_plan)
    };
    move || match view.with(words) {
        (Some((what, true)), _) => Some(
            view! {
                <p class="cost">{what}</p>
                <p class="cost"><ToChanges words="See the changes"/> <OtherPlan view/></p>
            }
            .into_any(),
        ),
        (Some((what, false)), _) => Some(
            view! {
                <div class="caution">
                    <p><b>{what}</b></p>
                    <p><ToChanges words="Read why"/> <OtherPlan view/></p>
                </div>
            }
            .into_any(),
        ),
        (None, true) => Some(
            view! {
                <p class="caution"><b>{stopped(NO_REPAIR)}</b> " " <ToChanges words="Read why"/></p>
            }
            .into_any(),
        ),
        (None, false) => None,
    }
}

/// A button that shows the first plan that is not on screen, with a dot before it; nothing where there is none.
#[component]
fn OtherPlan(view: Memo<View>) -> impl IntoView {
    let actions = actions();
    let other = view.with_untracked(|view| {
        let mut plans = view.environment()?.plans.iter().enumerate();
        let (index, plan) = plans.find(|(index, _)| *index != view.plan)?;
        Some((index, plan.title.to_string()))
    });
    other.map(|(index, title)| view! {
        " \u{b7} "
        <button type="button" class="link-button" on:click=move |_| actions.show_plan(index)>{title} " instead"</button>
    })
}

/// A link to the changes. It scrolls instead of following the address, which holds the view.
#[component]
fn ToChanges(words: &'static str) -> impl IntoView {
    let jump = |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        crate::ui::browser::scroll_to("changes");
        crate::ui::browser::focus("changes");
    };
    view! { <a href="#changes" on:click=jump>{words}</a> }
}
