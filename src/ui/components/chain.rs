//! The drawing's frame: pan, zoom, keys, and which rows are mounted.
//!
//! The drawing moves by one `transform`; rows are mounted in blocks around what is seen, so ten rows and ten thousand
//! cost the same. For those who do not see it, the frame is a list box whose options are the rows.

use leptos::ev::{KeyboardEvent, PointerEvent, WheelEvent};
use leptos::html::Div;
use leptos::prelude::*;

use super::chain_row::{ChainLinks, ChainRow, PickedBands, RowContext};
use super::overview::Overview;
use super::strip::Strip;
use super::{actions, state};
use crate::drawing::geometry::{ROW_HEIGHT, rows_height};
use crate::report::Severity;
use crate::ui::browser;
use crate::ui::camera::{Camera, Stage, WORDS};
use crate::ui::columns::{Columns, NARROW, Neighbours, Sides};
use crate::ui::schema;
use crate::ui::state::{OneSide, Selection, View};
use crate::ui::words;

/// The room above the first row and below the last.
const MARGIN: f64 = 10.0;

/// How far a pointer moves before a press is a drag.
const SLACK: f64 = 4.0;

/// The drawing of the view's environment and plan.
#[component]
pub(crate) fn Chain(
    /// What is on screen.
    view: Memo<View>,
) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let frame = NodeRef::<Div>::new();
    let size = RwSignal::new((0.0, 0.0));
    let camera = RwSignal::new(Camera::default());
    let cursor = RwSignal::new(None::<usize>);

    Effect::new(move || {
        if let Some(element) = frame.get() {
            browser::on_resize(&element, move |width, height| size.set((width, height)));
        }
    });

    let rows = Memo::new(move |_| view.with(|view| view.drawing().map_or(0, |drawing| drawing.rows.len())));
    let sides = Memo::new(move |_| {
        let proposes = view.with(|view| view.drawing().is_some_and(|drawing| drawing.proposed.is_some()));
        match (proposes, size.get().0 < NARROW, state.side.get()) {
            (false, ..) | (true, true, OneSide::Now) => Sides::Now,
            (true, true, OneSide::Proposed) => Sides::Proposed,
            (true, false, _) => Sides::Both,
        }
    });
    let fates = Memo::new(move |_| view.with(|view| schema::fates(view, sides.get())));
    let columns = Memo::new(move |_| {
        let width = size.get().0.max(300.0);
        fates.with(|fates| {
            let beside = |revision: &str| fates.get(revision).map_or(0, |fate| fate.word().len() + 2);
            view.with(|view| view.drawing().map(|drawing| Columns::new(drawing, sides.get(), width, beside)))
        })
    });
    let neighbours = Memo::new(move |_| {
        view.with(|view| view.drawing().map(|drawing| Neighbours::of(drawing, sides.get())))
            .unwrap_or_default()
    });
    let height = move || rows_height(rows.get()) + 2.0 * MARGIN;
    let stage = Memo::new(move |_| {
        let (width, frame_height) = size.get();
        Stage {
            width: width.max(1.0),
            height: frame_height.max(1.0),
            drawing_width: columns.get().map_or(1.0, |columns| columns.width),
            drawing_height: height(),
        }
    });
    let mounted = Memo::new(move |_| camera.get().rows(ROW_HEIGHT, rows.get(), stage.get()));
    let worded = Memo::new(move |_| camera.get().scale >= WORDS);
    let picked = Memo::new(move |_| match state.selection.get() {
        Selection::Nothing => Vec::new(),
        Selection::Revision(id) => view.with(|view| view.rows_of(std::slice::from_ref(&id))),
        Selection::Finding(index) => view.with(|view| {
            let ids = view.finding(index).map_or(&[][..], |finding| &finding.revisions);
            view.rows_of(ids)
        }),
    });
    let current = Memo::new(move |_| {
        let Selection::Revision(_) = state.selection.get() else { return None };
        let picked = picked.get();
        cursor.get().filter(|row| picked.contains(row)).or_else(|| picked.first().copied())
    });
    let band = move |rows: &[usize]| {
        let (first, last) = (rows.iter().min()?, rows.iter().max()?);
        Some((rows_height(*first), rows_height(last + 1) + 2.0 * MARGIN))
    };
    let reveal = move || {
        let rows = current.get().map_or_else(|| picked.get(), |row| vec![row]);
        let Some((top, bottom)) = band(&rows) else { return };
        let stage = stage.get_untracked();
        if stage.height > 1.0 {
            camera.update(|camera| *camera = camera.reveal(top, bottom, stage));
        }
    };
    Effect::new(reveal);
    // A new frame or another drawing must not leave the eye outside.
    Effect::new(move || {
        let stage = stage.get();
        camera.update(|camera| *camera = camera.moved(0.0, 0.0, stage));
    });

    let zoom = move |factor: f64| {
        let stage = stage.get_untracked();
        camera
            .update(|camera| *camera = camera.zoomed(factor, (stage.width / 2.0, stage.height / 2.0), stage));
    };
    let as_written = move || zoom(1.0 / camera.get_untracked().scale);
    let fit = move || camera.set(Camera::fit(stage.get_untracked()));
    let troubled = Memo::new(move |_| view.with(troubled_rows));
    let to_picked = move || {
        let rows = picked.get_untracked();
        let rows = if rows.is_empty() { troubled.get_untracked() } else { rows };
        if let Some((top, bottom)) = band(&rows) {
            camera.set(Camera::fit_between(top, bottom, stage.get_untracked()));
        }
    };
    let go = move |row: usize| {
        cursor.set(Some(row));
        if let Some(id) =
            view.with_untracked(|view| view.drawing().map(|drawing| drawing.rows[row].revision.clone()))
        {
            actions.select(Selection::Revision(id));
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let count = rows.get_untracked();
        let at = current.get_untracked();
        let next_to = |of: fn(&Neighbours) -> &Vec<Vec<usize>>| {
            neighbours.with_untracked(|neighbours| of(neighbours).get(at?)?.first().copied())
        };
        let target = match event.key().as_str() {
            "ArrowDown" => Some(at.map_or(0, |row| (row + 1).min(count.saturating_sub(1)))),
            "ArrowUp" => Some(at.map_or(0, |row| row.saturating_sub(1))),
            "ArrowRight" => next_to(|neighbours| &neighbours.parents).or(at),
            "ArrowLeft" => next_to(|neighbours| &neighbours.children).or(at),
            "Home" => Some(0),
            "End" => count.checked_sub(1),
            other => {
                match other {
                    "+" | "=" => zoom(1.25),
                    "-" => zoom(0.8),
                    "0" => as_written(),
                    "f" => fit(),
                    "g" => to_picked(),
                    _ => return,
                }
                None
            }
        };
        event.prevent_default();
        if let Some(row) = target.filter(|&row| row < count) {
            go(row);
        }
    };
    let on_wheel = move |event: WheelEvent| {
        let stage = stage.get_untracked();
        let unit = if event.delta_mode() == 1 { 16.0 } else { 1.0 };
        if event.ctrl_key() {
            event.prevent_default();
            let at = frame.get_untracked().map_or((0.0, 0.0), |frame| browser::place_in(&frame, &event));
            let factor = (-event.delta_y() * unit * 0.004).exp();
            camera.update(|camera| *camera = camera.zoomed(factor, at, stage));
            return;
        }
        let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
        let (dx, dy) = if event.shift_key() && dx == 0.0 { (dy, 0.0) } else { (dx, dy) };
        // At its end the drawing lets the page scroll on.
        if stage.moves(camera.get_untracked(), dx, dy) {
            event.prevent_default();
            camera.update(|camera| *camera = camera.moved(-dx, -dy, stage));
        }
    };

    let pressed = StoredValue::new(None::<(f64, f64)>);
    let dragging = RwSignal::new(false);
    let on_down = move |event: PointerEvent| {
        if event.button() == 0 {
            pressed.set_value(Some((event.client_x().into(), event.client_y().into())));
        }
    };
    let on_move = move |event: PointerEvent| {
        let Some((x, y)) = pressed.get_value() else { return };
        let now = (f64::from(event.client_x()), f64::from(event.client_y()));
        let (dx, dy) = (now.0 - x, now.1 - y);
        if !dragging.get_untracked() {
            if dx.abs().max(dy.abs()) < SLACK {
                return;
            }
            dragging.set(true);
            if let Some(element) = frame.get_untracked() {
                // Without capture the drag ends at the frame's edge; nothing else depends on it.
                let _ignored = element.set_pointer_capture(event.pointer_id());
            }
        }
        pressed.set_value(Some(now));
        let stage = stage.get_untracked();
        camera.update(|camera| *camera = camera.moved(dx, dy, stage));
    };
    let on_up = move |event: PointerEvent| {
        let was_pressed = pressed.get_value().is_some();
        pressed.set_value(None);
        if dragging.get_untracked() {
            dragging.set(false);
        } else if was_pressed && let Some(row) = browser::row_at(&event) {
            go(row);
        }
    };
    let stop = move |_: PointerEvent| {
        pressed.set_value(None);
        dragging.set(false);
    };

    let tall = Memo::new(move |_| stage.get().height + 4.0 < height());
    let label = move || {
        view.with(|view| {
            let bases = view.environment().map_or(0, |environment| environment.bases.len());
            let heads = view.environment().map_or(0, |environment| environment.heads.len());
            format!(
                "The chain, newest first: {}, {}, {}",
                words::count(rows.get(), "row", "rows"),
                words::count(bases, "root", "roots"),
                words::count(heads, "head", "heads"),
            )
        })
    };
    let transform = move || {
        let Camera { x, y, scale } = camera.get();
        format!("translate({x:.1} {:.1}) scale({scale:.4})", y + MARGIN * scale)
    };
    let body = move || {
        let columns = columns.get()?;
        let (first, last) = mounted.get();
        let context = RowContext { view, columns, neighbours, fates, picked, current };
        let body = if worded.get() {
            let rows: Vec<_> = (first..last).map(|row| view! { <ChainRow context row/> }).collect();
            view! { <PickedBands context/> <ChainLinks context first last/> {rows} }.into_any()
        } else {
            view! { <Overview context first last/> }.into_any()
        };
        Some(body)
    };
    let heading = move || {
        let columns = columns.get()?;
        let camera = camera.get();
        (columns.sides == Sides::Both)
            .then(|| format!("{:.0}px", (columns.proposed * camera.scale + camera.x).max(120.0)))
    };
    view! {
        <div class="chain-head">
            <Heading view sides/>
            <div class="plan-head" class:placed=move || heading().is_some() style:left=move || heading().unwrap_or_default()>
                <PlanSwitch view sides/>
            </div>
        </div>
        <div class="chain-stage">
        <div
            class="chain-frame" class:dragging=move || dragging.get() class:tall=move || tall.get()
            style:height=move || format!("{}px", height())
            node_ref=frame tabindex="0" role="listbox" aria-label=label
            aria-activedescendant=move || current.get().map(|row| format!("row-{row}"))
            on:keydown=on_key on:wheel=on_wheel
            on:pointerdown=on_down on:pointermove=on_move on:pointerup=on_up on:pointercancel=stop
        >
            <svg class="chain" role="presentation" width="100%" height="100%">
                <g transform=transform>{body}</g>
            </svg>
        </div>
        {move || tall.get().then(|| view! { <Strip view troubled stage camera/> })}
        </div>
        <div class="chain-foot">
            <div class="tools" role="toolbar" aria-label="The drawing">
                <button type="button" class="button quiet" aria-label="Smaller" on:click=move |_| zoom(0.8)>"\u{2212}"</button>
                <button type="button" class="button quiet figure" aria-label="As written" on:click=move |_| as_written()>
                    {move || format!("{:.0}%", camera.get().scale * 100.0)}
                </button>
                <button type="button" class="button quiet" aria-label="Larger" on:click=move |_| zoom(1.25)>"+"</button>
                <button type="button" class="button quiet" on:click=move |_| fit()>"Fit"</button>
                <button
                    type="button" class="button quiet" disabled=move || troubled.with(Vec::is_empty) && picked.with(Vec::is_empty)
                    on:click=move |_| to_picked()
                >"Fit to the problem"</button>
            </div>
            <p class="fine wide">"Click a row for its facts. Arrows walk the chain."</p>
        </div>
    }
}

