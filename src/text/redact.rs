//! Secrets in connection strings become `***` before anything is shown.

/// Replaces the password of every `scheme://user:password@host` in `text`, and the value of query keys that name a
/// secret (`password=`, `token=` and the like), by `***`. Of an address that was cut short, what may be the beginning of
/// a password goes too.
///
/// Everything else of the text is unchanged, line by line, so places still fit.
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.contains("://") { out.push_str(&redact_line(line)) } else { out.push_str(line) }
    }
    out
}

fn redact_line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let end = tail.find(|c: char| c.is_whitespace() || "\"'`<>".contains(c)).unwrap_or(tail.len());
        let (address, after) = tail.split_at(end);
        out.push_str(&redact_address(address));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn redact_address(address: &str) -> String {
    let mut text = String::new();
    let mut rest = address;
    if let Some(at) = address.rfind('@') {
        let (credentials, host) = address.split_at(at);
        match credentials.split_once(':') {
            Some((user, _)) => {
                text.push_str(user);
                text.push_str(":***");
            }
            None => text.push_str(credentials),
        }
        rest = host;
    } else if let Some(user) = user_of_cut(address) {
        return format!("{user}:***");
    }
    for (at, part) in rest.split_inclusive(['?', '&', ';']).enumerate() {
        let secret = at > 0
            && part.split_once('=').is_some_and(|(key, _)| {
                let key = key.to_ascii_lowercase();
                ["password", "passwd", "pwd", "secret", "token", "key"].iter().any(|word| key.contains(word))
            });
        if secret {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let end = value.chars().last().filter(|c| "?&;".contains(*c));
            text.push_str(key);
            text.push_str("=***");
            text.extend(end);
        } else {
            text.push_str(part);
        }
    }
    text
}

/// The user of an address that has no host any more, since what stands after its colon is no port.
fn user_of_cut(address: &str) -> Option<&str> {
    let end = address.find(['/', '?', '#']).unwrap_or(address.len());
    let (user, port) = address[..end].split_once(':')?;
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    // A name that is filled in later, such as `{port}` or `%(port)s`, is neither.
    let is_filled_in = port.starts_with(['{', '%', '$', '<']);
    (!user.starts_with('[') && !is_port && !is_filled_in).then_some(user)
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn passwords_in_connection_strings_are_hidden() {
        for (given, shown) in [
            ("url = postgresql://app:s3cret@db/panel", "url = postgresql://app:***@db/panel"),
            ("'mysql+pymysql://u:p@ss:w@h:3306/d'", "'mysql+pymysql://u:***@h:3306/d'"),
            ("sqlite:///app.db", "sqlite:///app.db"),
            ("a://u@h b://u:x@h\nc://u:y@h", "a://u@h b://u:***@h\nc://u:***@h"),
            ("pg://h/d?user=u&password=x&sslmode=require", "pg://h/d?user=u&password=***&sslmode=require"),
            ("redis://:hunter2@h:6379", "redis://:***@h:6379"),
            ("see https://example.org/a?b=c", "see https://example.org/a?b=c"),
            ("pg://u:s3cre…", "pg://u:***"),
            ("pg://app:s3\'cret", "pg://app:***'cret"),
            ("http://h:8080/a:b and http://[::1]:80", "http://h:8080/a:b and http://[::1]:80"),
            (
                "pg://{user}@{host}:{port} pg://%(host)s:%(port)s",
                "pg://{user}@{host}:{port} pg://%(host)s:%(port)s",
            ),
            ("sqlite:///C:/app.db", "sqlite:///C:/app.db"),
        ] {
            assert_eq!(redact(given), shown);
        }
    }
}
