//! What a row of the drawing says, and in which colour: words alone, so that they can be tested without a browser.

use crate::drawing::{Dot, Drawing, Lines, Mark};
use crate::report::Fate;
use crate::report::present::{NO_FILE, ON_EMPTY, Tone, parents};
use crate::text::Shown;

/// The words of a row, as the report has them.
#[derive(Debug, Clone, Default)]
pub(super) struct RowWords {
    /// The revision's id, as its file or the missing link to it says.
    pub(super) id: Shown,
    /// Whether no file declares it.
    pub(super) ghost: bool,
    message: Shown,
    date: Option<Shown>,
    note: Option<Shown>,
    fault: Option<Shown>,
    /// None where it does not fail on an empty database.
    fate: Option<Fate>,
    now: Vec<Mark>,
    proposed: Vec<Mark>,
    /// Empty unless the plan writes this revision's parents.
    new_parents: Vec<Shown>,
}

/// A word beside an id, and the class that colours it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag {
    /// A role such as `head`, or how it fares on an empty database.
    pub(super) word: &'static str,
    /// That of its tone, or `head` or `new-parent`.
    pub(super) class: &'static str,
}

/// Why a row stands where it does, or what stays wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remark {
    /// The text, which may be from a file.
    pub(super) text: String,
    /// Whether it says what stays wrong after the repair.
    pub(super) is_fault: bool,
}

impl RowWords {
    /// The words of a row; `new_parents` are the rows of the parents that the plan writes.
    pub(super) fn of(
        drawing: &Drawing,
        row: usize,
        new_parents: &[usize],
        fate: Option<Fate>,
    ) -> Option<Self> {
        let facts = drawing.rows.get(row)?;
        let marks = |lines: &Lines| {
            let dot = lines.dots.get(row).and_then(Option::as_ref);
            dot.map(|dot: &Dot| dot.marks.clone()).unwrap_or_default()
        };
        let found = new_parents.iter().filter_map(|&parent| drawing.rows.get(parent));
        Some(Self {
            id: facts.revision.clone(),
            ghost: facts.ghost,
            message: facts.message.clone(),
            date: facts.date.clone(),
            note: facts.note.clone(),
            fault: facts.fault_on(drawing.proposed.is_some()).cloned(),
            fate,
            now: marks(&drawing.now),
            proposed: drawing.proposed.as_ref().map(marks).unwrap_or_default(),
            new_parents: found.map(|parent| parent.revision.clone()).collect(),
        })
    }

    /// The whole row for those who hear it.
    pub(super) fn label(&self) -> String {
        let mut parts = vec![format!("revision {}", self.id)];
        if !self.message.is_empty() {
            parts.push(self.message.to_string());
        }
        parts.extend(self.now.iter().map(|mark| mark.word().to_owned()));
        parts.extend(self.fate.map(|fate| format!("{}: {}", ON_EMPTY.to_lowercase(), fate.word())));
        if !self.new_parents.is_empty() {
            parts.push(format!("proposed: {} {}", Mark::NewParent.word(), parents(&self.new_parents)));
        }
        parts.extend(self.note.iter().chain(&self.fault).map(ToString::to_string));
        parts.join(", ")
    }

    /// What it is on one side, and how it fares there.
    pub(super) fn tags(&self, proposed: bool) -> Vec<Tag> {
        let mut tags = self.roles(proposed);
        tags.extend(self.fate.map(|fate| Tag { word: fate.word(), class: Tone::from(fate).class() }));
        tags
    }

    /// What it is on one side, but for what the plan does to it, which [`Self::change`] says.
    pub(super) fn roles(&self, proposed: bool) -> Vec<Tag> {
        let marks = if proposed { &self.proposed } else { &self.now };
        let roles = marks.iter().filter(|mark| !mark.is_change());
        roles.map(|&mark| Tag { word: mark.word(), class: mark_class(mark) }).collect()
    }

    /// What the plan writes here: its word, then the rest; none where it writes nothing.
    pub(super) fn change(&self) -> Option<(&'static str, String)> {
        if self.proposed.contains(&Mark::Added) {
            Some((Mark::Added.word(), format!("merges {}", parents(&self.new_parents))))
        } else if self.new_parents.is_empty() {
            None
        } else {
            Some((Mark::NewParent.word(), parents(&self.new_parents)))
        }
    }

    /// What stands under the id: the message and the day.
    pub(super) fn about(&self) -> String {
        let about = if self.ghost { NO_FILE } else { &self.message };
        match &self.date {
            Some(date) if about.is_empty() => date.to_string(),
            Some(date) => format!("{about} \u{b7} {date}"),
            None => about.to_owned(),
        }
    }

