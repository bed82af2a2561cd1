//! The law of patches: `git apply` gives the same bytes, and a secret is not shown where it need not be.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use proptest::prelude::*;
use rechain::ingest::TreePath;
use rechain::patch::{FileChange, FilePatch, PatchSet, exposes_secret, shown, unified, unified_file};

const SECRET: &[u8] = b"url = 'postgresql://app:hunter2@db/x'";

/// A line of a file that may be in any encoding, without its end.
fn line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => "[a-d]{0,2}".prop_map(String::into_bytes),
        1 => Just(SECRET.to_vec()),
        1 => prop::collection::vec(any::<u8>().prop_filter("ends the line", |&byte| byte != b'\n'), 0..6),
        1 => Just(b"\xef\xbb\xbfdown_revision = None".to_vec()),
    ]
}

fn end() -> impl Strategy<Value = &'static [u8]> {
    prop_oneof![4 => Just(&b"\n"[..]), 2 => Just(&b"\r\n"[..]), 1 => Just(&b"\r"[..])]
}

fn bytes(n_lines: usize) -> impl Strategy<Value = Vec<u8>> {
    (prop::collection::vec((line(), end()), 0..n_lines), any::<bool>()).prop_map(|(lines, ended)| {
        let mut bytes: Vec<u8> =
            lines.into_iter().flat_map(|(line, end)| [line, end.to_vec()].concat()).collect();
        if !ended {
            bytes.truncate(bytes.trim_ascii_end().len());
        }
        bytes
    })
}

/// A file, and the same with some lines replaced.
fn before_and_after() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let change = (any::<prop::sample::Index>(), 0_usize..3, bytes(3));
    (bytes(30), prop::collection::vec(change, 0..4)).prop_map(|(before, changes)| {
        let mut lines: Vec<Vec<u8>> =
            before.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        for (at, n_taken, put) in changes {
            let at = at.index(lines.len() + 1);
            let end = (at + n_taken).min(lines.len());
            lines.splice(at..end, [put]);
        }
        (before, lines.concat())
    })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,8}\\.py",
        1 => "[a-z]{1,3}[ '\"&é表\t$-]{1,3}[a-z]{1,3}\\.py",
        1 => Just("a b/c \"d\" \u{202e}.py".to_owned()),
    ]
}

fn patches() -> impl Strategy<Value = PatchSet> {
    let change = prop_oneof![
        6 => Just(FileChange::Rewritten),
        2 => Just(FileChange::Added),
        2 => Just(FileChange::Removed),
    ];
    let file = (before_and_after(), change);
    prop::collection::btree_map(name(), file, 1..4).prop_map(|files| {
        let files = files.into_iter().map(|(name, ((before, after), change))| FilePatch {
            path: TreePath::parse(&format!("migrations/versions/{name}")).expect("relative"),
            before: (change != FileChange::Added).then(|| Arc::from(before)),
            after: (change != FileChange::Removed).then(|| Arc::from(after)),
        });
        PatchSet::new(files.collect())
    })
}

fn write(folder: &Path, path: &TreePath, bytes: &[u8]) {
    let path = folder.join(path.as_str());
    std::fs::create_dir_all(path.parent().expect("in the folder")).expect("writable");
    std::fs::write(path, bytes).expect("writable");
}

/// Writes the old files, applies the diff with git, and compares every byte.
fn check(patch: &PatchSet) {
    let folder = tempfile::tempdir().expect("a folder");
    for file in &patch.files {
        if let Some(before) = &file.before {
            write(folder.path(), &file.path, before);
        }
    }
    let diff = unified(patch);
    if diff.is_empty() {
        assert!(patch.files.iter().all(|file| file.before == file.after));
        return;
    }
    let diff_path = folder.path().join("the.patch");
    std::fs::write(&diff_path, &diff).expect("writable");
    let run = Command::new("git")
        .args(["apply", "--whitespace=nowarn", "the.patch"])
        .current_dir(folder.path())
        .env("GIT_CEILING_DIRECTORIES", folder.path().parent().expect("in a folder"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git is installed");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}\n{}", String::from_utf8_lossy(&diff));
    for file in &patch.files {
        let read = std::fs::read(folder.path().join(file.path.as_str())).ok();
        assert!(
            read.as_deref() == file.after.as_deref(),
            "{said}\n{}\ngot {:?}",
            String::from_utf8_lossy(&diff),
            read.map(|read| read.escape_ascii().to_string())
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn git_apply_gives_the_same_bytes(patch in patches()) {
        check(&patch);
    }

    #[test]
    fn people_never_see_a_secret(patch in patches()) {
        prop_assert!(!shown(&patch).contains("hunter2"));
        for file in &patch.files {
            let diff = unified_file(file);
            let shows = diff.windows(7).any(|window| window == b"hunter2");
            prop_assert_eq!(shows, exposes_secret(file));
        }
    }
}

#[test]
fn a_file_of_one_line_end_keeps_it() {
    for (before, after) in [
        (&b"a\r\nb\r\nc"[..], &b"a\r\nB\r\nc"[..]),
        (b"\xef\xbb\xbfa\nb", b"\xef\xbb\xbfa\nb\n"),
        (b"", b"x"),
        (b"# coding: latin-1\nx = '\xe9'\n", b"# coding: latin-1\nx = '\xe8'\n"),
        (b"a\0b\nc\n", b"a\0b\nd\n"),
        (b"x", b""),
        // The context would be a secret, so it is the secret or nothing.
        (b"1\nurl = 'postgresql://app:hunter2@db/x'\n", b"1\nurl = 'postgresql://app:hunter2@db/x'\n2\n"),
        (b"url = 'postgresql://app:hunter2@db/x'\n", b"0\nurl = 'postgresql://app:hunter2@db/x'\n"),
    ] {
        let path = TreePath::parse("a.py").expect("relative");
        check(&PatchSet::new(vec![FilePatch {
            path,
            before: Some(before.into()),
            after: Some(after.into()),
        }]));
    }
    let path = TreePath::parse("empty.py").expect("relative");
    let empty = || Some((&b""[..]).into());
    check(&PatchSet::new(vec![FilePatch { path: path.clone(), before: None, after: empty() }]));
    check(&PatchSet::new(vec![FilePatch { path, before: empty(), after: None }]));
}
