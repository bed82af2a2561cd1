//! What each database refuses, and what it does not. SQLite 3.40 and PostgreSQL 15 were asked, through Alembic 1.20.1 and
//! SQLAlchemy 2.1; the comments have their words. MySQL's are from its manual.

use super::fixture::{
    add, after, batch, check, column, constrain, create_enum, data, drop_column, drop_constraint, drop_enum,
    drop_index, drop_table, empty, enum_column, first_failure, foreign, index, nullable, primary, rename,
    rename_index, rename_table, table, table_with, unique, view,
};
use crate::schema::{
    ColumnDef, ConstraintType, Convention, Dialect, DialectRules, Difference, EnumDef, Exception,
    FailureKind, GivenTable, Lack, Name, NamingConvention, Operation, Recreate, Schema, Table, TableName,
    Touches, Truth, TypeDef,
};
use Dialect::{Mysql, Postgresql, Sqlite};
use FailureKind as F;

/// A parent, a child with a key of each kind, and a view.
fn before() -> Vec<Operation> {
    vec![
        table("parent", &["id!", "code?"]),
        table_with(
            "child",
            vec![column("id!"), column("a?"), column("b?"), column("c?"), column("d?")],
            vec![
                unique("uq", &["a"]),
                unique("", &["b"]),
                check("ck", "c > 0"),
                foreign("fk", "c", "parent.id"),
            ],
        ),
        index("ix", "child", &["d"]),
    ]
}

/// The first certain failure of these operations after [`before`], which must be of the last one.
fn refused(dialect: Dialect, operations: Vec<Operation>) -> Option<FailureKind> {
    let last = before().len() + operations.len() - 1;
    let all: Vec<_> = before().into_iter().chain(operations).collect();
    let failure = first_failure(&mut empty(dialect), &all);
    failure.map(|(at, failure)| {
        assert_eq!(at, last, "{failure:?}");
        failure.kind
    })
}

fn each(dialect: Dialect, cases: Vec<(Vec<Operation>, Option<FailureKind>)>) {
    for (operations, kind) in cases {
        assert_eq!(refused(dialect, operations.clone()), kind, "{dialect:?} {operations:?}");
    }
}

fn with(constraint: crate::schema::ConstraintDef) -> ColumnDef {
    ColumnDef { constraints: vec![constraint], ..column("x?") }
}

#[test]
fn sqlite_alters_little_outside_of_a_batch() {
    let unique_column = ColumnDef { unique: true, ..column("x?") };
    each(
        Sqlite,
        vec![
            (vec![add("child", column("x"))], None),
            // duplicate column name: a
            (vec![add("child", column("A"))], Some(F::ColumnExists)),
            // NotImplementedError: No support for ALTER of constraints in SQLite dialect
            (vec![add("child", unique_column)], Some(F::NotSupported)),
            (vec![add("child", with(foreign("", "x", "parent.id")))], Some(F::NotSupported)),
            (vec![add("child", with(check("ckx", "x > 0")))], None),
            (vec![constrain("child", unique("u", &["a"]))], Some(F::NotSupported)),
            (vec![drop_constraint("child", "uq", None)], Some(F::NotSupported)),
            // near "ALTER": syntax error
            (vec![nullable("child", "a", false)], Some(F::NotSupported)),
            (vec![nullable("nope", "a", false)], Some(F::NotSupported)),
            (vec![rename("child", "a", "e"), data("child", &["e"])], None),
            // no such column: "nope"
            (vec![rename("child", "nope", "e")], Some(F::NoSuchColumn)),
            // error in table child after rename: duplicate column name: b
            (vec![rename("child", "a", "b")], Some(F::ColumnExists)),
        ],
    );
}

