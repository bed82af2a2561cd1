//! The drawing as an SVG file that stands alone, and as a picture inside the report.
//!
//! All text comes from other people's files: it is escaped by the writer, and what hides or reorders is shown as an
//! escape. Text is never measured, so its room is estimated and long texts end in an ellipsis; the whole text stands in
//! the row's `<title>`.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use super::geometry::{
    DOT_RADIUS, LABEL_WIDTH, Px, ROW_HEIGHT, arrow_path, label_at, lane_x, lanes_width, link_path, row_y,
    rows_height, stub_path, stub_sign_at,
};
use super::words::{NO_FILE, count_words, describe, hidden_by_label, marked};
use super::{Dot, Drawing, Lines, LinkKind, Mark, Row, style};
use crate::text::{shorten, visible};

/// Which side is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The chain as it is.
    Now,
    /// The chain as proposed.
    Proposed,
    /// Both, side by side.
    Both,
}

/// The room around everything.
const PAD: f64 = 16.0;
/// The room between the two sides.
const BETWEEN: f64 = 36.0;
/// The narrowest and the widest column of text.
const TEXT_WIDTH: (f64, f64) = (200.0, 460.0);
/// What one character takes: monospace, small text.
const ID_CHAR: f64 = 7.6;
const TEXT_CHAR: f64 = 6.2;
/// Longer ids are shortened.
const LONGEST_ID: usize = 44;

/// Writes an SVG document with its own styles; all text is escaped.
pub fn write_svg(drawing: &Drawing, side: Side, title: &str) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let document = picture(drawing, side, title, Setting::Document);
    out.push_str(&document.into_string());
    out.push('\n');
    out
}

/// Where a picture stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Alone, with its own styles and its title drawn.
    Document,
    /// One side in a page that has the styles and says the title itself; the other side stands beside it.
    Half,
}

/// One side, and where it stands.
struct Panel<'a> {
    lines: &'a Lines,
    name: &'static str,
    proposed: bool,
    /// The left edge of the lanes.
    x: f64,
    /// The left edge of the text.
    text_x: f64,
    text_width: f64,
    /// Whether the second line of a row tells why it stands there.
    notes: Notes,
}

#[derive(Clone, Copy, PartialEq)]
enum Notes {
    No,
    /// Instead of the message, which the other side shows.
    Instead,
    /// In a column of their own, at this place.
    Beside(f64),
}

/// Draws one or both sides; a side that is not there is left out.
pub(crate) fn picture(drawing: &Drawing, side: Side, title: &str, setting: Setting) -> Markup {
    let top = if setting == Setting::Document { 62.0 } else { 36.0 };
    let (panels, width) = panels(drawing, side, setting);
    let height = top + rows_height(drawing.rows.len()) + PAD;
    // The title is the caller's own.
    let (title, description) = (visible(title), describe(drawing, side));
    html! {
        svg xmlns="http://www.w3.org/2000/svg" class="d-drawing" role="img" viewBox={ "0 0 " (Px(width)) " " (Px(height)) }
            width=(Px(width)) height=(Px(height)) {
            title { (title) }
            desc { (description) }
            @if setting == Setting::Document {
                style { (PreEscaped("\n")) (style::stand_alone_css()) }
                rect .d-ground width="100%" height="100%" {}
                text .d-title x=(Px(PAD)) y="27" { (shorten(&title, 100)) }
            }
            @for panel in &panels {
                (heading(panel, &drawing.rows, top))
                g transform={ "translate(" (Px(panel.x)) " " (Px(top)) ")" } { (lanes(panel)) }
                g transform={ "translate(0 " (Px(top)) ")" } { (texts(panel, &drawing.rows)) }
            }
        }
    }
}

fn panels(drawing: &Drawing, side: Side, setting: Setting) -> (Vec<Panel<'_>>, f64) {
    let proposed = drawing.proposed.as_ref().filter(|_| side != Side::Now);
    let now = Some(&drawing.now).filter(|_| side != Side::Proposed || proposed.is_none());
    let both = setting == Setting::Half || (now.is_some() && proposed.is_some());
    let mut panels = Vec::new();
    let mut x = if setting == Setting::Half { 0.0 } else { PAD };
    for (lines, is_proposed) in
        now.map(|lines| (lines, false)).into_iter().chain(proposed.map(|lines| (lines, true)))
    {
        let changes = is_proposed && lines.links.iter().any(|link| link.kind == LinkKind::NewParent);
        let text_x = x + lanes_width(lines.lanes) + if changes { LABEL_WIDTH } else { 0.0 };
        let heading = count_words(&drawing.rows, lines).len() as f64 * TEXT_CHAR + 80.0 - (text_x - x);
        let text_width = text_width(&drawing.rows, lines, is_proposed && both).max(heading);
        let notes = match (is_proposed, both) {
            (false, true) => Notes::No,
            (true, true) => Notes::Instead,
            (_, false) => Notes::Beside(text_x + text_width + 24.0),
        };
        let name = if is_proposed { "Proposed" } else { "Now" };
        panels.push(Panel { lines, name, proposed: is_proposed, x, text_x, text_width, notes });
        x = text_x + text_width + BETWEEN;
        if matches!(notes, Notes::Beside(_)) {
            let width = note_width(&drawing.rows, lines, is_proposed);
            x += if width > 0.0 { width + 24.0 } else { 0.0 };
        }
    }
    (panels, x - BETWEEN + PAD)
}

