//! The page before anything was dropped: the whole window is the place to drop.

use leptos::prelude::*;

use super::{actions, state};
use crate::ui::browser;
use crate::ui::state::Readiness;
use crate::ui::words;

/// What can be dropped, what becomes of it, and what is promised.
#[component]
pub(crate) fn Welcome() -> impl IntoView {
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
                    "The sample is a Flask application with ten migrations, three bases and five heads. "
                    "Folders such as " <code>".git"</code> ", " <code>"node_modules"</code> " and virtual environments are not read."
                </p>
            </section>
            <section class="promises"><Privacy/> <Reads/> <Gives/></section>
            <Trouble/>
        </div>
    }
}

/// That nothing is sent anywhere, and how to see that for oneself.
#[component]
fn Privacy() -> impl IntoView {
    view! {
        <div>
            <h2>"Nothing leaves this tab"</h2>
            <p>"There is no server. Once loaded, the page forbids itself every connection, so it works offline too."</p>
            <details>
                <summary>"How to verify that"</summary>
                <p>
                    "Open the developer tools, look at the Network list, and drop something: the list stays empty. In the Elements view, the "
                    "last " <code>"Content-Security-Policy"</code> " in the head allows no " <code>"connect-src"</code>
                    ": the browser itself then refuses any request, also from the worker that does the audit."
                </p>
            </details>
        </div>
    }
}

/// What of a project is read.
#[component]
fn Reads() -> impl IntoView {
    view! {
        <div>
            <h2>"What it looks at"</h2>
            <p>
                <code>"alembic.ini"</code> ", " <code>"pyproject.toml"</code> ", " <code>"env.py"</code>
                " and every migration, from Alembic or Flask-Migrate. Several environments in one project are each audited."
            </p>
        </div>
    }
}

/// What an audit gives.
#[component]
fn Gives() -> impl IntoView {
    view! {
        <div>
            <h2>"What you get"</h2>
            <p>
                "Findings with the lines that prove them, the chain now and as proposed, repaired files, a patch for "
                <code>"git apply"</code> ", a report, and files that keep it whole in CI."
            </p>
        </div>
    }
}

/// That the page cannot be used, where the engine did not start.
#[component]
fn Trouble() -> impl IntoView {
    let state = state();
    move || match state.engine.get() {
        Readiness::Broken(problem) => Some(view! {
            <p class="trouble" role="alert">
                "The audit could not be loaded, so nothing can be opened: " {words::sentence(&problem)} " Reload the page to try again."
            </p>
        }),
        Readiness::Starting | Readiness::Ready => None,
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
