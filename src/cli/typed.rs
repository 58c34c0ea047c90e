//! What is typed next: a command with the options that make it work on the same specs, by the same rules.

use super::args::Global;
use crate::source;

impl Global {
    /// Returns a command with the options that say which specs are meant.
    pub(super) fn command(&self, command: &str) -> String {
        format!("{command}{}", self.options())
    }

    pub(super) fn options(&self) -> String {
        let Self { repo, revision, base, format: _, verbose: _ } = self;
        let repo = Some(repo).filter(|repo| *repo != ".").map(|repo| source::without_password(repo));
        let options = [("--repo", repo), ("--revision", revision.clone()), ("--base", base.clone())];
        options
            .into_iter()
            .filter_map(|(option, value)| Some(format!(" {option} {}", word(&value?))))
            .collect()
    }
}

/// Returns one word for a shell.
fn word(value: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./:@+=,%~^{}".contains(letter);
    if value.chars().all(is_plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        assert_eq!(word("file:///srv/specs.git"), "file:///srv/specs.git");
        assert_eq!(word("my specs; true"), "'my specs; true'");
        assert_eq!(word("it's"), r"'it'\''s'");
    }
}
