//! Configurations are read as Alembic, Python's `configparser` and `tomllib` read them: the same values, or the same error.
//!
//! They are made from a seed, of lines that are right, odd and wrong.

mod judge;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use judge::{Random, full, python, repository};
use rechain::ingest::{SourceTree, TreePath};
use rechain::source::{Environment, PythonFiles, find_environments};
use serde::Deserialize;

/// What Alembic makes of a configuration: values, or an error.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Answer {
    Raises { class: String, message: String },
    Reads { dir: String, version_locations: Vec<String>, recursive: bool },
}

/// The two files, if they are there.
#[derive(Debug, Default)]
struct Case {
    ini: Option<Vec<u8>>,
    toml: Option<Vec<u8>>,
}

const SECTIONS: &[&str] =
    &["[alembic]", "[DEFAULT]", "[other]", "[post_write_hooks]", " [alembic] x", "[Alembic]", "["];

const KEYS: &[&str] = &[
    "script_location",
    "Script_Location",
    "version_locations",
    "path_separator",
    "version_path_separator",
    "recursive_version_locations",
    "prepend_sys_path",
    "truncate_slug_length",
    "file_template",
    "timezone",
    "sourceless",
    "output_encoding",
    "sqlalchemy.url",
    "x",
    "here",
    "hooks",
    "",
];

const VALUES: &[&str] = &[
    "migrations",
    "%(here)s/migrations",
    "./migrations/",
    "migrations/../migrations",
    "gone/../migrations",
    "migrations/versions, other",
    "migrations/versions other,",
    "migrations/versions;other",
    "other, %(here)s/gone",
    "./a:b",
    "",
    "true",
    "True",
    "40",
    " 4_0",
    "long",
    "os",
    "space",
    "comma",
    "50%",
    "%%",
    "%(x)s",
    "%(X)s/%(here)s",
    "%(rev)s_%(slug)s",
    "%(x",
    "utf-8 ; comment",
    "'quoted'",
    "\u{e9}\u{feff}\u{a0}",
];

/// A value of the kind that a key wants, mostly.
fn value(random: &mut Random, key: &str) -> String {
    if random.chance(25) {
        return (*random.pick(VALUES)).to_owned();
    }
    let fitting: &[&str] = match key {
        "script_location" | "Script_Location" => &["migrations", "%(here)s/migrations", "./migrations"],
        "version_locations" => &["migrations/versions", "migrations/versions, other", "%(here)s/other other"],
        "path_separator" | "version_path_separator" => &["os", "space", "newline"],
        "recursive_version_locations" | "sourceless" => &["true", "false"],
        "truncate_slug_length" => &["40"],
        "file_template" => &["%%(rev)s_%%(slug)s"],
        _ => &["x", "other"],
    };
    (*random.pick(fitting)).to_owned()
}

fn ini(random: &mut Random) -> Vec<u8> {
    let end = *random.pick(&["\n", "\n", "\n", "\r\n", "\r"]);
    let mut lines: Vec<String> = Vec::new();
    if random.chance(95) {
        lines.push("[alembic]".to_owned());
        lines.push("script_location = migrations".to_owned());
    }
    for _ in 0..random.below(7) {
        let key = *random.pick(KEYS);
        let delimiter = *random.pick(&[" = ", " = ", "=", ":", " : "]);
        match random.below(20) {
            0 => lines.push((*random.pick(SECTIONS)).to_owned()),
            1 => lines.push("  # a comment".to_owned()),
            2 => lines.push(String::new()),
            3 => lines.push("\tother".to_owned()),
            4 => lines.push("   ; no value".to_owned()),
            5 => lines.push(key.to_owned()),
            _ => {
                let value = value(random, key);
                lines.push(format!("{key}{delimiter}{value}"));
            }
        }
    }
    let mut bytes = lines.join(end).into_bytes();
    if random.chance(60) {
        bytes.extend(end.as_bytes());
    }
    match random.below(60) {
        0 => bytes.splice(0..0, "\u{feff}".bytes()).for_each(drop),
        1 => bytes.extend(b"# caf\xe9\n"),
        2 => bytes.extend(b"x2 = \xe2\x82"),
        _ => {}
    }
    bytes
}

fn toml(random: &mut Random) -> Vec<u8> {
    let values = [
        "true",
        "false",
        "1",
        "0",
        "4.5",
        "'true'",
        "[]",
        "['other']",
        "['other', 'migrations/versions']",
        "[1]",
        "'other'",
        "{ a = 'b' }",
        "2020-01-01",
        "[{ name = 'x' }]",
        "[{ type = 'x' }]",
        "'%(here)s/other'",
        "'%(rev)s'",
        "'5%%'",
        "'5%'",
        "= 1",
    ];
    let mut text = match random.below(12) {
        0 => return b"tool = 1\n".to_vec(),
        1 => return b"[tool]\nalembic = 1\n".to_vec(),
        2 => return b"[project]\nname = 'x'\n".to_vec(),
        _ => "[tool.alembic]\nscript_location = '%(here)s/migrations'\n".to_owned(),
    };
    let keys: Vec<&str> =
        KEYS[2..].iter().chain(&["post_write_hooks"]).copied().filter(|key| !key.contains('.')).collect();
    let n = random.below(4);
    for key in random.sample(&keys, n).into_iter().filter(|key| !key.is_empty()) {
        let value = *random.pick(&values);
        text.push_str(&format!("{key} = {value}\n"));
    }
    text.into_bytes()
}

