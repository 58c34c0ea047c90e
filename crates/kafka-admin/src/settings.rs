//! Where the brokers are, and who we are to them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// A password or a key: it cannot be printed, and is wiped when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes over a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password(…)")
    }
}

/// Everything that a [`crate::Client`] needs to know. [`Settings::new`] has defaults for all but the addresses.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `host:port` of brokers to ask first; one that answers is enough.
    pub bootstrap: Vec<String>,
    /// TLS; none is plain text.
    pub tls: Option<Tls>,
    /// The login; none is the anonymous user, or whom the client's certificate names.
    pub login: Option<Login>,
    /// How long reads go on trying where nobody can be reached. Wrong passwords and certificates are not tried again.
    pub patience_to_connect: Duration,
    /// How long one request may take in all.
    pub patience: Duration,
}

impl Settings {
    /// Plain text, no login, 5 s to connect, 30 s a request.
    #[must_use]
    pub fn new(bootstrap: Vec<String>) -> Self {
        Self {
            bootstrap,
            tls: None,
            login: None,
            patience_to_connect: Duration::from_secs(5),
            patience: Duration::from_secs(30),
        }
    }
}

/// How TLS is spoken. The default trusts the system's authorities and shows no certificate.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// The authorities that may vouch for brokers, in PEM; none is the system's.
    pub authorities: Option<Pem>,
    /// What we show of ourselves.
    pub identity: Option<Identity>,
}

/// A client's certificate and its key.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate, and those between it and the authority.
    pub certificate: Pem,
    /// The private key.
    pub key: Key,
    /// What the key is encrypted with.
    pub key_password: Option<Password>,
}

/// Certificates in PEM.
#[derive(Clone, Debug)]
pub enum Pem {
    /// The text itself.
    Text(String),
    /// A file that has it.
    File(PathBuf),
}

/// A private key in PEM.
#[derive(Clone, Debug)]
pub enum Key {
    /// The text itself.
    Text(Password),
    /// A file that has it.
    File(PathBuf),
}

/// How we log in by SASL.
#[derive(Clone)]
pub enum Login {
    /// Name and password, as they are: over TLS only.
    Plain {
        /// The name.
        user: String,
        /// The password.
        password: Password,
    },
    /// Name and password, of which the broker sees a proof only.
    Scram {
        /// The hash.
        mechanism: ScramMechanism,
        /// The name.
        user: String,
        /// The password.
        password: Password,
    },
    /// A token; asked for again before it ends.
    Token(TokenSource),
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain { user, password } => {
                formatter.debug_struct("Plain").field("user", user).field("password", password).finish()
            }
            Self::Scram { mechanism, user, password } => formatter
                .debug_struct("Scram")
                .field("mechanism", mechanism)
                .field("user", user)
                .field("password", password)
                .finish(),
            Self::Token(_) => formatter.write_str("Token"),
        }
    }
}

/// The hash of SCRAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScramMechanism {
    /// SCRAM-SHA-256.
    Sha256,
    /// SCRAM-SHA-512.
    Sha512,
}

impl ScramMechanism {
    /// Returns the name that Kafka gives it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SCRAM-SHA-256",
            Self::Sha512 => "SCRAM-SHA-512",
        }
    }
}

/// Gives a token, or says why there is none. It is called on a thread of the client's, where it may wait; a panic in it
/// counts as having none.
pub type TokenSource = Arc<dyn Fn() -> Result<Token, String> + Send + Sync>;

/// A token for SASL OAUTHBEARER.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token itself.
    pub text: Password,
    /// Whom it stands for.
    pub principal: String,
    /// When it ends, in milliseconds since 1970.
    pub ends_at: i64,
    /// What brokers are told beside it, by name.
    pub extensions: BTreeMap<String, String>,
}
