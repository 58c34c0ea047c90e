//! Workloads and servers: which processes run, on which disks, with the settings that their pods started with.

use super::cluster::Cluster;
use super::settings;
use super::state::{Disk, Fate, Process};
use super::version::Version;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edition {
    /// One server, two databases.
    Community,
    /// Clusters.
    Enterprise,
}

/// A pod, as far as a server's process is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// The server that it runs: the Helm release.
    pub server: String,
    /// Which incarnation.
    pub uid: String,
    /// Whether its containers run.
    pub started: bool,
    /// What tells its disk from others.
    pub volume: String,
    /// The version of its image.
    pub version: Version,
    /// The edition of its image.
    pub edition: Edition,
    /// What its configuration files say now; a process keeps what they said when it began.
    pub settings: BTreeMap<String, String>,
    /// The password of `neo4j` on a first start.
    pub password: FirstPassword,
}

/// What the user `neo4j` logs in with once a cluster begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum FirstPassword {
    /// The one that everybody knows, to be changed at once.
    #[default]
    None,
    /// One that nobody here has seen: whatever is sent is taken for it.
    Unseen,
    /// This one.
    Is(String),
}

impl Cluster {
    /// Takes over which pods there are: a pod that is gone is a server that is gone.
    pub fn pods(&mut self, pods: &[Pod]) {
        let started: BTreeMap<&str, &Pod> =
            pods.iter().filter(|pod| pod.started).map(|pod| (pod.server.as_str(), pod)).collect();
        self.processes
            .retain(|server, process| started.get(server.as_str()).is_some_and(|pod| pod.uid == process.uid));
        for (server, pod) in started {
            if !self.processes.contains_key(server) {
                self.begin(pod);
            }
        }
    }

    /// Tells whether the process of a pod runs already.
    pub(crate) fn knows(&self, uid: &str) -> bool {
        self.processes.values().any(|process| process.uid == uid)
    }

    /// Tells whether the server of a pod can be talked to.
    pub(crate) fn listens(&self, uid: &str) -> bool {
        let process = self.processes.values().find(|process| process.uid == uid);
        process.is_some_and(|process| self.is_up(&process.server_id))
    }

    /// Takes over which disks there are: what was on any other is gone for good.
    pub fn volumes(&mut self, there: &BTreeSet<String>) {
        self.disks.retain(|volume, _| there.contains(volume));
    }

    fn begin(&mut self, pod: &Pod) {
        let id = self.random.uid();
        let disk = self.disks.entry(pod.volume.clone()).or_insert_with(|| Disk::fresh(id));
        let fate = match does_not_start(disk, pod) {
            Some(why) => Fate::DoesNotStart(why),
            None => Fate::Runs,
        };
        if fate == Fate::Runs {
            disk.version = Some(pod.version.clone());
            disk.edition = Some(pod.edition);
        }
        let process = Process {
            server: pod.server.clone(),
            uid: pod.uid.clone(),
            volume: pod.volume.clone(),
            server_id: disk.server_id.clone(),
            version: pod.version.clone(),
            edition: pod.edition,
            settings: pod.settings.clone(),
            password: pod.password.clone(),
            ready_at: self.soon(2, 5),
            fate,
        };
        self.recover(&process.server_id);
        self.processes.insert(pod.server.clone(), process);
    }

    /// Tells why a server's process does not get up, if it does not.
    #[must_use]
    pub fn does_not_start(&self, server: &str) -> Option<&str> {
        match &self.processes.get(server)?.fate {
            Fate::DoesNotStart(why) => Some(why),
            Fate::Runs => None,
        }
    }
}

/// An older version or Community does not open what a newer one or Enterprise wrote, and no server starts with a
/// setting that it cannot read.
fn does_not_start(disk: &Disk, pod: &Pod) -> Option<String> {
    if disk.edition == Some(Edition::Enterprise) && pod.edition == Edition::Community {
        return Some("the store was written by Enterprise".to_owned());
    }
    if let Some(before) = disk.version.as_ref().filter(|before| **before > pod.version) {
        return Some(format!("the store was written by {before}, which is newer than {}", pod.version));
    }
    settings::unreadable(&pod.settings)
}
