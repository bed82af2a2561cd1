//! Sentences in which names of commands and files stand between backticks.

use leptos::prelude::*;

use crate::ui::words;

/// The text, with what stands between backticks set as code. Everything becomes a text node.
pub(crate) fn prose(text: &str) -> Vec<AnyView> {
    let pieces: Vec<&str> = text.split('`').collect();
    let paired = pieces.len() % 2 == 1;
    let last = pieces.len() - 1;
    let set = pieces.into_iter().enumerate().map(|(index, piece)| {
        let shown = words::visible(piece);
        match (index % 2 == 1, paired || index < last) {
            (true, true) => view! { <code>{shown}</code> }.into_any(),
            (true, false) => view! { "`" {shown} }.into_any(),
            (false, _) => view! { {shown} }.into_any(),
        }
    });
    set.collect()
}

/// As [`prose`], ending in a full stop.
pub(crate) fn sentence(text: &str) -> Vec<AnyView> {
    prose(&words::stopped(text))
}
