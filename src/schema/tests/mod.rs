//! The virtual schema as a whole: what each database refuses, and what holds for all operations.

mod derived;
mod fixture;
mod laws;
mod refusals;
mod statements;
mod types;
