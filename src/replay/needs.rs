//! What a set of migrations brings and needs, whatever order they are in.
//!
//! Each is followed by itself on a schema of which nothing is known, so that only what it says itself counts. Two
//! questions are answered: which migration must come before which, and which needs something that no migration brings.

use std::collections::{BTreeMap, BTreeSet};

use super::account::Direction;
use super::chain::Placed;
use super::run::{Entry, Module};
use super::version::Width;
use crate::schema::{
    ConstraintDef, ConstraintKind, Dialect, DialectRules, Edit, Failure, Operation, Schema, TableName,
    Touches,
};
use crate::source::Script;
use crate::text::TextRange;

/// What the migrations of one environment bring and need.
#[derive(Debug, Clone, Default)]
pub(super) struct Needs {
    /// For each pair of migrations: the one that needs, the one that brings, and why; sorted, each pair once.
    pub(super) prerequisites: Vec<Prerequisite>,
    /// Migrations that need something no migration brings, by script.
    pub(super) unmet: BTreeMap<usize, Unmet>,
    /// Names that Python does not find in migrations that have no place, by script, in order.
    pub(super) undefined: BTreeMap<usize, Vec<(Direction, Placed<Failure>)>>,
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
pub struct Unmet {
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

/// What one operation brings and needs, in words that no longer know the operation.
#[derive(Debug, Default)]
struct Effect {
    /// Tables that come, each with its columns; `None` where not all are known.
    tables: Vec<(String, Option<Vec<String>>)>,
    /// Columns that come.
    columns: Vec<(String, String)>,
    needs: Vec<Need>,
    /// Tables of which anything may have come.
    open: Vec<String>,
    /// Whether anything at all may have come.
    anything: bool,
}

/// One migration followed by itself.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// What its `upgrade()` brings and needs, where, and whether for certain.
    effects: Vec<(Effect, TextRange, bool)>,
    /// Names that Python does not find in either function, where no history tells of them.
    undefined: Vec<(Direction, Placed<Failure>)>,
    /// How wide it leaves the column that holds the revision.
    pub(super) width: Width,
}

impl Followed {
    /// Follows a migration on a schema of which nothing is known; what Python does not find is told where the migration
    /// has no place in a history.
    pub(super) fn of(module: &mut Module<'_>, dialect: Option<Dialect>, is_placed: bool) -> Self {
        let rules = DialectRules::new(dialect.unwrap_or(Dialect::Postgresql));
        let mut undefined = Vec::new();
        let mut run = |name: &str, direction: Direction| {
            let followed = module.follow(name, None, Schema::unknown(rules.clone()), dialect);
            let certain = followed.errors.into_iter().filter(|(_, failure)| failure.certain);
            undefined.extend(certain.map(|(range, what)| (direction, Placed { range, what })));
            followed.log
        };
        let log = run("upgrade", Direction::Upgrade);
        if is_placed {
            undefined.clear();
        } else {
            run("downgrade", Direction::Downgrade);
        }
        let width = Width::default().after(&log);
        let effects = log.into_iter().map(|Entry { operation, range, is_certain, is_guarded, .. }| {
            let mut effect = effect(&operation);
            // What a `try` looks after need not be there.
            if is_guarded {
                effect.needs.clear();
            }
            (effect, range, is_certain)
        });
        Self { effects: effects.collect(), undefined, width }
    }
}

#[derive(Default)]
struct Brought {
    /// All names in small letters: whether they are told apart depends on the database.
    tables: BTreeMap<String, BTreeSet<usize>>,
    columns: BTreeMap<(String, String), BTreeSet<usize>>,
    /// Tables some of whose columns are not known, or that came by another name.
    open: BTreeSet<String>,
    anything: bool,
}

impl Needs {
    /// Reads what `scripts` bring and need in `upgrade()`, each followed by itself.
    pub(super) fn of(scripts: &[Script], migrations: &[Followed]) -> Self {
        let mut needs = Self::default();
        for (at, migration) in migrations.iter().enumerate() {
            if !migration.undefined.is_empty() {
                needs.undefined.insert(at, migration.undefined.clone());
            }
        }
        let brought = Brought::by(scripts, migrations);
        let mut why = BTreeMap::new();
        for (at, migration) in migrations.iter().enumerate() {
            let mut unmet = Unmet { missing: Vec::new(), certain: !brought.anything, only_references: true };
            for (effect, range, is_certain) in &migration.effects {
                for need in &effect.needs {
                    match brought.who(need) {
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
                            unmet.only_references &= need.is_reference;
                            unmet.certain &= *is_certain;
                            unmet.missing.push(Missing {
                                name: need.name(),
                                is_column: need.column.is_some(),
                                range: *range,
                            });
                        }
                    }
                }
            }
            unmet.missing.sort();
            unmet.missing.dedup_by(|a, b| a.name == b.name);
            if !unmet.missing.is_empty() {
                needs.unmet.insert(at, unmet);
            }
        }
        needs.prerequisites =
            why.into_iter().map(|((script, on), why)| Prerequisite { script, on, why }).collect();
        needs
    }

