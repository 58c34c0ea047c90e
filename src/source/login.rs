//! Answers a Git server that asks who we are, and lets libgit2 decide whether the server is who it should be.
//!
//! Each means is offered once, and nobody is prompted. A token goes to the host of the URL only, and never in the clear.

use super::Access;
use crate::clock;
use git2::{
    CertificateCheckStatus, Config, Cred, CredentialType, Error, ErrorClass, ErrorCode, RemoteCallbacks,
};
use std::collections::VecDeque;
use std::time::Instant;

/// One connection's attempts to log in.
pub(super) struct Login {
    url: String,
    access: Access,
    untried: VecDeque<Means>,
    until: Instant,
}

#[derive(Clone, Copy)]
enum Means {
    Agent,
    KeyFile,
    Token,
    Helper,
    Negotiate,
}

impl Login {
    pub(super) fn new(url: &str, access: &Access) -> Self {
        let untried = [Means::Agent, Means::KeyFile, Means::Token, Means::Helper, Means::Negotiate];
        let until = clock::moment() + access.patience;
        Self { url: url.to_owned(), access: access.clone(), untried: untried.into(), until }
    }

    pub(super) fn callbacks(mut self) -> RemoteCallbacks<'static> {
        let until = self.until;
        let mut callbacks = RemoteCallbacks::new();
        callbacks.transfer_progress(move |_| clock::moment() < until);
        // libgit2 checks X.509 chains and `known_hosts` by itself; passing through keeps its verdict.
        callbacks.certificate_check(|_, _| Ok(CertificateCheckStatus::CertificatePassthrough));
        callbacks.credentials(move |url, user, allowed| self.next(url, user, allowed));
        callbacks
    }

    fn next(&mut self, url: &str, user: Option<&str>, allowed: CredentialType) -> Result<Cred, Error> {
        let user = user.map(str::to_owned).or_else(|| self.access.credentials.user.clone());
        if allowed == CredentialType::USERNAME {
            return Cred::username(user.as_deref().unwrap_or("git"));
        }
        while let Some(means) = self.untried.pop_front() {
            if let Some(credential) = self.offer(means, url, user.as_deref(), allowed) {
                return Ok(credential);
            }
        }
        Err(Error::new(ErrorCode::Auth, ErrorClass::Callback, "no credentials are left to offer"))
    }

    /// Returns nothing where this means is not at hand or not asked for.
    fn offer(&self, means: Means, url: &str, user: Option<&str>, allowed: CredentialType) -> Option<Cred> {
        let credentials = &self.access.credentials;
        match means {
            Means::Agent if allowed.contains(CredentialType::SSH_KEY) => {
                Cred::ssh_key_from_agent(user.unwrap_or("git")).ok()
            }
            Means::KeyFile if allowed.contains(CredentialType::SSH_KEY) => {
                let passphrase = credentials.ssh_passphrase.as_ref().and_then(|secret| secret.expose_text());
                Cred::ssh_key(user.unwrap_or("git"), None, credentials.ssh_key.as_ref()?, passphrase).ok()
            }
            Means::Token
                if allowed.contains(CredentialType::USER_PASS_PLAINTEXT) && self.may_have_token(url) =>
            {
                let token = credentials.token.as_ref()?.expose_text()?;
                Cred::userpass_plaintext(user.unwrap_or("x-access-token"), token).ok()
            }
            Means::Helper if allowed.contains(CredentialType::USER_PASS_PLAINTEXT) => {
                Cred::credential_helper(&Config::open_default().ok()?, url, user).ok()
            }
            Means::Negotiate if allowed.contains(CredentialType::DEFAULT) => Cred::default().ok(),
            Means::Agent | Means::KeyFile | Means::Token | Means::Helper | Means::Negotiate => None,
        }
    }

    /// A redirect may lead elsewhere; the token is meant for the host that was named, over TLS.
    fn may_have_token(&self, url: &str) -> bool {
        url.starts_with("https://") && host(url) == host(&self.url)
    }
}

fn host(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split('/').next()?;
    authority.rsplit('@').next()
}

#[cfg(test)]
mod tests {
    use super::{Access, CredentialType, Login, Means};
    use crate::secret::Secret;

    fn offers_token(url: &str, asked_by: &str) -> bool {
        let mut access = Access::with_cache("unused");
        access.credentials.token = Some(Secret::new("canary"));
        let login = Login::new(url, &access);
        login.offer(Means::Token, asked_by, None, CredentialType::USER_PASS_PLAINTEXT).is_some()
    }

    #[test]
    fn a_token_goes_to_the_named_host_over_tls_only() {
        assert!(offers_token("https://me@host/a.git", "https://host/a.git"));
        assert!(!offers_token("https://host/a.git", "https://elsewhere/a.git"));
        assert!(!offers_token("http://host/a.git", "http://host/a.git"));
    }
}