fn heading(panel: &Panel<'_>, rows: &[Row], top: f64) -> Markup {
    html! {
        text x=(Px(panel.x)) y=(Px(top - 14.0)) {
            tspan .d-side { (panel.name) }
            tspan .d-count dx="8" { (count_words(rows, panel.lines)) }
        }
    }
}

/// The lines first, so that the dots stand on them.
fn lanes(panel: &Panel<'_>) -> Markup {
    let lines = panel.lines;
    let lane = |row: usize| lines.dots.get(row).and_then(Option::as_ref).map_or(0, |dot| dot.lane);
    let going_down = lines.going_down();
    html! {
        @for link in &lines.links {
            path class={ "d-link" (link_class(link.kind)) } d=(link_path(link, lane(link.child), lane(link.parent))) {}
            @if let Some(d) = arrow_path(link, lane(link.parent)) { path .d-arrow d=(d) {} }
        }
        @for link in lines.links.iter().filter(|link| link.kind == LinkKind::NewParent && link.child < link.parent) {
            @let (x, y) = label_at(lines.lanes, link.child);
            text .d-label x=(Px(x)) y=(Px(y)) { (Mark::NewParent.word()) }
        }
        @for (row, dot) in lines.dots.iter().enumerate().filter_map(|(row, dot)| Some((row, dot.as_ref()?))) {
            @if let Some(root) = root_class(dot) {
                @let (x, y) = stub_sign_at(dot.lane, row, going_down[row]);
                path class={ "d-stub" (root.0) } d=(stub_path(dot.lane, row, going_down[row])) {}
                text class={ "d-sign" (root.1) } x=(Px(x)) y=(Px(y + 4.0)) { "∅" }
            }
            circle class={ "d-dot" (dot_classes(dot)) } cx=(Px(lane_x(dot.lane))) cy=(Px(row_y(row))) r=(Px(DOT_RADIUS)) {}
        }
    }
}

fn texts(panel: &Panel<'_>, rows: &[Row]) -> Markup {
    let heads = marked(rows, panel.lines, &[Mark::Head]).len();
    let hidden = hidden_by_label(panel.lines);
    html! {
        @for (idx, (row, dot)) in rows.iter().zip(&panel.lines.dots).enumerate() {
            @if let Some(dot) = dot {
                @let y = row_y(idx);
                g {
                    title { (whole_text(row, dot, panel.proposed)) }
                    text x=(Px(panel.text_x)) y=(Px(y - 4.0)) {
                        tspan class=(if row.ghost { "d-id d-id-ghost" } else { "d-id" }) {
                            (shorten(&row.revision, LONGEST_ID))
                        }
                        @for mark in dot.marks.iter().filter(|&&mark| mark != Mark::NewParent || !hidden[idx]) {
                            tspan class={ "d-mark" (mark_class(*mark, heads)) } dx="7" { (mark.word()) }
                        }
                    }
                    (second_line(panel, row, y + 10.5))
                    @if let Notes::Beside(x) = panel.notes {
                        @let note = row.note.as_ref().filter(|_| panel.proposed);
                        @if let Some(note) = note {
                            text .d-message x=(Px(x)) y=(Px(y - 4.0)) { (fit(note, TEXT_WIDTH.1)) }
                        }
                        @if let Some(fault) = row.fault_on(panel.proposed) {
                            text .d-fault x=(Px(x)) y=(Px(if note.is_some() { y + 10.5 } else { y - 4.0 })) {
                                (fit(fault, TEXT_WIDTH.1))
                            }
                        }
                    }
                }
                @if idx > 0 {
                    path .d-rule d={ "M" (Px(panel.text_x)) " " (Px(y - ROW_HEIGHT / 2.0)) "h" (Px(panel.text_width)) } {}
                }
            }
        }
    }
}

