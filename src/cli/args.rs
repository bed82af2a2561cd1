//! Arguments and subcommands.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::audited::Pinned;
use crate::finding::Severity;
use crate::plan::{BesideKind, PlanKind};

/// Audits and repairs broken Alembic and Flask-Migrate migration chains, without running any Python.
#[derive(Debug, Parser)]
#[command(name = "rechain", version, about, long_about = None, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Audit a project, a migrations folder or a zip
    Check(CheckArgs),
    /// Draw the chain
    Graph(GraphArgs),
    /// Write the whole report as one HTML file
    Report(ReportArgs),
    /// Follow every migration on a virtual schema, from an empty database
    Replay(ReplayArgs),
    /// Print the script that brings a database to the heads which a repair does not serve
    Recover(RecoverArgs),
    /// Take the last repair back that `check --fix` made, if its files are as it left them
    Undo {
        /// The folder that was repaired
        #[arg(default_value = ".")]
        path: PathBuf,
    },
    /// Print the heads as `alembic heads` does
    Heads {
        #[command(flatten)]
        print: PrintArgs,
        /// Leave out heads that another revision depends on
        #[arg(long)]
        resolve_dependencies: bool,
    },
    /// Print the bases in the same manner
    Bases {
        #[command(flatten)]
        print: PrintArgs,
    },
    /// Print the branch points as `alembic branches` does
    Branches {
        #[command(flatten)]
        print: PrintArgs,
    },
    /// Print all revisions, newest first, as `alembic history` does
    History {
        #[command(flatten)]
        print: PrintArgs,
    },
    /// Print revisions as `alembic show` does
    Show {
        /// An id, a branch label, the start of an id, `head` or `heads`
        revision: String,
        #[command(flatten)]
        print: PrintArgs,
    },
    /// Tell what each of Alembic's commands would do with the files
    ExplainFolder {
        /// Folder or zip
        #[arg(default_value = ".")]
        path: PathBuf,
    },
    /// Explain a rule
    Explain {
        /// Its name, such as multiple-heads
        rule: String,
    },
    /// List all rules
    Rules,
}

/// What the commands that print as Alembic does have in common.
#[derive(Debug, Args)]
pub(super) struct PrintArgs {
    /// Folder or zip
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
    /// Print everything about each revision
    #[arg(short, long)]
    pub(super) verbose: bool,
    /// Read this configuration, as `alembic -c` does; by default the one that is found
    #[arg(short, long, value_name = "FILE", env = "ALEMBIC_CONFIG")]
    pub(super) config: Option<String>,
    /// The section of the configuration, as `alembic -n` does
    #[arg(short, long, value_name = "SECTION", default_value = "alembic")]
    pub(super) name: String,
}

#[derive(Debug, Args)]
pub(super) struct OutputArgs {
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Write even over a file that the audit reads
    #[arg(long, requires = "output")]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Folder or zip
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) output_format: Format,
    #[command(flatten)]
    pub(super) to: OutputArgs,
    /// Exit with 1 for findings of this severity and above
    #[arg(long, value_enum, default_value_t = Threshold::Error)]
    pub(super) severity: Threshold,
    /// The repair that --diff shows and --fix applies; by default the recommended one of the chain
    #[arg(long, value_name = "NAME", value_parser = repair_names())]
    pub(super) plan: Option<Repair>,
    /// Try the repairs on a database that stands at these revisions, `none` for an empty one; may be repeated, and takes
    /// what `alembic current` prints, with `-` from standard input
    #[arg(long, value_name = "REV[,REV]", action = ArgAction::Append)]
    pub(super) stamped: Vec<String>,
    /// Choose the parents of a revision by hand, `none` for a base; may be repeated. The plan is called by-hand, and is the
    /// one that --diff and --fix take
    #[arg(long, value_name = "REV=REV[,REV]", action = ArgAction::Append, value_parser = pinned)]
    pub(super) parent: Vec<Pinned>,
    /// Print the repair as a unified diff; nothing is written
    #[arg(long, conflicts_with_all = ["fix", "output_format"])]
    pub(super) diff: bool,
    /// Apply the repair to the files, if it is safe whatever databases have run
    #[arg(long)]
    pub(super) fix: bool,
    /// With --fix: apply a repair whose effect depends on what databases have run
    #[arg(long, requires = "fix")]
    pub(super) unsafe_fixes: bool,
    /// The database to replay on; by default the configuration's, or all of them
    #[arg(long, value_enum)]
    pub(super) dialect: Option<Dialect>,
}

