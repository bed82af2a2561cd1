//! The drawing from afar: no words, and one path for each kind of line and dot, however many there are.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::links::{PickedBands, crosses};
use super::scene::RowContext;
use crate::drawing::geometry::{ROW_HEIGHT, lane_x, row_y};
use crate::drawing::{Dot, Lines, Link};

/// The `d` attribute of each class's path.
type Paths = BTreeMap<&'static str, String>;

/// The rows from `first` to before `last`, without words.
#[component]
pub(super) fn Overview(context: RowContext, first: usize, last: usize) -> impl IntoView {
    let (mut lines, mut dots) = (Paths::new(), Paths::new());
    context.view.with_untracked(|view| {
        let sides = view.drawing().map(|drawing| context.lines(drawing)).unwrap_or_default();
        for (x, side, _) in sides {
            for link in side.links.iter().filter(|link| crosses(link, first, last)) {
                lines.entry(link.kind.class()).or_default().extend(line(link, side, x));
            }
            for row in first..last.min(side.dots.len()) {
                let Some(dot) = dot_of(side, row) else { continue };
                let d = format!("M{:.0} {:.0}h10", x + lane_x(dot.lane) - 5.0, row_y(row));
                dots.entry(dot_class(dot)).or_default().push_str(&d);
            }
        }
    });
    let lines = lines.into_iter().map(|(class, d)| view! { <path class=format!("link far {class}") d=d/> });
    let dots = dots.into_iter().map(|(class, d)| view! { <path class=format!("far-dot {class}") d=d/> });
    let (lines, dots) = (lines.collect::<Vec<_>>(), dots.collect::<Vec<_>>());
    view! { <PickedBands context/> <g aria-hidden="true">{lines}{dots}</g> }
}

/// A line as straight strokes; none where one of its dots is not on this side.
fn line(link: &Link, side: &Lines, x: f64) -> Option<String> {
    let (child, parent) = (dot_of(side, link.child)?, dot_of(side, link.parent)?);
    let (from, run, to) = (x + lane_x(child.lane), x + lane_x(link.lane), x + lane_x(parent.lane));
    let (top, bottom) = (row_y(link.child), row_y(link.parent));
    let half = ROW_HEIGHT / 2.0;
    Some(format!("M{from:.0} {top:.0}L{run:.0} {:.0}V{:.0}L{to:.0} {bottom:.0}", top + half, bottom - half))
}

fn dot_of(side: &Lines, row: usize) -> Option<&Dot> {
    side.dots.get(row).and_then(Option::as_ref)
}

/// From afar only what is wrong and what changes can be told apart.
fn dot_class(dot: &Dot) -> &'static str {
    if dot.marks.iter().any(|mark| mark.is_fault()) {
        "bad"
    } else if dot.marks.iter().any(|mark| mark.is_change()) {
        "changed"
    } else {
        ""
    }
}
