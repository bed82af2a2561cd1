//! Which folders are environments, what points at them, and which of their files are migrations.

use proptest::prelude::*;
use rechain::audit::audit;
use rechain::audited::AuditOptions;
use rechain::ingest::{SourceTree, TreePath};
use rechain::replay::Direction;
use rechain::schema::Dialect;
use rechain::source::{Environment, Flavour, Origin, PythonFiles, TargetMetadata, find_environments};

const ENV: &str = "from alembic import context\ntarget_metadata = None\n";
const MIGRATION: &str = "revision = 'a'\ndown_revision = None\ndef upgrade():\n    pass\n";

fn tree(files: &[(&str, &str)]) -> SourceTree {
    let mut tree = SourceTree::default();
    for (path, content) in files {
        tree.insert(TreePath::parse(path).expect("relative"), content.as_bytes());
    }
    tree
}

fn migration(id: &str, parent: Option<&str>) -> String {
    let parent = parent.map_or("None".to_owned(), |parent| format!("'{parent}'"));
    format!("revision = '{id}'\ndown_revision = {parent}\ndef upgrade():\n    pass\n")
}

/// One line an environment: what matters, in a fixed order.
fn shown(environments: &[Environment]) -> Vec<String> {
    environments
        .iter()
        .map(|environment| {
            let live = if environment.live { "live" } else { "stale" };
            let config = environment
                .config
                .as_ref()
                .map_or("-".to_owned(), |config| format!("{}[{}]", config.path, config.section));
            let scripts: Vec<&str> = environment.scripts.iter().map(TreePath::as_str).collect();
            format!(
                "{live} {:?} {config} {:?} {:?} {scripts:?}",
                environment.origin, environment.script_location, environment.version_locations
            )
        })
        .collect()
}

fn found(files: &[(&str, &str)]) -> Vec<String> {
    shown(&find_environments(&PythonFiles::of(&tree(files))))
}

fn refusals(environments: &[Environment]) -> Vec<(u32, &str, &str)> {
    environments
        .iter()
        .flat_map(|environment| &environment.refusals)
        .map(|refusal| (refusal.line, refusal.what.as_str(), refusal.class))
        .collect()
}

fn unknown(environments: &[Environment]) -> Vec<(String, u32, String)> {
    environments
        .iter()
        .flat_map(|environment| &environment.unknown)
        .map(|(path, line, what)| (path.to_string(), *line, what.clone()))
        .collect()
}

#[test]
fn a_second_folder_that_nothing_points_at_is_stale() {
    let files = [
        ("alembic.ini", "[alembic]\nscript_location = migrations\n"),
        ("alembic/env.py", ENV),
        (
            "migrations/env.py",
            "from alembic import context\nfrom app import app, db\ntarget_metadata = db.metadata\n",
        ),
        ("migrations/versions/b.py", MIGRATION),
        ("migrations/versions/a.py", MIGRATION),
        ("app.py", "from flask import Flask\nfrom flask_migrate import Migrate\n"),
    ];
    let environments = find_environments(&PythonFiles::of(&tree(&files)));
    assert_eq!(
        shown(&environments),
        [
            "live Configured alembic.ini[alembic] \"migrations\" [\"migrations/versions\"] \
             [\"migrations/versions/a.py\", \"migrations/versions/b.py\"]",
            "stale EnvPy - \"alembic\" [\"alembic/versions\"] []",
        ]
    );
    assert_eq!(environments[0].config.as_ref().and_then(|config| config.line), Some(2));
    assert_eq!(environments[0].flavour, Flavour::FlaskMigrate);
    assert!(matches!(
        environments[0].env_py.as_ref().map(|env_py| &env_py.target_metadata),
        Some(TargetMetadata::Expression { text, .. }) if text == "db.metadata"
    ));
    assert!(matches!(
        environments[1].env_py.as_ref().map(|env_py| &env_py.target_metadata),
        Some(TargetMetadata::None { .. })
    ));
    assert!(unknown(&environments).is_empty());
}

