//! Python: values, conditions, loops, scopes and exceptions.

use super::{met, met_in_project, upgrade};

#[test]
fn constants_loops_and_helpers_are_followed() {
    assert_eq!(
        met(
            "TABLES = {'a': ['x', 'y'], 'b': []}\nPREFIX = 'ix'\ndef add(table, columns, suffix='_on'):\n    for c in columns:\n        op.add_column(table, sa.Column(c + suffix, sa.Text))\n    return len(columns)\ndef upgrade():\n    for table, columns in TABLES.items():\n        n = add(table, columns=columns)\n        if n > 1:\n            op.create_index(f'{PREFIX}_{table}', table, columns)"
        ),
        ["add a.x_on Text", "add a.y_on Text", "index ix_a a(x,y)"]
    );
    assert_eq!(
        upgrade(
            "for i in range(2):\n    if i == 1:\n        continue\n    op.drop_table('t%d' % i)\nelse:\n    op.drop_table('{}_{x}'.format('e', x=1))"
        ),
        ["drop t0", "drop e_1"]
    );
    assert_eq!(
        upgrade("n = 0\nwhile n < 2:\n    op.drop_table('t' + str(n))\n    n += 1"),
        ["drop t0", "drop t1"]
    );
}

#[test]
fn what_is_not_known_is_followed_both_ways_in_doubt() {
    assert_eq!(
        upgrade("if something():\n    op.drop_table('a')\nelse:\n    op.drop_table('b')"),
        ["?drop a", "?drop b", "!name 'something' is not defined"]
    );
    assert_eq!(
        upgrade(
            "rows = op.get_bind().execute(sa.text('SELECT 1')).fetchall()\nif rows:\n    return\nop.drop_table('a')"
        ),
        ["SELECT ", "?drop a"]
    );
    assert_eq!(
        upgrade(
            "rows = op.get_bind().execute(sa.text('SELECT 1')).fetchall()\nfor row in rows:\n    op.drop_constraint(row.name, 't')\nop.drop_table('a')"
        ),
        ["SELECT ", "?drop constraint t ?", "drop a"]
    );
}

#[test]
fn python_s_own_errors_are_told() {
    assert_eq!(
        upgrade("with sa.op.batch_alter_table('t') as b:\n    b.drop_column('x')"),
        ["!module 'sqlalchemy' has no attribute 'op'"]
    );
    assert_eq!(upgrade("raise NotImplementedError('no way back')"), ["raises NotImplementedError"]);
    assert_eq!(upgrade("try:\n    missing\nexcept NameError:\n    op.drop_table('a')"), ["drop a"]);
}

#[test]
fn endless_work_ends() {
    assert!(upgrade("while True:\n    op.drop_table('a')").len() < 2000);
    assert!(met("def f(n):\n    return f(n + 1)\ndef upgrade():\n    f(0)").is_empty());
    assert!(
        met("def f(n):\n    op.drop_table('t%d' % n)\n    return f(n + 1)\ndef upgrade():\n    f(0)")
            .iter()
            .any(|met| met.starts_with("unknown"))
    );
}

#[test]
fn a_comprehension_follows_each_of_its_parts_as_often_as_python_does() {
    let helper = "def names():\n    op.create_table('t', sa.Column('id', sa.Integer))\n    return sa.inspect(op.get_bind()).get_table_names()\n";
    let of = |body: &str| met(&format!("{helper}def upgrade():\n    {body}"));
    for body in [
        "[name for name in names()]",
        "{name for name in names() if name}",
        "[name['name'] for name in names()]",
    ] {
        assert_eq!(of(body), ["create t(id)"], "{body}");
    }
    // What depends on something that is not known may have happened or not.
    assert_eq!(
        upgrade(
            "[op.drop_table(t) for t in ('a', 'b') if op.get_bind().execute(sa.text('SELECT 1')).scalar()]"
        ),
        ["SELECT ", "?drop a", "SELECT ", "?drop b"]
    );
}

