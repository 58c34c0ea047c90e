//! JSON Schemas of our own kinds: what editors complete from, and what the all-findings pass checks against.

use super::{
    Approval, ConnectCluster, Connector, Environment, KafkaAcl, KafkaCluster, KafkaTopic, KafkaUser,
    ManagedSecret, Neo4jCluster, OwnKind, Policy,
};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static SCHEMAS: LazyLock<BTreeMap<OwnKind, Json>> =
    LazyLock::new(|| OwnKind::ALL.into_iter().map(|kind| (kind, generate(kind))).collect());

/// Returns the schema of a kind.
#[must_use]
pub fn schema(kind: OwnKind) -> &'static Json {
    &SCHEMAS[&kind]
}

/// Returns all schemas with the names of their files in `schemas/`.
#[must_use]
pub fn schemas() -> Vec<(String, Json)> {
    OwnKind::ALL.map(|kind| (format!("{}.schema.json", kind.as_str()), schema(kind).clone())).into()
}

fn generate(kind: OwnKind) -> Json {
    match kind {
        OwnKind::Approval => of::<Approval>(kind),
        OwnKind::ConnectCluster => of::<ConnectCluster>(kind),
        OwnKind::Connector => of::<Connector>(kind),
        OwnKind::Environment => of::<Environment>(kind),
        OwnKind::KafkaAcl => of::<KafkaAcl>(kind),
        OwnKind::KafkaCluster => of::<KafkaCluster>(kind),
        OwnKind::KafkaTopic => of::<KafkaTopic>(kind),
        OwnKind::KafkaUser => of::<KafkaUser>(kind),
        OwnKind::ManagedSecret => of::<ManagedSecret>(kind),
        OwnKind::Neo4jCluster => of::<Neo4jCluster>(kind),
        OwnKind::Policy => of::<Policy>(kind),
    }
}

fn of<T: JsonSchema>(kind: OwnKind) -> Json {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), Json::from(kind.as_str()));
    schema.to_value()
}
