//! What a set of migrations brings and needs.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Operation, OperationKind, Script};
use crate::text::TextRange;

/// What the migrations of one environment bring and need.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// For each pair of migrations: the one that needs, the one that brings, and why; sorted, each pair once.
    pub prerequisites: Vec<Prerequisite>,
    /// Migrations that need something no migration brings, by script.
    pub doomed: BTreeMap<usize, Doomed>,
}

/// One migration must come before another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prerequisite {
    /// The script that needs something.
    pub script: usize,
    /// The script that brings it.
    pub on: usize,
    /// Why, as a phrase: `alters table user`.
    pub why: String,
}

/// A migration that needs what no migration brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doomed {
    /// What is missing, sorted, each once.
    pub missing: Vec<Missing>,
    /// Whether nothing else could bring it: no migration runs SQL or calls code that could not be read.
    pub certain: bool,
    /// Whether only foreign keys lack their table, which SQLite does not mind.
    pub only_references: bool,
}

/// A table or column that no migration brings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// `user.is_system_admin` for a column, `user_session` for a table.
    pub name: String,
    /// Whether it is a column of a table that the migrations create themselves.
    pub is_column: bool,
    /// The first call that needs it.
    pub range: TextRange,
}

#[derive(Default)]
struct Brought<'a> {
    tables: BTreeMap<&'a str, BTreeSet<usize>>,
    columns: BTreeMap<(&'a str, &'a str), BTreeSet<usize>>,
    /// Tables some of whose columns are not literal, or that came by another name.
    open: BTreeSet<&'a str>,
    anything: bool,
}

impl Needs {
    /// Reads what `scripts` bring and need in `upgrade()`.
    pub fn of(scripts: &[Script]) -> Self {
        let brought = Brought::by(scripts);
        let mut needs = Self::default();
        let mut why = BTreeMap::new();
        for (at, script) in scripts.iter().enumerate() {
            let mut doomed =
                Doomed { missing: Vec::new(), certain: !brought.anything, only_references: true };
            for operation in &script.upgrade {
                for need in needed(operation) {
                    match brought.who(&need) {
                        Some(who) => {
                            // Where two migrations bring the same thing, neither is a prerequisite.
                            if let Some(&on) =
                                Some(who).filter(|who| who.len() == 1).and_then(BTreeSet::first)
                                && on != at
                            {
                                why.entry((at, on)).or_insert_with(|| need.why.clone());
                            }
                        }
                        None => {
                            let is_column = need.column.is_some();
                            doomed.only_references &= need.is_reference;
                            doomed.certain &= !operation.conditional;
                            doomed.missing.push(Missing {
                                name: need.name(),
                                is_column,
                                range: operation.range,
                            });
                        }
                    }
                }
            }
            doomed.missing.sort();
            doomed.missing.dedup_by(|a, b| a.name == b.name);
            if !doomed.missing.is_empty() {
                needs.doomed.insert(at, doomed);
            }
        }
        needs.prerequisites =
            why.into_iter().map(|((script, on), why)| Prerequisite { script, on, why }).collect();
        needs
    }

    /// What a migration must come after, and why.
    pub fn prerequisites_of(&self, script: usize) -> &[Prerequisite] {
        let start = self.prerequisites.partition_point(|prerequisite| prerequisite.script < script);
        let end = self.prerequisites.partition_point(|prerequisite| prerequisite.script <= script);
        &self.prerequisites[start..end]
    }
}

struct Need<'a> {
    table: &'a str,
    column: Option<&'a str>,
    is_reference: bool,
    why: String,
}

impl Need<'_> {
    fn name(&self) -> String {
        self.column.map_or_else(|| self.table.to_owned(), |column| format!("{}.{column}", self.table))
    }
}

fn needed(operation: &Operation) -> Vec<Need<'_>> {
    let table = |table, why: &str| Need {
        table,
        column: None,
        is_reference: false,
        why: format!("{why} table {table}"),
    };
    let column = |table, column| Need {
        table,
        column: Some(column),
        is_reference: false,
        why: format!("uses column {table}.{column}"),
    };
    let reference = |table| Need {
        table,
        column: None,
        is_reference: true,
        why: format!("has a foreign key to table {table}"),
    };
    match &operation.kind {
        OperationKind::CreateTable { table: own, references, .. } => {
            references.iter().filter(|other| *other != own).map(|other| reference(other)).collect()
        }
        OperationKind::AddColumn { table: own, references, .. } => {
            let mut needs = vec![table(own, "alters")];
            needs.extend(references.iter().filter(|other| *other != own).map(|other| reference(other)));
            needs
        }
        OperationKind::Touch { table: own, columns, references } => {
            let mut needs = vec![table(own, "alters")];
            needs.extend(columns.iter().map(|name| column(own, name)));
            needs.extend(references.iter().filter(|other| *other != own).map(|other| reference(other)));
            needs
        }
        OperationKind::DropTable { table: own } => vec![table(own, "drops")],
        OperationKind::RenameTable { table: own, .. } => vec![table(own, "renames")],
        OperationKind::DropColumn { table: own, column: name }
        | OperationKind::RenameColumn { table: own, column: name, .. } => {
            vec![table(own, "alters"), column(own, name)]
        }
        OperationKind::Unknown => Vec::new(),
    }
}

