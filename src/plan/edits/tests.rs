//! Each kind of edit: what it makes of a file, and where it is not made.

use crate::audit::audit_again;
use crate::finding::Applicability;
use crate::ingest::{SourceTree, TreePath};
use crate::plan::{Plan, PlanKind, plans};
use crate::rules::fixture::{audited, bodies, project};

fn plans_of(tree: &SourceTree) -> Vec<Plan> {
    let audit = audited(tree);
    plans(tree, &audit, &|patched: &SourceTree, changed: &[TreePath]| audit_again(patched, &audit, changed))
        .swap_remove(0)
}

fn kinds(tree: &SourceTree) -> Vec<&'static str> {
    plans_of(tree).iter().map(|plan| plan.kind.name()).collect()
}

/// What the edits make of one file.
fn edited(tree: &SourceTree, path: &str) -> Option<String> {
    let plan = plans_of(tree).into_iter().find(|plan| plan.kind == PlanKind::Edits)?;
    let file = plan.patch.files.into_iter().find(|file| file.path.as_str().ends_with(path))?;
    Some(String::from_utf8_lossy(&file.after?).into_owned())
}

fn with(mut tree: SourceTree, name: &str, text: &str) -> SourceTree {
    let path = TreePath::parse(&format!("migrations/versions/{name}.py")).expect("relative");
    tree.insert(path, text.as_bytes().to_vec());
    tree
}

const BODY: &str = "\n\ndef upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n";

#[test]
fn the_side_of_a_conflict_that_fits_is_kept_where_both_run_the_same() {
    let conflicted = |above: &str, below: &str| {
        format!("<<<<<<< HEAD\n{above}\n=======\n{below}\n>>>>>>> other\ndown_revision = 'a'\n{BODY}")
    };
    let folder = project("a: a <- None\nc: c <- 'y'");
    let tree = with(folder.clone(), "b", &conflicted("revision = 'x'", "revision = 'y'"));
    assert_eq!(edited(&tree, "b.py"), Some(format!("revision = 'y'\ndown_revision = 'a'\n{BODY}")));
    let plan = plans_of(&tree).swap_remove(0);
    assert_eq!(plan.applicability, Applicability::Unsafe);
    assert!(
        plan.cautions.iter().any(|caution| caution.contains("was x on the side of HEAD")),
        "{:?}",
        plan.cautions
    );
    // What they run differs: that is for a person to settle.
    let tree = with(folder.clone(), "b", &conflicted("revision = 'x'\nimport a", "revision = 'y'\nimport b"));
    assert!(kinds(&tree).is_empty());
    // Nobody names either.
    let tree = with(project("a: a <- None"), "b", &conflicted("revision = 'x'", "revision = 'y'"));
    assert!(kinds(&tree).is_empty());
    // Both say the same, and a comment differs.
    let tree = with(folder, "b", &conflicted("revision = 'y'  # one", "revision = 'y'"));
    let plan = plans_of(&tree).swap_remove(0);
    assert_eq!((plan.kind, plan.applicability), (PlanKind::Edits, Applicability::Safe));
}

#[test]
fn a_dependency_is_written_in_full_where_only_one_revision_can_be_meant() {
    let tree = |needs: &str| {
        let text =
            format!("revision = 'c'\ndown_revision = 'b'\ndepends_on = ('b', \"{needs}\")  # both\n{BODY}");
        with(project("a_first: 2ca607eff9c8 <- None\nb: b <- '2ca607eff9c8'"), "c", &text)
    };
    let after = edited(&tree("a_first"), "c.py").expect("it is certain");
    assert!(after.contains("depends_on = ('b', \"2ca607eff9c8\")  # both\n"), "{after}");
    assert!(edited(&tree("2ca607"), "c.py").is_some());
    assert!(edited(&tree("2ca607eff9c9"), "c.py").is_none(), "one letter is a guess");
    assert!(edited(&tree("gone"), "c.py").is_none());
}

