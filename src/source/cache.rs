//! Bare repositories that keep what was fetched, one directory for each URL, shared by all processes of a user.

use super::SourceError;
use evenkeel_core::engine::fingerprint::Digest;
use git2::Repository;
use std::fs;
use std::path::{Path, PathBuf};

/// The cache of one URL, locked for this process until it is dropped.
///
/// Shallow and whole histories are kept apart: libgit2 cannot tell which commits of a mixed repository have parents.
pub(super) struct Cache {
    directory: PathBuf,
    _lock: fs::File,
}

/// How much history a cached repository has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum History {
    /// The commit alone.
    Shallow,
    /// Everything that the branches and tags reach.
    Whole,
}

impl Cache {
    /// Opens the cache of `url`, waiting for other processes that use it.
    pub(super) fn open(root: &Path, url: &str) -> Result<Self, SourceError> {
        let directory = root.join("git").join(Digest::of([url.as_bytes()]).short(24));
        let lock =
            lock(&directory).map_err(|source| SourceError::Unreadable { path: directory.clone(), source })?;
        Ok(Self { directory, _lock: lock })
    }

    /// Opens one of the two repositories; an empty one is made where there is none, or a broken one.
    pub(super) fn repository(&self, history: History) -> Result<Repository, git2::Error> {
        let path = self.directory.join(match history {
            History::Shallow => "shallow.git",
            History::Whole => "whole.git",
        });
        Repository::open_bare(&path).or_else(|_| {
            // What is in a cache can be fetched again, so a broken one is started anew.
            let _absent = fs::remove_dir_all(&path);
            Repository::init_bare(&path)
        })
    }
}

fn lock(directory: &Path) -> std::io::Result<fs::File> {
    fs::create_dir_all(directory)?;
    let file = fs::File::options().create(true).truncate(false).write(true).open(directory.join("lock"))?;
    file.lock()?;
    Ok(file)
}