    /// What stands under the change; where the proposed side is `alone`, it says the change too, and what it is about
    /// where there is none.
    pub(super) fn remark(&self, alone: bool) -> Option<Remark> {
        // The fault that remains outranks the reason; both stand in the row's facts.
        let remark = self.fault.as_ref().or(self.note.as_ref());
        let text = match (self.change().filter(|_| alone), remark) {
            (Some((word, rest)), Some(text)) if !text.starts_with(word) => {
                format!("{word} {rest} \u{b7} {text}")
            }
            (_, Some(text)) => text.to_string(),
            (Some((word, rest)), None) => format!("{word} {rest}"),
            (None, None) if alone => self.about(),
            (None, None) => return None,
        };
        Some(Remark { text, is_fault: self.fault.is_some() })
    }
}

/// How many plain characters tags take beside an id.
pub(super) fn room_of(tags: &[Tag]) -> usize {
    tags.iter().map(|tag| tag.word.len() + 2).sum()
}

/// The class of a mark: a head and what a plan writes have their own, else it is that of the tone.
fn mark_class(mark: Mark) -> &'static str {
    match mark {
        Mark::Head => "head",
        mark if mark.is_change() => "new-parent",
        mark => Tone::from(mark).class(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawing::Row;

    fn row() -> RowWords {
        RowWords {
            id: "aaaa".into(),
            message: "add table".into(),
            date: Some("2025-11-18".into()),
            now: vec![Mark::Root],
            proposed: vec![Mark::NewParent, Mark::Head],
            new_parents: vec!["bbbb".into()],
            ..RowWords::default()
        }
    }

    fn remark(row: &RowWords, alone: bool) -> Option<String> {
        row.remark(alone).map(|remark| remark.text)
    }

    #[test]
    fn a_row_is_heard_whole() {
        let row = RowWords { fate: Some(Fate::Fails), note: Some("after bbbb: alters user".into()), ..row() };
        assert_eq!(
            row.label(),
            "revision aaaa, add table, base, on an empty database: fails, proposed: new parent bbbb, after bbbb: alters user"
        );
    }

    #[test]
    fn each_side_has_its_own_tags_and_the_change_is_none_of_them() {
        let words = |tags: Vec<Tag>| tags.iter().map(|tag| tag.word).collect::<Vec<_>>();
        let row = RowWords { fate: Some(Fate::Fails), ..row() };
        assert_eq!(words(row.tags(false)), ["base", "fails"]);
        assert_eq!(words(row.tags(true)), ["head", "fails"]);
        assert_eq!(words(row.roles(true)), ["head"]);
        assert_eq!(room_of(&row.roles(true)), 6);
    }

    #[test]
    fn what_a_plan_writes_is_said_once() {
        assert_eq!(row().change(), Some(("new parent", "bbbb".to_owned())));
        let merge = RowWords { proposed: vec![Mark::Added], ..row() };
        assert_eq!(merge.change(), Some(("new file", "merges bbbb".to_owned())));
        assert_eq!(remark(&row(), false), None, "it stands in the line above");
        assert_eq!(remark(&row(), true).as_deref(), Some("new parent bbbb"));
        let told = RowWords { note: Some("new parent, by date".into()), ..row() };
        assert_eq!(remark(&told, true).as_deref(), Some("new parent, by date"));
    }

    #[test]
    fn a_fault_that_remains_outranks_the_reason() {
        let row = RowWords { note: Some("why".into()), fault: Some("still fails".into()), ..row() };
        assert_eq!(row.remark(false), Some(Remark { text: "still fails".to_owned(), is_fault: true }),);
        assert_eq!(remark(&row, true).as_deref(), Some("new parent bbbb \u{b7} still fails"));
    }

    #[test]
    fn an_unchanged_row_alone_says_what_it_is_about() {
        let row = RowWords { new_parents: Vec::new(), ..row() };
        assert_eq!(remark(&row, true).as_deref(), Some("add table \u{b7} 2025-11-18"));
        assert_eq!(RowWords { message: Shown::default(), ..row }.about(), "2025-11-18");
    }

    #[test]
    fn a_row_is_read_from_the_drawing() {
        let named = |revision: &str| Row { revision: revision.into(), ..Row::default() };
        let dot = Dot { lane: 0, marks: vec![Mark::Head] };
        let now = Lines { dots: vec![Some(dot), None], links: Vec::new(), lanes: 1 };
        let drawing = Drawing { rows: vec![named("a"), named("b")], now, proposed: None };
        let words = RowWords::of(&drawing, 0, &[1], None).expect("there is a row");
        assert_eq!((words.now, words.proposed), (vec![Mark::Head], Vec::new()));
        assert_eq!((words.id, words.new_parents), ("a".into(), vec!["b".into()]));
        assert!(RowWords::of(&drawing, 2, &[], None).is_none());
    }
}
