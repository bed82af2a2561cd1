//! What many files make together.

use super::{Files, Shape, joined, many, migration, project, upgrade};

/// A history of so many revisions, each with its own parents.
fn history(n: usize, parent: impl Fn(usize) -> String) -> Files {
    project((0..n).map(|i| (format!("r{i}.py"), migration(&format!("r{i}"), &parent(i), "pass"))))
}

fn before(i: usize) -> String {
    if i == 0 { "None".to_owned() } else { format!("'r{}'", i - 1) }
}

pub(super) fn shapes() -> Vec<Shape> {
    let chain = |name: &str, most: usize, more: fn(usize, usize) -> String| {
        Shape::new(format!("graph: {name}"), most, move |n| {
            project((0..n).map(|i| {
                let text = migration(&format!("r{i}"), &before(i), "pass");
                (format!("r{i}.py"), text + &more(i, n))
            }))
        })
    };
    vec![
        chain("a chain", 10_000, |_, _| String::new()),
        chain("a label on each", 3_000, |i, _| format!("branch_labels = 'l{i}'\n")),
        chain("one label on each", 3_000, |_, _| "branch_labels = 'l'\n".to_owned()),
        chain("a dependency on the first", 5_000, |i, _| {
            if i > 1 { "depends_on = 'r0'\n".to_owned() } else { String::new() }
        }),
        chain("a dependency on what is not there", 3_000, |i, _| format!("depends_on = 'gone{i}'\n")),
        chain("a docstring of its own", 5_000, |i, _| format!("'''Revises: r{}'''\n", i + 5)),
        chain("a table each", 5_000, |i, _| {
            upgrade(&format!("op.create_table('t{i}', sa.Column('id', sa.Integer()))"))
        }),
        chain("a column each", 3_000, |i, _| {
            upgrade(&if i == 0 {
                "op.create_table('t', sa.Column('id', sa.Integer()))".to_owned()
            } else {
                format!("op.add_column('t', sa.Column('c{i}', sa.Integer()))")
            })
        }),
        chain("a table each that fails", 3_000, |i, _| upgrade(&format!("op.drop_table('t{i}')"))),
        chain("a name each that is not there", 3_000, |i, _| upgrade(&format!("nobody{i}()"))),
        chain("an error each", 3_000, |_, _| "x = = 1\n".to_owned()),
        chain("an id that is too long each", 2_000, |i, _| format!("revision = '{}{i}'\n", "x".repeat(40))),
        Shape::new("graph: heads", 5_000, |n| {
            history(n, |i| if i == 0 { "None".to_owned() } else { "'r0'".to_owned() })
        }),
        Shape::new("graph: bases", 3_000, |n| history(n, |_| "None".to_owned())),
        Shape::new("graph: bases of one table", 2_000, |n| {
            project((0..n).map(|i| {
                let body = "op.create_table('t', sa.Column('id', sa.Integer()))";
                (format!("r{i}.py"), migration(&format!("r{i}"), "None", body))
            }))
        }),
        Shape::new("graph: bases that need one another", 1_000, |n| {
            project((0..n).map(|i| {
                let body = format!("op.create_table('t{i}', sa.Column('id', sa.Integer()))\nop.add_column('t{}', sa.Column('c{i}', sa.Integer()))", (i + 1) % n);
                (format!("r{i}.py"), migration(&format!("r{i}"), "None", &body))
            }))
        }),
        Shape::new("graph: two histories of which one needs the other", 500, |n| {
            let file = |name: &str, i: usize, body: &str| {
                let parent = if i == 0 { "None".to_owned() } else { format!("'{name}{}'", i - 1) };
                (format!("{name}{i}.py"), migration(&format!("{name}{i}"), &parent, body))
            };
            project((0..n).flat_map(|i| {
                [
                    file("a", i, &format!("op.create_table('t{i}', sa.Column('id', sa.Integer()))")),
                    file("b", i, &format!("op.add_column('t{i}', sa.Column('c', sa.Integer()))")),
                ]
            }))
        }),
        Shape::new("graph: chains of two", 2_000, |n| {
            history(2 * n, |i| if i % 2 == 0 { "None".to_owned() } else { before(i) })
        }),
        Shape::new("graph: parents that are not there", 5_000, |n| history(n, |i| format!("'gone{i}'"))),
        Shape::new("graph: one parent that is not there", 5_000, |n| history(n, |_| "'gone'".to_owned())),
        Shape::new("graph: own parents", 3_000, |n| history(n, |i| format!("'r{i}'"))),
        Shape::new("graph: a loop", 5_000, |n| history(n, |i| format!("'r{}'", (i + 1) % n))),
        Shape::new("graph: loops of two", 3_000, |n| history(2 * n, |i| format!("'r{}'", i ^ 1))),
        Shape::new("graph: one id", 2_000, |n| {
            project(
                (0..n).map(|i| (format!("r{i}.py"), migration("r", "None", &format!("op.execute('{i}')")))),
            )
        }),
        Shape::new("graph: ids twice", 1_500, |n| {
            project((0..2 * n).map(|i| {
                let id = i / 2;
                (format!("r{i}.py"), migration(&format!("r{id}"), &before(id), &format!("op.execute('{i}')")))
            }))
        }),
        Shape::new("graph: a merge of all", 5_000, |n| {
            let mut files = history(n, |_| "None".to_owned());
            let parents = format!("({})", many(n, |i| format!("'r{i}', ")));
            files.push(("m/versions/merge.py".to_owned(), migration("merge", &parents, "pass").into_bytes()));
            files
        }),
        Shape::new("graph: merges of all before", 200, |n| {
            history(n, |i| {
                if i == 0 { "None".to_owned() } else { format!("({})", many(i, |j| format!("'r{j}', "))) }
            })
        }),
        Shape::new("graph: a ladder", 2_000, |n| {
            history(3 * n, |i| match (i, i % 3) {
                (0, _) => "None".to_owned(),
                (_, 0) => format!("('r{}', 'r{}')", i - 1, i - 2),
                (_, 1) => format!("'r{}'", i - 1),
                _ => format!("'r{}'", i - 2),
            })
        }),
        Shape::new("graph: dependencies on all before", 200, |n| {
            project((0..n).map(|i| {
                let depends = format!("depends_on = ({})\n", many(i, |j| format!("'r{j}', ")));
                (format!("r{i}.py"), migration(&format!("r{i}"), "None", "pass") + &depends)
            }))
        }),
        Shape::new("graph: dependencies in a loop", 1_000, |n| {
            project((0..n).map(|i| {
                let depends = format!("depends_on = 'r{}'\n", (i + 1) % n);
                (format!("r{i}.py"), migration(&format!("r{i}"), "None", "pass") + &depends)
            }))
        }),
        Shape::new("graph: long ids", 2_000, |n| {
            history(n, |i| if i == 0 { "None".to_owned() } else { format!("'r{}'", i - 1) })
                .into_iter()
                .map(|(path, text)| {
                    let text = String::from_utf8(text).expect("made here");
                    (path, text.replace("\"r", &format!("\"{}", "x".repeat(1_000))).into_bytes())
                })
                .collect()
        }),
        Shape::new("graph: two ids of many bytes, one letter apart", 1_000_000, |n| {
            let id = "x".repeat(n);
            project([
                ("a.py".to_owned(), migration(&id, "None", "pass")),
                ("b.py".to_owned(), migration("b", &format!("'{id}y'"), "pass")),
            ])
        }),
        Shape::new("graph: long parents that are not there", 300, |n| {
            project((0..n).map(|i| {
                let id = |kind: &str| format!("{}{kind}{i}", "x".repeat(3_000));
                (format!("r{i}.py"), migration(&id("a"), &format!("'{}'", id("b")), "pass"))
            }))
        }),
        Shape::new("graph: folders in folders", 500, |n| {
            let mut files = project([("a.py".to_owned(), migration("a", "None", "pass"))]);
            files.push((
                format!("m/versions/{}b.py", "d/".repeat(n)),
                migration("b", "'a'", "pass").into_bytes(),
            ));
            files
        }),
        Shape::new("graph: files beside", 10_000, |n| {
            let mut files = project([("a.py".to_owned(), migration("a", "None", "pass"))]);
            files.extend(
                (0..n).map(|i| (format!("app/f{i}.py"), format!("import app.f{}\n", i + 1).into_bytes())),
            );
            files
        }),
        Shape::new("graph: models", 3_000, |n| {
            let mut files = project([("a.py".to_owned(), migration("a", "None", "pass"))]);
            let base = "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase): pass\n";
            files.push(("app/base.py".to_owned(), base.as_bytes().to_vec()));
            files.extend((0..n).map(|i| {
                let text = format!(
                    "import sqlalchemy as sa\nfrom app.base import Base\nclass M{i}(Base):\n    __tablename__ = 't{i}'\n    id = sa.Column(sa.Integer, primary_key=True)\n"
                );
                (format!("app/m{i}.py"), text.into_bytes())
            }));
            let env = "from alembic import context\nfrom app.base import Base\ncontext.configure(target_metadata=Base.metadata)\n";
            files.retain(|(path, _)| path != "m/env.py");
            files.push(("m/env.py".to_owned(), env.as_bytes().to_vec()));
            files
        }),
        Shape::new("graph: files that say how they are coded", 3_000, |n| {
            project((0..n).map(|i| {
                (
                    format!("r{i}.py"),
                    format!("# -*- coding: utf-16 -*-\n{}", migration(&format!("r{i}"), &before(i), "pass")),
                )
            }))
        }),
        Shape::new("graph: names that say their parents", 2_000, |n| {
            project((0..n).map(|i| {
                (
                    format!("{i:04}_{}.py", joined(5, "_", |j| format!("w{j}"))),
                    migration(&format!("{i:04}"), &format!("'{:04}_x'", i + 1), "pass"),
                )
            }))
        }),
    ]
}
