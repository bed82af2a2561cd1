//! No two views of one report contradict each other.
//!
//! The account says what becomes of each revision; grade, verdict, findings, checklist, commands, steps, drawings and
//! replays are views of it. Here each is compared with the others over every small project there is, over folders made
//! from a seed, and over histories that were made and then spoilt. `RECHAIN_FULL=1` compares all of them.

mod folders;
mod judge;

use std::collections::BTreeSet;

use flate2::read::GzDecoder;
use folders::Folder;
use judge::{Random, full, repository, sample};
use rechain::audit::examine;
use rechain::drawing::{Drawing, Mark, Side, describe};
use rechain::finding::Group;
use rechain::ingest::{Ingested, Intake, Limits};
use rechain::report::{
    ActionReport, CertaintyReport, ChecklistItem, CommandOutcome, Direction, EnvironmentReport, Fate,
    FateReport, FindingReport, Given, Grade, PlanReport, Question, ReplayReport, Report, RevisionReport,
    Severity, Status, Style, Verdict, write_html, write_markdown, write_text,
};
use rechain::rules::find_rule;
use rechain::text::{Shown, plural};

/// What was compared, and where two views differ.
#[derive(Debug, Default)]
struct Compared {
    n: usize,
    reports: usize,
    grades: std::collections::BTreeMap<Grade, usize>,
    differences: Vec<String>,
}

impl Compared {
    /// Both hold, or neither does.
    fn same(&mut self, of: &str, what: &str, one: bool, other: bool) {
        self.n += 1;
        if one != other && self.differences.len() < 40 {
            self.differences.push(format!("{of}: {what}: {one} and {other}"));
        }
    }

    fn holds(&mut self, of: &str, what: &str, holds: bool) {
        self.same(of, what, holds, true);
    }

    fn report(&mut self, name: &str, report: &Report) {
        self.reports += 1;
        *self.grades.entry(report.grade).or_default() += 1;
        let is_error = |finding: &FindingReport| finding.severity == Severity::Error;
        self.same(
            name,
            "an error, and broken",
            report.findings.iter().any(is_error),
            report.verdict == Verdict::Broken,
        );
        self.holds(name, "the grade is of the verdict", report.grade.verdict() == report.verdict);
        let texts = [
            write_text(report, Given::Here, Style::Plain),
            write_markdown(report, "2026-01-01"),
            write_html(report, "2026-01-01"),
        ];
        // Names are escaped in each format's own way.
        let start = report.headline.split(['_', ':', '<', '&', '`', '*']).next().unwrap_or_default();
        self.holds(name, "every format has the headline", texts.iter().all(|text| text.contains(start)));
        let deciding = report.environments.iter().find(|own| own.live && own.grade == report.grade);
        if let Some(deciding) = deciding {
            let same = deciding.checklist == report.checklist && deciding.actions == report.actions;
            self.holds(name, "checklist and steps are of the environment that decides", same);
        }
        for (index, environment) in report.environments.iter().enumerate() {
            let of = format!("{name}, {}", environment.script_location);
            let findings: Vec<_> =
                report.findings.iter().filter(|finding| finding.environment == Some(index)).collect();
            self.environment(&of, environment, &findings);
            for plan in &environment.plans {
                self.plan(&format!("{of}, {}", plan.name), plan);
            }
        }
    }

