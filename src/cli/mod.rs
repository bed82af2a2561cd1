//! The command line: arguments in, the library's work, text and an exit code out.
//!
//! Disks, clocks and terminals are known here and nowhere below. Exit codes are 0 (nothing at or above the threshold),
//! 1 (findings) and 2 (could not run).

mod args;
mod load;
mod output;
mod print;
mod recover;
mod run;
mod undo;
mod write;

pub use run::run;
