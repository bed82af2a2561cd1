//! Opening: what goes to the engine, and what comes back.

use js_sys::Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;

use super::Actions;
use crate::text::plural;
use crate::ui::browser::{self, Engine, Item};
use crate::ui::listing::Listing;
use crate::ui::route;
use crate::ui::state::{Failure, Loaded, Outcome, Phase, Readiness};
use crate::ui::words;
use crate::worker::{Job, Progress, Reply, Request};

/// What to audit; it may have to wait for the engine.
#[derive(Debug, Clone)]
pub(super) enum Opening {
    /// What was dropped or picked, under a name.
    Items(String, Vec<Item>),
    /// The sample, which the engine itself holds.
    Sample,
}

impl Actions {
    /// Loads the engine, then opens whatever waits for it.
    pub(in crate::ui) fn start(self) {
        if route::parse(&browser::hash()).sample {
            self.open_sample();
        }
        spawn_local(async move {
            match Engine::load().await {
                Ok(engine) => {
                    self.engine.set_value(Some(engine));
                    self.state.engine.set(Readiness::Ready);
                    let waiting = self.waiting.try_update_value(Option::take).flatten();
                    match waiting {
                        Some(opening) => self.open(opening),
                        None => self.warm_up(),
                    }
                }
                Err(problem) => {
                    self.state.engine.set(Readiness::Broken(problem.clone()));
                    if self.waiting.with_value(Option::is_some) {
                        self.fail(format!("the audit could not be loaded: {problem}"));
                    }
                }
            }
        });
    }

    /// Opens what was dropped or picked; a lone zip is known by its first bytes.
    pub(in crate::ui) fn open_items(self, items: Vec<Item>) {
        match items.as_slice() {
            [] => {
                self.notice(
                    "Nothing that can be read was dropped: drop a folder, a zip, or migration files.",
                );
            }
            [one] => self.open(Opening::Items(one.name(), items)),
            several => {
                let name = plural(several.len(), "item");
                self.open(Opening::Items(name, items));
            }
        }
    }

    /// Opens what an input holds.
    pub(in crate::ui) fn open_picked(self, folder: Option<String>, items: Vec<Item>) {
        match folder {
            Some(folder) => self.open(Opening::Items(folder, items)),
            None if items.is_empty() => {
                self.notice("The folder is empty, or the browser was not allowed to read it.");
            }
            None => self.open_items(items),
        }
    }

    /// Opens the sample, without anything being dropped.
    pub(in crate::ui) fn open_sample(self) {
        self.open(Opening::Sample);
    }

    /// Leaves what is under way or on screen, and goes back to the empty page.
    pub(in crate::ui) fn close(self) {
        self.engine.update_value(|engine| engine.iter_mut().for_each(Engine::end));
        self.waiting.set_value(None);
        self.next_job();
        self.state.phase.set(Phase::Empty);
        self.reset_view();
        self.say("Cancelled.");
    }

    /// Asks for one of the downloads on offer.
    pub(in crate::ui) fn download(self, id: String) {
        if self.state.making.get_untracked().is_some() {
            return;
        }
        self.state.notice.set(None);
        let request =
            Request::Download { job: self.job.get_value(), id: id.clone(), today: browser::today() };
        self.state.making.set(Some(id));
        self.ask(&request, &JsValue::NULL);
    }

    fn open(self, opening: Opening) {
        let name = match &opening {
            Opening::Items(name, _) => name.clone(),
            Opening::Sample => "the sample project".to_owned(),
        };
        let job = self.next_job();
        self.state.progress.set(Progress::default());
        self.state.notice.set(None);
        self.state.making.set(None);
        self.state.phase.set(Phase::Reading(name.clone()));
        self.say(&format!("Reading {}", words::visible(&name)));
        match self.state.engine.get_untracked() {
            Readiness::Starting => return self.waiting.set_value(Some(opening)),
            Readiness::Broken(problem) => {
                return self.fail(format!("the audit could not be loaded: {problem}"));
            }
            Readiness::Ready => {}
        }
        if let Err(problem) = self.begin(job) {
            return self.fail(format!("the audit could not be started: {problem}"));
        }
        match opening {
            Opening::Sample => self.ask(&Request::Sample { job }, &JsValue::NULL),
            Opening::Items(name, items) => spawn_local(self.hand_over(job, name, items)),
        }
    }

