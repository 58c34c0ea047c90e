//! Why a source could not be read at all, and the next thing to type.

use git2::{ErrorClass, ErrorCode};
use std::path::PathBuf;
use std::time::Duration;

/// Why a source could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is no such directory.
    #[error("no directory `{}`", path.display())]
    NoDirectory {
        /// As it was named.
        path: PathBuf,
    },
    /// The directory, or something in it, cannot be listed; what is in it is unknown.
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        /// What was read.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// More or larger files than a repository of specs has.
    #[error("`{what}` holds more than {most} of YAML")]
    TooMuch {
        /// What was read.
        what: String,
        /// The bound, with its unit.
        most: String,
    },
    /// No repository is there.
    #[error("`{repository}` is in no Git repository")]
    NoRepository {
        /// As it was named.
        repository: String,
    },
    /// The repository has nothing of this name.
    #[error("no revision `{revision}` in {repository}")]
    UnknownRevision {
        /// As it was named.
        revision: String,
        /// Where it was looked for.
        repository: String,
        /// The branch or tag that was probably meant.
        nearest: Option<String>,
    },
    /// The part of the repository that was named is not in this revision.
    #[error("revision `{revision}` has no directory `{directory}`")]
    NotInRevision {
        /// As it was named.
        revision: String,
        /// Relative to the repository's root.
        directory: String,
    },
    /// The server, or the file system, does not let us.
    #[error("{repository} does not accept our credentials")]
    Unauthorized {
        /// Without its password.
        repository: String,
        /// How it is reached, for the hint.
        transport: Transport,
        /// libgit2's words.
        source: git2::Error,
    },
    /// The server is not the one that its name stands for.
    #[error("{repository} does not prove its identity")]
    UnknownHost {
        /// Without its password.
        repository: String,
        /// How it is reached, for the hint.
        transport: Transport,
        /// libgit2's words.
        source: git2::Error,
    },
    /// Anything else that Git says.
    #[error("cannot read {repository}")]
    Git {
        /// Without its password.
        repository: String,
        /// libgit2's words.
        source: git2::Error,
    },
    /// No end within the patience of the caller.
    #[error("{what}: no answer for {} s", after.as_secs())]
    TimedOut {
        /// What was read.
        what: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The reading thread ended without an answer.
    #[error("{what}: reading ended without an answer")]
    Interrupted {
        /// What was read.
        what: String,
    },
}

/// How a repository is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A path or `file://`.
    Local,
    /// `https://` or `http://`.
    Http,
    /// `ssh://` or `user@host:path`.
    Ssh,
    /// `git://`.
    Git,
}

/// Returns what libgit2 says, without the numbers that only its developers know.
pub(crate) fn libgit2_words<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a str> {
    error.downcast_ref::<git2::Error>().map(git2::Error::message)
}

impl SourceError {
    /// Sorts what libgit2 says by what its user can do about it.
    pub(super) fn of_git(repository: &str, transport: Transport, source: git2::Error) -> Self {
        let repository = repository.to_owned();
        match (source.code(), source.class()) {
            (ErrorCode::Auth | ErrorCode::Owner, _) => Self::Unauthorized { repository, transport, source },
            (ErrorCode::Certificate, _) | (_, ErrorClass::Ssl) => {
                Self::UnknownHost { repository, transport, source }
            }
            _ => Self::Git { repository, source },
        }
    }

    /// Returns the next thing to type, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownRevision { revision: _, repository: _, nearest: Some(nearest) } => {
                Some(format!("there is {nearest}"))
            }
            Self::UnknownRevision { revision: _, repository: _, nearest: None } => {
                Some("list what there is: git branch --all; git tag".to_owned())
            }
            Self::NoRepository { repository: _ } => {
                Some("leave out --revision to read the directory as it stands".to_owned())
            }
            Self::Unauthorized { repository, transport, source: _ } => Some(transport.credentials_hint(repository)),
            Self::UnknownHost { repository: _, transport: Transport::Ssh, source: _ } => Some(
                "compare the fingerprint that its operators publish, then: ssh-keyscan HOST >> ~/.ssh/known_hosts".to_owned(),
            ),
            Self::NoDirectory { path: _ } => Some("name it with --repo".to_owned()),
            Self::NotInRevision { revision, directory: _ } => Some(format!("git ls-tree -d -r --name-only {revision}")),
            Self::UnknownHost { repository: _, transport: Transport::Http, source: _ } => {
                Some("trust the authority that signed its certificate: SSL_CERT_FILE=FILE".to_owned())
            }
            Self::UnknownHost { .. }
            | Self::TimedOut { .. }
            | Self::Unreadable { .. }
            | Self::TooMuch { .. }
            | Self::Git { .. }
            | Self::Interrupted { .. } => None,
        }
    }
}

impl Transport {
    fn credentials_hint(self, repository: &str) -> String {
        match self {
            Self::Local => format!("git config --global --add safe.directory {repository}"),
            Self::Http => {
                "set EVENKEEL_GIT_TOKEN, or a credential helper: git config credential.helper".to_owned()
            }
            Self::Ssh => "ssh-add a key, or set EVENKEEL_GIT_SSH_KEY to a key file".to_owned(),
            Self::Git => "git:// knows no credentials: use https or ssh".to_owned(),
        }
    }
}
