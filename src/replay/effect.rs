//! What one operation brings, needs and takes, in words that no longer know the operation.

use crate::schema::{ConstraintDef, ConstraintKind, Edit, Operation, TableName, Touches};

/// What one operation brings, needs and takes.
#[derive(Debug, Default)]
pub(super) struct Effect {
    /// Tables that come, each with its columns; `None` where not all are known.
    pub(super) tables: Vec<(String, Option<Vec<String>>)>,
    /// Columns that come.
    pub(super) columns: Vec<(String, String)>,
    pub(super) needs: Vec<Need>,
    /// What goes: a table, or a column of one.
    pub(super) takes: Vec<(String, Option<String>)>,
    /// Tables of which anything may have come.
    pub(super) open: Vec<String>,
    /// Whether anything at all may have come.
    pub(super) anything: bool,
}

#[derive(Debug)]
pub(super) struct Need {
    pub(super) table: String,
    pub(super) column: Option<String>,
    pub(super) is_reference: bool,
    pub(super) why: String,
}

impl Need {
    pub(super) fn what(&self) -> String {
        format!("{} {}", if self.column.is_some() { "column" } else { "table" }, self.name())
    }

    pub(super) fn name(&self) -> String {
        match &self.column {
            Some(column) => format!("{}.{column}", self.table),
            None => self.table.clone(),
        }
    }
}

impl Effect {
    fn table(&mut self, table: &TableName, why: &str) {
        let table = table.to_string();
        let why = format!("{why} table {table}");
        self.needs.push(Need { table, column: None, is_reference: false, why });
    }

    fn column(&mut self, table: &TableName, column: &str) {
        let table = table.to_string();
        let why = format!("uses column {table}.{column}");
        self.needs.push(Need { table, column: Some(column.to_owned()), is_reference: false, why });
    }

    fn reference(&mut self, own: &TableName, constraint: &ConstraintDef) {
        if let ConstraintKind::ForeignKey { table: Some(table), .. } = &constraint.kind
            && table != own
        {
            let table = table.to_string();
            let why = format!("has a foreign key to table {table}");
            self.needs.push(Need { table, column: None, is_reference: true, why });
        }
    }
}

pub(super) fn effect(operation: &Operation) -> Effect {
    let mut effect = Effect::default();
    add(&mut effect, operation);
    effect
}