#[test]
fn flask_s_commands_do_not_fit_where_env_py_reads_an_ini_that_is_not_beside_it() {
    let env = "from logging.config import fileConfig\nfrom alembic import context\nfileConfig(context.config.config_file_name)\n";
    let environments = find_environments(&PythonFiles::of(&tree(&[
        ("alembic.ini", "[alembic]\nscript_location = migrations\n"),
        ("migrations/env.py", env),
        ("migrations/versions/a.py", MIGRATION),
        ("app.py", "from flask_migrate import Migrate\n"),
    ])));
    assert_eq!(environments[0].flavour, Flavour::Alembic);
}

#[test]
fn every_way_of_naming_the_folder_leads_to_it() {
    for (config, content) in [
        ("alembic.ini", "[alembic]\nscript_location = db/alembic\n"),
        ("alembic.ini", "[alembic]\nSCRIPT_LOCATION : %(here)s/db/alembic\n"),
        ("alembic.ini", "[DEFAULT]\nroot = db\n[alembic]\nscript_location = %(root)s/alembic\n"),
        ("alembic.ini", "[alembic]\nscript_location = db:alembic\n"),
        ("alembic.ini", "[alembic]\nscript_location = /app/db/alembic\n"),
        ("alembic.ini", "[other]\nscript_location = db/alembic\n"),
        ("conf/dev.ini", "[alembic]\nscript_location = db/alembic\n"),
        ("conf/dev.ini", "[alembic]\nscript_location = %(here)s/../db/alembic\n"),
        ("db/alembic.ini", "[alembic]\nscript_location = alembic\n"),
        ("setup.cfg", "[alembic]\nscript_location = db/alembic\n"),
        ("pyproject.toml", "[tool.alembic]\nscript_location = \"%(here)s/db/alembic\"\n"),
        ("pyproject.toml", "tool.alembic.script_location = 'db/alembic'\n"),
    ] {
        let environments = find_environments(&PythonFiles::of(&tree(&[
            (config, content),
            ("db/alembic/env.py", ENV),
            ("db/alembic/versions/a.py", MIGRATION),
        ])));
        assert_eq!(environments.len(), 1, "{content}");
        let only = &environments[0];
        assert_eq!(only.script_location, "db/alembic", "{content}");
        assert_eq!(only.scripts.len(), 1, "{content}");
        assert!(only.live && only.origin == Origin::Configured, "{content}");
        assert_eq!(unknown(&environments).is_empty(), !content.contains("/app/"), "{content}");
    }
}

#[test]
fn pyproject_fills_what_the_ini_leaves_open() {
    let environments = find_environments(&PythonFiles::of(&tree(&[
        ("alembic.ini", "[alembic]\nsqlalchemy.url = sqlite://\n"),
        ("pyproject.toml", "[tool.alembic]\nscript_location = 'db'\nversion_locations = ['v1', 'v2']\n"),
        ("db/env.py", ENV),
        ("v1/a.py", MIGRATION),
        ("v2/b.py", MIGRATION),
    ])));
    assert_eq!(
        shown(&environments),
        ["live Configured pyproject.toml[tool.alembic] \"db\" [\"v1\", \"v2\"] [\"v1/a.py\", \"v2/b.py\"]"]
    );
    assert_eq!(environments[0].config.as_ref().and_then(|config| config.line), Some(2));

    let environments = found(&[
        ("alembic.ini", "[alembic]\nscript_location = db\nversion_locations = v2\n"),
        ("pyproject.toml", "[tool.alembic]\nscript_location = 'x'\nversion_locations = ['v1']\n"),
        ("db/env.py", ENV),
    ]);
    assert_eq!(environments, ["live Configured alembic.ini[alembic] \"db\" [\"v2\"] []"]);
}

