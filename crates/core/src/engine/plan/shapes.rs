//! How custom resources are compared: by the schema of their CRD, live or wanted; each schema is read once.

use super::inputs::Inputs;
use super::round::Round;
use crate::engine::id::{ConnectionName, Kind, ResourceId};
use crate::engine::question::{Answer, ApiVersion, Fact, FactId, HasStatus, Question, Reach, ServedKind};
use crate::engine::value::Value;
use crate::engine::wanted::Wanted;
use crate::resources::kubernetes::{self, Shape};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The shapes that were needed so far: a schema is large, and a thousand objects share one.
pub(super) struct Shapes<'a> {
    inputs: &'a Inputs,
    read: BTreeMap<(ConnectionName, Kind, ApiVersion), Shape>,
    built_in: BTreeMap<(Kind, ApiVersion), Option<Shape>>,
}

impl<'a> Shapes<'a> {
    /// Begins with none.
    pub(super) fn of(inputs: &'a Inputs) -> Self {
        Self { inputs, read: BTreeMap::new(), built_in: BTreeMap::new() }
    }

    /// Returns the shape of a built-in kind, if it has this version.
    pub(super) fn of_builtin(&mut self, id: &ResourceId, wanted: &Wanted) -> Option<Shape> {
        let key = (id.kind.clone(), wanted.api_version.clone());
        let read = || kubernetes::builtin(&wanted.api_version, id.kind.short()).map(Shape::of_builtin);
        self.built_in.entry(key).or_insert_with(read).clone()
    }

    /// Returns the shape of a kind that is served, once its schema was answered.
    ///
    /// Where the CRD cannot be read, the object is compared as untyped: granular maps and atomic lists.
    pub(super) fn of_served(
        &mut self,
        round: &mut Round<'a>,
        id: &ResourceId,
        wanted: &Wanted,
        served: &ServedKind,
    ) -> Option<Shape> {
        let key = (id.connection.clone(), id.kind.clone(), wanted.api_version.clone());
        if let Some(shape) = self.read.get(&key) {
            return Some(shape.clone());
        }
        let (connection, kind, version) = key.clone();
        let question = Question::Fact(FactId::CustomResourceSchema(connection, kind, version));
        let shape = match round.ask(question)? {
            Answer::Fact(Fact::Schema(schema)) => Shape::of_custom_resource(schema, served),
            _ => Shape::of_custom_resource(&Value::Null, served),
        };
        self.read.insert(key, shape.clone());
        Some(shape)
    }

    /// Returns the shape of a kind whose CRD is wanted and not there yet: by that CRD.
    pub(super) fn of_coming(&mut self, id: &ResourceId, wanted: &Wanted, crd: &ResourceId) -> Shape {
        let key = (id.connection.clone(), id.kind.clone(), wanted.api_version.clone());
        let inputs = self.inputs;
        let read = || {
            let config = inputs.desired.resources.get(crd).map(|crd| crd.config.as_ref());
            let schema = config.and_then(|config| schema_of(config, wanted.api_version.version()));
            Shape::of_custom_resource(schema.unwrap_or(&Value::Null), &served(id, wanted, config))
        };
        self.read.entry(key).or_insert_with(read).clone()
    }
}

/// Returns the schema of one version of a CRD.
fn schema_of<'v>(crd: &'v Value, version: &str) -> Option<&'v Value> {
    version_of(crd, version)?.at(&["schema", "openAPIV3Schema"])
}

fn version_of<'v>(crd: &'v Value, version: &str) -> Option<&'v Value> {
    let versions = crd.at(&["spec", "versions"])?.as_list()?;
    versions.iter().find(|entry| entry.get("name").and_then(Value::as_text) == Some(version))
}

/// Returns how a kind will be served by a CRD that is only wanted.
fn served(id: &ResourceId, wanted: &Wanted, crd: Option<&Value>) -> ServedKind {
    let text = |path: &[&str]| crd.and_then(|crd| crd.at(path)).and_then(Value::as_text).unwrap_or_default();
    let version = crd.and_then(|crd| version_of(crd, wanted.api_version.version()));
    let status = version.and_then(|version| version.at(&["subresources", "status"]));
    ServedKind {
        api_version: wanted.api_version.clone(),
        kind: Arc::from(id.kind.short()),
        plural: Arc::from(text(&["spec", "names", "plural"])),
        reach: if text(&["spec", "scope"]) == "Cluster" { Reach::Cluster } else { Reach::Namespaced },
        status: if status.is_some() { HasStatus::Subresource } else { HasStatus::No },
    }
}
