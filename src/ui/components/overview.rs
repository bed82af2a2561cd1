//! The drawing from afar: no words, and one path for each kind of line and dot, however many there are.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::chain_row::{PickedBands, RowContext, kind_class};
use crate::drawing::Mark;
use crate::drawing::geometry::{ROW_HEIGHT, lane_x, row_y};

/// The drawing without words.
#[component]
pub(crate) fn Overview(context: RowContext, first: usize, last: usize) -> impl IntoView {
    let (lines, dots) = context.view.with_untracked(|view| {
        let mut lines: BTreeMap<&'static str, String> = BTreeMap::new();
        let mut dots: BTreeMap<&'static str, String> = BTreeMap::new();
        let Some(drawing) = view.drawing() else { return (lines, dots) };
        for (x, side, _) in context.lines(drawing) {
            let dot = |row: usize| side.dots.get(row).and_then(Option::as_ref);
            for link in &side.links {
                let (top, bottom) = (link.child.min(link.parent), link.child.max(link.parent));
                let (Some(child), Some(parent)) = (dot(link.child), dot(link.parent)) else { continue };
                if bottom < first || top >= last {
                    continue;
                }
                let run = x + lane_x(link.lane);
                lines.entry(kind_class(link.kind)).or_default().push_str(&format!(
                    "M{:.0} {:.0}L{run:.0} {:.0}V{:.0}L{:.0} {:.0}",
                    x + lane_x(child.lane),
                    row_y(link.child),
                    row_y(link.child) + ROW_HEIGHT / 2.0,
                    row_y(link.parent) - ROW_HEIGHT / 2.0,
                    x + lane_x(parent.lane),
                    row_y(link.parent),
                ));
            }
            for row in first..last.min(side.dots.len()) {
                let Some(dot) = dot(row) else { continue };
                let bad = [Mark::Root, Mark::Missing, Mark::Cycle, Mark::Duplicate];
                let class = if dot.marks.iter().any(|mark| bad.contains(mark)) {
                    "bad"
                } else if dot.marks.contains(&Mark::NewParent) || dot.marks.contains(&Mark::Added) {
                    "changed"
                } else {
                    ""
                };
                let path = dots.entry(class).or_default();
                path.push_str(&format!("M{:.0} {:.0}h10", x + lane_x(dot.lane) - 5.0, row_y(row)));
            }
        }
        (lines, dots)
    });
    let lines: Vec<_> =
        lines.into_iter().map(|(class, d)| view! { <path class=format!("link far {class}") d=d/> }).collect();
    let dots: Vec<_> =
        dots.into_iter().map(|(class, d)| view! { <path class=format!("far-dot {class}") d=d/> }).collect();
    view! { <PickedBands context/> <g aria-hidden="true">{lines}{dots}</g> }
}
