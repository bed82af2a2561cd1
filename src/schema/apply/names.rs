//! The names that constraints and indexes get in the database.

use std::sync::Arc;

use md5::{Digest as _, Md5};

use super::Applying;
use crate::schema::conditions::mentions;
use crate::schema::names::{Convention, Named, POSTGRESQL_LENGTH, conventional, cut, postgresql_default};
use crate::schema::state::ObjectKind;
use crate::schema::table::LinkKind;
use crate::schema::{
    ColumnDef, ConstraintKind, ConstraintType, Dialect, FailureKind, IndexDef, Name, ObjectName, Table,
    TableName, Truth,
};

impl Applying<'_> {
    /// The name that SQLAlchemy hands over for a constraint.
    fn handed_over(&mut self, table: &TableName, name: &Name, kind: &ConstraintKind) -> Name {
        let rules = Arc::clone(&self.schema.rules);
        let convention = kind.word().map_or(&Convention::None, |word| rules.convention.of(word));
        self.conventional(convention, name, &Named::of(table, kind))
    }

    /// The name by which `drop_constraint` looks for a constraint.
    pub(super) fn name_to_drop(
        &mut self,
        table: &TableName,
        name: &Name,
        word: Option<ConstraintType>,
    ) -> Name {
        let rules = Arc::clone(&self.schema.rules);
        let named = Named { table, columns: Some(&[]), referred: None };
        self.conventional(word.map_or(&Convention::None, |word| rules.convention.of(word)), name, &named)
    }

    /// The name by which `drop_index` looks for an index.
    pub(super) fn index_name_to_drop(&mut self, table: &TableName, name: &Name) -> Name {
        let rules = Arc::clone(&self.schema.rules);
        let named = Named { table, columns: Some(&[]), referred: None };
        self.conventional(&rules.convention.ix, name, &named)
    }

    fn conventional(&mut self, convention: &Convention, name: &Name, named: &Named<'_>) -> Name {
        let name = conventional(convention, name, named).unwrap_or_else(|refusal| {
            self.fail_table(FailureKind::Other, named.table, refusal.0.to_owned());
            Name::Unknown
        });
        self.check_length(named.table, &name);
        match (&name, self.dialect().longest_name()) {
            (Name::Given { name, is_final: true }, Some(longest)) => Name::exact(&shortened(name, longest)),
            _ => name,
        }
    }

    /// SQLAlchemy refuses a long name that is not final, and shortens one that is.
    fn check_length(&mut self, table: &TableName, name: &Name) {
        let Some(longest) = self.dialect().longest_name() else { return };
        if let Name::Given { name, is_final: false } = name
            && name.chars().count() > longest
        {
            let message = format!("Identifier '{name}' exceeds maximum length of {longest} characters");
            self.fail(FailureKind::Other, ObjectName::wanted(table, name), message);
        }
    }

    /// The name of a constraint that is about to be added to `table`.
    pub(super) fn constraint_name(&mut self, table: &Table, name: &Name, kind: &ConstraintKind) -> Name {
        let is_default = *name == Name::Default;
        let name = self.handed_over(&table.name, name, kind);
        // MySQL overlooks the name of a primary key.
        if self.is(Dialect::Mysql) && matches!(kind, ConstraintKind::PrimaryKey { .. }) {
            return Name::exact("PRIMARY");
        }
        match name {
            // A unique constraint that stands in a column of SQLite's text may not be read again.
            Name::Unnamed if self.is(Dialect::Sqlite) && is_default => Name::Default,
            Name::Unnamed | Name::Default => self.default_name(table, kind),
            Name::Given { name, .. } => Name::exact(&name),
            Name::Unknown => Name::Unknown,
        }
    }

    /// Whether SQLAlchemy hands over a name at all.
    pub(super) fn gets_a_name(&mut self, table: &TableName, name: &Name, kind: &ConstraintKind) -> Truth {
        match self.handed_over(table, name, kind) {
            Name::Unnamed | Name::Default => Truth::No,
            Name::Given { .. } => Truth::Yes,
            Name::Unknown => Truth::Maybe,
        }
    }

    /// The name that the database gives by itself.
    fn default_name(&self, table: &Table, kind: &ConstraintKind) -> Name {
        match self.dialect() {
            Dialect::Sqlite => Name::Unnamed,
            Dialect::Postgresql => {
                self.postgresql_name(table, kind).map_or(Name::Unknown, |name| Name::exact(&name))
            }
            Dialect::Mysql => self.mysql_name(table, kind).map_or(Name::Unknown, |name| Name::exact(&name)),
        }
    }

    fn postgresql_name(&self, table: &Table, kind: &ConstraintKind) -> Option<String> {
        let dialect = self.dialect();
        let (middle, label) = match kind {
            ConstraintKind::PrimaryKey { .. } => (None, "pkey"),
            ConstraintKind::Unique { columns } => (Some(columns.as_ref()?.join("_")), "key"),
            ConstraintKind::ForeignKey { columns, .. } => (Some(columns.as_ref()?.join("_")), "fkey"),
            ConstraintKind::Check { condition } => {
                if condition.is_empty() || !table.columns_known {
                    return None;
                }
                let mut used =
                    table.columns.iter().filter(|column| mentions(condition, &column.name, dialect));
                let only = used.next().filter(|_| used.next().is_none());
                (only.map(|column| column.name.to_string()), "check")
            }
            ConstraintKind::Exclude { columns, .. } => (Some(columns.as_ref()?.join("_")), "excl"),
            ConstraintKind::Unknown => return None,
        };
        let is_index = !matches!(kind, ConstraintKind::ForeignKey { .. } | ConstraintKind::Check { .. });
        let name =
            postgresql_default(cut(&table.name.name, POSTGRESQL_LENGTH), middle.as_deref(), label, |name| {
                let whole = TableName::new(table.name.schema.as_deref(), name);
                table.constraint(name, dialect).is_some()
                    || self.schema.linked(LinkKind::Constraint, &whole).next().is_some()
                    || is_index && (table.index(name, dialect).is_some() || self.may_be_taken(&whole))
            });
        Some(name)
    }

    fn mysql_name(&self, table: &Table, kind: &ConstraintKind) -> Option<String> {
        let dialect = self.dialect();
        let numbered = |label: &str| {
            (1..=table.constraints.len() + 1)
                .map(|number| format!("{}_{label}_{number}", table.name.name))
                .find(|name| table.constraint(name, dialect).is_none())
        };
        match kind {
            ConstraintKind::PrimaryKey { .. } => Some("PRIMARY".to_owned()),
            ConstraintKind::Unique { columns } => {
                let first = columns.as_ref()?.first()?.to_string();
                let others = (2..=table.constraints.len() + table.indexes.len() + 2)
                    .map(|number| format!("{first}_{number}"));
                let free = |name: &String| {
                    table.constraint(name, dialect).is_none() && table.index(name, dialect).is_none()
                };
                std::iter::once(first.clone()).chain(others).find(free)
            }
            ConstraintKind::ForeignKey { .. } => numbered("ibfk"),
            ConstraintKind::Check { .. } => numbered("chk"),
            ConstraintKind::Exclude { .. } | ConstraintKind::Unknown => None,
        }
    }

    /// The name of an index that is about to be created.
    pub(super) fn index_name(&mut self, table: &TableName, index: &IndexDef) -> Name {
        let rules = Arc::clone(&self.schema.rules);
        let columns = index.columns.as_deref().filter(|_| !index.has_expressions);
        let name =
            self.conventional(&rules.convention.ix, &index.name, &Named { table, columns, referred: None });
        match name {
            Name::Given { name, .. } => Name::exact(&name),
            Name::Unnamed if self.is(Dialect::Postgresql) && index.name == Name::Default => {
                self.postgresql_index_name(table, columns)
            }
            name => name,
        }
    }

    /// The name that PostgreSQL gives an index that has none.
    fn postgresql_index_name(&self, table: &TableName, columns: Option<&[Box<str>]>) -> Name {
        let Some(columns) = columns else { return Name::Unknown };
        let name = postgresql_default(
            cut(&table.name, POSTGRESQL_LENGTH),
            Some(&columns.join("_")),
            "idx",
            |name| {
                let whole = TableName::new(table.schema.as_deref(), name);
                self.may_be_taken(&whole)
            },
        );
        Name::exact(&name)
    }

    /// Whether a relation has that name, or may.
    fn may_be_taken(&self, whole: &TableName) -> bool {
        self.schema.linked(LinkKind::Index, whole).next().is_some()
            || self.schema.table(whole).is_some()
            || [ObjectKind::View, ObjectKind::Sequence, ObjectKind::Index]
                .into_iter()
                .any(|kind| self.schema.object(kind, whole).is_some())
    }

    /// The check constraint that a column's type brings to this database.
    pub(super) fn type_check(&self, column: &ColumnDef) -> Option<Name> {
        let name = column.kind.check.as_ref()?;
        let is_boolean = column.kind.written.to_ascii_lowercase().starts_with("bool");
        let is_native = match self.dialect() {
            Dialect::Sqlite => false,
            Dialect::Postgresql => is_boolean || column.kind.named.is_some(),
            Dialect::Mysql => column.kind.named.is_some(),
        };
        (!is_native).then(|| name.clone())
    }
}

/// A long name that is final as SQLAlchemy writes it. Source: `IdentifierPreparer._truncate_and_render_maxlen_name` of
/// SQLAlchemy's `sql/compiler.py`.
fn shortened(name: &str, longest: usize) -> String {
    if name.chars().count() <= longest {
        return name.to_owned();
    }
    let start: String = name.chars().take(longest - 8).collect();
    let digest = Md5::digest(name.as_bytes());
    let [.., third, last] = digest[..] else { return start };
    format!("{start}_{third:02x}{last:02x}")
}
