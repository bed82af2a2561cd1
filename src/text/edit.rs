//! Edits on bytes: what is deleted, what is put there.

use super::TextRange;

/// One replacement of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes to take away; empty to insert only.
    pub delete: TextRange,
    /// The bytes to put there, in the file's own encoding.
    pub insert: Vec<u8>,
}

/// Why a set of edits cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Two edits touch the same bytes.
    #[error("two edits overlap at byte {offset}")]
    Overlap {
        /// Where the second begins, in bytes from 0.
        offset: u32,
    },
    /// An edit reaches past the end of the file.
    #[error("an edit ends at byte {end}, but the file has {len} bytes")]
    OutOfBounds {
        /// Where the edit ends, in bytes from 0.
        end: u32,
        /// The file's length in bytes.
        len: usize,
    },
}

/// Edits of one file, sorted and disjoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextEdit {
    edits: Vec<Edit>,
}

impl TextEdit {
    /// Sorts `edits` and refuses those that overlap.
    pub fn new(mut edits: Vec<Edit>) -> Result<Self, EditError> {
        edits.sort_by_key(|edit| edit.delete);
        for pair in edits.windows(2) {
            if pair[0].delete.end() > pair[1].delete.start() || pair[0].delete == pair[1].delete {
                return Err(EditError::Overlap { offset: pair[1].delete.start() });
            }
        }
        Ok(Self { edits })
    }

    /// The edits, in the order of the file.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Applies the edits; every byte outside them is copied as it is.
    pub fn apply(&self, source: &[u8]) -> Result<Vec<u8>, EditError> {
        let mut out = Vec::with_capacity(source.len() + 32);
        let mut at = 0;
        for edit in &self.edits {
            let bounds = edit.delete.bounds();
            if bounds.end > source.len() {
                return Err(EditError::OutOfBounds { end: edit.delete.end(), len: source.len() });
            }
            out.extend_from_slice(&source[at..bounds.start]);
            out.extend_from_slice(&edit.insert);
            at = bounds.end;
        }
        out.extend_from_slice(&source[at..]);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: u32, end: u32, insert: &str) -> Edit {
        Edit { delete: TextRange::new(start, end), insert: insert.as_bytes().to_vec() }
    }

    #[test]
    fn edits_apply_in_file_order_whatever_order_they_come_in() {
        let edits = TextEdit::new(vec![edit(4, 5, "!"), edit(0, 1, "J")]).expect("disjoint");
        assert_eq!(edits.apply(b"hello").expect("inside"), b"Jell!");
    }

    #[test]
    fn overlapping_edits_are_refused() {
        assert_eq!(
            TextEdit::new(vec![edit(0, 3, ""), edit(2, 4, "")]),
            Err(EditError::Overlap { offset: 2 })
        );
        assert_eq!(
            TextEdit::new(vec![edit(2, 2, "a"), edit(2, 2, "b")]),
            Err(EditError::Overlap { offset: 2 })
        );
    }

    #[test]
    fn an_edit_past_the_end_is_refused() {
        let edits = TextEdit::new(vec![edit(3, 9, "")]).expect("disjoint");
        assert_eq!(edits.apply(b"hello"), Err(EditError::OutOfBounds { end: 9, len: 5 }));
    }
}
