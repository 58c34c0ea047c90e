//! `--base`: the specs of one revision under the rules of a protected one.

use super::specs::{Opened, SpecsError};
use crate::source::Root;
use evenkeel_core::diagnostic::{Diagnostic, Severity};
use evenkeel_core::documents::credential::Credential;
use evenkeel_core::documents::expand::Systems;
use evenkeel_core::documents::{EnvironmentRef, Specs};
use evenkeel_core::engine::plan::Base;
use evenkeel_core::engine::value::SecretSource;
use std::path::{Component, Path};

/// Specs of a revision under the rules of the protected one.
pub(super) struct Protected {
    pub(super) environment: EnvironmentRef,
    pub(super) specs: Specs,
    pub(super) base: Base,
}

impl Opened {
    /// Returns what an environment wants here, under the rules of a protected revision.
    pub(super) fn under(&self, base: &Self, named: &str) -> Result<Protected, SpecsError> {
        let revision = base.revision();
        let Ok(environment) = base.repository.find(named) else {
            // A name that nobody has is a slip of the fingers, and is told as one.
            self.find(named)?;
            return Err(SpecsError::NotInForce { named: named.to_owned(), base: revision });
        };
        let rules = base.repository.rules(&environment).map_err(|found| base.unusable(&found))?;
        let own = self.at(&environment).ok_or_else(|| SpecsError::Gone {
            directory: environment.directory.to_string(),
            base: revision.clone(),
        })?;
        self.check_refused(&own)?;
        let specs = self.repository.specs_under(&own, &rules).map_err(SpecsError::Wrong)?;
        let pending = self.repository.pending(&base.repository, &environment);
        let base = Base { revision, tree: rules.tree, targets: rules.targets, pending };
        Ok(Protected { environment, specs, base })
    }

    /// Returns the environment of the same directory: what a pull request calls it is not in force.
    fn at(&self, environment: &EnvironmentRef) -> Option<EnvironmentRef> {
        let all = self.repository.environments().into_iter();
        all.into_iter().find(|own| own.directory == environment.directory)
    }

    /// Says that a protected revision cannot be used, and why.
    pub(super) fn unusable(&self, found: &[Diagnostic]) -> SpecsError {
        let first = found.iter().find(|finding| finding.severity == Severity::Error).or(found.first());
        match first {
            Some(first) => SpecsError::Base { base: self.revision(), first: Box::new(first.clone()) },
            None => SpecsError::Wrong(Vec::new()),
        }
    }
}

/// Leaves files in the checkout unread: their text is what the planned revision says, and comparing it with what is
/// live would answer guesses.
pub(super) fn leave_own_files(specs: &mut Specs, root: &Root) {
    let Some(tree) = root.work_tree() else { return };
    let is_own = |source: &&SecretSource| match source {
        SecretSource::FromFile(path) => is_inside(&tree, root.path(), Path::new(path)),
        SecretSource::FromEnv(_) | SecretSource::FromSecret { .. } | SecretSource::Generate { .. } => false,
    };
    for wanted in specs.desired.resources.values_mut() {
        let own: Vec<SecretSource> = wanted.sources().iter().filter(is_own).cloned().collect();
        wanted.unread.extend(own);
    }
}

/// A system that we would meet with a file of the checkout: its text is what the planned revision says, which could trust
/// whom the protected one does not.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{document} takes {path} out of the checkout, where a pull request could put another one: nothing was contacted"
)]
pub struct OwnCredential {
    /// The document of the system.
    pub document: String,
    /// The file, as it is written.
    pub path: String,
}

/// Refuses certificates, keys and passwords for systems that lie in the checkout.
pub(super) fn refuse_own_credentials(systems: &Systems, root: &Root) -> Result<(), OwnCredential> {
    let Some(tree) = root.work_tree() else { return Ok(()) };
    let Systems { kafka, connect, neo4j } = systems;
    let kafka =
        kafka.iter().map(|(name, spec)| (format!("KafkaCluster/{name}"), spec.credentials().collect()));
    let connect =
        connect.iter().map(|(name, spec)| (format!("ConnectCluster/{name}"), spec.credentials().collect()));
    let neo4j =
        neo4j.iter().map(|(name, spec)| (format!("Neo4jCluster/{name}"), spec.credentials().collect()));
    let all: Vec<(String, Vec<&Credential>)> = kafka.chain(connect).chain(neo4j).collect();
    for (document, credentials) in all {
        for credential in credentials {
            match credential {
                Credential::FromFile(path) if is_inside(&tree, root.path(), Path::new(path)) => {
                    return Err(OwnCredential { document, path: path.clone() });
                }
                Credential::FromFile(_) | Credential::FromEnv(_) | Credential::FromSecret(_) => {}
            }
        }
    }
    Ok(())
}

