//! What can stand in one another, and what can stand in a row, of every kind that Python has.

use super::{Shape, around, head, joined, many, upgrade};

pub(super) fn shapes() -> Vec<Shape> {
    let mut all = Vec::new();
    // Expressions, as a value of the module and as one that is followed.
    for (name, open, middle, close) in [
        ("parentheses", "(", "1", ")"),
        ("lists", "[", "1", "]"),
        ("tuples", "(", "1", ",)"),
        ("sets", "{", "1", "}"),
        ("dictionaries", "{1: ", "1", "}"),
        ("calls of calls", "f(", "1", ")"),
        ("arguments by name", "f(a=", "1", ")"),
        ("subscripts in subscripts", "a[", "1", "]"),
        ("slices", "a[1:", "1", "]"),
        ("not", "not ", "1", ""),
        ("minus", "-", "1", ""),
        ("inverted", "~", "1", ""),
        ("plus, before", "+", "1", ""),
        ("power", "2 ** ", "1", ""),
        ("lambdas", "lambda: ", "1", ""),
        ("lambdas with a default", "lambda a=", "1", ": a"),
        ("comprehensions", "[a for a in ", "b", "]"),
        ("comprehensions of comprehensions", "[", "1", " for a in b]"),
        ("dictionary comprehensions", "{1: ", "1", " for a in b}"),
        ("generators", "(", "1", " for a in b)"),
        ("choices, to the right", "a if b else ", "c", ""),
        ("choices, to the left", "", "c", " if b else a"),
        ("walrus", "(a := ", "1", ")"),
        ("starred", "[*", "b", "]"),
        ("double starred", "{**", "b", "}"),
        ("yields", "(yield ", "1", ")"),
        ("texts in texts", "f'{", "1", "}'"),
        ("attributes", "", "a", ".b"),
        ("calls in a row", "", "f", "()"),
        ("methods in a row", "", "a", ".b()"),
        ("subscripts in a row", "", "a", "[0]"),
        ("compared in brackets", "", "a", " < (a)"),
        ("sums in brackets", "(1 + ", "1", ")"),
        ("and in brackets", "(a and ", "1", ")"),
        ("or in brackets", "(a or ", "1", ")"),
    ] {
        for place in ["module", "body"] {
            let value = move |n| format!("x = {}\n", around(n, open, middle, close));
            all.push(match place {
                "module" => Shape::statements(format!("nested, module: {name}"), 100_000, value),
                _ => Shape::body(format!("nested, body: {name}"), 100_000, value),
            });
        }
    }
    for (name, first, more) in [
        ("sums", "1", " + 1"),
        ("differences", "1", " - 1"),
        ("products", "a", " * a"),
        ("sums of names", "a", " + a"),
        ("sums of texts", "'a'", " + 'a'"),
        ("texts side by side", "'a'", " 'a'"),
        ("texts with values side by side", "f'{a}'", " f'{a}'"),
        ("per cents", "'%s'", " % 1"),
        ("and", "a", " and a"),
        ("or", "a", " or a"),
        ("and, or", "a", " and a or a"),
        ("less", "a", " < a"),
        ("in", "a", " in a"),
        ("is not", "a", " is not a"),
        ("bits", "a", " | a"),
        ("shifts", "a", " << a"),
        ("at", "a", " @ a"),
        ("dictionaries joined", "{}", " | {}"),
        ("commas", "1", ", 1"),
        ("clauses of a comprehension", "[1 for a in b", " for a in b"),
        ("conditions of a comprehension", "[1 for a in b", " if a"),
        ("lists of lists", "[1]", " + [1]"),
    ] {
        let end = if first.starts_with("[1 for") { "]" } else { "" };
        for place in ["module", "body"] {
            let value = move |n: usize| format!("x = {first}{}{end}\n", more.repeat(n));
            all.push(match place {
                "module" => Shape::statements(format!("in a row, module: {name}"), 100_000, value),
                _ => Shape::body(format!("in a row, body: {name}"), 100_000, value),
            });
        }
    }
    // Statements: Python takes a hundred blocks in one another, and any number in a row.
    for (name, line) in [
        ("if", "if a:"),
        ("if that nobody knows", "if op.get_bind().execute('x').scalar():"),
        ("for", "for a in [1]:"),
        ("for over what nobody knows", "for a in b():"),
        ("while", "while a():"),
        ("with", "with a():"),
        ("try", "try:"),
        ("functions", "def f():"),
        ("classes", "class C:"),
        ("match", "match a:"),
    ] {
        for (depth, most) in [("deep", 100_000), ("as deep as Python goes", 90)] {
            all.push(Shape::module(format!("blocks, {depth}: {name}"), most, move |n| {
                let mut text = head("a", "None") + "\ndef upgrade():\n";
                let n = n.min(2_600);
                for at in 0..n {
                    let by = " ".repeat(at + 1);
                    text += &format!("{by}{line}\n");
                    if line == "match a:" {
                        text += &format!("{by} case 1:\n");
                    }
                }
                text += &format!("{}x = 'a'\n", " ".repeat(n + 2));
                if line == "try:" {
                    for at in (0..n).rev() {
                        text += &format!("{}except E:\n{}pass\n", " ".repeat(at + 1), " ".repeat(at + 2));
                    }
                }
                text
            }));
        }
    }
    let row = |name: &str, most: usize, text: fn(usize) -> String| {
        Shape::body(format!("in a row: {name}"), most, text)
    };
    all.extend([
        row("elif", 100_000, |n| format!("if a():\n    pass\n{}", "elif a():\n    pass\n".repeat(n))),
        row("elif that is known", 100_000, |n| {
            format!("if 1 == 2:\n    pass\n{}", "elif 1 == 2:\n    pass\n".repeat(n))
        }),
        row("elif that nobody knows, and a table each", 2_000, |n| {
            format!("b = op.get_bind()\nif b.execute('').scalar():\n    pass\n{}", many(n, |i| {
                format!("elif b.execute('{i}').scalar():\n    op.create_table('t{i}', sa.Column('id', sa.Integer()))\n")
            }))
        }),
        row("except", 50_000, |n| {
            format!("try:\n    f()\n{}", many(n, |i| format!("except E{i}:\n    op.execute('SELECT 1')\n")))
        }),
        row("classes of one except", 50_000, |n| {
            format!("try:\n    f()\nexcept ({}):\n    pass\n", joined(n, ", ", |i| format!("E{i}")))
        }),
        row("case", 50_000, |n| format!("match f():\n{}", many(n, |i| format!("    case {i}:\n        op.execute('SELECT 1')\n")))),
        row("alternatives of one case", 100_000, |n| {
            format!("match f():\n    case 1{}:\n        pass\n", " | 1".repeat(n))
        }),
        row("patterns in a pattern", 100_000, |n| {
            format!("match f():\n    case {}:\n        pass\n", around(n, "[", "1", "]"))
        }),
        row("decorators", 100_000, |n| format!("{}def f():\n    pass\n", "@a\n".repeat(n))),
        row("decorators of a class", 100_000, |n| format!("{}class C:\n    pass\n", "@a\n".repeat(n))),
        row("items of one with", 100_000, |n| format!("with {}:\n    pass\n", joined(n, ", ", |i| format!("a() as b{i}")))),
        row("items of one with that yield", 2_000, |n| {
            format!(
                "import contextlib\n@contextlib.contextmanager\ndef a():\n    yield 1\nwith {}:\n    pass\n",
                joined(n, ", ", |i| format!("a() as b{i}"))
            )
        }),
        row("with", 50_000, |n| "with a():\n    pass\n".repeat(n)),
        row("if", 50_000, |n| "if a():\n    pass\n".repeat(n)),
        row("else", 50_000, |n| "if a():\n    pass\nelse:\n    pass\n".repeat(n)),
        row("for", 50_000, |n| "for a in [1]:\n    pass\n".repeat(n)),
        row("while", 50_000, |n| "while a():\n    pass\n".repeat(n)),
        row("try", 20_000, |n| "try:\n    a()\nfinally:\n    pass\n".repeat(n)),
        row("assert", 50_000, |n| "assert a()\n".repeat(n)),
        row("return", 50_000, |n| "return\n".repeat(n)),
        row("raise", 50_000, |n| "raise ValueError\n".repeat(n)),
        row("print", 50_000, |n| "print('a')\n".repeat(n)),
        row("functions", 20_000, |n| many(n, |i| format!("def f{i}():\n    pass\nf{i}()\n"))),
        row("targets of one for", 50_000, |n| {
            format!("for {} in b():\n    pass\n", joined(n, ", ", |i| format!("a{i}")))
        }),
        Shape::module("in a row: functions of the module", 50_000, |n| {
            head("a", "None") + &many(n, |i| format!("def f{i}(): pass\n")) + &upgrade("pass")
        }),
        Shape::module("in a row: upgrades", 20_000, |n| {
            head("a", "None") + &"def upgrade():\n    op.drop_table('t')\n".repeat(n)
        }),
        Shape::module("in a row: parentheses of a target", 100_000, |n| {
            format!("{}{} = 1\n{}", head("a", "None"), around(n, "(", "x", ")"), upgrade("pass"))
        }),
        Shape::module("in a row: brackets of a target", 100_000, |n| {
            format!("{}{} = f()\n{}", head("a", "None"), around(n, "[", "x", "]"), upgrade("pass"))
        }),
        Shape::module("in a row: a parent in parentheses", 100_000, |n| {
            super::migration("a", &around(n, "(", "'b'", ")"), "pass")
        }),
        Shape::module("in a row: a parent in tuples", 100_000, |n| {
            super::migration("a", &around(n, "(", "'b'", ",)"), "pass")
        }),
        Shape::module("in a row: an id of an id", 50_000, |n| {
            format!("revision = 'a'\ndown_revision = None\n{}{}", "revision = revision\n".repeat(n), upgrade("pass"))
        }),
    ]);
    all
}
