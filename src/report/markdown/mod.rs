//! The report as GitHub-flavoured Markdown.
//!
//! What came from files stays text: names stand in code spans with fences longer than any inside, sentences have every
//! sign that Markdown, HTML or GitHub would read escaped.

mod signs;

use super::present::{
    self, AS_A_SCRIPT, BEFORE_USE, BY_HAND, CHECKLIST, Ending, FIX, LONGEST_DRAWING, NEAREST, NEW_FILE,
    NO_REPAIR, NOT_KNOWN, NOT_READ, NOW, ON_DATABASES, ON_EMPTY, ONE_BY_SCRIPT, Open, Part, RECOMMENDED,
    REQUIRED, RecoveryTold, SCRIPTS, STAYS_IN_ORDER, Told, UNDECIDED, WHAT_FAILS, WHAT_IS_WRONG,
    WHAT_IT_BREAKS, WHAT_TO_DO, WHY_UNDECIDED, after, applicability, cost, counts, declared_parents, doubt,
    environment_name, first_lines, fix_applicability, folded, left_out, names, open, parents, place, roles,
    told,
};
use super::{EnvironmentReport, FindingReport, PlanReport, Report};
use crate::drawing::{Side, condense, write_plain};
use crate::text::{capital, plural, stopped, visible};
pub(crate) use signs::code;
use signs::{bullets, escaped, fenced, indented, prose, row};

/// Failing lines told before the rest is counted.
const FAILING_LINES: usize = 30;
/// As many lines of what is open are listed.
const LISTED: usize = 30;

