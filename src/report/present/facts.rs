//! Single facts: what a revision is, where something stands, what an answer is called.

use super::{NOT_KNOWN, REMOVED_FILE};
use crate::audited::{Grade, Verdict};
use crate::drawing::{Dot, Drawing, Lines, LinkKind, Mark};
use crate::finding::{Applicability, Confidence};
use crate::report::{ChangeReport, EnvironmentReport, FixReport, PlanReport, RevisionReport, Status};
use crate::text::Shown;

/// The verdict in few words: `cannot be deployed`, `sound`.
pub fn grade_words(grade: Grade) -> &'static str {
    match grade {
        Grade::CannotDeploy => "cannot be deployed",
        Grade::Stops => "stops",
        Grade::NoEmptyDatabase => "no empty database",
        Grade::StopsOnSome => "stops on some databases",
        Grade::Undecided => "not decided",
        Grade::Warnings => "warnings",
        Grade::Sound => "sound",
    }
}

/// The verdict in the words of an incident report.
pub fn severity(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Broken => "Critical",
        Verdict::Warnings => "Moderate",
        Verdict::Clean => "None",
        Verdict::Unknown => "Not decided",
    }
}

/// What is said of a finding that is not certain.
pub fn doubt(confidence: Confidence) -> Option<&'static str> {
    (confidence == Confidence::Likely).then(|| confidence.word())
}

/// The answer to a checklist item as a word.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Pass => "pass",
        Status::Fail => "fail",
        Status::Unknown => "unknown",
    }
}

/// Whether a fix or a plan may be applied, in a word or two.
pub fn applicability_tag(of: Applicability) -> &'static str {
    match of {
        Applicability::Safe => "safe",
        Applicability::Unsafe => "unsafe",
        Applicability::DisplayOnly => "by hand",
    }
}

/// The same as the end of a sentence.
pub fn applicability(of: Applicability) -> &'static str {
    match of {
        Applicability::Safe => "safe, whatever the databases have run",
        Applicability::Unsafe => "unsafe where a database has run these revisions",
        Applicability::DisplayOnly => "by hand: nothing is edited",
    }
}

/// The same of the fix of a finding. What leaves the chain alone is noticed by no database.
pub fn fix_applicability(fix: &FixReport) -> &'static str {
    match (&fix.other, fix.applicability) {
        (Some(_), Applicability::Safe) => "safe: no database notices it",
        (Some(_), Applicability::Unsafe) => "unsafe: look at it first",
        (_, own) => applicability(own),
    }
}

/// What a revision is, in words: `base, head`; empty for one in the middle of a chain.
pub fn roles(revision: &RevisionReport) -> String {
    let roles = [
        (revision.is_base, Mark::Base),
        (revision.is_head, Mark::Head),
        (revision.is_branch_point, Mark::BranchPoint),
        (revision.is_merge_point, Mark::MergePoint),
    ];
    roles.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark.word()).collect::<Vec<_>>().join(", ")
}

/// Parents as Python writes them: `None`, `a`, `(a, b)`.
pub fn parents(ids: &[Shown]) -> String {
    match ids {
        [] => "None".to_owned(),
        [one] => one.to_string(),
        several => format!("({})", several.join(", ")),
    }
}

/// What a plan makes of a file's parents, or that the file goes.
pub fn new_parents(change: &ChangeReport) -> String {
    if change.removed { REMOVED_FILE.to_owned() } else { parents(&change.after) }
}

/// What a plan calls the revision of a file: `a`, or `a → b` where it has another id from now on.
pub fn change_name(change: &ChangeReport) -> String {
    match &change.old_revision {
        Some(old) => format!("{old} \u{2192} {}", change.revision),
        None => change.revision.to_string(),
    }
}

/// The parents that a file declares, or that they are not known.
pub fn declared_parents(revision: &RevisionReport) -> String {
    if revision.parents_known { parents(&revision.down_revision) } else { NOT_KNOWN.to_owned() }
}

/// The heading of what is told as a plan leaves it; beside it stands [`super::NOW`].
pub fn after(plan: &PlanReport) -> String {
    format!("After: {}", plan.title)
}

