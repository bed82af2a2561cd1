//! The fixed points: the sample's case, as its users know it, and the command line's JSON.

mod judge;

use rechain::audit::{Outcome, examine};
use rechain::ingest::Ingested;
use rechain::plan::Plan;
use rechain::report::{
    Applicability, ChecklistItem, Direction, PlanKind, PlanReport, Question, ReplayReport, Report, Status,
    Verdict, write_json,
};
use rechain::schema::Dialect;

fn outcome() -> Outcome {
    examine(judge::sample("panel"), &mut |_| {})
}

fn of_kind(outcome: &Outcome, kind: PlanKind) -> (&Plan, &PlanReport) {
    let plan = outcome.plans[0].iter().find(|plan| plan.kind == kind).expect("it is on offer");
    let told = outcome.report.environments[0].plans.iter().find(|plan| plan.name == kind);
    (plan, told.expect("it is told"))
}

fn statuses(report: &[ChecklistItem]) -> Vec<(Question, Status)> {
    report.iter().map(|item| (item.item, item.status)).collect()
}

#[test]
fn the_sample_has_its_three_roots_five_heads_and_two_branch_points() {
    let report = outcome().report;
    assert_eq!(report.verdict, Verdict::Broken);
    let live = &report.environments[0];
    assert!(live.live);
    assert_eq!(live.revisions.len(), 10);
    assert_eq!(live.bases, ["2ca607eff9c8", "oauth_fields", "ptero_eggs_001"]);
    assert_eq!(
        live.heads,
        ["64c2f8fecc18", "perf_indexes_001", "ptero_eggs_001", "push_notifications", "rbac_system_init"]
    );
    assert_eq!(live.branch_points, ["bbda3883b503", "dc4e5affd5bc"]);
    assert!(live.merge_points.is_empty());
}

#[test]
fn the_sample_s_second_environment_is_stale_and_has_no_metadata() {
    let report = outcome().report;
    let stale = &report.environments[1];
    assert_eq!((stale.script_location.as_str(), stale.live), ("alembic", false));
    assert!(stale.revisions.is_empty());
    let rules: Vec<_> =
        report.findings.iter().map(|finding| (finding.rule.as_str(), finding.path.as_deref())).collect();
    assert_eq!(
        rules,
        [
            ("multiple-roots", Some("migrations/versions/2ca607eff9c8_autogen_cms_forum.py")),
            ("multiple-heads", Some("migrations/versions/64c2f8fecc18_autogen_cms_forum_tables.py")),
            ("used-before-created", Some("migrations/versions/perf_indexes_001_add_performance_indexes.py")),
            ("undefined-name", Some("migrations/versions/dc4e5affd5bc_add_user_security_fields.py")),
            ("dialect-dependent", Some("migrations/versions/oauth_fields.py")),
            ("tables-made-elsewhere", Some("migrations/versions/add_ptero_eggs_tracking.py")),
            ("duplicate-environments", Some("alembic")),
            ("target-metadata-none", Some("alembic/env.py")),
        ]
    );
}

#[test]
fn the_sample_s_checklist_is_answered_now_and_after_the_chain() {
    use Status::{Fail, Pass};
    let outcome = outcome();
    let report = &outcome.report;
    let items = [
        Question::SingleRoot,
        Question::ValidParents,
        Question::CurrentRuns,
        Question::HistoryLinear,
        Question::UpgradeFromEmpty,
        Question::Downgrade,
        Question::Autogenerate,
    ];
    let expected = |statuses: [Status; 7]| items.into_iter().zip(statuses).collect::<Vec<_>>();
    assert_eq!(statuses(&report.checklist), expected([Fail, Pass, Pass, Fail, Fail, Fail, Pass]));
    let after = &of_kind(&outcome, PlanKind::Chain).1.checklist;
    assert_eq!(statuses(after), expected([Pass, Pass, Pass, Pass, Fail, Fail, Pass]));
    assert!(after[4].detail.contains("perf_indexes_001"), "{}", after[4].detail);
    assert!(after[5].detail.contains("dc4e5affd5bc"), "{}", after[5].detail);
}

