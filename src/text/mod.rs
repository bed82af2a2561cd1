//! Bytes with places: ranges, lines and columns, edits, encodings.
//!
//! Sources stay bytes (a file may be latin-1, carry a byte-order mark, or mix line ends);
//! offsets are bytes from 0, lines and columns shown to people count from 1, columns in characters.

mod codecs;
mod edit;
mod encoding;
mod line_index;
mod literal;
mod look;
mod range;
mod redact;
mod shown;
mod visible;
mod words;

pub use edit::{Edit, EditError, TextEdit};
pub use encoding::{Encoding, coding_fault, decode_lossy, is_undecided, written};
pub use line_index::{LineColumn, LineIndex, LinePart};
pub use literal::{python_literal, python_repr};
pub use look::contains;
pub use range::TextRange;
pub use redact::{Secrets, redact};
pub use shown::{Shown, ShownLines, shown};
pub use visible::{shorten, visible, visible_lines};
pub use words::{capital, listed, named, number, plural, stopped};
