//! Settings of topics and brokers: all that are in force, where each is from, and changes to some of them.
//!
//! Only `IncrementalAlterConfigs` is ever sent. The older request of a similar name replaces *all* settings of a topic:
//! whoever sends it resets what they did not list.

use crate::native::{
    self, Intent, Owned, c_text, failure, failure_of, numbers, optional_text, pointers, text,
};
use crate::{Client, Error, Mode};
use rdkafka_sys::bindings as sys;
use std::collections::BTreeMap;
use sys::{
    rd_kafka_AlterConfigOpType_t, rd_kafka_ConfigEntry_t, rd_kafka_ConfigResource_t, rd_kafka_ResourceType_t,
};

/// What has settings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Configured {
    /// A topic, by name.
    Topic(String),
    /// A broker, by id. What is set for all brokers is seen on each of them; librdkafka cannot ask for it by itself.
    Broker(String),
}

/// A setting that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Its value; none where it is a secret, or was never set.
    pub value: Option<String>,
    /// Where it is from.
    pub source: ConfigSource,
    /// It cannot be changed while the broker runs.
    pub read_only: bool,
    /// It is a secret.
    pub sensitive: bool,
    /// What it would be without this source, and without the next: the nearest first, this one included.
    pub synonyms: Vec<Synonym>,
}

/// One place where a setting may come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synonym {
    /// Its name there: `log.retention.ms` of the broker is `retention.ms` of a topic.
    pub name: String,
    /// Its value there.
    pub value: Option<String>,
    /// Where that is.
    pub source: ConfigSource,
}

/// Where a setting is from. Only [`ConfigSource::DynamicTopic`] means that somebody set it on the topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfigSource {
    /// Set on this topic, also to what the default is.
    DynamicTopic,
    /// Set on this broker, while it ran.
    DynamicBroker,
    /// Set for all brokers, while they ran. Kafka 4 has `min.insync.replicas` here from the start.
    DynamicDefaultBroker,
    /// From the broker's file.
    StaticBroker,
    /// Kafka's own.
    Default,
    /// One that is newer than this list.
    Other(i32),
}

/// A change to one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigChange {
    /// It shall be this.
    Set(String),
    /// It shall be what it is without being set here.
    Delete,
    /// The list shall have this, too.
    Append(String),
    /// The list shall not have this.
    Subtract(String),
}

/// The settings of several things, or why they are not known.
pub type Configs = BTreeMap<Configured, Result<BTreeMap<String, ConfigEntry>, Error>>;

impl Client {
    /// Reads all settings that are in force. Any number of topics is one request; brokers are asked one by one.
    pub fn describe_configs(&self, of: &[Configured]) -> Result<Configs, Error> {
        let (topics, brokers): (Vec<_>, Vec<_>) =
            of.iter().cloned().partition(|one| matches!(one, Configured::Topic(_)));
        let groups = [topics].into_iter().chain(brokers.into_iter().map(|broker| vec![broker]));
        let mut found = Configs::new();
        for group in groups.filter(|group| !group.is_empty()) {
            found.extend(self.describe_configs_at_once(&group)?);
        }
        Ok(found)
    }

    fn describe_configs_at_once(&self, of: &[Configured]) -> Result<Configs, Error> {
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS;
        let request = self.request(operation, Intent::Read)?;
        let resources = of.iter().map(resource).collect::<Result<Vec<_>, _>>()?;
        let mut lent = pointers(&resources);
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: all of them are live until `ask` returns; resources are copied.
            unsafe { sys::rd_kafka_DescribeConfigs(client, lent.as_mut_ptr(), lent.len(), options, queue) }
        })?;
        // SAFETY: the accessors of this request; what they lend is borrowed from the answer, and copied.
        let described = unsafe {
            let resources = sys::rd_kafka_DescribeConfigs_result_resources;
            answer.items(sys::rd_kafka_event_DescribeConfigs_result, resources)?
        };
        Ok(described.into_iter().map(|one| (configured(one), failed(one).map(|()| entries(one)))).collect())
    }

    /// Changes some settings and leaves all others as they are. For each thing it is all or nothing: one bad change of two,
    /// and neither is made. A read right after may still show the old values for a moment.
    pub fn incremental_alter_configs(
        &self,
        changes: &BTreeMap<Configured, BTreeMap<String, ConfigChange>>,
        mode: Mode,
    ) -> Result<BTreeMap<Configured, Result<(), Error>>, Error> {
        let changes: Vec<_> = changes.iter().filter(|(_, changes)| !changes.is_empty()).collect();
        if changes.is_empty() {
            return Ok(BTreeMap::new());
        }
        let operation = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS;
        let request = self.request(operation, Intent::Write)?.mode(mode)?;
        let resources = changes.into_iter().map(|(of, changes)| changed(of, changes));
        let resources = resources.collect::<Result<Vec<_>, _>>()?;
        let mut lent = pointers(&resources);
        let answer = self.ask(&request, |client, options, queue| {
            // SAFETY: as above.
            unsafe {
                sys::rd_kafka_IncrementalAlterConfigs(client, lent.as_mut_ptr(), lent.len(), options, queue);
            }
        })?;
        // SAFETY: as above.
        let altered = unsafe {
            let resources = sys::rd_kafka_IncrementalAlterConfigs_result_resources;
            answer.items(sys::rd_kafka_event_IncrementalAlterConfigs_result, resources)?
        };
        Ok(altered.into_iter().map(|one| (configured(one), failed(one))).collect())
    }
}

