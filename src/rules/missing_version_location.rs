//! Version locations that Alembic passes over in silence.

use super::EnvironmentContext;
use super::context::LineStarts;
use crate::finding::{Finding, Group, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    name: "missing-version-location",
    group: Group::Environment,
    is_repairable: false,
    summary: "version_locations names a folder that is not there.",
    severity: Severity::Warning,
    explanation: include_str!("missing_version_location.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let passed_over = &context.audited.environment.passed_over;
    let mut starts = LineStarts::of(context.all.tree);
    for passed in passed_over {
        let shown = passed.value.replace('\n', "\\n");
        let is = if passed.is_file { "is a file" } else { "is not there" };
        let mut finding = Finding::new(&RULE, format!("{}: version location `{shown}` {is}", passed.path));
        let place = starts.place(&passed.path, passed.line);
        finding.evidence = vec![place.clone()];
        finding.place = Some(place);
        // Where none is there, nothing runs at all, and no command says so.
        let finds_nothing = context.audited.scripts.is_empty();
        if finds_nothing {
            finding.severity = Severity::Error;
        }
        finding.consequence = if finds_nothing {
            "Alembic passes over it without a word and finds no migration: an upgrade does nothing and succeeds."
        } else {
            "Alembic passes over it without a word, and over every migration that should be in it."
        }
        .to_owned();
        finding.advice = if passed.is_text {
            "Write a list: of a text, Alembic takes each character for a path.".to_owned()
        } else if passed.value.contains('\n') {
            "Lines do not separate paths by themselves: write `path_separator = newline`.".to_owned()
        } else if passed.value.trim().contains([' ', ',', ';', ':']) {
            "It is read as one path. Name what stands between the paths in `path_separator`, or write what it names."
                .to_owned()
        } else {
            "Write the path of the folder, or take it out of version_locations.".to_owned()
        };
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    fn with(ini: &str) -> Vec<String> {
        let mut tree = project("a: a <- None");
        let ini = format!("[alembic]\nscript_location = migrations\n{ini}");
        tree.insert(TreePath::parse("alembic.ini").expect("relative"), ini.into_bytes());
        found("missing-version-location", &tree)
    }

    #[test]
    fn reports_what_is_not_there_or_no_folder() {
        assert_eq!(
            with("version_locations = migrations/versions, gone\n"),
            ["warning alembic.ini: alembic.ini: version location `gone` is not there"]
        );
    }

    #[test]
    fn counts_many_of_one_line() {
        let folders: Vec<String> = (0..5000).map(|n| format!("gone{n}")).collect();
        let told = with(&format!("version_locations = migrations/versions {}\n", folders.join(" ")));
        assert_eq!(
            told,
            [
                "warning alembic.ini: alembic.ini: version location `gone0` is not there; this line has 4,999 more such \
                 faults"
            ]
        );
    }

    #[test]
    fn is_an_error_where_nothing_is_left_to_run() {
        let start = "error alembic.ini: alembic.ini: version location";
        for (ini, expected) in [
            ("version_locations = %(here)s/gone\n", "`%(here)s/gone` is not there"),
            (
                "version_locations = migrations/versions\n  more\n",
                "`migrations/versions\\nmore` is not there",
            ),
            ("version_locations = migrations/env.py\n", "`migrations/env.py` is a file"),
            (
                "path_separator = os\nversion_locations = %(here)s/migrations/versions %(here)s/x\n",
                "`%(here)s/migrations/versions %(here)s/x` is not there",
            ),
        ] {
            assert_eq!(with(ini), [format!("{start} {expected}")], "{ini}");
        }
    }

    #[test]
    fn stays_silent_on_folders_that_are_there_or_may_be_elsewhere() {
        for ini in [
            "version_locations = migrations/versions\n",
            "version_locations = migrations/versions, /app/other\n",
            "version_locations = migrations/versions, package:other\n",
            "version_locations =\n",
            "",
        ] {
            assert!(with(ini).is_empty(), "{ini}");
        }
    }
}
