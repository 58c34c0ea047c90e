//! Where relative paths in specs start from: the directory that the specs are in, if they are in one.

use super::Source;
use git2::Repository;
use std::path::{Path, PathBuf};

/// Where relative paths in specs start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// The directory of the specs.
    Checkout(PathBuf),
    /// The directory that we run in: specs from a URL have none of their own.
    Here,
}

impl Root {
    /// Returns the directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Checkout(path) => path,
            Self::Here => Path::new("."),
        }
    }

    /// Returns all that whoever writes the specs can write: the work tree that their directory lies in, if it lies in
    /// one. Specs from a URL bring nothing onto this machine.
    #[must_use]
    pub fn work_tree(&self) -> Option<PathBuf> {
        let Self::Checkout(path) = self else { return None };
        let found = Repository::discover(path).ok();
        let found = found.and_then(|found| found.workdir().map(Path::to_owned));
        // A repository that somebody else owns is not opened, and its files are a checkout all the same.
        Some(found.or_else(|| marked(path)).unwrap_or_else(|| path.clone()))
    }
}

/// Returns the nearest directory on the way up that `git` has made a checkout.
fn marked(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    path.ancestors().find(|directory| directory.join(".git").exists()).map(Path::to_owned)
}

impl Source {
    /// Returns where relative paths in these specs start from.
    #[must_use]
    pub fn root(&self) -> Root {
        match self {
            Self::Directory(path) => Root::Checkout(path.clone()),
            Self::Revision { repository, revision: _ } if super::remote::is_url(repository) => Root::Here,
            Self::Revision { repository, revision: _ } => Root::Checkout(PathBuf::from(repository)),
        }
    }
}
