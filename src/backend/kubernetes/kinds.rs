//! In which version and under which plural a kind is read and written, and whether anybody serves it.

use super::Kubernetes;
use evenkeel_core::engine::id::{ConnectionName, Kind, ResourceId};
use evenkeel_core::engine::plan::Form;
use evenkeel_core::engine::question::{ApiVersion, Lookup, Scope, Served, ServedKind, Trouble, Why};
use evenkeel_core::resources::kubernetes::builtin_kind;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A kind whose CRD has just become Established may be missing from discovery for a moment: so often is it read again
/// before something is sent.
const SECOND_LOOKS: u32 = 10;
/// Discovery that is younger than this is not read again to see whether a kind has come.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// What discovery said, and when.
pub(super) struct Discovered {
    served: Arc<Served>,
    at: Instant,
}

/// In which version of its kind Git writes an object.
fn written_in(form: &Form) -> Option<ApiVersion> {
    form.normal.kubernetes().map(|(normal, _)| normal.api_version.clone())
}

impl Kubernetes {
    /// Returns the kind of an address in the version that Git writes it in, or the server's preferred one; nothing if
    /// nobody serves it, which proves that no object of it is there.
    pub(super) async fn served(&self, id: &ResourceId) -> Result<Option<ServedKind>, Why> {
        let wanted = self.reading.forms.get(id).and_then(written_in);
        self.served_version(&id.connection, &id.kind, wanted.as_ref()).await
    }

    /// Returns the kind of all objects in a scope, or nothing, as [`Self::served`].
    pub(super) async fn served_in(&self, scope: &Scope) -> Result<Option<ServedKind>, Why> {
        let mut forms = self.reading.forms.iter().filter(|(id, _)| id.kind == scope.kind);
        let wanted = forms.find_map(|(_, form)| written_in(form));
        self.served_version(&scope.connection, &scope.kind, wanted.as_ref()).await
    }

    /// Returns the kind in the server's preferred version, or nothing, as [`Self::served`].
    pub(super) async fn served_as(
        &self,
        connection: &ConnectionName,
        kind: &Kind,
    ) -> Result<Option<ServedKind>, Why> {
        self.served_version(connection, kind, None).await
    }

    /// Returns the kind of an address that something is sent to: one that has just come is waited for.
    pub(super) async fn served_soon(&self, id: &ResourceId) -> Result<Option<ServedKind>, Why> {
        for _look in 0..SECOND_LOOKS {
            match self.served(id).await {
                Ok(None) | Err(Why { trouble: Trouble::Garbled, message: _ }) => {}
                known => return known,
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        self.served(id).await
    }

    /// Built-in kinds are known without asking; custom resources are looked up in discovery, in a new one if an earlier
    /// one lacks them.
    async fn served_version(
        &self,
        connection: &ConnectionName,
        kind: &Kind,
        version: Option<&ApiVersion>,
    ) -> Result<Option<ServedKind>, Why> {
        if let Some(served) = builtin_kind(kind, version) {
            return Ok(Some(served.clone()));
        }
        let known = find(&*self.served_kinds().await?, connection, kind, version);
        match known {
            Ok(Some(found)) => Ok(Some(found)),
            Ok(None) | Err(_) => find(&*self.served_lately().await?, connection, kind, version),
        }
    }

    /// Discovery is read once in a run, and again only where a kind is missing.
    pub(super) async fn served_kinds(&self) -> Result<Arc<Served>, Why> {
        self.served_since(None).await
    }

    async fn served_lately(&self) -> Result<Arc<Served>, Why> {
        self.served_since(Instant::now().checked_sub(BETWEEN_LOOKS)).await
    }

    async fn served_since(&self, earliest: Option<Instant>) -> Result<Arc<Served>, Why> {
        let mut known = self.kinds.lock().await;
        if let Some(Discovered { served, at }) = known.as_ref()
            && earliest.is_none_or(|earliest| *at >= earliest)
        {
            return Ok(Arc::clone(served));
        }
        let at = Instant::now();
        let served = Arc::new(self.discover().await?);
        *known = Some(Discovered { served: Arc::clone(&served), at });
        Ok(served)
    }
}

/// Looks a kind up by the planner's own rule of absence; a version that is not served says nothing about the kind.
fn find(
    served: &Served,
    connection: &ConnectionName,
    kind: &Kind,
    version: Option<&ApiVersion>,
) -> Result<Option<ServedKind>, Why> {
    let preferred = match served.of(kind) {
        Lookup::Served(preferred) => preferred,
        Lookup::Nobody => return Ok(None),
        Lookup::Unreadable(why) => return Err(why.clone()),
    };
    let Some(version) = version else { return Ok(Some(preferred.clone())) };
    let is_it = |served: &&ServedKind| served.api_version == *version && served.kind() == *kind;
    let found = served.kinds.iter().find(is_it).cloned();
    let message = || format!("connection {connection} does not serve {kind} as {version}");
    found.map(Some).ok_or_else(|| Why { trouble: Trouble::Garbled, message: message() })
}

/// Returns why nothing can be read of, or sent to, a kind that nobody serves.
pub(super) fn nobody_serves(connection: &ConnectionName, kind: &Kind) -> Why {
    Why { trouble: Trouble::Garbled, message: format!("connection {connection} does not serve {kind}") }
}