#[test]
fn sqlite_drops_no_column_that_is_used() {
    each(
        Sqlite,
        vec![
            // cannot drop PRIMARY KEY column: "id"
            (vec![drop_column("child", "id")], Some(F::NotSupported)),
            // error in table child after drop column: no such column: a
            (vec![drop_column("child", "a")], Some(F::StillReferenced)),
            (vec![drop_column("child", "b")], Some(F::StillReferenced)),
            (vec![drop_column("child", "c")], Some(F::StillReferenced)),
            // error in index ix after drop column: no such column: d
            (vec![drop_column("child", "d")], Some(F::StillReferenced)),
            (vec![drop_index("ix", "child"), drop_column("child", "d")], None),
            (vec![add("child", with(check("ckx", "x > 0"))), drop_column("child", "x")], None),
            // cannot drop column "a": no other columns exist
            (vec![table("one", &["a"]), drop_column("one", "a")], Some(F::Other)),
            // no such column: "nope"
            (vec![drop_column("child", "nope")], Some(F::NoSuchColumn)),
            // error in view w after drop column: no such column: code
            (vec![view("w", "parent", &["code"]), drop_column("parent", "code")], Some(F::StillReferenced)),
            // error in view w: no such table: main.parent
            (
                vec![view("w", "parent", &["code"]), drop_table("parent"), rename_table("child", "x")],
                Some(F::StillReferenced),
            ),
        ],
    );
}

/// A batch with `copy_from`, which always copies.
fn given(mut batch: Operation, columns: &[&str], constraints: &[&str]) -> Operation {
    if let Operation::Batch { given, recreate, .. } = &mut batch {
        *recreate = Recreate::Always;
        let columns = columns.iter().map(|name| column(name)).collect();
        let constraints = constraints.iter().map(|&name| name.into()).collect();
        *given = Some(GivenTable { columns, constraints, complete: false });
    }
    batch
}

#[test]
fn postgresql_copies_by_the_table_that_is_given() {
    let copied = |columns: &[&str], constraints: &[&str]| {
        vec![given(batch("child", vec![nullable("child", "a", false)]), columns, constraints)]
    };
    each(
        Postgresql,
        vec![
            (copied(&["a"], &["uq"]), None),
            // constraint "nope" of relation "child" does not exist
            (copied(&["a"], &["nope"]), Some(F::NoSuchConstraint)),
            // column child.nope does not exist
            (copied(&["a", "nope"], &[]), Some(F::NoSuchColumn)),
        ],
    );
}

#[test]
fn sqlite_batches_go_by_what_alembic_reads() {
    let of_child = |changes| vec![batch("child", changes)];
    each(
        Sqlite,
        vec![
            (of_child(vec![nullable("child", "a", false)]), None),
            (of_child(vec![drop_column("child", "b")]), None),
            // NoSuchTableError: parent, unless nothing is read
            (
                vec![drop_table("parent"), batch("child", vec![nullable("child", "a", false)])],
                Some(F::NoSuchTable),
            ),
            (
                vec![
                    drop_table("parent"),
                    given(batch("child", vec![nullable("child", "a", false)]), &["a"], &[]),
                ],
                None,
            ),
            // no such column: child.nope, unless nothing is copied into it
            (
                vec![given(batch("child", vec![nullable("child", "a", false)]), &["nope"], &[])],
                Some(F::NoSuchColumn),
            ),
            (vec![given(batch("child", vec![add("child", column("nope"))]), &["nope"], &[])], None),
            // No such constraint: 'fk2': of two keys that are alike, it reads the first
            (
                vec![
                    batch("child", vec![constrain("child", foreign("fk2", "c", "parent.id"))]),
                    batch("child", vec![drop_constraint("child", "fk2", None)]),
                ],
                Some(F::NoSuchConstraint),
            ),
            (
                vec![
                    batch("child", vec![constrain("child", foreign("fk2", "c", "parent.id"))]),
                    batch("child", vec![drop_constraint("child", "fk", None)]),
                ],
                None,
            ),
            (
                vec![
                    batch("child", vec![constrain("child", foreign("fk2", "c", "parent.code"))]),
                    batch("child", vec![drop_constraint("child", "fk2", None)]),
                ],
                None,
            ),
            // KeyError: 'nope'
            (of_child(vec![drop_column("child", "nope")]), Some(F::NoSuchColumn)),
            (of_child(vec![nullable("child", "nope", true)]), Some(F::NoSuchColumn)),
            // no such column: c, of the check
            (of_child(vec![drop_column("child", "c")]), Some(F::NoSuchColumn)),
            (of_child(vec![rename("child", "c", "e")]), Some(F::NoSuchColumn)),
            // no such column: d, when the index is made again
            (of_child(vec![drop_column("child", "d")]), Some(F::NoSuchColumn)),
            (of_child(vec![drop_column("child", "d"), drop_index("ix", "child")]), None),
            // ValueError: No such constraint: 'nope'
            (of_child(vec![drop_constraint("child", "nope", None)]), Some(F::NoSuchConstraint)),
            (of_child(vec![drop_constraint("child", "uq", Some(ConstraintType::ForeignKey))]), None),
            // ValueError: No such index: 'nope'
            (of_child(vec![drop_index("nope", "child"), nullable("child", "a", true)]), Some(F::NoSuchIndex)),
            // ValueError: Constraint must have a name
            (of_child(vec![constrain("child", unique("", &["a"]))]), Some(F::Other)),
            (of_child(vec![add("child", with(foreign("", "x", "parent.id")))]), Some(F::Other)),
            (of_child(vec![add("child", with(foreign("fkx", "x", "parent.id")))]), None),
            // It takes the place of the other, or is left out, in silence.
            (of_child(vec![constrain("child", unique("uq", &["b"]))]), None),
            (of_child(vec![constrain("child", unique("uq2", &["nope"]))]), None),
            // KeyError: 'nope'
            (
                of_child(vec![index("i", "child", &["nope"]), nullable("child", "a", true)]),
                Some(F::NoSuchColumn),
            ),
            // CircularDependencyError
            (of_child(vec![add("child", column("a")), nullable("child", "b", true)]), Some(F::ColumnExists)),
            (of_child(vec![add("child", column("d")), nullable("child", "b", true)]), None),
            // DuplicateColumnError: A column with name 'b' is already present in table '_alembic_tmp_child'.
            (of_child(vec![rename("child", "a", "b")]), Some(F::ColumnExists)),
            // KeyError: 'e'. The old name counts until the end.
            (of_child(vec![rename("child", "b", "e"), index("i", "child", &["e"])]), Some(F::NoSuchColumn)),
            (of_child(vec![rename("child", "b", "e"), index("i", "child", &["b"])]), None),
            // NoSuchTableError
            (vec![batch("nope", vec![drop_column("nope", "a")])], Some(F::NoSuchTable)),
            // no such table: nope
            (vec![batch("nope", vec![add("nope", column("a"))])], Some(F::NoSuchTable)),
            // NoSuchTableError: parent. Alembic reads what the table references, too.
            (
                vec![drop_table("parent"), batch("child", vec![nullable("child", "a", true)])],
                Some(F::NoSuchTable),
            ),
            // error in view w: no such table: main.child
            (
                vec![view("w", "child", &["id"]), batch("child", vec![nullable("child", "a", true)])],
                Some(F::StillReferenced),
            ),
        ],
    );
}

