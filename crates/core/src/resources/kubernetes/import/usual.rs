//! Values that the server derives from other fields where nobody writes them: left out, as it would derive them again.

use crate::engine::value::{Map, Value};

/// Tells whether a field whose default depends on others has just the value that the server gives it.
pub(super) fn is_usual(name: &str, value: &Value, siblings: &Map) -> bool {
    let is = |text: &str| value.as_text() == Some(text);
    match name {
        "imagePullPolicy" => value.as_text() == Some(pull_policy(siblings)),
        "serviceAccount" => siblings.get("serviceAccountName") == Some(value),
        "internalTrafficPolicy" | "externalTrafficPolicy" => is("Cluster"),
        "allocateLoadBalancerNodePorts" => value.as_bool() == Some(true),
        "backoffLimit" => value.as_integer() == Some(6),
        "podReplacementPolicy" => is("TerminatingOrFailed"),
        // A DaemonSet's own defaults (0 and 1) stay written: in a Deployment they are a choice.
        "maxSurge" | "maxUnavailable" => is("25%"),
        "rollingUpdate" => {
            value.as_map().is_some_and(|all| all.iter().all(|(name, inner)| is_usual(name, inner, all)))
        }
        "strategy" | "updateStrategy" => value.as_map().is_some_and(is_rolling),
        "requests" => siblings.get("limits") == Some(value),
        "hostPort" => siblings.get("containerPort") == Some(value),
        _ => false,
    }
}

fn is_rolling(strategy: &Map) -> bool {
    strategy.iter().all(|(name, value)| match name.as_str() {
        "type" => value.as_text() == Some("RollingUpdate"),
        name => is_usual(name, value, strategy),
    })
}

/// An image without a tag, or with the tag `latest`, is pulled each time.
fn pull_policy(container: &Map) -> &'static str {
    let image = container.get("image").and_then(Value::as_text).unwrap_or_default();
    let name = image.rsplit('/').next().unwrap_or(image);
    let (name, digest) = name.split_once('@').map_or((name, None), |(name, digest)| (name, Some(digest)));
    match name.split_once(':') {
        Some((_, "latest")) => "Always",
        None if digest.is_none() => "Always",
        Some(_) | None => "IfNotPresent",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rollout_that_somebody_chose_is_no_default() {
        let rolling = |surge: Value| Value::Map(Map::from([("maxSurge".to_owned(), surge)]));
        assert!(is_usual("rollingUpdate", &rolling(Value::from("25%")), &Map::new()));
        for chosen in [Value::from(0), Value::from(1), Value::from("50%")] {
            assert!(!is_usual("rollingUpdate", &rolling(chosen), &Map::new()));
        }
    }

    #[test]
    fn an_image_is_pulled_each_time_unless_its_tag_stands_still() {
        for (image, policy) in [
            ("neo4j", "Always"),
            ("neo4j:latest", "Always"),
            ("registry:5000/neo4j", "Always"),
            ("registry:5000/neo4j:5.26", "IfNotPresent"),
            ("neo4j@sha256:0123", "IfNotPresent"),
            ("neo4j:5@sha256:0123", "IfNotPresent"),
        ] {
            let container = Map::from([("image".to_owned(), Value::from(image))]);
            assert!(is_usual("imagePullPolicy", &Value::from(policy), &container), "{image}");
        }
    }
}