    /// What a migration must come after, and why.
    pub(super) fn prerequisites_of(&self, script: usize) -> &[Prerequisite] {
        let start = self.prerequisites.partition_point(|prerequisite| prerequisite.script < script);
        let end = self.prerequisites.partition_point(|prerequisite| prerequisite.script <= script);
        &self.prerequisites[start..end]
    }
}

#[derive(Debug)]
struct Need {
    table: String,
    column: Option<String>,
    is_reference: bool,
    why: String,
}

impl Need {
    fn name(&self) -> String {
        match &self.column {
            Some(column) => format!("{}.{column}", self.table),
            None => self.table.clone(),
        }
    }
}

impl Effect {
    fn table(&mut self, table: &TableName, why: &str) {
        let table = table.to_string();
        let why = format!("{why} table {table}");
        self.needs.push(Need { table, column: None, is_reference: false, why });
    }

    fn column(&mut self, table: &TableName, column: &str) {
        let table = table.to_string();
        let why = format!("uses column {table}.{column}");
        self.needs.push(Need { table, column: Some(column.to_owned()), is_reference: false, why });
    }

    fn reference(&mut self, own: &TableName, constraint: &ConstraintDef) {
        if let ConstraintKind::ForeignKey { table: Some(table), .. } = &constraint.kind
            && table != own
        {
            let table = table.to_string();
            let why = format!("has a foreign key to table {table}");
            self.needs.push(Need { table, column: None, is_reference: true, why });
        }
    }
}

fn effect(operation: &Operation) -> Effect {
    let mut effect = Effect::default();
    add(&mut effect, operation);
    effect
}

