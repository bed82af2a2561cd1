//! What comes in: zips of every kind, files in any order, limits. Every zip is made here, none is stored.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use rechain::ingest::{
    ArchiveError, Ingested, Intake, Limits, PathError, SkipReason, SourceTree, TreePath, read_zip,
};
use rechain::patch::bundle;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A zip of these files.
fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(*name, options).expect("a new name");
        writer.write_all(content).expect("memory takes it");
    }
    writer.finish().expect("memory takes it").into_inner()
}

fn read(bytes: &[u8]) -> Ingested {
    read_zip(bytes, &Limits::default()).expect("a zip")
}

fn paths(tree: &SourceTree) -> Vec<&str> {
    tree.iter().map(|(path, _)| path.as_str()).collect()
}

fn skipped(ingested: &Ingested) -> Vec<(&str, String)> {
    ingested.skipped.iter().map(|skipped| (skipped.path.as_str(), skipped.reason.to_string())).collect()
}

fn carried(ingested: &Ingested) -> Vec<&str> {
    ingested.carried.iter().map(TreePath::as_str).collect()
}

/// Replaces every occurrence of `from`, which must be as long as `to`.
fn replace_bytes(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len());
    for at in 0..=bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
}

#[test]
fn a_zip_becomes_a_tree_and_a_list_of_what_was_left_out() {
    let zip = zip_of(&[
        ("alembic.ini", b"[alembic]\nscript_location = migrations\n"),
        ("migrations/env.py", b"from alembic import context\n"),
        ("migrations/versions/a.py", b"revision = 'a'\n"),
        ("migrations/versions/a.sql", b"select 1;"),
        ("node_modules/x/y.py", b""),
        ("node_modules/x/z.py", b""),
        ("README.md", b"hello"),
    ]);
    let ingested = read(&zip);
    assert_eq!(
        paths(&ingested.tree),
        ["alembic.ini", "migrations/env.py", "migrations/versions/a.py", "migrations/versions/a.sql"]
    );
    assert_eq!(ingested.tree.get_str("migrations/versions/a.py"), Some(b"revision = 'a'\n".as_slice()));
    assert_eq!(carried(&ingested), ["README.md"]);
    assert_eq!(
        skipped(&ingested),
        [("node_modules", "this folder is never read: it holds installed JavaScript packages".to_owned())]
    );
    assert_eq!(ingested.wrapper, None);
}

#[test]
fn what_is_no_zip_is_refused_in_a_plain_sentence() {
    let good = zip_of(&[("a.py", &[b'x'; 4000])]);
    for (bytes, sentence) in [
        (b"".as_slice(), "this is no zip file"),
        (b"hello, world", "this is no zip file"),
        (b"\x1f\x8b\x08\x00", "this is no zip file"),
    ] {
        assert_eq!(
            read_zip(bytes, &Limits::default()).map_err(|error| error.to_string()),
            Err(sentence.to_owned())
        );
    }
    let cut = read_zip(&good[..good.len() - 30], &Limits::default());
    assert!(matches!(cut, Err(ArchiveError::Damaged(_))), "{cut:?}");
    let limits = Limits { zip_bytes: 10, ..Limits::default() };
    let too_large = read_zip(&good, &limits);
    assert_eq!(too_large, Err(ArchiveError::TooLarge { bytes: good.len() as u64, limit: 10 }));
}

#[test]
fn a_damaged_entry_does_not_hide_the_others() {
    let content = b"revision = 'a'\ndown_revision = None\n# some text that packs\n".repeat(20);
    let mut zip = zip_of(&[("a.py", &content), ("b.py", b"x = 1\n")]);
    for byte in &mut zip[50..60] {
        *byte ^= 0xff;
    }
    let ingested = read(&zip);
    assert_eq!(paths(&ingested.tree), ["b.py"]);
    assert!(matches!(ingested.skipped.as_slice(), [only]
        if only.path == "a.py" && matches!(only.reason, SkipReason::Unreadable(_))));
}

