//! Random edits that were made on a Kubernetes 1.36 API server, made again in the world: the answers must be equal.
//!
//! `edits.jsonl` has one request and its answer per line, in the order in which they were sent. It is what the live
//! replay (tests/real/differential/replay) did in one run, so that the world can be checked without a server:
//! `REPLAY_RECORD=FILE` writes it anew, `EVENKEEL_RECORDED=FILE` reads another one here.

#![expect(clippy::disallowed_methods, reason = "a variable names another recording")]

mod on_purpose;
mod twin;

use on_purpose::{Judgement, judge};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn the_world_answers_as_a_real_api_server_did() {
    let text = match std::env::var("EVENKEEL_RECORDED") {
        Ok(path) => std::fs::read_to_string(path).expect("readable"),
        Err(_) => include_str!("edits.jsonl").to_owned(),
    };
    let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).expect("json")).collect();
    let (setup, edits): (Vec<&Json>, Vec<&Json>) =
        lines.iter().partition(|line| line["request"]["verb"] == "setup");
    assert!(edits.len() >= 500, "{} edits are too few", edits.len());
    let mut world = twin::begin(setup.into_iter().map(|line| &line["request"]["object"]));
    let (mut shown, mut lost) = (BTreeMap::new(), BTreeSet::new());
    let mut differing = Vec::new();
    for line in &edits {
        let address = format!("{}/{}", line["request"]["kind"], line["request"]["name"]);
        // Once an object differs, all that follows on it would.
        if lost.contains(&address) {
            continue;
        }
        let before = shown.remove(&address);
        let (ours, theirs) = (twin::answer(&mut world, line, before.as_ref()), twin::recorded(line));
        let is_lost = match judge(&ours, &theirs) {
            Judgement::Alike => false,
            Judgement::OnPurpose(class) => !class.leaves_alike(),
            Judgement::Apart => {
                differing.push(twin::disagreement(line, &ours, &theirs));
                true
            }
        };
        if is_lost {
            lost.insert(address.clone());
        }
        if let Some(after) = twin::shows(line, before) {
            shown.insert(address, after);
        }
    }
    assert!(differing.is_empty(), "{} of {} differ:\n{}", differing.len(), edits.len(), differing.join("\n"));
}
