//! How much of a schema is certain.

use std::ops::AddAssign;

use super::state::{ObjectKind, Schema};
use super::{Column, Table, TableName};

/// Tables and columns, counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// Those that are there for certain.
    pub certain: usize,
    /// All that are there or may be.
    pub all: usize,
}

impl Schema {
    /// How much of it is certain.
    pub fn extent(&self) -> Extent {
        let mut extent = Extent::default();
        self.tables().for_each(|(_, table)| extent += table.extent());
        extent
    }

    /// Tables that may be another way in `other`: as many as were touched since the two parted.
    pub fn tables_apart(&self, other: &Self) -> impl Iterator<Item = TableName> + use<> {
        let apart = self.apart(other).into_iter();
        apart.filter(|(kind, _)| *kind == ObjectKind::Table).map(|(_, name)| name)
    }
}

impl Table {
    /// Whether it is there for certain, with its columns and no others.
    pub fn is_closed(&self) -> bool {
        self.certain && self.columns_known
    }

    /// Whether one of its columns is there for certain. What may have touched the table may have taken it.
    pub fn is_certain(&self, column: &Column) -> bool {
        self.is_closed() && column.certain
    }

    /// How much of it is certain: it counts as one, and each of its columns as one.
    pub fn extent(&self) -> Extent {
        let certain = self.columns.iter().filter(|column| self.is_certain(column)).count();
        Extent { certain: certain + usize::from(self.certain), all: self.columns.len() + 1 }
    }
}

impl AddAssign for Extent {
    fn add_assign(&mut self, other: Self) {
        self.certain += other.certain;
        self.all += other.all;
    }
}
