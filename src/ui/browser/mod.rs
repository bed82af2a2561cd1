//! The browser's own interfaces, and the only room of the page that names them.

mod engine;
mod incoming;
mod listen;
mod mouse;
mod page;
mod save;

pub(super) use engine::Engine;
pub(super) use incoming::{Item, is_zip, take_picked, walk};
pub(super) use listen::{Dragging, Key, on_drag, on_hash_change, on_key, on_resize};
pub(super) use mouse::{grip_at, place_in, row_at, row_under, share_of_height};
pub(super) use page::{
    click, copy, focus, forget_theme, hash, remembered_theme, scroll_to, set_hash, set_theme, set_title,
    today,
};
pub(super) use save::save;
