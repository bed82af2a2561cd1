//! rechain audits a database's migration history kept by Alembic or Flask-Migrate, and repairs it.
//!
//! It reads files as bytes, never runs them, and goes one way through, each room using earlier ones only:
//!
//! 1. [`text`]: ranges, lines, edits on bytes;
//! 2. [`ingest`]: what was dropped becomes a [`ingest::SourceTree`], and a list of what was left out;
//! 3. [`source`]: configuration and migrations are parsed, with byte ranges; what is computed is *unknown*;
//! 4. [`graph`]: the revision graph, as Alembic builds it, but one that survives every fault;
//! 5. [`alembic`]: what real Alembic makes of the same files: its errors, its order, its words;
//! 6. [`schema`]: a virtual schema that answers as a database would;
//! 7. [`replay`]: the migrations followed on it, one by one and as a chain;
//! 8. [`finding`] and [`audited`]: what a finding is, and what rules, plans and reports look at;
//! 9. [`rules`]: what is wrong, one file a rule;
//! 10. [`patch`]: the changed bytes as files, as a unified diff, as a zip;
//! 11. [`plan`]: repairs, each proved by auditing the patched tree again;
//! 12. [`drawing`]: rows and lanes, then SVG;
//! 13. [`report`]: the one serialisable model, and a writer for each format;
//! 14. [`audit`]: the one way through all of that, [`audit::examine`];
//! 15. [`download`]: every file that can be taken away.
//!
//! The command line (`cli`), the worker's messages ([`worker`]), the page (`ui`) and the built-in [`sample`] stand on
//! top.
//! Nothing below them knows a disk, a clock or a browser.

pub mod text;

pub mod ingest;

pub mod source;

pub mod graph;

pub mod alembic;

pub mod schema;

pub mod replay;

pub mod finding;

pub mod audited;

pub mod rules;

pub mod patch;

pub mod plan;

pub mod drawing;

pub mod report;

pub mod audit;

pub mod download;

pub mod sample;

pub mod worker;

#[cfg(feature = "cli")]
pub mod cli;

#[cfg(feature = "ui")]
pub mod ui;
