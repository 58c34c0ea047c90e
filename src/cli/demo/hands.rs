//! The hands of somebody else: what people change in the simulated platform behind Git's back.

use super::specs;
use super::stage::Stage;
use crate::cli::error::Failure;
use crate::run::sandbox::Sandbox;
use evenkeel_core::documents::environment::Sandbox as Settings;
use evenkeel_core::engine::id::{ConnectionName, Kind};
use evenkeel_core::engine::value::{Map, Value};
use evenkeel_core::report::Exit;
use evenkeel_world::World;
use evenkeel_world::connect::Target;
use evenkeel_world::kafka::Change;
use evenkeel_world::kubernetes::{DryRun, MergePatch, ObjectKey, Through};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Edits a configuration, a topic and a connector.
pub(super) fn edit(stage: &Stage) -> Result<(), Failure> {
    let world = Settings { seed: specs::SEED, speed: None };
    let sandbox = Sandbox::open(&stage.state(), world).map_err(|error| Failure::of(Exit::Failed, &error))?;
    sandbox
        .with(edit_all)
        .map_err(|message| Failure::new(Exit::Bug, format!("the simulated edit failed: {message}")))?;
    sandbox.save().map_err(|error| Failure::of(Exit::Failed, &error))
}

fn edit_all(world: &mut World) -> Result<(), String> {
    world.kubernetes().merge_patch(heap()).map_err(|error| error.message)?;
    let main = ConnectionName::new("main");
    let an_hour = BTreeMap::from([("retention.ms".to_owned(), Change::Set("3600000".to_owned()))]);
    let brokers = world.brokers(&main);
    brokers.incremental_alter_configs("orders", &an_hour).map_err(|refusal| refusal.to_string())?;
    let workers = world.workers(&main);
    workers.turn("orders-export", Target::Paused).map_err(|refusal| refusal.to_string())?;
    // Workers take a pause on and carry it out a moment later: whoever looks right away would miss it.
    world.advance(Duration::from_secs(1));
    Ok(())
}

/// What `kubectl edit` does: a patch under its own manager's name.
fn heap() -> MergePatch {
    let entry = |key: &str, value: Value| Value::Map(Map::from([(key.to_owned(), value)]));
    MergePatch {
        key: ObjectKey {
            kind: Kind::new("ConfigMap"),
            namespace: Some(Arc::from("graph")),
            name: Arc::from("orders-config"),
        },
        patch: entry("data", entry("heap.max_size", Value::from("8g"))),
        manager: Arc::from("kubectl-edit"),
        through: Through::Object,
        dry_run: DryRun::Off,
    }
}