#[test]
fn version_locations_replace_the_default_and_keep_their_order() {
    for (settings, expected) in [
        ("", "[\"m/versions\"] [\"m/versions/0.py\"]"),
        ("version_locations =", "[\"m/versions\"] [\"m/versions/0.py\"]"),
        ("version_locations = b a", "[\"b\", \"a\"] [\"b/1.py\", \"a/2.py\"]"),
        ("version_locations = b, a", "[\"b\", \"a\"] [\"b/1.py\", \"a/2.py\"]"),
        ("version_locations = %(here)s/b:a\npath_separator = os", "[\"b\", \"a\"] [\"b/1.py\", \"a/2.py\"]"),
        ("version_locations = b;a\nversion_path_separator = os", "[\"b\", \"a\"] [\"b/1.py\", \"a/2.py\"]"),
        (
            "version_locations =\n  b\n  a\npath_separator = newline\nversion_path_separator = :",
            "[\"b\", \"a\"] [\"b/1.py\", \"a/2.py\"]",
        ),
        ("version_locations = a a", "[\"a\", \"a\"] [\"a/2.py\"]"),
        ("version_locations = gone", "[\"gone\"] []"),
    ] {
        let ini = format!("[alembic]\nscript_location = m\n{settings}\n");
        let environments = found(&[
            ("alembic.ini", &ini),
            ("m/env.py", ENV),
            ("m/versions/0.py", MIGRATION),
            ("b/1.py", MIGRATION),
            ("a/2.py", MIGRATION),
        ]);
        assert!(environments[0].ends_with(expected), "{settings}: {}", environments[0]);
    }
}

#[test]
fn recursive_is_exactly_true() {
    let files = |ini: &str| {
        let environments = find_environments(&PythonFiles::of(&tree(&[
            ("alembic.ini", ini),
            ("m/env.py", ENV),
            ("m/versions/z.py", MIGRATION),
            ("m/versions/2024/b.py", MIGRATION),
            ("m/versions/2024/sub/c.py", MIGRATION),
            ("m/versions/2024.py", MIGRATION),
            ("m/versions/2023/y.py", MIGRATION),
        ])));
        environments[0]
            .scripts
            .iter()
            .map(|path| path.as_str()["m/versions/".len()..].to_owned())
            .collect::<Vec<_>>()
    };
    for value in ["True", "1", "yes", "false", ""] {
        let ini = format!("[alembic]\nscript_location = m\nrecursive_version_locations = {value}\n");
        assert_eq!(files(&ini), ["2024.py", "z.py"], "{value}");
    }
    let ini = "[alembic]\nscript_location = m\nrecursive_version_locations = true\n";
    assert_eq!(files(ini), ["2024.py", "z.py", "2023/y.py", "2024/b.py", "2024/sub/c.py"]);
}

#[test]
fn files_are_loaded_by_alembic_s_pattern_in_order_of_code_points() {
    let names = [
        "10.py",
        "9.py",
        "B.py",
        "_z.py",
        "a.b.py",
        "a.py",
        "a_b.py",
        "é.py",
        ".hidden.py",
        "__init__.py",
        "__init__x.py",
        ".#lock.py",
        "a.pyc",
        "a.PY",
        "a.py.bak",
        "a.sql",
        "b copy.py",
        "env.py",
    ];
    let mut files = vec![("alembic.ini".to_owned(), "[alembic]\nscript_location = m\n")];
    files.extend(names.iter().map(|name| (format!("m/versions/{name}"), MIGRATION)));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, content)| (path.as_str(), *content)).collect();
    let environments = find_environments(&PythonFiles::of(&tree(&files)));
    let loaded: Vec<&str> = environments[0].scripts.iter().map(TreePath::file_name).collect();
    assert_eq!(
        loaded,
        [
            ".hidden.py",
            "10.py",
            "9.py",
            "B.py",
            "_z.py",
            "a.b.py",
            "a.py",
            "a_b.py",
            "b copy.py",
            "env.py",
            "é.py"
        ]
    );
}

