//! State in a directory: one file for each object, written whole or not at all, behind one advisory lock.
//!
//! A file is created by linking a finished one to its name, which fails if the name is taken, and replaced by
//! renaming; both reach the disk before the answer is given. The lock makes reading and writing one step, and a list
//! one moment. It is advisory: on network file systems without `flock`, keep state in the cluster.

mod file;

use super::name::Name;
use super::objects::{Created, Object, Read, Removed, Stamp, StateError, Swapped, Write};
use async_trait::async_trait;
use evenkeel_core::engine::question::Trouble;
use file::{Files, Guard};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The state of one environment in a directory of its own.
#[derive(Clone, Debug)]
pub(super) struct Directory {
    files: Files,
    deadline: Duration,
}

impl Directory {
    /// Names the directory; nothing is touched before the first request.
    pub(super) fn new(path: PathBuf, deadline: Duration) -> Self {
        Self { files: Files::new(path), deadline }
    }

    /// Runs file work where it may block. What is late is reported without an answer: it may still land.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Files, Duration) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, StateError> {
        let (files, deadline) = (self.files.clone(), self.deadline);
        let place = files.path().display().to_string();
        let task = tokio::task::spawn_blocking(move || work(&files, deadline));
        match tokio::time::timeout(deadline, task).await {
            Ok(Ok(Ok(done))) => Ok(done),
            Ok(Ok(Err(error))) => Err(explain(&place, &error)),
            Ok(Err(ended)) => Err(StateError::no_answer(Trouble::Unavailable, format!("{place}: {ended}"))),
            Err(late) => Err(StateError::no_answer(Trouble::TimedOut, format!("{place}: {late}"))),
        }
    }
}

fn explain(place: &str, error: &std::io::Error) -> StateError {
    let message = format!("{place}: {error}");
    match error.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            StateError::refused(Trouble::Forbidden, message)
        }
        std::io::ErrorKind::InvalidData => StateError::refused(Trouble::Garbled, message),
        std::io::ErrorKind::WouldBlock => StateError::no_answer(Trouble::TimedOut, message),
        _ => StateError::no_answer(Trouble::Unavailable, message),
    }
}

#[async_trait]
impl Read for Directory {
    async fn list(&self) -> Result<Vec<Object>, StateError> {
        self.run(|files, deadline| {
            let Some(guard) = Guard::shared(files, deadline)? else { return Ok(Vec::new()) };
            let names = guard.names()?.into_iter().filter(|name| *name != Name::Key);
            names.filter_map(|name| guard.read(name).transpose()).collect()
        })
        .await
    }

    async fn read(&self, name: Name) -> Result<Option<Object>, StateError> {
        self.run(move |files, deadline| match Guard::shared(files, deadline)? {
            Some(guard) => guard.read(name),
            None => Ok(None),
        })
        .await
    }
}

#[async_trait]
impl Write for Directory {
    async fn create(&self, name: Name, bytes: &[u8]) -> Result<Created, StateError> {
        let bytes: Arc<[u8]> = bytes.into();
        self.run(move |files, deadline| {
            let guard = Guard::exclusive(files, deadline)?;
            if let Some(taken) = guard.read(name)? {
                return Ok(Created::Exists(taken));
            }
            guard.create(name, Stamp::first()?, &bytes).map(Created::New)
        })
        .await
    }

    async fn swap(&self, name: Name, version: &str, bytes: &[u8]) -> Result<Swapped, StateError> {
        let (version, bytes): (Arc<str>, Arc<[u8]>) = (version.into(), bytes.into());
        self.run(move |files, deadline| {
            let guard = Guard::exclusive(files, deadline)?;
            match guard.read(name)? {
                Some(there) if there.stamp.version == version => {
                    guard.replace(name, there.stamp.next()?, &bytes).map(Swapped::Done)
                }
                _ => Ok(Swapped::Conflict),
            }
        })
        .await
    }

    async fn delete(&self, name: Name, uid: &str) -> Result<(), StateError> {
        let uid: Arc<str> = uid.into();
        self.run(move |files, deadline| {
            let guard = Guard::exclusive(files, deadline)?;
            match guard.read(name)? {
                Some(there) if there.stamp.uid == uid => guard.remove(name),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn remove(&self, name: Name, stamp: &Stamp) -> Result<Removed, StateError> {
        let stamp = stamp.clone();
        self.run(move |files, deadline| {
            let guard = Guard::exclusive(files, deadline)?;
            match guard.read(name)? {
                Some(there) if there.stamp == stamp => guard.remove(name).map(|()| Removed::Gone),
                Some(_) => Ok(Removed::Conflict),
                None => Ok(Removed::Gone),
            }
        })
        .await
    }
}
