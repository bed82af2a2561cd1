//! Small projects of ours, each with one kind of fault: all are examined, and always in the same words.
//!
//! `tests/cases/README.md` and `tests/replay-cases/README.md` have the right answers.

mod judge;

use std::collections::BTreeSet;

use judge::{files, folders, repository, take_in};
use rechain::audit::examine;
use rechain::ingest::Ingested;
use rechain::report::write_json;

const CASES: [&str; 2] = ["tests/cases", "tests/replay-cases"];

/// The first word of a row of a table, or of a folder's name, is the case's number.
fn number(text: &str) -> String {
    text.chars().take_while(char::is_ascii_alphanumeric).collect()
}

#[test]
fn every_case_is_examined_and_says_the_same_whatever_order_its_files_come_in() {
    let json = |ingested: Ingested| write_json(&examine(ingested, &mut |_| {}).report);
    for folder in CASES {
        for name in folders(folder) {
            // Shown when this fails.
            println!("{folder}/{name}");
            let files = files(&repository(folder).join(&name));
            let first = json(take_in(&files));
            assert!(first.contains("\"revision\""), "it has revisions");
            assert_eq!(json(take_in(&files)), first, "asked again");
            assert_eq!(json(take_in(files.iter().rev())), first, "from the last file to the first");
        }
    }
}

#[test]
fn every_case_has_its_right_answer() {
    for folder in CASES {
        let table = std::fs::read_to_string(repository(folder).join("README.md")).expect("it is there");
        let rows: BTreeSet<_> =
            table.lines().filter_map(|line| line.strip_prefix("| ")).skip(1).map(number).collect();
        let cases: BTreeSet<_> = folders(folder).iter().map(|name| number(name)).collect();
        assert_eq!(rows, cases, "{folder}");
    }
}
