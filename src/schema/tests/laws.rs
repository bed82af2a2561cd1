//! What holds for all operations.

use proptest::prelude::*;

use super::fixture::{
    add, after, batch, check, column, constrain, create_enum, data, drop_column, drop_constraint, drop_enum,
    drop_index, drop_table, empty, enum_column, first_failure, foreign, index, nullable, primary, rename,
    rename_table, table, table_with, unique, view,
};
use crate::schema::{
    ColumnDef, ConstraintDef, ConstraintType, Dialect, DialectRules, Operation, Schema, TableName, Touches,
    Truth,
};

const TABLES: [&str; 3] = ["t", "u", "v"];
const COLUMNS: [&str; 4] = ["a", "b", "c", "d"];
const NAMES: [&str; 4] = ["", "k", "i", "t_a_key"];

fn tables() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&TABLES[..])
}

fn columns() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&COLUMNS[..])
}

fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&NAMES[..])
}

fn constraints() -> impl Strategy<Value = ConstraintDef> {
    let ends = (tables(), columns()).prop_map(|(table, column)| format!("{table}.{column}"));
    prop_oneof![
        (names(), columns()).prop_map(|(name, column)| unique(name, &[column])),
        (names(), columns()).prop_map(|(name, column)| primary(name, &[column])),
        (names(), columns()).prop_map(|(name, column)| check(name, &format!("{column} > 0"))),
        (names(), columns(), ends).prop_map(|(name, column, end)| foreign(name, column, &end)),
    ]
}

fn column_defs() -> impl Strategy<Value = ColumnDef> {
    let extras = (any::<bool>(), prop::option::weighted(0.2, constraints()), 0..8_u8);
    (columns(), extras).prop_map(|(name, (index, constraint, kind))| ColumnDef {
        index: index && kind == 0,
        unique: kind == 1,
        primary_key: kind == 2,
        constraints: constraint.into_iter().collect(),
        ..if kind == 3 { enum_column(name, "e") } else { column(name) }
    })
}

fn words() -> impl Strategy<Value = Option<ConstraintType>> {
    use ConstraintType::{Check, ForeignKey, Primary, Unique};
    prop::option::of(prop::sample::select(vec![Check, ForeignKey, Primary, Unique]))
}

fn changes(table: &'static str) -> impl Strategy<Value = Operation> {
    prop_oneof![
        column_defs().prop_map(move |column| add(table, column)),
        columns().prop_map(move |column| drop_column(table, column)),
        (columns(), any::<bool>()).prop_map(move |(column, null)| nullable(table, column, null)),
        (columns(), columns()).prop_map(move |(column, to)| rename(table, column, to)),
        (names(), columns()).prop_map(move |(name, column)| index(name, table, &[column])),
        names().prop_map(move |name| drop_index(name, table)),
        constraints().prop_map(move |constraint| constrain(table, constraint)),
        (names(), words()).prop_map(move |(name, word)| drop_constraint(table, name, word)),
    ]
}

fn operations() -> impl Strategy<Value = Operation> {
    let created =
        (tables(), prop::collection::vec(column_defs(), 1..4), prop::collection::vec(constraints(), 0..2));
    prop_oneof![
        4 => created.prop_map(|(table, columns, constraints)| table_with(table, columns, constraints)),
        6 => tables().prop_flat_map(changes),
        2 => tables().prop_flat_map(|table| prop::collection::vec(changes(table), 1..3).prop_map(move |all| batch(table, all))),
        1 => tables().prop_map(drop_table),
        1 => (tables(), tables()).prop_map(|(table, to)| rename_table(table, to)),
        1 => prop_oneof![Just(create_enum("e")), Just(drop_enum("e"))],
        1 => (tables(), columns()).prop_map(|(table, column)| view("w", table, &[column])),
        1 => (tables(), columns()).prop_map(|(table, column)| data(table, &[column])),
    ]
}

fn lists() -> impl Strategy<Value = Vec<Operation>> {
    prop::collection::vec(operations(), 0..14)
}

fn dialects() -> impl Strategy<Value = Dialect> {
    prop::sample::select(&Dialect::ALL[..])
}

fn touches() -> impl Strategy<Value = Touches> {
    prop_oneof![
        Just(Touches::Everything),
        Just(Touches::Enums),
        Just(Touches::Casts),
        Just(Touches::Constraints),
        Just(Touches::NewTables),
        Just(Touches::Column("a".into())),
        tables().prop_map(|table| Touches::Table(TableName::plain(table))),
        tables().prop_map(|table| Touches::TableItself(TableName::plain(table))),
        tables().prop_map(|table| Touches::ConstraintsOf(TableName::plain(table))),
    ]
}

/// What a schema says of everything that could be there.
fn said(schema: &Schema) -> Vec<Truth> {
    let mut answers = Vec::new();
    for table in TABLES.map(TableName::plain) {
        answers.push(schema.has_table(&table));
        answers.extend(COLUMNS.map(|column| schema.has_column(&table, column)));
        answers.extend(NAMES.map(|name| schema.has_index(&table, name)));
        answers.extend(NAMES.map(|name| schema.has_constraint(&table, name)));
    }
    answers.push(schema.has_enum(&TableName::plain("e")));
    answers.push(schema.has_view(&TableName::plain("w")));
    answers
}

