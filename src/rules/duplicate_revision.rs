//! One id in several files.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use super::EnvironmentContext;
use super::context::{listed, value_place};
use super::duplicate_files::{Ages, Deeds};
use crate::finding::{Finding, Group, Rule, Severity};
use crate::source::Script;

pub(crate) static RULE: Rule = Rule {
    name: "duplicate-revision",
    group: Group::Chain,
    is_repairable: true,
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
    let ages = LazyCell::new(|| Ages::of(&context.audited.loaded));
    let lost_heads: LazyCell<BTreeSet<usize>, _> =
        LazyCell::new(|| context.audited.shape().lost_heads().collect());
    let loads = LazyCell::new(|| context.audited.load_error().is_none());
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
        if lost.iter().any(|script| lost_heads.contains(script)) && *loads {
            finding.consequence.push_str(&format!(
                " It goes on to count what it lost among the heads: `{}` names {id} for each, and `{}` finds several \
                 heads and stops with a message that says nothing of the id.",
                context.command("heads"),
                context.upgrade_command()
            ));
        }
        let deeds = |at: usize| Deeds::of(&scripts[at], context.all.tree.get(&scripts[at].path)?);
        let kept_at = context.audited.graph.node(kept).script;
        let own = kept_at.and_then(deeds);
        let same = own.is_some() && lost.iter().all(|&at| deeds(at) == own);
        let (title, advice) = if same {
            let advice = "The files do the same on the way up: delete all but one.".to_owned();
            ("Delete the copy", advice)
        } else {
            let files: Vec<usize> = lost.iter().copied().chain(kept_at).collect();
            let aged = ages.oldest_first(&files);
            let name = |at: usize| scripts[at].path.file_name();
            let others: Vec<_> = aged[1..].iter().map(|&at| name(at)).collect();
            let noun = if others.len() == 1 { "a new id" } else { "new ids" };
            let why = ages.why_older(aged[0], aged[1]);
            let advice = format!(
                "Give {} {noun}: {why}. If a database has already run {id}, find out which file it ran, and let that one \
                 keep the id.",
                listed(&others)
            );
            ("Give one file a new id", advice)
        };
        finding.advice = advice;
        finding.by_hand = Some(title.to_owned());
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

#[cfg(test)]
mod tests {
    use crate::ingest::{SourceTree, TreePath};
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
    fn a_copy_is_to_go_and_another_file_to_get_a_new_id() {
        let told = |tree: &SourceTree| {
            let findings = audited(tree).findings;
            let finding = findings.into_iter().find(|finding| finding.rule == &super::RULE).expect("found");
            (finding.by_hand.expect("a person can mend it"), finding.advice)
        };
        let tree = project("a: a <- None\nb_old: b <- 'a'\nb_new: b <- 'a'");
        assert_eq!(told(&tree).0, "Delete the copy");
        let mut tree = project("a: a <- None\nb_old: b <- 'a'");
        for (file, table) in [("b_more", "t"), ("x", "u")] {
            let text =
                format!("revision = 'b'\ndown_revision = 'a'\n\n\ndef upgrade():\n    print('{table}')\n");
            let path = TreePath::parse(&format!("migrations/versions/{file}.py")).expect("relative");
            tree.insert(path, text.into_bytes());
        }
        let (title, advice) = told(&tree);
        assert_eq!(title, "Give one file a new id");
        assert!(
            advice.starts_with(
                "Give b_more.py and x.py new ids: nothing tells which is older, and of the two Alembic runs b_old.py."
            ),
            "{advice}"
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
