//! What a migration does to the schema, as far as it is written literally.
//!
//! Only calls whose names and arguments are literal are understood; every other call that could change the schema
//! becomes [`OperationKind::Unknown`], so that nothing is claimed about what may have happened.

use super::python::{Module, Syntax};
use crate::text::TextRange;

/// One schema operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What it does.
    pub kind: OperationKind,
    /// The call.
    pub range: TextRange,
    /// Whether it stands under a condition, a loop or a `try`, so that it may not run.
    pub conditional: bool,
}

/// The kinds of operation that ordering needs. Tables in a schema are named `schema.table`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationKind {
    /// A table comes into being, with these columns and foreign keys to these tables.
    CreateTable {
        /// The table.
        table: String,
        /// Its columns; `None` when some are not literal.
        columns: Option<Vec<String>>,
        /// Tables that its foreign keys name.
        references: Vec<String>,
    },
    /// A column is added.
    AddColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Tables that its foreign keys name.
        references: Vec<String>,
    },
    /// Something is done to an existing table: its columns named must exist.
    Touch {
        /// The table.
        table: String,
        /// Columns that must exist.
        columns: Vec<String>,
        /// Tables that must exist as well.
        references: Vec<String>,
    },
    /// A table goes.
    DropTable {
        /// The table.
        table: String,
    },
    /// A column goes.
    DropColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A table gets another name.
    RenameTable {
        /// The old name.
        table: String,
        /// The new name.
        to: String,
    },
    /// A column gets another name.
    RenameColumn {
        /// The table.
        table: String,
        /// The old name.
        column: String,
        /// The new name.
        to: String,
    },
    /// Something that cannot be read, such as SQL text or a call with computed arguments.
    Unknown,
}

/// A call that fails for certain when it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The call.
    pub range: TextRange,
    /// Whether it stands in `downgrade()`.
    pub in_downgrade: bool,
    /// What Python says, such as `module 'sqlalchemy' has no attribute 'op'`.
    pub error: String,
}

/// What the two functions of a migration do.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) upgrade: Vec<Operation>,
    pub(super) downgrade: Vec<Operation>,
    pub(super) broken: Vec<Broken>,
}

/// Reads `upgrade()` and `downgrade()`.
pub(super) fn read_operations(module: &Module<'_>) -> Body {
    let mut body = Body::default();
    let sqlalchemy = sqlalchemy_names(module);
    for statement in module.root().children() {
        let Some(function) = Some(statement).filter(|node| node.kind() == "function_definition") else {
            continue;
        };
        let Some(name) = function.field("name").map(Syntax::text) else { continue };
        let in_downgrade = match name.as_str() {
            "upgrade" => false,
            "downgrade" => true,
            _ => continue,
        };
        let operations = if in_downgrade { &mut body.downgrade } else { &mut body.upgrade };
        let mut batches = Vec::new();
        function.walk(|node| match node.kind() {
            "with_item" => {
                batches.extend(read_batch(node));
                true
            }
            "call" => {
                if let Some(error) = missing_attribute(node, &sqlalchemy) {
                    body.broken.push(Broken { range: node.range(), in_downgrade, error });
                    return false;
                }
                match read_call(node, &batches) {
                    Call::Operations(kinds) => {
                        let conditional = is_conditional(node, function);
                        let range = node.range();
                        operations.extend(kinds.into_iter().map(|kind| Operation {
                            kind,
                            range,
                            conditional,
                        }));
                        false
                    }
                    Call::Harmless => false,
                    Call::GoInside => true,
                }
            }
            _ => true,
        });
    }
    body
}

/// `with op.batch_alter_table("t") as batch_op`: the alias and the table, if literal.
struct Batch {
    alias: String,
    table: Option<String>,
    block: TextRange,
}

enum Call {
    Operations(Vec<OperationKind>),
    Harmless,
    GoInside,
}

fn read_batch(item: Syntax<'_>) -> Option<Batch> {
    let pattern = item.field("value").filter(|value| value.kind() == "as_pattern")?;
    let call = pattern.children().into_iter().next().filter(|node| node.kind() == "call")?;
    if !call.field("function")?.is("op.batch_alter_table") {
        return None;
    }
    let alias = pattern.field("alias")?.text();
    let mut block = item;
    while let Some(parent) = block.parent() {
        block = parent;
        if block.kind() == "with_statement" {
            break;
        }
    }
    let arguments = Arguments::of(call);
    let table = arguments.string(0, "table_name").map(|table| arguments.in_schema(table));
    Some(Batch { alias, table, block: block.range() })
}

