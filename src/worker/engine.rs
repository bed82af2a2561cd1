//! The engine's side: reads handles, audits, makes downloads.
//!
//! Files are read 64 at a time while more are still being named. Reading waits for the browser, so messages get in
//! between; auditing does not, so it sends its progress on its own, at most every 50 ms. One worker does one job: what
//! it knows is never mixed with another's.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

use super::{Job, LeftOut, Phase, Progress, Reply, Request, Why};
use crate::audit::{self, Outcome, examine};
use crate::download::{self, Download, DownloadInfo};
use crate::ingest::{Ingested, Intake, Limits, SkipReason, TreePath, ignored_name, read_carried, read_zip};
use crate::text::Shown;

/// How many files are read at once.
const AT_ONCE: usize = 64;

/// The shortest time between two messages of progress, in milliseconds.
const PAUSE: f64 = 50.0;

thread_local! {
    /// The job at hand, for the last words of a panic, which may strike while everything else is borrowed.
    static JOB: Cell<Job> = const { Cell::new(0) };
}

/// Listens to the page until the worker is ended.
pub fn start() {
    std::panic::set_hook(Box::new(|fault| {
        fail(format!("the audit stopped by a fault of its own, please report it: {fault}"));
    }));
    let engine = Engine::default();
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let parts: Array = event.data().unchecked_into();
        let text = parts.get(0).as_string().unwrap_or_default();
        if let Ok(request) = serde_json::from_str(&text) {
            engine.hear(request, parts.get(1));
        }
    });
    scope().set_onmessage(Some(heard.as_ref().unchecked_ref()));
    // It listens as long as the worker lives.
    heard.forget();
}

/// One worker's engine.
#[derive(Clone)]
struct Engine(Rc<RefCell<State>>);

struct State {
    intake: Intake,
    /// Wanted, but not read yet.
    waiting: VecDeque<(String, File)>,
    /// The handles of every file, for the download of the whole tree.
    handles: BTreeMap<TreePath, File>,
    /// The zip, for the same.
    archive: Option<File>,
    /// The files that were not read but belong to the tree.
    carried: Vec<TreePath>,
    /// The zip's own top folder.
    wrapper: Option<String>,
    named_all: bool,
    reading: bool,
    meter: Meter,
    outcome: Option<Outcome>,
}

impl Default for Engine {
    fn default() -> Self {
        Self(Rc::new(RefCell::new(State {
            intake: Intake::new(Limits::default()),
            waiting: VecDeque::new(),
            handles: BTreeMap::new(),
            archive: None,
            carried: Vec::new(),
            wrapper: None,
            named_all: false,
            reading: false,
            meter: Meter::default(),
            outcome: None,
        })))
    }
}

impl Engine {
    fn hear(&self, request: Request, beside: JsValue) {
        match request {
            Request::Open { job, .. } => JOB.set(job),
            Request::Files { paths, .. } => self.name(paths, &beside.unchecked_into()),
            Request::Finish { left_out, empty_folders, is_whole, .. } => {
                self.finish(left_out, &empty_folders, is_whole);
            }
            Request::Zip { job, .. } => {
                JOB.set(job);
                let engine = self.clone();
                spawn_local(async move { engine.unpack(beside.unchecked_into()).await });
            }
            Request::Sample { job } => {
                JOB.set(job);
                self.audit(Ingested { tree: crate::sample::panel(), ..Ingested::default() });
            }
            Request::Answer { environment, answer, .. } => {
                self.change(|outcome| super::answer(outcome, environment, &answer));
            }
            Request::Pin { environment, revision, parents, line, .. } => {
                self.change(|outcome| super::pin(outcome, environment, &revision, parents, line));
            }
            Request::Unpin { revision, .. } => {
                self.change(|outcome| {
                    super::unpin(outcome, revision.as_deref());
                    Ok(())
                });
            }
            Request::Parents { environment, revision, text, .. } => {
                let state = self.0.borrow();
                let Some(outcome) = &state.outcome else { return };
                let choices = super::parents(outcome, environment, &revision, &text);
                send(&Reply::Parents { job: JOB.get(), revision, text, choices }, None);
            }
            Request::Download { id, today, .. } => {
                let engine = self.clone();
                spawn_local(async move { engine.make(id, today).await });
            }
        }
    }

    fn name(&self, paths: Vec<String>, files: &Array) {
        let mut state = self.0.borrow_mut();
        let state = &mut *state;
        for (path, file) in paths.into_iter().zip(files.iter()) {
            let file: File = file.unchecked_into();
            if state.intake.wants(&path, size_of(&file)) {
                state.waiting.push_back((path.clone(), file.clone()));
                state.meter.progress.files_total += 1;
            }
            if let Ok(path) = TreePath::parse(&path) {
                state.handles.insert(path, file);
            }
        }
        state.meter.progress.phase = Phase::Reading;
        self.read_on(state);
    }

