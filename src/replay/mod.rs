//! Migrations are followed, in Alembic's order, on a virtual schema, and the account of what becomes of them is given.
//!
//! `run` follows the statements of one function and knows Alembic and SQLAlchemy; `chain` goes through a whole history,
//! `needs` through each migration by itself. Neither knows a file or a syntax tree: the programs come from `source`, the
//! database's answers from `schema`. What fails is judged in `account` alone: no other room can name what it is made of.

mod account;
mod chain;
mod errors;
mod history;
mod needs;
#[expect(
    clippy::match_same_arms,
    clippy::unused_self,
    clippy::self_only_used_in_recursion,
    reason = "each kind of value has its own line, and every question about one is asked of the machine"
)]
mod run;
mod types;
mod value;
mod version;

pub use account::{
    Account, Certainty, Direction, Ending, Failing, Fate, History, Moment, On, Origin, Upgrade, WayBack,
    Widening,
};
pub use chain::{Note, Placed, Replay, Run, Step};
pub use history::{ColumnLife, Event, Span, TableLife, lives};
pub use needs::{Missing, Prerequisite, Unmet};
pub use version::VERSION_WIDTH;
