//! No secret of a project stands in any output but exact patches, and those say that it does; what is no secret is shown.
//!
//! Secrets of every kind are planted in every place (`tests/planted/`), and every output of every command and every
//! download is read. A sample by default, all with `RECHAIN_FULL=1`.

mod judge;
mod planted;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use judge::{full, some};
use planted::{KINDS, PLACES, Plant, Project, Shape, plants, projects};
use rechain::audit::{Outcome, examine};
use rechain::download::{list, make};
use rechain::drawing::{Side, write_plain, write_svg};
use rechain::ingest::{Ingested, SourceTree, TreePath};
use rechain::report::{
    Given, Style, write_html, write_json, write_markdown, write_replay, write_replay_json, write_text,
};

use rechain::text::redact;

const TODAY: &str = "2026-11-23";

/// What is said wherever bytes are exact and hold a secret.
const WARNING: &str = "what looks like a secret";

/// Something that was read: what it is, and whether its bytes are exact and it is said that they hold a secret.
struct Read {
    name: String,
    text: String,
    exact: Option<bool>,
}

/// What was found in what was read.
#[derive(Default)]
struct Found {
    n_outputs: usize,
    n_bytes: usize,
    n_hidden: usize,
    /// Secrets that are shown, by place and kind, with where.
    leaks: BTreeMap<(&'static str, &'static str), String>,
    /// Exact bytes that hold a secret and do not say so.
    silent: BTreeSet<String>,
}

impl Found {
    fn read(&mut self, project: &Project, read: &Read) {
        self.n_outputs += 1;
        self.n_bytes += read.text.len();
        self.n_hidden += read.text.matches("***").count();
        // What is wrapped is read in one piece too.
        let joined: String = read.text.split_whitespace().collect();
        for (plant, secret) in &project.planted {
            let shows = |part: &&String| read.text.contains(part.as_str()) || joined.contains(part.as_str());
            let Some(part) = secret.parts.iter().find(shows) else { continue };
            let key = (plant.place.name, plant.kind.name);
            match read.exact {
                Some(true) => {}
                Some(false) => {
                    self.silent.insert(format!("{}: {}: {}", read.name, key.0, key.1));
                }
                None => {
                    let line = read.text.lines().find(|line| line.contains(part.as_str()));
                    let line = line.unwrap_or("over lines");
                    let at = line.find(part.as_str()).unwrap_or(0);
                    let from = line.floor_char_boundary(at.saturating_sub(90));
                    let to = line.ceil_char_boundary((at + 90).min(line.len()));
                    self.leaks.entry(key).or_insert_with(|| format!("{}: …{}…", read.name, &line[from..to]));
                }
            }
        }
    }
}

/// Every text that an audit gives, and every download.
fn read_outcome(outcome: &Outcome) -> Vec<Read> {
    let report = &outcome.report;
    let mut all = Vec::new();
    let mut shown = |name: &str, text: String| all.push(Read { name: name.to_owned(), text, exact: None });
    shown("JSON", write_json(report));
    shown("HTML", write_html(report, TODAY));
    shown("Markdown", write_markdown(report, TODAY));
    shown("text", write_text(report, Given::Here, Style::Colour));
    shown("the page's report", serde_json::to_string(report).expect("plain data"));
    for environment in &report.environments {
        shown("replay", write_replay(environment, None, Style::Plain).unwrap_or_default());
        let heads: Vec<String> = environment.heads.iter().map(ToString::to_string).collect();
        shown("replay at heads", write_replay(environment, Some(&heads), Style::Plain).unwrap_or_default());
        shown("replay as JSON", write_replay_json(&[(environment, Some(heads))]));
        let plans = environment.plans.iter().map(|plan| &plan.drawing);
        for drawing in plans.chain([&environment.drawing]) {
            shown("graph", write_plain(drawing, Side::Now));
            shown("graph as SVG", write_svg(drawing, Side::Both, &environment.headline));
        }
    }
    let offers = list(outcome);
    shown("list of downloads", serde_json::to_string(&offers).expect("plain data"));
    for offer in offers {
        let download = make(outcome, &offer.id, TODAY).expect("it is on offer");
        let is_exact = ["files-", "diff-", "env-"].iter().any(|start| offer.id.starts_with(start));
        let exact = is_exact.then(|| offer.detail.contains(WARNING));
        let texts =
            if download.mime == "application/zip" { unzipped(download.bytes) } else { vec![download.bytes] };
        for bytes in texts {
            let text = String::from_utf8(bytes).expect("text");
            all.push(Read { name: format!("the download {}", offer.id), text, exact });
        }
    }
    all
}

