//! What an environment must be allowed to do, for planning and for applying: exactly the kinds in use, no more.
//!
//! One list serves both ends: `preflight` asks the server about each right in it, and `--rbac` writes the roles that
//! grant them, so that what is checked is what is granted.

mod kafka;
mod roles;

pub use kafka::{Allowed, BrokersTold, KafkaRight, Operation, Target, Told, TopicTold};
pub use roles::{Binding, Role, Rule, Subject, SubjectError, roles};

use super::id::{ConnectionName, EnvironmentName, ResourceId};
use super::plan::{Part, Place, Uses};
use super::question::Why;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// What is done with a resource of an API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Read by name.
    Get,
    /// Read together.
    List,
    /// Make.
    Create,
    /// Put another in its place.
    Update,
    /// Apply.
    Patch,
    /// Delete.
    Delete,
    /// Write roles that grant more than their writer has.
    Escalate,
    /// Bind roles that grant more than their binder has.
    Bind,
}

impl Verb {
    /// Returns the verb as roles have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::Escalate => "escalate",
            Self::Bind => "bind",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// What a right is needed for. Applying needs what planning needs, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// `plan`, `drift`, `preflight` and `lock show`.
    Plan,
    /// `apply`.
    Apply,
}

/// What a right is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    /// At which connection.
    pub connection: ConnectionName,
    /// In which namespace; absent at the top of the cluster.
    pub namespace: Option<Arc<str>>,
    /// The group of the kind; empty for the core group.
    pub group: Arc<str>,
    /// The kind's plural, as URLs and roles have it, with a part of it behind a slash: `pods/eviction`.
    pub plural: Arc<str>,
    /// Which one; absent where any may be meant.
    pub name: Option<Arc<str>>,
}

/// Why an environment has to do with an object at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// It says which cluster this is.
    Identity,
    /// Its kind is in use.
    Kind,
    /// It defines a kind in use.
    Definition,
    /// The text of a secret comes from it.
    Source,
    /// Lock, journal, ledger and digest key are such objects.
    State,
    /// Something in use lives in it, or is bounded by it.
    Surroundings,
    /// A database server runs in it.
    Server,
    /// It tells what a database server uses.
    Load,
}

/// What depends on a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Why the environment has to do with the object.
    pub sort: Sort,
    /// The least purpose whose role grants it; absent where it is asked about and never granted here.
    pub granted_to: Option<Purpose>,
    /// The least purpose that does not come through without it; absent where it can be done without.
    pub needed_by: Option<Purpose>,
}

impl Need {
    fn needed(sort: Sort, purpose: Purpose) -> Self {
        Self { sort, granted_to: Some(purpose), needed_by: Some(purpose) }
    }

    fn wanted(sort: Sort, purpose: Purpose) -> Self {
        Self { sort, granted_to: Some(purpose), needed_by: None }
    }

    fn asked(sort: Sort) -> Self {
        Self { sort, granted_to: None, needed_by: None }
    }

    /// A right with two reasons serves the lesser of both purposes.
    fn and(self, other: Self) -> Self {
        let least = |one: Option<Purpose>, other| one.into_iter().chain(other).min();
        Self {
            sort: self.sort,
            granted_to: least(self.granted_to, other.granted_to),
            needed_by: least(self.needed_by, other.needed_by),
        }
    }
}

/// One thing that must be allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Right {
    /// To what.
    pub object: Object,
    /// What.
    pub verb: Verb,
}

/// Where an environment keeps its state, if that is in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatePlace {
    /// Behind which connection.
    pub connection: ConnectionName,
    /// In which namespace.
    pub namespace: Arc<str>,
}

/// The group of roles and of those who bind them.
const ROLES: &str = "rbac.authorization.k8s.io";

/// Every right that is needed or of use, with what depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs<R = Right>(pub BTreeMap<R, Need>);

impl<R> Default for Needs<R> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

/// What the server says of rights: granted, refused, or nobody knows.
pub type Granted<R = Right> = BTreeMap<R, Result<bool, Why>>;