#[test]
fn a_comprehension_has_names_of_its_own() {
    assert_eq!(upgrade("t = 'a'\nmade = [t for t in ('b', 'c')]\nop.drop_table(t)"), ["drop a"]);
    assert_eq!(
        upgrade("n = ['x']\n[op.drop_table(n) for n in n for n in (n, 'y')]\nop.drop_table(n[0])"),
        ["drop x", "drop y", "drop x"]
    );
    assert_eq!(upgrade("[(last := t) for t in ('b', 'c')]\nop.drop_table(last)"), ["drop c"]);
    assert_eq!(
        upgrade("[t for t in ('b', 'c')]\nop.drop_table(t)"),
        ["unknown: drops a table whose name is computed / Everything", "!name 't' is not defined"]
    );
}

#[test]
fn what_runs_later_may_have_happened() {
    let table = "def T(n):\n    op.create_table(n, sa.Column('id', sa.Integer))\n";
    let of = |body: &str| met(&format!("{table}def upgrade():\n    {}", body.replace('\n', "\n    ")));
    for body in [
        "g = (T(n) for n in ('a', 'b'))",
        "next(T(n) for n in ('a', 'b'))",
        "any(T(n) for n in ('a', 'b'))",
        "map(lambda n: T(n), ('a', 'b'))",
    ] {
        assert_eq!(of(body), ["?create a(id)", "?create b(id)"], "{body}");
    }
    // What does nothing to the database is as good as done.
    assert_eq!(upgrade("op.drop_table('_'.join(part for part in ('a', 'b')))"), ["drop a_b"]);
}

#[test]
fn sets_have_each_once_and_numbers_begin_where_they_are_told() {
    assert_eq!(upgrade("for n in {'a', 'a'}:\n    op.drop_table(n)"), ["drop a"]);
    assert_eq!(upgrade("for n in {n.lower() for n in ('a', 'A')}:\n    op.drop_table(n)"), ["drop a"]);
    assert_eq!(
        upgrade("for i, n in enumerate('ab', 1):\n    op.drop_table(f'{n}{i}')"),
        ["drop a1", "drop b2"]
    );
    assert_eq!(upgrade("for i, n in enumerate('a', start=5):\n    op.drop_table(f'{n}{i}')"), ["drop a5"]);
}

#[test]
fn nonlocal_is_a_name_of_the_function_around() {
    let body = "i = 0\ndef next_one():\n    nonlocal i\n    i += 1\n    op.drop_table(f't{i}')\nnext_one()\nnext_one()\nop.drop_table(f'u{i}')";
    assert_eq!(upgrade(body), ["drop t1", "drop t2", "drop u2"]);
}

#[test]
fn defaults_are_made_once() {
    let computed = "unknown: drops a table whose name is computed / Everything";
    assert_eq!(upgrade("x = 'a'\ndef f(n=x):\n    op.drop_table(n)\nx = 'b'\nf()"), [computed]);
    assert_eq!(
        upgrade(
            "def f(n, seen=[]):\n    seen.append(n)\n    return seen\nf('a')\nfor n in f('b'):\n    op.drop_table(n)"
        )[..1],
        [format!("?{computed}")]
    );
    assert_eq!(
        met("N = 'a'\ndef f(n=N, k='x'):\n    op.drop_table(n + k)\ndef upgrade():\n    f()"),
        ["drop ax"]
    );
}

#[test]
fn a_loop_over_what_it_changes_is_not_known() {
    let met = upgrade("xs = ['a']\nfor n in xs:\n    op.drop_table(n)\n    xs.append(n + 'a')");
    assert_eq!(met[..1], ["drop a"]);
    let met = upgrade("xs = ['a', 'b']\nfor n in xs:\n    op.drop_table(n)\n    xs.append(n + 'a')");
    assert_eq!(met, ["drop a", "unknown: a loop over what it changes / Everything"]);
}