impl<'a> Brought<'a> {
    fn by(scripts: &'a [Script]) -> Self {
        let mut brought = Self::default();
        for (at, script) in scripts.iter().enumerate() {
            brought.anything |= !script.syntax_faults.is_empty();
            for operation in &script.upgrade {
                match &operation.kind {
                    OperationKind::CreateTable { table, columns, .. } => {
                        brought.tables.entry(table).or_default().insert(at);
                        match columns {
                            Some(columns) => {
                                for column in columns {
                                    brought.columns.entry((table, column)).or_default().insert(at);
                                }
                            }
                            None => {
                                brought.open.insert(table);
                            }
                        }
                    }
                    OperationKind::AddColumn { table, column, .. } => {
                        brought.columns.entry((table, column)).or_default().insert(at);
                    }
                    OperationKind::RenameColumn { table, to, .. } => {
                        brought.columns.entry((table, to)).or_default().insert(at);
                    }
                    OperationKind::RenameTable { to, .. } => {
                        brought.tables.entry(to).or_default().insert(at);
                        brought.open.insert(to);
                    }
                    OperationKind::Unknown => brought.anything = true,
                    OperationKind::Touch { .. }
                    | OperationKind::DropTable { .. }
                    | OperationKind::DropColumn { .. } => {}
                }
            }
        }
        brought
    }

    /// The migrations that bring what is needed; an empty set where that cannot be told; nothing when none does.
    fn who<'n>(&'n self, need: &Need<'n>) -> Option<&'n BTreeSet<usize>> {
        static NOBODY: BTreeSet<usize> = BTreeSet::new();
        let Some(column) = need.column else { return self.tables.get(need.table) };
        let found = self.columns.get(&(need.table, column));
        // The columns of a table that is not created here, or not literally, are not known; that table is a need of its own.
        let unknowable = self.open.contains(need.table) || !self.tables.contains_key(need.table);
        found.or_else(|| unknowable.then_some(&NOBODY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::TreePath;
    use crate::source::read_script;

    fn needs(bodies: &[&str]) -> Needs {
        let scripts: Vec<_> = bodies
            .iter()
            .enumerate()
            .map(|(at, body)| {
                let path = TreePath::parse(&format!("{at}.py")).expect("relative");
                let source = format!("revision = '{at}'\ndown_revision = None\ndef upgrade():\n    {body}\n");
                read_script(&path, source.as_bytes())
            })
            .collect();
        Needs::of(&scripts)
    }

    #[test]
    fn what_alters_a_table_comes_after_what_creates_it() {
        let needs = needs(&[
            "op.add_column('user', sa.Column('x', sa.Text()))",
            "op.create_table('user', sa.Column('id', sa.Integer()))",
            "op.create_table('post', sa.Column('u', sa.Integer(), sa.ForeignKey('user.id')))",
            "op.create_index('ix', 'user', ['x'])",
        ]);
        let found: Vec<_> = needs.prerequisites.iter().map(|p| (p.script, p.on, p.why.as_str())).collect();
        assert_eq!(
            found,
            [
                (0, 1, "alters table user"),
                (2, 1, "has a foreign key to table user"),
                (3, 0, "uses column user.x"),
                (3, 1, "alters table user"),
            ]
        );
        assert!(needs.doomed.is_empty());
    }

    #[test]
    fn what_nothing_brings_dooms_a_migration() {
        let needs = needs(&[
            "op.create_table('user', sa.Column('id', sa.Integer()))",
            "op.create_index('ix', 'user', ['nope', 'id']); op.create_index('iy', 'gone', ['a', 'b'])",
        ]);
        let doomed = &needs.doomed[&1];
        assert_eq!(doomed.missing.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["gone", "user.nope"]);
        assert!(doomed.certain && !doomed.only_references);
    }

    #[test]
    fn sql_text_makes_doom_uncertain() {
        let needs = needs(&["op.execute('CREATE TABLE gone (a int)')", "op.drop_table('gone')"]);
        assert!(!needs.doomed[&1].certain);
    }
}