/// Whether all that is certain in one holds in the other.
fn is_weaker(one: &Schema, other: &Schema) -> bool {
    said(one).iter().zip(said(other)).all(|(one, other)| *one == Truth::Maybe || *one == other)
}

proptest! {
    #[test]
    fn joining_takes_no_sides_and_knows_no_more_than_either(
        dialect in dialects(), common in lists(), left in lists(), right in lists(),
    ) {
        let base = after(dialect, &common);
        let (mut one, mut two) = (base.clone(), base);
        for operation in &left { one.apply(operation); }
        for operation in &right { two.apply(operation); }
        let joined = one.join(&two);
        prop_assert_eq!(&joined, &two.join(&one));
        prop_assert_eq!(&one.join(&one), &one);
        prop_assert_eq!(&joined.join(&joined.clone()), &joined);
        prop_assert!(is_weaker(&joined, &one) && is_weaker(&joined, &two));
    }

    #[test]
    fn what_certainly_fails_after_a_join_certainly_fails_on_either_way(
        dialect in dialects(), common in lists(), left in lists(), right in lists(), rest in lists(),
    ) {
        let base = after(dialect, &common);
        let (mut one, mut two) = (base.clone(), base);
        for operation in &left { one.apply(operation); }
        for operation in &right { two.apply(operation); }
        let mut joined = one.join(&two);
        if let Some((at, failure)) = first_failure(&mut joined, &rest) {
            for way in [&mut one, &mut two] {
                let found = first_failure(way, &rest);
                prop_assert!(found.as_ref().is_some_and(|(other, _)| *other <= at), "{failure:?} at {at}, but {found:?}");
            }
        }
    }

    #[test]
    fn what_certainly_fails_in_doubt_certainly_fails_without(
        dialect in dialects(), before in lists(), rest in lists(), touches in touches(),
    ) {
        let mut sure = after(dialect, &before);
        let mut doubtful = sure.clone();
        doubtful.taint(&touches);
        prop_assert!(is_weaker(&doubtful, &sure));
        if let Some((at, failure)) = first_failure(&mut doubtful, &rest) {
            let found = first_failure(&mut sure, &rest);
            prop_assert!(found.as_ref().is_some_and(|(other, _)| *other <= at), "{failure:?} at {at}, but {found:?}");
        }
    }

    #[test]
    fn a_clone_goes_its_own_way_and_nothing_differs_from_itself(dialect in dialects(), before in lists(), rest in lists()) {
        let schema = after(dialect, &before);
        let kept = schema.clone();
        let mut other = schema.clone();
        for operation in &rest { other.apply(operation); }
        other.taint(&Touches::Everything);
        prop_assert_eq!(&schema, &kept);
        prop_assert!(schema.differences(&kept).is_empty());
        prop_assert!(schema.differences(&other).is_empty(), "nothing is certain of it");
    }

    #[test]
    fn a_table_that_comes_and_goes_leaves_nothing(dialect in dialects(), before in lists()) {
        let base = after(dialect, &before);
        let mut schema = base.clone();
        for operation in [table("y", &["id!", "a"]), add("y", column("b?")), index("iy", "y", &["b"]), drop_table("y")] {
            schema.apply(&operation);
        }
        prop_assert_eq!(&schema, &base);
        prop_assert!(base.differences(&schema).is_empty());
    }
}

/// Whether what certainly fails after the two ways have met certainly fails on either.
fn fails_alike(dialect: Dialect, left: &[Operation], right: &[Operation], rest: &[Operation]) -> bool {
    let (mut one, mut two) = (after(dialect, left), after(dialect, right));
    let mut joined = one.join(&two);
    let Some((at, _)) = first_failure(&mut joined, rest) else { return true };
    [&mut one, &mut two].into_iter().all(|way| first_failure(way, rest).is_some_and(|(other, _)| other <= at))
}

#[test]
fn what_stands_behind_a_column_on_one_way_only_is_not_certain() {
    let rest = |name| [batch("u", vec![add("u", column(name)), constrain("u", check("k", "a > 0"))])];
    let (left, right) = ([table("u", &["b", "a"])], [add("u", column("b"))]);
    assert!(fails_alike(Dialect::Sqlite, &left, &right, &rest("b")));
    // Both ways have the columns, in another order.
    let (left, right) = ([table("u", &["a", "b", "c"])], [table("u", &["c", "b", "a"])]);
    for column in ["a", "b", "c"] {
        assert!(fails_alike(Dialect::Sqlite, &left, &right, &rest(column)), "{column}");
    }
    assert!(first_failure(&mut after(Dialect::Sqlite, &left), &rest("a")).is_some());
    assert!(first_failure(&mut after(Dialect::Sqlite, &left), &rest("c")).is_none());
    // In the same order, with one more on one way.
    let (left, right) = ([table("u", &["a", "b", "c"])], [table("u", &["a", "c"])]);
    let mut joined = after(Dialect::Sqlite, &left).join(&after(Dialect::Sqlite, &right));
    assert!(first_failure(&mut joined, &rest("a")).is_some());
}