#[test]
fn assertions_and_suppressed_classes_count() {
    assert_eq!(
        upgrade("assert 'a' == 'a'\nassert op.get_bind().dialect.name == 'postgresql'\nop.drop_table('a')"),
        ["drop a"]
    );
    assert_eq!(
        upgrade("assert op.get_bind().dialect.name == 'sqlite'\nop.drop_table('a')"),
        ["raises AssertionError"]
    );
    let of = |class: &str| {
        met(&format!(
            "import contextlib\ndef upgrade():\n    with contextlib.suppress({class}):\n        raise ValueError('x')\n    op.drop_table('a')"
        ))
    };
    assert_eq!(of("ValueError"), ["drop a"]);
    assert_eq!(of("KeyError"), ["raises ValueError"]);
}

#[test]
fn a_target_with_a_star_takes_what_the_others_leave() {
    let body = "for name, kind, *default in [('a', sa.Text), ('b', sa.Integer, '1')]:\n    op.add_column('t', sa.Column(name, kind, server_default=default[0] if default else None))";
    assert_eq!(upgrade(body), ["add t.a Text", "add t.b Integer"]);
}

#[test]
fn sets_and_lists_are_compared() {
    let of = |condition: &str| {
        upgrade(&format!("if {condition}:\n    op.drop_table('yes')\nelse:\n    op.drop_table('no')"))
            .join(" ")
    };
    for (condition, expected) in [
        ("{'a', 'b'} == {'b', 'a'}", "?drop yes ?drop no"),
        ("{'a', 'b'} == {'a', 'b'}", "drop yes"),
        ("set(['a']) != {'b'}", "drop yes"),
        ("['a', 'b'] == ['a']", "drop no"),
        ("{'a'}.issubset({'b', 'a'})", "drop yes"),
        ("{'a', 'c'}.issubset(['b', 'a'])", "drop no"),
        ("{'a', 'c'}.intersection({'b'})", "drop no"),
    ] {
        assert_eq!(of(condition), expected, "{condition}");
    }
    let quoted =
        "q = op.get_bind().dialect.identifier_preparer.quote\nop.execute(f\"DROP TABLE {q('user')}\")";
    assert_eq!(upgrade(quoted), ["drop user"]);
}

#[test]
fn a_loop_that_does_not_come_to_the_database_ends_somehow() {
    let endless = "n = 1\nwhile True:\n    name = f'x{n}'\n    if name not in taken(n):\n        break\n    n += 1\nop.drop_table(name)";
    let source = format!(
        "def taken(n):\n    return {{n: n * 2}}\ndef upgrade():\n    {}",
        endless.replace('\n', "\n    ")
    );
    assert_eq!(met(&source), ["drop x1"]);
    let unknown = "n = 1\nwhile n > 0:\n    n += 1\nop.drop_table('t')";
    assert_eq!(upgrade(unknown), ["drop t"]);
    let acts = "n = 1\nwhile n > 0:\n    n += 1\n    if n < 0:\n        op.drop_table('t')";
    assert_eq!(upgrade(acts), ["unknown: a loop that only running ends / Everything"]);
    // What is left in doubt within a loop is followed twice, and what comes after it is followed.
    let left = "def pick(bind):\n    while True:\n        row = bind.execute(sa.text('SELECT 1')).first()\n        if row is None:\n            return 1\ndef upgrade():\n    for row in op.get_bind().execute(sa.text('SELECT 2')):\n        pick(op.get_bind())\n    op.drop_table('t')";
    assert_eq!(met(left).last().map(String::as_str), Some("drop t"));
}

#[test]
fn that_there_are_too_many_statements_is_told_once() {
    let told = ["unknown: more than the 1000000 steps that are followed of one migration / Everything"];
    let many = "def upgrade():\n    for i in range(19000):\n        a = 1\n        b = 1\n        c = op.get_bind().x or 1\n        d = 1\n        e = [a, b, c, d]";
    assert_eq!(met(many), told);
    // Wherever the last step is taken: in the last statement, in a part of one, before the function.
    let grow = "x = list(range(1000))\n    y = [(a, b, c, d, e) for a in x for b in x for c in x for d in x for e in x]";
    for source in [
        format!("def upgrade():\n    {grow}"),
        format!("def upgrade():\n    {grow}\n    op.drop_table('t')"),
        format!("{}\ndef upgrade():\n    op.drop_table('t')", grow.replace("    ", "")),
        format!("def f():\n    {grow}\n    return y\ndef upgrade():\n    op.execute(f())"),
    ] {
        assert_eq!(met(&source), told, "{source}");
    }
}

