//! 200 edits of connectors by REST: settings changed, spelt otherwise, added and taken away, connectors paused and
//! stopped, and sent again as they are.

use super::super::{Story, topic};
use super::{Drift, assert_exactly, seed, told};
use crate::support::broker::{Variant, eventually};
use crate::support::chance::Chance;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::Command;

const CONNECTORS: usize = 24;
const EDITS: usize = 200;
const CLASS: &str = "org.apache.kafka.connect.file.FileStreamSinkConnector";

/// A connector as the workers are to have it.
#[derive(Clone)]
struct Connector {
    config: BTreeMap<&'static str, String>,
    state: &'static str,
}

/// Workers, as anybody with a web client may edit them.
struct Workers(String);

#[test]
#[ignore = "needs Kafka: make test-real"]
fn drift_is_exactly_what_two_hundred_edits_by_rest_left() {
    let seed = seed();
    Story::on_each(Variant::Plaintext, |story| {
        let mut chance = Chance::new(seed);
        let wanted: Vec<Connector> = (0..CONNECTORS).map(|number| drawn(story, number)).collect();
        story.write("connectors.yaml", &documents(&wanted));
        story.apply();
        assert_exactly(&Drift::new(), &told(story, 0));
        let workers = Workers(story.broker.known("CONNECT_URL"));
        let mut live = wanted.clone();
        for edit in 0..EDITS {
            let number = chance.below(CONNECTORS);
            workers.edit(&mut chance, (number, edit), &wanted[number], &mut live[number]);
        }
        for (number, live) in live.iter().enumerate() {
            workers.wait_for(number, live);
        }
        let both = wanted.iter().zip(&live).enumerate();
        let changed = both.flat_map(|(number, (wanted, live))| differences(number, wanted, live)).collect();
        assert_exactly(&changed, &told(story, 2));
        eprintln!("{EDITS} edits, {} of them drift: 0 missed, 0 invented", changed.len());
        story.apply();
        story.expect_no_changes();
    });
}

/// One in four runs: each that does is a consumer in the worker.
fn drawn(story: &Story<'_>, number: usize) -> Connector {
    let config = BTreeMap::from([
        ("connector.class", CLASS.to_owned()),
        ("file", story.file(&format!("out{number}.txt"))),
        ("tasks.max", "1".to_owned()),
        ("topics", "lines,others".to_owned()),
    ]);
    Connector { config, state: if number.is_multiple_of(4) { "RUNNING" } else { "STOPPED" } }
}

fn documents(wanted: &[Connector]) -> String {
    let mut text = format!("{}{}", topic("lines", 1, "-1"), topic("others", 1, "-1"));
    for (number, Connector { config, state }) in wanted.iter().enumerate() {
        write!(
            text,
            "---\napiVersion: evenkeel.dev/v1alpha1\nkind: Connector\nmetadata: {{name: write{number}}}\nspec:\n  class: {CLASS}\n  \
             state: {}\n  config: {{file: \"{}\", topics: \"{}\"}}\n",
            state.to_ascii_lowercase(),
            config["file"],
            config["topics"],
        )
        .expect("a text");
    }
    text
}

impl Workers {
    /// Edits one connector in one way of nine.
    fn edit(
        &self,
        chance: &mut Chance,
        (number, edit): (usize, usize),
        wanted: &Connector,
        live: &mut Connector,
    ) {
        let (from, to) = (wanted.config["topics"].clone(), "others,lines".to_owned());
        let (key, value) = match chance.below(9) {
            0 => ("file", Some(format!("{}.{edit}", wanted.config["file"]))),
            1 => ("file", Some(wanted.config["file"].clone())),
            2 => ("file", None),
            // The same by another spelling.
            3 => ("topics", Some(if live.config["topics"] == from { to } else { from })),
            4 => ("tasks.max", Some("01".to_owned())),
            5 => ("topics", Some("lines".to_owned())),
            // What Git does not speak of.
            6 => ("errors.log.enable", Some("true".to_owned())),
            7 => return self.turn(chance, number, live),
            _ => return self.call("PUT", &format!("write{number}/config"), Some(&json!(live.config))),
        };
        match &value {
            Some(value) => drop(live.config.insert(key, value.clone())),
            None => drop(live.config.remove(key)),
        }
        self.call("PATCH", &format!("write{number}/config"), Some(&json!({key: value})));
    }

    fn turn(&self, chance: &mut Chance, number: usize, live: &mut Connector) {
        let (below, state) = *chance.pick(&[("pause", "PAUSED"), ("stop", "STOPPED"), ("resume", "RUNNING")]);
        live.state = state;
        self.call("PUT", &format!("write{number}/{below}"), None);
    }

    /// Sends a call until the workers take it: they refuse all while they share out their work.
    fn call(&self, method: &str, path: &str, body: Option<&Json>) {
        eventually(&format!("{method} {path} is taken"), || {
            let code = self.sent(method, path, body);
            assert!(code.starts_with('2') || code == "409" || code == "500", "{method} {path}: {code}");
            code.starts_with('2').then_some(())
        });
    }

    fn sent(&self, method: &str, path: &str, body: Option<&Json>) -> String {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--request", method]);
        if let Some(body) = body {
            curl.args(["--header", "Content-Type: application/json", "--data", &body.to_string()]);
        }
        let output = curl.arg(format!("{}/connectors/{path}", self.0)).output().expect("curl runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Waits until the workers tell what they were told.
    fn wait_for(&self, number: usize, live: &Connector) {
        eventually(&format!("write{number} is told as it is"), || {
            let read = |below: &str| {
                let url = format!("{}/connectors/write{number}{below}", self.0);
                let output = Command::new("curl").args(["--silent", &url]).output().expect("curl runs");
                serde_json::from_slice::<Json>(&output.stdout).ok()
            };
            let mut config = read("/config")?;
            config.as_object_mut()?.remove("name");
            let state = read("/status")?["connector"]["state"].clone();
            (config == json!(live.config) && state == live.state).then_some(())
        });
    }
}

/// Returns where a connector is not as Git says.
fn differences(number: usize, wanted: &Connector, live: &Connector) -> Drift {
    let mut differences = Drift::new();
    let mut differs = |setting: &str, live: Option<String>| {
        differences.insert((format!("connect:Connector/main/write{number}"), setting.to_owned()), live);
    };
    for key in ["file", "topics"] {
        let words = |text: &String| {
            let mut words: Vec<String> = text.split(',').map(str::to_owned).collect();
            words.sort();
            words
        };
        if live.config.get(key).map(words) != wanted.config.get(key).map(words) {
            differs(key, live.config.get(key).cloned());
        }
    }
    if live.state != wanted.state {
        differs("state", Some(live.state.to_owned()));
    }
    differences
}
