//! How an `env.py` has the migrations run.

use super::Asyncpg;

/// What of the way in which migrations run is told outside of them; by default nothing of it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Running {
    /// Whether they reach PostgreSQL through asyncpg.
    pub asyncpg: Asyncpg,
}
