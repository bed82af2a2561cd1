//! The drawing as plain text: one line a revision, and a line between two where lanes bend.

use super::geometry::is_arc;
use super::words::hidden_by_label;
use super::{Dot, Drawing, Lines, LinkKind, Mark, Row, Side};
use crate::text::shorten;

/// A cell is a set of directions in which a line leaves it.
const UP: u8 = 1;
const DOWN: u8 = 2;
const LEFT: u8 = 4;
const RIGHT: u8 = 8;
/// The box-drawing character of each set.
const BOXES: [char; 16] = [' ', '╵', '╷', '│', '╴', '╯', '╮', '┤', '╶', '╰', '╭', '├', '─', '┴', '┬', '┼'];

/// Writes one side as text, or both one after the other; every line ends with a line feed.
pub fn write_plain(drawing: &Drawing, side: Side) -> String {
    let mut out = String::new();
    let proposed = drawing.proposed.as_ref().filter(|_| side != Side::Now);
    if side != Side::Proposed || proposed.is_none() {
        write_lines(&mut out, &drawing.rows, &drawing.now, false);
    }
    if let Some(proposed) = proposed {
        if !out.is_empty() {
            out.push('\n');
        }
        write_lines(&mut out, &drawing.rows, proposed, true);
    }
    out
}

fn write_lines(out: &mut String, rows: &[Row], lines: &Lines, proposed: bool) {
    let grid = Grid::of(lines);
    let labels = hidden_by_label(lines);
    let mut depends_on = vec![Vec::new(); rows.len()];
    for link in lines.links.iter().filter(|link| link.kind == LinkKind::Dependency) {
        depends_on[link.child].push(link.parent);
    }
    let id_width = rows.iter().map(|row| row.revision.chars().count()).max().unwrap_or(0).min(40);
    for (at, (row, dot)) in rows.iter().zip(&lines.dots).enumerate() {
        if let Some(dot) = dot {
            let lanes = grid.line(2 * at, Some((dot.lane, sign(&dot.marks))));
            let mut text = row_text(row, dot, labels[at], proposed, &lanes, id_width);
            for parent in &depends_on[at] {
                text.push_str(&format!("  (depends on {})", rows[*parent].revision));
            }
            out.push_str(text.trim_end());
            out.push('\n');
        }
        let below = grid.line(2 * at + 1, None);
        // Two dots below each other read as joined, so an empty line parts those that are not.
        let next = lines.dots.get(at + 1).and_then(Option::as_ref);
        let parts = next.zip(dot.as_ref()).is_some_and(|(next, dot)| {
            next.lane == dot.lane && grid.is_empty(2 * at + 1, dot.lane as usize * 2)
        });
        if parts || below.contains(|c| c != ' ' && c != '│') {
            out.push_str(below.trim_end());
            out.push('\n');
        }
    }
}

fn row_text(row: &Row, dot: &Dot, labelled: bool, proposed: bool, lanes: &str, id_width: usize) -> String {
    let mut words: Vec<&str> = dot.marks.iter().map(|mark| mark.word()).collect();
    if labelled && !dot.marks.contains(&Mark::NewParent) {
        words.push(Mark::NewParent.word());
    }
    let mut text = format!("{lanes}  {:id_width$}", row.revision);
    if !words.is_empty() {
        text.push_str(&format!("  [{}]", words.join(", ")));
    }
    let said = match (&row.remains, &row.note) {
        (Some(remains), _) if proposed => remains,
        (None, Some(note)) if proposed => note,
        _ => &row.message,
    };
    if !said.is_empty() {
        text.push_str(&format!("  {}", shorten(said, 72)));
    }
    text
}

fn sign(marks: &[Mark]) -> char {
    if marks.contains(&Mark::Missing) {
        '?'
    } else if marks.contains(&Mark::Head) {
        '○'
    } else {
        '●'
    }
}

/// More lanes than this do not fit into a terminal, so only the dots are written.
const WIDEST: u32 = 48;

/// Two lines of cells a row: the row itself, and the gap below it. Two cells a lane.
struct Grid {
    width: usize,
    cells: Vec<u8>,
}

impl Grid {
    fn of(lines: &Lines) -> Self {
        if lines.lanes > WIDEST {
            return Self { width: 0, cells: Vec::new() };
        }
        let width = (lines.lanes as usize * 2).saturating_sub(1);
        let mut grid = Self { width, cells: vec![0; width * lines.dots.len() * 2] };
        let lane =
            |row: usize| lines.dots.get(row).and_then(Option::as_ref).map_or(0, |dot| dot.lane as usize * 2);
        for link in &lines.links {
            let (from, to, own) = (lane(link.child), lane(link.parent), link.lane as usize * 2);
            if link.child == link.parent || link.kind == LinkKind::Dependency {
                continue;
            }
            if is_arc(link) {
                grid.across(2 * link.child, from, own, UP);
                grid.across(2 * link.parent, to, own, DOWN);
                (2 * link.parent + 1..2 * link.child).for_each(|line| grid.add(line, own, UP | DOWN));
                continue;
            }
            let (first, last) = (2 * link.child + 1, 2 * link.parent - 1);
            if first == last {
                grid.bend(first, from, to);
                continue;
            }
            grid.bend(first, from, own);
            (first + 1..last).for_each(|line| grid.add(line, own, UP | DOWN));
            grid.bend(last, own, to);
        }
        grid
    }

    fn add(&mut self, line: usize, at: usize, directions: u8) {
        self.cells[line * self.width + at] |= directions;
    }

    fn is_empty(&self, line: usize, at: usize) -> bool {
        self.width > 0 && self.cells[line * self.width + at] == 0
    }

    /// From above at one place to below at another.
    fn bend(&mut self, line: usize, from: usize, to: usize) {
        self.add(line, from, UP);
        self.add(line, to, DOWN);
        for at in from.min(to)..from.max(to) {
            self.add(line, at, RIGHT);
            self.add(line, at + 1, LEFT);
        }
    }

    /// From a dot to a lane right of it, where the line turns.
    fn across(&mut self, line: usize, dot: usize, lane: usize, turn: u8) {
        for at in dot..lane {
            self.add(line, at, RIGHT);
            self.add(line, at + 1, LEFT);
        }
        self.add(line, lane, turn);
    }

    fn line(&self, line: usize, dot: Option<(u32, char)>) -> String {
        if self.width == 0 {
            return dot.map(|(_, sign)| sign).into_iter().collect();
        }
        let cells = &self.cells[line * self.width..(line + 1) * self.width];
        let dot = dot.map(|(lane, sign)| (lane as usize * 2, sign));
        let shown = cells.iter().enumerate().map(|(at, &cell)| match dot {
            Some((dot, sign)) if dot == at => sign,
            _ => BOXES[usize::from(cell)],
        });
        shown.collect()
    }
}
