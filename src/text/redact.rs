//! Secrets become `***` before anything is shown.

use std::borrow::Cow;

/// Replaces the password of every `scheme://user:password@host` in `text`, and the value of keys that name a secret
/// (`?token=`, `password='…'`, `PWD%3D…`), by `***`. Of an address that was cut short, what may be the beginning of a
/// password goes too.
///
/// A password has every character but those of SQLAlchemy's pattern: where nothing else ends it, it goes on to the next
/// `@` of the line, over quotes and blanks. What is in doubt is hidden. Everything else is unchanged, line by line, so
/// places still fit. Source: `_parse_url` of SQLAlchemy's `engine/url.py`.
pub fn redact(text: &str) -> Cow<'_, str> {
    // Neither an address nor a key with a value is written without one of these.
    if !text.bytes().any(|byte| matches!(byte, b':' | b'=' | b'%' | b'\0')) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(redacted(text))
}

fn redacted(text: &str) -> String {
    if text.contains('\0') {
        // Two bytes a character, read as one.
        let narrow = text.replace('\0', "");
        let hidden = redacted(&narrow);
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
    let first = *given.as_bytes().first()?;
    let token = &given[..given.find(ends).unwrap_or(given.len())];
    let n_digits = token.bytes().take_while(u8::is_ascii_digit).count();
    let after = token.as_bytes().get(n_digits).copied();
    let at = token.rfind('@');
    let is_web = || head.ends_with("http://") || head.ends_with("https://");
    // What goes on with a letter, or with a character of several bytes, is no port.
    let is_port = n_digits > 0
        && after.is_none_or(|byte| byte.is_ascii() && byte != b'@' && !byte.is_ascii_alphanumeric())
        && (at.is_none() || after == Some(b'/') && is_web());
    if is_port || first.is_ascii_whitespace() {
        return None;
    }
    if at.is_some() {
        return at;
    }
    // A name that is filled in later, such as `{port}` or `%(port)s`, is none; nor is a path.
    if b"{%$/?#<".contains(&first) {
        return None;
    }
    let line = given.trim_end();
    let is_cut = !token.is_empty() && token.len() == line.len() && !token.contains('/');
    line.find('@').or(is_cut.then_some(token.len()))
}

/// Keys whose values are secrets, by how they end; the first three wherever they stand.
const SECRETS: [&str; 9] =
    ["password", "passwd", "pwd", "secret", "token", "_key", "-key", "apikey", "accesskey"];

/// Hides the values of keys that name a secret: in the query of an address, in a connection string, in a call.
fn keys(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut done = 0;
    while let Some((at, sign)) = equals(&line[done..]) {
        let value = done + at + sign;
        let is_secret = is_secret(line, done + at);
        out.push_str(&line[done..value]);
        done = value;
        let quote = line.as_bytes().get(value).copied().filter(|byte| b"\"'".contains(byte));
        if is_secret {
            let from = value + usize::from(quote.is_some());
            let length = value_length(&line.as_bytes()[from..], quote);
            if length > 0 {
                out.push_str(&line[value..from]);
                out.push_str("***");
                done = from + length;
            }
        }
    }
    out.push_str(&line[done..]);
    out
}

/// Whether the key that ends at byte `end` names a secret.
fn is_secret(line: &str, end: usize) -> bool {
    let bytes = &line.as_bytes()[..end];
    let is_of_key = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let key = &bytes[end - bytes.iter().rev().take_while(is_of_key).count()..];
    let ends = |word: &str| {
        key.len() >= word.len() && key[key.len() - word.len()..].eq_ignore_ascii_case(word.as_bytes())
    };
    if SECRETS[..3].iter().any(|word| ends(word)) {
        return true;
    }
    let named = SECRETS.iter().any(|word| ends(word)) || matches!(key, b"key" | b"pass");
    named && line[..end].rfind("://").is_some_and(|at| line[at..end].contains('?'))
}

/// How many bytes of a value there are, up to its quote or what else ends it.
fn value_length(bytes: &[u8], quote: Option<u8>) -> usize {
    let ends = |at: &usize| match quote {
        Some(quote) => bytes[*at] == quote,
        None => {
            bytes[*at].is_ascii_whitespace()
                || b"\"'`<>&;,)".contains(&bytes[*at])
                || bytes[*at..].get(..3).is_some_and(|code| code.eq_ignore_ascii_case(b"%3b"))
        }
    };
    (0..bytes.len()).find(ends).unwrap_or(if quote.is_some() { 0 } else { bytes.len() })
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
