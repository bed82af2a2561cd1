//! What following a migration can make large, or long.

use super::{Shape, joined, many, migration, project};

const CREATE: &str = "op.create_table('t', sa.Column('id', sa.Integer()))\n";

pub(super) fn shapes() -> Vec<Shape> {
    let mut all = Vec::new();
    for (name, first, line) in [
        ("a list doubled", "[1]", "x = x + x"),
        ("a list extended by itself", "[1]", "x.extend(x)"),
        ("a list added in place", "[1]", "x += x"),
        ("a list times", "[1]", "x = x * 1000"),
        ("a text doubled", "'ab'", "x = x + x"),
        ("a text times", "'ab'", "x = x * 1000"),
        ("a tuple doubled", "(1,)", "x = x + x"),
        ("a tuple of itself twice", "(1,)", "x = (x, x)"),
        ("a tuple of itself twice, compared", "(1,)", "x = (x, x)\nif x == (x, x): pass"),
        ("a list of itself twice", "[1]", "x = [x, x]"),
        ("a list of itself twice, compared", "[1]", "x = [x, x]\nif x == [x, x]: pass"),
        ("a dictionary of itself twice", "{}", "x = {'a': x, 'b': x}"),
        ("a dictionary of a tuple of itself", "(1,)", "x = (x, x)\ny = {x: 1}"),
        ("a set of tuples of itself", "(1,)", "x = (x, x)\ny = {x, (x, 1)}"),
        ("a text in itself", "'ab'", "x = f'{x}{x}'"),
        ("a text formatted of itself", "'ab'", "x = '{}{}'.format(x, x)"),
        ("a text formatted by name", "'ab'", "x = '{a}{a}'.format(a=x)"),
        ("a text formatted by a text of itself", "'{0}'", "x = (x + x).format(x)"),
        ("a text by per cent of itself", "'ab'", "x = '%s%s' % (x, x)"),
        ("a text joined of itself", "'ab'", "x = x.join([x, x, x])"),
        ("a text joined letter by letter", "'ab'", "x = x.join(x)"),
        ("a text replaced by itself", "'ab'", "x = x.replace('a', x)"),
        ("a text replaced at every place", "'ab'", "x = x.replace('', x)"),
        ("a text split and joined", "'ab'", "x = (x + ' ' + x)\ny = x.split('a')\nx = x.join(y)"),
        ("a text of letters in a list", "'ab'", "x = x + x\ny = list(x)"),
        ("a comprehension in a comprehension", "[1, 2]", "x = [(a, b) for a in x for b in x]"),
        ("a comprehension of comprehensions", "[1, 2]", "x = [[a for a in x] for b in x]"),
        ("a dictionary of comprehensions", "[1, 2]", "x = list({(a, b): 1 for a in x for b in x})"),
        ("a set of comprehensions", "[1, 2]", "x = list({(a, b) for a in x for b in x})"),
        ("arguments of arguments", "[1, 2]", "x = list((*x, *x))"),
        (
            "sorted, zipped, numbered",
            "[1, 2]",
            "x = list(zip(x + x, x + x))\nx = list(enumerate(sorted(x + x)))",
        ),
        ("a range of a range", "[1, 2]", "x = list(range(1000000000))"),
        ("a number doubled", "2", "x = x * x\ny = x ** x\nz = 1 << x"),
        ("a copy of a dictionary", "{}", "x = dict(x, a=x, b=x)\nx.update(x)"),
        ("a function of a function twice", "lambda: 1", "x = (lambda f: lambda: (f(), f()))(x)\nx()"),
        ("a statement of itself", "'SELECT 1;'", "x = x + x\nop.execute(x)"),
        ("a clause of itself", "sa.text('a')", "x = sa.and_(x, x)"),
        ("a column type of itself", "sa.Integer()", "x = sa.ARRAY(x)"),
        ("columns by star", "[sa.Column('a', sa.Integer())]", "x = x + x\nop.create_table('t', *x)"),
    ] {
        all.push(Shape::body(format!("body: {name}"), 60, move |n| {
            format!("x = {first}\n{}", format!("{line}\n").repeat(n))
        }));
    }
    for (name, before, inner) in [
        ("deeper tuples", "x = ()", "x = (x,)"),
        ("deeper lists", "x = []", "x = [x]"),
        ("deeper dictionaries", "x = {}", "x = {'a': x}"),
        ("longer texts", "x = ''", "x = x + 'abc'"),
        ("longer texts in place", "x = ''", "x += f'{i} abc'"),
        ("longer lists", "x = []", "x = x + [i]"),
        ("appended lists", "x = []", "x.append(i)"),
        ("longer dictionaries", "x = {}", "x[f'k{i}'] = i"),
        ("longer sets", "x = set()", "x.add(f'k{i}')"),
        ("texts of SQL", "x = ''", "op.execute(f'UPDATE t SET a = {i}')"),
        ("one text of SQL", "x = ''", "op.execute('UPDATE t SET a = 1')"),
        ("tables", "x = ''", "op.create_table(f't{i}', sa.Column('id', sa.Integer()))"),
        ("columns", CREATE, "op.add_column('t', sa.Column(f'c{i}', sa.Integer()))"),
        ("functions of functions", "x = lambda: 1", "x = (lambda f: lambda: f())(x)\n    x()"),
        ("types of types", "x = sa.Integer()", "x = sa.ARRAY(x)"),
        ("clauses of clauses", "x = sa.text('a')", "x = sa.not_(x)"),
        ("classes of classes", "class X: pass", "class X(X): pass\n    X()"),
        (
            "errors caught",
            "x = 1",
            "try:\n        raise ValueError(i)\n    except ValueError as e:\n        x = e",
        ),
        ("conditions nobody knows", "x = op.get_bind()", "if x.execute(i).scalar(): x2 = i"),
    ] {
        all.push(Shape::body(format!("body: a loop of {name}"), 100_000_000, move |n| {
            format!("{before}\nfor i in range({n}):\n    {inner}\n")
        }));
    }
    all.extend([
        Shape::body("body: loops in a loop", 12, |n| {
            many(n, |i| format!("{}for a{i} in range(10000):\n", "    ".repeat(i)))
                + &format!("{}op.execute('SELECT 1')\n", "    ".repeat(n))
        }),
        Shape::body("body: functions that call the one before twice", 64, |n| {
            "def f0(): op.execute('SELECT 1')\n".to_owned()
                + &many(n, |i| format!("def f{0}():\n    f{i}()\n    f{i}()\n", i + 1))
                + &format!("f{n}()\n")
        }),
        Shape::body("body: functions that call the one before", 3_000, |n| {
            "def f0(): op.execute('SELECT 1')\n".to_owned()
                + &many(n, |i| format!("def f{0}():\n    f{i}()\n", i + 1))
                + &format!("f{n}()\n")
        }),
        Shape::body("body: a function that calls itself twice", 60, |n| {
            format!("def f(n):\n    if n > 0:\n        f(n - 1)\n        f(n - 1)\nf({n})\n")
        }),
        Shape::body("body: a loop without an end", 1, |_| "while True:\n    x = 1\n".to_owned()),
        Shape::body("body: a generator without an end", 1, |_| {
            "def g():\n    while True:\n        yield 1\nfor x in g():\n    y = [x for x in g()]\n".to_owned()
        }),
        Shape::body("body: a list that grows while it is gone through", 1, |_| {
            "x = [1]\nfor a in x:\n    x.append(a)\n".to_owned()
        }),
        Shape::body("body: tables", 20_000, |n| {
            many(n, |i| format!("op.create_table('t{i}', sa.Column('id', sa.Integer(), primary_key=True))\n"))
        }),
        Shape::body("body: columns of one table", 20_000, |n| {
            format!("op.create_table('t', {})\n", joined(n, ", ", |i| format!("sa.Column('c{i}', sa.Integer())")))
        }),
        Shape::body("body: columns of one table, one by one", 10_000, |n| {
            CREATE.to_owned() + &many(n, |i| format!("op.add_column('t', sa.Column('c{i}', sa.Integer()))\n"))
        }),
        Shape::body("body: columns dropped", 5_000, |n| {
            CREATE.to_owned()
                + &many(n, |i| format!("op.add_column('t', sa.Column('c{i}', sa.Integer()))\n"))
                + &many(n, |i| format!("op.drop_column('t', 'c{i}')\n"))
        }),
        Shape::body("body: indexes on one table", 10_000, |n| {
            CREATE.to_owned() + &many(n, |i| format!("op.create_index('i{i}', 't', ['id'])\n"))
        }),
        Shape::body("body: constraints on one table", 10_000, |n| {
            CREATE.to_owned() + &many(n, |i| format!("op.create_unique_constraint('i{i}', 't', ['id'])\n"))
        }),
        Shape::body("body: foreign keys to one table", 5_000, |n| {
            CREATE.to_owned()
                + &many(n, |i| {
                    format!("op.create_table('u{i}', sa.Column('id', sa.Integer(), sa.ForeignKey('t.id')))\n")
                })
        }),
        Shape::body("body: foreign keys of one table", 5_000, |n| {
            CREATE.to_owned()
                + &many(n, |i| format!("op.create_foreign_key('f{i}', 't', 't', ['id'], ['id'])\n"))
        }),
        Shape::body("body: columns of one index", 5_000, |n| {
            format!(
                "op.create_table('t', {})\nop.create_index('i', 't', [{}])\n",
                joined(n, ", ", |i| format!("sa.Column('c{i}', sa.Integer())")),
                joined(n, ", ", |i| format!("'c{i}'"))
            )
        }),
        Shape::body("body: values of an enum", 20_000, |n| {
            format!("sa.Enum({}, name='e').create(op.get_bind())\n", joined(n, ", ", |i| format!("'v{i}'")))
        }),
        Shape::body("body: values added to an enum", 5_000, |n| {
            "op.execute(\"CREATE TYPE e AS ENUM ('a')\")\n".to_owned()
                + &many(n, |i| format!("op.execute(\"ALTER TYPE e ADD VALUE 'v{i}'\")\n"))
        }),
        Shape::body("body: a table renamed", 10_000, |n| {
            "op.create_table('t0', sa.Column('id', sa.Integer()))\n".to_owned()
                + &many(n, |i| format!("op.rename_table('t{i}', 't{}')\n", i + 1))
        }),
        Shape::body("body: a column renamed", 10_000, |n| {
            "op.create_table('t', sa.Column('c0', sa.Integer()))\n".to_owned()
                + &many(n, |i| format!("op.alter_column('t', 'c{i}', new_column_name='c{}')\n", i + 1))
        }),
        Shape::body("body: tables that are not there", 10_000, |n| {
            many(n, |i| format!("op.drop_table('t{i}')\n"))
        }),
        Shape::body("body: columns that are not there", 10_000, |n| {
            CREATE.to_owned() + &many(n, |i| format!("op.drop_column('t', 'c{i}')\n"))
        }),
        Shape::body("body: names that are not there", 20_000, |n| many(n, |i| format!("x = nobody{i}\n"))),
        Shape::body("body: changes in one batch", 5_000, |n| {
            CREATE.to_owned()
                + "with op.batch_alter_table('t') as b:\n"
                + &many(n, |i| format!("    b.add_column(sa.Column('c{i}', sa.Integer()))\n"))
        }),
        Shape::body("body: batches of one table", 3_000, |n| {
            CREATE.to_owned()
                + &many(n, |i| {
                    format!("with op.batch_alter_table('t') as b:\n    b.add_column(sa.Column('c{i}', sa.Integer()))\n")
                })
        }),
        Shape::body("body: rows in one insert", 20_000, |n| {
            format!(
                "t = op.create_table('t', sa.Column('id', sa.Integer()))\nop.bulk_insert(t, [{}])\n",
                joined(n, ", ", |i| format!("{{'id': {i}}}"))
            )
        }),
        Shape::body("body: columns of one row", 5_000, |n| {
            format!(
                "t = op.create_table('t', {})\nop.bulk_insert(t, [{{{}}}])\n",
                joined(n, ", ", |i| format!("sa.Column('c{i}', sa.Integer())")),
                joined(n, ", ", |i| format!("'c{i}': {i}"))
            )
        }),
        Shape::body("body: early returns that nobody knows", 5_000, |n| {
            "x = op.get_bind()\n".to_owned() + &many(n, |i| format!("if x.execute('{i}').scalar():\n    return\n"))
        }),
        Shape::body("body: early returns, and a table each", 3_000, |n| {
            "x = op.get_bind()\n".to_owned()
                + &many(n, |i| {
                    format!(
                        "if x.execute('{i}').scalar():\n    return\nop.create_table('t{i}', sa.Column('id', sa.Integer()))\n"
                    )
                })
        }),
        Shape::body("body: conditions that nobody knows, and a table each", 3_000, |n| {
            "x = op.get_bind()\n".to_owned()
                + &many(n, |i| {
                    format!(
                        "if x.execute('{i}').scalar():\n    op.create_table('t{i}', sa.Column('id', sa.Integer()))\n"
                    )
                })
        }),
        Shape::body("body: conditions that nobody knows, and a name each", 5_000, |n| {
            "x = op.get_bind()\n".to_owned()
                + &many(n, |i| format!("if x.execute('{i}').scalar():\n    a{i} = 1\n"))
        }),
        Shape::body("body: conditions that nobody knows, and a list", 5_000, |n| {
            "x = op.get_bind()\ny = []\n".to_owned()
                + &many(n, |i| format!("if x.execute('{i}').scalar():\n    y.append({i})\n"))
        }),
        Shape::body("body: exceptions that nobody knows", 3_000, |n| {
            many(n, |i| format!("try:\n    f{i}()\nexcept Exception:\n    op.execute('SELECT {i}')\n"))
        }),
        Shape::body("body: exceptions that raise", 3_000, |n| {
            many(n, |i| format!("try:\n    op.drop_table('t{i}')\nexcept Exception:\n    return\n"))
        }),
        Shape::body("body: loops with breaks that nobody knows", 3_000, |n| {
            "x = op.get_bind()\n".to_owned()
                + &many(n, |i| format!("for a in [1, 2]:\n    if x.execute('{i}').scalar():\n        break\n"))
        }),
        Shape::body("body: loops over what nobody knows", 3_000, |n| {
            "x = op.get_bind()\n".to_owned()
                + &many(n, |i| format!("for a in x.execute('{i}'):\n    op.execute('SELECT {i}')\n"))
        }),
        Shape::body("body: choices that nobody knows", 20_000, |n| {
            "x = op.get_bind()\n".to_owned() + &many(n, |i| format!("y = {i} if x.execute('{i}').scalar() else 0\n"))
        }),
        Shape::body("body: operands that nobody knows", 10_000, |n| {
            format!("x = op.get_bind()\ny = {}\n", joined(n, " and ", |i| format!("x.execute('{i}').scalar()")))
        }),
        Shape::body("body: names", 50_000, |n| many(n, |i| format!("x{i} = {i}\n"))),
        Shape::body("body: keys of a dictionary", 50_000, |n| {
            format!("x = {{{}}}\n", joined(n, ", ", |i| format!("'k{i}': {i}")))
        }),
        Shape::body("body: keys looked up", 20_000, |n| {
            format!("x = {{{}}}\n", joined(n, ", ", |i| format!("'k{i}': {i}"))) + &many(n, |i| format!("y = x['k{i}']\n"))
        }),
        Shape::body("body: places looked up", 20_000, |n| {
            format!("x = [{}]\n", joined(n, ", ", |i| i.to_string())) + &many(n, |i| format!("y = x[{i}]\n"))
        }),
        Shape::body("body: letters looked up", 20_000, |n| {
            format!("x = '{}'\n", "a".repeat(n)) + &many(n, |i| format!("y = x[{i}]\nz = x[{i}:]\n"))
        }),
        Shape::body("body: what is in a list", 10_000, |n| {
            format!("x = [{}]\n", joined(n, ", ", |i| format!("'{i}'"))) + &many(n, |i| format!("y = '{i}' in x\n"))
        }),
        Shape::body("body: keyword arguments", 20_000, |n| {
            format!("def f(**k): pass\nf({})\n", joined(n, ", ", |i| format!("k{i}={i}")))
        }),
        Shape::body("body: parameters", 20_000, |n| {
            format!("def f({}): pass\nf()\n", joined(n, ", ", |i| format!("k{i}={i}")))
        }),
        Shape::body("body: attributes of a class", 20_000, |n| {
            format!("class C:\n{}", many(n, |i| format!("    a{i} = {i}\n"))) + &many(n, |i| format!("C.a{i}\n"))
        }),
        Shape::body("body: bases of a class", 2_000, |n| {
            many(n, |i| format!("class C{i}: pass\n")) + &format!("class D({}): pass\nD().x\n", joined(n, ", ", |i| format!("C{i}")))
        }),
        Shape::body("body: a class on a class", 2_000, |n| {
            "class C0: pass\n".to_owned()
                + &many(n, |i| format!("class C{}(C{i}): pass\n", i + 1))
                + &many(n, |i| format!("C{i}().x\n"))
        }),
        Shape::body("body: a diamond of classes", 60, |n| {
            "class C0: pass\n".to_owned()
                + &many(n, |i| format!("class A{i}(C{i}): pass\nclass B{i}(C{i}): pass\nclass C{}(A{i}, B{i}): pass\n", i + 1))
                + &format!("C{n}().x\n")
        }),
        Shape::body("body: one text of many statements", 10_000, |n| {
            format!("op.execute(\"\"\"\n{}\"\"\")\n", many(n, |i| format!("CREATE TABLE t{i} (id int);\n")))
        }),
        Shape::new("body: the same module of many", 2_000, |n| {
            let mut files = project((0..n).map(|i| {
                let parent = if i == 0 { "None".to_owned() } else { format!("'r{}'", i - 1) };
                (format!("r{i}.py"), format!("from helpers import h{i}\n") + &migration(&format!("r{i}"), &parent, &format!("h{i}()\n")))
            }));
            let helpers = "from alembic import op\n".to_owned() + &many(n, |i| format!("def h{i}():\n    op.execute('SELECT {i}')\n"));
            files.push(("helpers.py".to_owned(), helpers.into_bytes()));
            files
        }),
        Shape::new("body: as much as is followed, in each of many", 1_000, |n| {
            let body = "for a in range(900):\n    for b in range(900):\n        op.execute('SELECT 1')";
            project((0..n).map(|i| {
                let parent = if i == 0 { "None".to_owned() } else { format!("'r{}'", i - 1) };
                (format!("r{i}.py"), migration(&format!("r{i}"), &parent, body))
            }))
        }),
        Shape::new("body: a module that imports the one before", 2_000, |n| {
            let mut files = project([("a.py".to_owned(), format!("from h{n} import f\n") + &migration("a", "None", "f()\n"))]);
            files.push(("h0.py".to_owned(), b"def f(): pass\n".to_vec()));
            files.extend((0..n).map(|i| (format!("h{}.py", i + 1), format!("from h{i} import f\n").into_bytes())));
            files
        }),
    ]);
    all
}
