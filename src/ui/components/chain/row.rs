//! One row of the drawing: its dots, its words, and what a plan changes in it.

use leptos::prelude::*;

use super::dot;
use super::scene::RowContext;
use crate::drawing::Drawing;
use crate::drawing::geometry::{ROW_HEIGHT, row_y, rows_height};
use crate::ui::columns::{Columns, Sides};
use crate::ui::components::state;
use crate::ui::row_words::{RowWords, Tag, room_of};
use crate::ui::schema;
use crate::ui::words;

/// A row, which is an option of the list box for those who hear the page.
#[component]
pub(super) fn ChainRow(context: RowContext, row: usize) -> impl IntoView {
    let RowContext { view, fates, neighbours, movable, picks, columns } = context;
    let content = view.with_untracked(|view| {
        let drawing = view.drawing()?;
        let parents = neighbours.with_untracked(|found| found.new_parents.get(row).cloned());
        let fate = fates.with_untracked(|fates| schema::fate_of(fates, drawing.rows.get(row)?));
        let words = RowWords::of(drawing, row, &parents.unwrap_or_default(), fate)?;
        Some((words.label(), dots(context, drawing, row), text(&words, &columns, row)))
    });
    let (label, drawn) = content.map(|(label, dots, text)| (label, view! { {dots}{text} })).unzip();
    let is_current = move || picks.current.get() == Some(row);
    let state = state();
    let is_over = move || {
        state.carried.with(|carried| {
            carried
                .as_ref()
                .is_some_and(|carried| carried.over.as_ref().is_some_and(|(over, _)| *over == row))
        })
    };
    let can_be_moved = movable.with_untracked(|rows| rows.get(row) == Some(&true));
    let is_picked = move || picks.picked.with(|rows| rows.binary_search(&row).is_ok());
    view! {
        <g
            class="row" id=format!("row-{row}") role="option" data-row=row.to_string() aria-label=label
            aria-selected=move || is_current().to_string() class:picked=is_picked class:current=is_current class:over=is_over
        >
            <rect class="band" x="0" y=rows_height(row).to_string() width=format!("{:.0}", columns.width) height=ROW_HEIGHT.to_string()/>
            {drawn}
            {can_be_moved.then(|| grip(row))}
        </g>
    }
}

/// The handle by which a row is carried onto the one that it is to stand on. Keys have the list of parents instead.
fn grip(row: usize) -> impl IntoView {
    let y = row_y(row);
    let dots = format!("M5 {:.1}v.1m0 5v.1m0 5v.1M10 {0:.1}v.1m0 5v.1m0 5v.1", y - 5.0);
    view! {
        <g class="grip" data-grip=row.to_string() aria-hidden="true">
            <rect x="0" y=(y - 14.0).to_string() width="15" height="28"/>
            <path d=dots/>
            <title>"Drag it onto the revision that it is to stand on"</title>
        </g>
    }
}

/// The row's dot on each side that is drawn.
fn dots(context: RowContext, drawing: &Drawing, row: usize) -> Vec<impl IntoView + use<>> {
    let sides = context.lines(drawing).into_iter();
    let dots = sides.filter_map(|(left, lines, proposed)| {
        let dot = lines.dots.get(row)?.as_ref()?;
        let leaves = context
            .neighbours
            .with_untracked(|found| found.going_down[usize::from(proposed)].get(row) == Some(&true));
        Some(dot::draw(dot, left, row, leaves))
    });
    dots.collect()
}

/// The words of a row: two lines of what it is, and beyond the proposed lanes two lines of what changes.
///
/// Where only the proposed side is drawn there is one column: the id, and under it what changes.
fn text(row: &RowWords, columns: &Columns, index: usize) -> impl IntoView + use<> {
    // The baselines of the two lines of text, above and below the row's middle.
    let (first, second) = (row_y(index) - 3.5, row_y(index) + 11.0);
    let alone = columns.sides == Sides::Proposed;
    let changes = columns.sides != Sides::Now;
    view! {
        {id_line(row, columns, alone, first)}
        {(!alone).then(|| about_line(row, columns, second))}
        {(changes && !alone).then(|| change_line(row, columns, first))}
        {changes.then(|| remark_line(row, columns, alone, second))}
    }
}

/// The id and what it is.
fn id_line(row: &RowWords, columns: &Columns, proposed: bool, y: f64) -> impl IntoView + use<> {
    let tags = row.tags(proposed);
    let id = words::shorten(&row.id, columns.id_room(room_of(&tags)));
    let tags: Vec<_> = tags.into_iter().map(|tag| tag_span(tag, true)).collect();
    view! { <text class="id" class:ghost=row.ghost x=number(columns.text) y=number(y)>{id}{tags}</text> }
}

/// The message and the day.
fn about_line(row: &RowWords, columns: &Columns, y: f64) -> impl IntoView + use<> {
    let about = words::shorten(&row.about(), columns.text_room());
    view! { <text class="about" x=number(columns.text) y=number(y)>{about}</text> }
}

/// What the plan writes here, and what the row is after it.
fn change_line(row: &RowWords, columns: &Columns, y: f64) -> impl IntoView + use<> {
    let change = row.change();
    let roles = row.roles(true);
    // Four characters stand between the change's word, what it writes, and the roles.
    let taken = |word: &str| room_of(&roles) + word.len() + 4;
    let written = change.as_ref().map(|(word, rest)| {
        let rest = words::shorten(rest, columns.change_room().saturating_sub(taken(word)));
        view! { <tspan class="mark new-parent">{*word}</tspan> <tspan class="id" dx="6">{rest}</tspan> }
    });
    let spans = roles.iter().enumerate().map(|(index, tag)| tag_span(*tag, change.is_some() || index > 0));
    let spans: Vec<_> = spans.collect();
    view! { <text class="change" x=number(columns.change) y=number(y)>{written}{spans}</text> }
}

/// Why it stands here, or what stays wrong.
fn remark_line(row: &RowWords, columns: &Columns, alone: bool, y: f64) -> Option<impl IntoView + use<>> {
    let remark = row.remark(alone)?;
    let class = if remark.is_fault { "about fault" } else { "about" };
    let shown = words::shorten(&remark.text, columns.change_room());
    let whole = remark.text;
    Some(
        view! { <text class=class x=number(columns.change) y=number(y)>{shown}<title>{whole}</title></text> },
    )
}

/// A tag, with a gap before it where something stands there.
fn tag_span(tag: Tag, follows: bool) -> impl IntoView + use<> {
    let gap = if follows { "7" } else { "0" };
    view! { <tspan class=format!("mark {}", tag.class) dx=gap>{tag.word}</tspan> }
}

/// A number as SVG takes it.
fn number(number: f64) -> String {
    format!("{number:.1}")
}