#[test]
fn what_grows_without_end_is_not_known() {
    for (first, line) in [
        ("'a'", "x = x + x"),
        ("'a'", "x = f'{x}{x}'"),
        ("'a'", "x = '%s%s' % (x, x)"),
        ("'a'", "x = '{}{}'.format(x, x)"),
        ("'a'", "x = x.join([x, x, x])"),
        ("'a'", "x = x.replace('a', x + x)"),
        ("'a'", "x = x * 100"),
    ] {
        let grown = format!("x = {first}\n    {}", format!("{line}\n    ").repeat(60));
        let told = upgrade(&format!("{grown}op.drop_table(x)")).join(" ");
        assert_eq!(told, "unknown: drops a table whose name is computed / Everything", "{line}");
        let known = upgrade(&format!("x = {first}\n    {line}\n    op.drop_table(x[0])")).join(" ");
        assert_eq!(known, "drop a", "{line}");
    }
    for (first, line) in [
        ("('t',)", "x = x + x"),
        ("['t']", "x = x + x"),
        ("['t']", "x.extend(x)"),
        ("['t']", "x += x"),
        ("['t']", "x = [a for a in x for b in range(3)]"),
        ("['t']", "x = list(x + x)"),
    ] {
        let grown = format!("x = {first}\n    {}", format!("{line}\n    ").repeat(60));
        let told = upgrade(&format!("{grown}op.drop_table(x[0])")).join(" ");
        assert!(told.starts_with("unknown: ") && told.ends_with(" / Everything"), "{line}: {told}");
        let known = upgrade(&format!("x = {first}\n    {line}\n    op.drop_table(x[0])")).join(" ");
        assert_eq!(known, "drop t", "{line}");
    }
}

#[test]
fn a_key_of_a_dict_is_found_by_what_it_is() {
    for (dict, known) in [
        ("{'a': 't', 'b': 'u'}['a']", "drop t"),
        ("{op.f('a'): 't'}['a']", "drop t"),
        ("{1: 't', None: 'u'}[None]", "drop u"),
        ("{'a': 'u', 'a': 't'}['a']", "drop t"),
        ("dict({'a': 'u'}, a='t')['a']", "drop t"),
        ("{'a': 'u'}.get('b', 't')", "drop t"),
        ("{'a': 't'}.pop('a')", "drop t"),
    ] {
        assert_eq!(upgrade(&format!("op.drop_table({dict})")).join(" "), known, "{dict}");
    }
}

#[test]
fn slices_take_what_is_between_their_bounds() {
    let of = |slice: &str| upgrade(&format!("for n in {slice}:\n    op.drop_table(n)")).join(" ");
    for (slice, expected) in [
        ("['a', 'b', 'c'][1:]", "drop b drop c"),
        ("['a', 'b', 'c'][:1]", "drop a"),
        ("('a', 'b', 'c')[:-1]", "drop a drop b"),
        ("'a;b;'.split(';')[:-1]", "drop a drop b"),
        ("['a', 'b', 'c'][1:2]", "drop b"),
        ("['a', 'b'][:]", "drop a drop b"),
        ("'abc'[-1:]", "drop c"),
        ("['a', 'b'][5:]", ""),
        ("['a'][1:0]", ""),
        ("['a', 'b', 'c'][ 1 : ]", "drop b drop c"),
        ("['a', 'b', 'c'][ :  1 ]", "drop a"),
        ("['a', 'b', 'c'][ 1  :  (2) ]", "drop b"),
    ] {
        assert_eq!(of(slice), expected, "{slice}");
    }
    for unknown in [
        "['a', 'b', 'c'][::2]",
        "['a', 'b'][0::]",
        "['a', 'b'][:1:1]",
        "['a', 'b'][op.get_bind().scalar(sa.text('SELECT 1')):]",
    ] {
        assert!(of(unknown).contains("?unknown: drops a table whose name is computed"), "{unknown}");
    }
}

