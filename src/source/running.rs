//! How an `env.py` has the migrations run: what it hands to `upgrade()`, and on which databases, one after the other.
//!
//! `context.run_migrations(**keywords)` hands its keywords to each migration's function. The templates for several
//! databases run all migrations once for each of them, with its name as `engine_name`; where the names stand is followed as
//! far as the files tell: a list or a dict in `env.py`, `databases` of the configuration, `SQLALCHEMY_BINDS` of a Flask
//! application. Else those that `upgrade_<name>()` of the migrations know may be meant.

use std::collections::BTreeSet;

use super::database::given_to;
use super::imports::imports;
use super::models::{is_project_code, may_matter};
use super::modules::Meant;
use super::program::{
    Argument, Expression, ExpressionKind, For, Function, Node, ParameterKind, Program, Statement,
    StatementKind,
};
use super::reach::{self, inner};
use super::search_path::find_search_path;
use super::transactions::find_transactions;
use super::value::unique;
use super::{
    Asyncpg, Environment, Flavour, ImportRoots, PythonFiles, Reach, Reached, Script, SearchPath, Transactions,
};
use crate::ingest::TreePath;
use crate::text::{TextRange, contains};

/// What of the way in which migrations run is told outside of them; by default nothing of it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Running {
    /// Whether they reach PostgreSQL through asyncpg.
    pub asyncpg: Asyncpg,
    /// Where PostgreSQL looks for names without a schema at the beginning.
    pub search_path: SearchPath,
    /// Which of them share a transaction.
    pub transactions: Transactions,
    /// The keywords with which their functions are called; nothing where that is not known.
    pub keywords: Option<Vec<String>>,
    /// The databases on which they run, where those are told apart.
    pub databases: Option<Databases>,
    /// The modules of the project that `env.py` has imported by then, where these are all that may hold a model; nothing
    /// where that is not known, or nobody needs to know it.
    pub imported: Option<Vec<String>>,
}

/// Several databases, or one by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Databases {
    /// The keyword that hands over the name.
    pub keyword: String,
    /// The names, in the order in which migrations run; the default one of Flask-SQLAlchemy has none.
    pub names: Vec<String>,
    /// Whether it is known that there are these and no others.
    pub are_known: bool,
}

/// The keyword of Alembic's and Flask-Migrate's templates.
pub const DATABASE_KEYWORD: &str = "engine_name";
/// The option that Alembic's template reads.
const OPTION: &str = "databases";
/// The setting of Flask-SQLAlchemy.
const BINDS: &str = "SQLALCHEMY_BINDS";

/// How an environment's migrations run; `reach` is what its `env.py` imports.
pub fn find_running(
    files: &PythonFiles<'_>,
    environment: &Environment,
    reach: Option<&Reach>,
    scripts: &[Script],
    asyncpg: Asyncpg,
) -> Running {
    let parsed = environment.env_py.as_ref().and_then(|env_py| files.parsed(&env_py.path));
    let search_path = find_search_path(files, environment, reach);
    let Some(parsed) = parsed.filter(|parsed| parsed.faults.is_empty()) else {
        let databases = by_the_migrations(scripts, DATABASE_KEYWORD);
        return Running { asyncpg, search_path, databases, ..Running::default() };
    };
    let program = &parsed.program;
    let calls = calls(program);
    let keywords = handed(&calls).filter(|_| !are_offline(&calls, program));
    let named = |(_, arguments): &(&Expression, &[Argument])| {
        arguments.iter().find_map(|argument| match argument {
            Argument::Named(keyword, value) => Some((keyword.to_string(), names(value, program)?)),
            _ => None,
        })
    };
    let found = calls.iter().find_map(named);
    let keyword = found.as_ref().map_or(DATABASE_KEYWORD, |(keyword, _)| keyword);
    let is_handed = keywords.as_ref().is_none_or(|keywords| keywords.iter().any(|own| own == keyword));
    let names = match found.as_ref() {
        Some((_, names)) => Some(names.clone()),
        None => elsewhere(files, environment, reach, program),
    };
    let databases = match names {
        _ if !is_handed => None,
        Some(names) if !calls.is_empty() => Some(Databases {
            keyword: keyword.to_owned(),
            names: unique(names),
            are_known: keywords.is_some(),
        }),
        _ => by_the_migrations(scripts, keyword),
    };
    let imported = imported(files, environment, reach, scripts);
    let transactions = find_transactions(files, environment);
    Running { asyncpg, search_path, transactions, keywords, databases, imported }
}

