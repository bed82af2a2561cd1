//! Flask-SQLAlchemy: one object that has a metadata, a base for models, a session, and the names of SQLAlchemy.

use super::{metadata, model};
use crate::replay::run::value::{Place, Value};
use crate::replay::run::{Arguments, Call, Evaluated, Machine};

/// `SQLAlchemy(app, metadata=…)`.
pub(in crate::replay::run) fn made(machine: &mut Machine<'_>, arguments: &Arguments) -> Value {
    Value::Flask(metadata::of_base(machine, arguments.keyword("metadata")))
}

pub(in crate::replay::run) fn attribute(
    machine: &mut Machine<'_>,
    place: Place,
    name: &str,
) -> Option<Value> {
    Some(match name {
        "Model" => model::base_of(machine, place, true),
        "metadata" => Value::MetaData(place),
        "session" => Value::Session,
        "engine" | "get_engine" => Value::Bind,
        "create_all" | "drop_all" | "init_app" | "reflect" | "Table" => return None,
        name => Value::path(["sqlalchemy.", name].concat()),
    })
}

pub(in crate::replay::run) fn method(machine: &mut Machine<'_>, place: Place, call: Call<'_>) -> Evaluated {
    match call.name {
        // Its tables, whatever the binds.
        "create_all" | "drop_all" | "reflect" => {
            metadata::method(machine, place, Call { arguments: &Arguments::default(), ..call })
        }
        "Table" => {
            let own = Value::MetaData(place);
            let arguments = match call.arguments.clone().split_first() {
                Some((name, others)) => others.after(own).after(name),
                None => call.arguments.clone().after(own),
            };
            super::table::read(machine, &arguments, call.range)?;
            Ok(super::table::declared(machine, &arguments))
        }
        _ => Ok(Value::Data),
    }
}
