//! Secrets become `***` before anything is shown.

use std::borrow::Cow;

/// Replaces the password of every `scheme://user:password@host` in `text`, and the value of keys that name a secret
/// (`?token=`, `password='…'`, `PWD%3D…`), by `***`. Of an address that was cut short, what may be the beginning of a
/// password goes too.
///
/// A password has every character but those of SQLAlchemy's pattern: where nothing else ends it, it goes on to the next
/// `@` of the line, over quotes and blanks. What is in doubt is hidden. Everything else is unchanged, line by line, so
/// places still fit. Source: `_parse_url` of SQLAlchemy's `engine/url.py`.
pub fn redact(text: &str) -> String {
    if text.contains('\0') {
        // Two bytes a character, read as one.
        let narrow = text.replace('\0', "");
        let hidden = redact(&narrow);
        return if hidden == narrow { text.to_owned() } else { hidden };
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let line = addresses(line);
        out.push_str(&if equals(&line).is_some() { keys(&line).into() } else { line });
    }
    out
}

/// What ends an address in a text.
fn ends(c: char) -> bool {
    c.is_whitespace() || "\"'`<>".contains(c)
}

fn addresses(line: &str) -> Cow<'_, str> {
    let mut rest = line;
    let mut out = String::new();
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        rest = tail;
        let user = tail.find(|c: char| ends(c) || ":/@?#,;()[".contains(c)).unwrap_or(tail.len());
        if let Some(given) = tail[user..].strip_prefix(':')
            && let Some(length) = password(given, head)
        {
            out.push_str(&tail[..user]);
            out.push_str(":***");
            rest = &given[length..];
        }
    }
    if out.is_empty() {
        return Cow::Borrowed(line);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The length of the password that stands after a colon, in bytes; nothing where a port does, or nothing at all.
/// `head` ends with the scheme.
fn password(given: &str, head: &str) -> Option<usize> {
    let token = &given[..given.find(ends).unwrap_or(given.len())];
    let n_digits = token.bytes().take_while(u8::is_ascii_digit).count();
    let after = token[n_digits..].chars().next();
    let is_web = head.trim_end_matches("://").ends_with(['p', 's']) && head.contains("http");
    let at = token.rfind('@');
    let is_port = n_digits > 0
        && after.is_none_or(|c| !c.is_alphanumeric() && c != '@' && c != '…')
        && (at.is_none() || is_web && after == Some('/'));
    if is_port || given.starts_with(char::is_whitespace) || given.is_empty() {
        return None;
    }
    if let Some(at) = at {
        return Some(at);
    }
    // A name that is filled in later, such as `{port}` or `%(port)s`, is none; nor is a path.
    if token.starts_with(['{', '%', '$', '/', '?', '#']) || given.starts_with('<') {
        return None;
    }
    let line = given.trim_end();
    match line.find('@') {
        Some(at) => Some(at),
        None => {
            (!token.is_empty() && token.len() == line.len() && !token.contains('/')).then_some(token.len())
        }
    }
}

/// Keys whose values are secrets, by how they end.
const SECRETS: [&str; 9] =
    ["password", "passwd", "pwd", "secret", "token", "_key", "-key", "apikey", "accesskey"];

/// Hides the values of keys that name a secret: in the query of an address, in a connection string, in a call.
fn keys(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let is_query = |before: &str| before.rfind("://").is_some_and(|at| before[at..].contains('?'));
    while let Some((at, sign)) = equals(rest) {
        let (before, after) = (&rest[..at], &rest[at + sign..]);
        let start = before
            .rfind(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        // `%3BPWD%3D`: what is encoded is part of the word before.
        let key = before[start..].to_ascii_lowercase();
        let key = key.strip_prefix("3b").unwrap_or(&key);
        let names_it = SECRETS.iter().any(|secret| key.ends_with(secret));
        let is_secret = ["password", "passwd", "pwd"].iter().any(|secret| key.ends_with(secret))
            || (names_it || ["key", "pass"].contains(&key)) && is_query(&format!("{out}{before}"));
        out.push_str(&rest[..at + sign]);
        rest = after;
        if !is_secret {
            continue;
        }
        let quote = after.chars().next().filter(|c| "\"'".contains(*c));
        let length = match quote {
            Some(quote) => after[1..].find(quote),
            None => {
                let end = |c: char| ends(c) || "&;,)".contains(c);
                let end = after.find(end).unwrap_or(after.len());
                Some(after[..end].to_ascii_lowercase().find("%3b").unwrap_or(end))
            }
        };
        let from = usize::from(quote.is_some());
        if let Some(length) = length.filter(|length| *length > 0) {
            out.push_str(&after[..from]);
            out.push_str("***");
            rest = &after[from + length..];
        }
    }
    out.push_str(rest);
    out
}

/// The next `=`, as it is or as an address encodes it: where, and how many bytes it has. Two of them compare.
fn equals(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    (0..bytes.len()).find_map(|at| match bytes[at] {
        b'=' if bytes.get(at + 1) != Some(&b'=') && (at == 0 || !b"=!<>".contains(&bytes[at - 1])) => {
            Some((at, 1))
        }
        b'%' if bytes[at..].get(1..3).is_some_and(|code| code.eq_ignore_ascii_case(b"3d")) => Some((at, 3)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn passwords_in_connection_strings_are_hidden() {
        for (given, shown) in [
            ("url = postgresql://app:s3cret@db/panel", "url = postgresql://app:***@db/panel"),
            ("'mysql+pymysql://u:p@ss:w@h:3306/d'", "'mysql+pymysql://u:***@h:3306/d'"),
            ("a://u@h b://u:x@h\nc://u:y@h", "a://u@h b://u:***@h\nc://u:***@h"),
            ("pg://h/d?user=u&password=x&sslmode=require", "pg://h/d?user=u&password=***&sslmode=require"),
            ("pg://h/d?user=u&pass=x", "pg://h/d?user=u&pass=***"),
            ("redis://:hunter2@h:6379", "redis://:***@h:6379"),
            ("'pg://u:pa/ss@h/d' 'pg://u:12/34@h'", "'pg://u:***@h/d' 'pg://u:***@h'"),
            // Cut short, in pieces, and with what ends an address elsewhere.
            ("pg://u:s3cre…", "pg://u:***"),
            ("'pg://u:a<x@h/d'", "'pg://u:***@h/d'"),
            ("pg://u:it's mine@h/d", "pg://u:***@h/d"),
            ("'pg://u:' 'x@h/d'", "'pg://u:***@h/d'"),
            ("p\0g\0:\0/\0/\0u\0:\0x\0@\0h\0", "pg://u:***@h"),
            // Not in an address.
            ("host=h user=u password=x port=1", "host=h user=u password=*** port=1"),
            ("URL.create('pg', password='x y', host='h')", "URL.create('pg', password='***', host='h')"),
            (
                "mssql:///?odbc_connect=UID%3Du%3BPWD%3Dx%3BA%3Db",
                "mssql:///?odbc_connect=UID%3Du%3BPWD%3D***%3BA%3Db",
            ),
            ("DRIVER={SQL Server};UID=u;PWD=x;A=b", "DRIVER={SQL Server};UID=u;PWD=***;A=b"),
        ] {
            assert_eq!(redact(given), shown);
            assert_eq!(redact(shown), shown, "once is enough");
        }
    }

    #[test]
    fn what_holds_no_password_stays_as_it_is() {
        for text in [
            "sqlite:///app.db and sqlite:///C:/app.db",
            "see https://example.org/a?b=c, http://localhost:5000. (http://localhost:8080)",
            "[a](http://localhost:8080), `http://h:8080/a:b` and http://[::1]:80",
            "postgresql://h1:5432,h2:5433/d?target_session_attrs=any kafka://h1:9092,h2:9092",
            "jdbc:sqlserver://h:1433;databaseName=d http://example.org:port/path/x",
            "https://docs.org/?keyword=alembic&monkey=2",
            "https://h:443/@scope/pkg https://x.org/wiki/File:Foo@2x.png https://x.org/a,mailto:me@x.org",
            "pg://{user}@{host}:{port} pg://%(host)s:%(port)s",
            "sa.Column('password', sa.Text()), token = make(key=1), if password == other",
            "http://localhost:8080\\n' and a\0b",
        ] {
            assert_eq!(redact(text), text);
        }
    }
}
