//! Pointer, wheel and keys over the drawing: what the browser sends, handed to the eye and to what is picked out.

use leptos::ev::{KeyboardEvent, PointerEvent, WheelEvent};
use leptos::html::Div;
use leptos::prelude::*;

use super::eye::Eye;
use super::picks::Picks;
use super::scene::Scene;
use crate::text::Shown;
use crate::ui::actions::Actions;
use crate::ui::browser;
use crate::ui::components::{actions, state};
use crate::ui::hand::{Press, Wheel};
use crate::ui::state::{AppState, Carried, Selection};
use crate::ui::walk::{Step, Wish, next_row, wish};

/// Everything that a person does to the drawing. Copied freely.
#[derive(Clone, Copy)]
pub(super) struct Hands {
    frame: NodeRef<Div>,
    scene: Scene,
    eye: Eye,
    picks: Picks,
    actions: Actions,
    state: AppState,
    press: RwSignal<Press>,
}

impl Hands {
    /// Hands that do nothing yet.
    pub(super) fn new(frame: NodeRef<Div>, scene: Scene, eye: Eye, picks: Picks) -> Self {
        Self { frame, scene, eye, picks, actions: actions(), state: state(), press: RwSignal::new(Press::Up) }
    }

    /// Whether the drawing is being dragged.
    pub(super) fn drags(self) -> Memo<bool> {
        Memo::new(move |_| self.press.get().is_drag())
    }

    /// A key was pressed; keys of the browser's own, such as control and `+`, are left to it.
    pub(super) fn key(self, event: &KeyboardEvent) {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let Some(wish) = wish(&event.key()) else { return };
        event.prevent_default();
        match wish {
            Wish::Walk(step) => self.step(step),
            Wish::Zoom(factor) => self.eye.zoom(factor),
            Wish::AsWritten => self.eye.as_written(),
            Wish::Fit => self.eye.fit(),
            Wish::FitProblem => self.eye.fit_rows(&self.picks.problem()),
        }
    }

    /// The wheel was turned; with the control key, or two fingers spread, it zooms.
    pub(super) fn wheel(self, event: &WheelEvent) {
        let wheel = Wheel {
            dx: event.delta_x(),
            dy: event.delta_y(),
            in_lines: event.delta_mode() == WheelEvent::DOM_DELTA_LINE,
            with_shift: event.shift_key(),
        };
        if event.ctrl_key() {
            event.prevent_default();
            let frame = self.frame.get_untracked();
            let at = frame.map_or((0.0, 0.0), |frame| browser::place_in(&frame, event));
            self.eye.zoom_at(wheel.factor(), at);
        } else if self.eye.turn(wheel) {
            event.prevent_default();
        }
    }

    /// The pointer went down: the left button, a finger or a pen.
    pub(super) fn down(self, event: &PointerEvent) {
        if event.button() == 0 {
            if let Some(row) = browser::grip_at(event) {
                return self.take_up(event, row);
            }
            self.press.update(|press| *press = press.down(place(event)));
        }
    }

    /// The pointer moved, held down or not.
    pub(super) fn moved(self, event: &PointerEvent) {
        if let Some(carried) = self.carried() {
            let over = browser::row_under(event).filter(|&row| row != carried.row);
            let over = over.and_then(|row| Some((row, self.revision(row)?)));
            return self.actions.carry(Some(Carried { over, ..carried }));
        }
        let before = self.press.get_untracked();
        let Some((after, (dx, dy))) = before.moved(place(event)) else { return };
        if !before.is_drag()
            && let Some(frame) = self.frame.get_untracked()
        {
            // Without capture the drag ends at the frame's edge; nothing else depends on it.
            let _ignored = frame.set_pointer_capture(event.pointer_id());
        }
        self.press.set(after);
        self.eye.go(dx, dy);
    }

    /// The pointer was let go: where it did not drag, it picks the row under it.
    pub(super) fn up(self, event: &PointerEvent) {
        if let Some(Carried { row, revision, over }) = self.carried() {
            self.actions.carry(None);
            match over {
                Some((_, onto)) => self.actions.choose_parent(&revision, Some(&onto), false),
                // A press alone picks the row.
                None => self.go(row),
            }
            return;
        }
        let before = self.press.get_untracked();
        self.press.set(Press::Up);
        if let (Press::Down(_), Some(row)) = (before, browser::row_at(event)) {
            self.go(row);
        }
    }

    /// The browser took the pointer away, to scroll the page for example: no row is picked.
    pub(super) fn cancelled(self) {
        self.press.set(Press::Up);
        self.actions.carry(None);
    }

    /// The pointer left the frame: what it carries stays where it was.
    pub(super) fn left(self) {
        self.actions.carry(None);
    }

    fn carried(self) -> Option<Carried> {
        self.state.carried.get_untracked()
    }

    fn take_up(self, event: &PointerEvent, row: usize) {
        // Text must not be marked meanwhile.
        event.prevent_default();
        if let Some(revision) = self.revision(row) {
            self.actions.carry(Some(Carried { row, revision, over: None }));
        }
    }

    fn revision(self, row: usize) -> Option<Shown> {
        self.scene.view.with_untracked(|view| Some(view.drawing()?.rows.get(row)?.revision.clone()))
    }

    /// Goes one step along the chain.
    fn step(self, step: Step) {
        let (at, count) = (self.picks.current.get_untracked(), self.scene.rows.get_untracked());
        let row = self.scene.neighbours.with_untracked(|neighbours| next_row(step, at, count, neighbours));
        if let Some(row) = row {
            self.go(row);
        }
    }

    /// Goes to a row and picks its revision out.
    fn go(self, row: usize) {
        let id = self.revision(row);
        self.picks.went_to.set(Some(row));
        if let Some(id) = id {
            self.actions.select(Selection::Revision(id));
        }
    }
}

/// Where a pointer is in the window, in pixels.
fn place(event: &PointerEvent) -> (f64, f64) {
    (event.client_x().into(), event.client_y().into())
}
