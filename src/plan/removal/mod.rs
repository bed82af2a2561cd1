//! A stale environment that goes: the folder of one that nothing names, and that holds nothing of its own.
//!
//! It is no plan of a chain, since the chain in use stays as it is: that is what proves it. What is not certain is not
//! offered, and what is in the way is told.

mod named;

use std::collections::BTreeSet;

use super::Again;
use crate::audited::{Audit, Audited};
use crate::finding::{Applicability, Finding};
use crate::ingest::{Resolved, SourceTree, TreePath, in_folder};
use crate::patch::{FilePatch, PatchSet};
use crate::rules::{DUPLICATE_ENVIRONMENTS, ORPHAN_ENVIRONMENT};
use crate::text::{contains, listed, plural};

/// A proved removal of one environment that is not in use.
#[derive(Debug, Clone)]
pub struct Removal {
    /// Its folder.
    pub folder: String,
    /// The files that go.
    pub patch: PatchSet,
    /// Files in it that are not read, and are left for somebody to delete.
    pub left: Vec<TreePath>,
    /// Never safe: what is typed or worked out may name it.
    pub applicability: Applicability,
    /// What is lost, and what has to be looked at before.
    pub cautions: Vec<String>,
    /// The findings that it resolves, by their places among those of the audit.
    pub mends: BTreeSet<usize>,
}

/// The removals of all environments that certainly add nothing. `again` proves them.
pub fn removals(tree: &SourceTree, audit: &Audit, again: Again<'_>) -> Vec<Removal> {
    let stale = (0..audit.environments.len()).filter(|&index| !told(audit, index).is_empty());
    stale.filter_map(|index| removal(tree, audit, again, index).ok()).collect()
}

/// A stale environment that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its folder.
    pub folder: String,
    /// Why it cannot be said to hold nothing of its own, as a clause.
    pub why: String,
}

/// The folders of environments that are not in use and cannot be said to hold nothing of their own, as far as a rule tells of
/// them.
pub fn kept(tree: &SourceTree, audit: &Audit) -> Vec<Kept> {
    let stale = (0..audit.environments.len()).filter(|&index| !told(audit, index).is_empty());
    let stays = |index: usize| {
        let folder = audit.environments[index].environment.script_location.clone();
        Some(Kept { folder, why: look(tree, audit, index).err()? })
    };
    stale.filter_map(stays).collect()
}

/// The findings that tell of a stale environment.
fn told(audit: &Audit, index: usize) -> BTreeSet<usize> {
    let is_told = |finding: &Finding| {
        finding.environment == Some(index)
            && (finding.rule == &DUPLICATE_ENVIRONMENTS || finding.rule == &ORPHAN_ENVIRONMENT)
    };
    if audit.environments[index].environment.live {
        return BTreeSet::new();
    }
    audit.findings.iter().enumerate().filter(|(_, finding)| is_told(finding)).map(|(at, _)| at).collect()
}

fn removal(tree: &SourceTree, audit: &Audit, again: Again<'_>, index: usize) -> Result<Removal, String> {
    let Holds { files, left, lost, unread } = look(tree, audit, index)?;
    let folder = &audit.environments[index].environment.script_location;
    let gone = |path: &TreePath| FilePatch {
        path: path.clone(),
        before: tree.get(path).map(Into::into),
        after: None,
    };
    let patch = PatchSet::new(files.iter().map(gone).collect());
    if !is_proved(tree, audit, again, index, &patch) {
        return Err("without it the environment in use would be told otherwise".to_owned());
    }
    let mut cautions = vec![format!(
        "Nothing that is read names {folder}/, but a command that somebody types, or a program that works the name out, still \
         may."
    )];
    if !lost.is_empty() {
        let lost: Vec<_> = lost.iter().map(ToString::to_string).collect();
        let is = if lost.len() == 1 { "it is" } else { "they are" };
        cautions.push(format!(
            "What only {} says is lost, unless version control has it: {is} neither a copy nor as Alembic generates it.",
            listed(&lost)
        ));
    }
    if !unread.is_empty() {
        let unread: Vec<_> = unread.iter().take(3).map(ToString::to_string).collect();
        cautions.push(format!("Look whether {} names it.", listed(&unread)));
    }
    if !left.is_empty() {
        let left: Vec<_> = left.iter().map(ToString::to_string).collect();
        cautions.push(format!(
            "Look at {} and delete that too: no patch can, since it is not read.",
            listed(&left)
        ));
    }
    Ok(Removal {
        folder: folder.clone(),
        patch,
        left,
        // Who calls it can be worked out by nobody.
        applicability: Applicability::Unsafe,
        cautions,
        mends: told(audit, index),
    })
}