    fn environment(&mut self, of: &str, environment: &EnvironmentReport, findings: &[&FindingReport]) {
        let grade = environment.grade;
        let group = |finding: &FindingReport| find_rule(&finding.rule).expect("it is a rule").group;
        let errors = |content: bool| {
            findings.iter().any(|finding| {
                finding.severity == Severity::Error && (group(finding) == Group::Content) == content
            })
        };
        self.holds(of, "the grade is of the verdict", grade.verdict() == environment.verdict);
        self.same(
            of,
            "an error of the chain, and cannot be deployed",
            errors(false),
            grade == Grade::CannotDeploy,
        );
        if grade != Grade::CannotDeploy {
            self.same(of, "an error of what runs, and stops", errors(true), grade == Grade::Stops);
        }
        let warns = |rule: &str| {
            findings
                .iter()
                .filter(|finding| finding.rule == rule && finding.severity == Severity::Warning)
                .count()
        };
        if grade == Grade::NoEmptyDatabase {
            self.holds(of, "one warning for all tables from elsewhere", warns("tables-made-elsewhere") == 1);
        }
        if grade == Grade::StopsOnSome {
            let told =
                warns("dialect-dependent") + warns("tables-made-elsewhere") + warns("revision-too-long");
            self.holds(of, "a warning where it hangs on the database", told > 0);
        }
        if !environment.live {
            return;
        }
        let in_order = environment.headline.contains("in order") || environment.headline.contains("is sound");
        let is_in_order =
            matches!(grade, Grade::Warnings | Grade::Sound) && !environment.revisions.is_empty();
        self.same(of, "said to be in order, and is", in_order, is_in_order);
        if !environment.revisions.is_empty() {
            self.commands(of, environment);
        }
        self.shape(of, environment);
        self.revisions(of, environment, findings);
        self.replays(of, &environment.replays, &environment.fates);
        self.certainty(of, environment);
        if grade != Grade::CannotDeploy && !environment.revisions.is_empty() {
            self.empty_database(of, grade, &environment.replays, &environment.checklist);
        }
        self.way_back(of, environment, findings);
        let warned = |rule: &str| findings.iter().any(|finding| finding.rule == rule);
        let sees = answer(&environment.checklist, Question::Autogenerate);
        if warned("target-metadata-none") || warned("models-not-imported") {
            self.holds(of, "autogenerate is warned of, and fails", sees == Some(Status::Fail));
        }
    }

    /// Bases, heads, branch and merge points: of each file, in the list of ids, in the drawing and in words.
    fn shape(&mut self, of: &str, environment: &EnvironmentReport) {
        let rows = || environment.revisions.iter();
        let marks = [
            (&[Mark::Base, Mark::Root][..], &environment.bases, "base"),
            (&[Mark::Head], &environment.heads, "head"),
            (&[Mark::BranchPoint], &environment.branch_points, "branch point"),
            (&[Mark::MergePoint], &environment.merge_points, "merge point"),
        ];
        let words = describe(&environment.drawing, Side::Now);
        for (at, (marks, ids, noun)) in marks.into_iter().enumerate() {
            let is = |row: &RevisionReport| {
                [row.is_base, row.is_head, row.is_branch_point, row.is_merge_point][at]
            };
            let listed: BTreeSet<&Shown> = ids.iter().collect();
            let of_rows: BTreeSet<&Shown> = rows().filter(|row| is(row)).map(|row| &row.revision).collect();
            self.holds(of, &format!("{noun}: {listed:?} are listed, {of_rows:?} are so"), listed == of_rows);
            let drawing = &environment.drawing;
            for (drawn, dot) in drawing.rows.iter().zip(&drawing.now.dots) {
                let (Some(dot), Some(path)) = (dot, &drawn.path) else { continue };
                let Some(row) = rows().find(|row| row.path == *path) else { continue };
                let is_marked = dot.marks.iter().any(|mark| marks.contains(mark));
                self.same(&format!("{of}, {path}"), &format!("{noun}, and so drawn"), is(row), is_marked);
            }
            let told = format!("{} (", plural(ids.len(), noun));
            self.holds(
                of,
                &format!("{told}: {words}"),
                ids.is_empty() || drawing.is_empty() || words.contains(&told),
            );
        }
        // The summary counts ids, and files where one is declared twice.
        let known: BTreeSet<&Shown> = rows().map(|row| &row.revision).collect();
        if environment.unknown.is_empty() && known.len() < environment.revisions.len() {
            let ids = plural(known.len(), "revision");
            let files = format!(", declared by {}", plural(environment.revisions.len(), "file"));
            let summary = &environment.summary;
            let told = summary.starts_with(&ids) && summary.contains(&files);
            self.holds(of, &format!("{ids}{files}: {summary}"), told);
        }
    }

