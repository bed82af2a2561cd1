//! Whatever a process dies of, and wherever, each file has its old or its new content, and what comes next knows.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::ingest::TreePath;

type Files = BTreeMap<String, Vec<u8>>;

const CHANGED: [&str; 2] = ["m/a.py", "m/b.py"];

fn patch() -> PatchSet {
    let file = |path: &str, before: Option<&[u8]>, after: Option<&[u8]>| FilePatch {
        path: TreePath::parse(path).expect("relative"),
        before: before.map(Into::into),
        after: after.map(Into::into),
    };
    PatchSet::new(vec![
        file(CHANGED[0], Some(b"a\r\n\xff"), Some(b"A")),
        file(CHANGED[1], Some(b"b"), Some(b"B\n")),
        file("m/gone.py", Some(b"gone"), None),
        file("m/new.py", None, Some(b"new")),
    ])
}

/// A folder as the patch finds it.
fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder for the test");
    fs::create_dir(dir.path().join("m")).expect("own folder");
    for file in &patch().files {
        if let Some(before) = &file.before {
            fs::write(target(dir.path(), file), before).expect("own folder");
        }
    }
    dir
}

fn is_python(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "py")
}

/// Every file that is no journal.
fn files(root: &Path) -> Files {
    let entries = walkdir::WalkDir::new(root).into_iter().map(|entry| entry.expect("readable"));
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| (entry.path().strip_prefix(root).expect("below").display().to_string(), entry))
        .filter(|(path, _)| !path.starts_with(KEPT_FOR_UNDO))
        .map(|(path, entry)| (path, fs::read(entry.path()).expect("readable")))
        .collect()
}

/// The files as the patch finds them, and as it leaves them.
fn both() -> (Files, Files) {
    let dir = project();
    let before = files(dir.path());
    write_patch(dir.path(), &patch(), &mut || {}).expect("it is written");
    (before, files(dir.path()))
}

