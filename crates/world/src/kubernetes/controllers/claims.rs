//! Claims: bound to a volume of their own one tick after they were made, grown when asked, protected while in use.
//!
//! <https://kubernetes.io/docs/concepts/storage/persistent-volumes/>

use super::{all, manager, map, reporter, text};
use crate::kubernetes::object::{ObjectKey, meta_text, set_at};
use crate::kubernetes::server::ApiServer;
use evenkeel_core::engine::id::Kind;
use evenkeel_core::engine::value::Value;

const PROTECTION: &str = "kubernetes.io/pvc-protection";
const REQUEST: &[&str] = &["spec", "resources", "requests", "storage"];

pub(super) fn work(server: &mut ApiServer) {
    for key in all(server, "PersistentVolumeClaim") {
        let Some(stored) = server.objects.get(&key) else { continue };
        if stored.is_deleting() {
            if !is_used(server, &key) {
                server.drop_finalizer(&key, PROTECTION);
            }
        } else if text(&stored.body, &["status", "phase"]) != "Bound" {
            bind(server, &key);
        } else if stored.body.at(REQUEST) != stored.body.at(&["status", "capacity", "storage"]) {
            server.edit(&key, &reporter(), |body| {
                let asked = body.at(REQUEST).cloned().unwrap_or_default();
                set_at(body, &["status", "capacity", "storage"], asked);
            });
        }
    }
}

fn bind(server: &mut ApiServer, key: &ObjectKey) {
    server.edit(key, &manager(), |body| {
        let volume = format!("pvc-{}", meta_text(body, "uid").unwrap_or_default());
        set_at(body, &["spec", "volumeName"], Value::from(volume));
        for (name, value) in [
            ("pv.kubernetes.io/bind-completed", "yes"),
            ("pv.kubernetes.io/bound-by-controller", "yes"),
            ("volume.kubernetes.io/storage-provisioner", "fake.example/volume"),
        ] {
            set_at(body, &["metadata", "annotations", name], Value::from(value));
        }
    });
    server.edit(key, &reporter(), |body| {
        let modes = body.at(&["spec", "accessModes"]).cloned().unwrap_or_default();
        let asked = body.at(REQUEST).cloned().unwrap_or_default();
        let status = map([
            ("phase", Value::from("Bound")),
            ("accessModes", modes),
            ("capacity", map([("storage", asked)])),
        ]);
        set_at(body, &["status"], status);
    });
}

fn is_used(server: &ApiServer, claim: &ObjectKey) -> bool {
    server.scope(&Kind::new("Pod"), claim.namespace.as_deref()).any(|(_, pod)| {
        let volumes = pod.body.at(&["spec", "volumes"]).and_then(Value::as_list).unwrap_or_default();
        volumes.iter().any(|volume| text(volume, &["persistentVolumeClaim", "claimName"]) == &*claim.name)
    })
}
