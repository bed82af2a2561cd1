//! The kinds of secrets.

/// What a text with a secret is, and so where it can stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// An address, or what else stands for a connection, alone.
    Address,
    /// One line of any text, which tells by itself that it holds a secret.
    Text,
    /// The same with a secret that is known by its own shape.
    Token,
    /// Statements of Python.
    Code,
    /// A statement of SQL.
    Sql,
    /// A line of a configuration.
    Setting,
    /// Several lines of any text.
    Lines,
}

/// A kind of secret.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    /// Where `«»` stands goes a part of the secret, and where `«20»` does, so many letters and digits, large ones for
    /// `«U20»`.
    text: &'static str,
}

/// A text with a secret, and every part of the secret by which it is known.
#[derive(Debug, Clone)]
pub(crate) struct Planted {
    pub(crate) text: String,
    pub(crate) parts: Vec<String>,
}

const fn kind(form: Form, name: &'static str, text: &'static str) -> Kind {
    Kind { name, form, text }
}

use Form::{Address, Code, Lines, Setting, Sql, Text, Token};

/// All of them.
pub(crate) const KINDS: &[Kind] = &[
    kind(Address, "an address", "postgresql://app:«»@db/panel"),
    kind(Address, "an address, a double quote in it", "postgresql://app:«»\"«»@db/panel"),
    kind(Address, "an address, a single quote in it", "postgresql://app:«»'«»@db/panel"),
    kind(Address, "an address, both quotes and an at sign", "postgresql://app:«»@'\"«»@db/panel"),
    kind(Address, "an address, an angle bracket in it", "mysql+pymysql://app:«»<«»>«»@db/panel"),
    kind(Address, "an address, a backtick in it", "postgresql+psycopg://app:«»`«»@db/panel"),
    kind(Address, "an address, blanks in it", "postgresql://app:«» «»  «»@db/panel"),
    kind(Address, "an address, at signs in it", "postgresql://app:«»@«»@«»@db/panel"),
    kind(Address, "an address, a blank and at signs in it", "postgresql://app:«»@x «»@«»@db/panel"),
    kind(Address, "an address, slashes in it", "postgresql://app:«»/«»//«»@db/panel"),
    kind(Address, "an address, what ends one in it", "postgresql://app:«»#«»?«»;«»,«»(«»)@db/panel"),
    kind(Address, "an address, a colon and a backslash in it", "postgresql://app:«»:«»\\«»@db/panel"),
    kind(Address, "an address, encoded", "postgresql://app:«»%40«»%2F@db/panel"),
    kind(Address, "an address, a percent sign in it", "postgresql://app:«»%«»@db/panel"),
    kind(Address, "an address, another one in it", "postgresql://app:«»://«»@db/panel"),
    kind(Address, "an address without a user", "redis://:«»@cache:6379/0"),
    kind(Address, "an address, digits first", "postgresql://app:5432«»@db/panel"),
    kind(Address, "an address with a query", "postgresql://db/panel?user=app&password=«»&sslmode=require"),
    kind(Address, "an address with a token as the user", "https://«24»@git.example.org/x.git"),
    kind(
        Address,
        "an address of ODBC, encoded",
        "mssql+pyodbc:///?odbc_connect=UID%3Dsa%3BPWD%3D«»%3BDATABASE%3Dd",
    ),
    kind(Address, "JDBC with a query", "jdbc:mysql://db/panel?user=app&password=«»"),
    kind(Address, "JDBC of SQL Server", "jdbc:sqlserver://db:1433;user=app;password=«»;encrypt=true"),
    kind(Address, "JDBC of Oracle", "jdbc:oracle:thin:app/«»@db:1521/panel"),
    kind(Address, "a DSN", "host=db user=app password=«» dbname=panel"),
    kind(Address, "a DSN, odd characters", "host=db user=app password=«»'«»;«»&«»,«» dbname=panel"),
    kind(Address, "a DSN with quotes", "host=db password='«» «»' dbname=panel"),
    kind(Address, "ODBC", "DRIVER={SQL Server};UID=sa;PWD=«»;DATABASE=d"),
    kind(Address, "ODBC with braces", "DRIVER={SQL Server};UID=sa;PWD={«»;«»};DATABASE=d"),
    kind(Address, "an account's key", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=«48»==;X=y"),
    kind(Token, "an AWS access key", "the key AKIA«U16» is there"),
    kind(Text, "an AWS secret", "aws_secret_access_key = «40»"),
    kind(Token, "an AWS secret without a name", "deploys with «20»/«19» from CI"),
    kind(Token, "a token of GitHub", "cloned with ghp_«36»"),
    kind(Token, "a fine-grained token of GitHub", "cloned with github_pat_«22»_«40»"),
    kind(Token, "a token of GitLab", "runs with glpat-«20»"),
    kind(Token, "a token of Slack", "tells xoxb-123456789012-«24»"),
    kind(Text, "a web hook of Slack", "https://hooks.slack.com/services/T0123/B0123/«24»"),
    kind(Token, "a key of Stripe", "pays with sk_live_«24»"),
    kind(Token, "a key of Google", "draws with AIza«35»"),
    kind(Token, "a key of SendGrid", "mails with SG.«22».«43»"),
    kind(Token, "a JWT", "asks with eyJhbGciOiJIUzI1NiJ9.eyJ«24».«43»"),
    kind(Text, "a bearer's header", "Authorization: Bearer «32»"),
    kind(Text, "basic authentication", "Authorization: Basic «24»=="),
    kind(Text, "a header of a key", "X-Api-Key: «32»"),
    kind(Text, "a line of YAML", "password: «»"),
    kind(Text, "a line of .env", "SECRET_KEY=«»"),
    kind(Text, "JSON", "{\"user\": \"app\", \"password\": \"«»\"}"),
    kind(Text, "a program's option", "mysqldump --password=«» panel"),
    kind(Text, "a program's option, with a blank", "restic --password «» backup"),
    kind(Text, "a private key on a line", "-----BEGIN PRIVATE KEY-----\\n«64»\\n-----END PRIVATE KEY-----"),
    kind(
        Lines,
        "a private key",
        "-----BEGIN RSA PRIVATE KEY-----\n«64»\n«64»\n-----END RSA PRIVATE KEY-----",
    ),
    kind(Setting, "a setting", "db_password = «»"),
    kind(Setting, "a setting, blanks and quotes in it", "db_password = «» '«» \"«»"),
    kind(Setting, "a setting with quotes", "api_token = \"«»\""),
    kind(Code, "an assignment", "PASSWORD = '«»'"),
    kind(Code, "an assignment, a quote in it", "PASSWORD = '«»\\'«»'"),
    kind(Code, "an assignment, the other quote in it", "DB_PASSWD = \"«»'«»\""),
    kind(Code, "an assignment of a token", "TOKEN = \"«»\""),
    kind(Code, "an assignment with an annotation", "api_key: str = '«»'"),
    kind(Code, "an assignment of raw bytes", "CLIENT_SECRET = rb'«»'"),
    kind(Code, "an assignment of three quotes", "PASSPHRASE = '''«»'«»'''"),
    kind(Code, "an assignment of two literals", "PASSWORD = '«»' \"«»\""),
    kind(Code, "an assignment of a sum", "PASSWORD = ('«»' + '«»')"),
    kind(Code, "an assignment with another value", "PASSWORD = lookup('X') or '«»'"),
    kind(Code, "an assignment of a hash", "PASSWORD = generate_password_hash('«»')"),
    kind(Code, "an assignment without its end", "PASSWORD = '«» «»"),
    kind(Code, "the environment", "import os; os.environ['PGPASSWORD'] = '«»'"),
    kind(Code, "the environment's default", "import os; os.environ.setdefault('API_TOKEN', '«»')"),
    kind(Code, "what else it is", "import os; key = os.getenv('SECRET_KEY', '«»')"),
    kind(Code, "an option of Alembic", "config.set_main_option('db.password', '«»')"),
    kind(Code, "a dictionary", "accounts = [{'name': 'root', 'password': '«»'}]"),
    kind(Code, "a call", "connect('db', user='app', password='«»')"),
    kind(Code, "a call by place", "url = URL.create('postgresql', 'app', '«»', 'db')"),
    kind(Code, "a pair", "get('https://x', auth=('app', '«»'))"),
    kind(Code, "an attribute", "settings.SECRET_KEY = '«»'"),
    kind(Code, "AWS keys in code", "AWS_SECRET_ACCESS_KEY = '«40»'; AWS_ACCESS_KEY_ID = 'AKIA«U16»'"),
    kind(Code, "an address in two literals", "url = 'postgresql://app:' '«»@db/panel'"),
    kind(Code, "an address in two lines", "url = (\n    'postgresql://app:«»'\n    '«»@db/panel'\n)"),
    kind(Code, "an address in a sum", "url = 'postgresql://' + 'app:«»' + \"«»@db/panel\""),
    kind(Code, "an address with names", "user = 'app'; url = f'postgresql://{user}:«»@{host}/panel'"),
    kind(Code, "a column's default", "c = sa.Column('password', sa.Text(), server_default='«»')"),
    kind(Sql, "a user of SQL", "CREATE USER app WITH PASSWORD '«»'"),
    kind(Sql, "a role of SQL", "ALTER ROLE app ENCRYPTED PASSWORD '«»''«»' VALID UNTIL 'infinity'"),
    kind(Sql, "a user of MySQL", "CREATE USER 'app'@'%' IDENTIFIED BY '«»'"),
    kind(Sql, "a user of MySQL with a plugin", "ALTER USER app IDENTIFIED WITH sha256_password BY '«»'"),
    kind(Sql, "a login of SQL Server", "CREATE LOGIN app WITH PASSWORD = N'«»'"),
    kind(Sql, "the password of MySQL", "SET PASSWORD FOR app = PASSWORD('«»')"),
    kind(
        Sql,
        "a mapping of users",
        "CREATE USER MAPPING FOR app SERVER s OPTIONS (user 'app', password '«»')",
    ),
    kind(Sql, "rows", "INSERT INTO accounts (id, password, name) VALUES (1, '«»', 'a'), (2, '«»', 'b')"),
    kind(
        Sql,
        "rows, names in quotes",
        "INSERT INTO \"accounts\" (\"name\", \"api_key\") VALUES ('a (b, c)', '«»')",
    ),
    kind(
        Sql,
        "rows over lines",
        "INSERT INTO accounts\n    (name, password_hash)\nVALUES\n    ('a', '«»'),\n    ('b', '«»')",
    ),
    kind(Sql, "rows of a query", "INSERT INTO accounts (name, token) SELECT 'a', '«»' FROM people"),
    kind(Sql, "an update", "UPDATE accounts SET name = 'a', password = '«»' WHERE id = 1"),
    kind(Sql, "an update, the name in quotes", "UPDATE accounts SET \"secret\"='«»'"),
    kind(Sql, "an encrypted update", "UPDATE accounts SET password = crypt('«»', gen_salt('bf'))"),
    kind(Sql, "a condition", "DELETE FROM accounts WHERE token = '«»'"),
    kind(Sql, "a default", "ALTER TABLE accounts ADD COLUMN password VARCHAR(20) NOT NULL DEFAULT '«»'"),
];

impl Kind {
    /// The text with parts of its own: those of one number are of one text.
    pub(crate) fn planted(&self, number: usize) -> Planted {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = self.text;
        while let Some((before, after)) = rest.split_once('«') {
            let (spec, after) = after.split_once('»').expect("it is closed");
            let part = part(spec, number * 16 + parts.len());
            text.push_str(before);
            text.push_str(&part);
            parts.push(part);
            rest = after;
        }
        text.push_str(rest);
        Planted { text, parts: parts.iter().flat_map(|part| pieces(part)).collect() }
    }
}

/// Letters and digits that stand nowhere else.
fn part(spec: &str, number: usize) -> String {
    let (large, length) = match spec.strip_prefix('U') {
        Some(length) => (true, length),
        None => (false, spec),
    };
    let length = if length.is_empty() { 9 } else { length.parse().expect("a number") };
    let alphabet: &[u8] = if large { b"QZXJKVWYHB23567" } else { b"QZXJKVWYqzxjkvwy2345670189" };
    let mut state = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(alphabet[(state >> 33) as usize % alphabet.len()])
    };
    // A letter first: a port has digits.
    std::iter::once('Q').chain((1..length).map(|_| next())).collect()
}

/// By what a part is known where only half of it is shown: its ends, and its middle.
fn pieces(part: &str) -> Vec<String> {
    let length = part.len();
    let mut starts = vec![0, length / 2 - 4, length - 8];
    starts.dedup();
    starts.into_iter().map(|start| part[start..start + 8].to_owned()).collect()
}