fn add(effect: &mut Effect, operation: &Operation) {
    match operation {
        Operation::CreateTable { table, columns, complete, constraints, .. } => {
            let names = columns.iter().map(|column| column.name.to_string()).collect();
            effect.tables.push((table.to_string(), complete.is_whole().then_some(names)));
            let own = columns.iter().flat_map(|column| &column.constraints);
            constraints.iter().chain(own).for_each(|constraint| effect.reference(table, constraint));
        }
        Operation::AddColumn { table, column, .. } => {
            effect.table(table, "alters");
            column.constraints.iter().for_each(|constraint| effect.reference(table, constraint));
            effect.columns.push((table.to_string(), column.name.to_string()));
        }
        Operation::DropTable { table, if_exists, .. } => {
            if !if_exists {
                effect.table(table, "drops");
            }
        }
        Operation::RenameTable { table, to } => {
            effect.table(table, "renames");
            effect.tables.push((to.to_string(), None));
        }
        Operation::DropColumn { table, column, if_exists, .. } => {
            effect.table(table, "alters");
            if let Some(column) = column.as_ref().filter(|_| !if_exists) {
                effect.column(table, column);
            }
        }
        Operation::AlterColumn { table, column, change } => {
            effect.table(table, "alters");
            match column {
                Some(column) => effect.column(table, column),
                None => effect.open.push(table.to_string()),
            }
            match &change.name {
                Edit::Set(to) => effect.columns.push((table.to_string(), to.to_string())),
                Edit::Unknown => effect.open.push(table.to_string()),
                Edit::Keep => {}
            }
        }
        Operation::CreateIndex { table, index, .. } => {
            effect.table(table, "alters");
            index.columns.iter().flatten().for_each(|column| effect.column(table, column));
        }
        Operation::AddConstraint { table, constraint } => {
            effect.table(table, "alters");
            effect.reference(table, constraint);
            match &constraint.kind {
                ConstraintKind::PrimaryKey { columns }
                | ConstraintKind::Unique { columns }
                | ConstraintKind::ForeignKey { columns, .. } => {
                    columns.iter().flatten().for_each(|column| effect.column(table, column));
                }
                ConstraintKind::Check { .. } | ConstraintKind::Exclude { .. } | ConstraintKind::Unknown => {}
            }
        }
        Operation::DropConstraint { table, .. }
        | Operation::RenameConstraint { table, .. }
        | Operation::PromoteIndex { table, .. }
        | Operation::NeedConstraint { table, .. } => {
            effect.table(table, "alters");
        }
        Operation::DropIndex { table, if_exists, .. } => {
            table.iter().filter(|_| !if_exists).for_each(|table| effect.table(table, "alters"));
        }
        Operation::Noted { table, .. } => table.iter().for_each(|table| effect.table(table, "alters")),
        Operation::Batch { table, changes, .. } => {
            effect.table(table, "alters");
            changes.iter().for_each(|change| add(effect, change));
        }
        Operation::CreateView { view, query, .. } => {
            query.reads.iter().for_each(|(table, _)| effect.table(table, "reads"));
            effect.tables.push((view.to_string(), None));
        }
        Operation::Data { verb, uses, .. } => {
            let why = if *verb == "SELECT" { "reads" } else { "writes" };
            for (table, columns) in uses {
                effect.table(table, why);
                columns.iter().for_each(|column| effect.column(table, column));
            }
        }
        Operation::Unknown { touches, .. } => match touches {
            Touches::Everything | Touches::Column(_) | Touches::NewTables => effect.anything = true,
            Touches::Table(table) | Touches::ConstraintsOf(table) => effect.open.push(table.to_string()),
            Touches::TableItself(table) => effect.tables.push((table.to_string(), None)),
            Touches::Constraints | Touches::Enums | Touches::Casts | Touches::Nothing => {}
        },
        // What they bring may be there, and what they need need not.
        Operation::If { then, otherwise, .. } => {
            then.iter().chain(otherwise).for_each(|operation| add_perhaps(effect, operation));
        }
        Operation::Try { body, handlers } => {
            let handled = handlers.iter().flat_map(|(_, handled)| handled);
            body.iter().chain(handled).for_each(|operation| add_perhaps(effect, operation));
        }
        Operation::Rename { to, .. } => effect.tables.push((to.to_string(), None)),
        Operation::TemporaryTable { table } => effect.tables.push((table.to_string(), None)),
        Operation::RenameSchema { .. } => effect.anything = true,
        // What they need or bring is no table and no column.
        Operation::CreateEnum { .. }
        | Operation::DropEnum { .. }
        | Operation::RenameEnum { .. }
        | Operation::AddEnumValue { .. }
        | Operation::RenameEnumValue { .. }
        | Operation::NeedType { .. }
        | Operation::AlterSequence { .. }
        | Operation::OutsideTransaction { .. }
        | Operation::Constants { .. }
        | Operation::Raise { .. }
        | Operation::Savepoint { .. }
        | Operation::EndSavepoint { .. }
        | Operation::NeedIndex { .. }
        | Operation::NeedFunction { .. }
        | Operation::CreateExtension { .. }
        | Operation::DropExtension { .. }
        | Operation::Inherits { .. }
        | Operation::DropView { .. }
        | Operation::CreateSequence { .. }
        | Operation::DropSequence { .. }
        | Operation::CreateSchema { .. }
        | Operation::DropSchema { .. }
        | Operation::SearchPath { .. }
        | Operation::Refused { .. } => {}
    }
}

/// What an operation brings that may be done or not; what it needs may not be needed.
fn add_perhaps(effect: &mut Effect, operation: &Operation) {
    let n_needs = effect.needs.len();
    add(effect, operation);
    effect.needs.truncate(n_needs);
}

