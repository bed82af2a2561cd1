//! Hostile and broken input, given to the real program: a clear message, the right exit code, nothing written.

mod judge;

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::Path;

use judge::{copy, git, printed, rechain, repository, write_file};
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const INI: &[u8] = b"[alembic]\nscript_location = migrations\n";
const ENV_PY: &[u8] =
    b"from alembic import context\nfrom app import db\n\ncontext.configure(target_metadata=db.metadata)\n";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

/// A sound project of one migration.
fn project() -> tempfile::TempDir {
    let dir = folder();
    write_file(&dir.path().join("alembic.ini"), INI);
    write_file(&dir.path().join("migrations/env.py"), ENV_PY);
    migration(dir.path(), "a.py", "a", "None");
    dir
}

fn migration(project: &Path, file: &str, id: &str, parent: &str) {
    let text = format!(
        "\"\"\"m\n\nRevises: {}\n\"\"\"\nrevision = '{id}'\ndown_revision = {parent}\ndef upgrade():\n    pass\n",
        parent.replace("None", "").replace('\'', "")
    );
    write_file(&project.join("migrations/versions").join(file), text.as_bytes());
}

/// A copy of the sample, which has an unsafe chain and a safe merge on offer.
fn panel() -> tempfile::TempDir {
    let dir = folder();
    copy(&repository("samples/panel"), dir.path());
    dir
}

#[test]
#[cfg(unix)]
fn the_commands_that_are_shown_do_what_they_say_where_they_are_pasted() {
    let dir = folder();
    let project = dir.path().join("it's a project");
    copy(&repository("samples/panel"), &project);
    let shown = printed(&rechain(dir.path(), &["check", "it's a project"]));
    let command = |what: &str| {
        let line = shown.lines().find_map(|line| line.trim().strip_prefix(what));
        line.unwrap_or_else(|| panic!("{shown}")).trim().to_owned()
    };
    let program = Path::new(env!("CARGO_BIN_EXE_rechain")).parent().expect("it is in a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("there is one"));
    let paste = |command: &str| {
        let mut shell = std::process::Command::new("sh");
        let shell = shell.args(["-c", command]).current_dir(dir.path()).env("PATH", &path);
        printed(&shell.output().expect("there is a shell"))
    };
    let diff = paste(&command("look"));
    assert!(diff.starts_with("diff --git a/migrations/versions/"), "{diff}");
    let applied = paste(&command("apply"));
    assert!(applied.contains("added migrations/versions/") && applied.contains("one head"), "{applied}");
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in files {
        writer.start_file(*name, options).expect("a new name");
        writer.write_all(content).expect("memory takes it");
    }
    writer.finish().expect("memory takes it").into_inner()
}

/// The project of one migration as a zip, with one more file.
fn project_zip(name: &str, content: &[u8]) -> Vec<u8> {
    let migration = b"revision = 'a'\ndown_revision = None\ndef upgrade():\n    pass\n";
    zip_of(&[
        ("alembic.ini", INI),
        ("migrations/env.py", ENV_PY),
        ("migrations/versions/a.py", migration),
        (name, content),
    ])
}

/// Says of one entry that it is encrypted, in both places where a zip does.
fn encrypted(mut zip: Vec<u8>, entry: &str) -> Vec<u8> {
    for (magic, flags, name) in [(b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)] {
        let at = (0..zip.len() - name)
            .find(|&at| zip[at..].starts_with(magic) && zip[at + name..].starts_with(entry.as_bytes()))
            .expect("the entry is there");
        zip[at + flags] |= 1;
    }
    zip
}

fn with_link() -> Vec<u8> {
    let mut writer = ZipWriter::new_append(Cursor::new(project_zip("b.txt", b""))).expect("a zip");
    writer
        .add_symlink("migrations/versions/b.py", "/srv/b.py", SimpleFileOptions::default())
        .expect("a new name");
    writer.finish().expect("memory takes it").into_inner()
}

/// The same without what is kept to undo a repair.
fn project_files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = snapshot(dir);
    files.retain(|path, _| !path.contains("/.rechain/"));
    files
}

/// Every file below a folder, to see that nothing was written.
fn snapshot(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(&at).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.insert(path.display().to_string(), std::fs::read(&path).unwrap_or_default());
            }
        }
    }
    files
}