#[test]
fn what_is_known_to_be_an_attribute_is_there() {
    let of = |object: &str| {
        upgrade(&format!("if hasattr({object}):\n    op.drop_table('yes')\nelse:\n    op.drop_table('no')"))
            .join(" ")
    };
    assert_eq!(of("op.get_bind(), 'dialect'"), "drop yes");
    assert_eq!(of("op.get_bind().dialect, 'name'"), "drop yes");
    assert_eq!(of("op.get_bind(), 'other'"), "?drop yes ?drop no");
}

#[test]
fn what_is_sorted_is_in_order() {
    let of = |sorted: &str| {
        upgrade(&format!(
            "bind = op.get_bind()\nfor n in {sorted}:\n    op.drop_table(n if isinstance(n, str) else n[0])"
        ))
        .join(" ")
    };
    for (sorted, expected) in [
        ("sorted({'b': ['x'], 'a': ['y']}.items())", "drop a drop b"),
        ("sorted(['b', 'c', 'a'], reverse=True)", "drop c drop b drop a"),
        ("sorted([('a', 2), ('b', 1)], key=lambda n: n[1])", "drop b drop a"),
        ("sorted([('a', 2), ('a', 1)])", "drop a drop a"),
        ("sorted(['bb', 'a'], key=len)", "drop a drop bb"),
    ] {
        assert_eq!(of(sorted), expected, "{sorted}");
    }
    for unknown in [
        "sorted([('a', []), ('a', ['x'])])",
        "sorted(['a', 1])",
        "sorted(['a', bind.scalar(sa.text('SELECT 1'))])",
    ] {
        assert!(of(unknown).contains("?unknown: drops a table whose name is computed"), "{unknown}");
    }
}

#[test]
fn functions_are_given_some_arguments_before_the_others() {
    let of = |body: &str| met(&format!("import functools, itertools\ndef upgrade():\n    {body}")).join(" ");
    assert_eq!(of("functools.partial(op.drop_column, 't')('a')"), "drop t.a");
    assert_eq!(
        of("functools.partial(op.drop_column, column_name='a', table_name='t')(table_name='u')"),
        "drop u.a"
    );
    let product =
        "for table, column in itertools.product(['t', 'u'], 'ab'):\n        op.drop_column(table, column)";
    assert_eq!(of(product), "drop t.a drop t.b drop u.a drop u.b");
    let chain = "for table in itertools.chain(['t'], ('u',), itertools.chain.from_iterable([['v']])):\n        op.drop_table(table)";
    assert_eq!(of(chain), "drop t drop u drop v");
    let two =
        "for table, column in itertools.product(*[['t'], 'ab']):\n        op.drop_column(table, column)";
    assert_eq!(of(two), "drop t.a drop t.b");
    // It is a way to the database where its function is.
    let handed =
        "def upgrade():\n    import lib, functools\n    lib.work(functools.partial(op.drop_table, 't'))";
    assert!(met_in_project(handed, &[("shop/__init__.py", "")])[0].starts_with("unknown: calls lib.work"));
}

