//! The pixels of a drawing: where a row, a dot and a line stand. Pure numbers, shared by the SVG file and the page.
//!
//! A row is a band of [`ROW_HEIGHT`]; its dot stands in the middle of it, so a line may bend only between two rows,
//! where no dot is. Rows and lanes count from 0, pixels from the top left corner of the drawing.

use std::fmt;

use super::{Link, LinkKind};

/// The height of a row.
pub const ROW_HEIGHT: f64 = 34.0;
/// The distance between two lanes.
pub const LANE_WIDTH: f64 = 20.0;
/// The radius of a dot.
pub const DOT_RADIUS: f64 = 5.0;
/// The room left of the first lane's line, and right of the last one's.
pub const LANE_MARGIN: f64 = 14.0;
/// The room between the lanes and the text where changed lines carry their label.
pub const LABEL_WIDTH: f64 = 72.0;
/// The radius of an arc's corners.
const CORNER: f64 = 7.0;
/// Lines that go farther across within one gap do so in a step.
const FAR: f64 = 4.0 * LANE_WIDTH;

/// The middle of a lane.
pub fn lane_x(lane: u32) -> f64 {
    LANE_MARGIN + f64::from(lane) * LANE_WIDTH
}

/// The middle of a row.
pub fn row_y(row: usize) -> f64 {
    (row as f64 + 0.5) * ROW_HEIGHT
}

/// The width that `lanes` lanes take, margins included.
pub fn lanes_width(lanes: u32) -> f64 {
    LANE_MARGIN * 2.0 + f64::from(lanes.saturating_sub(1)) * LANE_WIDTH
}

/// The height of `rows` rows.
pub fn rows_height(rows: usize) -> f64 {
    rows as f64 * ROW_HEIGHT
}

/// Where the label of a changed line begins: right of all lanes, in the gap below the child's row.
pub fn label_at(lanes: u32, child_row: usize) -> (f64, f64) {
    (lanes_width(lanes) - 2.0, row_y(child_row) + ROW_HEIGHT / 2.0 + 3.5)
}

/// Whether a link is drawn as an arc that comes back up: its child does not stand above its parent.
pub fn is_arc(link: &Link) -> bool {
    link.child >= link.parent
}

/// The `d` attribute of a link's path, from the dot in `child_lane` to the dot in `parent_lane`.
///
/// A link down runs straight in its own lane and bends only in the gaps next to its two dots. An arc leaves its child
/// sideways, climbs in its own lane, and comes back to its parent sideways. A revision that names itself gets a loop.
pub fn link_path(link: &Link, child_lane: u32, parent_lane: u32) -> String {
    let mut d = PathData::default();
    let (x0, y0) = (lane_x(child_lane), row_y(link.child));
    let (x1, y1) = (lane_x(parent_lane), row_y(link.parent));
    if link.child == link.parent {
        return self_loop(x0, y0);
    }
    if is_arc(link) {
        let x = lane_x(link.lane);
        d.line('M', &[(x0 + DOT_RADIUS, y0)]);
        d.line('L', &[(x - CORNER, y0)]);
        d.line('Q', &[(x, y0), (x, y0 - CORNER)]);
        d.line('L', &[(x, y1 + CORNER)]);
        d.line('Q', &[(x, y1), (x - CORNER, y1)]);
        d.line('L', &[(x1 + DOT_RADIUS + 4.0, y1)]);
        return d.text;
    }
    d.line('M', &[(x0, y0)]);
    if link.parent == link.child + 1 {
        d.bend(x0, y0, x1, y1);
        return d.text;
    }
    let x = lane_x(link.lane);
    let (leaves, arrives) = (y0 + ROW_HEIGHT, y1 - ROW_HEIGHT);
    if link.lane != child_lane {
        d.bend(x0, y0, x, leaves);
    }
    if link.lane == parent_lane {
        d.line('L', &[(x1, y1)]);
    } else {
        if link.lane == child_lane || arrives > leaves {
            d.line('L', &[(x, arrives)]);
        }
        d.bend(x, arrives, x1, y1);
    }
    d.text
}

/// The arrow head at the parent's end of an arc, as a path to fill; nothing for other links.
pub fn arrow_path(link: &Link, parent_lane: u32) -> Option<String> {
    if !is_arc(link) {
        return None;
    }
    let own = link.child == link.parent;
    let (x, y) = (lane_x(parent_lane) + DOT_RADIUS + 1.5, row_y(link.parent) + if own { 3.0 } else { 0.0 });
    let mut d = PathData::default();
    d.line('M', &[(x, y)]);
    d.line('L', &[(x + 6.5, y - 4.0)]);
    d.line('L', &[(x + 6.5, y + 4.0)]);
    d.text.push('Z');
    Some(d.text)
}

