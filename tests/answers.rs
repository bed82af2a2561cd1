//! The right answers of `tests/replay-cases/answers.toml`: rechain says them, and real databases do.

mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use judge::databases::{Databases, Ended};
use judge::{folders, python_with_databases, read, repository};
use rechain::audit::examine_with;
use rechain::audited::AuditOptions;
use rechain::schema::{Dialect, Table};
use serde::Deserialize;
use serde_json::json;

const CASES: &str = "tests/replay-cases";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    answer: Vec<Answer>,
}

/// The right answer about one case on one database; the file says what each field is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    case: String,
    database: String,
    ends: String,
    tables: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    views: Vec<String>,
    #[serde(default)]
    naming_convention: BTreeMap<String, String>,
    #[serde(default)]
    setup: String,
    not_yet: Option<String>,
}

fn answers() -> Vec<Answer> {
    let text = std::fs::read_to_string(repository(CASES).join("answers.toml")).expect("the list is there");
    toml::from_str::<Answers>(&text).expect("the list is right").answer
}

/// How an upgrade ends, and what is there then.
#[derive(Debug, PartialEq, Eq)]
struct End {
    ends: String,
    tables: BTreeMap<String, Vec<String>>,
    views: BTreeSet<String>,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; tables {:?}, views {:?}", self.ends, self.tables, self.views)
    }
}

impl Answer {
    fn dialect(&self) -> Dialect {
        let named = |dialect: &&Dialect| dialect.name() == self.database;
        *Dialect::ALL.iter().find(named).unwrap_or_else(|| panic!("no database {}", self.database))
    }

    fn right(&self) -> End {
        End {
            ends: self.ends.clone(),
            tables: self.tables.clone(),
            views: self.views.iter().cloned().collect(),
        }
    }

    /// What rechain says. A table, a column or a view that is not certain is marked.
    fn said(&self) -> End {
        let dialect = self.dialect();
        let folder = read(&repository(CASES).join(&self.case));
        let audit =
            examine_with(folder, AuditOptions { dialect: Some(dialect), ..Default::default() }, &mut |_| {})
                .audit;
        let audited = audit.environments.first().expect("it has one environment");
        let id = |script: usize| audited.scripts[script].id().unwrap_or_default();
        let failure = audited.account.first_failure_on(dialect);
        let steps = &audited.account.best().expect("it is followed").steps;
        let applied =
            steps.iter().take_while(|step| failure.is_none_or(|failure| failure.script != step.script));
        let mark = |name: &str, certain: bool| if certain { name.to_owned() } else { format!("{name}?") };
        let columns = |table: &Table| {
            let known = table.columns.iter().map(|column| mark(&column.name, column.certain));
            known.chain((!table.columns_known).then(|| "…".to_owned())).collect()
        };
        let (mut tables, mut views) = (BTreeMap::new(), BTreeSet::new());
        if let Some(step) = applied.last() {
            let all = step.after.tables();
            tables =
                all.map(|(name, table)| (mark(&name.to_string(), table.certain), columns(table))).collect();
            views = step.after.views().map(|(name, certain)| mark(&name.to_string(), certain)).collect();
            if !step.after.tables_are_known() {
                tables.insert("…".to_owned(), Vec::new());
            }
        }
        let ends = failure.map_or_else(
            || "heads".to_owned(),
            |failure| format!("{} at {}", failure.kind.word(), id(failure.script)),
        );
        End { ends, tables, views }
    }
}

#[test]
fn every_right_answer_is_said() {
    let mut problems = Vec::new();
    for answer in answers() {
        let (said, right) = (answer.said(), answer.right());
        let name = format!("{} on {}", answer.case, answer.database);
        match &answer.not_yet {
            None if said != right => problems.push(format!("{name}:\n  said:  {said}\n  right: {right}")),
            Some(_) if said == right => problems.push(format!("{name} is right by now: take `not_yet` away")),
            _ => {}
        }
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_case_has_an_answer() {
    let answered: BTreeSet<_> = answers().into_iter().map(|answer| answer.case).collect();
    assert_eq!(answered, folders(CASES).into_iter().collect());
}

#[test]
fn the_right_answers_are_those_of_real_databases() {
    let Some(python) = python_with_databases("the_right_answers_are_those_of_real_databases") else { return };
    let mut databases = Databases::start(&python);
    let mut problems = Vec::new();
    for answer in answers() {
        let mut question = json!({
            "dir": repository(CASES).join(&answer.case),
            "dialect": answer.database,
            "setup": answer.setup,
        });
        if !answer.naming_convention.is_empty() {
            question["naming_convention"] = json!(answer.naming_convention);
        }
        let Ended { ends, tables, views } = databases.ask(&question).ended();
        let (really, right) = (End { ends, tables, views }, answer.right());
        if really != right {
            problems.push(format!(
                "{} on {}:\n  really: {really}\n  listed: {right}",
                answer.case, answer.database
            ));
        }
    }
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}
