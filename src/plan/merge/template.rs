//! The project's own `script.py.mako`, where it is plain: text with the expressions that Alembic's own templates have.
//!
//! A template is a program; one with anything else in it is not followed. The date is left out: the same folder gives the
//! same bytes, and Alembic does not read it. Source of what Mako makes of lines and tags: `mako/lexer.py` 1.3.

use crate::text::python_repr;

/// What a template is given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) id: &'a str,
    pub(super) parents: &'a [String],
    pub(super) message: &'a str,
    /// `databases` of the configuration, where it is set.
    pub(super) databases: &'a [String],
}

/// The file that a template makes; nothing where it holds what is not followed.
pub(super) fn rendered(template: &str, given: Given<'_>) -> Option<String> {
    // A line end of another kind, and a line that goes on in the next one, are taken apart by Mako.
    if template.contains(['\r', '\u{feff}']) || template.contains("\\\n") {
        return None;
    }
    let mut out = String::new();
    let lines: Vec<&str> = template.split_inclusive('\n').collect();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        match control(line) {
            None => {
                let n_lines = block_end(&lines[at..])?;
                text(&lines[at..at + n_lines].concat(), given, None, &mut out)?;
                at += n_lines;
            }
            Some(Control::Comment) => at += 1,
            Some(Control::EachDatabase) if !given.databases.is_empty() => {
                let n_within = lines[at + 1..].iter().position(|line| control(line).is_some())?;
                let end = at + 1 + n_within;
                if control(lines[end]) != Some(Control::End) {
                    return None;
                }
                let within = lines[at + 1..end].concat();
                for name in given.databases {
                    text(&within, given, Some(name), &mut out)?;
                }
                at = end + 1;
            }
            Some(_) => return None,
        }
    }
    Some(out)
}

/// A line that Mako reads by itself.
#[derive(Debug, PartialEq, Eq)]
enum Control {
    Comment,
    EachDatabase,
    End,
    Other,
}

fn control(line: &str) -> Option<Control> {
    let line = line.trim_start_matches([' ', '\t']).trim_end();
    if line.starts_with("##") {
        return Some(Control::Comment);
    }
    let said = line.strip_prefix('%').filter(|rest| !rest.starts_with('>'))?;
    Some(match spaced(said).as_str() {
        "for db_name in re.split(r',\\s*', db_names):" => Control::EachDatabase,
        "endfor" => Control::End,
        _ => Control::Other,
    })
}

/// How many lines belong together: those of a tag that goes over several, else one.
fn block_end(lines: &[&str]) -> Option<usize> {
    let n_open = |line: &str| line.matches("<%").count();
    if n_open(lines[0]) == 0 {
        return Some(1);
    }
    let end = lines.iter().position(|line| line.contains("%>"))?;
    Some(end + 1)
}

/// What stands between lines of control; a line that is only for the date goes.
fn text(source: &str, given: Given<'_>, database: Option<&str>, out: &mut String) -> Option<()> {
    let mut rest = source;
    if let Some(start) = rest.find("<%") {
        let end = rest.find("%>").filter(|end| *end > start)?;
        let code = rest[start + 2..end].trim_start_matches('!');
        let known = ["import re", "db_names = config.get_main_option(\"databases\")"];
        if !known.contains(&spaced(&code.replace('\'', "\"")).as_str()) {
            return None;
        }
        if rest[..start].contains("${") || rest[end..].contains("<%") {
            return None;
        }
        out.push_str(&rest[..start]);
        rest = &rest[end + 2..];
    }
    for line in rest.split_inclusive('\n') {
        if is_date(line) {
            continue;
        }
        let mut left = line;
        while let Some(start) = left.find("${") {
            let end = start + left[start..].find('}')?;
            out.push_str(&left[..start]);
            out.push_str(&value(&left[start + 2..end], given, database)?);
            left = &left[end + 1..];
        }
        out.push_str(left);
    }
    // `</%` and the like.
    (!source.contains("</%") && !source.contains("%%")).then_some(())
}