#[test]
fn sqlite_has_one_room_for_names_and_does_not_look_at_references() {
    each(
        Sqlite,
        vec![
            // table "PARENT" already exists
            (vec![table("PARENT", &["id!"])], Some(F::TableExists)),
            // there is already an index named ix
            (vec![table("ix", &["id!"])], Some(F::TableExists)),
            // index ix already exists
            (vec![index("ix", "parent", &["code"])], Some(F::IndexExists)),
            // there is already a table named child
            (vec![index("child", "parent", &["code"])], Some(F::IndexExists)),
            // no such column: nope
            (vec![index("i", "parent", &["nope"])], Some(F::NoSuchColumn)),
            // SQLAlchemy writes it in quotes, and SQLite takes it for a text.
            (vec![index("i", "parent", &["Nope"])], None),
            (vec![index("i", "nope", &["a"])], Some(F::NoSuchTable)),
            (vec![drop_index("nope", "child")], Some(F::NoSuchIndex)),
            (vec![drop_index("ix", "parent")], None),
            (vec![table_with("t", vec![column("a")], vec![foreign("", "a", "nope.id")])], None),
            (vec![drop_table("parent")], None),
            (vec![create_enum("e"), create_enum("e"), drop_enum("x")], None),
            // near ")": syntax error
            (vec![table("t", &[])], Some(F::Other)),
            // Compiler SQLiteTypeCompiler can't render element of type ARRAY
            (vec![add("child", array())], Some(F::NotSupported)),
            (vec![table_with("t", vec![array()], Vec::new())], Some(F::NotSupported)),
            (
                vec![batch("child", vec![add("child", array()), nullable("child", "a", true)])],
                Some(F::NotSupported),
            ),
        ],
    );
}