#[test]
fn the_sample_s_chain_rewrites_four_files_and_keeps_every_ancestor() {
    let outcome = outcome();
    let (plan, chain) = of_kind(&outcome, PlanKind::Chain);
    assert_eq!(
        (chain.name, chain.proved, chain.applicability),
        (PlanKind::Chain, true, Applicability::Unsafe)
    );
    assert_eq!(chain.files_rewritten.len(), 4);
    assert!(chain.files_added.is_empty());
    assert_eq!(
        chain.leaves,
        ["dialect-dependent", "tables-made-elsewhere", "undefined-name", "used-before-created"]
    );
    assert_eq!(chain.resolves, ["multiple-heads", "multiple-roots"]);
    assert_eq!(chain.bases, ["2ca607eff9c8"]);
    assert_eq!(chain.heads, ["perf_indexes_001"]);
    assert_eq!(chain.order.first().map(|id| &**id), Some("2ca607eff9c8"));
    assert_eq!(chain.order.last().map(|id| &**id), Some("perf_indexes_001"));
    let before = &outcome.audit.environments[0].graph;
    let after = &plan.after.graph;
    for ix in before.revisions() {
        let now = after.ancestors(after.find(before.id(ix)).expect("it stays"));
        for ancestor in before.ancestors(ix) {
            assert!(now.contains(&after.find(before.id(ancestor)).expect("it stays")));
        }
    }
}

#[test]
fn the_sample_s_merge_resolves_the_heads_and_leaves_the_roots() {
    let outcome = outcome();
    let merge = of_kind(&outcome, PlanKind::Merge).1;
    assert_eq!((merge.name, merge.applicability), (PlanKind::Merge, Applicability::Safe));
    assert_eq!((merge.files_rewritten.len(), merge.files_added.len()), (0, 1));
    assert_eq!(merge.resolves, ["multiple-heads"]);
    assert_eq!(
        merge.leaves,
        [
            "dialect-dependent",
            "multiple-roots",
            "tables-made-elsewhere",
            "undefined-name",
            "used-before-created"
        ]
    );
    assert_eq!((merge.bases.len(), merge.heads.len()), (3, 1));
}

#[test]
fn the_sample_s_recommended_plan_is_the_merge_and_the_chain_stands_beside_it() {
    let environment = &outcome().report.environments[0];
    assert_eq!(environment.recommended, Some(PlanKind::Merge));
    assert_eq!(environment.equals, [PlanKind::Chain]);
    assert_eq!(environment.plans[0].name, PlanKind::Merge);
}

/// What `rechain check` with these arguments writes as JSON, of the sample.
fn checked(arguments: &[&str]) -> serde_json::Value {
    let dir = tempfile::tempdir().expect("a folder for the test");
    judge::write(&outcome().tree, dir.path());
    let output = judge::rechain(dir.path(), &[&["check", "--output-format", "json"], arguments].concat());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", judge::printed(&output)))
}

#[test]
fn a_database_that_is_named_is_tried_on_every_plan() {
    let json = checked(&["--stamped", "oauth_fields", "--stamped", "none", "--stamped", "zzz (head)"]);
    let environment = &json["environments"][0];
    let outcomes = |of: &serde_json::Value| -> Vec<String> {
        let each = of.as_array().expect("a list").iter();
        each.map(|state| {
            let rows: Vec<_> =
                state["stamped"].as_array().expect("rows").iter().filter_map(|row| row.as_str()).collect();
            format!("{}: {}", rows.join(" "), state["outcome"].as_str().unwrap_or("not known"))
        })
        .collect()
    };
    assert_eq!(outcomes(&environment["stamped"]), ["oauth_fields: runs", ": runs", "zzz: cannot-locate"]);
    assert_eq!(environment["stamped"][2]["undeclared"], serde_json::json!(["zzz"]));
    let plan = |name: &str| {
        environment["plans"]
            .as_array()
            .expect("plans")
            .iter()
            .find(|plan| plan["name"] == name)
            .expect("on offer")
    };
    assert_eq!(outcomes(&plan("chain")["stamped"]), ["oauth_fields: skips", ": runs", "zzz: cannot-locate"]);
    assert_eq!(outcomes(&plan("merge")["stamped"]), ["oauth_fields: runs", ": runs", "zzz: cannot-locate"]);
    assert_eq!(plan("merge")["stamped"][0]["downgrade"], "ambiguous");
    // No plan helps a database whose revision is gone.
    assert_eq!(environment["recommended"], serde_json::Value::Null);
    let json = checked(&["--stamped", "oauth_fields"]);
    assert_eq!(json["environments"][0]["recommended"], "merge");
}

