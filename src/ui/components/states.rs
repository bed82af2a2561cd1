//! The page before there is a result: nothing yet, at work, could not be done; and what lies over every phase.

use leptos::prelude::*;

use super::prose::prose;
use super::{actions, state};
use crate::ui::browser;
use crate::ui::state::{Failure, Readiness};
use crate::ui::words;
use crate::worker;

/// Nothing was dropped yet: the whole window is the place to drop.
#[component]
pub(crate) fn Welcome() -> impl IntoView {
    let state = state();
    view! {
        <div class="welcome">
            <section class="zone" aria-labelledby="welcome-title">
                <WelcomeSign/>
                <h1 id="welcome-title">"Drop a project, see what is broken, take it away repaired"</h1>
                <p class="lead">
                    "Drop a project folder, a migrations folder, a zip, or migration files anywhere on this page. "
                    "rechain reads the chain as Alembic would, without running any Python, draws it, and proposes a repair it has proved."
                </p>
                <Openers/>
                <p class="fine">
                    "The sample is a Flask application with ten migrations, three roots and five heads. "
                    "Folders such as " <code>".git"</code> ", " <code>"node_modules"</code> " and virtual environments are not read."
                </p>
            </section>
            <section class="promises">
                <div>
                    <h2>"Nothing leaves this tab"</h2>
                    <p>
                        "There is no server. Once loaded, the page forbids itself every connection, so it works with the network unplugged."
                    </p>
                    <details>
                        <summary>"How to verify that"</summary>
                        <p>
                            "Open the developer tools, look at the Network list, and drop something: the list stays empty. In the Elements view, the "
                            "last " <code>"Content-Security-Policy"</code> " in the head allows no " <code>"connect-src"</code>
                            ": the browser itself then refuses any request, also from the worker that does the audit."
                        </p>
                    </details>
                </div>
                <div>
                    <h2>"What it looks at"</h2>
                    <p>
                        <code>"alembic.ini"</code> ", " <code>"pyproject.toml"</code> ", " <code>"env.py"</code>
                        " and every migration, from Alembic or Flask-Migrate. Several environments in one project are each audited."
                    </p>
                </div>
                <div>
                    <h2>"What you get"</h2>
                    <p>
                        "Findings with the lines that prove them, the chain now and as proposed, repaired files, a patch for "
                        <code>"git apply"</code> ", a report, and files that keep it whole in CI."
                    </p>
                </div>
            </section>
            {move || match state.engine.get() {
                Readiness::Broken(problem) => Some(view! {
                    <p class="trouble" role="alert">
                        "The audit could not be loaded, so nothing can be opened: " {words::sentence(&problem)} " Reload the page to try again."
                    </p>
                }),
                Readiness::Starting | Readiness::Ready => None,
            }}
        </div>
    }
}

/// The three ways to give something to the page.
#[component]
pub(crate) fn Openers() -> impl IntoView {
    let actions = actions();
    view! {
        <div class="zone-actions">
            <button type="button" class="button primary" on:click=|_| browser::click("open-folder")>"Open folder"</button>
            <button type="button" class="button" on:click=|_| browser::click("open-zip")>"Open zip or files"</button>
            <button type="button" class="button" on:click=move |_| actions.open_sample()>"Try the sample"</button>
        </div>
    }
}

/// A broken chain beside a whole one.
#[component]
fn WelcomeSign() -> impl IntoView {
    view! {
        <svg class="welcome-sign" viewBox="0 0 220 92" width="220" height="92" aria-hidden="true">
            <g class="sign-lines">
                <path d="M34 14V34M34 58V78M70 14C70 30 34 20 34 34M70 58V66"/>
                <path class="sign-new" d="M170 14V30M170 46V62"/>
                <path d="M170 30V46M170 62V78"/>
            </g>
            <g class="sign-dots">
                <circle cx="34" cy="14" r="6"/><circle class="bad" cx="34" cy="36" r="6"/>
                <circle cx="34" cy="58" r="6"/><circle class="bad" cx="34" cy="80" r="6"/>
                <circle cx="70" cy="14" r="6"/><circle class="bad" cx="70" cy="58" r="6"/>
                <circle cx="170" cy="14" r="6"/><circle cx="170" cy="36" r="6"/>
                <circle cx="170" cy="58" r="6"/><circle class="good" cx="170" cy="80" r="6"/>
            </g>
            <path class="sign-arrow" d="M104 46H134M126 39L134 46L126 53"/>
        </svg>
    }
}

