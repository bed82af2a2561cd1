//! Asking the result: the answer about the databases, and parents that are chosen by hand.

use std::collections::BTreeMap;

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::Actions;
use crate::download::DownloadInfo;
use crate::report::{EnvironmentReport, PlanKind, Report};
use crate::text::Shown;
use crate::ui::browser;
use crate::ui::state::{Chooser, Loaded, Outcome, Phase, Selection, View};
use crate::ui::words;
use crate::worker::{Answer, Choices, Request};

impl Actions {
    /// Tries the plans on what the databases of the environment on screen have run.
    pub(in crate::ui) fn answer(self, answer: Answer) {
        let environment = self.state.environment.get_untracked();
        let before = self.state.answers.try_update(|answers| answers.insert(environment, answer.clone()));
        self.state.answered_before.set(Some((environment, before.flatten().unwrap_or_default())));
        self.change(&Request::Answer { job: self.job.get_value(), environment, answer });
    }

    /// Opens the list of what a revision could stand on; whether it has a file of which that can be asked.
    pub(in crate::ui) fn choose_parent_of(self, revision: &Shown) -> bool {
        let is_declared = self.state.view.with_untracked(|view| {
            let environment = view.as_ref().and_then(|view| view.environment());
            environment.is_some_and(|environment| can_move(environment, revision))
        });
        if is_declared {
            self.select(Selection::Revision(revision.clone()));
            self.state.chooser.set(Some(Chooser { revision: revision.clone(), ..Chooser::default() }));
            self.look_for_parent(String::new());
            // It is there once the selection has been drawn.
            request_animation_frame(|| {
                browser::scroll_to("picked");
                browser::focus("parent-search");
            });
        }
        is_declared
    }

    /// Looks for what the revision could stand on by a text.
    pub(in crate::ui) fn look_for_parent(self, text: String) {
        let Some(revision) =
            self.state.chooser.with_untracked(|open| Some(open.as_ref()?.revision.to_string()))
        else {
            return;
        };
        self.state.chooser.update(|open| {
            if let Some(open) = open {
                open.text.clone_from(&text);
                open.active = 0;
            }
        });
        let environment = self.state.environment.get_untracked();
        let request = Request::Parents { job: self.job.get_value(), environment, revision, text };
        self.ask(&request, &JsValue::NULL);
    }

    /// Closes the list of what a revision could stand on, and goes back to where it was opened.
    pub(in crate::ui) fn close_chooser(self) {
        self.state.chooser.set(None);
        request_animation_frame(|| browser::focus("change-parent"));
    }

    /// Gives a revision another parent, or none; `line` moves it in line.
    pub(in crate::ui) fn choose_parent(self, revision: &Shown, parent: Option<&Shown>, line: bool) {
        let request = Request::Pin {
            job: self.job.get_value(),
            environment: self.state.environment.get_untracked(),
            revision: revision.to_string(),
            parents: parent.map(ToString::to_string).into_iter().collect(),
            line,
        };
        if self.state.chooser.with_untracked(Option::is_some) {
            self.close_chooser();
        }
        self.change(&request);
    }

    /// Undoes what was chosen of a revision, or all of it.
    pub(in crate::ui) fn undo_choice(self, revision: Option<&Shown>) {
        let revision = revision.map(ToString::to_string);
        self.change(&Request::Unpin { job: self.job.get_value(), revision });
    }

    /// What a revision could stand on has come.
    pub(super) fn hear_parents(self, revision: &str, text: &str, choices: Choices) {
        self.state.chooser.update(|open| {
            // What was looked for before comes late.
            if let Some(open) = open.as_mut().filter(|open| open.revision == revision && open.text == text) {
                open.choices = Some(choices);
            }
        });
    }

    /// What was asked cannot be.
    pub(super) fn hear_refusal(self, message: &str) {
        self.state.asking.set(false);
        // What cannot be read is no answer: the last one stands.
        if let Some((environment, before)) = self.state.answered_before.get_untracked() {
            self.state.answers.update(|answers| {
                answers.insert(environment, before);
            });
            self.state.answered_before.set(None);
        }
        self.notice(&words::sentence(message));
    }

    /// Puts a result in the place of the one that it has become: what is open stays open.
    pub(super) fn renew(self, old: &Loaded, report: Report, downloads: Vec<DownloadInfo>) {
        self.state.asking.set(false);
        self.state.answered_before.set(None);
        let environment = self.state.environment.get_untracked();
        let shown = self.state.view.with_untracked(|view| Some(view.as_ref()?.plan()?.name));
        let was = old.report.environments.get(environment);
        let now = report.environments.get(environment);
        let plan = now.map_or(0, |now| plan_after(was, now, shown));
        if let Some(now) = now {
            self.say(&said(now, plan));
        }
        let (name, opened) = (old.name.clone(), old.opened);
        self.state.phase.set(Phase::Ready(Loaded::new(Outcome { name, opened, report, downloads })));
        self.show_plan(plan);
    }

