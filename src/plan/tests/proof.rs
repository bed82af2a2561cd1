//! Each condition of the proof refuses a draft that breaks it alone, and takes the same draft without that fault.

use std::collections::BTreeMap;

use crate::audit::{audit, audit_again};
use crate::audited::AuditOptions;
use crate::finding::Applicability;
use crate::ingest::{SourceTree, TreePath};
use crate::patch::{FilePatch, PatchSet};
use crate::plan::prove::Unproved;
use crate::plan::repair::{Broken, Repair};
use crate::plan::{Draft, chain, merge};
use crate::rules::fixture::{bodies, project};

fn path(id: &str) -> TreePath {
    TreePath::parse(&format!("migrations/versions/{id}.py")).expect("relative")
}

/// A file of the tree with one text in place of another; a file that is not there is made.
fn edit(tree: &SourceTree, (id, from, to): (&str, &str, &str)) -> FilePatch {
    let before = tree.get(&path(id));
    let after = match before {
        Some(before) => {
            let text = std::str::from_utf8(before).expect("UTF-8");
            assert!(text.contains(from), "{id} has no {from}: {text}");
            text.replacen(from, to, 1)
        }
        None => to.to_owned(),
    };
    FilePatch { path: path(id), before: before.map(Into::into), after: Some(after.into_bytes().into()) }
}

/// Why a draft is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    TooEarly,
    Other,
}

/// What the proof says to a draft that makes these edits.
fn proved(tree: &SourceTree, repair: &Repair, edits: &[(&str, &str, &str)]) -> Result<(), Refused> {
    let audit = audit(tree, AuditOptions::default(), &mut |_, _| {});
    let again = |patched: &SourceTree, changed: &[TreePath]| audit_again(patched, &audit, changed);
    let broken = Broken::of(tree, &audit, &again, 0).expect("it can be repaired");
    let draft = Draft {
        patch: PatchSet::new(edits.iter().map(|&one| edit(tree, one)).collect()),
        changes: Vec::new(),
        applicability: Applicability::Unsafe,
        cautions: Vec::new(),
        tells_of_another_past: false,
        copies: BTreeMap::new(),
    };
    broken.prove(repair, draft).map(drop).map_err(|why| match why {
        Unproved::RunsTooEarly(_) => Refused::TooEarly,
        Unproved::Other(_) => Refused::Other,
    })
}

const FORK: &str = "a: a <- None\nb: b <- 'a'\nc: c <- 'a'";
const C_ON_B: (&str, &str, &str) = ("c", "'a'", "'b'");

#[test]
fn it_must_resolve_something() {
    let tree = project(FORK);
    assert_eq!(proved(&tree, &chain::REPAIR, &[C_ON_B]), Ok(()));
    assert_eq!(proved(&tree, &chain::REPAIR, &[("c", "pass", "pass  # nothing")]), Err(Refused::Other));
}

#[test]
fn it_must_add_no_finding_about_the_chain() {
    let tree = project(FORK);
    let fresh = |revises: &str| {
        format!(
            "\"\"\"m\n\nRevision ID: z\nRevises: {revises}\n\"\"\"\nrevision = 'z'\ndown_revision = 'c'\n\n\n\
             def upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"
        )
    };
    assert_eq!(proved(&tree, &chain::REPAIR, &[C_ON_B, ("z", "", &fresh("c"))]), Ok(()));
    let disagrees = proved(&tree, &chain::REPAIR, &[C_ON_B, ("z", "", &fresh("a"))]);
    assert_eq!(disagrees, Err(Refused::Other), "its docstring says another parent");
}

#[test]
fn no_warning_may_become_an_error() {
    // Heads that labels keep apart are a warning, and an error without the labels.
    let mut tree = project("a: a <- None\nb: b <- 'a'\nc: c <- 'a'\nd: d <- ('c', 'gone')");
    for id in ["b", "c"] {
        let label = format!("down_revision = 'a'\nbranch_labels = ('of_{id}',)");
        let labelled = edit(&tree, (id, "down_revision = 'a'", &label));
        tree = PatchSet::new(vec![labelled]).apply(&tree);
    }
    let mends = ("d", "('c', 'gone')", "'c'");
    assert_eq!(proved(&tree, &merge::REPAIR, &[mends]), Ok(()));
    let loses = ["('of_b',)", "('of_c',)"];
    let without = [mends, ("b", loses[0], "None"), ("c", loses[1], "None")];
    assert_eq!(proved(&tree, &merge::REPAIR, &without), Err(Refused::Other));
}

#[test]
fn what_came_before_must_come_before() {
    let tree = project("a: a <- None\nb: b <- 'a'\nc: c <- 'b'\nd: d <- 'b'");
    assert_eq!(proved(&tree, &chain::REPAIR, &[("d", "'b'", "'c'")]), Ok(()));
    let swapped = [("c", "'b'", "'a'"), ("b", "'a'", "'c'")];
    assert_eq!(proved(&tree, &chain::REPAIR, &swapped), Err(Refused::Other), "b came before c");
}