fn unzipped(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    let n_entries = zip.len();
    let read = |at: usize| {
        let mut file = zip.by_index(at).expect("an entry");
        let mut bytes = file.name().expect("text").as_bytes().to_vec();
        file.read_to_end(&mut bytes).expect("whole");
        bytes
    };
    (0..n_entries).map(read).collect()
}

fn tree(project: &Project) -> SourceTree {
    let mut tree = SourceTree::default();
    for (path, text) in &project.files {
        tree.insert(TreePath::parse(path).expect("relative"), text.as_bytes());
    }
    tree
}

/// What is typed, and the file that it writes.
type Asked = (&'static [&'static str], Option<&'static str>);

const COMMANDS: &[Asked] = &[
    (&["check"], None),
    (&["check", "--output-format", "json"], None),
    (&["check", "--output-format", "markdown", "-o", "out.md"], Some("out.md")),
    (&["check", "--output-format", "html", "-o", "out.html"], Some("out.html")),
    (&["check", "--stamped", "r0,a1"], None),
    (&["check", "--parent", "b2=b1"], None),
    (&["check", "--diff"], None),
    (&["check", "--diff", "-o", "out.patch"], Some("out.patch")),
    (&["check", "--diff", "--plan", "chain"], None),
    (&["check", "--diff", "--plan", "duplicate"], None),
    (&["check", "--diff", "--plan", "edits"], None),
    (&["check", "--diff", "--plan", "env"], None),
    (&["check", "--fix", "--plan", "remove-environment"], None),
    (&["recover", "--stamped", "b1"], None),
    (&["report", "-o", "report.html"], Some("report.html")),
    (&["replay"], None),
    (&["replay", "--at", "heads"], None),
    (&["replay", "--output-format", "json"], None),
    (&["graph", "--output-format", "text"], None),
    (&["graph", "--output-format", "svg", "-o", "out.svg"], Some("out.svg")),
    (&["heads"], None),
    (&["heads", "-v"], None),
    (&["bases", "-v"], None),
    (&["branches", "-v"], None),
    (&["history"], None),
    (&["history", "-v"], None),
    (&["show", "heads"], None),
    (&["show", "nothing"], None),
    (&["explain-folder"], None),
    // What it writes, and takes back again.
    (&["check", "--fix", "--unsafe-fixes"], None),
    (&["undo"], None),
];

/// What the program says of a project on the disk.
fn read_commands(project: &Project, commands: &[Asked]) -> Vec<Read> {
    let mut all = Vec::new();
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in &project.files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("in the folder")).expect("writable");
        std::fs::write(path, text).expect("writable");
    }
    for (arguments, file) in commands {
        let output = Command::new(env!("CARGO_BIN_EXE_rechain"))
            .args(*arguments)
            .current_dir(folder.path())
            .output()
            .expect("it runs");
        let name = format!("rechain {}", arguments.join(" "));
        let [out, error] =
            [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        let exact = arguments.contains(&"--diff").then(|| error.contains(WARNING));
        all.push(Read { name: format!("{name}, standard error"), text: error, exact: None });
        all.push(Read { name: name.clone(), text: out, exact });
        if let Some(file) = file.map(|file| folder.path().join(file)).filter(|file| file.exists()) {
            let text = std::fs::read_to_string(&file).expect("text");
            all.push(Read { name: format!("{name}, the file"), text, exact });
            std::fs::remove_file(&file).expect("it was written");
        }
    }
    all
}

/// Goes through projects on every processor.
fn each<T: Sync>(of: &[T], take: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(item) = of.get(next.fetch_add(1, Ordering::Relaxed)) {
                    take(item);
                }
            });
        }
    });
}

