//! What stands over the drawing: a heading and its facts on the left, the plans on the right.

use leptos::prelude::*;

use super::eye::Eye;
use super::scene::Scene;
use crate::report::present::ends;
use crate::ui::columns::Sides;
use crate::ui::components::{actions, state};
use crate::ui::state::OneSide;

/// The least room that the left heading keeps when the drawing is moved under it, in pixels.
const LEFT_ROOM: f64 = 120.0;

/// The headings of both sides.
#[component]
pub(super) fn Headings(scene: Scene, eye: Eye) -> impl IntoView {
    // Where both sides are drawn, the plans stand over the proposed lanes and move with them.
    let left = Memo::new(move |_| {
        let columns = scene.columns.get().filter(|columns| columns.sides == Sides::Both)?;
        let camera = eye.camera.get();
        Some(format!("{:.0}px", (columns.proposed * camera.scale + camera.x).max(LEFT_ROOM)))
    });
    view! {
        <div class="chain-head">
            <Now scene/>
            <div class="plan-head" class:placed=move || left.get().is_some() style:left=move || left.get().unwrap_or_default()>
                <Proposed scene/>
            </div>
        </div>
    }
}

/// The left heading; where only one side has room, the switch between the two.
#[component]
fn Now(scene: Scene) -> impl IntoView {
    let facts = move || {
        scene.view.with(|view| {
            let environment = view.environment()?;
            Some(ends(environment.bases.len(), environment.heads.len()))
        })
    };
    let title = move || if scene.proposes.get() { "Now" } else { "The chain" };
    view! {
        {move || if scene.proposes.get() && scene.sides.get() != Sides::Both {
            view! { <SideSwitch/> }.into_any()
        } else {
            view! { <h2>{title} <span class="fine">{facts}</span></h2> }.into_any()
        }}
    }
}

/// Which of the two sides a narrow page shows.
#[component]
fn SideSwitch() -> impl IntoView {
    let (actions, state) = (actions(), state());
    let button = move |side: OneSide, name: &'static str| {
        view! {
            <button type="button" aria-pressed=move || (state.side.get() == side).to_string() on:click=move |_| actions.show_side(side)>{name}</button>
        }
    };
    view! {
        <div class="switch" role="group" aria-label="Which chain is drawn">
            {button(OneSide::Now, "Now")}{button(OneSide::Proposed, "Proposed")}
        </div>
    }
}

/// The right heading: which plan is drawn.
#[component]
fn Proposed(scene: Scene) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let titles = Memo::new(move |_| {
        scene.view.with(|view| {
            let plans = view.environment().map_or(&[][..], |environment| &environment.plans);
            plans.iter().map(|plan| plan.title.to_string()).collect::<Vec<_>>()
        })
    });
    let buttons = move || {
        let buttons = titles.get().into_iter().enumerate().map(|(index, title)| view! {
            <button type="button" aria-pressed=move || (state.plan.get() == index).to_string() on:click=move |_| actions.show_plan(index)>{title}</button>
        });
        buttons.collect::<Vec<_>>()
    };
    let is_shown = move || !titles.with(Vec::is_empty) && scene.sides.get() != Sides::Now;
    view! {
        {move || is_shown().then(|| view! {
            <h2 class=move || if scene.sides.get() == Sides::Both { "" } else { "unseen" }>"Proposed"</h2>
            <div class="switch" role="group" aria-label="Which repair is drawn">{buttons()}</div>
        })}
    }
}
