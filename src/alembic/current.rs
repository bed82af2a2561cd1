//! Where databases stand, read back from what `alembic current` or `flask db current` prints, or from the rows of the
//! version table as a client of the database prints them.

/// What a heading says that `current -v` prints for each database.
const HEADING: &str = "Current revision(s) for ";
/// What Alembic says of a row that no file declares.
const NOT_FOUND: &str = "Can't locate revision identified by '";
/// With which an exception begins that Alembic does not catch: what follows are lines of programs.
const TRACEBACK: &str = "Traceback (most recent call last)";
/// The levels with which lines of a log begin.
const LEVELS: [&str; 5] = ["DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"];

/// The rows of each database that a text tells of; none for an empty one. The text may also be ids with commas between
/// them, or `none`.
///
/// # Errors
///
/// The first line that tells of no row, or nothing, where no line does and none says that there is no row either.
pub fn databases_of(text: &str) -> Result<Vec<Vec<String>>, String> {
    let is_long = text.lines().any(|line| line.trim_start().starts_with("Rev: "));
    let mut databases: Vec<Vec<String>> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    // Whether something was said of the database at hand.
    let mut is_told = false;
    let mut unread = text.lines().map(str::trim).find(|line| line.starts_with(TRACEBACK));
    let is_raised = unread.is_some();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with(HEADING) {
            if !open.is_empty() {
                databases.push(std::mem::take(&mut open));
            } else if is_told && !databases.is_empty() {
                databases.push(Vec::new());
            }
            is_told = true;
        } else if let Some((_, row)) = line.split_once(NOT_FOUND) {
            open.extend(row.split_once('\'').map(|(row, _)| row.to_owned()));
        } else if is_raised {
            // Only the error itself may name a row.
        } else if says_nothing(line) {
            is_told = true;
        } else if is_long {
            open.extend(line.strip_prefix("Rev: ").and_then(rows_of).into_iter().flatten());
        } else if let Some(rows) = rows_of(line) {
            is_told |= rows.is_empty();
            open.extend(rows);
        } else {
            unread.get_or_insert(line);
        }
    }
    if !open.is_empty() || is_told {
        databases.push(open);
    }
    if databases.iter().all(Vec::is_empty) && (unread.is_some() || databases.is_empty()) {
        return Err(unread.unwrap_or_default().to_owned());
    }
    for rows in &mut databases {
        rows.sort_unstable();
        rows.dedup();
    }
    Ok(databases)
}

/// Why a text tells of no database, as a clause, by what [`databases_of`] gives.
pub fn why_unread(line: &str) -> String {
    match line {
        "" => "nothing was given; an empty database is `none`".to_owned(),
        line if line.starts_with(TRACEBACK) => {
            "this is an error of Alembic, and tells nothing of the database; ask the database itself, by \
             `SELECT version_num FROM alembic_version`"
                .to_owned()
        }
        line => format!("this is no id and nothing that `alembic current` prints: {line}"),
    }
}

/// Whether a line stands there whatever the rows are: of a log, or what clients put around rows.
fn says_nothing(line: &str) -> bool {
    let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        [] | ["version_num"] | ["Empty", "set", ..] => true,
        [n, "row" | "rows", ..] => n.parse::<usize>().is_ok(),
        [level, ..] => {
            words.len() > 1 && LEVELS.iter().any(|known| line.starts_with(known) && level.starts_with(known))
        }
    }
}

