//! The doors through which input comes, one function each: it takes any bytes, and panics where a promise is broken.
//!
//! `fuzz/` goes through them with a coverage-guided engine, `tests/fuzzed.rs` with what that has kept. A promise is written
//! here once, so both hold the same.

mod bytes;
mod folder;
mod project;

pub(crate) use bytes::{ini, python, sql, toml, zip};
pub(crate) use folder::{examine, repair};

/// What a door takes.
pub(crate) type Door = fn(&[u8]);

/// Every door by its name, which is that of its target and of the folder of its inputs in `fuzz/corpus`.
pub(crate) const DOORS: [(&str, Door); 7] = [
    ("zip", zip),
    ("ini", ini),
    ("toml", toml),
    ("python", python),
    ("sql", sql),
    ("examine", examine),
    ("repair", repair),
];