/// What a stale folder holds.
struct Holds {
    /// The files that are read.
    files: Vec<TreePath>,
    /// Those that are not, and mean nothing.
    left: Vec<TreePath>,
    /// Those of which something is lost.
    lost: Vec<TreePath>,
    /// Files elsewhere that may name the folder, and are not read.
    unread: Vec<TreePath>,
}

/// What the folder holds, if that is nothing of its own; else why not, as a clause.
fn look(tree: &SourceTree, audit: &Audit, index: usize) -> Result<Holds, String> {
    let stale = &audit.environments[index];
    let folder = stale.environment.script_location.as_str();
    if folder.is_empty() {
        return Err("it is the top folder".to_owned());
    }
    if let Some(overruled) = &stale.environment.overruled {
        return Err(format!("{} names it", overruled.path));
    }
    if tree.is_partial() {
        return Err("only a part of the project was given, and the rest may name it".to_owned());
    }
    let others = || audit.environments.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, own)| own);
    if let Some(id) = others().find_map(|other| other.needed_by(stale)) {
        return Err(format!("its migrations need {id} of the others"));
    }
    if others().any(|other| reaches_into(other, folder)) {
        return Err("another environment has files in it".to_owned());
    }
    own_revisions(tree, audit, index)?;
    let (files, left, lost) = contents(tree, audit, index)?;
    if let Some(link) = tree.links().find(|link| leads_into(tree, link, folder)) {
        return Err(format!("{link} is a link into it"));
    }
    let is_outside = |path: &TreePath| !path.is_under(folder);
    let is_prose = |path: &TreePath| matches!(ending(path), "md" | "rst" | "txt" | "in");
    let mut read = tree.iter().filter(|(path, _)| is_outside(path) && !is_prose(path));
    let names = |bytes: &[u8]| named::names(&String::from_utf8_lossy(bytes), folder);
    if let Some((path, _)) = read.find(|(_, bytes)| names(bytes)) {
        return Err(format!("{path} names it"));
    }
    // What Flask-Migrate is not told it takes for granted.
    if folder.rsplit('/').next() == Some("migrations")
        && let Some((path, _)) = tree.iter().find(|(_, bytes)| tells_of_flask_migrate(bytes))
    {
        return Err(format!("{path} speaks of Flask-Migrate, which takes it where nothing else is said"));
    }
    let may_name = |path: &&TreePath| is_outside(path) && !tree.contains(path) && may_name_folders(path);
    let unread = tree.listing("").filter(may_name).cloned().collect();
    Ok(Holds { files, left, lost, unread })
}

fn reaches_into(other: &Audited, folder: &str) -> bool {
    let environment = &other.environment;
    let within =
        |path: &str| path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    within(&environment.script_location)
        || environment.version_locations.iter().any(|location| within(location))
        || other.scripts.iter().any(|script| script.path.is_under(folder))
        || environment.config.as_ref().is_some_and(|config| config.path.is_under(folder))
}

/// Refuses where the folder holds migrations that no environment in use has.
fn own_revisions(tree: &SourceTree, audit: &Audit, index: usize) -> Result<(), String> {
    let is_copied = copied(tree, audit);
    let scripts = &audit.environments[index].scripts;
    let own: Vec<_> = scripts.iter().filter(|script| !is_copied(&script.path)).collect();
    if own.is_empty() {
        return Ok(());
    }
    let mut ids: Vec<_> =
        own.iter().take(3).map(|script| script.id().unwrap_or(script.path.file_name())).collect();
    let more;
    if own.len() > ids.len() {
        more = plural(own.len() - ids.len(), "other");
        ids.push(&more);
    }
    let has = plural(own.len(), "migration");
    Err(format!("it holds {has} that the environment in use does not have as they are: {}", listed(&ids)))
}

