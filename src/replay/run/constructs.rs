//! SQLAlchemy's constructs: columns, types, constraints, tables, statements.

use std::sync::Arc;

use super::arguments::Arguments;
use super::{Evaluated, Machine};
use crate::replay::value::{ColumnValue, HOLE, Object, StatementValue, Str, TableValue, TypeValue, Value};
use crate::schema::{
    ColumnDef, ConstraintDef, ConstraintKind, Dialect, EnumDef, IndexDef, Name, TableName, TypeDef,
};
use crate::text::TextRange;

impl Machine<'_> {
    /// Calls something of SQLAlchemy.
    pub(super) fn construct(
        &mut self,
        path: &str,
        last: &str,
        arguments: &Arguments,
        range: TextRange,
    ) -> Evaluated {
        let first = arguments.positional.first();
        Ok(match last {
            "Column" | "column" | "mapped_column" => Value::Column(Arc::new(self.column(arguments))),
            "ForeignKey"
            | "ForeignKeyConstraint"
            | "PrimaryKeyConstraint"
            | "UniqueConstraint"
            | "CheckConstraint"
            | "ExcludeConstraint" => {
                // What is to be added by ALTER is not made with the table; SQLite, which cannot, makes it all the same.
                if arguments.flag("use_alter") && self.rules.dialect != Dialect::Sqlite {
                    return Ok(Value::None);
                }
                Value::Constraint(Arc::new(self.constraint(last, arguments)))
            }
            "Index" => Value::Index(Arc::new(self.index(arguments))),
            "Computed" | "Identity" | "FetchedValue" => Value::Generated,
            "Table" | "table" => {
                let table = Arc::new(self.table_or_known(arguments));
                if let Some(Value::MetaData(place)) = arguments.positional.get(1)
                    && let Object::MetaData(tables) = self.state.object_mut(*place)
                {
                    tables.push(Arc::clone(&table));
                }
                Value::Table(table)
            }
            "MetaData" => Value::MetaData(self.allocate(Object::MetaData(Vec::new()))),
            "declarative_base" => {
                let place = self.allocate(Object::MetaData(Vec::new()));
                let scope = self.allocate(Object::Scope(crate::replay::value::Scope::default()));
                Value::Class(Arc::new(crate::replay::value::Class {
                    name: "Base".into(),
                    scope,
                    order: Vec::new(),
                    is_enum: false,
                    metadata: Some(place),
                    bases: Vec::new(),
                    is_open: false,
                }))
            }
            "text" | "literal_column" | "TextClause" => match first {
                Some(Value::Text(text)) if last == "text" => Value::Sql(text.clone()),
                _ if last == "text" => Value::Sql(Str::new(HOLE.to_string())),
                _ => Value::Data,
            },
            "DDL" => match first {
                Some(Value::Text(text)) => Value::Sql(text.clone()),
                _ => Value::Sql(Str::new(HOLE.to_string())),
            },
            "CreateTable" | "DropTable" | "CreateIndex" | "DropIndex" | "CreateSequence" | "DropSequence"
            | "CreateSchema" | "DropSchema" | "AddConstraint" | "DropConstraint" => {
                Value::Ddl(Arc::new((last.into(), first.cloned().unwrap_or(Value::Data))))
            }
            "Sequence" => match first.and_then(Value::known_text) {
                Some(name) => {
                    let schema = arguments.keyword("schema").and_then(Value::known_text);
                    Value::Sequence(Arc::new(TableName::new(schema, name)))
                }
                None => Value::Data,
            },
            "inspect" | "Inspector" | "from_engine" => match first {
                Some(Value::Bind | Value::Session) => {
                    Value::Inspector(self.allocate(Object::Asked(Vec::new())))
                }
                _ => Value::Data,
            },
            "Session" | "scoped_session" | "AsyncSession" => Value::Session,
            // Called once more, it gives a session.
            "sessionmaker" => Value::path("sqlalchemy.orm.Session"),
            "create_engine" | "engine_from_config" => Value::Foreign(Some(path.into())),
            "select" | "insert" | "update" | "delete" => {
                let verb = match last {
                    "select" => "SELECT",
                    "insert" => "INSERT",
                    "update" => "UPDATE",
                    _ => "DELETE",
                };
                let mut uses = Vec::new();
                for value in &arguments.positional {
                    match value {
                        Value::Table(table) => uses.extend(table.name.clone().map(|name| (name, Vec::new()))),
                        Value::Column(column) => {
                            let name = column.name.clone();
                            uses.extend(
                                column.table.clone().zip(name).map(|(table, name)| (table, vec![name])),
                            );
                        }
                        Value::Class(class) => {
                            let table = self.table_of(class).and_then(|table| table.name.clone());
                            uses.extend(table.map(|name| (name, Vec::new())));
                        }
                        _ => {}
                    }
                }
                Value::Statement(Arc::new(StatementValue { verb, uses }))
            }
            _ if last.starts_with(char::is_uppercase) && !path.starts_with("sqlalchemy.exc") => {
                Value::Type(Arc::new(self.type_of(last, path, arguments)))
            }
            _ => {
                let _ = range;
                Value::Data
            }
        })
    }

    /// `Column(name, type, …)`.
    fn column(&mut self, arguments: &Arguments) -> ColumnValue {
        let mut column = ColumnValue::default();
        let mut rest = arguments.positional.as_slice();
        match rest.first() {
            Some(Value::Text(text)) => {
                if text.is_known() {
                    column.name = Some((*text.text).into());
                }
                rest = &rest[1..];
            }
            Some(Value::None) => rest = &rest[1..],
            Some(Value::Data) if arguments.keyword("name").is_none() && rest.len() > 1 => rest = &rest[1..],
            _ => {}
        }
        if let Some(name) = arguments.keyword("name") {
            column.name = name.known_text().map(Into::into);
        }
        let def = &mut column.def;
        def.name = column.name.clone().unwrap_or_default();
        let mut kind = arguments.keyword("type_").cloned();
        for value in rest {
            match value {
                Value::Constraint(constraint) => {
                    let mut constraint = (**constraint).clone();
                    fill_columns(&mut constraint, &def.name);
                    def.constraints.push(constraint);
                }
                Value::Generated => def.generated = true,
                Value::Sequence(_) => {}
                Value::None => {}
                Value::Data if kind.is_some() => {}
                value if kind.is_none() => kind = Some(value.clone()),
                _ => {}
            }
        }
        if let Some(kind) = kind {
            def.kind = self.type_def(&kind);
        }
        let flag = |name: &str| match arguments.keyword(name) {
            Some(Value::Bool(value)) => Some(*value),
            Some(Value::None) | None => Some(false),
            Some(_) => None,
        };
        let def = &mut column.def;
        def.primary_key = flag("primary_key") == Some(true);
        def.unique = flag("unique") == Some(true);
        def.index = flag("index") == Some(true);
        def.nullable = match arguments.keyword("nullable") {
            Some(Value::Bool(value)) => Some(*value),
            Some(_) => None,
            None if arguments.is_open => None,
            None => Some(!def.primary_key),
        };
        def.default = match arguments.keyword("server_default") {
            Some(Value::None) | None => None,
            Some(Value::Generated) => {
                def.generated = true;
                None
            }
            Some(value) => Some(self.default_text(value)),
        };
        column
    }

    /// A server default as it is shown.
    pub(super) fn default_text(&self, value: &Value) -> Box<str> {
        match value {
            Value::Text(text) => format!("'{}'", text.text.replace(HOLE, "…")).into(),
            Value::Sql(text) => text.text.replace(HOLE, "…").into(),
            other => self.shown(other).unwrap_or_else(|| "…".to_owned()).into(),
        }
    }

    /// A value where a type stands.
    pub(super) fn type_def(&mut self, value: &Value) -> TypeDef {
        match value {
            Value::Type(kind) => kind.def.clone(),
            // The class stands for a type without arguments.
            Value::Path(path) => {
                let last = path.rsplit('.').next().unwrap_or(path).to_owned();
                self.type_of(&last, path, &Arguments::default()).def
            }
            Value::Foreign(Some(path)) => {
                let written = path.rsplit('.').next().unwrap_or(path).into();
                TypeDef { written, is_custom: true, ..TypeDef::default() }
            }
            Value::Class(class) | Value::Instance(class, _) => {
                TypeDef { written: class.name.clone(), is_custom: true, ..TypeDef::default() }
            }
            _ => TypeDef::default(),
        }
    }

    fn type_of(&mut self, name: &str, path: &str, arguments: &Arguments) -> TypeValue {
        let mut shown: Vec<String> = Vec::new();
        for value in &arguments.positional {
            shown.push(match value {
                Value::Text(text) => format!("'{}'", text.text.replace(HOLE, "…")),
                Value::Type(kind) => kind.def.written.to_string(),
                Value::Path(path) => path.rsplit('.').next().unwrap_or_default().to_owned(),
                other => self.shown(other).unwrap_or_else(|| "…".to_owned()),
            });
        }
        for (key, value) in &arguments.named {
            let text = match value {
                Value::Text(text) => format!("'{}'", text.text.replace(HOLE, "…")),
                Value::Type(kind) => kind.def.written.to_string(),
                other => self.shown(other).unwrap_or_else(|| "…".to_owned()),
            };
            shown.push(format!("{key}={text}"));
        }
        let written =
            if shown.is_empty() { name.to_owned() } else { format!("{name}({})", shown.join(", ")) };
        let refused_by = crate::replay::types::refused_by(path, name);
        let def = TypeDef { written: written.into(), refused_by, ..TypeDef::default() };
        let mut kind = TypeValue { def, ..TypeValue::default() };
        let flag = |name: &str| match arguments.keyword(name) {
            Some(Value::Bool(value)) => Some(*value),
            _ => None,
        };
        let given_name = arguments.keyword("name");
        match name {
            "Enum" | "ENUM" => {
                kind.is_enum = true;
                kind.is_native = name == "ENUM" && path.contains("postgresql");
                let is_plain =
                    flag("native_enum") == Some(false) || (name == "ENUM" && path.contains("mysql"));
                if !is_plain {
                    kind.def.named =
                        Some(self.enum_def(arguments, given_name, flag("create_type") != Some(false)));
                }
                if flag("create_constraint") == Some(true) {
                    kind.def.check =
                        Some(given_name.and_then(Value::known_text).map_or(Name::Unnamed, Name::given));
                }
            }
            "Boolean" | "BOOLEAN" if flag("create_constraint") == Some(true) => {
                kind.def.check =
                    Some(given_name.and_then(Value::known_text).map_or(Name::Unnamed, Name::given));
            }
            // What a type is made of may have a type of its own: `ARRAY(Enum(…))`.
            "ARRAY" => {
                if let Some(inner) = arguments.positional.first() {
                    kind.def.named = self.type_def(inner).named;
                }
            }
            _ => {}
        }
        kind
    }

    fn enum_def(&mut self, arguments: &Arguments, name: Option<&Value>, with_table: bool) -> EnumDef {
        let mut values = Some(Vec::new());
        let mut own_name = None;
        for value in &arguments.positional {
            match value {
                Value::Class(class) if class.is_enum => {
                    own_name = Some(class.name.to_lowercase().into());
                    values =
                        Some(class.order.iter().filter(|name| !name.starts_with('_')).cloned().collect());
                    if arguments.keyword("values_callable").is_some() {
                        values = None;
                    }
                }
                Value::Foreign(Some(path)) => {
                    own_name = path.rsplit('.').next().map(|name| name.to_lowercase().into());
                    values = None;
                }
                value => match value.known_text() {
                    Some(text) => values.iter_mut().for_each(|values| values.push(text.into())),
                    None => values = None,
                },
            }
        }
        let name = match name {
            Some(name) => name.known_text().map(Into::into),
            None => own_name,
        };
        EnumDef {
            name,
            schema: arguments.keyword("schema").and_then(Value::known_text).map(Into::into),
            values: values.filter(|_| !arguments.is_open),
            with_table,
        }
    }

    /// A constraint's or an index's name.
    pub(super) fn constraint_name(value: Option<&Value>) -> Name {
        match value {
            None | Some(Value::None) => Name::Unnamed,
            Some(Value::Text(text)) if text.is_known() => {
                Name::Given { name: (*text.text).into(), is_final: text.is_final }
            }
            Some(_) => Name::Unknown,
        }
    }

    /// Names of columns in a list or a tuple, or several values.
    pub(super) fn column_names(&self, value: Option<&Value>) -> Option<Vec<Box<str>>> {
        let value = value?;
        if let Some(text) = value.known_text() {
            return Some(vec![text.into()]);
        }
        self.items(value)?.iter().map(|item| self.column_name(item)).collect()
    }

    fn column_name(&self, value: &Value) -> Option<Box<str>> {
        match value {
            Value::Column(column) => column.name.clone(),
            other => other.known_text().map(Into::into),
        }
    }

    fn constraint(&mut self, word: &str, arguments: &Arguments) -> ConstraintDef {
        let place = match word {
            "CheckConstraint" => 1,
            "ForeignKeyConstraint" => 2,
            _ => usize::MAX,
        };
        let name =
            Self::constraint_name(arguments.positional.get(place).or_else(|| arguments.keyword("name")));
        let columns = |values: &[Value]| {
            let names: Option<Vec<_>> = values.iter().map(|value| self.column_name(value)).collect();
            names.filter(|_| !arguments.is_open)
        };
        let kind = match word {
            "PrimaryKeyConstraint" => ConstraintKind::PrimaryKey { columns: columns(&arguments.positional) },
            "UniqueConstraint" => ConstraintKind::Unique { columns: columns(&arguments.positional) },
            "CheckConstraint" => {
                let condition = arguments.positional.first().and_then(|value| match value {
                    Value::Text(text) | Value::Sql(text) if text.is_known() => Some((*text.text).into()),
                    _ => None,
                });
                ConstraintKind::Check { condition: condition.unwrap_or_default() }
            }
            "ExcludeConstraint" => ConstraintKind::Exclude,
            "ForeignKey" => {
                let target =
                    self.referred(arguments.positional.first().or_else(|| arguments.keyword("column")));
                let (table, column) = target.unzip();
                ConstraintKind::ForeignKey {
                    columns: Some(Vec::new()),
                    table,
                    referred: column.flatten().map(|column| vec![column]),
                }
            }
            _ => {
                let local = self.column_names(arguments.get(0, "columns"));
                let targets = arguments.get(1, "refcolumns").and_then(|value| self.items(value));
                let targets: Option<Vec<_>> = targets
                    .map(|targets| {
                        targets.iter().map(|target| self.referred(Some(target))).collect::<Option<Vec<_>>>()
                    })
                    .unwrap_or_default();
                let table =
                    targets.as_ref().and_then(|targets| targets.first()).map(|(table, _)| table.clone());
                let referred =
                    targets.and_then(|targets| targets.into_iter().map(|(_, column)| column).collect());
                ConstraintKind::ForeignKey { columns: local, table, referred }
            }
        };
        ConstraintDef { name, kind }
    }

    /// What `'table.column'` or a column names.
    fn referred(&self, value: Option<&Value>) -> Option<(TableName, Option<Box<str>>)> {
        match value? {
            Value::Column(column) => Some((column.table.clone()?, column.name.clone())),
            value => {
                let text = value.known_text()?;
                let (table, column) = text.rsplit_once('.')?;
                let name = match table.rsplit_once('.') {
                    Some((schema, table)) => TableName::new(Some(schema), table),
                    None => TableName::plain(table),
                };
                Some((name, Some(column.into())))
            }
        }
    }

    fn index(&mut self, arguments: &Arguments) -> IndexDef {
        let columns = arguments.positional.get(1..).unwrap_or_default();
        let (names, has_expressions) = self.index_columns(columns);
        IndexDef {
            name: Self::constraint_name(arguments.positional.first().or_else(|| arguments.keyword("name"))),
            columns: names.filter(|_| !arguments.is_open),
            has_expressions,
            unique: arguments.flag("unique"),
        }
    }

    /// The plain columns among an index's elements, and whether there are expressions.
    pub(super) fn index_columns(&self, values: &[Value]) -> (Option<Vec<Box<str>>>, bool) {
        let mut names = Some(Vec::new());
        let mut has_expressions = false;
        for value in values {
            match value {
                Value::Sql(_) | Value::Data => has_expressions = true,
                other => match self.column_name(other) {
                    Some(name) => names.iter_mut().for_each(|names| names.push(name.clone())),
                    None => names = None,
                },
            }
        }
        (names, has_expressions)
    }

    /// The same, where the table may be known to the metadata already, or is read from the database.
    fn table_or_known(&mut self, arguments: &Arguments) -> TableValue {
        let table = self.table(arguments);
        let Some(name) = &table.name else { return table };
        if table.columns.is_empty()
            && let Some(Value::MetaData(place)) = arguments.positional.get(1)
            && let Object::MetaData(tables) = self.state.object(*place)
            && let Some(known) = tables.iter().find(|known| known.name.as_ref() == Some(name))
        {
            return (**known).clone();
        }
        let reflects = arguments.keyword("autoload_with").is_some() || arguments.flag("autoload");
        if reflects && table.columns.is_empty() {
            return self.reflected(name).unwrap_or(table);
        }
        table
    }

    /// A table as it is in the database, if all of its columns are known.
    pub(super) fn reflected(&self, name: &TableName) -> Option<TableValue> {
        let table = self.state.schema.table(name)?;
        if !table.certain || !table.columns_known || table.columns.iter().any(|column| !column.certain) {
            return None;
        }
        let columns = table
            .columns
            .iter()
            .map(|column| ColumnValue {
                name: Some(column.name.clone()),
                def: ColumnDef {
                    name: column.name.clone(),
                    kind: column.kind.clone(),
                    nullable: column.nullable,
                    default: column.default.clone(),
                    ..ColumnDef::default()
                },
                table: None,
            })
            .collect();
        Some(TableValue {
            name: Some(name.clone()),
            columns,
            constraints: Vec::new(),
            indexes: Vec::new(),
            is_complete: true,
        })
    }

    /// `Table(name, metadata, …)` or `table(name, …)`.
    pub(super) fn table(&mut self, arguments: &Arguments) -> TableValue {
        let schema = arguments.keyword("schema");
        let name =
            arguments.positional.first().or_else(|| arguments.keyword("name")).and_then(Value::known_text);
        let name = match schema {
            None | Some(Value::None) => name.map(TableName::plain),
            Some(schema) => schema.known_text().and_then(|schema| Some(TableName::new(Some(schema), name?))),
        };
        let mut table = TableValue {
            name,
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            is_complete: !arguments.is_open
                && arguments.keyword("autoload_with").is_none()
                && !arguments.flag("autoload"),
        };
        for value in arguments.positional.iter().skip(1) {
            match value {
                Value::Column(column) => {
                    table.is_complete &= column.name.is_some();
                    table.columns.push((**column).clone());
                }
                Value::Constraint(constraint) => table.constraints.push((**constraint).clone()),
                Value::Index(index) => table.indexes.push((**index).clone()),
                Value::MetaData(_) | Value::None | Value::Generated => {}
                _ => table.is_complete = false,
            }
        }
        table
    }
}

/// A column's own foreign key is one of that column.
fn fill_columns(constraint: &mut ConstraintDef, column: &str) {
    match &mut constraint.kind {
        ConstraintKind::ForeignKey { columns: Some(columns), .. }
        | ConstraintKind::Unique { columns: Some(columns) }
        | ConstraintKind::PrimaryKey { columns: Some(columns) }
            if columns.is_empty() =>
        {
            columns.push(column.into());
        }
        _ => {}
    }
}

impl TableValue {
    /// The columns' definitions.
    pub(super) fn definitions(&self) -> Vec<ColumnDef> {
        self.columns.iter().filter(|column| column.name.is_some()).map(|column| column.def.clone()).collect()
    }
}