/// The second line of a row: on the proposed side beside the other, what remains wrong or why it stands here.
fn second_line(panel: &Panel<'_>, row: &Row, y: f64) -> Markup {
    let instead = panel.notes == Notes::Instead;
    let (class, text) = match (&row.remains, &row.note) {
        (Some(remains), _) if instead => ("d-fault", remains.to_string()),
        (None, Some(note)) if instead => ("d-message", note.to_string()),
        _ => ("d-message", message_and_date(row)),
    };
    html! { text class=(class) x=(Px(panel.text_x)) y=(Px(y)) { (fit(&text, panel.text_width)) } }
}

fn message_and_date(row: &Row) -> String {
    match &row.date {
        _ if row.ghost => NO_FILE.to_owned(),
        Some(date) if row.message.is_empty() => date.to_string(),
        Some(date) => format!("{} · {date}", shorten(&row.message, 56)),
        None => row.message.to_string(),
    }
}

#[expect(clippy::cast_sign_loss, reason = "no column is narrower than nothing")]
fn fit(text: &str, width: f64) -> String {
    // Wide characters take twice the room.
    let wide = text.chars().filter(|&c| c >= '\u{1100}').count();
    let room = (width / TEXT_CHAR) as usize;
    shorten(text, if wide * 4 > text.chars().count() { room / 2 } else { room }).into_owned()
}

/// Everything that a row says, for the eye that rests on it and for a reader that speaks.
fn whole_text(row: &Row, dot: &Dot, proposed: bool) -> String {
    let mut text = row.revision.to_string();
    for mark in &dot.marks {
        write!(text, ", {}", mark.word()).expect("writing to a string cannot fail");
    }
    let more = [Some(&row.message).filter(|text| !text.is_empty()), row.date.as_ref(), row.path.as_ref()];
    for line in more.into_iter().chain([row.note.as_ref(), row.fault_on(proposed)]).flatten() {
        text.push('\n');
        text.push_str(line);
    }
    text
}

fn text_width(rows: &[Row], lines: &Lines, instead: bool) -> f64 {
    let widths = rows.iter().zip(&lines.dots).filter_map(|(row, dot)| {
        let dot = dot.as_ref()?;
        let id = row.revision.chars().take(LONGEST_ID + 1).count() as f64 * ID_CHAR;
        let marks: f64 = dot.marks.iter().map(|mark| mark.word().len() as f64 * 7.0 + 7.0).sum();
        let second = row.remains.as_ref().or(row.note.as_ref()).filter(|_| instead);
        let second =
            second.map_or_else(|| message_and_date(row).chars().count(), |text| text.chars().count());
        Some((id + marks).max(second as f64 * TEXT_CHAR))
    });
    widths.fold(TEXT_WIDTH.0, f64::max).min(TEXT_WIDTH.1)
}

/// The room for notes and faults beside the rows; a note is about the proposal only.
fn note_width(rows: &[Row], lines: &Lines, proposed: bool) -> f64 {
    let here = rows.iter().zip(&lines.dots).filter(|(_, dot)| dot.is_some());
    let texts =
        here.flat_map(|(row, _)| [row.note.as_ref().filter(|_| proposed), row.fault_on(proposed)]).flatten();
    let longest = texts.map(|text| text.chars().count()).max();
    longest.map_or(0.0, |longest| (longest as f64 * TEXT_CHAR).clamp(TEXT_WIDTH.0, TEXT_WIDTH.1))
}

fn link_class(kind: LinkKind) -> String {
    if kind == LinkKind::Parent { String::new() } else { format!(" d-link-{}", kind.class()) }
}

/// The classes of a base's stub and of its sign.
fn root_class(dot: &Dot) -> Option<(&'static str, &'static str)> {
    if dot.marks.contains(&Mark::Root) {
        Some((" d-stub-root", " d-sign-root"))
    } else {
        dot.marks.contains(&Mark::Base).then_some(("", ""))
    }
}

fn dot_classes(dot: &Dot) -> String {
    let mut classes = String::new();
    for mark in &dot.marks {
        classes.push_str(match mark {
            Mark::Base => " d-dot-base",
            Mark::Head => " d-dot-head",
            Mark::Root | Mark::Cycle | Mark::Duplicate => " d-dot-fault",
            Mark::Missing => " d-dot-missing",
            Mark::NewParent | Mark::NewId | Mark::Added => " d-dot-changed",
            Mark::Unknown => " d-dot-unknown",
            Mark::BranchPoint | Mark::MergePoint => "",
        });
    }
    classes
}

fn mark_class(mark: Mark, heads: usize) -> &'static str {
    match mark {
        mark if mark.is_fault() => " d-mark-fault",
        mark if mark.is_change() => " d-mark-changed",
        Mark::Unknown => " d-mark-may",
        Mark::Head if heads > 1 => " d-mark-may",
        _ => "",
    }
}
