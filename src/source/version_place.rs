//! Where Alembic keeps the revision of a database, as far as `env.py` tells: `version_table` and `version_table_schema` of
//! `context.configure`.
//!
//! Source: `MigrationContext.__init__` of Alembic's `runtime/migration.py`.

use super::models::is_project_code;
use super::program::{Argument, Expression, ExpressionKind, Name, Node, Program, Statement, StatementKind};
use super::{Environment, PythonFiles, Running, SearchPath};
use crate::text::contains;

/// The table that holds a database's revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionPlace {
    /// Its name, and its schema where it is given one; or why that is not known, as a clause.
    pub table: Result<VersionTable, String>,
    /// Whether PostgreSQL may find it in another schema than a client does, where it is given none.
    pub hangs_on_search_path: bool,
    /// Whether each command goes to several databases, each with a table of its own.
    pub is_of_several: bool,
}

/// A table by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionTable {
    /// Its name.
    pub name: String,
    /// Its schema, where `env.py` gives it one.
    pub schema: Option<String>,
}

const TABLE: &str = "version_table";
const SCHEMA: &str = "version_table_schema";
/// What the table is called where nobody says otherwise.
const DEFAULT: &str = "alembic_version";

/// Where an environment's databases keep their revision; `running` is how its migrations run.
pub fn find_version_place(
    files: &PythonFiles<'_>,
    environment: &Environment,
    running: &Running,
) -> VersionPlace {
    VersionPlace {
        table: find_table(files, environment),
        hangs_on_search_path: running.search_path != SearchPath::Default,
        is_of_several: running.databases.as_ref().is_some_and(|own| own.names.len() > 1 || !own.are_known),
    }
}

fn find_table(files: &PythonFiles<'_>, environment: &Environment) -> Result<VersionTable, String> {
    let own = environment.env_py.as_ref().and_then(|own| Some((own, files.parsed(&own.path)?)));
    let Some((env_py, parsed)) = own.filter(|(_, parsed)| parsed.faults.is_empty()) else {
        return Err("there is no env.py that can be read".to_owned());
    };
    let program = &parsed.program;
    let calls = calls(program);
    // What is handed over in one piece may be put together in the file itself, or in another one.
    let is_open = calls.is_empty() || calls.iter().any(|call| is_spread(call));
    let elsewhere = is_open.then(|| elsewhere(files, program)).flatten();
    if let Some(where_it_is) = elsewhere {
        return Err(format!("{where_it_is} has a {TABLE} that {} may hand over", env_py.path));
    }
    let told = |option: &str| {
        let mut values = calls.iter().map(|call| value(call, option, program));
        let first = values.next().unwrap_or(Ok(None));
        let agree = first.is_ok() && values.all(|other| other == first);
        let computed = || format!("{} computes {option}", env_py.path);
        first.ok().filter(|_| agree).ok_or_else(computed)
    };
    let name = told(TABLE)?.unwrap_or_else(|| DEFAULT.to_owned());
    Ok(VersionTable { name, schema: told(SCHEMA)? })
}

/// The arguments of each `configure` that is given a connection, or of all where none is.
fn calls(program: &Program) -> Vec<&[Argument]> {
    let mut calls: Vec<&[Argument]> = Vec::new();
    program.walk(|node| {
        if let Node::Expression(Expression { kind: ExpressionKind::Call { function, arguments }, .. }) = node
            && function.last_name() == Some("configure")
        {
            calls.push(arguments);
        }
        true
    });
    let is_offline = |call: &&[Argument]| Argument::named(call, "url").is_some();
    if calls.iter().any(|call| !is_offline(call)) {
        calls.retain(|call| !is_offline(call));
    }
    calls
}

fn is_spread(arguments: &[Argument]) -> bool {
    arguments.iter().any(|argument| matches!(argument, Argument::Keywords(_)))
}

/// Where else the option is spoken of: in a dict of `env.py` itself, or in code of the project.
fn elsewhere(files: &PythonFiles<'_>, program: &Program) -> Option<String> {
    let mut is_here = false;
    program.walk(|node| {
        if let Node::Expression(own) = node {
            is_here |= own.as_text().is_some_and(|text| text == TABLE || text == SCHEMA);
            if let ExpressionKind::Call { function, arguments } = &own.kind
                && function.last_name() != Some("configure")
            {
                is_here |= [TABLE, SCHEMA].iter().any(|option| Argument::named(arguments, option).is_some());
            }
        }
        true
    });
    if is_here {
        return Some("env.py".to_owned());
    }
    let mut code = files.tree().iter().filter(|(path, _)| is_project_code(path));
    code.find(|(_, source)| contains(source, TABLE)).map(|(path, _)| path.to_string())
}