#[test]
fn a_flask_migrate_folder_needs_no_script_location() {
    for (folder, location) in
        [("migrations/", "\"migrations\" [\"migrations/versions\"]"), ("", "\"\" [\"versions\"]")]
    {
        let [ini, env, script] =
            ["alembic.ini", "env.py", "versions/a.py"].map(|name| format!("{folder}{name}"));
        let files = [
            (ini.as_str(), "[alembic]\n# nothing\n[loggers]\nkeys = root\n"),
            (&env, ENV),
            (&script, MIGRATION),
        ];
        let environments = find_environments(&PythonFiles::of(&tree(&files)));
        assert_eq!(
            shown(&environments),
            [format!("live FlaskMigrate {ini}[alembic] {location} [\"{script}\"]")]
        );
        assert_eq!(environments[0].flavour, Flavour::FlaskMigrate);
        assert_eq!(environments[0].flavour.command("upgrade"), "flask db upgrade");
    }
}

#[test]
fn flask_migrate_is_known_by_imports_and_requirements_too() {
    for (path, content, flavour) in [
        ("app/__init__.py", "from flask_migrate import Migrate\n", Flavour::FlaskMigrate),
        ("requirements.txt", "Flask==3\nflask_migrate==4.1.0\n", Flavour::FlaskMigrate),
        ("pyproject.toml", "[project]\ndependencies = ['Flask-Migrate>=4']\n", Flavour::FlaskMigrate),
        ("app.py", "# we do not use flask_migrate\n", Flavour::Alembic),
        ("requirements.txt", "# Flask-Migrate\nalembic\n", Flavour::Alembic),
    ] {
        let environments = find_environments(&PythonFiles::of(&tree(&[
            ("alembic.ini", "[alembic]\nscript_location = m\n"),
            ("m/alembic.ini", "[alembic]\nscript_location = m\n"),
            ("m/env.py", ENV),
            (path, content),
        ])));
        assert_eq!(environments[0].flavour, flavour, "{content}");
    }
}

#[test]
fn two_configurations_of_one_folder_are_one_environment() {
    let environments = found(&[
        ("alembic.ini", "[test]\nscript_location = m\n[alembic]\nscript_location = m\n"),
        ("z.ini", "[alembic]\nscript_location = m\n"),
        ("other.ini", "[alembic]\nscript_location = m\nversion_locations = v\n"),
        ("m/env.py", ENV),
    ]);
    assert_eq!(
        environments,
        [
            "live Configured alembic.ini[alembic] \"m\" [\"m/versions\"] []",
            "live Configured other.ini[alembic] \"m\" [\"v\"] []",
        ]
    );
}

#[test]
fn without_a_configuration_migrations_decide() {
    assert_eq!(
        found(&[("alembic/env.py", ENV)]),
        ["live EnvPy - \"alembic\" [\"alembic/versions\"] []"],
        "the only one is live"
    );
    assert_eq!(
        found(&[("a/env.py", ENV), ("b/env.py", ENV), ("b/versions/x.py", MIGRATION)]),
        [
            "live EnvPy - \"b\" [\"b/versions\"] [\"b/versions/x.py\"]",
            "stale EnvPy - \"a\" [\"a/versions\"] []",
        ]
    );
    assert_eq!(found(&[("app.py", "x = 1\n"), ("env.py", "import os\n")]), Vec::<String>::new());
    assert_eq!(found(&[]), Vec::<String>::new());
}