/// Tells whether a path, from the directory of the specs, lies in the checkout, or is reached through it: a link there
/// may lead anywhere.
pub(super) fn is_inside(tree: &Path, directory: &Path, path: &Path) -> bool {
    let is_below = path.is_relative() && !path.components().any(|part| part == Component::ParentDir);
    let Ok(real) = tree.canonicalize() else { return is_below };
    let is_own = |part: &Path| directory.join(part).canonicalize().is_ok_and(|end| end.starts_with(&real));
    // A name is the checkout's own if it stands there, or leads there; steps up are nobody's.
    let names = |part: &&Path| matches!(part.components().next_back(), Some(Component::Normal(_)));
    let is_named = |part: &Path| part.parent().is_some_and(is_own) || is_own(part);
    is_below || path.ancestors().filter(names).any(is_named)
}

#[cfg(test)]
mod tests {
    use super::{OwnCredential, is_inside, refuse_own_credentials};
    use crate::source::Root;
    use evenkeel_core::documents::credential::Credential;
    use evenkeel_core::documents::expand::Systems;
    use evenkeel_core::documents::neo4j::connection::{Login, Neo4jConnection};
    use evenkeel_core::engine::id::ConnectionName;
    use evenkeel_core::resources::neo4j::Edition;
    use std::collections::BTreeMap;
    use std::path::Path;

    #[test]
    fn a_password_for_neo4j_that_lies_in_the_checkout_is_sent_to_nobody() {
        let checkout = tempfile::TempDir::new().unwrap();
        git2::Repository::init(checkout.path()).unwrap();
        let asking = |path: &str| {
            let login = Login {
                username: "neo4j".to_owned(),
                password: Credential::FromFile(path.to_owned()),
                next: None,
            };
            let spec = Neo4jConnection {
                edition: Edition::Community,
                servers: BTreeMap::new(),
                addresses: BTreeMap::new(),
                login: Some(login),
                tls: None,
                shared: false,
            };
            let neo4j = BTreeMap::from([(ConnectionName::new("orders"), spec)]);
            let systems = Systems { kafka: BTreeMap::new(), connect: BTreeMap::new(), neo4j };
            refuse_own_credentials(&systems, &Root::Checkout(checkout.path().to_owned()))
        };
        let refused = OwnCredential { document: "Neo4jCluster/orders".to_owned(), path: "login".to_owned() };
        assert_eq!(asking("login"), Err(refused));
        assert_eq!(asking("/run/secrets/login"), Ok(()));
    }

    #[test]
    fn a_file_is_the_checkouts_own_if_it_lies_there_or_is_reached_through_it() {
        let outside = tempfile::TempDir::new().unwrap();
        let tree = outside.path().join("checkout");
        std::fs::create_dir_all(tree.join("platform")).unwrap();
        std::fs::write(outside.path().join("password"), "").unwrap();
        std::fs::write(tree.join("guess"), "").unwrap();
        std::os::unix::fs::symlink(outside.path(), tree.join("link")).unwrap();
        let inside = |path: &Path| is_inside(&tree, &tree, path);
        assert!(inside(Path::new("secrets/password")));
        assert!(inside(Path::new("link/password")), "a link is the checkout's own word");
        assert!(inside(&tree.join("link/password")), "however it is spelled");
        assert!(inside(Path::new("../checkout/link/password")));
        assert!(!inside(Path::new("../password")));
        assert!(!inside(&outside.path().join("password")));

        let below = |path: &str| is_inside(&tree, &tree.join("platform"), Path::new(path));
        assert!(below("../guess"), "specs may lie in a part of the checkout");
        assert!(below("../link/password"));
        assert!(!below("../../password"));
    }
}