/// Whether a file is one of an environment in use, but for line ends.
fn copied<'t>(tree: &'t SourceTree, audit: &Audit) -> impl Fn(&TreePath) -> bool + use<'t> {
    let live = audit.environments.iter().filter(|audited| audited.environment.live);
    let files = live.flat_map(|audited| {
        let environment = &audited.environment;
        let of_folder = ["env.py", "script.py.mako"]
            .into_iter()
            .filter_map(|name| tree.path_of(&in_folder(&environment.script_location, name)));
        environment.scripts.iter().chain(of_folder)
    });
    let known: BTreeSet<Vec<u8>> = files.filter_map(|path| tree.get(path)).map(without_returns).collect();
    move |path| tree.get(path).is_some_and(|bytes| known.contains(&without_returns(bytes)))
}

fn without_returns(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| *byte != b'\r').collect()
}

type Contents = (Vec<TreePath>, Vec<TreePath>, Vec<TreePath>);

/// The files that are read, those that are not, and those of which something is lost; a refusal where any is none that an
/// environment has.
fn contents(tree: &SourceTree, audit: &Audit, index: usize) -> Result<Contents, String> {
    let stale = &audit.environments[index];
    let folder = stale.environment.script_location.as_str();
    let is_copied = copied(tree, audit);
    let is_script = |path: &TreePath| stale.scripts.iter().any(|script| script.path == *path);
    let (mut files, mut left, mut lost) = (Vec::new(), Vec::new(), Vec::new());
    for path in tree.listing(folder) {
        let name = path.file_name();
        let Some(bytes) = tree.get(path) else {
            let is_of_template =
                name.starts_with("README") || matches!(name, ".gitkeep" | ".gitignore" | ".DS_Store");
            if !is_of_template && ending(path) != "pyc" {
                return Err(format!("{path} may be of use"));
            }
            left.push(path.clone());
            continue;
        };
        let of_environment = path.folder() == folder;
        let lines = match name {
            "env.py" if of_environment => include_str!("env.txt"),
            "script.py.mako" if of_environment => include_str!("script.txt"),
            "__init__.py" if is_blank(bytes) => "",
            _ if is_script(path) => "",
            _ => return Err(format!("{path} may be of use")),
        };
        if !lines.is_empty() && !is_copied(path) && !is_generated(bytes, lines) {
            lost.push(path.clone());
        }
        files.push(path.clone());
    }
    if files.is_empty() { Err("no file in it is read".to_owned()) } else { Ok((files, left, lost)) }
}

fn is_blank(source: &[u8]) -> bool {
    String::from_utf8_lossy(source)
        .lines()
        .all(|line| matches!(line.trim_start().chars().next(), None | Some('#')))
}

/// Whether a file says nothing but what stands in one that Alembic generates, in one of its releases.
fn is_generated(source: &[u8], lines: &str) -> bool {
    let known: BTreeSet<&str> = lines.lines().collect();
    let text = String::from_utf8_lossy(source);
    text.lines().map(str::trim).all(|line| line.is_empty() || known.contains(line))
}

/// Whether a link stands outside of a folder and leads into it.
fn leads_into(tree: &SourceTree, link: &TreePath, folder: &str) -> bool {
    let is_within =
        |path: &str| TreePath::parse(path).is_ok_and(|path| path.as_str() == folder || path.is_under(folder));
    !link.is_under(folder)
        && match tree.resolve(link.as_str()) {
            Resolved::File(path) => path.is_under(folder),
            Resolved::Folder(path) => is_within(&path),
            _ => false,
        }
}

fn tells_of_flask_migrate(bytes: &[u8]) -> bool {
    ["flask_migrate", "Flask-Migrate", "flask-migrate"].iter().any(|word| contains(bytes, word))
}

