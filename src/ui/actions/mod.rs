//! Everything that changes what the page knows.

mod asking;
mod opening;

use leptos::prelude::*;

use crate::report::present::grade_words;
use crate::ui::browser::{self, Engine, Key};
use crate::ui::query;
use crate::ui::route::{self, Route};
use crate::ui::state::{AppState, Carried, OneSide, Phase, Selection, Theme, View};
use crate::ui::words;
use crate::worker::Job;
pub(in crate::ui) use asking::{can_move, movable_rows};
use opening::Opening;

/// The only writer of [`AppState`]. Copied freely.
#[derive(Debug, Clone, Copy)]
pub(in crate::ui) struct Actions {
    state: AppState,
    engine: StoredValue<Option<Engine>, LocalStorage>,
    /// What was dropped before the engine was ready.
    waiting: StoredValue<Option<Opening>, LocalStorage>,
    job: StoredValue<Job>,
}

impl Actions {
    /// Actions on a state; nothing is started yet.
    pub(in crate::ui) fn new(state: AppState) -> Self {
        Self {
            state,
            engine: StoredValue::new_local(None),
            waiting: StoredValue::new_local(None),
            job: StoredValue::new(0),
        }
    }

    /// Picks out a finding, or lets go of it.
    pub(in crate::ui) fn toggle_finding(self, index: usize) {
        let picked = Selection::Finding(index);
        if self.state.selection.get_untracked() == picked {
            return self.select(Selection::Nothing);
        }
        let moved = self.show_environment_of(index);
        self.select(picked);
        if moved {
            // It stands elsewhere in the list now.
            request_animation_frame(move || show_finding(index));
        }
    }

    /// Picks something out; what was picked before is let go.
    pub(in crate::ui) fn select(self, selection: Selection) {
        if self.state.selection.get_untracked() != selection {
            self.state.chooser.set(None);
            self.state.selection.set(selection);
        }
    }

    /// Picks a revision out, and brings its facts into view.
    pub(in crate::ui) fn show_revision(self, id: &str) {
        self.select(Selection::Revision(id.into()));
        // They are there once the selection has been drawn.
        request_animation_frame(|| browser::scroll_to("picked"));
    }

    /// Shows another environment, with its first plan, nothing picked out and nothing searched.
    pub(in crate::ui) fn show_environment(self, index: usize) {
        self.state.plan.set(0);
        self.select(Selection::Nothing);
        self.search(String::new());
        self.state.environment.set(index);
    }

    /// Shows a plan of the environment on screen, in every part of the page.
    pub(in crate::ui) fn show_plan(self, index: usize) {
        if self.state.plan.get_untracked() != index {
            self.state.plan.set(index);
        }
    }

    /// Shows one side on a narrow page.
    pub(in crate::ui) fn show_side(self, side: OneSide) {
        self.state.side.set(side);
    }

    /// Searches findings and files; nothing to search for shows all of them.
    pub(in crate::ui) fn search(self, query: String) {
        self.state.query.set(query);
    }

    /// Holds files over the page, or not.
    pub(in crate::ui) fn drag(self, over: bool) {
        if self.state.dragging.get_untracked() != over {
            self.state.dragging.set(over);
        }
    }

    /// Opens or closes the list of keys.
    pub(in crate::ui) fn show_keys(self, open: bool) {
        self.state.keys_open.set(open);
        if open {
            // It can take the keyboard once it is shown.
            request_animation_frame(|| browser::focus("keys-close"));
        }
    }

    /// Goes to the next theme.
    pub(in crate::ui) fn turn_theme(self) {
        let theme = self.state.theme.get_untracked().next();
        self.state.theme.set(theme);
        match theme {
            Theme::System => browser::forget_theme(),
            Theme::Light | Theme::Dark => browser::set_theme(theme.word()),
        }
        self.say(&format!("Theme: {}", theme.word()));
    }

    /// Copies text and says so.
    pub(in crate::ui) fn copy(self, text: &str) {
        let shown = words::visible(text);
        browser::copy(text, move |done| {
            if done {
                self.say(&format!("Copied {shown}"));
            } else {
                self.notice("The browser did not allow copying; select the text and copy it by hand.");
            }
        });
    }

    /// Takes the message about what did not work away.
    pub(in crate::ui) fn dismiss(self) {
        self.state.notice.set(None);
    }

    /// Puts what the address names on screen.
    pub(in crate::ui) fn follow_address(self) {
        let Some(view) = self.state.view.get_untracked() else { return };
        let route = route::parse(&browser::hash());
        let report = &view.loaded.report;
        let of_finding = match &route.selection {
            Selection::Finding(index) => view.finding(*index).filter(|finding| !finding.revisions.is_empty()),
            Selection::Nothing | Selection::Revision(_) => None,
        };
        let environment = route
            .environment
            .map(|n| n - 1)
            .or_else(|| of_finding?.environment)
            .filter(|&index| index < report.environments.len())
            .unwrap_or_else(|| query::first_shown(report));
        if environment != view.environment {
            self.state.environment.set(environment);
        }
        let view = View { environment, ..view };
        let plans = view.environment().map_or(&[][..], |environment| &environment.plans);
        let plan = route.plan.and_then(|name| plans.iter().position(|plan| plan.name.name() == name));
        self.show_plan(plan.unwrap_or(0));
        let known = match &route.selection {
            Selection::Finding(index) => view.finding(*index).is_some(),
            Selection::Nothing | Selection::Revision(_) => true,
        };
        self.select(if known { route.selection } else { Selection::Nothing });
    }

