//! What is seen. Components take plain values and signals, tell [`super::actions`] what a hand did, and decide nothing.
//!
//! A component's `view` is what is on screen: a result, one of its environments, and one of that environment's plans.

mod by_hand;
mod chain;
mod changes;
mod checklist;
mod copyable;
mod databases;
mod diff;
mod downloads;
mod environments;
mod files;
mod finding;
mod findings;
mod header;
mod keys;
mod prose;
mod question;
mod ready;
mod replay;
mod rest;
mod revision;
mod schema;
mod states;
mod step;
mod table;
mod take;
mod verdict;
mod welcome;

pub(super) use header::Header;
pub(super) use keys::Keys;
pub(super) use ready::Ready;
pub(super) use states::{DropOverlay, Failed, Notice, Reading};
pub(super) use welcome::Welcome;

use leptos::prelude::*;

use super::actions::Actions;
use super::state::AppState;

/// The state, which `App` provides; asked for while a component is made, never when something happens later.
fn state() -> AppState {
    expect_context()
}

/// The actions, which `App` provides; asked for as [`state`] is.
fn actions() -> Actions {
    expect_context()
}
