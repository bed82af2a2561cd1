//! How what rechain does and says grows with what it is given.
//!
//! `cargo bench --bench growth`: audits every shape of `tests/shapes/` that has a size at four of them or more, each twice
//! the one before, up to where it takes long or to what `tests/hostile.rs` makes of it. The exponent is that of the last three
//! doublings, beside the bytes of the input, and without what an audit of next to nothing takes: 1 is linear, n log n is
//! about 1.1. What a file makes grow by itself grows until a bound is reached, so a shape is made larger as long as one of
//! instructions or of bytes said is above 1.2, to what `tests/hostile.rs` makes of it; where it still is then, and the shape
//! is not named in [`ABOVE`], it fails. Needs valgrind, and an hour.
//!
//! `RECHAIN_ONLY` chooses shapes by parts of their names, with `;` between them; `RECHAIN_RECORD=FILE` writes the table
//! there, and leaves the other rows of the file as they are.

mod instructions;
#[path = "../tests/shapes/mod.rs"]
mod shapes;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use instructions::counted;
use shapes::{Shape, shapes};

const REACH: f64 = 1.2;
/// Shapes of fewer have no growth.
const FEWEST: usize = 64;
/// Where an audit takes so many instructions, it is long enough.
const ENOUGH: f64 = 1.5e8;
/// An audit that takes so little more than next to nothing tells nothing of how it grows; in instructions and in bytes.
const LEAST: (f64, f64) = (2e6, 2e3);
/// What grows faster, and why it is left so.
const ABOVE: &[(&str, &str)] = &[];

/// One audit: the bytes of its input, the instructions, the bytes said.
#[derive(Debug, Clone, Copy)]
struct Audit {
    input: f64,
    instructions: f64,
    said: f64,
}

/// A shape at all its sizes.
struct Row {
    name: String,
    /// The largest size, and what that takes.
    size: usize,
    last: Audit,
    /// The exponents of instructions and of what is said; nothing where they hardly change.
    exponents: [Option<f64>; 2],
}

fn main() -> ExitCode {
    let only = std::env::var("RECHAIN_ONLY").unwrap_or_default();
    let folder = tempfile::tempdir().expect("a folder");
    let is_chosen = |shape: &Shape| only.split(';').any(|part| shape.name.contains(part));
    let all: Vec<Shape> =
        shapes().into_iter().filter(|shape| shape.most >= FEWEST && is_chosen(shape)).collect();
    let (next, rows) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(shape) = all.get(at) else { break };
                    let Some(row) = measured(&folder.path().join(format!("{at}.zip")), shape) else { break };
                    println!("{}", row.line());
                    rows.lock().expect("nobody panics").push((at, row));
                }
            });
        }
    });
    let mut rows = rows.into_inner().expect("nobody panics");
    rows.sort_by_key(|(at, _)| *at);
    if rows.len() < all.len() {
        println!("instructions need valgrind");
        return ExitCode::FAILURE;
    }
    if let Some(file) = std::env::var_os("RECHAIN_RECORD") {
        let before = fs::read_to_string(&file).unwrap_or_default();
        fs::write(file, record(&before, rows.iter().map(|(_, row)| row))).expect("the file can be written");
    }
    let above: Vec<&Row> = rows.iter().map(|(_, row)| row).filter(|row| row.is_above()).collect();
    println!("{} shapes, {} above {REACH}", rows.len(), above.len());
    above.iter().for_each(|row| println!("above: {}", row.line()));
    let is_named = |row: &&Row| ABOVE.iter().any(|(name, _)| *name == row.name);
    if above.iter().all(is_named) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A shape at its sizes; nothing without valgrind.
fn measured(path: &Path, shape: &Shape) -> Option<Row> {
    let audit = |n: usize| {
        let zip = shape.zip(n);
        fs::write(path, &zip).expect("the folder is there");
        let arguments =
            [OsStr::new("check"), path.as_os_str(), OsStr::new("--output-format"), OsStr::new("json")];
        let (instructions, output) = counted(Path::new(env!("CARGO_BIN_EXE_rechain")), &arguments)?;
        let code = output.status.code();
        assert!(matches!(code, Some(0..=2)), "{} of {n} ends: {code:?}", shape.name);
        let said = output.stdout.len();
        Some(Audit { input: zip.len() as f64, instructions: instructions as f64, said: said as f64 })
    };
    let least = audit(1)?;
    let mut size = (shape.most / 1024).max(4);
    let mut audits = vec![audit(size)?];
    loop {
        let row = row(shape, size, &least, &audits);
        let is_enough = row.as_ref().is_some_and(|row| row.last.instructions > ENOUGH && !row.is_above());
        if is_enough || 2 * size > shape.most {
            fs::remove_file(path).expect("it was written");
            return row;
        }
        size *= 2;
        audits.push(audit(size)?);
    }
}

/// What the sizes so far tell, once there are enough of them.
fn row(shape: &Shape, size: usize, least: &Audit, audits: &[Audit]) -> Option<Row> {
    let &[.., first, _, _, last] = audits else { return None };
    let exponent = |of: fn(&Audit) -> f64, enough: f64| {
        let [before, after] = [first, last].map(|audit| (of(&audit) - of(least), audit.input - least.input));
        (before.0 > enough && after.0 > enough).then(|| (after.0 / before.0).ln() / (after.1 / before.1).ln())
    };
    let exponents = [exponent(|audit| audit.instructions, LEAST.0), exponent(|audit| audit.said, LEAST.1)];
    Some(Row { name: shape.name.clone(), size, last, exponents })
}

impl Row {
    fn is_above(&self) -> bool {
        self.exponents.iter().flatten().any(|exponent| *exponent > REACH)
    }

    /// The row of a table.
    fn line(&self) -> String {
        let last = self.last;
        let exponents = self.exponents.map(|one| one.map_or("-".to_owned(), |one| format!("{one:.2}")));
        format!(
            "| {} | {} | {} | {:.1} | {} | {:.0} | {} |",
            self.name,
            self.size,
            last.input,
            last.instructions / 1e6,
            exponents[0],
            last.said,
            exponents[1]
        )
    }
}

/// The table, as it stands in the repository: these rows, and those of the table before that are of other shapes.
fn record<'r>(before: &str, rows: impl Iterator<Item = &'r Row>) -> String {
    let name = |line: &str| line.split('|').nth(1).map(|name| name.trim().to_owned());
    let mut lines: BTreeMap<String, String> = rows.map(|row| (row.name.clone(), row.line())).collect();
    for line in before.lines().filter(|line| line.starts_with("| ")).skip(2) {
        if let Some(name) = name(line) {
            lines.entry(name).or_insert_with(|| line.to_owned());
        }
    }
    let order = shapes().into_iter().filter_map(|shape| lines.remove(&shape.name));
    let head = "# How it grows\n\nWritten by `cargo bench --bench growth`, which says how it is measured.\n\n\
        | shape | size | bytes of input | millions of instructions | exponent | bytes said | exponent |\n\
        | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    order.fold(head.to_owned(), |text, line| text + &line + "\n")
}
