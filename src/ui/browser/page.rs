//! Small things of the tab: address, title, theme, focus, clipboard, date.

use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{HtmlElement, ScrollBehavior, ScrollIntoViewOptions, ScrollLogicalPosition};

const THEME: &str = "rechain-theme";

/// The address after `#`, with the sign.
pub(in crate::ui) fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// Puts something else after `#`, as a new entry of the tab's history; nothing is fetched.
pub(in crate::ui) fn set_hash(text: &str) {
    if hash().trim_start_matches('#') == text {
        return;
    }
    let address = if text.is_empty() {
        let location = window().location();
        location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
    } else {
        format!("#{text}")
    };
    if let Ok(history) = window().history() {
        // A page opened from a place without history still works.
        let _ignored = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// Puts a title on the tab.
pub(in crate::ui) fn set_title(title: &str) {
    document().set_title(title);
}

/// The theme that was chosen on an earlier visit.
pub(in crate::ui) fn remembered_theme() -> Option<String> {
    window().local_storage().ok()??.get_item(THEME).ok()?
}

/// Puts a theme on and remembers it.
pub(in crate::ui) fn set_theme(word: &str) {
    if let Some(root) = document().document_element() {
        let _ignored = root.set_attribute("data-theme", word);
    }
    if let Ok(Some(storage)) = window().local_storage() {
        // Storage may be full or forbidden; the theme holds for this visit all the same.
        let _ignored = storage.set_item(THEME, word);
    }
}

/// Goes back to the system's theme and forgets the choice.
pub(in crate::ui) fn forget_theme() {
    if let Some(root) = document().document_element() {
        let _ignored = root.remove_attribute("data-theme");
    }
    if let Ok(Some(storage)) = window().local_storage() {
        let _ignored = storage.remove_item(THEME);
    }
}

/// Puts the keyboard on an element.
pub(in crate::ui) fn focus(id: &str) {
    if let Some(element) = element(id) {
        let _ignored = element.focus();
    }
}

/// Presses a button, or opens what an input opens.
pub(in crate::ui) fn click(id: &str) {
    if let Some(element) = element(id) {
        element.click();
    }
}

/// Brings an element into view, moving no more than needed.
pub(in crate::ui) fn scroll_to(id: &str) {
    let Some(element) = element(id) else { return };
    let calm =
        window().match_media("(prefers-reduced-motion: reduce)").ok().flatten().is_some_and(|m| m.matches());
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Nearest);
    options.set_behavior(if calm { ScrollBehavior::Auto } else { ScrollBehavior::Smooth });
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Copies text; `done` says whether it worked.
pub(in crate::ui) fn copy(text: &str, done: impl FnOnce(bool) + 'static) {
    let promise = window().navigator().clipboard().write_text(text);
    spawn_local(async move { done(JsFuture::from(promise).await.is_ok()) });
}

/// Today where the reader is, as `2026-11-23`.
pub(in crate::ui) fn today() -> String {
    let now = js_sys::Date::new_0();
    format!("{:04}-{:02}-{:02}", now.get_full_year(), now.get_month() + 1, now.get_date())
}

fn element(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}
