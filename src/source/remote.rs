//! Reads revisions of a remote repository through the cache, with as little history as the question needs.

use super::cache::{Cache, History};
use super::error::Transport;
use super::login::Login;
use super::{Access, Snapshot, SourceError, git};
use git2::{Direction, ErrorCode, FetchOptions, FetchPrune, Oid, ProxyOptions, Remote, Repository};
use std::path::Path;

/// Where fetched references are kept, so that they never look like branches of ours.
const KEPT: &str = "refs/evenkeel/";

/// Tells whether `repository` is a URL rather than a path: `scheme://…`, or `user@host:path` where no such path is.
pub(super) fn is_url(repository: &str) -> bool {
    let scp_like = || {
        let (host, path) = repository.split_once(':')?;
        Some(host.contains('@') && !host.contains('/') && !path.is_empty() && !Path::new(repository).exists())
    };
    repository.contains("://") || scp_like().unwrap_or_default()
}

/// Returns the URL as it may be shown: a password in it becomes `***`.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let Some((user, host)) = authority.rsplit_once('@') else { return url.to_owned() };
    // Tokens stand in the place of the user name as well (`https://TOKEN@host`); ssh has user names only.
    let shown = if scheme == "ssh" { user.split(':').next().unwrap_or_default() } else { "***" };
    match path {
        Some(path) => format!("{scheme}://{shown}@{host}/{path}"),
        None => format!("{scheme}://{shown}@{host}"),
    }
}

/// Reads a revision of the repository at `url`.
pub(super) fn read(url: &str, revision: &str, access: &Access) -> Result<Snapshot, SourceError> {
    // libgit2 cannot fetch a part of a repository from this machine, and need not: its objects are at hand.
    if let Some(path) = url.strip_prefix("file://") {
        return git::read(Path::new(path), revision);
    }
    let fetch = Fetch { url, shown: without_password(url), transport: transport(url), access };
    // A token in the URL changes; the repository behind it does not.
    let cache = Cache::open(&access.cache, &fetch.shown)?;
    if let Ok(id) = Oid::from_str(revision)
        && revision.len() == 40
    {
        return fetch.exact_commit(&cache, id);
    }
    match fetch.one_reference(&cache, revision)? {
        Some(snapshot) => Ok(snapshot),
        None => fetch.everything(&cache, revision),
    }
}

fn transport(url: &str) -> Transport {
    match url.split_once("://").map(|(scheme, _)| scheme) {
        Some("http" | "https") => Transport::Http,
        Some("git") => Transport::Git,
        Some("file") => Transport::Local,
        _ => Transport::Ssh,
    }
}

struct Fetch<'a> {
    url: &'a str,
    shown: String,
    transport: Transport,
    access: &'a Access,
}

