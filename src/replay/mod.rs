//! Migrations are followed, in Alembic's order, on a virtual schema, and the account of what becomes of them is given.
//!
//! `run` follows the statements of one function and knows Alembic and SQLAlchemy; `chain` goes through a whole history,
//! `needs` through each migration by itself. Neither knows a file or a syntax tree: the programs come from `source`, the
//! database's answers from `schema`. What fails is judged in `account` alone: no other room sees a replay's failures, or the needs.

mod account;
mod chain;
mod doubts;
mod effect;
mod history;
mod needs;
mod run;
mod version;

pub use account::{
    Account, Certainty, Direction, Ending, Failing, Fate, History, Moment, On, Origin, Outlook, Stop,
    Upgrade, WayBack,
};
pub use chain::{Note, Placed, Replay, Run, Step};
pub use doubts::{Known, Taken};
pub use history::{ColumnLife, Event, Span, TableLife, lives};
pub use needs::Prerequisite;
pub use version::{VERSION_WIDTH, Width, is_too_long};
