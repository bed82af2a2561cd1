//! What the page asks of a result: the answer about the databases, and parents that are chosen by hand.

use std::collections::BTreeMap;

use super::{Choice, Choices};
use crate::alembic::why_unread;
use crate::audit::Outcome;
use crate::audited::Pinned;
use crate::plan::{Answer, in_line, parents_of};
use crate::text::{capital, stopped};

/// Tries the plans of an environment on the databases that an answer tells of.
///
/// # Errors
///
/// In words for people, where the answer tells of none.
pub fn answer(outcome: &mut Outcome, environment: usize, answer: &Answer) -> Result<(), String> {
    let Some(audited) = outcome.audit.environments.get(environment) else { return Ok(()) };
    let databases = answer.databases(audited).map_err(|line| capital(&stopped(&why_unread(&line))))?;
    let mut asked: BTreeMap<usize, _> = outcome.audit.options.stamped_of.clone();
    match answer {
        Answer::Unknown => asked.remove(&environment),
        _ => asked.insert(environment, databases),
    };
    outcome.answer(asked);
    Ok(())
}

/// Gives a revision other parents; `line` moves it right after the first of them, and what stood there and on it moves too.
///
/// # Errors
///
/// In words for people, where it cannot be placed.
pub fn pin(
    outcome: &mut Outcome,
    environment: usize,
    revision: &str,
    parents: Vec<String>,
    line: bool,
) -> Result<(), String> {
    let Some(audited) = outcome.audit.environments.get(environment) else { return Ok(()) };
    let mut pinned = outcome.audit.options.pinned.clone();
    if line {
        let moved = in_line(audited, &pinned, revision, parents.first().map(String::as_str));
        pinned =
            moved.ok_or_else(|| format!("{revision} cannot be moved there; undo what was chosen before."))?;
    } else {
        pinned.retain(|pinned| pinned.revision != revision);
        pinned.push(Pinned { revision: revision.to_owned(), parents });
    }
    // What the files say already needs no choice.
    let is_written = |pinned: &Pinned| {
        let found = audited.graph.find(&pinned.revision).and_then(|ix| audited.graph.node(ix).script);
        found.is_some_and(|at| audited.scripts[at].down_revision.values() == pinned.parents)
    };
    pinned.retain(|pinned| !is_written(pinned));
    outcome.pin(pinned);
    Ok(())
}

/// Lets the files decide again about a revision, or about all of them.
pub fn unpin(outcome: &mut Outcome, revision: Option<&str>) {
    let mut pinned = outcome.audit.options.pinned.clone();
    pinned.retain(|pinned| revision.is_some_and(|revision| pinned.revision != revision));
    outcome.pin(pinned);
}

/// What a revision could stand on.
pub fn parents(outcome: &Outcome, environment: usize, revision: &str, text: &str) -> Choices {
    let audited = outcome.audit.environments.get(environment);
    let pinned = &outcome.audit.options.pinned;
    let Some(found) = audited.and_then(|audited| parents_of(audited, pinned, revision, text)) else {
        return Choices::default();
    };
    let choice = |choice: crate::plan::ParentChoice| Choice {
        revision: choice.revision.as_deref().map(Into::into),
        message: choice.message.as_str().into(),
        effect: choice.effect.as_str().into(),
        kind: choice.kind,
    };
    Choices { choices: found.choices.into_iter().map(choice).collect(), n_more: found.n_more }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::examine;
    use crate::ingest::Ingested;
    use crate::plan::PlanKind;
    use crate::rules::fixture::project;

    fn outcome(migrations: &str) -> Outcome {
        examine(Ingested { tree: project(migrations), ..Ingested::default() }, &mut |_| {})
    }

    const FORK: &str = "a: a <- None\nb: b <- 'a'\nc: c <- 'a'";

    #[test]
    fn each_answer_recommends_what_is_right_for_it() {
        let mut outcome = outcome(FORK);
        let question = outcome.report.environments[0].question.clone().expect("it matters");
        assert_eq!(question.sides, ["b", "c"]);
        for (given, right, stamped) in [
            (Answer::Nothing, Some(PlanKind::Chain), 1),
            (Answer::Side("b".to_owned()), Some(PlanKind::Merge), 1),
            (Answer::Side("c".to_owned()), Some(PlanKind::Merge), 1),
            (Answer::All, Some(PlanKind::Merge), 3),
            (Answer::Printed("c (head)\n".to_owned()), Some(PlanKind::Merge), 1),
            (Answer::Printed("gone".to_owned()), None, 1),
            (Answer::Unknown, Some(PlanKind::Merge), 0),
        ] {
            answer(&mut outcome, 0, &given).expect("it is read");
            let environment = &outcome.report.environments[0];
            assert_eq!((environment.recommended, environment.stamped.len()), (right, stamped), "{given:?}");
        }
        let why = answer(&mut outcome, 0, &Answer::Printed("what is this".to_owned())).expect_err("no id");
        assert!(why.ends_with("what is this."), "{why}");
        assert!(answer(&mut outcome, 0, &Answer::Printed(" ".to_owned())).is_err());
    }

    #[test]
    fn what_is_safe_for_everybody_is_not_asked_about() {
        assert_eq!(outcome("a: a <- None\nb: b <- 'a'").report.environments[0].question, None);
        let written = outcome("a: 2ca607eff9c8 <- None\nb: b <- '2ca607'");
        assert_eq!(written.report.environments[0].question, None);
    }

    #[test]
    fn a_choice_comes_and_goes() {
        let mut outcome = outcome(FORK);
        let before = outcome.report.clone();
        pin(&mut outcome, 0, "c", vec!["b".to_owned()], false).expect("it can be");
        let by_hand = outcome.report.environments[0].by_hand.clone().expect("one was chosen");
        assert_eq!((by_hand.pinned.len(), by_hand.refused), (1, None));
        // Chosen back is not chosen.
        pin(&mut outcome, 0, "c", vec!["a".to_owned()], false).expect("it can be");
        assert_eq!(outcome.report, before);
        pin(&mut outcome, 0, "b", vec!["c".to_owned()], true).expect("it can be");
        pin(&mut outcome, 0, "a", vec!["c".to_owned()], true).expect("it can be");
        assert!(
            outcome.report.environments[0].by_hand.as_ref().is_some_and(|by_hand| by_hand.pinned.len() > 1)
        );
        unpin(&mut outcome, Some("a"));
        unpin(&mut outcome, None);
        assert_eq!(outcome.report, before);
        assert!(pin(&mut outcome, 0, "x", Vec::new(), true).is_err());
    }

    #[test]
    fn what_could_be_chosen_is_told() {
        let found = parents(&outcome(FORK), 0, "c", "");
        assert_eq!((found.choices.len(), found.n_more), (3, 0));
        assert_eq!(parents(&outcome(FORK), 0, "gone", ""), Choices::default());
        assert_eq!(parents(&outcome(FORK), 7, "c", ""), Choices::default());
    }
}
