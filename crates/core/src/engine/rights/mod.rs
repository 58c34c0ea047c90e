//! What an environment must be allowed to do, for planning and for applying: exactly the kinds in use, no more.
//!
//! One list serves both ends: `preflight` asks the server about each right in it, and `--rbac` writes the roles that
//! grant them, so that what is checked is what is granted.

mod roles;

pub use roles::{Binding, Role, Rule, Subject, SubjectError, roles};

use super::id::{ConnectionName, EnvironmentName};
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
    /// The kind's plural, as URLs and roles have it.
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

/// Every right that is needed, with the reason and the least that needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs(pub BTreeMap<Right, (Sort, Purpose)>);

/// What the server says of rights: granted, refused, or nobody knows.
pub type Granted = BTreeMap<Right, Result<bool, Why>>;

impl Needs {
    /// Returns what an environment needs.
    #[must_use]
    pub fn of(environment: &EnvironmentName, uses: &Uses, state: Option<&StatePlace>) -> Self {
        let mut needs = Self::default();
        for connection in &uses.connections {
            let object = object(connection, None, ("", "namespaces"), Some("kube-system"));
            needs.add(&object, Sort::Identity, Purpose::Plan, &[Verb::Get]);
        }
        for (place, part) in &uses.kinds {
            needs.add_kind(place, *part);
        }
        for (connection, name) in &uses.definitions {
            let kind = ("apiextensions.k8s.io", "customresourcedefinitions");
            let object = object(connection, None, kind, Some(name));
            needs.add(&object, Sort::Definition, Purpose::Plan, &[Verb::Get]);
        }
        for (connection, namespace, name) in &uses.sources {
            let object = object(connection, Some(namespace), ("", "secrets"), Some(name));
            needs.add(&object, Sort::Source, Purpose::Plan, &[Verb::Get]);
        }
        if let Some(state) = state {
            needs.add_state(environment, state);
        }
        needs
    }

    fn add_kind(&mut self, place: &Place, part: Part) {
        let Place { connection, namespace, kind: _, group, plural } = place;
        let object = object(connection, namespace.as_ref(), (group, plural), None);
        self.add(&object, Sort::Kind, Purpose::Plan, &[Verb::Get, Verb::List]);
        // The server asks for `create` and for `patch` where an apply makes something.
        let writes: &[Verb] = match part {
            Part::Wanted => &[Verb::Create, Verb::Patch, Verb::Delete],
            Part::Leaving => &[Verb::Delete],
        };
        self.add(&object, Sort::Kind, Purpose::Apply, writes);
    }

    /// Batches of the journal come and go under numbers, so that `ConfigMaps` cannot be granted by name.
    fn add_state(&mut self, environment: &EnvironmentName, state: &StatePlace) {
        use Verb::{Create, Delete, Get, List, Update};
        let StatePlace { connection, namespace } = state;
        let at = |kind, name: Option<&str>| object(connection, Some(namespace), kind, name);
        let (maps, leases) = (("", "configmaps"), ("coordination.k8s.io", "leases"));
        let own = format!("evenkeel-{environment}");
        let suspension = at(maps, Some(&format!("{own}-suspend")));
        let key = at(("", "secrets"), Some(&format!("{own}-key")));
        self.add(&at(maps, None), Sort::State, Purpose::Plan, &[List]);
        self.add(&suspension, Sort::State, Purpose::Plan, &[Get]);
        self.add(&at(leases, Some(&own)), Sort::State, Purpose::Plan, &[Get]);
        self.add(&key, Sort::State, Purpose::Plan, &[Get]);
        self.add(&at(maps, None), Sort::State, Purpose::Apply, &[Get, Create, Update, Delete]);
        self.add(&at(leases, Some(&own)), Sort::State, Purpose::Apply, &[Update]);
        // What is made has no name yet that a role could grant.
        self.add(&at(leases, None), Sort::State, Purpose::Apply, &[Create]);
        self.add(&at(("", "secrets"), None), Sort::State, Purpose::Apply, &[Create]);
    }

    fn add(&mut self, object: &Object, sort: Sort, purpose: Purpose, verbs: &[Verb]) {
        for verb in verbs {
            let right = Right { object: object.clone(), verb: *verb };
            // One that is needed twice is needed for the lesser purpose already.
            let known = self.0.entry(right).or_insert((sort, purpose));
            known.1 = known.1.min(purpose);
        }
    }

    /// Returns the rights that this purpose needs and nobody granted, each with its reason.
    #[must_use]
    pub fn missing(&self, granted: &Granted, purpose: Purpose) -> BTreeSet<&Right> {
        let needed = self.0.iter().filter(|(_, (_, needed_for))| *needed_for == purpose);
        needed.map(|(right, _)| right).filter(|right| granted.get(right) == Some(&Ok(false))).collect()
    }

    /// Returns why the first of those rights is not known to be granted or refused, if any is not.
    #[must_use]
    pub fn unknown<'a>(&self, granted: &'a Granted) -> Option<&'a Why> {
        self.0.keys().find_map(|right| granted.get(right)?.as_ref().err())
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