#[test]
fn postgresql_looks_at_references() {
    let to = |end| {
        table_with(
            "t",
            vec![column("a"), ColumnDef { kind: text(), ..column("s") }],
            vec![foreign("", "a", end)],
        )
    };
    each(
        Postgresql,
        vec![
            (vec![to("parent.id")], None),
            // relation "nope" does not exist
            (vec![to("nope.id")], Some(F::NoSuchTable)),
            // column "nope" referenced in foreign key constraint does not exist
            (vec![to("parent.nope")], Some(F::NoSuchColumn)),
            // there is no unique constraint matching given keys for referenced table "parent"
            (vec![to("parent.code")], Some(F::Other)),
            // foreign key constraint cannot be implemented
            (vec![to("parent.id"), constrain("t", foreign("f", "s", "parent.id"))], Some(F::Other)),
            // cannot drop table parent because other objects depend on it
            (vec![drop_table("parent")], Some(F::StillReferenced)),
            (vec![drop_table("child"), drop_table("parent")], None),
            (vec![to("t.a")], Some(F::Other)),
            // cannot drop column id of table parent because other objects depend on it
            (vec![drop_column("parent", "id")], Some(F::StillReferenced)),
            (vec![view("w", "parent", &["code"]), drop_column("parent", "code")], Some(F::StillReferenced)),
            (vec![view("w", "parent", &["id"]), drop_column("parent", "code")], None),
            (vec![view("w", "child", &["id"]), drop_table("child")], Some(F::StillReferenced)),
            // cannot drop constraint parent_pkey on table parent because other objects depend on it
            (vec![drop_constraint("parent", "parent_pkey", None)], Some(F::StillReferenced)),
            // cannot drop index child_b_key because constraint child_b_key on table child requires it
            (vec![drop_index("child_b_key", "child")], Some(F::StillReferenced)),
            // "child" is not an index
            (vec![drop_index("child", "child")], Some(F::Other)),
        ],
    );
}

fn array() -> ColumnDef {
    let kind = TypeDef {
        written: "ARRAY(Text())".into(),
        refused_by: &[(Sqlite, Lack::Type), (Mysql, Lack::Type)],
        ..TypeDef::default()
    };
    ColumnDef { kind, ..column("x?") }
}

fn text() -> TypeDef {
    TypeDef { written: "String(length=50)".into(), ..TypeDef::default() }
}

#[test]
fn postgresql_alters_what_is_there() {
    each(
        Postgresql,
        vec![
            (vec![drop_column("child", "a"), drop_column("child", "c"), drop_column("child", "d")], None),
            (vec![drop_column("child", "d"), index("ix", "child", &["a"])], None),
            (vec![drop_column("child", "nope")], Some(F::NoSuchColumn)),
            (vec![nullable("child", "nope", true)], Some(F::NoSuchColumn)),
            // column "id" is in a primary key
            (vec![nullable("child", "id", true)], Some(F::Other)),
            // constraint "nope" of relation "child" does not exist
            (vec![drop_constraint("child", "nope", None)], Some(F::NoSuchConstraint)),
            (
                vec![
                    drop_constraint("child", "child_b_key", None),
                    drop_constraint("child", "child_pkey", None),
                ],
                None,
            ),
            // multiple primary keys for table "child" are not allowed
            (vec![constrain("child", primary("pk2", &["a"]))], Some(F::Other)),
            // constraint "uq" for relation "child" already exists
            (vec![constrain("child", check("uq", "a > 0"))], Some(F::ConstraintExists)),
            // relation "ix" already exists
            (vec![constrain("child", unique("ix", &["a"]))], Some(F::ConstraintExists)),
            (vec![index("uq", "parent", &["code"])], Some(F::IndexExists)),
            (vec![table("uq", &["id!"])], Some(F::TableExists)),
            // column "nope" named in key does not exist; column "nope" does not exist
            (vec![constrain("child", unique("u", &["nope"]))], Some(F::NoSuchColumn)),
            (vec![constrain("child", check("k", "nope > 0"))], Some(F::NoSuchColumn)),
            // Can't emit DROP CONSTRAINT for constraint UniqueConstraint(); it has no name
            (vec![drop_constraint("child", "", Some(ConstraintType::Unique))], Some(F::NotSupported)),
            // Identifier … exceeds maximum length of 63 characters
            (vec![constrain("child", unique(&"x".repeat(64), &["a"]))], Some(F::Other)),
            (
                vec![batch(
                    "child",
                    vec![drop_constraint("child", "fk", None), nullable("child", "a", false)],
                )],
                None,
            ),
            (vec![table("Child", &["id!"])], None),
        ],
    );
}

