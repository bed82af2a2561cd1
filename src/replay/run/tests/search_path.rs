//! Where names without a schema are looked for.

use super::{by, certain, failures, on};
use crate::schema::{Dialect, DialectRules, SearchPath};

/// Makes a table.
const MAKE: &str = "def make(name, **kw):\n    op.create_table(name, sa.Column('id', sa.Integer()), **kw)\n";

#[test]
fn a_search_path_that_is_not_known_makes_nothing_certain_of_names_that_may_be_one_table() {
    let of = |search_path: &SearchPath, body: &str| {
        let body = format!(
            "{MAKE}op.execute('CREATE SCHEMA s; CREATE SCHEMA app')\ninsp = sa.inspect(op.get_bind())\n{body}"
        );
        let rules =
            DialectRules { search_path: search_path.clone(), ..DialectRules::new(Dialect::Postgresql) };
        let followed = by(rules, &body);
        let failures: Vec<_> =
            failures(&followed).map(|failure| (failure.kind.word(), failure.certain)).collect();
        let tables = followed
            .schema
            .tables()
            .map(|(name, table)| format!("{name}{}", if table.certain { "" } else { "?" }));
        (failures, tables.collect::<Vec<_>>().join(" "))
    };
    let app = SearchPath::Is(vec!["app".into()]);
    let (default, unknown) = (SearchPath::default(), SearchPath::NotKnown { is_listed: true });
    // One name is one table, wherever it is.
    for path in [&default, &unknown] {
        assert_eq!(of(path, "make('t')\nmake('u')"), (vec![], "t u".to_owned()));
        assert_eq!(of(path, "make('t')\nmake('t')").0, [("table-exists", true)]);
        assert_eq!(of(path, "op.drop_table('t')").0, [("no-such-table", true)]);
        assert_eq!(of(path, "make('t')\nif not insp.has_table('t'):\n    make('t')").0, []);
        assert_eq!(of(path, "make('t', schema='s')\nmake('u')"), (vec![], "u s.t".to_owned()));
    }
    // What is listed is in the schema that the connection began with.
    let lists = "make('t')\nif 't' in insp.get_table_names():\n    op.drop_table('gone')";
    assert_eq!(of(&unknown, lists).0, [("no-such-table", true)]);
    assert_eq!(of(&SearchPath::NotKnown { is_listed: false }, lists).0, [("no-such-table", false)]);
    assert!(!of(&unknown, &format!("make('x', schema='s')\n{lists}")).0.contains(&("no-such-table", true)));
    // Two names may be one table.
    for (body, certain) in [
        ("make('t')\nop.execute('DROP TABLE s.t')", ("no-such-table", true)),
        ("make('t', schema='s')\nop.drop_table('t')", ("no-such-table", true)),
        ("make('t')\nmake('t', schema='public')", ("table-exists", true)),
        (
            "make('t')\nif insp.has_table('t', schema='s'):\n    pass\nelse:\n    op.drop_table('gone')",
            ("no-such-table", true),
        ),
    ] {
        assert_eq!(of(&default, body).0, [certain], "{body}");
        assert!(!of(&unknown, body).0.contains(&certain), "{body}");
    }
    let (failures, tables) = of(
        &unknown,
        "make('t', schema='s')\nmake('t')\nop.drop_table('t', schema='s')\nop.add_column('t', sa.Column('n', sa.Integer()))",
    );
    assert!(failures.iter().all(|(_, certain)| !certain), "{failures:?}");
    assert_eq!(tables, "t?");
    let body = "make('t')\nop.execute('CREATE TABLE t (id int)')";
    assert_eq!(of(&unknown, body).0, [("table-exists", true)]);
    let translated = SearchPath::Translated;
    assert_eq!(of(&translated, body).0, [("table-exists", false)]);
    // What is in no schema is not found, wherever it is looked for.
    assert_eq!(of(&translated, "op.drop_table('t')").0, [("no-such-table", true)]);
    assert_eq!(of(&translated, "make('t', schema='s')\nop.drop_table('t')").0, [("no-such-table", false)]);
    // What is asked for is looked up where it is made.
    assert_eq!(
        of(&app, "make('t')\nif not insp.has_table('t'):\n    make('t')"),
        (vec![], "app.t".to_owned())
    );
    assert_eq!(
        of(&app, "make('t')\nif 'id' not in [c['name'] for c in insp.get_columns('t')]:\n    make('t')").0,
        []
    );
    assert!(
        of(&app, "make('t')\nif 't' not in insp.get_table_names():\n    make('t')")
            .0
            .iter()
            .all(|(_, certain)| !certain)
    );
    let asks = "make('t')\nif not op.get_bind().execute(sa.text(\"SELECT to_regclass('t') IS NOT NULL\")).scalar():\n    make('t')";
    assert!(of(&app, asks).0.iter().all(|(_, certain)| !certain));
    let guard = "make('t')\nop.execute('SET search_path TO app')\nmake('t')";
    assert_eq!(of(&default, guard), (vec![], "t app.t".to_owned()));
}

