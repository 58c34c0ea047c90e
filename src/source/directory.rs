//! Reads the spec files below a directory as they stand.
//!
//! Links are followed to files below the same root only; what a link cannot give is refused by name.

use super::selection::{Found, MOST_BYTES, is_hidden, is_spec, join};
use super::snapshot::{Refusal, Snapshot};
use super::{SourceError, git};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Marks a directory as a cache (`cargo` writes it into `target`); <https://bford.info/cachedir/>.
const CACHE_MARK: &str = "CACHEDIR.TAG";

/// Reads `root`.
pub(super) fn read(root: &Path) -> Result<Snapshot, SourceError> {
    let root = canonical_root(root)?;
    let mut walk = Walk { root: &root, found: Found::default(), waiting: vec![String::new()] };
    while let Some(directory) = walk.waiting.pop() {
        walk.enter(&directory)?;
        walk.found.check_total(&root.display().to_string())?;
    }
    let Found { files, refused, bytes: _ } = walk.found.sorted();
    let origin = git::origin_of(&root, &files);
    Ok(Snapshot { files, refused, origin })
}

fn canonical_root(root: &Path) -> Result<PathBuf, SourceError> {
    let path = root.to_owned();
    match fs::canonicalize(root) {
        Ok(found) if found.is_dir() => Ok(found),
        Ok(_) => Err(SourceError::NoDirectory { path }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(SourceError::NoDirectory { path }),
        Err(source) => Err(SourceError::Unreadable { path, source }),
    }
}

struct Walk<'a> {
    root: &'a Path,
    found: Found,
    waiting: Vec<String>,
}

impl Walk<'_> {
    fn enter(&mut self, directory: &str) -> Result<(), SourceError> {
        let path = self.root.join(directory);
        if path.join(CACHE_MARK).is_file() {
            return Ok(());
        }
        let listed = fs::read_dir(&path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        match listed {
            Ok(entries) => entries.iter().for_each(|entry| self.visit(directory, entry)),
            Err(source) if directory.is_empty() => return Err(SourceError::Unreadable { path, source }),
            Err(error) => self.found.refuse(directory, Refusal::Unreadable(error.to_string())),
        }
        Ok(())
    }

    fn visit(&mut self, directory: &str, entry: &fs::DirEntry) {
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return self.refuse_odd_name(directory, &name.to_string_lossy());
        };
        if is_hidden(name) {
            return;
        }
        let path = join(directory, name);
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => self.waiting.push(path),
            Ok(kind) if kind.is_symlink() => self.follow(&path, name),
            Ok(_) if is_spec(name) => self.read_file(&path, &entry.path()),
            Ok(_) => {}
            Err(error) => self.found.refuse(&path, Refusal::Unreadable(error.to_string())),
        }
    }

    fn refuse_odd_name(&mut self, directory: &str, name: &str) {
        if !is_hidden(name) {
            self.found.refuse(&join(directory, name), Refusal::Name);
        }
    }

    fn follow(&mut self, path: &str, name: &str) {
        let link = self.root.join(path);
        let to = fs::read_link(&link).map(|to| to.display().to_string()).unwrap_or_default();
        match fs::canonicalize(&link) {
            Err(_) => self.found.refuse(path, Refusal::Dangling { to }),
            Ok(end) if !end.starts_with(self.root) => self.found.refuse(path, Refusal::LeavesRoot { to }),
            Ok(end) if end.is_dir() => self.found.refuse(path, Refusal::DirectoryLink { to }),
            Ok(end) if is_spec(name) => self.read_file(path, &end),
            Ok(_) => {}
        }
    }

    fn read_file(&mut self, path: &str, file: &Path) {
        match read_bounded(file) {
            Ok(bytes) => self.found.keep(path, bytes),
            Err(why) => self.found.refuse(path, why),
        }
    }
}

fn read_bounded(file: &Path) -> Result<Vec<u8>, Refusal> {
    let unreadable = |error: std::io::Error| Refusal::Unreadable(error.to_string());
    let about = fs::metadata(file).map_err(unreadable)?;
    if !about.is_file() {
        return Err(Refusal::NoFile);
    }
    let mut bytes = Vec::new();
    // One byte more than allowed: a file that grows meanwhile is noticed, and never read to its end.
    let open = fs::File::open(file).map_err(unreadable)?;
    open.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Refusal::TooLarge { bytes: about.len().max(bytes.len() as u64), most: MOST_BYTES });
    }
    Ok(bytes)
}