    fn finish(&self, left_out: Vec<LeftOut>, empty_folders: &[String], is_whole: bool) {
        let mut state = self.0.borrow_mut();
        for folder in empty_folders {
            state.intake.folder(folder);
        }
        if !is_whole {
            state.intake.set_partial();
        }
        for LeftOut { path, why } in left_out {
            let reason = match why {
                Why::Ignored => {
                    let name = path.rsplit('/').next().unwrap_or(&path);
                    SkipReason::IgnoredFolder(ignored_name(name).unwrap_or("its name says so"))
                }
                Why::Unreadable(problem) => SkipReason::Unreadable(problem),
            };
            state.intake.skip(&path, reason);
        }
        state.named_all = true;
        self.read_on(&mut state);
    }

    /// Starts reading unless that is under way.
    fn read_on(&self, state: &mut State) {
        if !state.reading {
            state.reading = true;
            let engine = self.clone();
            spawn_local(async move { engine.read().await });
        }
    }

    async fn read(&self) {
        loop {
            let batch: Vec<(String, File)> = {
                let mut state = self.0.borrow_mut();
                let n = state.waiting.len().min(AT_ONCE);
                state.waiting.drain(..n).collect()
            };
            if batch.is_empty() {
                break;
            }
            let promises: Array = batch.iter().map(|(_, file)| file.array_buffer()).collect();
            let results = JsFuture::from(Promise::all_settled(&promises)).await.unwrap_or_default();
            let mut state = self.0.borrow_mut();
            let state = &mut *state;
            for ((path, _), result) in batch.into_iter().zip(Array::from(&results).iter()) {
                let value = property(&result, "value");
                if value.is_undefined() {
                    state.intake.skip(&path, SkipReason::Unreadable(words(&property(&result, "reason"))));
                } else {
                    let bytes = Uint8Array::new(&value).to_vec();
                    state.meter.progress.bytes_done += bytes.len() as u64;
                    state.intake.add(&path, bytes);
                }
                state.meter.progress.files_done += 1;
            }
            state.meter.tell();
        }
        let mut state = self.0.borrow_mut();
        state.reading = false;
        if state.named_all && state.outcome.is_none() {
            let intake = std::mem::replace(&mut state.intake, Intake::new(Limits::default()));
            drop(state);
            self.audit(intake.finish());
        }
    }

    async fn unpack(&self, file: File) {
        let limits = Limits::default();
        if size_of(&file) > limits.zip_bytes {
            return fail(format!(
                "the zip has {} bytes; the limit is {} bytes",
                file.size(),
                limits.zip_bytes
            ));
        }
        let bytes = match bytes_of(&file).await {
            Ok(bytes) => bytes,
            Err(problem) => return fail(problem),
        };
        {
            let mut state = self.0.borrow_mut();
            state.archive = Some(file);
            state.meter.progress =
                Progress { phase: Phase::Reading, bytes_done: bytes.len() as u64, ..Progress::default() };
            state.meter.tell();
        }
        match read_zip(&bytes, &limits) {
            Ok(ingested) => self.audit(ingested),
            Err(problem) => fail(problem.to_string()),
        }
    }

    fn audit(&self, ingested: Ingested) {
        let mut state = self.0.borrow_mut();
        let state = &mut *state;
        state.carried.clone_from(&ingested.carried);
        state.wrapper.clone_from(&ingested.wrapper);
        let meter = &mut state.meter;
        let bytes_done = meter.progress.bytes_done;
        let outcome = examine(ingested, &mut |progress| {
            let (phase, done, total) = match progress {
                audit::Progress::Parsing { done, total } => (Phase::Parsing, done, total),
                audit::Progress::Planning => (Phase::Planning, 0, 0),
            };
            meter.progress =
                Progress { phase, files_done: done as u32, files_total: total as u32, bytes_done };
            meter.tell();
        });
        tell(&outcome);
        state.outcome = Some(outcome);
    }

    /// Asks something of the result that changes it, and tells what has become of it.
    fn change(&self, how: impl FnOnce(&mut Outcome) -> Result<(), String>) {
        let mut state = self.0.borrow_mut();
        let Some(outcome) = &mut state.outcome else { return };
        match how(outcome) {
            Ok(()) => tell(outcome),
            Err(message) => {
                send(&Reply::Refused { job: JOB.get(), message: Shown::line(&message).into() }, None);
            }
        }
    }