    /// How much of the schema is certain, and its tables and columns at the head.
    fn certainty(&mut self, of: &str, environment: &EnvironmentReport) {
        let Some(replay) = &environment.replay else { return };
        let CertaintyReport { certain, all, taken, .. } = &replay.certainty;
        let in_words = replay.known.starts_with("Were it to run on");
        self.same(of, "the head is not reached, and the certainty is of what would be", !replay.ok, in_words);
        let Some(last) = replay.steps.len().checked_sub(1) else { return };
        let tables: Vec<_> = replay.tables_at(last).collect();
        let columns = || tables.iter().flat_map(|table| table.columns_at(last));
        let certain_columns = columns().filter(|column| column.certain).count();
        let certain_tables = tables.iter().filter(|table| table.is_certain_at(last)).count();
        self.holds(of, &format!("all {all} are told"), tables.len() + columns().count() == *all);
        // A table may be there for certain, and have columns that are not known.
        let range = certain_columns + certain_tables..=certain_columns + tables.len();
        self.holds(of, &format!("{certain} of {all} are certain: {range:?}"), range.contains(certain));
        let lost: usize = taken.iter().map(|call| call.count).sum();
        self.holds(of, &format!("{lost} of {all} were taken, {certain} are left"), certain + lost == *all);
        let at_the_end = tables.iter().all(|table| table.certain == table.is_certain_at(last));
        self.holds(of, "a table is as certain as it is at its end", at_the_end);
    }

    /// The command that deploys, on both databases, and the checklist's question about it.
    fn commands(&mut self, of: &str, environment: &EnvironmentReport) {
        let found = |end: &str| environment.commands.iter().find(|command| command.command.ends_with(end));
        let flavour = environment.flavour;
        let head = found("upgrade head").unwrap_or_else(|| panic!("{of}: {flavour:?}"));
        let heads = found("upgrade heads").expect("it is foreseen");
        // Branches that are kept apart on purpose are deployed with heads.
        let command = if environment.heads.len() > 1 { heads } else { head };
        let empty = command.status;
        let at_head = command.at_head.as_ref().map_or(empty, |CommandOutcome { status, .. }| *status);
        let grade = environment.grade;
        let expected = match grade {
            Grade::CannotDeploy => return self.cannot_deploy(of, environment, head.status),
            Grade::Stops | Grade::NoEmptyDatabase => empty == Some(1),
            Grade::StopsOnSome | Grade::Undecided => empty.is_none(),
            Grade::Warnings | Grade::Sound => empty == Some(0),
        };
        self.holds(of, &format!("{grade:?}: {} exits with {empty:?}", command.command), expected);
        if matches!(grade, Grade::NoEmptyDatabase | Grade::StopsOnSome | Grade::Warnings | Grade::Sound) {
            self.holds(of, "a database at the head has nothing to run", at_head == Some(0));
        }
    }

    fn cannot_deploy(&mut self, of: &str, environment: &EnvironmentReport, head: Option<u8>) {
        self.holds(of, &format!("cannot be deployed, and upgrade head exits with {head:?}"), head != Some(0));
        let status = answer(&environment.checklist, Question::UpgradeFromEmpty);
        self.holds(of, "cannot be deployed, and the checklist passes", status != Some(Status::Pass));
    }

