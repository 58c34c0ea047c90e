//! In which version and under which plural a kind is read and written.

use super::Kubernetes;
use evenkeel_core::engine::id::{ConnectionName, Kind, ResourceId};
use evenkeel_core::engine::question::{ApiVersion, Scope, ServedKind, Trouble, Why};
use evenkeel_core::resources::kubernetes::builtin_kind;
use std::sync::Arc;
use std::time::Duration;

/// A kind whose CRD has just become Established may be missing from discovery for a moment: so often is it read again.
const SECOND_LOOKS: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

impl Kubernetes {
    /// Returns the kind of an address in the version that Git writes it in, or the server's preferred one.
    pub(super) async fn served(&self, id: &ResourceId) -> Result<ServedKind, Why> {
        let wanted = self.reading.forms.get(id).map(|form| form.normal.api_version.clone());
        self.served_version(&id.connection, &id.kind, wanted.as_ref()).await
    }

    pub(super) async fn served_in(&self, scope: &Scope) -> Result<ServedKind, Why> {
        let mut versions = self.reading.forms.iter().filter(|(id, _)| id.kind == scope.kind);
        let wanted = versions.next().map(|(_, form)| form.normal.api_version.clone());
        self.served_version(&scope.connection, &scope.kind, wanted.as_ref()).await
    }

    pub(super) async fn served_as(
        &self,
        connection: &ConnectionName,
        kind: &Kind,
    ) -> Result<ServedKind, Why> {
        self.served_version(connection, kind, None).await
    }

    /// Built-in kinds are known without asking; custom resources are looked up in discovery.
    async fn served_version(
        &self,
        connection: &ConnectionName,
        kind: &Kind,
        version: Option<&ApiVersion>,
    ) -> Result<ServedKind, Why> {
        if let Some(served) = builtin_kind(kind, version) {
            return Ok(served.clone());
        }
        let is_it = |served: &&ServedKind| {
            Kind::kubernetes(served.api_version.group(), &served.kind) == *kind
                && version.is_none_or(|version| served.api_version == *version)
        };
        for _look in 0..SECOND_LOOKS {
            if let Some(served) = self.served_kinds().await?.iter().find(is_it) {
                return Ok(served.clone());
            }
            *self.kinds.lock().await = None;
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        Err(Why {
            trouble: Trouble::Garbled,
            message: format!("connection {connection} does not serve {kind}"),
        })
    }

    /// Discovery is read once in a run, and again only where a kind is missing.
    pub(super) async fn served_kinds(&self) -> Result<Arc<[ServedKind]>, Why> {
        let mut known = self.kinds.lock().await;
        if let Some(kinds) = known.as_ref() {
            return Ok(Arc::clone(kinds));
        }
        let kinds: Arc<[ServedKind]> = self.discover().await?.into();
        *known = Some(Arc::clone(&kinds));
        Ok(kinds)
    }
}
