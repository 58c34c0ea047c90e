//! Eviction: a deletion that asks every disruption budget first.
//!
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/>

use super::controllers::{budgets_of, is_ready};
use super::delete::Deleted;
use super::error::{ApiError, Cause};
use super::managers::Who;
use super::object::{ObjectKey, set_at, time};
use super::request::{Delete, Evict, Propagation};
use super::server::ApiServer;
use evenkeel_core::engine::value::Value;

impl ApiServer {
    /// Deletes a pod if the budget that it falls under allows it; 429 where that has to wait.
    pub fn evict(&mut self, request: &Evict) -> Result<Deleted, ApiError> {
        let Evict { key, uid } = request;
        let kind = self.kind_of(&key.kind)?;
        let Some(pod) = self.objects.get(key) else { return Err(ApiError::not_found(key, &kind.plural())) };
        let (is_deleting, is_running) = (pod.is_deleting(), is_running(&pod.body));
        let is_another = uid.as_ref().is_some_and(|uid| *uid != pod.uid());
        if !is_deleting && is_running && !is_another {
            let body = pod.body.clone();
            self.ask_budgets(key, &body)?;
        }
        let (key, uid) = (key.clone(), uid.clone());
        self.delete(&Delete { key, uid, version: None, propagation: Propagation::Background })
    }

    fn ask_budgets(&mut self, key: &ObjectKey, pod: &Value) -> Result<(), ApiError> {
        let budgets = budgets_of(self, key.namespace.as_deref(), pod);
        let [budget] = budgets.as_slice() else {
            let several = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            return if budgets.is_empty() { Ok(()) } else { Err(ApiError::internal(several)) };
        };
        let Some(found) = self.objects.get(budget) else { return Ok(()) };
        let number = |path: &[&str]| found.body.at(path).and_then(Value::as_integer).unwrap_or(0);
        let (healthy, needed) =
            (number(&["status", "currentHealthy"]), number(&["status", "desiredHealthy"]));
        if !is_ready(pod) && needed > 0 && healthy >= needed {
            return Ok(());
        }
        let allowed = number(&["status", "disruptionsAllowed"]);
        if number(&["status", "observedGeneration"]) < found.generation() {
            return Err(too_many(format!(
                "The disruption budget {} is still being processed by the server.",
                budget.name
            )));
        }
        if allowed <= 0 {
            return Err(too_many(format!(
                "The disruption budget {} needs {needed} healthy pods and has {healthy} currently",
                budget.name
            )));
        }
        let (budget, now, name) = (budget.clone(), time(self.now), key.name.clone());
        self.edit(&budget, &Who::updates("kube-apiserver").through("status"), |body| {
            set_at(body, &["status", "disruptionsAllowed"], Value::from(allowed - 1));
            set_at(body, &["status", "disruptedPods", &name], now);
        });
        Ok(())
    }
}

/// A pod that does not run, or not any longer, disturbs nobody when it goes.
fn is_running(pod: &Value) -> bool {
    let phase = pod.at(&["status", "phase"]).and_then(Value::as_text).unwrap_or_default();
    !matches!(phase, "" | "Pending" | "Succeeded" | "Failed")
}

fn too_many(why: String) -> ApiError {
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    let cause = Cause { reason: "DisruptionBudget".to_owned(), message: why, field: String::new() };
    ApiError { causes: vec![cause], ..ApiError::new(429, "TooManyRequests", message) }
}