    /// Each revision: its fate, the findings that name it, the steps, and its row in the drawing.
    fn revisions(&mut self, of: &str, environment: &EnvironmentReport, findings: &[&FindingReport]) {
        let named = |wanted: &dyn Fn(&FindingReport) -> bool| -> BTreeSet<&str> {
            let own = findings.iter().filter(|finding| wanted(finding));
            own.flat_map(|finding| &finding.revisions).map(Shown::as_str).collect()
        };
        let is_content = |finding: &FindingReport| {
            finding.severity == Severity::Error
                && find_rule(&finding.rule).is_some_and(|rule| rule.group == Group::Content)
        };
        let failing = named(&is_content);
        let elsewhere = named(&|finding| finding.rule == "tables-made-elsewhere");
        for FateReport { revision, upgrade, .. } in &environment.fates {
            let of = format!("{of}, {revision}");
            if *upgrade == Fate::Fails {
                self.holds(&of, "fails, and an error names it", failing.contains(revision.as_str()));
            }
            if *upgrade == Fate::NeedsElsewhere {
                self.holds(
                    &of,
                    "needs tables, and the warning names it",
                    elsewhere.contains(revision.as_str()),
                );
            }
            let title = format!("Mend {revision}");
            let mends = |actions: &[ActionReport]| {
                let is_it = |said: &str| said == title || said.starts_with(&format!("{title}, unless the "));
                actions.iter().find(|action| action.required && is_it(&action.title)).cloned()
            };
            let fails_after = |plan: &PlanReport| {
                plan.fates.iter().any(|fate| fate.revision == *revision && fate.upgrade == Fate::Fails)
            };
            let n_resolving = environment.plans.iter().filter(|plan| !fails_after(plan)).count();
            let is_left =
                *upgrade == Fate::Fails && (n_resolving < environment.plans.len() || n_resolving == 0);
            let told = mends(&environment.actions);
            self.same(&of, "fails, and is to be mended", is_left, told.is_some());
            if let Some(told) = told {
                let says = told.title.ends_with(" is taken");
                self.same(&of, "a repair resolves it, and the step says so", n_resolving > 0, says);
            }
            for plan in &environment.plans {
                let of = format!("{of}, {}", plan.name);
                self.same(
                    &of,
                    "fails, and is to be mended",
                    fails_after(plan),
                    mends(&plan.actions).is_some(),
                );
            }
        }
        self.drawn(of, &environment.fates, &environment.drawing, false);
        // The other way round: what an error names as its own place fails.
        for finding in findings.iter().filter(|finding| is_content(finding)) {
            let Some(first) = finding.revisions.first() else { continue };
            // A history that was not followed has no fates.
            if environment.replays.is_empty() {
                continue;
            }
            let fate = environment.fates.iter().find(|fate| fate.revision == *first);
            let is_lost = environment.revisions.iter().filter(|row| row.revision == *first).count() > 1;
            if !is_lost {
                let fails = fate.is_some_and(|fate| fate.upgrade == Fate::Fails);
                self.holds(&format!("{of}, {first}"), "an error names it, and it fails", fails);
            }
        }
    }

    /// What one side of a drawing says of each file.
    fn drawn(&mut self, of: &str, fates: &[FateReport], drawing: &Drawing, proposed: bool) {
        let failing = fates.iter().filter(|fate| fate.upgrade == Fate::Fails);
        let failing: BTreeSet<_> = failing.map(|fate| &fate.path).collect();
        for row in &drawing.rows {
            let Some(path) = &row.path else { continue };
            let fails = failing.contains(path);
            let fault = row.fault_on(proposed).map_or("", Shown::as_str);
            let of = format!("{of}, {}", row.revision);
            self.same(&of, "fails, and so in the drawing", fails, fault.starts_with("fails: "));
        }
    }

    /// The replays of several dialects, and the fates that stand over them.
    fn replays(&mut self, of: &str, replays: &[ReplayReport], fates: &[FateReport]) {
        let certain = |replay: &ReplayReport, revision: &str| {
            replay.failures.iter().any(|failure| {
                failure.revision == revision && failure.direction == Direction::Upgrade && failure.certain
            })
        };
        let revisions: BTreeSet<&str> = replays
            .iter()
            .flat_map(|replay| &replay.failures)
            .filter(|failure| failure.direction == Direction::Upgrade && failure.certain)
            .map(|failure| failure.revision.as_str())
            .collect();
        for replay in replays {
            let stops = revisions.iter().any(|revision| certain(replay, revision));
            self.same(of, "it stops on a database, and is not ok", stops, !replay.ok);
        }
        for revision in &revisions {
            let of = format!("{of}, {revision}");
            let fate = fates.iter().find(|fate| fate.revision == *revision).map(|fate| fate.upgrade);
            self.holds(&of, "a certain failure has a fate", fate.is_some_and(|fate| fate > Fate::MayFail));
            let everywhere = replays.iter().all(|replay| certain(replay, revision));
            if fate == Some(Fate::Fails) {
                self.holds(&of, "fails, and on every database", everywhere);
            }
        }
    }

