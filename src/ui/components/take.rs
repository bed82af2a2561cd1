//! The one thing to do, what it costs, and what stands beside it.

use leptos::prelude::*;

use super::prose::sentence;
use super::question::Question;
use super::{actions, state};
use crate::download::DownloadInfo;
use crate::drawing::{Drawing, Link};
use crate::report::present::{NO_REPAIR, Tone, applicability, names};
use crate::report::{Applicability, PlanKind, PlanReport};
use crate::text::{capital, stopped};
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
            <Question view/>
            {move || view.with(has_equals).then(|| view! { <Equals view/> })}
            <div class="take-buttons">{buttons}</div>
            {move || (!view.with(has_equals)).then(|| view! { <Cost view/> })}
        </div>
    }
}

/// Whether plans stand beside the recommended one as its equals.
fn has_equals(view: &View) -> bool {
    view.environment().is_some_and(|environment| !environment.equals.is_empty())
}

/// The recommended plan and its equals, side by side: what each mends, leaves and risks.
#[component]
fn Equals(view: Memo<View>) -> impl IntoView {
    let cards = view.with(|view| {
        let environment = view.environment()?;
        let stands = |plan: &&PlanReport| {
            environment.recommended == Some(plan.name) || environment.equals.contains(&plan.name)
        };
        let plans = environment.plans.iter().filter(stands);
        let card = |plan: &PlanReport| view! { <Card of=plan.clone() view=view.clone()/> };
        Some(plans.map(card).collect::<Vec<_>>())
    });
    view! { <div class="equals">{cards}</div> }
}

/// One of several plans that stand as equals.
#[component]
fn Card(of: PlanReport, view: View) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let index = view.environment().and_then(|own| own.plans.iter().position(|plan| plan.name == of.name));
    let index = index.unwrap_or_default();
    let title = view.environment().map(|environment| environment.plan_title(&of));
    let outcome = view.environment().map(|environment| sentence(&environment.plan_outcome(&of)));
    let files = view.loaded.downloads.iter().find(|offer| offer.id == format!("files-{}", of.name)).cloned();
    let words = repaired_words(&view, &of);
    let button =
        files.map(|offer| view! { <TakeButton wanted=Wanted { offer, class: "button primary", words }/> });
    let risk = if of.applicability == Applicability::Safe { Tone::Proved } else { Tone::May };
    view! {
        <article class="equal" class:shown=move || state.plan.get() == index>
            <Sketch of=of.drawing.clone()/>
            <h2>{title}</h2>
            <p>{outcome}</p>
            <p><b>"Mends "</b>{names(&of.resolves)}</p>
            <p><b>"Leaves "</b>{names(&of.leaves)}</p>
            <p class=risk.class()>{capital(applicability(of.applicability))}</p>
            {button}
            <button type="button" class="link-button" on:click=move |_| actions.show_plan(index)>"Show it below"</button>
        </article>
    }
}

/// The chain that a plan leaves, as lines and dots alone.
#[component]
fn Sketch(of: Drawing) -> impl IntoView {
    let lines = of.proposed?;
    let at = |row: usize| lines.dots.get(row)?.as_ref().map(|dot| format!("{} {row}", dot.lane));
    let link = |link: &Link| Some(format!("M{}L{}", at(link.child)?, at(link.parent)?));
    let links: String = lines.links.iter().filter_map(link).collect();
    let dots: String = (0..lines.dots.len()).filter_map(|row| Some(format!("M{}h0", at(row)?))).collect();
    let frame = format!("-1 -1 {} {}", lines.lanes + 1, lines.dots.len() + 1);
    Some(view! {
        <svg viewBox=frame preserveAspectRatio="none" aria-hidden="true">
            <path d=links/><path class="dots" d=dots/>
        </svg>
    })
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
    let plan = view.plan();
    let words = plan.map(|plan| repaired_words(view, plan)).unwrap_or_default();
    let repaired = ids.files.and_then(|id| offered(id, "button primary", &words));
    let is_repaired = repaired.is_some();
    // Equals have a button each; what was chosen by hand is none of them.
    let is_chosen = plan.is_some_and(|plan| plan.name == PlanKind::ByHand);
    let repaired = repaired.filter(|_| is_chosen || !has_equals(view));
    let report_class = if is_repaired { "button" } else { "button primary" };
    let patch = ids.patch.and_then(|id| offered(id, "button", "Patch"));
    let report = ids.report.and_then(|id| offered(id, report_class, "Report"));
    // Where nothing is to be repaired, what is left to do is to keep it so.
    let workflow = ids.workflow.filter(|_| !is_repaired);
    let workflow = workflow.and_then(|id| offered(id, "button", "CI workflow"));
    [repaired, patch, report, workflow].into_iter().flatten().collect()
}

/// What the button of a plan says, with how much its zip holds.
fn repaired_words(view: &View, plan: &PlanReport) -> String {
    match query::files_of_plan(&view.loaded.report.environments, plan.name) {
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
            let outcome = view.environment().map(|environment| environment.plan_outcome(plan));
            (stopped(&what), plan.applicability == Applicability::Safe, outcome)
        });
        let no_plan = view.environment().is_some_and(|environment| environment.no_plan.is_some());
        (plan, no_plan)
    };
    move || match view.with(words) {
        (Some((what, true, outcome)), _) => Some(
            view! {
                <p class="cost">{what}</p>
                <p class="cost">{outcome.as_deref().map(sentence)}</p>
                <p class="cost"><ToChanges words="See the changes"/> <OtherPlan view/></p>
            }
            .into_any(),
        ),
        (Some((what, false, outcome)), _) => Some(
            view! {
                <div class="caution">
                    <p><b>{what}</b></p>
                    <p>{outcome.as_deref().map(sentence)}</p>
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
