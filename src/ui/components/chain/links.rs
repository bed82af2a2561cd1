//! What lies under the dots and words: the grounds of picked rows, and the lines between dots.

use leptos::prelude::*;

use super::scene::RowContext;
use crate::drawing::geometry::{ROW_HEIGHT, arrow_path, is_dashed, link_path, rows_height};
use crate::drawing::{Lines, Link};

/// The lines that touch the mounted rows, those from `first` to before `last`.
#[component]
pub(super) fn ChainLinks(context: RowContext, first: usize, last: usize) -> impl IntoView {
    let lines = context.view.with_untracked(|view| {
        let sides = view.drawing().map(|drawing| context.lines(drawing)).unwrap_or_default();
        let lines = sides.into_iter().flat_map(|(x, side, proposed)| {
            let links = side.links.iter().filter(|link| crosses(link, first, last));
            links.filter_map(move |link| line(link, side, x, proposed))
        });
        lines.collect::<Vec<_>>()
    });
    view! { <g class="links" aria-hidden="true">{lines}</g> }
}

/// Whether a line is in sight where the rows from `first` to before `last` are.
pub(super) fn crosses(link: &Link, first: usize, last: usize) -> bool {
    let (top, bottom) = (link.child.min(link.parent), link.child.max(link.parent));
    bottom >= first && top < last
}

/// One line; none where one of its dots is not on this side.
fn line(link: &Link, side: &Lines, x: f64, proposed: bool) -> Option<impl IntoView + use<>> {
    let lane = |row: usize| side.dots.get(row).and_then(Option::as_ref).map(|dot| dot.lane);
    let (child, parent) = (lane(link.child)?, lane(link.parent)?);
    let dashed = if is_dashed(link.kind) { " dashed" } else { "" };
    let proposed = if proposed { " proposed" } else { "" };
    let class = format!("link {}{dashed}{proposed}", link.kind.class());
    let shift = format!("translate({x:.1} 0)");
    let arrow = arrow_path(link, parent).map(|d| view! { <path class="arrow" d=d transform=shift.clone()/> });
    Some(view! { <path class=class d=link_path(link, child, parent) transform=shift/> {arrow} })
}

/// The grounds of what is picked out, under all lines.
#[component]
pub(super) fn PickedBands(context: RowContext) -> impl IntoView {
    let bands = move || {
        let bands = context.picks.picked.get().into_iter().map(|row| {
            let (y, height) = (rows_height(row).to_string(), ROW_HEIGHT.to_string());
            let current = move || context.picks.current.get() == Some(row);
            view! {
                <rect class="picked" class:current=current x="0" y=y.clone() width=format!("{:.0}", context.columns.width) height=height.clone()/>
                <rect class="edge" x="0" y=y width="3" height=height/>
            }
        });
        bands.collect::<Vec<_>>()
    };
    view! { <g class="bands" aria-hidden="true">{bands}</g> }
}