    /// An empty database: the grade, the checklist, and how each replay ends.
    fn empty_database(
        &mut self,
        of: &str,
        grade: Grade,
        replays: &[ReplayReport],
        checklist: &[ChecklistItem],
    ) {
        let status = answer(checklist, Question::UpgradeFromEmpty);
        let expected = match grade {
            Grade::CannotDeploy => return,
            Grade::Stops | Grade::NoEmptyDatabase => Status::Fail,
            Grade::StopsOnSome | Grade::Undecided => Status::Unknown,
            Grade::Warnings | Grade::Sound => Status::Pass,
        };
        self.holds(of, &format!("{grade:?}: the checklist says {status:?}"), status == Some(expected));
        if !replays.is_empty() {
            let all_stop = replays.iter().all(|replay| !replay.ok);
            // On each for a reason of its own is another matter.
            self.holds(
                of,
                "the checklist fails, and every database stops",
                all_stop || expected != Status::Fail,
            );
            self.holds(
                of,
                "every database stops, and the checklist passes",
                !all_stop || expected != Status::Pass,
            );
            let some_stop = replays.iter().any(|replay| !replay.ok);
            self.same(
                of,
                "it stops on some database, and the grade says so",
                some_stop,
                matches!(grade, Grade::Stops | Grade::NoEmptyDatabase | Grade::StopsOnSome),
            );
        }
    }

    /// The way back: what certainly fails there is a warning, and the checklist's question.
    fn way_back(&mut self, of: &str, environment: &EnvironmentReport, findings: &[&FindingReport]) {
        let down = |revision: &str, replay: &ReplayReport| {
            replay.failures.iter().any(|failure| {
                failure.revision == revision && failure.direction == Direction::Downgrade && failure.certain
            })
        };
        let warned = |revision: &str| {
            findings.iter().any(|finding| {
                finding.severity == Severity::Warning
                    && finding.revisions.iter().any(|own| own == revision)
                    && find_rule(&finding.rule).is_some_and(|rule| rule.group == Group::Content)
            })
        };
        let status = answer(&environment.checklist, Question::Downgrade);
        for action in environment.actions.iter().filter(|action| action.title.starts_with("Mend downgrade()"))
        {
            let revision = action.title.rsplit(' ').next().unwrap_or_default();
            let of = format!("{of}, {revision}");
            self.holds(
                &of,
                "to be mended, and the downgrade fails",
                environment.replays.is_empty()
                    || environment.replays.iter().all(|replay| down(revision, replay)),
            );
            self.holds(&of, "the downgrade fails, and a warning names it", warned(revision));
            self.holds(&of, "the downgrade fails, and the checklist", status == Some(Status::Fail));
        }
    }

    /// What a plan promises of an empty database.
    fn plan(&mut self, of: &str, plan: &PlanReport) {
        self.replays(of, &plan.replays, &plan.fates);
        self.drawn(of, &plan.fates, &plan.drawing, true);
        if plan.replays.is_empty() || plan.heads.len() > 1 {
            return;
        }
        let status = answer(&plan.checklist, Question::UpgradeFromEmpty);
        let all_stop = plan.replays.iter().all(|replay| !replay.ok);
        if all_stop {
            self.holds(of, "every database stops, and the checklist passes", status != Some(Status::Pass));
        }
        let fails = plan.fates.iter().any(|fate| fate.upgrade == Fate::Fails);
        if fails {
            self.holds(of, "a revision fails, and the checklist", status == Some(Status::Fail));
        }
    }

    fn end(self, least: usize) {
        println!("{} comparisons over {} reports: {:?}", self.n, self.reports, self.grades);
        assert!(self.differences.is_empty(), "{:#?}", self.differences);
        assert!(self.n >= least, "only {} comparisons", self.n);
    }
}

fn answer(checklist: &[ChecklistItem], question: Question) -> Option<Status> {
    checklist.iter().find(|item| item.item == question).map(|item| item.status)
}

fn report(ingested: Ingested) -> Report {
    examine(ingested, &mut |_| {}).report
}

