//! What a Rust file says to the compiler when nothing is tested: no comments, no texts, nothing under `#[cfg(test)]`.

/// The code of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Code {
    /// What is left; each text is an empty one.
    pub(crate) text: String,
    /// The modules of tests that are files of their own.
    pub(crate) test_modules: Vec<String>,
}

/// The attribute that makes the next item one of the tests.
const TEST: &str = "#[cfg(test)]";

impl Code {
    /// Reads a file.
    pub(crate) fn of(source: &str) -> Self {
        let bare = without_comments_and_texts(source);
        let mut code = Self::default();
        let mut rest = bare.as_str();
        while let Some(at) = rest.find(TEST) {
            code.text.push_str(&rest[..at]);
            let item = item(&rest[at + TEST.len()..]);
            if let Some(name) = module_elsewhere(item) {
                code.test_modules.push(name.to_owned());
            }
            rest = &rest[at + TEST.len() + item.len()..];
        }
        code.text.push_str(rest);
        code
    }

    /// The first names of all paths that begin at the top of the crate, for a file so many modules below it.
    pub(crate) fn paths_from_the_top(&self, depth: usize) -> Vec<&str> {
        let mut names = Vec::new();
        let up = "super::".repeat(depth);
        for start in ["crate::", &up].into_iter().filter(|start| !start.is_empty()) {
            for (at, start) in self.text.match_indices(start) {
                let before = &self.text[..at];
                let part_of_another =
                    before.ends_with(|c: char| c == '$' || c == ':' || c.is_alphanumeric() || c == '_');
                if !part_of_another {
                    names.extend(firsts(&self.text[at + start.len()..]));
                }
            }
        }
        names
    }
}

/// The names with which a path goes on: one, or those of a group in braces.
fn firsts(rest: &str) -> Vec<&str> {
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let mut names = vec![name(group.trim_start())];
    let mut depth = 0_usize;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn name(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())]
}

/// The item at the beginning of a text, with the attributes before it.
fn item(rest: &str) -> &str {
    let mut at = 0;
    loop {
        at += rest[at..].len() - rest[at..].trim_start().len();
        if !rest[at..].starts_with("#[") {
            break;
        }
        at += closed(&rest[at..]);
    }
    let head = rest[at..].trim_start_matches("pub(crate)").trim_start_matches("pub").trim_start();
    let starts = |words: &[&str]| words.iter().any(|word| head.starts_with(word));
    let ends_in_semicolon =
        starts(&["use ", "const ", "static ", "let ", "type "]) && !starts(&["const fn "]);
    // A field, a variant or an arm ends at a comma, or at the brace of what is around it.
    let is_part = !ends_in_semicolon
        && !starts(&[
            "fn ",
            "const fn ",
            "async fn ",
            "unsafe ",
            "impl",
            "trait ",
            "struct ",
            "enum ",
            "mod ",
        ]);
    let mut angles = 0_usize;
    let mut last = ' ';
    while let Some(c) = rest[at..].chars().next() {
        match c {
            ';' => return &rest[..=at],
            '{' => {
                at += closed(&rest[at..]);
                if !ends_in_semicolon {
                    return &rest[..at];
                }
                continue;
            }
            '(' | '[' => {
                at += closed(&rest[at..]);
                continue;
            }
            '<' => angles += 1,
            '>' if !['-', '='].contains(&last) => angles = angles.saturating_sub(1),
            ',' if is_part && angles == 0 => return &rest[..=at],
            '}' => return &rest[..at],
            _ => {}
        }
        last = c;
        at += c.len_utf8();
    }
    rest
}

/// The length of what begins with the first bracket, up to the one that closes it.
fn closed(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// The name of `mod name;`.
fn module_elsewhere(item: &str) -> Option<&str> {
    let (before, name) = item.strip_suffix(';')?.rsplit_once(' ')?;
    before.ends_with("mod").then_some(name)
}

fn without_comments_and_texts(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let in_a_name = code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if c == '"' {
            code.push_str("\"\"");
            text(rest)
        } else if let Some(length) = raw_text(rest).filter(|_| !in_a_name) {
            code.push_str("\"\"");
            length
        } else if let Some(length) = character(rest) {
            code.push_str("' '");
            length
        } else {
            code.push(c);
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    code
}

/// Comments of this kind stand inside each other.
fn block_comment(rest: &str) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn text(rest: &str) -> usize {
    let mut escaped = true;
    for (at, c) in rest.char_indices() {
        match c {
            // The first quote opens it.
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw_text(rest: &str) -> Option<usize> {
    let opened = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = opened.len() - opened.trim_start_matches('#').len();
    let inside = opened[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
    Some(rest.len() - inside.len() + length)
}

/// A character in quotes, and not a lifetime.
fn character(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    if first == '\\' {
        // What is escaped may be a quote itself.
        return inside[2..].find('\'').map(|at| at + 4);
    }
    inside[first.len_utf8()..].starts_with('\'').then(|| first.len_utf8() + 2)
}