#[test]
fn a_template_s_configuration_makes_no_environment() {
    for location in ["{alembic_dir}", "{{ cookiecutter.package }}/migrations", "{{cookiecutter.app}}/away"] {
        let ini = format!("# made by the installer\n[alembic]\nscript_location = {location}\n");
        let files = [("hub/alembic/env.py", ENV), ("hub/alembic/versions/x.py", MIGRATION)];
        let environments = find_environments(&PythonFiles::of(&tree(
            &[&[("alembic.ini", ini.as_str())], &files[..]].concat(),
        )));
        assert_eq!(
            shown(&environments),
            ["live EnvPy - \"hub/alembic\" [\"hub/alembic/versions\"] [\"hub/alembic/versions/x.py\"]"],
            "{location}"
        );
        assert_eq!(unknown(&environments), []);
        assert_eq!(found(&[("alembic.ini", &ini)]), Vec::<String>::new());
    }
    // A shell's variable is a fault: Alembic expands none.
    assert_eq!(found(&[("alembic.ini", "[alembic]\nscript_location = ${HOME}/m\n")]).len(), 1);
    // The template itself is a project where its folder is there.
    let path = "{{cookiecutter.app}}/m";
    let ini = format!("[alembic]\nscript_location = {path}\n");
    assert_eq!(found(&[("alembic.ini", &ini), (&format!("{path}/env.py"), ENV)]).len(), 1);
}

#[test]
fn an_environment_with_migrations_goes_before_one_without() {
    let environments = found(&[
        ("a/alembic.ini", "[alembic]\nscript_location = %(here)s/m\n"),
        ("a/m/env.py", ENV),
        ("b/alembic.ini", "[alembic]\nscript_location = %(here)s/m\n"),
        ("b/m/env.py", ENV),
        ("b/m/versions/x.py", MIGRATION),
    ]);
    assert!(environments[0].contains("b/m/versions/x.py"), "{environments:?}");
}

#[test]
fn a_path_of_another_machine_is_taken_by_its_last_names() {
    let environments = find_environments(&PythonFiles::of(&tree(&[
        (
            "backend/alembic.ini",
            "[alembic]\nscript_location = /app/alembic\nversion_locations = /app/alembic/versions\n",
        ),
        ("backend/alembic/env.py", ENV),
        ("backend/alembic/versions/x.py", MIGRATION),
    ])));
    assert_eq!(
        shown(&environments),
        ["live Configured backend/alembic.ini[alembic] \"backend/alembic\" [\"backend/alembic/versions\"] \
          [\"backend/alembic/versions/x.py\"]"]
    );
    assert_eq!(
        unknown(&environments)[0].2,
        "script_location `/app/alembic` is not here, `backend/alembic` is taken for it"
    );
}

#[test]
fn bare_migrations_are_grouped_by_the_revisions_they_name() {
    let (a, b, c, d) =
        (migration("a", None), migration("b", Some("a")), migration("x", None), migration("y", Some("x")));
    let environments = found(&[
        ("rel/v1/expand/a.py", &a),
        ("rel/v2/expand/b.py", &b),
        ("other/versions/x.py", &c),
        ("other/versions/y.py", &d),
        ("tests/notes.py", "text = 'down_revision'\n"),
    ]);
    assert_eq!(
        environments,
        [
            "live BareMigrations - \"other\" [\"other/versions\"] [\"other/versions/x.py\", \"other/versions/y.py\"]",
            "live BareMigrations - \"rel\" [\"rel/v1/expand\", \"rel/v2/expand\"] \
             [\"rel/v1/expand/a.py\", \"rel/v2/expand/b.py\"]",
        ]
    );
    assert_eq!(
        found(&[("a.py", &a), ("b.py", &b)]),
        ["live BareMigrations - \"\" [\"\"] [\"a.py\", \"b.py\"]"],
        "a few files alone"
    );
}

#[test]
fn an_env_py_without_versions_takes_the_migrations_below_it() {
    let (a, b) = (migration("a", None), migration("b", Some("a")));
    let environments = find_environments(&PythonFiles::of(&tree(&[
        ("m/env.py", ENV),
        ("m/2024/a.py", &a),
        ("m/2025/b.py", &b),
    ])));
    assert_eq!(
        shown(&environments),
        ["live EnvPy - \"m\" [\"m/2024\", \"m/2025\"] [\"m/2024/a.py\", \"m/2025/b.py\"]"]
    );
    assert_eq!(environments[0].unknown.len(), 1);
}

