//! Tokens for SASL OAUTHBEARER: read where somebody keeps one, or fetched from whoever gives them out for an id and a secret
//! (RFC 6749, 4.4). The brokers' client asks for the next one before the one that it has ends.

use crate::backend::door::{Door, text, why_silent};
use crate::backend::http::{Call, JSON, Reply};
use crate::clock;
use crate::secret::Sources;
use evenkeel_core::documents::credential::Namespaces;
use evenkeel_core::documents::kafka::cluster::{OauthBearer, TokenEndpoint};
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_kafka_admin::{Login, Password, Token};
use http::Method;
use serde::Deserialize;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;

/// What a token says of its own end is between its giver and the brokers: where nobody tells us, it is asked for anew after
/// this time.
const LASTS: Duration = Duration::from_secs(300);

/// No token is kept for longer, whatever its giver says.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

const FORM: &str = "application/x-www-form-urlencoded";

/// Where the tokens of one cluster come from. Cheap to clone.
#[derive(Clone)]
pub(super) struct Tokens {
    pub(super) bearer: Arc<OauthBearer>,
    pub(super) namespaces: Arc<Namespaces>,
    pub(super) deadline: Duration,
    pub(super) sources: Sources,
}

/// What a giver of tokens answers (RFC 6749, 5.1).
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    token_type: String,
    expires_in: Option<Seconds>,
}

/// Some givers write the number as a text, and some with a fraction.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(f64),
    Text(String),
}

impl Seconds {
    /// Returns how long that is; nothing where it makes no sense, as a token that has ended.
    fn lasts(&self) -> Option<Duration> {
        let seconds = match self {
            Self::Number(seconds) => *seconds,
            Self::Text(text) => text.trim().parse().ok()?,
        };
        let seconds = seconds.clamp(0.0, LONGEST.as_secs_f64());
        Duration::try_from_secs_f64(seconds).ok().filter(|lasts| !lasts.is_zero())
    }
}

/// What it answers to whom it gives none (RFC 6749, 5.2).
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: String,
    error_description: String,
}

impl Tokens {
    /// Returns the login. The first token is had at once, so that whoever is asked for it is named where there is none.
    pub(super) async fn login(self) -> Result<Login, Why> {
        let first = Mutex::new(Some(self.next().await?));
        let runtime = Handle::current();
        // The client asks on a thread of its own.
        Ok(Login::Token(Arc::new(move || {
            let first = first.lock().unwrap_or_else(PoisonError::into_inner).take();
            first.map_or_else(|| runtime.block_on(self.next()).map_err(|why| why.message), Ok)
        })))
    }

    async fn next(&self) -> Result<Token, Why> {
        let OauthBearer { token, token_endpoint, principal, extensions } = &*self.bearer;
        let (secret, lasts, id) = match (token, token_endpoint) {
            (Some(token), _) => (text(token, &self.sources, &self.namespaces).await?, LASTS, ""),
            (None, Some(endpoint)) => {
                let (secret, lasts) = self.fetched(endpoint).await?;
                (secret, lasts, endpoint.client_id.as_str())
            }
            (None, None) => {
                let message = "spec.sasl.oauthBearer has neither `token` nor `tokenEndpoint`".to_owned();
                return Err(Why { trouble: Trouble::NoSource, message });
            }
        };
        let principal = if principal.is_empty() { id } else { principal };
        Ok(Token {
            text: Password::new(secret),
            principal: principal.to_owned(),
            ends_at: (clock::now() + lasts).as_millisecond(),
            extensions: extensions.clone(),
        })
    }

    async fn fetched(&self, endpoint: &TokenEndpoint) -> Result<(String, Duration), Why> {
        let TokenEndpoint { url, client_id, client_secret, scope, tls } = endpoint;
        let secret = text(client_secret, &self.sources, &self.namespaces).await?;
        let (server, path) = split(url);
        let door = Door { url: server, login: None, tls: tls.as_ref() };
        let (name, password) = (encoded(client_id), encoded(&secret));
        let login = Some((name.as_str(), password.as_str()));
        let http = door.open_as(login, &self.sources, &self.namespaces, self.deadline).await?;
        let scope = scope.as_ref().map(|scope| format!("&scope={}", encoded(scope))).unwrap_or_default();
        let form = format!("grant_type=client_credentials{scope}");
        let content = Some((FORM, form.into_bytes()));
        let call = Call { method: Method::POST, path, accept: JSON, content };
        let reply = http.exchange(call).await;
        let reply = reply.map_err(|silence| why_silent(&format!("POST {url}"), &silence))?;
        if reply.code == 200 { granted(url, &reply) } else { Err(refused(url, &reply, &secret)) }
    }
}

/// Splits a URL into its server and what is asked for there.
fn split(url: &str) -> (&str, &str) {
    let begin = url.find("://").map_or(0, |scheme| scheme + "://".len());
    match url[begin..].find('/') {
        Some(path) => url.split_at(begin + path),
        None => (url, "/"),
    }
}

