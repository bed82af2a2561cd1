//! Every format tells the same, and no text from a file becomes anything but text.

mod judge;
mod sample;

use pulldown_cmark::{Event, Options, Parser, Tag};
use rechain::audit::{Outcome, examine};
use rechain::drawing::{DrawingInput, InputEdge, InputRow, LinkKind, Mark, Row, Side};
use rechain::drawing::{lay_out, write_plain, write_svg};
use rechain::report::present::{Open, open};
use rechain::report::{
    BesideKind, Confidence, Direction, Given, Grade, PlanKind, Report, Style, write_html, write_json,
    write_markdown, write_replay, write_replay_json, write_text,
};
use rechain::text::Shown;
use sample::HOSTILE;
use serde_json::Value;

const TODAY: &str = "2026-11-23";

fn panel() -> Outcome {
    examine(judge::sample("panel"), &mut |_| {})
}

/// Fields whose words are a fixed set.
const WORDS: [&str; 16] = [
    "applicability",
    "confidence",
    "dialect",
    "direction",
    "downgrade",
    "flavour",
    "grade",
    "item",
    "kind",
    "marks",
    "outcome",
    "rank",
    "severity",
    "status",
    "upgrade",
    "verdict",
];

/// The panel's report with every text in it replaced by one that attacks.
fn hostile() -> Report {
    with_texts(&|count| format!("{}{count}", HOSTILE[count % HOSTILE.len()]))
}

/// The panel's report with every text in it replaced.
fn with_texts(text_of: &dyn Fn(usize) -> String) -> Report {
    fn replace(value: &mut Value, key: &str, count: &mut usize, text_of: &dyn Fn(usize) -> String) {
        match value {
            Value::String(text)
                if WORDS.contains(&key)
                    || PlanKind::named(text).is_some()
                    || BesideKind::named(text).is_some() => {}
            Value::String(text) => {
                *text = text_of(*count);
                *count += 1;
            }
            Value::Array(values) => {
                values.iter_mut().for_each(|value| replace(value, key, count, text_of));
            }
            Value::Object(fields) => {
                fields.iter_mut().for_each(|(key, value)| replace(value, key, count, text_of));
            }
            _ => {}
        }
    }
    let mut report = panel().report;
    let finding = &mut report.findings[0];
    finding.candidates = vec!["x".into(), "y".into()];
    finding.confidence = Confidence::Likely;
    let unknown = r#"{"path": "p", "line": 3, "what": "down_revision is computed"}"#;
    report.environments[0].unknown.push(serde_json::from_str(unknown).expect("JSON"));
    report.skipped.push(serde_json::from_str(r#"{"path": "p", "reason": "r"}"#).expect("JSON"));
    let mut value = serde_json::to_value(&report).expect("plain data");
    replace(&mut value, "", &mut 0, text_of);
    serde_json::from_value(value).expect("only texts changed")
}

/// Reads HTML as XML, which is stricter: every element closed, every attribute once and quoted.
fn check_html(html: &str) {
    let body = html.strip_prefix("<!DOCTYPE html>").expect("a doctype");
    let mut closed = String::new();
    for part in body.split_inclusive('>') {
        if part.contains("<meta ") {
            closed.push_str(&part.replace('>', "/>"));
        } else {
            closed.push_str(&part.replace("<details open>", "<details open=\"\">"));
        }
    }
    let document = roxmltree::Document::parse(&closed).unwrap_or_else(|error| panic!("{error}"));
    let forbidden =
        ["script", "img", "iframe", "object", "embed", "link", "base", "form", "input", "foreignObject", "b"];
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        assert!(!forbidden.contains(&node.tag_name().name()), "{:?}", node.tag_name());
        for attribute in node.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            assert!(!name.starts_with("on") && !["src", "style", "srcset"].contains(&name), "{name}={value}");
            assert!(name != "href" || value.starts_with('#'), "{name}={value}");
        }
    }
    let policy =
        document.descendants().find(|node| node.attribute("http-equiv") == Some("Content-Security-Policy"));
    assert!(
        policy.expect("a policy").attribute("content").expect("a policy").starts_with("default-src 'none'")
    );
    assert_eq!(document.descendants().filter(|node| node.has_tag_name("style")).count(), 1);
    assert!(!html.contains("@import") && !html.contains("url("), "nothing is fetched");
}

fn shows_unseen(text: &str) -> Option<char> {
    let bad = |c: char| {
        (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}')
    };
    text.chars().find(|&c| bad(c))
}

