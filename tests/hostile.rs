//! Whatever a file says, the real program ends: within bounds of memory, of time and of the stack, with a result.
//!
//! Every shape of `tests/shapes/` is made as large as it is meant to hurt, and audited by a process that may take 1 GB of
//! memory, 10 seconds of a processor (a debug build 30) and 512 KB of stack. `RECHAIN_HOSTILE=FOLDER` writes some of the
//! inputs there instead, for the page's engine, and `RECHAIN_ONLY` chooses those whose names hold it.

mod judge;
mod shapes;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use judge::some;
use shapes::{Shape, shapes};

/// In kilobytes, as the shell takes them.
const MEMORY: usize = 1 << 20;
const STACK: usize = 512;
/// In seconds of a processor. A debug build takes about ten times as long as what people run.
const TIME: usize = if cfg!(debug_assertions) { 30 } else { 10 };
/// How many bytes may be said of one input.
const SAID: usize = 64 << 20;

/// The program, within the bounds.
fn bounded(folder: &Path, arguments: &[&str]) -> Output {
    let limits = format!("ulimit -v {MEMORY} && ulimit -t {TIME} && ulimit -s {STACK} && exec \"$0\" \"$@\"");
    Command::new("sh")
        .args(["-c", &limits, env!("CARGO_BIN_EXE_rechain")])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("there is a shell")
}

/// What is wrong with how a run ended, if anything is.
fn fault(output: &Output) -> Option<String> {
    let said = output.stdout.len() + output.stderr.len();
    let error = String::from_utf8_lossy(&output.stderr);
    let last = error.lines().last().unwrap_or_default();
    match output.status.code() {
        Some(0..=2) if said > SAID => Some(format!("{said} bytes are said")),
        Some(0..=2) => None,
        _ => Some(format!("{}: {last}", output.status)),
    }
}

/// Writes a shape as large as it is to be, and gives the name of the zip.
fn written(folder: &Path, shape: &Shape) -> String {
    let name = format!("{}.zip", shape.name.replace([':', ',', ' ', '.'], "-"));
    std::fs::write(folder.join(&name), shape.zip(shape.most)).expect("the folder is there");
    name
}

fn run(folder: &Path, shape: &Shape) -> Vec<String> {
    let name = written(folder, shape);
    let faults = [&["check", &name, "--output-format", "json"][..], &["heads", &name]]
        .into_iter()
        .filter_map(|arguments| {
            let began = Instant::now();
            let fault = fault(&bounded(folder, arguments))?;
            Some(format!(
                "{} ({}): {} after {:.1} s: {fault}",
                shape.name,
                shape.most,
                arguments[0],
                began.elapsed().as_secs_f64()
            ))
        })
        .collect();
    std::fs::remove_file(folder.join(&name)).expect("it was written");
    faults
}

#[test]
#[cfg(target_os = "linux")]
fn whatever_a_file_says_the_program_ends_within_its_bounds() {
    if let Some(folder) = std::env::var_os("RECHAIN_HOSTILE") {
        let all = shapes();
        some(&all, 12).into_iter().for_each(|(_, shape)| drop(written(Path::new(&folder), shape)));
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let only = std::env::var("RECHAIN_ONLY").unwrap_or_default();
    let all: Vec<_> = shapes().into_iter().filter(|shape| shape.name.contains(&only)).collect();
    let shapes: Vec<&Shape> = some(&all, 3).into_iter().map(|(_, shape)| shape).collect();
    let (next, faults) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(shape) = shapes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let own = run(folder.path(), shape);
                    faults.lock().expect("nobody panics").extend(own);
                }
            });
        }
    });
    let mut faults = faults.into_inner().expect("nobody panics");
    faults.sort();
    println!("{} of {} shapes, {} runs do not end as they should", shapes.len(), all.len(), faults.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
