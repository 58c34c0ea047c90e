//! A cluster to talk to: who we are is read when the first question is asked, so that a missing password freezes this
//! cluster and nothing else.

use super::tokens::Tokens;
use super::words::{why, why_ended};
use crate::backend::door::text;
use crate::secret::Sources;
use evenkeel_core::documents::credential::{Credential, Namespaces, Tls as TlsSpec};
use evenkeel_core::documents::kafka::cluster::{KafkaClusterSpec, Login as LoginSpec, OauthBearer, Sasl};
use evenkeel_core::engine::question::{Trouble, Why};
use evenkeel_kafka_admin::{
    Client, Error, Identity, Key, Login, Password, Pem, Rights, ScramMechanism, Settings, Tls,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long nobody may answer before a cluster counts as down.
const PATIENCE_TO_CONNECT: Duration = Duration::from_secs(5);

/// A cluster to talk to. Cheap to clone; all clones share one client.
#[derive(Clone)]
pub struct Connection {
    spec: Arc<KafkaClusterSpec>,
    namespaces: Arc<Namespaces>,
    deadline: Duration,
    client: Arc<Mutex<Option<Client>>>,
}

impl Connection {
    /// Keeps how to reach a cluster; nothing is read or sent yet.
    #[must_use]
    pub fn new(spec: KafkaClusterSpec, namespaces: Namespaces, deadline: Duration) -> Self {
        let (spec, namespaces) = (Arc::new(spec), Arc::new(namespaces));
        Self { spec, namespaces, deadline, client: Arc::default() }
    }

    /// Returns the deadline of one request.
    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Runs a request on a thread for waiting.
    pub(super) async fn with<T: Send + 'static>(
        &self,
        sources: &Sources,
        work: impl FnOnce(&Client) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Failed> {
        let client = self.client(sources).await.map_err(Failed::Before)?;
        match tokio::task::spawn_blocking(move || work(&client)).await {
            Ok(done) => done.map_err(Failed::Request),
            Err(panicked) => Err(Failed::Ended(why_ended(&panicked))),
        }
    }

    /// Returns the id of the cluster that answers, if it is the one that the specs mean.
    pub(super) async fn identity(&self, sources: &Sources) -> Result<String, Why> {
        let cluster = self.with(sources, |client| client.describe_cluster(Rights::Skip));
        let id = cluster.await.map_err(Failed::why)?.id;
        match &self.spec.cluster_id {
            Some(meant) if *meant != id => {
                let message = format!("spec.clusterId is {meant}, and the cluster that answers is {id}");
                Err(Why { trouble: Trouble::WrongIdentity, message })
            }
            Some(_) | None => Ok(id),
        }
    }

    async fn client(&self, sources: &Sources) -> Result<Client, Why> {
        let mut kept = self.client.lock().await;
        if let Some(client) = &*kept {
            return Ok(client.clone());
        }
        let client = Client::new(&self.settings(sources).await?).map_err(|error| why(&error))?;
        Ok(kept.insert(client).clone())
    }

    async fn settings(&self, sources: &Sources) -> Result<Settings, Why> {
        let tls = match &self.spec.tls {
            Some(tls) => Some(self.tls(tls, sources).await?),
            None => None,
        };
        let login = match &self.spec.sasl {
            Some(sasl) => Some(self.login(sasl, sources).await?),
            None => None,
        };
        let patience_to_connect = PATIENCE_TO_CONNECT.min(self.deadline);
        let settings = Settings::new(self.spec.bootstrap.clone());
        Ok(Settings { tls, login, patience_to_connect, patience: self.deadline, ..settings })
    }

    async fn tls(&self, tls: &TlsSpec, sources: &Sources) -> Result<Tls, Why> {
        let authorities = match &tls.ca {
            Some(ca) => Some(Pem::Text(self.read(ca, sources).await?)),
            None => None,
        };
        let identity = match (&tls.certificate, &tls.key) {
            (Some(certificate), Some(key)) => Some(Identity {
                certificate: Pem::Text(self.read(certificate, sources).await?),
                key: Key::Text(Password::new(self.read(key, sources).await?)),
                key_password: None,
            }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                let message = "spec.tls has one of `certificate` and `key`, and needs both or none";
                return Err(Why { trouble: Trouble::NoSource, message: message.to_owned() });
            }
        };
        Ok(Tls { authorities, identity })
    }

    async fn login(&self, sasl: &Sasl, sources: &Sources) -> Result<Login, Why> {
        Ok(match sasl {
            Sasl::Plain(LoginSpec { username, password }) => {
                Login::Plain { user: username.clone(), password: self.password(password, sources).await? }
            }
            Sasl::ScramSha256(login) => self.scram(ScramMechanism::Sha256, login, sources).await?,
            Sasl::ScramSha512(login) => self.scram(ScramMechanism::Sha512, login, sources).await?,
            Sasl::OauthBearer(bearer) => self.token(bearer, sources).await?,
        })
    }

    async fn scram(
        &self,
        mechanism: ScramMechanism,
        LoginSpec { username, password }: &LoginSpec,
        sources: &Sources,
    ) -> Result<Login, Why> {
        let password = self.password(password, sources).await?;
        Ok(Login::Scram { mechanism, user: username.clone(), password })
    }

    async fn token(&self, bearer: &OauthBearer, sources: &Sources) -> Result<Login, Why> {
        let tokens = Tokens {
            bearer: Arc::new(bearer.clone()),
            namespaces: Arc::clone(&self.namespaces),
            deadline: self.deadline,
            sources: sources.clone(),
        };
        tokens.login().await
    }

    async fn password(&self, credential: &Credential, sources: &Sources) -> Result<Password, Why> {
        self.read(credential, sources).await.map(Password::new)
    }

    async fn read(&self, credential: &Credential, sources: &Sources) -> Result<String, Why> {
        text(credential, sources, &self.namespaces).await
    }
}

/// Why a request brought nothing.
pub(super) enum Failed {
    /// It was not even made: a password cannot be read.
    Before(Why),
    /// It came to nothing, or nobody knows.
    Request(Error),
    /// It was carried out in part, or nobody knows.
    Ended(Why),
}

impl Failed {
    /// Returns why, where it does not matter what became of the request.
    pub(super) fn why(self) -> Why {
        match self {
            Self::Before(why) | Self::Ended(why) => why,
            Self::Request(error) => why(&error),
        }
    }
}
