//! The roles that grant what is needed, and nothing else: by namespace where everything of a kind lives in namespaces.

use super::{Needs, Purpose, Right, Verb};
use crate::engine::id::{ConnectionName, EnvironmentName};
use crate::engine::value::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::sync::Arc;

/// One role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// At which connection it is to be made.
    pub connection: ConnectionName,
    /// In which namespace; a `ClusterRole` if in none.
    pub namespace: Option<Arc<str>>,
    /// How it is called.
    pub name: String,
    /// What it grants.
    pub rules: Vec<Rule>,
}

/// What is granted of some kinds of one group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// The group; empty for the core group.
    pub group: Arc<str>,
    /// The plurals.
    pub plurals: BTreeSet<Arc<str>>,
    /// The names, if not any.
    pub names: BTreeSet<Arc<str>>,
    /// The verbs.
    pub verbs: BTreeSet<Verb>,
}

/// Whom roles are bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An account in a cluster: namespace and name.
    ServiceAccount(String, String),
    /// A user, as the cluster calls them.
    User(String),
    /// A group.
    Group(String),
}

/// Why a text names nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names nobody: write ServiceAccount:NAMESPACE/NAME, User:NAME or Group:NAME")]
pub struct SubjectError(String);

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let refused = || SubjectError(text.to_owned());
        let (sort, name) = text.split_once(':').filter(|(_, name)| !name.is_empty()).ok_or_else(refused)?;
        match sort {
            "ServiceAccount" => match name.split_once('/') {
                Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => {
                    Ok(Self::ServiceAccount(namespace.to_owned(), name.to_owned()))
                }
                Some(_) | None => Err(refused()),
            },
            "User" => Ok(Self::User(name.to_owned())),
            "Group" => Ok(Self::Group(name.to_owned())),
            _ => Err(refused()),
        }
    }
}

/// A role and whom it is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// The role.
    pub role: &'a Role,
    /// To whom.
    pub subject: &'a Subject,
}

/// Returns the roles for a purpose; those for applying grant what planning needs, too.
#[must_use]
pub fn roles(environment: &EnvironmentName, needs: &Needs, purpose: Purpose) -> Vec<Role> {
    let mut by_place: BTreeMap<(&ConnectionName, Option<&Arc<str>>), Vec<&Right>> = BTreeMap::new();
    for (right, need) in &needs.0 {
        if need.granted_to.is_some_and(|least| least <= purpose) {
            let place = (&right.object.connection, right.object.namespace.as_ref());
            by_place.entry(place).or_default().push(right);
        }
    }
    let suffix = match purpose {
        Purpose::Plan => "plan",
        Purpose::Apply => "apply",
    };
    let role =
        |((connection, namespace), rights): ((&ConnectionName, Option<&Arc<str>>), Vec<&Right>)| Role {
            connection: connection.clone(),
            namespace: namespace.cloned(),
            name: format!("evenkeel-{environment}-{suffix}"),
            rules: rules(&rights),
        };
    by_place.into_iter().map(role).collect()
}

/// Puts verbs of the same objects together, and then kinds with the same verbs.
fn rules(rights: &[&Right]) -> Vec<Rule> {
    let anything: BTreeSet<_> =
        rights.iter().filter(|right| right.object.name.is_none()).map(|right| granted(right)).collect();
    let mut verbs: BTreeMap<_, BTreeSet<Verb>> = BTreeMap::new();
    for right in rights {
        let is_granted_to_all = right.object.name.is_some() && anything.contains(&granted(right));
        if !is_granted_to_all {
            let object = &right.object;
            verbs.entry((&object.group, &object.plural, &object.name)).or_default().insert(right.verb);
        }
    }
    let mut plurals: BTreeMap<_, BTreeSet<Arc<str>>> = BTreeMap::new();
    for ((group, plural, name), verbs) in verbs {
        let kinds_with = plurals.entry((Arc::clone(group), name.clone(), verbs)).or_default();
        kinds_with.insert(Arc::clone(plural));
    }
    let rule = |((group, name, verbs), plurals): ((Arc<str>, Option<Arc<str>>, _), _)| Rule {
        group,
        plurals,
        names: name.into_iter().collect(),
        verbs,
    };
    merged_names(plurals.into_iter().map(rule))
}

/// Rules that differ in names only become one.
fn merged_names(rules: impl Iterator<Item = Rule>) -> Vec<Rule> {
    let mut merged: BTreeMap<_, BTreeSet<Arc<str>>> = BTreeMap::new();
    let mut unnamed = Vec::new();
    for rule in rules {
        if rule.names.is_empty() {
            unnamed.push(rule);
        } else {
            merged.entry((rule.group, rule.plurals, rule.verbs)).or_default().extend(rule.names);
        }
    }
    let named =
        merged.into_iter().map(|((group, plurals, verbs), names)| Rule { group, plurals, names, verbs });
    unnamed.extend(named);
    unnamed
}

fn granted(right: &Right) -> (&Arc<str>, &Arc<str>, Verb) {
    (&right.object.group, &right.object.plural, right.verb)
}

impl Role {
    fn kind(&self) -> &'static str {
        if self.namespace.is_some() { "Role" } else { "ClusterRole" }
    }

    fn metadata(&self) -> Value {
        let name = ("name", Value::from(self.name.as_str()));
        let namespace = self.namespace.as_deref().map(|namespace| ("namespace", Value::from(namespace)));
        map([name].into_iter().chain(namespace))
    }

    /// Returns the role as a manifest.
    #[must_use]
    pub fn manifest(&self) -> Value {
        map([
            ("apiVersion", Value::from("rbac.authorization.k8s.io/v1")),
            ("kind", Value::from(self.kind())),
            ("metadata", self.metadata()),
            ("rules", Value::List(self.rules.iter().map(Rule::manifest).collect())),
        ])
    }
}

impl Rule {
    fn manifest(&self) -> Value {
        let Self { group, plurals, names, verbs } = self;
        let list = |items: Vec<&str>| Value::List(items.into_iter().map(Value::from).collect());
        let named =
            (!names.is_empty()).then(|| ("resourceNames", list(names.iter().map(|name| &**name).collect())));
        let always = [
            ("apiGroups", list(vec![&**group])),
            ("resources", list(plurals.iter().map(|plural| &**plural).collect())),
            ("verbs", list(verbs.iter().map(|verb| verb.as_str()).collect())),
        ];
        map(always.into_iter().chain(named))
    }
}

impl Binding<'_> {
    /// Returns the binding as a manifest.
    #[must_use]
    pub fn manifest(&self) -> Value {
        let Self { role, subject } = self;
        let kind = if role.namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" };
        let group = ("apiGroup", Value::from("rbac.authorization.k8s.io"));
        let to =
            [group.clone(), ("kind", Value::from(role.kind())), ("name", Value::from(role.name.as_str()))];
        let person = |kind: &str, name: &str| {
            map([group.clone(), ("kind", Value::from(kind)), ("name", Value::from(name))])
        };
        let subject = match subject {
            Subject::User(name) => person("User", name),
            Subject::Group(name) => person("Group", name),
            Subject::ServiceAccount(namespace, name) => map([
                ("kind", Value::from("ServiceAccount")),
                ("name", Value::from(name.as_str())),
                ("namespace", Value::from(namespace.as_str())),
            ]),
        };
        map([
            ("apiVersion", Value::from("rbac.authorization.k8s.io/v1")),
            ("kind", Value::from(kind)),
            ("metadata", role.metadata()),
            ("roleRef", map(to)),
            ("subjects", Value::List(vec![subject])),
        ])
    }
}

fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map>())
}
