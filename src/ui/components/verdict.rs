//! The first screen's answers: what is wrong, what it means, and beside them what to do.

use leptos::prelude::*;

use super::actions;
use super::prose::{prose, sentence};
use super::take::Take;
use crate::report::present::{NOTHING_POINTS, Tone, environment_name, found_in, short_names};
use crate::text::plural;
use crate::ui::state::View;
use crate::ui::words;

/// The verdict on the environment on screen, the facts it rests on, and what can be taken away at once.
#[component]
pub(crate) fn Verdict(view: Memo<View>) -> impl IntoView {
    let name = view.with_untracked(|view| words::visible(&view.loaded.name));
    let class = Memo::new(move |_| view.with(|view| Tone::from(view.grade()).class()));
    let headline = move || view.with(|view| sentence(view.headline()));
    let summary = move || {
        view.with(|view| {
            (!view.summary().is_empty()).then(|| view! { <p class="lead">{prose(view.summary())}</p> })
        })
    };
    let facts = move || {
        view.with(|view| {
            view.environment().map(|environment| {
                let unused = (!environment.live).then(|| format!(", {NOTHING_POINTS}"));
                let place =
                    view! { <span class="fact">{environment_name(environment).to_owned()}{unused}</span> };
                view! {
                    {place}
                    <span class="fact">{plural(environment.revisions.len(), "migration")}</span>
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
        let names = short_names(&report.environments).into_iter();
        let named = names.zip(&report.environments).enumerate().map(|(index, (name, environment))| {
            let class = Tone::from(environment.grade).class();
            let whole = environment_name(environment).to_owned();
            (name, whole, class, found_in(report, index))
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
