//! Whatever comes in through a door, what is promised holds: of every input that fuzzing has kept or stumbled over, and of some
//! that are made of them here.
//!
//! `cargo xtask fuzz` looks for more with a coverage-guided engine. `RECHAIN_SEED` makes other inputs here.

mod doors;
mod judge;

use std::fs;

use doors::{DOORS, Door};
use judge::{Random, full, repository, seed};

/// How many of the kept inputs a door is tried with, and as many made of them; where slow suites run in full, all that are
/// kept, and a hundred times as many made.
const MANY: usize = 300;
/// The same where one takes as long as several elsewhere.
const FEW: usize = 60;
/// Inputs are not made longer.
const LONGEST: usize = 1 << 14;
/// What the committed inputs may take in all.
const ROOM: u64 = 1 << 20;

/// The inputs of a door in a folder of `fuzz`, in the order of their names.
fn inputs(folder: &str, door: &str) -> Vec<Vec<u8>> {
    let folder = repository("fuzz").join(folder).join(door);
    let entries = fs::read_dir(&folder).into_iter().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).expect("readable")).collect()
}

/// Inputs as an engine makes them, without its knowledge of what they reach.
fn changed(random: &mut Random, of: &[Vec<u8>]) -> Vec<u8> {
    let mut made = random.pick(of).clone();
    for _ in 0..=random.below(4) {
        let at = random.below(made.len() + 1);
        let end = (at + random.below(16)).min(made.len());
        match random.below(5) {
            0 if at < made.len() => made[at] ^= 1 << random.below(8),
            1 => made.insert(at, random.next() as u8),
            2 => drop(made.drain(at..end)),
            3 => {
                let piece = made[at..end].to_vec();
                made.splice(at..at, piece);
            }
            _ => {
                let other = random.pick(of);
                let from = random.below(other.len() + 1);
                let until = (from + random.below(64)).min(other.len());
                made.splice(at..end, other[from..until].iter().copied());
            }
        }
    }
    made.truncate(LONGEST);
    made
}

/// Says which input it is, should the door not stand it.
struct Named<'a>(&'a str, &'a [u8]);

impl Drop for Named<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the door {} does not stand {}: {}", self.0, self.1.escape_ascii(), self.1.len());
        }
    }
}

fn go_through(name: &str, door: Door, most: usize) {
    let kept = inputs("corpus", name);
    assert!(kept.len() > 5, "{name} has inputs");
    let mut random = Random::new(seed());
    let mut tried = inputs("found", name);
    tried.extend(random.sample(&kept, if full() { kept.len() } else { most }));
    for input in &tried {
        let _named = Named(name, input);
        door(input);
    }
    for _ in 0..if full() { 100 * most } else { most } {
        let input = changed(&mut random, &kept);
        let _named = Named(name, &input);
        door(&input);
    }
}

macro_rules! a_test_for_each_door {
    ($($name:ident: $most:ident,)*) => {
        $(#[test]
        fn $name() {
            go_through(stringify!($name), doors::$name, $most);
        })*

        #[test]
        fn every_door_has_its_test_its_target_and_its_inputs() {
            let tested = [$(stringify!($name)),*];
            assert_eq!(DOORS.map(|(name, _)| name), tested);
            let manifest = fs::read_to_string(repository("fuzz/Cargo.toml")).expect("there");
            for name in tested {
                assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name}");
                assert!(repository("fuzz/targets").join(name).with_extension("rs").exists(), "{name}");
            }
        }
    };
}

a_test_for_each_door! {
    zip: MANY,
    ini: FEW,
    toml: FEW,
    python: FEW,
    sql: MANY,
    examine: FEW,
    repair: FEW,
}

#[test]
fn the_kept_inputs_are_small() {
    let all = DOORS.iter().flat_map(|(name, _)| ["corpus", "found"].map(|folder| inputs(folder, name)));
    let bytes: u64 = all.flatten().map(|input| input.len() as u64).sum();
    assert!(bytes <= ROOM, "{bytes} bytes");
}