#[test]
fn postgresql_makes_an_enum_type_with_its_table_and_with_nothing_else() {
    let made = |name: &str| table_with(name, vec![enum_column("a", "e")], Vec::new());
    each(
        Postgresql,
        vec![
            // SQLAlchemy remembers that it has made it.
            (vec![made("t"), made("u"), drop_table("t"), made("t")], None),
            // type "e" already exists
            (vec![create_enum("e"), made("t")], Some(F::Other)),
            (vec![create_enum("e"), create_enum("e")], Some(F::Other)),
            (vec![create_enum("e"), add("child", enum_column("x", "e"))], None),
            // type "e" does not exist
            (vec![add("child", enum_column("x", "e"))], Some(F::Other)),
            (vec![made("t"), drop_table("t"), drop_enum("e"), made("t")], Some(F::Other)),
            // cannot drop type e because other objects depend on it
            (vec![made("t"), drop_enum("e")], Some(F::StillReferenced)),
            (vec![made("t"), drop_column("t", "a"), drop_enum("e")], None),
        ],
    );
    let mut schema = empty(Postgresql);
    assert_eq!(first_failure(&mut schema, &[made("t"), drop_table("t")]), None);
    // The next command has forgotten it.
    schema.begin_command();
    let failure = first_failure(&mut schema, &[made("t")]).map(|(_, failure)| failure.message);
    assert_eq!(failure.as_deref(), Some("type \"e\" already exists"));
}

#[test]
fn mysql_names_indexes_by_table() {
    each(
        Mysql,
        vec![
            (vec![index("ix", "parent", &["code"])], None),
            // Duplicate key name 'ix'
            (vec![index("ix", "child", &["a"])], Some(F::IndexExists)),
            (vec![drop_index("uq", "child")], None),
            // Can't DROP 'ix'; check that column/key exists
            (vec![drop_index("ix", "parent")], Some(F::NoSuchIndex)),
            // NotImplementedError: No generic 'DROP CONSTRAINT' in MySQL - please specify constraint type
            (vec![drop_constraint("child", "fk", None)], Some(F::NotSupported)),
            (
                vec![drop_constraint("child", "fk", Some(ConstraintType::ForeignKey)), drop_table("parent")],
                None,
            ),
            // Cannot drop table 'parent' referenced by a foreign key constraint 'fk'
            (vec![drop_table("parent")], Some(F::StillReferenced)),
            // Cannot drop column 'c': needed in a foreign key constraint 'fk'
            (vec![drop_column("child", "c")], Some(F::StillReferenced)),
            // Failed to open the referenced table 'nope'
            (vec![constrain("child", foreign("f", "a", "nope.id"))], Some(F::NoSuchTable)),
        ],
    );
}

#[test]
fn one_fault_is_told_once() {
    for (dialect, operations) in [
        (
            Postgresql,
            vec![
                add("nope", column("a")),
                drop_column("nope", "x"),
                constrain("nope", unique("u", &["y"])),
                drop_table("nope"),
            ],
        ),
        (
            Sqlite,
            vec![
                index("i", "child", &["nope"]),
                drop_index("i", "child"),
                rename("child", "nope", "x"),
                data("child", &["x"]),
            ],
        ),
        (
            Sqlite,
            vec![
                constrain("child", unique("u", &["a"])),
                batch("child", vec![drop_constraint("child", "u", None)]),
            ],
        ),
        (
            Postgresql,
            vec![
                table_with("t", vec![column("a")], vec![foreign("f", "a", "nope.id")]),
                drop_table("t"),
                drop_table("nope"),
            ],
        ),
    ] {
        let mut schema = empty(dialect);
        let all: Vec<_> = before().into_iter().chain(operations).collect();
        let failures: Vec<_> = all.iter().flat_map(|operation| schema.apply(operation).failures).collect();
        assert_eq!(failures.len(), 1, "{failures:?}");
    }
}

