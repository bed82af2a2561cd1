//! The places where secrets are planted.

use super::{Files, Form, Kind, Planted};

/// What kind of project a place is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Alembic loads it: a migration for each secret, one after the other.
    Sound,
    /// Alembic does not: a file for each secret.
    Broken,
    /// A small project with one secret, and two heads, so that there is a repair.
    Alone,
}

/// A place for a secret.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    takes: &'static [Form],
    put: fn(&mut Files, usize, &Planted),
}

impl Place {
    pub(crate) fn takes(&self, kind: &Kind) -> bool {
        self.takes.contains(&kind.form)
    }

    pub(crate) fn put(&self, files: &mut Files, number: usize, secret: &Planted) {
        (self.put)(files, number, secret);
    }
}

use Form::{Address, Code, Lines, Setting, Sql, Text, Token};
use Shape::{Alone, Broken, Sound};

/// Any one line.
const LINE: &[Form] = &[Address, Text, Token, Sql, Code, Setting];
/// What is no statement of Python, so that it stands in a literal.
const PLAIN: &[Form] = &[Address, Text, Token, Sql, Setting];
const ANY: &[Form] = &[Address, Text, Token, Sql, Code, Setting, Lines];
const CODE: &[Form] = &[Code];
const SQL: &[Form] = &[Sql];
const ADDRESS: &[Form] = &[Address];
/// What can stand where a folder does: of an address, or of what else has a colon, a path keeps no form.
const FOLDER: &[Form] = &[Token, Setting];
const SETTING: &[Form] = &[Setting];

const fn place(
    shape: Shape,
    name: &'static str,
    takes: &'static [Form],
    put: fn(&mut Files, usize, &Planted),
) -> Place {
    Place { name, shape, takes, put }
}

