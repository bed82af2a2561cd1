//! The development commands: `cargo xtask` lists them.
//!
//! Each command first sets up what the machine lacks (see [`setup`]), so that a fresh clone on a machine
//! with Rust, Python and Node needs nothing typed before it.

mod agree;
mod check;
mod fuzz;
mod page;
mod plan;
mod process;
mod serve;
mod setup;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use process::Failure;

const HELP: &str = "\
Development commands of rechain. Each sets up what it needs and this machine lacks, and says so.

  cargo xtask serve [--port N]           build the page and serve it on this machine
  cargo xtask page [--into DIR]          build the page, by default into dist/
  cargo xtask test [FLAGS] [FILTER]...   run every test, or those whose name contains a FILTER
      --native                             only the quick ones: Rust, neither Python nor browser
      --browser                            only those in the browser
      --full                               every slow suite in full, and a real `trunk build` beside ours
      -- ARGS                              ARGS go to each Rust test program (-- --nocapture)
  cargo xtask agree [FLAGS]              ask a release of Alembic everything, and say what differs
      --alembic VERSION                    that release; otherwise the one of tests/python/requirements.txt
      --folders N                          so many made folders instead of 10000
      --record                             keep its answers about the small folders as those to compare with
  cargo xtask fuzz [DOOR]... [FLAGS]     look for input that breaks a promise; without a DOOR, at each of them
      --minutes N                          for so long each instead of 1
      --keep                               and make the least that reaches as much the inputs of the repository
  cargo xtask lint                       formatting, clippy and rustdoc, natively and for the browser
";

/// What the command line asked for.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Help,
    Serve { port: u16 },
    Page { into: Option<PathBuf>, for_trunk: bool },
    Test(check::TestOptions),
    Agree(agree::AgreeOptions),
    Fuzz(fuzz::FuzzOptions),
    Lint,
}

fn main() -> ExitCode {
    let command = match parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(problem) => {
            eprintln!("xtask: {problem}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match repository().and_then(|root| run(&command, &root)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command, root: &Path) -> Result<(), Failure> {
    match command {
        Command::Help => {
            print!("{HELP}");
            Ok(())
        }
        Command::Serve { port } => {
            let dist = root.join("dist");
            page::build(root, &dist)?;
            serve::serve(&dist, *port)
        }
        Command::Page { into, for_trunk } => {
            let into = match (into, for_trunk) {
                (Some(directory), _) => directory.clone(),
                (None, true) => trunk_staging()?,
                (None, false) => root.join("dist"),
            };
            page::build(root, &into)
        }
        Command::Test(options) => check::test(root, options),
        Command::Agree(options) => agree::agree(root, options),
        Command::Fuzz(options) => fuzz::fuzz(root, options),
        Command::Lint => check::lint(root),
    }
}

fn parse(args: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut args = args;
    let Some(name) = args.next() else { return Ok(Command::Help) };
    match name.as_str() {
        "help" | "--help" | "-h" => Ok(Command::Help),
        "serve" => {
            let mut port = serve::DEFAULT_PORT;
            while let Some(arg) = args.next() {
                match arg.as_str() {
                    "--port" => {
                        let text = args.next().ok_or("--port needs a number")?;
                        port = text.parse().map_err(|_| format!("`{text}` is not a port (0 to 65535)"))?;
                    }
                    other => return Err(format!("`serve` does not know `{other}`")),
                }
            }
            Ok(Command::Serve { port })
        }
        "page" => {
            let (mut into, mut for_trunk) = (None, false);
            while let Some(arg) = args.next() {
                match arg.as_str() {
                    "--into" => into = Some(PathBuf::from(args.next().ok_or("--into needs a folder")?)),
                    "--for-trunk" => for_trunk = true,
                    other => return Err(format!("`page` does not know `{other}`")),
                }
            }
            Ok(Command::Page { into, for_trunk })
        }
        "test" => check::TestOptions::parse(args).map(Command::Test),
        "agree" => agree::AgreeOptions::parse(args).map(Command::Agree),
        "fuzz" => fuzz::FuzzOptions::parse(args).map(Command::Fuzz),
        "lint" => match args.next() {
            None => Ok(Command::Lint),
            Some(other) => Err(format!("`lint` does not know `{other}`")),
        },
        other => Err(format!("no command `{other}`")),
    }
}

/// The folder of the repository: cargo says where this package is when it runs it.
fn repository() -> Result<PathBuf, Failure> {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .and_then(|package| Path::new(&package).parent().map(Path::to_path_buf))
        .ok_or_else(|| Failure::new("run it as `cargo xtask`, inside the repository"))
}

/// Trunk runs its hooks without a shell, so the folder cannot be an argument: it is in a variable.
fn trunk_staging() -> Result<PathBuf, Failure> {
    std::env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from).ok_or_else(|| {
        Failure::new("--for-trunk is for Trunk's post_build hook, which sets TRUNK_STAGING_DIR")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn commands_are_parsed() {
        assert_eq!(parsed(""), Ok(Command::Help));
        assert_eq!(parsed("serve"), Ok(Command::Serve { port: serve::DEFAULT_PORT }));
        assert_eq!(parsed("serve --port 9000"), Ok(Command::Serve { port: 9000 }));
        assert_eq!(
            parsed("page --into out"),
            Ok(Command::Page { into: Some(PathBuf::from("out")), for_trunk: false })
        );
        assert_eq!(parsed("lint"), Ok(Command::Lint));
        assert!(matches!(parsed("agree --alembic 1.16.5"), Ok(Command::Agree(_))));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, named) in [
            ("sevre", "sevre"),
            ("serve --port", "--port"),
            ("serve --port x", "`x`"),
            ("page --out", "--out"),
            ("lint now", "now"),
            ("agree --alembic", "--alembic"),
            ("fuzz --minutes", "--minutes"),
        ] {
            let problem = parsed(line).expect_err(line);
            assert!(problem.contains(named), "{line}: {problem}");
        }
    }

    #[test]
    fn help_names_every_command() {
        for name in ["serve", "page", "test", "agree", "fuzz", "lint"] {
            assert!(HELP.contains(&format!("cargo xtask {name}")), "{name}");
        }
    }
}