fn json(folder: &Path, path: &str) -> Value {
    let output = rechain(folder, &["check", path, "--output-format", "json"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", printed(&output)))
}

#[test]
fn every_bad_zip_has_its_exit_code_and_a_sentence_that_names_the_trouble() {
    let good = project_zip("notes.txt", b"hello");
    let inner = project_zip(
        "migrations/versions/z.py",
        b"revision = 'z'\ndown_revision = None\ndef upgrade():\n    pass\n",
    );
    let bomb = vec![b'#'; 40 << 20];
    let mut damaged = good.clone();
    let at =
        (0..damaged.len()).find(|&at| damaged[at..].starts_with(b"migrations/versions/a.py")).expect("there");
    damaged[at + 26] ^= 0xff;
    for (what, bytes, code, sentences) in [
        ("sound", good.clone(), 0, ["1 revision in", ""]),
        ("nothing at all", Vec::new(), 2, ["neither a folder nor a zip", ""]),
        ("text", b"hello, world".to_vec(), 2, ["neither a folder nor a zip", ""]),
        ("cut off", good[..good.len() - 30].to_vec(), 2, ["damaged or cut off", ""]),
        ("damaged inside", damaged, 2, ["a.py was not read: Invalid checksum", "not decided"]),
        (
            "encrypted",
            encrypted(good, "migrations/versions/a.py"),
            2,
            ["the entry is encrypted", "not decided"],
        ),
        (
            "a bomb",
            project_zip("migrations/versions/b.py", &bomb),
            2,
            ["larger than the limit of", "not decided"],
        ),
        (
            "a small bomb",
            project_zip("migrations/versions/b.py", &bomb[..3 << 19]),
            2,
            ["more than 200 times its size", "not decided"],
        ),
        (
            "nested",
            project_zip("old.zip", &inner),
            0,
            ["archives inside archives are not opened", "1 revision in"],
        ),
        (
            "climbing",
            project_zip("../../migrations/versions/b.py", b"revision = 'b'"),
            0,
            ["leaves the folder", "1 revision in"],
        ),
        (
            "absolute",
            project_zip("/migrations/versions/b.py", b"revision = 'b'"),
            0,
            ["the path is absolute", "1 revision in"],
        ),
        (
            "another system's absolute",
            project_zip("C:\\versions\\b.py", b"revision = 'b'"),
            0,
            ["the path is absolute", "1 revision in"],
        ),
        ("with a link", with_link(), 0, ["this symbolic link leads to nothing", "not decided"]),
    ] {
        let dir = folder();
        write_file(&dir.path().join("in/x.zip"), &bytes);
        let before = snapshot(dir.path());
        let output = rechain(&dir.path().join("in"), &["check", "x.zip"]);
        let said = printed(&output);
        assert_eq!(output.status.code(), Some(code), "{what}: {said}");
        assert!(sentences.iter().all(|sentence| said.contains(sentence)), "{what}: {said}");
        let is_read = said.contains("revision in") || said.contains("unread-migration");
        assert_eq!(!is_read, output.stdout.is_empty(), "{what}: what cannot run prints no report: {said}");
        assert!(snapshot(dir.path()) == before, "{what}: something was written");
    }
}

#[test]
fn every_odd_folder_has_its_exit_code_and_a_sentence_that_names_the_trouble() {
    let big = [
        b"revision = 'b'\ndown_revision = 'a'\ndef upgrade():\n    pass\n".as_slice(),
        &vec![b'#'; 50_000_000],
    ]
    .concat();
    let no_text: &[u8] =
        b"revision = 'b'\ndown_revision = 'a'\ndef upgrade():\n    pass\nname = '\xff\xfe\xe9'\n";
    let utf_16: Vec<u8> =
        "revision = 'b'\ndown_revision = 'a'\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (what, files, code, sentences) in [
        ("empty", vec![], 2, ["No migrations were found", "Nothing here looks like an Alembic environment"]),
        ("no migrations", vec![("app.py", b"x = 1\n".as_slice())], 2, ["No migrations were found", ""]),
        (
            "only a configuration",
            vec![("alembic.ini", INI)],
            1,
            ["unreadable-configuration", "script_location `migrations` is not there"],
        ),
        (
            "50 MB",
            vec![("migrations/versions/b.py", &big)],
            2,
            ["50000059 bytes: larger than the limit", "not decided"],
        ),
        ("no UTF-8", vec![("migrations/versions/b.py", no_text)], 1, ["syntax-error", ""]),
        ("UTF-16", vec![("migrations/versions/b.py", &utf_16)], 1, ["migrations/versions/b.py", ""]),
        ("an empty file", vec![("migrations/versions/empty.py", b"")], 1, ["not-a-migration", ""]),
        (
            "NUL",
            vec![("migrations/versions/b.py", b"revision = 'b\0'\ndown_revision = 'a'\n")],
            1,
            ["error", ""],
        ),
    ] {
        let dir = if what.starts_with("empty") || what.contains("only") || what.contains("no mig") {
            folder()
        } else {
            project()
        };
        for (path, bytes) in &files {
            write_file(&dir.path().join(path), bytes);
        }
        let output = rechain(dir.path(), &["check"]);
        let said = printed(&output);
        assert_eq!(output.status.code(), Some(code), "{what}: {said}");
        assert!(sentences.iter().all(|sentence| said.contains(sentence)), "{what}: {said}");
    }
}

#[test]
fn what_cannot_be_read_at_all_exits_with_2() {
    let dir = folder();
    for arguments in [["check", "no-such-folder"], ["report", "no-such-folder"], ["graph", "no-such-folder"]]
    {
        let output = rechain(dir.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{}", printed(&output));
        assert!(
            output.stdout.is_empty() && printed(&output).contains("no-such-folder"),
            "{}",
            printed(&output)
        );
    }
}

#[test]
#[cfg(unix)]
fn a_migration_that_may_not_be_read_makes_the_chain_unknown() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = project();
    migration(dir.path(), "b.py", "b", "'a'");
    let path = dir.path().join("migrations/versions/b.py");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).expect("own file");
    if std::fs::read(&path).is_ok() {
        // Whoever runs as root may read everything.
        return;
    }
    let report = json(dir.path(), ".");
    assert_eq!(report["verdict"], "unknown", "{report}");
    assert_eq!(report["skipped"][0]["path"], "migrations/versions/b.py");
}