#[test]
fn where_databases_stand_is_read_from_standard_input() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    judge::write(&outcome().tree, dir.path());
    for (printed, status, said) in [
        ("INFO  [alembic] x\n64c2f8fecc18 (head)\n", 1, "A database at 64c2f8fecc18:"),
        (" version_num \n-----\n a\n b\n(2 rows)\n", 1, "A database at a and b; no file declares a and b:"),
        ("", 2, "nothing was given; an empty database is `none`"),
        ("no such table: alembic_version\n", 2, "nothing that `alembic current` prints: no such table"),
        (
            "Traceback (most recent call last):\n  File \"a.py\", line 1\n    run\nKeyError: 'a'\n",
            2,
            "ask the database itself",
        ),
    ] {
        let output = judge::rechain_with(dir.path(), &["check", "--stamped", "-"], printed.as_bytes());
        let text = judge::printed(&output);
        assert_eq!(output.status.code(), Some(status), "{text}");
        assert!(text.contains(said), "{printed}: {text}");
    }
}

#[test]
fn parents_are_chosen_by_hand() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    judge::write(&outcome().tree, dir.path());
    let run = |arguments: &[&str]| judge::rechain(dir.path(), &[&["check"], arguments].concat());
    let bases: Vec<String> = {
        let json = checked(&[]);
        let bases = json["environments"][0]["bases"].as_array().expect("ids").iter();
        bases.map(|id| id.as_str().expect("text").to_owned()).collect()
    };
    let (head, moved) = ("64c2f8fecc18", bases.iter().find(|id| *id != "2ca607eff9c8").expect("several"));
    let chosen = format!("{moved}={head}");
    let json = checked(&["--parent", &chosen]);
    let environment = &json["environments"][0];
    assert_eq!(environment["by_hand"]["pinned"][0]["revision"], **moved);
    assert_eq!(environment["by_hand"]["refused"], serde_json::Value::Null);
    let plans = environment["plans"].as_array().expect("plans");
    assert_eq!(plans.last().expect("one")["name"], "by-hand");
    // What is chosen is what is printed and made, and asks for consent as every unsafe plan does.
    let diff = judge::printed(&run(&["--diff", "--parent", &chosen]));
    assert!(diff.contains("+down_revision") && diff.contains(head), "{diff}");
    assert_eq!(run(&["--fix", "--parent", &chosen]).status.code(), Some(2));
    for (wrong, why) in [
        (format!("{moved}={moved}"), "cannot be its own parent"),
        (format!("{head}=gone"), "No migration here has the revision gone"),
        ("gone=none".to_owned(), "no migration in use has the revision gone"),
        (head.to_owned(), "it takes REV=REV"),
        (format!("{head}="), "an id is missing"),
    ] {
        let output = run(&["--parent", &wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        assert!(judge::printed(&output).contains(why), "{wrong}: {}", judge::printed(&output));
    }
    assert!(run(&["--fix", "--unsafe-fixes", "--parent", &chosen]).status.code() != Some(2));
    assert_eq!(checked(&[])["environments"][0]["bases"].as_array().map(Vec::len), Some(bases.len()));
    let left = judge::rechain(dir.path(), &["bases"]);
    assert!(!judge::printed(&left).contains(&**moved), "{}", judge::printed(&left));
}

#[test]
fn no_default_plan_harms_a_database_that_is_named() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    judge::write(&outcome().tree, dir.path());
    let output = judge::rechain(dir.path(), &["check", "--fix", "--stamped", "gone"]);
    assert_eq!(output.status.code(), Some(2), "{}", judge::printed(&output));
    let said =
        "no repair is right for each of the databases given; chain, merge and graft are on offer with --plan";
    assert!(judge::printed(&output).contains(said), "{}", judge::printed(&output));
}

#[test]
fn json_reads_back_and_does_not_change_between_runs() {
    let first = write_json(&outcome().report);
    assert_eq!(first, write_json(&outcome().report));
    let back: Report = serde_json::from_str(&first).expect("it reads back");
    assert_eq!(write_json(&back), first);
}