#[test]
fn html_holds_nothing_that_acts() {
    for report in [panel().report, hostile()] {
        let html = write_html(&report, TODAY);
        check_html(&html);
        assert_eq!(shows_unseen(&html), None);
    }
    let html = write_html(&hostile(), TODAY);
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;") && html.contains("\\u202edrawkcab"));
}

#[test]
fn markdown_holds_no_markup_but_its_own() {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES;
    for report in [panel().report, hostile()] {
        let markdown = write_markdown(&report, TODAY);
        assert_eq!(shows_unseen(&markdown), None);
        let mut depth_of_code = 0;
        for event in Parser::new_ext(&markdown, options) {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => panic!("HTML in Markdown: {html}"),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    panic!("a link to {dest_url}")
                }
                Event::Start(
                    Tag::Emphasis | Tag::Strikethrough | Tag::BlockQuote(_) | Tag::FootnoteDefinition(_),
                ) => {
                    panic!("markup from a file: {event:?}")
                }
                Event::Start(Tag::CodeBlock(_)) => depth_of_code += 1,
                Event::End(pulldown_cmark::TagEnd::CodeBlock) => depth_of_code -= 1,
                Event::Text(text) if depth_of_code == 0 => {
                    for sign in ['@', '#'] {
                        let links =
                            text.split(sign).skip(1).any(|rest| rest.starts_with(char::is_alphanumeric));
                        assert!(!links, "GitHub would link: {text}");
                    }
                }
                _ => {}
            }
        }
    }
}

#[test]
fn headings_of_markdown_are_its_own() {
    let titles = |report: &Report| {
        let markdown = write_markdown(report, TODAY);
        let events = Parser::new_ext(&markdown, Options::ENABLE_TABLES);
        events
            .filter(|event| {
                matches!(event, Event::Start(Tag::Heading { .. } | Tag::Table(_) | Tag::CodeBlock(_)))
            })
            .count()
    };
    let (mut plain, mut attacked) = (hostile(), hostile());
    // The same report with tame texts has the same structure.
    let tame = |text: &mut Shown| *text = "tame".into();
    for finding in &mut plain.findings {
        tame(&mut finding.message);
        tame(&mut finding.consequence);
        tame(&mut finding.advice);
        finding.evidence.iter_mut().for_each(|line| tame(&mut line.text));
    }
    plain.environments.iter_mut().flat_map(|environment| &mut environment.revisions).for_each(|revision| {
        tame(&mut revision.message);
        tame(&mut revision.path);
        tame(&mut revision.revision);
    });
    attacked.headline = format!("{}\n# x\n\n| a |\n| - |\n", attacked.headline).into();
    assert_eq!(titles(&plain), titles(&attacked));
}

#[test]
fn no_text_of_the_model_can_hold_a_secret() {
    let secret = "hunter2";
    let report =
        with_texts(&|count| format!("at {count} pg://u:{secret}@h/d?token={secret}, and pg://u:{secret}…"));
    let environment = &report.environments[0];
    let replay = write_replay(environment, None, Style::Plain).expect("something was followed");
    let written = [
        write_json(&report),
        write_html(&report, TODAY),
        write_markdown(&report, TODAY),
        write_text(&report, Given::Here, Style::Plain),
        replay,
        write_replay_json(&[(environment, None)]),
        write_plain(&environment.drawing, Side::Now),
        write_svg(&environment.drawing, Side::Both, &environment.headline),
    ];
    for text in written {
        assert!(text.contains("u:***"));
        assert!(
            !text.contains(secret),
            "{}",
            text.lines().find(|line| line.contains(secret)).unwrap_or_default()
        );
    }
}