#[test]
fn exit_codes_follow_the_severity_asked_for() {
    let clean = project();
    let warned = project();
    migration(warned.path(), "b.py", "b", "'a'  # Revises");
    let text = std::fs::read_to_string(warned.path().join("migrations/versions/b.py")).expect("written");
    write_file(
        &warned.path().join("migrations/versions/b.py"),
        text.replace("Revises: a", "Revises: x").as_bytes(),
    );
    let broken = panel();
    for (dir, severity, code) in [
        (&clean, "info", 0),
        (&warned, "error", 0),
        (&warned, "warning", 1),
        (&warned, "info", 1),
        (&broken, "error", 1),
    ] {
        let output = rechain(dir.path(), &["check", "--severity", severity]);
        assert_eq!(output.status.code(), Some(code), "{severity}: {}", printed(&output));
    }
    for arguments in [
        ["check", "--no-such-flag"],
        ["check", "--severity=fatal"],
        ["check", "--plan=nonsense"],
        ["check", "--output-format=yaml"],
        ["check", "--unsafe-fixes"],
        ["explain", "no-such-rule"],
    ] {
        let output = rechain(broken.path(), &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", printed(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn what_is_not_built_is_refused_and_nothing_is_ever_printed_empty() {
    let dir = panel();
    let before = snapshot(dir.path());
    let later: &[&[&str]] = &[
        &["check", "--output-format", "sarif"],
        &["check", "--output-format", "github"],
        &["check", "--output-format", "gitlab"],
        &["check", "--output-format", "junit"],
        &["check", "--stamped", "2ca607eff9c8"],
        &["check", "--dialect", "postgresql"],
        &["replay"],
        &["graph", "--output-format", "text"],
        &["graph", "--output-format", "mermaid"],
        &["graph", "--output-format", "dot"],
    ];
    for arguments in later {
        let output = rechain(dir.path(), arguments);
        let said = printed(&output);
        if output.status.code() == Some(2) {
            assert!(
                output.stdout.is_empty()
                    && (said.contains("invalid value") || said.contains("unexpected argument")),
                "{arguments:?}: {said}"
            );
        } else {
            assert!(!output.stdout.is_empty() && !said.contains("invalid value"), "{arguments:?}: {said}");
        }
    }
    assert!(snapshot(dir.path()) == before);
}

#[test]
fn nothing_is_ever_written_without_fix() {
    let dir = panel();
    let before = snapshot(dir.path());
    for arguments in [
        &["check"][..],
        &["check", "--diff"],
        &["check", "--diff", "--plan", "merge"],
        &["check", "--output-format", "json"],
        &["check", "--output-format", "html"],
        &["check", "--output-format", "markdown"],
        &["graph"],
        &["rules"],
    ] {
        let output = rechain(dir.path(), arguments);
        assert_ne!(output.status.code(), Some(2), "{arguments:?}: {}", printed(&output));
        assert!(snapshot(dir.path()) == before, "{arguments:?}");
    }
}

#[test]
fn a_refused_fix_writes_nothing_and_says_why() {
    let dir = panel();
    let before = snapshot(dir.path());
    let output = rechain(dir.path(), &["check", "--fix", "--plan", "chain"]);
    assert_eq!(output.status.code(), Some(2), "{}", printed(&output));
    assert!(printed(&output).contains("--fix --plan merge"), "{}", printed(&output));
    assert!(printed(&output).contains("--unsafe-fixes") && output.stdout.is_empty(), "{}", printed(&output));
    assert!(snapshot(dir.path()) == before);

    let zipped = folder();
    let files: Vec<(String, Vec<u8>)> = before
        .iter()
        .map(|(path, bytes)| {
            let below =
                Path::new(path).strip_prefix(dir.path()).expect("below").to_string_lossy().replace('\\', "/");
            (below, bytes.clone())
        })
        .collect();
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    write_file(&zipped.path().join("panel.zip"), &zip_of(&files));
    let before = snapshot(zipped.path());
    let output = rechain(zipped.path(), &["check", "panel.zip", "--fix", "--unsafe-fixes"]);
    assert_eq!(output.status.code(), Some(2), "{}", printed(&output));
    assert!(printed(&output).contains("a zip is not changed in place"), "{}", printed(&output));
    assert!(snapshot(zipped.path()) == before);

    let output = rechain(zipped.path(), &["check", "panel.zip", "--diff"]);
    assert_eq!(output.status.code(), Some(1), "the diff of a zip is on offer: {}", printed(&output));
}

#[test]
fn a_parent_that_is_missing_is_not_dropped_unless_that_is_asked_for() {
    for parents in ["('a', 'gone_away')", "'gone_away'", "('a', 'b')"] {
        let dir = project();
        migration(dir.path(), "b_x.py", "b", parents);
        let before = snapshot(dir.path());
        let output = rechain(dir.path(), &["check", "--fix"]);
        assert_eq!(output.status.code(), Some(2), "{parents}: {}", printed(&output));
        assert!(snapshot(dir.path()) == before, "{parents}");
    }
    // What is only written short is written in full without asking.
    let dir = project();
    migration(dir.path(), "b_x.py", "bbbb_long_id", "'a'");
    migration(dir.path(), "c_x.py", "c", "'bbbb_l'");
    let output = rechain(dir.path(), &["check", "--fix"]);
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    let text = std::fs::read_to_string(dir.path().join("migrations/versions/c_x.py")).expect("it is there");
    assert!(
        text.contains("down_revision = 'bbbb_long_id'") && text.contains("Revises: bbbb_long_id"),
        "{text}"
    );
}

#[test]
fn a_sound_chain_has_nothing_to_fix() {
    let dir = project();
    let before = snapshot(dir.path());
    let output = rechain(dir.path(), &["check", "--fix"]);
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    assert!(snapshot(dir.path()) == before);
}

#[test]
#[cfg(unix)]
fn nothing_is_written_through_a_link() {
    let outside = folder();
    let dir = panel();
    let versions = dir.path().join("migrations/versions");
    let moved = outside.path().join("versions");
    copy(&versions, &moved);
    std::fs::remove_dir_all(&versions).expect("own folder");
    std::os::unix::fs::symlink(&moved, &versions).expect("a link can be made");
    let before = (snapshot(dir.path()), snapshot(outside.path()));
    let output = rechain(dir.path(), &["check", "--fix", "--unsafe-fixes"]);
    assert!((snapshot(dir.path()), snapshot(outside.path())) == before, "{}", printed(&output));
    assert!(printed(&output).contains("this symbolic link leads to nothing"), "{}", printed(&output));
}

#[test]
fn the_merge_is_not_written_over_a_file_that_came_in_between() {
    let dir = panel();
    let diff = rechain(dir.path(), &["check", "--diff", "--plan", "merge"]);
    let diff = String::from_utf8(diff.stdout).expect("the sample is text");
    let path = diff.lines().find_map(|line| line.strip_prefix("+++ b/")).expect("a file is added");
    // A folder of that name is no file that an audit reads.
    std::fs::create_dir_all(dir.path().join(path)).expect("it can be made");
    let before = snapshot(dir.path());
    let output = rechain(dir.path(), &["check", "--fix", "--plan", "merge"]);
    assert_eq!(output.status.code(), Some(2), "{}", printed(&output));
    assert!(printed(&output).contains("is already there"), "{}", printed(&output));
    assert!(snapshot(dir.path()) == before);
}

#[test]
fn a_stale_copy_is_removed_and_nothing_else_is_touched() {
    let dir = panel();
    let versions = dir.path().join("migrations/versions");
    for entry in std::fs::read_dir(&versions).expect("it is there") {
        std::fs::remove_file(entry.expect("readable").path()).expect("own file");
    }
    let text = "revision = 'a'\ndown_revision = None\n\n\ndef upgrade():\n    print(1)\n";
    for name in ["a.py", "a copy.py"] {
        write_file(&versions.join(name), text.as_bytes());
    }
    let before = snapshot(dir.path());
    let told = rechain(dir.path(), &["check", "--fix", "--plan", "duplicate-other-way"]);
    assert_eq!(told.status.code(), Some(2), "{}", printed(&told));
    assert!(snapshot(dir.path()) == before);
    let diff = rechain(dir.path(), &["check", "--diff", "--plan", "duplicate"]);
    assert!(printed(&diff).contains("+++ /dev/null"), "{}", printed(&diff));
    let output = rechain(dir.path(), &["check", "--fix", "--plan", "duplicate"]);
    assert!(printed(&output).contains("removed migrations/versions/a copy.py"), "{}", printed(&output));
    let mut left = before;
    left.remove(&versions.join("a copy.py").display().to_string()).expect("it was there");
    assert!(project_files(dir.path()) == left);
}

#[test]
fn a_repair_is_undone_to_the_byte_and_leaves_nothing_to_commit() {
    for plan in ["chain", "merge"] {
        let dir = panel();
        let before = snapshot(dir.path());
        assert!(git(dir.path(), &["init", "-q"], b"").status.success());
        assert!(git(dir.path(), &["add", "-A"], b"").status.success());
        let nothing = rechain(dir.path(), &["undo"]);
        assert_eq!(nothing.status.code(), Some(2), "{}", printed(&nothing));
        assert!(printed(&nothing).contains("there is no repair to undo"), "{}", printed(&nothing));
        let fixed = rechain(dir.path(), &["check", "--fix", "--unsafe-fixes", "--plan", plan]);
        assert!(printed(&fixed).contains("`rechain undo` takes it back"), "{}", printed(&fixed));
        let status = git(dir.path(), &["status", "--porcelain"], b"");
        assert!(!printed(&status).contains(".rechain"), "{}", printed(&status));
        let undone = rechain(dir.path(), &["undo"]);
        assert_eq!(undone.status.code(), Some(0), "{}", printed(&undone));
        std::fs::remove_dir_all(dir.path().join(".git")).expect("own folder");
        assert!(snapshot(dir.path()) == before, "{plan}");
    }
}

#[test]
fn what_was_edited_since_a_repair_is_named_and_not_undone() {
    let dir = panel();
    let fixed = rechain(dir.path(), &["check", "--fix", "--unsafe-fixes", "--plan", "chain"]);
    assert_ne!(fixed.status.code(), Some(2), "{}", printed(&fixed));
    write_file(&dir.path().join("migrations/versions/oauth_fields.py"), b"revision = 'mine'\n");
    let edited = snapshot(dir.path());
    let refused = rechain(dir.path(), &["undo"]);
    assert_eq!(refused.status.code(), Some(2), "{}", printed(&refused));
    assert!(
        printed(&refused).contains("migrations/versions/oauth_fields.py is not as the repair left it"),
        "{}",
        printed(&refused)
    );
    assert!(snapshot(dir.path()) == edited);
}

#[test]
fn fix_writes_what_the_diff_shows_and_keeps_permissions() {
    for plan in ["chain", "merge"] {
        let (by_git, by_fix) = (panel(), panel());
        let diff = rechain(by_git.path(), &["check", "--diff", "--plan", plan]);
        assert_eq!(diff.status.code(), Some(1), "{}", printed(&diff));
        assert!(diff.stderr.is_empty() && diff.stdout.starts_with(b"diff --git "), "{}", printed(&diff));
        let applied = git(by_git.path(), &["apply", "-"], &diff.stdout);
        assert!(applied.status.success(), "{}", printed(&applied));
        #[cfg(unix)]
        let script = {
            use std::os::unix::fs::PermissionsExt as _;
            let script = by_fix.path().join("migrations/versions/oauth_fields.py");
            std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o640)).expect("own file");
            script
        };
        let fixed = rechain(by_fix.path(), &["check", "--fix", "--unsafe-fixes", "--plan", plan]);
        assert_ne!(fixed.status.code(), Some(2), "{}", printed(&fixed));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(script).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o640);
        }
        let names = |dir: &Path| -> Vec<(String, Vec<u8>)> {
            project_files(dir)
                .into_iter()
                .map(|(path, bytes)| (path.replace(&dir.display().to_string(), ""), bytes))
                .collect()
        };
        assert!(names(by_git.path()) == names(by_fix.path()), "{plan}");
    }
}

