//! The page: takes what is dropped, hands it to the engine, shows what comes back.
//!
//! It never audits. [`state`] holds what is known, only [`actions`] change it, `components` print it, and `browser` is
//! the only room here that names the browser's own interfaces. Everything that came from a file reaches the page as a
//! text node; no module here builds markup from text.

mod actions;
#[expect(unreachable_pub, reason = "the component macro writes `pub`")]
mod app;
mod browser;
mod camera;
mod columns;
#[expect(unreachable_pub, reason = "the component macro writes `pub`")]
#[expect(clippy::needless_pass_by_value, reason = "components own what they show")]
mod components;
mod hand;
mod listing;
mod query;
mod route;
mod row_words;
mod schema;
mod state;
mod walk;
mod words;

/// Starts the page in this tab.
pub fn start() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
