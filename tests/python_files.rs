//! Python's own library and installed packages: what Python compiles is read without a fault.

mod judge;

use std::process::Command;

use judge::{full, printed, python, python_with_databases, repository};
use rechain::source::Parser;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct File {
    path: String,
    compiles: bool,
}

/// One file of so many is read, unless all are asked for.
const STEP: usize = 25;

/// A test of Python's own parser: tree-sitter cannot read it, which is called likely and never certain.
const TOO_MUCH: &str = "test/test_compile.py";

#[test]
fn what_python_compiles_has_no_fault() {
    let (mut n_files, mut n_refused, mut n_missed) = (0, 0, 0);
    let mut alarms = Vec::new();
    let mut parser = Parser::new();
    for python in [python("python_files"), python_with_databases("python_files")].into_iter().flatten() {
        let step = if full() { 1 } else { STEP };
        let script = repository("tests/python/compiles.py");
        let output = Command::new(python).arg(script).arg(step.to_string()).output().expect("Python runs");
        assert!(output.status.success(), "{}", printed(&output));
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let file: File = serde_json::from_str(line).expect("a line of JSON");
            let faults = parser.read(&std::fs::read(&file.path).expect("readable")).faults;
            n_files += 1;
            n_refused += usize::from(!file.compiles);
            n_missed += usize::from(!file.compiles && faults.is_empty());
            if let (true, Some(fault)) = (file.compiles && !file.path.ends_with(TOO_MUCH), faults.first()) {
                alarms.push(format!("{} at byte {}: {}", file.path, fault.range.start(), fault.what));
            }
        }
    }
    println!("{n_files} files, {n_refused} that Python refuses, {n_missed} of them taken here");
    assert!(alarms.is_empty(), "{} false alarms: {alarms:#?}", alarms.len());
}