#[test]
fn a_diff_of_a_sound_chain_is_empty_and_says_so_on_standard_error() {
    let dir = project();
    let output = rechain(dir.path(), &["check", "--diff"]);
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
    assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{}", printed(&output));
}

/// Text that must stay text.
const HOSTILE: &str = "<script>alert(1)</script> </title><img src=x onerror=alert(2)> &lt; ]]> ``` | \u{1b}[31mred\u{1b}]0;t\u{7} \u{202e}drow \u{8}";

/// A broken project in which names, docstrings and ids are hostile.
fn hostile_project() -> tempfile::TempDir {
    let dir = project();
    let text = |id: &str, parent: &str| {
        format!(
            "\"\"\"{HOSTILE}\n\nRevises: {HOSTILE}\n\"\"\"\nrevision = '{id}'\ndown_revision = {parent}\nlabel = '{HOSTILE}'\ndef upgrade():\n    pass\n"
        )
    };
    let versions = dir.path().join("migrations/versions");
    write_file(
        &versions.join("b <img src=x onerror=alert(3)>.py"),
        text("b<script>alert(4)<\\x2fscript>", "'a'").as_bytes(),
    );
    write_file(&versions.join("c.py"), text("c\\x1b[31m", "'gone <b>&amp;</b>'").as_bytes());
    write_file(&versions.join("d.py"), format!("# {HOSTILE}\n").as_bytes());
    #[cfg(unix)]
    write_file(&versions.join("e\u{1b}[31m\u{7}.py"), text("e", "'a'").as_bytes());
    dir
}

