//! The frame that the drawing moves in. For those who do not see it, a list box whose options are the rows.

use leptos::html::Div;
use leptos::prelude::*;

use super::eye::Eye;
use super::hands::Hands;
use super::links::{ChainLinks, PickedBands};
use super::overview::Overview;
use super::picks::Picks;
use super::row::ChainRow;
use super::scene::{RowContext, Scene};
use crate::report::present::ends;
use crate::text::plural;
use crate::ui::browser;
use crate::ui::camera::{Camera, MARGIN, WORDS, drawing_height};
use crate::ui::components::state;
use crate::ui::state::View;

/// The frame, with everything that a hand may do in it.
#[component]
pub(super) fn Frame(scene: Scene, eye: Eye, picks: Picks) -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    Effect::new(move || {
        if let Some(element) = frame.get() {
            browser::on_resize(&element, move |width, height| scene.frame_size.set((width, height)));
        }
    });
    let hands = Hands::new(frame, scene, eye, picks);
    let drags = hands.drags();
    let state = state();
    let carries = move || state.carried.with(Option::is_some);
    let label = move || scene.view.with(|view| label(view, scene.rows.get()));
    view! {
        <div
            class="chain-frame" class:dragging=move || drags.get() class:carrying=move || carries() class:tall=move || eye.stage.get().is_tall()
            style:height=move || format!("{}px", drawing_height(scene.rows.get()))
            node_ref=frame tabindex="0" role="listbox" aria-label=label
            aria-activedescendant=move || picks.current.get().map(|row| format!("row-{row}"))
            on:keydown=move |event| hands.key(&event) on:wheel=move |event| hands.wheel(&event)
            on:pointerdown=move |event| hands.down(&event) on:pointermove=move |event| hands.moved(&event)
            on:pointerup=move |event| hands.up(&event) on:pointercancel=move |_| hands.cancelled() on:pointerleave=move |_| hands.left()
        >
            <Canvas scene eye picks/>
        </div>
    }
}

/// What the frame is called.
fn label(view: &View, rows: usize) -> String {
    let rows = plural(rows, "row");
    let environment = view.environment();
    let (bases, heads) = environment.map_or((0, 0), |found| (found.bases.len(), found.heads.len()));
    format!("The chain, newest first: {rows}, {}", ends(bases, heads))
}

/// The drawing, moved by one `transform`; rows are mounted in blocks around what is seen, so ten rows and ten thousand
/// cost the same.
#[component]
fn Canvas(scene: Scene, eye: Eye, picks: Picks) -> impl IntoView {
    let mounted = Memo::new(move |_| eye.camera.get().rows(scene.rows.get(), eye.stage.get()));
    let worded = Memo::new(move |_| eye.camera.get().scale >= WORDS);
    let transform = move || {
        let Camera { x, y, scale } = eye.camera.get();
        format!("translate({x:.1} {:.1}) scale({scale:.4})", y + MARGIN * scale)
    };
    let body = move || {
        // Rows read the drawing once, when they are mounted; another one may have the very same columns.
        let _is_another = scene.view.get();
        let columns = scene.columns.get()?;
        let (first, last) = mounted.get();
        let context = RowContext::new(scene, picks, columns);
        Some(if worded.get() {
            let rows: Vec<_> = (first..last).map(|row| view! { <ChainRow context row/> }).collect();
            view! { <PickedBands context/> <ChainLinks context first last/> {rows} }.into_any()
        } else {
            view! { <Overview context first last/> }.into_any()
        })
    };
    view! {
        <svg class="chain" role="presentation" width="100%" height="100%">
            <g transform=transform>{body}</g>
        </svg>
    }
}