impl Fetch<'_> {
    /// A commit never changes: one that is in the cache is read without asking anybody.
    fn exact_commit(&self, cache: &Cache, id: Oid) -> Result<Snapshot, SourceError> {
        for history in [History::Whole, History::Shallow] {
            let repository = self.open(cache, history)?;
            if repository.find_commit(id).and_then(|commit| commit.tree()).is_ok() {
                return self.snapshot(&repository, &id.to_string());
            }
        }
        let repository = self.open(cache, History::Shallow)?;
        let refspec = format!("+{id}:{KEPT}commit/{id}");
        match self.download(&repository, &[refspec], 1).map_err(|error| self.failed(&error)) {
            Ok(()) => self.snapshot(&repository, &id.to_string()),
            // Servers may refuse to give commits that no reference points to by their hash alone.
            Err(SourceError::Git { repository: _, source: _ }) => self.everything(cache, &id.to_string()),
            Err(error) => Err(error),
        }
    }

    /// Fetches the one reference that `revision` names exactly, or nothing if there is none.
    fn one_reference(&self, cache: &Cache, revision: &str) -> Result<Option<Snapshot>, SourceError> {
        let repository = self.open(cache, History::Shallow)?;
        let offered = self.offered(&repository).map_err(|error| self.failed(&error))?;
        let Some(name) = named(&offered, revision) else { return Ok(None) };
        let kept = format!("{KEPT}{}", name.strip_prefix("refs/").unwrap_or(name));
        match self.download(&repository, &[format!("+{name}:{kept}")], 1).map_err(|error| self.failed(&error))
        {
            Ok(()) => self.snapshot(&repository, &kept).map(Some),
            // Servers that know no depth (plain files over http): the long way works there, too.
            Err(SourceError::Git { repository: _, source: _ }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Fetches all branches and tags, for what only history can tell (`main~3`, a short hash).
    fn everything(&self, cache: &Cache, revision: &str) -> Result<Snapshot, SourceError> {
        let repository = self.open(cache, History::Whole)?;
        let refspecs = ["+refs/heads/*:refs/heads/*".to_owned(), "+refs/tags/*:refs/tags/*".to_owned()];
        self.download(&repository, &refspecs, 0).map_err(|error| self.failed(&error))?;
        self.follow_head(&repository).map_err(|error| self.failed(&error))?;
        self.snapshot(&repository, revision)
    }

    fn follow_head(&self, repository: &Repository) -> Result<(), git2::Error> {
        let mut remote = repository.remote_anonymous(self.url)?;
        let connection = self.connect(&mut remote)?;
        match connection.default_branch() {
            Ok(branch) => repository.set_head(branch.as_str().unwrap_or("refs/heads/main")),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn offered(&self, repository: &Repository) -> Result<Vec<String>, git2::Error> {
        let mut remote = repository.remote_anonymous(self.url)?;
        let connection = self.connect(&mut remote)?;
        Ok(connection.list()?.iter().map(|head| head.name().to_owned()).collect())
    }

    fn connect<'remote, 'repository>(
        &self,
        remote: &'remote mut Remote<'repository>,
    ) -> Result<git2::RemoteConnection<'repository, 'remote, 'static>, git2::Error> {
        let login = Login::new(self.url, self.access);
        remote.connect_auth(Direction::Fetch, Some(login.callbacks()), Some(proxy()))
    }

    fn download(&self, repository: &Repository, refspecs: &[String], depth: i32) -> Result<(), git2::Error> {
        let mut options = FetchOptions::new();
        options
            .remote_callbacks(Login::new(self.url, self.access).callbacks())
            .proxy_options(proxy())
            .download_tags(git2::AutotagOption::None)
            .update_fetchhead(false)
            .depth(depth);
        if depth == 0 {
            options.prune(FetchPrune::On);
        }
        repository.remote_anonymous(self.url)?.fetch(refspecs, Some(&mut options), None)
    }

    fn open(&self, cache: &Cache, history: History) -> Result<Repository, SourceError> {
        cache.repository(history).map_err(|error| self.failed(&error))
    }

    fn snapshot(&self, repository: &Repository, revision: &str) -> Result<Snapshot, SourceError> {
        git::read_revision(repository, &self.shown, revision, "")
    }

    /// What libgit2 says may quote the URL.
    fn failed(&self, error: &git2::Error) -> SourceError {
        let message = error.message().replace(self.url, &self.shown);
        let error = git2::Error::new(error.code(), error.class(), message);
        SourceError::of_git(&self.shown, self.transport, error)
    }
}

/// Returns the reference that a short name stands for, tags before branches as Git has it.
fn named<'a>(offered: &'a [String], revision: &str) -> Option<&'a str> {
    let candidates = [revision.to_owned(), format!("refs/tags/{revision}"), format!("refs/heads/{revision}")];
    let full = |name: &&String| name.as_str() == "HEAD" || name.starts_with("refs/");
    candidates
        .iter()
        .find_map(|wanted| offered.iter().filter(full).find(|name| *name == wanted))
        .map(String::as_str)
}

fn proxy() -> ProxyOptions<'static> {
    let mut proxy = ProxyOptions::new();
    proxy.auto();
    proxy
}

#[cfg(test)]
mod tests {
    use super::{is_url, named, without_password};

    #[test]
    fn urls_are_told_from_paths() {
        for url in ["https://host/a", "ssh://git@host/a", "git://host/a", "file:///a", "git@host:team/a.git"]
        {
            assert!(is_url(url), "{url}");
        }
        for path in [".", "/srv/specs", "team/specs", "c:specs", "a@b/c:d"] {
            assert!(!is_url(path), "{path}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_never_shown() {
        assert_eq!(without_password("https://me:canary@host:8443/a.git"), "https://***@host:8443/a.git");
        assert_eq!(without_password("https://canary@host"), "https://***@host");
        assert_eq!(without_password("ssh://git@host/a@b"), "ssh://git@host/a@b");
        assert_eq!(without_password("git@host:a.git"), "git@host:a.git");
    }

    #[test]
    fn a_tag_wins_over_a_branch_of_the_same_name() {
        let offered = ["HEAD", "refs/heads/v1", "refs/tags/v1"].map(str::to_owned);
        assert_eq!(named(&offered, "v1"), Some("refs/tags/v1"));
        assert_eq!(named(&offered, "refs/heads/v1"), Some("refs/heads/v1"));
        assert_eq!(named(&offered, "v1~1"), None);
    }
}
