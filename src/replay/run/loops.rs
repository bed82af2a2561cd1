//! Loops and comprehensions.

use std::sync::Arc;

use super::budget::{Inside, fits};
use super::flow::Flow;
use super::join::either;
use super::raised::Raised;
use super::reach::part_of;
use super::value::{Listing, Object, Scope, Value};
use super::{Evaluated, LONGEST_LOOP, Machine};
use crate::schema::Touches;
use crate::source::Bulky as _;
use crate::source::program::{Clause, ComprehensionKind, Expression, ExpressionKind, Node, Statement};

/// More turns than this of one `while` are not followed.
const MOST_TURNS: usize = 1000;

impl Machine<'_> {
    pub(super) fn repeat(
        &mut self,
        target: &Expression,
        over: &Expression,
        body: &[Statement],
        otherwise: &[Statement],
    ) -> Result<Flow, Raised> {
        let given = self.value(over)?;
        self.read(&given, over.range)?;
        let items = self.items(&given).filter(|items| items.len() <= LONGEST_LOOP);
        let Some(items) = items else {
            // Once or more, or not at all; what it does, it may do several times.
            let item = unknown_item(&given);
            let turn = |machine: &mut Self| match machine.assign(target, item) {
                Ok(()) => machine.block(body).of_last_turn(),
                Err(raised) => Flow::Raise(raised),
            };
            return Ok(self.in_loop(|machine| machine.both(turn, |_| Flow::Next)));
        };
        self.in_loop(|machine| {
            let n_items = items.len();
            for item in items {
                if machine.length(&given).is_some_and(|n| n != n_items) {
                    machine.unknown("a loop over what it changes", Touches::Everything, over.range)?;
                    return Ok(Flow::Next);
                }
                machine.assign(target, item)?;
                // What left this turn early joins before the next.
                match machine.in_loop(|machine| machine.block(body)) {
                    Flow::Next | Flow::Continue => {}
                    Flow::Break => return Ok(Flow::Break),
                    flow @ (Flow::Return(_) | Flow::Raise(_)) => return Ok(flow),
                }
            }
            Ok(Flow::Next)
        })
        .map(|flow| match flow {
            Flow::Next => self.block(otherwise),
            flow => flow.of_last_turn(),
        })
    }

    /// How many elements a list has.
    fn length(&self, list: &Value) -> Option<usize> {
        let Value::List(place) = list else { return None };
        match self.state.object(*place) {
            Object::List(items) => Some(items.len()),
            _ => None,
        }
    }

    pub(super) fn while_loop(
        &mut self,
        condition: &Expression,
        body: &[Statement],
        otherwise: &[Statement],
    ) -> Result<Flow, Raised> {
        let flow = self.in_loop(|machine| {
            let n_left = machine.n_left();
            for turn in 0..MOST_TURNS {
                let value = machine.value(condition)?;
                match machine.truth(&value) {
                    Some(false) => return Ok(Flow::Next),
                    Some(true) => match machine.block(body) {
                        Flow::Next | Flow::Continue => {}
                        flow => return Ok(flow),
                    },
                    None => {
                        return Ok(machine.both(|machine| machine.block(body).of_last_turn(), |_| Flow::Next));
                    }
                }
                // It was left in doubt: what another turn would do, this one did.
                if machine.n_left() > n_left && turn > 0 {
                    return Ok(Flow::Next);
                }
            }
            if machine.may_act(body, machine.scope) {
                machine.unknown("a loop that only running ends", Touches::Everything, condition.range)?;
            } else {
                machine.forget_bound(body);
            }
            Ok(Flow::Next)
        })?;
        Ok(match flow {
            Flow::Next => self.block(otherwise),
            flow => flow.of_last_turn(),
        })
    }

    /// What statements bind is not known any more.
    fn forget_bound(&mut self, statements: &[Statement]) {
        let mut names = Vec::new();
        for statement in statements {
            Node::Statement(statement).walk(|node| {
                names.extend(node.bound());
                true
            });
        }
        for name in names {
            if let Some(value) = self.lookup(name) {
                self.bind(name, either(Some(&value), None));
            }
        }
    }

    /// What leaves the loop early, in doubt, joins what comes to its end.
    fn in_loop<T>(&mut self, follow: impl FnOnce(&mut Self) -> T) -> T {
        self.enter(false);
        let done = follow(self);
        self.leave();
        done
    }

    pub(super) fn comprehension(
        &mut self,
        kind: ComprehensionKind,
        element: &Expression,
        value: Option<&Expression>,
        clauses: &[Clause],
    ) -> Evaluated {
        let Some((Clause::For(target, over), rest)) = clauses.split_first() else {
            return Ok(Value::Foreign(None));
        };
        // Python takes the first iterable outside of the comprehension's own scope.
        let range = over.range;
        let over = self.value(over)?;
        self.read(&over, range)?;
        if let Value::Listing(listing) = &over
            && let (ExpressionKind::Name(bound), [], None) = (&target.kind, rest, value)
        {
            match &element.kind {
                // `[name for name in inspector.get_table_names()]`: the same, whether all are known or not.
                ExpressionKind::Name(name) if name == bound => return Ok(over),
                // `[column["name"] for column in inspector.get_columns(table)]`: the names.
                ExpressionKind::Item(item)
                    if item.0.as_name() == Some(bound)
                        && item.1.as_text() == Some("name")
                        && !listing.is_names =>
                {
                    return Ok(Value::Listing(Arc::new(Listing { is_names: true, ..(**listing).clone() })));
                }
                _ => {}
            }
        }
        let scope = Scope { parent: Some(self.scope), is_comprehension: true, ..Scope::default() };
        let outer = self.scope;
        self.scope = self.allocate(Object::Scope(scope));
        let mut made = Vec::new();
        let mut follow = |machine: &mut Self| machine.each(target, &over, rest, (element, value), &mut made);
        // When a generator runs, and how far, is for others to say.
        let is_known =
            if kind == ComprehensionKind::Generator { self.at_leisure(follow) } else { follow(self) };
        self.scope = outer;
        let is_known = is_known?;
        let object = match kind {
            _ if !is_known => Object::Lost,
            ComprehensionKind::Dict => {
                if !self.spend(made.iter().fold(0, |all, (key, _)| all + key.bulk().size)) {
                    made.clear();
                }
                Object::Dict(made.into_iter().collect())
            }
            ComprehensionKind::Set => {
                let items = self.unique(made.into_iter().map(|(element, _)| element).collect());
                items.map_or(Object::Lost, Object::List)
            }
            ComprehensionKind::List | ComprehensionKind::Generator => {
                Object::List(made.into_iter().map(|(element, _)| element).collect())
            }
        };
        let place = self.allocate(object);
        Ok(if kind == ComprehensionKind::Dict { Value::Dict(place) } else { Value::List(place) })
    }

    /// One `for` of a comprehension, and the clauses in it; false where something was not known.
    fn each(
        &mut self,
        target: &Expression,
        over: &Value,
        rest: &[Clause],
        element: (&Expression, Option<&Expression>),
        made: &mut Vec<(Value, Value)>,
    ) -> Result<bool, Raised> {
        let Some(items) = self.items(over).filter(|items| items.len() <= LONGEST_LOOP) else {
            let item = unknown_item(over);
            return self.maybe(|machine| {
                machine.assign(target, item.clone())?;
                machine.clauses(rest, element, &mut Vec::new())
            });
        };
        let mut is_known = true;
        for item in items {
            if self.is_spent() {
                return Ok(false);
            }
            self.assign(target, item)?;
            is_known &= self.clauses(rest, element, made)?;
        }
        Ok(is_known)
    }

    /// Runs the clauses from outside in, and then the element; false where something was not known.
    fn clauses(
        &mut self,
        clauses: &[Clause],
        element: (&Expression, Option<&Expression>),
        made: &mut Vec<(Value, Value)>,
    ) -> Result<bool, Raised> {
        if !self.goes_into(Inside::Clause) {
            self.too_deep(element.0.range)?;
            return Ok(false);
        }
        let is_known = self.clauses_inside(clauses, element, made);
        self.comes_out_of(Inside::Clause);
        is_known
    }

    fn clauses_inside(
        &mut self,
        clauses: &[Clause],
        element: (&Expression, Option<&Expression>),
        made: &mut Vec<(Value, Value)>,
    ) -> Result<bool, Raised> {
        match clauses.split_first() {
            None => {
                let (element, value) = element;
                let element = self.value(element)?;
                let value = value.map_or(Ok(Value::None), |value| self.value(value))?;
                made.push((element, value));
                Ok(self.spend(1) && fits(made.len()))
            }
            Some((Clause::For(target, over), rest)) => {
                let over = self.value(over)?;
                self.each(target, &over, rest, element, made)
            }
            Some((Clause::If(condition), rest)) => {
                let condition = self.value(condition)?;
                match self.truth(&condition) {
                    Some(true) => self.clauses(rest, element, made),
                    Some(false) => Ok(true),
                    None => self.maybe(|machine| machine.clauses(rest, element, &mut Vec::new())),
                }
            }
        }
    }

    /// What runs later, as far as others want: what it does to the database, it may do or not.
    pub(super) fn at_leisure(
        &mut self,
        mut follow: impl FnMut(&mut Self) -> Result<bool, Raised>,
    ) -> Result<bool, Raised> {
        let (before, n_met, n_errors) = (self.state.clone(), self.log.len(), self.errors.len());
        let is_known = follow(self);
        if self.log.len() == n_met && is_known.is_ok() {
            return is_known;
        }
        self.state = before;
        self.log.truncate(n_met);
        self.errors.truncate(n_errors);
        self.maybe(follow)
    }

    /// What may happen several times, once or not at all: what is made is not known afterwards.
    pub(super) fn maybe(
        &mut self,
        mut follow: impl FnMut(&mut Self) -> Result<bool, Raised>,
    ) -> Result<bool, Raised> {
        let once = |machine: &mut Self| match follow(machine) {
            Ok(_) => Flow::Next,
            Err(raised) => Flow::Raise(raised),
        };
        match self.both(once, |_| Flow::Next) {
            Flow::Raise(raised) => Err(raised),
            _ => Ok(false),
        }
    }
}

/// An element of something whose elements are not known.
pub(super) fn unknown_item(of: &Value) -> Value {
    match of {
        Value::Foreign(path) => part_of(path.as_deref()),
        _ => Value::Data,
    }
}