#[test]
fn an_index_that_another_table_may_have_too_is_not_certainly_that_of_a_constraint() {
    let common = [
        table("v", &["a"]),
        index("t_a_key", "v", &["a"]),
        table("t", &["a"]),
        constrain("t", unique("t_a_key", &["a"])),
    ];
    let drop = [drop_index("t_a_key", "t")];
    let gone = [common.as_slice(), &[drop_table("v")]].concat();
    assert!(fails_alike(Dialect::Postgresql, &common, &gone, &drop));
    assert!(first_failure(&mut after(Dialect::Postgresql, &gone), &drop).is_some(), "the constraint's own");
}

#[test]
fn a_column_that_a_batch_adds_and_renames_leaves_its_check_behind() {
    let rest = [batch(
        "u",
        vec![
            add("u", ColumnDef { constraints: vec![check("", "a > 0")], ..column("a") }),
            rename("u", "a", "b"),
        ],
    )];
    let (left, right) = ([data("u", &["a"])], [nullable("u", "a", false)]);
    assert!(fails_alike(Dialect::Sqlite, &left, &right, &rest));
    assert!(first_failure(&mut after(Dialect::Sqlite, &left), &rest).is_some());
}

#[test]
fn two_constraints_that_are_alike_are_one_after_a_join_as_before() {
    let twice = |other| {
        let a = ColumnDef { constraints: vec![unique(other, &["b"])], ..column("a") };
        [table_with("u", vec![ColumnDef { unique: true, ..column("b") }, a], Vec::new())]
    };
    let (left, right) = (twice(""), [twice(""), [add("u", column("c?"))]].concat());
    let rest = [batch("u", vec![nullable("u", "a", false)]), drop_column("u", "b")];
    assert!(fails_alike(Dialect::Sqlite, &left, &right, &rest));
    assert!(first_failure(&mut after(Dialect::Sqlite, &left), &rest).is_some());
    // Of two names, nobody knows which is read.
    assert!(first_failure(&mut after(Dialect::Sqlite, &twice("k")), &rest).is_none());
}

#[test]
fn what_uses_a_table_that_was_perhaps_renamed_may_use_it_under_either_name() {
    let users = [view("w", "v", &["a"]), table_with("x", vec![column("a")], vec![foreign("k", "a", "v.a")])];
    let rest = [rename_table("v", "t"), table("v", &["c"]), drop_table("v")];
    for user in users {
        let right = [user];
        let left = [right.as_slice(), &[table("v", &["a"])]].concat();
        assert!(fails_alike(Dialect::Postgresql, &left, &right, &rest), "{right:?}");
        assert!(
            first_failure(&mut after(Dialect::Postgresql, &left), &[drop_table("v")]).is_some(),
            "{right:?}"
        );
    }
}

#[test]
fn ten_thousand_tables_and_columns_are_no_trouble() {
    let mut schema = empty(Dialect::Postgresql);
    let mut states = Vec::new();
    for number in 0..10_000 {
        let name = format!("t{number}");
        let own = format!("c{number}");
        for operation in [
            table(&name, &["id!", "x"]),
            add("t0", column(&own)),
            index(&format!("i{number}"), &name, &["x"]),
        ] {
            assert!(schema.apply(&operation).failures.is_empty() || number >= 1_600);
            if number >= 500 {
                break;
            }
        }
        let before = schema.clone();
        let mut other = schema.clone();
        other.apply(&add(&name, column("y")));
        schema = schema.join(&other);
        assert_eq!(before.differences(&schema), []);
        schema.taint(&Touches::Table(TableName::plain(&name)));
        states.push(before);
    }
    assert_eq!(schema.tables().count(), 10_000);
    assert_eq!(states[5_000].tables().count(), 5_001);
}

#[test]
fn nothing_is_known_of_an_unknown_database() {
    for dialect in Dialect::ALL {
        let schema = Schema::unknown(DialectRules::new(dialect));
        assert!(said(&schema).iter().all(|said| *said == Truth::Maybe) && !schema.tables_are_known());
        for operation in [
            drop_table("t"),
            data("t", &["a"]),
            drop_column("t", "a"),
            rename_table("t", "u"),
            table("t", &["id!"]),
        ] {
            let applied = schema.clone().apply(&operation);
            assert_eq!(applied.failures, [], "{operation:?}");
        }
    }
}

#[test]
fn names_are_compared_by_the_rules_before_anything_is_applied() {
    for (dialect, is_found) in [(Dialect::Sqlite, true), (Dialect::Postgresql, false)] {
        let mut schema = empty(dialect);
        schema.taint(&Touches::TableItself(TableName::plain("T")));
        assert_eq!(schema.table(&TableName::plain("t")).is_some(), is_found);
        assert!(std::sync::Arc::ptr_eq(schema.rules(), schema.clone().rules()));
    }
}
