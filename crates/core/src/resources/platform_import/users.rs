//! Users as documents: how they log in is known, and their passwords nobody shows.

use super::{DEFAULT_CLUSTER, Taken, document, plain};
use crate::engine::id::ResourceId;
use crate::engine::value::{Map, Value};
use crate::resources::import::{Document, LeftOut};

/// What a document says that says nothing of it, and the first of these is taken where a user has both.
const MECHANISMS: [&str; 2] = ["SCRAM-SHA-512", "SCRAM-SHA-256"];
const DEFAULT_ITERATIONS: i64 = 8192;

/// A user, and a variable that somebody must fill the password into: none is invented, as that would lock out whoever
/// uses the one that there is.
pub(super) fn user(id: &ResourceId, live: &Value) -> Taken {
    let ways: Vec<(&str, i64)> = MECHANISMS
        .into_iter()
        .filter_map(|way| Some((way, live.at(&["scram", way, "iterations"])?.as_integer()?)))
        .collect();
    let [(mechanism, iterations), others @ ..] = ways.as_slice() else {
        return Taken::Not(LeftOut::UnknownKind);
    };
    let variable = variable(id);
    let password = Map::from([("fromEnv".to_owned(), Value::from(variable.as_str()))]);
    let mut spec = Map::from([("password".to_owned(), Value::Map(password))]);
    if *mechanism != MECHANISMS[0] {
        spec.insert("mechanism".to_owned(), Value::from(*mechanism));
    }
    if *iterations != DEFAULT_ITERATIONS {
        spec.insert("iterations".to_owned(), Value::from(*iterations));
    }
    let name = plain(&id.name);
    if name != *id.name {
        spec.insert("name".to_owned(), Value::from(&*id.name));
    }
    let mut notes = vec![format!("the brokers show no password: fill in {variable}, or name another source")];
    notes.extend(others.iter().map(|(way, _)| format!("{way} is set, too, and stays as it is")));
    Taken::As(Document { id: id.clone(), value: document("KafkaUser", id, &name, spec), notes })
}

/// Returns a variable of this user's own: two that shared one would be given the same password.
fn variable(id: &ResourceId) -> String {
    let cluster = match id.connection.as_str() {
        DEFAULT_CLUSTER => String::new(),
        other => escaped(other) + "__",
    };
    format!("KAFKA_PASSWORD_{cluster}{}", escaped(&id.name))
}

/// Writes each letter that no variable has as `_` and its code.
fn escaped(name: &str) -> String {
    let letter = |byte: u8| match byte {
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("_{byte:02X}"),
    };
    name.bytes().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::id::System;
    use serde_json::json;

    fn imported(cluster: &str, name: &str, scram: &serde_json::Value) -> (serde_json::Value, Vec<String>) {
        let id = ResourceId::of(System::Kafka, "User", cluster, name);
        let live = serde_json::from_value(json!({"scram": scram})).expect("JSON is a value");
        let Taken::As(Document { id: _, value, notes }) = user(&id, &live) else {
            panic!("{name} is left out")
        };
        (serde_json::to_value(&value).expect("it is JSON"), notes)
    }

    #[test]
    fn a_user_is_written_with_a_place_for_the_password_to_come_from() {
        let (document, notes) = imported("main", "app", &json!({"SCRAM-SHA-512": {"iterations": 8192}}));
        assert_eq!(document["metadata"], json!({"name": "app"}));
        assert_eq!(document["spec"], json!({"password": {"fromEnv": "KAFKA_PASSWORD_app"}}));
        assert_eq!(
            notes,
            ["the brokers show no password: fill in KAFKA_PASSWORD_app, or name another source"]
        );
    }

    #[test]
    fn of_two_ways_to_log_in_one_is_written_and_the_other_one_told() {
        let both = json!({"SCRAM-SHA-256": {"iterations": 4096}, "SCRAM-SHA-512": {"iterations": 8192}});
        let (document, notes) = imported("main", "app", &both);
        assert_eq!(document["spec"].get("mechanism"), None);
        assert_eq!(notes[1], "SCRAM-SHA-256 is set, too, and stays as it is");
        let (document, notes) = imported("main", "app", &json!({"SCRAM-SHA-256": {"iterations": 4096}}));
        assert_eq!(
            (&document["spec"]["mechanism"], &document["spec"]["iterations"]),
            (&json!("SCRAM-SHA-256"), &json!(4096))
        );
        assert_eq!(notes.len(), 1);
    }

    #[test]
    fn no_two_users_share_a_variable() {
        let variable = |cluster: &str, name: &str| {
            let (document, _) = imported(cluster, name, &json!({"SCRAM-SHA-512": {"iterations": 8192}}));
            document["spec"]["password"]["fromEnv"].as_str().expect("a name").to_owned()
        };
        let all = [
            ("main", "a-b"),
            ("main", "a_b"),
            ("main", "A_b"),
            ("main", "a b"),
            ("other", "a-b"),
            ("main", "other-a-b"),
        ];
        let mut variables: Vec<String> = all.iter().map(|(cluster, name)| variable(cluster, name)).collect();
        assert_eq!(variables[0], "KAFKA_PASSWORD_a_2Db");
        assert_eq!(variables[4], "KAFKA_PASSWORD_other__a_2Db");
        variables.sort();
        variables.dedup();
        assert_eq!(variables.len(), all.len(), "{variables:?}");
    }

    #[test]
    fn of_two_users_whose_documents_would_be_called_alike_each_is_named() {
        let live = serde_json::from_value(json!({"scram": {"SCRAM-SHA-512": {"iterations": 8192}}}));
        let live = live.expect("JSON is a value");
        let mut documents = ["a b", "a-b"].map(|name| {
            let id = ResourceId::of(System::Kafka, "User", "main", name);
            let Taken::As(document) = user(&id, &live) else { panic!("{name} is left out") };
            document
        });
        super::super::distinct(&mut documents);
        let called = |document: &Document| {
            let name =
                |place: [&str; 2]| document.value.at(&place).and_then(Value::as_text).map(str::to_owned);
            (name(["metadata", "name"]), name(["spec", "name"]))
        };
        let both = |document: &str, user: &str| (Some(document.to_owned()), Some(user.to_owned()));
        assert_eq!(documents.each_ref().map(called), [both("a-b", "a b"), both("a-b-2", "a-b")]);
    }

    #[test]
    fn a_name_that_no_document_can_have_is_said_beside_it() {
        let (document, _) = imported("main", "CN=app, O=us", &json!({"SCRAM-SHA-512": {"iterations": 8192}}));
        assert_eq!(document["metadata"]["name"], "CN-app--O-us");
        assert_eq!(document["spec"]["name"], "CN=app, O=us");
    }
}