    async fn hand_over(self, job: Job, name: String, items: Vec<Item>) {
        let current = move || self.job.get_value() == job;
        if let [one] = items.as_slice()
            && !one.is_folder()
        {
            match one.file().await {
                _ if !current() => return,
                Err(problem) => return self.fail(format!("it could not be read: {problem}")),
                Ok(file) => {
                    let named_zip = name.to_ascii_lowercase().ends_with(".zip");
                    if named_zip || browser::is_zip(&file).await {
                        if current() {
                            self.ask(&Request::Zip { job, name }, &file);
                        }
                        return;
                    }
                }
            }
        }
        self.ask(&Request::Open { job, name }, &JsValue::NULL);
        let mut listing = Listing::default();
        // A folder that is picked comes as its files alone, without what is empty.
        let is_whole = items.iter().all(Item::is_folder);
        let send = move |paths: Vec<String>, handles: Array| {
            if current() {
                self.ask(&Request::Files { job, paths }, &handles);
            }
        };
        let goes_on = move |listing: &Listing| {
            if current() {
                self.state
                    .progress
                    .update(|progress| progress.files_total = progress.files_total.max(listing.files));
            }
            current()
        };
        browser::walk(items, &mut listing, send, goes_on).await;
        if !current() {
            return;
        }
        if listing.files == 0 && listing.left_out.is_empty() {
            return self.fail("the folder is empty: there is nothing to audit".to_owned());
        }
        let Listing { left_out, empty_folders, .. } = listing;
        self.ask(&Request::Finish { job, left_out, empty_folders, is_whole }, &JsValue::NULL);
    }

    fn begin(self, job: Job) -> Result<(), String> {
        let heard = move |reply: Reply, beside: JsValue| {
            if reply.job() == job && self.job.get_value() == job {
                self.hear(reply, &beside);
            }
        };
        let broke = move |problem: String| {
            if self.job.get_value() == job {
                self.fail(words::died(&self.state.progress.get_untracked(), &problem));
            }
        };
        let begun = self.engine.try_update_value(|engine| match engine {
            Some(engine) => engine.begin(heard, broke),
            None => Err("it is not loaded".to_owned()),
        });
        begun.unwrap_or_else(|| Err("the page is closing".to_owned()))
    }

    fn hear(self, reply: Reply, beside: &JsValue) {
        match reply {
            Reply::Progress { progress, .. } => {
                let phase = progress.phase;
                if phase != self.state.progress.get_untracked().phase {
                    self.say(words::phase(phase));
                }
                self.state.progress.set(progress);
            }
            Reply::Report { report, downloads, .. } => {
                let name = match self.state.phase.get_untracked() {
                    Phase::Reading(name) => name,
                    Phase::Ready(loaded) => return self.renew(&loaded, *report, downloads),
                    Phase::Empty | Phase::Failed(_) => return,
                };
                let opened = self.job.get_value();
                self.say(&words::sentence(&report.headline));
                self.reset_view();
                self.state.phase.set(Phase::Ready(Loaded::new(Outcome {
                    name,
                    opened,
                    report: *report,
                    downloads,
                })));
                self.follow_address();
            }
            Reply::Parents { revision, text, choices, .. } => self.hear_parents(&revision, &text, choices),
            Reply::Refused { message, .. } => self.hear_refusal(&message),
            Reply::Download { file_name, mime, .. } => {
                self.state.making.set(None);
                match browser::save(beside, &file_name, &mime) {
                    Ok(()) => self.say(&format!("Saved {file_name}")),
                    Err(problem) => self.notice(&format!("{file_name} could not be saved: {problem}.")),
                }
            }
            Reply::DownloadFailed { message, .. } => {
                self.state.making.set(None);
                self.notice(&words::sentence(&format!("That file could not be made: {message}")));
            }
            Reply::Failed { message, .. } => self.fail(message),
        }
    }

    /// Runs the sample once and forgets it: the browser compiles hot code better the second time.
    fn warm_up(self) {
        const NOBODY: Job = Job::MAX;
        if self.begin(NOBODY).is_ok() {
            self.ask(&Request::Sample { job: NOBODY }, &JsValue::NULL);
        }
    }

    fn fail(self, message: String) {
        self.engine.update_value(|engine| engine.iter_mut().for_each(Engine::end));
        self.next_job();
        let name = match self.state.phase.get_untracked() {
            Phase::Reading(name) => name,
            Phase::Ready(loaded) => loaded.name.clone(),
            Phase::Failed(failure) => failure.name,
            Phase::Empty => String::new(),
        };
        self.reset_view();
        self.state.phase.set(Phase::Failed(Failure { name, message }));
    }

    pub(super) fn ask(self, request: &Request, beside: &JsValue) {
        self.engine.with_value(|engine| {
            if let Some(engine) = engine {
                engine.ask(request, beside);
            }
        });
    }

    fn next_job(self) -> Job {
        let next = self.job.get_value().wrapping_add(1);
        self.job.set_value(next);
        next
    }
}
