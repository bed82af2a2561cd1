//! Files become facts with byte ranges: configuration, environments, migrations.
//!
//! Python is parsed by tree-sitter and never run. What is computed at run time is *unknown*: it is carried as such
//! and never guessed. Only `python` names tree-sitter.

mod config;
mod convention;
mod docstring;
mod env_py;
mod environment;
mod evaluate;
mod faults;
mod imports;
mod locations;
mod models;
pub mod program;
mod project;
mod python;
mod script;
mod sharing;
mod value;

pub use config::{ConfigSource, Refusal, Settings};
pub use convention::{Conventions, FoundConvention, find_convention};
pub use docstring::Docstring;
pub use env_py::{EnvPy, TargetMetadata};
pub use environment::{
    Environment, Flavour, Interruption, Load, Origin, PassedOver, find_environments, sets_version_locations,
};
pub use evaluate::{Importable, Modules, Raise};
pub use faults::SyntaxFault;
pub use models::{ModelBase, find_models};
pub use program::Program;
pub use project::{ProjectModule, ProjectModules};
pub use script::{Script, ScriptKind, read_importing, read_script};
pub use value::{Declared, Literal, LiteralShape, Text, Value};

pub(crate) use env_py::root_names;
pub(crate) use imports::{Import, imports};
pub(crate) use python::{Module, Syntax};
pub(crate) use value::unique;