    /// Writes what is on screen into the address.
    pub(in crate::ui) fn write_address(self) {
        let Some(view) = self.state.view.get() else { return };
        let plan = view.plan().filter(|_| view.plan > 0).map(|plan| plan.name.to_string());
        let route = Route {
            environment: (view.environment != query::first_shown(&view.loaded.report))
                .then_some(view.environment + 1),
            plan,
            selection: self.state.selection.get(),
            sample: false,
        };
        browser::set_hash(&route::write(&route));
    }

    /// A key that no element used up; whether it meant something here.
    pub(in crate::ui) fn key(self, key: &Key) -> bool {
        match key.name.as_str() {
            "Escape" => return self.step_back(),
            _ if key.in_text || self.state.keys_open.get_untracked() => return false,
            "?" => self.show_keys(true),
            "/" if self.state.view.get_untracked().is_some() => browser::focus("search"),
            "n" => self.walk(true),
            "p" => self.walk(false),
            "c" => {
                let Selection::Revision(id) = self.state.selection.get_untracked() else { return false };
                return self.choose_parent_of(&id);
            }
            "y" => {
                let Selection::Revision(id) = self.state.selection.get_untracked() else { return false };
                self.copy(&id);
            }
            "o" => browser::click("open-folder"),
            "z" => browser::click("open-zip"),
            "t" => self.turn_theme(),
            _ => return false,
        }
        true
    }

    /// The findings that the search lets through, those of the environment on screen first.
    pub(in crate::ui) fn shown_findings(self, view: &View) -> Vec<usize> {
        let query = self.state.query.get();
        let found = view.loaded.report.findings.iter().enumerate();
        let found = found.filter(|(_, finding)| query::finds(finding, &query));
        let (mut own, others): (Vec<_>, Vec<_>) = found.partition(|(_, finding)| view.owns(finding));
        own.extend(others);
        own.into_iter().map(|(index, _)| index).collect()
    }

    /// Shows the environment whose rows a finding names, if the one on screen has none of them; whether it did.
    fn show_environment_of(self, index: usize) -> bool {
        let Some(view) = self.state.view.get_untracked() else { return false };
        let Some(finding) = view.finding(index) else { return false };
        let elsewhere = finding.environment.filter(|&environment| environment != view.environment);
        match elsewhere {
            Some(environment)
                if !finding.revisions.is_empty() && view.rows_of(&finding.revisions).is_empty() =>
            {
                let query = self.state.query.get_untracked();
                self.show_environment(environment);
                self.search(query);
                true
            }
            _ => false,
        }
    }

    fn walk(self, forward: bool) {
        let Some(view) = self.state.view.get_untracked() else { return };
        let shown = untrack(|| self.shown_findings(&view));
        let current = match self.state.selection.get_untracked() {
            Selection::Finding(index) => Some(index),
            Selection::Nothing | Selection::Revision(_) => None,
        };
        let Some(index) = query::step(&shown, current, forward) else { return };
        if self.show_environment_of(index) {
            request_animation_frame(move || show_finding(index));
        }
        self.select(Selection::Finding(index));
        show_finding(index);
    }

    fn step_back(self) -> bool {
        if self.state.keys_open.get_untracked() {
            self.show_keys(false);
        } else if self.state.carried.get_untracked().is_some() {
            self.state.carried.set(None);
        } else if self.state.chooser.get_untracked().is_some() {
            self.close_chooser();
        } else if self.state.notice.get_untracked().is_some() {
            self.dismiss();
        } else if matches!(self.state.phase.get_untracked(), Phase::Reading(_)) {
            self.close();
        } else if !self.state.query.get_untracked().is_empty() {
            self.search(String::new());
        } else if self.state.selection.get_untracked() != Selection::Nothing {
            self.select(Selection::Nothing);
        } else {
            return false;
        }
        true
    }

    fn reset_view(self) {
        self.state.environment.set(0);
        self.state.plan.set(0);
        self.state.selection.set(Selection::Nothing);
        self.state.query.set(String::new());
        self.state.side.set(OneSide::Now);
        self.state.making.set(None);
        self.state.answers.set(std::collections::BTreeMap::new());
        self.state.answered_before.set(None);
        self.state.chooser.set(None);
        self.state.carried.set(None);
        self.state.asking.set(false);
    }

    /// Takes a row up by its handle, holds it over another, or puts it down again.
    pub(in crate::ui) fn carry(self, carried: Option<Carried>) {
        if self.state.carried.get_untracked() != carried {
            self.state.carried.set(carried);
        }
    }

    fn say(self, text: &str) {
        self.state.said.set(text.to_owned());
    }

    fn notice(self, text: &str) {
        self.state.notice.set(Some(text.to_owned()));
    }
}

/// Puts the keyboard and the eye on a finding.
fn show_finding(index: usize) {
    let id = format!("finding-{index}");
    browser::focus(&id);
    browser::scroll_to(&id);
}

/// The title of the tab.
pub(in crate::ui) fn title(phase: &Phase, view: Option<&View>) -> String {
    match phase {
        Phase::Empty => "rechain: audit and repair Alembic migrations".to_owned(),
        Phase::Reading(name) => format!("Reading {} \u{2013} rechain", words::visible(name)),
        Phase::Failed(_) => "Could not be read \u{2013} rechain".to_owned(),
        Phase::Ready(loaded) => {
            let verdict = grade_words(view.map_or(loaded.report.grade, View::grade));
            format!("{}: {verdict} \u{2013} rechain", words::visible(&loaded.name))
        }
    }
}
