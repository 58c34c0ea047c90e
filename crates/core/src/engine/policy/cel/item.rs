//! Values while an expression is evaluated: configurations are borrowed, never copied; secrets are there and cannot be looked into.

use crate::engine::value::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

/// One value.
#[derive(Clone, Debug)]
pub enum Item<'v> {
    /// null.
    Null,
    /// true or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(Cow<'v, str>),
    /// A list.
    List(Items<'v>),
    /// A map with text keys.
    Map(Keys<'v>),
    /// What may be there or not, by `.?` and `[?]`.
    Option(Option<Box<Self>>),
    /// A secret, or what is known only once another resource is there: present, and equal to nothing.
    Hidden,
}

/// The items of a list.
#[derive(Clone, Debug)]
pub enum Items<'v> {
    /// Of a configuration.
    Given(&'v [Value]),
    /// Made by an expression, or put together for it.
    Made(Rc<[Item<'v>]>),
}

/// The entries of a map.
#[derive(Clone, Debug)]
pub enum Keys<'v> {
    /// Of a configuration.
    Given(&'v Map),
    /// Made by an expression, or put together for it.
    Made(Rc<BTreeMap<Cow<'v, str>, Item<'v>>>),
}

impl<'v> Item<'v> {
    /// Returns a configuration as expressions see it.
    #[must_use]
    pub fn of(value: &'v Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => match number.as_integer() {
                Some(integer) => Self::Int(integer),
                None => Self::Float(number.as_float()),
            },
            Value::Text(text) => Self::Text(Cow::Borrowed(text)),
            Value::List(items) => Self::List(Items::Given(items)),
            Value::Map(map) => Self::Map(Keys::Given(map)),
            Value::Output(_) | Value::Secret(_) | Value::Opaque(_) => Self::Hidden,
        }
    }

    /// Returns a configuration, or null.
    #[must_use]
    pub fn or_null(value: Option<&'v Value>) -> Self {
        value.map_or(Self::Null, Self::of)
    }

    /// Returns text.
    #[must_use]
    pub fn text(text: &'v str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// Returns a list of these.
    #[must_use]
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(Items::Made(items.into_iter().collect()))
    }

    /// Returns a map of these.
    #[must_use]
    pub fn map(entries: impl IntoIterator<Item = (&'v str, Self)>) -> Self {
        let entries = entries.into_iter().map(|(key, item)| (Cow::Borrowed(key), item));
        Self::Map(Keys::Made(Rc::new(entries.collect())))
    }

    /// How many steps it takes to copy: lists are copied, what is in them is shared.
    pub(super) fn steps_to_copy(&self) -> u64 {
        match self {
            Self::Text(text) => 1 + text.len() as u64 / 16,
            Self::List(items) => 1 + items.len() as u64,
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) => 1,
            Self::Map(_) | Self::Option(_) | Self::Hidden => 1,
        }
    }

    /// Says in a word what this is.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a truth value",
            Self::Int(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
            Self::Option(_) => "an option",
            Self::Hidden => "a secret",
        }
    }
}

impl<'v> Items<'v> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Given(items) => items.len(),
            Self::Made(items) => items.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Item<'v>> {
        match self {
            Self::Given(items) => items.get(index).map(Item::of),
            Self::Made(items) => items.get(index).cloned(),
        }
    }

    /// Returns each of them.
    pub fn iter(&self) -> impl Iterator<Item = Item<'v>> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

impl<'v> Keys<'v> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Given(map) => map.len(),
            Self::Made(map) => map.len(),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<Item<'v>> {
        match self {
            Self::Given(map) => map.get(key).map(Item::of),
            Self::Made(map) => map.get(key).cloned(),
        }
    }

    /// Returns the keys in their order.
    pub(super) fn names(&self) -> Vec<Cow<'v, str>> {
        match self {
            Self::Given(map) => map.keys().map(|key| Cow::Borrowed(key.as_str())).collect(),
            Self::Made(map) => map.keys().cloned().collect(),
        }
    }
}
