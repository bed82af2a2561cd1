//! Whether migrations run through asyncpg, which prepares every text of SQL, and so takes one statement at a time.
//!
//! It is so for certain where every address that `env.py` may connect to names it, and `env.py` makes an asynchronous
//! engine and no other.

use super::env_py::{Override, Said};
use crate::source::EnvPy;
use crate::source::config::Url;
use crate::source::program::{Expression, ExpressionKind, Node, Program};
use crate::text::TextRange;

/// Whether migrations run through asyncpg.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asyncpg {
    /// They do not, or nothing says so.
    #[default]
    Never,
    /// They may.
    Perhaps,
    /// They do.
    Surely,
}

/// Whether an address names asyncpg.
pub(in crate::source) fn names_asyncpg(address: &str) -> bool {
    let scheme = address.trim_start().split_once("://").map_or("", |(scheme, _)| scheme);
    scheme.split_once('+').is_some_and(|(_, driver)| driver == "asyncpg")
}

/// Whether an environment's migrations run through asyncpg: `configured` is the address of its configuration, `said` what
/// its `env.py` says, and `is_required` tells whether the project asks for the package.
pub(super) fn asyncpg(
    env_py: &EnvPy,
    program: &Program,
    configured: Option<&Url>,
    said: &Said,
    is_required: impl FnOnce() -> bool,
) -> Asyncpg {
    let engine = Engine::of(program);
    let own = configured.filter(|_| said.overrides != Override::Always).map(|url| Some(url.by_asyncpg));
    let named: Vec<Option<bool>> =
        own.into_iter().chain(said.found.iter().map(|found| found.by_asyncpg)).collect();
    let all = !named.is_empty() && named.iter().all(|by_asyncpg| *by_asyncpg == Some(true));
    let none = !named.is_empty() && named.iter().all(|by_asyncpg| *by_asyncpg == Some(false));
    let is_hinted = || named.iter().any(|by_asyncpg| *by_asyncpg != Some(false)) || is_required();
    match engine {
        Engine::Synchronous => Asyncpg::Never,
        _ if none => Asyncpg::Never,
        Engine::Asynchronous if all && !env_py.is_driven => Asyncpg::Surely,
        // Most asynchronous engines for PostgreSQL are its.
        Engine::Asynchronous => Asyncpg::Perhaps,
        Engine::NotKnown if is_hinted() => Asyncpg::Perhaps,
        Engine::NotKnown => Asyncpg::Never,
    }
}

/// What kind of engine an `env.py` connects with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Synchronous,
    Asynchronous,
    /// One or the other, or one that is made elsewhere.
    NotKnown,
}

impl Engine {
    fn of(program: &Program) -> Self {
        let (mut asynchronous, mut synchronous) = (false, Vec::new());
        // `AsyncEngine(engine_from_config(…))`.
        let mut wrapped: Vec<TextRange> = Vec::new();
        program.walk(|node| {
            if let Node::Expression(Expression { range, kind: ExpressionKind::Call { function, .. } }) = node
            {
                match function.last_name() {
                    Some("create_async_engine" | "async_engine_from_config" | "run_sync") => {
                        asynchronous = true;
                    }
                    Some("AsyncEngine") => {
                        asynchronous = true;
                        wrapped.push(*range);
                    }
                    Some("create_engine" | "engine_from_config") => synchronous.push(*range),
                    _ => {}
                }
            }
            true
        });
        let is_wrapped = |own: &TextRange| wrapped.iter().any(|around| around.contains(*own));
        match (asynchronous, synchronous.iter().all(is_wrapped)) {
            (true, true) => Self::Asynchronous,
            (false, false) => Self::Synchronous,
            (true, false) | (false, true) => Self::NotKnown,
        }
    }
}