/// What would command a terminal or turn a text around.
fn unseen(text: &str) -> Vec<char> {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|&c| c.is_control() && c != '\n' && c != '\t' || turns(c)).collect()
}

#[test]
fn what_alembic_would_print_commands_no_terminal() {
    let dir = project();
    let text = format!(
        "\"\"\"{HOSTILE}\n\nCreate Date: {HOSTILE}\n\"\"\"\nrevision = 'z'\ndown_revision = 'a'\nbranch_labels = 'l'\n"
    );
    write_file(&dir.path().join("migrations/versions/z.py"), text.as_bytes());
    for arguments in [
        &["heads", "--verbose"][..],
        &["history"],
        &["history", "--verbose"],
        &["show", "head"],
        &["show", "\u{1b}[31m"],
    ] {
        let output = rechain(dir.path(), arguments);
        let text = printed(&output);
        assert!(text.contains("x1b[31m"), "{arguments:?}: {text}");
        assert_eq!(unseen(&text), Vec::<char>::new(), "{arguments:?}");
    }
}

#[test]
fn hostile_names_and_docstrings_stay_text_in_every_format() {
    let dir = hostile_project();
    for (format, may_hold_markup) in [("text", true), ("json", true), ("markdown", false), ("html", false)] {
        let output = rechain(dir.path(), &["check", "--output-format", format]);
        assert_eq!(output.status.code(), Some(1), "{format}: {}", printed(&output));
        let text = String::from_utf8(output.stdout).expect("the report is UTF-8");
        assert_eq!(unseen(&text), Vec::<char>::new(), "{format}");
        if may_hold_markup {
            continue;
        }
        for live in ["<script>alert", "<img src=x", "</title><img"] {
            assert!(!outside_code(&text, format).contains(live), "{format}: {live}");
        }
    }
    for side in [&["graph"][..], &["graph", "--plan", "chain"]] {
        let output = rechain(dir.path(), side);
        if output.status.success() {
            let svg = String::from_utf8(output.stdout).expect("UTF-8");
            assert!(!svg.contains("<script>alert") && !svg.contains("<img"), "{svg}");
            roxmltree::Document::parse(&svg).expect("it is well-formed");
        }
    }
}

/// In Markdown, what stands in a fenced block or between backticks is shown as it is.
fn outside_code(text: &str, format: &str) -> String {
    if format != "markdown" {
        return text.to_owned();
    }
    let mut outside = String::new();
    let mut fence: Option<String> = None;
    for line in text.lines() {
        let ticks: String = line.trim_start().chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if ticks.len() >= open.len() && line.trim() == ticks => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                outside.push_str(&without_spans(line));
                outside.push('\n');
            }
        }
    }
    outside
}

/// A line without its code spans, by `CommonMark`'s rule: a run of backticks closes at the next run of the same length.
fn without_spans(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        out.push_str(&rest[..at]);
        let n_ticks = rest[at..].chars().take_while(|c| *c == '`').count();
        let after = &rest[at + n_ticks..];
        let ticks = "`".repeat(n_ticks);
        let mut from = 0;
        let end = loop {
            let Some(found) = after[from..].find(&ticks).map(|found| from + found) else { break None };
            let length = after[found..].chars().take_while(|c| *c == '`').count();
            if length == n_ticks {
                break Some(found + n_ticks);
            }
            from = found + length;
        };
        match end {
            Some(end) => rest = &after[end..],
            None => {
                out.push_str(&rest[at..at + n_ticks]);
                rest = after;
            }
        }
    }
    out + rest
}

#[test]
fn two_runs_give_the_same_bytes() {
    let (hostile, panel) = (hostile_project(), panel());
    for dir in [hostile.path(), panel.path()] {
        for format in ["text", "json", "markdown", "html"] {
            let run = || rechain(dir, &["check", "--output-format", format]).stdout;
            assert!(run() == run(), "{format}");
        }
        assert!(rechain(dir, &["check", "--diff"]).stdout == rechain(dir, &["check", "--diff"]).stdout);
    }
}

