//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    rechain::cli::run(std::env::args_os())
}
