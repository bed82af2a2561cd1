//! What following ten thousand revisions costs beside parsing them, in one run.
//!
//! `cargo bench --bench replay`: prints both times, their ratio and the memory that the replay keeps, for three sizes of
//! one made history, and ends with an error where the replay takes longer than the parsing.

mod history;

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use rechain::alembic::Reading;
use rechain::ingest::TreePath;
use rechain::replay::{Account, History, Replay, Upgrade, Width};
use rechain::schema::{Dialect, NamingConvention};
use rechain::source::{ProjectModules, Running, Script, read_script};

const SIZES: [usize; 3] = [2_500, 5_000, 10_000];
/// So many replays are kept to see what one takes.
const KEPT: usize = 10;
/// Each is timed so often, and the fastest counts.
const TIMES: usize = 3;

fn main() -> ExitCode {
    // Each size runs in a process of its own, so that its memory is its own.
    if let Some(size) = std::env::args().find_map(|argument| argument.parse().ok()) {
        return measure(size);
    }
    let own = std::env::current_exe().expect("a program knows where it stands");
    let runs = SIZES
        .map(|size| Command::new(&own).arg(size.to_string()).status().is_ok_and(|status| status.success()));
    if runs.contains(&false) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn measure(size: usize) -> ExitCode {
    let file = |at: usize| {
        let (name, source) = history::migration(at);
        (TreePath::parse(&format!("versions/{name}")).expect("relative"), source)
    };
    let files: Vec<(TreePath, String)> = (0..size).map(file).collect();
    let parse = || -> Vec<Script> {
        files.iter().map(|(path, source)| read_script(path, source.as_bytes())).collect()
    };
    let (parsing, scripts) = fastest(parse);
    let reading = Reading::of(&scripts, &[]);
    let order = reading.map().and_then(|map| map.upgrade_scripts().ok()).expect("the history is whole");
    let follow = || {
        Account::of(&History {
            scripts: &scripts,
            order: Some(&order),
            dialect: Some(Dialect::Postgresql),
            convention: &NamingConvention::default(),
            running: &Running::default(),
            project: &ProjectModules::none(),
            width: Width::default(),
        })
    };
    // The first take what the parsing left free.
    let mut several: Vec<Account> = (0..KEPT).map(|_| follow()).collect();
    let before = resident();
    several.extend((0..KEPT).map(|_| follow()));
    let kept = resident().saturating_sub(before) / KEPT as u64;
    let (replaying, account) = fastest(follow);
    let (operations, unknown) = account.best().map_or((0, 0), Replay::understood);
    assert!(
        several.iter().all(|account| account.upgrade() == Upgrade::Runs) && unknown == 0,
        "the history runs and is understood"
    );
    let ratio = replaying.as_secs_f64() / parsing.as_secs_f64();
    println!(
        "{size:>6} revisions, {operations} operations: parsing {parsing:.1?}, replaying {replaying:.1?}, ratio {ratio:.2}; \
         {:.1} kB a revision kept",
        kept as f64 / size as f64
    );
    if ratio < 1.0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn fastest<T>(mut work: impl FnMut() -> T) -> (Duration, T) {
    let mut best: Option<(Duration, T)> = None;
    for _ in 0..TIMES {
        let started = Instant::now();
        let result = work();
        let took = started.elapsed();
        if best.as_ref().is_none_or(|(fastest, _)| took < *fastest) {
            best = Some((took, result));
        }
    }
    best.expect("it ran")
}

/// The memory that the process holds, in kB; 0 where the system does not say.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
