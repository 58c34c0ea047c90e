//! What the process finds around itself: its variables and its user. Read once, by `cli`; handed down from there.

use crate::secret::Variables;
use std::path::PathBuf;
use std::sync::Arc;

/// The surroundings of a run.
#[derive(Clone)]
pub struct Surroundings {
    /// Environment variables; any of them may be a secret.
    pub variables: Arc<Variables>,
    /// Who runs us, for the lock and for suspensions (`alice@laptop`).
    pub user: String,
    /// Where fetched repositories are kept.
    pub cache: PathBuf,
}

impl Surroundings {
    /// Returns the surroundings that these variables describe.
    #[must_use]
    pub fn of(variables: Variables) -> Self {
        let text = |name: &str| variables.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
        let home = text("HOME").unwrap_or_else(|| ".".to_owned());
        let cache = text("EVENKEEL_CACHE").map_or_else(
            || PathBuf::from(text("XDG_CACHE_HOME").unwrap_or(format!("{home}/.cache"))).join("evenkeel"),
            PathBuf::from,
        );
        // A pipeline is easier to find by its job than by the account that all jobs share.
        let pipeline = text("GITHUB_RUN_ID").map(|run| format!("GitHub run {run}"));
        let pipeline = pipeline.or_else(|| text("CI_JOB_URL"));
        let user = text("USER").or_else(|| text("LOGNAME")).unwrap_or_else(uid);
        let host = text("HOSTNAME").unwrap_or_else(host);
        let process = std::process::id();
        Self {
            user: format!("{}, process {process}", pipeline.unwrap_or(format!("{user}@{host}"))),
            cache,
            variables: Arc::new(variables),
        }
    }

    /// Returns a variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.text(name)
    }
}

/// Who runs us, where no variable tells (as in most containers).
fn uid() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uid = status.lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().next());
    uid.map_or_else(|| "somebody".to_owned(), |uid| format!("uid {uid}"))
}

/// On which machine; shells know it, but seldom export it.
fn host() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    if host.is_empty() { "an unnamed machine".to_owned() } else { host.to_owned() }
}
