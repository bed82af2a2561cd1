//! Small folders in which an id stands twice, and what becomes of them.

use super::*;
use crate::audited::Audit;
use crate::finding::{Group, Rule};
use crate::ingest::{SourceTree, TreePath};
use crate::patch::{FilePatch, PatchSet};
use crate::plan::plans;
use crate::rules::fixture::{audited, project};

/// A project whose migrations are given as `file: id <- parents`, one a line, then perhaps ` @ date`, ` # Revision ID` and
/// ` = body`; a body of its own is made for each file that has none.
fn folder(migrations: &str) -> SourceTree {
    let mut tree = project("");
    for line in migrations.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (line, body) = line.split_once(" = ").unwrap_or((line, ""));
        let (line, said) = line.split_once(" # ").unwrap_or((line, ""));
        let (line, date) = line.split_once(" @ ").unwrap_or((line, ""));
        let (file, rest) = line.split_once(": ").expect("`file: id <- parents`");
        let (id, parents) = rest.split_once(" <- ").expect("`id <- parents`");
        let said = if said.is_empty() { id } else { said };
        let date = if date.is_empty() { String::new() } else { format!("Create Date: {date}\n") };
        let made = format!("op.create_table('{file}', sa.Column('id', sa.Integer()))");
        let body = if body.is_empty() { &made } else { body };
        let revises = parents.trim_matches('\'').replace("None", "");
        let text = format!(
            "\"\"\"{file}\n\nRevision ID: {said}\nRevises: {revises}\n{date}\n\"\"\"\nfrom alembic import op\n\
             import sqlalchemy as sa\n\nrevision = '{id}'\ndown_revision = {parents}\n\n\ndef upgrade():\n    {body}\n\n\n\
             def downgrade():\n    pass\n"
        );
        let path = TreePath::parse(&format!("migrations/versions/{file}.py")).expect("relative");
        tree.insert(path, text.into_bytes());
    }
    tree
}

fn plans_of(tree: &SourceTree) -> (Audit, Vec<Plan>) {
    let audit = audited(tree);
    let plans = plans(tree, &audit, &|patched, changed| crate::audit::audit_again(patched, &audit, changed));
    let plans = plans.into_iter().next().expect("there is an environment");
    (audit, plans)
}

