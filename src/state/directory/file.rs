//! The files of a state directory: a line that says which incarnation and version it is, then the bytes as they are.

use crate::clock;
use crate::random;
use crate::state::name::Name;
use crate::state::objects::{Object, Stamp};
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind, Result, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Behind this file everybody waits; hidden, so that it is no name of an object.
const LOCK: &str = ".flock";

/// What is not finished has this name: only whoever holds the lock writes, so one is enough.
const UNFINISHED: &str = ".new";

/// How long to wait before looking at a taken lock again; file work takes about a millisecond.
const PAUSE: Duration = Duration::from_millis(2);

/// A state directory, which may not be there yet.
#[derive(Clone, Debug)]
pub(super) struct Files {
    path: PathBuf,
}

impl Files {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// A state directory while its lock is held.
pub(super) struct Guard<'a> {
    files: &'a Files,
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct Header {
    uid: String,
    version: String,
}

impl<'a> Guard<'a> {
    /// Locks for reading; nothing if there is no state yet. Nothing is written, so it works on a read-only copy.
    pub(super) fn shared(files: &'a Files, deadline: Duration) -> Result<Option<Self>> {
        match File::open(files.path.join(LOCK)) {
            Ok(lock) => {
                wait(|| lock.try_lock_shared(), deadline)?;
                Ok(Some(Self { files, _lock: lock }))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Locks for writing, and makes the directory where there is none; only its owner may look into it.
    pub(super) fn exclusive(files: &'a Files, deadline: Duration) -> Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&files.path)?;
        let mut options = OpenOptions::new();
        let lock =
            options.create(true).truncate(false).write(true).mode(0o600).open(files.path.join(LOCK))?;
        wait(|| lock.try_lock(), deadline)?;
        Ok(Self { files, _lock: lock })
    }

    /// Returns the names of all objects, in order.
    pub(super) fn names(&self) -> Result<Vec<Name>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.files.path)? {
            names.extend(entry?.file_name().to_str().and_then(Name::parse));
        }
        names.sort();
        Ok(names)
    }

    pub(super) fn read(&self, name: Name) -> Result<Option<Object>> {
        let garbled =
            |cause: &str| Error::new(ErrorKind::InvalidData, format!("{name} cannot be read: {cause}"));
        let bytes = match fs::read(self.place(name)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let end =
            bytes.iter().position(|byte| *byte == b'\n').ok_or_else(|| garbled("it has no first line"))?;
        let header: Header =
            serde_json::from_slice(&bytes[..end]).map_err(|error| garbled(&error.to_string()))?;
        let stamp = Stamp { uid: header.uid.into(), version: header.version.into() };
        Ok(Some(Object { name, bytes: bytes[end + 1..].into(), stamp }))
    }

    /// Links a finished file to its name, which fails if the name is taken.
    pub(super) fn create(&self, name: Name, stamp: Stamp, bytes: &[u8]) -> Result<Stamp> {
        let finished = self.finish(&stamp, bytes)?;
        let linked = fs::hard_link(&finished, self.place(name));
        fs::remove_file(&finished)?;
        linked?;
        self.sync()?;
        Ok(stamp)
    }

    /// Puts a finished file in the place of another one.
    pub(super) fn replace(&self, name: Name, stamp: Stamp, bytes: &[u8]) -> Result<Stamp> {
        fs::rename(self.finish(&stamp, bytes)?, self.place(name))?;
        self.sync()?;
        Ok(stamp)
    }

    pub(super) fn remove(&self, name: Name) -> Result<()> {
        fs::remove_file(self.place(name))?;
        self.sync()
    }

    /// Writes a whole file under a name that nobody reads, down to the disk.
    fn finish(&self, stamp: &Stamp, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.files.path.join(UNFINISHED);
        // A killed process may have left it as a second name of an object: it is unlinked, never truncated.
        remove_if_there(&path)?;
        let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path)?;
        let header = Header { uid: stamp.uid.to_string(), version: stamp.version.to_string() };
        serde_json::to_writer(&file, &header)?;
        file.write_all(b"\n")?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(path)
    }

    /// Makes names as durable as contents.
    fn sync(&self) -> Result<()> {
        File::open(&self.files.path)?.sync_all()
    }

    fn place(&self, name: Name) -> PathBuf {
        self.files.path.join(name.to_string())
    }
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn wait(
    mut attempt: impl FnMut() -> std::result::Result<(), TryLockError>,
    deadline: Duration,
) -> Result<()> {
    let start = clock::moment();
    loop {
        match attempt() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if start.elapsed() < deadline => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::new(ErrorKind::WouldBlock, "another process keeps the directory locked"));
            }
        }
    }
}

impl Stamp {
    /// Returns the stamp of a new incarnation.
    pub(super) fn first() -> Result<Self> {
        Ok(Self { uid: random::name()?.into(), version: random::name()?.into() })
    }

    /// Returns another state of the same incarnation; random, so that no version comes back with a restored backup.
    pub(super) fn next(&self) -> Result<Self> {
        Ok(Self { uid: self.uid.clone(), version: random::name()?.into() })
    }
}