#[test]
fn a_folder_and_its_zip_give_the_same_json() {
    let dir = panel();
    let files: Vec<(String, Vec<u8>)> = snapshot(dir.path())
        .into_iter()
        .map(|(path, bytes)| {
            let below = Path::new(&path)
                .strip_prefix(dir.path())
                .expect("below")
                .to_string_lossy()
                .replace('\\', "/");
            (format!("panel-main/{below}"), bytes)
        })
        .collect();
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let zipped = folder();
    write_file(&zipped.path().join("p.zip"), &zip_of(&files));
    assert_eq!(json(dir.path(), "."), json(zipped.path(), "p.zip"));
}

/// What the JSON promises: a name and its type, a name of an inner object, or of a list of objects.
enum Shape {
    Text,
    TextOrNull,
    Number,
    NumberOrNull,
    Bool,
    Texts,
    TextsOrNull,
    /// `null` until something computes it.
    Later,
    One(&'static [(&'static str, Self)]),
    OneOrNull(&'static [(&'static str, Self)]),
    Many(&'static [(&'static str, Self)]),
    ManyOrNull(&'static [(&'static str, Self)]),
    /// One of these words.
    Word(&'static [&'static str]),
    WordOrNull(&'static [&'static str]),
}

use Shape::{
    Bool, Later, Many, ManyOrNull, Number, NumberOrNull, One, OneOrNull, Text, TextOrNull, Texts,
    TextsOrNull, Word, WordOrNull,
};

const REVISION: &[(&str, Shape)] = &[
    ("revision", Text),
    ("path", Text),
    ("down_revision", Texts),
    ("depends_on", Texts),
    ("branch_labels", Texts),
    ("message", Text),
    ("create_date", TextOrNull),
    ("is_base", Bool),
    ("is_head", Bool),
    ("is_branch_point", Bool),
    ("is_merge_point", Bool),
];

const STATE: &[(&str, Shape)] = &[
    ("stamped", Texts),
    ("count", Number),
    ("at_or_above", Texts),
    ("outcome", WordOrNull(&["runs", "skips", "overlaps", "cannot-locate", "stops"])),
    ("downgrade", WordOrNull(&["ambiguous"])),
    ("runs", Texts),
    ("skips", Texts),
];

const MATRIX: &[(&str, Shape)] = &[
    ("stamped", Texts),
    ("count", Number),
    ("at_or_above", Texts),
    (
        "fares",
        Many(&[
            ("plan", Text),
            ("outcome", WordOrNull(&["runs", "skips", "repeats", "overlaps", "cannot-locate", "stops"])),
        ]),
    ),
];

const PLAN: &[(&str, Shape)] = &[
    ("name", Text),
    ("proved", Bool),
    ("resolves", Texts),
    ("leaves", Texts),
    ("bases", Texts),
    ("heads", Texts),
    ("order", Texts),
    ("files_rewritten", Texts),
    ("files_added", Texts),
    ("applicability", Word(&["safe", "unsafe"])),
    ("states", ManyOrNull(STATE)),
    ("stamped", Many(STATE)),
];

const ENVIRONMENT: &[(&str, Shape)] = &[
    ("config", TextOrNull),
    ("section", TextOrNull),
    ("script_location", Text),
    ("version_locations", Texts),
    ("env_py", TextOrNull),
    ("live", Bool),
    ("revisions", Many(REVISION)),
    ("bases", Texts),
    ("heads", Texts),
    ("branch_points", Texts),
    ("merge_points", Texts),
    ("upgrade_order", TextsOrNull),
    ("alembic_error", OneOrNull(&[("class", Text), ("message", Text)])),
    ("alembic_warnings", Texts),
    ("unknown", Many(&[("path", Text), ("line", Number), ("what", Text)])),
    ("replay", Later),
    ("recommended", WordOrNull(&["chain", "merge"])),
    ("matrix", Many(MATRIX)),
    ("plans", Many(PLAN)),
];

const FINDING: &[(&str, Shape)] = &[
    ("rule", Text),
    ("severity", Word(&["error", "warning", "info"])),
    ("confidence", Word(&["certain", "likely"])),
    ("message", Text),
    ("environment", NumberOrNull),
    ("path", TextOrNull),
    ("line", NumberOrNull),
    ("column", NumberOrNull),
    ("end_line", NumberOrNull),
    ("end_column", NumberOrNull),
    ("revisions", Texts),
    (
        "fix",
        OneOrNull(&[
            ("title", Text),
            ("applicability", Word(&["safe", "unsafe", "display-only"])),
            ("plans", Texts),
        ]),
    ),
];

const REPORT: &[(&str, Shape)] = &[
    ("schema_version", Number),
    ("tool", One(&[("name", Text), ("version", Text)])),
    ("verdict", Word(&["broken", "warnings", "clean", "unknown"])),
    ("environments", Many(ENVIRONMENT)),
    ("findings", Many(FINDING)),
    (
        "checklist",
        Many(&[
            (
                "item",
                Word(&[
                    "single-root",
                    "valid-parents",
                    "current-runs",
                    "history-linear",
                    "upgrade-from-empty",
                    "downgrade",
                    "autogenerate",
                ]),
            ),
            ("status", Word(&["pass", "fail", "unknown"])),
            ("detail", Text),
        ]),
    ),
    ("skipped", Many(&[("path", Text), ("reason", Text)])),
];