/// What stands over the left side.
#[component]
fn Heading(view: Memo<View>, sides: Memo<Sides>) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let facts = move || {
        view.with(|view| {
            let environment = view.environment()?;
            Some(format!(
                "{}, {}",
                words::count(environment.bases.len(), "root", "roots"),
                words::count(environment.heads.len(), "head", "heads"),
            ))
        })
    };
    let proposes = move || view.with(|view| view.drawing().is_some_and(|drawing| drawing.proposed.is_some()));
    let switch = move |side: OneSide, name: &'static str| {
        view! {
            <button type="button" aria-pressed=move || (state.side.get() == side).to_string() on:click=move |_| actions.show_side(side)>{name}</button>
        }
    };
    view! {
        {move || if proposes() && sides.get() != Sides::Both {
            view! {
                <div class="switch" role="group" aria-label="Which chain is drawn">
                    {switch(OneSide::Now, "Now")}{switch(OneSide::Proposed, "Proposed")}
                </div>
            }.into_any()
        } else {
            view! { <h2>{if proposes() { "Now" } else { "The chain" }} <span class="fine">{facts}</span></h2> }.into_any()
        }}
    }
}

/// What stands over the right side: which plan is drawn.
#[component]
fn PlanSwitch(view: Memo<View>, sides: Memo<Sides>) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let plans = Memo::new(move |_| {
        view.with(|view| {
            let plans = view.environment().map_or(&[][..], |environment| &environment.plans);
            plans.iter().map(|plan| plan.title.clone()).collect::<Vec<_>>()
        })
    });
    let shown = move || !plans.with(Vec::is_empty) && sides.get() != Sides::Now;
    view! {
        {move || shown().then(|| {
            let buttons = plans.get().into_iter().enumerate().map(|(index, title)| view! {
                <button type="button" aria-pressed=move || (state.plan.get() == index).to_string() on:click=move |_| actions.show_plan(index)>
                    {words::visible(&title)}
                </button>
            });
            view! {
                <h2 class=move || if sides.get() == Sides::Both { "" } else { "unseen" }>"Proposed"</h2>
                <div class="switch" role="group" aria-label="Which repair is drawn">{buttons.collect::<Vec<_>>()}</div>
            }
        })}
    }
}

/// The rows that an error or warning names.
fn troubled_rows(view: &View) -> Vec<usize> {
    let ids: Vec<String> = view
        .findings()
        .filter(|(_, finding)| finding.severity != Severity::Info)
        .flat_map(|(_, finding)| finding.revisions.iter().cloned())
        .collect();
    view.rows_of(&ids)
}
