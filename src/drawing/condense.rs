//! A long drawing made short: what stands one after the other, and says nothing, becomes one row.

use super::{Drawing, Lines, LinkKind, Row};
use crate::text::plural;

/// Shorter runs stay as they are.
const SHORTEST_RUN: usize = 4;

/// Folds runs of plain revisions into one row each: no marks, no notes, on each side one unchanged parent in the next row
/// of the same lane. A drawing of at most `limit` rows is left whole; the second value is how many revisions were folded.
pub fn condense(drawing: &Drawing, limit: usize) -> (Drawing, usize) {
    let n_rows = drawing.rows.len();
    let sides: Vec<&Lines> = [Some(&drawing.now), drawing.proposed.as_ref()].into_iter().flatten().collect();
    if n_rows <= limit {
        return (drawing.clone(), 0);
    }
    let is_plain =
        |row: &Row| !row.ghost && row.note.is_none() && row.fault.is_none() && row.remains.is_none();
    let mut plain: Vec<bool> = drawing.rows.iter().map(is_plain).collect();
    for lines in &sides {
        let joined = joins(lines, n_rows);
        for (row, plain) in plain.iter_mut().enumerate() {
            let unmarked = lines.dots[row].as_ref().is_none_or(|dot| dot.marks.is_empty());
            *plain &= unmarked && joined[row];
        }
    }
    let mut new_row = Vec::with_capacity(n_rows);
    let mut rows: Vec<Row> = Vec::new();
    let mut kept = Vec::new();
    let mut at = 0;
    let mut n_folded = 0;
    while at < n_rows {
        let run = plain[at..].iter().take_while(|&&plain| plain).count();
        let taken = if run >= SHORTEST_RUN { run } else { 1 };
        new_row.extend(std::iter::repeat_n(rows.len(), taken));
        kept.push(at);
        if taken == 1 {
            rows.push(drawing.rows[at].clone());
        } else {
            n_folded += taken;
            let (newest, oldest) = (&drawing.rows[at].revision, &drawing.rows[at + taken - 1].revision);
            rows.push(Row {
                revision: format!("… {}", plural(taken, "revision")).into(),
                message: format!("one after the other, {newest} to {oldest}").into(),
                ..Row::default()
            });
        }
        at += taken;
    }
    let fold = |lines: &Lines| Lines {
        dots: kept.iter().map(|&row| lines.dots[row].clone()).collect(),
        links: lines
            .links
            .iter()
            .map(|link| {
                let mut folded = link.clone();
                (folded.child, folded.parent) = (new_row[link.child], new_row[link.parent]);
                (folded, link.child == link.parent)
            })
            .filter(|(link, own)| *own || link.child != link.parent)
            .map(|(link, _)| link)
            .collect(),
        lanes: lines.lanes,
    };
    (Drawing { now: fold(&drawing.now), proposed: drawing.proposed.as_ref().map(fold), rows }, n_folded)
}

/// For each row of one side, whether it is joined to its neighbours alone: one child in the row above, one parent in the
/// row below, all in one lane.
fn joins(lines: &Lines, n_rows: usize) -> Vec<bool> {
    let lane = |row: usize| lines.dots.get(row).and_then(Option::as_ref).map(|dot| dot.lane);
    let mut above = vec![0_u32; n_rows];
    let mut below = vec![0_u32; n_rows];
    let mut otherwise = vec![false; n_rows];
    for link in &lines.links {
        let straight = link.kind == LinkKind::Parent
            && link.parent == link.child + 1
            && lane(link.child) == lane(link.parent);
        if straight {
            below[link.child] += 1;
            above[link.parent] += 1;
        } else {
            otherwise[link.child] = true;
            otherwise[link.parent] = true;
        }
    }
    (0..n_rows).map(|row| above[row] == 1 && below[row] == 1 && !otherwise[row]).collect()
}
