//! State in a cluster: the lock is a Lease, the key a Secret, everything else a ConfigMap each, found by one label.
//!
//! Creation and the resource version are the compare-and-sets. Nothing carries the marker of managed resources
//! (`evenkeel.dev/environment`): state is never part of a plan.

mod content;
mod lease;
mod parts;
mod request;

use super::Clock;
use super::name::Name;
use super::objects::{Created, Object, Read, Removed, Stamp, StateError, Swapped, Write};
use async_trait::async_trait;
use content::{Packed, Unpacked};
use evenkeel_core::engine::id::EnvironmentName;
use evenkeel_core::engine::question::{Trouble, Why};
use k8s_openapi::ByteString;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::ObjectMeta;
use parts::Parts;
use request::Requests;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The label that all state of an environment carries, with the environment's name.
pub(super) const STATE_OF: &str = "evenkeel.dev/state-of";

/// The key of the digest key within its Secret.
const KEY: &str = "key";

/// The state of one environment in a namespace.
pub(super) struct Cluster {
    requests: Requests,
    environment: EnvironmentName,
    clock: Clock,
    lease: Duration,
    parts: Parts,
}

/// Where in a cluster, and by which times.
pub(super) struct Place {
    pub(super) client: kube::Client,
    pub(super) namespace: String,
    pub(super) deadline: Duration,
    /// Shown in the Lease, for people: nobody compares it with a clock.
    pub(super) lease: Duration,
}

impl Cluster {
    /// Names the place; nothing is sent before the first request.
    pub(super) fn new(place: Place, environment: EnvironmentName, clock: Clock) -> Self {
        let Place { client, namespace, deadline, lease } = place;
        let requests = Requests::new(client, namespace, deadline);
        Self { requests, environment, clock, lease, parts: Parts::default() }
    }

    /// Returns the name in the cluster: `evenkeel-ENV` is the Lease, everything else says what it is.
    fn named(&self, name: Name) -> String {
        match name {
            Name::Lock => format!("evenkeel-{}", self.environment),
            Name::Batch(_) | Name::LedgerHead | Name::Shard(_) | Name::Suspension | Name::Key => {
                format!("evenkeel-{}-{name}", self.environment)
            }
        }
    }

    fn parse(&self, name: &str) -> Option<Name> {
        Name::parse(
            name.strip_prefix("evenkeel-")?.strip_prefix(self.environment.as_str())?.strip_prefix('-')?,
        )
    }

    fn metadata(&self, name: String, version: Option<&str>) -> ObjectMeta {
        let labels = [
            ("app.kubernetes.io/managed-by".to_owned(), "evenkeel".to_owned()),
            (STATE_OF.to_owned(), self.environment.to_string()),
        ];
        ObjectMeta {
            name: Some(name),
            namespace: Some(self.requests.namespace().to_owned()),
            labels: Some(labels.into()),
            resource_version: version.map(str::to_owned),
            ..ObjectMeta::default()
        }
    }

    fn config_map(&self, name: String, version: Option<&str>, data: content::Data) -> ConfigMap {
        let some = |map: BTreeMap<_, _>| (!map.is_empty()).then_some(map);
        ConfigMap {
            metadata: self.metadata(name, version),
            data: some(data.text),
            binary_data: (!data.binary.is_empty()).then_some(data.binary),
            immutable: None,
        }
    }

    fn secret(&self, bytes: &[u8]) -> Secret {
        Secret {
            metadata: self.metadata(self.named(Name::Key), None),
            data: Some([(KEY.to_owned(), ByteString(bytes.to_vec()))].into()),
            immutable: Some(true),
            type_: Some("Opaque".to_owned()),
            ..Secret::default()
        }
    }

    /// Creates the parts of an object before the object; those that are there already have the same content.
    async fn create_parts(&self, name: Name, packed: &Packed) -> Result<(), StateError> {
        for (part, data) in &packed.parts {
            self.parts.remember(name, part);
            self.requests.create(&self.config_map(part.clone(), None, data.clone())).await?;
        }
        Ok(())
    }

    /// Deletes the parts that an object had before it became what it is now.
    async fn delete_parts(&self, name: Name, kept: &[(String, content::Data)]) -> Result<(), StateError> {
        for part in self.parts.take_all_but(name, kept.iter().map(|(part, _)| part.as_str())) {
            self.requests.delete::<ConfigMap>(&part, None).await?;
        }
        Ok(())
    }

