//! Where the columns of the drawing stand on the page, and who is next to whom in it: plain numbers.
//!
//! Both sides share their rows, so the page writes each revision once, between the two: lanes as they are on its left,
//! lanes as proposed on its right, and beyond them only what the plan changes.

use super::camera::whole;
use super::state::OneSide;
use crate::drawing::geometry::lanes_width;
use crate::drawing::{Drawing, Lines, LinkKind, Row};

/// Which sides of a drawing are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sides {
    /// Now and proposed, with the text between.
    Both,
    /// The chain as it is.
    Now,
    /// The chain as proposed.
    Proposed,
}

/// The width of the frame below which only one side has room, in pixels.
const NARROW: f64 = 620.0;

/// Roughly the width of a character of each kind of text, in pixels.
const ID: f64 = 7.6;
const PLAIN: f64 = 6.2;

/// The pixels between two columns, and at the edges of all.
const GAP: f64 = 8.0;
const EDGE: f64 = 16.0;

impl Sides {
    /// The sides that are drawn in a frame of this width, where a reader of a narrow page chose one.
    pub(super) fn shown(proposes: bool, width: f64, chosen: OneSide) -> Self {
        match (proposes, width < NARROW, chosen) {
            (false, ..) | (true, true, OneSide::Now) => Self::Now,
            (true, true, OneSide::Proposed) => Self::Proposed,
            (true, false, _) => Self::Both,
        }
    }
}

/// The columns, left to right, in pixels of the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Columns {
    /// The sides that they are for.
    pub(super) sides: Sides,
    /// The left edge of the lanes as they are.
    pub(super) now: f64,
    /// The left edge of the text.
    pub(super) text: f64,
    /// The left edge of the lanes as proposed.
    pub(super) proposed: f64,
    /// The left edge of what changes.
    pub(super) change: f64,
    /// The right edge of everything.
    pub(super) width: f64,
    text_width: f64,
    change_width: f64,
}

impl Columns {
    /// Columns that fill a frame, or more than it when the lanes need so much; `beside` is how many characters stand
    /// beside a revision's id and marks.
    pub(super) fn new(drawing: &Drawing, sides: Sides, frame: f64, beside: impl Fn(&Row) -> usize) -> Self {
        let now_width = lanes_width(drawing.now.lanes);
        let proposed_width = drawing.proposed.as_ref().map_or(0.0, |lines| lanes_width(lines.lanes));
        if sides != Sides::Both {
            let lanes = if sides == Sides::Now { now_width } else { proposed_width };
            let text = EDGE / 2.0 + lanes + GAP;
            let text_width = (frame - text - EDGE).max(240.0);
            let width = text + text_width + EDGE;
            return Self {
                sides,
                now: EDGE / 2.0,
                text,
                proposed: EDGE / 2.0,
                change: text,
                width,
                text_width,
                change_width: text_width,
            };
        }
        let room = frame - now_width - proposed_width - 3.0 * GAP - 1.5 * EDGE;
        let text_width = longest(drawing, beside).clamp(230.0, (room * 0.6).max(270.0));
        let change_width = (room - text_width).max(240.0);
        let text = EDGE / 2.0 + now_width + GAP;
        let proposed = text + text_width + GAP;
        let change = proposed + proposed_width + GAP;
        Self {
            sides,
            now: EDGE / 2.0,
            text,
            proposed,
            change,
            width: change + change_width + EDGE,
            text_width,
            change_width,
        }
    }

    /// How many characters of an id fit beside so many plain ones.
    pub(super) fn id_room(&self, plain: usize) -> usize {
        whole((self.text_width - plain as f64 * (PLAIN + 0.6)) / ID).max(12)
    }

    /// How many plain characters fit under the id.
    pub(super) fn text_room(&self) -> usize {
        whole(self.text_width / PLAIN)
    }

    /// How many plain characters fit in the column of what changes.
    pub(super) fn change_room(&self) -> usize {
        whole(self.change_width / PLAIN)
    }
}

