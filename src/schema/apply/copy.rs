//! A table as Alembic has read it for a batch, and as it is changed.

use crate::schema::{
    Column, Constraint, ConstraintKind, ConstraintType, GivenTable, Index, IndexDef, Name, Table, TableName,
};

/// The table as Alembic has read and changed it.
pub(super) struct Copy {
    pub(super) name: TableName,
    /// Columns by the names that they had before.
    pub(super) columns: Vec<(Box<str>, Column)>,
    /// Those that were there before, in order.
    pub(super) existing: Vec<Box<str>>,
    /// Whether that order is known.
    order_known: bool,
    pub(super) constraints: Vec<Constraint>,
    /// Whether those without a name get one that is not known.
    pub(super) names_unnamed: bool,
    /// Names of constraints that were there and are not read.
    pub(super) unread: Vec<Name>,
    pub(super) indexes: Vec<Index>,
    pub(super) added: Vec<Index>,
    /// Columns that were there before and were added again, where that contradicts the order of the columns.
    pub(super) contradictions: Vec<Box<str>>,
    /// Whether the primary key is one that the batch adds.
    pub(super) has_new_key: bool,
    /// The primary key that another one replaces.
    pub(super) replaced_key: Option<Constraint>,
    /// Columns that were dropped.
    pub(super) gone: Vec<Box<str>>,
    /// Names of constraints that were dropped.
    pub(super) released: Vec<Box<str>>,
    /// Indexes that come from copying a column with `index=True`: they are named after the table's name for the moment.
    pub(super) stray: Vec<Index>,
}

impl Copy {
    /// What Alembic reads. A check without a name and an index on expressions are not read, unless the table or the names
    /// were given.
    pub(super) fn of(table: &Table, are_told: bool, is_given: bool) -> Self {
        let is_unnamed = |own: &Constraint| matches!(own.name, Name::Unnamed | Name::Default);
        let is_read = |own: &Constraint| {
            are_told || !is_unnamed(own) || !matches!(own.kind, ConstraintKind::Check { .. })
        };
        // SQLAlchemy reads some of the unique constraints that stand in the text of a column, and not others.
        let is_sure = |own: &Constraint| {
            is_given || own.name != Name::Default || !matches!(own.kind, ConstraintKind::Unique { .. })
        };
        // Of several unique ones for the same columns it reads one.
        let is_only = |own: &Constraint| {
            let mut others = table.constraints.iter().filter(|other| are_merged(own, other));
            is_given || others.all(|other| other.name == own.name)
        };
        let constraints = table.constraints.iter().filter(|own| is_read(own));
        let constraints = constraints.map(|own| Constraint {
            inside: None,
            // Nobody knows which of the two was done.
            certain: own.certain
                && is_sure(own)
                && is_only(own)
                && !(are_told && is_unnamed(own) && own.word() == super::CHECK),
            ..own.as_ref().clone()
        });
        // Of two with one name, the second takes the place of the first.
        let mut read: Vec<Constraint> = Vec::new();
        let mut unread = Vec::new();
        for own in constraints {
            // Of foreign keys from and to the same columns, SQLAlchemy reads the one that stands first. Source:
            // `get_foreign_keys` of its SQLite dialect.
            let is_alike = |before: &&mut Constraint| {
                !are_told && own.word() == Some(ConstraintType::ForeignKey) && before.kind == own.kind
            };
            if let Some(first) = read.iter_mut().find(is_alike) {
                let is_sure = |own: &Constraint| own.certain && own.name.written().is_some();
                if own.columns().is_some() && is_sure(first) && is_sure(&own) {
                    unread.push(own.name);
                    continue;
                }
                first.certain = false;
                read.push(Constraint { certain: false, ..own });
                continue;
            }
            // Two that are alike are one.
            let is_unique = matches!(own.kind, ConstraintKind::Unique { .. });
            if !are_told && is_unique && read.contains(&own) {
                continue;
            }
            match read.iter_mut().find(|before| before.name == own.name && own.name.written().is_some()) {
                Some(before) => *before = own,
                None => read.push(own),
            }
        }
        let columns = table.columns.iter().map(|own| (own.name.clone(), own.as_ref().clone()));
        Self {
            name: table.name.clone(),
            columns: columns.collect(),
            existing: table.columns.iter().map(|own| own.name.clone()).collect(),
            order_known: table.order_known,
            constraints: read,
            names_unnamed: false,
            unread,
            indexes: table
                .indexes
                .iter()
                .filter(|own| !own.has_expressions)
                .map(|own| own.as_ref().clone())
                .collect(),
            added: Vec::new(),
            contradictions: Vec::new(),
            has_new_key: false,
            replaced_key: None,
            gone: Vec::new(),
            released: Vec::new(),
            stray: Vec::new(),
        }
    }

