//! What functions and methods of SQLAlchemy 2 take, where older releases took more.
//!
//! Source: `inspect.signature` of SQLAlchemy 2.1.9, and what it raises for the calls that its guide of migration to 2.0
//! names.

use crate::replay::run::raised::Raised;
use crate::replay::run::value::Value;
use crate::replay::run::{Arguments, Call, Machine};
use crate::text::TextRange;

/// A function or a method.
struct Signature {
    name: &'static str,
    /// What it takes by place or by name.
    parameters: &'static [&'static str],
    /// How many of them must be given.
    required: usize,
    /// What it takes by name alone.
    keywords: &'static [&'static str],
}

const fn signature(name: &'static str, parameters: &'static [&'static str], required: usize) -> Signature {
    Signature { name, parameters, required, keywords: &[] }
}

const FUNCTIONS: [Signature; 5] = [
    signature("insert", &["table"], 1),
    signature("update", &["table"], 1),
    signature("delete", &["table"], 1),
    signature("text", &["text"], 1),
    signature("MetaData", &["schema", "quote_schema", "naming_convention", "info"], 0),
];

const OF_TABLE: [Signature; 6] = [
    signature("insert", &[], 0),
    signature("update", &[], 0),
    signature("delete", &[], 0),
    signature("select", &[], 0),
    signature("create", &["bind", "checkfirst"], 1),
    signature("drop", &["bind", "checkfirst"], 1),
];

const OF_METADATA: [Signature; 2] = [
    signature("create_all", &["bind", "tables", "checkfirst"], 1),
    signature("drop_all", &["bind", "tables", "checkfirst"], 1),
];

const OF_CONNECTION: [Signature; 3] = [
    Signature { keywords: &["execution_options"], ..signature("execute", &["statement", "parameters"], 1) },
    Signature { keywords: &["execution_options"], ..signature("scalar", &["statement", "parameters"], 1) },
    Signature { keywords: &["execution_options"], ..signature("scalars", &["statement", "parameters"], 1) },
];

impl Signature {
    /// What Python says of arguments that do not fit.
    fn refuses(&self, arguments: &Arguments) -> Option<String> {
        let Self { name, parameters, required, keywords } = self;
        let n_given = arguments.positional.len();
        let is_taken = |keyword: &str| parameters.contains(&keyword) || keywords.contains(&keyword);
        if let Some((keyword, _)) = arguments.named.iter().find(|(keyword, _)| !is_taken(keyword)) {
            return Some(format!("{name}() takes no argument {keyword} in SQLAlchemy 2"));
        }
        if n_given > parameters.len() {
            return Some(format!("{name}() takes {} arguments by place in SQLAlchemy 2", parameters.len()));
        }
        let is_given = |(at, name): (usize, &&str)| at < n_given || arguments.keyword(name).is_some();
        let missing = parameters.iter().enumerate().take(*required).find(|parameter| !is_given(*parameter));
        missing.map(|(_, missing)| format!("{name}() misses its argument {missing}"))
    }
}

/// A function or a class of SQLAlchemy, by its dotted path, is called.
pub(in crate::replay::run) fn check(
    machine: &mut Machine<'_>,
    path: &str,
    arguments: &Arguments,
    range: TextRange,
) -> Result<(), Raised> {
    let (module, name) = path.rsplit_once('.').unwrap_or(("", path));
    if module.split('.').any(|part| part == "func") {
        return Ok(());
    }
    match (name, arguments.first()) {
        ("select", Some(Value::List(_))) => {
            let message = "SQLAlchemy 2 selects no list: write select(…) of what is in it".to_owned();
            machine.not_taken("ArgumentError", message, range)
        }
        ("case", Some(Value::List(_))) => {
            let message = "SQLAlchemy 2 takes no list of cases: write case(…) of what is in it".to_owned();
            machine.not_taken("ArgumentError", message, range)
        }
        ("MetaData", Some(Value::Bind)) => {
            let message = "MetaData() takes no connection in SQLAlchemy 2".to_owned();
            machine.not_taken("ArgumentError", message, range)
        }
        ("Table", _) if arguments.keyword("autoload").is_some() => {
            let message =
                "Table() takes no argument autoload in SQLAlchemy 2: write autoload_with".to_owned();
            machine.not_taken("TypeError", message, range)
        }
        _ => fit(machine, &FUNCTIONS, name, arguments, range),
    }
}

/// A method is called.
pub(in crate::replay::run) fn check_method(
    machine: &mut Machine<'_>,
    object: &Value,
    call: Call<'_>,
) -> Result<(), Raised> {
    let signatures: &[Signature] = match object {
        Value::Table(_) => &OF_TABLE,
        Value::MetaData(_) => &OF_METADATA,
        Value::Bind => &OF_CONNECTION,
        _ => return Ok(()),
    };
    fit(machine, signatures, call.name, call.arguments, call.range)
}

fn fit(
    machine: &mut Machine<'_>,
    signatures: &[Signature],
    name: &str,
    arguments: &Arguments,
    range: TextRange,
) -> Result<(), Raised> {
    let own = signatures.iter().find(|own| own.name == name).filter(|_| !arguments.is_open());
    match own.and_then(|own| own.refuses(arguments)) {
        Some(message) => machine.not_taken("TypeError", message, range),
        None => Ok(()),
    }
}
