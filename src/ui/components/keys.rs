//! The list of keys.

use leptos::prelude::*;

use super::{actions, state};

const KEYS: [(&str, &str); 15] = [
    ("n  p", "next and previous finding"),
    ("/", "search"),
    ("\u{2191}  \u{2193}", "newer and older row of the drawing"),
    ("\u{2190}  \u{2192}", "child and parent of the row"),
    ("Home  End", "newest and oldest row"),
    ("+  -", "larger and smaller, in the drawing"),
    ("0", "as written"),
    ("f", "everything at once"),
    ("g", "go to what is picked out"),
    ("c", "change the parent of the row"),
    ("y", "copy the id of the row"),
    ("o  z", "open a folder, open a zip"),
    ("t", "next theme"),
    ("Escape", "step back, cancel"),
    ("?", "this list"),
];

/// The list of keys, when it is asked for.
#[component]
pub(crate) fn Keys() -> impl IntoView {
    let (actions, state) = (actions(), state());
    let rows = KEYS.iter().map(|(keys, what)| {
        let keys: Vec<_> = keys.split("  ").map(|key| view! { <kbd>{key}</kbd> }).collect();
        view! { <tr><td>{keys}</td><td>{*what}</td></tr> }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <div class="sheet" class:open=move || state.keys_open.get() prop:hidden=move || !state.keys_open.get()>
            <div class="sheet-body" role="dialog" aria-modal="true" aria-labelledby="keys-title">
                <h2 id="keys-title">"Keys"</h2>
                <table class="keys"><tbody>{rows}</tbody></table>
                <button type="button" class="button" id="keys-close" on:click=move |_| actions.show_keys(false)>"Close"</button>
            </div>
        </div>
    }
}