#[test]
fn stray_migrations_inside_an_environment_are_no_environment_of_their_own() {
    let environments = found(&[
        ("alembic.ini", "[alembic]\nscript_location = alembic\n"),
        ("alembic/env.py", ENV),
        ("alembic/versions/a.py", MIGRATION),
        ("alembic/versions/old/b.py", MIGRATION),
        ("alembic/versions_backup/c.py", MIGRATION),
    ]);
    assert_eq!(environments.len(), 1, "{environments:?}");
}

#[test]
fn the_libraries_own_templates_are_no_environments() {
    let environments = found(&[
        ("vendor/alembic/templates/generic/env.py", ENV),
        ("vendor/flask_migrate/templates/flask/env.py", ENV),
        ("alembic/env.py", ENV),
    ]);
    assert_eq!(environments.len(), 1);
}

#[test]
fn what_python_refuses_in_the_ini_is_told() {
    let environments = find_environments(&PythonFiles::of(&tree(&[
        ("alembic.ini", "[alembic]\nscript_location = m\nscript_location = m\nfile_template = %(rev)s\n"),
        ("m/env.py", "from alembic import context\ncontext.script.version_locations = ['x']\n"),
    ])));
    assert_eq!(
        unknown(&environments),
        [("m/env.py".to_owned(), 2, "env.py says `version_locations` itself when it runs".to_owned()),]
    );
    // In the order in which Alembic meets them.
    assert_eq!(
        refusals(&environments),
        [
            (3, "it cannot be read: option `script_location` stands twice", "DuplicateOptionError"),
            (4, "`file_template` has `%(rev)s`, which is not set", "InterpolationMissingOptionError"),
        ]
    );
}

#[test]
fn what_hides_migrations_is_told_apart_from_what_is_assumed() {
    for (ini, complete) in [
        ("script_location = m", true),
        ("script_location = /app/m", true),
        ("script_location = m\nversion_locations = gone", true),
        ("script_location = m\nversion_locations = /app/gone", false),
        ("script_location = m\nsourceless = true", true),
        ("script_location = app:away", false),
    ] {
        let ini = format!("[alembic]\n{ini}\n");
        let environments =
            find_environments(&PythonFiles::of(&tree(&[("alembic.ini", &ini), ("m/env.py", ENV)])));
        let configured = environments.iter().find(|environment| environment.origin == Origin::Configured);
        assert_eq!(configured.map(|environment| environment.complete), Some(complete), "{ini}");
    }
}

#[test]
fn compiled_files_hide_migrations_only_where_they_are() {
    let ini = "[alembic]\nscript_location = m\nsourceless = true\n";
    let mut tree = tree(&[("alembic.ini", ini), ("m/env.py", ENV), ("m/versions/a.py", MIGRATION)]);
    assert!(find_environments(&PythonFiles::of(&tree))[0].complete);
    tree.insert_other(TreePath::parse("m/versions/b.pyc").expect("relative"));
    assert!(!find_environments(&PythonFiles::of(&tree))[0].complete);
}

#[test]
fn what_is_not_among_single_files_may_be_there_all_the_same() {
    let mut tree = tree(&[("alembic.ini", "[alembic]\nscript_location = gone\nversion_locations = away\n")]);
    let refused = find_environments(&PythonFiles::of(&tree));
    assert_eq!(refusals(&refused), [(2, "script_location `gone` is not there", "CommandError")]);
    assert_eq!(refused[0].passed_over[0].value, "away");
    tree.set_partial();
    let unknown = find_environments(&PythonFiles::of(&tree));
    assert!(refusals(&unknown).is_empty() && unknown[0].passed_over.is_empty() && !unknown[0].complete);
}

