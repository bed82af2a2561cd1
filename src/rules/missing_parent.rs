//! A parent that no file declares.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::certain_candidate;
use super::context::{Items, listed, of_a_family};
use super::{EnvironmentContext, Ids};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::ingest::TreePath;
use crate::source::Script;

pub(crate) static RULE: Rule = Rule {
    name: "missing-parent",
    group: Group::Chain,
    is_repairable: true,
    summary: "A parent is named that no file declares.",
    severity: Severity::Error,
    explanation: include_str!("missing_parent.md"),
};

/// Why no slip of letters is told.
pub(super) const SLIPS_UNKNOWN: &str =
    "So many ids are missing here that none was compared with the others letter by letter.";

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let graph = &context.audited.graph;
    let ids = Ids::of(&context.audited.scripts);
    let mut items = Items::of(|script| &script.down_revision);
    let unread = LazyCell::new(|| context.audited.left_out(context.all.tree));
    let mut missing: Vec<(String, Vec<&Script>)> = graph
        .ghosts()
        .map(|ghost| {
            let children = graph.children(ghost).into_iter().filter_map(|child| context.script(child));
            (context.id(ghost), children.collect())
        })
        .collect();
    for script in context.lost_scripts() {
        let mut seen = BTreeSet::new();
        for parent in script.down_revision.values() {
            let is_there = graph.find(parent).is_some_and(|ix| !graph.is_ghost(ix));
            if !is_there && seen.insert(parent) {
                missing.push((parent.to_owned(), vec![script]));
            }
        }
    }
    // A side of a conflict brings it; the finding about that file says so.
    let conflicts = context.audited.scripts.iter().filter_map(|script| script.conflict.as_ref());
    let sides: BTreeSet<_> = conflicts.flat_map(|conflict| conflict.ids()).collect();
    missing.retain(|(id, _)| !sides.contains(&**id));
    for (missing, children) in missing {
        for script in children {
            let Some(id) = script.id().map(ToOwned::to_owned) else { continue };
            let near = ids.parent_candidates(script, &missing);
            let mut finding = Finding::new(
                &RULE,
                format!("{id} names the parent {}, which no file declares", quoted(&missing)),
            );
            let place = items.place(script, &missing);
            finding.evidence = vec![place.clone()];
            finding.place = Some(place);
            finding.consequence = format!(
                "Every command that reads the files stops with a bare `KeyError: '{missing}'`, even `{}`; only the warning \
                 above it says that this id is not present.",
                context.command("heads")
            );
            let certain = certain_candidate(&near);
            finding.advice = match (certain, near.first()) {
                (Some(candidate), _) => format!("Write {}: {}.", candidate.revision, candidate.why),
                (None, Some(candidate)) => format!(
                    "Bring the file back from version control. If the id is a slip, the nearest is {} ({}).",
                    candidate.revision, candidate.why
                ),
                (None, None) => {
                    let advice = "Bring the file back from version control, or let this revision name one that exists.";
                    if ids.knows_slips() { advice.to_owned() } else { format!("{advice} {SLIPS_UNKNOWN}") }
                }
            };
            if context.audited.is_of_a_family {
                (finding.consequence, finding.advice) = of_a_family(context, &missing);
            }
            if let Some(left_out) = left_out(&unread, &missing) {
                finding.advice = left_out;
            }
            let stands_in = context
                .all
                .environments
                .iter()
                .enumerate()
                .find(|(index, other)| *index != context.index && other.may_lend(&missing));
            if let Some((_, other)) = stands_in {
                finding.advice = format!(
                    "The revision stands in another environment, {}. Move the file here, or list both folders in \
                     version_locations.",
                    other.environment.version_locations.join(", ")
                );
            }
            finding.by_hand = certain.map(|candidate| format!("Write {} in full", candidate.revision));
            finding.candidates = near.iter().take(3).map(|candidate| candidate.revision.clone()).collect();
            finding.revisions = vec![id, missing.clone()];
            if !context.audited.environment.live {
                finding.severity = Severity::Warning;
                finding.consequence =
                    "No configuration points at this folder, so nothing loads it today. Whoever does is \
                                       stopped with a bare KeyError."
                        .to_owned();
            }
            if context.audited.folders_by_code.is_some()
                || context.audited.graph.n_anonymous() > 0
                || !context.audited.environment.complete
            {
                finding.because_unknown();
            }
            findings.push(finding);
        }
    }
}

