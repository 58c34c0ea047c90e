//! The lock as a Lease: its own fields for people and tools, an annotation with all of it for us.

use evenkeel_core::engine::apply::{Head, Tenure};
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::ObjectMeta;
use std::sync::Arc;
use std::time::Duration;

/// Holds the lock as core wrote it; the fields of a Lease cannot say who broke it.
const LOCK: &str = "evenkeel.dev/lock";

/// Lays the lock out as a Lease.
pub(super) fn write(
    mut metadata: ObjectMeta,
    bytes: &[u8],
    lease: Duration,
    now: Timestamp,
) -> Result<Lease, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let Head { epoch, holder, tenure, renewal: _, renewed: _ } =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    let identity = match tenure {
        Tenure::Held => holder.name.to_string(),
        Tenure::Released | Tenure::Broken { by: _ } => String::new(),
    };
    metadata.annotations = Some([(LOCK.to_owned(), text.to_owned())].into());
    let spec = LeaseSpec {
        holder_identity: Some(identity),
        lease_duration_seconds: Some(i32::try_from(lease.as_secs().max(1)).unwrap_or(i32::MAX)),
        lease_transitions: Some(i32::try_from(epoch.0).unwrap_or(i32::MAX)),
        renew_time: Some(MicroTime(now)),
        ..LeaseSpec::default()
    };
    Ok(Lease { metadata, spec: Some(spec) })
}

/// Reads the lock.
pub(super) fn read(lease: &Lease) -> Result<Arc<[u8]>, String> {
    let text = lease.metadata.annotations.as_ref().and_then(|all| all.get(LOCK));
    let text = text.ok_or_else(|| format!("it has no annotation {LOCK}"))?;
    Ok(text.as_bytes().into())
}