fn is_conditional(node: Syntax<'_>, function: Syntax<'_>) -> bool {
    let mut at = node;
    while let Some(parent) = at.parent() {
        if parent.range() == function.range() {
            return false;
        }
        if matches!(
            parent.kind(),
            "if_statement"
                | "for_statement"
                | "while_statement"
                | "try_statement"
                | "match_statement"
                | "conditional_expression"
                | "boolean_operator"
                | "function_definition"
                | "lambda"
                | "list_comprehension"
                | "generator_expression"
        ) {
            return true;
        }
        at = parent;
    }
    true
}

/// The names under which the module imports sqlalchemy itself.
fn sqlalchemy_names(module: &Module<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for statement in module.root().children().into_iter().filter(|node| node.kind() == "import_statement") {
        for import in statement.children() {
            if import.is("sqlalchemy") {
                names.push("sqlalchemy".to_owned());
            } else if import.kind() == "aliased_import"
                && import.field("name").is_some_and(|name| name.is("sqlalchemy"))
            {
                names.extend(import.field("alias").map(Syntax::text));
            }
        }
    }
    names
}

/// `sa.op.…` fails whenever it is reached: sqlalchemy has no attribute `op`.
fn missing_attribute(call: Syntax<'_>, sqlalchemy: &[String]) -> Option<String> {
    let mut at = call.field("function")?;
    while at.kind() == "attribute" {
        let object = at.field("object")?;
        if object.kind() == "identifier" {
            let fails = at.field("attribute")?.is("op") && sqlalchemy.iter().any(|name| object.is(name));
            return fails.then(|| "module 'sqlalchemy' has no attribute 'op'".to_owned());
        }
        at = object;
    }
    None
}

fn read_call(call: Syntax<'_>, batches: &[Batch]) -> Call {
    let Some(function) = call.field("function") else {
        return Call::Operations(vec![OperationKind::Unknown]);
    };
    if function.kind() == "identifier" {
        let harmless = ["print", "str", "len", "range", "dict", "list", "set", "tuple", "isinstance"];
        return if harmless.iter().any(|name| function.is(name)) {
            Call::GoInside
        } else {
            Call::Operations(vec![OperationKind::Unknown])
        };
    }
    let (Some(object), Some(name)) =
        (function.field("object"), function.field("attribute").map(Syntax::text))
    else {
        return Call::Operations(vec![OperationKind::Unknown]);
    };
    if object.is("op") {
        return match name.as_str() {
            "batch_alter_table" | "f" => Call::GoInside,
            "bulk_insert" | "create_table_comment" | "drop_table_comment" => Call::Harmless,
            _ => Call::Operations(vec![read_operation(call, &name, None).unwrap_or(OperationKind::Unknown)]),
        };
    }
    let start = call.range().start();
    let batch = batches
        .iter()
        .rev()
        .find(|batch| object.is(&batch.alias) && (batch.block.start()..batch.block.end()).contains(&start));
    if let Some(batch) = batch {
        if name == "f" {
            return Call::GoInside;
        }
        let kind = batch.table.as_deref().and_then(|table| read_operation(call, &name, Some(table)));
        return Call::Operations(vec![kind.unwrap_or(OperationKind::Unknown)]);
    }
    // Types and columns, such as `sa.String(50)` or `postgresql.UUID()`, change nothing by themselves.
    if name.starts_with(char::is_uppercase) && object.kind() == "identifier" {
        return Call::GoInside;
    }
    Call::Operations(vec![OperationKind::Unknown])
}

