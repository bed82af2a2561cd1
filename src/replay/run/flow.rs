//! How statements end, and what holds after both ways of a condition that is not known.

use super::raised::Raised;
use super::value::Value;
use super::{Machine, State};

/// How a statement ends.
#[derive(Debug, Clone)]
pub(super) enum Flow {
    Next,
    Return(Value),
    Break,
    Continue,
    Raise(Raised),
}

/// States that left a function or a loop early, in doubt.
#[derive(Debug, Clone, Default)]
pub(super) struct Exits {
    is_call: bool,
    left: Vec<(State, Option<Value>)>,
    doubt: usize,
}

impl Flow {
    /// The end of a turn of a loop that is not followed by another.
    pub(super) fn of_last_turn(self) -> Self {
        match self {
            Self::Break | Self::Continue => Self::Next,
            flow => flow,
        }
    }
}

impl Machine<'_> {
    /// Starts a function or a loop.
    pub(super) fn enter(&mut self, is_call: bool) {
        self.exits.push(Exits { is_call, ..Exits::default() });
    }

    /// Ends it: what left early joins what came to the end. Gives the values with which it was left.
    pub(super) fn leave(&mut self) -> Vec<Option<Value>> {
        let Some(exits) = self.exits.pop() else { return Vec::new() };
        self.doubt -= exits.doubt;
        let mut values = Vec::new();
        for (state, value) in exits.left {
            self.join_with(&state);
            values.push(value);
        }
        values
    }

    /// What holds whether it came here or as another state says; nothing more is known where that takes too long.
    fn join_with(&mut self, other: &State) {
        if self.spend_on_join(other) {
            self.state = other.join(&self.state);
        }
    }

    /// How often the innermost function and the loops in it have been left early.
    pub(super) fn n_left(&self) -> usize {
        let mut n = 0;
        for exits in self.exits.iter().rev() {
            n += exits.left.len();
            if exits.is_call {
                break;
            }
        }
        n
    }

    /// A state leaves the innermost function or loop in doubt; the rest of it runs in doubt.
    fn leave_early(&mut self, state: State, flow: Flow) {
        let wants_call = matches!(flow, Flow::Return(_));
        let value = match flow {
            Flow::Return(value) => Some(value),
            _ => None,
        };
        if let Some(exits) = self.exits.iter_mut().rev().find(|exits| exits.is_call || !wants_call) {
            exits.left.push((state, value));
            exits.doubt += 1;
            self.doubt += 1;
        }
    }

    /// Follows both of two ways, in doubt.
    pub(super) fn both(
        &mut self,
        one: impl FnOnce(&mut Self) -> Flow,
        other: impl FnOnce(&mut Self) -> Flow,
    ) -> Flow {
        let before = self.fork();
        let first = one(self);
        let after = std::mem::replace(&mut self.state, before);
        let second = other(self);
        self.meet(first, after, second)
    }

    /// Two ways begin, in doubt: gives the state in which the second will.
    pub(super) fn fork(&mut self) -> State {
        self.spend_on_fork();
        self.doubt += 1;
        self.state.clone()
    }

    /// They meet: the first ended so, in the state `after`; the second so, in the state at hand.
    pub(super) fn meet(&mut self, first: Flow, after: State, second: Flow) -> Flow {
        self.doubt -= 1;
        match (first, second) {
            (Flow::Next, Flow::Next) => {
                self.join_with(&after);
                Flow::Next
            }
            // That something is raised depends on what is not known: it is taken not to be.
            (Flow::Raise(_), second @ (Flow::Next | Flow::Return(_) | Flow::Break | Flow::Continue)) => {
                self.may_have_raised = true;
                second
            }
            (first, Flow::Raise(raised)) => {
                if matches!(first, Flow::Raise(_)) {
                    self.join_with(&after);
                    return Flow::Raise(raised);
                }
                self.may_have_raised = true;
                self.state = after;
                first
            }
            (first, Flow::Next) => {
                self.leave_early(after, first);
                Flow::Next
            }
            (Flow::Next, second) => {
                let left = std::mem::replace(&mut self.state, after);
                self.leave_early(left, second);
                Flow::Next
            }
            (Flow::Return(a), Flow::Return(b)) => {
                self.join_with(&after);
                Flow::Return(if a == b { a } else { Value::Data })
            }
            (first, second) => {
                // One ends the loop, the other the function, or only this turn.
                let returns = matches!(first, Flow::Return(_));
                let (state, flow, other) = if returns {
                    (after, first, second)
                } else {
                    (std::mem::replace(&mut self.state, after), second, first)
                };
                self.leave_early(state, flow);
                other
            }
        }
    }
}
