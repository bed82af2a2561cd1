//! Folders of migrations, made from a seed: sound and broken graphs, written in every style that real files show.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::Path;

use rechain::ingest::{Intake, Limits, SourceTree};
use serde_json::{Value, json};

use super::judge::Random;

/// A made folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    pub(crate) seed: u64,
    pub(crate) tree: SourceTree,
    layout: Layout,
}

/// How the folder says where its migrations are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Ini,
    Pyproject,
    TwoLocations,
    Recursive,
    FlaskMigrate,
}

/// One revision, before it is written.
#[derive(Debug, Clone)]
struct Revision {
    id: String,
    parents: Vec<String>,
    depends_on: Vec<String>,
    labels: Vec<String>,
}

impl Folder {
    /// The folder of a seed. Every other one has no fault put in on purpose.
    pub(crate) fn of(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let faulty = seed % 2 == 1;
        let layout = *random.pick(&[
            Layout::Ini,
            Layout::Ini,
            Layout::Ini,
            Layout::Pyproject,
            Layout::TwoLocations,
            Layout::Recursive,
            Layout::FlaskMigrate,
        ]);
        let revisions = graph(&mut random, faulty);
        let mut files = Files(Intake::new(Limits::default()));
        layout.write(&mut files);
        for (at, revision) in revisions.iter().enumerate() {
            let name = file_name(&mut random, at, &revision.id);
            let folder = layout.place(&mut random);
            let text = script(&mut random, revision, faulty);
            files.add(&format!("{folder}/{name}"), &encoded(&mut random, &text));
        }
        strangers(&mut random, layout, faulty, &mut files);
        Self { seed, tree: files.0.finish().tree, layout }
    }

    /// The question for the judge, when the folder has been written to `dir`.
    pub(crate) fn question(&self, dir: &Path) -> Value {
        match self.layout {
            // `flask db` itself names the folder.
            Layout::FlaskMigrate => json!({ "dir": dir, "script_location": "migrations" }),
            _ => json!({ "dir": dir }),
        }
    }

    /// The folder as text, for a failed test's message.
    pub(crate) fn shown(&self) -> String {
        let mut text = format!("seed {}, {:?}\n", self.seed, self.layout);
        for (path, bytes) in self.tree.iter().filter(|(path, _)| path.file_name().contains(".py")) {
            text.push_str(&format!("---- {path}\n{}\n", String::from_utf8_lossy(bytes)));
        }
        text
    }
}

struct Files(Intake);

impl Files {
    fn add(&mut self, path: &str, bytes: &[u8]) {
        self.0.add(path, bytes.to_vec());
    }
}

impl Layout {
    fn write(self, files: &mut Files) {
        let ini = |more: &str| format!("[alembic]\nscript_location = %(here)s/migrations\n{more}");
        match self {
            Self::Ini => files.add("alembic.ini", ini("").as_bytes()),
            Self::Pyproject => files.add(
                "pyproject.toml",
                b"[project]\nname = \"made\"\n\n[tool.alembic]\nscript_location = \"%(here)s/migrations\"\n",
            ),
            Self::TwoLocations => files.add(
                "alembic.ini",
                ini("version_locations = %(here)s/migrations/versions %(here)s/migrations/other\npath_separator = space\n")
                    .as_bytes(),
            ),
            Self::Recursive => files.add("alembic.ini", ini("recursive_version_locations = true\n").as_bytes()),
            Self::FlaskMigrate => files.add("migrations/alembic.ini", b"# A generic, single database configuration.\n\n[alembic]\n"),
        }
        files.add("migrations/env.py", b"from alembic import context\n\ncontext.run_migrations()\n");
    }

    /// The folder of the next file.
    fn place(self, random: &mut Random) -> &'static str {
        match self {
            Self::TwoLocations => ["migrations/versions", "migrations/other"][random.below(2)],
            Self::Recursive => {
                ["migrations/versions", "migrations/versions/2024", "migrations/versions/2024/b"]
                    [random.below(3)]
            }
            _ => "migrations/versions",
        }
    }
}

fn graph(random: &mut Random, faulty: bool) -> Vec<Revision> {
    let n = random.below(13);
    let ids: Vec<String> = (0..n).map(|at| id(random, at)).collect();
    let loops = faulty && random.chance(35);
    let mut labels: Vec<String> = Vec::new();
    let mut revisions: Vec<Revision> = Vec::new();
    for at in 0..n {
        let pool: Vec<String> = if loops { ids.clone() } else { ids[..at].to_vec() };
        let pool: Vec<String> =
            pool.into_iter().filter(|other| *other != ids[at] || random.chance(10)).collect();
        // Mostly a line with a few forks, as real folders are.
        let parents = match random.below(100) {
            _ if at == 0 && !loops => Vec::new(),
            0..55 if !loops => vec![ids[at - 1].clone()],
            55..60 => Vec::new(),
            60..85 => random.sample(&pool, 1),
            85..96 => random.sample(&pool, 2),
            _ => random.sample(&pool, 3),
        };
        let mut depends_on = if random.chance(12) { random.sample(&pool, 1 + at % 2) } else { Vec::new() };
        if !labels.is_empty() && random.chance(6) {
            depends_on.push(random.pick(&labels).clone());
        }
        let own = if random.chance(10) { vec![format!("L{at}")] } else { Vec::new() };
        labels.extend(own.iter().cloned());
        revisions.push(Revision { id: ids[at].clone(), parents, depends_on, labels: own });
    }
    if random.chance(60) {
        join(random, &mut revisions);
    }
    if faulty && !revisions.is_empty() {
        for _ in 0..=random.below(2) {
            break_something(random, &mut revisions);
        }
    }
    random.shuffle(&mut revisions);
    revisions
}

