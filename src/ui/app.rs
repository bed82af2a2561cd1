//! The page's frame: what listens to the whole window, and one component for each phase.

use leptos::prelude::*;

use super::actions::{Actions, title};
use super::browser::{self, Dragging};
use super::components::{DropOverlay, Failed, Header, Keys, Notice, Reading, Ready, Welcome};
use super::state::{AppState, Phase, Theme};

/// Which component is mounted; progress within a phase mounts nothing anew.
#[derive(Debug, Clone, PartialEq)]
enum Screen {
    Welcome,
    Reading(String),
    Failed(super::state::Failure),
    Ready(crate::worker::Job),
}

/// The whole page: provides the state and the actions, and listens to the window.
#[component]
pub(super) fn App() -> impl IntoView {
    let theme = browser::remembered_theme().map_or(Theme::System, |word| Theme::from_word(&word));
    if theme != Theme::System {
        browser::set_theme(theme.word());
    }
    let state = AppState::new(theme);
    let actions = Actions::new(state);
    provide_context(state);
    provide_context(actions);

    browser::on_drag(move |dragging| match dragging {
        Dragging::Over => actions.drag(true),
        Dragging::Gone => actions.drag(false),
        Dragging::Dropped(items) => {
            actions.drag(false);
            actions.open_items(items);
        }
    });
    browser::on_key(move |key| actions.key(&key));
    browser::on_hash_change(move || actions.follow_address());
    Effect::new(move || browser::set_title(&title(&state.phase.get(), state.view.get().as_ref())));
    Effect::new(move || actions.write_address());
    actions.start();

    let shown = Memo::new(move |_| match state.phase.get() {
        Phase::Empty => Screen::Welcome,
        Phase::Reading(name) => Screen::Reading(name),
        Phase::Failed(failure) => Screen::Failed(failure),
        // What is asked of a result mounts nothing anew.
        Phase::Ready(loaded) => Screen::Ready(loaded.opened),
    });
    view! {
        <a class="skip" href="#content">"Skip to the content"</a>
        <Header/>
        <main id="content" tabindex="-1">
            {move || match shown.get() {
                Screen::Welcome => view! { <Welcome/> }.into_any(),
                Screen::Reading(name) => view! { <Reading name/> }.into_any(),
                Screen::Failed(failure) => view! { <Failed failure/> }.into_any(),
                Screen::Ready(_) => view! { <Ready/> }.into_any(),
            }}
        </main>
        <Notice/>
        <DropOverlay/>
        <Keys/>
        <p class="unseen" role="status" aria-live="polite">{move || state.said.get()}</p>
    }
}
