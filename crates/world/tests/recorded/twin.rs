//! One line of a recording, made again in the world, and both answers in a form that can be compared.
//!
//! The live replay (tests/real/differential/replay) reads this file as well: what is recorded, what is replayed and
//! what is compared are the same there and here.
//!
//! What a server draws or counts (uid, versions, times, addresses, node ports) is left out of the comparison, and what
//! a request says of the other server's drawn values is translated into this one's.

use evenkeel_core::engine::value::Value;
use evenkeel_world::World;
use evenkeel_world::kubernetes::{
    ApiError, Apply, Delete, DryRun, Force, MergePatch, ObjectKey, Propagation, Scale, Through, Whole,
    Written,
};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// What a server answered: its status, and the object or where and why it refused.
pub(crate) type Told = (u64, Json);

fn value(json: &Json) -> Value {
    serde_json::from_value(json.clone()).expect("a value")
}

/// Begins a world with the objects that were there before the first edit.
pub(crate) fn begin<'a>(setup: impl IntoIterator<Item = &'a Json>) -> World {
    let mut world = World::new(1, "2026-11-21T11:00:00Z".parse().expect("a time"));
    for object in setup {
        let request = Whole { object: value(object), manager: Arc::from("setup"), dry_run: DryRun::Off };
        world.kubernetes().create(request).expect("set up");
    }
    world.advance(Duration::from_secs(5));
    world
}

/// Makes a request in the world; `theirs` is what the other server last showed of the object.
pub(crate) fn answer(world: &mut World, line: &Json, theirs: Option<&Json>) -> Told {
    let key = key(line);
    let ours = world.cluster().get(&key).ok().map(|ours| serde_json::to_value(ours).expect("JSON"));
    let request = match (theirs, ours) {
        (Some(theirs), Some(ours)) => translated(&line["request"], theirs, &ours),
        _ => line["request"].clone(),
    };
    if request["verb"] == "delete" {
        let answer = world.kubernetes().delete(&deletion(&request, key.clone()));
        return match answer {
            Ok(_) => (200, shown(world, &key)),
            Err(error) => refused(&error),
        };
    }
    match send(world, &request, key) {
        Ok(written) => (
            u64::from(written.effect.code()),
            comparable(serde_json::to_value(&written.object).expect("JSON")),
        ),
        Err(error) => refused(&error),
    }
}

/// Returns what the recording has as the answer.
pub(crate) fn recorded(line: &Json) -> Told {
    let (code, answer) = (line["code"].as_u64().expect("a code"), &line["answer"]);
    if code < 300 {
        return (code, comparable(answer.clone()));
    }
    let causes = answer["details"]["causes"].as_array().map_or(&[][..], Vec::as_slice);
    let causes = causes.iter().map(|cause| json!([cause["reason"], cause["field"]]));
    (
        code,
        json!({"reason": answer["reason"].as_str().unwrap_or_default(), "causes": sorted(causes.collect())}),
    )
}

/// Returns what the other server shows of the object after this line; nothing where it is gone.
pub(crate) fn shows(line: &Json, before: Option<Json>) -> Option<Json> {
    let is_done =
        line["code"].as_u64().is_some_and(|code| code < 300) && line["request"]["dryRun"] != json!(true);
    let after = if is_done { Some(line["answer"].clone()) } else { before };
    let vanished = |object: &Json| {
        let metadata = &object["metadata"];
        object.is_null()
            || metadata.get("deletionTimestamp").is_some() && metadata.get("finalizers").is_none()
    };
    after.filter(|object| !vanished(object))
}

/// Tells what an edit was and where the two answers first differ.
pub(crate) fn disagreement(line: &Json, ours: &Told, theirs: &Told) -> String {
    let mut found = Vec::new();
    differences(Some(&ours.1), Some(&theirs.1), "", &mut found);
    let place = found.into_iter().next().unwrap_or_default();
    // Where one refuses, the refusal is what tells.
    let at = |told: &Told| match ours.0 < 300 && theirs.0 < 300 {
        true => format!("{} {}", told.0, told.1.pointer(&place).unwrap_or(&Json::Null)),
        false if told.0 < 300 => told.0.to_string(),
        false => format!("{} {}", told.0, told.1),
    };
    let said = line["answer"]["message"].as_str().unwrap_or_default();
    format!("{}\n  at {place}\n  world:  {}\n  server: {} {said}", line["request"], at(ours), at(theirs))
}

/// Collects where two values differ, as JSON pointers; lists differ as a whole where their lengths do.
fn differences(one: Option<&Json>, two: Option<&Json>, at: &str, found: &mut Vec<String>) {
    let inside = |name: &str| format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
    match (one, two) {
        (Some(Json::Object(one)), Some(Json::Object(two))) => {
            let names: BTreeSet<&String> = one.keys().chain(two.keys()).collect();
            for name in names {
                differences(one.get(name), two.get(name), &inside(name), found);
            }
        }
        (Some(Json::Array(one)), Some(Json::Array(two))) if one.len() == two.len() => {
            for (index, (one, two)) in one.iter().zip(two).enumerate() {
                differences(Some(one), Some(two), &inside(&index.to_string()), found);
            }
        }
        (one, two) if one == two => {}
        _ => found.push(at.to_owned()),
    }
}