/// Names as one text, or that there is none.
pub fn names(names: &[Shown]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Where something is: `path`, `path:line` or `path:line:column`.
pub fn place(path: &str, line: Option<u32>, column: Option<u32>) -> String {
    let mut place = path.to_owned();
    for number in [line, column].into_iter().flatten() {
        place.push(':');
        place.push_str(&number.to_string());
    }
    place
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The day of a date, `2025-11-18`, as far as its file tells.
pub fn day(date: Option<&str>) -> String {
    date.map_or_else(String::new, |date| date.chars().take(10).collect())
}

/// What an environment is called: its folder of migrations, or of `env.py`.
pub fn environment_name(environment: &EnvironmentReport) -> &str {
    let name = environment.version_locations.first().unwrap_or(&environment.script_location);
    if name.is_empty() { "the top folder" } else { name }
}

/// The environments' names, as short as tells them apart.
pub fn short_names(environments: &[EnvironmentReport]) -> Vec<String> {
    let n_of = |name: &str| environments.iter().filter(|other| environment_name(other) == name).count();
    let named = environments.iter().map(|environment| {
        let name = environment_name(environment);
        match &environment.section {
            Some(section) if n_of(name) > 1 => format!("{name} [{section}]"),
            _ => name.to_owned(),
        }
    });
    shortened(named.collect())
}

/// The names without the folders that all of them begin with, and that all of them end in.
fn shortened(names: Vec<String>) -> Vec<String> {
    if names.len() < 2 {
        return names;
    }
    let mut left: Vec<&str> = names.iter().map(String::as_str).collect();
    let first: fn(&str) -> Option<(&str, &str)> = |name| name.split_once('/');
    let last: fn(&str) -> Option<(&str, &str)> =
        |name| name.rsplit_once('/').map(|(rest, last)| (last, rest));
    for cut in [first, last] {
        loop {
            let parts: Option<Vec<(&str, &str)>> = left.iter().map(|name| cut(name)).collect();
            match parts {
                Some(parts) if parts.iter().all(|(shared, _)| *shared == parts[0].0) => {
                    left = parts.into_iter().map(|(_, rest)| rest).collect();
                }
                _ => break,
            }
        }
    }
    left.into_iter().map(ToOwned::to_owned).collect()
}

/// Whether an environment is in use.
pub fn in_use(environment: &EnvironmentReport) -> &str {
    match &environment.not_in_use {
        Some(why) => why,
        None => "yes",
    }
}

/// What a column says of NULL: nothing where it is allowed.
pub fn nullable(nullable: Option<bool>) -> &'static str {
    match nullable {
        Some(true) => "",
        Some(false) => "NOT NULL",
        None => NOT_KNOWN,
    }
}

/// For each row of one side, its parents with what kind of line leads there, as a table tells them.
pub fn row_parents(drawing: &Drawing, lines: &Lines) -> Vec<String> {
    let mut parents = vec![Vec::new(); drawing.rows.len()];
    for link in &lines.links {
        let word = match link.kind {
            LinkKind::Parent | LinkKind::Cycle => String::new(),
            LinkKind::NewParent => format!(" ({})", Mark::NewParent.word()),
            LinkKind::Dependency => " (depends on)".to_owned(),
            LinkKind::Missing => format!(" ({})", Mark::Missing.word()),
        };
        parents[link.child].push(format!("{}{word}", drawing.rows[link.parent].revision));
    }
    let is_known = |row: usize| {
        let dot = lines.dots.get(row).and_then(Option::as_ref);
        dot.is_none_or(|dot| !dot.marks.iter().any(|mark| matches!(mark, Mark::Unknown | Mark::Missing)))
    };
    let told = parents.into_iter().enumerate().map(|(row, named)| match named.as_slice() {
        [] if is_known(row) => self::parents(&[]),
        [] => NOT_KNOWN.to_owned(),
        named => named.join(", "),
    });
    told.collect()
}

/// For each row of one side, what it is there, in words; nothing where it is not on that side.
pub fn row_marks(lines: &Lines) -> Vec<Option<String>> {
    let words = |dot: &Dot| dot.marks.iter().map(|mark| mark.word()).collect::<Vec<_>>().join(", ");
    lines.dots.iter().map(|dot| dot.as_ref().map(words)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_read_like_python() {
        let ids = ["a".into(), "b".into()];
        assert_eq!([parents(&[]), parents(&ids[..1]), parents(&ids)], ["None", "a", "(a, b)"]);
    }

    #[test]
    fn a_place_is_as_exact_as_what_is_known() {
        let places =
            [place("a.py", None, None), place("a.py", Some(3), None), place("a.py", Some(3), Some(7))];
        assert_eq!(places, ["a.py", "a.py:3", "a.py:3:7"]);
        assert_eq!([file_name("m/a.py"), file_name("a.py")], ["a.py", "a.py"]);
        assert_eq!([day(Some("2025-11-18 10:00")), day(None)], ["2025-11-18", ""]);
    }

    #[test]
    fn names_lose_the_folders_that_all_of_them_share() {
        let short = |names: &[&str]| shortened(names.iter().map(|&name| name.to_owned()).collect());
        assert_eq!(short(&["a/migrations", "b/c/migrations"]), ["a", "b/c"]);
        assert_eq!(short(&["a/migrations", "migrations"]), ["a/migrations", "migrations"]);
        assert_eq!(short(&["a/one", "a/two"]), ["one", "two"]);
        assert_eq!(short(&["s/a/migrations", "s/b/migrations"]), ["a", "b"]);
        assert_eq!(short(&["a/one"]), ["a/one"]);
    }
}
