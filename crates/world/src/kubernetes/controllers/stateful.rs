//! `StatefulSets`: numbered pods with claims of their own, made in order, replaced from the last to the first.
//!
//! <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/>

use super::{all, count, is_ready, map, number, owned, reporter, revision_of, text, whole};
use crate::kubernetes::object::{ObjectKey, meta_text, set_at, set_meta};
use crate::kubernetes::request::{Delete, Propagation};
use crate::kubernetes::server::ApiServer;
use evenkeel_core::engine::value::Value;

const REVISION: &str = "controller-revision-hash";

/// One set, as a tick sees it.
struct Set {
    body: Value,
    name: String,
    revision: String,
    wanted: i64,
}

pub(super) fn work(server: &mut ApiServer) {
    for key in all(server, "StatefulSet") {
        let Some(found) = server.objects.get(&key).filter(|stored| !stored.is_deleting()) else { continue };
        let body = found.body.clone();
        let name = meta_text(&body, "name").unwrap_or_default().to_owned();
        let revision =
            format!("{name}-{}", revision_of(body.at(&["spec", "template"]).unwrap_or(&Value::Null)));
        let wanted = number(&body, &["spec", "replicas"]);
        let set = Set { body, name, revision, wanted };
        set.work(server);
        set.report(server, &key);
    }
}

impl Set {
    fn work(&self, server: &mut ApiServer) {
        let in_order = text(&self.body, &["spec", "podManagementPolicy"]) != "Parallel";
        for at in 0..self.wanted {
            match self.pod(server, at) {
                None => {
                    self.make(server, at);
                    if in_order {
                        return;
                    }
                }
                // Also where an older template broke it: a person has to delete it. See "Forced rollback".
                Some(pod) if in_order && !is_ready(&pod) => return,
                Some(_) => {}
            }
        }
        if self.shrink(server, in_order) {
            return;
        }
        self.update(server);
    }

    /// Deletes the last pod too many; tells whether there was one.
    fn shrink(&self, server: &mut ApiServer, in_order: bool) -> bool {
        let mut beyond: Vec<i64> =
            owned(server, &self.body, "Pod").iter().filter_map(|pod| self.number_of(pod)).collect();
        beyond.retain(|at| *at >= self.wanted);
        beyond.sort_unstable_by(|one, two| two.cmp(one));
        for at in beyond.iter().take(if in_order { 1 } else { beyond.len() }) {
            self.delete(server, *at);
        }
        !beyond.is_empty()
    }

    /// Replaces the last pod of an older template, once all others are ready.
    fn update(&self, server: &mut ApiServer) {
        if text(&self.body, &["spec", "updateStrategy", "type"]) == "OnDelete" {
            return;
        }
        let partition = number(&self.body, &["spec", "updateStrategy", "rollingUpdate", "partition"]);
        for at in (partition..self.wanted).rev() {
            let Some(pod) = self.pod(server, at) else { return };
            if self.is_current(&pod) {
                if !is_ready(&pod) {
                    return;
                }
            } else {
                self.delete(server, at);
                return;
            }
        }
    }

    fn is_current(&self, pod: &Value) -> bool {
        text(pod, &["metadata", "labels", REVISION]) == self.revision
    }

    fn key(&self, kind: &str, name: &str) -> ObjectKey {
        ObjectKey::new(kind, Some(text(&self.body, &["metadata", "namespace"])), name)
    }

    fn pod(&self, server: &ApiServer, at: i64) -> Option<Value> {
        server.objects.get(&self.key("Pod", &format!("{}-{at}", self.name))).map(|pod| pod.body.clone())
    }

    fn number_of(&self, pod: &ObjectKey) -> Option<i64> {
        pod.name.strip_prefix(&self.name)?.strip_prefix('-')?.parse().ok()
    }

    fn make(&self, server: &mut ApiServer, at: i64) {
        let name = format!("{}-{at}", self.name);
        let templates =
            self.body.at(&["spec", "volumeClaimTemplates"]).and_then(Value::as_list).unwrap_or_default();
        for template in templates {
            self.make_claim(server, template, &name);
        }
        let number = at.to_string();
        let labels = [
            ("apps.kubernetes.io/pod-index", number.as_str()),
            (REVISION, self.revision.as_str()),
            ("statefulset.kubernetes.io/pod-name", name.as_str()),
        ];
        server.make_pod(&name, &self.body, &labels);
    }

    fn make_claim(&self, server: &mut ApiServer, template: &Value, pod: &str) {
        let name = format!("{}-{pod}", text(template, &["metadata", "name"]));
        if server.objects.contains_key(&self.key("PersistentVolumeClaim", &name)) {
            return;
        }
        let mut claim = map([
            ("apiVersion", Value::from("v1")),
            ("kind", Value::from("PersistentVolumeClaim")),
            ("spec", template.get("spec").cloned().unwrap_or_default()),
        ]);
        set_meta(&mut claim, "name", Value::from(name));
        set_meta(&mut claim, "namespace", Value::from(text(&self.body, &["metadata", "namespace"])));
        let labels = self.body.at(&["spec", "selector", "matchLabels"]).cloned().unwrap_or_default();
        set_meta(&mut claim, "labels", labels);
        server.make(claim);
    }

    fn delete(&self, server: &mut ApiServer, at: i64) {
        let key = self.key("Pod", &format!("{}-{at}", self.name));
        let request = Delete { key, uid: None, version: None, propagation: Propagation::Background };
        let _gone = server.delete(&request);
    }

    fn report(&self, server: &mut ApiServer, key: &ObjectKey) {
        let pods: Vec<Value> = owned(server, &self.body, "Pod")
            .iter()
            .filter_map(|pod| server.objects.get(pod).map(|pod| pod.body.clone()))
            .collect();
        let ready = whole(pods.iter().filter(|pod| is_ready(pod)).count());
        let updated = whole(pods.iter().filter(|pod| self.is_current(pod)).count());
        let total = whole(pods.len());
        let complete = updated == self.wanted && total == self.wanted && ready == total;
        server.edit(key, &reporter(), |body| {
            let generation = number(body, &["metadata", "generation"]);
            set_at(body, &["status", "replicas"], Value::from(total));
            set_at(body, &["status", "availableReplicas"], Value::from(ready));
            set_at(body, &["status", "collisionCount"], Value::from(0));
            count(body, "observedGeneration", generation);
            count(body, "readyReplicas", ready);
            count(body, "updatedReplicas", updated);
            let before = text(body, &["status", "currentRevision"]).to_owned();
            let current = if complete || before.is_empty() { self.revision.clone() } else { before };
            count(body, "currentReplicas", if complete { total } else { total - updated });
            set_at(body, &["status", "currentRevision"], Value::from(current));
            set_at(body, &["status", "updateRevision"], Value::from(self.revision.as_str()));
        });
    }
}
