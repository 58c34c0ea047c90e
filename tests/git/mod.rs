//! Sources: directories, and revisions over `file://` and `git://`, against the real `git`.

mod daemon;
mod http;
mod repository;
mod ssh;

use daemon::Daemon;
use evenkeel::secret::Secret;
use evenkeel::source::{Access, Origin, Refusal, Snapshot, Source, SourceError, read};
use http::Guests;
use repository::Repository;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

async fn revision(repository: &str, revision: &str, cache: &Path) -> Result<Snapshot, SourceError> {
    let source = Source::Revision { repository: repository.to_owned(), revision: revision.to_owned() };
    read(&source, &Access::with_cache(cache)).await
}

async fn directory(root: &Path) -> Snapshot {
    read(&Source::Directory(root.to_owned()), &Access::with_cache(root)).await.expect("reads")
}

fn texts(snapshot: &Snapshot) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    snapshot.files.iter().map(|file| format!("{}: {}", file.path, text(&file.bytes))).collect()
}

/// A repository whose `prod/a.yaml` says `one`, then `two`; the first commit is tagged `v1`.
fn two_commits() -> Repository {
    let repository = Repository::new();
    repository.write("prod/a.yaml", "one");
    repository.write("README.md", "no spec");
    repository.commit("first");
    repository.git(&["tag", "-a", "v1", "-m", "first"]);
    repository.write("prod/a.yaml", "two");
    repository.commit("second");
    repository
}

#[tokio::test]
async fn a_revision_is_named_by_branch_tag_hash_or_distance() {
    let repository = two_commits();
    let first = repository.git(&["rev-parse", "HEAD~1"]);
    let path = repository.path().display().to_string();
    let url = format!("file://{path}");
    for (name, text) in [
        ("main", "two"),
        ("v1", "one"),
        (first.as_str(), "one"),
        (&first[..7], "one"),
        ("main~1", "one"),
        ("HEAD", "two"),
    ] {
        for repository in [&path, &url] {
            let snapshot = revision(repository, name, Path::new("unused")).await.expect(name);
            assert_eq!(texts(&snapshot), [format!("prod/a.yaml: {text}")], "{name}");
        }
    }
}

#[tokio::test]
async fn the_same_revisions_come_over_the_network() {
    let repository = two_commits();
    let first = repository.git(&["rev-parse", "HEAD~1"]);
    let (daemon, http) = (Daemon::start(repository.path()), http::serve(repository.path(), Guests::All));
    let cache = tempfile::tempdir().expect("a directory");
    for (name, text) in [
        ("main", "two"),
        ("v1", "one"),
        ("main~1", "one"),
        (first.as_str(), "one"),
        (&first[..7], "one"),
        ("HEAD", "two"),
    ] {
        for url in [daemon.url(), &http] {
            let snapshot = revision(url, name, cache.path()).await.expect(name);
            assert_eq!(texts(&snapshot), [format!("prod/a.yaml: {text}")], "{name}");
            let Origin::Commit(commit) = snapshot.origin else { panic!("{:?}", snapshot.origin) };
            assert_eq!(commit.id.as_ref() == first, text == "one", "{name}");
        }
    }
}

#[tokio::test]
async fn a_branch_that_moved_is_fetched_again_and_a_hash_needs_no_server() {
    let repository = two_commits();
    let daemon = Daemon::start(repository.path());
    let cache = tempfile::tempdir().expect("a directory");
    let before = revision(daemon.url(), "main", cache.path()).await.expect("reads");
    repository.write("prod/a.yaml", "three");
    repository.commit("third");
    let after = revision(daemon.url(), "main", cache.path()).await.expect("reads");
    assert_eq!(texts(&after), ["prod/a.yaml: three"]);

    let (url, Origin::Commit(commit)) = (daemon.url().to_owned(), &before.origin) else {
        panic!("no commit")
    };
    drop(daemon);
    let again = revision(&url, &commit.id, cache.path()).await.expect("is in the cache");
    assert_eq!(again, before);
    let error = revision(&url, "main", cache.path()).await.expect_err("a branch may have moved");
    assert!(matches!(error, SourceError::Git { .. }), "{error:?}");
}

