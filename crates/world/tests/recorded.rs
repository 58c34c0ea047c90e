//! Random edits that were made on a Kubernetes 1.36 API server, made again in the world: the answers must be equal.
//!
//! `recorded/edits.jsonl` has one request and its answer per line, in the order in which they were sent: manifests
//! of eight kinds by two appliers, forced and not, and merge patches, replacements and scalings by other managers.
//! `EVENKEEL_RECORDED=FILE` replays another recording. Longer ones (7,700 requests) left one known difference: scaling
//! to the number that is there already, where an updater owns `replicas` and more, makes the server show that
//! updater's entry in two; the world keeps one.
//!
//! What a server draws or counts (uid, versions, times, addresses, node ports) is left out of the comparison.

use evenkeel_core::engine::value::Value;
use evenkeel_world::World;
use evenkeel_world::kubernetes::{
    ApiError, Apply, DryRun, Force, MergePatch, ObjectKey, Scale, Through, Whole, Written,
};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

fn value(json: &Json) -> Value {
    serde_json::from_value(json.clone()).expect("a value")
}

fn world(lines: &[Json]) -> World {
    let mut world = World::new(1, "2026-11-21T11:00:00Z".parse().expect("a time"));
    let setup = lines.iter().take_while(|line| line["request"]["verb"] == "setup");
    for line in setup {
        let object = value(&line["request"]["object"]);
        let request = Whole { object, manager: Arc::from("setup"), dry_run: DryRun::Off };
        world.kubernetes().create(request).expect("set up");
    }
    world.advance(Duration::from_secs(5));
    world
}

fn key(request: &Json, namespace: &str) -> ObjectKey {
    let kind = request["kind"].as_str().expect("a kind");
    let kind = if kind == "Graph" { "Graph.example.org" } else { kind };
    ObjectKey::new(kind, Some(namespace), request["name"].as_str().expect("a name"))
}

fn send(world: &mut World, request: &Json, namespace: &str) -> Result<Written, ApiError> {
    let manager: Arc<str> = Arc::from(request["manager"].as_str().expect("a manager"));
    let dry_run = DryRun::Off;
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
            let (key, patch) = (key(request, namespace), value(&request["patch"]));
            server.merge_patch(MergePatch { key, patch, manager, through: Through::Object, dry_run })
        }
        "scale" => {
            let replicas = u32::try_from(request["replicas"].as_u64().expect("a number")).expect("few");
            server.scale(Scale { key: key(request, namespace), replicas, manager })
        }
        verb => panic!("nobody knows how to {verb}"),
    }
}

/// Takes away what differs from server to server, and sorts what is ordered by time.
fn comparable(mut object: Json) -> Json {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for field in ["uid", "resourceVersion", "creationTimestamp"] {
            metadata.remove(field);
        }
        if let Some(entries) = metadata.get_mut("managedFields").and_then(Json::as_array_mut) {
            for entry in entries.iter_mut() {
                entry.as_object_mut().expect("a map").remove("time");
            }
            entries.sort_by_key(ToString::to_string);
        }
    }
    let Some(spec) = object["spec"].as_object_mut() else { return object };
    if spec.get("clusterIP").is_some_and(|address| address != "None") {
        spec.insert("clusterIP".into(), json!("drawn"));
        spec.insert("clusterIPs".into(), json!(["drawn"]));
    }
    for port in spec.get_mut("ports").and_then(Json::as_array_mut).into_iter().flatten() {
        if let Some(node_port) = port.get_mut("nodePort") {
            *node_port = json!("drawn");
        }
    }
    object
}

/// The code and, of a refusal, where and why: sentences may differ in how they print Go structures.
fn told(answer: &Result<Written, ApiError>) -> (u64, Json) {
    match answer {
        Ok(written) => (
            u64::from(written.effect.code()),
            comparable(serde_json::to_value(&written.object).expect("json")),
        ),
        Err(error) => {
            let causes = error.causes.iter().map(|cause| json!([cause.reason, cause.field]));
            (u64::from(error.code), json!({"reason": error.reason, "causes": sorted(causes.collect())}))
        }
    }
}

fn recorded(line: &Json) -> (u64, Json) {
    let (code, answer) = (line["code"].as_u64().expect("a code"), &line["answer"]);
    if code < 300 {
        return (code, comparable(answer.clone()));
    }
    let causes = answer["details"]["causes"].as_array().cloned().unwrap_or_default();
    let causes = causes.iter().map(|cause| json!([cause["reason"], cause["field"]]));
    (
        code,
        json!({"reason": answer["reason"].as_str().unwrap_or_default(), "causes": sorted(causes.collect())}),
    )
}

fn sorted(mut causes: Vec<Json>) -> Vec<Json> {
    causes.sort_by_key(ToString::to_string);
    causes
}

#[test]
fn the_world_answers_as_a_real_api_server_did() {
    let text = match std::env::var("EVENKEEL_RECORDED") {
        Ok(path) => std::fs::read_to_string(path).expect("readable"),
        Err(_) => include_str!("recorded/edits.jsonl").to_owned(),
    };
    let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).expect("json")).collect();
    let mut world = world(&lines);
    let mut differing = Vec::new();
    let mut lost = std::collections::BTreeSet::new();
    for (number, line) in lines.iter().enumerate().filter(|(_, line)| line["request"]["verb"] != "setup") {
        let request = &line["request"];
        let namespace = line["namespace"].as_str().expect("a namespace");
        let name =
            request["name"].as_str().or(request["object"]["metadata"]["name"].as_str()).expect("a name");
        let address = format!("{}/{name}", request["kind"].as_str().expect("a kind"));
        // Once an object differs, all that follows on it would.
        if lost.contains(&address) {
            continue;
        }
        let (ours, theirs) = (told(&send(&mut world, request, namespace)), recorded(line));
        if ours != theirs {
            lost.insert(address.clone());
            differing.push(format!(
                "line {}: {address} {request}\n  world:  {} {}\n  server: {} {}",
                number + 1,
                ours.0,
                ours.1,
                theirs.0,
                theirs.1
            ));
        }
    }
    assert!(differing.is_empty(), "{} of {} differ:\n{}", differing.len(), lines.len(), differing.join("\n"));
}