fn ending(path: &TreePath) -> &str {
    path.file_name().rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// Whether a file that is not read may say where migrations stand.
fn may_name_folders(path: &TreePath) -> bool {
    const ENDINGS: [&str; 13] =
        ["py", "ini", "cfg", "toml", "yml", "yaml", "json", "sh", "bash", "bat", "ps1", "nix", "tf"];
    const NAMES: [&str; 6] =
        ["Dockerfile", "Containerfile", "Makefile", "Procfile", "justfile", "Jenkinsfile"];
    let name = path.file_name();
    ENDINGS.contains(&ending(path)) || NAMES.iter().any(|known| name.starts_with(known))
}

/// Whether everything else is told as before.
fn is_proved(tree: &SourceTree, audit: &Audit, again: Again<'_>, index: usize, patch: &PatchSet) -> bool {
    let changed: Vec<TreePath> = patch.files.iter().map(|file| file.path.clone()).collect();
    let after = again(&patch.apply(tree), &changed);
    let stay: Vec<&Audited> =
        audit.environments.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, own)| own).collect();
    let is_same = |(before, after): (&&Audited, &Audited)| {
        before.environment == after.environment
            && before.scripts == after.scripts
            && before.sight == after.sight
    };
    if stay.len() != after.environments.len() || !stay.iter().zip(&after.environments).all(is_same) {
        return false;
    }
    // The places of environments move up by one.
    let place = |at: usize| if at > index { at - 1 } else { at };
    let said = |finding: &Finding, environment: Option<usize>| {
        format!(
            "{} {} {environment:?} {} {}",
            finding.rule.name,
            finding.severity.word(),
            finding.message,
            finding.consequence
        )
    };
    let of_others = audit.findings.iter().filter(|finding| finding.environment != Some(index));
    let before: Vec<_> = of_others.map(|finding| said(finding, finding.environment.map(place))).collect();
    let after: Vec<_> = after.findings.iter().map(|finding| said(finding, finding.environment)).collect();
    before == after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::audit_again;
    use crate::rules::fixture::{audited, tree};

    const NONE: &str = "from alembic import context\ntarget_metadata = None\n";
    const OWN: &str = "from alembic import context\nfrom app import Base\ntarget_metadata = Base.metadata\n";
    const FIRST: &str = "revision = 'a'\ndown_revision = None\ndef upgrade():\n    pass\n";

    /// What becomes of `alembic/` beside a live environment: what is removed and said, or why nothing is.
    fn told(files: &[(&str, &str)]) -> String {
        let live = [
            ("alembic.ini", "[alembic]\n# see alembic/versions\nscript_location = migrations\n"),
            ("migrations/env.py", OWN),
            ("migrations/script.py.mako", "own"),
            ("migrations/versions/a.py", FIRST),
        ];
        let mut tree = tree(&live);
        for (path, text) in files {
            let path = TreePath::parse(path).expect("relative");
            match *text {
                "(not read)" => tree.insert_other(path),
                text => tree.insert(path, text.as_bytes().to_vec()),
            }
        }
        let audit = audited(&tree);
        let again = |patched: &SourceTree, changed: &[_]| audit_again(patched, &audit, changed);
        let removals = removals(&tree, &audit, &again);
        match removals.as_slice() {
            [] => kept(&tree, &audit).into_iter().map(|kept| kept.why).collect(),
            [one] => {
                let files: Vec<_> = one.patch.files.iter().map(|file| file.path.to_string()).collect();
                assert!(
                    one.patch.files.iter().all(|file| file.after.is_none() && file.path.is_under("alembic"))
                );
                assert_eq!(kept(&tree, &audit), [], "what is removed is not kept");
                assert_eq!(one.applicability, Applicability::Unsafe, "who calls it is known to nobody");
                let (general, said) = one.cautions.split_first().expect("there is one for all");
                assert!(general.ends_with("works the name out, still may."), "{general}");
                let said = said.join(" ");
                format!("goes: {} {said}", files.join(" ")).trim_end().to_owned()
            }
            _ => panic!("one folder"),
        }
    }

    #[test]
    fn what_holds_only_what_alembic_generates_or_copies_goes() {
        let env = ("alembic/env.py", NONE);
        assert_eq!(told(&[env]), "goes: alembic/env.py");
        assert_eq!(told(&[("alembic/env.py", &OWN.replace('\n', "\r\n"))]), "goes: alembic/env.py");
        let copies = [
            env,
            ("alembic/versions/a.py", &*FIRST.replace('\n', "\r\n")),
            ("alembic/versions/__init__.py", "# none\n"),
            ("alembic/script.py.mako", "own"),
        ];
        assert_eq!(
            told(&copies),
            "goes: alembic/env.py alembic/script.py.mako alembic/versions/__init__.py alembic/versions/a.py"
        );
        assert_eq!(
            told(&[env, ("alembic/README", "(not read)")]),
            "goes: alembic/env.py Look at alembic/README and delete that too: no patch can, since it is not read."
        );
    }

    #[test]
    fn what_is_lost_or_not_read_is_said_and_unsafe() {
        let other = OWN.replace("Base", "Other");
        assert_eq!(
            told(&[("alembic/env.py", &other)]),
            "goes: alembic/env.py What only alembic/env.py says is lost, unless version control has it: it is neither a copy \
             nor as Alembic generates it."
        );
        assert_eq!(
            told(&[("alembic/env.py", NONE), ("deploy/job.yaml", "(not read)"), ("a.png", "(not read)")]),
            "goes: alembic/env.py Look whether deploy/job.yaml names it."
        );
    }

    #[test]
    fn what_may_be_of_use_stays_and_why_is_told() {
        let env = ("alembic/env.py", NONE);
        let own = "revision = 'b'\ndown_revision = 'a'\ndef upgrade():\n    pass\n";
        for (more, expected) in [
            (
                ("alembic/versions/b.py", own),
                "it holds 1 migration that the environment in use does not have as they are: b",
            ),
            (
                ("alembic/versions/a.py", "revision = 'a'\ndown_revision = None\ndef upgrade():\n    x\n"),
                "it holds 1 migration that the environment in use does not have as they are: a",
            ),
            (("alembic/helper.py", "x = 1\n"), "alembic/helper.py may be of use"),
            (("alembic/data.csv", "(not read)"), "alembic/data.csv may be of use"),
            (("Dockerfile", "FROM python\nCOPY alembic /srv/alembic\n"), "Dockerfile names it"),
            (("run.sh", "cd ./alembic && python env.py\n"), "run.sh names it"),
            (("setup.cfg", "[tool]\nexclude = alembic/versions\n"), "setup.cfg names it"),
            (("pyproject.toml", "[tool.alembic]\nscript_location = 'alembic'\n"), "pyproject.toml names it"),
            (("manage.py", "from alembic.env import run\n"), "manage.py names it"),
        ] {
            assert_eq!(told(&[env, more]), expected, "{more:?}");
        }
        for text in ["RUN alembic upgrade head\n", "# COPY alembic .\n"] {
            assert_eq!(told(&[env, ("Dockerfile", text)]), "goes: alembic/env.py", "{text}");
        }
    }

    #[test]
    fn the_folder_that_flask_migrate_takes_by_itself_stays() {
        let project = |requirements| {
            let tree = tree(&[
                ("alembic.ini", "[alembic]\nscript_location = alembic\n"),
                ("alembic/env.py", OWN),
                ("alembic/versions/a.py", FIRST),
                ("migrations/env.py", NONE),
                ("requirements.txt", requirements),
            ]);
            kept(&tree, &audited(&tree)).pop().map(|kept| kept.why)
        };
        assert_eq!(project("alembic==1.20.1\n"), None);
        let why = project("Flask-Migrate==4.1.0\n").expect("it stays");
        assert!(why.starts_with("requirements.txt speaks of Flask-Migrate"), "{why}");
    }

    #[test]
    fn links_and_parts_of_a_project_leave_it_open() {
        let mut tree = tree(&[
            ("alembic.ini", "[alembic]\nscript_location = migrations\n"),
            ("migrations/env.py", OWN),
            ("migrations/versions/a.py", FIRST),
            ("alembic/env.py", NONE),
        ]);
        let why = |tree: &SourceTree| {
            let audit = audited(tree);
            kept(tree, &audit).pop().map(|kept| kept.why)
        };
        assert_eq!(why(&tree), None);
        tree.insert_link(TreePath::parse("app/db").expect("relative"), "../alembic".to_owned());
        assert_eq!(why(&tree).as_deref(), Some("app/db is a link into it"));
        tree.set_partial();
        assert!(why(&tree).is_some_and(|why| why.contains("only a part")));
    }
}