#[tokio::test]
async fn an_unknown_revision_is_answered_with_the_nearest_names() {
    let repository = two_commits();
    repository.git(&["branch", "release-2026"]);
    let daemon = Daemon::start(repository.path());
    let cache = tempfile::tempdir().expect("a directory");
    for repository in [repository.path().display().to_string(), daemon.url().to_owned()] {
        let error = revision(&repository, "relase-2026", cache.path()).await.expect_err("is unknown");
        assert_eq!(error.to_string(), format!("no revision `relase-2026` in {repository}"));
        assert_eq!(error.hint().as_deref(), Some("there is release-2026"));
    }
}

#[tokio::test]
async fn reading_a_revision_leaves_a_dirty_working_tree_as_it_is() {
    let repository = two_commits();
    repository.write("prod/a.yaml", "half an edit");
    repository.write("prod/new.yaml", "new");
    let before = repository.everything();
    let path = repository.path().display().to_string();
    let snapshot = revision(&path, "v1", Path::new("unused")).await.expect("reads");
    assert_eq!(texts(&snapshot), ["prod/a.yaml: one"]);
    directory(repository.path()).await;
    assert_eq!(repository.everything(), before);
}

#[tokio::test]
async fn a_part_of_a_repository_is_read_with_paths_of_its_own() {
    let repository = two_commits();
    let part = repository.path().join("prod");
    let snapshot = revision(&part.display().to_string(), "v1", Path::new("unused")).await.expect("reads");
    assert_eq!(texts(&snapshot), ["a.yaml: one"]);
}

#[tokio::test]
async fn a_clean_working_tree_is_called_by_its_commit_and_a_changed_one_is_not() {
    let repository = two_commits();
    let head = repository.git(&["rev-parse", "HEAD"]);
    assert_eq!(directory(repository.path()).await.origin.revision().as_str(), &head[..7]);
    repository.write("README.md", "no spec, so no change");
    assert_eq!(directory(repository.path()).await.origin.revision().as_str(), &head[..7]);
    repository.write("prod/b.yaml", "new");
    let origin = directory(repository.path()).await.origin;
    assert_eq!(origin.revision().as_str(), "working tree");
    assert!(matches!(origin, Origin::Changed { head: commit } if commit.id.as_ref() == head));
}

#[tokio::test]
async fn a_directory_outside_of_any_repository_is_read_as_well() {
    let root = tempfile::tempdir().expect("a directory");
    fs::write(root.path().join("b.yml"), "b").expect("writes");
    fs::write(root.path().join("a.yaml"), "a").expect("writes");
    let snapshot = directory(root.path()).await;
    assert_eq!(texts(&snapshot), ["a.yaml: a", "b.yml: b"]);
    assert_eq!(snapshot.origin, Origin::Directory);
}

#[tokio::test]
async fn hidden_directories_and_caches_are_passed_over() {
    let root = tempfile::tempdir().expect("a directory");
    for path in [".evenkeel/prod", ".github", "target/debug", "prod/target"] {
        fs::create_dir_all(root.path().join(path)).expect("makes");
        fs::write(root.path().join(path).join("a.yaml"), "a").expect("writes");
    }
    fs::write(root.path().join("target/CACHEDIR.TAG"), "").expect("writes");
    assert_eq!(texts(&directory(root.path()).await), ["prod/target/a.yaml: a"]);
}

