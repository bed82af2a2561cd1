//! Columns, constraints and indexes of a table.

use sqlparser::ast::{
    AlterColumnOperation, ArrayElemTypeDef, ColumnDef as TreeColumn, ColumnOption, DataType, Expr, Ident,
    IndexColumn, TableConstraint,
};

use super::super::{
    Access, ColumnChange, ColumnDef, ConstraintDef, ConstraintKind, Dialect, Edit, EnumDef, IndexDef, Name,
    TableName, TypeDef,
};
use super::names::Names;
use crate::schema::types::unsuited;

/// A part of a table's definition.
pub(super) enum Part {
    /// A constraint.
    Constraint(ConstraintDef),
    /// An index, as MySQL declares them with a table.
    Index(IndexDef),
}

impl Names<'_> {
    /// A type as written; empty if a hole is in it.
    pub(super) fn kind(&self, kind: &DataType) -> TypeDef {
        let written = kind.to_string();
        let known = !self.hole.is_in(&written.to_ascii_lowercase());
        let named = if known && self.dialect == Dialect::Postgresql { self.named_type(kind) } else { None };
        let unsuited = unsuited(&written).filter(|_| known && self.dialect == Dialect::Postgresql);
        let written = if known { written.into() } else { "".into() };
        let is_missing = *kind == DataType::Unspecified;
        TypeDef { written, named, unsuited, is_missing, ..TypeDef::default() }
    }

    /// The type by name that a column has, which may be a migration's, the database's own, or an extension's.
    fn named_type(&self, kind: &DataType) -> Option<EnumDef> {
        match kind {
            DataType::Custom(name, arguments) if arguments.is_empty() => {
                let TableName { schema, name } = self.table(name)?;
                Some(EnumDef { name: Some(name), schema, is_any: true, ..EnumDef::default() })
            }
            DataType::Array(
                ArrayElemTypeDef::SquareBracket(inner, _)
                | ArrayElemTypeDef::AngleBracket(inner)
                | ArrayElemTypeDef::Parenthesis(inner),
            ) => self.named_type(inner),
            _ => None,
        }
    }

    /// A column; nothing if its name is not known.
    pub(super) fn column(&self, column: &TreeColumn) -> Option<ColumnDef> {
        let name = self.ident(&column.name)?;
        let kind = self.kind(&column.data_type);
        let serial = ["serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"]
            .iter()
            .any(|word| kind.written.eq_ignore_ascii_case(word));
        let mut read = ColumnDef { name, kind, nullable: Some(true), in_sql: true, ..ColumnDef::default() };
        read.generated = serial;
        if serial {
            read.nullable = Some(false);
        }
        for option in &column.options {
            self.option(&mut read, &option.option, option.name.as_ref());
        }
        Some(read)
    }

    fn option(&self, column: &mut ColumnDef, option: &ColumnOption, name: Option<&Ident>) {
        let own = || Some(vec![column.name.clone()]);
        let constraint = match option {
            ColumnOption::Null => {
                column.nullable = Some(true);
                return;
            }
            ColumnOption::NotNull => {
                column.nullable = Some(false);
                return;
            }
            ColumnOption::Default(value) => {
                column.default = Some(self.shown(value));
                return;
            }
            ColumnOption::Generated { generation_expr, .. } => {
                column.generated = true;
                column.computed = generation_expr.as_ref().map(|expr| self.shown(expr));
                // An identity.
                if generation_expr.is_none() && self.dialect == Dialect::Postgresql {
                    column.nullable = Some(false);
                }
                return;
            }
            ColumnOption::Identity(_) => {
                column.generated = true;
                return;
            }
            ColumnOption::DialectSpecific(tokens) => {
                let is = |token: &sqlparser::tokenizer::Token| {
                    let word = token.to_string();
                    word.eq_ignore_ascii_case("auto_increment") || word.eq_ignore_ascii_case("autoincrement")
                };
                column.generated |= tokens.iter().any(is);
                return;
            }
            ColumnOption::PrimaryKey(_) => {
                // SQLite allows NULL in a key unless it is told not to.
                if self.dialect != Dialect::Sqlite {
                    column.nullable = Some(false);
                }
                if name.is_none() {
                    column.primary_key = true;
                    return;
                }
                ConstraintKind::PrimaryKey { columns: own() }
            }
            ColumnOption::Unique(_) if name.is_none() => {
                column.unique = true;
                return;
            }
            ColumnOption::Unique(_) => ConstraintKind::Unique { columns: own() },
            ColumnOption::ForeignKey(key) => ConstraintKind::ForeignKey {
                columns: own(),
                table: self.table(&key.foreign_table),
                referred: self.referred(&key.referred_columns),
            },
            ColumnOption::Check(check) => ConstraintKind::Check { condition: self.shown(&check.expr) },
            _ => return,
        };
        column.constraints.push(ConstraintDef { name: self.given(name), kind: constraint });
    }

    /// The columns that a foreign key names in the other table; none are those of its primary key.
    fn referred(&self, columns: &[Ident]) -> Option<Vec<Box<str>>> {
        if columns.is_empty() { None } else { self.idents(columns) }
    }

    /// A constraint or an index of a table.
    pub(super) fn part(&self, constraint: &TableConstraint) -> Part {
        let (name, kind) = match constraint {
            // PostgreSQL makes a name of those that are included, too.
            TableConstraint::Unique(unique) if unique.name.is_none() && !unique.include.is_empty() => {
                let kind = ConstraintKind::Unique { columns: self.plain(&unique.columns) };
                return Part::Constraint(ConstraintDef { name: Name::Unknown, kind });
            }
            TableConstraint::Unique(unique) => {
                let name = unique.name.as_ref().or(unique.index_name.as_ref());
                (name, ConstraintKind::Unique { columns: self.plain(&unique.columns) })
            }
            TableConstraint::PrimaryKey(key) => {
                (key.name.as_ref(), ConstraintKind::PrimaryKey { columns: self.plain(&key.columns) })
            }
            TableConstraint::ForeignKey(key) => (
                key.name.as_ref().or(key.index_name.as_ref()),
                ConstraintKind::ForeignKey {
                    columns: self.idents(&key.columns),
                    table: self.table(&key.foreign_table),
                    referred: self.referred(&key.referred_columns),
                },
            ),
            TableConstraint::Check(check) => {
                (check.name.as_ref(), ConstraintKind::Check { condition: self.shown(&check.expr) })
            }
            TableConstraint::PrimaryKeyUsingIndex(using) => (
                using.name.as_ref().or(Some(&using.index_name)),
                ConstraintKind::PrimaryKey { columns: None },
            ),
            TableConstraint::UniqueUsingIndex(using) => {
                (using.name.as_ref().or(Some(&using.index_name)), ConstraintKind::Unique { columns: None })
            }
            TableConstraint::Exclude(exclude) => {
                // PostgreSQL makes a name of those that are included, too.
                let is_plain = exclude.include.is_empty() && exclude.where_clause.is_none();
                let elements: Vec<_> =
                    exclude.elements.iter().map(|element| element.column.clone()).collect();
                let columns = self.plain(&elements).filter(|_| is_plain);
                // Without a word it is the default of an index.
                let method = exclude.index_method.as_ref().map(|method| method.value.as_str());
                let access = self.access(method, &elements);
                (exclude.name.as_ref(), ConstraintKind::Exclude { columns, access })
            }
            TableConstraint::Index(index) => {
                return Part::Index(self.index(index.name.as_ref(), &index.columns, false));
            }
            TableConstraint::FulltextOrSpatial(index) => {
                return Part::Index(self.index(index.opt_index_name.as_ref(), &index.columns, false));
            }
        };
        Part::Constraint(ConstraintDef { name: self.given(name), kind })
    }

    /// The columns of a constraint; nothing if one is an expression or not known.
    fn plain(&self, columns: &[IndexColumn]) -> Option<Vec<Box<str>>> {
        let name = |column: &IndexColumn| match prefixed(&column.column.expr) {
            Some(ident) => self.ident(ident),
            None => None,
        };
        columns.iter().map(name).collect()
    }

    /// An index.
    pub(super) fn index(&self, name: Option<&Ident>, columns: &[IndexColumn], unique: bool) -> IndexDef {
        let mut plain = Some(Vec::new());
        let mut quoted = Vec::new();
        let mut has_expressions = false;
        for column in columns {
            match prefixed(&column.column.expr) {
                Some(ident) => match (self.ident(ident), plain.as_mut()) {
                    (Some(name), Some(plain)) => {
                        quoted.extend((ident.quote_style == Some('"')).then(|| name.clone()));
                        plain.push(name);
                    }
                    _ => plain = None,
                },
                None if self.hole.is_in(&column.column.expr.to_string().to_ascii_lowercase()) => {
                    has_expressions = true;
                    plain = None;
                }
                None => has_expressions = true,
            }
        }
        let name = self.given(name);
        IndexDef {
            name,
            columns: plain,
            has_expressions,
            is_partial: false,
            condition: None,
            quoted: Some(quoted),
            used: Vec::new(),
            unique,
            access: self.access(None, columns),
        }
    }

    /// How an index on these columns finds rows.
    pub(super) fn access(&self, method: Option<&str>, columns: &[IndexColumn]) -> Access {
        let method = method.unwrap_or("btree");
        let is_known = !self.hole.is_in(&method.to_ascii_lowercase());
        let mut access = Access { method: method.to_ascii_lowercase().into(), ..Access::default() };
        for column in columns.iter().filter(|_| is_known) {
            match (&column.operator_class, prefixed(&column.column.expr)) {
                (Some(class), _) => access.classes.extend(self.last(class)),
                (None, Some(ident)) => access.bare.extend(self.ident(ident)),
                (None, None) => {}
            }
        }
        access
    }

    /// What `ALTER COLUMN` changes.
    pub(super) fn change(&self, operation: &AlterColumnOperation) -> ColumnChange {
        let mut change = ColumnChange::default();
        match operation {
            AlterColumnOperation::SetNotNull => change.nullable = Edit::Set(false),
            AlterColumnOperation::DropNotNull => change.nullable = Edit::Set(true),
            AlterColumnOperation::SetDefault { value } => change.default = Edit::Set(Some(self.shown(value))),
            AlterColumnOperation::DropDefault => change.default = Edit::Set(None),
            AlterColumnOperation::SetDataType { data_type, using, .. } => {
                change.kind = Some(self.kind(data_type));
                change.using = using.is_some();
            }
            AlterColumnOperation::AddGenerated { .. } | AlterColumnOperation::GenericOptions { .. } => {}
        }
        change
    }

    /// What `MODIFY` and `CHANGE` of MySQL make of a column: all of it is declared anew.
    pub(super) fn declared(&self, kind: &DataType, options: &[ColumnOption]) -> ColumnChange {
        let mut column = ColumnDef { nullable: Some(true), ..ColumnDef::default() };
        for option in options {
            self.option(&mut column, option, None);
        }
        ColumnChange {
            name: Edit::Keep,
            kind: Some(self.kind(kind)),
            nullable: Edit::to(column.nullable),
            default: Edit::Set(column.default),
            using: false,
            other: false,
        }
    }
}

/// Whether a key part is a plain column.
pub(super) fn is_plain(expr: &Expr) -> bool {
    prefixed(expr).is_some()
}

/// The column of a key part: `a`, `a COLLATE x`, or `a(10)`, which is a prefix of it in MySQL.
fn prefixed(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Identifier(ident) => Some(ident),
        Expr::Collate { expr, .. } => match expr.as_ref() {
            Expr::Identifier(ident) => Some(ident),
            _ => None,
        },
        Expr::Function(function) if function.name.0.len() == 1 => {
            let sqlparser::ast::FunctionArguments::List(list) = &function.args else { return None };
            let number =
                |arg: &sqlparser::ast::FunctionArg| arg.to_string().bytes().all(|byte| byte.is_ascii_digit());
            let ident = function.name.0.first()?.as_ident()?;
            (list.args.len() == 1 && list.args.iter().all(number)).then_some(ident)
        }
        _ => None,
    }
}
