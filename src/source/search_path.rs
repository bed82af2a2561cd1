//! Where PostgreSQL looks for names without a schema, as far as `env.py` sets it.

use super::models::is_project_code;
use super::program::{Argument, Expression, ExpressionKind, Node, Piece, Program, Statement, StatementKind};
use super::{Environment, PythonFiles, Reach};
use crate::text::contains;

/// What an `env.py` makes of the search path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SearchPath {
    /// It leaves it alone.
    #[default]
    Default,
    /// It sets it by this text of SQL.
    Set(String),
    /// It sets it to what only running tells, or only perhaps.
    NotKnown {
        /// Whether an inspector lists the tables of the schema that names without one are looked for in: the connection
        /// begins with it, or its default schema is set too, or nothing may be set.
        is_listed: bool,
    },
    /// SQLAlchemy puts other schemas in the place of those that constructs name, and not in texts of SQL.
    Translated,
}

const WORD: &str = "search_path";
const MAP: &str = "schema_translate_map";

/// The search path that an environment's migrations begin with; `reach` is what its `env.py` imports.
pub(super) fn find_search_path(
    files: &PythonFiles<'_>,
    environment: &Environment,
    reach: Option<&Reach>,
) -> SearchPath {
    let Some(env_py) = &environment.env_py else { return SearchPath::Default };
    let Some(parsed) = files.parsed(&env_py.path) else { return SearchPath::Default };
    if !parsed.faults.is_empty() {
        return SearchPath::Default;
    }
    if files.tree().get(&env_py.path).is_some_and(|source| contains(source, MAP)) {
        return SearchPath::Translated;
    }
    let own = Look::through(&parsed.program);
    let sets_schema =
        files.tree().get(&env_py.path).is_some_and(|source| contains(source, "default_schema_name"));
    match own {
        SearchPath::Default => {}
        SearchPath::NotKnown { is_listed } => {
            return SearchPath::NotKnown { is_listed: is_listed || sets_schema };
        }
        own => return own,
    }
    // An engine that is made elsewhere may set it for all of its connections, or for others.
    let sets_it = |path| {
        let names_it =
            is_project_code(path) && files.tree().get(path).is_some_and(|source| contains(source, WORD));
        names_it
            && files.parsed(path).is_some_and(|parsed| Look::through(&parsed.program) != SearchPath::Default)
    };
    if reach.is_some_and(|reach| reach.modules().any(sets_it)) {
        SearchPath::NotKnown { is_listed: true }
    } else {
        SearchPath::Default
    }
}

/// What a module sets.
#[derive(Default)]
struct Look {
    /// What each place sets it to.
    found: Vec<SearchPath>,
}

impl Look {
    fn through(program: &Program) -> SearchPath {
        let mut look = Self::default();
        program.body.iter().for_each(|statement| look.statement(statement, false));
        look.found.dedup();
        match look.found.as_slice() {
            [] => SearchPath::Default,
            [only] => only.clone(),
            all => {
                let is_listed = all.iter().all(|set| *set == SearchPath::NotKnown { is_listed: true });
                SearchPath::NotKnown { is_listed }
            }
        }
    }

    fn statement(&mut self, statement: &Statement, in_doubt: bool) {
        match &statement.kind {
            // Words about it.
            StatementKind::Expression(value) if value.as_text().is_some() => {}
            StatementKind::If { arms, otherwise } => {
                let in_doubt =
                    in_doubt || !arms.iter().all(|(condition, _)| is_about_the_connection(condition));
                for (condition, block) in arms {
                    self.expression(condition, in_doubt);
                    block.iter().for_each(|inner| self.statement(inner, in_doubt));
                }
                otherwise.iter().for_each(|inner| self.statement(inner, in_doubt));
            }
            _ => {
                for node in Node::Statement(statement).inner() {
                    match node {
                        Node::Statement(inner) => self.statement(inner, in_doubt),
                        Node::Expression(value) => self.expression(value, in_doubt),
                    }
                }
            }
        }
    }