#[test]
fn what_fails_after_the_repair_is_still_said() {
    let outcome = outcome();
    let tree = of_kind(&outcome, PlanKind::Chain).0.patch.apply(&outcome.tree);
    let report = examine(Ingested { tree, ..Ingested::default() }, &mut |_| {}).report;
    assert_eq!(report.verdict, Verdict::Broken);
    assert_eq!(
        report.headline,
        "The upgrade stops on every database: on SQLite at oauth_fields, on PostgreSQL and MySQL at perf_indexes_001"
    );
    let mended: Vec<_> =
        report.actions.iter().filter(|action| action.required).map(|action| &action.title).collect();
    assert_eq!(mended, ["Mend perf_indexes_001"]);
}

/// The certain failures of a replay: revision, kind, object and direction.
fn certain(replay: &ReplayReport) -> Vec<(&str, &str, &str, Direction)> {
    let certain = replay.failures.iter().filter(|failure| failure.certain);
    certain
        .map(|failure| (&*failure.revision, failure.kind.word(), &*failure.object, failure.direction))
        .collect()
}

#[test]
fn the_sample_s_replay_tells_what_fails_on_each_dialect_and_goes_on() {
    use Direction::{Downgrade, Upgrade};
    let outcome = outcome();
    let chain = of_kind(&outcome, PlanKind::Chain).1;
    let perf = [
        ("no-such-column", "user.is_system_admin"),
        ("no-such-column", "user.created_at"),
        ("no-such-column", "server.user_id"),
        ("no-such-column", "server.status"),
        ("no-such-column", "audit_log.user_id"),
        ("no-such-table", "user_session"),
        ("no-such-table", "api_key"),
        ("no-such-table", "server_metrics"),
        ("no-such-table", "player_session"),
    ];
    let perf: Vec<_> =
        perf.into_iter().map(|(kind, object)| ("perf_indexes_001", kind, object, Upgrade)).collect();
    let back = ("dc4e5affd5bc", "undefined-name", "sqlalchemy", Downgrade);
    let oauth = |direction| ("oauth_fields", "not-supported", "user", direction);
    let missing = ("ptero_eggs_001", "no-such-table", "config_template", Upgrade);
    for replay in &chain.replays {
        let expected = match replay.dialect {
            Dialect::Sqlite => [&[oauth(Upgrade)], &perf[..], &[oauth(Downgrade), back]].concat(),
            _ => [&[missing], &perf[..], &[back]].concat(),
        };
        assert_eq!(certain(replay), expected, "{:?}", replay.dialect);
        assert_eq!(replay.understood.unknown, 0);
    }
    assert_eq!(chain.replays.len(), 3);
    let change = chain.changes.iter().find(|change| change.revision == "oauth_fields").expect("it moves");
    assert_eq!(change.reason, "alters table user, which 2ca607eff9c8 creates; it was a base of its own");
}

