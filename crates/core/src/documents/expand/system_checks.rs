//! What a schema cannot say of how a system is reached: a password that anybody on the way could read.

use super::manifest::Context;
use super::platform_checks::place;
use crate::documents::codes;
use crate::documents::connect::cluster::ConnectClusterSpec;
use crate::documents::kafka::cluster::{KafkaClusterSpec, Sasl};
use crate::documents::repository::overlay::Merged;
use crate::resources::connect;

impl Context<'_> {
    /// Tells of a password that would be sent to brokers in clear text.
    pub(super) fn check_kafka_cluster(&mut self, cluster: &KafkaClusterSpec, merged: &Merged) {
        let sent = match &cluster.sasl {
            Some(Sasl::Plain(_)) => "password",
            Some(Sasl::OauthBearer(_)) => "token",
            // It is proved and not sent.
            Some(Sasl::ScramSha256(_) | Sasl::ScramSha512(_)) | None => return,
        };
        let away = cluster.bootstrap.iter().find(|address| !is_loopback(host(address)));
        if let (None, Some(address)) = (&cluster.tls, away) {
            let message = format!("the {sent} would go to {address} in clear text");
            self.error(codes::CLEAR_TEXT, place(merged, &["spec", "sasl"]), message).hint =
                Some("write `tls: {}`, or log in by `scramSha512`".to_owned());
        }
    }

    /// Tells of a password that would be sent to workers in clear text, or that stands in their address.
    pub(super) fn check_connect_cluster(&mut self, workers: &ConnectClusterSpec, merged: &Merged) {
        let at = place(merged, &["spec", "url"]);
        if connect::is_written_out("url", &workers.url) {
            let message = "the address has a password in it".to_owned();
            self.error(codes::LITERAL_SECRET, at, message).hint =
                Some("write `basicAuth: {username: …, password: {fromEnv: …}}`".to_owned());
            return;
        }
        let authority =
            workers.url.strip_prefix("http://").map(|rest| rest.split('/').next().unwrap_or(rest));
        if let (Some(_), Some(authority)) = (&workers.basic_auth, authority)
            && !is_loopback(host(authority))
        {
            let message = format!("the password would go to {authority} in clear text");
            self.error(codes::CLEAR_TEXT, at, message).hint = Some("write https://".to_owned());
        }
    }
}

/// Returns the host of `HOST:PORT`.
fn host(address: &str) -> &str {
    match address.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or(bracketed),
        None => address.rsplit_once(':').map_or(address, |(host, _port)| host),
    }
}

/// Tells whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    let numbers: Vec<Option<u8>> = host.split('.').map(|number| number.parse().ok()).collect();
    host.eq_ignore_ascii_case("localhost")
        || host == "::1"
        || matches!(numbers.as_slice(), [Some(127), Some(_), Some(_), Some(_)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_reached_without_going_over_a_wire() {
        for address in ["127.0.0.1:9092", "localhost:9092", "127.3.2.1:1", "[::1]:9092", "LOCALHOST"] {
            assert!(is_loopback(host(address)), "{address}");
        }
        for address in
            ["kafka:9092", "127.0.0.1.example.com:9092", "localhost.example.com:1", "[::2]:1", "10.0.0.1:1"]
        {
            assert!(!is_loopback(host(address)), "{address}");
        }
    }
}