/// All of them.
pub(crate) const PLACES: &[Place] = &[
    place(Sound, "message", LINE, |files, n, secret| {
        sound(files, n, &Parts { message: &documented(&one_line(&secret.text)), ..Parts::default() });
    }),
    place(Sound, "docstring", ANY, |files, n, secret| {
        sound(files, n, &Parts { doc: &documented(&secret.text), ..Parts::default() });
    }),
    place(Sound, "comment on the line of the parent", LINE, |files, n, secret| {
        let comment = format!("  # {}", one_line(&secret.text));
        sound(files, n, &Parts { same: &comment, ..Parts::default() });
    }),
    place(Sound, "variable", CODE, |files, n, secret| {
        sound(files, n, &Parts { below: &secret.text, ..Parts::default() });
    }),
    place(Sound, "variable that holds it", PLAIN, |files, n, secret| {
        let below = format!("note = {}", literal(&secret.text));
        sound(files, n, &Parts { below: &below, ..Parts::default() });
    }),
    place(Sound, "SQL that fails", SQL, |files, n, secret| {
        let sql = format!("op.execute({})", literal(&format!("{}; DROP TABLE gone_{n}", secret.text)));
        sound(files, n, &Parts { up: &sql, ..Parts::default() });
    }),
    place(Sound, "SQL that fails, over lines", SQL, |files, n, secret| {
        let sql = format!("op.execute(\"\"\"\n        DROP TABLE gone_{n};\n{}\n\"\"\")", secret.text);
        sound(files, n, &Parts { up: &sql, ..Parts::default() });
    }),
    place(Sound, "SQL that nobody understands", &[Sql, Address, Text, Token], |files, n, secret| {
        let sql = format!("op.execute({})", literal(&format!("NONSENSE gone_{n} {}", secret.text)));
        sound(files, n, &Parts { up: &sql, ..Parts::default() });
    }),
    place(Sound, "comment of SQL that fails", PLAIN, |files, n, secret| {
        let sql = format!("-- {}\nDROP TABLE gone_{n}", one_line(&secret.text));
        sound(files, n, &Parts { up: &format!("op.execute({})", literal(&sql)), ..Parts::default() });
    }),
    place(Sound, "statement beside one that fails", CODE, |files, n, secret| {
        let up = format!("op.drop_table('gone_{n}'); {}", secret.text.replace('\n', "\n    "));
        sound(files, n, &Parts { up: &up, ..Parts::default() });
    }),
    place(Sound, "comment beside what fails", LINE, |files, n, secret| {
        let up = format!("op.drop_table('gone_{n}')  # {}", one_line(&secret.text));
        sound(files, n, &Parts { up: &up, ..Parts::default() });
    }),
    place(Sound, "rows that are inserted", PLAIN, |files, n, secret| {
        let up = format!(
            "op.bulk_insert(sa.table('gone_{n}', sa.column('a')), [{{'a': {}}}])",
            literal(&secret.text)
        );
        sound(files, n, &Parts { up: &up, ..Parts::default() });
    }),
    place(Sound, "server default", PLAIN, |files, n, secret| {
        let up = format!(
            "op.create_table('t{n}', sa.Column('a', sa.Text(), server_default={})); op.drop_table('gone_{n}')",
            literal(&secret.text)
        );
        sound(files, n, &Parts { up: &up, ..Parts::default() });
    }),
    place(Sound, "comment of a column", PLAIN, |files, n, secret| {
        let up = format!("op.add_column('gone_{n}', sa.Column('a', comment={}))", literal(&secret.text));
        sound(files, n, &Parts { up: &up, ..Parts::default() });
    }),
    place(Sound, "name of a table", PLAIN, |files, n, secret| {
        let name = literal(&secret.text);
        let up = format!("op.create_table({name}, sa.Column({name}, sa.Text())); op.create_table({name})");
        sound(files, n, &Parts { up: &up, ..Parts::default() });
    }),
    place(Sound, "name of a column", PLAIN, |files, n, secret| {
        let name = literal(&secret.text);
        let up = format!("op.create_table('t{n}', sa.Column('a')); op.drop_column('t{n}', {name})");
        sound(files, n, &Parts { up: &up, ..Parts::default() });
    }),
    place(Sound, "value of a type", PLAIN, |files, n, secret| {
        let kind = literal(&secret.text);
        let up = format!(
            "op.create_table('t{n}', sa.Column('a', sa.Enum({kind}, name={kind}))); op.drop_table('gone_{n}')"
        );
        sound(files, n, &Parts { up: &up, ..Parts::default() });
    }),
    place(Sound, "condition of a constraint", PLAIN, |files, n, secret| {
        let up = format!("op.create_check_constraint('c', 'gone_{n}', {})", literal(&secret.text));
        sound(files, n, &Parts { up: &up, ..Parts::default() });
    }),
    place(Sound, "argument of a function nobody knows", PLAIN, |files, n, secret| {
        let up = format!("if helper({}): op.drop_table('gone_{n}')", literal(&secret.text));
        sound(files, n, &Parts { up: &up, ..Parts::default() });
    }),
    place(Sound, "error of a downgrade", PLAIN, |files, n, secret| {
        let down = format!("raise ValueError({})", literal(&secret.text));
        sound(files, n, &Parts { down: &down, ..Parts::default() });
    }),
    place(Sound, "id", PLAIN, |files, n, secret| {
        sound(files, n, &Parts { id: Some(&secret.text), ..Parts::default() });
    }),
    place(Sound, "label", PLAIN, |files, n, secret| {
        let below = format!("branch_labels = {}", literal(&secret.text));
        sound(files, n, &Parts { below: &below, ..Parts::default() });
    }),
    place(Sound, "name of a file", &[Token], |files, n, secret| {
        let keeps = |c: char| if c.is_alphanumeric() || "_-.=+".contains(c) { c } else { '_' };
        let name: String = secret.text.chars().map(keeps).collect();
        sound(files, n, &Parts { file: Some(&name), ..Parts::default() });
    }),
    place(Broken, "parent that is not there", PLAIN, |files, n, secret| {
        broken(files, n, &format!("revision = 'r{n}'\ndown_revision = {}\n{BODY}", literal(&secret.text)));
    }),
    place(Broken, "dependency that is not there", PLAIN, |files, n, secret| {
        let depends = literal(&secret.text);
        broken(files, n, &format!("revision = 'r{n}'\ndown_revision = None\ndepends_on = {depends}\n{BODY}"));
    }),
    place(Broken, "id of two files", PLAIN, |files, n, secret| {
        let text = format!("revision = {}\ndown_revision = None\n{BODY}", literal(&secret.text));
        broken(files, n, &text);
        broken(files, n + 100, &text);
    }),
    place(Broken, "line that Python refuses", LINE, |files, n, secret| {
        let refused = format!("def upgrade(:  # {}", one_line(&secret.text));
        broken(files, n, &format!("revision = 'r{n}'\ndown_revision = None\n{refused}\n    pass\n"));
    }),
    place(Broken, "statement that Python refuses", CODE, |files, n, secret| {
        broken(files, n, &format!("revision = 'r{n}'\ndown_revision = None\n{} )\n{BODY}", secret.text));
    }),
    place(Broken, "line of a computed id", LINE, |files, n, secret| {
        let computed = format!("revision = lookup()  # {}", one_line(&secret.text));
        broken(files, n, &format!("{computed}\ndown_revision = None\n{BODY}"));
    }),
    place(Broken, "argument of a computed parent", PLAIN, |files, n, secret| {
        let computed = format!("down_revision = lookup({})", literal(&secret.text));
        broken(files, n, &format!("revision = 'r{n}'\n{computed}\n{BODY}"));
    }),
    place(Broken, "parent in the docstring", PLAIN, |files, n, secret| {
        let doc = documented(&one_line(&secret.text));
        let text = format!("\"\"\"x\n\nRevision ID: {doc}\nRevises: {doc}\n\"\"\"\nrevision = 'r{n}'\n");
        broken(files, n, &format!("{text}down_revision = None\n{BODY}"));
    }),
    place(Broken, "mark of a conflict", PLAIN, |files, n, secret| {
        let branch = one_line(&secret.text);
        let sides = format!(
            "<<<<<<< HEAD\ndown_revision = None\n=======\ndown_revision = 'x{n}'\n>>>>>>> {branch}\n"
        );
        broken(files, n, &format!("revision = 'r{n}'\n{sides}{BODY}"));
    }),
    place(Broken, "statement after a parent that is rewritten", CODE, |files, n, secret| {
        let above = format!("\"\"\"x\n\nRevises: \n\"\"\"\nrevision = 'r{n}'\n");
        broken(files, n, &format!("{above}down_revision = 'gone{n}'\n{}\n{BODY}", secret.text));
    }),
    place(Broken, "name that is not defined", PLAIN, |files, n, secret| {
        let up = format!("def upgrade():\n    nobody_{n}({})\n", literal(&secret.text));
        broken(files, n, &format!("revision = 'r{n}'\ndown_revision = None\n{up}"));
    }),
    place(Broken, "id that Alembic refuses", PLAIN, |files, n, secret| {
        let id = literal(&format!("{}@-+", secret.text));
        broken(files, n, &format!("revision = {id}\ndown_revision = None\n{BODY}"));
    }),
    place(Alone, "address given twice", ADDRESS, |files, _, secret| {
        let url = format!("sqlalchemy.url = {}\n", secret.text);
        append(files, INI, &url.repeat(2));
    }),
    place(Alone, "address of the configuration", ADDRESS, |files, _, secret| {
        append(files, INI, &format!("sqlalchemy.url = {}\n", secret.text));
    }),
    place(Alone, "address of another section", ADDRESS, |files, _, secret| {
        let both = format!("[other]\nsqlalchemy.url = {0}\n[other]\nsqlalchemy.url = {0}\n", secret.text);
        append(files, INI, &both);
    }),
    place(Alone, "setting given twice", SETTING, |files, _, secret| {
        append(files, INI, &format!("{0}\n{0}\n", secret.text));
    }),
    place(Alone, "line before the first section", PLAIN, |files, _, secret| {
        let own = files.remove(INI).expect("it is there");
        files.insert(INI.to_owned(), format!("{}\n{own}", one_line(&secret.text)));
    }),
    place(Alone, "name of a section", PLAIN, |files, _, secret| {
        append(files, INI, &format!("[{0}]\n[{0}]\n", one_line(&secret.text)));
    }),
    place(Alone, "comment of the configuration", LINE, |files, _, secret| {
        append(files, INI, &format!("# {}\nbroken line\n", one_line(&secret.text)));
    }),
    place(Alone, "option of Alembic's", PLAIN, |files, _, secret| {
        let value = one_line(&secret.text);
        append(files, INI, &format!("revision_environment = {value}\nversion_path_separator = {value}\n"));
    }),
    place(Alone, "folder of versions", FOLDER, |files, _, secret| {
        append(files, INI, &format!("version_locations = migrations/versions {}\n", one_line(&secret.text)));
    }),
    place(Alone, "folder of scripts", FOLDER, |files, _, secret| {
        files.insert(INI.to_owned(), format!("[alembic]\nscript_location = {}\n", one_line(&secret.text)));
    }),
    place(Alone, "template of file names", PLAIN, |files, _, secret| {
        append(files, INI, &format!("file_template = {}%%(rev)s\n", one_line(&secret.text)));
    }),
    place(Alone, "pyproject.toml", PLAIN, |files, _, secret| {
        let url = serde_json::to_string(&secret.text).expect("text");
        let text = format!("[tool.alembic]\nscript_location = \"migrations\"\nurl = {url}\nurl = {url}\n");
        files.insert("pyproject.toml".to_owned(), text);
        files.remove(INI);
    }),
    place(Alone, "env.py, set as an option", PLAIN, |files, _, secret| {
        let set = format!(
            "context.config.set_main_option('sqlalchemy.url', {})\n",
            literal(&one_line(&secret.text))
        );
        append(files, ENV, &set);
    }),
    place(Alone, "env.py, given to an engine", PLAIN, |files, _, secret| {
        append(
            files,
            ENV,
            &format!("context.configure(connection=create_engine({}))\n", literal(&secret.text)),
        );
    }),
    place(Alone, "env.py, line that Python refuses", CODE, |files, _, secret| {
        append(files, ENV, &format!("{} )\n", secret.text));
    }),
    place(Alone, "env.py, beside the metadata", LINE, |files, _, secret| {
        let own = files.remove(ENV).expect("it is there");
        let beside = format!("target_metadata = None  # {}", one_line(&secret.text));
        files.insert(ENV.to_owned(), own.replace("target_metadata = None", &beside));
    }),
    place(Alone, "env.py, after the metadata", CODE, |files, _, secret| {
        let own = files.remove(ENV).expect("it is there");
        let after = format!("target_metadata = None\n{}", secret.text);
        files.insert(ENV.to_owned(), own.replace("target_metadata = None", &after));
    }),
    place(Alone, "template of migrations", ANY, |files, _, secret| {
        let mako =
            format!("\"\"\"${{message}}\n{}\n\"\"\"\nrevision = ${{repr(up_revision)}}\n", secret.text);
        files.insert("migrations/script.py.mako".to_owned(), mako);
    }),
    place(Alone, "what stands around", ANY, |files, _, secret| {
        files.insert("README.md".to_owned(), format!("`alembic upgrade head`\n\n{}\n", secret.text));
        files.insert(".env".to_owned(), format!("{}\nDATABASE_URL={}\n", secret.text, secret.text));
        files.insert(
            ".env.example".to_owned(),
            format!("DATABASE_URL=postgresql://db/panel\n{}\n", secret.text),
        );
        let run =
            format!("FROM postgres\nRUN alembic -c other.ini upgrade head # {}\n", one_line(&secret.text));
        files.insert("Dockerfile".to_owned(), run.clone());
        files.insert("docker-compose.yml".to_owned(), format!("services:\n  db:\n    {}\n", secret.text));
        files.insert("deploy.sh".to_owned(), format!("export {}\n{run}", one_line(&secret.text)));
    }),
    place(Alone, "migration that a repair rewrites", LINE, |files, _, secret| {
        let text = one_line(&secret.text);
        let rewritten = format!(
            "revision = 'b2'\ndown_revision = 'gone'  # {text}\n# {text}\nbranch_labels = None\n{BODY}"
        );
        files.insert("migrations/versions/b2.py".to_owned(), rewritten);
    }),
    place(Alone, "migration outside of its folder", ANY, |files, _, secret| {
        let text = format!(
            "\"\"\"{}\n\"\"\"\nrevision = 'gone'\ndown_revision = None\n{BODY}",
            documented(&secret.text)
        );
        files.insert("migrations/gone.py".to_owned(), text.clone());
        files.insert("migrations/versions/old/gone.py".to_owned(), text);
        files.insert(
            "migrations/versions/b2.py".to_owned(),
            format!("revision = 'b2'\ndown_revision = 'gone'\n{BODY}"),
        );
    }),
];