/// Ends the work at the n-th step, as a kill would; says whether there was one.
fn killed_at(n: usize, work: impl FnOnce(Watch<'_>)) -> bool {
    let mut left = n;
    let mut watch = || {
        left = left.checked_sub(1).unwrap_or_else(|| std::panic::resume_unwind(Box::new("killed")));
    };
    catch_unwind(AssertUnwindSafe(|| work(&mut watch))).is_err()
}

/// Whether every file of a patch has its old or its new content, and no other file is there that Alembic would load.
fn is_old_or_new(now: &Files, before: &Files, after: &Files) -> bool {
    now.iter().filter(|(path, _)| is_python(path)).all(|(path, bytes)| {
        before.get(path).is_some_and(|old| old == bytes) || after.get(path).is_some_and(|new| new == bytes)
    }) && CHANGED.iter().all(|path| now.contains_key(*path))
}

#[test]
fn a_process_that_is_killed_anywhere_leaves_old_or_new_content_and_the_next_one_takes_it_back() {
    let (before, after) = both();
    let mut n_killed = 0;
    loop {
        let dir = project();
        let root = dir.path();
        let is_killed =
            killed_at(n_killed, |watch| write_patch(root, &patch(), watch).expect("it is written"));
        if is_killed {
            assert!(is_old_or_new(&files(root), &before, &after), "{n_killed}: {:?}", files(root));
            assert!(roll_back(root).expect("it goes back").is_some(), "{n_killed}");
            assert_eq!(files(root), before, "{n_killed}");
            assert!(
                roll_back(root).expect("nothing is left").is_none()
                    && undo(root, &mut || {}).expect("nothing is left").is_none()
            );
            assert!(!root.join(KEPT_FOR_UNDO).exists(), "{n_killed}");
            // And it can be done anew.
            write_patch(root, &patch(), &mut || {}).expect("it is written");
        }
        assert_eq!(files(root), after, "{n_killed}");
        if !is_killed {
            break;
        }
        n_killed += 1;
    }
    // Three contents are written beside, four files changed, and then it is said to be done.
    assert_eq!(n_killed, 8);
}

#[test]
fn undo_restores_every_byte_and_so_does_one_that_was_killed_before() {
    let (before, after) = both();
    let mut n_killed = 0;
    loop {
        let dir = project();
        let root = dir.path();
        write_patch(root, &patch(), &mut || {}).expect("it is written");
        let is_killed = killed_at(n_killed, |watch| {
            undo(root, watch).expect("it is undone");
        });
        if is_killed {
            assert!(is_old_or_new(&files(root), &before, &after), "{n_killed}");
            roll_back(root).expect("it goes back").expect("something was running");
            assert_eq!(files(root), after, "{n_killed}");
            undo(root, &mut || {}).expect("it is undone").expect("there is something");
        }
        assert_eq!(files(root), before, "{n_killed}");
        assert!(!root.join(KEPT_FOR_UNDO).exists(), "nothing is left of it");
        assert!(undo(root, &mut || {}).expect("nothing is left").is_none());
        if !is_killed {
            break;
        }
        n_killed += 1;
    }
    assert_eq!(n_killed, 8);
}

#[test]
fn what_was_edited_since_is_not_undone_and_is_named() {
    for edit in [CHANGED[1], "m/gone.py", "m/new.py"] {
        let dir = project();
        write_patch(dir.path(), &patch(), &mut || {}).expect("it is written");
        fs::write(dir.path().join(edit), "edited").expect("own file");
        let now = files(dir.path());
        let error = undo(dir.path(), &mut || {}).expect_err("it was edited");
        assert!(matches!(&error, WriteError::Edited { paths } if *paths == [edit]), "{error}");
        assert_eq!(files(dir.path()), now);
    }
    let dir = project();
    write_patch(dir.path(), &patch(), &mut || {}).expect("it is written");
    fs::remove_file(dir.path().join(CHANGED[0])).expect("own file");
    let error = undo(dir.path(), &mut || {}).expect_err("it is gone");
    assert!(matches!(&error, WriteError::Edited { paths } if *paths == [CHANGED[0]]), "{error}");
}

#[test]
fn what_was_edited_between_is_not_rolled_back() {
    let dir = project();
    assert!(killed_at(5, |watch| write_patch(dir.path(), &patch(), watch).expect("it is written")));
    fs::write(dir.path().join(CHANGED[1]), "edited").expect("own file");
    let now: Files = files(dir.path()).into_iter().filter(|(path, _)| is_python(path)).collect();
    let error = roll_back(dir.path()).expect_err("it was edited");
    assert!(matches!(error, WriteError::Torn { .. }), "{error}");
    assert_eq!(files(dir.path()).into_iter().filter(|(path, _)| is_python(path)).collect::<Files>(), now);
}

#[test]
fn the_last_repair_is_the_one_that_is_undone() {
    let dir = project();
    write_patch(dir.path(), &patch(), &mut || {}).expect("it is written");
    let between = files(dir.path());
    let next = PatchSet::new(vec![FilePatch {
        path: TreePath::parse("m/new.py").expect("relative"),
        before: Some(b"new"[..].into()),
        after: Some(b"newer"[..].into()),
    }]);
    write_patch(dir.path(), &next, &mut || {}).expect("it is written");
    undo(dir.path(), &mut || {}).expect("it is undone").expect("there is something");
    assert_eq!(files(dir.path()), between);
}

#[test]
#[cfg(unix)]
fn a_file_that_comes_back_has_the_permissions_that_it_had() {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    for n in 0.. {
        let dir = project();
        let path = dir.path().join("m/gone.py");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("own file");
        let is_killed =
            killed_at(n, |watch| write_patch(dir.path(), &patch(), watch).expect("it is written"));
        if is_killed {
            roll_back(dir.path()).expect("it goes back");
        } else {
            let kept = dir.path().join(KEPT_FOR_UNDO).join("undo/2.before");
            assert_eq!(mode(&kept), 0o600, "nobody else reads it where it is kept");
            undo(dir.path(), &mut || {}).expect("it is undone").expect("there is something");
        }
        assert_eq!(mode(&path), 0o600, "{n}");
        if !is_killed {
            break;
        }
    }
}

#[test]
fn a_file_that_is_read_only_is_not_rewritten_nor_any_other() {
    let dir = project();
    let path = dir.path().join(CHANGED[1]);
    let mut permissions = fs::metadata(&path).expect("own file").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).expect("own file");
    let before = files(dir.path());
    let error = write_patch(dir.path(), &patch(), &mut || {}).expect_err("it is read-only");
    assert!(matches!(error, WriteError::ReadOnly { .. }), "{error}");
    assert_eq!(files(dir.path()), before);
    assert!(!dir.path().join(KEPT_FOR_UNDO).exists());
}