#[test]
fn what_a_generator_yields_is_gone_through() {
    let of = |generator: &str| {
        met(&format!("{generator}\ndef upgrade():\n    for n in names():\n        op.drop_table(n)"))
            .join(" ")
    };
    assert_eq!(of("def names():\n    yield 'aa'\n    yield 'bb'"), "drop aa drop bb");
    assert_eq!(
        of("def names():\n    for n in 'ab':\n        yield n\n    yield from ['c']"),
        "drop a drop b drop c"
    );
    assert_eq!(of("def names():\n    return\n    yield 'a'"), "");
    assert_eq!(of("def names():\n    yield          'aa'\n    yield(        'bb')"), "drop aa drop bb");
    assert_eq!(of("def names():\n    yield    from    ('a', 'b')"), "drop a drop b");
    let unknown = "?unknown: drops a table whose name is computed / Everything";
    assert_eq!(
        of("def names():\n    yield from op.get_bind().execute(sa.text('SELECT 1'))"),
        format!("SELECT  {unknown}")
    );
    assert_eq!(
        of(
            "def names():\n    if op.get_bind().scalar(sa.text('SELECT 1')):\n        yield 'a'\n    yield 'b'"
        ),
        format!("SELECT  {unknown}")
    );
    let context = "from contextlib import contextmanager\n@contextmanager\ndef table(n):\n    op.execute('BEGIN')\n    yield n + 'b'\ndef upgrade():\n    with table('a') as n:\n        op.drop_table(n)";
    assert_eq!(met(context).last().map(String::as_str), Some("drop ab"));
}

#[test]
fn lists_dicts_and_numbers_are_changed_as_python_changes_them() {
    let of = |body: &str| upgrade(&format!("{body}\nfor n in names:\n    op.drop_table(n)")).join(" ");
    for (body, expected) in [
        ("names = ['b']\nnames.insert(0, 'c')\nnames.append('a')\nnames.sort()", "drop a drop b drop c"),
        ("names = ['a', 'b']\nnames.reverse()", "drop b drop a"),
        ("names = {'a': 1}\nnames.update({'b': 2}, c=3)\nnames.pop('a')", "drop b drop c"),
        (
            "d = {}\nd.setdefault('t', []).append('a')\nd.setdefault('t', []).append('b')\nnames = d['t']",
            "drop a drop b",
        ),
        ("names = {'a', 'b'} & {'b', 'c'}", "drop b"),
        ("names = [str(n) for n in range(0, 10, 4)]", "drop 0 drop 4 drop 8"),
        ("names = [str(n) for n in range(4) if n % 2]", "drop 1 drop 3"),
        ("names = [str(-7 % 3)]", "drop 2"),
    ] {
        assert_eq!(of(body), expected, "{body}");
    }
}

#[test]
fn what_stands_behind_arguments_that_are_not_known_has_no_place() {
    let of = |body: &str| {
        met(&format!(
            "import functools, itertools, os.path\ndef take(name='t', *others, **named):\n    op.drop_table(name)\n    for other in others:\n        op.drop_table(other)\n    if 'x' in named:\n        op.drop_table('x')\ndef upgrade():\n    rows = op.get_bind().x\n    {body}"
        ))
        .join(" ")
    };
    let (unknown, each) = (
        "unknown: drops a table whose name is computed / Everything",
        "?unknown: drops a table whose name is computed / Everything",
    );
    for made in [
        "itertools.chain(['a'], *rows)",
        "itertools.chain(*rows)",
        "[a for a, b in zip(['a'], *rows)]",
        "[a for (a,) in zip(*rows)]",
        "[a for a, b in itertools.product(['a'], *rows)]",
        "list(*rows)",
        "[str(n) for n in range(*rows, 2)]",
    ] {
        assert_eq!(of(&format!("for n in {made}:\n        op.drop_table(n)")), each, "{made}");
    }
    assert_eq!(of("take('a', 'b', x=1)"), "drop a drop b drop x");
    assert_eq!(of("take(*rows)"), format!("{unknown} {each}"));
    assert_eq!(of("take(*rows, 'a')"), format!("{unknown} {each}"));
    assert_eq!(of("take('a', *rows, 'b')"), format!("drop a {each}"));
    assert_eq!(of("take('a', **rows)"), "drop a ?drop x");
    assert_eq!(of("functools.partial(take, 'a')(*rows)"), format!("drop a {each}"));
    assert_eq!(of("functools.partial(take, *rows)('a')"), format!("{unknown} {each}"));
    let some = |directive: &str, touches: &str| {
        format!("unknown: op.{directive} on a table whose name is computed / {touches}")
    };
    assert_eq!(of("op.execute('DROP TABLE {0}'.format('a', *rows))"), "drop a");
    assert_eq!(of("op.execute('DROP TABLE {0}'.format(*rows, 'a'))"), "unknown: DROP TABLE / Everything");
    assert_eq!(of("op.drop_column(*rows, 'a')"), some("drop_column", "Everything"));
    assert_eq!(of("op.create_index('ix', *rows, ['a'])"), some("create_index", "Constraints"));
    assert_eq!(of("op.create_table('t', sa.Column(*rows, 'a'))"), "create t(,…)");
    assert_eq!(of("op.create_table('t', *rows, sa.Column('a', sa.Text))"), "create t(a,…)");
    let list = "names = ['a']\n    names.append(*rows)\n    for n in names:\n        op.drop_table(n)";
    assert_eq!(of(list), each);
    assert_eq!(of("list(map(op.drop_table, ['a']))"), "?drop a");
}

