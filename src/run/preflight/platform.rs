//! What may be done on brokers, and which classes workers have.

use super::sort;
use crate::backend::connect::Installed;
use crate::backend::kafka::Asked;
use crate::run::session::Session;
use evenkeel_core::documents::kafka::cluster::{KafkaClusterSpec, Login, OauthBearer, Sasl};
use evenkeel_core::engine::id::{ConnectionName, System};
use evenkeel_core::engine::plan::Uses;
use evenkeel_core::engine::preflight::{Aim, Brokers, Grantee, Plugin, Storage, Systems};
use evenkeel_core::engine::question::Why;
use evenkeel_core::engine::rights::{Needs, Told};
use evenkeel_core::resources::connect::is_called;
use evenkeel_core::resources::kafka::TOPIC;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Topics = BTreeMap<(ConnectionName, Arc<str>), Result<Storage, Why>>;
type Plugins = BTreeMap<(ConnectionName, Arc<str>), Plugin>;

/// Asks all clusters at once what we may do.
pub(super) async fn brokers(session: &Session, uses: &Uses, aim: Aim) -> Brokers {
    if sort(session) == Systems::Simulated {
        return Brokers::default();
    }
    let asked = session.platform.clusters().map(|(name, connection)| {
        let asked = asked(uses, name);
        async move { (name.clone(), connection.allowed(&session.sources, asked, aim).await) }
    });
    let told: Told = futures::future::join_all(asked).await.into_iter().collect();
    let needs = Needs::of_kafka(uses, &told);
    Brokers { granted: needs.granted(&told), needs, grantees: grantees(session) }
}

fn asked(uses: &Uses, cluster: &ConnectionName) -> Asked {
    let mut asked = Asked::default();
    let here = |system, connection: &ConnectionName| system == System::Kafka && connection == cluster;
    for (id, _) in uses.platform.iter().filter(|(id, _)| here(id.system, &id.connection)) {
        if id.kind.as_str() == TOPIC {
            asked.topics.insert(Arc::clone(&id.name));
        } else {
            asked.cluster = true;
        }
    }
    asked
}

/// Returns to whom rights are granted on each cluster.
#[must_use]
pub fn grantees(session: &Session) -> BTreeMap<ConnectionName, Grantee> {
    let clusters = session.specs.systems.kafka.iter();
    clusters.map(|(name, spec)| (name.clone(), grantee(spec))).collect()
}

/// Brokers take whoever signs in for a user of that name, unless they are told otherwise.
fn grantee(spec: &KafkaClusterSpec) -> Grantee {
    let signs_in_by_certificate = spec.tls.as_ref().is_some_and(|tls| tls.certificate.is_some());
    let user = match &spec.sasl {
        Some(
            Sasl::Plain(Login { username, password: _ })
            | Sasl::ScramSha256(Login { username, password: _ })
            | Sasl::ScramSha512(Login { username, password: _ }),
        ) => Some(username.as_str()),
        Some(Sasl::OauthBearer(bearer)) => {
            let OauthBearer { token: _, token_endpoint: _, principal, extensions: _ } = &**bearer;
            Some(principal.as_str()).filter(|principal| !principal.is_empty())
        }
        None if signs_in_by_certificate => None,
        None => Some("ANONYMOUS"),
    };
    Grantee { bootstrap: spec.bootstrap.join(","), principal: user.map(|user| format!("User:{user}")) }
}

/// Asks all workers at once which classes they have.
pub(super) async fn plugins(session: &Session, uses: &Uses) -> Plugins {
    let mut plugins = Plugins::new();
    let asked = session.platform.workers().map(|(name, connection)| async move {
        let needed = uses.classes.keys().any(|id| id.connection == *name);
        let installed = if needed { connection.plugins(&session.sources).await } else { Ok(Vec::new()) };
        (name, installed)
    });
    for (name, installed) in futures::future::join_all(asked).await {
        for (id, class) in uses.classes.iter().filter(|(id, _)| id.connection == *name) {
            let plugin = plugins.entry((name.clone(), Arc::clone(class)));
            let versions = || versions(&installed, class);
            let plugin =
                plugin.or_insert_with(|| Plugin { connectors: BTreeSet::new(), versions: versions() });
            plugin.connectors.insert(Arc::clone(&id.name));
        }
    }
    plugins
}

fn versions(installed: &Result<Vec<Installed>, Why>, class: &str) -> Result<BTreeSet<String>, Why> {
    let installed = installed.as_ref().map_err(Clone::clone)?;
    let same = installed.iter().filter(|installed| is_called(&installed.class, class));
    Ok(same.map(|installed| installed.version.clone()).collect())
}

/// Asks brokers how the topics are kept in which workers keep everything. Whose brokers Git does not have, nobody can ask.
pub(super) async fn storage(session: &Session) -> Topics {
    if sort(session) == Systems::Simulated {
        return Topics::new();
    }
    let clusters: BTreeMap<&ConnectionName, _> = session.platform.clusters().collect();
    let asked = session.specs.systems.connect.iter().filter_map(|(workers, spec)| {
        let cluster = clusters.get(&ConnectionName::new(spec.kafka_cluster.as_str()))?;
        let names: Vec<Arc<str>> = spec.storage_topics.iter().map(|name| Arc::from(name.as_str())).collect();
        Some(async move {
            let told = cluster.storage(&session.sources, names).await;
            told.into_iter().map(move |(name, told)| ((workers.clone(), name), told))
        })
    });
    futures::future::join_all(asked).await.into_iter().flatten().collect()
}