impl Case {
    fn of(seed: u64) -> Self {
        let mut random = Random::new(seed);
        match random.below(5) {
            0 => Self { ini: None, toml: Some(toml(&mut random)) },
            1 => Self { ini: Some(ini(&mut random)), toml: Some(toml(&mut random)) },
            _ => Self { ini: Some(ini(&mut random)), toml: None },
        }
    }

    fn tree(&self) -> SourceTree {
        let mut tree = SourceTree::default();
        let path = |text: &str| TreePath::parse(text).expect("relative");
        for (name, content) in [("alembic.ini", &self.ini), ("pyproject.toml", &self.toml)] {
            if let Some(content) = content {
                tree.insert(path(name), content.as_slice());
            }
        }
        tree.insert_folder(path("migrations/versions"));
        tree.insert_folder(path("other"));
        tree
    }

    fn shown(&self) -> String {
        let text = |content: &Option<Vec<u8>>| {
            content
                .as_deref()
                .map_or_else(|| "-".to_owned(), |bytes| format!("{:?}", String::from_utf8_lossy(bytes)))
        };
        format!("ini {}, toml {}", text(&self.ini), text(&self.toml))
    }
}

fn asked(cases: &[Case]) -> Option<Vec<Answer>> {
    let python = python("configurations_are_read_as_alembic_reads_them")?;
    let question: Vec<_> =
        cases.iter().map(|case| serde_json::json!({ "ini": case.ini, "toml": case.toml })).collect();
    let mut child = Command::new(python)
        .arg(repository("tests/python/configurations.py"))
        .env("PYTHONUTF8", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env_remove("ALEMBIC_CONFIG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("RECHAIN_PYTHON runs");
    let text = serde_json::to_string(&question).expect("plain data");
    child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "it answers");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

/// Whether the two say the same; nothing where rechain says that it cannot tell.
fn same(environment: Option<&Environment>, answer: &Answer) -> Option<bool> {
    let refusal = environment.and_then(|environment| environment.refusals.first());
    let is_unknown = environment.is_some_and(|environment| !environment.unknown.is_empty());
    Some(match (answer, refusal) {
        // Which modules there are is the machine's.
        (Answer::Raises { class, .. }, _) if class == "ModuleNotFoundError" => return None,
        (Answer::Raises { class, .. }, Some(ours)) if class == "TOMLDecodeError" => ours.class == class,
        (Answer::Raises { class, message }, Some(ours)) => {
            ours.class == class && ours.message() == message.replace("<DIR>/", "").replace("<DIR>", ".")
        }
        (Answer::Raises { message, .. }, None) if message.starts_with("No 'script_location' key") => {
            environment.is_none_or(|environment| {
                environment.config.as_ref().is_none_or(|config| config.settings.script_location.is_none())
            })
        }
        _ if is_unknown => return None,
        (Answer::Reads { dir, version_locations, recursive }, None) => {
            environment.is_some_and(|environment| {
                let settings = &environment.config.as_ref().expect("a configuration names it").settings;
                let here = |text: &str| text.replace("%(here)s", "<DIR>");
                let ours: Vec<String> = settings.version_locations.iter().map(|text| here(text)).collect();
                let location = here(settings.script_location.as_deref().unwrap_or_default());
                // A text instead of a list: each character counts, those of the folder's own path too.
                let is_text = version_locations.len() > 1
                    && version_locations.iter().all(|one| one.chars().count() == 1);
                let plain = |path: &str| path.trim_start_matches("./").trim_end_matches('/').to_owned();
                plain(&location) == plain(dir)
                    && (ours == *version_locations || is_text && !ours.is_empty())
                    && settings.recursive == *recursive
            })
        }
        (Answer::Raises { .. }, None) | (Answer::Reads { .. }, Some(_)) => false,
    })
}

#[test]
fn configurations_are_read_as_alembic_reads_them() {
    let n = std::env::var("RECHAIN_FOLDERS").ok().and_then(|n| n.parse().ok());
    let cases: Vec<Case> = (0..n.unwrap_or(if full() { 10_000 } else { 1000 })).map(Case::of).collect();
    let Some(answers) = asked(&cases) else { return };
    let (mut n_unknown, mut classes) = (0, BTreeMap::<&str, usize>::new());
    let mut problems = Vec::new();
    for (seed, (case, answer)) in cases.iter().zip(&answers).enumerate() {
        let class = match answer {
            Answer::Raises { class, .. } => class.as_str(),
            Answer::Reads { .. } => "reads",
        };
        *classes.entry(class).or_default() += 1;
        let environments = find_environments(&PythonFiles::of(&case.tree()));
        let of = |wanted: fn(&str) -> bool| {
            environments
                .iter()
                .find(|environment| environment.config.as_ref().is_some_and(|config| wanted(&config.section)))
        };
        // Whatever is wrong with the whole file is told with the section that is used.
        let environment =
            of(|section| matches!(section, "alembic" | "tool.alembic")).or_else(|| of(|_| true));
        match same(environment, answer) {
            None => n_unknown += 1,
            Some(true) => {}
            Some(false) => problems.push(format!(
                "seed {seed}: Alembic {answer:?}; rechain {:?}, {:?}\n    {}",
                environment.map(|environment| (&environment.refusals, &environment.unknown)),
                environment.and_then(|environment| environment.config.as_ref()),
                case.shown()
            )),
        }
    }
    println!(
        "{} configurations: {classes:?}; {n_unknown} unknown, {} disagreements",
        cases.len(),
        problems.len()
    );
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
    assert!(classes.len() > 8 && n_unknown * 10 < cases.len(), "{classes:?}, {n_unknown} unknown");
}