#[test]
fn what_a_function_gives_is_kept_where_it_is_cached() {
    for decorator in ["functools.cache", "functools.lru_cache(maxsize=None)", "lru_cache"] {
        let body = format!(
            "import functools\nfrom functools import lru_cache\n@{decorator}\ndef drop(n, m='x'):\n    op.drop_table(n)\n    return n + m\ndef upgrade():\n    drop('a')\n    op.drop_index(drop('a'), 't')\n    drop('b')\n    drop('a', m='y')\n    drop(op.get_bind().scalar(sa.text('SELECT 1')))"
        );
        let met = met(&body).join(" / ");
        assert!(met.starts_with("drop a / drop index ax / drop b / drop a / SELECT  / ?"), "{met}");
    }
    let kept = "import functools\nclass A:\n    @functools.cached_property\n    def n(self):\n        op.drop_table('t')\n        return 'i'\ndef upgrade():\n    a = A()\n    op.drop_index(a.n, 't')\n    op.drop_index(a.n, 't')\n    A().n";
    assert_eq!(met(kept), ["drop t", "drop index i", "drop index i", "drop t"]);
}

#[test]
fn what_is_deleted_is_gone() {
    let of = |body: &str| upgrade(body).join(" ");
    let dict = "d = {'a': 1, 'b': 2}\ndel d['a']\nfor n in d:\n    op.drop_table(n)";
    assert_eq!(of(dict), "drop b");
    let list = "x = ['a', 'b', 'c']\ndel x[-1], x[0]\nx[-1] += 'x'\nfor n in x:\n    op.drop_table(n)";
    assert_eq!(of(list), "drop bx");
    let queue = "d = {'a': [], 'b': ['a']}\ndone = []\nwhile d:\n    for n in [n for n in d if all(own in done for own in d[n])]:\n        op.drop_table(n)\n        done.append(n)\n        del d[n]";
    assert_eq!(of(queue), "drop a drop b");
    let unknown = "d = {'a': 1, op.get_bind().x: 2}\ndel d['a']\nif 'a' in d:\n    op.drop_table('a')";
    assert_eq!(of(unknown), "?drop a");
}

#[test]
fn what_is_gone_through_by_hand_gives_each_element_once() {
    let of = |body: &str| upgrade(body).join(" ");
    let all = "i = iter(['a', 'b'])\nwhile True:\n    try:\n        n = next(i)\n    except StopIteration:\n        break\n    op.drop_table(n)";
    assert_eq!(of(all), "drop a drop b");
    let rest = "i = (n for n in 'abc')\nop.drop_index(next(i), 't')\nfor n in i:\n    op.drop_table(n)\nop.drop_table(next(i, 'z'))";
    assert!(of(rest).starts_with("drop index a drop b drop c"), "{}", of(rest));
    let list = "x = ['a', 'b']\nop.drop_table(next(iter(x)))\nop.drop_table(next(iter(x)))";
    assert_eq!(of(list), "drop a drop a");
}