#[test]
fn names_come_from_the_convention_as_sqlalchemy_makes_them() {
    let template = |text: &str| Convention::Template(text.into());
    let convention = NamingConvention {
        ix: template("ix_%(column_0_label)s"),
        uq: template("uq_%(table_name)s_%(column_0_N_name)s"),
        ck: template("ck_%(table_name)s_%(constraint_name)s"),
        fk: template("fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"),
        pk: template("pk_%(table_name)s"),
    };
    for dialect in [Sqlite, Postgresql] {
        let mut schema =
            Schema::empty(DialectRules { convention: convention.clone(), ..DialectRules::new(dialect) });
        let all = [
            table("p", &["id!"]),
            table_with(
                "t",
                vec![column("id!"), ColumnDef { index: true, ..column("a") }, column("b")],
                vec![
                    unique("", &["a", "b"]),
                    unique("given", &["b"]),
                    check("positive", "a > 0"),
                    foreign("", "b", "p.id"),
                ],
            ),
        ];
        assert_eq!(first_failure(&mut schema, &all), None);
        let table = TableName::plain("t");
        for name in ["pk_t", "uq_t_a_b", "given", "ck_t_positive", "fk_t_b_p"] {
            assert_eq!(schema.has_constraint(&table, name), Truth::Yes, "{name}");
        }
        assert_eq!(schema.has_index(&table, "ix_t_a"), Truth::Yes);
        // Naming convention including %(constraint_name)s token requires that constraint is explicitly named.
        let unnamed = [table_with("u", vec![column("a")], vec![check("", "a > 0")])];
        let failure = first_failure(&mut schema.clone(), &unnamed).map(|(_, failure)| failure.kind);
        assert_eq!(failure, Some(F::Other));
    }
    // What is not known is not guessed.
    let rules = DialectRules { convention: NamingConvention::unknown(), ..DialectRules::new(Postgresql) };
    let mut schema = Schema::empty(rules);
    let all =
        [table_with("t", vec![column("a")], vec![unique("", &["a"])]), drop_constraint("t", "t_a_key", None)];
    assert_eq!(first_failure(&mut schema, &all), None);
    // A key that may have that name may be gone, or another's.
    for key in [primary("", &["a"]), unique("", &["a"])] {
        for operation in [
            vec![drop_constraint("t", "some_key", None), constrain("t", primary("some_key", &["a"]))],
            vec![rename_index("some_key", "other")],
            vec![drop_index("some_key", "t")],
        ] {
            let mut schema = Schema::empty(DialectRules {
                convention: NamingConvention::unknown(),
                ..DialectRules::new(Postgresql)
            });
            let all: Vec<_> = std::iter::once(table_with("t", vec![column("a")], vec![key.clone()]))
                .chain(operation)
                .collect();
            assert_eq!(first_failure(&mut schema, &all), None, "{all:?}");
        }
    }
}

#[test]
fn mysql_names_a_primary_key_itself_and_renames_what_it_named() {
    let drop_key = drop_constraint("t", "pk_of_t", Some(ConstraintType::Primary));
    let keyed = |name| table_with("t", vec![column("a!")], vec![primary(name, &["a"])]);
    for operation in [
        vec![keyed("pk_of_t"), drop_key.clone(), constrain("t", primary("pk_of_t", &["a"]))],
        vec![keyed(""), batch("t", vec![drop_key.clone(), constrain("t", primary("other", &["a"]))])],
        vec![keyed("one"), drop_key, constrain("t", primary("two", &["a"]))],
    ] {
        assert_eq!(first_failure(&mut empty(Mysql), &operation), None, "{operation:?}");
    }
    // Multiple primary key defined
    let two = [keyed("one"), constrain("t", primary("two", &["a"]))];
    assert_eq!(first_failure(&mut empty(Mysql), &two).map(|(at, _)| at), Some(1));

    let pet = |name| table_with("pet", vec![column("a!")], vec![foreign(name, "a", "parent.id")]);
    let foreign_key = Some(ConstraintType::ForeignKey);
    for (given, new, is_there) in [
        ("", "animal_ibfk_1", true),
        ("", "pet_ibfk_1", false),
        ("pet_ibfk_7", "animal_ibfk_7", true),
        ("pet_fk", "pet_fk", true),
    ] {
        let all = [
            table("parent", &["id!"]),
            pet(given),
            rename_table("pet", "animal"),
            drop_constraint("animal", new, foreign_key),
        ];
        let failure = first_failure(&mut empty(Mysql), &all);
        assert_eq!(failure.is_none(), is_there, "{given} {new} {failure:?}");
    }
}

