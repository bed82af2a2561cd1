//! Files that Python would not load.

use std::collections::BTreeMap;

use super::EnvironmentContext;
use crate::finding::{Confidence, Finding, Group, Place, Rule, Severity};
use crate::ingest::TreePath;
use crate::source::{Script, SyntaxFault};
use crate::text::decode_lossy;

pub(super) static RULE: Rule = Rule {
    name: "syntax-error",
    group: Group::Loading,
    is_repairable: false,
    summary: "A migration or env.py does not parse, or holds merge-conflict markers.",
    severity: Severity::Error,
    explanation: include_str!("syntax_error.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    for script in &context.audited.scripts {
        let Some(mut finding) = faults(&script.path, &script.syntax_faults) else { continue };
        finding.consequence =
            "Alembic loads every file for every command, so all of them stop here with a SyntaxError, and nothing \
             else that is wrong is reported."
                .to_owned();
        finding.revisions = script.id().map(ToOwned::to_owned).into_iter().collect();
        if let Some(kept) = side_to_keep(context, script) {
            finding.advice = kept;
        }
        findings.push(finding);
    }
    let environment = &context.audited.environment;
    let env_py = environment.env_py.as_ref().filter(|_| environment.live);
    if let Some(mut finding) = env_py.and_then(|env_py| faults(&env_py.path, &env_py.syntax_faults)) {
        finding.consequence = format!(
            "Every command that needs the database runs this file and stops with a SyntaxError: `{}`, `{}` and others.",
            context.command("current"),
            context.upgrade_command()
        );
        findings.push(finding);
    }
}

fn faults(path: &TreePath, faults: &[SyntaxFault]) -> Option<Finding> {
    let first = faults.first()?;
    let conflict = first.conflict_marker;
    let what =
        if conflict { "git left merge-conflict markers in this file".to_owned() } else { first.what.clone() };
    let mut finding = Finding::new(&RULE, what);
    finding.evidence =
        faults.iter().take(10).map(|fault| Place { path: path.clone(), range: fault.range }).collect();
    finding.place = finding.evidence.first().cloned();
    finding.advice = if conflict {
        "Resolve the conflict: decide which side's lines stay, and take the markers out."
    } else if path.file_name().starts_with("._") {
        "macOS wrote this file beside the one of the same name: delete it."
    } else {
        "Mend the line."
    }
    .to_owned();
    // The grammar is not Python's own: what it cannot parse is very likely, but not certainly, refused.
    finding.confidence = if conflict { Confidence::Certain } else { Confidence::Likely };
    Some(finding)
}

/// One side of a conflict: the branch that it is of, and the texts that it assigns, by name.
#[derive(Debug, Default, PartialEq, Eq)]
struct Side {
    branch: String,
    assigns: BTreeMap<String, String>,
}

/// The two sides of each conflict of a file, as git writes them.
fn conflicts(source: &str) -> Vec<[Side; 2]> {
    let mut found = Vec::new();
    let mut open: Option<(usize, [Side; 2])> = None;
    for line in source.lines() {
        let branch = |marker: &str| {
            line.strip_prefix(marker).map(|rest| rest.trim().split(':').next().unwrap_or_default().to_owned())
        };
        if let Some(branch) = branch("<<<<<<<") {
            open = Some((0, [Side { branch, ..Side::default() }, Side::default()]));
        } else if let Some((at, sides)) = &mut open {
            if line.starts_with("|||||||") {
                // What both came from is on neither side.
                *at = 2;
            } else if line.starts_with("=======") {
                *at = 1;
            } else if let Some(branch) = branch(">>>>>>>") {
                sides[1].branch = branch;
                found.extend(open.take().map(|(_, sides)| sides));
            } else if let (Some(side), Some((name, value))) = (sides.get_mut(*at), line.split_once('=')) {
                // `revision: str = '…'`.
                let name = name.split(':').next().unwrap_or_default().trim();
                let value = value.trim().trim_matches(['\'', '"']);
                side.assigns.insert(name.to_owned(), value.to_owned());
            }
        }
    }
    found
}

/// Whether a file declares a revision on one side of a conflict.
pub(super) fn is_on_one_side(context: &EnvironmentContext<'_>, script: &Script, id: &str) -> bool {
    script.syntax_faults.first().is_some_and(|fault| fault.conflict_marker)
        && context.all.tree.get(&script.path).is_some_and(|source| {
            let sides = conflicts(&decode_lossy(source));
            sides.iter().flatten().any(|side| side.assigns.get("revision").is_some_and(|own| own == id))
        })
}

