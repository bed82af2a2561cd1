//! What brings a database to the heads that a repair does not serve, as people and machines carry it out: a script that
//! looks first, or the bare commands.

mod sql;

use super::FailsReport;
use crate::audited::{Audit, Audited};
use crate::plan::{Fails, NoRecovery, Plan, Recovery, Stamped, Step};
use crate::replay::Outlook;
use crate::schema::Dialect;
use crate::source::{Flavour, VersionPlace, VersionTable};
use crate::text::{Shown, listed, shown};
use sql::{Change, PLACEHOLDER, quoted, words};

/// How a script gives the version table other rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// By SQL that looks at the rows first.
    Sql,
    /// By `alembic stamp`, which looks at nothing.
    Stamp,
}

/// A script for one database and one repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The script, for a POSIX shell.
    pub text: String,
    /// How it gives the version table other rows.
    pub form: Form,
    /// Why that is no SQL, although it might have been, as a sentence; nothing where it is, or was not asked for.
    pub why_no_sql: Option<String>,
}

/// What is told of one environment to write its scripts.
struct Kit<'k> {
    recovery: &'k Recovery,
    flavour: Flavour,
    /// Which files must be in place.
    files: String,
}

/// The script that brings a database to the heads, with the files as a plan leaves them, or as they are; by SQL, unless it
/// is asked for in another form, or SQL cannot be written.
///
/// # Errors
///
/// Why there is none, as a sentence or two.
pub fn script(
    audit: &Audit,
    index: usize,
    plan: Option<&Plan>,
    of: &Stamped,
    form: Option<Form>,
) -> Result<Script, String> {
    let audited = &audit.environments[index];
    let recovery = match &of.recovery {
        None => return Err("An upgrade brings it to the heads: nothing is to be recovered.".to_owned()),
        Some(Err(why)) => return Err(why_none(why)),
        Some(Ok(recovery)) => recovery,
    };
    if !is_plain(recovery) {
        return Err(NOT_PLAIN.to_owned());
    }
    let files = plan.map_or_else(
        || "as they are".to_owned(),
        |plan| format!("as the repair \"{}\" leaves them", plan.kind.title()),
    );
    let kit = Kit { recovery, flavour: audited.environment.flavour, files };
    let dialect = dialect(audit, audited);
    let by_sql = match dialect {
        _ if form == Some(Form::Stamp) => Err(None),
        _ if audited.version_place.is_of_several => Err(Some(OF_SEVERAL)),
        None => Err(Some(NO_DIALECT)),
        Some(dialect) => Ok(dialect),
    };
    Ok(match by_sql {
        Ok(dialect) => Script {
            text: kit.by_sql(dialect, &Table::of(dialect, audited)),
            form: Form::Sql,
            why_no_sql: None,
        },
        Err(why) => Script {
            text: kit.by_stamp(&audited.version_place),
            form: Form::Stamp,
            why_no_sql: why.map(str::to_owned),
        },
    })
}

const NOT_PLAIN: &str =
    "An id has characters that a shell or SQL may read in another way, so no command is written with it.";
const NO_DIALECT: &str = "The files do not tell which database it is; --dialect says so, and then the version table is looked at first.";
const OF_SEVERAL: &str = "Each command goes to several databases here, each with a version table of its own: all must stand there.";

/// The dialect that is asked for, or that of the project.
fn dialect(audit: &Audit, audited: &Audited) -> Option<Dialect> {
    audit.options.dialect.or_else(|| audited.database.name.and_then(Dialect::named))
}

/// An id that a shell would read in its own way is typed by nobody unseen.
fn is_plain(recovery: &Recovery) -> bool {
    let is_plain =
        |id: &String| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') && !id.is_empty();
    let of_step = |step: &Step| match step {
        Step::Move { from, to } => from.iter().chain(to).all(is_plain),
        Step::Run(id) | Step::RunTo(id) => is_plain(id),
        Step::RunRest(_) => true,
    };
    recovery.rows.iter().all(is_plain) && recovery.steps.iter().all(of_step)
}