#[test]
fn paths_that_leave_the_tree_are_refused() {
    let names =
        ["../up.py", "a/../../up.py", "/etc/x.py", "C:\\x.py", "\\\\host\\x.py", "..\\up.py", "ok\\in.py"];
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, b"x = 1\n".as_slice())).collect();
    let ingested = read(&zip_of(&files));
    assert_eq!(paths(&ingested.tree), ["in.py"], "a backslash is a separator, and `ok` a wrapper");
    let reasons: Vec<_> =
        ingested.skipped.iter().map(|skipped| (skipped.path.as_str(), &skipped.reason)).collect();
    let (climbs, absolute) =
        (SkipReason::BadPath(PathError::Climbs), SkipReason::BadPath(PathError::Absolute));
    assert_eq!(
        reasons,
        [
            ("../up.py", &climbs),
            ("..\\up.py", &climbs),
            ("/etc/x.py", &absolute),
            ("C:\\x.py", &absolute),
            ("\\\\host\\x.py", &absolute),
            ("a/../../up.py", &climbs),
        ]
    );
}

#[test]
fn a_path_that_is_too_long_for_a_disk_is_refused_and_what_is_read_fits_into_a_zip() {
    // Without its mark for UTF-8, a name takes more bytes once it is read than it took in the zip.
    let long = format!("a/{}.py", "\u{c7}".repeat(32_000));
    let mut zip = zip_of(&[(&long, b"x = 1\n"), (&"b/".repeat(4_000), b""), ("c.py", b"x = 1\n")]);
    replace_bytes(&mut zip, "\u{c7}".as_bytes(), b"\x80\x80");
    let utf_8 = |zip: &[u8], at: usize| match zip[at..] {
        [b'P', b'K', 3, 4, ..] => Some(at + 7),
        [b'P', b'K', 1, 2, ..] => Some(at + 9),
        _ => None,
    };
    for at in (0..zip.len()).filter_map(|at| utf_8(&zip, at)).collect::<Vec<_>>() {
        zip[at] &= !0x08;
    }
    let ingested = read(&zip);
    assert_eq!(paths(&ingested.tree), ["c.py"]);
    let reasons: Vec<_> = ingested.skipped.iter().map(|skipped| &skipped.reason).collect();
    assert_eq!(reasons, [&SkipReason::BadPath(PathError::TooLong); 2]);
    let packed = bundle(ingested.tree.iter().map(|(path, content)| (path.as_str(), content)));
    assert_eq!(read(&packed).tree, ingested.tree);
}

#[test]
fn the_same_path_twice_is_said() {
    let mut zip = zip_of(&[("a.py", b"first"), ("b.py", b"second"), ("c.py", b"third")]);
    replace_bytes(&mut zip, b"b.py", b"a.py");
    let ingested = read(&zip);
    assert_eq!(paths(&ingested.tree), ["a.py", "c.py"]);
    assert_eq!(
        skipped(&ingested),
        [("a.py", "not read: the same path occurs twice, only one of them is read".to_owned())]
    );

    let ingested = read(&zip_of(&[("x/a.py", b"first"), ("x\\a.py", b"second"), ("c.py", b"third")]));
    assert_eq!(paths(&ingested.tree), ["c.py", "x/a.py"]);
    assert_eq!(ingested.tree.get_str("x/a.py"), Some(b"first".as_slice()));
    assert_eq!(ingested.skipped[0].reason, SkipReason::SamePathTwice);
}

#[test]
fn links_encrypted_entries_and_inner_archives_are_named() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    writer.add_symlink("link.py", "/etc/passwd", options).expect("a new name");
    writer.start_file("secret.py", options).expect("a new name");
    writer.write_all(b"x = 1").expect("memory takes it");
    writer.start_file("old.zip", options).expect("a new name");
    writer.write_all(&zip_of(&[("inner.py", b"x")])).expect("memory takes it");
    writer.start_file("plain.py", options).expect("a new name");
    writer.write_all(b"x = 1").expect("memory takes it");
    let mut zip = writer.finish().expect("memory takes it").into_inner();
    // Bit 0 of the flags says encrypted: at 6 in a local header, at 8 in the list of contents.
    for (magic, flags, name) in [(b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)] {
        let at = (0..zip.len() - 60)
            .find(|&at| zip[at..].starts_with(magic) && zip[at + name..].starts_with(b"secret.py"))
            .expect("the entry");
        zip[at + flags] |= 1;
    }
    let ingested = read(&zip);
    assert_eq!(paths(&ingested.tree), ["plain.py"]);
    let reasons: Vec<_> =
        ingested.skipped.iter().map(|skipped| (skipped.path.as_str(), &skipped.reason)).collect();
    assert_eq!(
        reasons,
        [
            ("link.py", &SkipReason::Link),
            ("old.zip", &SkipReason::NestedArchive),
            ("secret.py", &SkipReason::Encrypted),
        ]
    );
    assert_eq!(carried(&ingested), ["old.zip"], "the download of the whole tree takes it along");
}

