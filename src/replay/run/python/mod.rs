//! Python itself: its own functions, its texts, lists, dicts and classes, and the modules that come with it.

pub(super) mod builtins;
pub(super) mod classes;
pub(super) mod collections;
mod errors;
pub(super) mod files;
mod format;
pub(super) mod functions;
pub(super) mod library;
pub(super) mod operators;
pub(super) mod pairs;
pub(super) mod text;