/// The modules that surely run before the first migration, where what migrations import and what `env.py` may import beside
/// them holds no model.
fn imported(
    files: &PythonFiles<'_>,
    environment: &Environment,
    reach: Option<&Reach>,
    scripts: &[Script],
) -> Option<Vec<String>> {
    let makes_all = |script: &Script| {
        files
            .tree()
            .get(&script.path)
            .is_some_and(|source| contains(source, "create_all") || contains(source, "drop_all"))
    };
    let env_py = environment.env_py.as_ref().filter(|env_py| !env_py.is_driven)?;
    let reach = reach.filter(|reach| reach.open.is_none() && scripts.iter().any(makes_all))?;
    let holds_models = |path: &TreePath| files.tree().get(path).is_some_and(may_matter);
    for script in scripts {
        for import in imports(&script.program) {
            let inside = import.name.map(|name| inner(import.module, name));
            for module in [Some(import.module.to_owned()), inside].into_iter().flatten() {
                match reach::imported(files, &module, &script.path, &environment.prepended) {
                    Meant::File(path) if reach.has(path) == Reached::Surely => {}
                    // What it imports in its turn is not looked at.
                    Meant::File(_) => return None,
                    Meant::Elsewhere | Meant::NotKnown => {}
                }
            }
        }
    }
    let roots = ImportRoots::of(files.tree());
    let mut names = Vec::new();
    for path in reach.modules().filter(|path| **path != env_py.path && holds_models(path)) {
        let (_, name) = roots.name_of(path);
        let is_sure = reach.has(path) == Reached::Surely && files.modules().likely(&name) == Some(path);
        names.push(is_sure.then_some(name)?);
    }
    Some(names)
}

/// Every call of `context.run_migrations`, and what it is given.
fn calls(program: &Program) -> Vec<(&Expression, &[Argument])> {
    // What Alembic's module is called here, and its function.
    let mut contexts: Vec<&str> = vec!["alembic.context"];
    let mut own = None;
    for import in imports(program) {
        match (import.module, import.name) {
            ("alembic", Some("context")) | ("alembic.context", None) => contexts.push(import.bound),
            ("alembic.context", Some("run_migrations")) => own = Some(import.bound),
            _ => {}
        }
    }
    let is_it = |function: &Expression| match &function.kind {
        ExpressionKind::Attribute(object, name) => {
            &**name == "run_migrations" && contexts.iter().any(|context| object.is_dotted(context))
        }
        _ => function.as_name().is_some_and(|name| Some(&**name) == own),
    };
    let mut calls = Vec::new();
    program.walk(|node| {
        if let Node::Expression(call) = node
            && let ExpressionKind::Call { function, arguments } = &call.kind
            && is_it(function)
        {
            calls.push((call, arguments.as_slice()));
        }
        true
    });
    calls
}

/// The keywords that every call hands over, where all hand over the same.
fn handed(calls: &[(&Expression, &[Argument])]) -> Option<Vec<String>> {
    let keywords = |arguments: &[Argument]| -> Option<BTreeSet<String>> {
        let keyword = |argument: &Argument| match argument {
            Argument::Named(name, _) => Some(name.to_string()),
            Argument::Positional(_) | Argument::Rest(_) | Argument::Keywords(_) => None,
        };
        arguments.iter().map(keyword).collect()
    };
    let mut all = calls.iter().map(|(_, arguments)| keywords(arguments));
    let first = all.next()??;
    all.all(|other| other.as_ref() == Some(&first)).then(|| first.into_iter().collect())
}

/// Whether every call stands in a function for writing SQL: what runs on a database is elsewhere then.
fn are_offline(calls: &[(&Expression, &[Argument])], program: &Program) -> bool {
    let mut offline: Vec<TextRange> = Vec::new();
    program.walk(|node| {
        offline.extend(
            node.function().filter(|function| function.name.contains("offline")).map(|own| own.range),
        );
        true
    });
    let is_within = |call: &Expression| offline.iter().any(|own| own.contains(call.range));
    calls.iter().all(|(call, _)| is_within(call))
}