#[test]
fn three_witnesses_say_which_id_a_file_has() {
    let tree = |docstring: &str, name: &str, child: &str| {
        let text =
            format!("\"\"\"b\n\n{docstring}\n\"\"\"\nrevision = '2ca607eff9c8'\ndown_revision = 'a'\n{BODY}");
        with(project(&format!("a: a <- None\nc: c <- '{child}'")), name, &text)
    };
    let said = "Revision ID: bbda3883b503\nRevises: a";
    let found = tree(said, "bbda3883b503_b", "bbda3883b503");
    let after = edited(&found, "_b.py").expect("all agree");
    assert!(after.contains("\nrevision = 'bbda3883b503'\n"), "{after}");
    let plan = plans_of(&found).swap_remove(0);
    assert_eq!((plan.applicability, plan.changes.len()), (Applicability::Safe, 1));
    assert_eq!(kinds(&found), ["edits"], "the child is not to follow the slip");
    // One of them is silent, or speaks of another id.
    for (docstring, name, child) in [
        ("Revises: a", "bbda3883b503_b", "bbda3883b503"),
        (said, "b", "bbda3883b503"),
        (said, "bbda3883b503_b", "2ca607eff9c8"),
        (said, "xbbda3883b503_b", "bbda3883b503"),
    ] {
        assert!(!kinds(&tree(docstring, name, child)).contains(&"edits"), "{docstring} {name} {child}");
    }
    // Somebody names the id that it has.
    let mut tree = tree(said, "bbda3883b503_b", "bbda3883b503");
    for (path, bytes) in project("d: d <- '2ca607eff9c8'").iter() {
        tree.insert(path.clone(), bytes.to_vec());
    }
    assert!(!kinds(&tree).contains(&"edits"));
}

#[test]
fn an_id_that_alembic_refuses_gets_another_wherever_it_is_named() {
    let tree = project("a: a-1 <- None\nb: b <- 'a-1'");
    let plan = plans_of(&tree).swap_remove(0);
    assert_eq!(
        (plan.kind, plan.applicability, plan.changes.len()),
        (PlanKind::Edits, Applicability::Safe, 2)
    );
    assert_eq!(plan.changes[0].old_revision.as_deref(), Some("a-1"));
    assert_eq!(plan.changes[1].after, ["a_1"]);
    // Another one has that name, and a colon was allowed for long.
    assert!(!kinds(&project("a: a-1 <- None\nb: a_1 <- 'a-1'")).contains(&"edits"));
    let colon = plans_of(&project("a: a:1 <- None")).swap_remove(0);
    assert_eq!((colon.kind, colon.applicability), (PlanKind::Edits, Applicability::Unsafe));
}

#[test]
fn op_is_taken_from_alembic_where_the_file_imports_it() {
    let tree = bodies(&[(
        "a",
        "None",
        "x = 'sa.op.'\n    sa.op.execute('select 1')  # sa.op.execute",
        "sa.op.execute('')",
    )]);
    let after = edited(&tree, "a.py").expect("it is certain");
    assert!(after.contains("x = 'sa.op.'\n    op.execute('select 1')  # sa.op.execute"), "{after}");
    assert!(after.contains("def downgrade():\n    op.execute('')"), "{after}");
    let text = format!("import sqlalchemy as sa\nrevision = 'a'\ndown_revision = None\n{BODY}")
        .replace("pass", "sa.op.execute('')");
    assert!(edited(&with(project(""), "a", &text), "a.py").is_none(), "the import is missing");
}

#[test]
fn every_other_repair_stands_on_what_the_edits_leave() {
    let text = format!("revision = 'b'\ndown_revision = '2ca607eff9c8'\ndepends_on = 'a_first'\n{BODY}");
    let tree = with(project("a_first: 2ca607eff9c8 <- None\nc: c <- '2ca607eff9c8'"), "b", &text);
    let found = plans_of(&tree);
    assert_eq!(kinds(&tree), ["merge", "edits", "chain", "chain-other-way"]);
    let rewritten = |plan: &Plan| plan.patch.files.iter().any(|file| file.path.as_str().ends_with("/b.py"));
    assert!(found.iter().all(rewritten));
    assert!(found[0].after.reading.map().is_some(), "the merge loads");
}

#[test]
fn nothing_is_edited_where_nothing_is_wrong() {
    let sound = "a: a <- None\nb: b <- 'a'";
    assert!(kinds(&project(sound)).is_empty());
    // A docstring that says something else is a warning.
    let text =
        format!("\"\"\"c\n\nRevision ID: x\nRevises: a\n\"\"\"\nrevision = 'c'\ndown_revision = 'b'\n{BODY}");
    assert!(kinds(&with(project(sound), "c", &text)).is_empty());
}