/// The short line below a base, into nothing; `aside` when another line leaves the dot downwards.
pub fn stub_path(lane: u32, row: usize, aside: bool) -> String {
    let (x, y) = (lane_x(lane), row_y(row));
    let mut d = PathData::default();
    if aside {
        d.line('M', &[(x - 3.5, y + 4.5)]);
        d.line('L', &[(x - 7.0, y + 9.5)]);
    } else {
        d.line('M', &[(x, y + DOT_RADIUS + 1.0)]);
        d.line('L', &[(x, y + 12.0)]);
    }
    d.text
}

/// Where the middle of the `∅` below a base stands.
pub fn stub_sign_at(lane: u32, row: usize, aside: bool) -> (f64, f64) {
    let (x, y) = (lane_x(lane), row_y(row));
    if aside { (x - 9.0, y + 16.5) } else { (x, y + 20.0) }
}

/// Whether a kind of line is drawn dashed: what a plan writes, what is not there, what is not a parent.
pub fn is_dashed(kind: LinkKind) -> bool {
    matches!(kind, LinkKind::NewParent | LinkKind::Missing | LinkKind::Dependency)
}

fn self_loop(x: f64, y: f64) -> String {
    let mut d = PathData::default();
    d.line('M', &[(x + 3.5, y - 3.5)]);
    d.line('C', &[(x + 18.0, y - 13.0), (x + 20.0, y + 11.0), (x + DOT_RADIUS + 4.0, y + 3.0)]);
    d.text
}

/// A path being written.
#[derive(Default)]
struct PathData {
    text: String,
}

impl PathData {
    fn line(&mut self, command: char, points: &[(f64, f64)]) {
        self.text.push(command);
        for (at, (x, y)) in points.iter().enumerate() {
            if at > 0 {
                self.text.push(' ');
            }
            self.text.push_str(&format!("{} {}", Px(*x), Px(*y)));
        }
    }

    /// A line to the next row: straight in the same lane, else an S that leaves and arrives upright; far across, a step
    /// in the middle of the gap, since a long S would graze the dots beside its ends.
    fn bend(&mut self, x0: f64, y0: f64, x1: f64, y1: f64) {
        let middle = f64::midpoint(y0, y1);
        let across = x1 - x0;
        if across.abs() < 0.5 {
            self.line('L', &[(x1, y1)]);
        } else if across.abs() <= FAR {
            self.line('C', &[(x0, middle), (x1, middle), (x1, y1)]);
        } else {
            let corner = CORNER.copysign(across);
            self.line('L', &[(x0, middle - CORNER)]);
            self.line('Q', &[(x0, middle), (x0 + corner, middle)]);
            self.line('L', &[(x1 - corner, middle)]);
            self.line('Q', &[(x1, middle), (x1, middle + CORNER)]);
            self.line('L', &[(x1, y1)]);
        }
    }
}

/// A number of pixels, written with one decimal at most.
#[derive(Debug, Clone, Copy)]
pub struct Px(pub f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round();
        if (tenths % 10.0).abs() < 0.5 {
            write!(f, "{}", tenths / 10.0)
        } else {
            write!(f, "{:.1}", tenths / 10.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(child: usize, parent: usize, lane: u32) -> Link {
        Link { child, parent, lane, kind: LinkKind::Parent }
    }

    #[test]
    fn a_link_in_one_lane_is_straight() {
        assert_eq!(link_path(&link(0, 1, 0), 0, 0), "M14 17L14 51");
        assert_eq!(link_path(&link(0, 3, 0), 0, 0), "M14 17L14 119");
    }

    #[test]
    fn a_link_bends_only_beside_its_dots() {
        assert_eq!(link_path(&link(0, 3, 1), 1, 0), "M34 17L34 85C34 102 14 102 14 119");
        assert_eq!(link_path(&link(0, 3, 1), 0, 0), "M14 17C14 34 34 34 34 51L34 85C34 102 14 102 14 119");
    }

    #[test]
    fn an_arc_comes_back_sideways() {
        assert_eq!(link_path(&link(2, 0, 1), 0, 0), "M19 85L27 85Q34 85 34 78L34 24Q34 17 27 17L23 17");
        assert!(arrow_path(&link(2, 0, 1), 0).is_some() && arrow_path(&link(0, 2, 1), 0).is_none());
    }
}
