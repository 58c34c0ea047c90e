//! A repository in a directory that vanishes, written with the real `git`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(super) struct Repository {
    _outside: tempfile::TempDir,
    path: PathBuf,
}

impl Repository {
    pub(super) fn new() -> Self {
        let outside = tempfile::tempdir().expect("a directory");
        let path = outside.path().canonicalize().expect("is there").join("specs");
        fs::create_dir(&path).expect("makes");
        let repository = Self { _outside: outside, path };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().expect("has one")).expect("makes");
        fs::write(path, text).expect("writes");
    }

    pub(super) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    /// Runs `git` without the configuration of whoever runs the tests, and returns what it says.
    pub(super) fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.current_dir(&self.path).args(arguments);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        for (role, value) in [("AUTHOR", "Alice"), ("COMMITTER", "Alice")] {
            command
                .env(format!("GIT_{role}_NAME"), value)
                .env(format!("GIT_{role}_EMAIL"), "alice@example.com");
        }
        let output = command.output().expect("git is installed");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    }

    /// Returns every file below the working tree with its contents, the index among them.
    pub(super) fn everything(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        everything_in(&self.path)
    }
}

/// Returns every file below a directory with its contents.
pub(super) fn everything_in(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut files, mut waiting) = (BTreeMap::new(), vec![directory.to_owned()]);
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).expect("lists") {
            let path = entry.expect("lists").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                files.insert(path.clone(), fs::read(&path).unwrap_or_default());
            }
        }
    }
    files
}