/// The names that a value which is handed over has, one after the other: a text, or what a loop goes through.
fn names(value: &Expression, program: &Program) -> Option<Vec<String>> {
    if let Some(text) = value.as_text() {
        return Some(vec![text.to_owned()]);
    }
    let name = value.as_name()?;
    let mut found = None;
    program.walk(|node| {
        if let Node::Statement(Statement { kind: StatementKind::For(of), range }) = node
            && range.contains(value.range)
            && binds_first(of, name)
        {
            found = Some(&of.over);
        }
        true
    });
    keys(found?, program, DEEPEST)
}

/// Names that stand for one another further than this are not followed.
const DEEPEST: u8 = 8;

/// Whether a loop binds a name to each thing, or to the first of each pair.
fn binds_first(of: &For, name: &str) -> bool {
    match &of.target.kind {
        ExpressionKind::Tuple(targets) => targets.first().is_some_and(|first| first.is_dotted(name)),
        _ => of.target.is_dotted(name),
    }
}

/// The texts of a list, or the keys of a dict, that is written out.
fn keys(value: &Expression, program: &Program, left: u8) -> Option<Vec<String>> {
    let left = left.checked_sub(1)?;
    let text = |value: &Expression| value.as_text().map(ToOwned::to_owned);
    match &value.kind {
        ExpressionKind::List(items) | ExpressionKind::Tuple(items) | ExpressionKind::Set(items) => {
            let pair = |item: &Expression| match &item.kind {
                ExpressionKind::Tuple(parts) => parts.first().and_then(text),
                _ => text(item),
            };
            items.iter().map(pair).collect::<Option<Vec<_>>>()
        }
        ExpressionKind::Dict(pairs) => pairs.iter().map(|(key, _)| text(key.as_ref()?)).collect(),
        ExpressionKind::Call { function, arguments } => match (&function.kind, function.last_name()?) {
            (ExpressionKind::Attribute(object, _), "items" | "keys") => keys(object, program, left),
            (ExpressionKind::Name(_), "list" | "tuple" | "sorted") => {
                keys(arguments.first()?.value(), program, left)
            }
            _ => None,
        },
        ExpressionKind::Name(name) => {
            let mut given = Vec::new();
            // What is filled afterwards holds more.
            let mut is_filled = false;
            program.walk(|node| {
                match node {
                    Node::Statement(Statement { kind: StatementKind::Assign { targets, value }, .. }) => {
                        for target in targets {
                            if target.is_dotted(name) {
                                given.push(&**value);
                            } else if let ExpressionKind::Item(item) = &target.kind {
                                is_filled |= item.0.is_dotted(name);
                            }
                        }
                    }
                    Node::Statement(Statement { kind: StatementKind::Augment { target, .. }, .. }) => {
                        is_filled |= target.is_dotted(name);
                    }
                    Node::Expression(Expression { kind: ExpressionKind::Call { function, .. }, .. }) => {
                        if let ExpressionKind::Attribute(object, method) = &function.kind {
                            let fills = !matches!(&**method, "items" | "keys" | "values" | "get" | "index");
                            is_filled |= object.is_dotted(name) && fills;
                        }
                    }
                    _ => {}
                }
                true
            });
            match given.as_slice() {
                [only] if !is_filled => keys(only, program, left),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The names that stand outside of `env.py`, where it reads them from there.
fn elsewhere(
    files: &PythonFiles<'_>,
    environment: &Environment,
    reach: Option<&Reach>,
    program: &Program,
) -> Option<Vec<String>> {
    let mut reads_option = false;
    program.walk(|node| {
        reads_option |= matches!(node, Node::Expression(Expression { kind: ExpressionKind::Call { function, arguments }, .. })
            if matches!(function.last_name(), Some("get_main_option" | "get_section_option"))
                && arguments.iter().any(|argument| argument.value().as_text() == Some(OPTION)));
        true
    });
    if reads_option {
        let configured = environment.config.as_ref().map(|config| config.settings.databases.clone());
        return configured.filter(|names| !names.is_empty());
    }
    if environment.flavour != Flavour::FlaskMigrate {
        return None;
    }
    let binds = binds(files, environment, reach)?;
    Some([String::new()].into_iter().chain(binds).collect())
}

/// The keys of `SQLALCHEMY_BINDS`, where the application is given them in one way.
fn binds(files: &PythonFiles<'_>, environment: &Environment, reach: Option<&Reach>) -> Option<Vec<String>> {
    let names_it = |path: &&TreePath| {
        is_project_code(path) && files.tree().get(path).is_some_and(|source| contains(source, BINDS))
    };
    let paths: Vec<&TreePath> = match reach.filter(|reach| reach.open.is_none()) {
        Some(reach) => reach.modules().filter(names_it).collect(),
        None => files.tree().under(environment.project()).map(|(path, _)| path).filter(names_it).collect(),
    };
    let mut found: BTreeSet<Option<Vec<String>>> = BTreeSet::new();
    for path in paths {
        let parsed = files.parsed(path)?;
        parsed.program.walk(|node| {
            if let Node::Statement(statement) = node {
                for value in given_to(statement, BINDS) {
                    found.insert(keys(value, &parsed.program, DEEPEST));
                }
                found.extend(adds_a_bind(statement).then_some(None));
            }
            true
        });
    }
    match found.pop_first() {
        Some(only) if found.is_empty() => only,
        _ => None,
    }
}

/// `app.config["SQLALCHEMY_BINDS"]["name"] = …`.
fn adds_a_bind(statement: &Statement) -> bool {
    let StatementKind::Assign { targets, .. } = &statement.kind else { return false };
    targets.iter().any(|target| match &target.kind {
        ExpressionKind::Item(item) => {
            matches!(&item.0.kind, ExpressionKind::Item(inner)
            if inner.1.as_text() == Some(BINDS))
                || item.0.last_name() == Some(BINDS)
        }
        _ => false,
    })
}

/// The databases that `upgrade_<name>()` of the migrations know, where their `upgrade()` asks for a name.
fn by_the_migrations(scripts: &[Script], keyword: &str) -> Option<Databases> {
    let asks =
        |script: &Script| script.program.function("upgrade").is_some_and(|function| takes(function, keyword));
    if !scripts.iter().any(asks) {
        return None;
    }
    let functions = scripts.iter().flat_map(|script| script.program.functions());
    let names: BTreeSet<&str> =
        functions.filter_map(|function| function.name.strip_prefix("upgrade_")).collect();
    let names: Vec<String> = names.into_iter().map(ToOwned::to_owned).collect();
    (!names.is_empty()).then(|| Databases { keyword: keyword.to_owned(), names, are_known: false })
}

/// Whether a function has a parameter of that name.
pub(crate) fn takes(function: &Function, keyword: &str) -> bool {
    let is_it = |kind| matches!(kind, ParameterKind::Plain | ParameterKind::Named);
    function.parameters.iter().any(|parameter| is_it(parameter.kind) && &*parameter.name == keyword)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::SourceTree;
    use crate::source::{Importable, find_environments};

    /// What is handed over, then the databases: `engine_name: engine_name=a,b`, with `?` where they are not known.
    fn running(env_py: &str, files: &[(&str, &str)]) -> String {
        let mut tree = SourceTree::default();
        let env_py = format!("from alembic import context\nconfig = context.config\n{env_py}\n");
        let own = [("m/env.py", env_py.as_str()), ("m/alembic.ini", "[alembic]\ndatabases = one, two\n")];
        let ini = ("alembic.ini", "[alembic]\nscript_location = m\ndatabases = one, two\n");
        for (path, text) in own.iter().chain([&ini]).chain(files) {
            tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
        }
        let files = PythonFiles::of(&tree);
        let environment = find_environments(&files).into_iter().find(|own| own.env_py.is_some());
        let environment = environment.expect("there is one");
        let scripts: Vec<_> =
            environment.scripts.iter().filter_map(|path| files.script(path, Importable::default())).collect();
        let reach = Reach::of(&files, &environment);
        let found = find_running(&files, &environment, reach.as_ref(), &scripts, Asyncpg::Never);
        let keywords = found.keywords.map_or_else(|| "?".to_owned(), |keywords| keywords.join(","));
        let databases = found.databases.map(|own| {
            format!("{}={}{}", own.keyword, own.names.join(","), if own.are_known { "" } else { "?" })
        });
        format!("{keywords}: {}", databases.unwrap_or_default()).trim_end().to_owned()
    }

    const MIGRATION: (&str, &str) = (
        "m/versions/a.py",
        "revision = 'a'\ndown_revision = None\ndef upgrade(engine_name):\n    pass\ndef upgrade_x():\n    pass\n\
         def upgrade_y():\n    pass\n",
    );

    #[test]
    fn what_every_call_hands_over_is_known() {
        for (env_py, expected) in [
            ("context.run_migrations()", ":"),
            ("context.run_migrations(tenant=t)", "tenant:"),
            (
                "if x:\n    context.run_migrations(a=1, b=2)\nelse:\n    context.run_migrations(b=3, a=4)",
                "a,b:",
            ),
            ("if x:\n    context.run_migrations(a=1)\nelse:\n    context.run_migrations()", "?:"),
            ("context.run_migrations(**kw)", "?:"),
            ("from app import run\nrun()", "?:"),
            (
                "from app import Runner\ndef run_migrations():\n    Runner(context).run_migrations(fn=None)\nrun_migrations()",
                "?:",
            ),
            ("from alembic.context import run_migrations as run\nrun(a=1)", "a:"),
            ("import alembic\nalembic.context.run_migrations(a=1)", "a:"),
            ("from app import run\ndef run_offline():\n    context.run_migrations()\nrun()", "?:"),
            (
                "def run_offline():\n    context.run_migrations()\ndef run():\n    context.run_migrations()",
                ":",
            ),
            ("def run_migrations():\n    context.run_migrations()\nrun_migrations()", ":"),
        ] {
            assert_eq!(running(env_py, &[]), expected, "{env_py}");
        }
        assert_eq!(running("context.run_migrations()", &[MIGRATION]), ":", "it hands no name over");
        assert_eq!(running("from app import run\nrun()", &[MIGRATION]), "?: engine_name=x,y?");
        assert_eq!(
            running("for n in f():\n    context.run_migrations(engine_name=n)", &[MIGRATION]),
            "engine_name: engine_name=x,y?"
        );
    }

    #[test]
    fn databases_are_followed_to_where_their_names_stand() {
        let one_two = "engine_name: engine_name=one,two";
        for (env_py, expected) in [
            ("for n in ['one', 'two']:\n    context.run_migrations(engine_name=n)", one_two),
            (
                "D = ('one', 'two')\ndef go():\n    for n in D:\n        context.run_migrations(engine_name=n)",
                one_two,
            ),
            (
                "D = {'one': 1, 'two': 2}\nfor n, d in D.items():\n    context.run_migrations(engine_name=n)",
                one_two,
            ),
            ("for n, d in [('one', 1), ('two', 2)]:\n    context.run_migrations(engine_name=n)", one_two),
            ("for d in list(D):\n    context.run_migrations(db=d)\nD = {'b': 1, 'a': 2}", "db: db=b,a"),
            ("context.run_migrations(engine_name='main')", "engine_name: engine_name=main"),
            (
                "D = {}\nfor n in re.split(r',\\s*', config.get_main_option('databases', '')):\n    D[n] = {}\n\
                 for n, d in D.items():\n    context.run_migrations(engine_name=n)",
                one_two,
            ),
            (
                "D = ['one']\nD.append(x)\nfor n in D:\n    context.run_migrations(engine_name=n)",
                "engine_name:",
            ),
            (
                "D = ['one']\nD += more\nfor n in D:\n    context.run_migrations(engine_name=n)",
                "engine_name:",
            ),
        ] {
            assert_eq!(running(env_py, &[]), expected, "{env_py}");
        }
    }

    #[test]
    fn a_flask_application_s_binds_are_databases() {
        let env_py = "from flask import current_app\ndb = current_app.extensions['migrate'].db\n\
                      for name, engine in db.engines.items():\n    context.run_migrations(engine_name=name or '')";
        let app = |config: &str| format!("app = Flask(__name__)\n{config}\ndb = SQLAlchemy(app)\n");
        let with = |config: &str| running(env_py, &[("app.py", &app(config)), MIGRATION]);
        for config in [
            "app.config['SQLALCHEMY_BINDS'] = {'stats': x, 'log': y}",
            "app.config.update(SQLALCHEMY_BINDS=dict_of)\ndict_of = {'stats': x, 'log': y}",
            "class Config:\n    SQLALCHEMY_BINDS = {'stats': x, 'log': y}",
        ] {
            assert_eq!(with(config), "engine_name: engine_name=,stats,log", "{config}");
        }
        for config in [
            "app.config['SQLALCHEMY_BINDS'] = make()",
            "app.config['SQLALCHEMY_BINDS'] = {'stats': x}\napp.config['SQLALCHEMY_BINDS']['log'] = y",
            "if x:\n    app.config['SQLALCHEMY_BINDS'] = {'stats': x}\nelse:\n    app.config['SQLALCHEMY_BINDS'] = {}",
            "",
        ] {
            assert_eq!(with(config), "engine_name: engine_name=x,y?", "{config}");
        }
    }
}