fn fits(value: &Value, shape: &Shape, at: &str) {
    let texts = || value.as_array().is_some_and(|values| values.iter().all(Value::is_string));
    let right = match shape {
        Text => value.is_string(),
        TextOrNull => value.is_string() || value.is_null(),
        Number => value.is_u64(),
        NumberOrNull => value.is_u64() || value.is_null(),
        Bool => value.is_boolean(),
        Texts => texts(),
        TextsOrNull => texts() || value.is_null(),
        Later => value.is_null() || value.is_object() || value.is_array(),
        OneOrNull(_) | ManyOrNull(_) | WordOrNull(_) if value.is_null() => true,
        Word(words) | WordOrNull(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        One(fields) | OneOrNull(fields) => {
            for (name, shape) in *fields {
                let inner = value.get(name).unwrap_or_else(|| panic!("{at} has no {name}: {value}"));
                fits(inner, shape, &format!("{at}.{name}"));
            }
            value.is_object()
        }
        Many(fields) | ManyOrNull(fields) => {
            for (index, inner) in value.as_array().into_iter().flatten().enumerate() {
                for (name, shape) in *fields {
                    let at = format!("{at}[{index}].{name}");
                    fits(inner.get(name).unwrap_or_else(|| panic!("{at} is not there: {inner}")), shape, &at);
                }
            }
            value.is_array()
        }
    };
    assert!(right, "{at} is {value}");
}

#[test]
fn the_json_has_every_promised_field_with_its_type() {
    let (panel, hostile, sound, empty) = (panel(), hostile_project(), project(), folder());
    for dir in [&panel, &hostile, &sound, &empty] {
        let report = json(dir.path(), ".");
        fits(&report, &One(REPORT), "report");
        assert_eq!(report["schema_version"], 1);
        assert_eq!(report["tool"]["name"], "rechain");
        assert_eq!(report["checklist"].as_array().map(Vec::len), Some(7));
        for environment in report["environments"].as_array().into_iter().flatten() {
            for list in ["bases", "heads", "branch_points", "merge_points"] {
                let ids: Vec<_> =
                    environment[list].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                assert!(ids.is_sorted_by(|a, b| a < b), "{list} is sorted and has each once: {ids:?}");
            }
        }
    }
    assert_eq!(json(panel.path(), ".")["verdict"], "broken");
    assert_eq!(json(sound.path(), ".")["verdict"], "clean");
    assert_eq!(json(empty.path(), ".")["verdict"], "unknown");
}

#[test]
fn passwords_are_shown_nowhere() {
    const SECRET: &str = "hunter2secret";
    let mut n_hidden = 0;
    let url = format!("postgresql://panel:{SECRET}@db.example.org/panel");
    let planted = |revision: &str, parent: &str, rest: &str, body: &str| {
        format!(
            "\"\"\"reads {url}\n\nRevision ID: {revision}\nRevises: {url}\nCreate Date: {url}\n\"\"\"\nfrom alembic import op\n\
             import sqlalchemy as sa\nrevision = '{revision}'\ndown_revision = {parent}\n{rest}\n\
             def upgrade():\n    {body}\ndef downgrade():\n    raise ValueError('{url}')\n"
        )
    };
    let table = format!(
        "op.create_table('{url}', sa.Column('{url}', sa.Enum('{url}', name='{url}'), server_default='{url}'))"
    );
    // What a chain that Alembic loads says, and what a broken one says.
    let sound = [
        planted("a1", "None", "", &table),
        planted("a2", "'a1'", "", &format!("op.add_column('{url}', sa.Column('{url}', sa.Text()))")),
        planted("b1", "'a2'", "", &format!("op.execute('DROP VIEW \"{url}\"; nonsense {url}')")),
        planted(
            "b2",
            "'a2'",
            "depends_on = 'b1'",
            &format!("op.drop_table('{url}', schema='{url}'); helper('{url}')"),
        ),
        planted(
            "b3",
            "'a2'",
            "",
            &format!("op.alter_column('{url}', '{url}', type_=sa.Enum('{url}'), new_column_name='{url}2')"),
        ),
    ];
    let broken = [
        planted("a1", &format!("'{url}/1'"), &format!("depends_on = '{url}/2'"), "pass"),
        planted(
            &format!("{url}/3"),
            &format!("lookup('{url}')"),
            &format!("branch_labels = '{url}/4'"),
            "pass",
        ),
        planted(&format!("{url}/3"), "None", "", &format!("undefined_{}('{url}')", 1)),
        planted("b1", "None", "", &format!("op.drop_table('{url}')")),
        format!("revision = '{url}'\ndown_revision = None  # {url}\ndef upgrade(:  # {url}\n"),
        format!("revision = '{url}' + lookup('{url}')\ndown_revision = None\n"),
    ];
    let loads = format!(
        "[alembic]\nscript_location = migrations\nsqlalchemy.url = {url}\nfile_template = {url}%%(rev)s\n"
    );
    let refused = format!("{loads}revision_environment = {url}\nversion_path_separator = {url}\n");
    let misparsed = format!("prelude {url}\n{loads}");
    let env_py = format!(
        "from alembic import context\nurl = '{url}'\ntarget_metadata = load('{url}')\ncontext.configure(url='{url}')\n"
    );
    for (files, ini) in [(&sound[..], &loads), (&sound, &refused), (&broken, &loads), (&broken, &misparsed)] {
        let dir = folder();
        write_file(&dir.path().join("alembic.ini"), ini.as_bytes());
        write_file(&dir.path().join("migrations/env.py"), env_py.as_bytes());
        for (at, text) in files.iter().enumerate() {
            write_file(&dir.path().join(format!("migrations/versions/r{at}.py")), text.as_bytes());
        }
        for arguments in [
            &["check"][..],
            &["check", "--output-format", "json"],
            &["check", "--output-format", "markdown"],
            &["check", "--output-format", "html"],
            &["graph"],
            &["graph", "--output-format", "svg"],
            &["replay"],
            &["replay", "--output-format", "json"],
            &["heads"],
            &["heads", "--verbose"],
            &["bases"],
            &["branches"],
            &["history"],
            &["history", "--verbose"],
            &["show", "heads"],
            &["show", "nothing"],
            &["explain-folder"],
        ] {
            let output = rechain(dir.path(), arguments);
            let printed = printed(&output);
            n_hidden += printed.matches("***").count();
            let shows = printed.lines().find(|line| line.contains(SECRET));
            assert!(!printed.is_empty() && shows.is_none(), "{arguments:?}: {}", shows.unwrap_or_default());
        }
    }
    assert!(n_hidden > 500, "{n_hidden} passwords were hidden");
}

#[test]
#[cfg(unix)]
fn an_output_goes_into_a_file_of_its_own_name_and_through_no_link() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let dir = project();
    let kept = folder();
    let outside = kept.path().join("kept.html");
    write_file(&outside, b"kept");
    symlink(&outside, dir.path().join("report.html")).expect("own folder");
    symlink(kept.path().join("none.html"), dir.path().join("dangling.html")).expect("own folder");
    for (arguments, name) in [
        (vec!["report"], "report.html"),
        (vec!["report", "-o", "dangling.html"], "dangling.html"),
        (vec!["check", "-o", "report.html", "--output-format", "html"], "report.html"),
        (vec!["graph", "-o", "report.html"], "report.html"),
        (vec!["replay", "-o", "report.html"], "report.html"),
    ] {
        let output = rechain(dir.path(), &arguments);
        let said = printed(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(&format!("{name} is a symbolic link")), "{arguments:?}: {said}");
    }
    assert_eq!(std::fs::read(&outside).expect("it is there"), b"kept");
    assert!(!kept.path().join("none.html").exists());
    // A second name of a file keeps its content, and the new file has the permissions of the old.
    let own = dir.path().join("own.html");
    write_file(&own, b"before");
    std::fs::hard_link(&own, kept.path().join("second.html")).expect("one disk");
    std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o640)).expect("own file");
    assert_eq!(rechain(dir.path(), &["report", "-o", "own.html"]).status.code(), Some(0));
    assert_eq!(std::fs::read(kept.path().join("second.html")).expect("it is there"), b"before");
    assert!(std::fs::read(&own).expect("it is there").starts_with(b"<!"));
    assert_eq!(std::fs::metadata(&own).expect("it is there").permissions().mode() & 0o777, 0o640);
    assert_eq!(rechain(dir.path(), &["report", "-o", "/dev/null"]).status.code(), Some(0));
}