/// The engine is at work.
#[component]
pub(crate) fn Reading(
    /// What was dropped.
    name: String,
) -> impl IntoView {
    let (actions, state) = (actions(), state());
    let progress = state.progress;
    let waiting = move || state.engine.get() == Readiness::Starting;
    let phase = move || if waiting() { "Loading the audit" } else { words::phase(progress.get().phase) };
    let counts = move || {
        let now = progress.get();
        let mut parts = Vec::new();
        match (now.files_done, now.files_total) {
            (0, 0) => {}
            (0, total) => parts.push(words::count(total as usize, "file", "files") + " found"),
            (done, 0) => parts.push(words::count(done as usize, "file", "files")),
            (done, total) => {
                parts.push(format!(
                    "{} of {} files",
                    words::number(done.into()),
                    words::number(total.into())
                ));
            }
        }
        if now.bytes_done > 0 {
            parts.push(words::bytes(now.bytes_done));
        }
        parts.join(" \u{b7} ")
    };
    let share = move || {
        let now = progress.get();
        let known = now.files_total > 0 && now.phase != worker::Phase::Listing;
        known.then(|| f64::from(now.files_done) / f64::from(now.files_total))
    };
    view! {
        <section class="state" aria-labelledby="state-title">
            <h1 id="state-title">"Auditing " <span class="given">{words::visible(&name)}</span></h1>
            <p class="phase">{phase} "\u{2026}"</p>
            <progress class="meter" max="1" prop:value=move || share().unwrap_or(0.0) class:unsure=move || share().is_none() aria-label="Progress"></progress>
            <p class="counts">{counts}</p>
            <button type="button" class="button" on:click=move |_| actions.close()>"Cancel"</button>
            <p class="fine">"Dropping something else cancels this and starts on that."</p>
        </section>
    }
}

/// It could not be audited; everything else still works.
#[component]
pub(crate) fn Failed(
    /// Why.
    failure: Failure,
) -> impl IntoView {
    let name = words::visible(&failure.name);
    view! {
        <section class="state failed" role="alert" aria-labelledby="state-title">
            <p class="kicker breaks">"Could not be audited"</p>
            <h1 id="state-title" class="given">{if name.is_empty() { "This drop".to_owned() } else { name }}</h1>
            <p class="lead">{prose(&capital(&words::stopped(&failure.message)))}</p>
            <p>
                "Nothing was changed, and the page is ready for another try: drop the project folder itself, a zip of it made by "
                <code>"git archive"</code> ", or the folder that holds " <code>"env.py"</code> " and the migrations."
            </p>
            <Openers/>
        </section>
    }
}

/// The last thing that did not work.
#[component]
pub(crate) fn Notice() -> impl IntoView {
    let (actions, state) = (actions(), state());
    view! {
        <div role="alert">
            {move || state.notice.get().map(|text| view! {
                <div class="notice">
                    <p>{text}</p>
                    <button type="button" class="button quiet" on:click=move |_| actions.dismiss()>"Close"</button>
                </div>
            })}
        </div>
    }
}

/// Shown while files are held over the page.
#[component]
pub(crate) fn DropOverlay() -> impl IntoView {
    let state = state();
    view! {
        <div class="overlay" class:open=move || state.dragging.get() aria-hidden="true">
            <p>"Let go to audit it here"</p>
        </div>
    }
}

/// With a capital at the start.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