#[test]
fn what_cannot_be_written_takes_the_rest_back() {
    let dir = project();
    // A folder stands where the new content is to be written beside.
    fs::create_dir(dir.path().join("m/new.py.rechain-new")).expect("own folder");
    let before = files(dir.path());
    let error = write_patch(dir.path(), &patch(), &mut || {}).expect_err("there is no room");
    assert!(matches!(error, WriteError::Io { .. }), "{error}");
    assert_eq!(files(dir.path()), before);
}

#[test]
#[cfg(unix)]
fn nothing_is_written_or_undone_through_a_link() {
    let outside = tempfile::tempdir().expect("a folder for the test");
    fs::write(outside.path().join("a.py"), b"A").expect("own folder");
    let link = |dir: &Path, name: &str, to: &Path| {
        std::os::unix::fs::symlink(to, dir.join(name)).expect("a link can be made");
    };
    let dir = project();
    fs::remove_file(dir.path().join(CHANGED[0])).expect("own file");
    link(dir.path(), CHANGED[0], &outside.path().join("a.py"));
    let error = write_patch(dir.path(), &patch(), &mut || {}).expect_err("it leads out");
    assert!(matches!(error, WriteError::Link { .. }), "{error}");

    let dir = project();
    write_patch(dir.path(), &patch(), &mut || {}).expect("it is written");
    fs::remove_file(dir.path().join(CHANGED[0])).expect("own file");
    link(dir.path(), CHANGED[0], &outside.path().join("a.py"));
    let error = undo(dir.path(), &mut || {}).expect_err("it leads out");
    assert!(matches!(error, WriteError::Link { .. }), "{error}");

    // A journal that stands elsewhere is none: neither it nor anything beside it is read or taken away.
    for at in [KEPT_FOR_UNDO, ".rechain/running", ".rechain/undo"] {
        let dir = project();
        let journal = tempfile::tempdir().expect("a folder for the test");
        for stage in ["", "running", "undo", "next", "old"] {
            let folder = journal.path().join(stage);
            fs::create_dir_all(&folder).expect("own folder");
            fs::write(folder.join("journal.json"), r#"{"format": 1, "files": []}"#).expect("own folder");
        }
        let before = files(journal.path());
        fs::create_dir_all(dir.path().join(at).parent().expect("there is one")).expect("own folder");
        link(dir.path(), at, journal.path());
        assert!(roll_back(dir.path()).expect("there is none").is_none(), "{at}");
        assert!(undo(dir.path(), &mut || {}).expect("there is none").is_none(), "{at}");
        write_patch(dir.path(), &patch(), &mut || {}).ok();
        assert_eq!(files(journal.path()), before, "{at}");
    }

    // What is kept is not kept elsewhere either.
    let dir = project();
    link(dir.path(), KEPT_FOR_UNDO, outside.path());
    write_patch(dir.path(), &patch(), &mut || {}).expect_err("it leads out");
    assert_eq!(files(outside.path()).len(), 1);
}

#[test]
fn a_journal_that_came_with_the_project_names_nothing_outside() {
    for path in ["../victim", "/etc/victim", "m/../../victim"] {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let root = dir.path().join("project");
        for stage in ["undo", "running"] {
            let kept = root.join(KEPT_FOR_UNDO).join(stage);
            fs::create_dir_all(&kept).expect("own folder");
            let entry = serde_json::json!({ "path": path, "before": true, "after": false });
            let journal = serde_json::json!({ "format": 1, "files": [entry] });
            fs::write(kept.join("journal.json"), journal.to_string()).expect("own folder");
            fs::write(kept.join("0.before"), "x").expect("own folder");
        }
        undo(&root, &mut || {}).expect_err("it leads out");
        roll_back(&root).expect_err("it leads out");
        assert!(!dir.path().join("victim").exists());
    }
}