#[test]
fn what_may_set_the_search_path_puts_it_in_doubt() {
    let of = |body: &str| {
        let body = format!("{MAKE}x = op.get_bind().x\n{body}");
        certain(&on(Dialect::Postgresql, &body)).len()
    };
    for unknown in [
        "op.execute(f'SET search_path TO {x}')",
        "op.execute(f'SET LOCAL search_path = {x}, public')",
        "op.execute(x)",
        "op.execute(f\"SELECT set_config('search_path', '{x}', false)\")",
        "op.execute(f'SET search_path TO {x}') if x else op.execute('SET search_path TO a')",
    ] {
        let of = |body: &str| of(&format!("{unknown}\n{body}"));
        // One name is one table for as long as nothing changes the path.
        assert_eq!(of("make('t')\nmake('t')"), 1, "{unknown}");
        assert_eq!(of("make('t')\nmake('t', schema='public')"), 0, "{unknown}");
        assert_eq!(of("make('t')\nop.execute('SET search_path TO public')\nmake('t')"), 0, "{unknown}");
        assert_eq!(of("make('t')\nop.execute('SET search_path TO a')\nop.drop_table('t')"), 0, "{unknown}");
    }
}

#[test]
fn a_schema_that_is_named_is_the_one_that_is_meant() {
    let of = |path: &str, text: &str| {
        let search_path = SearchPath::Is(path.split(' ').map(Into::into).collect());
        let rules = DialectRules { search_path, ..DialectRules::new(Dialect::Postgresql) };
        let followed = by(rules, &format!("op.execute('''CREATE SCHEMA app; {text}''')"));
        let tables: Vec<_> = followed.schema.tables().map(|(name, _)| name.to_string()).collect();
        (certain(&followed).len(), tables.join(" "))
    };
    for (text, failing, tables) in [
        ("CREATE TABLE t (a INT); CREATE TABLE public.t (b INT)", 0, "t app.t"),
        ("CREATE TABLE public.t (b INT); INSERT INTO t (b) VALUES (1)", 0, "t"),
        ("CREATE TABLE t (a INT); ALTER TABLE public.t ADD c INT", 1, "t app.t"),
        ("CREATE TABLE t (a INT); ALTER TABLE t SET SCHEMA public", 0, "t"),
        ("CREATE TABLE public.t (a INT); ALTER TABLE t SET SCHEMA public", 0, "t"),
        ("CREATE TABLE t (a INT); ALTER TABLE t SET SCHEMA app; DROP TABLE app.t", 0, ""),
        ("CREATE TABLE public.t (b INT); CREATE INDEX ix ON public.t (b); DROP TABLE public.t", 0, ""),
        (
            "CREATE TABLE public.t (b INT); CREATE VIEW public.v AS SELECT b FROM public.t; DROP VIEW v",
            0,
            "t",
        ),
        ("CREATE TYPE public.k AS ENUM ('a'); CREATE TABLE t (a public.k)", 0, "app.t"),
    ] {
        assert_eq!(of("app public", text), (failing, tables.to_owned()), "{text}");
    }
    // Where it is the first, both names are one table's.
    for text in ["CREATE TABLE public.t (a INT); DROP TABLE t", "CREATE TABLE t (a INT); DROP TABLE public.t"]
    {
        assert_eq!(of("public app", text), (0, String::new()), "{text}");
    }
    assert_eq!(of("public", "CREATE TABLE public.t (a INT); CREATE TABLE t (b INT)").0, 1);
}