    /// Assembles an object whose parts are in the same list, or are read one by one.
    async fn assemble(&self, name: Name, main: &ConfigMap) -> Result<Object, StateError> {
        let bytes = match self.unpack(main)? {
            Unpacked::Whole(bytes) => bytes,
            Unpacked::Parts(names) => {
                let mut parts = Vec::new();
                for part in names {
                    self.parts.remember(name, &part);
                    let read = self.requests.get::<ConfigMap>(&part).await?;
                    parts.push(read.ok_or_else(|| self.part_missing(main, &part))?);
                }
                self.join(main, &parts.iter().collect::<Vec<_>>())?
            }
        };
        Ok(Object { name, bytes: bytes.into(), stamp: stamp(&main.metadata) })
    }

    fn assemble_listed(
        &self,
        name: Name,
        main: &ConfigMap,
        listed: &BTreeMap<&str, &ConfigMap>,
    ) -> Result<Object, StateError> {
        let bytes = match self.unpack(main)? {
            Unpacked::Whole(bytes) => bytes,
            Unpacked::Parts(names) => {
                let part = |part: &String| {
                    listed.get(part.as_str()).copied().ok_or_else(|| self.part_missing(main, part))
                };
                self.join(main, &names.iter().map(part).collect::<Result<Vec<_>, _>>()?)?
            }
        };
        Ok(Object { name, bytes: bytes.into(), stamp: stamp(&main.metadata) })
    }

    fn unpack(&self, main: &ConfigMap) -> Result<Unpacked, StateError> {
        let unpacked =
            content::unpack(main).ok_or_else(|| self.garbled(&main.metadata, "nothing of ours is in it"))?;
        unpacked.map_err(|error| self.garbled(&main.metadata, &error.to_string()))
    }

    fn join(&self, main: &ConfigMap, parts: &[&ConfigMap]) -> Result<Vec<u8>, StateError> {
        let joined = content::join(parts.iter().copied())
            .ok_or_else(|| self.garbled(&main.metadata, "a part is empty"))?;
        joined.map_err(|error| self.garbled(&main.metadata, &format!("its parts: {error}")))
    }

    fn part_missing(&self, main: &ConfigMap, part: &str) -> StateError {
        self.garbled(&main.metadata, &format!("its part {part} is missing"))
    }

    fn garbled(&self, metadata: &ObjectMeta, cause: &str) -> StateError {
        let name = metadata.name.as_deref().unwrap_or_default();
        let namespace = self.requests.namespace();
        StateError::refused(Trouble::Garbled, format!("{namespace}/{name} cannot be read: {cause}"))
    }

    fn lock(&self, lease: &Lease) -> Result<Object, StateError> {
        let bytes = lease::read(lease).map_err(|cause| self.garbled(&lease.metadata, &cause))?;
        Ok(Object { name: Name::Lock, bytes, stamp: stamp(&lease.metadata) })
    }

    fn lease(&self, version: Option<&str>, bytes: &[u8]) -> Result<Lease, StateError> {
        let metadata = self.metadata(self.named(Name::Lock), version);
        lease::write(metadata, bytes, self.lease, (self.clock)())
            .map_err(|cause| StateError::refused(Trouble::Garbled, cause))
    }
}

/// A damaged piece must not hide the others, nor keep anybody from replacing it: core finds nothing in it and says so,
/// and `ledger recover` goes on without it.
fn emptied_if_damaged(
    name: Name,
    main: &ConfigMap,
    assembled: Result<Object, StateError>,
) -> Result<Object, StateError> {
    match assembled {
        Err(StateError::Refused(Why { trouble: Trouble::Garbled, .. })) => {
            Ok(Object { name, bytes: Arc::default(), stamp: stamp(&main.metadata) })
        }
        assembled => assembled,
    }
}

fn stamp(metadata: &ObjectMeta) -> Stamp {
    let text = |field: &Option<String>| Arc::from(field.as_deref().unwrap_or_default());
    Stamp { uid: text(&metadata.uid), version: text(&metadata.resource_version) }
}

#[async_trait]
impl Read for Cluster {
    async fn list(&self) -> Result<Vec<Object>, StateError> {
        // The lock first: a version of it that is older than the list can only make a compare-and-set fail.
        let mut objects: Vec<Object> = self.read(Name::Lock).await?.into_iter().collect();
        let all: Vec<ConfigMap> = self.requests.list(&format!("{STATE_OF}={}", self.environment)).await?;
        let name = |map: &ConfigMap| map.metadata.name.clone().unwrap_or_default();
        let names: Vec<String> = all.iter().map(name).collect();
        let listed: BTreeMap<&str, &ConfigMap> = names.iter().map(String::as_str).zip(&all).collect();
        for (name, map) in &listed {
            if let Some(name) = self.parse(name) {
                let assembled = self.assemble_listed(name, map, &listed);
                objects.push(match name {
                    Name::Batch(_) | Name::LedgerHead | Name::Shard(_) => {
                        emptied_if_damaged(name, map, assembled)?
                    }
                    Name::Lock | Name::Key | Name::Suspension => assembled?,
                });
            } else if let Some(owner) = content::owner(name).and_then(|owner| self.parse(owner)) {
                self.parts.remember(owner, name);
            }
        }
        Ok(objects)
    }