#[test]
fn what_is_not_understood_makes_failures_uncertain() {
    let unknown = |touches| Operation::Unknown { what: "SQL text is computed".into(), touches };
    let table_of = |name| TableName::plain(name);
    for (touches, operation) in [
        (Touches::Everything, drop_table("nope")),
        (Touches::Everything, table("child", &["id!"])),
        (Touches::Table(table_of("child")), drop_column("child", "nope")),
        (Touches::TableItself(table_of("nope")), drop_table("nope")),
        (Touches::ConstraintsOf(table_of("child")), drop_constraint("child", "nope", None)),
        (Touches::ConstraintsOf(table_of("child")), drop_index("nope", "child")),
        (Touches::Enums, drop_enum("nope")),
    ] {
        let mut schema = empty(Postgresql);
        assert_eq!(first_failure(&mut schema, &before()), None);
        assert!(first_failure(&mut schema.clone(), std::slice::from_ref(&operation)).is_some());
        assert_eq!(first_failure(&mut schema, &[unknown(touches)]), None);
        assert_eq!(first_failure(&mut schema, &[operation]), None);
    }
}

#[test]
fn differences_are_what_a_downgrade_leaves_and_loses() {
    let mut schema = empty(Postgresql);
    assert_eq!(first_failure(&mut schema, &before()), None);
    let mut later = schema.clone();
    for operation in [
        table_with("t", vec![enum_column("a", "e")], Vec::new()),
        drop_table("t"),
        add("parent", column("x?")),
        drop_column("child", "a"),
        nullable("child", "b", false),
        drop_index("ix", "child"),
    ] {
        later.apply(&operation);
    }
    let found: Vec<_> = schema.differences(&later).iter().map(Difference::to_string).collect();
    assert_eq!(
        found,
        [
            "enum type e is left over",
            "column child.a is missing",
            "column child.b was NULL and is NOT NULL",
            "column parent.x is left over",
            "index ix is missing",
            "unique constraint child.uq is missing",
        ]
    );
}

#[test]
fn changes_are_sentences() {
    let kind = EnumDef { name: Some("mood".into()), ..EnumDef::default() };
    let rename_index = rename_index("ix", "iy");
    let mut schema = empty(Postgresql);
    let mut said = Vec::new();
    for operation in before().into_iter().chain([
        add("child", column("oauth_id?")),
        nullable("child", "a", false),
        rename("child", "a", "e"),
        rename_index,
        Operation::CreateEnum { kind, if_not_exists: false },
        Operation::AddEnumValue { name: TableName::plain("mood"), value: "sad".into(), if_not_exists: false },
        drop_constraint("child", "fk", None),
        rename_table("parent", "mother"),
    ]) {
        said.extend(schema.apply(&operation).changes.iter().map(ToString::to_string));
    }
    assert_eq!(
        said,
        [
            "creates table parent",
            "creates table child",
            "creates index ix on child",
            "adds column child.oauth_id",
            "alters column child.a to NOT NULL",
            "renames column child.a to e",
            "renames index ix to iy",
            "creates enum type mood",
            "adds value sad to enum type mood",
            "drops constraint fk of child",
            "renames table parent to mother",
        ]
    );
    assert_eq!(schema.has_constraint(&TableName::plain("child"), "uq"), Truth::Yes);
    assert_eq!(Name::exact("x").written(), Some("x"));
}

#[test]
fn sql_of_its_own_is_refused_in_the_database_s_words() {
    let drop = |name: &str| Operation::DropConstraint {
        table: TableName::plain("child"),
        name: Name::exact(name),
        word: None,
        if_exists: false,
        cascade: false,
        in_sql: true,
    };
    // near "CONSTRAINT": syntax error; a check may be dropped since SQLite 3.53
    let answers = [("uq", true), ("fk", true), ("nope", true), ("ck", false)];
    for (name, is_certain) in answers {
        let mut schema = empty(Sqlite);
        assert_eq!(first_failure(&mut schema, &before()), None);
        let [failure] = &schema.apply(&drop(name)).failures[..] else { panic!("{name} is refused") };
        assert_eq!(
            (failure.certain, &*failure.message),
            (is_certain, "near \"CONSTRAINT\": syntax error"),
            "{name}"
        );
        assert_eq!(failure.exception, Exception::Database);
    }
    // MySQL takes it for any kind since 8.0.19.
    each(
        Mysql,
        vec![
            (vec![drop("uq")], None),
            (vec![drop("fk"), drop_table("parent")], None),
            (vec![drop("ck"), drop("ck")], Some(F::NoSuchConstraint)),
            (vec![drop("nope")], Some(F::NoSuchConstraint)),
        ],
    );
}

