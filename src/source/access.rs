//! What reading a repository may use: a cache, time, and credentials; all handed in, none looked up here.

use crate::secret::Secret;
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
