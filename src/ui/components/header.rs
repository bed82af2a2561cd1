//! The bar on top: what this is, what can be opened, the theme.

use leptos::ev;
use leptos::prelude::*;

use super::{actions, state};
use crate::ui::browser;
use crate::ui::state::Theme;

/// The bar on top of every phase.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let (actions, state) = (actions(), state());
    let theme = move || match state.theme.get() {
        Theme::System => "Theme: system",
        Theme::Light => "Theme: light",
        Theme::Dark => "Theme: dark",
    };
    view! {
        <header class="bar">
            <a class="name" href="#" on:click=move |event| { event.prevent_default(); actions.close(); }>"rechain"</a>
            <p class="what">"Audits and repairs Alembic migrations, inside this tab"</p>
            <div class="bar-actions">
                <Opener/>
                <button type="button" class="button quiet" on:click=move |_| actions.open_sample()>"Sample"</button>
                <button type="button" class="button quiet icon" aria-label=theme title=theme on:click=move |_| actions.turn_theme()>
                    <ThemeSign/>
                </button>
                <button
                    type="button" class="button quiet icon keys-button" aria-label="Keys" title="Keys"
                    on:click=move |_| actions.show_keys(true)
                >"?"</button>
            </div>
        </header>
    }
}

/// The two buttons that open the browser's own choosers.
#[component]
fn Opener() -> impl IntoView {
    let actions = actions();
    let take = move |event: ev::Event| {
        if let Some((folder, items)) = browser::take_picked(&event) {
            actions.open_picked(folder, items);
        }
    };
    view! {
        <button type="button" class="button" id="open-folder" on:click=|_| browser::click("folder-input")>"Open folder"</button>
        <button type="button" class="button" id="open-zip" on:click=|_| browser::click("zip-input")>
            "Open zip" <span class="wide">" or files"</span>
        </button>
        <input id="folder-input" class="unseen" type="file" tabindex="-1" aria-hidden="true" multiple=true prop:webkitdirectory=true on:change=take/>
        <input id="zip-input" class="unseen" type="file" tabindex="-1" aria-hidden="true" multiple=true on:change=take/>
    }
}

/// A sun, a moon, or half of each.
#[component]
fn ThemeSign() -> impl IntoView {
    let state = state();
    let path = move || match state.theme.get() {
        Theme::System => "M8 2.5a5.5 5.5 0 1 0 0 11Z",
        Theme::Light => "",
        Theme::Dark => "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11Z",
    };
    view! {
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.4"/>
            <path d=path fill="currentColor"/>
        </svg>
    }
}