/// Whether a line says the date and nothing else, in a docstring or a comment: code that is given the date would miss it.
fn is_date(line: &str) -> bool {
    let said = spaced(line);
    let words = said.strip_suffix("${create_date}").map(str::trim_end);
    words.is_some_and(|words| {
        let words = words.trim_start_matches(['#', ' ']);
        words.strip_suffix(':').is_some_and(|name| {
            !name.is_empty() && name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '_' | '-'))
        })
    })
}

/// What an expression gives.
fn value(expression: &str, given: Given<'_>, database: Option<&str>) -> Option<String> {
    let Given { id, parents, message, .. } = given;
    // One parent is written as a text, as Alembic does.
    let down = || {
        let texts: Vec<_> = parents.iter().map(|parent| python_repr(parent)).collect();
        if let [only] = texts.as_slice() { only.clone() } else { format!("({})", texts.join(", ")) }
    };
    let said = spaced(&expression.replace('\'', "\""));
    Some(match said.as_str() {
        "message" => message.to_owned(),
        "up_revision" => id.to_owned(),
        "repr(up_revision)" => python_repr(id),
        "down_revision | comma,n"
        | "down_revision | comma, n"
        | "down_revision | comma"
        | "down_revision|comma,n" => parents.join(", "),
        "repr(down_revision)" | "down_revision" => down(),
        "repr(branch_labels)" | "repr(depends_on)" | "branch_labels" | "depends_on" => "None".to_owned(),
        "imports if imports else \"\"" => String::new(),
        "upgrades if upgrades else \"pass\"" | "downgrades if downgrades else \"pass\"" => "pass".to_owned(),
        "db_name" => database?.to_owned(),
        "context.get(\"%s_upgrades\" % db_name, \"pass\")"
        | "context.get(\"%s_downgrades\" % db_name, \"pass\")" => {
            database?;
            "pass".to_owned()
        }
        _ => return None,
    })
}

/// Words with one space between them.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(template: &str) -> Option<String> {
        let parents = ["a".to_owned(), "it's".to_owned()];
        let databases = ["one".to_owned(), "two".to_owned()];
        rendered(
            template,
            Given { id: "m", parents: &parents, message: "merge heads", databases: &databases },
        )
    }

    #[test]
    fn expressions_are_what_alembic_gives_them() {
        for (template, expected) in [
            ("${message}|${up_revision}\n", "merge heads|m\n"),
            ("Revises: ${down_revision | comma,n}", "Revises: a, it's"),
            ("r = ${repr(up_revision)}\nd = ${repr(down_revision)}\n", "r = 'm'\nd = ('a', \"it's\")\n"),
            ("${imports if imports else \"\"}\n${repr(branch_labels)}", "\nNone"),
            ("    ${upgrades if upgrades else 'pass'}\n", "    pass\n"),
            ("x\nCreate Date: ${create_date}\ny\n", "x\ny\n"),
            ("# created: ${create_date}\n", ""),
            ("  ## not for the file\nx\n", "x\n"),
            ("<%!\nimport re\n\n%>\"\"\"${message}\n", "\"\"\"merge heads\n"),
            (
                "<%\n    db_names = config.get_main_option(\"databases\")\n%>\n% for db_name in re.split(r',\\s*', db_names):\n${db_name}: ${context.get(\"%s_upgrades\" % db_name, \"pass\")}\n% endfor\n",
                "\none: pass\ntwo: pass\n",
            ),
        ] {
            assert_eq!(made(template).as_deref(), Some(expected), "{template}");
        }
    }

    #[test]
    fn what_is_not_plain_is_not_followed() {
        for template in [
            "${now()}",
            "date = '${create_date}'\n",
            "x = 1 # ${create_date}\n",
            "% if imports:\nx\n% endif\n",
            "<% import os %>x",
            "<%include file='x'/>",
            "a \\\nb",
            "a\r\nb",
            "${db_name}",
            "</%text>",
        ] {
            assert_eq!(made(template), None, "{template}");
        }
    }
}
