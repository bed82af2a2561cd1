//! Small schemas and statements on them, in the forms that the documents of Alembic, SQLAlchemy, PostgreSQL and SQLite allow.

mod arguments;
mod blocks;
mod directives;
mod left_out;
mod metadata;
mod rows;
mod schemas;
mod setup;
mod sql;
mod text;
mod world;

use rechain::schema::Dialect;

pub(crate) use left_out::LEFT_OUT;

use crate::judge::Random;
use world::World;

/// The body of an `upgrade()`, and the form that it has.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) form: &'static str,
    pub(crate) text: String,
}

/// A form: what makes a statement of it, if there is what it needs.
struct Form {
    name: &'static str,
    make: fn(&mut World) -> Option<String>,
}

const fn form(name: &'static str, make: fn(&mut World) -> Option<String>) -> Form {
    Form { name, make }
}

/// A small schema, and statements on it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) dialect: Dialect,
    /// The naming convention of the project's metadata.
    pub(crate) convention: &'static [(&'static str, &'static str)],
    /// How many of the pieces make the schema.
    pub(crate) n_setup: usize,
    pub(crate) pieces: Vec<Piece>,
}

/// What projects take from Alembic's documents.
const CONVENTION: [(&str, &str); 5] = [
    ("ix", "ix_%(column_0_label)s"),
    ("uq", "uq_%(table_name)s_%(column_0_name)s"),
    ("ck", "ck_%(table_name)s_%(constraint_name)s"),
    ("fk", "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"),
    ("pk", "pk_%(table_name)s"),
];

/// The case of a seed.
pub(crate) fn case(seed: u64, dialect: Dialect) -> Case {
    let mut world = World::new(Random::new(seed), dialect);
    let convention = if world.chance(12) { &CONVENTION[..] } else { &[] };
    let mut pieces = setup::make(&mut world);
    let n_setup = pieces.len();
    let both = [directives::DIRECTIVES, arguments::BOTH, metadata::BOTH, sql::BOTH, rows::BOTH];
    let own = if dialect == Dialect::Postgresql {
        &[sql::POSTGRESQL, schemas::POSTGRESQL, rows::POSTGRESQL, blocks::BLOCKS][..]
    } else {
        &[sql::SQLITE, rows::SQLITE]
    };
    let forms: Vec<&Form> = both.iter().chain(own).copied().flatten().collect();
    let n = 1 + world.random.below(5);
    while pieces.len() < n_setup + n {
        let form = *world.random.pick(&forms);
        if let Some(text) = (form.make)(&mut world) {
            // Whether there is a transaction is for env.py to say.
            let within = world.chance(3) && !text.to_lowercase().contains("concurrently");
            let text = if within { in_savepoint(&mut world, &text) } else { text };
            // What Python computes is not followed: what is certain after it must hold all the same.
            if world.chance(2) && text.starts_with("op.execute('") {
                let text = text.replacen("op.execute(", "op.execute(open('/dev/null').read() or ", 1);
                pieces.push(Piece { form: "a text that is computed", text });
                continue;
            }
            pieces.push(Piece { form: if within { "within a savepoint" } else { form.name }, text });
        }
    }
    Case { dialect, convention, n_setup, pieces }
}

/// What fails within a savepoint, and whose failure is caught, has not happened.
fn in_savepoint(world: &mut World, text: &str) -> String {
    let text = text.replace('\n', "\n        ");
    let ends = world.one(&["", "\n        raise RuntimeError"]);
    format!("try:\n    with op.get_bind().begin_nested():\n        {text}{ends}\nexcept Exception:\n    pass")
}
