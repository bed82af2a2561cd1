//! The borders between rooms, and what every file must have.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in order: each may use itself and those before it.
const ROOMS: [&str; 17] = [
    "text", "ingest", "source", "graph", "alembic", "schema", "replay", "finding", "rules", "plan", "patch",
    "drawing", "report", "sample", "download", "worker", "cli",
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

/// The rooms that a file names after `crate::`, tests left out.
fn used(source: &str) -> Vec<&str> {
    let code = source.split("#[cfg(test)]").next().unwrap_or(source);
    code.match_indices("crate::")
        .filter(|(at, _)| !code[..*at].ends_with('$'))
        .map(|(at, word)| {
            let rest = &code[at + word.len()..];
            &rest[..rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(rest.len())]
        })
        .collect()
}

#[test]
fn a_room_uses_earlier_rooms_only() {
    // What a plan changes is a patch, so the two words are shared; the patch's formats come later.
    let early = |room: &str| ROOMS.iter().position(|name| *name == room);
    for (path, source) in files("src", "rs") {
        let own = room(&path);
        let Some(rank) = early(own) else { continue };
        for name in used(&source) {
            let Some(used) = early(name) else { continue };
            let allowed = used <= rank || (own == "plan" && name == "patch");
            assert!(allowed, "{path}: {own} comes before {name}");
        }
    }
}

#[test]
fn the_page_takes_the_report_and_never_audits() {
    let allowed = ["ui", "text", "report", "drawing", "download", "worker", "ingest", "sample"];
    for (path, source) in files("src/ui", "rs") {
        for name in used(&source) {
            assert!(allowed.contains(&name), "{path} uses {name}");
        }
        assert!(!source.contains("examine("), "{path} audits");
    }
}

#[test]
fn each_library_and_each_outside_thing_has_its_room() {
    let borders: &[(&str, &[&str])] = &[
        ("tree_sitter", &["src/source/python.rs"]),
        ("petgraph::", &["src/graph/"]),
        ("zip::", &["src/ingest/", "src/patch/bundle.rs", "src/download/"]),
        ("similar::", &["src/patch/"]),
        ("sqlparser::", &["src/schema/sql/"]),
        ("rpds::", &["src/schema/"]),
        (
            "web_sys::",
            &["src/ui/browser/", "src/worker/engine.rs", "src/worker/engine/", "src/bin/rechain-engine.rs"],
        ),
        ("std::fs", &["src/cli/load.rs", "src/cli/write.rs"]),
        ("std::env::", &["src/bin/rechain.rs"]),
        ("SystemTime", &[]),
        ("Instant::", &[]),
        ("inner_html", &[]),
        ("set_inner_html", &[]),
        ("println!", &[]),
    ];
    for (path, source) in files("src", "rs") {
        let code = source.split("#[cfg(test)]").next().unwrap_or(&source);
        let code: String =
            code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for (word, allowed) in borders {
            let named = code.contains(word);
            assert!(!named || allowed.iter().any(|place| path.starts_with(place)), "{path} names {word}");
        }
    }
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
