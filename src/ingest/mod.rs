//! What was dropped becomes a [`SourceTree`]: relative paths and bytes, nothing else.
//!
//! Nothing is dropped in silence: every path that was left out stands in a list of [`Skipped`], with the reason.
//! Only `archive` knows zip files; disks and browsers stand outside and hand over bytes.

mod archive;
mod carried;
mod intake;
mod limits;
mod path;
mod select;
mod tree;
mod wrapper;

pub use archive::{ArchiveError, read_zip};
pub use carried::read_carried;
pub use intake::Intake;
pub use limits::Limits;
pub use path::{PathError, TreePath, in_folder};
pub use select::{Choice, KEPT_FOR_UNDO, choose, ignored_folder, ignored_name, is_settings_example};
pub use tree::{Ingested, Resolved, SkipReason, Skipped, SourceTree};
