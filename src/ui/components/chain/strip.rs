//! The strip beside a tall drawing: where the eye is, and where the trouble is.

use std::fmt::Write as _;

use leptos::ev::PointerEvent;
use leptos::prelude::*;

use super::eye::Eye;
use super::picks::Picks;
use super::scene::Scene;
use crate::drawing::{Dot, Drawing};
use crate::ui::browser;
use crate::ui::camera::{Camera, Stage};

/// How many of the strip's own units there are from top to bottom.
const LENGTH: f64 = 1000.0;

/// Shows the whole drawing's height, with a tick for every row that is wrong or changes.
#[component]
pub(super) fn Strip(scene: Scene, eye: Eye, picks: Picks) -> impl IntoView {
    let ticks = Memo::new(move |_| {
        let troubled = picks.troubled.get();
        scene.view.with(|view| view.drawing().map(|drawing| ticks(drawing, &troubled)).unwrap_or_default())
    });
    let thumb = move || thumb(eye.camera.get(), eye.stage.get());
    let jump = move |event: PointerEvent| {
        let Some(share) = browser::share_of_height(&event) else { return };
        let (camera, stage) = (eye.camera.get_untracked(), eye.stage.get_untracked());
        let to = stage.height / 2.0 - share * stage.drawing_height * camera.scale;
        eye.go(0.0, to - camera.y);
    };
    view! {
        <svg
            class="strip" viewBox=format!("0 0 10 {LENGTH}") preserveAspectRatio="none" aria-hidden="true"
            on:pointerdown=jump on:pointermove=move |event| if event.buttons() == 1 { jump(event) }
        >
            <rect class="thumb" x="0" y=move || format!("{:.1}", thumb().0) width="10" height=move || format!("{:.1}", thumb().1)/>
            <path class="tick changed" d=move || ticks.get().1/>
            <path class="tick bad" d=move || ticks.get().0/>
        </svg>
    }
}

/// Where the part that is seen begins, and how long it is, in the strip's units.
fn thumb(camera: Camera, stage: Stage) -> (f64, f64) {
    let whole = stage.drawing_height * camera.scale;
    let top = (-camera.y / whole * LENGTH).clamp(0.0, LENGTH);
    // However long the drawing is, the thumb can be seen.
    let height = (stage.height / whole * LENGTH).clamp(12.0, LENGTH);
    (top, height)
}

/// The ticks of what is wrong, and of what a plan changes.
fn ticks(drawing: &Drawing, troubled: &[usize]) -> (String, String) {
    let rows = drawing.rows.len().max(1) as f64;
    let (mut bad, mut changed) = (String::new(), String::new());
    for &row in troubled {
        tick(&mut bad, row, rows);
    }
    for (row, dot) in drawing.proposed.iter().flat_map(|lines| &lines.dots).enumerate() {
        if dot.as_ref().is_some_and(changes) {
            tick(&mut changed, row, rows);
        }
    }
    (bad, changed)
}

/// Whether a plan writes this revision, or adds it.
fn changes(dot: &Dot) -> bool {
    dot.marks.iter().any(|mark| mark.is_change())
}

fn tick(path: &mut String, row: usize, rows: f64) {
    write!(path, "M0 {:.1}h10", (row as f64 + 0.5) / rows * LENGTH).expect("writing to a string cannot fail");
}
