//! Sentences in which names of commands and files stand between backticks.

use leptos::prelude::*;

use crate::report::present::{Span, spans};
use crate::text::stopped;

/// The text, with what stands between backticks set as code. Everything becomes a text node.
pub(crate) fn prose(text: &str) -> Vec<AnyView> {
    let set = spans(text).into_iter().map(|span| match span {
        Span::Code(code) => view! { <code>{code.to_owned()}</code> }.into_any(),
        Span::Text(text) => text.to_owned().into_any(),
    });
    set.collect()
}

/// As [`prose`], ending in a full stop.
pub(crate) fn sentence(text: &str) -> Vec<AnyView> {
    prose(&stopped(text))
}