/// The ids of a line, with commas between them; nothing where something else stands there.
fn rows_of(line: &str) -> Option<Vec<String>> {
    let mut rows = Vec::new();
    for part in line.split(',') {
        let part = part.trim_matches(|c: char| c.is_whitespace() || "|'\"".contains(c));
        let (id, mark) = part.split_once(char::is_whitespace).unwrap_or((part, ""));
        let mark = mark.trim();
        let is_mark = mark.is_empty() || mark.starts_with('(') && mark.ends_with(')');
        let is_id = !id.is_empty() && id.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
        if !is_id || !is_mark {
            return None;
        }
        rows.push(id.to_owned());
    }
    Some(if rows == ["none"] { Vec::new() } else { rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match databases_of(text) {
            Ok(databases) => databases.iter().map(|rows| rows.join(" ")).collect::<Vec<_>>().join(" / "),
            Err(line) => format!("not read: {line}"),
        }
    }

    #[test]
    fn ids_are_read_as_they_are_typed() {
        assert_eq!(told("1975ea83b712"), "1975ea83b712");
        assert_eq!(told("b,a"), "a b");
        assert_eq!(told("b, a"), "a b");
        assert_eq!(told("none"), "");
        assert_eq!(told(""), "not read: ");
        assert_eq!(told(" \n"), "not read: ");
        assert_eq!(told("a,"), "not read: a,");
    }

    #[test]
    fn what_alembic_prints_is_read_back() {
        let log = "INFO  [alembic.runtime.migration] Context impl PostgresqlImpl.\n\
                   INFO  [alembic.runtime.migration] Will assume transactional DDL.\n";
        assert_eq!(told("1975ea83b712 (head)\n"), "1975ea83b712");
        assert_eq!(told(&format!("{log}b (head) (mergepoint)\na (effective head)\n")), "a b");
        assert_eq!(told(log), "");
        let missing = "ERROR [alembic.util.messaging] Can't locate revision identified by 'gone'\n\
                       FAILED: Can't locate revision identified by 'gone'\n";
        assert_eq!(told(&format!("{log}{missing}")), "gone");
        assert_eq!(
            told("FAILED: No 'script_location' key found"),
            "not read: FAILED: No 'script_location' key found"
        );
        // What a program wrote is no id, whatever it looks like.
        let raised = "Traceback (most recent call last):\n  File \"env.py\", line 9, in <module>\n    run()\n    \
                      self._map\nKeyError: 'gone'\n";
        assert_eq!(told(&format!("{log}{raised}")), "not read: Traceback (most recent call last):");
        assert!(why_unread("Traceback (most recent call last):").contains("SELECT version_num"));
        assert_eq!(told("a (head)\nx.py:3: UserWarning: a is present more than once\n  util.warn(\n"), "a");
    }

    #[test]
    fn what_it_prints_with_v_is_read_back() {
        let one = "Current revision(s) for postgresql://scott:***@localhost/test:\n\
                   Rev: 1975ea83b712 (head)\nParent: 0a1b2c3d4e5f\nPath: /srv/app/versions/1975ea83b712_x.py\n\n    \
                   add\n    \n    Revision ID: 1975ea83b712\n    Revises: 0a1b2c3d4e5f\n";
        assert_eq!(told(one), "1975ea83b712");
        let none = "Current revision(s) for sqlite:///app.db:\n";
        assert_eq!(told(none), "");
        assert_eq!(told(&format!("{one}{none}{one}")), "1975ea83b712 /  / 1975ea83b712");
    }

    #[test]
    fn what_clients_print_is_read_back() {
        let psql = " version_num  \n--------------\n 1975ea83b712\n ae1027a6acf\n(2 rows)\n\n";
        assert_eq!(told(psql), "1975ea83b712 ae1027a6acf");
        assert_eq!(told(" version_num \n-------------\n(0 rows)\n"), "");
        let mysql = "+--------------+\n| version_num  |\n+--------------+\n| 1975ea83b712 |\n+--------------+\n1 row in set (0.00 sec)\n";
        assert_eq!(told(mysql), "1975ea83b712");
        assert_eq!(told("Empty set (0.00 sec)\n"), "");
        assert_eq!(told("\"version_num\"\n\"a\"\n"), "a");
    }

    #[test]
    fn other_words_tell_of_no_database() {
        assert_eq!(told("no such table: alembic_version"), "not read: no such table: alembic_version");
        assert_eq!(told("$ alembic current\nabc (head)\n"), "abc");
    }
}