fn add(effect: &mut Effect, operation: &Operation) {
    match operation {
        Operation::CreateTable { table, columns, complete, constraints, .. } => {
            let names = columns.iter().map(|column| column.name.to_string()).collect();
            effect.tables.push((table.to_string(), complete.is_whole().then_some(names)));
            let own = columns.iter().flat_map(|column| &column.constraints);
            constraints.iter().chain(own).for_each(|constraint| effect.reference(table, constraint));
        }
        Operation::AddColumn { table, column, .. } => {
            effect.table(table, "alters");
            column.constraints.iter().for_each(|constraint| effect.reference(table, constraint));
            effect.columns.push((table.to_string(), column.name.to_string()));
        }
        Operation::DropTable { table, if_exists, .. } => {
            if !if_exists {
                effect.table(table, "drops");
            }
            effect.takes.push((table.to_string(), None));
        }
        Operation::RenameTable { table, to } => {
            effect.table(table, "renames");
            effect.takes.push((table.to_string(), None));
            effect.tables.push((to.to_string(), None));
        }
        Operation::DropColumn { table, column, if_exists, .. } => {
            effect.table(table, "alters");
            if let Some(column) = column.as_ref().filter(|_| !if_exists) {
                effect.column(table, column);
            }
            effect.takes.extend(column.iter().map(|column| (table.to_string(), Some(column.to_string()))));
        }
        Operation::AlterColumn { table, column, change } => {
            effect.table(table, "alters");
            match column {
                Some(column) => effect.column(table, column),
                None => effect.open.push(table.to_string()),
            }
            match &change.name {
                Edit::Set(to) => {
                    let was = column.iter().map(|column| (table.to_string(), Some(column.to_string())));
                    effect.takes.extend(was);
                    effect.columns.push((table.to_string(), to.to_string()));
                }
                Edit::Unknown => effect.open.push(table.to_string()),
                Edit::Keep => {}
            }
        }
        Operation::CreateIndex { table, index, .. } => {
            effect.table(table, "alters");
            index.columns.iter().flatten().for_each(|column| effect.column(table, column));
        }
        Operation::AddConstraint { table, constraint } => {
            effect.table(table, "alters");
            effect.reference(table, constraint);
            match &constraint.kind {
                ConstraintKind::PrimaryKey { columns }
                | ConstraintKind::Unique { columns }
                | ConstraintKind::ForeignKey { columns, .. } => {
                    columns.iter().flatten().for_each(|column| effect.column(table, column));
                }
                ConstraintKind::Check { .. } | ConstraintKind::Exclude { .. } | ConstraintKind::Unknown => {}
            }
        }
        Operation::DropConstraint { table, .. }
        | Operation::RenameConstraint { table, .. }
        | Operation::PromoteIndex { table, .. }
        | Operation::NeedConstraint { table, .. } => {
            effect.table(table, "alters");
        }
        Operation::DropIndex { table, if_exists, .. } => {
            table.iter().filter(|_| !if_exists).for_each(|table| effect.table(table, "alters"));
        }
        Operation::Noted { table, .. } => table.iter().for_each(|table| effect.table(table, "alters")),
        Operation::Batch { table, changes, .. } => {
            effect.table(table, "alters");
            changes.iter().for_each(|change| add(effect, change));
        }
        Operation::CreateView { view, query, .. } => {
            query.reads.iter().for_each(|(table, _)| effect.table(table, "reads"));
            effect.tables.push((view.to_string(), None));
        }
        Operation::Data { verb, uses, .. } => {
            let why = if *verb == "SELECT" { "reads" } else { "writes" };
            for (table, columns) in uses {
                effect.table(table, why);
                columns.iter().for_each(|column| effect.column(table, column));
            }
        }
        Operation::Unknown { touches, .. } => match touches {
            Touches::Everything | Touches::Column(_) | Touches::NewTables => effect.anything = true,
            Touches::Table(table) | Touches::ConstraintsOf(table) => effect.open.push(table.to_string()),
            Touches::TableItself(table) => effect.tables.push((table.to_string(), None)),
            Touches::Constraints | Touches::Enums | Touches::Casts | Touches::Nothing => {}
        },
        // What they bring may be there, and what they need need not.
        Operation::If { then, otherwise, .. } => {
            then.iter().chain(otherwise).for_each(|operation| add_perhaps(effect, operation));
        }
        Operation::Try { body, handlers } => {
            let handled = handlers.iter().flat_map(|(_, handled)| handled);
            body.iter().chain(handled).for_each(|operation| add_perhaps(effect, operation));
        }
        Operation::Rename { to, .. } => effect.tables.push((to.to_string(), None)),
        Operation::TemporaryTable { table } => effect.tables.push((table.to_string(), None)),
        Operation::RenameSchema { .. } => effect.anything = true,
        // What they need or bring is no table and no column.
        Operation::CreateEnum { .. }
        | Operation::DropEnum { .. }
        | Operation::RenameEnum { .. }
        | Operation::AddEnumValue { .. }
        | Operation::RenameEnumValue { .. }
        | Operation::NeedType { .. }
        | Operation::AlterSequence { .. }
        | Operation::OutsideTransaction { .. }
        | Operation::Constants { .. }
        | Operation::Raise { .. }
        | Operation::Savepoint { .. }
        | Operation::EndSavepoint { .. }
        | Operation::NeedIndex { .. }
        | Operation::NeedFunction { .. }
        | Operation::CreateExtension { .. }
        | Operation::DropExtension { .. }
        | Operation::Inherits { .. }
        | Operation::DropView { .. }
        | Operation::CreateSequence { .. }
        | Operation::DropSequence { .. }
        | Operation::CreateSchema { .. }
        | Operation::DropSchema { .. }
        | Operation::SearchPath { .. }
        | Operation::Refused { .. } => {}
    }
}

/// What an operation brings that may be done or not; what it needs may not be needed, and what it takes may stay.
fn add_perhaps(effect: &mut Effect, operation: &Operation) {
    let (n_needs, n_takes) = (effect.needs.len(), effect.takes.len());
    add(effect, operation);
    effect.needs.truncate(n_needs);
    effect.takes.truncate(n_takes);
}
