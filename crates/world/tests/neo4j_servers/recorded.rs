//! Requests that were sent to real Community servers, sent to the simulated one: it answers alike.
//!
//! `recorded.jsonl` has one request of each line, in the order in which they were sent, with the status, the code of the
//! error, the names of the columns and of the parts of the body that 5.26.30 or 2026.08.1 answered.

use crate::desk::Desk;
use evenkeel_world::neo4j::Request;
use serde_json::{Value as Json, json};

/// What the simulated servers do not do, and why.
const NOT_SERVED: &[(&str, &[&str])] = &[
    (
        "graph data: they keep no nodes",
        &[
            "params",
            "write",
            "read-node-plain",
            "read-node-typed",
            "types-plain",
            "counters",
            "delete-counters",
            "profile",
            "profile-real",
            "notification",
            "bookmark-first",
            "bookmark-use",
            "bookmark-bad",
            "error-read-mode-write",
            "error-division",
            "error-constraint-violated",
            "labels",
            "relationship-types",
            "property-keys",
            "schema-visualization",
        ],
    ),
    (
        "typed JSON: a client of administration does not ask for it",
        &["types-typed", "params-typed", "show-databases-typed", "error-accept"],
    ),
    (
        "indexes: nothing declares them",
        &[
            "create-index",
            "create-rel-index",
            "create-fulltext",
            "create-vector",
            "await-indexes",
            "show-indexes",
            "show-indexes-short",
        ],
    ),
    (
        "what is read of a server by people only",
        &[
            "show-transactions",
            "show-procedures",
            "list-config",
            "list-connections",
            "query-jmx",
            "store-info",
            "show-privileges",
        ],
    ),
    (
        "transactions of several requests, and the older endpoint",
        &[
            "tx-begin",
            "tx-run",
            "tx-not-visible-outside",
            "tx-commit-without-body",
            "tx-commit",
            "tx-visible-after-commit",
            "tx-begin-empty",
            "tx-commit-with-statement",
            "tx-begin-2",
            "tx-error-in-tx",
            "tx-after-error",
            "tx-begin-3",
            "tx-rollback",
            "tx-unknown",
            "legacy-tx-commit",
            "legacy-tx-error",
        ],
    ),
];

struct Recorded(Json);

impl Recorded {
    fn text(&self, field: &str) -> &str {
        self.0[field].as_str().unwrap_or_default()
    }

    fn login(&self) -> Option<String> {
        match self.0.get("auth").and_then(Json::as_str) {
            Some("none") => None,
            Some(pair) => Some(format!("Basic {}", encoded(pair))),
            None => Some(format!("Basic {}", encoded("neo4j:evenkeel-test"))),
        }
    }

    /// What is told, as far as it does not depend on the time and the store.
    fn expected(&self) -> Json {
        json!({"status": self.0["status"], "code": self.0.get("code"), "fields": self.0.get("fields"),
            "notification": self.0.get("notification"), "counters": self.0.get("counters"), "keys": self.0.get("keys")})
    }
}

fn encoded(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let chunk = |chunk: &[u8]| -> String {
        let packed =
            chunk.iter().enumerate().fold(0u32, |sum, (at, byte)| sum | u32::from(*byte) << (16 - 8 * at));
        let letter = |at: usize| {
            let index = (packed >> (18 - 6 * at)) & 63;
            if at <= chunk.len() { char::from(ALPHABET[index as usize]) } else { '=' }
        };
        (0..4).map(letter).collect()
    };
    text.as_bytes().chunks(3).map(chunk).collect()
}

fn answered(desk: &mut Desk, recorded: &Recorded) -> Json {
    let login = recorded.login();
    let body =
        recorded.0.get("body").filter(|body| !body.is_null()).map_or("{broken".to_owned(), Json::to_string);
    let request = Request {
        method: recorded.text("method"),
        path: recorded.text("path"),
        authorization: login.as_deref(),
        body: &body,
    };
    let reply = desk.cluster.answer("single", &request).expect("it answers");
    let keys = reply.body.as_object().map(|body| body.keys().cloned().collect::<Vec<_>>());
    json!({"status": reply.status, "code": reply.body["errors"][0].get("code"),
        "fields": reply.body["data"].get("fields"), "notification": reply.body["notifications"][0].get("code"),
        "counters": reply.body.get("counters"), "keys": keys})
}

fn replay(version: &str) -> usize {
    let lines = include_str!("recorded.jsonl").lines();
    let lines = lines.map(|line| Recorded(serde_json::from_str(line).expect("json")));
    let lines = lines.filter(|line| line.text("version") == version);
    let served = lines.filter(|line| !NOT_SERVED.iter().any(|(_, names)| names.contains(&line.text("name"))));
    let mut desk = Desk::community(version);
    let (mut differing, mut count) = (Vec::new(), 0);
    for recorded in served {
        if recorded.text("name") == "error-auth-rate-limit" {
            // It is the fourth of a row.
            (0..3).for_each(|_| drop(answered(&mut desk, &recorded)));
        }
        if recorded.text("name") == "create-constraint-again" {
            // Of 2026.08 the first was not recorded.
            drop(answered(&mut desk, &recorded));
        }
        let (ours, theirs) = (answered(&mut desk, &recorded), recorded.expected());
        count += 1;
        if ours != theirs {
            differing.push(format!("{}\n  ours:   {ours}\n  theirs: {theirs}", recorded.text("name")));
        }
    }
    assert!(differing.is_empty(), "{} of {count} differ:\n{}", differing.len(), differing.join("\n"));
    count
}

#[test]
fn what_5_26_community_answered_is_answered() {
    assert!(replay("5.26.30") >= 65);
}

#[test]
fn what_2026_08_community_answered_is_answered() {
    assert!(replay("2026.08.1") >= 8);
}