    fn expression(&mut self, expression: &Expression, in_doubt: bool) {
        let mut found = Vec::new();
        let sets = |text: &str| set_by(text) != SearchPath::Default;
        Node::Expression(expression).walk(|node| {
            let Node::Expression(inner) = node else { return true };
            match &inner.kind {
                ExpressionKind::Text(text) => found.push(set_by(&text.value)),
                ExpressionKind::Format(pieces) => {
                    found.extend(pieces.iter().find_map(|piece| match piece {
                        Piece::Text(text) if sets(text) => Some(computed(text)),
                        _ => None,
                    }));
                }
                // `"SET search_path TO " + schema`, `"SET search_path TO %s" % schema`.
                ExpressionKind::Binary(first, _) => {
                    let text = first.as_text().filter(|text| sets(text));
                    found.extend(text.map(computed));
                    return text.is_none();
                }
                // `{"server_settings": {"search_path": schema}}`.
                ExpressionKind::Dict(pairs) => {
                    let is_key =
                        |key: &Option<Expression>| key.as_ref().and_then(Expression::as_text) == Some(WORD);
                    found.extend(pairs.iter().filter(|(key, _)| is_key(key)).map(|(_, value)| named(value)));
                }
                ExpressionKind::Call { arguments, .. } => {
                    let given = arguments.iter().filter_map(|argument| match argument {
                        Argument::Named(name, value) if &**name == WORD => Some(named(value)),
                        _ => None,
                    });
                    found.extend(given);
                }
                _ => {}
            }
            true
        });
        let found = found.into_iter().filter(|set| *set != SearchPath::Default);
        let perhaps = SearchPath::NotKnown { is_listed: true };
        self.found.extend(found.map(|set| if in_doubt { perhaps.clone() } else { set }));
    }
}

/// What sets it to the schemas that a value names.
fn named(value: &Expression) -> SearchPath {
    value.as_text().map_or(SearchPath::NotKnown { is_listed: true }, |schemas| {
        SearchPath::Set(format!("SET search_path TO {schemas}"))
    })
}

/// What a text sets it to of which only a part is written out.
fn computed(text: &str) -> SearchPath {
    SearchPath::NotKnown { is_listed: is_option(text) }
}

/// Whether a text has it among the options of a connection: `-csearch_path=a,b`.
fn is_option(text: &str) -> bool {
    let before = text.find(WORD).map_or("", |at| &text[..at]);
    before.trim_end().ends_with("-c") || before.ends_with("--")
}

/// What a text sets it to: a statement, or the options of a connection; the default where it does not.
fn set_by(text: &str) -> SearchPath {
    let Some(at) = text.find(WORD) else { return SearchPath::Default };
    let rest = text[at + WORD.len()..].trim_start();
    let is_plain = |text: &str| !text.contains(['%', '{', ':', '\\', '?']);
    if is_option(text) {
        let schemas = rest.strip_prefix('=').and_then(|rest| rest.split_whitespace().next());
        return match schemas.filter(|schemas| is_plain(schemas)) {
            Some(schemas) => SearchPath::Set(format!("SET search_path TO {schemas}")),
            None => computed(text),
        };
    }
    let sets =
        |word: &str| word.eq_ignore_ascii_case("set") || word.to_ascii_lowercase().ends_with("set_config(");
    let before = text[..at].trim_end_matches(['\'', '"']);
    if !before.split_whitespace().any(sets) {
        return SearchPath::Default;
    }
    let is_whole = rest.trim_start_matches(['=', ' ']).chars().any(char::is_alphanumeric);
    if is_whole && is_plain(text) { SearchPath::Set(text.to_owned()) } else { computed(text) }
}

