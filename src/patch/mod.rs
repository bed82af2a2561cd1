//! The changed bytes: as files, as a unified diff, as a zip.

mod bundle;
mod patch_set;
mod unified;

pub use bundle::bundle;
pub use patch_set::{FileChange, FilePatch, PatchSet};
pub use unified::{exposes_secret, holds_secret, shown, shown_file, unified, unified_file};