/// The width of the longest row's words, roughly.
fn longest(drawing: &Drawing, beside: impl Fn(&Row) -> usize) -> f64 {
    let dots = drawing.now.dots.iter().map(Option::as_ref).chain(std::iter::repeat(None));
    let widths = drawing.rows.iter().zip(dots).map(|(row, dot)| {
        let marks: usize = dot.map_or(0, |dot| dot.marks.iter().map(|mark| mark.word().len() + 2).sum());
        let date = row.date.as_ref().map_or(0, |date| date.len() + 3);
        let marks = marks + beside(row);
        let first = row.revision.chars().count() as f64 * ID + marks as f64 * (PLAIN + 0.6);
        first.max((row.message.chars().count() + date) as f64 * PLAIN)
    });
    widths.fold(0.0, f64::max) + GAP
}

/// Who is next to whom, by row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Neighbours {
    /// The rows of each row's parents, as the shown side has them.
    pub(super) parents: Vec<Vec<usize>>,
    /// The rows of each row's children.
    pub(super) children: Vec<Vec<usize>>,
    /// The rows of the parents that the plan writes.
    pub(super) new_parents: Vec<Vec<usize>>,
    /// Whether a line leaves each row downwards, now and as proposed.
    pub(super) going_down: [Vec<bool>; 2],
}

impl Neighbours {
    /// Reads the links once, so that walking and writing rows need not search them.
    pub(super) fn of(drawing: &Drawing, sides: Sides) -> Self {
        let empty = || vec![Vec::new(); drawing.rows.len()];
        let proposed = drawing.proposed.as_ref();
        let going_down = [drawing.now.going_down(), proposed.map(Lines::going_down).unwrap_or_default()];
        let mut found = Self { parents: empty(), children: empty(), new_parents: empty(), going_down };
        let walked = if sides == Sides::Proposed { proposed.unwrap_or(&drawing.now) } else { &drawing.now };
        for link in walked.links.iter().filter(|link| link.kind != LinkKind::Dependency) {
            if let (Some(parents), Some(children)) =
                (found.parents.get_mut(link.child), found.children.get_mut(link.parent))
            {
                parents.push(link.parent);
                children.push(link.child);
            }
        }
        for link in
            proposed.iter().flat_map(|lines| &lines.links).filter(|link| link.kind == LinkKind::NewParent)
        {
            if let Some(parents) = found.new_parents.get_mut(link.child) {
                parents.push(link.parent);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::Link;

    fn drawing() -> Drawing {
        let link = |kind| Link { child: 0, parent: 1, lane: 0, kind };
        let lines = |kind| Lines { dots: vec![None, None], links: vec![link(kind)], lanes: 2 };
        Drawing {
            rows: vec![Row::default(), Row::default()],
            now: lines(LinkKind::Parent),
            proposed: Some(lines(LinkKind::NewParent)),
        }
    }

    #[test]
    fn a_narrow_page_shows_one_side_and_a_sound_chain_has_no_other() {
        assert_eq!(Sides::shown(true, 900.0, OneSide::Proposed), Sides::Both);
        assert_eq!(Sides::shown(true, 390.0, OneSide::Proposed), Sides::Proposed);
        assert_eq!(Sides::shown(true, 390.0, OneSide::Now), Sides::Now);
        assert_eq!(Sides::shown(false, 390.0, OneSide::Proposed), Sides::Now);
    }

    #[test]
    fn columns_fill_the_frame_in_order() {
        let columns = Columns::new(&drawing(), Sides::Both, 900.0, |_| 0);
        assert!(
            columns.now < columns.text
                && columns.text < columns.proposed
                && columns.proposed < columns.change
        );
        assert!((columns.width - 900.0).abs() < 1.0, "{columns:?}");
        let narrow = Columns::new(&drawing(), Sides::Proposed, 360.0, |_| 0);
        assert!((narrow.width - 360.0).abs() < 1.0, "{narrow:?}");
    }

    #[test]
    fn neighbours_are_read_from_the_links() {
        let found = Neighbours::of(&drawing(), Sides::Both);
        assert_eq!(
            (&found.parents[0], &found.children[1], &found.new_parents[0]),
            (&vec![1], &vec![0], &vec![1])
        );
    }
}