/// What to do where a migration was not read, which may be the one that is missing.
fn left_out(files: &[&TreePath], missing: &str) -> Option<String> {
    let named: Vec<_> = files.iter().filter(|path| path.stem().contains(missing)).collect();
    let files: Vec<_> = if named.is_empty() { files.iter().collect() } else { named };
    let names: Vec<_> = files.into_iter().map(|path| path.file_name()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "{} was left out, and may declare it: look there first. Why it was not read stands with the report.",
            listed(&names)
        )
    })
}

fn quoted(id: &str) -> String {
    if id.is_empty() { "'' (an empty string)".to_owned() } else { id.to_owned() }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::Trust;
    use crate::rules::fixture::{audited, found, project};

    #[test]
    fn reports_each_child_at_the_string_that_names_it() {
        let tree = project("a: a <- None\nb: b <- ('a', 'gone')");
        assert_eq!(
            found("missing-parent", &tree),
            ["error migrations/versions/b.py: b names the parent gone, which no file declares"]
        );
        let audit = audited(&tree);
        let place = audit.findings[0].place.clone().expect("it has one");
        assert_eq!(place.range.slice(tree.get(&place.path).expect("there")), b"'gone'");
    }

    #[test]
    fn a_migration_that_was_left_out_is_named_where_it_is_missed() {
        let mut tree = project("a: a <- None\nc: c <- 'b'");
        tree.insert_unread(TreePath::parse("migrations/versions/b_rows.py").expect("relative"), "too large");
        tree.insert_unread(TreePath::parse("data/b.py").expect("relative"), "too large");
        let findings = audited(&tree).findings;
        let finding =
            findings.iter().find(|finding| finding.rule.name == "missing-parent").expect("it is found");
        let advice = &finding.advice;
        assert!(advice.starts_with("b_rows.py was left out, and may declare it"), "{advice}");
    }

    #[test]
    fn a_word_left_out_the_number_before_and_the_docstring_are_proposed() {
        let candidates = |migrations: &str| audited(&project(migrations)).findings.remove(0).candidates;
        let word = "a: 2025_add_source_configs <- None\nb: b <- '2025_source_configs'";
        assert_eq!(candidates(word), ["2025_add_source_configs"]);
        let word = "a: 2025_source_configs <- None\nb: b <- '2025_add_source_configs'";
        assert_eq!(candidates(word), ["2025_source_configs"]);
        // Two words are another name.
        assert!(candidates("a: 2025_add_the_source <- None\nb: b <- '2025_source'").is_empty());
        assert_eq!(
            candidates("a: 0025 <- None\nb: 0026 <- '0025'\nc: 0036 <- '0026'\nd: 0028 <- '0027'")[0],
            "0026"
        );
        let mut tree = project("a: a <- None\nb: b <- 'a'");
        let source = b"\"\"\"c\n\nRevises: b\n\"\"\"\nrevision = 'c'\ndown_revision = 'gone'\n".to_vec();
        tree.insert(TreePath::parse("migrations/versions/c.py").expect("relative"), source);
        let finding = audited(&tree).findings.remove(1);
        assert_eq!((finding.rule.name, finding.candidates), ("missing-parent", vec!["b".to_owned()]));
    }

    #[test]
    fn a_file_name_or_a_prefix_used_as_id_is_recognised() {
        let tree = project(
            "2ca607eff9c8_first: 2ca607eff9c8 <- None\nb: b <- '2ca607'\nc: c <- '2ca607eff9c8_first.py'",
        );
        let audit = audited(&tree);
        let advice: Vec<_> = audit
            .findings
            .iter()
            .filter(|finding| finding.rule.name == "missing-parent")
            .map(|finding| finding.advice.as_str())
            .collect();
        assert_eq!(
            advice,
            [
                "Write 2ca607eff9c8: it is the only revision that begins so.",
                "Write 2ca607eff9c8: it is declared in the file of that name."
            ]
        );
    }

    #[test]
    fn only_a_slip_that_no_other_id_is_near_to_is_more_than_possible() {
        let trust = |migrations: &str, missing: &str| {
            let audit = audited(&project(migrations));
            let scripts = &audit.environments[0].scripts;
            let child = scripts.last().expect("there are some");
            let near = crate::rules::parent_candidates(scripts, child, missing);
            near.first().map(|first| (first.revision.clone(), first.trust))
        };
        let is = |revision: &str, trust| Some((revision.to_owned(), trust));
        let hex = "a: 2ca607eff9c8 <- None\nb: bbda3883b503 <- '2ca607eff9c8'\nc: c <- None";
        assert_eq!(trust(hex, "2ca607eff9d8"), is("2ca607eff9c8", Trust::Likely));
        assert_eq!(trust(hex, "2ca607efc9f8"), is("2ca607eff9c8", Trust::Likely));
        assert_eq!(trust(hex, "2ca607efc888"), None);
        let numbers = "a: rev_0025 <- None\nb: rev_0026 <- 'rev_0025'\nc: rev_0028 <- 'rev_0027'";
        assert_eq!(trust(numbers, "rev_0027"), is("rev_0025", Trust::Possible));
        // Names of files, cut short or drawn out.
        let files =
            "0001_users: 2ca607eff9c8 <- None\n0002_posts: bbda3883b503 <- '2ca607eff9c8'\nc: c <- None";
        assert_eq!(trust(files, "0001_users"), is("2ca607eff9c8", Trust::Certain));
        assert_eq!(trust(files, "0001_use"), is("2ca607eff9c8", Trust::Likely));
        assert_eq!(trust(files, "000"), None);
        assert_eq!(trust(files, "2ca607eff9c8_users"), is("2ca607eff9c8", Trust::Likely));
        assert_eq!(trust(files, "2ca607"), is("2ca607eff9c8", Trust::Certain));
    }

    #[test]
    fn a_file_that_alembic_loses_counts_too() {
        let found =
            found("missing-parent", &project("a: a <- None\nb_1: b <- ('gone', 'gone')\nb_2: b <- 'a'"));
        assert_eq!(
            found,
            ["error migrations/versions/b_1.py: b names the parent gone, which no file declares"]
        );
    }

    #[test]
    fn stays_silent_where_every_parent_is_there() {
        assert!(found("missing-parent", &project("a: a <- None\nb: b <- 'a'")).is_empty());
    }

    #[test]
    fn is_only_likely_where_a_migration_was_not_read() {
        let mut tree = project("b: b <- 'gone'");
        for (path, severity) in [("notes.txt", "error"), ("old/x.py", "error"), ("x.py", "warning")] {
            tree.insert_unread(
                crate::ingest::TreePath::parse(&format!("migrations/versions/{path}")).expect("relative"),
                "too large",
            );
            assert!(found("missing-parent", &tree)[0].starts_with(severity), "{path}");
        }
    }

    #[test]
    fn is_only_likely_where_a_file_s_id_is_unknown() {
        let mut tree = project("b: b <- 'gone'");
        let path = crate::ingest::TreePath::parse("migrations/versions/x.py").expect("relative");
        tree.insert(path, b"revision = make()\ndown_revision = None\n".to_vec());
        assert!(found("missing-parent", &tree)[0].starts_with("warning"));
    }
}