/// Reads `op.<name>(…)`, or `batch_op.<name>(…)` on `batch_table`.
fn read_operation(call: Syntax<'_>, name: &str, batch_table: Option<&str>) -> Option<OperationKind> {
    let arguments = Arguments::of(call);
    // In batch mode the table is not among the arguments: those after it move up by one.
    let shift = usize::from(batch_table.is_none());
    let table_at = |position: usize, keyword: &str| {
        batch_table
            .map(ToOwned::to_owned)
            .or_else(|| arguments.string(position, keyword).map(|table| arguments.in_schema(table)))
    };
    let touch = |table, columns, references| Some(OperationKind::Touch { table, columns, references });
    match name {
        "create_table" => {
            let table = arguments.in_schema(arguments.string(0, "table_name")?);
            let (columns, references) = read_columns(arguments.positional.get(1..).unwrap_or_default());
            let columns = columns.filter(|_| !arguments.unpacked);
            Some(OperationKind::CreateTable { table, columns, references })
        }
        "add_column" => {
            let table = table_at(0, "table_name")?;
            let column = arguments.positional.get(shift).copied().or_else(|| arguments.keyword("column"))?;
            let (columns, references) = read_columns(&[column]);
            let column = columns?.into_iter().next()?;
            Some(OperationKind::AddColumn { table, column, references })
        }
        "drop_table" => {
            Some(OperationKind::DropTable { table: arguments.in_schema(arguments.string(0, "table_name")?) })
        }
        "rename_table" => Some(OperationKind::RenameTable {
            table: arguments.in_schema(arguments.string(0, "old_table_name")?),
            to: arguments.in_schema(arguments.string(1, "new_table_name")?),
        }),
        "drop_column" => {
            let column = arguments.string(shift, "column_name")?;
            Some(OperationKind::DropColumn { table: table_at(0, "table_name")?, column })
        }
        "alter_column" => {
            let table = table_at(0, "table_name")?;
            let column = arguments.string(shift, "column_name")?;
            match arguments.keyword("new_column_name") {
                Some(to) => Some(OperationKind::RenameColumn { table, column, to: to.string_value()? }),
                None => touch(table, vec![column], Vec::new()),
            }
        }
        "create_index" | "create_unique_constraint" => {
            let table = table_at(1, if name == "create_index" { "table_name" } else { "source" })?;
            let columns =
                arguments.positional.get(1 + shift).copied().or_else(|| arguments.keyword("columns"))?;
            touch(table, literal_strings(columns), Vec::new())
        }
        "create_primary_key" | "create_check_constraint" | "drop_constraint" | "drop_index" => {
            touch(table_at(1, "table_name")?, Vec::new(), Vec::new())
        }
        "create_foreign_key" => {
            let table = table_at(1, "source_table")?;
            let referent = arguments.string(1 + shift, "referent_table")?;
            let referent = match arguments.keyword("referent_schema").and_then(Syntax::string_value) {
                Some(schema) => format!("{schema}.{referent}"),
                None => referent,
            };
            let local =
                arguments.positional.get(2 + shift).copied().or_else(|| arguments.keyword("local_cols"))?;
            touch(table, literal_strings(local), vec![referent])
        }
        _ => None,
    }
}

