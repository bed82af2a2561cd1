//! The revision graph, as Alembic builds it, but one that survives every fault.
//!
//! Edges point in upgrade direction, from a parent to the revision that names it in `down_revision`. A parent that no
//! file declares is a node too, a *ghost*. petgraph is used here and nowhere else, and never shown.

mod build;
mod cycles;
#[cfg(test)]
pub(crate) mod fixture;
mod revision_graph;

pub use cycles::parts_in_order;
pub use revision_graph::{Below, Node, RevisionGraph, RevisionIx, Shadowed};
