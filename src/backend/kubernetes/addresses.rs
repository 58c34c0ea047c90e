//! Where an object lives on the API server: its URL, from its address and the kind's plural.

use evenkeel_core::engine::question::{Reach, ServedKind};
use std::fmt::Write;

/// Returns the URL of all objects of a kind in a namespace, or in the cluster.
pub(super) fn collection(kind: &ServedKind, namespace: Option<&str>) -> String {
    let version = kind.api_version.as_str();
    let mut url = if kind.api_version.group().is_empty() {
        format!("/api/{version}")
    } else {
        format!("/apis/{version}")
    };
    if let (Reach::Namespaced, Some(namespace)) = (kind.reach, namespace) {
        url.push_str("/namespaces/");
        url.push_str(&escape(namespace));
    }
    url.push('/');
    url.push_str(&kind.plural);
    url
}

/// Returns the URL of one object.
pub(super) fn object(kind: &ServedKind, namespace: Option<&str>, name: &str) -> String {
    format!("{}/{}", collection(kind, namespace), escape(name))
}

/// Escapes everything that is not unreserved in RFC 3986; names such as `system:node` hold colons. Nothing that comes
/// out goes up in a path.
pub(super) fn escape(text: &str) -> String {
    if matches!(text, "." | "..") {
        return text.replace('.', "%2E");
    }
    text.bytes().fold(String::with_capacity(text.len()), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _infallible = write!(escaped, "%{byte:02X}");
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use evenkeel_core::engine::question::{ApiVersion, HasStatus};

    fn kind(version: &str, plural: &str, reach: Reach) -> ServedKind {
        let api_version = ApiVersion::new(version);
        let status = HasStatus::No;
        ServedKind { api_version, kind: plural.into(), plural: plural.into(), reach, status }
    }

    #[test]
    fn no_name_leaves_its_place_in_the_path() {
        let pods = kind("v1", "configmaps", Reach::Namespaced);
        assert_eq!(
            object(&pods, Some(".."), "a?b#c/d"),
            "/api/v1/namespaces/%2E%2E/configmaps/a%3Fb%23c%2Fd"
        );
    }

    #[test]
    fn core_and_group_kinds_have_different_roots() {
        let pods = kind("v1", "configmaps", Reach::Namespaced);
        assert_eq!(object(&pods, Some("graph"), "a"), "/api/v1/namespaces/graph/configmaps/a");
        let roles = kind("rbac.authorization.k8s.io/v1", "clusterroles", Reach::Cluster);
        assert_eq!(
            object(&roles, None, "system:node"),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode"
        );
    }
}