fn id(random: &mut Random, at: usize) -> String {
    match random.below(40) {
        0..20 => format!("{:012x}", random.next() & 0xffff_ffff_ffff),
        20..28 => format!("{}{at}", random.pick(&["a", "b", "x"])),
        28..32 => format!("add_table_{at:03}"),
        32..34 => format!("{:04}", at + 1),
        34 => format!("0.{at}.1"),
        35 => format!("v {at}"),
        36 => format!("é{at}"),
        37 => format!("it's{at}"),
        38 => format!("B{at}\\x"),
        _ => format!("a_description_of_thirty_two_or_so_{at}"),
    }
}

/// A last revision that joins every head.
fn join(random: &mut Random, revisions: &mut Vec<Revision>) {
    let heads: Vec<String> = revisions
        .iter()
        .filter(|revision| !revisions.iter().any(|other| other.parents.contains(&revision.id)))
        .map(|revision| revision.id.clone())
        .collect();
    if heads.len() > 1 {
        let id = format!("{:012x}", random.next() & 0xffff_ffff_ffff);
        revisions.push(Revision { id, parents: heads, depends_on: Vec::new(), labels: Vec::new() });
    }
}

fn break_something(random: &mut Random, revisions: &mut Vec<Revision>) {
    let at = random.below(revisions.len());
    let other = revisions[random.below(revisions.len())].clone();
    let revision = &mut revisions[at];
    match random.below(14) {
        0 => revision.parents.push("nope".to_owned()),
        1 => revision.parents = vec!["gone_long_ago".to_owned()],
        2 => revision.depends_on.push("no_dependency".to_owned()),
        3 => revision.labels.push(other.id),
        4 => revision.labels.extend(["twice".to_owned(), "twice".to_owned()]),
        5 => revision.id.push(*random.pick(&['@', '-', '+', ':'])),
        6 => revision.parents.push(revision.id.clone()),
        7 => revision.depends_on.push(revision.id.clone()),
        8 => revision.parents = vec![other.id.chars().take(4).collect()],
        9 => revision.parents = vec![String::new()],
        10 => revision.parents = vec![format!("{}_file", other.id)],
        11 => {
            let copy = revision.clone();
            revisions.push(copy);
        }
        12 => {
            let parents = if random.chance(50) { Vec::new() } else { other.parents };
            revisions.push(Revision { id: other.id, parents, depends_on: Vec::new(), labels: Vec::new() });
        }
        _ => {
            let again = revision.parents.first().cloned();
            revision.parents.extend(again);
        }
    }
}

fn file_name(random: &mut Random, at: usize, id: &str) -> String {
    let slug: String = id.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    match random.below(24) {
        0 => format!("{at:02} copy.py"),
        1 => format!(".hidden_{at}.py"),
        2 => format!("a.b-{at}.c.py"),
        3 => format!("Größe_{at}.py"),
        4 => format!("Upper_{at}.py"),
        5 => format!("it's_{at}.py"),
        6..10 => format!("2024_{:02}_{:02}-{slug}_{at}.py", at % 12 + 1, random.below(28) + 1),
        10..15 => format!("{slug}_a_message_{at}.py"),
        _ => {
            format!("{:02}_{slug}.py", random.below(90) + 10) + if at.is_multiple_of(2) { "" } else { "x.py" }
        }
    }
}

/// Files that are no migrations: most of them none of Alembic's business.
fn strangers(random: &mut Random, layout: Layout, faulty: bool, files: &mut Files) {
    let versions = "migrations/versions";
    for (path, text) in [
        ("__init__.py", ""),
        ("__init__extra.py", "raise SystemExit\n"),
        (".#lock.py", "def (\n"),
        ("README.md", "# Migrations\n"),
        ("notes.txt", "revision = 'x'\n"),
        ("script.PY", "revision = 'x'\ndown_revision = None\n"),
        ("__pycache__/z.py", "revision = 'cached'\ndown_revision = None\n"),
    ] {
        if random.chance(15) {
            files.add(&format!("{versions}/{path}"), text.as_bytes());
        }
    }
    if faulty {
        for (path, text) in [
            ("helpers.py", "def exists(name):\n    return False\n"),
            ("env.py", "import os\n"),
            ("zz_broken.py", "revision = 'broken'\ndown_revision = None\n\ndef upgrade(:\n    pass\n"),
            (
                "zz_conflict.py",
                "<<<<<<< ours\nrevision = 'p'\n=======\nrevision = 'q'\n>>>>>>> theirs\ndown_revision = None\n",
            ),
            ("zz_no_parent.py", "revision = 'no_parent'\n"),
            (
                "zz_tabs.py",
                "revision = 'tabs'\ndown_revision = None\ndef upgrade():\n\tif True:\n        pass\n",
            ),
            ("zz_quote.py", "revision = 'quote\ndown_revision = None\n"),
            ("cafe.py", "down_revision = None\n\n\ndef upgrade():\n    pass\n"),
        ] {
            if random.chance(3) {
                files.add(&format!("{versions}/{path}"), text.as_bytes());
            }
        }
    }
    if layout != Layout::Recursive && random.chance(10) {
        files.add(&format!("{versions}/old/q.py"), b"revision = 'unseen'\ndown_revision = None\n");
    }
}

