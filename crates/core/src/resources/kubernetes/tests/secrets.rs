//! Secrets are digested where they are read, and compared by digest.

use super::{Case, named, value, wanted_value};
use crate::engine::fingerprint::DigestKey;
use crate::engine::question::Body;
use crate::engine::value::{SecretRef, SecretSource, Value};
use crate::engine::verdict::{Cause, DoubtClass, Verdict};
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
fn an_annotation_of_a_secret_is_told_only_where_git_has_it_too_or_where_it_names_an_owner() {
    let case = secret("password", "data", "another");
    let copy = format!("{{\"stringData\":{{\"password\":\"{CANARY}\"}}}}");
    let annotations = json!({"kapp.k14s.io/original": copy, "meta.helm.sh/release-name": "orders"});
    let live =
        case.live(&json!({"data": {"password": "b3RoZXI="}, "metadata": {"annotations": annotations}}));
    let Body::Whole(body) = case.seen(&live).body else { panic!("kept") };
    let told = |name| body.at(&["metadata", "annotations", name]).cloned();
    assert_eq!(told("meta.helm.sh/release-name"), Some(Value::from("orders")));
    assert!(matches!(told("kapp.k14s.io/original"), Some(Value::Opaque(_))));
    let text = format!("{body:?}{:?}", case.verdict(&live));
    assert!(!text.contains(CANARY), "{text}");
}

fn unread(source: SecretSource) -> Case {
    let mut config = value(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": {}, "data": {}}));
    let secret = SecretRef { source, digest: None };
    let data = config.as_map_mut().and_then(|map| map.get_mut("data")?.as_map_mut()).expect("a map");
    data.insert("password".to_owned(), Value::from(secret));
    Case::of(&wanted_value(config), None).expect("nothing to refuse")
}

#[test]
fn a_secret_whose_source_was_not_read_is_a_doubt_and_never_the_same() {
    let case = unread(SecretSource::FromEnv("PASSWORD".to_owned()));
    let live = json!({"data": {"password": "b3RoZXI="}});
    let doubts = |verdict: Verdict| match verdict {
        Verdict::Undecided(doubts) => doubts.iter().map(|doubt| doubt.class).collect::<Vec<_>>(),
        verdict => panic!("{verdict:?}"),
    };
    assert_eq!(doubts(case.verdict(&case.live(&live))), [DoubtClass::SecretUnread]);
    let applied = secret("password", "data", "other");
    let verdict = case.verdict_after(&applied, &applied.live(&live), &case.live(&live));
    assert_eq!(doubts(verdict), [DoubtClass::SecretUnread], "it is as it was left");
}

#[test]
fn a_secret_that_somebody_changed_has_drifted_though_its_source_was_not_read() {
    let applied = secret("password", "data", CANARY);
    let left = json!({"data": {"password": super::super::canonical::encode(CANARY.as_bytes())}});
    let case = unread(SecretSource::FromEnv("PASSWORD".to_owned()));
    let tampered = case.live(&json!({"data": {"password": "b3RoZXI="}}));
    let Verdict::Differs(difference) = case.verdict_after(&applied, &applied.live(&left), &tampered) else {
        panic!("it differs");
    };
    assert!(matches!(difference.fields[0].cause, Cause::Drifted(_)), "{difference:?}");
}

#[test]
fn a_generated_secret_is_what_was_left_there_and_anything_else_has_drifted() {
    let case = unread(SecretSource::Generate { length: 32 });
    let left = case.live(&json!({"data": {"password": "b3RoZXI="}}));
    assert_eq!(case.verdict(&left), Verdict::Same);
    assert_eq!(case.verdict_after(&case, &left, &left), Verdict::Same);
    let tampered = case.live(&json!({"data": {"password": "YQ=="}}));
    assert_eq!(named(&case.verdict_after(&case, &left, &tampered)), ["data.password"]);
}

#[test]
fn a_literal_that_git_has_is_compared_as_text_and_anything_else_is_digested() {
    let case =
        Case::new(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": {}, "data": {"user": "YQ=="}}));
    assert_eq!(case.verdict(&case.live(&json!({}))), Verdict::Same);
    assert_eq!(named(&case.verdict(&case.live(&json!({"data": {"user": "Yg=="}})))), ["data.user"]);
}