const INI: &str = "alembic.ini";
const ENV: &str = "migrations/env.py";
/// What a migration does that matters not.
const BODY: &str = "\nfrom alembic import op\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n";

/// A project without a secret.
pub(super) fn empty(shape: Shape) -> Files {
    let mut files = Files::new();
    files.insert(INI.to_owned(), "[alembic]\nscript_location = migrations\n".to_owned());
    files.insert(
        ENV.to_owned(),
        "from alembic import context\nfrom models import Base\ntarget_metadata = None\n\
         context.configure(target_metadata=target_metadata)\n"
            .to_owned(),
    );
    let models = "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase):\n    pass\n\
                  class Person(Base):\n    __tablename__ = 'people'\n";
    files.insert("models.py".to_owned(), models.to_owned());
    if shape == Shape::Alone {
        for (id, parent) in [("a1", "None"), ("b1", "'a1'"), ("b2", "'a1'")] {
            let text = format!("revision = '{id}'\ndown_revision = {parent}\n{BODY}");
            files.insert(format!("migrations/versions/{id}.py"), text);
        }
    }
    files
}

fn append(files: &mut Files, path: &str, text: &str) {
    files.get_mut(path).expect("it is there").push_str(text);
}

/// What a migration of a sound history says.
#[derive(Default)]
struct Parts<'a> {
    message: &'a str,
    doc: &'a str,
    id: Option<&'a str>,
    file: Option<&'a str>,
    same: &'a str,
    below: &'a str,
    up: &'a str,
    down: &'a str,
}