fn key(line: &Json) -> ObjectKey {
    let request = &line["request"];
    let text = |field: &str| request[field].as_str().expect("named");
    ObjectKey::new(text("kind"), line["namespace"].as_str(), text("name"))
}

fn deletion(request: &Json, key: ObjectKey) -> Delete {
    let propagation = match request["propagation"].as_str().expect("a policy") {
        "Foreground" => Propagation::Foreground,
        "Orphan" => Propagation::Orphan,
        _ => Propagation::Background,
    };
    Delete { key, uid: None, version: None, propagation }
}

fn send(world: &mut World, request: &Json, key: ObjectKey) -> Result<Written, ApiError> {
    let manager: Arc<str> = Arc::from(request["manager"].as_str().expect("a manager"));
    let dry_run = if request["dryRun"] == json!(true) { DryRun::On } else { DryRun::Off };
    let whole = || Whole { object: value(&request["object"]), manager: manager.clone(), dry_run };
    let server = world.kubernetes();
    match request["verb"].as_str().expect("a verb") {
        "apply" => {
            let force = if request["force"] == json!(true) { Force::Yes } else { Force::No };
            server.apply(Apply { object: value(&request["object"]), manager, force, dry_run })
        }
        "create" => server.create(whole()),
        "replace" => server.replace(whole()),
        "merge" => {
            let patch = value(&request["patch"]);
            server.merge_patch(MergePatch { key, patch, manager, through: Through::Object, dry_run })
        }
        "scale" => {
            let replicas = u32::try_from(request["replicas"].as_u64().expect("a number")).expect("few");
            server.scale(Scale { key, replicas, manager })
        }
        verb => panic!("nobody knows how to {verb}"),
    }
}

fn shown(world: &World, key: &ObjectKey) -> Json {
    world
        .cluster()
        .get(key)
        .map_or(Json::Null, |object| comparable(serde_json::to_value(object).expect("JSON")))
}

/// The code and, of a refusal, where and why: sentences may differ in how they print Go structures.
fn refused(error: &ApiError) -> Told {
    let causes = error.causes.iter().map(|cause| json!([cause.reason, cause.field]));
    (u64::from(error.code), json!({"reason": error.reason, "causes": sorted(causes.collect())}))
}

fn sorted(mut causes: Vec<Json>) -> Vec<Json> {
    causes.sort_by_key(ToString::to_string);
    causes
}

/// Takes away what differs from server to server, and sorts what is ordered by time.
fn comparable(mut object: Json) -> Json {
    if let Some(metadata) = object.get_mut("metadata").and_then(Json::as_object_mut) {
        for field in ["uid", "resourceVersion", "creationTimestamp"] {
            metadata.remove(field);
        }
        mask(metadata, "deletionTimestamp");
        for entry in metadata.get_mut("managedFields").and_then(Json::as_array_mut).into_iter().flatten() {
            entry.as_object_mut().expect("a map").remove("time");
        }
        if let Some(entries) = metadata.get_mut("managedFields").and_then(Json::as_array_mut) {
            entries.sort_by_key(ToString::to_string);
        }
    }
    let Some(spec) = object.get_mut("spec").and_then(Json::as_object_mut) else { return object };
    if spec.get("clusterIP").is_some_and(|address| address != "None") {
        mask(spec, "clusterIP");
        mask(spec, "clusterIPs");
    }
    mask(spec, "healthCheckNodePort");
    for port in spec.get_mut("ports").and_then(Json::as_array_mut).into_iter().flatten() {
        if let Some(port) = port.as_object_mut() {
            mask(port, "nodePort");
        }
    }
    object
}

fn mask(map: &mut Map<String, Json>, field: &str) {
    if let Some(value) = map.get_mut(field) {
        *value = json!("drawn");
    }
}

/// Returns the request with what the other server drew replaced by what this one did.
fn translated(request: &Json, theirs: &Json, ours: &Json) -> Json {
    let mut drawn = Vec::new();
    for field in ["uid", "resourceVersion", "creationTimestamp", "deletionTimestamp"] {
        drawn.push((field, &theirs["metadata"][field], &ours["metadata"][field]));
    }
    for field in ["clusterIP", "clusterIPs", "healthCheckNodePort"] {
        drawn.push((field, &theirs["spec"][field], &ours["spec"][field]));
    }
    let ports = |object: &'_ Json| object["spec"]["ports"].as_array().cloned().unwrap_or_default();
    let (their_ports, our_ports) = (ports(theirs), ports(ours));
    for (theirs, ours) in their_ports.iter().zip(&our_ports) {
        drawn.push(("nodePort", &theirs["nodePort"], &ours["nodePort"]));
    }
    let mut request = request.clone();
    translate(&mut request, &drawn);
    request
}

fn translate(value: &mut Json, drawn: &[(&str, &Json, &Json)]) {
    match value {
        Json::Object(map) => {
            for (name, child) in map {
                let known = drawn.iter().find(|(field, theirs, _)| field == name && *theirs == child);
                match known {
                    Some((_, _, ours)) => *child = (*ours).clone(),
                    None => translate(child, drawn),
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| translate(item, drawn)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}
