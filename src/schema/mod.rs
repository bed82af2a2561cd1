//! The virtual schema: what operations ask of a database, and what a database would answer.
//!
//! Three-valued throughout: an object is there, may be there, or is not there, and a failure is certain only if all that
//! it rests on is. Knows nothing of Python, of files or of revisions.

mod apply;
mod change;
mod conditions;
mod dialect;
mod differences;
mod extensions;
mod extent;
mod failure;
mod join;
mod known;
mod list;
mod log;
mod names;
mod object;
mod operation;
mod rows;
mod several;
pub mod sql;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod transaction;
mod types;

pub use change::{Applied, DialectRules, Part, SchemaChange, SearchPath};
pub use dialect::Dialect;
pub use differences::{Difference, How};
pub use extent::Extent;
pub use failure::{Exception, Failure, FailureKind, NO_LABEL, missing_function};
pub use known::{Edit, Truth};
pub use list::List;
pub use names::{Convention, NamingConvention};
pub use object::ObjectName;
pub use operation::{
    Access, ColumnChange, ColumnDef, Completeness, Condition, Constant, ConstraintDef, ConstraintKind,
    ConstraintType, EnumDef, GivenTable, IndexDef, Lack, Name, OnRows, Operation, Recreate, Relation, Stands,
    TableName, Together, Touches, TypeDef, Unsuited, ViewQuery, Written,
};
pub use state::Schema;
pub use table::{Column, Constraint, Index, Table};
pub use types::{Values, own_type_for};
