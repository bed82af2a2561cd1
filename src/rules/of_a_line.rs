//! Many faults of one rule on one line are one finding: who reads it looks there once.

use std::collections::BTreeSet;

use crate::finding::{Finding, Place};
use crate::ingest::SourceTree;
use crate::text::number;

/// As many faults of one line are told one by one.
const MOST: usize = 5;

/// Findings in which those of one rule that follow one another on one line are one, where they are many.
pub(super) fn gathered(tree: &SourceTree, findings: Vec<Finding>) -> Vec<Finding> {
    let mut told = Vec::with_capacity(findings.len());
    let mut line: Vec<Finding> = Vec::new();
    for finding in findings {
        if line.last().is_some_and(|last| !are_alike(tree, last, &finding)) {
            told.extend(as_told(std::mem::take(&mut line)));
        }
        line.push(finding);
    }
    told.extend(as_told(line));
    told
}

/// The faults of one line as they are told.
fn as_told(mut line: Vec<Finding>) -> Vec<Finding> {
    if line.len() <= MOST {
        return line;
    }
    let others = line.split_off(1);
    let first = &mut line[0];
    first.message.push_str(&format!("; this line has {} more such faults", number(others.len() as u64)));
    first.count += others.len();
    // What is to be done by hand mends one of them.
    first.by_hand = None;
    let mut seen: BTreeSet<String> = first.revisions.iter().cloned().collect();
    let named = others.into_iter().flat_map(|other| other.revisions);
    first.revisions.extend(named.filter(|id| seen.insert(id.clone())));
    line
}

/// Whether two findings, of which one follows the other, tell the same of one line.
fn are_alike(tree: &SourceTree, one: &Finding, next: &Finding) -> bool {
    let kind = |finding: &Finding| (finding.environment, finding.severity, finding.confidence);
    one.rule == next.rule && kind(one) == kind(next) && are_on_one_line(tree, one, next).unwrap_or(false)
}

/// Nothing where one of them has no place.
fn are_on_one_line(tree: &SourceTree, one: &Finding, next: &Finding) -> Option<bool> {
    let (Place { path, range }, next) = (one.place.as_ref()?, next.place.as_ref()?);
    let between = tree.get(path)?.get(range.start() as usize..next.range.start() as usize);
    Some(
        path == &next.path
            && between.is_some_and(|between| !between.contains(&b'\n') && !between.contains(&b'\r')),
    )
}

#[cfg(test)]
mod tests {
    use crate::finding::Finding;
    use crate::ingest::TreePath;
    use crate::rules::fixture::{audited, project};

    /// The findings of a migration with so many parents that are not there, with something between.
    fn found(n: usize, between: &str) -> Vec<Finding> {
        let parents: Vec<String> = (0..n).map(|at| format!("'gone{at}'")).collect();
        let content =
            format!("revision = 'a'\ndown_revision = ({},)\ndef upgrade(): pass\n", parents.join(between));
        let mut tree = project("");
        tree.insert(TreePath::parse("migrations/versions/a.py").expect("relative"), content.into_bytes());
        let mut findings = audited(&tree).findings;
        findings.retain(|finding| finding.rule.name == "missing-parent");
        findings
    }

    #[test]
    fn many_of_one_line_are_one_that_counts_them_and_names_all() {
        let found = found(2_000, ", ");
        assert_eq!((found.len(), found[0].count, found[0].revisions.len()), (1, 2_000, 2_001));
        assert_eq!(
            found[0].message,
            "a names the parent gone0, which no file declares; this line has 1,999 more such faults"
        );
    }

    #[test]
    fn a_few_are_told_one_by_one() {
        let found = found(super::MOST, ", ");
        assert_eq!(found.len(), super::MOST);
        assert!(found.iter().all(|finding| finding.count == 1 && !finding.message.contains("more")));
    }

    #[test]
    fn those_of_other_lines_are_their_own() {
        for line_end in ["\n", "\r\n", "\r"] {
            assert_eq!(found(20, &format!(",{line_end}")).len(), 20);
        }
    }
}