#[test]
fn a_configuration_that_cannot_be_read_is_told_all_the_same() {
    for (ini, what) in [
        ("[alembic]\nscript_location = %(home)s/m\n", "`script_location` has `%(home)s`, which is not set"),
        ("[alembic]\n[alembic]\n", "it cannot be read: section `alembic` stands twice"),
        ("script_location = m\n", "it cannot be read: a line before the first section"),
    ] {
        let environments =
            find_environments(&PythonFiles::of(&tree(&[("alembic.ini", ini), ("m/env.py", ENV)])));
        assert_eq!(environments.len(), 1);
        assert_eq!(refusals(&environments)[0].1, what);
    }
}

#[test]
fn a_whole_repository_inside_another_keeps_its_own_environment() {
    let environments = found(&[
        ("alembic.ini", "[alembic]\nscript_location = alembic\n"),
        ("alembic/env.py", ENV),
        ("Downloads/copy/alembic.ini", "[alembic]\nscript_location = alembic\n"),
        ("Downloads/copy/alembic/env.py", ENV),
    ]);
    assert_eq!(
        environments,
        [
            "live Configured alembic.ini[alembic] \"alembic\" [\"alembic/versions\"] []",
            "live Configured Downloads/copy/alembic.ini[alembic] \"Downloads/copy/alembic\" \
             [\"Downloads/copy/alembic/versions\"] []",
        ]
    );
}

proptest! {
    #[test]
    fn any_configuration_is_read_without_panic(ini in "[\\[\\]a-c=:%()\\n #;./]{0,60}", toml in "[\\[\\]a-c='.\\n]{0,40}") {
        let ini = format!("[alembic]\nscript_location = {ini}");
        let toml = format!("[tool.alembic]\nversion_locations = {toml}");
        let environments = find_environments(&PythonFiles::of(&tree(&[
            ("a/alembic.ini", &ini),
            ("a/pyproject.toml", &toml),
            ("a/b/env.py", ENV),
            ("a/b/versions/c.py", MIGRATION),
        ])));
        prop_assert!(!environments.is_empty());
        for environment in environments {
            for folder in environment.version_locations.iter().chain([&environment.script_location]) {
                prop_assert!(!folder.split('/').any(|name| name == ".."), "{folder}");
            }
        }
    }
}

#[test]
fn names_are_looked_for_where_env_py_says() {
    let tables = |env_py: &str| {
        let files = [
            ("m/env.py", env_py),
            (
                "m/versions/a.py",
                "from alembic import op\nimport sqlalchemy as sa\nfrom sqlalchemy.dialects.postgresql import JSONB\n\
                 revision = 'a'\ndown_revision = None\ndef upgrade():\n    op.execute('CREATE SCHEMA app')\n    \
                 op.create_table('t', sa.Column('x', JSONB))\n    op.drop_column('t', 'x', schema='app')\n",
            ),
        ];
        let options = AuditOptions { dialect: Some(Dialect::Postgresql), ..Default::default() };
        let audit = audit(&tree(&files), options, &mut |_, _| {});
        let replay = audit.environments[0].account.best().expect("it is followed");
        let names: Vec<_> = replay.steps[0].after.tables().map(|(name, _)| name.to_string()).collect();
        (names.join(" "), audit.environments[0].account.failures(Direction::Upgrade).count())
    };
    let sets = |text: &str| format!("{ENV}def run(connection):\n    connection.execute({text})\n");
    assert_eq!(tables(&sets("text('set search_path to \"app\", public')")), ("app.t".to_owned(), 0));
    // What is computed, or told in two ways, is not followed.
    assert_eq!(tables(&sets("text(f'SET search_path TO {tenant}')")).0, "t app.t");
    let two = format!("{}SET = 'SET search_path TO other'\n", sets("text('SET search_path TO app')"));
    assert_eq!(tables(&two).0, "t app.t");
    assert_eq!(tables(ENV).1, 1);
}
