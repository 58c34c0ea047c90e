//! Hundreds of random edits by Kafka's own tools and by REST: our drift is exactly what they changed.
//!
//! `KAFKA_EDITS_SEED` repeats a run; each prints its seed.

#![expect(clippy::print_stderr, reason = "the seed of a run must be known to repeat it")]

mod connectors;
mod topics;

use super::Story;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What is live where, by address and setting; nothing where it is not set.
type Drift = BTreeMap<(String, String), Option<String>>;

fn seed() -> u64 {
    let drawn = || {
        let bytes = evenkeel::random::key().expect("random bytes");
        u64::from_le_bytes(*bytes.first_chunk().expect("32 bytes"))
    };
    let seed =
        std::env::var("KAFKA_EDITS_SEED").map_or_else(|_| drawn(), |seed| seed.parse().expect("a number"));
    eprintln!("KAFKA_EDITS_SEED={seed}");
    seed
}

/// Returns what `drift` tells.
fn told(story: &Story<'_>, code: i32) -> Drift {
    let run = story.expect(code, &["drift", "--format", "json"]);
    let report: Json = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(report["complete"], true, "something could not be read: {}", run.stdout);
    let list = |value: &Json| value.as_array().cloned().unwrap_or_default();
    let changes: BTreeMap<String, Json> = list(&report["resource_drift"])
        .into_iter()
        .map(|change| (text(&change["address"]), change["change"]["after"].clone()))
        .collect();
    let mut drift = Drift::new();
    for drifted in list(&report["evenkeel"]["drifted"]) {
        let address = text(&drifted["address"]);
        for field in list(&drifted["fields"]) {
            let setting = setting(&text(&field["path"]));
            let after = &changes[&address];
            let live = if setting == "state" { &after["state"] } else { &after["config"][&setting] };
            drift.insert((address.clone(), setting), live.as_str().map(str::to_owned));
        }
    }
    drift
}

/// Returns the setting that a path is about: `config["retention.ms"]` and `config.file` are of the same group.
fn setting(path: &str) -> String {
    let quoted = path.strip_prefix("config[\"").and_then(|rest| rest.strip_suffix("\"]"));
    quoted.or_else(|| path.strip_prefix("config.")).unwrap_or(path).to_owned()
}

fn text(value: &Json) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Fails with what is missed and what is told for nothing.
fn assert_exactly(changed: &Drift, told: &Drift) {
    let missed: Vec<_> = changed.iter().filter(|(at, live)| told.get(at) != Some(live)).collect();
    let invented: Vec<_> = told.iter().filter(|(at, live)| changed.get(at) != Some(live)).collect();
    assert!(missed.is_empty() && invented.is_empty(), "missed {missed:#?}\ninvented {invented:#?}");
}
