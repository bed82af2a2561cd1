//! One id in several files.

use std::collections::{BTreeMap, BTreeSet};

use super::EnvironmentContext;
use super::context::{listed, value_place};
use crate::finding::{Applicability, Finding, Fix, Group, Rule, Severity};
use crate::source::Script;

pub(crate) static RULE: Rule = Rule {
    name: "duplicate-revision",
    group: Group::Chain,
    is_repairable: false,
    summary: "Several files declare the same revision id.",
    severity: Severity::Error,
    explanation: include_str!("duplicate_revision.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let graph = &context.audited.graph;
    let scripts = &context.audited.scripts;
    let mut lost: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for shadowed in graph.shadowed() {
        lost.entry(shadowed.kept).or_default().push(shadowed.script);
    }
    for (kept, lost) in lost {
        let (Some(winner), id) = (context.script(kept), context.id(kept)) else { continue };
        let places: Vec<_> =
            lost.iter().map(|&at| value_place(&scripts[at], &scripts[at].revision)).collect();
        let mut finding = Finding::new(&RULE, format!("{} files declare the revision {id}", lost.len() + 1));
        finding.place = places.first().cloned();
        finding.evidence = places;
        finding.evidence.extend(context.id_place(kept));
        let all: Vec<_> = lost.iter().map(|&at| &scripts[at]).chain([winner]).collect();
        let names = names(&all);
        finding.consequence = format!(
            "Alembic warns, keeps {}, which it reads last, and never runs {}.",
            names.last().copied().unwrap_or_default(),
            listed(&names[..lost.len()])
        );
        let counted = context.audited.shape().lost_heads().any(|script| lost.contains(&script));
        if counted && context.audited.load_error().is_none() {
            finding.consequence.push_str(&format!(
                " It goes on to count what it lost among the heads: `{}` names {id} for each, and `{}` finds several \
                 heads and stops with a message that says nothing of the id.",
                context.command("heads"),
                context.upgrade_command()
            ));
        }
        let same = lost
            .iter()
            .all(|&at| context.all.tree.get(&scripts[at].path) == context.all.tree.get(&winner.path));
        finding.advice = if same {
            "The files are equal: delete all but one.".to_owned()
        } else {
            let give = match copy(&all, &id) {
                Some((copy, why)) => format!("Give {} a new id: {why}.", copy.path.file_name()),
                None => "Give one of the files a new id.".to_owned(),
            };
            format!(
                "{give} If a database has already run {id}, find out which file it ran, and let that one keep the id."
            )
        };
        finding.fix = Some(Fix {
            title: if same { "Delete the copy".to_owned() } else { "Give one file a new id".to_owned() },
            applicability: Applicability::DisplayOnly,
        });
        finding.revisions = vec![id];
        findings.push(finding);
    }
}

/// What files are called: their names, or their paths where two names are alike.
fn names<'s>(scripts: &[&'s Script]) -> Vec<&'s str> {
    let names: Vec<_> = scripts.iter().map(|script| script.path.file_name()).collect();
    let alike = names.iter().collect::<BTreeSet<_>>().len() < names.len();
    if alike { scripts.iter().map(|script| script.path.as_str()).collect() } else { names }
}

/// The file that most likely took the id of the other, and why: the younger one of two, or the one whose name does not
/// hold the id.
pub(super) fn copy<'s>(scripts: &[&'s Script], id: &str) -> Option<(&'s Script, String)> {
    let [one, other] = scripts else { return None };
    let in_name = |script: &Script| script.path.stem().contains(id);
    let why_named = |named: &Script| format!("{} has the id in its name", named.path.file_name());
    match (one.create_date(), other.create_date()) {
        (Some(first), Some(second)) if first != second => {
            let (older, younger) = if first < second { (one, other) } else { (other, one) };
            Some((*younger, format!("by the Create Date, {} is older", older.path.file_name())))
        }
        _ if in_name(one) && !in_name(other) => Some((*other, why_named(one))),
        _ if in_name(other) && !in_name(one) => Some((*one, why_named(other))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::fixture::{audited, found, project};

    #[test]
    fn reports_the_file_that_is_lost_and_names_the_one_that_runs() {
        let tree = project("a: a <- None\nb_old: b <- 'a'\nb_new: b <- 'a'");
        assert_eq!(
            found("duplicate-revision", &tree),
            ["error migrations/versions/b_new.py: 2 files declare the revision b"]
        );
        let audit = audited(&tree);
        let finding =
            audit.findings.iter().find(|finding| finding.rule.name == "duplicate-revision").expect("found");
        assert!(
            finding.consequence.contains("keeps b_old.py, which it reads last, and never runs b_new.py"),
            "{}",
            finding.consequence
        );
    }

    #[test]
    fn names_the_whole_path_where_two_names_are_alike() {
        let scripts = crate::rules::fixture::audited(&project("a: x <- None\nb: y <- 'x'"));
        let scripts: Vec<_> = scripts.environments[0].scripts.iter().collect();
        assert_eq!(super::names(&scripts), ["a.py", "b.py"]);
        assert_eq!(super::names(&[scripts[0], scripts[0]]), [scripts[0].path.as_str(); 2]);
    }

    #[test]
    fn stays_silent_where_ids_differ() {
        assert!(found("duplicate-revision", &project("a: a <- None\nb: b <- 'a'")).is_empty());
    }
}
