//! Alembic's directives: `op.create_table` and its like, become operations.

use std::sync::Arc;

use super::arguments::Arguments;
use super::{Evaluated, Machine};
use crate::replay::value::{Str, Value};
use crate::schema::{
    ColumnChange, ConstraintDef, ConstraintKind, ConstraintType, Edit, IndexDef, Operation, TableName,
    Touches,
};
use crate::text::TextRange;

/// Directives of a table, and where among their arguments it is named.
const OF_TABLE: [(&str, usize, &str); 13] = [
    ("add_column", 0, "table_name"),
    ("alter_column", 0, "table_name"),
    ("drop_column", 0, "table_name"),
    ("create_check_constraint", 1, "table_name"),
    ("create_exclude_constraint", 1, "table_name"),
    ("create_foreign_key", 1, "source_table"),
    ("create_index", 1, "table_name"),
    ("create_primary_key", 1, "table_name"),
    ("create_unique_constraint", 1, "table_name"),
    ("drop_constraint", 1, "table_name"),
    ("create_table_comment", 0, "table_name"),
    ("drop_table_comment", 0, "table_name"),
    ("drop_index", 1, "table_name"),
];

impl Machine<'_> {
    /// `op.name(…)`.
    pub(super) fn directive(&mut self, name: &str, arguments: &Arguments, range: TextRange) -> Evaluated {
        let first = arguments.positional.first();
        match name {
            "f" => {
                return Ok(match first {
                    Some(Value::Text(text)) => Value::Text(Str { is_final: true, ..text.clone() }),
                    Some(other) => other.clone(),
                    None => Value::Data,
                });
            }
            "get_bind" => return Ok(Value::Bind),
            "get_context" => return Ok(Value::Context),
            "inline_literal" => return Ok(Value::Data),
            "batch_alter_table" => return Ok(self.batch(arguments)),
            "execute" => {
                let statement = arguments.get(0, "sqltext").cloned().unwrap_or(Value::Data);
                self.execute(&statement, range)?;
                return Ok(Value::None);
            }
            "bulk_insert" => {
                if let Some(Value::Table(table)) = arguments.get(0, "table")
                    && let Some(name) = table.name.clone()
                {
                    let columns = self.row_keys(arguments.get(1, "rows"));
                    self.perform(Operation::Data { verb: "INSERT", uses: vec![(name, columns)] }, range)?;
                }
                return Ok(Value::None);
            }
            "create_table" => return self.create_table(arguments, range),
            "drop_table" => {
                let table = self.table_name(arguments.get(0, "table_name"), arguments.keyword("schema"));
                match table {
                    Some(table) => {
                        let if_exists = arguments.flag("if_exists");
                        self.perform(Operation::DropTable { table, if_exists, cascade: false }, range)?;
                    }
                    None => {
                        self.unknown("drops a table whose name is computed", Touches::Everything, range)?;
                    }
                }
                return Ok(Value::None);
            }
            "rename_table" => {
                let schema = arguments.keyword("schema");
                let table = self.table_name(arguments.get(0, "old_table_name"), schema);
                let to = self.table_name(arguments.get(1, "new_table_name"), schema);
                match (table, to) {
                    (Some(table), Some(to)) => self.perform(Operation::RenameTable { table, to }, range)?,
                    _ => self.unknown("renames a table to a computed name", Touches::Everything, range)?,
                }
                return Ok(Value::None);
            }
            _ => {}
        }
        let Some((_, place, keyword)) = OF_TABLE.iter().find(|(directive, ..)| *directive == name) else {
            self.unknown(format!("op.{name}, which is not known"), Touches::Everything, range)?;
            return Ok(Value::Foreign(None));
        };
        let mut rest = arguments.clone();
        let schema_word = if name == "create_foreign_key" { "source_schema" } else { "schema" };
        let schema = arguments.keyword(schema_word).cloned();
        let table = if rest.positional.len() > *place {
            Some(rest.positional.remove(*place))
        } else {
            rest.keyword(keyword).cloned()
        };
        if name == "drop_index" {
            let given = table.as_ref().filter(|table| **table != Value::None);
            let table = self.table_name(given, schema.as_ref());
            let operation = Operation::DropIndex {
                name: Self::constraint_name(rest.get(0, "index_name")),
                schema: schema.as_ref().and_then(Value::known_text).map(Into::into),
                table,
                if_exists: rest.flag("if_exists"),
            };
            self.perform(operation, range)?;
            return Ok(Value::None);
        }
        let Some(table) = self.table_name(table.as_ref(), schema.as_ref()) else {
            self.unknown(format!("op.{name} on a table whose name is computed"), Touches::Everything, range)?;
            return Ok(Value::None);
        };
        match self.operation_of(name, &mut rest, Some(&table)) {
            Some(operation) => self.perform(operation, range)?,
            None => {
                self.unknown(format!("op.{name} with computed arguments"), Touches::Table(table), range)?;
            }
        }
        Ok(Value::None)
    }

    fn create_table(&mut self, arguments: &Arguments, range: TextRange) -> Evaluated {
        let mut table = self.table(arguments);
        if let Some(name) = arguments.keyword("table_name") {
            table.name = self.table_name(Some(name), arguments.keyword("schema"));
        }
        let Some(name) = table.name.clone() else {
            self.unknown("creates a table whose name is computed", Touches::Everything, range)?;
            return Ok(Value::Data);
        };
        for column in &mut table.columns {
            column.table = Some(name.clone());
        }
        let operation = Operation::CreateTable {
            table: name,
            columns: table.definitions(),
            complete: table.is_complete,
            constraints: table.constraints.clone(),
            indexes: table.indexes.clone(),
            if_not_exists: arguments.flag("if_not_exists"),
        };
        self.perform(operation, range)?;
        Ok(Value::Table(Arc::new(table)))
    }

    /// The operation of a directive on `table`, whose name is no longer among the arguments.
    pub(super) fn operation_of(
        &mut self,
        name: &str,
        arguments: &mut Arguments,
        table: Option<&TableName>,
    ) -> Option<Operation> {
        let table = table?.clone();
        let constraint = |kind, arguments: &Arguments| ConstraintDef {
            name: Self::constraint_name(arguments.get(0, "constraint_name")),
            kind,
        };
        Some(match name {
            "add_column" => {
                let Some(Value::Column(column)) = arguments.get(0, "column") else { return None };
                column.name.as_ref()?;
                Operation::AddColumn {
                    table,
                    column: column.def.clone(),
                    if_not_exists: arguments.flag("if_not_exists"),
                }
            }
            "drop_column" => Operation::DropColumn {
                table,
                column: arguments.get(0, "column_name").and_then(Value::known_text).map(Into::into),
                if_exists: arguments.flag("if_exists"),
                cascade: false,
            },
            "alter_column" => {
                let column = arguments.get(0, "column_name").and_then(Value::known_text).map(Into::into);
                let kind = match arguments.keyword("type_") {
                    None | Some(Value::None) => None,
                    Some(kind) => {
                        let kind = kind.clone();
                        Some(self.type_def(&kind))
                    }
                };
                let change = ColumnChange {
                    name: match arguments.keyword("new_column_name") {
                        None | Some(Value::None) => Edit::Keep,
                        Some(name) => Edit::to(name.known_text().map(Into::into)),
                    },
                    kind,
                    nullable: match arguments.keyword("nullable") {
                        None | Some(Value::None) => Edit::Keep,
                        Some(Value::Bool(nullable)) => Edit::Set(*nullable),
                        Some(_) => Edit::Unknown,
                    },
                    default: match arguments.keyword("server_default") {
                        None | Some(Value::Bool(false)) => Edit::Keep,
                        Some(Value::None) => Edit::Set(None),
                        Some(value) => Edit::Set(Some(self.default_text(value))),
                    },
                };
                Operation::AlterColumn { table, column, change }
            }
            "create_index" => {
                let columns = arguments.get(1, "columns").and_then(|columns| match columns {
                    columns @ Value::Text(_) => Some(vec![columns.clone()]),
                    columns => self.items(columns),
                });
                let (columns, has_expressions) = match columns {
                    Some(columns) => self.index_columns(&columns),
                    None => (None, true),
                };
                Operation::CreateIndex {
                    table,
                    index: IndexDef {
                        name: Self::constraint_name(arguments.get(0, "index_name")),
                        columns,
                        has_expressions,
                        unique: arguments.flag("unique"),
                    },
                    if_not_exists: arguments.flag("if_not_exists"),
                }
            }
            "drop_index" => Operation::DropIndex {
                name: Self::constraint_name(arguments.get(0, "index_name")),
                schema: table.schema.clone(),
                table: Some(table),
                if_exists: arguments.flag("if_exists"),
            },
            "create_primary_key" => {
                let columns = self.column_names(arguments.get(1, "columns"));
                let constraint = constraint(ConstraintKind::PrimaryKey { columns }, arguments);
                Operation::AddConstraint { table, constraint }
            }
            "create_unique_constraint" => {
                let columns = self.column_names(arguments.get(1, "columns"));
                let constraint = constraint(ConstraintKind::Unique { columns }, arguments);
                Operation::AddConstraint { table, constraint }
            }
            "create_check_constraint" => {
                let condition = match arguments.get(1, "condition") {
                    Some(Value::Text(text) | Value::Sql(text)) if text.is_known() => (*text.text).into(),
                    _ => Box::default(),
                };
                let constraint = constraint(ConstraintKind::Check { condition }, arguments);
                Operation::AddConstraint { table, constraint }
            }
            "create_exclude_constraint" => {
                let constraint = constraint(ConstraintKind::Exclude, arguments);
                Operation::AddConstraint { table, constraint }
            }
            "create_foreign_key" => {
                let schema = arguments.keyword("referent_schema").cloned();
                let kind = ConstraintKind::ForeignKey {
                    table: self.table_name(arguments.get(1, "referent_table"), schema.as_ref()),
                    columns: self.column_names(arguments.get(2, "local_cols")),
                    referred: self.column_names(arguments.get(3, "remote_cols")),
                };
                Operation::AddConstraint { table, constraint: constraint(kind, arguments) }
            }
            "drop_constraint" => {
                let word = match arguments.get(1, "type_").and_then(Value::known_text) {
                    Some("primary") => Some(ConstraintType::Primary),
                    Some("unique") => Some(ConstraintType::Unique),
                    Some("foreignkey") => Some(ConstraintType::ForeignKey),
                    Some("check") => Some(ConstraintType::Check),
                    _ => None,
                };
                Operation::DropConstraint {
                    table,
                    name: Self::constraint_name(arguments.get(0, "constraint_name")),
                    word,
                    if_exists: arguments.flag("if_exists"),
                    cascade: false,
                }
            }
            "create_table_comment" | "drop_table_comment" => {
                Operation::Noted { what: "COMMENT".into(), table: Some(table) }
            }
            _ => return None,
        })
    }

    /// The columns that rows to insert name: those of the first, as SQLAlchemy takes them.
    fn row_keys(&self, rows: Option<&Value>) -> Vec<Box<str>> {
        let first = rows.and_then(|rows| self.items(rows)).and_then(|rows| rows.into_iter().next());
        let pairs = first.and_then(|row| self.pairs(&row)).unwrap_or_default();
        pairs.iter().filter_map(|(key, _)| Some(key.known_text()?.into())).collect()
    }
}