#[derive(Debug, Args)]
pub(super) struct RecoverArgs {
    /// Folder or zip, as it was when the database ran it
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
    /// The revisions at which the database stands, or what `alembic current` prints, with `-` from standard input
    #[arg(long, value_name = "REV[,REV]", required = true)]
    pub(super) stamped: String,
    /// The repair that the files get; by default the recommended one
    #[arg(long, value_name = "NAME", value_parser = plan_names())]
    pub(super) plan: Option<PlanKind>,
    /// The files stay as they are
    #[arg(long, conflicts_with = "plan")]
    pub(super) as_is: bool,
    /// How the version table gets other rows: by SQL that looks at it first, where the database is known, or by `stamp`
    #[arg(long, value_enum)]
    pub(super) by: Option<RecoverBy>,
    /// The database; by default the configuration's
    #[arg(long, value_enum)]
    pub(super) dialect: Option<Dialect>,
    #[command(flatten)]
    pub(super) to: OutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum RecoverBy {
    Sql,
    Stamp,
}

#[derive(Debug, Args)]
pub(super) struct GraphArgs {
    /// Folder or zip
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
    /// What to write
    #[arg(long, value_enum, default_value_t = GraphFormat::Svg)]
    pub(super) output_format: GraphFormat,
    #[command(flatten)]
    pub(super) to: OutputArgs,
    /// Draw what this repair proposes beside what is
    #[arg(long, value_name = "NAME", value_parser = plan_names())]
    pub(super) plan: Option<PlanKind>,
}

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// Folder or zip
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
    /// Show the schema after this revision: an id or its start, head, heads, base, LABEL@head, head-1, +2
    #[arg(long, value_name = "REV", allow_hyphen_values = true)]
    pub(super) at: Option<String>,
    /// The database to replay on; by default the configuration's
    #[arg(long, value_enum)]
    pub(super) dialect: Option<Dialect>,
    /// What to write
    #[arg(long, value_enum, default_value_t = ReplayFormat::Text)]
    pub(super) output_format: ReplayFormat,
    #[command(flatten)]
    pub(super) to: OutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReplayFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// Folder or zip
    #[arg(default_value = ".")]
    pub(super) path: PathBuf,
    /// The file to write
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    pub(super) output: PathBuf,
    /// Write even over a file that the audit reads
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
    Markdown,
    Html,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    Svg,
    Text,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Dialect {
    Sqlite,
    Postgresql,
    Mysql,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Threshold {
    Error,
    Warning,
    Info,
}

/// A revision and its parents, as they are typed.
fn pinned(text: &str) -> Result<Pinned, String> {
    let (revision, parents) =
        text.split_once('=').ok_or("it takes REV=REV, such as 1975ea83b712=ae1027a6acf")?;
    let parents = parents.trim();
    let ids = |text: &str| text.split(',').map(|id| id.trim().to_owned()).collect();
    let parents: Vec<String> = if parents == "none" { Vec::new() } else { ids(parents) };
    if revision.trim().is_empty() || parents.iter().any(String::is_empty) {
        return Err("an id is missing; a base is REV=none".to_owned());
    }
    Ok(Pinned { revision: revision.trim().to_owned(), parents })
}

/// A plan of a chain, or a repair that leaves the chain alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repair {
    Plan(PlanKind),
    Beside(BesideKind),
}

/// Every repair by its name.
fn repair_names() -> impl TypedValueParser<Value = Repair> {
    let names = PlanKind::ALL.map(PlanKind::name).into_iter().chain(BesideKind::ALL.map(BesideKind::name));
    PossibleValuesParser::new(names).try_map(|name| {
        let plan = PlanKind::named(&name).map(Repair::Plan);
        plan.or_else(|| BesideKind::named(&name).map(Repair::Beside)).ok_or("no such plan")
    })
}

/// Every plan by its name.
fn plan_names() -> impl TypedValueParser<Value = PlanKind> {
    PossibleValuesParser::new(PlanKind::ALL.map(PlanKind::name))
        .try_map(|name| PlanKind::named(&name).ok_or("no such plan"))
}

impl Dialect {
    /// The library's own.
    pub(super) fn dialect(self) -> crate::schema::Dialect {
        match self {
            Self::Sqlite => crate::schema::Dialect::Sqlite,
            Self::Postgresql => crate::schema::Dialect::Postgresql,
            Self::Mysql => crate::schema::Dialect::Mysql,
        }
    }
}

impl Threshold {
    /// The severity from which findings count.
    pub(super) fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Info,
        }
    }
}
