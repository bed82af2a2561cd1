//! What a set of migrations brings and needs, whatever order they are in.
//!
//! Each is followed by itself on a schema of which nothing is known, so that only what it says itself counts. Two
//! questions are answered: which migration must come before which, and which needs something that no migration brings.

use std::collections::{BTreeMap, BTreeSet};

use super::account::Direction;
use super::chain::Placed;
use super::effect::{Effect, Need, effect};
use super::run::{Entry, Module};
use super::version::Width;
use crate::schema::{Dialect, DialectRules, Failure, Schema};
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

/// One migration must come before another: what brings a thing before what needs it, what needs it before what takes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prerequisite {
    /// The script that needs something.
    pub script: usize,
    /// The script that brings it, or uses it for the last time.
    pub on: usize,
    /// Why, as a phrase: `alters table user`.
    pub why: String,
    /// What the other one does with that: `creates`, `uses`.
    pub does: &'static str,
    /// Whether only foreign keys need it, which SQLite does not mind.
    pub is_reference: bool,
}

/// A migration that needs what no migration brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unmet {
    /// What is missing, sorted, each once.
    pub missing: Vec<Missing>,
    /// Whether nothing else could bring it: no migration runs SQL or calls code that could not be read.
    pub certain: bool,
    /// Whether only foreign keys lack their table, which SQLite does not mind.
    pub only_references: bool,
}

/// A table or column that no migration brings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Missing {
    /// `user.is_system_admin` for a column, `user_session` for a table.
    pub name: String,
    /// Whether it is a column of a table that the migrations create themselves.
    pub is_column: bool,
    /// The first call that needs it.
    pub range: TextRange,
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
                effect.takes.clear();
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
    /// Tables and columns that one migration takes away before it brings them: they were there before.
    again: BTreeSet<Thing>,
    anything: bool,
}

/// A table, or a column of one, in small letters.
type Thing = (String, Option<String>);

fn thing(table: &str, column: Option<&str>) -> Thing {
    (table.to_lowercase(), column.map(str::to_lowercase))
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
                            // Where two migrations bring the same thing, or one brings it anew, none is a prerequisite.
                            let is_new = !brought.is_anew(need);
                            if let Some(&on) =
                                Some(who).filter(|who| is_new && who.len() == 1).and_then(BTreeSet::first)
                                && on != at
                            {
                                let (.., is_reference) = why
                                    .entry((at, on))
                                    .or_insert_with(|| (need.why.clone(), "creates", true));
                                *is_reference &= need.is_reference;
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
        for ((at, on), what) in brought.used_before_taken(migrations) {
            why.entry((at, on)).or_insert_with(|| (format!("takes away {what}"), "uses", false));
        }
        let prerequisite =
            |((script, on), (why, does, is_reference))| Prerequisite { script, on, why, does, is_reference };
        needs.prerequisites = why.into_iter().map(prerequisite).collect();
        needs
    }

    /// What a migration must come after, and why.
    pub(super) fn prerequisites_of(&self, script: usize) -> &[Prerequisite] {
        let start = self.prerequisites.partition_point(|prerequisite| prerequisite.script < script);
        let end = self.prerequisites.partition_point(|prerequisite| prerequisite.script <= script);
        &self.prerequisites[start..end]
    }
}

impl Brought {
    fn by(scripts: &[Script], migrations: &[Followed]) -> Self {
        let mut brought = Self::default();
        for (at, (script, migration)) in scripts.iter().zip(migrations).enumerate() {
            brought.anything |= !script.syntax_faults.is_empty();
            let mut gone: BTreeSet<Thing> = BTreeSet::new();
            for (effect, ..) in &migration.effects {
                brought.anything |= effect.anything;
                let mut brings = |table: &str, column: Option<&str>| {
                    let thing = thing(table, column);
                    if gone.contains(&thing) {
                        brought.again.insert(thing.clone());
                    }
                    match thing {
                        (table, None) => brought.tables.entry(table).or_default().insert(at),
                        (table, Some(column)) => {
                            brought.columns.entry((table, column)).or_default().insert(at)
                        }
                    };
                };
                for (table, columns) in &effect.tables {
                    brings(table, None);
                    columns.iter().flatten().for_each(|column| brings(table, Some(column)));
                    if columns.is_none() {
                        brought.open.insert(table.to_lowercase());
                    }
                }
                effect.columns.iter().for_each(|(table, column)| brings(table, Some(column)));
                gone.extend(effect.takes.iter().map(|(table, column)| thing(table, column.as_deref())));
                brought.open.extend(effect.open.iter().map(|table| table.to_lowercase()));
            }
        }
        brought
    }

