//! The pairs of a dict, each found by its key.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use super::operators::any;
use crate::replay::run::value::Value;

/// Pairs of keys and values, in the order in which they came; each key stands once.
#[derive(Debug, Clone, Default)]
pub(in crate::replay::run) struct Pairs {
    all: Vec<(Value, Value)>,
    places: HashMap<Key, usize, BuildHasherDefault<DefaultHasher>>,
    /// Whether a key is anything but a text of which all is known.
    has_others: bool,
}

/// What a key is found by: a text by what it says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Text(Arc<str>),
    Other(Value),
}

impl Key {
    fn of(value: &Value) -> Self {
        match value {
            Value::Text(text) if text.is_known() => Self::Text(Arc::clone(&text.text)),
            other => Self::Other(other.clone()),
        }
    }
}

/// A key that is not known may be the one that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::replay::run) struct MayBeAnother;

impl PartialEq for Pairs {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Pairs {
    /// Sets a key; a new one comes last.
    pub(in crate::replay::run) fn set(&mut self, key: Value, value: Value) {
        let own = Key::of(&key);
        self.has_others |= matches!(own, Key::Other(_));
        match self.places.get(&own) {
            Some(at) => self.all[*at].1 = value,
            None => {
                self.places.insert(own, self.all.len());
                self.all.push((key, value));
            }
        }
    }

    pub(in crate::replay::run) fn iter(&self) -> std::slice::Iter<'_, (Value, Value)> {
        self.all.iter()
    }

    pub(in crate::replay::run) fn len(&self) -> usize {
        self.all.len()
    }

    pub(in crate::replay::run) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Where a key certainly stands.
    fn place(&self, key: &Value) -> Option<usize> {
        let own = Key::of(key);
        match (self.places.get(&own), own) {
            (Some(at), _) if self.all[*at].0.equals(key) == Some(true) => Some(*at),
            // Two columns may be the same without being alike.
            (_, Key::Other(Value::Column(_))) => {
                self.all.iter().position(|(known, _)| known.equals(key) == Some(true))
            }
            _ => None,
        }
    }

    /// The value of a key that certainly stands there.
    pub(in crate::replay::run) fn get(&self, key: &Value) -> Option<&Value> {
        self.place(key).map(|at| &self.all[at].1)
    }

    /// Whether a key stands there.
    pub(in crate::replay::run) fn contains(&self, key: &Value) -> Option<bool> {
        if self.place(key).is_some() {
            Some(true)
        } else if !self.has_others && key.known_text().is_some() {
            Some(false)
        } else {
            any(self.all.iter().map(|(known, _)| known.equals(key)))
        }
    }

    /// Whether a key stands there; nothing where one that is not known may be this one too.
    pub(in crate::replay::run) fn has(&self, key: &Value) -> Option<bool> {
        let is_text = !self.has_others && key.known_text().is_some();
        let is_decided = is_text || self.all.iter().all(|(known, _)| known.equals(key).is_some());
        is_decided.then(|| self.place(key).is_some())
    }

    /// Takes a key out, and gives its value.
    pub(in crate::replay::run) fn remove(&mut self, key: &Value) -> Result<Option<Value>, MayBeAnother> {
        self.has(key).ok_or(MayBeAnother)?;
        let removed = self.place(key).map(|at| self.all.remove(at).1);
        if removed.is_some() {
            *self = std::mem::take(&mut self.all).into_iter().collect();
        }
        Ok(removed)
    }
}

impl FromIterator<(Value, Value)> for Pairs {
    fn from_iter<I: IntoIterator<Item = (Value, Value)>>(pairs: I) -> Self {
        let mut all = Self::default();
        pairs.into_iter().for_each(|(key, value)| all.set(key, value));
        all
    }
}

impl<'a> IntoIterator for &'a Pairs {
    type Item = &'a (Value, Value);
    type IntoIter = std::slice::Iter<'a, (Value, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Pairs {
    type Item = (Value, Value);
    type IntoIter = std::vec::IntoIter<(Value, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::run::value::Str;

    fn pairs(keys: &[Value]) -> Pairs {
        keys.iter().zip(0..).map(|(key, at)| (key.clone(), Value::Int(at))).collect()
    }

    #[test]
    fn a_key_is_found_by_what_it_says() {
        let marked = Value::Text(Str { is_final: true, ..Str::new("a") });
        let mut own = pairs(&[Value::text("a"), Value::Int(1), Value::None]);
        assert_eq!(own.get(&marked), Some(&Value::Int(0)));
        assert_eq!(own.get(&Value::None), Some(&Value::Int(2)));
        own.set(marked, Value::Bool(true));
        assert_eq!((own.len(), own.get(&Value::text("a"))), (3, Some(&Value::Bool(true))));
    }

    #[test]
    fn what_may_be_a_key_is_not_said_to_be_none() {
        let texts = pairs(&[Value::text("a")]);
        assert_eq!(texts.contains(&Value::text("b")), Some(false));
        assert_eq!(texts.contains(&Value::Data), None);
        let mut open = pairs(&[Value::text("a"), Value::Data]);
        assert_eq!(open.contains(&Value::text("b")), None);
        assert_eq!(open.contains(&Value::text("a")), Some(true));
        assert_eq!(open.remove(&Value::text("b")), Err(MayBeAnother));
        assert_eq!(open.remove(&Value::text("a")), Err(MayBeAnother));
        let mut texts = pairs(&[Value::text("a"), Value::text("b")]);
        assert_eq!(texts.remove(&Value::text("c")), Ok(None));
        assert_eq!(texts.remove(&Value::text("a")), Ok(Some(Value::Int(0))));
        assert_eq!(
            (texts.len(), texts.get(&Value::text("a")), texts.get(&Value::text("b"))),
            (1, None, Some(&Value::Int(1)))
        );
    }
}
