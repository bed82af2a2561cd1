//! Files become facts with byte ranges: configuration, environments, migrations.
//!
//! Python is parsed once by tree-sitter, lowered once to a [`Program`], and never run. What is computed at run time is
//! *unknown*: it is carried as such and never guessed. Only `python/grammar.rs` knows tree-sitter and its grammar.

mod bulk;
mod config;
mod conflict;
mod convention;
mod database;
mod docstring;
mod env_py;
mod environment;
mod evaluate;
mod files;
#[cfg(test)]
mod fixture;
mod imports;
mod loading;
mod locations;
mod metadata;
mod models;
mod modules;
pub mod program;
mod python;
mod reach;
mod running;
mod script;
mod search_path;
mod sharing;
mod transactions;
mod value;
mod version_place;
mod version_table;

pub use bulk::{Bulk, Bulky, Items, LARGEST};
pub use config::{ConfigSource, Overruled, Refusal, Settings, Url};
pub(crate) use conflict::conflict_left;
pub use conflict::{Conflict, Fit, Side, settle_conflicts};
pub use convention::{Conventions, FoundConvention, find_convention};
pub use database::{Asyncpg, Database, Evidence, Hints, Rank, find_database};
pub use docstring::Docstring;
pub use env_py::{EnvPy, TargetMetadata};
pub use environment::{
    Environment, Flavour, Interruption, Load, Origin, PassedOver, find_environments, sets_main_option,
};
pub use evaluate::{Importable, Imported, Raise};
pub use files::PythonFiles;
pub use loading::{Hitch, HitchKind, hitches};
pub(crate) use models::naming;
pub use models::{Model, ModelBase, Sight, find_models, find_sight, find_unclear_models};
pub use modules::{ProjectModule, ProjectModules};
pub use program::Program;
pub use python::{Parsed, Parser, SyntaxFault};
pub use reach::{Open, Reach, Reached};
pub use running::{DATABASE_KEYWORD, Databases, Running, find_running};
pub(crate) use script::NAMES;
pub use script::{Script, ScriptKind, read_script};
pub use search_path::SearchPath;
pub use transactions::Transactions;
pub use value::{Declared, Literal, LiteralShape, Text, Value};
pub use version_place::{VersionPlace, VersionTable, find_version_place};
pub use version_table::version_width;

pub(crate) use env_py::nones_handed_in;
pub(crate) use imports::{Import, imports};
pub(crate) use modules::libraries::{is_harmless, is_loaded_before, top};
pub(crate) use modules::{ImportRoots, absolute, below, dotted};
pub(crate) use running::takes;
pub(crate) use value::unique;