#[test]
fn the_verdict_on_several_environments_is_of_the_one_that_decides() {
    let bodies =
        ["pass", "op.add_column('t', sa.Column('id', sa.Integer()))", "op.execute(open('a').read())"];
    let mut compared = Compared::default();
    for bodies in bodies.iter().flat_map(|a| bodies.iter().map(move |b| [*a, *b])) {
        let dir = tempfile::tempdir().expect("a folder for the test");
        for (name, body) in ["a", "b"].iter().zip(bodies) {
            let at = dir.path().join(name);
            let ini = "[alembic]\nscript_location = m\nsqlalchemy.url = sqlite:///x.db\n";
            let text = format!(
                "from alembic import op\nimport sqlalchemy as sa\nrevision = '{name}'\ndown_revision = None\n\
                 def upgrade():\n    op.create_table('t', sa.Column('id', sa.Integer()))\n    {body}\n\
                 def downgrade():\n    op.drop_table('t')\n"
            );
            judge::write_file(&at.join("alembic.ini"), ini.as_bytes());
            judge::write_file(
                &at.join("m/env.py"),
                b"from alembic import context\ncontext.run_migrations()\n",
            );
            judge::write_file(&at.join("m/versions/1.py"), text.as_bytes());
        }
        let report = report(judge::read(dir.path()));
        assert_eq!(report.environments.iter().filter(|environment| environment.live).count(), 2);
        compared.report(&format!("{bodies:?}"), &report);
    }
    compared.end(100);
}

#[test]
fn one_id_in_several_files() {
    let mut compared = Compared::default();
    // The parents of each file in the order in which Alembic reads them; the first letter is the id.
    for files in [
        "a- ba ba",
        "a- ba ba ba",
        "a- ba ba cb",
        "a- ba ba ba cb",
        "a- a- ba",
        "a- a-",
        "a- ba cb ca",
        "a- ba ca cb",
        "a- b- ba",
        "a- ba b-",
        "a- ba ba cb cb",
        "a- ba c- ca db dc",
        "a- ba bb",
        "a- bx ba",
    ] {
        for folders in [["v", "v"], ["v", "w"]] {
            let mut intake = Intake::new(Limits::default());
            let locations = "version_locations = m/v m/w\n";
            let ini = format!("[alembic]\nscript_location = m\nsqlalchemy.url = sqlite:///x.db\n{locations}");
            intake.add("alembic.ini", ini.into_bytes());
            intake.add("m/env.py", b"from alembic import context\ncontext.run_migrations()\n".to_vec());
            for (at, file) in files.split(' ').enumerate() {
                let (id, parent) = file.split_at(1);
                let parent = if parent == "-" { "None".to_owned() } else { format!("'{parent}000'") };
                let text = format!(
                    "from alembic import op\nrevision = '{id}000'\ndown_revision = {parent}\n\n\ndef upgrade():\n    \
                     op.execute('CREATE TABLE t{at} (id INTEGER)')\n\n\ndef downgrade():\n    \
                     op.execute('DROP TABLE t{at}')\n"
                );
                let folder = folders[usize::from(at > 1)];
                intake.add(&format!("m/{folder}/{at}.py"), text.into_bytes());
            }
            let report = report(intake.finish());
            let of = format!("{files} in {folders:?}");
            compared.report(&of, &report);
            let texts = [
                write_text(&report, Given::Here, Style::Plain),
                write_markdown(&report, "2026-01-01"),
                write_html(&report, "2026-01-01"),
            ];
            let rows = report.environments[0].revisions.len();
            // Where Alembic loads them, each says how many files there are, and that some are lost.
            if report.environments[0].alembic_error.is_none() {
                let told = format!("declared by {rows} files");
                compared.holds(&of, &told, texts.iter().all(|text| text.contains(&told)));
                compared.holds(&of, "it is lost", texts.iter().all(|text| text.contains(" loses ")));
            }
        }
    }
    compared.end(500);
}

