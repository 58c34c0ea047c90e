//! What the load of the secondaries asks for, as Kubernetes measures it: the metrics API, which tells the last minute or so
//! (<https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/>).

use crate::engine::id::{Kind, ResourceId};
use crate::engine::plan::choreography::Scene;
use crate::engine::plan::{Advice, Said};
use crate::engine::question::{Answer, Body, Question, Why};
use crate::engine::value::Value;
use crate::resources::kubernetes::thousandths;
use crate::resources::neo4j::autoscaling::{Load, Pool, recommend};
use crate::resources::neo4j::{Autoscaling, Cluster};
use jiff::Timestamp;

/// Says how many secondaries the load asks for; nothing where nobody wants to know it, or where not all are there yet.
#[must_use]
pub fn advise(cluster: &Cluster, scene: &Scene<'_>, now: Timestamp) -> Option<Advice> {
    let bounds = cluster.autoscaling.as_ref()?;
    let pods: Vec<&ResourceId> = cluster.measured().collect();
    let bodies: Vec<Option<&Value>> = pods.iter().map(|pod| body(scene, pod).ok()?).collect();
    let measured: Vec<Result<Option<&Value>, _>> =
        pods.iter().map(|pod| body(scene, &metrics(pod))).collect();
    let count = u32::try_from(pods.len()).unwrap_or(u32::MAX);
    let requested = bodies.into_iter().map(|pod| requested(pod?)).sum::<Option<u64>>()?;
    let needed = cluster.topologies.values().map(|copies| copies.secondaries).max().unwrap_or_default();
    let pool = Pool { count, requested, needed };
    let said = said(bounds, pool, measured, now)?;
    Some(Advice { document: cluster.document.clone(), secondaries: count, bounds: *bounds, said })
}

/// Why nothing is known of a load; nothing where nobody measures it.
type Unread = Option<Why>;

fn said(
    bounds: &Autoscaling,
    pool: Pool,
    measured: Vec<Result<Option<&Value>, Unread>>,
    now: Timestamp,
) -> Option<Said> {
    let (mut used, mut at) = (0, now);
    for one in measured {
        let body = match one {
            Ok(body) => body?,
            Err(why) => return Some(Said::Unknown(why)),
        };
        used += sum(body.get("containers")?, &["usage", "cpu"])?;
        let then = body.get("timestamp").and_then(Value::as_text).and_then(|text| text.parse().ok());
        at = at.min(then.unwrap_or(now));
    }
    recommend(bounds, pool, &[Load { at, used }], now).map(Said::Recommended)
}

/// What the metrics API calls what it measured of a pod.
fn metrics(pod: &ResourceId) -> ResourceId {
    ResourceId { kind: Kind::kubernetes("metrics.k8s.io", "PodMetrics"), ..pod.clone() }
}

/// Returns what is there as a whole; nothing while it is not asked yet.
fn body<'a>(scene: &Scene<'a>, id: &ResourceId) -> Result<Option<&'a Value>, Unread> {
    match scene.ask(Question::Object(id.clone())) {
        Some(Answer::Seen(seen)) => match &seen.body {
            Body::Whole(body) => Ok(Some(body)),
            Body::Remembered => Ok(None),
        },
        Some(Answer::Unreadable(why)) => Err(Some(why.clone())),
        Some(_) => Err(None),
        None => Ok(None),
    }
}

fn requested(pod: &Value) -> Option<u64> {
    let containers = pod.at(&["spec", "containers"])?;
    sum(containers, &["resources", "requests", "cpu"])
        .or_else(|| sum(containers, &["resources", "limits", "cpu"]))
}

fn sum(containers: &Value, place: &[&str]) -> Option<u64> {
    let each = containers.as_list()?.iter().map(|container| {
        let text = container.at(place)?.as_text()?;
        thousandths(text).and_then(|amount| u64::try_from(amount).ok())
    });
    each.sum()
}
