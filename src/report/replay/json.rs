//! Replays as JSON.

use serde::Serialize;

use super::ReplayReport;
use crate::report::{EnvironmentReport, SCHEMA_VERSION};
use crate::text::Shown;

#[derive(Serialize)]
struct Replays<'a> {
    schema_version: u32,
    environments: Vec<Environment<'a>>,
}

#[derive(Serialize)]
struct Environment<'a> {
    script_location: &'a str,
    version_locations: &'a [Shown],
    /// `null` where Alembic does not come to an order.
    replay: Option<&'a ReplayReport>,
    replays: &'a [ReplayReport],
    /// With `--at`: the schema after that revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<Vec<Table<'a>>>,
}

#[derive(Serialize)]
struct Table<'a> {
    name: &'a str,
    certain: bool,
    columns: Vec<Column<'a>>,
    others: Vec<&'a str>,
}

#[derive(Serialize)]
struct Column<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    nullable: Option<bool>,
    default: Option<&'a str>,
    certain: bool,
}

/// Writes the replays of some environments; the same input gives the same bytes.
///
/// Beside each may stand the revisions after which its schema is told; none is before the first.
pub fn write_replay_json(environments: &[(&EnvironmentReport, Option<Vec<String>>)]) -> String {
    let environments = environments
        .iter()
        .map(|(environment, at)| Environment {
            script_location: &environment.script_location,
            version_locations: &environment.version_locations,
            replay: environment.replay.as_ref(),
            replays: &environment.replays,
            schema: at.as_ref().and_then(|at| schema(environment.replay.as_ref()?, at)),
        })
        .collect();
    let replays = Replays { schema_version: SCHEMA_VERSION, environments };
    let mut text = serde_json::to_string_pretty(&replays).expect("texts and numbers become JSON");
    text.push('\n');
    text
}

fn schema<'a>(replay: &'a ReplayReport, at: &[String]) -> Option<Vec<Table<'a>>> {
    let table = |(table, step): (&'a super::TableReport, usize)| Table {
        name: &table.name,
        certain: table.is_certain_at(step),
        columns: table
            .columns_at(step)
            .map(|column| Column {
                name: &column.name,
                kind: &column.kind,
                nullable: column.nullable,
                default: column.default.as_deref(),
                certain: column.certain,
            })
            .collect(),
        others: table.others_at(step).collect(),
    };
    Some(replay.tables_then(replay.moment(at)?).into_iter().map(table).collect())
}