impl Brought {
    fn by(scripts: &[Script], migrations: &[Followed]) -> Self {
        let mut brought = Self::default();
        for (at, (script, migration)) in scripts.iter().zip(migrations).enumerate() {
            brought.anything |= !script.syntax_faults.is_empty();
            for (effect, ..) in &migration.effects {
                brought.anything |= effect.anything;
                for (table, columns) in &effect.tables {
                    brought.tables.entry(table.to_lowercase()).or_default().insert(at);
                    match columns {
                        Some(columns) => {
                            for column in columns {
                                let key = (table.to_lowercase(), column.to_lowercase());
                                brought.columns.entry(key).or_default().insert(at);
                            }
                        }
                        None => {
                            brought.open.insert(table.to_lowercase());
                        }
                    }
                }
                for (table, column) in &effect.columns {
                    let key = (table.to_lowercase(), column.to_lowercase());
                    brought.columns.entry(key).or_default().insert(at);
                }
                brought.open.extend(effect.open.iter().map(|table| table.to_lowercase()));
            }
        }
        brought
    }

    /// The migrations that bring what is needed; an empty set where that cannot be told; nothing when none does.
    fn who(&self, need: &Need) -> Option<&BTreeSet<usize>> {
        static NOBODY: BTreeSet<usize> = BTreeSet::new();
        let table = need.table.to_lowercase();
        // Alembic's own table is there when a migration runs.
        if table == "alembic_version" {
            return Some(&NOBODY);
        }
        let Some(column) = &need.column else { return self.tables.get(&table) };
        let found = self.columns.get(&(table.clone(), column.to_lowercase()));
        // The columns of a table that is not created here, or not in full, are not known; that table is a need of its own.
        let unknowable = self.open.contains(&table) || !self.tables.contains_key(&table);
        found.or_else(|| unknowable.then_some(&NOBODY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::TreePath;
    use crate::source::{ProjectModules, Running, read_script};

    fn needs(bodies: &[&str]) -> Needs {
        let scripts: Vec<_> = bodies
            .iter()
            .enumerate()
            .map(|(at, body)| {
                let path = TreePath::parse(&format!("{at}.py")).expect("relative");
                let source = format!(
                    "from alembic import op\nimport sqlalchemy as sa\nrevision = '{at}'\ndown_revision = None\ndef upgrade():\n    {body}\n"
                );
                read_script(&path, source.as_bytes())
            })
            .collect();
        let project = ProjectModules::none();
        let running = Running::default();
        let follow =
            |script: &Script| Followed::of(&mut Module::of(&script.program, &project, &running), None, false);
        Needs::of(&scripts, &scripts.iter().map(follow).collect::<Vec<_>>())
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
        assert!(needs.unmet.is_empty());
    }

    #[test]
    fn what_nothing_brings_dooms_a_migration() {
        let needs = needs(&[
            "op.create_table('user', sa.Column('id', sa.Integer()))",
            "op.create_index('ix', 'user', ['nope', 'id']); op.create_index('iy', 'gone', ['a', 'b'])",
        ]);
        let unmet = &needs.unmet[&1];
        assert_eq!(unmet.missing.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["gone", "user.nope"]);
        assert!(unmet.certain && !unmet.only_references);
    }

    #[test]
    fn what_a_try_looks_after_and_names_in_other_letters_doom_nothing() {
        let needs = needs(&[
            "op.create_table('user', sa.Column('id', sa.Integer()))",
            "op.add_column('User', sa.Column('x', sa.Text()))",
            "try:\n        op.drop_table('gone')\n    except Exception:\n        pass",
        ]);
        assert!(needs.unmet.is_empty(), "{:?}", needs.unmet);
    }

    #[test]
    fn what_is_not_understood_makes_doom_uncertain_and_sql_text_brings_what_it_says() {
        let unknown = needs(&["op.execute(open('x.sql').read())", "op.drop_table('gone')"]);
        assert!(!unknown.unmet[&1].certain);
        let read = needs(&["op.drop_table('gone')", "op.execute('CREATE TABLE gone (a int)')"]);
        assert!(read.unmet.is_empty());
        assert_eq!((read.prerequisites[0].script, read.prerequisites[0].on), (0, 1));
    }
}
