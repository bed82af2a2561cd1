//! What configuration can make large.

use super::{ENV, Files, INI, Shape, around, joined, many, migration, project, upgrade};

/// A sound project of one migration, with other files in the place of its own, or beside them.
fn with(files: impl IntoIterator<Item = (String, String)>) -> Files {
    let mut all = project([("a.py".to_owned(), migration("a", "None", "pass"))]);
    for (path, text) in files {
        all.retain(|(own, _)| *own != path);
        all.push((path, text.into_bytes()));
    }
    all
}

fn one(
    name: &str,
    most: usize,
    path: &'static str,
    text: impl Fn(usize) -> String + Send + Sync + 'static,
) -> Shape {
    Shape::new(format!("configuration: {name}"), most, move |n| with([(path.to_owned(), text(n))]))
}

pub(super) fn shapes() -> Vec<Shape> {
    let ini = |name: &str, most: usize, text: fn(usize) -> String| {
        one(&format!("ini, {name}"), most, "alembic.ini", move |n| INI.to_owned() + &text(n))
    };
    let env = |name: &str, most: usize, text: fn(usize) -> String| {
        one(&format!("env.py, {name}"), most, "m/env.py", move |n| text(n) + ENV)
    };
    let toml = |name: &str, most: usize, text: fn(usize) -> String| {
        one(&format!("toml, {name}"), most, "pyproject.toml", move |n| {
            "[tool.alembic]\nscript_location = \"m\"\n".to_owned() + &text(n)
        })
    };
    vec![
        ini("sections", 100_000, |n| many(n, |i| format!("[s{i}]\na = 1\n"))),
        ini("sections that are environments", 5_000, |n| {
            many(n, |i| format!("[s{i}]\nscript_location = m\n"))
        }),
        ini("options", 100_000, |n| many(n, |i| format!("o{i} = {i}\n"))),
        ini("one option many times", 50_000, |n| "a = 1\n".repeat(n)),
        ini("one url many times", 20_000, |n| "sqlalchemy.url = postgresql://u:p@h/d\n".repeat(n)),
        ini("sections twice", 50_000, |n| many(n, |i| format!("[s{i}]\na = 1\n[s{i}]\n"))),
        ini("lines that go on", 100_000, |n| format!("a =\n{}", "    b\n".repeat(n))),
        ini("lines that are nothing", 100_000, |n| "b\n".repeat(n)),
        ini("brackets that nobody closes", 100_000, |n| "[".repeat(n)),
        ini("options of an option", 5_000, |n| {
            many(n, |i| format!("o{i} = %(o{})s\n", i + 1))
                + &format!("o{n} = x\nversion_locations = %(o0)s\n")
        }),
        ini("an option that doubles", 60, |n| {
            "o0 = xx\n".to_owned()
                + &many(n, |i| format!("o{} = %(o{i})s%(o{i})s\n", i + 1))
                + &format!("version_locations = %(o{n})s\n")
        }),
        ini("an option of itself", 1, |_| "o = %(o)s\nversion_locations = %(o)s\n".to_owned()),
        ini("version locations", 20_000, |n| {
            format!("version_locations = {}\n", joined(n, " ", |i| format!("v{i}")))
        }),
        ini("one version location many times", 20_000, |n| {
            format!("version_locations = {}\n", "m/versions ".repeat(n))
        }),
        ini("a long url", 1_000_000, |n| format!("x = postgresql://{}@h/d\n", "a".repeat(n))),
        ini("a long separator", 100_000, |n| format!("version_path_separator = {}\n", "a".repeat(n))),
        ini("per cents", 500_000, |n| format!("a = {}\nversion_locations = %(a)s\n", "%%".repeat(n))),
        ini("a template of fields", 50_000, |n| format!("file_template = {}\n", "%%(rev)s".repeat(n))),
        ini("prepended paths", 20_000, |n| {
            format!("prepend_sys_path = {}\n", joined(n, ":", |i| format!("p{i}")))
        }),
        toml("keys", 50_000, |n| many(n, |i| format!("k{i} = {i}\n"))),
        toml("tables", 50_000, |n| many(n, |i| format!("[t{i}]\na = 1\n"))),
        toml("tables in tables", 50_000, |n| format!("[a{}]\nb = 1\n", ".a".repeat(n))),
        toml("arrays in arrays", 100_000, |n| format!("a = {}\n", around(n, "[", "1", "]"))),
        toml("inline tables", 100_000, |n| format!("a = {}\n", around(n, "{a = ", "1", "}"))),
        toml("an array", 200_000, |n| format!("a = [{}]\n", "1, ".repeat(n))),
        toml("version locations", 20_000, |n| {
            format!("version_locations = [{}]\n", joined(n, ", ", |i| format!("\"v{i}\"")))
        }),
        env("imports", 20_000, |n| many(n, |i| format!("import m{i}\n"))),
        env("names", 50_000, |n| many(n, |i| format!("x{i} = {i}\n"))),
        env("configured", 5_000, |n| "context.configure(target_metadata=None)\n".repeat(n)),
        env("functions that call one another", 3_000, |n| {
            "def f0(): pass\n".to_owned()
                + &many(n, |i| format!("def f{}(): f{i}()\n", i + 1))
                + &format!("f{n}()\n")
        }),
        env("options", 20_000, |n| {
            format!("context.configure({})\n", joined(n, ", ", |i| format!("k{i}={i}")))
        }),
        env("doubled lists", 60, |n| "x = [1]\n".to_owned() + &"x = x + x\n".repeat(n)),
        env("lists of lists", 60, |n| "x = [1]\n".to_owned() + &"x = [x, x]\n".repeat(n)),
        env("sums", 100_000, |n| format!("x = 1{}\n", " + 1".repeat(n))),
        env("brackets", 100_000, |n| format!("x = {}\n", around(n, "(", "1", ")"))),
        one("a template for files, long", 200_000, "m/script.py.mako", |n| {
            "${message}\n".repeat(n)
                + "revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n"
        }),
        one("a template for files, nested", 50_000, "m/script.py.mako", |n| around(n, "${", "a", "}")),
        one("a template for files, conditions", 50_000, "m/script.py.mako", |n| {
            around(n, "% if a:\n", "a\n", "% endif\n")
        }),
        one("a script of the shell", 100_000, "run.sh", |n| {
            "alembic -c alembic.ini upgrade head\n".repeat(n)
        }),
        one("a file for Docker", 100_000, "Dockerfile", |n| "RUN alembic upgrade head\n".repeat(n)),
        one("requirements", 100_000, "requirements.txt", |n| many(n, |i| format!("p{i}==1\n"))),
        one("a compose file", 100_000, "docker-compose.yml", |n| {
            "services:\n".to_owned() + &many(n, |i| format!("  s{i}:\n    image: postgres:1{}\n", i % 7))
        }),
        Shape::new("configuration: environments", 1_000, |n| {
            (0..n)
                .flat_map(|i| {
                    [
                        (format!("p{i}/alembic.ini"), INI.as_bytes().to_vec()),
                        (format!("p{i}/m/env.py"), ENV.as_bytes().to_vec()),
                        (format!("p{i}/m/versions/a.py"), migration("a", "None", "pass").into_bytes()),
                    ]
                })
                .collect()
        }),
        Shape::new("configuration: environments that nobody names", 1_000, |n| {
            (0..n)
                .flat_map(|i| {
                    [
                        (format!("p{i}/env.py"), ENV.as_bytes().to_vec()),
                        (
                            format!("p{i}/versions/a{i}.py"),
                            migration(&format!("a{i}"), "None", "pass").into_bytes(),
                        ),
                    ]
                })
                .collect()
        }),
        Shape::new("configuration: broken environments", 200, |n| {
            (0..n)
                .flat_map(|i| {
                    [
                        (format!("p{i}/alembic.ini"), INI.as_bytes().to_vec()),
                        (format!("p{i}/m/env.py"), ENV.as_bytes().to_vec()),
                        (format!("p{i}/m/versions/a.py"), migration("a", "None", "pass").into_bytes()),
                        (format!("p{i}/m/versions/b.py"), migration("b", "None", "pass").into_bytes()),
                    ]
                })
                .collect()
        }),
        Shape::new("configuration: ini files of one environment", 2_000, |n| {
            with(
                (0..n)
                    .map(|i| (format!("c{i}/alembic.ini"), "[alembic]\nscript_location = ../m\n".to_owned())),
            )
        }),
        Shape::new("configuration: modules that env.py reaches", 3_000, |n| {
            let mut files = with([("m/env.py".to_owned(), format!("import h{n}\n{ENV}"))]);
            files.push(("h0.py".to_owned(), b"x = 1\n".to_vec()));
            files.extend(
                (0..n).map(|i| (format!("h{}.py", i + 1), format!("from h{i} import x\n").into_bytes())),
            );
            files
        }),
        Shape::new("configuration: a package of modules", 3_000, |n| {
            let mut files = with([("m/env.py".to_owned(), format!("from app import *\n{ENV}"))]);
            files.push((
                "app/__init__.py".to_owned(),
                many(n, |i| format!("from .m{i} import *\n")).into_bytes(),
            ));
            files.extend((0..n).map(|i| (format!("app/m{i}.py"), format!("x{i} = 1\n").into_bytes())));
            files
        }),
        Shape::new("configuration: settings", 3_000, |n| {
            let settings = "class S:\n".to_owned()
                + &many(n, |i| format!("    k{i} = 'v{i}'\n"))
                + "    url = 'sqlite://'\ns = S()\n";
            let env = "from alembic import context\nfrom settings import s\ncontext.config.set_main_option('sqlalchemy.url', s.url)\ncontext.configure(target_metadata=None)\n";
            with([("settings.py".to_owned(), settings), ("m/env.py".to_owned(), env.to_owned())])
        }),
        Shape::new("configuration: models in one file", 3_000, |n| {
            let models = "import sqlalchemy as sa\nfrom sqlalchemy.orm import declarative_base\nBase = declarative_base()\n".to_owned()
                + &many(n, |i| format!("class M{i}(Base):\n    __tablename__ = 't{i}'\n    id = sa.Column(sa.Integer, primary_key=True)\n"));
            let env = "from alembic import context\nfrom models import Base\ncontext.configure(target_metadata=Base.metadata)\n";
            with([("models.py".to_owned(), models), ("m/env.py".to_owned(), env.to_owned())])
        }),
        Shape::new("configuration: a migration for each of many databases", 1_000, |n| {
            let ini = format!(
                "[alembic]\nscript_location = m\ndatabases = {}\n{}",
                joined(n, ", ", |i| format!("d{i}")),
                many(n, |i| format!("[d{i}]\nsqlalchemy.url = sqlite://\n"))
            );
            let text = migration("a", "None", "pass").replace(
                "def upgrade():",
                "def upgrade(engine_name):\n    globals()['upgrade_' + engine_name]()\n\ndef upgrade_x():",
            ) + &many(n, |i| format!("def upgrade_d{i}():\n    pass\n"));
            with([("alembic.ini".to_owned(), ini), ("m/versions/a.py".to_owned(), text + &upgrade("pass"))])
        }),
    ]
}
