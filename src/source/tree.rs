//! Lists and reads the spec files of a tree in Git's object database, by the rules of [`super::directory`].

use super::SourceError;
use super::selection::{Found, MOST_BYTES, is_hidden, is_spec, join};
use super::snapshot::Refusal;
use git2::{Blob, ObjectType, Oid, Repository, Tree};
use std::collections::BTreeMap;

/// How many links may be followed for one file; Linux allows as many.
const MOST_LINKS: usize = 40;

const LINK_MODE: i32 = 0o120_000;

/// The spec files of a tree by path, unread, and what is refused.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) blobs: BTreeMap<String, Oid>,
    pub(super) found: Found,
}

/// Lists the spec files of `root`.
pub(super) fn list(repository: &Repository, root: &Tree<'_>) -> Result<Listing, git2::Error> {
    let mut listing = Listing::default();
    let mut waiting = vec![(String::new(), root.id())];
    while let Some((directory, id)) = waiting.pop() {
        for entry in &repository.find_tree(id)? {
            let Ok(name) = entry.name() else {
                listing
                    .found
                    .refuse(&join(&directory, &String::from_utf8_lossy(entry.name_bytes())), Refusal::Name);
                continue;
            };
            if is_hidden(name) {
                continue;
            }
            let path = join(&directory, name);
            match entry.kind() {
                Some(ObjectType::Tree) => waiting.push((path, entry.id())),
                Some(ObjectType::Commit) => listing.found.refuse(&path, Refusal::Submodule),
                _ if entry.filemode() == LINK_MODE => listing.follow(repository, root, path)?,
                _ if is_spec(name) => {
                    listing.blobs.insert(path, entry.id());
                }
                _ => {}
            }
        }
    }
    Ok(listing)
}

/// Reads what was listed.
pub(super) fn read(repository: &Repository, listing: Listing, what: &str) -> Result<Found, SourceError> {
    let Listing { blobs, mut found } = listing;
    for (path, id) in blobs {
        let git = |source| SourceError::Git { repository: what.to_owned(), source };
        let (bytes, _) = repository.odb().and_then(|odb| odb.read_header(id)).map_err(git)?;
        if bytes as u64 > MOST_BYTES {
            found.refuse(&path, Refusal::TooLarge { bytes: bytes as u64, most: MOST_BYTES });
            continue;
        }
        found.keep(&path, repository.find_blob(id).map_err(git)?.content().to_vec());
        found.check_total(what)?;
    }
    Ok(found.sorted())
}

impl Listing {
    fn follow(&mut self, repository: &Repository, root: &Tree<'_>, path: String) -> Result<(), git2::Error> {
        let name = path.rsplit('/').next().unwrap_or(&path);
        match resolve(repository, root, &path)? {
            Ok(blob) if is_spec(name) => {
                self.blobs.insert(path, blob);
            }
            Ok(_) => {}
            Err(why) => self.found.refuse(&path, why),
        }
        Ok(())
    }
}

/// Follows the link at `path` to the blob at its end.
fn resolve(
    repository: &Repository,
    root: &Tree<'_>,
    path: &str,
) -> Result<Result<Oid, Refusal>, git2::Error> {
    let to = link_target(&repository.find_blob(root.get_path(path.as_ref())?.id())?);
    let mut ahead: Vec<String> = split(path);
    let mut behind: Vec<String> = Vec::new();
    let mut links = 0;
    while let Some(part) = ahead.pop() {
        if part == ".." {
            if behind.pop().is_none() {
                return Ok(Err(Refusal::LeavesRoot { to }));
            }
            continue;
        }
        behind.push(part);
        let Ok(entry) = root.get_path(behind.join("/").as_ref()) else {
            return Ok(Err(Refusal::Dangling { to }));
        };
        if entry.filemode() == LINK_MODE {
            let next = link_target(&repository.find_blob(entry.id())?);
            links += 1;
            if links > MOST_LINKS {
                return Ok(Err(Refusal::Dangling { to }));
            }
            if next.starts_with('/') {
                return Ok(Err(Refusal::LeavesRoot { to }));
            }
            behind.pop();
            ahead.extend(split(&next));
        } else if ahead.is_empty() && entry.kind() == Some(ObjectType::Blob) {
            return Ok(Ok(entry.id()));
        }
    }
    Ok(Err(Refusal::DirectoryLink { to }))
}

fn link_target(blob: &Blob<'_>) -> String {
    String::from_utf8_lossy(blob.content()).into_owned()
}

/// Splits a path into its parts, last one first.
fn split(path: &str) -> Vec<String> {
    path.rsplit('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
}
