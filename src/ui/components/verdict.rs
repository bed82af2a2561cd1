//! The first screen's answers: what is wrong, what it means, what to do.

use leptos::prelude::*;

use super::prose::{prose, sentence};
use super::{actions, state};
use crate::report::Applicability;
use crate::ui::query;
use crate::ui::state::View;
use crate::ui::words;

/// The verdict on the environment on screen, the facts it rests on, and what can be taken away at once.
#[component]
pub(crate) fn Verdict(
    /// What is on screen.
    view: Memo<View>,
) -> impl IntoView {
    let name = view.with_untracked(|view| words::visible(&view.loaded.name));
    let class = Memo::new(move |_| view.with(|view| words::verdict_class(view.verdict())));
    let headline = move || view.with(|view| sentence(view.headline()));
    let summary = move || {
        view.with(|view| {
            (!view.summary().is_empty()).then(|| view! { <p class="lead">{prose(view.summary())}</p> })
        })
    };
    let facts = move || {
        view.with(|view| {
            view.environment().map(|environment| {
                let live = if environment.live { "" } else { ", nothing points at it" };
                // The top of what was dropped has no name of its own.
                let place = (!environment.script_location.is_empty())
                    .then(|| view! { <span class="fact">{words::visible(&environment.script_location)}{live}</span> });
                view! {
                    {place}
                    <span class="fact">{words::count(environment.revisions.len(), "revision", "revisions")}</span>
                }
            })
        })
    };
    view! {
        <section class=move || format!("verdict {}", class.get()) aria-labelledby="verdict-title">
            <div class="verdict-words">
                <Environments view/>
                <h1 id="verdict-title">{headline}</h1>
                {summary}
                <p class="facts"><span class="fact"><b>{name}</b></span>{facts}</p>
            </div>
            <Take view/>
        </section>
    }
}

/// Every environment with what was found in it, where there are several.
#[component]
fn Environments(view: Memo<View>) -> impl IntoView {
    let actions = actions();
    let named: Vec<(String, String, &'static str, String)> = view.with_untracked(|view| {
        let report = &view.loaded.report;
        let names = query::short_names(&report.environments).into_iter();
        let named = names.zip(&report.environments).enumerate().map(|(index, (name, environment))| {
            let class = words::verdict_class(environment.verdict);
            let whole = words::visible(&environment.script_location);
            (words::visible(&name), whole, class, query::verdict_words(report, index))
        });
        named.collect()
    });
    (named.len() > 1).then(|| {
        let buttons = named.into_iter().enumerate().map(|(index, (name, whole, class, found))| view! {
            <button
                type="button" title=whole aria-pressed=move || (view.with(|view| view.environment == index)).to_string()
                on:click=move |_| actions.show_environment(index)
            >{name} ": " <b class=class>{found}</b></button>
        });
        view! {
            <div class="switch environments" role="group" aria-label="Environment">{buttons.collect::<Vec<_>>()}</div>
        }
    })
}

/// The one thing to do, and the two beside it.
#[component]
fn Take(view: Memo<View>) -> impl IntoView {
    let state = state();
    let actions = actions();
    let offered =
        move |id: &str| view.with(|view| view.loaded.downloads.iter().find(|offer| offer.id == id).cloned());
    let button = move |id: String, class: &'static str, words: String| {
        offered(&id).map(|offer| {
            let making = { let id = id.clone(); move || state.making.with(|making| making.as_deref() == Some(id.as_str())) };
            view! {
                <button type="button" class=class title=words::visible(&offer.detail) aria-busy=move || making().to_string() on:click=move |_| actions.download(id.clone())>
                    {words}
                </button>
            }
        })
    };
    let buttons = move || {
        if view.with(|view| view.loaded.report.environments.is_empty()) {
            return ().into_any();
        }
        let ids = view.with(query::quick_downloads);
        let (files, environments) = view.with(|view| {
            let environments = &view.loaded.report.environments;
            view.plan().map(|plan| query::files_of_plan(environments, plan.name)).unwrap_or_default()
        });
        let repaired = if environments > 1 {
            format!("Download repaired files ({files} in {environments} environments)")
        } else {
            format!("Download repaired files ({files})")
        };
        let repaired = ids.files.and_then(|id| button(id, "button primary", repaired));
        let report_class = if repaired.is_some() { "button" } else { "button primary" };
        let patch = ids.patch.and_then(|id| button(id, "button", "Patch".to_owned()));
        let report = ids.report.and_then(|id| button(id, report_class, "Report".to_owned()));
        let ci = if repaired.is_none() {
            ids.workflow.and_then(|id| button(id, "button", "CI workflow".to_owned()))
        } else {
            None
        };
        view! { {repaired}{patch}{report}{ci} }.into_any()
    };
    view! {
        <div class="take">
            <div class="take-buttons">{buttons}</div>
            <Cost view/>
        </div>
    }
}

/// What the plan on screen does to databases, and the other plan; or that there is none.
#[component]
fn Cost(view: Memo<View>) -> impl IntoView {
    let actions = actions();
    let other = move || {
        let other = view.with(|view| {
            let plans = view.environment()?.plans.iter().enumerate();
            let mut others = plans.filter(|(index, _)| *index != view.plan);
            others.next().map(|(index, plan)| (index, words::visible(&plan.title)))
        });
        other.map(|(index, title)| view! {
            <button type="button" class="link-button" on:click=move |_| actions.show_plan(index)>{title} " instead"</button>
        })
    };
    let cost = move || {
        let plan = view.with(|view| {
            view.plan().map(|plan| (words::visible(&plan.title), plan.applicability == Applicability::Safe))
        });
        match plan {
            Some((title, true)) => Some(view! {
                <p class="cost">{title} ": safe, whatever your databases have run."</p>
                <p class="cost"><a href="#changes" on:click=jump("changes")>"See the changes"</a> {other().map(|other| view! { " \u{b7} " {other} })}</p>
            }.into_any()),
            Some((title, false)) => Some(view! {
                <div class="caution">
                    <p><b>{title} ": unsafe where a database has run these revisions."</b></p>
                    <p><a href="#changes" on:click=jump("changes")>"Read why"</a> {other().map(|other| view! { " \u{b7} " {other} })}</p>
                </div>
            }.into_any()),
            None => view.with(|view| view.environment()?.no_plan.as_ref().map(|_| ())).map(|()| view! {
                <p class="caution"><b>"No repair is on offer."</b> " " <a href="#changes" on:click=jump("changes")>"Read why"</a></p>
            }.into_any()),
        }
    };
    view! { {cost} }
}

/// Scrolls instead of following the address, which holds the view.
fn jump(id: &'static str) -> impl Fn(leptos::ev::MouseEvent) {
    move |event| {
        event.prevent_default();
        crate::ui::browser::scroll_to(id);
        crate::ui::browser::focus(id);
    }
}