#[test]
fn no_secret_stands_in_any_output_but_exact_patches() {
    let all = plants();
    let of = |shape: Shape, one_in: usize| {
        let own: Vec<Plant> = all.iter().copied().filter(|plant| plant.place.shape == shape).collect();
        some(&own, one_in).into_iter().map(|(_, plant)| *plant).collect::<Vec<_>>()
    };
    let chosen = [of(Shape::Sound, 24), of(Shape::Broken, 16), of(Shape::Alone, 32)].concat();
    let projects = projects(&chosen);
    let found = Mutex::new(Found::default());
    each(&projects, |project| {
        let outcome = examine(Ingested { tree: tree(project), ..Ingested::default() }, &mut |_| {});
        let own = read_outcome(&outcome);
        let mut found = found.lock().expect("nobody panics");
        own.iter().for_each(|read| found.read(project, read));
    });
    // The program is asked all about the large ones, and one thing after the other about the others.
    let (large, small): (Vec<_>, Vec<_>) = projects.iter().partition(|project| project.planted.len() > 1);
    let each_small = small
        .iter()
        .zip(COMMANDS.iter().cycle())
        .map(|(project, command)| (*project, std::slice::from_ref(command)));
    let asked: Vec<_> = large.iter().map(|project| (*project, COMMANDS)).chain(each_small).collect();
    each(&asked, |(project, commands)| {
        let own = read_commands(project, commands);
        let mut found = found.lock().expect("nobody panics");
        own.iter().for_each(|read| found.read(project, read));
    });
    let found = found.into_inner().expect("nobody panics");
    let places: BTreeSet<_> = chosen.iter().map(|plant| plant.place.name).collect();
    println!(
        "{} kinds in {} places, {} of {} plants ({} places) in {} projects; {} outputs of {} kB were read, {} secrets hidden; \
         {} plants are shown, {} exact outputs are silent",
        KINDS.len(),
        PLACES.len(),
        chosen.len(),
        all.len(),
        places.len(),
        projects.len(),
        found.n_outputs,
        found.n_bytes / 1000,
        found.n_hidden,
        found.leaks.len(),
        found.silent.len()
    );
    let shown: Vec<_> =
        found.leaks.iter().map(|((place, kind), line)| format!("{place}: {kind}: {line}")).collect();
    let silent: Vec<_> = found.silent.iter().cloned().collect();
    if full() {
        let of = |name: fn(&(&'static str, &'static str)) -> &'static str| {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            found.leaks.keys().for_each(|key| *counts.entry(name(key)).or_default() += 1);
            counts
        };
        println!("by place: {:?}\nby kind: {:?}", of(|key| key.0), of(|key| key.1));
    }
    assert!(found.n_hidden > chosen.len(), "what is planted comes to be hidden");
    assert!(shown.is_empty() && silent.is_empty(), "{}\n\n{}", shown.join("\n"), silent.join("\n"));
}