#[test]
fn what_may_have_been_there_is_not_made_anew_unless_it_is_missing() {
    let mut schema = empty(Sqlite);
    let everything = Operation::Unknown { what: "?".into(), touches: Touches::Everything };
    let mut made = table("t", &["id!"]);
    if let Operation::CreateTable { if_not_exists, .. } = &mut made {
        *if_not_exists = true;
    }
    assert_eq!(first_failure(&mut schema, &[everything, made]), None);
    let name = TableName::plain("t");
    assert!(schema.has_table(&name).is_yes() && schema.has_column(&name, "other").is_maybe());
}

#[test]
fn what_is_not_known_decides_only_what_it_can_touch() {
    let name = TableName::plain;
    let mut schema = after(Postgresql, &before());
    let drop = drop_table("parent");
    assert!(schema.decides(&drop));
    schema.taint(&Touches::ConstraintsOf(name("child")));
    assert!(!schema.decides(&drop) && schema.decides(&add("parent", column("z?"))));
    assert!(schema.decides(&data("child", &["a"])) && !schema.decides(&rename_table("child", "c")));
    schema.taint(&Touches::Table(name("parent")));
    assert!(!schema.decides(&add("parent", column("z?"))));
}

#[test]
fn what_a_batch_is_given_takes_the_place_of_what_is_there() {
    let made = table_with(
        "w",
        vec![column("id!"), ColumnDef { default: Some("1".into()), ..column("a") }, column("b?")],
        vec![unique("uq", &["a"]), check("ck", "a > 0")],
    );
    let mut schema = after(Sqlite, &[made, index("ix", "w", &["b"])]);
    let copied = given(batch("w", vec![drop_column("w", "b")]), &["id!", "a?", "b?"], &["uq"]);
    assert_eq!(first_failure(&mut schema, &[copied]), None);
    let name = TableName::plain("w");
    let kept = schema.table(&name).and_then(|table| table.columns.iter().nth(1)).expect("it is there");
    assert_eq!((kept.certain, kept.default.clone(), kept.nullable), (true, None, Some(true)));
    assert!(schema.has_constraint(&name, "uq").is_yes() && schema.has_constraint(&name, "ck").is_maybe());
    assert!(!schema.has_index(&name, "ix").is_yes());
}

#[test]
fn a_key_that_a_batch_adds_is_left_out_with_its_columns() {
    let of = |changes: Vec<Operation>| {
        let made = table_with("w", vec![column("id!"), column("a"), column("b?")], Vec::new());
        let mut schema = after(Sqlite, &[made]);
        first_failure(&mut schema, &[batch("w", changes)]);
        let key = schema.table(&TableName::plain("w")).and_then(Table::primary_key).cloned();
        key.and_then(|key| key.columns().map(<[_]>::to_vec))
    };
    let added = constrain("w", primary("pk", &["a", "b"]));
    assert_eq!(of(vec![added.clone()]), Some(vec!["a".into(), "b".into()]));
    assert_eq!(of(vec![added, drop_column("w", "b")]), Some(vec!["id".into()]));
    let unknown = constrain("w", check("ck", ""));
    let mut schema = after(Sqlite, &[table("w", &["id!", "a?"])]);
    assert_eq!(first_failure(&mut schema, &[batch("w", vec![unknown])]), None);
    assert!(schema.has_constraint(&TableName::plain("w"), "ck").is_maybe());
}

#[test]
fn sqlite_drops_a_column_with_the_reference_that_stands_in_it() {
    let key = |in_sql| ColumnDef { in_sql, ..with(foreign("", "x", "parent.id")) };
    let made = |column| vec![table_with("t", vec![super::fixture::column("id!"), column], Vec::new())];
    for (column, kind) in [(key(true), None), (key(false), Some(F::StillReferenced))] {
        let mut all = made(column);
        all.push(drop_column("t", "x"));
        assert_eq!(refused(Sqlite, all), kind);
    }
    let renamed = [made(key(true)), vec![rename("t", "x", "y"), drop_column("t", "y")]].concat();
    assert_eq!(refused(Sqlite, renamed), None);
    let beside = table_with("t", vec![column("id!"), column("x?")], vec![foreign("", "x", "parent.id")]);
    assert_eq!(refused(Sqlite, vec![beside, drop_column("t", "x")]), Some(F::StillReferenced));
}
