//! What decides the order.

use super::{chain_of, rewritten, told};
use crate::rules::fixture::{audited, bodies, project};

#[test]
fn holes_are_closed_at_their_place_whatever_is_longest() {
    let tree = project(
        "0001_a: 0001 <- None\n0002_a: 0002 <- '0001'\n0004_a: 0004 <- '0003'\n0005_a: 0005 <- '0004'\n\
         0007_a: 0007 <- '0006'\n0008_a: 0008 <- '0007'\n0009_a: 0009 <- '0008'",
    );
    assert_eq!(
        rewritten(&tree),
        (
            vec!["0004 <- 0002".to_owned(), "0007 <- 0005".to_owned()],
            "0001 0002 0004 0005 0007 0008 0009".to_owned()
        )
    );
}

#[test]
fn older_bases_come_first_whatever_is_larger() {
    let tree = told(&[("a", "None", None, "pass"), ("b", "None", None, "pass"), ("c", "'b'", None, "pass")]);
    assert_eq!(rewritten(&tree), (vec!["b <- a".to_owned()], "a b c".to_owned()));
}

#[test]
fn a_migration_that_fails_wherever_it_stands_stays_where_it_is() {
    let tree = told(&[
        ("a", "None", None, "op.create_table('t', sa.Column('id', sa.Integer()))"),
        ("b", "'gone'", None, "op.drop_index('no_such', table_name='nowhere')"),
        ("c", "'b'", None, "pass"),
        ("d", "'lost'", None, "pass"),
    ]);
    assert_eq!(rewritten(&tree), (vec!["b <- a".to_owned(), "d <- c".to_owned()], "a b c d".to_owned()));
}

#[test]
fn what_uses_a_thing_goes_before_what_takes_it() {
    for (use_it, take_it) in [
        ("op.add_column('t', sa.Column('c', sa.Text()))", "op.drop_table('t')"),
        ("op.add_column('t', sa.Column('c', sa.Text()))", "op.rename_table('t', 'u')"),
        ("op.create_index('i', 't', ['x'])", "op.drop_column('t', 'x')"),
        ("op.create_index('i', 't', ['x'])", "op.alter_column('t', 'x', new_column_name='y')"),
    ] {
        let create = "op.create_table('t', sa.Column('id', sa.Integer()), sa.Column('x', sa.Text()))";
        let tree = bodies(&[
            ("a", "None", create, "pass"),
            ("b", "'a'", take_it, "pass"),
            ("c", "'a'", use_it, "pass"),
        ]);
        assert_eq!(rewritten(&tree), (vec!["b <- c".to_owned()], "a c b".to_owned()), "{take_it}");
    }
}

#[test]
fn what_is_taken_and_comes_again_binds_nobody() {
    let drop_and_make = "op.drop_table('t'); op.create_table('t', sa.Column('id', sa.Integer()))";
    let tree = bodies(&[
        ("a", "None", "op.create_table('t', sa.Column('id', sa.Integer()))", "pass"),
        ("b", "'a'", drop_and_make, "pass"),
        ("c", "'a'", "op.add_column('t', sa.Column('c', sa.Text()))", "pass"),
    ]);
    assert!(audited(&tree).environments[0].account.prerequisites().iter().all(|own| own.does != "uses"));
}

#[test]
fn a_column_that_is_dropped_and_comes_again_stops_no_repair() {
    // Where the column came from first is not seen: the file is gone.
    let tree = told(&[
        ("2ca607eff9c8", "None", None, "op.create_table('t', sa.Column('id', sa.Integer()))"),
        ("b", "'2ca607'", None, "op.drop_column('t', 'x')"),
        ("c", "'b'", None, "op.add_column('t', sa.Column('x', sa.Text()))"),
    ]);
    assert_eq!(rewritten(&tree).0, ["b <- 2ca607eff9c8"]);
}

#[test]
fn a_chain_in_one_line_writes_parents_in_full_too() {
    // Alembic runs the arms in an order of its own, and one needs the other.
    let table = |name: &str| format!("op.create_table('{name}', sa.Column('id', sa.Integer()))");
    let column = |name: &str| format!("op.add_column('{name}', sa.Column('c', sa.Text()))");
    for needs_first in [true, false] {
        let (first, second) = if needs_first { (column("t"), table("t")) } else { (table("t"), column("t")) };
        let tree = bodies(&[
            ("2ca607eff9c8", "None", "pass", "pass"),
            ("b", "'2ca607'", &first, "pass"),
            ("c", "'2ca607'", &second, "pass"),
            ("d", "('b', 'c')", "pass", "pass"),
        ]);
        let plan = chain_of(&tree).expect("it is offered");
        assert!(plan.after.reading.map().is_some(), "Alembic loads it");
        assert!(plan.resolves.iter().any(|rule| rule.name == "missing-parent"));
        assert!(plan.leaves.iter().all(|rule| rule.name != "missing-parent"));
    }
}

#[test]
fn a_folder_that_still_raises_is_no_chain() {
    let tree = |more: &str| {
        let mut tree = project("a: a <- None\nb: b <- 'gone'");
        let path = crate::ingest::TreePath::parse("migrations/versions/c.py").expect("relative");
        let source = format!("revision = 'c'\ndown_revision = 'b'\n{more}\n\n\ndef upgrade():\n    pass\n");
        tree.insert(path, source.into_bytes());
        tree
    };
    assert!(chain_of(&tree("")).is_some());
    assert!(chain_of(&tree("depends_on = 'nowhere_at_all'")).is_none());
}
