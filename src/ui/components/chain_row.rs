//! One row of the drawing: its dots, its words, and what a plan changes in it.

use leptos::prelude::*;

use crate::drawing::geometry::{
    DOT_RADIUS, ROW_HEIGHT, arrow_path, is_dashed, lane_x, link_path, row_y, rows_height, stub_path,
};
use crate::drawing::{Dot, Drawing, Lines, LinkKind, Mark};
use crate::report::Fate;
use crate::ui::columns::{Columns, Neighbours, Sides};
use crate::ui::schema::Fates;
use crate::ui::state::View;
use crate::ui::words;

/// What every row of a drawing needs.
#[derive(Clone, Copy)]
pub(crate) struct RowContext {
    /// What is on screen.
    pub(crate) view: Memo<View>,
    /// The columns.
    pub(crate) columns: Columns,
    /// Who is next to whom.
    pub(crate) neighbours: Memo<Neighbours>,
    /// Who fails on an empty database, as the shown side has it.
    pub(crate) fates: Memo<Fates>,
    /// The rows of what is picked out.
    pub(crate) picked: Memo<Vec<usize>>,
    /// The row that the keyboard is on.
    pub(crate) current: Memo<Option<usize>>,
}

impl RowContext {
    /// The sides to draw, each with the left edge of its lanes.
    pub(crate) fn lines<'a>(&self, drawing: &'a Drawing) -> Vec<(f64, &'a Lines, bool)> {
        let now = (self.columns.now, &drawing.now, false);
        let proposed = drawing.proposed.as_ref().map(|lines| (self.columns.proposed, lines, true));
        match self.columns.sides {
            Sides::Now => vec![now],
            Sides::Proposed => proposed.into_iter().collect(),
            Sides::Both => std::iter::once(now).chain(proposed).collect(),
        }
    }
}

/// The lines of the mounted rows, under all dots.
#[component]
pub(crate) fn ChainLinks(context: RowContext, first: usize, last: usize) -> impl IntoView {
    let paths = context.view.with_untracked(|view| {
        let Some(drawing) = view.drawing() else { return Vec::new() };
        let mut paths = Vec::new();
        for (x, lines, proposed) in context.lines(drawing) {
            for link in &lines.links {
                let (top, bottom) = (link.child.min(link.parent), link.child.max(link.parent));
                if bottom < first || top >= last {
                    continue;
                }
                let lane = |row: usize| lines.dots.get(row).and_then(Option::as_ref).map(|dot| dot.lane);
                let (Some(child), Some(parent)) = (lane(link.child), lane(link.parent)) else { continue };
                let mut class = format!("link {}", kind_class(link.kind));
                if is_dashed(link.kind) {
                    class.push_str(" dashed");
                }
                if proposed {
                    class.push_str(" proposed");
                }
                let shift = format!("translate({x:.1} 0)");
                let arrow = arrow_path(link, parent)
                    .map(|d| view! { <path class="arrow" d=d transform=shift.clone()/> });
                paths.push(
                    view! { <path class=class d=link_path(link, child, parent) transform=shift/> {arrow} },
                );
            }
        }
        paths
    });
    view! { <g class="links" aria-hidden="true">{paths}</g> }
}

/// The grounds of what is picked out, under all lines.
#[component]
pub(crate) fn PickedBands(context: RowContext) -> impl IntoView {
    let bands = move || {
        let bands = context.picked.get().into_iter().map(|row| {
            let (y, height) = (rows_height(row).to_string(), ROW_HEIGHT.to_string());
            let current = move || context.current.get() == Some(row);
            view! {
                <rect class="picked" class:current=current x="0" y=y.clone() width=format!("{:.0}", context.columns.width) height=height.clone()/>
                <rect class="edge" x="0" y=y width="3" height=height/>
            }
        });
        bands.collect::<Vec<_>>()
    };
    view! { <g class="bands" aria-hidden="true">{bands}</g> }
}