#[test]
fn bombs_are_stopped_while_they_inflate() {
    let zeros = vec![0_u8; 4 << 20];
    let bomb = zip_of(&[("bomb.ini", &zeros), ("ok.py", b"x = 1\n")]);
    let ingested = read(&bomb);
    assert_eq!(paths(&ingested.tree), ["ok.py"]);
    assert_eq!(ingested.skipped[0].reason, SkipReason::TooCompressed { ratio: 200 });

    // The zip lies about the size: 1 byte.
    let mut lying = bomb;
    replace_bytes(&mut lying, &(4_u32 << 20).to_le_bytes(), &1_u32.to_le_bytes());
    let limits = Limits { file_bytes: 1000, ratio: 1_000_000, ..Limits::default() };
    let ingested = read_zip(&lying, &limits).expect("a zip");
    assert_eq!(paths(&ingested.tree), ["ok.py"]);
    assert!(matches!(ingested.skipped[0].reason, SkipReason::Unreadable(_)), "{:?}", ingested.skipped);
}

#[test]
fn a_file_that_packs_well_but_is_small_is_read() {
    let content = b"#".repeat(1 << 20);
    let ingested = read(&zip_of(&[("a.py", &content)]));
    assert_eq!(ingested.tree.get_str("a.py").map(<[u8]>::len), Some(1 << 20));
}