fn of_chain(rules: &[&'static Rule]) -> Vec<&'static str> {
    rules.iter().filter(|rule| rule.group != Group::Content).map(|rule| rule.name).collect()
}

/// What a plan leaves, as `file: id <- parents`, and how safe it is; new ids are called `new`.
fn left(tree: &SourceTree, kind: PlanKind) -> Option<(String, Applicability)> {
    let (_, plans) = plans_of(tree);
    let plan = plans.into_iter().find(|plan| plan.kind == kind)?;
    let mut told: Vec<String> = plan
        .after
        .scripts
        .iter()
        .map(|script| {
            let parents = script.down_revision.values().join(",");
            format!("{}: {} <- {parents}", script.path.stem(), script.id().unwrap_or_default())
        })
        .collect();
    let made: Vec<&str> = plan
        .after
        .scripts
        .iter()
        .filter_map(|script| script.id())
        .filter(|id| {
            id.len() == 12 && tree.iter().all(|(_, bytes)| !bytes.windows(12).any(|w| w == id.as_bytes()))
        })
        .collect();
    for id in made {
        told.iter_mut().for_each(|line| *line = line.replace(id, "new"));
    }
    Some((told.join("; "), plan.applicability))
}

fn check(migrations: &str, kind: PlanKind, expected: &str, applicability: Applicability) {
    let found = left(&folder(migrations), kind);
    assert_eq!(found, Some((expected.to_owned(), applicability)), "{migrations}");
}

#[test]
fn of_files_that_do_the_same_the_one_that_alembic_loses_goes() {
    let same = "op.drop_table('a')";
    check(
        &format!("a: a <- None\nb: b <- 'a' = {same}\nb_copy: b <- 'a' = {same}\nc: c <- 'b'"),
        PlanKind::Duplicate,
        "a: a <- ; b_copy: b <- a; c: c <- b",
        Applicability::Safe,
    );
    // The one that closes a loop goes, although Alembic runs it.
    check(
        &format!("a: a <- None\nb: b <- 'a' = {same}\nb_copy: b <- 'c' = {same}\nc: c <- 'b'"),
        PlanKind::Duplicate,
        "a: a <- ; b: b <- a; c: c <- b",
        Applicability::Unsafe,
    );
    // So does the one whose parent is missing, and the one that leaves a head.
    for parent in ["'gone'", "None", "'a'"] {
        check(
            &format!(
                "a: a <- None\nb: b <- 'a'\nc: c <- 'b' = {same}\nc_copy: c <- {parent} = {same}\nd: d <- 'c'"
            ),
            PlanKind::Duplicate,
            "a: a <- ; b: b <- a; c: c <- b; d: d <- c",
            Applicability::Unsafe,
        );
    }
    // Of three two go.
    check(
        &format!("a: a <- None\nb: b <- 'a' = {same}\nb2: b <- 'a' = {same}\nb3: b <- 'a' = {same}"),
        PlanKind::Duplicate,
        "a: a <- ; b3: b <- a",
        Applicability::Safe,
    );
    assert_eq!(left(&folder("a: a <- None = pass\nb: a <- None = pass"), PlanKind::DuplicateOtherWay), None);
}

#[test]
fn the_younger_gets_a_new_id_and_goes_on_top() {
    let folder = "a: a <- None @ 1\nb: b <- 'a' @ 2\nb_more: b <- 'a' @ 5\nc: c <- 'b' @ 3\nd: d <- 'c' @ 4";
    check(
        folder,
        PlanKind::Duplicate,
        "a: a <- ; b: b <- a; b_more: new <- d; c: c <- b; d: d <- c",
        Applicability::Unsafe,
    );
    check(
        folder,
        PlanKind::DuplicateOtherWay,
        "a: a <- ; b: new <- d; b_more: b <- a; c: c <- b; d: d <- c",
        Applicability::Unsafe,
    );
}

#[test]
fn one_that_stands_on_a_head_keeps_its_parent() {
    check(
        "a: a <- None\nb: b <- 'a'\nc: c <- 'b'\nd: b <- 'c'",
        PlanKind::Duplicate,
        "a: a <- ; b: b <- a; c: c <- b; d: new <- c",
        Applicability::Unsafe,
    );
    // The other way round, what comes before the one that keeps the id means the one that does not.
    check(
        "a: a <- None\nb: b <- 'a'\nc: c <- 'b'\nd: b <- 'c'",
        PlanKind::DuplicateOtherWay,
        "a: a <- ; b: new <- a; c: c <- new; d: b <- c",
        Applicability::Unsafe,
    );
}

#[test]
fn what_would_close_a_loop_is_the_younger_whatever_its_date() {
    check(
        "a: a <- None @ 1\nb: b <- 'a' @ 9\nc: c <- 'b' @ 3\nd: b <- 'c' @ 2",
        PlanKind::Duplicate,
        "a: a <- ; b: b <- a; c: c <- b; d: new <- c",
        Applicability::Unsafe,
    );
}

#[test]
fn the_base_may_stand_twice() {
    check(
        "a: a <- None\nb: b <- 'a'\nc: a <- None",
        PlanKind::Duplicate,
        "a: a <- ; b: b <- a; c: new <- b",
        Applicability::Unsafe,
    );
}

#[test]
fn two_ids_twice_go_on_top_one_after_the_other() {
    check(
        "a: a <- None @ 1\nb: b <- 'a' @ 2\nb_more: b <- 'a' @ 6\nc: c <- 'b' @ 3\nc_more: c <- 'b' @ 7\nd: d <- 'c' @ 4",
        PlanKind::Duplicate,
        "a: a <- ; b: b <- a; b_more: new <- d; c: c <- b; c_more: new <- new; d: d <- c",
        Applicability::Unsafe,
    );
}

#[test]
fn three_files_of_one_id_are_no_other_case() {
    let (_, plans) = plans_of(&folder("a: a <- None\nb1: b <- 'a'\nb2: b <- 'a'\nb3: b <- 'a'\nc: c <- 'b'"));
    for plan in &plans {
        assert_eq!((plan.after.graph.tips().len(), plan.changes.len()), (1, 2), "{}", plan.kind);
        assert_eq!(of_chain(&plan.leaves), Vec::<&str>::new());
    }
    assert_eq!(plans.len(), 2);
}

#[test]
fn an_id_that_the_docstring_or_the_name_says_is_written_back() {
    check(
        "a: a <- None\nb: b <- 'a'\nc: b <- 'b' # c",
        PlanKind::Duplicate,
        "a: a <- ; b: b <- a; c: c <- b",
        Applicability::Unsafe,
    );
    // Where others name it, it stands where it stood.
    for name in ["c", "c_more"] {
        check(
            &format!("a: a <- None\nb: b <- 'a'\n{name}: b <- 'a'\nd: d <- 'b'\ne: e <- ('c', 'd')"),
            PlanKind::Duplicate,
            &format!("a: a <- ; b: b <- a; {name}: c <- a; d: d <- b; e: e <- c,d"),
            Applicability::Unsafe,
        );
    }
    let folder = folder("a: a <- None\nb: b <- 'a'\nc: b <- 'b' # c");
    assert_eq!(left(&folder, PlanKind::DuplicateOtherWay), None, "there is no choice");
}

#[test]
fn what_follows_needs_both() {
    check(
        "a: a <- None @ 1\nb: b <- 'a' @ 2\nb_more: b <- 'a' @ 5\nc: c <- 'b' @ 3 = op.add_column('b_more', sa.Column('x', sa.Integer()))\n\
         d: d <- 'c' @ 4 = op.add_column('b', sa.Column('x', sa.Integer()))",
        PlanKind::Duplicate,
        "a: a <- ; b: b <- new; b_more: new <- a; c: c <- b; d: d <- c",
        Applicability::Unsafe,
    );
}

#[test]
fn other_faults_are_repaired_beside_it() {
    for more in ["z: z <- 'gone'", "z: z <- None", "z: z <- 'z'"] {
        let folder = folder(&format!(
            "a: a <- None @ 1\nb: b <- 'a' @ 2\nb2: b <- 'a' @ 4\nc: c <- 'b' @ 3\n{more} @ 9"
        ));
        let (_, plans) = plans_of(&folder);
        let plan = plans.iter().find(|plan| plan.kind == PlanKind::Duplicate).expect("one is on offer");
        assert_eq!(plan.after.graph.tips().len(), 1, "{more}");
        assert!(plan.after.graph.ghosts().next().is_none(), "{more}");
        assert_eq!(of_chain(&plan.leaves), Vec::<&str>::new(), "{more}");
    }
}

#[test]
fn nothing_is_offered_where_both_make_the_same_or_an_id_is_computed() {
    let make = "op.create_table('t', sa.Column('id', sa.Integer()))";
    let more = "op.create_table('t', sa.Column('id', sa.Integer()), sa.Column('x', sa.Integer()))";
    let (audit, plans) =
        plans_of(&folder(&format!("a: a <- None\nb: b <- 'a' = {make}\nb2: b <- 'a' = {more}")));
    assert!(plans.is_empty(), "{:?}", plans.iter().map(|plan| plan.kind).collect::<Vec<_>>());
    let why = crate::plan::why_none(&audit, 0, &plans).expect("there is an error");
    assert!(why.starts_with("Files share an id"), "{why}");
    let mut tree = folder("a: a <- None\nb: b <- 'a'");
    let computed = b"revision = 'b' + ''\ndown_revision = 'a'\n\n\ndef upgrade():\n    print()\n".to_vec();
    tree.insert(TreePath::parse("migrations/versions/b0.py").expect("relative"), computed);
    let (_, plans) = plans_of(&tree);
    let written = |plan: &Plan| plan.changes.iter().all(|change| change.path.file_name() != "b0.py");
    assert!(plans.iter().all(written));
}

#[test]
fn it_is_told_which_file_a_database_has_run_and_where_the_old_id_stays() {
    let folder =
        folder("a: a <- None @ 1\nb: b <- 'a' @ 2\nz: b <- 'a' @ 3 = op.execute(\"-- b\")\nc: c <- 'b' @ 4");
    let (_, plans) = plans_of(&folder);
    let told =
        |kind: PlanKind| plans.iter().find(|plan| plan.kind == kind).expect("on offer").cautions.join("\n");
    let older = told(PlanKind::Duplicate);
    assert!(
        older.contains(
            "Alembic runs z.py as b: a database that ran b with the files as they are has run that file, and not b.py. This plan fits only"
        ),
        "{older}"
    );
    assert!(older.contains("runs it once more, and misses b."), "{older}");
    assert!(older.contains("z.py names b in line 16 too"), "{older}");
    let other = told(PlanKind::DuplicateOtherWay);
    assert!(other.starts_with("No database skips anything."), "{other}");
    assert!(
        other.contains(
            "has run that file, and not b.py. One that ran b before z.py was there has run another"
        ),
        "{other}"
    );
}

/// Whether the plan's draft is proved once `spoil` has been at it.
fn is_proved(tree: &SourceTree, spoil: impl Fn(&mut Draft)) -> bool {
    let audit = audited(tree);
    let again =
        |patched: &SourceTree, changed: &[TreePath]| crate::audit::audit_again(patched, &audit, changed);
    let broken = Broken::of(tree, &audit, &again, 0).expect("it can be repaired");
    let files = Files::of(broken.audited(), tree);
    let decisions = Decisions::of(&files, Way::Older);
    let moved = place(&files, &decisions, Place::OnTop);
    let mut draft = edit::draft(&files, &decisions, &moved).expect("all can be written");
    spoil(&mut draft);
    proved(&broken, &REPAIR, draft).is_ok()
}

#[test]
fn the_proof_refuses_a_file_that_goes_for_nothing_and_an_order_that_is_lost() {
    let copied = folder("a: a <- None\nb: b <- 'a' = f()\nb_copy: b <- 'a' = f()\nc: c <- 'b'");
    assert!(is_proved(&copied, |_| {}));
    assert!(!is_proved(&copied, |draft| draft.copies.clear()), "nothing stands for what goes");

    let shared = folder("a: a <- None\nb: b <- 'a'\nb_more: b <- 'a'\nc: c <- 'b'\nd: d <- 'c'");
    assert!(is_proved(&shared, |_| {}));
    let write = |draft: &mut Draft, file: &str, from: &str, to: &str| {
        let path = TreePath::parse(&format!("migrations/versions/{file}.py")).expect("relative");
        let own = draft.patch.files.iter().find(|own| own.path == path).and_then(|own| own.after.as_deref());
        let before = own.or_else(|| shared.get(&path)).expect("it is there");
        let text = String::from_utf8(before.to_vec()).expect("UTF-8");
        let after = text.replace(&format!("down_revision = '{from}'"), &format!("down_revision = '{to}'"));
        let after = after.replace(&format!("Revises: {from}"), &format!("Revises: {to}"));
        assert_ne!(after, text);
        let file = FilePatch { path, before: Some(before.into()), after: Some(after.into_bytes().into()) };
        draft.patch = std::mem::take(&mut draft.patch).then(PatchSet::new(vec![file]));
    };
    let swapped = is_proved(&shared, |draft| {
        write(draft, "d", "c", "b");
        write(draft, "c", "b", "d");
        write(draft, "b", "d", "c");
    });
    assert!(!swapped, "d came after c");
}

#[test]
fn a_copy_that_undoes_something_else_goes_with_a_word_only() {
    let both = "a: a <- None = op.create_table('t')\nz: a <- None = op.create_table('t')";
    let mut tree = folder(both);
    let safe = |tree: &SourceTree| {
        let (_, plans) = plans_of(tree);
        let plan = plans.into_iter().find(|plan| plan.kind == PlanKind::Duplicate).expect("it is on offer");
        (plan.applicability, plan.cautions.iter().any(|caution| caution.contains("downgrade() of a.py")))
    };
    assert_eq!(safe(&tree), (Applicability::Safe, false));
    let path = TreePath::parse("migrations/versions/a.py").expect("relative");
    let text = String::from_utf8(tree.get(&path).expect("it is there").to_vec()).expect("UTF-8");
    let undone = text.replace("downgrade():\n    pass", "downgrade():\n    op.drop_table('t')");
    tree.insert(path, undone.into_bytes());
    assert_eq!(safe(&tree), (Applicability::Unsafe, true));
}

#[test]
fn a_folder_that_still_does_not_load_hides_what_both_make() {
    let same =
        "b: b <- 'a' = op.create_table('t')\nc: b <- 'a' = op.create_table('t', sa.Column('x', sa.Text()))";
    for below in ["a: a <- None", "a: a <- 'gone'", "a: a <- 'a'"] {
        let (_, plans) = plans_of(&folder(&format!("{below}\n{same}")));
        assert!(plans.is_empty(), "{below}: {:?}", plans.iter().map(|plan| plan.kind).collect::<Vec<_>>());
    }
}

#[test]
fn what_needs_the_keeper_and_is_needed_by_what_follows_comes_between() {
    let needs = "op.create_table('n', sa.Column('id', sa.ForeignKey('teams.id')))";
    let shared = format!(
        "a: a <- None\nb_n: b <- 'a' = {needs}\nteams: b <- 'a'\nc: c <- 'b' = op.add_column('n', sa.Column('x', sa.Text()))"
    );
    let expected = "a: a <- ; b_n: new <- b; c: c <- new; teams: b <- a";
    let other = left(&folder(&shared), PlanKind::DuplicateOtherWay);
    assert_eq!(other, Some((expected.to_owned(), Applicability::Unsafe)));
}
