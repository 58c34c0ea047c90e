//! Configuration in one canonical form, shared by specs, live answers, plans and reports.
//!
//! A secret's text is not a variant: what cannot be held cannot be printed.

mod json;

pub(crate) use json::present;

use crate::engine::fingerprint::Digest;
use crate::engine::id::ResourceId;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A map with sorted keys, so that equal configurations have equal bytes.
pub type Map = BTreeMap<String, Value>;

/// One value of a configuration.
///
/// References are rare and large: behind a box they do not make every text and number as large as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Written as null.
    #[default]
    Null,
    /// true or false.
    Bool(bool),
    /// A whole or a binary floating-point number.
    Number(Number),
    /// Text that may be shown.
    Text(String),
    /// An ordered list.
    List(Vec<Self>),
    /// A map with text keys.
    Map(Map),
    /// What another resource will have once it is there.
    Output(Box<OutputRef>),
    /// Where to find a secret; never its text.
    Secret(Box<SecretRef>),
    /// A live value at a secret place, digested while it was read.
    Opaque(Digest),
}

impl Value {
    /// Returns the text, if this is text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Returns the map, if this is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// Returns the map for editing, if this is one.
    #[must_use]
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// Returns the items, if this is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// Returns the whole number, if this is one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        if let Self::Number(number) = self { number.as_integer() } else { None }
    }

    /// Returns the truth value, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// Returns what stands under `key`, if this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// Returns what stands at the end of `path`, walking maps only.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// Tells whether a secret of some sort stands anywhere in here.
    #[must_use]
    pub fn has_secret(&self, of_sort: &impl Fn(&SecretRef) -> bool) -> bool {
        match self {
            Self::Secret(secret) => of_sort(secret),
            Self::List(items) => items.iter().any(|item| item.has_secret(of_sort)),
            Self::Map(map) => map.values().any(|item| item.has_secret(of_sort)),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => false,
            Self::Output(_) | Self::Opaque(_) => false,
        }
    }

    /// Tells whether something in here depends on the key that secrets are digested under.
    #[must_use]
    pub fn depends_on_key(&self) -> bool {
        match self {
            Self::Secret(_) | Self::Opaque(_) => true,
            Self::List(items) => items.iter().any(Self::depends_on_key),
            Self::Map(map) => map.values().any(Self::depends_on_key),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Output(_) => false,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Number::from(number))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<OutputRef> for Value {
    fn from(output: OutputRef) -> Self {
        Self::Output(Box::new(output))
    }
}

impl From<SecretRef> for Value {
    fn from(secret: SecretRef) -> Self {
        Self::Secret(Box::new(secret))
    }
}

/// A number. `1.0` is `1`: a float that is a whole number within 2^53 is kept as one, as every JSON reader may do.
#[derive(Clone, Copy)]
pub struct Number(Repr);

#[derive(Clone, Copy)]
enum Repr {
    Integer(i64),
    Float(f64),
}

impl Number {
    /// Returns the number, or nothing for NaN and infinities, which JSON does not have.
    #[must_use]
    pub fn from_float(float: f64) -> Option<Self> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if !float.is_finite() {
            return None;
        }
        if float.fract() == 0.0 && float.abs() <= EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, checked above")]
            return Some(Self(Repr::Integer(float as i64)));
        }
        Some(Self(Repr::Float(float)))
    }

    /// Returns the whole number, if it is one that fits 64 bits.
    #[must_use]
    pub fn as_integer(self) -> Option<i64> {
        if let Repr::Integer(integer) = self.0 { Some(integer) } else { None }
    }

    /// Returns the nearest float.
    #[must_use]
    pub fn as_float(self) -> f64 {
        match self.0 {
            #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
            Repr::Integer(integer) => integer as f64,
            Repr::Float(float) => float,
        }
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(Repr::Integer(integer))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Repr::Integer(integer) => write!(out, "{integer}"),
            Repr::Float(float) => write!(out, "{float}"),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0, other.0) {
            (Repr::Integer(one), Repr::Integer(two)) => one.cmp(&two),
            _ => self.as_float().total_cmp(&other.as_float()),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.0 {
            Repr::Integer(integer) => integer.hash(state),
            Repr::Float(float) => float.to_bits().hash(state),
        }
    }
}

/// A value that another resource will have: its address and the name of the output.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OutputRef {
    /// Whose output it is.
    pub of: ResourceId,
    /// Which of its outputs (`uri`).
    pub name: String,
}

/// Where a secret is found, and its keyed digest once the source was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SecretRef {
    /// Where to read it.
    pub source: SecretSource,
    /// HMAC of what was read there; absent while it was not, or could not be, read.
    pub digest: Option<Digest>,
}

impl SecretRef {
    /// Tells whether nobody knows what its source holds. What is generated has no other source than the live Secret.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        match self.source {
            SecretSource::Generate { length: _ } => false,
            SecretSource::FromEnv(_) | SecretSource::FromFile(_) | SecretSource::FromSecret { .. } => {
                self.digest.is_none()
            }
        }
    }
}

/// A place that holds a secret; the closed set of design.md section 3.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SecretSource {
    /// An environment variable of the process that plans or applies.
    FromEnv(String),
    /// A file, relative to the working directory unless absolute.
    FromFile(String),
    /// A key of a Kubernetes Secret.
    FromSecret {
        /// The connection to read through.
        connection: String,
        /// Namespace of the Secret.
        namespace: String,
        /// Name of the Secret.
        name: String,
        /// Key within `data`.
        key: String,
    },
    /// Made once at first apply, kept in the Secret it is written to, never made again.
    Generate {
        /// How many characters of [A-Za-z0-9].
        length: u32,
    },
}

impl fmt::Display for SecretSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FromEnv(name) => write!(out, "environment variable {name}"),
            Self::FromFile(path) => write!(out, "file {path}"),
            Self::FromSecret { connection: _, namespace, name, key } => {
                write!(out, "key {key} of Secret {namespace}/{name}")
            }
            Self::Generate { length } => write!(out, "{length} generated characters"),
        }
    }
}
