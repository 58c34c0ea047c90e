//! How a system that speaks HTTP is reached: its address, who we are, certificates; and what is said when nobody answers.

use super::heard::TurnedAway;
use super::http::{Http, NoReply};
use super::transport;
use crate::secret::Sources;
use evenkeel_core::documents::credential::{Credential, Namespaces, Tls};
use evenkeel_core::engine::question::{Trouble, Why};
use k8s_openapi::ByteString;
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::json;
use std::fmt::Write;
use std::time::Duration;

/// An address, and what it takes to be let in.
pub(super) struct Door<'a> {
    pub(super) url: &'a str,
    /// A user and a password, where they are asked for.
    pub(super) login: Option<(&'a str, &'a Credential)>,
    pub(super) tls: Option<&'a Tls>,
}

impl Door<'_> {
    /// Reads passwords and certificates, and returns what sends requests; nothing is sent yet.
    pub(super) async fn open(
        &self,
        sources: &Sources,
        namespaces: &Namespaces,
        deadline: Duration,
    ) -> Result<Http, Why> {
        let login = match self.login {
            Some((name, password)) => Some((name, text(password, sources, namespaces).await?)),
            None => None,
        };
        let login = login.as_ref().map(|(name, password)| (*name, password.as_str()));
        self.open_as(login, sources, namespaces, deadline).await
    }

    /// The same for who has read the password already, as it is sent otherwise than it is kept.
    pub(super) async fn open_as(
        &self,
        login: Option<(&str, &str)>,
        sources: &Sources,
        namespaces: &Namespaces,
        deadline: Duration,
    ) -> Result<Http, Why> {
        let unusable = |_quoting_secrets| Why {
            trouble: Trouble::NoSource,
            message: format!("the certificates for {} cannot be used", self.url),
        };
        let settings = self.settings(login, sources, namespaces).await?;
        let kubeconfig: Kubeconfig = serde_json::from_value(settings).map_err(|error| Why {
            trouble: Trouble::Garbled,
            message: format!("{} cannot be connected to: {:?}", self.url, error.classify()),
        })?;
        let options = KubeConfigOptions::default();
        let mut config = Config::from_custom_kubeconfig(kubeconfig, &options)
            .await
            .map_err(|error| unusable(error.to_string()))?;
        config.default_retry = false;
        config.connect_timeout = Some(deadline);
        config.proxy_url = None;
        let client = transport::client(config).map_err(|error| unusable(error.to_string()))?;
        Ok(Http::new(client, deadline))
    }

    /// Address and credentials in the form that the client below takes them in.
    async fn settings(
        &self,
        login: Option<(&str, &str)>,
        sources: &Sources,
        namespaces: &Namespaces,
    ) -> Result<serde_json::Value, Why> {
        let text = async |credential: &Credential| text(credential, sources, namespaces).await;
        let (mut cluster, mut user) = (json!({"server": self.url}), json!({}));
        if let Some((name, password)) = login {
            user["username"] = json!(name);
            user["password"] = json!(password);
        }
        if let Some(tls) = self.tls {
            let encoded = async |credential: &Credential| -> Result<serde_json::Value, Why> {
                Ok(json!(ByteString(text(credential).await?.into_bytes())))
            };
            if let Some(ca) = &tls.ca {
                cluster["certificate-authority-data"] = encoded(ca).await?;
            }
            if let Some(certificate) = &tls.certificate {
                user["client-certificate-data"] = encoded(certificate).await?;
            }
            if let Some(key) = &tls.key {
                user["client-key-data"] = encoded(key).await?;
            }
        }
        Ok(json!({
            "current-context": "door",
            "contexts": [{"name": "door", "context": {"cluster": "door", "user": "door"}}],
            "clusters": [{"name": "door", "cluster": cluster}],
            "users": [{"name": "door", "user": user}],
        }))
    }
}

/// Reads a credential that is a text.
pub(super) async fn text(
    credential: &Credential,
    sources: &Sources,
    namespaces: &Namespaces,
) -> Result<String, Why> {
    let source = credential.source(namespaces);
    let secret = sources.read(&source).await?;
    let no_text = || Why { trouble: Trouble::NoSource, message: format!("{source} is no text") };
    Ok(secret.expose_line().ok_or_else(no_text)?.to_owned())
}

/// Says that nothing came back.
pub(super) fn why_silent(what: &str, silence: &NoReply) -> Why {
    match silence {
        NoReply::TimedOut(deadline) => Why {
            trouble: Trouble::TimedOut,
            message: format!("{what}: no answer in {} s", deadline.as_secs_f32()),
        },
        NoReply::Broken(cause) => Why { trouble: Trouble::Unavailable, message: format!("{what}: {cause}") },
        NoReply::TurnedAway(away) => {
            let Why { trouble, message } = why_turned_away(what, away);
            Why { trouble, message: message + ": `tls: {certificate, key}`" }
        }
    }
}

/// Says that a server ended a connection because of who we are.
pub(super) fn why_turned_away(what: &str, away: &TurnedAway) -> Why {
    let (trouble, reason) = match away {
        TurnedAway::Refused(_) => {
            (Trouble::Unauthorized, "what listens there asks for a client certificate that it trusts")
        }
        // It may be on its way down as well.
        TurnedAway::Closed => {
            (Trouble::Unavailable, "what listens there may ask for a client certificate that it trusts")
        }
    };
    Why { trouble, message: format!("{what}: {away}; {reason}") }
}

/// Returns the address of something with a name in it; names may have anything in them.
pub(super) fn encoded(above: &str, name: &str, below: &str) -> String {
    let mut path = above.to_owned();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            path.push(char::from(byte));
        } else {
            let _infallible = write!(path, "%{byte:02X}");
        }
    }
    path + below
}
