//! One table: what it is at the revision on screen, and its life from first to last.

use leptos::prelude::*;

use super::actions;
use super::prose::prose;
use super::schema::replay_of;
use crate::report::present::{NOT_CERTAIN, NOT_KNOWN, Tone, left_out, nullable, place};
use crate::report::{ColumnReport, ReplayReport, TableReport};
use crate::text::Shown;
use crate::ui::schema::{self, Moment, Touch};
use crate::ui::state::{Selection, View};

/// Columns, constraints and events shown before the rest is counted.
const SHOWN: usize = 300;

/// A table at the moment on screen; tables that had the name one after the other share one life.
#[component]
pub(crate) fn Table(view: Memo<View>, moment: Memo<Option<Moment>>, name: Shown) -> impl IntoView {
    let shown = name.to_string();
    let at_moment = {
        let name = name.clone();
        move || {
            let moment = moment.get()?;
            view.with(|view| Some(at_step(replay_of(view)?, &name, moment.step)))
        }
    };
    let life = view.with_untracked(|view| replay_of(view).map(|replay| life(replay, &name, moment)));
    let label = format!("Table {shown}");
    view! {
        <article class="table-detail" aria-label=label>
            <h3><code>{shown}</code></h3>
            {at_moment}
            {life}
        </article>
    }
}

/// What it is after a step.
fn at_step(replay: &ReplayReport, name: &str, step: usize) -> AnyView {
    let lives = schema::lives(replay, name);
    let now = lives.iter().find(|table| table.is_at(step));
    match now.or_else(|| lives.iter().find(|table| table.until == Some(step))) {
        Some(table) => shape(table, step).into_any(),
        None if lives.iter().any(|table| table.until.is_some_and(|until| until <= step)) => {
            view! { <p class="fine">"It is no longer there."</p> }.into_any()
        }
        None => view! { <p class="fine">"It is not there yet."</p> }.into_any(),
    }
}

fn shape(table: &TableReport, step: usize) -> impl IntoView + use<> {
    let (columns, others) = (schema::columns(table, step), schema::others(table, step));
    let n_left_out = columns.len().saturating_sub(SHOWN) + others.len().saturating_sub(SHOWN);
    let is_dropped = table.until == Some(step);
    let columns: Vec<_> =
        columns.iter().take(SHOWN).map(|(column, touch)| column_row(column, *touch)).collect();
    let others = others.into_iter().take(SHOWN).map(|(what, touch)| {
        view! {
            <li class=touch.word().unwrap_or_default()><span>{prose(what)}</span> {tag(touch)}</li>
        }
    });
    let others: Vec<_> = others.collect();
    view! {
        {is_dropped.then(|| view! { <p class=Tone::Breaks.class()>"This revision drops it."</p> })}
        {(!table.is_certain_at(step)).then(|| view! {
            <p class="may">"It is not certain: something that may have made, changed or dropped it was not understood."</p>
        })}
        {(!columns.is_empty()).then(|| view! {
            <div class="scroll-x" tabindex="0" role="region" aria-label="Columns"><table class="columns">
                <thead><tr><th scope="col">"Column"</th><th scope="col">"Type"</th><th scope="col">"NULL"</th><th scope="col">"Default"</th></tr></thead>
                <tbody>{columns}</tbody>
            </table></div>
        })}
        {(!others.is_empty()).then(|| view! { <h4>"Keys, constraints, indexes"</h4> <ul class="others">{others}</ul> })}
        {left_out(n_left_out, "line").map(|rest| view! { <p class="fine">{rest}</p> })}
    }
}

/// A column with what the step did to it.
fn column_row(column: &ColumnReport, touch: Touch) -> impl IntoView + use<> {
    let kind = match column.known_type() {
        Some(kind) => view! { <code>{kind.to_owned()}</code> }.into_any(),
        None => view! { <span class="fine">{NOT_KNOWN}</span> }.into_any(),
    };
    let null = nullable(column.nullable);
    let class = if null == NOT_KNOWN { "fine" } else { "" };
    view! {
        <tr class=touch.word().unwrap_or_default()>
            <th scope="row">
                <code>{column.name.to_string()}</code> {tag(touch)}
                {(!column.certain).then(|| view! { <span class="tag may">{NOT_CERTAIN}</span> })}
            </th>
            <td>{kind}</td>
            <td class="null">{(!null.is_empty()).then(|| view! { <span class=class>{null}</span> })}</td>
            <td>{column.default.as_ref().map(|default| view! { <code>{default.to_string()}</code> })}</td>
        </tr>
    }
}

/// The word for what the step did; nothing where it did nothing.
fn tag(touch: Touch) -> Option<impl IntoView> {
    touch.word().map(|word| view! { <span class="tag">{word}</span> })
}

/// Who created, altered and dropped it.
fn life(replay: &ReplayReport, name: &str, moment: Memo<Option<Moment>>) -> impl IntoView + use<> {
    let actions = actions();
    let lives = schema::lives(replay, name);
    let total: usize = lives.iter().map(|table| table.events.len()).sum();
    let events = lives.iter().flat_map(|table| &table.events).take(SHOWN);
    let mut last = None;
    let items: Vec<_> = events
        .map(|event| {
            let step = event.step;
            let id = replay.steps.get(step).map(|step| step.revision.clone()).unwrap_or_default();
            let path = replay.steps.get(step).map(|step| place(&step.path, Some(event.line), None));
            let is_current = move || moment.get().is_some_and(|moment| moment.step == step).then_some("step");
            let is_later = move || moment.get().is_some_and(|moment| moment.step < step);
            // A revision is named once for all that it does.
            let begins = last.replace(step) != Some(step);
            let shown = id.to_string();
            let who = begins.then(|| view! {
                <button type="button" class="link-button" on:click=move |_| actions.select(Selection::Revision(id.clone()))><code>{shown}</code></button>
            });
            view! {
                <li class:later=is_later class:begins=begins aria-current=is_current>
                    <span class="who">{who}</span>
                    <span>{prose(&event.what)} " " <span class="fine" title=path>"line " {event.line}</span></span>
                </li>
            }
        })
        .collect();
    let rest = left_out(total.saturating_sub(SHOWN), "event");
    view! {
        <h4>"Its life"</h4>
        <ol class="life">{items}</ol>
        {rest.map(|rest| view! { <p class="fine">{rest}</p> })}
    }
}