    async fn read(&self, name: Name) -> Result<Option<Object>, StateError> {
        let named = self.named(name);
        match name {
            Name::Lock => {
                self.requests.get::<Lease>(&named).await?.map(|lease| self.lock(&lease)).transpose()
            }
            Name::Key => Ok(self.requests.get::<Secret>(&named).await?.map(|secret| {
                let bytes =
                    secret.data.as_ref().and_then(|data| data.get(KEY)).map(|bytes| bytes.0.as_slice());
                Object { name, bytes: bytes.unwrap_or_default().into(), stamp: stamp(&secret.metadata) }
            })),
            Name::LedgerHead => match self.requests.get::<ConfigMap>(&named).await? {
                Some(main) => emptied_if_damaged(name, &main, self.assemble(name, &main).await).map(Some),
                None => Ok(None),
            },
            Name::Batch(_) | Name::Shard(_) | Name::Suspension => {
                match self.requests.get::<ConfigMap>(&named).await? {
                    Some(main) => self.assemble(name, &main).await.map(Some),
                    None => Ok(None),
                }
            }
        }
    }
}

#[async_trait]
impl Write for Cluster {
    async fn create(&self, name: Name, bytes: &[u8]) -> Result<Created, StateError> {
        let created = match name {
            Name::Lock => {
                self.requests.create(&self.lease(None, bytes)?).await?.map(|made| stamp(&made.metadata))
            }
            Name::Key => self.requests.create(&self.secret(bytes)).await?.map(|made| stamp(&made.metadata)),
            Name::Batch(_) | Name::LedgerHead | Name::Shard(_) | Name::Suspension => {
                let packed = pack(&self.named(name), bytes)?;
                self.create_parts(name, &packed).await?;
                let main = self.config_map(self.named(name), None, packed.main);
                self.requests.create(&main).await?.map(|made| stamp(&made.metadata))
            }
        };
        match created {
            Some(stamp) => Ok(Created::New(stamp)),
            None => match self.read(name).await? {
                Some(taken) => Ok(Created::Exists(taken)),
                None => {
                    Err(StateError::no_answer(Trouble::Unavailable, format!("{name} was there and is gone")))
                }
            },
        }
    }

    async fn swap(&self, name: Name, version: &str, bytes: &[u8]) -> Result<Swapped, StateError> {
        let swapped = match name {
            Name::Lock => {
                let lease = self.lease(Some(version), bytes)?;
                self.requests.replace(&lease).await?.map(|written| stamp(&written.metadata))
            }
            Name::Key => return Ok(Swapped::Conflict),
            Name::Batch(_) | Name::LedgerHead | Name::Shard(_) | Name::Suspension => {
                let packed = pack(&self.named(name), bytes)?;
                self.create_parts(name, &packed).await?;
                let main = self.config_map(self.named(name), Some(version), packed.main);
                let written = self.requests.replace(&main).await?.map(|written| stamp(&written.metadata));
                if written.is_some() {
                    // It is written, whatever becomes of the parts that it no longer needs: the next swap tries again.
                    let _cleaned = self.delete_parts(name, &packed.parts).await;
                }
                written
            }
        };
        Ok(swapped.map_or(Swapped::Conflict, Swapped::Done))
    }

    async fn delete(&self, name: Name, uid: &str) -> Result<(), StateError> {
        let named = self.named(name);
        match name {
            Name::Lock => self.requests.delete::<Lease>(&named, Some(uid)).await,
            Name::Key => self.requests.delete::<Secret>(&named, Some(uid)).await,
            Name::Batch(_) | Name::LedgerHead | Name::Shard(_) | Name::Suspension => {
                self.requests.delete::<ConfigMap>(&named, Some(uid)).await?;
                self.delete_parts(name, &[]).await
            }
        }
    }

    async fn remove(&self, name: Name, stamp: &Stamp) -> Result<Removed, StateError> {
        let named = self.named(name);
        match name {
            Name::Lock => self.requests.remove::<Lease>(&named, stamp).await,
            Name::Key => self.requests.remove::<Secret>(&named, stamp).await,
            Name::Batch(_) | Name::LedgerHead | Name::Shard(_) | Name::Suspension => {
                let removed = self.requests.remove::<ConfigMap>(&named, stamp).await?;
                if removed == Removed::Gone {
                    self.delete_parts(name, &[]).await?;
                }
                Ok(removed)
            }
        }
    }
}

fn pack(owner: &str, bytes: &[u8]) -> Result<Packed, StateError> {
    content::pack(owner, bytes).map_err(|error| StateError::refused(Trouble::Garbled, error.to_string()))
}