/// What a call gives an option: nothing where it leaves it alone or says `None`; an error where only running tells.
fn value(arguments: &[Argument], option: &str, program: &Program) -> Result<Option<String>, ()> {
    let Some(value) = Argument::named(arguments, option) else { return Ok(None) };
    if let Some(name) = value.as_name() {
        return constant(name, program).ok_or(()).and_then(literal);
    }
    literal(value)
}

fn literal(value: &Expression) -> Result<Option<String>, ()> {
    match &value.kind {
        ExpressionKind::None => Ok(None),
        _ => value.as_text().map(|text| Some(text.to_owned())).ok_or(()),
    }
}

/// What a name stands for that the whole file binds once, at its top.
fn constant<'p>(name: &Name, program: &'p Program) -> Option<&'p Expression> {
    let mut n_bound = 0;
    program.walk(|node| {
        n_bound += node.bound().iter().filter(|bound| **bound == name || &****bound == "*").count();
        let parameters = node.function().map_or(&[][..], |function| &function.parameters);
        n_bound += parameters.iter().filter(|parameter| parameter.name == *name).count();
        true
    });
    let assigned = program.body.iter().find_map(|statement| match statement {
        Statement { kind: StatementKind::Assign { targets, value }, .. }
            if matches!(targets.as_slice(), [only] if only.as_name() == Some(name)) =>
        {
            Some(&**value)
        }
        _ => None,
    });
    assigned.filter(|_| n_bound == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::fixture::of_env_py;

    /// The table, with its schema before a dot, or why it is not known.
    fn told(env_py: &str, beside: &str) -> String {
        let place = of_env_py(env_py, beside, |files, environment| {
            find_version_place(files, environment, &Running::default())
        });
        match place.table {
            Ok(VersionTable { name, schema: Some(schema) }) => format!("{schema}.{name}"),
            Ok(VersionTable { name, schema: None }) => name,
            Err(why) => why,
        }
    }

    #[test]
    fn what_is_written_out_is_read_and_what_is_computed_is_said_to_be() {
        let computed = "m/env.py computes version_table_schema";
        for (env_py, expected) in [
            ("context.configure(connection=c)", "alembic_version"),
            ("context.configure(connection=c, version_table='own')", "own"),
            ("context.configure(connection=c, version_table_schema='app')", "app.alembic_version"),
            ("context.configure(connection=c, version_table_schema=None)", "alembic_version"),
            ("S = 'app'\ncontext.configure(c, version_table='own', version_table_schema=S)", "app.own"),
            ("S = 'app'\nS = 'b'\ncontext.configure(c, version_table_schema=S)", computed),
            ("if x:\n    S = 'app'\ncontext.configure(c, version_table_schema=S)", computed),
            ("S = 'a'\ndef f(S):\n    context.configure(c, version_table_schema=S)", computed),
            ("from m import S\ncontext.configure(c, version_table_schema=S)", computed),
            ("context.configure(c, version_table_schema=f'{a}')", computed),
            ("context.configure(c, version_table_schema=settings.schema)", computed),
            ("context.configure(url=u)\ncontext.configure(connection=c, version_table='own')", "own"),
            ("context.configure(url=u, version_table='own')", "own"),
            (
                "context.configure(connection=c)\ncontext.configure(connection=c, version_table='own')",
                "m/env.py computes version_table",
            ),
            ("context.configure(connection=c, **kw)", "alembic_version"),
            (
                "kw = {'version_table': 'own'}\ncontext.configure(connection=c, **kw)",
                "env.py has a version_table that m/env.py may hand over",
            ),
            (
                "kw = dict(version_table='own')\ncontext.configure(connection=c, **kw)",
                "env.py has a version_table that m/env.py may hand over",
            ),
            ("run(context)", "alembic_version"),
        ] {
            assert_eq!(told(env_py, ""), expected, "{env_py}");
        }
        let beside = "migrate = Migrate(app, db, version_table='own')\n";
        let elsewhere = "app.py has a version_table that m/env.py may hand over";
        assert_eq!(told("context.configure(connection=c, **kw)", beside), elsewhere);
        assert_eq!(told("run(context)", beside), elsewhere);
        assert_eq!(told("context.configure(connection=c)", beside), "alembic_version");
    }
}