/// Writes the report as Markdown; `today` is the date it bears.
pub fn write_markdown(report: &Report, today: &str) -> String {
    let mut out = String::new();
    let mut block = |text: String| {
        if !text.is_empty() {
            out.push_str(text.trim_end());
            out.push_str("\n\n");
        }
    };
    block(format!("# {}", prose(&report.headline)));
    block(format!(
        "Migration audit of {} by {} {}. Severity: **{}** ({}).",
        escaped(&visible(today), false),
        escaped(&report.tool.name, false),
        escaped(&report.tool.version, false),
        present::severity(report.verdict).to_lowercase(),
        counts(&report.findings)
    ));
    block(prose(&report.summary));
    if !report.findings.is_empty() {
        block(format!("## {WHAT_IS_WRONG}"));
        for (at, finding) in report.findings.iter().enumerate() {
            block(self::finding(at + 1, finding));
        }
    }
    for environment in report.environments.iter().filter(|environment| !environment.revisions.is_empty()) {
        block(chain(environment));
    }
    for environment in &report.environments {
        block(stamped(environment));
        for plan in &environment.plans {
            block(self::plan(environment, plan));
        }
        block(states(environment));
    }
    for environment in report.environments.iter().filter(|environment| !environment.revisions.is_empty()) {
        block(replay(environment));
    }
    for (name, why) in present::without_plan(report) {
        block(format!("## {NO_REPAIR} for {}\n\n{}", code(name), prose(why)));
    }
    for part in present::parts(report) {
        block(actions(&part));
        block(checklist(&part));
    }
    block(files(report));
    block(environments(report));
    block(undecided(report));
    block(skipped(report));
    block(format!("## {STAYS_IN_ORDER}\n\n{}", bullets(present::PREVENTION.iter().map(|text| prose(text)))));
    block(format!(
        "## How this was made\n\n{}",
        present::how_made(report).map(|text| prose(&text)).join("\n")
    ));
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn finding(number: usize, finding: &FindingReport) -> String {
    let sure = doubt(finding.confidence).map_or(String::new(), |doubt| format!(", {doubt}"));
    let mut text = format!("### {number}. {}\n\n", prose(&finding.message));
    text.push_str(&format!("**{}**{sure} · {}", finding.severity.word(), code(&finding.rule)));
    if let Some(path) = &finding.path {
        text.push_str(&format!(" · {}", code(&place(path, finding.line, finding.column))));
    }
    text.push_str("\n\n");
    if !finding.consequence.is_empty() {
        text.push_str(&format!("{WHAT_IT_BREAKS}: {}\n\n", prose(&finding.consequence)));
    }
    if !finding.evidence.is_empty() {
        let mut lines = String::new();
        let mut path = "";
        for line in &finding.evidence {
            if line.path != path {
                lines.push_str(&format!("# {}\n", line.path));
                path = &line.path;
            }
            lines.push_str(&format!("{:>5}  {}\n", line.line, line.text));
        }
        text.push_str(&fenced("python", &lines));
        text.push('\n');
    }
    if !finding.advice.is_empty() {
        text.push_str(&format!("{WHAT_TO_DO}: {}\n\n", prose(&finding.advice)));
    }
    if let Some(fix) = &finding.fix {
        text.push_str(&format!("{FIX}: {} ({}).\n\n", prose(&fix.title), fix_applicability(fix)));
    }
    if !finding.candidates.is_empty() {
        let candidates: Vec<_> = finding.candidates.iter().map(|candidate| code(candidate)).collect();
        text.push_str(&format!("{NEAREST}: {}\n", candidates.join(", ")));
    }
    text
}

fn chain(environment: &EnvironmentReport) -> String {
    let (drawing, n_folded) = condense(&environment.drawing, LONGEST_DRAWING);
    let mut text = format!("## The chain in {}\n\n", code(environment_name(environment)));
    if n_folded > 0 {
        text.push_str(&format!("{} files.\n\n", folded(n_folded)));
    }
    text.push_str("Now, newest first:\n\n");
    text.push_str(&fenced("text", &write_plain(&drawing, Side::Now)));
    if drawing.proposed.is_some() {
        text.push_str("\nProposed:\n\n");
        text.push_str(&fenced("text", &write_plain(&drawing, Side::Proposed)));
    }
    text
}

/// What becomes of the migrations on an empty database, in short.
fn replay(environment: &EnvironmentReport) -> String {
    let mut text = format!("## {ON_EMPTY}: {}\n\n", code(environment_name(environment)));
    if let Some(why) = environment.why_not_followed() {
        text.push_str(&format!("{why}\n\n"));
    }
    let plans: Vec<_> = environment.plans.iter().collect();
    for row in environment.dialect_rows(&plans) {
        let certain = row.now.map_or(String::new(), |now| format!(". {}", prose(&now.known)));
        let now = in_words(told(row.now, None));
        text.push_str(&format!("- {}: {now}{certain}\n", escaped(row.title, true)));
        for (plan, after) in plans.iter().zip(row.after) {
            text.push_str(&format!("  - after {}: {}\n", prose(&plan.title), in_words(told(after, row.now))));
        }
    }
    let failures = environment.failures();
    let (shown, rest) = first_lines(&failures, FAILING_LINES);
    let lines = shown.into_iter().flat_map(|(of, lines)| lines.iter().map(move |line| (of, line)));
    let lines = lines.map(|(of, line)| {
        let limits = Some(line.limits()).filter(|limits| !limits.is_empty());
        let limits = limits.map_or(String::new(), |limits| format!(" ({})", escaped(&limits, false)));
        let place = code(&place(of.path, Some(line.failure.line), None));
        format!("{}, {place}: {}{limits}", code(of.revision), escaped(&line.failure.message, false))
    });
    if !failures.is_empty() {
        text.push_str(&format!("\n{WHAT_FAILS}:\n\n{}", bullets(lines)));
    }
    if let Some(rest) = left_out(rest, "line") {
        text.push_str(&format!("\n{rest}\n"));
    }
    text
}

/// How an upgrade ends, in one line.
fn in_words(told: Told<'_>) -> String {
    let ending: Ending<'_> = match told {
        Told::Words(words) => return words.to_owned(),
        Told::Ending(ending) => ending,
    };
    let mut line = ending.word().to_owned();
    if let Some(stop) = ending.stop {
        let place = code(&place(&stop.path, Some(stop.line), None));
        let message = escaped(stop.message.trim_end_matches('.'), false);
        line.push_str(&format!(" {}, {place}: {message}", code(&stop.revision)));
    }
    line + &ending.rest().map_or(String::new(), |rest| format!("; {rest}"))
}