/// One row.
#[component]
pub(crate) fn ChainRow(context: RowContext, row: usize) -> impl IntoView {
    let columns = context.columns;
    let top = rows_height(row);
    let content = context.view.with_untracked(|view| {
        let drawing = view.drawing()?;
        let facts = drawing.rows.get(row)?;
        let mut dots = Vec::new();
        for (x, lines, _) in context.lines(drawing) {
            if let Some(dot) = lines.dots.get(row).and_then(Option::as_ref) {
                let leaves = lines
                    .links
                    .iter()
                    .any(|link| link.child == row && link.parent > row && link.kind != LinkKind::Dependency);
                dots.push(draw_dot(dot, x + lane_x(dot.lane), row, leaves));
            }
        }
        let dot_of = |lines: &Lines| {
            lines.dots.get(row).and_then(Option::as_ref).map(|dot| dot.marks.clone()).unwrap_or_default()
        };
        let now_marks = dot_of(&drawing.now);
        let proposed_marks = drawing.proposed.as_ref().map(dot_of).unwrap_or_default();
        let new_parents: Vec<String> = context.neighbours.with_untracked(|neighbours| {
            let rows = neighbours.new_parents.get(row).into_iter().flatten();
            rows.map(|&parent| drawing.rows[parent].revision.clone()).collect()
        });
        let words = RowWords {
            id: facts.revision.clone(),
            message: facts.message.clone(),
            date: facts.date.clone(),
            ghost: facts.ghost,
            note: facts.note.clone(),
            fault: facts.fault.clone(),
            fate: context.fates.with_untracked(|fates| fates.get(&facts.revision).copied()),
            now_marks,
            proposed_marks,
            new_parents,
        };
        Some((dots, words))
    });
    let (dots, words) = content.unzip();
    let label = words.as_ref().map(RowWords::label);
    let text = words.map(|words| draw_words(&words, &columns, row));
    let is_current = move || context.current.get() == Some(row);
    let is_picked = move || context.picked.with(|rows| rows.contains(&row));
    view! {
        <g
            class="row" id=format!("row-{row}") role="option" data-row=row.to_string() aria-label=label
            aria-selected=move || is_current().to_string() class:picked=is_picked class:current=is_current
        >
            <rect class="band" x="0" y=top.to_string() width=format!("{:.0}", columns.width) height=ROW_HEIGHT.to_string()/>
            {dots}
            {text}
        </g>
    }
}

/// The words of a row.
struct RowWords {
    id: String,
    message: String,
    date: Option<String>,
    ghost: bool,
    note: Option<String>,
    fault: Option<String>,
    fate: Option<Fate>,
    now_marks: Vec<Mark>,
    proposed_marks: Vec<Mark>,
    new_parents: Vec<String>,
}

impl RowWords {
    /// The whole row for those who hear it.
    fn label(&self) -> String {
        let mut parts = vec![format!("revision {}", words::visible(&self.id))];
        if !self.message.is_empty() {
            parts.push(words::visible(&self.message));
        }
        parts.extend(self.now_marks.iter().map(|mark| mark.word().to_owned()));
        parts.extend(self.fate.map(|fate| format!("{} on an empty database", fate.word())));
        if !self.new_parents.is_empty() {
            parts.push(format!("proposed: new parent {}", words::parents(&self.new_parents)));
        }
        parts.extend(self.note.iter().chain(&self.fault).map(|text| words::visible(text)));
        parts.join(", ")
    }

    /// What the plan writes here: its word, then the rest.
    fn change(&self) -> Option<(&'static str, String)> {
        if self.proposed_marks.contains(&Mark::Added) {
            Some(("added", format!("merges {}", words::parents(&self.new_parents))))
        } else if self.new_parents.is_empty() {
            None
        } else {
            Some(("new parent", words::parents(&self.new_parents)))
        }
    }
}

fn draw_words(row: &RowWords, columns: &Columns, index: usize) -> impl IntoView + use<> {
    let (first, second) = (row_y(index) - 3.5, row_y(index) + 11.0);
    let proposed_only = columns.sides == Sides::Proposed;
    let shown_marks = if proposed_only { &row.proposed_marks } else { &row.now_marks };
    let marks: Vec<Mark> =
        shown_marks.iter().copied().filter(|mark| *mark != Mark::NewParent && *mark != Mark::Added).collect();
    let mut marks: Vec<_> = marks.into_iter().map(|mark| (mark.word(), mark_class(mark))).collect();
    marks.extend(row.fate.map(|fate| (fate.word(), if fate == Fate::Fails { "breaks" } else { "may" })));
    let taken: usize = marks.iter().map(|(word, _)| word.len() + 2).sum();
    let id = words::shorten(&row.id, columns.id_room(taken));
    let tags: Vec<_> = marks
        .into_iter()
        .map(|(word, class)| view! { <tspan class=format!("mark {class}") dx="7">{word}</tspan> })
        .collect();
    let mut about = if row.ghost { "no file declares this revision".to_owned() } else { row.message.clone() };
    if let Some(date) = &row.date {
        about = if about.is_empty() { date.clone() } else { format!("{about} \u{b7} {date}") };
    }
    let (x, change_x) = (format!("{:.1}", columns.text), format!("{:.1}", columns.change));
    let (y1, y2) = (format!("{first:.1}"), format!("{second:.1}"));

    let under = if proposed_only { None } else { Some(words::shorten(&about, columns.text_room())) };
    let main = view! {
        <text class="id" class:ghost=row.ghost x=x.clone() y=y1.clone()>{id}{tags}</text>
        {under.map(|text| view! { <text class="about" x=x y=y2.clone()>{text}</text> })}
    };
    if columns.sides == Sides::Now {
        return (main, None, None);
    }
    let room = columns.change_room();
    let change = row.change();
    let top = (!proposed_only).then(|| {
        let base = row.proposed_marks.iter().filter(|mark| !matches!(mark, Mark::NewParent | Mark::Added));
        let tags: Vec<_> = base.map(|mark| (mark.word(), format!("mark {}", mark_class(*mark)))).collect();
        let taken: usize = tags.iter().map(|(word, _)| word.len() + 2).sum();
        let starts = change.is_none();
        let tags = tags.into_iter().enumerate().map(|(index, (word, class))| {
            view! { <tspan class=class dx=if starts && index == 0 { "0" } else { "7" }>{word}</tspan> }
        });
        let tags: Vec<_> = tags.collect();
        let change = change.as_ref().map(|(word, rest)| {
            let rest = words::shorten(rest, room.saturating_sub(taken + word.len() + 4));
            view! { <tspan class="mark new-parent">{*word}</tspan> <tspan class="id" dx="6">{rest}</tspan> }
        });
        view! { <text class="change" x=change_x.clone() y=y1>{change}{tags}</text> }
    });
    // The fault that remains outranks the reason; both stand in the row's facts.
    let (class, text) = match (&row.fault, &row.note, &change) {
        (Some(fault), ..) => ("about fault", Some(fault.clone())),
        (None, Some(note), _) => ("about", Some(note.clone())),
        (None, None, Some((word, rest))) if proposed_only => ("about", Some(format!("{word} {rest}"))),
        _ => ("about", None),
    };
    let text = match (&change, text) {
        (Some((word, rest)), Some(text)) if proposed_only && !text.starts_with(word) => {
            Some(format!("{word} {rest} \u{b7} {text}"))
        }
        (_, text) => text,
    };
    let text = text.or_else(|| proposed_only.then_some(about));
    let bottom = text.map(|text| {
        let shown = words::shorten(&text, room);
        view! { <text class=class x=change_x y=y2>{shown}<title>{words::visible(&text)}</title></text> }
    });
    (main, top, bottom)
}