impl Needs {
    /// Returns what an environment needs.
    #[must_use]
    pub fn of(environment: &EnvironmentName, uses: &Uses, state: Option<&StatePlace>) -> Self {
        let mut needs = Self::default();
        for connection in uses.connections.iter().chain(state.map(|state| &state.connection)) {
            needs.add_identity(connection, uses);
        }
        for (place, part) in &uses.kinds {
            needs.add_kind(place, *part);
            needs.add_roles(place, *part);
        }
        for (connection, name) in &uses.definitions {
            let kind = ("apiextensions.k8s.io", "customresourcedefinitions");
            let object = object(connection, None, kind, Some(name));
            // What has no schema is compared as untyped.
            needs.add(&object, Need::wanted(Sort::Definition, Purpose::Plan), &[Verb::Get]);
        }
        for (connection, namespace, name) in &uses.sources {
            let object = object(connection, Some(namespace), ("", "secrets"), Some(name));
            needs.add(&object, Need::needed(Sort::Source, Purpose::Plan), &[Verb::Get]);
        }
        for pod in &uses.pods {
            needs.add_pod(pod);
        }
        for claim in &uses.claims {
            needs.add_named(claim, ("", "persistentvolumeclaims"), Sort::Server);
        }
        for pod in &uses.measured {
            needs.add_named(pod, ("metrics.k8s.io", "pods"), Sort::Load);
        }
        needs.add_surroundings(uses);
        if let Some(state) = state {
            needs.add_state(environment, state, uses);
        }
        needs
    }

    /// Returns those at one connection.
    #[must_use]
    pub fn at(&self, connection: &ConnectionName) -> Self {
        let here = self.0.iter().filter(|(right, _)| right.object.connection == *connection);
        Self(here.map(|(right, need)| (right.clone(), *need)).collect())
    }

    /// Returns the connections at which anything is needed.
    #[must_use]
    pub fn connections(&self) -> BTreeSet<&ConnectionName> {
        self.0.keys().map(|right| &right.object.connection).collect()
    }

    /// At first contact nobody is known again: only a pin makes the identity something that is needed.
    fn add_identity(&mut self, connection: &ConnectionName, uses: &Uses) {
        let object = object(connection, None, ("", "namespaces"), Some("kube-system"));
        let need = if uses.pinned.contains(connection) { Need::needed } else { Need::wanted };
        self.add(&object, need(Sort::Identity, Purpose::Plan), &[Verb::Get]);
    }

    /// At the top of a cluster names bound what is granted; a list has none, and neither has what is made.
    fn add_kind(&mut self, place: &Place, part: Part) {
        let Place { connection, namespace, kind: _, group, plural, name } = place;
        let any = object(connection, namespace.as_ref(), (group, plural), None);
        let named = Object { name: name.clone(), ..any.clone() };
        let to = |purpose| Need::needed(Sort::Kind, purpose);
        self.add(&any, to(Purpose::Plan), &[Verb::List]);
        self.add(&named, to(Purpose::Plan), &[Verb::Get]);
        match part {
            Part::Wanted => {
                // The server asks for `create` and for `patch` where an apply makes something.
                self.add(&any, to(Purpose::Apply), &[Verb::Create]);
                self.add(&named, to(Purpose::Apply), &[Verb::Patch]);
                // The day it leaves Git, or is replaced, has not come.
                self.add(&named, Need::wanted(Sort::Kind, Purpose::Apply), &[Verb::Delete]);
            }
            Part::Leaving => self.add(&named, to(Purpose::Apply), &[Verb::Delete]),
        }
    }

    /// Roles are written by who has the rights in them, and beyond that by who may escalate or bind: nothing to be
    /// granted by a tool, and worth knowing.
    fn add_roles(&mut self, place: &Place, part: Part) {
        if part == Part::Leaving || &*place.group != ROLES {
            return;
        }
        let asked = Need::asked(Sort::Kind);
        let at = |plural| object(&place.connection, place.namespace.as_ref(), (ROLES, plural), None);
        match &*place.plural {
            plural @ ("roles" | "clusterroles") => self.add(&at(plural), asked, &[Verb::Escalate]),
            "rolebindings" => {
                self.add(&at("roles"), asked, &[Verb::Bind]);
                self.add(&at("clusterroles"), asked, &[Verb::Bind]);
            }
            "clusterrolebindings" => self.add(&at("clusterroles"), asked, &[Verb::Bind]),
            _ => {}
        }
    }

    /// Servers are restarted by evicting their pods: that asks the disruption budget, which a deletion would not.
    fn add_pod(&mut self, pod: &ResourceId) {
        let at = |plural| object(&pod.connection, pod.namespace.as_ref(), ("", plural), Some(&pod.name));
        self.add(&at("pods"), Need::needed(Sort::Server, Purpose::Plan), &[Verb::Get]);
        self.add(&at("pods/eviction"), Need::needed(Sort::Server, Purpose::Apply), &[Verb::Create]);
    }

    /// What planning reads by name and can do without.
    fn add_named(&mut self, id: &ResourceId, kind: (&str, &str), sort: Sort) {
        let object = object(&id.connection, id.namespace.as_ref(), kind, Some(&id.name));
        self.add(&object, Need::wanted(sort, Purpose::Plan), &[Verb::Get]);
    }