#[test]
fn a_step_that_a_repair_makes_needless() {
    let mut intake = Intake::new(Limits::default());
    intake.add("alembic.ini", b"[alembic]\nscript_location = m\nsqlalchemy.url = sqlite:///x.db\n".to_vec());
    intake.add("m/env.py", b"from alembic import context\ncontext.run_migrations()\n".to_vec());
    for (name, parent, upgrade) in [
        // Alembic begins with the head that it reads last.
        ("a", "None", "op.create_table('t', sa.Column('id', sa.Integer()))"),
        ("b", "None", "op.add_column('t', sa.Column('x', sa.Integer()))"),
    ] {
        let text = format!(
            "from alembic import op\nimport sqlalchemy as sa\nrevision = '{name}'\ndown_revision = {parent}\n\n\n\
             def upgrade():\n    {upgrade}\n\n\ndef downgrade():\n    pass\n"
        );
        intake.add(&format!("m/versions/{name}.py"), text.into_bytes());
    }
    let report = report(intake.finish());
    let own = &report.environments[0];
    let mends = |actions: &[ActionReport]| -> Vec<String> {
        let mends = actions.iter().filter(|action| action.title.starts_with("Mend "));
        mends.map(|action| format!("{}: {}", action.title, action.detail)).collect()
    };
    let of = |kind: &str| own.plans.iter().find(|plan| plan.name.name() == kind).expect("it is on offer");
    assert_eq!(
        mends(&own.actions),
        [
            "Mend b, unless the single chain or ordered merge is taken: On an empty database it fails: no such table: t."
        ]
    );
    assert_eq!(mends(&of("chain").actions), Vec::<String>::new());
    assert_eq!(mends(&of("merge").actions), ["Mend b: On an empty database it fails: no such table: t."]);
    let mut compared = Compared::default();
    compared.report("a repair resolves it", &report);
    compared.end(10);
}

#[test]
fn the_small_projects_and_the_samples() {
    let mut compared = Compared::default();
    for folder in ["tests/cases", "tests/replay-cases"] {
        for name in judge::folders(folder) {
            compared.report(&name, &report(judge::read(&repository(folder).join(&name))));
        }
    }
    for name in judge::folders("samples") {
        compared.report(&name, &report(sample(&name)));
    }
    compared.end(500);
}

#[test]
fn the_folders_that_alembic_was_asked_about() {
    let dir = tempfile::tempdir().expect("a folder for the test");
    let archive = std::fs::File::open(repository("tests/agreement/cases.tar.gz")).expect("it is there");
    tar::Archive::new(GzDecoder::new(archive)).unpack(dir.path()).expect("it unpacks");
    let mut compared = Compared::default();
    let mut folders: Vec<_> = std::fs::read_dir(dir.path().join("cases"))
        .expect("readable")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    // Links and their loops are the command line's to follow, which leaves the drawings out.
    for folder in folders.iter().step_by(if full() { 1 } else { 4 }) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let output = judge::rechain(folder, &["check", "--output-format", "json"]);
        let report: Report = serde_json::from_slice(&output.stdout).expect("JSON");
        compared.report(&name, &report);
        let errors = report.findings.iter().any(|finding| finding.severity == Severity::Error);
        compared.same(&name, "an error, and exit status 1", errors, output.status.code() == Some(1));
    }
    compared.end(1_000);
}

#[test]
fn folders_made_from_a_seed() {
    let mut compared = Compared::default();
    for seed in 0..if full() { 1_000 } else { 150 } {
        let tree = Folder::of(seed).tree;
        compared.report(&format!("seed {seed}"), &report(Ingested { tree, ..Ingested::default() }));
    }
    compared.end(1_000);
}

#[test]
fn histories_with_bodies_and_histories_that_were_spoilt() {
    let (mut made, mut spoilt) = (Compared::default(), Compared::default());
    for seed in 0..if full() { 300 } else { 60 } {
        let mut random = Random::new(seed);
        let mut history = History::of(&mut random);
        made.report(&format!("history {seed}"), &report(history.ingested()));
        history.spoil(&mut random);
        spoilt.report(&format!("spoilt history {seed}"), &report(history.ingested()));
    }
    made.end(500);
    spoilt.end(500);
}

/// A chain whose migrations do something: each statement goes up, and has one that goes down.
struct History {
    url: &'static str,
    /// Pairs of upgrade and downgrade, by revision.
    bodies: Vec<(String, String)>,
}

