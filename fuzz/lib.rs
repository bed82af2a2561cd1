//! The doors for a coverage-guided engine; `tests/fuzzed.rs` goes through the same.

#[path = "../tests/doors/mod.rs"]
mod doors;

/// Goes through the door of that name.
pub fn go_through(name: &str, bytes: &[u8]) {
    let (_, door) =
        doors::DOORS.iter().find(|(door, _)| *door == name).expect("a target has the name of its door");
    door(bytes);
}
