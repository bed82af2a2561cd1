//! What is hidden, and what is not.

use std::time::Instant;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Secrets, redact};

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
        ("'pg://u:' 'x@h/d'", "'pg://u:' '***@h/d'"),
        ("p\0g\0:\0/\0/\0u\0:\0x\0@\0h\0", "p\0g\0:\0/\0/\0u\0:\0***@\0h\0"),
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

#[test]
fn secrets_are_known_by_their_names_and_shapes() {
    for (given, shown) in [
        ("PASSWORD = 'x y'", "PASSWORD = '***'"),
        ("password: str = \"x\"  # see", "password: str = \"***\"  # see"),
        ("environ['API_TOKEN'] = rb'x'", "environ['API_TOKEN'] = rb'***'"),
        ("{\"password\": \"x\", \"a\": \"b\"}", "{\"password\": \"***\", \"a\": \"b\"}"),
        ("SECRET = 'a' + 'b' or 'c'", "SECRET = '***' + '***' or '***'"),
        ("PASSWORD = environ.get('X') or 'y'", "PASSWORD = environ.get('X') or '***'"),
        ("PASSWORD = '''a\n\nb''' + c", "PASSWORD = '''***\n\n***''' + c"),
        ("PASSWORD = 'cut sho", "PASSWORD = '***"),
        ("f(user='a', passwd='b', host='c')", "f(user='a', passwd='***', host='c')"),
        (
            "getenv('SECRET_KEY', 'a'), getenv('HOME', 'b')",
            "getenv('SECRET_KEY', '***'), getenv('HOME', 'b')",
        ),
        ("auth=('me', 'x')", "auth=('me', '***')"),
        ("TOKENS = ['a', 'b']", "TOKENS = ['***', '***']"),
        (
            "sa.Column('pwd', sa.Text(), server_default='x')",
            "sa.Column('pwd', sa.Text(), server_default='***')",
        ),
        ("db_password = a 'b", "db_password = ***"),
        ("export SECRET_KEY=abc # here", "export SECRET_KEY=*** # here"),
        ("    password: hunter2", "    password: ***"),
        ("db_password =\n    a b\nc = d", "db_password =\n    ***\nc = d"),
        ("CREATE USER a WITH PASSWORD 'x' LOGIN", "CREATE USER a WITH PASSWORD '***' LOGIN"),
        ("f('ALTER USER a IDENTIFIED BY \\'x\\'')", "f('ALTER USER a IDENTIFIED BY \\'***\\'')"),
        (
            "UPDATE a SET b = 'c', token = 'x' WHERE d = 'e'",
            "UPDATE a SET b = 'c', token = '***' WHERE d = 'e'",
        ),
        (
            "INSERT INTO a (b, password, c) VALUES ('d', f('x'), 'e'), ('g', 'y', 'h')",
            "INSERT INTO a (b, password, c) VALUES ('d', f('***'), 'e'), ('g', '***', 'h')",
        ),
        ("\"INSERT INTO a (token) \"\n\"VALUES ('x')\"", "\"INSERT INTO a (token) \"\n\"VALUES ('***')\""),
        ("ghp_0123456789abcdef0123456789abcdef0123.", "***."),
        ("SELECT 'a', 'x' AS password, 'b' AS c", "SELECT 'a', '***' AS password, 'b' AS c"),
        ("USER, PASSWORD = 'a', 'x'", "USER, PASSWORD = '***', '***'"),
        ("PASSWORD = 'x' if y else 'z'", "PASSWORD = '***' if y else '***'"),
        ("'pg://%s:%s@h' % (user, 'x')", "'pg://%s:%s@h' % (user, '***')"),
        ("SET (a, password) = ('b', 'x')", "SET (a, password) = ('***', '***')"),
        ("users.c.token.in_(['x']) or token IN ('y')", "users.c.token.in_(['***']) or token IN ('***')"),
        ("setattr(user, 'password', 'x')", "setattr(user, 'password', '***')"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***"),
        (
            "-----BEGIN PRIVATE KEY-----\nMIIE\nabc=\n-----END PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\n***\n***\n-----END PRIVATE KEY-----\n",
        ),
        ("password%3Dx%26host%3Dy", "password%3D***%26host%3Dy"),
    ] {
        assert_eq!(redact(given), shown);
        assert_eq!(redact(shown), shown, "once is enough");
    }
}

#[test]
fn a_part_is_shown_without_a_half_of_a_secret() {
    let text = "PASSWORD = 'hunter2'; x = 1";
    let secrets = Secrets::of(text.as_bytes());
    assert_eq!(secrets.hidden(text, 0..15), "PASSWORD = '***");
    assert_eq!(secrets.hidden(text, 15..text.len()), "***'; x = 1");
    assert!(secrets.are_in(14..15) && !secrets.are_in(0..12) && !secrets.are_in(19..27));
}

/// Pieces of which a text can be made that holds what looks like a secret, or nearly.
const PIECES: [&str; 52] = [
    "password",
    "TOKEN",
    "secret",
    "api_key",
    "=",
    " = ",
    ":",
    ": ",
    "'",
    "\"",
    "\\'",
    "\\",
    "\n",
    " ",
    ",",
    ", ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "://",
    "pg://u:",
    "@",
    "h",
    "x1",
    "é",
    "***",
    "%3D",
    "%40",
    "%",
    "INSERT INTO t (a, password) VALUES (",
    "PASSWORD ",
    "IDENTIFIED BY ",
    "Column(",
    "server_default=",
    "-----BEGIN PRIVATE KEY-----",
    "-----END ",
    "Bearer ",
    "ghp_0123456789012345678901234567890123",
    "eyJ",
    ".",
    "getenv(",
    "`",
    "or ",
    ";",
    "&",
    "?",
    "\0",
    "$$",
    "--",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn once_is_enough_and_lines_stay(pieces in vec(select(&PIECES[..]), 0..14)) {
        let text = pieces.concat();
        let shown = redact(&text).into_owned();
        prop_assert_eq!(redact(&shown), shown.as_str());
        prop_assert_eq!(shown.lines().count(), text.lines().count());
    }
}

#[test]
fn what_is_long_is_gone_through_once() {
    let longest = 1 << 20;
    let more = ["password=f(", "password='\"", "a://b:c ", "token = (", "INSERT INTO t (token) VALUES ('"];
    for piece in PIECES.iter().chain(&more) {
        let text = piece.repeat(longest / piece.len());
        let began = Instant::now();
        let _secrets = Secrets::of(text.as_bytes());
        assert!(began.elapsed().as_secs() < 20, "{piece}: {:?}", began.elapsed());
    }
}