    fn change(self, request: &Request) {
        self.state.notice.set(None);
        self.state.asking.set(true);
        self.ask(request, &JsValue::NULL);
    }
}

/// Whether a revision's parents can be chosen: something loads its file, and only one has the id.
pub(in crate::ui) fn can_move(environment: &EnvironmentReport, revision: &str) -> bool {
    let mut files = environment.revisions.iter().filter(|own| own.revision == revision);
    environment.live && files.next().is_some_and(|own| own.parents_known) && files.next().is_none()
}

/// The same of every row of the drawing on screen.
pub(in crate::ui) fn movable_rows(view: &View) -> Vec<bool> {
    let Some((environment, drawing)) = view.environment().zip(view.drawing()) else { return Vec::new() };
    let mut files: BTreeMap<&Shown, Vec<bool>> = BTreeMap::new();
    for own in &environment.revisions {
        files.entry(&own.revision).or_default().push(own.parents_known);
    }
    let can_move = |id: &Shown| environment.live && files.get(id).is_some_and(|files| *files == [true]);
    drawing.rows.iter().map(|row| can_move(&row.revision)).collect()
}

/// Which plan is shown after something was asked: that of the choices where they changed, else the recommended one.
fn plan_after(was: Option<&EnvironmentReport>, now: &EnvironmentReport, shown: Option<PlanKind>) -> usize {
    let at = |kind: PlanKind| now.plans.iter().position(|plan| plan.name == kind);
    let has_chosen = was.is_some_and(|was| was.by_hand != now.by_hand);
    let wanted = if has_chosen {
        at(PlanKind::ByHand).or_else(|| at(shown.filter(|_| now.by_hand.is_some())?))
    } else {
        None
    };
    wanted.or_else(|| at(now.recommended?)).unwrap_or(0)
}

/// What a screen reader is told of it.
fn said(now: &EnvironmentReport, plan: usize) -> String {
    let refused = now.by_hand.as_ref().and_then(|by_hand| by_hand.refused.as_deref());
    match (refused, now.plans.get(plan)) {
        (Some(why), _) => why.to_owned(),
        (None, Some(plan)) => format!("Shown: {}", plan.title),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::Ingested;

    #[test]
    fn a_choice_is_shown_and_an_answer_shows_what_is_recommended() {
        let given = || Ingested { tree: crate::sample::panel(), ..Ingested::default() };
        let outcome = crate::audit::examine(given(), &mut |_| {});
        let live = outcome.report.environments.iter().position(|own| own.live).expect("one is");
        let before = &outcome.report.environments[live];
        let recommended = |now: &EnvironmentReport| {
            now.plans.iter().position(|plan| Some(plan.name) == now.recommended).expect("there is one")
        };
        assert_eq!(plan_after(Some(before), before, None), recommended(before));
        let mut later = outcome.clone();
        crate::worker::answer(&mut later, live, &Answer::Nothing).expect("it is read");
        let empty = &later.report.environments[live].clone();
        assert_eq!(empty.plans[plan_after(Some(before), empty, None)].name, PlanKind::Chain);
        let moved = before.revisions.iter().find(|own| own.is_base).expect("there are bases");
        let onto = before.heads.iter().find(|head| **head != moved.revision).expect("there are heads");
        assert!(can_move(before, &moved.revision) && !can_move(before, "gone"));
        let (name, report) = (String::new(), outcome.report.clone());
        let loaded = Loaded::new(Outcome { name, opened: 0, report, downloads: Vec::new() });
        let view = View { loaded, environment: live, plan: 0 };
        let rows = view.drawing().expect("there is one").rows.iter();
        let one_by_one: Vec<bool> = rows.map(|row| can_move(before, &row.revision)).collect();
        assert!(one_by_one.contains(&true) && one_by_one.contains(&false), "the merge is no file yet");
        assert_eq!(movable_rows(&view), one_by_one);
        let chosen = vec![onto.to_string()];
        crate::worker::pin(&mut later, live, &moved.revision, chosen, false).expect("it can be asked");
        let by_hand = &later.report.environments[live];
        let shown = plan_after(Some(empty), by_hand, Some(PlanKind::Chain));
        let is_refused = by_hand.by_hand.as_ref().is_some_and(|own| own.refused.is_some());
        let expected = if is_refused { PlanKind::Chain } else { PlanKind::ByHand };
        assert_eq!(by_hand.plans[shown].name, expected);
        assert!(!said(by_hand, shown).is_empty());
    }
}