impl History {
    fn of(random: &mut Random) -> Self {
        let url = *random.pick(&["", "", "sqlite:///x.db", "postgresql://h/d", "mysql://h/d"]);
        let mut tables: Vec<(String, Vec<String>)> = Vec::new();
        let mut bodies = Vec::new();
        for at in 0..random.below(12) + 2 {
            let what = if tables.is_empty() { 0 } else { random.below(9) };
            let body = match what {
                0 | 1 => {
                    let table = format!("t{at}");
                    tables.push((table.clone(), vec!["id".to_owned(), "name".to_owned()]));
                    (
                        format!(
                            "op.create_table('{table}', sa.Column('id', sa.Integer(), primary_key=True), \
                             sa.Column('name', sa.String(50)))"
                        ),
                        format!("op.drop_table('{table}')"),
                    )
                }
                2 | 3 => {
                    let which = random.below(tables.len());
                    let (table, columns) = &mut tables[which];
                    let column = format!("c{at}");
                    columns.push(column.clone());
                    (
                        format!("op.add_column('{table}', sa.Column('{column}', sa.Integer()))"),
                        format!("op.drop_column('{table}', '{column}')"),
                    )
                }
                4 => {
                    let (table, columns) = random.pick(&tables);
                    let column = random.pick(columns);
                    (
                        format!("op.create_index('ix_{at}', '{table}', ['{column}'])"),
                        format!("op.drop_index('ix_{at}', table_name='{table}')"),
                    )
                }
                5 => {
                    let (table, columns) = random.pick(&tables);
                    let column = random.pick(columns);
                    (
                        format!("op.create_unique_constraint('uq_{at}', '{table}', ['{column}'])"),
                        format!("op.drop_constraint('uq_{at}', '{table}')"),
                    )
                }
                6 => ("op.execute(open('x.sql').read())".to_owned(), "pass".to_owned()),
                7 => (
                    "op.execute('UPDATE t0 SET name = 1')".to_owned(),
                    "raise NotImplementedError()".to_owned(),
                ),
                _ => ("pass".to_owned(), "pass".to_owned()),
            };
            bodies.push(body);
        }
        Self { url, bodies }
    }

    /// Takes a migration's body away, doubles one, puts two in the other order, or breaks a name.
    fn spoil(&mut self, random: &mut Random) {
        let at = random.below(self.bodies.len());
        match random.below(6) {
            0 => self.bodies[at].0 = "pass".to_owned(),
            1 => {
                let body = self.bodies[at].clone();
                self.bodies.push(body);
            }
            2 => {
                let other = random.below(self.bodies.len());
                self.bodies.swap(at, other);
            }
            3 => self.bodies[at].0 = "op.add_column('nowhere', sa.Column('x', sa.Text()))".to_owned(),
            4 => self.bodies[at].0 = "sa.op.drop_table('t0')".to_owned(),
            _ => {
                self.bodies[at].1 =
                    "op.drop_table('never_made')\n    op.drop_column('t0', 'never')".to_owned();
            }
        }
    }

    fn ingested(&self) -> Ingested {
        let mut intake = Intake::new(Limits::default());
        let url =
            if self.url.is_empty() { String::new() } else { format!("sqlalchemy.url = {}\n", self.url) };
        intake.add("alembic.ini", format!("[alembic]\nscript_location = m\n{url}").into_bytes());
        intake.add(
            "m/env.py",
            b"from alembic import context\nfrom app import Base\ntarget_metadata = Base.metadata\n".to_vec(),
        );
        for (at, (up, down)) in self.bodies.iter().enumerate() {
            let parent = if at == 0 { "None".to_owned() } else { format!("'r{}'", at - 1) };
            let text = format!(
                "from alembic import op\nimport sqlalchemy as sa\n\nrevision = 'r{at}'\ndown_revision = {parent}\n\n\n\
                 def upgrade():\n    {up}\n\n\ndef downgrade():\n    {down}\n"
            );
            intake.add(&format!("m/versions/r{at}.py"), text.into_bytes());
        }
        intake.finish()
    }
}

#[test]
fn two_views_that_differ_are_found() {
    let mut report = report(sample("panel"));
    report.environments[0].grade = Grade::Sound;
    let mut compared = Compared::default();
    compared.report("panel", &report);
    assert!(!compared.differences.is_empty());
}