fn plan(environment: &EnvironmentReport, plan: &PlanReport) -> String {
    let title = prose(&environment.plan_title(plan));
    let mut text = format!("## Repair: {title} ({})\n\n", code(plan.name.name()));
    text.push_str(&format!(
        "In {}: {}. {}\n\n",
        code(environment_name(environment)),
        cost(plan),
        stopped(&capital(applicability(plan.applicability)))
    ));
    let outcome = environment.plan_outcome(plan);
    if !outcome.is_empty() {
        text.push_str(&format!("{}\n\n", prose(&outcome)));
    }
    text.push_str(&format!(
        "- Resolves: {}\n- Leaves: {}\n\n",
        prose(&names(&plan.resolves)),
        prose(&names(&plan.leaves))
    ));
    if !plan.cautions.is_empty() {
        text.push_str(&format!(
            "{BEFORE_USE}:\n\n{}\n",
            bullets(plan.cautions.iter().map(|text| prose(text)))
        ));
    }
    if !plan.changes.is_empty() {
        text.push_str(
            "| Revision | File | Parent before | Parent after | Why |\n| --- | --- | --- | --- | --- |\n",
        );
        for change in &plan.changes {
            let before = if change.added { NEW_FILE.to_owned() } else { code(&parents(&change.before)) };
            text.push_str(&row(&[
                code(&present::change_name(change)),
                code(&change.path),
                before,
                code(&present::new_parents(change)),
                prose(&change.reason),
            ]));
        }
        text.push('\n');
    }
    let commands = format!("{}\n{}\n", present::diff_command(plan, None), present::fix_command(plan, None));
    text.push_str(&fenced("bash", &commands));
    if !plan.diff.is_empty() {
        text.push_str(&format!("\n{}", fenced("diff", &plan.diff)));
    }
    text
}

/// What each repair does to groups of databases.
fn states(environment: &EnvironmentReport) -> String {
    if environment.plans.is_empty() {
        return String::new();
    }
    let how = prose(&environment.how_states());
    let mut text = format!("## {ON_DATABASES}: {}\n\n{how}\n\n", code(environment_name(environment)));
    let rows = environment.matrix_rows();
    if !rows.is_empty() {
        let plans = environment.plans.iter().map(|plan| prose(&environment.plan_title(plan)));
        let heading: Vec<String> =
            ["Databases".to_owned(), "States".to_owned()].into_iter().chain(plans).collect();
        text.push_str(&row(&heading));
        text.push_str(&row(&heading.iter().map(|_| "---".to_owned()).collect::<Vec<_>>()));
        for own in rows {
            let count = own.count.map(|count| count.to_string()).unwrap_or_default();
            let fares = own.fares.iter().map(|fares| escaped(&fares.words, true));
            text.push_str(&row(&[escaped(&own.whom, true), count]
                .into_iter()
                .chain(fares)
                .collect::<Vec<_>>()));
        }
        let scripts = environment.scripts();
        if !scripts.is_empty() {
            text.push_str(&format!("\n{SCRIPTS}\n\n"));
            for (whom, given) in scripts {
                let command = code(&present::recover_command(&given, None));
                text.push_str(&format!("- {}: {command}\n", escaped(&whom, false)));
            }
        }
        return text;
    }
    text.push_str("| Databases | States | Repair | What becomes of them |\n| --- | --- | --- | --- |\n");
    for own in environment.state_rows() {
        let count = own.count.map(|count| count.to_string()).unwrap_or_default();
        let mut fares = escaped(&own.fares.words, true);
        if let Some(RecoveryTold::By(given)) = &own.recovery {
            fares.push_str(&format!("; {ONE_BY_SCRIPT} {}", code(&present::recover_command(given, None))));
        }
        text.push_str(&row(&[escaped(&own.whom, true), count, prose(own.plan), fares]));
    }
    text
}

/// What becomes of the databases that were asked about.
fn stamped(environment: &EnvironmentReport) -> String {
    let mut text = String::new();
    for own in environment.stamped_rows() {
        text.push_str(&format!("## {}\n\n", escaped(&own.title(), true)));
        for present::StampedFares { title, fares, by_hand, recovery } in &own.fares {
            text.push_str(&format!("- {}: {}\n", escaped(title, true), escaped(&fares.words, true)));
            if !by_hand.is_empty() {
                let commands: String = by_hand.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
                text.push_str(&format!("\n  {BY_HAND}:\n\n{}\n", indented(&fenced("bash", &commands))));
            }
            match recovery {
                Some(RecoveryTold::By(given)) => {
                    let command = present::recover_command(given, None);
                    text.push_str(&format!("  {AS_A_SCRIPT}: {}\n", code(&command)));
                }
                Some(RecoveryTold::NotKnown(why)) => {
                    text.push_str(&format!("\n  {BY_HAND}: {NOT_KNOWN}. {}\n", escaped(why, true)));
                }
                None => {}
            }
        }
        text.push('\n');
    }
    text
}