    /// What `preflight` looks at for the sake of applying, and applying itself does not.
    fn add_surroundings(&mut self, uses: &Uses) {
        let wanted = Need::wanted(Sort::Surroundings, Purpose::Apply);
        for (connection, namespace) in uses.namespaces() {
            let quotas = object(&connection, Some(&namespace), ("", "resourcequotas"), None);
            self.add(&quotas, wanted, &[Verb::List]);
        }
        for (connection, namespace) in uses.namespaces().difference(&uses.made) {
            let itself = object(connection, None, ("", "namespaces"), Some(namespace));
            self.add(&itself, wanted, &[Verb::Get]);
        }
    }

    /// Batches of the journal come and go under numbers, so that `ConfigMaps` cannot be granted by name.
    fn add_state(&mut self, environment: &EnvironmentName, state: &StatePlace, uses: &Uses) {
        use Verb::{Create, Delete, Get, List, Update};
        let StatePlace { connection, namespace } = state;
        let at = |kind, name: Option<&str>| object(connection, Some(namespace), kind, name);
        let (maps, leases, secrets) =
            (("", "configmaps"), ("coordination.k8s.io", "leases"), ("", "secrets"));
        let (plan, apply) =
            (Need::needed(Sort::State, Purpose::Plan), Need::needed(Sort::State, Purpose::Apply));
        let own = format!("evenkeel-{environment}");
        let key = at(secrets, Some(&format!("{own}-key")));
        self.add(&at(maps, None), plan, &[List]);
        self.add(&at(maps, Some(&format!("{own}-suspend"))), plan, &[Get]);
        self.add(&at(leases, Some(&own)), plan, &[Get]);
        self.add(&key, apply, &[Get]);
        // Where nothing is secret, planning digests nothing.
        let digests = if uses.has_secrets() { Need::needed } else { Need::wanted };
        self.add(&key, digests(Sort::State, Purpose::Plan), &[Get]);
        self.add(&at(maps, None), apply, &[Get, Create, Update, Delete]);
        self.add(&at(leases, Some(&own)), apply, &[Update]);
        // What is made has no name yet that a role could grant.
        self.add(&at(leases, None), apply, &[Create]);
        self.add(&at(secrets, None), apply, &[Create]);
        self.add(&state.namespace(), Need::wanted(Sort::Surroundings, Purpose::Apply), &[Get]);
        // Who may make namespaces has the one for state made by the first apply.
        self.add(&Object { name: None, ..state.namespace() }, Need::asked(Sort::Surroundings), &[Create]);
    }

    fn add(&mut self, object: &Object, need: Need, verbs: &[Verb]) {
        for verb in verbs {
            let right = Right { object: object.clone(), verb: *verb };
            let known = self.0.entry(right).or_insert(need);
            *known = known.and(need);
        }
    }
}

impl<R: Ord> Needs<R> {
    /// Returns the rights that keep this purpose from succeeding, as they are refused; those that a lesser purpose
    /// needs are not among them.
    #[must_use]
    pub fn missing(&self, granted: &Granted<R>, purpose: Purpose) -> BTreeSet<&R> {
        self.needed_by(purpose).filter(|right| granted.get(right) == Some(&Ok(false))).collect()
    }

    /// Returns the rights that this purpose needs and of which nobody knows whether they are granted.
    #[must_use]
    pub fn unknown(&self, granted: &Granted<R>, purpose: Purpose) -> BTreeSet<&R> {
        let is_unknown = |right: &&R| !granted.get(right).is_some_and(Result::is_ok);
        self.needed_by(purpose).filter(is_unknown).collect()
    }

    fn needed_by(&self, purpose: Purpose) -> impl Iterator<Item = &R> {
        self.0.iter().filter(move |(_, need)| need.needed_by == Some(purpose)).map(|(right, _)| right)
    }
}

impl StatePlace {
    /// Returns the namespace that state is kept in, as something that rights are about.
    #[must_use]
    pub fn namespace(&self) -> Object {
        object(&self.connection, None, ("", "namespaces"), Some(&self.namespace))
    }
}

fn object(
    connection: &ConnectionName,
    namespace: Option<&Arc<str>>,
    (group, plural): (&str, &str),
    name: Option<&str>,
) -> Object {
    Object {
        connection: connection.clone(),
        namespace: namespace.cloned(),
        group: Arc::from(group),
        plural: Arc::from(plural),
        name: name.map(Arc::from),
    }
}
