//! What the statements of a module can make large.

use super::{Shape, head, joined, many, migration, upgrade};

pub(super) fn shapes() -> Vec<Shape> {
    let mut all = Vec::new();
    // What doubles with each line.
    for (name, first, line) in [
        ("a list doubled", "[1]", "x = x + x"),
        ("a list of itself twice", "[1]", "x = [x, x]"),
        ("a tuple of itself twice", "(1,)", "x = (x, x)"),
        ("a set of a tuple of itself", "(1,)", "x = {(x, 1), (x, 2)}"),
        ("a text doubled", "'ab'", "x = x + x"),
        ("a text in itself", "'ab'", "x = f'{x}{x}'"),
        ("a tuple added to itself", "(1,)", "x += x"),
        ("a list of a list twice", "[1]", "x = list(x + x)"),
    ] {
        all.push(Shape::statements(format!("module: {name}"), 60, move |n| {
            format!("x = {first}\n{}", format!("{line}\n").repeat(n))
        }));
    }
    for (name, line) in [
        ("a list in a list", "x = [x]"),
        ("a tuple in a tuple", "x = (x,)"),
        ("a longer text", "x = x + 'abcdefgh'"),
        ("a longer tuple", "x = x + (1,)"),
        ("a name of a name", "x = y = x"),
        ("a longer list in place", "x += [1]"),
        ("an appended list", "x.append(x)"),
    ] {
        let first = match name {
            "a longer text" => "''",
            "a longer tuple" => "()",
            _ => "[]",
        };
        all.push(Shape::statements(format!("module: {name}"), 100_000, move |n| {
            format!("x = {first}\n{}", format!("{line}\n").repeat(n))
        }));
    }
    all.extend([
        Shape::statements("module: names", 100_000, |n| many(n, |i| format!("x{i} = {i}\n"))),
        Shape::statements("module: names, each of the one before", 100_000, |n| {
            format!("x0 = 'a'\n{}", many(n, |i| format!("x{} = x{i}\n", i + 1)))
        }),
        Shape::statements("module: one long list by many names", 3_000, |n| {
            format!("x = [{}]\n{}", joined(n, ", ", |i| i.to_string()), many(n, |i| format!("y{i} = x\n")))
        }),
        Shape::statements("module: keys of a dictionary", 100_000, |n| {
            format!("x = {{{}}}\n", joined(n, ", ", |i| format!("'k{i}': {i}")))
        }),
        Shape::statements("module: members of a set", 100_000, |n| {
            format!("x = {{{}}}\n", joined(n, ", ", |i| format!("'k{i}'")))
        }),
        Shape::statements("module: members of a set of tuples", 50_000, |n| {
            format!("x = {{{}}}\n", joined(n, ", ", |i| format!("('k{i}', {i})")))
        }),
        Shape::statements("module: keyword arguments", 100_000, |n| {
            format!("x = dict({})\n", joined(n, ", ", |i| format!("k{i}={i}")))
        }),
        Shape::statements("module: positional arguments", 100_000, |n| {
            format!("x = f({})\n", joined(n, ", ", |i| i.to_string()))
        }),
        Shape::statements("module: parameters", 100_000, |n| {
            format!("def f({}):\n    pass\n", joined(n, ", ", |i| format!("k{i}=0")))
        }),
        Shape::statements("module: functions", 50_000, |n| {
            many(n, |i| format!("def f{i}():\n    global x{i}\n    x{i} = 1\n"))
        }),
        Shape::statements("module: classes", 50_000, |n| many(n, |i| format!("class C{i}:\n    a = 1\n"))),
        Shape::statements("module: imports", 100_000, |n| many(n, |i| format!("import m{i}\n"))),
        Shape::statements("module: names of one import", 100_000, |n| {
            format!("from m import {}\n", joined(n, ", ", |i| format!("n{i}")))
        }),
        Shape::statements("module: targets of one assignment", 100_000, |n| {
            format!("{} = None\n", joined(n, " = ", |i| format!("n{i}")))
        }),
        Shape::statements("module: names unpacked", 50_000, |n| {
            format!("{} = {}\n", joined(n, ", ", |i| format!("n{i}")), joined(n, ", ", |i| i.to_string()))
        }),
        Shape::statements("module: names deleted", 50_000, |n| {
            format!("{}del {}\n", many(n, |i| format!("n{i} = 1\n")), joined(n, ", ", |i| format!("n{i}")))
        }),
        Shape::statements("module: names twice global", 50_000, |n| {
            format!("def f():\n    global {}\n", joined(n, ", ", |i| format!("n{i}")))
        }),
        Shape::statements("module: names of nonlocal", 30_000, |n| {
            format!(
                "def f():\n    {} = 1\n    def g():\n        nonlocal {}\n",
                joined(n, " = ", |i| format!("n{i}")),
                joined(n, ", ", |i| format!("n{i}"))
            )
        }),
        Shape::statements("module: conditions", 50_000, |n| many(n, |i| format!("if x{i}:\n    y{i} = 1\n"))),
        Shape::statements("module: exceptions caught", 50_000, |n| {
            many(n, |i| format!("try:\n    x{i} = f()\nexcept E{i}:\n    x{i} = 1\n"))
        }),
        Shape::statements("module: statements of one line", 100_000, |n| "x = 1; ".repeat(n) + "x = 2\n"),
        Shape::statements("module: lines that go on", 100_000, |n| {
            format!("x = 1{}\n", " \\\n + 1".repeat(n))
        }),
        Shape::statements("module: comments", 200_000, |n| "# a\n".repeat(n)),
        Shape::statements("module: empty lines", 1_000_000, |n| "\n".repeat(n)),
        Shape::statements("module: form feeds", 1_000_000, |n| "\u{c}".repeat(n) + "\n"),
        Shape::statements("module: a long text", 7_000_000, |n| format!("x = '{}'\n", "a".repeat(n))),
        Shape::statements("module: a long text of escapes", 900_000, |n| {
            format!("x = '{}'\n", "\\x41".repeat(n))
        }),
        Shape::statements("module: a long name", 1_000_000, |n| format!("{} = 1\n", "a".repeat(n))),
        Shape::statements("module: a long number", 1_000_000, |n| format!("x = {}\n", "1".repeat(n))),
        Shape::statements("module: a long decorator line", 100_000, |n| {
            format!("@a{}\ndef f():\n    pass\n", ".b".repeat(n))
        }),
        Shape::statements("module: annotations", 50_000, |n| many(n, |i| format!("x{i}: int = {i}\n"))),
        Shape::statements("module: a long annotation", 100_000, |n| {
            format!("x: a{} = 1\n", " | a".repeat(n))
        }),
        Shape::module("module: two ids on every line", 50_000, |n| {
            many(n, |_| "revision = 'a'\ndown_revision = None\n".to_owned()) + &upgrade("pass")
        }),
        Shape::module("module: ids joined of pieces", 100_000, |n| {
            format!("revision = {}\ndown_revision = None\n{}", "'a' ".repeat(n.max(1)), upgrade("pass"))
        }),
        Shape::module("module: an id of many bytes", 2_000_000, |n| {
            migration(&"a".repeat(n.max(1)), "None", "pass")
        }),
        Shape::module("module: parents that are not there", 20_000, |n| {
            migration("a", &format!("({})", many(n, |i| format!("'p{i}', "))), "pass")
        }),
        Shape::module("module: one parent many times", 20_000, |n| {
            migration("a", &format!("({})", "'p', ".repeat(n)), "pass")
        }),
        Shape::statements("module: passwords", 20_000, |n| {
            many(n, |i| format!("PASSWORD_{i} = 'Secret{i}x'\n"))
        }),
        Shape::statements("module: an address of many literals", 20_000, |n| {
            format!("url = 'postgresql://u:' {}'@h'\n", "'Secret1' ".repeat(n))
        }),
        Shape::module("module: dependencies that are not there", 20_000, |n| {
            format!(
                "{}depends_on = ({})\n{}",
                head("a", "None"),
                many(n, |i| format!("'p{i}', ")),
                upgrade("pass")
            )
        }),
        Shape::module("module: labels", 20_000, |n| {
            format!(
                "{}branch_labels = ({})\n{}",
                head("a", "None"),
                many(n, |i| format!("'p{i}', ")),
                upgrade("pass")
            )
        }),
        Shape::module("module: numbers for parents", 20_000, |n| {
            migration("a", &format!("({})", many(n, |i| format!("{i}, "))), "pass")
        }),
        Shape::module("module: a docstring of parents", 50_000, |n| {
            format!("\"\"\"m\n\nRevises: {}\n\"\"\"\n", joined(n, ", ", |i| format!("p{i}")))
                + &migration("a", "None", "pass")
        }),
        Shape::module("module: a docstring of lines", 200_000, |n| {
            format!("\"\"\"m\n{}\"\"\"\n", "Revises: p\n".repeat(n)) + &migration("a", "None", "pass")
        }),
        Shape::module("module: conflict marks", 50_000, |n| {
            head("a", "None")
                + &"<<<<<<< ours\nx = 1\n=======\nx = 2\n>>>>>>> theirs\n".repeat(n)
                + &upgrade("pass")
        }),
        Shape::module("module: conflict marks around ids", 20_000, |n| {
            "<<<<<<< ours\ndown_revision = 'b'\n=======\ndown_revision = 'c'\n>>>>>>> theirs\n"
                .repeat(n.max(1))
                + &upgrade("pass")
        }),
        Shape::module("module: errors, a line each", 50_000, |n| {
            migration("a", "None", "pass") + &"x = = 1\n".repeat(n)
        }),
        Shape::module("module: errors, all on one line", 50_000, |n| {
            migration("a", "None", "pass") + &"= ".repeat(n) + "\n"
        }),
        Shape::module("module: brackets that nobody closes", 100_000, |n| {
            migration("a", "None", "pass") + "x = " + &"(".repeat(n)
        }),
        Shape::module("module: brackets that nobody opens", 100_000, |n| {
            migration("a", "None", "pass") + "x = " + &")".repeat(n)
        }),
        Shape::module("module: quotes that nobody closes", 100_000, |n| {
            migration("a", "None", "pass") + &"x = 'a\n".repeat(n)
        }),
        Shape::module("module: bytes that are no text", 100_000, |n| {
            migration("a", "None", "pass") + &"# \u{0}\n".repeat(n)
        }),
        Shape::module("module: indents that fit nothing", 20_000, |n| {
            migration("a", "None", "pass") + &"if x:\n        y = 1\n    z = 1\n".repeat(n)
        }),
        Shape::module("module: brackets in eight megabytes", 7_900_000, |n| format!("x = {}", "[".repeat(n))),
        Shape::module("module: closed brackets in eight megabytes", 3_900_000, |n| {
            format!("x = {}{}\n", "[".repeat(n), "]".repeat(n))
        }),
        Shape::module("module: empty lists in eight megabytes", 2_500_000, |n| {
            format!("x = [{}]\n", "[],".repeat(n))
        }),
        Shape::module("module: calls in eight megabytes", 1_900_000, |n| "f()\n".repeat(n)),
    ]);
    all
}
