//! Reads secrets from where specs say they are: a variable, a file, or a key of a Kubernetes Secret.

use super::Secret;
use super::keeper::{Keeper, Keys};
use super::variables::Variables;
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::id::ConnectionName;
use evenkeel_core::engine::question::{Answer, Fact, Trouble, Why};
use evenkeel_core::engine::value::SecretSource;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// No Kubernetes Secret takes more.
const MOST_BYTES: u64 = 1 << 20;

/// Where secrets may be read. Cheap to clone.
#[derive(Clone)]
pub struct Sources {
    variables: Arc<Variables>,
    directory: PathBuf,
    keepers: Keepers,
    deadline: Duration,
}

/// Who keeps Kubernetes Secrets, by connection.
pub type Keepers = BTreeMap<ConnectionName, Arc<dyn Keeper>>;

impl Sources {
    /// Keeps where to look; `directory` is where relative files are, and a file must be read within the deadline.
    #[must_use]
    pub fn new(variables: Arc<Variables>, directory: PathBuf, keepers: Keepers, deadline: Duration) -> Self {
        Self { variables, directory, keepers, deadline }
    }

    /// Returns the same sources with another in the place of each keeper of Kubernetes Secrets.
    #[must_use]
    pub fn kept_by(&self, instead: impl Fn(&Arc<dyn Keeper>) -> Arc<dyn Keeper>) -> Self {
        let keepers = self.keepers.iter().map(|(name, keeper)| (name.clone(), instead(keeper)));
        Self { keepers: keepers.collect(), ..self.clone() }
    }

    /// Reads one secret, every byte of it: a newline at the end of a file is part of it.
    pub async fn read(&self, source: &SecretSource) -> Result<Secret, Why> {
        match source {
            SecretSource::FromEnv(name) => self.read_variable(name),
            SecretSource::FromFile(path) => read_file(self.directory.join(path), self.deadline).await,
            SecretSource::FromSecret { connection, namespace, name, key } => {
                let keys =
                    self.read_keys(&ConnectionName::from(connection.as_str()), namespace, name).await?;
                let keys = keys.ok_or_else(|| no_source(format!("there is no Secret {namespace}/{name}")))?;
                keys.get(key).cloned().ok_or_else(|| no_source(format!("there is no {source}")))
            }
            SecretSource::Generate { length: _ } => {
                Err(no_source(format!("{source} exist only once applied")))
            }
        }
    }

    /// Answers the question for a secret's digest: all that planning gets to see of it.
    pub async fn digest(&self, source: &SecretSource, key: &DigestKey) -> Answer {
        match self.read(source).await {
            Ok(secret) => Answer::Fact(Fact::SecretDigest(key.digest(secret.expose()))),
            Err(why) => Answer::Unreadable(why),
        }
    }

    /// Reads all keys of a Kubernetes Secret, or nothing if it is not there.
    pub(super) async fn read_keys(
        &self,
        connection: &ConnectionName,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Keys>, Why> {
        match self.keepers.get(connection) {
            Some(keeper) => keeper.keys(namespace, name).await,
            None => Err(no_source(format!("connection {connection} is not configured"))),
        }
    }

    fn read_variable(&self, name: &str) -> Result<Secret, Why> {
        match self.variables.get(name) {
            None => Err(no_source(format!("environment variable {name} is not set"))),
            // What CI systems give for a secret that a pull request may not see; nobody wants an empty password.
            Some(secret) if secret.expose().is_empty() => {
                Err(no_source(format!("environment variable {name} is empty")))
            }
            Some(secret) => Ok(secret.clone()),
        }
    }
}

/// Reads a file in a thread of its own: it may lie on a server that no longer answers, and nothing ends such a read.
async fn read_file(path: PathBuf, deadline: Duration) -> Result<Secret, Why> {
    let name = path.display().to_string();
    let reading = tokio::task::spawn_blocking(move || read_regular(&path));
    match tokio::time::timeout(deadline, reading).await {
        Ok(Ok(Ok(secret))) => Ok(secret),
        Ok(Ok(Err(error))) => Err(no_source(format!("file {name}: {error}"))),
        Ok(Err(_panicked)) => {
            let message = format!("file {name}: a bug in evenkeel ended the reading");
            Err(Why { trouble: Trouble::Garbled, message })
        }
        Err(_late) => {
            let message = format!("file {name}: not read within {} s", deadline.as_secs_f32());
            Err(Why { trouble: Trouble::TimedOut, message })
        }
    }
}

/// Reads a regular file: whoever opens a pipe waits for its writer, and a device has no end.
fn read_regular(path: &Path) -> Result<Secret, FileError> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(FileError::NotRegular);
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    let secret = Secret::new(bytes);
    if secret.expose().len() as u64 > MOST_BYTES {
        return Err(FileError::TooLarge);
    }
    Ok(secret)
}

/// Why a file is no source.
#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
    #[error("it is no regular file")]
    NotRegular,
    #[error("it is larger than 1 MiB")]
    TooLarge,
}

fn no_source(message: String) -> Why {
    Why { trouble: Trouble::NoSource, message }
}
