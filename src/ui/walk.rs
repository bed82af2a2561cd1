//! The keys of the drawing as plain values: what each asks for, and which row a step along the chain leads to.

use super::columns::Neighbours;
use super::state::Selection;

/// How much larger one press of `+` makes the drawing; `-` undoes it.
pub(super) const LARGER: f64 = 1.25;

/// What a key asks of the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Wish {
    /// To go to another row.
    Walk(Step),
    /// To be this many times larger.
    Zoom(f64),
    /// To be as large as written.
    AsWritten,
    /// To be seen whole.
    Fit,
    /// To show what is picked out, or else what is wrong.
    FitProblem,
}

/// A step from one row to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// To the next row down, whoever stands there.
    Down,
    /// To the next row up.
    Up,
    /// To the row's first parent.
    Parent,
    /// To the row's first child.
    Child,
    /// To the newest row.
    Newest,
    /// To the oldest row.
    Oldest,
}

/// What the key of this name asks for; none leaves the key to the page.
pub(super) fn wish(key: &str) -> Option<Wish> {
    Some(match key {
        "ArrowDown" => Wish::Walk(Step::Down),
        "ArrowUp" => Wish::Walk(Step::Up),
        "ArrowRight" => Wish::Walk(Step::Parent),
        "ArrowLeft" => Wish::Walk(Step::Child),
        "Home" => Wish::Walk(Step::Newest),
        "End" => Wish::Walk(Step::Oldest),
        "+" | "=" => Wish::Zoom(LARGER),
        "-" => Wish::Zoom(1.0 / LARGER),
        "0" => Wish::AsWritten,
        "f" => Wish::Fit,
        "g" => Wish::FitProblem,
        _ => return None,
    })
}

/// The row that a step leads to from row `at` of `count`; without a row, up and down begin at the newest.
pub(super) fn next_row(
    step: Step,
    at: Option<usize>,
    count: usize,
    neighbours: &Neighbours,
) -> Option<usize> {
    let last = count.checked_sub(1)?;
    let first_of = |rows: &[Vec<usize>]| rows.get(at?)?.first().copied();
    let row = match step {
        Step::Down => at.map_or(0, |row| (row + 1).min(last)),
        Step::Up => at.map_or(0, |row| row.saturating_sub(1)),
        Step::Parent => first_of(&neighbours.parents).or(at)?,
        Step::Child => first_of(&neighbours.children).or(at)?,
        Step::Newest => 0,
        Step::Oldest => last,
    };
    // Another drawing may have fewer rows than the one that the row was picked in.
    (row <= last).then_some(row)
}

/// The row that the keyboard is on: the one it went to while that is still picked, else the first picked one.
///
/// An id that several files declare has several rows, so the selection alone cannot tell which of them it is.
pub(super) fn current_row(selection: &Selection, went_to: Option<usize>, picked: &[usize]) -> Option<usize> {
    let Selection::Revision(_) = selection else { return None };
    went_to.filter(|row| picked.contains(row)).or_else(|| picked.first().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Row 0 merges rows 1 and 2, and both of these stand on row 3.
    fn diamond() -> Neighbours {
        Neighbours {
            parents: vec![vec![1, 2], vec![3], vec![3], vec![]],
            children: vec![vec![], vec![0], vec![0], vec![1, 2]],
            ..Neighbours::default()
        }
    }

    fn to(step: Step, at: Option<usize>) -> Option<usize> {
        next_row(step, at, 4, &diamond())
    }

    #[test]
    fn up_and_down_stop_at_the_ends() {
        assert_eq!([to(Step::Down, Some(1)), to(Step::Down, Some(3))], [Some(2), Some(3)]);
        assert_eq!([to(Step::Up, Some(1)), to(Step::Up, Some(0))], [Some(0), Some(0)]);
        assert_eq!([to(Step::Newest, Some(2)), to(Step::Oldest, None)], [Some(0), Some(3)]);
    }

    #[test]
    fn left_and_right_follow_the_lines() {
        assert_eq!([to(Step::Parent, Some(0)), to(Step::Parent, Some(2))], [Some(1), Some(3)]);
        assert_eq!([to(Step::Child, Some(3)), to(Step::Child, Some(2))], [Some(1), Some(0)]);
        assert_eq!([to(Step::Parent, Some(3)), to(Step::Child, Some(0))], [Some(3), Some(0)], "it stays");
    }

    #[test]
    fn without_a_row_only_what_needs_none_leads_anywhere() {
        assert_eq!([to(Step::Down, None), to(Step::Up, None)], [Some(0), Some(0)]);
        assert_eq!([to(Step::Parent, None), to(Step::Child, None)], [None, None]);
        assert_eq!(next_row(Step::Newest, None, 0, &Neighbours::default()), None);
        assert_eq!(to(Step::Parent, Some(9)), None, "a row of a longer drawing");
    }

    #[test]
    fn larger_and_smaller_undo_each_other() {
        let (Some(Wish::Zoom(larger)), Some(Wish::Zoom(smaller))) = (wish("+"), wish("-")) else {
            panic!("both zoom");
        };
        assert!((larger * smaller - 1.0).abs() < 1e-9);
        assert_eq!(wish("Tab"), None);
    }

    #[test]
    fn of_rows_with_one_id_the_keyboard_stays_on_the_one_it_went_to() {
        let revision = Selection::Revision("a".into());
        assert_eq!(current_row(&revision, Some(5), &[2, 5]), Some(5));
        assert_eq!(current_row(&revision, Some(4), &[2, 5]), Some(2));
        assert_eq!(current_row(&revision, None, &[]), None);
        assert_eq!(current_row(&Selection::Finding(0), Some(2), &[2]), None);
    }
}