/// Writes a text as forms, and names and passwords in RFC 6749 (2.3.1), have it.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            _ if byte.is_ascii_alphanumeric() || b"-._*".contains(&byte) => encoded.push(char::from(byte)),
            _ => {
                let _infallible = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// Reads what was granted. Of what cannot be read nothing is quoted: there is a token in it.
fn granted(url: &str, reply: &Reply) -> Result<(String, Duration), Why> {
    let garbled = |what: &str| Why { trouble: Trouble::Garbled, message: format!("POST {url}: {what}") };
    let Granted { access_token, token_type, expires_in } =
        serde_json::from_slice(&reply.body).map_err(|_quoting| garbled("its answer has no access_token"))?;
    if access_token.is_empty() || !matches!(&*token_type.to_ascii_lowercase(), "" | "bearer") {
        return Err(garbled("it gave no bearer token"));
    }
    let lasts = expires_in.as_ref().and_then(Seconds::lasts);
    Ok((access_token, lasts.unwrap_or(LASTS)))
}

/// Tells what the giver says, if it says it as it should, and never what we sent.
fn refused(url: &str, reply: &Reply, secret: &str) -> Why {
    let trouble = match reply.code {
        400 | 401 => Trouble::Unauthorized,
        403 => Trouble::Forbidden,
        408 | 504 => Trouble::TimedOut,
        429 | 500..=599 => Trouble::Unavailable,
        _ => Trouble::Garbled,
    };
    let Refused { error, error_description } = serde_json::from_slice(&reply.body).unwrap_or_default();
    let words = [error, error_description].join(" ");
    let quotes_us = [secret, &encoded(secret)].iter().any(|secret| words.contains(*secret));
    let told = if quotes_us { "its words are left out, as the secret stands in them" } else { words.trim() };
    Why { trouble, message: format!("POST {url}: {} {told}", reply.code).trim_end().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, body: &str) -> Reply {
        Reply { code, body: body.into(), date: None }
    }

    #[test]
    fn a_token_lasts_as_long_as_its_giver_says() {
        let lasts = |body: &str| granted("u", &reply(200, body)).map(|(_, lasts)| lasts.as_secs()).ok();
        assert_eq!(lasts(r#"{"access_token": "t", "token_type": "Bearer", "expires_in": 60}"#), Some(60));
        assert_eq!(lasts(r#"{"access_token": "t", "expires_in": "3599"}"#), Some(3599));
        assert_eq!(lasts(r#"{"access_token": "t"}"#), Some(300));
        assert_eq!(lasts(r#"{"access_token": "t", "expires_in": 59.9}"#), Some(59));
        assert_eq!(lasts(r#"{"access_token": "t", "token_type": "mac"}"#), None);
        assert_eq!(lasts(r#"{"access_token": ""}"#), None);
    }

    #[test]
    fn a_time_that_makes_no_sense_is_none_and_a_token_is_had_anew_every_day() {
        let lasts = |expires_in: &str| {
            let body = format!(r#"{{"access_token": "t", "expires_in": {expires_in}}}"#);
            granted("u", &reply(200, &body)).map(|(_, lasts)| lasts.as_secs()).map_err(|why| why.message)
        };
        for nonsense in ["-1", "0", "\"soon\"", "\"NaN\"", "null"] {
            assert_eq!(lasts(nonsense), Ok(300), "{nonsense}");
        }
        for long in ["253402300800", "18446744073709551615", "1e300", "\"inf\""] {
            assert_eq!(lasts(long), Ok(24 * 60 * 60), "{long}");
        }
    }

    #[test]
    fn neither_the_secret_nor_a_token_is_told() {
        let message = |code, body: &str| refused("https://login/t", &reply(code, body), "a canary").message;
        assert_eq!(
            message(401, r#"{"error": "invalid_client", "error_description": "unknown client"}"#),
            "POST https://login/t: 401 invalid_client unknown client"
        );
        for quoting in ["a canary", "a+canary"] {
            let body = format!(r#"{{"error": "invalid_client", "error_description": "no {quoting}"}}"#);
            assert!(!message(401, &body).contains("canary"), "{quoting}");
        }
        assert_eq!(message(502, "<html>canary</html>"), "POST https://login/t: 502");
        let garbled = granted("u", &reply(200, r#"{"token": "canary"}"#)).expect_err("no token");
        assert_eq!(garbled.message, "POST u: its answer has no access_token");
    }

    #[test]
    fn a_url_is_a_server_and_a_path() {
        assert_eq!(split("https://login:8443/a/b?c=d"), ("https://login:8443", "/a/b?c=d"));
        assert_eq!(split("https://login"), ("https://login", "/"));
    }

    #[test]
    fn texts_are_written_as_forms_have_them() {
        assert_eq!(encoded("a b+c/ü:~"), "a+b%2Bc%2F%C3%BC%3A%7E");
    }
}
