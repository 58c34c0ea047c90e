//! `ReplicaSets`: as many pods as asked for.

use super::{all, count, is_ready, number, owned, reporter};
use crate::kubernetes::object::{ObjectKey, meta_text};
use crate::kubernetes::request::{Delete, Propagation};
use crate::kubernetes::server::ApiServer;
use evenkeel_core::engine::value::Value;

pub(super) fn work(server: &mut ApiServer) {
    for key in all(server, "ReplicaSet") {
        let Some(set) = server.objects.get(&key).filter(|stored| !stored.is_deleting()) else { continue };
        let body = set.body.clone();
        scale(server, &body);
        report(server, &key, &body);
    }
}

fn scale(server: &mut ApiServer, set: &Value) {
    let wanted = usize::try_from(number(set, &["spec", "replicas"])).unwrap_or(0);
    let pods = owned(server, set, "Pod");
    for _ in pods.len()..wanted {
        let suffix = server.random.uid();
        let name = format!("{}-{}", meta_text(set, "name").unwrap_or_default(), &suffix[..5]);
        server.make_pod(&name, set, &[]);
    }
    // Those that are not ready go first, as on the server.
    let mut spare: Vec<(bool, ObjectKey)> = pods
        .into_iter()
        .map(|key| (server.objects.get(&key).is_some_and(|pod| is_ready(&pod.body)), key))
        .collect();
    spare.sort();
    let excess = spare.len().saturating_sub(wanted);
    for (_, key) in spare.into_iter().take(excess) {
        let request = Delete { key, uid: None, version: None, propagation: Propagation::Background };
        let _gone = server.delete(&request);
    }
}

fn report(server: &mut ApiServer, key: &ObjectKey, set: &Value) {
    let pods = owned(server, set, "Pod");
    let ready =
        pods.iter().filter(|key| server.objects.get(key).is_some_and(|pod| is_ready(&pod.body))).count();
    let (all, ready) = (super::whole(pods.len()), super::whole(ready));
    server.edit(key, &reporter(), |body| {
        let generation = number(body, &["metadata", "generation"]);
        crate::kubernetes::object::set_at(body, &["status", "replicas"], Value::from(all));
        count(body, "readyReplicas", ready);
        count(body, "availableReplicas", ready);
        count(body, "fullyLabeledReplicas", all);
        count(body, "observedGeneration", generation);
    });
}