#[test]
fn no_text_commands_the_terminal() {
    for style in [Style::Plain, Style::Colour] {
        let text = write_text(&hostile(), Given::Folder(HOSTILE[0]), style);
        let mut ours = text.clone();
        for code in ["1", "1;31", "1;32", "1;33", "1;34", "1;36", "0"] {
            ours = ours.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(shows_unseen(&ours), None);
        assert_eq!(style == Style::Colour, text.contains('\u{1b}'));
    }
}

#[test]
fn every_format_names_the_same_findings() {
    let report = panel().report;
    let (html, markdown) = (write_html(&report, TODAY), write_markdown(&report, TODAY));
    let (text, json) = (write_text(&report, Given::Here, Style::Plain), write_json(&report));
    assert!(!report.findings.is_empty());
    for format in [&html, &markdown, &text, &json] {
        for finding in &report.findings {
            assert!(format.contains(finding.rule.as_str()), "{}", finding.rule);
            assert!(format.contains(finding.path.as_deref().expect("the panel's findings have places")));
        }
    }
    for finding in &report.findings {
        let first = finding.message.split(['`', '_', '<', '&', '"', '\'']).next().expect("text");
        for format in [&html, &markdown, &text] {
            assert!(format.contains(first), "{first}");
        }
    }
    assert!(
        html.contains(TODAY) && markdown.contains(TODAY) && !text.contains(TODAY) && !json.contains(TODAY)
    );
    for format in [html, markdown, text, json] {
        assert!(!format.contains("hunter2"));
    }
}

#[test]
fn every_format_tells_what_leaves_the_verdict_open() {
    for upgrade in [
        "from tools import work\n\n\ndef upgrade():\n    work(op.get_bind())\n    work(op.get_bind())\n",
        // Nobody imports the models for certain.
        "from models import Base\n\n\ndef upgrade():\n    Base.metadata.create_all(op.get_bind())\n",
    ] {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let migration =
            format!("from alembic import op\n\nrevision = 'a'\ndown_revision = None\n\n{upgrade}");
        for (path, text) in [
            ("alembic.ini", "[alembic]\nscript_location = migrations\n"),
            ("migrations/env.py", "from alembic import context\n\ncontext.configure()\n"),
            ("migrations/versions/a.py", &migration),
            ("models.py", "from sqlalchemy.orm import declarative_base\n\nBase = declarative_base()\n"),
            ("more.py", "from models import Base\n\n\nclass More(Base):\n    __tablename__ = 'more'\n"),
        ] {
            judge::write_file(&dir.path().join(path), text.as_bytes());
        }
        let path = dir.path();
        let folder = path.display();
        let report = examine(judge::read(path), &mut |_| {}).report;
        let open = open(&report);
        assert!(report.grade == Grade::Undecided && !open.is_empty(), "{folder}");
        assert!(open.windows(2).all(|pair| pair[0] != pair[1]), "{folder}: {open:?}");
        let formats = [
            write_html(&report, TODAY),
            write_markdown(&report, TODAY),
            write_text(&report, Given::Here, Style::Plain),
        ];
        for format in formats {
            for Open { path, line, what, .. } in &open {
                let first = what.split(['`', '_', '<', '&', '"', '\'']).next().expect("text");
                assert!(
                    format.contains(&format!("{path}:{line}")) && format.contains(first),
                    "{folder}: {what}"
                );
            }
        }
    }
}

/// The part of a text from a heading to the next of its kind.
fn part<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).unwrap_or_else(|| panic!("{from} is not there"));
    let rest = &text[start + from.len()..];
    &rest[..rest.find(to).unwrap_or(rest.len())]
}

#[test]
fn reports_tell_what_fails_on_an_empty_database() {
    let report = panel().report;
    let replay = report.environments[0].replay.as_ref().expect("the panel is followed");
    let missing: Vec<_> = replay
        .failures
        .iter()
        .filter(|failure| failure.revision == "perf_indexes_001" && failure.direction == Direction::Upgrade)
        .map(|failure| (failure.line, &*failure.object))
        .collect();
    let objects = [
        (22, "user.is_system_admin"),
        (23, "user.created_at"),
        (26, "server.user_id"),
        (27, "server.status"),
        (32, "audit_log.user_id"),
        (39, "user_session"),
        (43, "api_key"),
        (46, "server_metrics"),
        (50, "player_session"),
    ];
    assert_eq!(missing, objects);
    let (html, markdown) = (write_html(&report, TODAY), write_markdown(&report, TODAY));
    let html = part(&html, "<h2>On an empty database", "<h2>");
    let markdown = part(&markdown, "## On an empty database", "\n## ");
    for (line, object) in objects {
        let what = if object.contains('.') { "column" } else { "table" };
        let told = format!("<code class=\"number\">{line}</code> <span>no such {what}: {object}</span>");
        assert!(html.contains(&told), "{told}");
        let told = format!("_add_performance_indexes.py:{line}`: no such {what}: {object}\n");
        assert!(markdown.contains(&told), "{told}\n{markdown}");
    }
    for part in [html, markdown] {
        assert!(
            part.contains("142 of 151 tables and columns at the head would be certain (94.0 %)")
                && part.contains("9 more lines fail after it")
        );
        assert!(part.contains("SQLite") && part.contains("PostgreSQL") && part.contains("MySQL"));
    }
}

