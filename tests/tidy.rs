//! The borders between rooms, and what every file must have.

mod code;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use code::Code;

/// The rooms in order: each may use itself and those before it.
const ROOMS: [&str; 19] = [
    "text", "ingest", "source", "graph", "alembic", "schema", "replay", "finding", "audited", "rules",
    "patch", "plan", "drawing", "report", "audit", "sample", "download", "worker", "cli",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                let below = path.strip_prefix(root()).expect("below").to_string_lossy().replace('\\', "/");
                found.push((below, fs::read_to_string(&path).expect("UTF-8")));
            }
        }
    }
    found.sort();
    found
}

/// The room of a file below `src`.
fn room(path: &str) -> &str {
    let below = path.strip_prefix("src/").unwrap_or(path);
    below.split('/').next().unwrap_or(below).trim_end_matches(".rs")
}

/// How many modules below the top of the crate a file's module is.
fn depth(path: &str) -> usize {
    let below = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    below.trim_end_matches("/mod").split('/').filter(|part| *part != "lib").count()
}

/// The code of the files below a folder, without the files of tests.
fn code(folder: &str) -> Vec<(String, Code)> {
    let read: Vec<_> = files(folder, "rs").into_iter().map(|(path, text)| (path, Code::of(&text))).collect();
    let tests: Vec<String> = read
        .iter()
        .flat_map(|(path, code)| code.test_modules.iter().map(|name| format!("{}/{name}", own_folder(path))))
        .collect();
    let of_tests = |path: &str| {
        tests.iter().any(|module| {
            path.strip_prefix(module.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        })
    };
    read.into_iter().filter(|(path, _)| !of_tests(path)).collect()
}

/// The folder where a file's modules stand.
fn own_folder(path: &str) -> &str {
    let module = path.trim_end_matches(".rs");
    ["/mod", "/lib", "/main"].iter().find_map(|name| module.strip_suffix(name)).unwrap_or(module)
}

#[test]
fn a_room_uses_earlier_rooms_only() {
    let early = |room: &str| ROOMS.iter().position(|name| *name == room);
    for (path, code) in code("src") {
        let own = room(&path);
        let Some(rank) = early(own) else { continue };
        for name in code.paths_from_the_top(depth(&path)) {
            let Some(used) = early(name) else { continue };
            assert!(used <= rank, "{path}: {own} comes before {name}");
        }
    }
}

#[test]
fn what_is_shown_is_made_of_texts_that_may_be_shown() {
    for path in ["src/report/model.rs", "src/report/replay/mod.rs", "src/drawing/mod.rs"] {
        let (_, code) = code("src").into_iter().find(|(file, _)| file == path).expect("it is there");
        for word in ["String", "Box<str>", "Arc<str>", "Cow<", ": &'static str", "<&'static str"] {
            assert!(!code.text.contains(word), "{path} has a {word}, which nobody redacts");
        }
    }
}

#[test]
fn the_page_takes_the_report_and_never_audits() {
    let allowed = ["ui", "text", "report", "drawing", "download", "worker", "ingest", "sample"];
    for (path, code) in code("src/ui") {
        for name in code.paths_from_the_top(depth(&path)) {
            assert!(allowed.contains(&name), "{path} uses {name}");
        }
        assert!(!code.text.contains("examine("), "{path} audits");
    }
}

#[test]
fn each_library_and_each_outside_thing_has_its_room() {
    let borders: &[(&str, &[&str])] = &[
        ("tree_sitter", &["src/source/python/grammar.rs"]),
        ("petgraph::", &["src/graph/"]),
        ("zip::", &["src/ingest/", "src/patch/bundle.rs", "src/download/"]),
        ("similar::", &["src/patch/"]),
        ("sqlparser::", &["src/schema/sql/"]),
        ("rpds::", &["src/schema/"]),
        (
            "web_sys::",
            &["src/ui/browser/", "src/worker/engine.rs", "src/worker/engine/", "src/bin/rechain-engine.rs"],
        ),
        ("std::fs", &["src/cli/load.rs", "src/cli/write.rs", "src/cli/write/"]),
        ("std::env::", &["src/bin/rechain.rs"]),
        ("std::net::", &[]),
        ("process::Command", &[]),
        ("rand::", &[]),
        ("getrandom", &[]),
        ("SystemTime", &[]),
        ("Instant::", &[]),
        ("inner_html", &[]),
        ("set_inner_html", &[]),
        ("println!", &[]),
    ];
    for (path, code) in code("src") {
        for (word, allowed) in borders {
            let named = code.text.contains(word);
            assert!(!named || allowed.iter().any(|place| path.starts_with(place)), "{path} names {word}");
        }
    }
}

#[test]
fn one_file_knows_the_parser_and_its_grammar() {
    let kinds: serde_json::Value = serde_json::from_str(tree_sitter_python::NODE_TYPES).expect("JSON");
    // A name of one word may be anything.
    let names = kinds.as_array().expect("a list").iter().filter(|kind| kind["named"] == true);
    let names =
        names.filter_map(|kind| kind["type"].as_str()).filter(|name| name.trim_matches('_').contains('_'));
    // It is the name of a future of Python too.
    let names = names.filter(|name| *name != "with_statement");
    let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
    assert!(names.len() > 50);
    let knows = |text: &str| text.contains("tree_sitter") || names.iter().any(|name| text.contains(name));
    let who: Vec<String> =
        files("src", "rs").into_iter().filter(|(_, text)| knows(text)).map(|(path, _)| path).collect();
    assert_eq!(who, ["src/source/python/grammar.rs"]);
}

#[test]
fn one_place_says_which_file_a_module_is() {
    // A dotted name becomes a path, or the other way round.
    let turns = [r#".replace('.', "/")"#, r#".replace('/', ".")"#];
    let knows = |text: &str| turns.iter().any(|turn| text.contains(turn));
    let places: BTreeSet<String> = files("src", "rs")
        .into_iter()
        .filter(|(_, text)| knows(text))
        .map(|(path, _)| own_folder(&path).trim_end_matches("/roots").to_owned())
        .collect();
    assert_eq!(places, BTreeSet::from(["src/source/modules".to_owned()]));
}

#[test]
fn every_module_says_what_it_is_for() {
    for (path, source) in
        files("src", "rs").into_iter().chain(files("tests", "rs")).chain(files("xtask", "rs"))
    {
        assert!(source.starts_with("//! "), "{path} has no module documentation");
    }
}

#[test]
fn the_c_headers_for_wasm_are_those_of_the_pinned_version() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("there");
    let config = fs::read_to_string(root().join(".cargo/config.toml")).expect("there");
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("tree-sitter-language = \"="))
        .map(|rest| rest.trim_end_matches('"'))
        .expect("it is pinned");
    assert!(config.contains(&format!("tree-sitter-language-{version}/wasm/include")));
}