#[tokio::test]
async fn links_are_treated_alike_in_a_directory_and_in_a_revision() {
    let repository = Repository::new();
    repository.write("base/a.yaml", "a");
    for (to, link) in [
        ("../base/a.yaml", "prod/inside.yaml"),
        ("inside.yaml", "prod/twice.yaml"),
        ("../../elsewhere.yaml", "prod/outside.yaml"),
        ("/etc/hostname", "prod/absolute.yaml"),
        ("nowhere.yaml", "prod/dangling.yaml"),
        ("circle.yaml", "prod/circle.yaml"),
        ("../base", "prod/common"),
    ] {
        fs::create_dir_all(repository.path().join("prod")).expect("makes");
        symlink(to, repository.path().join(link)).expect("links");
    }
    fs::write(repository.path().parent().expect("has one").join("elsewhere.yaml"), "canary").expect("writes");
    repository.commit("links");
    let path = repository.path().display().to_string();
    let committed = revision(&path, "HEAD", Path::new("unused")).await.expect("reads");
    let standing = directory(repository.path()).await;
    assert_eq!(texts(&standing), ["base/a.yaml: a", "prod/inside.yaml: a", "prod/twice.yaml: a"]);
    let refused: Vec<String> = standing.refused_for("prod").map(ToString::to_string).collect();
    insta::assert_snapshot!(refused.join("\n"), @"
    prod/absolute.yaml: it links to /etc/hostname, outside of the repository
    prod/circle.yaml: it links to circle.yaml, which is not there
    prod/common: it links to the directory ../base; `extends` takes directories
    prod/dangling.yaml: it links to nowhere.yaml, which is not there
    prod/outside.yaml: it links to ../../elsewhere.yaml, outside of the repository
    ");
    assert_eq!(committed, standing);
}

#[tokio::test]
async fn a_huge_file_is_refused_by_name_and_the_rest_is_read() {
    let root = tempfile::tempdir().expect("a directory");
    fs::write(root.path().join("a.yaml"), "a").expect("writes");
    fs::File::create(root.path().join("huge.yaml")).expect("makes").set_len(100 << 20).expect("grows");
    let snapshot = directory(root.path()).await;
    assert_eq!(texts(&snapshot), ["a.yaml: a"]);
    assert!(matches!(snapshot.refused[0].why, Refusal::TooLarge { bytes: 104_857_600, most: _ }));
}

#[tokio::test]
async fn what_is_not_there_is_said_by_name() {
    let error = revision("/no/such/place", "main", Path::new("unused")).await.expect_err("is not there");
    assert_eq!(error.to_string(), "no directory `/no/such/place`");
    let root = tempfile::tempdir().expect("a directory");
    let path = root.path().display().to_string();
    let error = revision(&path, "main", Path::new("unused")).await.expect_err("is no repository");
    assert_eq!(error.to_string(), format!("`{path}` is in no Git repository"));
}

#[tokio::test]
async fn a_server_that_wants_a_password_is_not_given_our_token_in_the_clear() {
    let repository = two_commits();
    let url = http::serve(repository.path(), Guests::None);
    let cache = tempfile::tempdir().expect("a directory");
    let mut access = Access::with_cache(cache.path());
    access.credentials.token = Some(Secret::new("canary"));
    let source = Source::Revision { repository: url.clone(), revision: "main".to_owned() };
    let error = read(&source, &access).await.expect_err("is not let in");
    assert_eq!(error.to_string(), format!("{url} does not accept our credentials"));
    assert!(error.hint().is_some_and(|hint| hint.contains("EVENKEEL_GIT_TOKEN")), "{error:?}");
}

#[tokio::test]
async fn a_password_in_the_url_is_neither_shown_nor_kept() {
    let repository = two_commits();
    let url = http::serve(repository.path(), Guests::All).replace("//", "//me:canary@");
    let cache = tempfile::tempdir().expect("a directory");
    for name in ["main", "main~1"] {
        revision(&url, name, cache.path()).await.expect("reads");
    }
    let kept = repository::everything_in(cache.path());
    assert!(kept.len() > 10, "nothing was fetched");
    for (path, bytes) in kept {
        assert!(!bytes.windows(6).any(|window| window == b"canary"), "{}", path.display());
    }
    for (name, url) in [("none", url.clone()), ("main", url.replace("127.0.0.1", "[bad"))] {
        let error = revision(&url, name, cache.path()).await.expect_err("is not there");
        let shown = format!("{error} {error:?} {:?}", error.hint());
        assert!(!shown.contains("canary"), "{shown}");
    }
}

#[tokio::test]
async fn a_silent_server_is_given_up_after_the_patience() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("git://{}/repo", listener.local_addr().expect("has one"));
    let cache = tempfile::tempdir().expect("a directory");
    let patience = std::time::Duration::from_millis(200);
    let source = Source::Revision { repository: url, revision: "main".to_owned() };
    let error =
        read(&source, &Access { patience, ..Access::with_cache(cache.path()) }).await.expect_err("is silent");
    assert!(matches!(error, SourceError::TimedOut { .. }), "{error:?}");
}
