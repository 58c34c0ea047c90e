//! What a schema cannot say of how a system is reached: a password that anybody on the way could read.

use super::manifest::Context;
use super::platform_checks::place;
use crate::documents::codes;
use crate::documents::connect::cluster::ConnectClusterSpec;
use crate::documents::credential::ClearText;
use crate::documents::kafka::cluster::{KafkaClusterSpec, OauthBearer, Sasl, TokenEndpoint};
use crate::documents::repository::overlay::Merged;
use crate::documents::source::Span;
use crate::resources::connect;

/// What a system is sent without TLS.
struct Exposed<'a> {
    /// What of ours it is.
    sent: &'a str,
    /// To whom it goes.
    to: &'a str,
    /// What would keep others from it.
    instead: &'a str,
}

impl Context<'_> {
    /// Tells of a password that would be sent to brokers in clear text.
    pub(super) fn check_kafka_cluster(&mut self, cluster: &KafkaClusterSpec, merged: &Merged) {
        let sent = match &cluster.sasl {
            Some(Sasl::Plain(_)) => Some("password"),
            Some(Sasl::OauthBearer(_)) => Some("token"),
            // It is proved and not sent.
            Some(Sasl::ScramSha256(_) | Sasl::ScramSha512(_)) | None => None,
        };
        let away = cluster.bootstrap.iter().find(|address| !is_loopback(host(address)));
        let instead = "write `tls: {}`, or log in by `scramSha512`";
        let exposed = match (sent, away, &cluster.tls) {
            (Some(sent), Some(to), None) => Some(Exposed { sent, to, instead }),
            (_, _, _) => None,
        };
        self.check_clear_text(exposed, place(merged, &["spec", "sasl"]), cluster.clear_text.as_ref(), merged);
        if let Some(Sasl::OauthBearer(bearer)) = &cluster.sasl {
            self.check_tokens(bearer, merged);
        }
    }

    /// Tells of tokens that nobody can get, and of a secret that would be sent for them in clear text.
    fn check_tokens(&mut self, bearer: &OauthBearer, merged: &Merged) {
        let OauthBearer { token, token_endpoint, principal: _, extensions } = bearer;
        let here = |path: &[&str]| place(merged, &[&["spec", "sasl", "oauthBearer"], path].concat());
        if token.is_some() == token_endpoint.is_some() {
            let message = "a token has one source: `token` or `tokenEndpoint`".to_owned();
            self.error(codes::CONTRADICTION, here(&[]), message);
        }
        // Source: `OAuthBearerClientInitialResponse` of Kafka 3.9.
        let unfit =
            |name: &&String| *name == "auth" || !name.chars().all(|letter| letter.is_ascii_alphabetic());
        for name in extensions.keys().filter(unfit) {
            let message = format!("`{name}` cannot be the name of an extension");
            self.error(codes::NAME, here(&["extensions", name]), message).hint =
                Some("letters only, and not `auth`, which is the token itself".to_owned());
        }
        let Some(TokenEndpoint { url, client_id: _, client_secret: _, scope: _, tls: _ }) = token_endpoint
        else {
            return;
        };
        let at = here(&["tokenEndpoint", "url"]);
        if connect::is_written_out("url", url) {
            self.error(codes::LITERAL_SECRET, at, "the address has a password in it".to_owned()).hint =
                Some("write `clientSecret: {fromEnv: …}`".to_owned());
        } else if let Some(to) = in_clear_text(url).filter(|authority| !is_loopback(host(authority))) {
            let message = format!("the client's secret would go to {to} in clear text");
            self.error(codes::CLEAR_TEXT, at, message).hint = Some("write https://".to_owned());
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
        let away = in_clear_text(&workers.url).filter(|authority| !is_loopback(host(authority)));
        let exposed = away.filter(|_| workers.basic_auth.is_some());
        let exposed = exposed.map(|to| Exposed { sent: "password", to, instead: "write https://" });
        self.check_clear_text(exposed, at, workers.clear_text.as_ref(), merged);
    }

    /// A reason that nothing needs any more would let through what comes later.
    fn check_clear_text(
        &mut self,
        exposed: Option<Exposed<'_>>,
        at: Span,
        allowed: Option<&ClearText>,
        merged: &Merged,
    ) {
        match (exposed, allowed) {
            (Some(Exposed { sent, to, instead }), None) => {
                let message = format!("the {sent} would go to {to} in clear text");
                self.error(codes::CLEAR_TEXT, at, message).hint = Some(format!(
                    "{instead}; where something on the way encrypts it: `clearText: {{because: …}}`"
                ));
            }
            (Some(_), Some(ClearText { because })) if because.trim().is_empty() => {
                let message = "`because` is empty".to_owned();
                let at = place(merged, &["spec", "clearText", "because"]);
                self.error(codes::CLEAR_TEXT, at, message).hint =
                    Some("write what keeps it from others on the way".to_owned());
            }
            (None, Some(_)) => {
                let message = "nothing secret goes there in clear text".to_owned();
                let at = place(merged, &["spec", "clearText"]);
                self.error(codes::CONTRADICTION, at, message).hint = Some("leave `clearText` out".to_owned());
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
}

/// Returns whom a URL names that does not speak TLS; schemes are the same in any letters.
fn in_clear_text(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split('/').next().unwrap_or(rest);
    (!scheme.eq_ignore_ascii_case("https")).then_some(authority)
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
    fn only_https_is_not_read_on_the_way_however_it_is_spelt() {
        for url in ["http://connect:8083/x", "HTTP://connect:8083", "Http://connect:8083", "connect:8083"] {
            assert_eq!(in_clear_text(url), Some("connect:8083"), "{url}");
        }
        assert_eq!(in_clear_text("https://connect:8083"), None);
        assert_eq!(in_clear_text("HTTPS://connect:8083"), None);
    }

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
