//! `evenkeel preflight --acls`: the least rights on Kafka's brokers that suffice.

use crate::cli::args::{For, Preflight};
use crate::cli::error::Failure;
use crate::cli::ui;
use crate::run::preflight::{Needed, grantees, needed, sort};
use crate::run::session::Session;
use evenkeel_core::engine::id::ConnectionName;
use evenkeel_core::engine::preflight::{Grantee, Systems};
use evenkeel_core::engine::rights::{Needs, Told};
use evenkeel_core::report::Exit;
use evenkeel_core::report::acls::{AclsReport, script};
use std::collections::BTreeMap;

type Clusters = BTreeMap<ConnectionName, Grantee>;

/// Prints the rights.
pub(super) async fn acls(session: &Session, acls: For, options: &Preflight) -> Result<Exit, Failure> {
    if sort(session) == Systems::Simulated {
        ui::talk("a simulated environment needs no rights: nobody is asked who they are");
        return Ok(Exit::Done);
    }
    let (cluster, grantee) = chosen(grantees(session), options.connection.as_deref())?;
    let grantee = Grantee { principal: options.principal.clone().or(grantee.principal), ..grantee };
    if grantee.principal.is_none() {
        return Err(Failure::usage(
            "whom the brokers take us for is in our certificate and not in Git: name it, as in --principal 'User:CN=evenkeel'",
        ));
    }
    if options.principal.as_ref().is_some_and(|principal| !principal.contains(':')) {
        return Err(Failure::usage("--principal takes a principal with its type, such as User:evenkeel"));
    }
    let needed = needed(session).await?;
    whole(&needed)?;
    let report = AclsReport {
        environment: &session.name,
        cluster: &cluster,
        // What is granted does not depend on what is there.
        needs: &Needs::of_kafka(&needed.uses, &Told::new()),
        purposes: acls.purposes(),
        grantee: &grantee,
    };
    ui::file(&script(&report))?;
    Ok(Exit::Done)
}

fn chosen(clusters: Clusters, named: Option<&str>) -> Result<(ConnectionName, Grantee), Failure> {
    let listed = clusters.keys().map(ConnectionName::as_str).collect::<Vec<_>>().join(", ");
    let several = clusters.len() > 1;
    let is_it = |name: &ConnectionName| named.map_or(!several, |named| name.as_str() == named);
    let found = clusters.into_iter().find(|(name, _)| is_it(name));
    found.ok_or_else(|| match (named, several) {
        (Some(named), _) => {
            Failure::usage(format!("no KafkaCluster `{named}` is in Git; --connection can be: {listed}"))
        }
        (None, true) => Failure::usage(format!(
            "there are several clusters: say which with --connection, one at a time: {listed}"
        )),
        (None, false) => Failure::usage("there is no KafkaCluster in Git, so no rights are needed on any"),
    })
}

/// Topics that only the ledger has are needed as well.
fn whole(needed: &Needed) -> Result<(), Failure> {
    let Err(error) = &needed.state else { return Ok(()) };
    let told = Failure::of(Exit::Unreadable, error);
    let message = format!(
        "{}; no rights are printed, as topics that only the ledger has would be left out",
        told.message
    );
    Err(Failure::new(Exit::Unreadable, message))
}