#[test]
fn what_was_read_is_written_over_only_by_force() {
    let dir = project();
    let zip = dir.path().join("x.zip");
    write_file(&zip, &project_zip("a.txt", b""));
    for (arguments, file) in [
        (vec!["report", "-o", "alembic.ini"], "alembic.ini"),
        (vec!["check", "-o", "migrations/versions/a.py"], "migrations/versions/a.py"),
        (vec!["check", "x.zip", "-o", "./x.zip"], "./x.zip"),
        (vec!["graph", ".", "--output", "migrations/env.py"], "migrations/env.py"),
    ] {
        let before = snapshot(dir.path());
        let output = rechain(dir.path(), &arguments);
        let said = printed(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        let refusal = format!("{file} is a file that was read; --force writes over it; nothing was written");
        assert!(said.contains(&refusal), "{arguments:?}: {said}");
        assert!(snapshot(dir.path()) == before, "{arguments:?}");
    }
    // What it does not read is written over: the report of yesterday.
    for _ in 0..2 {
        assert_eq!(rechain(dir.path(), &["report", "-o", "rechain.html"]).status.code(), Some(0));
    }
    assert_eq!(rechain(dir.path(), &["report", "-o", "alembic.ini", "--force"]).status.code(), Some(0));
}

#[test]
#[cfg(target_os = "linux")]
fn what_never_ends_is_not_read() {
    let dir = project();
    let made = std::process::Command::new("mkfifo").arg(dir.path().join("pipe")).status();
    assert!(made.is_ok_and(|status| status.success()), "the system makes pipes");
    for path in ["pipe", "/dev/zero"] {
        for command in ["check", "heads", "report", "replay", "graph"] {
            let output = rechain(dir.path(), &[command, path]);
            let said = printed(&output);
            assert_eq!(output.status.code(), Some(2), "{command} {path}: {said}");
            assert!(said.contains("is neither a folder nor a zip"), "{command} {path}: {said}");
        }
    }
    // In a folder it is named, and the rest is read.
    let output = rechain(dir.path(), &["check"]);
    assert_eq!(output.status.code(), Some(0), "{}", printed(&output));
}

#[test]
#[cfg(target_os = "linux")]
fn a_diff_commands_no_terminal_and_is_exact_elsewhere() {
    let dir = panel();
    let path = dir.path().join("migrations/versions");
    let file = std::fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path());
    for file in file.filter(|file| file.extension().is_some_and(|ending| ending == "py")) {
        let text = std::fs::read_to_string(&file).expect("text");
        std::fs::write(
            &file,
            text.replace("down_revision", "down_revision  # \u{1b}]0;x\u{7}\u{202e}\ndown_revision"),
        )
        .expect("own file");
    }
    let exact = rechain(dir.path(), &["check", "--diff", "--plan", "chain"]);
    let exact = String::from_utf8_lossy(&exact.stdout).into_owned();
    // Only where the sample's lines are near one that is rewritten do they stand in the diff.
    assert!(exact.contains('\u{1b}'), "no line that commands stands in the diff: {exact}");
    let program = env!("CARGO_BIN_EXE_rechain");
    let typed = format!("{program} check --diff --plan chain");
    let shown = std::process::Command::new("script")
        .args(["-qec", &typed, "/dev/null"])
        .current_dir(dir.path())
        .output()
        .expect("util-linux has it");
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(!shown.contains("\u{1b}]0;") && !shown.contains('\u{202e}'), "{shown:?}");
    assert!(
        shown.contains("\\x1b]0;x\\x07\\u202e") && shown.contains("in a file or a pipe the diff is exact"),
        "{shown}"
    );
}
