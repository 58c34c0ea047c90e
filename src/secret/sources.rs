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

/// No Kubernetes Secret takes more.
const MOST_BYTES: u64 = 1 << 20;

/// Where secrets may be read. Cheap to clone.
#[derive(Clone)]
pub struct Sources {
    variables: Arc<Variables>,
    directory: PathBuf,
    keepers: Keepers,
}

/// Who keeps Kubernetes Secrets, by connection.
pub type Keepers = BTreeMap<ConnectionName, Arc<dyn Keeper>>;

impl Sources {
    /// Keeps where to look; `directory` is where relative files are.
    #[must_use]
    pub fn new(variables: Arc<Variables>, directory: PathBuf, keepers: Keepers) -> Self {
        Self { variables, directory, keepers }
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
            SecretSource::FromFile(path) => read_file(&self.directory.join(path)),
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

fn read_file(path: &Path) -> Result<Secret, Why> {
    let unreadable = |error: std::io::Error| no_source(format!("file {}: {error}", path.display()));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let secret = Secret::new(bytes);
    if secret.expose().len() as u64 > MOST_BYTES {
        return Err(no_source(format!("file {} is larger than 1 MiB", path.display())));
    }
    Ok(secret)
}

fn no_source(message: String) -> Why {
    Why { trouble: Trouble::NoSource, message }
}
