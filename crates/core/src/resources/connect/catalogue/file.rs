//! Settings of the connectors that read and write lines of files.
//!
//! Source: `GET /connector-plugins/CLASS/config` of workers of Kafka 3.9.2 and 4.3.1; both have the same.

use super::key::Key;
use crate::resources::settings::ValueType::{Number, Text};

/// Of the source.
pub(super) const SOURCE: &[Key] =
    &[Key::of("batch.size", Number).or("2000"), Key::of("file", Text), Key::of("topic", Text)];

/// Of the sink.
pub(super) const SINK: &[Key] = &[Key::of("file", Text)];