/// Why nobody can tell what brings a database to the heads, as a sentence or two.
pub(super) fn why_none(why: &NoRecovery) -> String {
    match why {
        NoRecovery::Undeclared(rows) => format!(
            "No file declares {}, so what it has run is not known. Look for the file in the history of your repository, put \
             it back, and check again.",
            listed(rows)
        ),
        NoRecovery::Shared(ids) => format!(
            "Files share {}, and the version table does not tell which of them it has run. Look at what each of them makes, \
             and which of it is there.",
            listed(ids)
        ),
        NoRecovery::BelowIsBroken => {
            "What lies below its revision is broken in the files, so what it has run is not known. Compare its tables with \
             what the migrations make."
                .to_owned()
        }
        NoRecovery::NotWhereItWas => {
            "By the files it has run what an upgrade would run again, so they were others when it ran them. Compare its \
             tables with what the migrations make."
                .to_owned()
        }
        NoRecovery::Stops => "Alembic does not come to the heads with these files.".to_owned(),
        NoRecovery::Tangled(id) => {
            format!("{id} depends on what comes after it, so that it cannot be run where the rest has.")
        }
    }
}

/// The bare commands, the backup first; none where nobody can tell, and why.
pub(super) fn by_hand(of: &Stamped, flavour: Flavour, is_example: bool) -> (Vec<Shown>, Option<Shown>) {
    let recovery = match &of.recovery {
        None => return (Vec::new(), None),
        Some(Err(why)) => return (Vec::new(), Some(why_none(why).into())),
        Some(Ok(recovery)) if is_plain(recovery) => recovery,
        Some(Ok(_)) => return (Vec::new(), Some(NOT_PLAIN.into())),
    };
    let stands = if recovery.rows.is_empty() { "nothing".to_owned() } else { listed(&recovery.rows) };
    let mut commands = vec![
        "# Back up the database first.".to_owned(),
        format!("# Only where `{}` prints {stands}.", flavour.command("current")),
    ];
    if !recovery.takes.is_empty() {
        commands
            .push(format!("# This takes it that {}. Ask version control.", recovery.takes.join("; that ")));
    }
    commands.extend(recovery.fails.as_ref().map(failing));
    if is_example {
        commands.insert(0, "# For one of these databases; what another needs may differ.".to_owned());
    }
    for step in &recovery.steps {
        commands.extend(commands_of(step, flavour));
    }
    (shown(commands), None)
}

/// What of it fails by itself, as a comment.
fn failing(of: &Fails) -> String {
    let what = match of.stop.outlook {
        Outlook::Certain => "Mend this first: an upgrade",
        _ => "Look at this first:",
    };
    format!("# {what} {}.", FailsReport::of(of).words())
}

/// The commands that carry out a step.
fn commands_of(step: &Step, flavour: Flavour) -> Vec<String> {
    match step {
        Step::Move { to, .. } => match to.split_first() {
            None => vec![flavour.command("stamp --purge base")],
            Some((first, others)) => {
                // `flask db stamp` takes one revision.
                let others = others.iter().map(|row| flavour.command(&format!("stamp {row}")));
                std::iter::once(flavour.command(&format!("stamp --purge {first}"))).chain(others).collect()
            }
        },
        Step::Run(id) | Step::RunTo(id) => vec![flavour.command(&format!("upgrade {id}"))],
        Step::RunRest(_) => vec![flavour.command("upgrade heads")],
    }
}

/// Refuses a second run for a database that has begun one: at the end the version table may hold what it held at first, and
/// then only this tells that what was lacking has run.
fn once(database: &str) -> String {
    format!(
        "\n# It runs once for each database, and keeps a record beside it: at its end the version table may hold\n# what it holds \
         now.\nrecord=recovery.done\nmark=$(printf '%s' \"{database}\" | cksum)\nif [ -f \"$record\" ] && grep -qxF \"$mark\" \
         \"$record\"; then\n    echo \"Nothing was done: this has run already, by $record. If that was another database, or its \
         backup was restored since, remove that file.\" >&2\n    exit 1\nfi\n"
    )
}

