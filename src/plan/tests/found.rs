//! Parents that are found again.

use super::{chain_of, rewritten, told};

#[test]
fn a_docstring_tells_the_parent_that_the_code_lost() {
    // What is missing is younger than what it stands for, so no date tells.
    for parents in ["None", "'b'", "'d'", "'gone'", "''"] {
        let tree = told(&[
            ("b", parents, Some("a"), "pass"),
            ("c", "'b'", Some("b"), "pass"),
            ("d", "'c'", Some("c"), "pass"),
            ("a", "'z'", Some("z"), "pass"),
            ("z", "None", Some(""), "pass"),
        ]);
        assert_eq!(rewritten(&tree), (vec!["b <- a".to_owned()], "z a b c d".to_owned()), "{parents}");
        let plan = chain_of(&tree).expect("it is offered");
        assert!(plan.changes[0].reason.ends_with("; the docstring says `Revises: a`"), "{:?}", plan.changes);
        assert!(plan.cautions.iter().all(|caution| !caution.contains("is not in these files")));
    }
}

#[test]
fn a_docstring_that_would_close_a_loop_tells_nothing() {
    let tree = told(&[
        ("a", "None", Some("c"), "pass"),
        ("b", "'a'", Some("a"), "pass"),
        ("c", "'gone'", Some("b"), "pass"),
    ]);
    assert_eq!(rewritten(&tree), (vec!["c <- b".to_owned()], "a b c".to_owned()));
}

#[test]
fn an_empty_text_is_no_parent_where_the_docstring_says_so() {
    let tree = |revises| told(&[("a", "''", revises, "pass"), ("b", "'a'", Some("a"), "pass")]);
    let plan = chain_of(&tree(Some(""))).expect("it is offered");
    assert_eq!((plan.applicability.word(), plan.changes[0].after.len()), ("safe", 0));
    assert_eq!(plan.changes[0].reason, "no parent, written as None");
    assert_eq!(chain_of(&tree(None)).expect("it is offered").applicability.word(), "unsafe");
}

#[test]
fn an_id_that_a_file_s_own_docstring_tells_is_found() {
    let mut tree =
        told(&[("a", "None", None, "pass"), ("b", "'a'", None, "pass"), ("c", "'xyz'", None, "pass")]);
    let path = tree.path_of("migrations/versions/a.py").expect("it is there").clone();
    let source = String::from_utf8(tree.get(&path).expect("it is there").to_vec()).expect("text");
    tree.insert(path, source.replace("Revision ID: a", "Revision ID: xyz").into_bytes());
    // It forks off there, and the one that is written anew goes on top.
    assert_eq!(rewritten(&tree), (vec!["c <- b".to_owned()], "a b c".to_owned()));
}

#[test]
fn the_edge_of_a_loop_that_leaves_no_branch_behind_goes() {
    // Dates tell nothing: b, which names a later one, is the youngest.
    let tree = told(&[
        ("a", "None", None, "pass"),
        ("c", "'b'", None, "pass"),
        ("d", "'c'", None, "pass"),
        ("e", "'d'", None, "pass"),
        ("b", "'d'", None, "pass"),
    ]);
    assert_eq!(rewritten(&tree), (vec!["b <- a".to_owned()], "a b c d e".to_owned()));
}