    /// What the given table does not have gets lost.
    pub(super) fn keep_given(&mut self, given: &GivenTable) {
        let is_given = |column: &str| given.columns.iter().any(|own| *own.name == *column);
        if given.complete {
            self.columns.retain(|(key, _)| is_given(key));
            self.existing.retain(|key| is_given(key));
        }
        for (key, column) in &mut self.columns {
            match given.columns.iter().find(|own| own.name == *key) {
                Some(own) => *column = Column { certain: column.certain, ..super::tables::made(own) },
                None => column.certain = false,
            }
        }
        // Those without a name, and indexes, are not looked for in what is given.
        let is_named = |own: &Constraint| {
            own.name.written().is_some_and(|own| given.constraints.iter().any(|name| **name == *own))
        };
        self.constraints.iter_mut().filter(|own| !is_named(own)).for_each(|own| own.certain = false);
        self.indexes.iter_mut().for_each(|own| own.certain = false);
    }

    /// Whether another column certainly stands behind one that was there before.
    pub(super) fn is_followed(&self, column: &str) -> bool {
        let is_certain = |key: &str| self.columns.iter().any(|(own, column)| **own == *key && column.certain);
        let behind = self.existing.iter().skip_while(|own| ***own != *column).skip(1);
        self.order_known && behind.into_iter().any(|key| is_certain(key))
    }

    pub(super) fn add_index(&mut self, name: Name, index: &IndexDef) {
        let made = index_of(name, index);
        match self.added.iter_mut().find(|own| own.name == made.name && made.name.written().is_some()) {
            Some(own) => *own = made,
            None => self.added.push(made),
        }
    }

    pub(super) fn drop_column(&mut self, column: &str) {
        self.columns.retain(|(key, _)| **key != *column);
        self.gone.push(column.into());
        self.existing.retain(|key| **key != *column);
        // The key that was read gets narrower; one that is new no longer fits.
        let read = if self.has_new_key { [].iter_mut() } else { self.constraints.iter_mut() };
        for own in read.chain(&mut self.replaced_key) {
            if let ConstraintKind::PrimaryKey { columns: Some(columns) } = &mut own.kind {
                columns.retain(|own| **own != *column);
            }
        }
        let is_nothing = |own: &Constraint| matches!(&own.kind, ConstraintKind::PrimaryKey { columns: Some(columns) } if columns.is_empty());
        self.constraints.retain(|own| !is_nothing(own));
        self.replaced_key.take_if(|own| is_nothing(own));
    }

    /// A constraint on a column that is not there by the name that it had before is left out in silence.
    pub(super) fn leave_out_what_does_not_fit(&mut self) {
        let columns = &self.columns;
        let is_there = |column: &str| columns.iter().any(|(key, _)| **key == *column);
        let fits =
            |own: &Constraint| own.columns().is_none_or(|own| own.iter().all(|column| is_there(column)));
        self.constraints.retain(fits);
        let is_key = |own: &Constraint| matches!(own.kind, ConstraintKind::PrimaryKey { .. });
        if let Some(key) = self.replaced_key.take().filter(fits)
            && !self.constraints.iter().any(is_key)
        {
            self.constraints.push(key);
        }
    }

    /// The name that a column has now, by the one that it had before.
    pub(super) fn now(&self, column: &str) -> Option<&str> {
        self.columns.iter().find(|(key, _)| **key == *column).map(|(_, own)| &*own.name)
    }

    pub(super) fn rename_in_constraint(&self, kind: &mut ConstraintKind) {
        if let ConstraintKind::PrimaryKey { columns }
        | ConstraintKind::Unique { columns }
        | ConstraintKind::ForeignKey { columns, .. } = kind
        {
            for column in columns.iter_mut().flatten() {
                if let Some(now) = self.now(column) {
                    *column = now.into();
                }
            }
        }
    }
}

/// Whether SQLAlchemy reads one unique constraint where a table has two. Source: `get_unique_constraints` of its SQLite
/// dialect.
fn are_merged(one: &Constraint, two: &Constraint) -> bool {
    matches!(one.kind, ConstraintKind::Unique { .. }) && one.kind == two.kind
}

pub(super) fn index_of(name: Name, index: &IndexDef) -> Index {
    Index {
        name,
        columns: index.columns.clone(),
        has_expressions: index.has_expressions,
        is_partial: index.is_partial,
        used: index.used.clone(),
        unique: index.unique,
        certain: true,
    }
}
