//! How the result is said: the words and tones that every writer and the page share.
//!
//! A fact has one wording and one tone, and they stand here; the writers and the page decide only where it stands.

mod commands;
mod counts;
mod diff;
mod facts;
mod outcome;
mod parts;
mod replay;
mod sentences;
mod spans;
mod states;
mod tone;

pub use crate::drawing::NO_FILE;
pub use commands::{
    arguments_of, consent, diff_command, diff_command_of, fix_command, fix_command_of, plan_arguments,
    recover_command,
};
pub use counts::{
    Counted, cost, cost_of, count_noun, counted, counts, ends, found_in, left_out, left_out_of,
};
pub use diff::{DiffLine, diff_lines};
pub use facts::{
    after, applicability, applicability_tag, change_name, day, declared_parents, doubt, environment_name,
    file_name, fix_applicability, grade_words, in_use, names, new_parents, nullable, parents, place, roles,
    row_marks, row_parents, severity, short_names, status,
};
pub use parts::{Open, Part, open, parts, without_plan};
pub use replay::{DialectRow, Ending, RevisionFailures, SharedFailure, Told, first_lines, told};
pub use sentences::*;
pub use spans::{Span, spans};
pub use states::{Fared, MatrixRow, RecoveryTold, StampedFares, StampedRow, StateRow};
pub use tone::Tone;

/// Longer drawings are condensed in reports.
pub const LONGEST_DRAWING: usize = 150;
