//! What was read from a source: files, what could not be read, and which revision it is.

use evenkeel_core::diagnostic::{Diagnostic, Location};
use evenkeel_core::documents::{SourceFile, codes};
use evenkeel_core::engine::id::Revision;
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;

/// Everything that was read, in the order of paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The spec files; paths are relative to the source's root and use `/`.
    pub files: Vec<SourceFile>,
    /// Spec files that are there and were not read.
    pub refused: Vec<Refused>,
    /// Which revision it is.
    pub origin: Origin,
}

impl Snapshot {
    /// Returns what was refused in or above `directory` (`""` is the root): specs that live there may be missing.
    pub fn refused_for<'a>(&'a self, directory: &'a str) -> impl Iterator<Item = &'a Refused> {
        self.refused.iter().filter(move |refused| refused.concerns(directory))
    }
}

/// Tells whether `path` is `directory` or lies in it.
fn is_inside(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory);
    directory.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A spec file, or a link, that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Relative to the source's root, with `/`.
    pub path: Arc<str>,
    /// Why.
    pub why: Refusal,
}

impl Refused {
    /// Tells whether specs that live in `directory` (`""` is the root) may be missing because of this.
    #[must_use]
    pub fn concerns(&self, directory: &str) -> bool {
        let directory = directory.trim_end_matches('/');
        is_inside(&self.path, directory) || is_inside(directory, &self.path)
    }
}

impl Refused {
    /// Returns the finding that tells of it.
    #[must_use]
    pub fn finding(&self) -> Diagnostic {
        let (code, hint) = match &self.why {
            Refusal::LeavesRoot { to: _ } => (codes::REFUSED_FILE, "put the file itself into the repository"),
            Refusal::Dangling { to: _ } => {
                (codes::REFUSED_FILE, "remove the link, or put the file in its place")
            }
            Refusal::DirectoryLink { to: _ } => {
                (codes::REFUSED_FILE, "extends: [DIRECTORY] in environment.yaml")
            }
            Refusal::Submodule => {
                (codes::REFUSED_FILE, "copy its files, or name a checkout of them with --repo")
            }
            Refusal::TooLarge { bytes: _, most: _ } => {
                (codes::FILE_TOO_BIG, "split it, or move what is no spec out of this directory")
            }
            Refusal::Name => (codes::REFUSED_FILE, "rename it"),
            Refusal::NoFile => (codes::REFUSED_FILE, "move it out of this directory"),
            Refusal::Unreadable(_) => (codes::REFUSED_FILE, "let this process read it, or move it elsewhere"),
        };
        let message = format!("this cannot be read: {}", self.why);
        Diagnostic::error(code, Location::start_of(Arc::clone(&self.path)), message)
            .note("nothing is planned for an environment that would use it")
            .hint(hint)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.path, self.why)
    }
}

/// Why a spec file was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The link points out of the root.
    #[error("it links to {to}, outside of the repository")]
    LeavesRoot {
        /// As the link has it.
        to: String,
    },
    /// The link points to nothing, or in a circle.
    #[error("it links to {to}, which is not there")]
    Dangling {
        /// As the link has it.
        to: String,
    },
    /// The link points to a directory.
    #[error("it links to the directory {to}; `extends` takes directories")]
    DirectoryLink {
        /// As the link has it.
        to: String,
    },
    /// The path is a submodule, whose files belong to another repository.
    #[error("it is a submodule, whose files are not part of this revision")]
    Submodule,
    /// The file is larger than any spec.
    #[error("it has {} MiB, and a spec file may have {}", bytes >> 20, most >> 20)]
    TooLarge {
        /// How large it is.
        bytes: u64,
        /// How large it may be.
        most: u64,
    },
    /// The name is not UTF-8.
    #[error("its name is not UTF-8")]
    Name,
    /// It is a pipe, a socket or a device.
    #[error("it is no regular file")]
    NoFile,
    /// The system does not let us, in its words.
    #[error("{0}")]
    Unreadable(String),
}

/// Which revision a snapshot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A directory that no commit stands for: outside of a repository, or in one without commits.
    Directory,
    /// A working tree whose spec files are not those of its commit.
    Changed {
        /// The commit that is checked out.
        head: Commit,
    },
    /// Exactly what a commit has.
    Commit(Commit),
}

impl Origin {
    /// Returns the name that headers show: `1a2b3c4`, or `working tree` where no commit has these files.
    #[must_use]
    pub fn revision(&self) -> Revision {
        match self {
            Self::Directory | Self::Changed { head: _ } => Revision::new("working tree"),
            Self::Commit(commit) => Revision::new(commit.short.clone()),
        }
    }
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The exact hash.
    pub id: Arc<str>,
    /// As many digits of it as tell it from others, at least seven.
    pub short: Arc<str>,
    /// When it was committed.
    pub time: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::{Refusal, Refused};

    #[test]
    fn a_refusal_concerns_what_lies_in_it_and_what_it_lies_in() {
        let refused = |path: &str| Refused { path: path.into(), why: Refusal::Name };
        assert!(refused("environments/prod/kafka.yaml").concerns("environments/prod"));
        assert!(refused("environments/prod/kafka.yaml").concerns(""));
        assert!(refused("environments").concerns("environments/prod/"), "the directory itself is unreadable");
        assert!(!refused("environments/prod-eu/kafka.yaml").concerns("environments/prod"));
        assert!(!refused("docs/latest").concerns("environments/prod"));
    }
}