fn sound(files: &mut Files, number: usize, parts: &Parts<'_>) {
    let before = number.checked_sub(1).map_or_else(|| "None".to_owned(), |before| id_of(files, before));
    let id = parts.id.map_or_else(|| format!("'r{number}'"), literal);
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    let text = format!(
        "\"\"\"{}\n\n{}\n\nCreate Date: 2024-01-01\n\"\"\"\nfrom alembic import op\nimport sqlalchemy as sa\n\n\
         revision = {id}\ndown_revision = {before}{}\n{}\n\n\ndef upgrade():\n    {}\n\n\ndef downgrade():\n    {}\n",
        or(parts.message, "does something"),
        parts.doc,
        parts.same,
        parts.below,
        or(parts.up, "pass"),
        or(parts.down, "pass"),
    );
    let file = format!("{number:03}_{}", parts.file.unwrap_or_default());
    files.insert(format!("migrations/versions/{file}.py"), text);
}

/// The id of a migration of a sound history, as Python writes it.
fn id_of(files: &Files, number: usize) -> String {
    let start = format!("migrations/versions/{number:03}_");
    let text = files.iter().find(|(path, _)| path.starts_with(&start)).map_or("", |(_, text)| text);
    let line = text.lines().find_map(|line| line.strip_prefix("revision = "));
    line.expect("each has one").to_owned()
}

fn broken(files: &mut Files, number: usize, text: &str) {
    files.insert(format!("migrations/versions/f{number}.py"), text.to_owned());
}

fn one_line(text: &str) -> String {
    text.split('\n').map(str::trim).collect::<Vec<_>>().join(" ")
}

/// A text as it stands in a docstring.
fn documented(text: &str) -> String {
    format!("{} ", text.replace('\\', "\\\\").replace("'''", "'"))
}

/// A text as it stands in Python between single quotes.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', "\\n"))
}