#[test]
fn the_html_report_holds_the_last_schema_and_each_tables_life() {
    let html = write_html(&panel().report, TODAY);
    let end = part(&html, "<h3>The schema at the end", "</section>");
    assert!(end.starts_with(" <span class=\"count\">22 tables, as on SQLite"), "{}", &end[..80]);
    assert_eq!(end.matches("<details class=\"table\">").count(), 22);
    let server = part(end, "<summary><code>server</code>", "</details>");
    assert!(server.contains("<td><code>String(length=255)</code></td>"), "{server}");
    assert!(server.contains("<li>foreign key (owner_id) to user (id)</li>"), "{server}");
    let life = part(server, "Its life", "</ol>");
    let places: Vec<_> =
        ["creates table server", "adds column server.host", "creates index idx_server_status on server"]
            .iter()
            .map(|event| life.find(event))
            .collect();
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{life}");
    assert!(life.contains("<code>3fd9eaf414fb</code> adds column server.host"), "{life}");
    assert!(part(end, "<code>api_key</code>", "</details>").contains("not certain"));
}

#[test]
fn where_nothing_could_be_followed_the_reason_is_said() {
    let mut report = panel().report;
    let environment = &mut report.environments[0];
    environment.replay = None;
    environment.replays.clear();
    environment.plans.iter_mut().for_each(|plan| plan.replays.clear());
    for reported in [write_html(&report, TODAY), write_markdown(&report, TODAY)] {
        assert!(
            reported.contains("Alembic comes to no order, so nothing was followed. Repair the chain first.")
        );
    }
    // A report that an older version wrote has none of it.
    let mut old = serde_json::to_value(&report).expect("plain data");
    let fields = old["environments"][0].as_object_mut().expect("an object");
    assert!(fields.remove("replay").is_some() && fields.remove("replays").is_some());
    for plan in fields["plans"].as_array_mut().expect("a list") {
        plan.as_object_mut().expect("an object").remove("replays");
    }
    assert_eq!(serde_json::from_value::<Report>(old).expect("it is read"), report);
}

#[test]
fn what_is_left_out_of_a_long_replay_is_counted() {
    let mut report = panel().report;
    let environment = &mut report.environments[0];
    let replay = environment.replay.as_mut().expect("the panel is followed");
    let table = replay.tables.iter().find(|table| table.name == "server").expect("it is there").clone();
    replay.tables = (0..2_000)
        .map(|n| {
            let mut table = table.clone();
            table.name = format!("t{n:04}").into();
            table.events = std::iter::repeat_n(table.events[0].clone(), 500).collect();
            table
        })
        .collect();
    let failure = replay.failures[1].clone();
    let failures = (0..5_000).map(|n| rechain::report::FailureReport { line: n, ..failure.clone() });
    environment.replays[0].failures = failures.collect();
    let html = write_html(&report, TODAY);
    check_html(&html);
    assert!(html.contains("1,850 more tables; the JSON has them."), "tables are counted");
    assert!(html.contains("420 more events; the JSON has them."), "events are counted");
    assert!(html.contains("more lines; the JSON has them."), "lines are counted");
    assert!(html.len() < 3_000_000, "{} bytes", html.len());
    let markdown = write_markdown(&report, TODAY);
    assert!(
        markdown.contains("more lines; the JSON has them.") && markdown.len() < 60_000,
        "{}",
        markdown.len()
    );
}

/// A small report of its own, so that the snapshots change with the writers only.
fn small() -> Report {
    let mut report: Report = serde_json::from_str(include_str!("sample/small.json")).expect("a report");
    let row = |revision: &str| Row { revision: revision.into(), message: "m".into(), ..Row::default() };
    let rows = [("b", [Mark::Head].to_vec()), ("a", [Mark::Base].to_vec())];
    let drawing = lay_out(DrawingInput {
        rows: rows
            .map(|(id, marks)| InputRow { row: row(id), now: Some(marks.clone()), proposed: Some(marks) })
            .to_vec(),
        now: Vec::new(),
        proposed: Some(vec![InputEdge { child: 0, parent: 1, kind: LinkKind::NewParent }]),
    });
    report.environments[0].drawing = drawing.clone();
    report.environments[0].plans[0].drawing = drawing;
    report
}

