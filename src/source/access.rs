//! What reading a repository may use: a cache, time, and credentials; all handed in, none looked up here.

use crate::secret::{Secret, Variables};
use std::path::PathBuf;
use std::time::Duration;

/// The means of reading.
#[derive(Clone, Debug)]
pub struct Access {
    /// Where fetched repositories are kept, one bare repository for each URL.
    pub cache: PathBuf,
    /// How long one reading may take.
    pub patience: Duration,
    /// What is offered to a server that asks who we are. Nothing is ever prompted for.
    pub credentials: Credentials,
}

impl Access {
    /// Returns access without credentials of its own: agents and credential helpers still answer.
    #[must_use]
    pub fn with_cache(cache: impl Into<PathBuf>) -> Self {
        Self { cache: cache.into(), patience: Duration::from_secs(120), credentials: Credentials::default() }
    }
}

/// Credentials from the environment or the command line.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// User name; without it `git` over ssh, and whatever the server takes over https.
    pub user: Option<String>,
    /// Token or password for https.
    pub token: Option<Secret>,
    /// Private key file for ssh; the ssh agent is asked first.
    pub ssh_key: Option<PathBuf>,
    /// What the private key file is locked with.
    pub ssh_passphrase: Option<Secret>,
}

impl Credentials {
    /// Returns what the variables `EVENKEEL_GIT_USER`, `_TOKEN`, `_SSH_KEY` and `_SSH_PASSPHRASE` hold.
    #[must_use]
    pub fn of(variables: &Variables) -> Self {
        let text = |name| variables.text(name).filter(|text| !text.is_empty());
        let secret = |name| variables.get(name).filter(|secret| !secret.expose().is_empty()).cloned();
        Self {
            user: text("EVENKEEL_GIT_USER").map(str::to_owned),
            token: secret("EVENKEEL_GIT_TOKEN"),
            ssh_key: text("EVENKEEL_GIT_SSH_KEY").map(PathBuf::from),
            ssh_passphrase: secret("EVENKEEL_GIT_SSH_PASSPHRASE"),
        }
    }
}
