//! How a value is written as JSON and read back without loss.
//!
//! What JSON has no word for is a map with one key that begins with `$` (`{"$opaque": "…"}`). A real map that has such
//! a key, alone or beside others, is wrapped in `$map`, so reading back is exact. A secret is written as its source and digest; there is
//! nothing else to write.

use super::{Map, Number, OutputRef, SecretRef, Value};
use crate::engine::fingerprint::Digest;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

const OPAQUE: &str = "$opaque";
const OUTPUT: &str = "$output";
const SECRET: &str = "$secret";
const MAP: &str = "$map";

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_integer() {
            Some(integer) => serializer.serialize_i64(integer),
            None => serializer.serialize_f64(self.as_float()),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => items.serialize(serializer),
            Self::Map(map) if is_ambiguous(map) => single(serializer, MAP, map),
            Self::Map(map) => map.serialize(serializer),
            Self::Output(output) => single(serializer, OUTPUT, output.as_ref()),
            Self::Secret(secret) => single(serializer, SECRET, secret.as_ref()),
            Self::Opaque(digest) => single(serializer, OPAQUE, digest),
        }
    }
}

fn is_ambiguous(map: &Map) -> bool {
    map.keys().any(|key| key.starts_with('$') && [OPAQUE, OUTPUT, SECRET, MAP].contains(&key.as_str()))
}

fn single<S: Serializer>(serializer: S, key: &str, value: &impl Serialize) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(key, value)?;
    map.end()
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// Reads an entry that is there: null is the value null. An entry that is left out is no value, which a plain
/// `Option` cannot tell apart.
pub(crate) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, integer: i64) -> Result<Value, E> {
        Ok(Value::Number(Number::from(integer)))
    }

    fn visit_u64<E: de::Error>(self, integer: u64) -> Result<Value, E> {
        match i64::try_from(integer) {
            Ok(integer) => self.visit_i64(integer),
            #[expect(
                clippy::cast_precision_loss,
                reason = "beyond 63 bits JSON readers keep a float as well"
            )]
            Err(_) => self.visit_f64(integer as f64),
        }
    }

    fn visit_f64<E: de::Error>(self, float: f64) -> Result<Value, E> {
        Number::from_float(float).map(Value::Number).ok_or_else(|| E::custom("a number that is not finite"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::with_capacity(items.size_hint().unwrap_or(0).min(1024));
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let special = map.is_empty() && key.starts_with('$');
            let value = match key.as_str() {
                OPAQUE if special => Value::Opaque(entries.next_value::<Digest>()?),
                OUTPUT if special => Value::from(entries.next_value::<OutputRef>()?),
                SECRET if special => Value::from(entries.next_value::<SecretRef>()?),
                MAP if special => Value::Map(entries.next_value::<Map>()?),
                _ => {
                    let value = entries.next_value()?;
                    map.insert(key, value);
                    continue;
                }
            };
            return match entries.next_key::<String>()? {
                None => Ok(value),
                Some(more) => Err(de::Error::custom(format!("`{key}` stands beside `{more}`"))),
            };
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_written_is_read_back() {
        let ambiguous = Value::Map(Map::from([(OPAQUE.to_owned(), Value::from("no digest"))]));
        let deep = Value::Map(Map::from([
            ("list".to_owned(), Value::List(vec![Value::Null, Value::from(3), ambiguous.clone()])),
            ("$two".to_owned(), Value::Bool(true)),
            (SECRET.to_owned(), Value::from("beside others")),
            ("digest".to_owned(), Value::Opaque(Digest::of([b"x".as_slice()]))),
            ("half".to_owned(), Value::Number(Number::from_float(0.5).expect("finite"))),
        ]));
        for value in [ambiguous, deep] {
            let text = serde_json::to_string(&value).expect("writes");
            assert_eq!(serde_json::from_str::<Value>(&text).expect("reads"), value, "{text}");
        }
    }

    #[test]
    fn a_whole_float_is_the_integer() {
        assert_eq!(serde_json::from_str::<Value>("1.0").expect("reads"), Value::from(1));
    }
}