#[test]
fn the_terminal_s_report_reads_like_a_compiler_s() {
    insta::assert_snapshot!(write_text(&small(), Given::Here, Style::Plain), @r#"
    error[multiple-roots]: 2 revisions say down_revision = None
      --> m/versions/a.py:9:17
       |
     9 | down_revision = None
       |                 ^^^^
      ::: m/versions/b.py:12
    12 | down_revision = None  # later
       |
       = what it breaks: `alembic upgrade head` stops.
       = what to do: Let one name the other.
       = fix: Give every root but the first a parent (unsafe where a database has run these revisions)

    warning[missing-parent]: c names `ab`, which no file declares (likely)
     --> m/versions/c.py
      = nearest: a, b

    not decided: m/versions/c.py:3: down_revision is computed

    1 path not read:
      venv: this folder is never read: it is a virtual environment

    This chain cannot be deployed.
    2 revisions in m/versions: 2 bases, so `alembic upgrade head` stops.
    Found: 1 error, 1 warning.

    1 repair on offer:

      Single chain: rewrites 1 file; resolves multiple-roots
        caution: Compare `alembic current` first.
        look   rechain check --plan chain --diff
        apply  rechain check --plan chain --fix --unsafe-fixes

    What each repair does to databases, worst first:
      Single chain, every one: not known

    Checklist:
      fail     The chain has a single root: 2 bases: a and b.
    "#);
}

#[test]
fn the_markdown_report_reads_well_as_text() {
    insta::assert_snapshot!(write_markdown(&small(), TODAY), @r#"
    # This chain cannot be deployed

    Migration audit of 2026-11-23 by rechain 0.0.0. Severity: **critical** (1 error, 1 warning).

    2 revisions in m/versions: 2 bases, so `alembic upgrade head` stops.

    ## What is wrong

    ### 1. 2 revisions say down_revision = None

    **error** · `multiple-roots` · `m/versions/a.py:9:17`

    What it breaks: `alembic upgrade head` stops.

    ```python
    # m/versions/a.py
        9  down_revision = None
    # m/versions/b.py
       12  down_revision = None  # later
    ```

    What to do: Let one name the other.

    Fix: Give every root but the first a parent (unsafe where a database has run these revisions).

    ### 2. c names `ab`, which no file declares

    **warning**, likely · `missing-parent` · `m/versions/c.py`

    Nearest: `a`, `b`

    ## The chain in `m/versions`

    Now, newest first:

    ```text
    ○  b  [head]  m

    ●  a  [base]  m
    ```

    Proposed:

    ```text
    ○  b  [head, new parent]  m
    ●  a  [base]  m
    ```

    ## Repair: Single chain (`chain`)

    In `m/versions`: rewrites 1 file. Unsafe where a database has run these revisions.

    - Resolves: multiple-roots
    - Leaves: none

    Before it is used:

    - Compare `alembic current` first.

    | Revision | File | Parent before | Parent after | Why |
    | --- | --- | --- | --- | --- |
    | `b` | `m/versions/b.py` | `None` | `a` | alters table user |

    ```bash
    rechain check --plan chain --diff
    rechain check --plan chain --fix --unsafe-fixes
    ```

    ```diff
    --- a/m/versions/b.py
    +++ b/m/versions/b.py
    @@ -1 +1 @@
    -down_revision = None
    +down_revision = 'a'
    ```

    ## What each repair does to databases: `m/versions`

    By the rows of `alembic_version`, for databases without a row, with one, and with two: what `alembic upgrade heads` does after the repair, worst first.

    | Databases | States | Repair | What becomes of them |
    | --- | --- | --- | --- |
    | every one |  | Single chain | not known |

    ## On an empty database: `m/versions`

    The order depends on what is computed when the files are loaded, so nothing was followed.

    ## Before the next deployment

    1. **Back up every database**: Before anything else.

    ## Recommended

    1. **Check every change**: In CI.
       ```bash
       rechain check
       ```

    ## Checklist

    | Question | Now | After: Single chain |
    | --- | --- | --- |
    | The chain has a single root | **fail** 2 bases: a and b. | **pass** a. |

    ## Migration files in `m/versions`

    | File | Revision | down_revision | Message | Created | Is |
    | --- | --- | --- | --- | --- | --- |
    | `m/versions/a.py` | `a` | `None` | add_user \| table | 2025-11-18 | base |
    | `m/versions/b.py` | `b` | `None` | m |  | base, head |

    ## Not decided

    Only running tells, and nothing is run here. Everything else was audited.

    - `m/versions/c.py:3`: down_revision is computed

    ## Not read

    1 path

    - `venv`: this folder is never read: it is a virtual environment

    ## So that it stays in order

    - Run `rechain check` before every commit: the hook among the downloads stops a second head or base, in a merge too.
    - Run it for every pull request: the workflow among the downloads does. Two branches that are each in order can still make two heads together.
    - Review a migration's `down_revision` as code: it must name the head that was there before, and only one file may say `None`.
    - Keep the guide among the downloads, `MIGRATIONS.md`, beside the migrations.

    ## How this was made

    Written by rechain 0.0.0 from the files alone. No Python was run, no database was opened, and nothing was sent anywhere.
    Every repair on offer was applied to a copy in memory and audited again before it was offered; what it leaves is listed with it. Where no failure was found, a database may still refuse: its rows, its privileges and what is installed there are not in the files.
    Passwords and tokens in connection strings are replaced by \*\*\*.
    "#);
}

/// An HTML report's body, a line for each block; a drawing's lines are numbers, which `tests/drawing.rs` looks at.
fn readable(html: &str) -> String {
    const INLINE: [&str; 8] = ["a", "b", "code", "em", "kbd", "span", "strong", "td"];
    let body = html.find("<body").expect("a body");
    let mut lines = String::new();
    for part in html[body..].split_inclusive("</svg>") {
        let (before, drawing) = part.split_once("<svg").unwrap_or((part, ""));
        for tag in before.split('<').skip(1) {
            let name = tag.split([' ', '>']).next().unwrap_or_default();
            if !name.starts_with('/') && !INLINE.contains(&name) && !lines.is_empty() {
                lines.push('\n');
            }
            lines.push('<');
            lines.push_str(tag);
        }
        if !drawing.is_empty() {
            lines.push_str("\n<svg>…</svg>");
        }
    }
    lines
}

/// The report as JSON, with one replay of each plan, and without the steps and tables, which the HTML report holds.
fn shortened(mut report: Report) -> String {
    for environment in &mut report.environments {
        if let Some(replay) = &mut environment.replay {
            replay.steps.clear();
            replay.tables.clear();
        }
        environment.plans.iter_mut().for_each(|plan| plan.replays.truncate(1));
    }
    write_json(&report)
}

#[test]
fn every_report_of_every_sample_is_a_snapshot() {
    insta::with_settings!({
        snapshot_path => judge::repository("tests/snapshots/reports"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        for name in judge::folders("samples") {
            let report = examine(judge::sample(&name), &mut |_| {}).report;
            let text = write_text(&report, Given::Here, Style::Plain);
            insta::assert_snapshot!(format!("{name}.text"), text);
            insta::assert_snapshot!(format!("{name}.markdown"), write_markdown(&report, TODAY));
            insta::assert_snapshot!(format!("{name}.html"), readable(&write_html(&report, TODAY)));
            insta::assert_snapshot!(format!("{name}.json"), shortened(report));
        }
    });
}

#[test]
fn a_report_of_ten_thousand_revisions_stays_small() {
    let mut report = small();
    let revision = report.environments[0].revisions[0].clone();
    let drawing = sample::long_drawing(10_000);
    report.environments[0].revisions = drawing
        .rows
        .iter()
        .map(|row| {
            let mut revision = revision.clone();
            revision.revision.clone_from(&row.revision);
            revision.path = format!("migrations/versions/{}_add_a_column.py", row.revision).into();
            revision
        })
        .collect();
    report.environments[0].drawing = drawing;
    let html = write_html(&report, TODAY);
    check_html(&html);
    assert!(html.len() < 6_000_000, "{} bytes", html.len());
    println!("{} bytes", html.len());
}

/// Writes the reports for eyes: `REPORTS=folder cargo test --test reports -- written_for_eyes`.
#[test]
fn reports_are_written_for_eyes() {
    let Some(folder) = std::env::var_os("REPORTS").map(std::path::PathBuf::from) else { return };
    for (name, report) in [("panel", panel().report), ("hostile", hostile())] {
        for (ending, text) in [
            ("html", write_html(&report, TODAY)),
            ("md", write_markdown(&report, TODAY)),
            ("txt", write_text(&report, Given::Here, Style::Plain)),
            ("ansi", write_text(&report, Given::Here, Style::Colour)),
        ] {
            std::fs::write(folder.join(format!("{name}.{ending}")), text).expect("the folder can be written");
        }
    }
}