fn resource(of: &Configured) -> Result<Owned<rd_kafka_ConfigResource_t>, Error> {
    let (kind, name) = match of {
        Configured::Topic(name) => (rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC, name),
        Configured::Broker(id) => (rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_BROKER, id),
    };
    let name = c_text(name)?;
    // SAFETY: the name is copied; the resource is ours, freed by `Owned`.
    unsafe {
        Owned::new(sys::rd_kafka_ConfigResource_new(kind, name.as_ptr()), || {
            "what has no name has no settings".to_owned()
        })
    }
}

fn changed(
    of: &Configured,
    changes: &BTreeMap<String, ConfigChange>,
) -> Result<Owned<rd_kafka_ConfigResource_t>, Error> {
    use rd_kafka_AlterConfigOpType_t as Kind;
    let resource = resource(of)?;
    for (key, change) in changes {
        let (kind, value) = match change {
            ConfigChange::Set(value) => (Kind::RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, Some(value)),
            ConfigChange::Delete => (Kind::RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE, None),
            ConfigChange::Append(value) => (Kind::RD_KAFKA_ALTER_CONFIG_OP_TYPE_APPEND, Some(value)),
            ConfigChange::Subtract(value) => (Kind::RD_KAFKA_ALTER_CONFIG_OP_TYPE_SUBTRACT, Some(value)),
        };
        let key = c_text(key)?;
        let value = value.map(|value| c_text(value)).transpose()?;
        let value = value.as_ref().map_or(std::ptr::null(), |value| value.as_ptr());
        // SAFETY: the resource is live; key and value are copied; the error, if any, is ours to free.
        unsafe {
            let refused = sys::rd_kafka_ConfigResource_add_incremental_config(
                resource.as_ptr(),
                key.as_ptr(),
                kind,
                value,
            );
            if let Some(refused) = Owned::optional(refused) {
                failure_of(refused.as_ptr())?;
            }
        }
    }
    Ok(resource)
}

fn configured(resource: &rd_kafka_ConfigResource_t) -> Configured {
    const BROKER: i32 = rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_BROKER as i32;
    // SAFETY: the resource is live; its name is copied.
    let (kind, name) = unsafe {
        let kind = numbers::rd_kafka_ConfigResource_type(resource);
        (kind, text(sys::rd_kafka_ConfigResource_name(resource)))
    };
    if kind == BROKER { Configured::Broker(name) } else { Configured::Topic(name) }
}

fn failed(resource: &rd_kafka_ConfigResource_t) -> Result<(), Error> {
    // SAFETY: the resource is live; its text is copied.
    unsafe {
        let code = numbers::rd_kafka_ConfigResource_error(resource);
        Ok(failure(code, sys::rd_kafka_ConfigResource_error_string(resource))?)
    }
}

fn entries(resource: &rd_kafka_ConfigResource_t) -> BTreeMap<String, ConfigEntry> {
    // SAFETY: the resource is live, and lends its entries.
    let entries = unsafe { native::lent(resource, sys::rd_kafka_ConfigResource_configs) };
    entries.into_iter().map(|entry| (name(entry), described(entry))).collect()
}

fn described(entry: &rd_kafka_ConfigEntry_t) -> ConfigEntry {
    // SAFETY: the entry is live; its texts are copied, and it lends its synonyms.
    unsafe {
        let synonyms = native::lent(entry, sys::rd_kafka_ConfigEntry_synonyms);
        let synonym = |other: &rd_kafka_ConfigEntry_t| Synonym {
            name: name(other),
            value: optional_text(sys::rd_kafka_ConfigEntry_value(other)),
            source: source(other),
        };
        ConfigEntry {
            value: optional_text(sys::rd_kafka_ConfigEntry_value(entry)),
            source: source(entry),
            read_only: sys::rd_kafka_ConfigEntry_is_read_only(entry) == 1,
            sensitive: sys::rd_kafka_ConfigEntry_is_sensitive(entry) == 1,
            synonyms: synonyms.into_iter().map(synonym).collect(),
        }
    }
}

fn name(entry: &rd_kafka_ConfigEntry_t) -> String {
    // SAFETY: the entry is live; its name is copied.
    unsafe { text(sys::rd_kafka_ConfigEntry_name(entry)) }
}

fn source(entry: &rd_kafka_ConfigEntry_t) -> ConfigSource {
    // SAFETY: the entry is live.
    match unsafe { numbers::rd_kafka_ConfigEntry_source(entry) } {
        1 => ConfigSource::DynamicTopic,
        2 => ConfigSource::DynamicBroker,
        3 => ConfigSource::DynamicDefaultBroker,
        4 => ConfigSource::StaticBroker,
        5 => ConfigSource::Default,
        other => ConfigSource::Other(other),
    }
}