/// Notes that the run has begun.
const BEGUN: &str = "printf '%s\\n' \"$mark\" >> \"$record\"\n";

/// The version table, as SQL names it.
struct Table {
    sql: String,
    /// Why a person has to put it in, as a clause.
    why_not_known: Option<String>,
}

impl Table {
    fn of(dialect: Dialect, audited: &Audited) -> Self {
        let place = &audited.version_place;
        let not_known = |why: &str| Self {
            sql: PLACEHOLDER.to_owned(),
            why_not_known: Some(Shown::line(why).to_string()),
        };
        let table = match &place.table {
            Err(why) => return not_known(why),
            Ok(table) => table,
        };
        if table.schema.is_none() && place.hangs_on_search_path && dialect == Dialect::Postgresql {
            return not_known("the search path that env.py sets decides its schema");
        }
        let parts = table.schema.iter().chain([&table.name]);
        // It stands in a script, between quotes and within a document of the shell.
        let is_plain = |part: &String| {
            part.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)) && !part.is_empty()
        };
        if !parts.clone().all(is_plain) {
            return not_known("its name has characters that are not written into a script");
        }
        let sql = parts.map(|part| quoted(dialect, part)).collect::<Vec<_>>().join(".");
        Self { sql, why_not_known: None }
    }
}

