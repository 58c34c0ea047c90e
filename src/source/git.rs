//! Reads revisions of a local repository from its object database; no working tree and no index is touched.

use super::error::Transport;
use super::selection::Found;
use super::snapshot::{Commit, Origin, Snapshot};
use super::{SourceError, tree};
use evenkeel_core::documents::SourceFile;
use evenkeel_core::documents::nearest::nearest;
use git2::{ErrorCode, Oid, Repository, Tree};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::Path;

/// Reads a revision of the repository that `path` lies in; below `path` only.
pub(super) fn read(path: &Path, revision: &str) -> Result<Snapshot, SourceError> {
    if !path.exists() {
        return Err(SourceError::NoDirectory { path: path.to_owned() });
    }
    let name = path.display().to_string();
    let repository = Repository::discover(path).map_err(|error| match error.code() {
        ErrorCode::NotFound => SourceError::NoRepository { repository: name.clone() },
        _ => SourceError::of_git(&name, Transport::Local, error),
    })?;
    read_revision(&repository, &name, revision, &below(&repository, path))
}

/// Reads a revision of an open repository; `name` is what users call it, `directory` the part that is read.
pub(super) fn read_revision(
    repository: &Repository,
    name: &str,
    revision: &str,
    directory: &str,
) -> Result<Snapshot, SourceError> {
    let commit = find(repository, name, revision)?;
    let git = |source| SourceError::Git { repository: name.to_owned(), source };
    let root = subtree(repository, &commit, directory).map_err(|error| match error.code() {
        ErrorCode::NotFound => {
            SourceError::NotInRevision { revision: revision.to_owned(), directory: directory.to_owned() }
        }
        _ => git(error),
    })?;
    let listing = tree::list(repository, &root).map_err(git)?;
    let Found { files, refused, bytes: _ } = tree::read(repository, listing, name)?;
    Ok(Snapshot { files, refused, origin: Origin::Commit(describe(&commit).map_err(git)?) })
}

fn find<'a>(repository: &'a Repository, name: &str, revision: &str) -> Result<git2::Commit<'a>, SourceError> {
    let found = repository.revparse_single(revision).and_then(|object| object.peel_to_commit());
    found.map_err(|error| match error.code() {
        ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::Peel | ErrorCode::UnbornBranch => {
            SourceError::UnknownRevision {
                revision: revision.to_owned(),
                repository: name.to_owned(),
                nearest: nearest(revision, names(repository).iter().map(String::as_str)).map(str::to_owned),
            }
        }
        _ => SourceError::of_git(name, Transport::Local, error),
    })
}

fn names(repository: &Repository) -> Vec<String> {
    let Ok(references) = repository.references() else { return Vec::new() };
    references.flatten().filter_map(|reference| reference.shorthand().ok().map(str::to_owned)).collect()
}

fn subtree<'a>(
    repository: &'a Repository,
    commit: &git2::Commit<'a>,
    directory: &str,
) -> Result<Tree<'a>, git2::Error> {
    let root = commit.tree()?;
    if directory.is_empty() {
        return Ok(root);
    }
    root.get_path(directory.as_ref())?.to_object(repository)?.peel_to_tree()
}

fn describe(commit: &git2::Commit<'_>) -> Result<Commit, git2::Error> {
    let short = commit.as_object().short_id()?;
    Ok(Commit {
        id: commit.id().to_string().into(),
        short: String::from_utf8_lossy(&short).into(),
        time: Timestamp::from_second(commit.time().seconds()).unwrap_or(Timestamp::UNIX_EPOCH),
    })
}

/// Returns where `path` lies within the repository's working tree, with `/`; empty at its root.
fn below(repository: &Repository, path: &Path) -> String {
    let inside = repository.workdir().and_then(|tree| {
        let (tree, path) = (tree.canonicalize().ok()?, path.canonicalize().ok()?);
        path.strip_prefix(tree).ok().map(|rest| rest.to_string_lossy().replace('\\', "/"))
    });
    inside.unwrap_or_default()
}

/// Tells which revision the files of a directory are: contents are compared, so neither times nor the index count.
pub(super) fn origin_of(root: &Path, files: &[SourceFile]) -> Origin {
    compare_with_head(root, files).unwrap_or(Origin::Directory)
}

fn compare_with_head(root: &Path, files: &[SourceFile]) -> Result<Origin, git2::Error> {
    let repository = Repository::discover(root)?;
    let commit = repository.head()?.peel_to_commit()?;
    let head = describe(&commit)?;
    let committed = match subtree(&repository, &commit, &below(&repository, root)) {
        Ok(tree) => tree::list(&repository, &tree)?.blobs,
        Err(_) => BTreeMap::new(),
    };
    let same = files.len() == committed.len()
        && files.iter().all(|file| committed.get(file.path.as_ref()) == hash(file).as_ref());
    Ok(if same { Origin::Commit(head) } else { Origin::Changed { head } })
}

fn hash(file: &SourceFile) -> Option<Oid> {
    Oid::hash_object(git2::ObjectType::Blob, &file.bytes).ok()
}
