//! A revision's dot: what it is by shape and colour, as the words beside it say too.

use leptos::prelude::*;

use crate::drawing::geometry::{DOT_RADIUS, lane_x, row_y, stub_path};
use crate::drawing::{Dot, Mark};

/// What colours a dot: the first of these marks that it has.
const CLASSES: [(Mark, &str); 10] = [
    (Mark::Missing, "missing"),
    (Mark::Duplicate, "bad hollow"),
    (Mark::Cycle, "bad hollow"),
    (Mark::Root, "bad"),
    (Mark::Unknown, "hollow"),
    (Mark::Added, "added"),
    (Mark::NewParent, "changed"),
    (Mark::NewId, "changed"),
    (Mark::Base, "base"),
    (Mark::BranchPoint, "branch"),
];

/// A dot of a row on a side whose lanes begin at `left`; `leaves` tells whether a line leaves it downwards.
pub(super) fn draw(dot: &Dot, left: f64, row: usize, leaves: bool) -> impl IntoView + use<> {
    let (x, y) = (left + lane_x(dot.lane), row_y(row));
    let has = |mark: Mark| dot.marks.contains(&mark);
    let ring = has(Mark::Head).then(|| circle("ring", x, y, DOT_RADIUS + 3.2));
    let twin = has(Mark::Duplicate).then(|| circle("dot bad hollow", x + 4.0, y, DOT_RADIUS));
    let stub = has(Mark::Root).then(|| stub(dot.lane, left, row, leaves));
    let ground = has(Mark::Base).then(|| {
        let d = format!("M{:.1} {:.1}h14M{x:.1} {y:.1}v9.5", x - 7.0, y + 10.0);
        view! { <path class="ground" d=d/> }
    });
    view! { {ground}{stub}{ring}{shape(dot, x, y)}{twin} }
}

/// The dot itself: a diamond where chains merge, a square where they part, else a circle.
fn shape(dot: &Dot, x: f64, y: f64) -> AnyView {
    let has = |mark: Mark| dot.marks.contains(&mark);
    let class = CLASSES.iter().find(|(mark, _)| has(*mark)).map_or("", |(_, class)| class);
    let class = format!("dot {class}");
    if has(Mark::MergePoint) {
        view! { <path class=class d=diamond(x, y, DOT_RADIUS + 1.5)/> }.into_any()
    } else if has(Mark::BranchPoint) {
        let side = 2.0 * DOT_RADIUS - 0.5;
        let (left, top) = (format!("{:.1}", x - side / 2.0), format!("{:.1}", y - side / 2.0));
        view! { <rect class=class x=left y=top width=side.to_string() height=side.to_string() rx="1.5"/> }
            .into_any()
    } else {
        circle(&class, x, y, DOT_RADIUS).into_any()
    }
}

/// A square on its corner, `r` from its middle to each of them.
fn diamond(x: f64, y: f64, r: f64) -> String {
    format!("M{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}Z", y - r, x + r, y + r, x - r)
}

fn circle(class: &str, x: f64, y: f64, r: f64) -> impl IntoView + use<> {
    let (x, y) = (format!("{x:.1}"), format!("{y:.1}"));
    view! { <circle class=class.to_owned() cx=x cy=y r=r.to_string()/> }
}

/// A line from a base down into nothing.
fn stub(lane: u32, left: f64, row: usize, leaves: bool) -> impl IntoView + use<> {
    let end = format!("M{:.1} {:.1}h8", lane_x(lane) - 4.0, row_y(row) + 13.0);
    let d = stub_path(lane, row, leaves) + &end;
    view! { <path class="stub" d=d transform=format!("translate({left:.1} 0)")/> }
}