#[test]
fn every_dependency_earns_a_line_in_the_design() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("there");
    let design = fs::read_to_string(root().join("DESIGN.md")).expect("there");
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line == "[dependencies]" || line == "[dev-dependencies]";
        } else if inside && let Some((name, _)) = line.split_once(" = ") {
            assert!(name.starts_with(' ') || design.contains(name), "{name} is not in DESIGN.md");
        }
    }
}

#[test]
fn only_what_is_under_the_attribute_of_tests_is_cut_out() {
    let cases = [
        ("a();\n#[cfg(test)]\nmod tests {\n    fn b() { let c = '}'; }\n}\nd();", "a();\n\nd();"),
        ("#[cfg(test)]\npub(crate) mod fixture;\nmod a;", "\nmod a;"),
        ("#[cfg(test)]\nuse crate::{a, b::{c, d}};\nuse e;", "\nuse e;"),
        ("#[cfg(test)]\n#[allow(dead_code)]\nfn a(b: [u8; 2]) -> u8 { 1 }\nfn c() {}", "\nfn c() {}"),
        ("#[cfg(test)]\nconst A: [u8; 2] = { [1, 2] };\nb", "\nb"),
        ("#[cfg(test)]\nfn a<B, C>() -> D<B, C>\nwhere\n    B: E,\n    C: E,\n{}\nf", "\nf"),
        ("struct A { #[cfg(test)] b: Fn<u8, u8>, c: u8 }", "struct A {  c: u8 }"),
        ("struct A { #[cfg(test)] b: u8, c: u8 }", "struct A {  c: u8 }"),
        ("struct A { c: u8, #[cfg(test)] b: u8 }", "struct A { c: u8, }"),
        ("#[cfg(test)]\nimpl A { fn b() {} }\n#[cfg(test)]\nmod tests;\n", "\n\n"),
        ("// #[cfg(test)]\nfn a() {}", "\nfn a() {}"),
        ("/* #[cfg(test)] /* { */ */fn a() {}", "fn a() {}"),
        ("a(\"#[cfg(test)] \\\" {\"); b", "a(\"\"); b"),
        ("a(r#\"#[cfg(test)] \" {\"#, b\"{\", br\"{\"); c", "a(\"\", b\"\", \"\"); c"),
        (
            "fn a<'b>(c: &'b str) { ['{', '\\'', '\\u{7b}', '\\\\'] }",
            "fn a<'b>(c: &'b str) { [' ', ' ', ' ', ' '] }",
        ),
    ];
    for (source, expected) in cases {
        assert_eq!(Code::of(source).text, expected, "{source}");
    }
    assert_eq!(Code::of("#[cfg(test)]\npub(crate) mod a;\nmod b;").test_modules, ["a"]);
    assert!(Code::of("#[cfg(test)]\nmod a {}\n").test_modules.is_empty());
}

