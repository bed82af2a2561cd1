//! Alembic's directives, `op.add_column` and its like, in one table; a batch has those of one table and some others.
//!
//! Source: Alembic's `operations/base.py`, `Operations` and `BatchOperations`.

use super::{batch, of_table as make, plain, plugins};
use crate::replay::run::sqlalchemy::table::table_name;
use crate::replay::run::value::Value;
use crate::replay::run::{Arguments, Call, Evaluated, Machine, Raised};
use crate::schema::{Dialect, Edit, Operation, TableName, Touches};
use crate::text::TextRange;

/// A directive.
#[derive(Clone, Copy)]
pub(super) struct Directive {
    name: &'static str,
    /// The parameters that it takes by place, in order. Others are given by name only.
    parameters: &'static [&'static str],
    /// How many of them must be given.
    n_required: usize,
    /// Whether more may be given by place.
    takes_more: bool,
    action: Action,
}

/// What a directive does.
#[derive(Clone, Copy)]
enum Action {
    /// Something by itself, in a batch as well.
    Anywhere(Do),
    /// Something by itself; a batch does not have it.
    OutsideBatch(Do),
    /// It changes the table that a parameter names; a batch knows its table, and has no such parameter.
    OfTable { table: &'static str, schema: &'static str, make: Make },
    /// The same, in a batch alone.
    InBatch { table: &'static str, make: Make },
}

type Do = fn(&mut Machine<'_>, &Given<'_>, TextRange) -> Evaluated;

/// Makes the operation on the table, unless its arguments are computed.
type Make = fn(&Machine<'_>, TableName, &Given<'_>) -> Option<Operation>;

static DIRECTIVES: &[Directive] = &[
    anywhere("f", &["name"], |_, given, _| Ok(plain::final_name(given))),
    anywhere("get_bind", &[], |_, _, _| Ok(Value::Bind)),
    anywhere("get_context", &[], |_, _, _| Ok(Value::Context)),
    anywhere("inline_literal", &["value", "type_"], |_, _, _| Ok(Value::Data)).optional(1),
    anywhere("execute", &["sqltext"], plain::execute),
    anywhere("bulk_insert", &["table", "rows"], plain::bulk_insert),
    outside_batch(
        "batch_alter_table",
        &[
            "table_name",
            "schema",
            "recreate",
            "partial_reordering",
            "copy_from",
            "table_args",
            "table_kwargs",
            "reflect_args",
            "reflect_kwargs",
            "naming_convention",
        ],
        |machine, given, _| Ok(batch::begin(machine, given)),
    )
    .optional(9),
    outside_batch("create_table", &["table_name"], plain::create).with_more(),
    outside_batch("drop_table", &["table_name"], plain::drop),
    outside_batch("rename_table", &["old_table_name", "new_table_name"], plain::rename),
    outside_batch("drop_index", &["index_name", "table_name"], plain::drop_index).optional(1),
    of_table("add_column", &["table_name", "column"], make::add_column),
    of_table("alter_column", &["table_name", "column_name"], make::alter_column),
    of_table("drop_column", &["table_name", "column_name"], make::drop_column),
    of_table("create_index", &["index_name", "table_name", "columns"], make::create_index),
    in_batch("drop_index", &["index_name", "table_name"], make::drop_index).optional(1),
    of_table("create_primary_key", &["constraint_name", "table_name", "columns"], make::create_primary_key),
    of_table("create_unique_constraint", &["constraint_name", "table_name", "columns"], make::create_unique),
    of_table("create_check_constraint", &["constraint_name", "table_name", "condition"], make::create_check),
    of_table("create_exclude_constraint", &["constraint_name", "table_name"], make::create_exclude)
        .with_more(),
    Directive {
        action: Action::OfTable {
            table: "source_table",
            schema: "source_schema",
            make: make::create_foreign_key,
        },
        ..of_table(
            "create_foreign_key",
            &["constraint_name", "source_table", "referent_table", "local_cols", "remote_cols"],
            make::create_foreign_key,
        )
    },
    of_table("drop_constraint", &["constraint_name", "table_name", "type_"], make::drop_constraint)
        .optional(1),
    of_table("create_table_comment", &["table_name", "comment"], make::comment),
    of_table("drop_table_comment", &["table_name"], make::comment),
    // Those of `GeoAlchemy2` do what Alembic's own do, and look after spatial indexes too.
    outside_batch("create_geospatial_table", &["table_name"], plain::create).of_library(),
    outside_batch("drop_geospatial_table", &["table_name", "schema"], plain::drop).of_library(),
    in_batch(
        "add_geospatial_column",
        &["table_name", "column", "insert_before", "insert_after"],
        plugins::add_geospatial_column,
    )
    .of_library(),
    of_table("add_geospatial_column", &["table_name", "column", "schema"], plugins::add_geospatial_column)
        .of_library(),
    of_table("drop_geospatial_column", &["table_name", "column_name", "schema"], make::drop_column)
        .of_library(),
    of_table(
        "create_geospatial_index",
        &["index_name", "table_name", "columns", "schema", "unique"],
        plugins::create_geospatial_index,
    )
    .of_library(),
    of_table(
        "drop_geospatial_index",
        &["index_name", "table_name", "column_name", "schema"],
        plugins::drop_geospatial_index,
    )
    .of_library(),
];

const fn directive(name: &'static str, parameters: &'static [&'static str], action: Action) -> Directive {
    Directive { name, parameters, n_required: parameters.len(), takes_more: false, action }
}

const fn anywhere(name: &'static str, parameters: &'static [&'static str], does: Do) -> Directive {
    directive(name, parameters, Action::Anywhere(does))
}

const fn outside_batch(name: &'static str, parameters: &'static [&'static str], does: Do) -> Directive {
    directive(name, parameters, Action::OutsideBatch(does))
}

const fn of_table(name: &'static str, parameters: &'static [&'static str], make: Make) -> Directive {
    directive(name, parameters, Action::OfTable { table: "table_name", schema: "schema", make })
}

const fn in_batch(name: &'static str, parameters: &'static [&'static str], make: Make) -> Directive {
    directive(name, parameters, Action::InBatch { table: "table_name", make })
}

impl Directive {
    /// The last of its parameters have defaults.
    const fn optional(self, n: usize) -> Self {
        Self { n_required: self.parameters.len() - n, ..self }
    }

    /// It takes any number of columns after its parameters.
    const fn with_more(self) -> Self {
        Self { takes_more: true, ..self }
    }

    /// What it must be given is not known: that is another library's, of which any release may be installed.
    const fn of_library(self) -> Self {
        Self { n_required: 0, takes_more: true, ..self }
    }
}

/// What a directive is given.
pub(super) struct Given<'a> {
    directive: &'static Directive,
    /// The parameter that a batch does not have.
    left_out: Option<&'static str>,
    pub(super) arguments: &'a Arguments,
}

impl Given<'_> {
    /// The parameters that it has here.
    fn parameters(&self) -> impl Iterator<Item = &'static str> {
        let left_out = self.left_out;
        self.directive.parameters.iter().copied().filter(move |parameter| Some(*parameter) != left_out)
    }

    /// The argument of a parameter; where others that are not known may be it, [`Value::Data`].
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        match self.parameters().position(|parameter| parameter == name) {
            Some(place) => self.arguments.get(place, name),
            None => self.arguments.keyword(name),
        }
    }

    /// The argument of a parameter that has a meaning only where it is not `None`.
    pub(super) fn some(&self, name: &str) -> Option<&Value> {
        self.get(name).filter(|value| **value != Value::None)
    }

    /// Python misses the first parameter without a default that is not given.
    fn need_all(&self, machine: &mut Machine<'_>, range: TextRange) -> Result<(), Raised> {
        let Directive { name, parameters, n_required, .. } = *self.directive;
        let required = &parameters[..n_required];
        let mut missing = self.parameters().filter(|own| required.contains(own) && self.get(own).is_none());
        match missing.next() {
            Some(missing) => {
                let message = format!("{name}() misses its argument {missing}");
                machine.refuses("TypeError", message, range)
            }
            None => Ok(()),
        }
    }

    /// Python takes no more arguments by place than there are parameters, and none by place and by name. Gives whether all
    /// are taken.
    fn take_all(&self, machine: &mut Machine<'_>, range: TextRange) -> Result<bool, Raised> {
        let Directive { name, takes_more, .. } = *self.directive;
        if takes_more {
            return Ok(true);
        }
        let most = self.parameters().count();
        let n_given = self.arguments.positional.len();
        let mut placed = self.parameters().take(self.arguments.placed().len());
        let message = match placed.find(|own| self.arguments.keyword(own).is_some()) {
            Some(twice) => format!("{name}() is given its argument {twice} by place and by name"),
            None if n_given <= most => return Ok(true),
            None => {
                let arguments = if most == 1 { "argument" } else { "arguments" };
                format!("{name}() takes {most} {arguments} by place, and is given {n_given}")
            }
        };
        machine.refuses("TypeError", message, range)?;
        Ok(false)
    }

    /// The argument's text, if it is known.
    pub(super) fn text(&self, name: &str) -> Option<Box<str>> {
        self.get(name).and_then(Value::known_text).map(Into::into)
    }
}

/// `op.name(…)`.
pub(super) fn call(
    machine: &mut Machine<'_>,
    name: &str,
    arguments: &Arguments,
    range: TextRange,
) -> Evaluated {
    let is_meant = |own: &&Directive| own.name == name && !matches!(own.action, Action::InBatch { .. });
    let Some(directive) = DIRECTIVES.iter().find(is_meant) else {
        if let Some(done) = plugins::call(machine, name, arguments, range) {
            return done;
        }
        machine.unknown(format!("op.{name}, which is not known"), Touches::Everything, range)?;
        return Ok(Value::Foreign(None));
    };
    let given = Given { directive, left_out: None, arguments };
    given.need_all(machine, range)?;
    given.take_all(machine, range)?;
    if let Some(outside) = outside_transaction(machine, name, arguments) {
        machine.perform(outside, range)?;
    }
    let (table, schema, make) = match directive.action {
        Action::Anywhere(does) | Action::OutsideBatch(does) => return does(machine, &given, range),
        Action::OfTable { table, schema, make } => (table, Some(schema), make),
        Action::InBatch { table, make } => (table, None, make),
    };
    let schema = schema.and_then(|schema| given.get(schema));
    let Some(table) = table_name(given.get(table), schema) else {
        // What it would do to a table, it does to some table.
        let made = make(machine, TableName::plain(""), &given);
        let what = format!("op.{name} on a table whose name is computed");
        machine.unknown(what, made.map_or(Touches::Everything, of_some_table), range)?;
        return Ok(Value::None);
    };
    let operation = make(machine, table.clone(), &given).unwrap_or_else(|| Operation::Unknown {
        what: format!("op.{name} with computed arguments").into(),
        touches: Touches::Table(table),
    });
    machine.perform(operation, range)?;
    Ok(Value::None)
}

/// `postgresql_concurrently=True` of an index: PostgreSQL makes or drops it outside of a transaction only.
pub(super) fn outside_transaction(
    machine: &Machine<'_>,
    name: &str,
    arguments: &Arguments,
) -> Option<Operation> {
    let what = match name {
        "create_index" => "CREATE INDEX CONCURRENTLY",
        "drop_index" => "DROP INDEX CONCURRENTLY",
        _ => return None,
    };
    let is_meant = machine.rules().dialect == Dialect::Postgresql
        && arguments.flag("postgresql_concurrently") == Some(true);
    is_meant.then_some(Operation::OutsideTransaction { what })
}

/// What an operation may change, where its table is not known.
pub(super) fn of_some_table(operation: Operation) -> Touches {
    match operation {
        Operation::AddColumn { column, .. } => Touches::Column(column.name),
        Operation::DropColumn { column: Some(column), .. } => Touches::Column(column),
        Operation::AlterColumn { column: Some(column), change, .. } if change.name == Edit::Keep => {
            Touches::Column(column)
        }
        Operation::CreateIndex { .. }
        | Operation::DropIndex { .. }
        | Operation::AddConstraint { .. }
        | Operation::DropConstraint { .. } => Touches::Constraints,
        Operation::Noted { .. } => Touches::Nothing,
        _ => Touches::Everything,
    }
}

/// `batch_op.name(…)`, where it does something by itself.
pub(super) fn beside_batch(
    machine: &mut Machine<'_>,
    name: &str,
    arguments: &Arguments,
    range: TextRange,
) -> Option<Evaluated> {
    let directive = DIRECTIVES.iter().find(|own| own.name == name)?;
    let Action::Anywhere(does) = directive.action else { return None };
    let given = Given { directive, left_out: None, arguments };
    Some(given.take_all(machine, range).and_then(|_| does(machine, &given, range)))
}

/// The operation of `batch_op.name(…)` on the batch's table.
pub(super) fn of_batch(
    machine: &mut Machine<'_>,
    table: &TableName,
    call: Call<'_>,
) -> Result<Option<Operation>, Raised> {
    let Call { name, arguments, range } = call;
    for directive in DIRECTIVES.iter().filter(|own| own.name == name) {
        if let Action::OfTable { table: left_out, make, .. } | Action::InBatch { table: left_out, make } =
            directive.action
        {
            let given = Given { directive, left_out: Some(left_out), arguments };
            given.need_all(machine, range)?;
            if !given.take_all(machine, range)? {
                // What is asked for is not known then.
                return Ok(None);
            }
            return Ok(make(machine, table.clone(), &given));
        }
    }
    Ok(None)
}
