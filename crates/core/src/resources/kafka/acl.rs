//! How ACLs are called: Kafka gives them no name, so the address has all that tells one from another.
//!
//! `[deny:]User:NAME:RESOURCE:PATTERN[:HOST]`, for example `User:orders-app:topic:orders-*`. A star at the end of the
//! pattern is a prefix, a star alone every name. What has a meaning here or in an address stands as `%` and two digits.

use crate::engine::question::{Body, Seen};
use crate::engine::value::Value;
use std::fmt::{self, Write as _};
use std::str::FromStr;

/// All that tells one ACL from another, but for the operations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AclName {
    /// Whose: `User:NAME`.
    pub principal: String,
    /// From which host; [`AclName::ANY_HOST`] from any.
    pub host: String,
    /// Whether it gives or takes.
    pub permission: Permission,
    /// To what sort of resource.
    pub resource_type: ResourceType,
    /// The name of the resource, or what it begins with.
    pub resource: String,
    /// How that name is meant.
    pub pattern: Pattern,
}

/// What can be sent of what a principal may do; brokers may know more.
const OPERATIONS: [&str; 11] = [
    "ALL",
    "ALTER",
    "ALTER_CONFIGS",
    "CLUSTER_ACTION",
    "CREATE",
    "DELETE",
    "DESCRIBE",
    "DESCRIBE_CONFIGS",
    "IDEMPOTENT_WRITE",
    "READ",
    "WRITE",
];

/// Says which operations of an ACL nobody here can send, so that it can be neither changed nor deleted.
#[must_use]
pub fn unsendable(seen: &Seen) -> Option<String> {
    let Body::Whole(live) = &seen.body else { return None };
    let operations = live.get("operations").and_then(Value::as_list)?.iter().filter_map(Value::as_text);
    let newer: Vec<&str> = operations.filter(|operation| !OPERATIONS.contains(operation)).collect();
    (!newer.is_empty()).then(|| {
        let newer = newer.join(", ");
        format!("it has operations that evenkeel does not know ({newer}): change it by kafka-acls")
    })
}

/// Whether an ACL gives or takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// It may.
    Allow,
    /// It may not.
    Deny,
}

/// What an ACL is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceType {
    /// A topic.
    Topic,
    /// A consumer group.
    Group,
    /// A transactional id.
    TransactionalId,
    /// The cluster.
    Cluster,
}

/// How a name is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// Exactly.
    Literal,
    /// As a beginning.
    Prefixed,
}

/// Why a text is no name of an ACL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write [deny:]User:NAME:RESOURCE:PATTERN[:HOST], for example User:app:topic:orders-*")]
pub struct NoAclName;

impl AclName {
    /// The one name of the cluster as a resource.
    pub const CLUSTER: &'static str = "kafka-cluster";
    /// From wherever.
    pub const ANY_HOST: &'static str = "*";
}

impl ResourceType {
    const ALL: [Self; 4] = [Self::Topic, Self::Group, Self::TransactionalId, Self::Cluster];

    fn as_str(self) -> &'static str {
        match self {
            Self::Topic => "topic",
            Self::Group => "group",
            Self::TransactionalId => "transactionalId",
            Self::Cluster => "cluster",
        }
    }
}

impl fmt::Display for AclName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.permission == Permission::Deny {
            out.write_str("deny:")?;
        }
        let (principal_type, name) = self.principal.split_once(':').unwrap_or(("User", &self.principal));
        write!(out, "{}:{}:{}:", Escaped(principal_type), Escaped(name), self.resource_type.as_str())?;
        match (self.pattern, self.resource.as_str()) {
            (Pattern::Literal, "*") => out.write_char('*')?,
            (Pattern::Literal, name) => write!(out, "{}", Escaped(name))?,
            // No star of a name stands unescaped, so two of them are the prefix of nothing, and never every name.
            (Pattern::Prefixed, "") => out.write_str("**")?,
            (Pattern::Prefixed, name) => write!(out, "{}*", Escaped(name))?,
        }
        if self.host != Self::ANY_HOST {
            write!(out, ":{}", Escaped(&self.host))?;
        }
        Ok(())
    }
}

impl FromStr for AclName {
    type Err = NoAclName;