/// A dot by shape, colour and, beside it, word: a root has nothing below it, a head a ring, a merge is a diamond.
fn draw_dot(dot: &Dot, x: f64, row: usize, leaves: bool) -> impl IntoView + use<> {
    let y = row_y(row);
    let has = |mark: Mark| dot.marks.contains(&mark);
    let r = DOT_RADIUS;
    let class = [
        (Mark::Missing, "missing"),
        (Mark::Duplicate, "bad hollow"),
        (Mark::Cycle, "bad hollow"),
        (Mark::Root, "bad"),
        (Mark::Unknown, "hollow"),
        (Mark::Added, "added"),
        (Mark::NewParent, "changed"),
        (Mark::Base, "base"),
        (Mark::BranchPoint, "branch"),
    ];
    let class = class.iter().find(|(mark, _)| has(*mark)).map_or("", |(_, class)| class);
    let class = format!("dot {class}");
    let (cx, cy) = (format!("{x:.1}"), format!("{y:.1}"));
    let shape = if has(Mark::MergePoint) {
        let d = format!(
            "M{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}Z",
            y - r - 1.5,
            x + r + 1.5,
            y + r + 1.5,
            x - r - 1.5
        );
        view! { <path class=class d=d/> }.into_any()
    } else if has(Mark::BranchPoint) {
        let side = 2.0 * r - 0.5;
        view! {
            <rect class=class x=format!("{:.1}", x - side / 2.0) y=format!("{:.1}", y - side / 2.0) width=side.to_string() height=side.to_string() rx="1.5"/>
        }
        .into_any()
    } else {
        view! { <circle class=class cx=cx.clone() cy=cy.clone() r=r.to_string()/> }.into_any()
    };
    let ring = has(Mark::Head)
        .then(|| view! { <circle class="ring" cx=cx.clone() cy=cy.clone() r=(r + 3.2).to_string()/> });
    let twin = has(Mark::Duplicate).then(
        || view! { <circle class="dot bad hollow" cx=format!("{:.1}", x + 4.0) cy=cy r=r.to_string()/> },
    );
    let stub = has(Mark::Root).then(|| {
        let shift = format!("translate({:.1} 0)", x - lane_x(dot.lane));
        let d =
            format!("{}M{:.1} {:.1}h8", stub_path(dot.lane, row, leaves), lane_x(dot.lane) - 4.0, y + 13.0);
        view! { <path class="stub" d=d transform=shift/> }
    });
    let ground = has(Mark::Base).then(
        || view! { <path class="ground" d=format!("M{:.1} {:.1}h14M{x:.1} {y:.1}v9.5", x - 7.0, y + 10.0)/> },
    );
    view! { {ground}{stub}{ring}{shape}{twin} }
}

/// The class of a kind of line.
pub(crate) fn kind_class(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Parent => "parent",
        LinkKind::NewParent => "new-parent",
        LinkKind::Dependency => "dependency",
        LinkKind::Missing => "missing",
        LinkKind::Cycle => "cycle",
    }
}

/// The class of a mark: what breaks, what is merely so, what was proved.
fn mark_class(mark: Mark) -> &'static str {
    match mark {
        Mark::Root | Mark::Cycle | Mark::Duplicate | Mark::Missing => "breaks",
        Mark::Unknown => "may",
        Mark::Base => "proved",
        Mark::Head => "head",
        Mark::NewParent | Mark::Added => "new-parent",
        Mark::BranchPoint | Mark::MergePoint => "plain",
    }
}