#[test]
fn replay_shows_the_schema_at_a_revision_and_exits_with_what_it_found() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    judge::write(&outcome().tree, dir.path());
    let output = judge::rechain(dir.path(), &["replay", "--dialect", "postgresql"]);
    let text = judge::printed(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("no such table: config_template"), "{text}");
    let output = judge::rechain(dir.path(), &["replay", "--at", "bbda3883b503", "--output-format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let tables: Vec<_> = json["environments"][0]["schema"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|table| table["name"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(tables, ["audit_log", "server", "server_user", "site_asset", "site_setting", "user"]);
    let output = judge::rechain(dir.path(), &["replay", "--at", "nope"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_printing_commands_choose_a_configuration_as_alembic_does() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let write = |path: &str, text: &str| judge::write_file(&dir.path().join(path), text.as_bytes());
    write("alembic.ini", "[alembic]\nscript_location = main\n[tenant]\nscript_location = tenants\n");
    for (folder, id) in [("main", "m1"), ("tenants", "t1")] {
        write(&format!("{folder}/env.py"), "from alembic import context\ncontext.run_migrations()\n");
        write(
            &format!("{folder}/versions/a.py"),
            &format!("revision = '{id}'\ndown_revision = None\ndef upgrade():\n    pass\n"),
        );
    }
    let heads = |arguments: &[&str]| {
        let output = judge::rechain(dir.path(), &[&["heads"], arguments].concat());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (status, said, hint) = heads(&[]);
    assert_eq!((status, said.as_str()), (Some(0), "m1 (head)\n"));
    assert_eq!(hint, "rechain: this is main; for the others there is -c alembic.ini -n tenant\n");
    assert_eq!(heads(&["-c", "alembic.ini", "-n", "tenant"]).1, "t1 (head)\n");
    let none = "FAILED: No 'script_location' key found in configuration.\n";
    assert_eq!(heads(&["-c", "other.ini"]), (Some(255), none.to_owned(), String::new()));
    assert_eq!(heads(&["-c", "alembic.ini", "-n", "gone"]).0, Some(255));
}

#[test]
fn recover_writes_a_script_where_it_is_known_what_has_run() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    judge::write(&outcome().tree, dir.path());
    let recover = |arguments: &[&str]| {
        let output = judge::rechain(dir.path(), &[&["recover"], arguments].concat());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, script, told) =
        recover(&["--stamped", "push_notifications", "--plan", "chain", "--dialect", "postgresql"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(script.starts_with("#!/bin/sh\n") && script.contains("DO $rechain$"), "{script}");
    assert!(script.contains("\nflask db upgrade 2ca607eff9c8\n") && told.is_empty(), "{script}{told}");
    // The same revisions as `check --stamped` gives, in the same order.
    let json = checked(&["--stamped", "push_notifications"]);
    let plans = json["environments"][0]["plans"].as_array().expect("plans");
    let chain = plans.iter().find(|plan| plan["name"] == "chain").expect("it is on offer");
    let by_hand = chain["stamped"][0]["by_hand"].as_array().expect("commands");
    let upgrades = |lines: Vec<&str>| -> Vec<String> {
        lines.into_iter().filter(|line| line.starts_with("flask db upgrade ")).map(str::to_owned).collect()
    };
    assert_eq!(
        upgrades(script.lines().collect()),
        upgrades(by_hand.iter().filter_map(|line| line.as_str()).collect())
    );
    for (arguments, code, out, err) in [
        (&["--stamped", "push_notifications"][..], 0, "", "nothing is to be recovered"),
        (&["--stamped", "gone", "--plan", "chain"], 1, "", "No file declares gone"),
        (&["--stamped", "push_notifications", "--plan", "duplicate"], 2, "", "is not on offer here"),
        (&["--stamped", "none", "--plan", "chain"], 0, "", "nothing is to be recovered"),
        (
            &["--stamped", "push_notifications", "--plan", "chain", "--by", "stamp"],
            0,
            "ROWS=push_notifications",
            "",
        ),
    ] {
        let told = recover(arguments);
        assert_eq!(told.0, Some(code), "{arguments:?}: {told:?}");
        assert!(told.1.contains(out) && (!out.is_empty() || told.1.is_empty()), "{arguments:?}: {told:?}");
        assert!(told.2.contains(err), "{arguments:?}: {told:?}");
    }
}

#[test]
fn after_a_repair_it_is_said_what_is_told_of_databases_rests_on() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    judge::write(&outcome().tree, dir.path());
    let said = |arguments: &[&str]| judge::printed(&judge::rechain(dir.path(), arguments));
    let note = "a repair was made here";
    assert!(!said(&["check", "--stamped", "oauth_fields"]).contains(note));
    let fixed = said(&["check", "--plan", "chain", "--fix", "--unsafe-fixes", "--stamped", "oauth_fields"]);
    assert!(fixed.contains(note) && fixed.contains("rechain undo"), "{fixed}");
    assert!(said(&["check", "--stamped", "oauth_fields"]).contains(note));
    assert!(!said(&["check"]).contains(note), "nothing is told of a database");
    said(&["undo"]);
    assert!(!said(&["check", "--stamped", "oauth_fields"]).contains(note));
}

#[test]
fn a_diff_stands_alone_and_says_where_there_is_none() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    judge::write(&outcome().tree, dir.path());
    let run = |arguments: &[&str]| {
        let output = judge::rechain(dir.path(), arguments);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr))
    };
    let (diff, said) = run(&["check", "--plan", "chain", "--diff"]);
    assert!(diff.starts_with("diff --git a/") && !said.contains("on offer"), "{said}");
    let (diff, said) = run(&["check", "--plan", "pass-through", "--diff"]);
    assert!(diff.is_empty() && said.contains("the plan pass-through is not on offer here"), "{said}");
}
