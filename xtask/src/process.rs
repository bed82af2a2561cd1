//! Running other programs and saying what went wrong.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Why a command stopped, in words for the person who typed it.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Names the file in an error of the file system, which by itself does not.
pub(crate) trait At<T> {
    fn at(self, doing: &str, path: &Path) -> Result<T, Failure>;
}

impl<T> At<T> for std::io::Result<T> {
    fn at(self, doing: &str, path: &Path) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(format!("cannot {doing} {}: {error}", path.display())))
    }
}

/// Says what is being done now.
pub(crate) fn say(what: impl fmt::Display) {
    // Standard error, as cargo's own progress, so that the two keep their order.
    eprintln!("==> {what}");
}

/// The cargo that runs us, so that a build does not mix toolchains.
pub(crate) fn cargo(root: &Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root);
    // What `cargo run` told this process about itself is wrong for the build that it starts.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "CARGO_BIN_NAME" {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a program that prints for itself; says the command line first when `shown`.
pub(crate) fn run(command: &mut Command, shown: bool) -> Result<(), Failure> {
    let line = line(command);
    if shown {
        eprintln!("    $ {line}");
    }
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(format!("this command failed ({status}):\n    {line}"))),
        Err(error) => Err(Failure::new(format!("this command could not be started ({error}):\n    {line}"))),
    }
}

/// The standard output of a program, if it ran and succeeded.
pub(crate) fn output(program: impl AsRef<OsStr>, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program runs and succeeds, silently.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A command as a person would type it.
fn line(command: &Command) -> String {
    let mut line = String::new();
    for part in std::iter::once(command.get_program()).chain(command.get_args()) {
        if !line.is_empty() {
            line.push(' ');
        }
        let text = part.to_string_lossy();
        if text.is_empty() || text.contains([' ', '"', '$', '*']) {
            line.push('\'');
            line.push_str(&text);
            line.push('\'');
        } else {
            line.push_str(&text);
        }
    }
    line
}

/// A short name for some bytes, the same on every machine: it names caches, nothing secret.
pub(crate) fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    // Two FNV-1a sums that start apart; the length of each part keeps ("ab", "c") and ("a", "bc") apart.
    let mut sums = [0xcbf2_9ce4_8422_2325_u64, 0x6c62_272e_07bb_0142];
    let mut eat = |byte: u8| {
        for sum in &mut sums {
            *sum = (*sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    for part in parts {
        part.iter().copied().for_each(&mut eat);
        (part.len() as u64).to_le_bytes().into_iter().for_each(&mut eat);
    }
    format!("{:016x}{:016x}", sums[0], sums[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_tell_parts_apart() {
        let of = |parts: &[&str]| digest(parts.iter().map(|part| part.as_bytes()));
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["ab"]), of(&["ab", ""]));
    }

    #[test]
    fn a_failed_command_is_shown_as_typed() {
        let mut command = Command::new("no-such-program");
        command.arg("two words").arg("plain");
        let failure = run(&mut command, false).expect_err("it does not exist").to_string();
        assert!(failure.contains("no-such-program 'two words' plain"), "{failure}");
    }
}
