//! What following one migration may cost, in time and in memory, whatever it says.

use std::cell::Cell;

use super::raised::Raised;
use super::value::{HOLE, Object, Str, Value};
use super::{Machine, State};
use crate::schema::Touches;
use crate::source::{Bulk, Bulky as _, LARGEST, unique};
use crate::text::TextRange;

/// How many steps are followed in one migration, if [`Pool`] has as many. A statement is [`STATEMENT`] of them and an
/// expression one; so is each element that is made or gone through, and so are 64 bytes of text that is made.
pub(super) const MOST_STEPS: usize = 1_000_000;
pub(super) const STATEMENT: usize = 10;
/// Doing something to the database.
pub(super) const OPERATION: usize = 10;
/// What stands in one another deeper than this is not followed, each by about how much it takes of a stack, which may be as
/// small as a browser gives its workers.
const DEEPEST: usize = 400;
/// Following both ways of a condition, beside one in [`SHARE`] of what is kept for the second.
const FORK: usize = 200;
const SHARE: usize = 8;
/// Looking at one change where two ways meet.
const JOIN: usize = 4;

/// What a history may take beside what each of its migrations may.
const MOST_BESIDE: usize = 5_000_000;
/// What each may: so many steps, and some for each byte of its file; and so many to load it.
const FREE: usize = 1_000;
const FREE_OF_BYTE: usize = 4;
pub(super) const FREE_TO_LOAD: usize = 20_000;

/// What all migrations of a history share: many that each take as much as one may would take as much together as there are.
#[derive(Debug)]
pub(in crate::replay) struct Pool(Cell<usize>);

impl Default for Pool {
    fn default() -> Self {
        Self(Cell::new(MOST_BESIDE))
    }
}

/// What one migration takes of it.
#[derive(Debug)]
pub(super) struct Share<'a> {
    pool: &'a Pool,
    /// What it may anyway, beside being loaded.
    free: usize,
    /// The most that following one of its functions took beyond that.
    taken: usize,
}

impl<'a> Share<'a> {
    /// Of a file of so many bytes.
    pub(super) fn of(pool: &'a Pool, bytes: usize) -> Self {
        Self { pool, free: FREE + FREE_OF_BYTE * bytes, taken: 0 }
    }

    /// How many steps it may take, where loading it took some.
    pub(super) fn most(&self, to_load: usize) -> usize {
        let own = self.free + to_load.min(FREE_TO_LOAD) + self.taken;
        MOST_STEPS.min(own + self.pool.0.get())
    }

    /// It took so many, those to load it too. What is followed again on another database is paid for once.
    pub(super) fn take(&mut self, steps: usize, to_load: usize) {
        let beyond = steps.saturating_sub(self.free + to_load.min(FREE_TO_LOAD));
        let left = self.pool.0.get();
        let more = beyond.saturating_sub(self.taken).min(left);
        self.pool.0.set(left - more);
        self.taken += more;
    }
}

/// What others stand in, and how much of a stack each takes, in parts of some 700 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Inside {
    Expression = 2,
    Statement = 5,
    With = 7,
    Loop = 8,
    Call = 9,
    Class = 10,
    Clause = 11,
}

impl Machine<'_> {
    /// Counts steps; whether there are any left.
    pub(super) fn spend(&self, steps: usize) -> bool {
        self.steps.set(self.steps.get().saturating_add(steps));
        !self.is_spent()
    }

    /// Whether no step is left.
    pub(super) fn is_spent(&self) -> bool {
        self.steps.get() > self.most_steps
    }

    /// What comes of steps counts for a part of them.
    pub(super) fn spends_a_part<T>(&mut self, part: usize, follow: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.steps.get();
        let done = follow(self);
        self.steps.set(before + (self.steps.get() - before) / part);
        done
    }

    /// Goes into something, where that is not too deep; whoever does comes out again.
    pub(super) fn goes_into(&mut self, what: Inside) -> bool {
        let goes = self.nesting + what as usize <= DEEPEST;
        self.nesting += if goes { what as usize } else { 0 };
        goes
    }

    pub(super) fn comes_out_of(&mut self, what: Inside) {
        self.nesting -= what as usize;
    }

    /// Nothing is known of what stands deeper.
    pub(super) fn too_deep(&mut self, range: TextRange) -> Result<(), Raised> {
        self.open_module();
        self.unknown("code that is nested too deep to be followed", Touches::Everything, range)
    }

    /// Counts what joining the state at hand with another one takes; whether it can be done.
    pub(super) fn spend_on_join(&self, other: &State) -> bool {
        let n = self.state.schema.n_apart(&other.schema);
        self.spend(JOIN * n + self.state.heap.len() / SHARE)
    }

    pub(super) fn spend_on_fork(&self) {
        let names = match self.state.object(self.scope) {
            Object::Scope(scope) => scope.names.len(),
            _ => 0,
        };
        self.spend(FORK + (self.state.heap.len() + names) / SHARE);
    }

    /// A value that was made, where it is not more than is followed.
    pub(super) fn followed(&self, value: Value) -> Value {
        let bulk = value.bulk();
        if self.spend(1 + bulk.size / 64) && bulk.is_followed() { value } else { unknown_like(&value) }
    }

    /// A text that is made.
    pub(super) fn made(&self, text: String) -> Value {
        Value::Text(Str::new(if self.spend(text.len() / 64) { text } else { HOLE.to_string() }))
    }

    /// The items of a set, which are compared; nothing where that takes too long.
    pub(super) fn unique(&self, items: Vec<Value>) -> Option<Vec<Value>> {
        self.spend(size(&items)).then(|| unique(items))
    }
}

/// How much several values are.
pub(super) fn size(items: &[Value]) -> usize {
    items.iter().fold(0, |all, item| all.saturating_add(item.bulk().size))
}

/// What is known of a value that is not followed.
fn unknown_like(value: &Value) -> Value {
    match value {
        Value::Text(_) => Value::Text(Str::new(HOLE.to_string())),
        _ => Value::Data,
    }
}

/// A text that is made of pieces, up to the longest that is followed.
#[derive(Debug, Default)]
pub(super) struct Draft {
    text: String,
    is_too_long: bool,
}

impl Draft {
    pub(super) fn push(&mut self, piece: &str) {
        self.is_too_long |= !Bulk::of_text(self.text.len() + piece.len()).is_followed();
        if !self.is_too_long {
            self.text.push_str(piece);
        }
    }

    /// The text, or a hole where it would be too long.
    pub(super) fn text(self) -> String {
        if self.is_too_long { HOLE.to_string() } else { self.text }
    }

    /// Whether more would be lost.
    pub(super) fn is_full(&self) -> bool {
        self.is_too_long
    }
}

/// As many elements as may stand in one list.
pub(super) fn fits(n: usize) -> bool {
    n <= LARGEST
}
