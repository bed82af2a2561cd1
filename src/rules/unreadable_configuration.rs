//! A configuration that Alembic cannot read.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use super::EnvironmentContext;
use super::context::{LineStarts, MOST_ALIKE};
use crate::audited::Audited;
use crate::finding::{Finding, Group, Rule, Severity};
use crate::source::sets_main_option;

pub(super) static RULE: Rule = Rule {
    name: "unreadable-configuration",
    group: Group::Loading,
    is_repairable: false,
    summary: "alembic.ini or pyproject.toml cannot be read, or not as it is meant.",
    severity: Severity::Error,
    explanation: include_str!("unreadable_configuration.md"),
};

pub(super) fn check(context: &EnvironmentContext<'_>, findings: &mut Vec<Finding>) {
    let refusals = &context.audited.environment.refusals;
    let mut starts = LineStarts::of(context.all.tree);
    let mut left: BTreeMap<_, usize> = BTreeMap::new();
    for refusal in refusals {
        *left.entry(&refusal.path).or_default() += 1;
    }
    let mut told: BTreeMap<_, usize> = BTreeMap::new();
    for refusal in refusals {
        let path = &refusal.path;
        let n_told = told.entry(path).or_default();
        *n_told += 1;
        let what = match *n_told - 1 {
            ..MOST_ALIKE => refusal.what.clone(),
            MOST_ALIKE => format!("{} more faults of this kind follow", left[path] - MOST_ALIKE),
            _ => continue,
        };
        let mut finding = Finding::new(&RULE, format!("{path}: {what}"));
        let place = starts.place(path, refusal.line);
        finding.evidence = vec![place.clone()];
        finding.place = Some(place);
        finding.consequence = "Every Alembic command that reads this file stops at once.".to_owned();
        finding.advice = refusal.advice.to_owned();
        // Where another configuration names the migrations, this one may be for a start elsewhere, or for nobody; and the
        // program may name the folder itself once it has read the file.
        let by_code = LazyCell::new(|| {
            refusal.is_of_script_location && sets_main_option(context.all.tree, "script_location").is_some()
        });
        let is_other = |(at, other): (usize, &Audited)| {
            let environment = &other.environment;
            let is_named = || match environment.config {
                Some(_) => refusal.rests_on_start && environment.refusals.is_empty(),
                None => *by_code,
            };
            at != context.index && !other.scripts.is_empty() && is_named()
        };
        if context.all.environments.iter().enumerate().any(is_other) {
            finding.because_unknown();
        }
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use crate::ingest::TreePath;
    use crate::rules::fixture::{found, project};

    fn with(path: &str, content: &str) -> Vec<String> {
        let mut tree = project("a: a <- None");
        tree.insert(TreePath::parse(path).expect("relative"), content.as_bytes().to_vec());
        found("unreadable-configuration", &tree)
    }

    #[test]
    fn reports_what_python_s_readers_refuse() {
        let ini = with("alembic.ini", "[alembic]\nscript_location = other\nscript_location = migrations\n");
        assert_eq!(ini.len(), 1, "{ini:?}");
        assert!(ini[0].starts_with("error alembic.ini: alembic.ini: it cannot be read: "), "{ini:?}");
    }

    #[test]
    fn counts_what_is_wrong_with_a_hundred_lines_and_more() {
        let ini = |n: usize| format!("[alembic]\nscript_location = migrations\n{}", "x\n".repeat(n));
        assert_eq!(with("alembic.ini", &ini(100)).len(), 100);
        let told = with("alembic.ini", &ini(5000));
        assert_eq!(told.len(), 101);
        assert_eq!(told[100], "error alembic.ini: alembic.ini: 4900 more faults of this kind follow");
    }

    #[test]
    fn reports_what_belongs_to_a_path_and_was_not_meant() {
        for (value, what) in [
            ("\"migrations\"", "the quotes belong to the value"),
            ("migrations  ; the folder", "the comment behind the path belongs to the value"),
            ("\n    migrations", "the line break before the path belongs to the value"),
            ("~/migrations", "`~` is not expanded"),
            ("${HOME}/migrations", "variables of the environment are not expanded"),
        ] {
            let ini = with("alembic.ini", &format!("[alembic]\nscript_location = {value}\n"));
            let expected = format!("error alembic.ini: alembic.ini: script_location names no folder: {what}");
            assert_eq!(ini, [expected], "{value}");
        }
    }

    #[test]
    fn reports_what_stops_every_command_although_it_has_nothing_to_do_with_migrations() {
        for (option, what) in [
            ("file_template = %(rev)s", "`file_template` has `%(rev)s`, which is not set"),
            ("timezone = 50%", "`timezone` has a lone `%`, which must be written `%%`"),
            ("truncate_slug_length = long", "`truncate_slug_length` is no number"),
            (
                "path_separator = comma\nprepend_sys_path = .",
                "`path_separator` is `comma`, which Alembic does not know",
            ),
        ] {
            let ini = with("alembic.ini", &format!("[alembic]\nscript_location = migrations\n{option}\n"));
            assert_eq!(ini, [format!("error alembic.ini: alembic.ini: {what}")], "{option}");
        }
        let toml = with("pyproject.toml", "[tool.alembic]\nsourceless = 1\n");
        let what = "`sourceless` must be true or false without quotes";
        assert_eq!(toml, [format!("error pyproject.toml: pyproject.toml: {what}")]);
        let toml = with("pyproject.toml", "x = = 1\n");
        assert_eq!(toml.len(), 1, "{toml:?}");
    }

    #[test]
    fn only_warns_of_a_path_that_is_not_there_where_another_configuration_names_the_migrations() {
        let mut tree = project("a: a <- None");
        let conf = b"[alembic]\nscript_location = elsewhere\n".to_vec();
        tree.insert(TreePath::parse("conf.ini").expect("relative"), conf);
        assert_eq!(
            found("unreadable-configuration", &tree),
            ["warning conf.ini: conf.ini: script_location `elsewhere` is not there"]
        );
        assert!(found("alembic-stops", &tree).is_empty());
    }

    #[test]
    fn only_warns_of_a_path_that_is_not_there_where_the_program_names_the_folder_itself() {
        let set = "config.set_main_option(\n    'script_location', 'app:migrations')\n";
        for (path, code, start) in [
            ("app/cli.py", set, "warning"),
            ("app/cli.py", "config.set_main_option('sqlalchemy.url', script_location)\n", "error"),
            ("app/cli.py", "# config.set_main_option('script_location', 'app:migrations')\n", "error"),
            ("tests/cli.py", set, "error"),
        ] {
            let mut tree = project("a: a <- None");
            tree.remove(&TreePath::parse("alembic.ini").expect("relative"));
            for (path, content) in
                [("app/alembic.ini", "[alembic]\nscript_location = %(here)s/other\n"), (path, code)]
            {
                tree.insert(TreePath::parse(path).expect("relative"), content.as_bytes().to_vec());
            }
            let expected = format!(
                "{start} app/alembic.ini: app/alembic.ini: script_location `%(here)s/other` is not there"
            );
            assert_eq!(found("unreadable-configuration", &tree), [expected], "{path}: {code}");
            assert!(found("alembic-stops", &tree).is_empty(), "{path}: {code}");
        }
    }

    #[test]
    fn stays_silent_on_a_readable_one() {
        for ini in [
            "[alembic]\nscript_location = migrations\n; a comment\n",
            "[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = 50%\n",
            "[alembic]\nscript_location = migrations\npath_separator = comma\n",
        ] {
            assert!(with("alembic.ini", ini).is_empty(), "{ini}");
        }
        let other = "[alembic]\nscript_location = /app/migrations\n";
        assert!(with("alembic.ini", other).is_empty(), "a path of another machine");
        assert!(with("pyproject.toml", "[tool.black]\nline-length = 100\n").is_empty());
    }
}