/// Which side of a conflict about the revision or its parent to keep: the one whose id another file names as its parent,
/// or whose parent is there.
fn side_to_keep(context: &EnvironmentContext<'_>, script: &Script) -> Option<String> {
    let source = decode_lossy(context.all.tree.get(&script.path)?);
    let scripts = &context.audited.scripts;
    let others = || scripts.iter().filter(|other| other.path != script.path);
    let child = |id: &str| others().find(|other| other.down_revision.values().contains(&id));
    let is_there = |id: &str| others().any(|other| other.id() == Some(id));
    conflicts(&source).iter().find_map(|sides| {
        let both = |name: &str| Some([sides[0].assigns.get(name)?, sides[1].assigns.get(name)?]);
        let keep = |side: usize, line: String, why: String| {
            format!(
                "Keep the side of {}, `{line}`: {why}. Take the other side and the markers out.",
                if sides[side].branch.is_empty() { ["the first branch", "the second branch"][side] } else { &sides[side].branch }
            )
        };
        if let Some(ids) = both("revision") {
            let side = match [child(ids[0]), child(ids[1])] {
                [Some(child), None] => (0, child),
                [None, Some(child)] => (1, child),
                _ => return Some(format!(
                    "Keep one of the ids {} and {}, the one that a database has run, and take the other side and the markers out.",
                    ids[0], ids[1]
                )),
            };
            let why = format!("{} names that as its parent", side.1.path.file_name());
            return Some(keep(side.0, format!("revision = '{}'", ids[side.0]), why));
        }
        let parents = both("down_revision")?;
        let side = match parents.map(|parent| is_there(parent)) {
            [true, false] => 0,
            [false, true] => 1,
            _ => return None,
        };
        let why = "that parent is there, and the other is not".to_owned();
        Some(keep(side, format!("down_revision = '{}'", parents[side]), why))
    })
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{audited, found, project};

    fn with(source: &str) -> Vec<String> {
        let mut tree = project("a: a <- None");
        tree.insert(
            TreePath::parse("migrations/versions/b.py").expect("relative"),
            source.as_bytes().to_vec(),
        );
        found("syntax-error", &tree)
    }

    #[test]
    fn reports_what_does_not_parse_and_conflict_markers() {
        assert_eq!(with("revision = 'b'\ndown_revision = ('a'\n\ndef upgrade(:\n    pass\n").len(), 1);
        assert_eq!(
            with(
                "revision = 'b'\n<<<<<<< HEAD\ndown_revision = 'a'\n=======\ndown_revision = 'x'\n>>>>>>> other\n"
            ),
            ["error migrations/versions/b.py: git left merge-conflict markers in this file"]
        );
    }

    #[test]
    fn the_side_to_keep_is_the_one_that_fits_the_rest() {
        let advice = |migrations: &str, conflict: &str| {
            let mut tree = project(migrations);
            let path = TreePath::parse("migrations/versions/b.py").expect("relative");
            tree.insert(path, conflict.as_bytes().to_vec());
            audited(&tree).findings.remove(0).advice
        };
        let ids = "<<<<<<< HEAD:b.py\nrevision: str = 'x'\n||||||| base\nrevision = 'o'\n=======\nrevision = \"y\"\n>>>>>>> topic\ndown_revision = 'a'\n";
        let first = advice("a: a <- None\nc: c <- 'x'", ids);
        assert_eq!(
            first,
            "Keep the side of HEAD, `revision = 'x'`: c.py names that as its parent. Take the other side and the markers out."
        );
        let second = advice("a: a <- None\nc: c <- 'y'", ids);
        assert!(second.starts_with("Keep the side of topic, `revision = 'y'`"), "{second}");
        let neither = advice("a: a <- None", ids);
        assert!(neither.starts_with("Keep one of the ids x and y"), "{neither}");
        let parents = "revision = 'b'\n<<<<<<< ours\ndown_revision = 'gone'\n=======\ndown_revision = 'a'\n>>>>>>> theirs\n";
        let parent = advice("a: a <- None", parents);
        assert!(
            parent.starts_with("Keep the side of theirs, `down_revision = 'a'`: that parent is there"),
            "{parent}"
        );
        let body =
            "revision = 'b'\ndown_revision = 'a'\n<<<<<<< ours\nx = 1\n=======\nx = 2\n>>>>>>> theirs\n";
        assert!(advice("a: a <- None", body).starts_with("Resolve the conflict"));
    }

    #[test]
    fn reports_an_env_py_that_does_not_parse() {
        let mut tree = project("a: a <- None");
        let path = TreePath::parse("migrations/env.py").expect("relative");
        tree.insert(path, b"from alembic import context\ndef run(:\n    pass\n".as_slice());
        let found = found("syntax-error", &tree);
        assert!(found.len() == 1 && found[0].starts_with("error migrations/env.py: "), "{found:?}");
    }

    #[test]
    fn does_not_hide_what_else_is_wrong() {
        let mut tree = project("a: a <- None\nb: b <- 'a'\nc: c <- 'a'");
        let path = TreePath::parse("migrations/versions/d.py").expect("relative");
        tree.insert(path, b"revision = 'd'\ndown_revision = 'gone'\ndef upgrade(:\n    pass\n".to_vec());
        let audit = audited(&tree);
        let rules: Vec<_> = audit.findings.iter().map(|finding| finding.rule.name).collect();
        assert_eq!(rules, ["syntax-error", "missing-parent", "multiple-heads"]);
    }

    #[test]
    fn stays_silent_on_modern_python() {
        assert!(with("revision: str | None = 'b'\ndown_revision = 'a'\nmatch revision:\n    case 'b':\n        pass\ntype X = int\n").is_empty());
    }
}