/// Lines as real migrations and what stands around them have them, none of which holds a secret.
const ORDINARY: &[&str] = &[
    "sa.Column(\"password\", sa.String(255), nullable=False),",
    "sa.Column('token', sa.String(length=64), nullable=True, server_default=''),",
    "sa.Column('api_key', sa.Text(), server_default=sa.text('gen_random_uuid()')),",
    "sa.Column('secret', sa.LargeBinary(), comment='encrypted at rest'),",
    "sa.Column('reset_token', postgresql.UUID(as_uuid=True), server_default=sa.text(\"uuid_generate_v4()\")),",
    "token = Column(String(64), unique=True, index=True)",
    "password_hash = db.Column(db.String(128))",
    "api_token: Mapped[str] = mapped_column(String(40))",
    "password: Mapped[Optional[str]] = mapped_column(default=None)",
    "op.drop_column('users', 'password')",
    "op.add_column('users', sa.Column('reset_password_token', sa.String(), nullable=True))",
    "op.alter_column('users', 'password', new_column_name='password_hash', existing_type=sa.VARCHAR(length=60))",
    "batch_op.alter_column('token', existing_type=sa.VARCHAR(length=32), type_=sa.String(length=64))",
    "op.rename_table('token', 'auth_token')",
    "op.drop_table('api_key')",
    "op.create_table('access_token', sa.Column('id', sa.Integer(), primary_key=True))",
    "op.create_index(op.f('ix_users_reset_token'), 'users', ['reset_token'], unique=True)",
    "op.create_index('ix_token', 'token', ['token'], postgresql_where=sa.text('token IS NOT NULL'))",
    "op.create_foreign_key('fk_token_user', 'token', 'users', ['user_id'], ['id'], ondelete='CASCADE')",
    "op.create_unique_constraint('uq_api_key', 'api_key', ['prefix', 'token'])",
    "op.create_check_constraint('ck_password', 'users', 'length(password) >= 8')",
    "op.drop_constraint('users_password_key', 'users', type_='unique')",
    "op.execute(\"UPDATE users SET token = NULL WHERE token = ''\")",
    "op.execute('UPDATE users SET reset_token = md5(random()::text)')",
    "op.execute('UPDATE users SET password = u.password FROM old_users u WHERE users.id = u.id')",
    "op.execute(\"INSERT INTO users (name, email) VALUES ('a', 'b@example.org')\")",
    "op.execute('INSERT INTO users (name, password) SELECT name, password FROM old_users')",
    "op.execute('ALTER TABLE users ALTER COLUMN password TYPE varchar(200)')",
    "op.execute('ALTER TABLE users ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid()')",
    "conn.execute(sa.text('UPDATE users SET password = :password WHERE id = :id'), {'password': hashed, 'id': row.id})",
    "conn.execute(users.update().where(users.c.token == old_token).values(token=new_token))",
    "cursor.execute('INSERT INTO users (name, password) VALUES (%s, %s)', (name, hash_password(password)))",
    "password = os.environ['DB_PASSWORD']",
    "password = os.getenv('DB_PASSWORD')",
    "password = config.get('database', 'password')",
    "secret = secrets.token_hex(32)",
    "token = None",
    "token = uuid.uuid4().hex",
    "def upgrade(token: str = None, password: str = ''):",
    "if password == other: return token",
    "url = URL.create(drivername, username=user, password=password, host=host)",
    "url = f\"postgresql://{user}:{password}@{host}:{port}/{name}\"",
    "url = 'postgresql://%s:%s@%s/%s' % (user, password, host, name)",
    "sqlalchemy.url = driver://user@localhost/dbname",
    "sqlalchemy.url = postgresql://%(DB_USER)s:%(DB_PASSWORD)s@%(DB_HOST)s/%(DB_NAME)s",
    "sqlalchemy.url = sqlite:///./test.db",
    "DATABASE_URL=postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@db:5432/${POSTGRES_DB}",
    "      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}",
    "revision = 'reset_password_token'",
    "down_revision = '2ca607eff9c8'",
    "down_revision: Union[str, None] = 'add_api_key_to_users'",
    "depends_on = ('users@head', 'add_token')",
    "branch_labels = ('secret',)",
    "\"\"\"add token: the one that is sent by mail",
    "Revises: add_password, drop_token",
    "Password reset: adds the columns reset_token and reset_token_expires_at",
    "drops the secret, see https://example.org/issues/12?token#note and ask me@example.org",
    "migrations/versions/2ca607eff9c8_add_password.py:12: down_revision is computed",
    "no such column: users.password",
    "2ca607eff9c8 -> reset_token (head), adds a token",
    "commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "target_metadata = [users.metadata, tokens.metadata]",
    "sa.Enum('password', 'token', 'oauth', name='credential_type')",
    "sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key')),",
    "identified by its key = the primary one",
    "Can't locate revision identified by '2ca607eff9c8'",
    "No such revision or branch 'token'; Multiple head revisions are present for given argument 'password'",
    "file_template = %%(year)d-%%(month).2d-%%(day).2d_%%(slug)s",
    "token_type = 'bearer'; max_tokens = 4096; is_secret = True; primary_key = 'id'",
    "Authorization by a bearer token, and basic authentication",
];

#[test]
fn what_is_no_secret_is_shown_as_it_is() {
    for line in ORDINARY {
        assert_eq!(redact(line), *line);
        let line = format!("    x = 1\n{line}\n    y = 2\n");
        assert_eq!(redact(&line), line);
    }
    let all = ORDINARY.join("\n");
    assert_eq!(redact(&all), all);
    println!("{} lines are shown as they are", ORDINARY.len());
}

#[test]
fn the_sample_and_what_rechain_says_of_it_hold_what_was_planted_there_and_nothing_else() {
    let tree = judge::sample("panel");
    for (path, bytes) in tree.tree.iter() {
        let text = String::from_utf8_lossy(bytes);
        let changed: Vec<_> = text
            .lines()
            .zip(redact(&text).lines().map(str::to_owned).collect::<Vec<_>>())
            .filter(|(a, b)| a != b)
            .map(|(a, _)| a.to_owned())
            .collect();
        assert!(changed.iter().all(|line| line.contains("hunter2")), "{path}: {changed:?}");
    }
    for rule in rechain::rules::RULES {
        assert_eq!(redact(rule.0.explanation), rule.0.explanation);
    }
}
