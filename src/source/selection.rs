//! Which names are specs: the same answer for a directory and for a tree in a repository.

use super::SourceError;
use super::snapshot::{Refusal, Refused};
use evenkeel_core::documents::SourceFile;
use evenkeel_core::documents::yaml::limits::MAX_FILE_BYTES;
use std::sync::Arc;

/// A spec file larger than the reader takes is refused unread.
pub(super) const MOST_BYTES: u64 = MAX_FILE_BYTES as u64;

/// All spec files together; 10,000 documents of 1 KiB are 10 MiB.
const MOST_TOTAL: u64 = 512 << 20;

/// Tells whether a file of this name is a spec. Hidden ones configure other tools (`.gitlab-ci.yml`).
pub(super) fn is_spec(name: &str) -> bool {
    !is_hidden(name) && name.rsplit_once('.').is_some_and(|(_, ending)| matches!(ending, "yaml" | "yml"))
}

/// Tells whether files and directories of this name are passed over, `.git` and `.evenkeel` among them.
pub(super) fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

/// Returns the path of `name` in `directory`, both relative to the root.
pub(super) fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// What a walk has found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<SourceFile>,
    pub(super) refused: Vec<Refused>,
    pub(super) bytes: u64,
}

impl Found {
    /// Keeps a file that was read.
    pub(super) fn keep(&mut self, path: &str, bytes: Vec<u8>) {
        self.bytes += bytes.len() as u64;
        self.files.push(SourceFile { path: Arc::from(path), bytes });
    }

    /// Keeps that a file was not read.
    pub(super) fn refuse(&mut self, path: &str, why: Refusal) {
        self.refused.push(Refused { path: Arc::from(path), why });
    }

    /// Ends the walk before memory does.
    pub(super) fn check_total(&self, what: &str) -> Result<(), SourceError> {
        if self.bytes <= MOST_TOTAL {
            return Ok(());
        }
        Err(SourceError::TooMuch { what: what.to_owned(), most: format!("{} MiB", MOST_TOTAL >> 20) })
    }

    /// Puts everything into the order of paths, whatever order the system listed it in.
    pub(super) fn sorted(mut self) -> Self {
        self.files.sort_by(|one, two| one.path.cmp(&two.path));
        self.refused.sort_by(|one, two| one.path.cmp(&two.path));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::is_spec;

    #[test]
    fn specs_end_in_yaml_or_yml_and_are_not_hidden() {
        assert!(is_spec("kafka.yaml") && is_spec("a.b.yml"));
        assert!(!is_spec(".gitlab-ci.yml") && !is_spec("yaml") && !is_spec("kafka.yaml.orig"));
    }
}
