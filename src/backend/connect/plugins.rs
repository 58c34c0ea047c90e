//! Which classes of connectors workers have, and in which versions.

use super::Connection;
use crate::secret::Sources;
use evenkeel_core::engine::question::Why;
use serde::Deserialize;

/// A class that workers have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Installed {
    /// Its Java class, with its package.
    pub class: String,
    /// Its version, in its own words.
    #[serde(default)]
    pub version: String,
}

impl Connection {
    /// Lists the classes of connectors that the worker that answers has; of one that has several versions, each.
    pub async fn plugins(&self, sources: &Sources) -> Result<Vec<Installed>, Why> {
        let told = self.get(sources, "/connector-plugins").await?.unwrap_or_default();
        let listed = told.as_array().into_iter().flatten();
        Ok(listed.filter_map(|plugin| Installed::deserialize(plugin).ok()).collect())
    }
}
