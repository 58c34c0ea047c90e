//! Secrets are digested where they are read, and compared by digest.

use super::{Case, named, value, wanted_value};
use crate::engine::fingerprint::DigestKey;
use crate::engine::question::Body;
use crate::engine::value::{SecretRef, SecretSource, Value};
use crate::engine::verdict::Verdict;
use serde_json::json;

const CANARY: &str = "canary-5f2b";

fn secret(key: &str, place: &str, text: &str) -> Case {
    let mut config = value(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": {}, (place): {}}));
    let digest = Some(DigestKey::new([1; 32]).digest(text.as_bytes()));
    let secret = SecretRef { source: SecretSource::FromEnv("PASSWORD".to_owned()), digest };
    let data = config.as_map_mut().and_then(|map| map.get_mut(place)?.as_map_mut()).expect("a map");
    data.insert(key.to_owned(), Value::from(secret));
    Case::of(&wanted_value(config), None).expect("nothing to refuse")
}

#[test]
fn a_secret_equals_what_is_live_whether_it_is_written_as_text_or_as_data() {
    for place in ["data", "stringData"] {
        let case = secret("password", place, CANARY);
        let encoded = super::super::canonical::encode(CANARY.as_bytes());
        let live = case.live(&json!({"data": {"password": encoded}}));
        assert_eq!(case.verdict(&live), Verdict::Same, "{place}");
        let other = case.live(&json!({"data": {"password": "b3RoZXI="}}));
        assert_eq!(named(&case.verdict(&other)), ["data.password"]);
    }
}

#[test]
fn no_secret_text_gets_past_the_reading() {
    let case = secret("password", "data", "another");
    let encoded = super::super::canonical::encode(CANARY.as_bytes());
    let annotations =
        json!({"kubectl.kubernetes.io/last-applied-configuration": format!("{{\"data\":\"{CANARY}\"}}")});
    let live = case.live(&json!({"data": {"password": encoded}, "stringData": {"x": CANARY}, "metadata": {"annotations": annotations}}));
    let Body::Whole(body) = case.seen(&live).body else { panic!("kept") };
    let text = format!("{body:?}{}{:?}", serde_json::to_string(&*body).expect("JSON"), case.verdict(&live));
    assert!(!text.contains(CANARY) && !text.contains(&encoded), "{text}");
}

#[test]
fn a_secret_whose_source_was_not_read_is_not_compared() {
    let mut config = value(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": {}, "data": {}}));
    let secret = SecretRef { source: SecretSource::FromEnv("PASSWORD".to_owned()), digest: None };
    let data = config.as_map_mut().and_then(|map| map.get_mut("data")?.as_map_mut()).expect("a map");
    data.insert("password".to_owned(), Value::from(secret));
    let case = Case::of(&wanted_value(config), None).expect("nothing to refuse");
    assert_eq!(case.verdict(&case.live(&json!({"data": {"password": "b3RoZXI="}}))), Verdict::Same);
}

#[test]
fn a_literal_that_git_has_is_compared_as_text_and_anything_else_is_digested() {
    let case =
        Case::new(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": {}, "data": {"user": "YQ=="}}));
    assert_eq!(case.verdict(&case.live(&json!({}))), Verdict::Same);
    assert_eq!(named(&case.verdict(&case.live(&json!({"data": {"user": "Yg=="}})))), ["data.user"]);
}