    /// Pairs of a migration that takes a thing and one that uses it, each with what that is. What comes or goes more than
    /// once may be another one of the same name.
    fn used_before_taken(&self, migrations: &[Followed]) -> Vec<((usize, usize), String)> {
        let mut taken: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
        let mut used: BTreeMap<_, BTreeMap<usize, String>> = BTreeMap::new();
        for (at, migration) in migrations.iter().enumerate() {
            for (effect, ..) in migration.effects.iter().filter(|(.., is_certain)| *is_certain) {
                for (table, column) in &effect.takes {
                    taken.entry(thing(table, column.as_deref())).or_default().insert(at);
                }
                for need in &effect.needs {
                    used.entry(thing(&need.table, need.column.as_deref()))
                        .or_default()
                        .insert(at, need.what());
                }
            }
        }
        let is_one = |taken: &(&Thing, &BTreeSet<usize>)| {
            let ((table, column), by) = taken;
            let brought = match column {
                Some(column) => self.columns.get(&(table.clone(), column.clone())),
                None => self.tables.get(table),
            };
            let may_come_again = self.anything || column.is_some() && self.open.contains(table);
            !may_come_again && by.len() == 1 && brought.is_none_or(|who| who.len() == 1 && who != *by)
        };
        let pairs = taken.iter().filter(is_one).flat_map(|(thing, by)| {
            let users = used.get(thing).into_iter().flatten();
            users.flat_map(move |(&user, what)| by.iter().map(move |&by| ((by, user), what.clone())))
        });
        pairs.filter(|((by, user), _)| by != user).collect()
    }

    /// Whether what is needed was there before the one that brings it.
    fn is_anew(&self, need: &Need) -> bool {
        self.again.contains(&thing(&need.table, None))
            || self.again.contains(&thing(&need.table, need.column.as_deref()))
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
    fn what_is_made_anew_was_there_before() {
        let alter = "op.add_column('item', sa.Column('x', sa.Text()))";
        let index = "op.create_index('ix', 'item', ['y'])";
        let make = "op.create_table('item', sa.Column('id', sa.Integer()))";
        let found = |bodies: &[&str]| needs(bodies).prerequisites.len();
        assert_eq!(found(&[alter, make]), 1);
        for drop in ["op.drop_table('item')", "op.execute('DROP TABLE IF EXISTS \"Item\"')"] {
            assert_eq!(found(&[alter, &format!("{drop}\n    {make}")]), 0, "{drop}");
        }
        let column = "op.drop_column('item', 'y')\n    op.add_column('item', sa.Column('y', sa.Text()))";
        assert_eq!(found(&[index, column]), 0);
        let column = "op.execute('ALTER TABLE item DROP COLUMN IF EXISTS y')\n    op.add_column('item', sa.Column('y', sa.Text()))";
        assert_eq!(found(&[index, column]), 0);
        // With a table its columns come anew.
        let whole = format!("op.drop_table('item')\n    {}", make.replace("'id'", "'y'"));
        assert_eq!(found(&[index, &whole]), 0);
        // The one that is taken away afterwards is the first.
        assert_eq!(found(&[alter, &format!("{make}\n    op.drop_table('item')")]), 1);
    }

    #[test]
    fn what_uses_a_thing_comes_before_what_takes_it() {
        let table = "op.create_table('user', sa.Column('id', sa.Integer()), sa.Column('x', sa.Text()))";
        let found = |bodies: &[&str]| {
            let needs = needs(bodies);
            let uses = needs.prerequisites.iter().filter(|own| own.does == "uses");
            uses.map(|own| (own.script, own.on, own.why.clone())).collect::<Vec<_>>()
        };
        let of = |take: &str| found(&[table, take, "op.create_index('ix', 'user', ['x'])"]);
        let gone = |what: &str| vec![(1, 2, format!("takes away {what}"))];
        assert_eq!(of("op.drop_table('user')"), gone("table user"));
        assert_eq!(of("op.drop_table('user', if_exists=True)"), gone("table user"));
        assert_eq!(of("op.rename_table('user', 'account')"), gone("table user"));
        assert_eq!(of("op.drop_column('User', 'x')"), gone("column user.x"));
        assert_eq!(of("op.alter_column('user', 'x', new_column_name='y')"), gone("column user.x"));
        // What nobody is seen to create is there from elsewhere.
        let alter = "op.add_column('gone', sa.Column('x', sa.Text()))";
        assert_eq!(found(&["op.drop_table('gone')", alter]), [(0, 1, "takes away table gone".to_owned())]);
        // It may come again, or not be taken at all.
        assert!(found(&[table, "op.drop_table('user')", "op.drop_column('user', 'x')", table]).is_empty());
        assert!(
            found(&[
                table,
                "op.drop_table('user')",
                "op.add_column('user', sa.Column('z', sa.Text()))",
                "op.execute(open('x.sql').read())"
            ])
            .is_empty()
        );
        let guarded = "if op.get_bind().dialect.has_table(None, 'user'):\n        op.drop_table('user')";
        assert!(found(&[table, guarded, "op.drop_column('user', 'x')"]).is_empty());
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
