//! What is drawn: worked out once, and read by every part of the drawing.

use leptos::prelude::*;

use super::picks::Picks;
use crate::drawing::{Drawing, Lines, Row};
use crate::ui::actions::movable_rows;
use crate::ui::columns::{Columns, Neighbours, Sides};
use crate::ui::components::state;
use crate::ui::schema::{self, Fates};
use crate::ui::state::View;

/// The width that columns are made for when the frame is narrower, in pixels; the frame then pans.
const NARROWEST: f64 = 300.0;

/// The drawing and where its columns stand. Copied freely.
#[derive(Clone, Copy)]
pub(super) struct Scene {
    /// The result, the environment and the plan whose drawing it is.
    pub(super) view: Memo<View>,
    /// The width and height of the frame on the page, in pixels; nothing until it is laid out.
    pub(super) frame_size: RwSignal<(f64, f64)>,
    /// How many rows there are.
    pub(super) rows: Memo<usize>,
    /// Whether there is a proposed side.
    pub(super) proposes: Memo<bool>,
    /// The sides that are drawn.
    pub(super) sides: Memo<Sides>,
    /// Who fails on an empty database, as the shown side has it.
    pub(super) fates: Memo<Fates>,
    /// The columns; none where there is nothing to draw.
    pub(super) columns: Memo<Option<Columns>>,
    /// Who is next to whom, as the shown side has it.
    pub(super) neighbours: Memo<Neighbours>,
    /// Which rows can be carried onto another one.
    pub(super) movable: Memo<Vec<bool>>,
}

impl Scene {
    /// The scene of what is on screen, in a frame that is yet to be laid out.
    pub(super) fn new(view: Memo<View>) -> Self {
        let state = state();
        let frame_size = RwSignal::new((0.0, 0.0));
        let rows =
            Memo::new(move |_| view.with(|view| view.drawing().map_or(0, |drawing| drawing.rows.len())));
        let proposes = Memo::new(move |_| view.with(View::proposes));
        let sides = Memo::new(move |_| Sides::shown(proposes.get(), frame_size.get().0, state.side.get()));
        let fates = Memo::new(move |_| view.with(|view| schema::fates(view, sides.get())));
        let columns = Memo::new(move |_| {
            let (width, _) = frame_size.get();
            view.with(|view| fates.with(|fates| columns(view, sides.get(), width, fates)))
        });
        let neighbours = Memo::new(move |_| {
            let of = |drawing: &Drawing| Neighbours::of(drawing, sides.get());
            view.with(|view| view.drawing().map(of).unwrap_or_default())
        });
        let movable = Memo::new(move |_| view.with(movable_rows));
        Self { view, frame_size, rows, proposes, sides, fates, columns, neighbours, movable }
    }
}

fn columns(view: &View, sides: Sides, frame: f64, fates: &Fates) -> Option<Columns> {
    // The word of a fate, and two characters between it and what stands before it.
    let beside = |row: &Row| schema::fate_of(fates, row).map_or(0, |fate| fate.word().len() + 2);
    view.drawing().map(|drawing| Columns::new(drawing, sides, frame.max(NARROWEST), beside))
}

/// What every row of a drawing needs.
#[derive(Clone, Copy)]
pub(super) struct RowContext {
    /// The result, the environment and the plan whose drawing it is.
    pub(super) view: Memo<View>,
    /// Who fails on an empty database.
    pub(super) fates: Memo<Fates>,
    /// Who is next to whom.
    pub(super) neighbours: Memo<Neighbours>,
    /// Which rows can be carried onto another one.
    pub(super) movable: Memo<Vec<bool>>,
    /// What is picked out.
    pub(super) picks: Picks,
    /// The columns that the rows are mounted for.
    pub(super) columns: Columns,
}

impl RowContext {
    /// What the rows of a scene need that are mounted for these columns.
    pub(super) fn new(scene: Scene, picks: Picks, columns: Columns) -> Self {
        let Scene { view, fates, neighbours, movable, .. } = scene;
        Self { view, fates, neighbours, movable, picks, columns }
    }

    /// The sides to draw, each with the left edge of its lanes, and whether it is the proposed one.
    pub(super) fn lines<'a>(&self, drawing: &'a Drawing) -> Vec<(f64, &'a Lines, bool)> {
        let now = (self.columns.now, &drawing.now, false);
        let proposed = drawing.proposed.as_ref().map(|lines| (self.columns.proposed, lines, true));
        match self.columns.sides {
            Sides::Now => vec![now],
            Sides::Proposed => proposed.into_iter().collect(),
            Sides::Both => std::iter::once(now).chain(proposed).collect(),
        }
    }
}
