//! Which tables and columns each migration brings, and which it needs.
//!
//! Known only from literal operations. Two questions are answered: which migration must come before which, and which
//! migration needs something that no migration brings. Nothing is replayed in order yet.

mod needs;

pub use needs::{Doomed, Missing, Needs, Prerequisite};
