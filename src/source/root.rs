//! Where relative paths in specs start from: the directory that the specs are in, if they are in one.

use super::Source;
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