    fn from_str(text: &str) -> Result<Self, NoAclName> {
        let (permission, rest) = match text.strip_prefix("deny:") {
            Some(rest) => (Permission::Deny, rest),
            None => (Permission::Allow, text),
        };
        let parts: Vec<&str> = rest.split(':').collect();
        let (principal_type, name, resource_type, resource, host) = match parts.as_slice() {
            [principal, name, sort, resource] => (principal, name, sort, resource, &Self::ANY_HOST),
            [principal, name, sort, resource, host] => (principal, name, sort, resource, host),
            _ => return Err(NoAclName),
        };
        let known = ResourceType::ALL.into_iter().find(|known| known.as_str() == *resource_type);
        let (pattern, resource) = match resource.strip_suffix('*') {
            Some("") => (Pattern::Literal, "*".to_owned()),
            Some("*") => (Pattern::Prefixed, String::new()),
            Some(prefix) => (Pattern::Prefixed, unescaped(prefix)?),
            None => (Pattern::Literal, unescaped(resource)?),
        };
        let principal = format!("{}:{}", unescaped(principal_type)?, unescaped(name)?);
        let host = if *host == Self::ANY_HOST { (*host).to_owned() } else { unescaped(host)? };
        let resource_type = known.ok_or(NoAclName)?;
        Ok(Self { principal, host, permission, resource_type, resource, pattern })
    }
}

/// A text in which nothing has a meaning in an address.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            if matches!(letter, '%' | ':' | '/' | '*' | ',' | '@')
                || letter.is_whitespace()
                || letter.is_control()
            {
                let mut bytes = [0; 4];
                for byte in letter.encode_utf8(&mut bytes).bytes() {
                    write!(out, "%{byte:02X}")?;
                }
            } else {
                out.write_char(letter)?;
            }
        }
        Ok(())
    }
}

fn unescaped(text: &str) -> Result<String, NoAclName> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend(before.bytes());
        let digits = after.get(..2).ok_or(NoAclName)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| NoAclName)?);
        rest = &after[2..];
    }
    bytes.extend(rest.bytes());
    String::from_utf8(bytes).map_err(|_| NoAclName)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acl(principal: &str, resource: &str, pattern: Pattern) -> AclName {
        AclName {
            principal: principal.to_owned(),
            host: AclName::ANY_HOST.to_owned(),
            permission: Permission::Allow,
            resource_type: ResourceType::Topic,
            resource: resource.to_owned(),
            pattern,
        }
    }

    #[test]
    fn a_name_is_read_back_whatever_is_in_it() {
        for (principal, resource, pattern, text) in [
            ("User:app", "orders", Pattern::Literal, "User:app:topic:orders"),
            ("User:app", "orders-", Pattern::Prefixed, "User:app:topic:orders-*"),
            ("User:app", "*", Pattern::Literal, "User:app:topic:*"),
            ("User:CN=a, O=b/c", "a:b*", Pattern::Literal, "User:CN=a%2C%20O=b%2Fc:topic:a%3Ab%2A"),
            ("User:*", "é%", Pattern::Prefixed, "User:%2A:topic:é%25*"),
            ("User:app", "", Pattern::Prefixed, "User:app:topic:**"),
            ("User:app", "", Pattern::Literal, "User:app:topic:"),
            ("User:app", "*", Pattern::Prefixed, "User:app:topic:%2A*"),
        ] {
            let name = acl(principal, resource, pattern);
            assert_eq!(name.to_string(), text);
            assert_eq!(text.parse(), Ok(name));
        }
    }

    #[test]
    fn what_is_unusual_is_said() {
        let name = AclName {
            permission: Permission::Deny,
            host: "10.0.0.1".to_owned(),
            ..acl("User:a", "b", Pattern::Literal)
        };
        assert_eq!(name.to_string(), "deny:User:a:topic:b:10.0.0.1");
        assert_eq!(name.to_string().parse(), Ok(name));
    }

    #[test]
    fn what_is_no_name_says_what_is_expected() {
        for text in ["", "User:a", "User:a:table:b", "User:a:topic:%", "User:a:topic:%zz", "a:b:topic:c:d:e"]
        {
            assert_eq!(text.parse::<AclName>(), Err(NoAclName), "{text}");
        }
    }
}