fn script(random: &mut Random, revision: &Revision, faulty: bool) -> String {
    let annotated = random.chance(50);
    let type_of = |name: &str| match (annotated, name) {
        (false, _) => "",
        (true, "revision") => ": str",
        (true, "down_revision") => ": Union[str, Sequence[str], None]",
        (true, _) => ": str | tuple[str, ...] | None",
    };
    let mut text = String::new();
    if random.chance(85) {
        let said = if random.chance(4) { "elsewhere".to_owned() } else { revision.parents.join(", ") };
        let plain = |text: &str| text.replace('\\', "\\\\").replace('"', "");
        let quotes = *random.pick(&["\"\"\"", "'''", "r\"\"\""]);
        let message = random.pick(&["Add table", "merge", "Größe", "", "two\nlines"]);
        let month = random.below(12) + 1;
        text.push_str(&format!(
            "{quotes}{message}\n\nRevision ID: {}\nRevises: {}\nCreate Date: 2024-{month:02}-0{} 10:00:00\n\n{quotes}\n",
            plain(&revision.id),
            plain(&said),
            random.below(9) + 1
        ).replace(quotes, if quotes.starts_with('r') { "\"\"\"" } else { quotes }));
    }
    if annotated {
        text.push_str("from typing import Sequence, Union\n\n");
    }
    text.push_str("# revision identifiers, used by Alembic.\n");
    let name = "revision";
    text.push_str(&format!("{name}{} = {}\n", type_of(name), string(random, &revision.id)));
    let name = "down_revision";
    let computed = faulty && random.chance(2);
    let value = value(random, &revision.parents);
    let value = if computed { format!("(lambda: ({value}))()") } else { value };
    let comment = if random.chance(10) { "  # the parent, 'quoted'" } else { "" };
    text.push_str(&format!("{name}{} = {value}{comment}\n", type_of(name)));
    for (name, values) in [("branch_labels", &revision.labels), ("depends_on", &revision.depends_on)] {
        if !values.is_empty() || random.chance(75) {
            text.push_str(&format!("{name}{} = {}\n", type_of(name), self::value(random, values)));
        }
    }
    text.push_str("\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n");
    text
}

fn string(random: &mut Random, text: &str) -> String {
    let quote = *random.pick(&['"', '\'']);
    let escaped: String = text
        .chars()
        .map(|c| if c == '\\' || c == quote { format!("\\{c}") } else { c.to_string() })
        .collect();
    if escaped == text && text.len() > 3 && text.is_ascii() {
        match random.below(40) {
            0 => return format!("{quote}{}{quote} {quote}{}{quote}", &text[..2], &text[2..]),
            1 => return format!("u{quote}{text}{quote}"),
            2 => return format!("r{quote}{text}{quote}"),
            3 => return format!("({quote}{text}{quote})"),
            4 => return format!("{quote}{quote}{quote}{text}{quote}{quote}{quote}"),
            _ => {}
        }
    }
    format!("{quote}{escaped}{quote}")
}

fn value(random: &mut Random, values: &[String]) -> String {
    let strings: Vec<_> = values.iter().map(|value| string(random, value)).collect();
    match strings.as_slice() {
        [] => (*random.pick(&["None", "None", "None", "()", "[]", "(None)"])).to_owned(),
        [one] if random.chance(80) => one.clone(),
        [one] => match random.below(2) {
            0 => format!("({one},)"),
            _ => format!("[{one}]"),
        },
        many => match random.below(5) {
            0 => format!("[{}]", many.join(", ")),
            1 => format!("(\n    {},  # a comment\n)", many.join(",\n    ")),
            2 => many.join(", "),
            _ => format!("({})", many.join(", ")),
        },
    }
}

/// As the file's bytes: line ends, byte-order mark, encoding.
fn encoded(random: &mut Random, text: &str) -> Vec<u8> {
    match random.below(30) {
        0 => text.replace('\n', "\r\n").into_bytes(),
        1 => format!("\u{feff}{text}").into_bytes(),
        2 if text.chars().all(|c| u32::from(c) < 256) => {
            let text = format!("# -*- coding: latin-1 -*-\n{text}");
            text.chars().map(|c| u32::from(c) as u8).collect()
        }
        3 => text.trim_end().as_bytes().to_vec(),
        _ => text.as_bytes().to_vec(),
    }
}
