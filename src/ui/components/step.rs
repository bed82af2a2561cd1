//! What the picked revision does: what fails in it, what it changes, what was not understood, and its way back.

use leptos::prelude::*;

use super::prose::prose;
use super::replay::failing_lines;
use crate::report::present::{Tone, WHAT_FAILS};
use crate::report::{NoteReport, StepReport};
use crate::text::{Shown, number};
use crate::ui::browser;
use crate::ui::state::View;

/// Lines shown before the reader asks for all.
const SHOWN: usize = 40;

/// What a replay knows of a revision; nothing where nothing was followed, or no file declares it.
#[component]
pub(crate) fn Step(view: Memo<View>, id: Shown) -> impl IntoView {
    view.with_untracked(|view| {
        let environment = view.environment()?;
        let replay = environment.replay.as_ref()?;
        let failing = environment.failures();
        let fails = failing.iter().find(|of| *of.revision == *id).map(|of| view! {
            <div><h4 class=Tone::Breaks.class()>{WHAT_FAILS}</h4> {failing_lines(&of.failures)}</div>
        });
        let Some(step) = replay.step_of(&id).and_then(|at| replay.steps.get(at)) else {
            let is_here = environment.revisions.iter().any(|revision| revision.revision == id);
            return is_here.then(|| view! {
                <div class="step"><p class="fine">"It is not on Alembic's way from an empty database, so it was not followed."</p></div>
            }.into_any());
        };
        Some(view! {
            <div class="step">
                {fails}
                <div>{changes(step)}</div>
                <div>{not_understood(step)}{way_back(step)}
                    <p><a href="#schema" on:click=|event| {
                        event.prevent_default();
                        browser::scroll_to("schema");
                        browser::focus("schema");
                    }>"The schema after it"</a></p>
                </div>
            </div>
        }.into_any())
    })
}

fn changes(step: &StepReport) -> impl IntoView + use<> {
    view! {
        <h4>"What it changes"</h4>
        {if step.changes.is_empty() {
            view! { <p class="fine">{if step.understood.unknown == 0 { "Nothing." } else { "Nothing that was understood." }}</p> }.into_any()
        } else {
            view! { <Notes notes=step.changes.clone()/> }.into_any()
        }}
    }
}

fn not_understood(step: &StepReport) -> impl IntoView + use<> {
    (!step.unknown.is_empty())
        .then(|| view! { <h4 class=Tone::Unsure.class()>"What was not understood"</h4> <Notes notes=step.unknown.clone()/> })
}

fn way_back(step: &StepReport) -> impl IntoView + use<> {
    let class = Tone::from(step.downgrade).class();
    let differences: Vec<_> = step.differences.iter().map(|what| view! { <li>{prose(what)}</li> }).collect();
    view! {
        <h4>"The way back"</h4>
        <p class=class>{step.downgrade_words()}</p>
        {(!differences.is_empty()).then(|| view! { <ul class="differences">{differences}</ul> })}
    }
}

/// Lines and what stands there, the rest on request.
#[component]
fn Notes(notes: Vec<NoteReport>) -> impl IntoView {
    let all = RwSignal::new(notes.len() <= SHOWN);
    let total = notes.len();
    let items = move || {
        let shown = if all.get() { total } else { SHOWN };
        let items = notes.iter().take(shown).map(|note| view! {
            <li><span class="line"><span class="unseen">"line "</span>{note.line}</span> <span>{prose(&note.what)}</span></li>
        });
        items.collect::<Vec<_>>()
    };
    view! {
        <ul class="lines">{items}</ul>
        {move || (!all.get()).then(|| view! {
            <button type="button" class="link-button" on:click=move |_| all.set(true)>"Show all " {number(total as u64)}</button>
        })}
    }
}
