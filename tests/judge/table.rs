//! Tables as Markdown: printed, and kept as a record.

use std::fmt;

/// Rows of cells below a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    heading: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heading: &[&str]) -> Self {
        Self { heading: heading.iter().map(|&cell| cell.to_owned()).collect(), rows: Vec::new() }
    }

    /// The rows of the tables in a text that have this heading.
    pub(crate) fn read(heading: &[&str], text: &str) -> Self {
        let mut table = Self::new(heading);
        let mut is_below = false;
        for line in text.lines() {
            let cells = line.strip_prefix('|').and_then(|line| line.strip_suffix('|'));
            let Some(cells) = cells.map(|line| line.split('|').map(|cell| cell.trim().to_owned())) else {
                is_below = false;
                continue;
            };
            let cells: Vec<String> = cells.collect();
            if is_below && !cells.iter().all(|cell| cell.starts_with('-')) {
                table.rows.push(cells);
            } else {
                is_below |= cells == table.heading;
            }
        }
        table
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = || std::iter::once(&self.heading).chain(&self.rows);
        let widths: Vec<usize> = (0..self.heading.len())
            .map(|at| all().map(|row| row[at].chars().count()).max().unwrap_or_default().max(3))
            .collect();
        for (place, row) in all().enumerate() {
            for (cell, width) in row.iter().zip(&widths) {
                write!(f, "| {cell:width$} ")?;
            }
            f.write_str("|\n")?;
            if place == 0 {
                for width in &widths {
                    write!(f, "| {:-<width$} ", "")?;
                }
                f.write_str("|\n")?;
            }
        }
        Ok(())
    }
}