#[test]
fn every_path_paths_from_the_top_is_seen() {
    let cases: [(&str, usize, &[&str]); 6] = [
        ("use crate::a::b; fn c() { crate::d::e() }", 1, &["a", "d"]),
        ("use crate::{\n    a,\n    b::{c, d},\n    e as f,\n};", 2, &["a", "b", "e"]),
        ("$crate::a!(); my_crate::b(); ::c::crate::d()", 1, &[]),
        ("use super::a; use super::super::b;", 1, &["a", "super"]),
        ("use super::a; use super::super::b; use super::super::{c, d::e};", 2, &["b", "c", "d"]),
        ("use super::super::a;", 3, &[]),
    ];
    for (source, depth, expected) in cases {
        assert_eq!(Code::of(source).paths_from_the_top(depth), expected, "{source}");
    }
    assert_eq!(["src/lib.rs", "src/a.rs", "src/a/mod.rs", "src/a/b.rs"].map(depth), [0, 1, 1, 2]);
}

#[test]
fn the_code_of_the_files_is_seen_whole() {
    let found = code("src");
    let length = |path: &str| {
        let (_, code) = found.iter().find(|(found, _)| found == path).expect("it is there");
        code.text.lines().count()
    };
    assert!(length("src/replay/run/mod.rs") > 180 && length("src/rules/mod.rs") > 90);
    for tests in [
        "src/rules/fixture.rs",
        "src/graph/fixture.rs",
        "src/schema/tests/laws.rs",
        "src/replay/run/tests/mod.rs",
    ] {
        assert!(root().join(tests).exists(), "{tests}");
        assert!(!found.iter().any(|(path, _)| path == tests), "{tests} is a file of tests");
    }
}

#[test]
fn only_the_account_knows_what_it_is_made_of() {
    let source = fs::read_to_string(root().join("src/replay/mod.rs")).expect("there");
    // What other rooms can name at all.
    let offered: BTreeSet<&str> = source
        .split("pub use ")
        .skip(1)
        .flat_map(|line| {
            line.split(';').next().unwrap_or_default().split(|c: char| !c.is_alphanumeric() && c != '_')
        })
        .filter(|word| word.starts_with(char::is_uppercase))
        .collect();
    let known = [
        "Account",
        "Certainty",
        "ColumnLife",
        "Direction",
        "Ending",
        "Event",
        "Failing",
        "Fate",
        "History",
        "Known",
        "Moment",
        "Note",
        "On",
        "Origin",
        "Outlook",
        "Placed",
        "Prerequisite",
        "Replay",
        "Run",
        "Span",
        "Step",
        "Stop",
        "TableLife",
        "Taken",
        "Upgrade",
        "VERSION_WIDTH",
        "WayBack",
        "Width",
    ];
    assert_eq!(offered, BTreeSet::from(known), "a replay's failures and the needs stay in their room");
    let chain = fs::read_to_string(root().join("src/replay/chain.rs")).expect("there");
    assert!(
        chain.contains("    pub(super) failures: Vec<Placed<Failure>>,"),
        "nobody else sees a replay's failures"
    );
    let needs = fs::read_to_string(root().join("src/replay/needs.rs")).expect("there");
    assert!(needs.contains("pub(super) struct Needs {"), "nobody else sees the needs");
}
