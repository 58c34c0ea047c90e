//! Workers that want to know who speaks to them, and end the connection if they do not hear it.

use crate::support::repository::Repository;
use crate::support::tls::{CERTIFICATE, End, Shut};

/// How often each is tried: whether a request leaves before the connection is seen to be closed is a matter of luck.
const TRIES: usize = 8;

fn plan_with_workers_at(address: &str) -> String {
    let repository = Repository::new();
    repository.write(
        "environments/prod/environment.yaml",
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  state: {directory: \
         .state}\n  limits: {requestTimeout: 5s, lease: 2s}\n",
    );
    repository.write("ca.pem", CERTIFICATE);
    repository.write(
        "environments/prod/all.yaml",
        &format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: ConnectCluster\nmetadata: {{name: main}}\nspec: {{url: \
             \"https://{address}\", tls: {{ca: {{fromFile: ca.pem}}}}}}\n---\napiVersion: \
             evenkeel.dev/v1alpha1\nkind: Connector\nmetadata: {{name: copy}}\nspec: {{class: com.example.Sink, \
             config: {{topics: quick}}}}\n"
        ),
    );
    let plan = repository.expect(7, &["plan", "prod"]).stdout;
    plan.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn workers_that_refuse_whoever_has_no_certificate_are_told_to_have_done_so_whenever_they_say_it() {
    for end in [End::AlertWithin, End::AlertAfter, End::LateAlert] {
        let workers = Shut::by(end);
        for _try in 0..TRIES {
            let plan = plan_with_workers_at(&workers.address);
            let told = "received fatal alert: CertificateRequired; what listens there asks for a client certificate \
                        that it trusts: `tls: {certificate, key}`";
            assert!(plan.contains(told) && plan.contains("Renew the credentials"), "{end:?}: {plan}");
        }
    }
}

#[test]
fn workers_that_close_a_connection_right_after_the_handshake_may_ask_for_a_certificate() {
    for end in [End::Goodbye, End::Close, End::Reset] {
        let workers = Shut::by(end);
        for _try in 0..TRIES {
            let plan = plan_with_workers_at(&workers.address);
            let told = "the connection was closed right after the TLS handshake; what listens there may ask for a \
                        client certificate that it trusts: `tls: {certificate, key}`";
            assert!(plan.contains(told) && plan.contains("Plan again when it answers"), "{end:?}: {plan}");
        }
    }
}
