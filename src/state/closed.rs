//! State behind a connection that cannot be opened: each request is answered by why not, and none is sent.

use super::name::Name;
use super::objects::{Created, Object, Read, Removed, Stamp, StateError, Swapped, Write};
use async_trait::async_trait;
use evenkeel_core::engine::question::Why;

/// Why nobody gets there.
pub(super) struct Closed(pub(super) Why);

impl Closed {
    fn refused<T>(&self) -> Result<T, StateError> {
        Err(StateError::Refused(self.0.clone()))
    }
}

#[async_trait]
impl Read for Closed {
    async fn list(&self) -> Result<Vec<Object>, StateError> {
        self.refused()
    }

    async fn read(&self, _name: Name) -> Result<Option<Object>, StateError> {
        self.refused()
    }
}

#[async_trait]
impl Write for Closed {
    async fn create(&self, _name: Name, _bytes: &[u8]) -> Result<Created, StateError> {
        self.refused()
    }

    async fn swap(&self, _name: Name, _version: &str, _bytes: &[u8]) -> Result<Swapped, StateError> {
        self.refused()
    }

    async fn delete(&self, _name: Name, _uid: &str) -> Result<(), StateError> {
        self.refused()
    }

    async fn remove(&self, _name: Name, _stamp: &Stamp) -> Result<Removed, StateError> {
        self.refused()
    }
}