impl Kit<'_> {
    fn by_sql(&self, dialect: Dialect, table: &Table) -> String {
        let (client, how, backup) = match dialect {
            Dialect::Postgresql => (
                "psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \"$DATABASE\"",
                "DATABASE=postgresql://user@host/name",
                "pg_dump --format=custom --file=before.dump \"$DATABASE\"",
            ),
            Dialect::Sqlite => (
                "sqlite3 -batch -bail \"$DATABASE\"",
                "DATABASE=path/of/the/file.db",
                "cp \"$DATABASE\" before.db",
            ),
            // The connection is told in the client's own file.
            Dialect::Mysql => {
                ("mysql --batch \"$DATABASE\"", "DATABASE=name", "mysqldump \"$DATABASE\" > before.sql")
            }
        };
        let put_in = if table.why_not_known.is_some() { " VERSION_TABLE=schema.table" } else { "" };
        let mut text = self.head(backup, &format!("{how}{put_in} sh recovery.sh"));
        if let Some(why) = &table.why_not_known {
            text.push_str(&format!(
                "#\n# The version table has to be put in, as SQL names it: {why}.\n# Ask the database which one it is; usually \
                 it is alembic_version.\n"
            ));
        }
        text.push_str(&format!(
            "#\n# DATABASE must be the database that env.py connects to. Each step that touches the version table\n# looks \
             first whether it holds the rows that are expected, and stops where it does not.\nset -eu\n: \"${{DATABASE:?say \
             which database, as in: {how}}}\"\n"
        ));
        let client = if table.why_not_known.is_some() {
            text.push_str(": \"${VERSION_TABLE:?say which table holds the revision, as SQL names it}\"\n");
            format!("sed \"s|{PLACEHOLDER}|$VERSION_TABLE|g\" | {client}")
        } else {
            client.to_owned()
        };
        text.push_str(&format!("sql() {{ {client}; }}\n"));
        text.push_str(&once("$DATABASE"));
        let rows = &self.recovery.rows;
        if !matches!(self.recovery.steps.first(), Some(Step::Move { .. })) {
            if !rows.is_empty() {
                let look = Change { table: &table.sql, from: rows, to: rows }.statements(dialect);
                text.push_str(&format!(
                    "\n# The version table is looked at, and left as it is.\nsql <<'SQL'\n{look}SQL\n"
                ));
            }
            text.push_str(BEGUN);
        }
        for (at, step) in self.recovery.steps.iter().enumerate() {
            text.push_str(&format!("\n# {}. {}\n", at + 1, said(step)));
            match step {
                Step::Move { from, to } => {
                    let change = Change { table: &table.sql, from, to };
                    text.push_str(&format!("sql <<'SQL'\n{}SQL\n", change.statements(dialect)));
                    if at == 0 {
                        text.push_str(BEGUN);
                    }
                }
                Step::Run(_) | Step::RunTo(_) | Step::RunRest(_) => self.commands(&mut text, step),
            }
        }
        self.foot(&mut text);
        text
    }

    fn by_stamp(&self, place: &VersionPlace) -> String {
        let rows = self.recovery.rows.join(",");
        let how = format!("ROWS={rows} sh recovery.sh");
        let mut text = self.head("(how depends on which database it is)", &how);
        let table = match &place.table {
            Ok(VersionTable { name, schema: Some(schema) }) => Shown::line(&format!("{schema}.{name}")),
            Ok(VersionTable { name, schema: None }) => Shown::line(name),
            Err(why) => Shown::line(&format!("... (only running tells: {why})")),
        };
        text.push_str(&format!(
            "#\n# Stamping does not look at what is there. Look first, in the table that holds the revision:\n#   SELECT \
             version_num FROM {table}\n# ROWS says that these rows were found, and no others.\n",
        ));
        if place.is_of_several {
            text.push_str(&format!("# {OF_SEVERAL}\n"));
        }
        text.push_str(&format!(
            "set -eu\nif [ \"${{ROWS-not looked at}}\" != \"{rows}\" ]; then\n    echo \"Nothing was done: this is for a \
             database that holds exactly {}. Say so: {how}\" >&2\n    exit 1\nfi\n",
            words(&self.recovery.rows)
        ));
        text.push_str(&once("the only one"));
        text.push_str(BEGUN);
        for (at, step) in self.recovery.steps.iter().enumerate() {
            text.push_str(&format!("\n# {}. {}\n", at + 1, said(step)));
            self.commands(&mut text, step);
        }
        self.foot(&mut text);
        text
    }

    fn commands(&self, text: &mut String, step: &Step) {
        for command in commands_of(step, self.flavour) {
            text.push_str(&command);
            text.push('\n');
        }
    }

    fn head(&self, backup: &str, how: &str) -> String {
        let lacks = match self.recovery.lacks.as_slice() {
            [] => "nothing: only its version table is mended".to_owned(),
            lacks => lacks.join(", "),
        };
        let rows = words(&self.recovery.rows);
        let fails = self.recovery.fails.as_ref().map_or_else(String::new, |of| format!("{}\n", failing(of)));
        let takes = self.recovery.takes.iter().map(|taken| format!("#   {}\n", Shown::line(taken)));
        let takes = match takes.collect::<String>() {
            takes if takes.is_empty() => takes,
            takes => format!(
                "# Alembic did not load the files as they were, so what it has run rests on this; ask version control:\n{takes}#\n"
            ),
        };
        format!(
            "#!/bin/sh\n# Brings one database to the heads, whose version table holds exactly: {rows}\n# The files must be {}.\n# \
             It runs, in this order: {lacks}\n{fails}#\n{takes}# Written by rechain {} from the files alone: nobody has looked into the \
             database.\n#\n# 1. Back up the database, and let nothing else upgrade it meanwhile:\n#      {backup}\n# 2. Put the \
             files in place.\n# 3. In the folder where you type {}:\n#      {how}\n#\n# If a step fails, those before it are \
             done. Restore the backup, or go on by hand from there.\n",
            self.files,
            env!("CARGO_PKG_VERSION"),
            self.flavour.command("").trim_end(),
        )
    }

    fn foot(&self, text: &mut String) {
        text.push_str(&format!("\n# It stands at the heads now.\n{}\n", self.flavour.command("current")));
    }
}

/// What a step does, in words.
fn said(step: &Step) -> String {
    match step {
        Step::Move { from, to } => {
            format!("The version table: {} instead of {}. Nothing runs.", words(to), words(from))
        }
        Step::Run(id) => format!("{id} alone."),
        Step::RunTo(id) => format!("{id}, and what lies below it."),
        Step::RunRest(_) => "The rest, in its order.".to_owned(),
    }
}

#[cfg(test)]
mod tests;
