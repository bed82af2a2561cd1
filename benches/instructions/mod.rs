//! How much a program does, whatever else the machine does.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

/// The instructions of a program, and how it ended, where valgrind's words stand among its errors; nothing without valgrind.
pub(crate) fn counted(program: &Path, arguments: &[&OsStr]) -> Option<(u64, Output)> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(arguments)
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let instructions = said.lines().find_map(|line| line.split("Collected :").nth(1)?.trim().parse().ok())?;
    Some((instructions, output))
}
