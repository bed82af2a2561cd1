//! The camera over the scene, as signals: every move of it goes through here.

use leptos::prelude::*;

use super::picks::Picks;
use super::scene::Scene;
use crate::ui::camera::{Camera, Stage, drawing_height};
use crate::ui::hand::Wheel;

/// Where the eye is, and between what it moves. Copied freely.
#[derive(Clone, Copy)]
pub(super) struct Eye {
    /// Where it is; only the eye itself moves it.
    pub(super) camera: RwSignal<Camera>,
    /// The sizes of the frame and of the drawing.
    pub(super) stage: Memo<Stage>,
}

impl Eye {
    /// An eye at the top of the scene.
    pub(super) fn new(scene: Scene) -> Self {
        let stage = Memo::new(move |_| {
            let (width, height) = scene.frame_size.get();
            Stage {
                width: width.max(1.0),
                height: height.max(1.0),
                drawing_width: scene.columns.get().map_or(1.0, |columns| columns.width),
                drawing_height: drawing_height(scene.rows.get()),
            }
        });
        Self { camera: RwSignal::new(Camera::default()), stage }
    }

    /// Keeps what is picked out in sight from now on, and the drawing in the frame.
    pub(super) fn follow(self, picks: Picks) {
        Effect::new(move || {
            let rows = picks.in_sight();
            let stage = self.stage.get_untracked();
            if let Some(camera) = self.camera.get_untracked().reveal_rows(&rows, stage) {
                self.camera.set(camera);
            }
        });
        // A new frame or another drawing must not leave the eye outside.
        Effect::new(move || {
            let stage = self.stage.get();
            self.camera.update(|camera| *camera = camera.held(stage));
        });
    }

    /// Moves the drawing by so many pixels, to the right and down.
    pub(super) fn go(self, dx: f64, dy: f64) {
        let stage = self.stage.get_untracked();
        self.camera.update(|camera| *camera = camera.moved(dx, dy, stage));
    }

    /// Turns a wheel over the drawing; whether it moved. At its end the drawing lets the page scroll on.
    pub(super) fn turn(self, wheel: Wheel) -> bool {
        let (dx, dy) = wheel.way();
        let moves = self.stage.get_untracked().moves(self.camera.get_untracked(), dx, dy);
        if moves {
            self.go(-dx, -dy);
        }
        moves
    }

    /// Makes the drawing so many times larger about a place in the frame.
    pub(super) fn zoom_at(self, factor: f64, at: (f64, f64)) {
        let stage = self.stage.get_untracked();
        self.camera.update(|camera| *camera = camera.zoomed(factor, at, stage));
    }

    /// Makes the drawing so many times larger about the frame's middle.
    pub(super) fn zoom(self, factor: f64) {
        let stage = self.stage.get_untracked();
        self.zoom_at(factor, (stage.width / 2.0, stage.height / 2.0));
    }

    /// Makes the drawing as large as written.
    pub(super) fn as_written(self) {
        self.zoom(1.0 / self.camera.get_untracked().scale);
    }

    /// Shows the whole drawing, from afar where it is long.
    pub(super) fn fit(self) {
        self.camera.set(Camera::fit(self.stage.get_untracked()));
    }

    /// Shows some rows as large as they fit.
    pub(super) fn fit_rows(self, rows: &[usize]) {
        if let Some(camera) = Camera::fit_rows(rows, self.stage.get_untracked()) {
            self.camera.set(camera);
        }
    }
}
