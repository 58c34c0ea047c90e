//! Where specs come from: a directory, or any revision of a repository, read without touching a working tree.
//!
//! What could not be read is part of the answer ([`Snapshot::refused`]), never left out: a spec file that is
//! missing by accident would look like a wish to delete.

pub mod access;
mod cache;
mod directory;
mod error;
mod git;
mod login;
mod remote;
mod root;
mod selection;
mod snapshot;
mod tree;

pub use access::{Access, Credentials};
pub use error::SourceError;
pub(crate) use error::libgit2_words;
pub(crate) use remote::without_password;
pub use root::Root;
pub use snapshot::{Commit, Origin, Refusal, Refused, Snapshot};

use std::path::PathBuf;

/// What is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A directory as it stands, whether or not it is part of a repository.
    Directory(PathBuf),
    /// One revision of a repository.
    Revision {
        /// A path, or a URL (`https`, `ssh`, `git`, `file`, or `user@host:path`).
        repository: String,
        /// A branch, a tag, a hash, or anything `git rev-parse` understands.
        revision: String,
    },
}

impl Source {
    /// Returns the source that `--repo` and `--revision` name: a URL is read at its `HEAD` unless told otherwise.
    #[must_use]
    pub fn named(repository: &str, revision: Option<&str>) -> Self {
        match revision {
            Some(revision) => Self::Revision { repository: repository.into(), revision: revision.into() },
            None if remote::is_url(repository) => {
                Self::Revision { repository: repository.into(), revision: "HEAD".into() }
            }
            None => Self::Directory(repository.into()),
        }
    }
}

/// Reads every spec file of a source.
#[expect(
    clippy::disallowed_methods,
    reason = "a server that is silent must not hold up the end of the process"
)]
pub async fn read(source: &Source, access: &Access) -> Result<Snapshot, SourceError> {
    let (source, access) = (source.clone(), access.clone());
    let (patience, what) = (access.patience, source.to_string());
    let (answer, answered) = tokio::sync::oneshot::channel();
    // A thread of its own: a blocking task of the runtime would hold up the end of the process while a server is silent.
    std::thread::spawn(move || answer.send(read_blocking(&source, &access)));
    match tokio::time::timeout(patience, answered).await {
        Ok(Ok(snapshot)) => snapshot,
        Ok(Err(_)) => Err(SourceError::Interrupted { what }),
        Err(_) => Err(SourceError::TimedOut { what, after: patience }),
    }
}

fn read_blocking(source: &Source, access: &Access) -> Result<Snapshot, SourceError> {
    match source {
        Source::Directory(root) => directory::read(root),
        Source::Revision { repository, revision } if remote::is_url(repository) => {
            remote::read(repository, revision, access)
        }
        Source::Revision { repository, revision } => git::read(repository.as_ref(), revision),
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Directory(root) => write!(out, "{}", root.display()),
            Self::Revision { repository, revision } => {
                write!(out, "{revision} of {}", remote::without_password(repository))
            }
        }
    }
}