/// The columns among `nodes` (`None` when something is not a literal column or constraint), and the tables that
/// their foreign keys name.
fn read_columns(nodes: &[Syntax<'_>]) -> (Option<Vec<String>>, Vec<String>) {
    let mut columns = Some(Vec::new());
    let mut references = Vec::new();
    for node in nodes {
        node.walk(|inner| {
            if inner.kind() == "call" && called(inner).is_some_and(|name| name == "ForeignKey") {
                let target = Arguments::of(inner).string(0, "column");
                references.extend(
                    target.as_deref().and_then(|target| target.rsplit_once('.')).map(|(t, _)| t.to_owned()),
                );
            }
            if inner.kind() == "call" && called(inner).is_some_and(|name| name == "ForeignKeyConstraint") {
                let targets = Arguments::of(inner).positional.get(1).map(|list| literal_strings(*list));
                for target in targets.unwrap_or_default() {
                    references.extend(target.rsplit_once('.').map(|(table, _)| table.to_owned()));
                }
            }
            true
        });
        match called(*node).as_deref() {
            Some("Column") => match Arguments::of(*node).string(0, "name") {
                Some(name) => columns.iter_mut().for_each(|columns| columns.push(name.clone())),
                None => columns = None,
            },
            Some(name) if name.ends_with("Constraint") || name == "Index" || name == "Identity" => {}
            _ => columns = None,
        }
    }
    references.sort();
    references.dedup();
    (columns, references)
}

/// The last name of what a call calls: `Column` for `sa.Column(…)`.
fn called(call: Syntax<'_>) -> Option<String> {
    let function = Some(call).filter(|node| node.kind() == "call")?.field("function")?;
    match function.kind() {
        "identifier" => Some(function.text()),
        "attribute" => function.field("attribute").map(Syntax::text),
        _ => None,
    }
}

fn literal_strings(list: Syntax<'_>) -> Vec<String> {
    match list.kind() {
        "list" | "tuple" => list.children().into_iter().filter_map(Syntax::string_value).collect(),
        _ => Vec::new(),
    }
}

/// The arguments of a call.
struct Arguments<'m> {
    positional: Vec<Syntax<'m>>,
    keywords: Vec<(String, Syntax<'m>)>,
    unpacked: bool,
}

impl<'m> Arguments<'m> {
    fn of(call: Syntax<'m>) -> Self {
        let mut arguments = Self { positional: Vec::new(), keywords: Vec::new(), unpacked: false };
        for argument in call.field("arguments").map(Syntax::children).unwrap_or_default() {
            match argument.kind() {
                "keyword_argument" => {
                    if let (Some(name), Some(value)) = (argument.field("name"), argument.field("value")) {
                        arguments.keywords.push((name.text(), value));
                    }
                }
                "list_splat" | "dictionary_splat" => arguments.unpacked = true,
                _ => arguments.positional.push(argument),
            }
        }
        arguments
    }

    fn keyword(&self, name: &str) -> Option<Syntax<'m>> {
        self.keywords.iter().find(|(keyword, _)| keyword == name).map(|(_, value)| *value)
    }

    fn string(&self, position: usize, keyword: &str) -> Option<String> {
        self.positional.get(position).copied().or_else(|| self.keyword(keyword))?.string_value()
    }

    fn in_schema(&self, table: String) -> String {
        match self.keyword("schema").and_then(Syntax::string_value) {
            Some(schema) => format!("{schema}.{table}"),
            None => table,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upgrade(body: &str) -> Vec<OperationKind> {
        let source = format!("from alembic import op\nimport sqlalchemy as sa\n\ndef upgrade():\n{body}\n");
        read_operations(&Module::parse(source.as_bytes()))
            .upgrade
            .into_iter()
            .map(|operation| operation.kind)
            .collect()
    }

    #[test]
    fn literal_operations_are_understood() {
        assert_eq!(
            upgrade(
                "    op.create_table('post', sa.Column('id', sa.Integer()), \
                 sa.Column('u', sa.Integer(), sa.ForeignKey('user.id')), sa.PrimaryKeyConstraint('id'))"
            ),
            [OperationKind::CreateTable {
                table: "post".into(),
                columns: Some(vec!["id".into(), "u".into()]),
                references: vec!["user".into()],
            }]
        );
        assert_eq!(
            upgrade(
                "    with op.batch_alter_table('user', schema='s') as batch_op:\n        \
                 batch_op.create_index(batch_op.f('ix'), ['a', 'b'])\n        batch_op.add_column(sa.Column('c', sa.Text()))"
            ),
            [
                OperationKind::Touch {
                    table: "s.user".into(),
                    columns: vec!["a".into(), "b".into()],
                    references: Vec::new()
                },
                OperationKind::AddColumn {
                    table: "s.user".into(),
                    column: "c".into(),
                    references: Vec::new()
                },
            ]
        );
        assert_eq!(
            upgrade(
                "    op.alter_column('t', 'a', new_column_name='b')\n    op.create_foreign_key(None, 'x', 'y', ['y_id'], ['id'])"
            ),
            [
                OperationKind::RenameColumn { table: "t".into(), column: "a".into(), to: "b".into() },
                OperationKind::Touch {
                    table: "x".into(),
                    columns: vec!["y_id".into()],
                    references: vec!["y".into()]
                },
            ]
        );
    }

    #[test]
    fn what_is_not_literal_is_unknown() {
        for body in [
            "    op.execute('ALTER TABLE x')",
            "    op.create_table(NAME)",
            "    helper()",
            "    bind.execute(q)",
        ] {
            assert_eq!(upgrade(body), [OperationKind::Unknown], "{body}");
        }
        assert_eq!(
            upgrade("    op.create_table('t', *columns())"),
            [OperationKind::CreateTable { table: "t".into(), columns: None, references: Vec::new() }]
        );
    }

    #[test]
    fn an_attribute_that_sqlalchemy_lacks_is_broken() {
        let source = b"import sqlalchemy as sa\ndef downgrade():\n    with sa.op.batch_alter_table('u') as b:\n        b.x()\n";
        let broken = read_operations(&Module::parse(source)).broken;
        assert_eq!(broken.len(), 1);
        assert!(broken[0].in_downgrade);
    }
}