    async fn make(&self, id: String, today: String) {
        let job = JOB.get();
        let made = match id.strip_prefix(TREE) {
            Some(plan) => self.make_tree(plan).await,
            None => {
                let state = self.0.borrow();
                let Some(outcome) = &state.outcome else { return };
                download::make(outcome, &id, &today).map_err(|problem| problem.to_string())
            }
        };
        match made {
            Ok(Download { file_name, mime, bytes }) => {
                let bytes = Uint8Array::from(bytes.as_slice());
                send(&Reply::Download { job, id, file_name, mime: mime.to_owned() }, Some(&bytes));
            }
            Err(message) => {
                send(&Reply::DownloadFailed { job, id, message: Shown::line(&message).into() }, None);
            }
        }
    }

    /// Everything that was dropped, patched; what was not read for the audit is read now.
    async fn make_tree(&self, plan: &str) -> Result<Download, String> {
        let (carried, wrapper, archive) = {
            let state = self.0.borrow();
            (state.carried.clone(), state.wrapper.clone(), state.archive.clone())
        };
        let mut files = Vec::new();
        if let Some(archive) = archive {
            let bytes = bytes_of(&archive).await?;
            let read = read_carried(&bytes, &carried, wrapper.as_deref(), &Limits::default());
            files = read.map_err(|problem| problem.to_string())?;
        } else {
            let limit = Limits::default().zip_bytes;
            let mut left = limit;
            for path in carried {
                let Some(file) = self.0.borrow().handles.get(&path).cloned() else { continue };
                left = left.checked_sub(size_of(&file)).ok_or_else(|| {
                    format!("together the files that are not read pass the limit of {limit} bytes")
                })?;
                let bytes = bytes_of(&file).await.map_err(|problem| format!("{path}: {problem}"))?;
                files.push((path, bytes));
            }
        }
        let state = self.0.borrow();
        let outcome = state.outcome.as_ref().ok_or("there is no result")?;
        let files = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
        download::whole_tree(outcome, plan, files).map_err(|problem| problem.to_string())
    }
}

/// What the ids of whole trees begin with; the plan's name follows.
const TREE: &str = "tree-";

/// What can be taken away: what the result alone is enough for, and after each plan's files the whole tree.
fn offers(outcome: &Outcome) -> Vec<DownloadInfo> {
    let mut offers = Vec::new();
    for info in download::list(outcome) {
        let plan = info.id.strip_prefix("diff-").map(str::to_owned);
        let title = info.title.split(':').next().unwrap_or_default().to_owned();
        offers.push(info);
        if let Some(plan) = plan {
            offers.push(DownloadInfo {
                id: format!("{TREE}{plan}"),
                title: format!("{title}: whole project").into(),
                detail: "Everything that was dropped, secrets too, with the changed files in place. Ignored folders are left \
                         out."
                    .into(),
                file_name: format!("project-{plan}.zip"),
            });
        }
    }
    offers
}

async fn bytes_of(file: &File) -> Result<Vec<u8>, String> {
    match JsFuture::from(file.array_buffer()).await {
        Ok(buffer) => Ok(Uint8Array::new(&buffer).to_vec()),
        Err(problem) => Err(format!("it can no longer be read: {}", words(&problem))),
    }
}

/// How far the job is, and when that was last told.
#[derive(Default)]
struct Meter {
    progress: Progress,
    told: f64,
    told_phase: Phase,
}

impl Meter {
    fn tell(&mut self) {
        let now = js_sys::Date::now();
        if self.told_phase == self.progress.phase && now - self.told < PAUSE {
            return;
        }
        self.told = now;
        self.told_phase = self.progress.phase;
        send(&Reply::Progress { job: JOB.get(), progress: self.progress }, None);
    }
}

fn tell(outcome: &Outcome) {
    let report = Box::new(outcome.report.clone());
    send(&Reply::Report { job: JOB.get(), report, downloads: offers(outcome) }, None);
}

fn fail(message: String) {
    send(&Reply::Failed { job: JOB.get(), message }, None);
}

/// Sends a reply; bytes are handed over, not copied.
fn send(reply: &Reply, bytes: Option<&Uint8Array>) {
    let text = serde_json::to_string(reply).expect("replies are plain data");
    let beside = bytes.map_or(JsValue::NULL, |bytes| bytes.buffer().into());
    let moved = bytes.map_or_else(Array::new, |bytes| Array::of1(&bytes.buffer()));
    // It fails only for values that cannot be sent, and text and buffers can.
    let _sent = scope().post_message_with_transfer(&Array::of2(&text.into(), &beside), &moved);
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn property(value: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(value, &name.into()).unwrap_or_default()
}

fn words(problem: &JsValue) -> String {
    property(problem, "message").as_string().unwrap_or_else(|| "the browser gave no reason".to_owned())
}

/// A file's size in bytes: the browser counts in floating point, and never below zero.
#[expect(clippy::cast_sign_loss, reason = "a size is never negative")]
fn size_of(file: &File) -> u64 {
    file.size() as u64
}