fn actions(part: &Part<'_>) -> String {
    let of = of(part);
    let mut text = String::new();
    for (title, required) in [(REQUIRED, true), (RECOMMENDED, false)] {
        let actions: Vec<_> = part.actions.iter().filter(|action| action.required == required).collect();
        if actions.is_empty() {
            continue;
        }
        text.push_str(&format!("## {title}{of}\n\n"));
        for (at, action) in actions.iter().enumerate() {
            text.push_str(&format!("{}. **{}**: {}\n", at + 1, prose(&action.title), prose(&action.detail)));
            if !action.commands.is_empty() {
                let commands: String =
                    action.commands.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
                let language = if commands.starts_with("SELECT ") { "sql" } else { "bash" };
                text.push_str(&indented(&fenced(language, &commands)));
            }
        }
        text.push('\n');
    }
    text
}

/// ` in services/billing`, where there are several environments.
fn of(part: &Part<'_>) -> String {
    part.name.map(|name| format!(" in {}", code(name))).unwrap_or_default()
}

fn checklist(part: &Part<'_>) -> String {
    if part.checklist.is_empty() {
        return String::new();
    }
    let plan = part.environment.and_then(|environment| environment.plans.first());
    let mut text = format!("## {CHECKLIST}{}\n\n", of(part));
    match plan {
        Some(plan) => {
            let after = escaped(&after(plan), false);
            text.push_str(&format!("| Question | {NOW} | {after} |\n| --- | --- | --- |\n"));
        }
        None => text.push_str(&format!("| Question | {NOW} |\n| --- | --- |\n")),
    }
    let answer =
        |item: &super::ChecklistItem| format!("**{}** {}", present::status(item.status), prose(&item.detail));
    for (at, item) in part.checklist.iter().enumerate() {
        let mut cells = vec![prose(&item.title), answer(item)];
        cells.extend(plan.map(|plan| plan.checklist.get(at).map(answer).unwrap_or_default()));
        text.push_str(&row(&cells));
    }
    text
}

fn files(report: &Report) -> String {
    let mut text = String::new();
    for environment in report.environments.iter().filter(|environment| !environment.revisions.is_empty()) {
        text.push_str(&format!("## Migration files in {}\n\n", code(environment_name(environment))));
        text.push_str(
            "| File | Revision | down_revision | Message | Created | Is |\n| --- | --- | --- | --- | --- | --- |\n",
        );
        for revision in &environment.revisions {
            text.push_str(&row(&[
                code(&revision.path),
                code(&revision.revision),
                code(&declared_parents(revision)),
                prose(&revision.message),
                escaped(&present::day(revision.create_date.as_deref()), false),
                roles(revision),
            ]));
        }
        text.push('\n');
    }
    text
}

fn environments(report: &Report) -> String {
    if report.environments.len() < 2 {
        return String::new();
    }
    let mut text = String::from(
        "## Environments\n\n| Folder | Configuration | env.py | Migrations | In use |\n| --- | --- | --- | --- | --- |\n",
    );
    for environment in &report.environments {
        text.push_str(&row(&[
            code(environment_name(environment)),
            environment.config.as_deref().map_or_else(|| "none".to_owned(), code),
            environment.env_py.as_deref().map_or_else(|| "none".to_owned(), code),
            environment.revisions.len().to_string(),
            prose(present::in_use(environment)),
        ]));
    }
    text
}

fn undecided(report: &Report) -> String {
    let open = open(report);
    if open.is_empty() {
        return String::new();
    }
    let line = |Open { word, path, line, what }: &Open<'_>| {
        let word = if *word == UNDECIDED { String::new() } else { format!("{}: ", word.to_lowercase()) };
        format!("{}: {word}{}", code(&place(path, Some(*line), None)), prose(what))
    };
    let rest = left_out(open.len().saturating_sub(LISTED), "line");
    let lines = open.iter().take(LISTED).map(line).chain(rest);
    format!("## {UNDECIDED}\n\n{WHY_UNDECIDED}\n\n{}", bullets(lines))
}

fn skipped(report: &Report) -> String {
    if report.skipped.is_empty() {
        return String::new();
    }
    let lines =
        report.skipped.iter().map(|skipped| format!("{}: {}", code(&skipped.path), prose(&skipped.reason)));
    format!("## {NOT_READ}\n\n{}\n\n{}", plural(report.skipped.len(), "path"), bullets(lines))
}
