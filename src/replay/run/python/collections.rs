//! Lists, sets and dicts, and what can be iterated over.

use super::operators::{all, any};
use super::pairs::Pairs;
use crate::replay::run::budget::fits;
use crate::replay::run::reach::part_of;
use crate::replay::run::sqlalchemy::{metadata, reflection};
use crate::replay::run::value::{Object, Place, Value};
use crate::replay::run::{Arguments, Call, Machine};

impl Machine<'_> {
    /// A list; one of which nothing is known where there are no items.
    pub(in crate::replay::run) fn list(&mut self, items: Option<Vec<Value>>) -> Value {
        let items = items.filter(|items| self.spend(items.len()) && fits(items.len()));
        Value::List(self.allocate(items.map_or(Object::Lost, Object::List)))
    }

    /// A dict; one of which nothing is known where there are no pairs.
    pub(in crate::replay::run) fn dict(&mut self, pairs: Option<Pairs>) -> Value {
        let pairs = pairs.filter(|pairs| self.spend(pairs.len()) && fits(pairs.len()));
        Value::Dict(self.allocate(pairs.map_or(Object::Lost, Object::Dict)))
    }

    /// What iterating gives, where that is known.
    pub(in crate::replay::run) fn items(&self, value: &Value) -> Option<Vec<Value>> {
        let items = match value {
            Value::Tuple(_) | Value::Rows(_) | Value::List(_) => {
                self.elements_of(value).map(<[Value]>::to_vec)
            }
            Value::Dict(place) => match self.state.object(*place) {
                Object::Dict(pairs) => Some(pairs.iter().map(|(key, _)| key.clone()).collect()),
                _ => None,
            },
            Value::Text(text) if text.is_known() && text.text.len() < 1000 => {
                Some(text.text.chars().map(|c| Value::text(&c.to_string())).collect())
            }
            Value::Listing(listing) => reflection::listed(self, listing),
            Value::Table(table) => table.all_columns(),
            Value::Instance(class, place) => self.fields(class, *place),
            Value::Class(class) => self.members(class),
            _ => None,
        };
        items.filter(|items| self.spend(items.len()))
    }

    /// The elements of what holds them.
    pub(in crate::replay::run) fn elements_of<'v>(&'v self, value: &'v Value) -> Option<&'v [Value]> {
        match value {
            Value::Tuple(items) => Some(items),
            Value::Rows(items) => Some(items),
            Value::List(place) => match self.state.object(*place) {
                Object::List(items) => Some(items),
                _ => None,
            },
            _ => None,
        }
    }

    /// The items of each of several, where all are known.
    pub(super) fn items_of_each(&self, values: &[Value]) -> Option<Vec<Vec<Value>>> {
        values.iter().map(|value| self.items(value)).collect()
    }

    /// The same of all that a function is given by place.
    pub(super) fn all_items(&self, arguments: &Arguments) -> Option<Vec<Vec<Value>>> {
        self.items_of_each(arguments.by_place()?)
    }

    /// The pairs of a dict, where they are known.
    pub(in crate::replay::run) fn pairs(&self, value: &Value) -> Option<&Pairs> {
        let Value::Dict(place) = value else { return None };
        match self.state.object(*place) {
            Object::Dict(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// `globals()[name]`.
    fn global(&self, name: &Value) -> Option<Value> {
        match self.state.object(self.root()) {
            Object::Scope(scope) => scope.names.get(name.known_text()?).cloned(),
            _ => None,
        }
    }

    /// `of[index]`.
    pub(in crate::replay::run) fn item(&self, of: &Value, index: &Value) -> Value {
        match (of, index) {
            (Value::Globals, name) => self.global(name).unwrap_or(Value::Foreign(None)),
            (Value::Tables(place), name) => metadata::table_named(self, *place, name),
            (Value::Foreign(path), _) => part_of(path.as_deref()),
            (Value::Release(form), index) => form.item(index),
            (Value::Dict(_), key) => {
                self.pairs(of).and_then(|pairs| pairs.get(key)).cloned().unwrap_or(Value::Data)
            }
            (Value::Class(class), key) if class.is_enum => {
                key.known_text().and_then(|key| self.member(class, key)).unwrap_or(Value::Data)
            }
            (of, Value::Int(index)) => {
                let at = |items: &[Value]| Some(items[place_of(*index, items.len())?].clone());
                let found = match self.elements_of(of) {
                    Some(items) => at(items),
                    None => self.items(of).and_then(|items| at(&items)),
                };
                found.unwrap_or(Value::Data)
            }
            // The columns of a table, by name.
            (Value::Table(table), key) => key.known_text().map_or(Value::Data, |key| table.column(key)),
            _ => Value::Data,
        }
    }

    pub(in crate::replay::run) fn set_item(&mut self, of: &Value, index: Value, value: Value) {
        match (of, &index) {
            (Value::Dict(place), key) if !key.is_unknown() => {
                if let Object::Dict(pairs) = self.state.object_mut(*place) {
                    pairs.set(index, value);
                }
            }
            (Value::List(place), Value::Int(at)) => {
                if let Object::List(items) = self.state.object_mut(*place)
                    && let Some(at) = place_of(*at, items.len())
                {
                    items[at] = value;
                }
            }
            _ => self.forget(of),
        }
    }

    /// `del of[index]`.
    pub(in crate::replay::run) fn delete_item(&mut self, of: &Value, index: &Value) {
        let (Value::List(place) | Value::Dict(place)) = of else { return };
        let n = match self.state.object(*place) {
            Object::Dict(pairs) => pairs.len(),
            Object::List(items) => items.len(),
            _ => 0,
        };
        let is_left = self.spend(n);
        match (self.state.object_mut(*place), index) {
            (object @ Object::Dict(_), key) => {
                // A key that is not known may be this one.
                let Object::Dict(pairs) = object else { return };
                if pairs.remove(key).is_err() {
                    *object = Object::Lost;
                }
            }
            (Object::List(items), Value::Int(at)) if is_left => {
                if let Some(at) = place_of(*at, items.len()) {
                    items.remove(at);
                }
            }
            (object, _) => *object = Object::Lost,
        }
    }

    /// A list or dict may have been changed by whoever has it.
    pub(in crate::replay::run) fn forget(&mut self, value: &Value) {
        if let Value::List(place) | Value::Dict(place) = value {
            *self.state.object_mut(*place) = Object::Lost;
        }
    }
}

/// The place in a list of that length which an index means, if there is one.
fn place_of(index: i64, length: usize) -> Option<usize> {
    let distance = usize::try_from(index.unsigned_abs()).ok()?;
    let at = if index < 0 { length.checked_sub(distance)? } else { distance };
    (at < length).then_some(at)
}

/// A method of a list or a set. One that is not known may change it in any way.
pub(in crate::replay::run) fn list_method(machine: &mut Machine<'_>, place: Place, call: Call<'_>) -> Value {
    let first = call.arguments.first();
    let more = first.and_then(|first| machine.items(first));
    if let Object::List(items) = machine.state.object(place) {
        let n = items.len();
        let n_more = more.as_ref().map_or(1, Vec::len);
        // These look at each, and those at each of both.
        let steps = match call.name {
            "append" | "extend" | "pop" => n_more,
            "difference" | "intersection" | "issubset" | "issuperset" => n.saturating_mul(n_more),
            _ => n + n_more,
        };
        if !machine.spend(steps) || !fits(n + n_more) {
            *machine.state.object_mut(place) = Object::Lost;
        }
    }
    let object = machine.state.object_mut(place);
    if call.arguments.gap.is_some() {
        *object = Object::Lost;
        return Value::Data;
    }
    let Object::List(items) = object else { return Value::Data };
    let made = match (call.name, more) {
        ("append", _) => {
            items.extend(first.cloned());
            return Value::None;
        }
        ("add", _) => {
            items.extend(first.filter(|first| !items.contains(first)).cloned());
            return Value::None;
        }
        ("extend" | "update", Some(more)) => {
            items.extend(more);
            return Value::None;
        }
        ("extend" | "update", None) => {
            *object = Object::Lost;
            return Value::None;
        }
        ("remove" | "discard", _) if first.is_some_and(|first| first.known_text().is_some()) => {
            items.retain(|item| first.and_then(|first| item.equals(first)) != Some(true));
            return Value::None;
        }
        ("clear", _) => {
            items.clear();
            return Value::None;
        }
        ("reverse", _) => {
            items.reverse();
            return Value::None;
        }
        ("insert", _) if matches!(first, Some(Value::Int(0))) => {
            items.splice(0..0, call.arguments.at(1).cloned());
            return Value::None;
        }
        ("sort", _) if call.arguments.named.is_empty() => {
            let texts: Option<Vec<_>> =
                items.iter().map(|item| item.known_text().map(str::to_owned)).collect();
            match texts {
                Some(mut texts) => {
                    texts.sort_unstable();
                    *items = texts.iter().map(|text| Value::text(text)).collect();
                }
                None => *object = Object::Lost,
            }
            return Value::None;
        }
        ("issubset" | "issuperset", Some(more)) => {
            let (inner, outer) = if call.name == "issubset" { (&*items, &more) } else { (&more, &*items) };
            let among = |one: &Value| any(outer.iter().map(|other| one.equals(other)));
            return all(inner.iter().map(among)).map_or(Value::Data, Value::Bool);
        }
        ("index" | "count" | "issubset" | "issuperset", _) => return Value::Data,
        ("pop", _) if first.is_none() => return items.pop().unwrap_or(Value::Data),
        ("copy", _) => Some(items.clone()),
        ("difference", more) => {
            more.map(|more| items.iter().filter(|item| !more.contains(item)).cloned().collect())
        }
        ("intersection", more) => {
            more.map(|more| items.iter().filter(|item| more.contains(item)).cloned().collect())
        }
        ("union", more) => more.map(|more| [items.as_slice(), &more].concat()),
        _ => {
            *object = Object::Lost;
            return Value::Data;
        }
    };
    machine.list(made)
}

/// A method of a dict. One that is not known may change it in any way.
pub(in crate::replay::run) fn dict_method(machine: &mut Machine<'_>, place: Place, call: Call<'_>) -> Value {
    let of = Value::Dict(place);
    let each = |machine: &Machine<'_>, wanted: fn(&(Value, Value)) -> Value| {
        let pairs = machine.pairs(&of)?;
        Some(pairs.iter().map(wanted).collect::<Vec<_>>())
    };
    let first = call.arguments.first();
    let items = match call.name {
        "update" => {
            let more = match first {
                Some(first) => machine.pairs(first).cloned(),
                None => Some(Pairs::default()),
            };
            let named = call.arguments.named.iter().map(|(name, value)| (Value::text(name), value.clone()));
            let more = more.filter(|more| !call.arguments.is_open() && machine.spend(more.len()));
            match (machine.state.object_mut(place), more) {
                (Object::Dict(pairs), Some(more)) if fits(pairs.len() + more.len()) => {
                    more.into_iter().chain(named).for_each(|(key, value)| pairs.set(key, value));
                }
                (object, _) => *object = Object::Lost,
            }
            return Value::None;
        }
        "pop" | "setdefault" if first.is_some_and(|key| key.known_text().is_some()) => {
            let default = call.arguments.at(1).cloned();
            let n = machine.pairs(&of).map_or(0, Pairs::len);
            machine.spend(if call.name == "pop" { n } else { 1 });
            let (Some(key), Object::Dict(pairs)) = (first, machine.state.object_mut(place)) else {
                return Value::Data;
            };
            // A key that is not known may be this one.
            let Some(is_there) = pairs.has(key) else {
                *machine.state.object_mut(place) = Object::Lost;
                return Value::Data;
            };
            return match (call.name, is_there) {
                ("pop", _) => pairs.remove(key).ok().flatten().or(default).unwrap_or(Value::Data),
                (_, true) => pairs.get(key).cloned().unwrap_or(Value::Data),
                (_, false) => {
                    let value = default.unwrap_or(Value::None);
                    pairs.set(key.clone(), value.clone());
                    value
                }
            };
        }
        "items" => each(machine, |(key, value)| Value::tuple(vec![key.clone(), value.clone()])),
        "keys" => each(machine, |(key, _)| key.clone()),
        "values" => each(machine, |(_, value)| value.clone()),
        "copy" => {
            let pairs = machine.pairs(&of).cloned();
            return machine.dict(pairs);
        }
        "get" => {
            let (Some(key), Some(pairs)) = (first, machine.pairs(&of)) else { return Value::Data };
            return match pairs.get(key) {
                Some(value) => value.clone(),
                None if key.is_unknown() => Value::Data,
                None => call.arguments.at(1).cloned().unwrap_or(Value::None),
            };
        }
        _ => {
            *machine.state.object_mut(place) = Object::Lost;
            return Value::Data;
        }
    };
    machine.list(items)
}
