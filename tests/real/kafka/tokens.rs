//! Tokens from whoever gives them out for an id and a secret: they come in, and why there is none is told without the
//! secret.

use super::access::{UNSIGNED, comes_in, is_told, plan};
use crate::support::broker::{Broker, Variant};
use crate::support::web::{Asked, Web};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const SECRET: &str = "canary-4717/";
/// `even+keel:canary-4717%2F` in base64: both as forms have them.
const LOGIN: &str = "Basic ZXZlbitrZWVsOmNhbmFyeS00NzE3JTJG";

/// A giver of tokens that takes nothing but what RFC 6749 (4.4) says, to the letter.
fn giver(given: &Arc<AtomicUsize>, lasts: u32) -> Web {
    let given = Arc::clone(given);
    Web::answering(move |Asked { method, path, headers, body }| {
        let header = |name: &str| headers.get(name).map(String::as_str);
        let is_request = (method.as_str(), path.as_str()) == ("POST", "/oauth2/token?tenant=a")
            && header("content-type") == Some("application/x-www-form-urlencoded")
            && body == "grant_type=client_credentials&scope=kafka+admin";
        if !is_request {
            return (400, r#"{"error": "invalid_request"}"#.to_owned());
        }
        if header("authorization") != Some(LOGIN) {
            let told = r#"{"error": "invalid_client", "error_description": "nobody knows you"}"#;
            return (401, told.to_owned());
        }
        given.fetch_add(1, Ordering::SeqCst);
        let token =
            format!(r#"{{"access_token": "{UNSIGNED}", "token_type": "Bearer", "expires_in": {lasts}}}"#);
        (200, token)
    })
}

fn sign_in(address: &str) -> String {
    format!(
        "  sasl:\n    oauthBearer:\n      extensions: {{logicalCluster: lkc-1}}\n      tokenEndpoint:\n        url: \
         \"http://{address}/oauth2/token?tenant=a\"\n        clientId: even keel\n        clientSecret: {{fromFile: \
         secret}}\n        scope: kafka admin\n"
    )
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn a_token_is_fetched_for_an_id_and_a_secret_and_comes_in() {
    Broker::on_each(Variant::Scram, |broker| {
        let given = Arc::default();
        let run = plan(broker, &sign_in(&giver(&given, 3600).address), &[("secret", SECRET)]);
        comes_in(&run);
        assert_eq!(given.load(Ordering::SeqCst), 1, "one token lasts for a plan");
        assert!(!run.stdout.contains("canary") && !run.stderr.contains("canary"), "{run:?}");
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn why_there_is_no_token_is_told_and_the_secret_is_not() {
    Broker::on_each(Variant::Scram, |broker| {
        let given = Arc::default();
        let refusing = giver(&given, 3600);
        let run = plan(broker, &sign_in(&refusing.address), &[("secret", "canary-4718")]);
        is_told(&run, "401 invalid_client nobody knows you");
        assert!(!run.stdout.contains("canary") && !run.stderr.contains("canary"), "{run:?}");
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr());
        let away = plan(broker, &sign_in(&free.expect("a port").to_string()), &[("secret", SECRET)]);
        is_told(&away, "Connection refused");
        let garbled = Web::answering(|_| (200, r#"{"token": "canary-4719"}"#.to_owned()));
        let run = plan(broker, &sign_in(&garbled.address), &[("secret", SECRET)]);
        is_told(&run, "has no access_token");
        assert!(!run.stdout.contains("canary") && !run.stderr.contains("canary"), "{run:?}");
        assert_eq!(given.load(Ordering::SeqCst), 0);
    });
}