#[test]
fn too_many_entries_are_refused_before_they_are_listed() {
    let names: Vec<String> = (0..300).map(|n| format!("{n}.py")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    let limits = Limits { zip_entries: 299, ..Limits::default() };
    assert_eq!(read_zip(&zip_of(&files), &limits), Err(ArchiveError::TooManyEntries { limit: 299 }));
    let limits = Limits { zip_entries: 300, ..Limits::default() };
    assert_eq!(read_zip(&zip_of(&files), &limits).map(|ingested| ingested.tree.len()), Ok(300));
}

#[test]
fn the_wrapper_of_a_zip_is_no_part_of_paths_unless_its_name_means_something() {
    for (files, wrapper) in [
        (["panel-main/alembic.ini", "panel-main/migrations/env.py"].as_slice(), Some("panel-main")),
        (&["panel-main/README.md", "panel-main/a.py", "__MACOSX/panel-main/._a.py"], Some("panel-main")),
        (&["panel-main/node_modules/x.js", "panel-main/a.py"], Some("panel-main")),
        (&["a/alembic.ini", "b/alembic.ini"], None),
        (&["panel/a.py", "alembic.ini"], None),
        (&["panel/a.py", "README.md"], None),
        (&["panel/a.py", "node_modules/x.js"], None),
        (&["migrations/env.py", "migrations/versions/a.py"], None),
        (&["migrations/alembic.ini", "migrations/versions/a.py"], None),
        (&["versions/a.py", "versions/b.py"], None),
        (&["app/__init__.py", "app/models.py"], None),
    ] {
        let contents: Vec<(&str, &[u8])> = files.iter().map(|name| (*name, b"".as_slice())).collect();
        let ingested = read(&zip_of(&contents));
        assert_eq!(ingested.wrapper.as_deref(), wrapper, "{files:?}");
        let stripped = ingested.tree.iter().all(|(path, _)| !path.is_under("panel-main"));
        assert!(stripped, "{files:?}");
    }
}

#[test]
fn a_configuration_that_says_the_folder_s_name_keeps_it() {
    for (ini, wrapper) in [
        ("[alembic]\nscript_location = backend/alembic\n", None),
        ("[alembic]\nscript_location = backend:alembic\n", None),
        ("[alembic]\nversion_locations =\n  backend/a\n  backend/b\n", None),
        ("[alembic]\nscript_location = alembic\n# see backend/README\n", Some("backend")),
        ("[alembic]\nscript_location = mybackend/alembic\n", Some("backend")),
    ] {
        let ingested =
            read(&zip_of(&[("backend/alembic.ini", ini.as_bytes()), ("backend/alembic/env.py", b"")]));
        assert_eq!(ingested.wrapper.as_deref(), wrapper, "{ini}");
    }
}

#[test]
fn skipped_paths_lose_the_wrapper_too() {
    let ingested = read(&zip_of(&[("p/venv/a.py", b""), ("p/a.zip", b""), ("p/a.py", b""), ("p/b.md", b"")]));
    assert_eq!(
        ingested.skipped.iter().map(|skipped| skipped.path.as_str()).collect::<Vec<_>>(),
        ["a.zip", "venv"]
    );
    assert_eq!(carried(&ingested), ["a.zip", "b.md"]);
}

#[test]
fn a_virtual_environment_is_known_by_its_pyvenv_cfg() {
    let ingested = read(&zip_of(&[
        ("app.py", b""),
        ("env/bin/activate_this.py", b""),
        ("env/lib/site-packages/x.py", b""),
        ("env/pyvenv.cfg", b"home = /usr/bin\n"),
        ("alembic/env/mine.py", b""),
    ]));
    assert_eq!(paths(&ingested.tree), ["alembic/env/mine.py", "app.py"]);
    assert_eq!(
        skipped(&ingested),
        [("env", "this folder is never read: it is a virtual environment".to_owned())]
    );
}

#[test]
fn when_not_everything_fits_migrations_come_first() {
    let mut intake = Intake::new(Limits { files: 2, ..Limits::default() });
    for path in ["a.py", "b.py", "z/versions/x.py", "alembic.ini"] {
        intake.add(path, b"x".as_slice());
    }
    let ingested = intake.finish();
    assert_eq!(paths(&ingested.tree), ["alembic.ini", "z/versions/x.py"]);
    assert!(ingested.skipped.iter().all(|skipped| skipped.reason == SkipReason::TooManyFiles { limit: 2 }));
    assert_eq!(carried(&ingested), ["a.py", "b.py"]);
}

#[test]
fn what_is_not_wanted_need_not_be_read() {
    let mut intake = Intake::new(Limits { file_bytes: 100, ..Limits::default() });
    let wanted = [("a.py", 10), ("big.py", 101), ("a.md", 1), ("../x.py", 1), (".git/config", 1)]
        .map(|(path, size)| intake.wants(path, size));
    assert_eq!(wanted, [true, false, false, false, false]);
    let ingested = intake.finish();
    assert_eq!(
        skipped(&ingested).into_iter().map(|(path, _)| path).collect::<Vec<_>>(),
        ["../x.py", ".git", "big.py"]
    );
}

proptest! {
    #[test]
    fn no_path_of_a_tree_ever_climbs(text in "([a-c.]{0,3}[/\\\\:.]{0,3}){0,6}") {
        if let Ok(path) = TreePath::parse(&text) {
            prop_assert!(!path.as_str().starts_with('/') && !path.as_str().contains('\\'));
            prop_assert!(path.as_str().split('/').all(|name| !matches!(name, "" | "." | "..")));
            let again = TreePath::parse(path.as_str());
            prop_assert_eq!(again, Ok(path));
        }
    }

    #[test]
    fn the_order_of_adding_never_matters(
        files in prop::collection::vec(("(a/|versions/|venv/|\\./)?[ab](\\.py|\\.md|\\.ini)", 0_usize..40), 1..12)
            .prop_flat_map(|files| (Just(files.clone()), Just(files).prop_shuffle())),
        max_files in 1_usize..8,
        total_bytes in 1_u64..120,
    ) {
        let (given, shuffled) = files;
        let limits = Limits { files: max_files, total_bytes, file_bytes: 35, ..Limits::default() };
        let take = |files: &[(String, usize)]| {
            let mut intake = Intake::new(limits);
            for (path, size) in files {
                if intake.wants(path, *size as u64) {
                    intake.add(path, vec![b'x'; *size]);
                }
            }
            intake.finish()
        };
        let ingested = take(&given);
        prop_assert_eq!(&ingested, &take(&shuffled));
        prop_assert!(ingested.tree.len() <= max_files);
        prop_assert!(ingested.tree.iter().map(|(_, bytes)| bytes.len() as u64).sum::<u64>() <= total_bytes);
    }

    #[test]
    fn damaged_zips_never_panic(position in 0_usize..400, value in any::<u8>(), length in 0_usize..400) {
        let mut zip = zip_of(&[("panel/a.py", b"revision = 'a'\n"), ("panel/b/c.py", b"revision = 'b'\n")]);
        let at = position % zip.len();
        zip[at] = value;
        let end = if length == 0 { zip.len() } else { length.min(zip.len()) };
        if let Ok(ingested) = read_zip(&zip[..end], &Limits::default()) {
            for (path, _) in ingested.tree.iter() {
                prop_assert!(path.as_str().split('/').all(|name| !matches!(name, "" | "." | "..")));
            }
        }
    }
}