/// Whether a condition asks for the kind of database, or whether there is one.
fn is_about_the_connection(condition: &Expression) -> bool {
    if let ExpressionKind::And(parts) | ExpressionKind::Or(parts) = &condition.kind {
        return parts.iter().all(is_about_the_connection);
    }
    let mut found = false;
    Node::Expression(condition).walk(|node| {
        found |= matches!(node, Node::Expression(inner)
            if matches!(inner.last_name(), Some("dialect" | "is_offline_mode")));
        !found
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{SourceTree, TreePath};
    use crate::source::find_environments;

    /// The search path of an `env.py`; what it sets is shown.
    fn set(env_py: &str, files: &[(&str, &str)]) -> String {
        let mut tree = SourceTree::default();
        let env_py = format!("from alembic import context\n{env_py}\n");
        for (path, text) in
            files.iter().chain([&("m/env.py", &*env_py), &("m/versions/a.py", "down_revision = None\n")])
        {
            tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes().to_vec());
        }
        let files = PythonFiles::of(&tree);
        let environment = &find_environments(&files)[0];
        let reach = Reach::of(&files, environment);
        match find_search_path(&files, environment, reach.as_ref()) {
            SearchPath::Default => "default".to_owned(),
            SearchPath::Set(text) => text,
            SearchPath::NotKnown { is_listed: true } => "?".to_owned(),
            SearchPath::NotKnown { is_listed: false } => "? elsewhere".to_owned(),
            SearchPath::Translated => "translated".to_owned(),
        }
    }

    #[test]
    fn what_is_written_out_is_read_and_what_is_computed_is_not_known() {
        let to_app = "SET search_path TO app";
        for (env_py, expected) in [
            ("c.execute(text('SET search_path TO app'))", to_app),
            ("c.exec_driver_sql('SET search_path TO app')\nc.execute('SET search_path TO app')", to_app),
            ("if c.dialect.name == 'postgresql':\n    c.execute('SET search_path TO app')", to_app),
            ("create_engine(u, connect_args={'options': '-csearch_path=app'})", to_app),
            ("create_engine(u, connect_args={'options': '-c search_path=app -c lock_timeout=1'})", to_app),
            ("create_engine(u, connect_args={'server_settings': {'search_path': 'app'}})", to_app),
            ("create_engine(u, connect_args=dict(server_settings=dict(search_path='app')))", to_app),
            (
                "@event.listens_for(e, 'connect')\ndef set_it(c, r):\n    c.cursor().execute('SET search_path TO app')",
                to_app,
            ),
            ("'''SET search_path TO app'''\n# SET search_path TO app", "default"),
            ("log.info('no search_path is set')", "default"),
            ("c.execute(f'SET search_path TO {schema}')", "? elsewhere"),
            ("c.execute('SET search_path TO %s' % schema)", "? elsewhere"),
            ("c.execute('SET search_path TO {}'.format(schema))", "? elsewhere"),
            ("c.execute('SET search_path TO ' + schema)", "? elsewhere"),
            ("c.execute(text('SET search_path TO :schema'), {'schema': s})", "? elsewhere"),
            ("c.execute(f'set search_path={schema}, public')", "? elsewhere"),
            ("create_engine(u, connect_args={'options': f'-csearch_path={schema}'})", "?"),
            ("create_engine(u, connect_args={'options': '-csearch_path={}'.format(schema)})", "?"),
            ("create_engine(u, connect_args={'server_settings': {'search_path': schema}})", "?"),
            ("if tenant:\n    c.execute('SET search_path TO app')", "?"),
            (
                "if tenant and c.dialect.name == 'postgresql':\n    c.execute(f'SET search_path TO {tenant}')",
                "?",
            ),
            ("if tenant:\n    c.execute(f'SET search_path TO {tenant}')", "?"),
            ("c.execute(f'SET search_path TO {schema}')\nc.dialect.default_schema_name = schema", "?"),
            ("c.execute('SET search_path TO one')\nc.execute('SET search_path TO two')", "? elsewhere"),
            ("c.execution_options(schema_translate_map={None: schema})", "translated"),
        ] {
            assert_eq!(set(env_py, &[]), expected, "{env_py}");
        }
        let db = ("app/db.py", "e = create_engine(u, connect_args={'options': '-csearch_path=app'})\n");
        assert_eq!(set("from app.db import e", &[db]), "?", "others may be made with it");
        assert_eq!(set("import app.other", &[db, ("app/other.py", "")]), "default");
    }
}