#[test]
fn alembic_must_load_it_where_it_is_whole_and_else_be_told_why_not() {
    let tree = project("a: a <- None\nb: b <- 'a'\nc: c <- 'lost'\nd: d <- 'd'");
    let both = [("c", "'lost'", "'b'"), ("d", "'d'", "'c'")];
    assert_eq!(proved(&tree, &chain::REPAIR, &both), Ok(()));
    assert_eq!(proved(&tree, &chain::REPAIR, &both[..1]), Err(Refused::Other), "d still names itself");
    assert_eq!(proved(&tree, &merge::REPAIR, &both[..1]), Ok(()), "which is told");
}

#[test]
fn an_empty_database_must_come_to_the_heads() {
    // A merge of three of which one lies below another loads, and stops Alembic's bookkeeping.
    let tree = project("a: a <- None\nb: b <- 'a'\nc: c <- 'b'\nd: d <- 'a'\ne: e <- 'd'");
    assert_eq!(proved(&tree, &chain::REPAIR, &[("e", "'d'", "('c', 'd')")]), Ok(()));
    assert_eq!(proved(&tree, &chain::REPAIR, &[("e", "'d'", "('b', 'c', 'd')")]), Err(Refused::Other));
}

const TABLE: &str = "op.create_table('t', sa.Column('id', sa.Integer()))";
const COLUMN: &str = "op.add_column('t', sa.Column('c', sa.Integer()))";

#[test]
fn nothing_may_run_before_what_it_needs() {
    let tree = bodies(&[("c", "None", COLUMN, "pass"), ("t", "None", TABLE, "pass")]);
    assert_eq!(proved(&tree, &chain::REPAIR, &[("c", "= None", "= 't'")]), Ok(()));
    assert_eq!(proved(&tree, &chain::REPAIR, &[("t", "= None", "= 'c'")]), Err(Refused::TooEarly));
}

#[test]
fn what_alembic_runs_first_by_its_own_order_counts() {
    let tree = bodies(&[
        ("a", "None", "pass", "pass"),
        ("c", "'a'", COLUMN, "pass"),
        ("t", "'a'", TABLE, "pass"),
        ("z", "'a'", "pass", "pass"),
    ]);
    let merge_of = |parents: &str| {
        format!(
            "revision = 'm'\ndown_revision = {parents}\n\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"
        )
    };
    let merged = |repair: &Repair| {
        [merge_of("('c', 't', 'z')"), merge_of("('t', 'c', 'z')")]
            .map(|text| proved(&tree, repair, &[("m", "", &text)]))
    };
    assert!(merged(&chain::REPAIR).contains(&Err(Refused::TooEarly)), "{:?}", merged(&chain::REPAIR));
    assert_eq!(merged(&merge::REPAIR), [Ok(()), Ok(())], "a merge leaves the order to Alembic");
}

#[test]
fn what_goes_round_in_a_loop_of_needs_is_no_fault_of_the_order() {
    // Each needs what the other makes, and the history is cut between them: no order is right, so the old one is as good.
    let first = "op.create_table('t', sa.Column('id', sa.Integer())); op.add_column('u', sa.Column('c', sa.Integer()))";
    let second = "op.create_table('u', sa.Column('id', sa.Integer())); op.add_column('t', sa.Column('c', sa.Integer()))";
    let tree = bodies(&[("a", "None", first, "pass"), ("b", "'gone_for_good'", second, "pass")]);
    assert_eq!(proved(&tree, &chain::REPAIR, &[("b", "'gone_for_good'", "'a'")]), Ok(()));
}

#[test]
fn nothing_may_come_to_fail_for_certain_for_want_of_what_moved() {
    // Where two make a table, neither is a prerequisite, and the replay tells all the same.
    let folder = |c: &str| {
        let tree = bodies(&[
            ("c", "None", c, "pass"),
            ("t", "None", TABLE, "pass"),
            ("u", "'t'", "op.drop_table('t')", "pass"),
            ("v", "'u'", TABLE, "pass"),
        ]);
        let imported = ("c", "import sqlalchemy", "from lib import somebody_says_so\nimport sqlalchemy");
        PatchSet::new(vec![edit(&tree, imported)]).apply(&tree)
    };
    let (on_top, below) = (("c", "= None", "= 'v'"), ("t", "= None", "= 'c'"));
    let alters = folder(COLUMN);
    assert_eq!(proved(&alters, &chain::REPAIR, &[on_top]), Ok(()));
    assert_eq!(proved(&alters, &chain::REPAIR, &[below]), Err(Refused::TooEarly));
    // What may fail is no reason, and what fails wherever it stands is not the plan's doing.
    let perhaps = folder(&format!("if somebody_says_so():\n        {COLUMN}"));
    assert_eq!(proved(&perhaps, &chain::REPAIR, &[below]), Ok(()));
    let nowhere = folder("op.add_column('nobody', sa.Column('c', sa.Integer()))");
    assert_eq!(proved(&nowhere, &chain::REPAIR, &[below]), Ok(()));
}

#[test]
fn it_must_add_no_second_finding_of_a_kind_that_is_there() {
    let tree = project("a: a <- None\nb: b <- 'a'\nc: c <- 'a'\ne: e <- ('b', 'gone')");
    let joins = |parents: &str| proved(&tree, &merge::REPAIR, &[("e", "('b', 'gone')", parents)]);
    assert_eq!(joins("('b', 'c', 'gone')"), Ok(()));
    assert_eq!(joins("('b', 'c', 'gone', 'gone_too')"), Err(Refused::Other));
}
