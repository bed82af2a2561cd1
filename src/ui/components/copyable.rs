//! An id or command that can be selected whole, with a button that copies it.

use leptos::prelude::*;

use super::actions;

/// An id, a path or a command, as it may be shown.
#[component]
pub(crate) fn Copyable(
    /// The text that is shown, and copied.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let actions = actions();
    let shown = text.clone();
    let label = format!("Copy {shown}");
    view! {
        <span class="copyable">
            <code>{shown}</code>
            <button
                type="button" class="copy" aria-label=label.clone() title=label
                on:click=move |event| { event.stop_propagation(); actions.copy(&text); }
            >
                <svg viewBox="0 0 16 16" width="13" height="13" aria-hidden="true">
                    <path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8Z" fill="none" stroke="currentColor" stroke-width="1.3"/>
                </svg>
            </button>
        </span>
    }
}
