//! What names Kubernetes takes: for objects by kind, for namespaces, and for kinds and their versions.
//!
//! A name becomes part of a URL, so what is no name is refused before anything is asked.

use crate::engine::id::{Kind, is_builtin_group};

/// What an object's name may be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rule {
    /// Lowercase letters, digits and `-`, at most 63, a letter or digit at both ends.
    Label,
    /// Labels with dots between them, at most 253 in all.
    Subdomain,
    /// Anything that is one part of a path.
    PathSegment,
}

impl Rule {
    fn of(kind: &Kind) -> Self {
        match kind.short() {
            // Who serves a kind that is not built in decides on its names.
            _ if kind.group().is_some() => Self::PathSegment,
            "Namespace" | "Service" => Self::Label,
            "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding" | "IPAddress" | "APIService" => {
                Self::PathSegment
            }
            _ => Self::Subdomain,
        }
    }

    fn takes(self, name: &str) -> bool {
        match self {
            Self::Label => is_label(name),
            Self::Subdomain => name.len() <= 253 && name.split('.').all(is_part),
            Self::PathSegment => is_path_segment(name),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Label => "lowercase letters, digits and `-`, a letter or digit at both ends, at most 63",
            Self::Subdomain => {
                "lowercase letters, digits, `-` and `.`, a letter or digit at both ends, at most 253"
            }
            Self::PathSegment => "anything but `/`, `%`, `.` and `..`",
        }
    }
}

/// Says what names of this kind are made of, if this is none.
#[must_use]
pub fn name_trouble(kind: &Kind, name: &str) -> Option<&'static str> {
    let rule = Rule::of(kind);
    (!rule.takes(name)).then(|| rule.words())
}

/// Says what names of namespaces are made of, if this is none.
#[must_use]
pub fn namespace_trouble(namespace: &str) -> Option<&'static str> {
    (!Rule::Label.takes(namespace)).then(|| Rule::Label.words())
}

/// Says what kinds are made of, if this is none.
#[must_use]
pub fn kind_trouble(kind: &str) -> Option<&'static str> {
    let sound = kind.starts_with(|first: char| first.is_ascii_alphabetic())
        && kind.chars().all(|letter| letter.is_ascii_alphanumeric())
        && kind.len() <= 63;
    (!sound).then_some("letters and digits, a letter first")
}

/// Says what versions are made of, if this is none.
#[must_use]
pub fn version_trouble(api_version: &str) -> Option<&'static str> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let group_is_sound =
        is_builtin_group(group) && !api_version.starts_with('/') || Rule::Subdomain.takes(group);
    (!(group_is_sound && is_label(version))).then_some("GROUP/VERSION, or VERSION alone for the core group")
}

fn is_label(text: &str) -> bool {
    text.len() <= 63 && is_part(text)
}

fn is_part(text: &str) -> bool {
    let sound = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    !text.is_empty() && text.chars().all(sound) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_path_segment(name: &str) -> bool {
    !name.is_empty()
        && !matches!(name, "." | "..")
        && !name.contains(['/', '%'])
        && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_by_their_kind() {
        for (kind, name) in [
            ("ConfigMap", "kube-root-ca.crt"),
            ("ClusterRole", "system:node"),
            ("RoleBinding", "alice@example.com"),
            ("Service", "orders"),
            ("IPAddress", "2001:db8::1"),
            ("KafkaUser.kafka.strimzi.io", "CN=orders"),
            ("CustomResourceDefinition", "topics.kafka.strimzi.io"),
        ] {
            assert_eq!(name_trouble(&Kind::new(kind), name), None, "{kind}/{name}");
        }
        for (kind, name) in [
            ("ConfigMap", "a?b#c"),
            ("ConfigMap", "Orders"),
            ("ConfigMap", "a..b"),
            ("ConfigMap", "-a"),
            ("Service", "a.b"),
            ("Namespace", "A B"),
            ("ClusterRole", ".."),
            ("ClusterRole", "a/b"),
            ("KafkaUser.kafka.strimzi.io", ""),
        ] {
            assert!(name_trouble(&Kind::new(kind), name).is_some(), "{kind}/{name}");
        }
        assert!(name_trouble(&Kind::new("Secret"), &"a".repeat(254)).is_some());
    }

    #[test]
    fn namespaces_kinds_and_versions_are_judged() {
        for namespace in ["A B", "../../x", "", "..", "a.b"] {
            assert!(namespace_trouble(namespace).is_some(), "{namespace}");
        }
        for kind in ["Foo/Bar", "", "1Foo", "Foo Bar"] {
            assert!(kind_trouble(kind).is_some(), "{kind}");
        }
        for version in ["/v1", "a/b/v1", "", "v1/", "Apps/v1", "v1 "] {
            assert!(version_trouble(version).is_some(), "{version}");
        }
        for version in ["v1", "apps/v1", "kafka.strimzi.io/v1beta2", "rbac.authorization.k8s.io/v1"] {
            assert_eq!(version_trouble(version), None, "{version}");
        }
        assert_eq!((namespace_trouble("graph"), kind_trouble("ConfigMap")), (None, None));
    }
}
