//! Autoscalers: the number of replicas is kept within bounds, through the scale subresource.
//!
//! There are no metrics in the world, so only the bounds act: `minReplicas` from below, `maxReplicas` from above.
//! <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/>

use super::{all, number, text};
use crate::kubernetes::object::ObjectKey;
use crate::kubernetes::request::Scale;
use crate::kubernetes::server::ApiServer;
use evenkeel_core::engine::value::Value;

pub(super) fn work(server: &mut ApiServer) {
    for key in all(server, "HorizontalPodAutoscaler") {
        let Some(scaler) = server.objects.get(&key).filter(|stored| !stored.is_deleting()) else { continue };
        let target = &["spec", "scaleTargetRef"];
        let body = &scaler.body;
        let Some(target) =
            body.at(target).and_then(|target| ObjectKey::of_reference(target, key.namespace.as_deref()))
        else {
            continue;
        };
        let least = body.at(&["spec", "minReplicas"]).and_then(Value::as_integer).unwrap_or(1);
        let most = number(body, &["spec", "maxReplicas"]);
        keep_within(server, target, least, most);
    }
}

fn keep_within(server: &mut ApiServer, target: ObjectKey, least: i64, most: i64) {
    let Some(found) = server.objects.get(&target) else { return };
    let now = number(&found.body, &["spec", "replicas"]);
    let asked = now.clamp(least.min(most), most);
    // Nothing scaled to zero is scaled up: that is how people switch an autoscaler off.
    if now == 0 || asked == now || !text(&found.body, &["metadata", "deletionTimestamp"]).is_empty() {
        return;
    }
    let replicas = u32::try_from(asked).unwrap_or(0);
    let manager = super::manager().name;
    let _later = server.scale(Scale { key: target, replicas, manager });
}
