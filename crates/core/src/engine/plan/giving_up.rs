//! Which data a destruction may take: what is ours and holds some, named together with everything that it takes along.

use super::goal::Goal;
use super::inputs::Inputs;
use crate::engine::id::{ResourceId, TreeHash};
use crate::engine::ledger::Row;
use crate::resources::{HoldsData, holds_data};
use std::collections::BTreeSet;

/// Why data cannot be given up like this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ungivable {
    /// The ledger does not have it.
    NotOurs(ResourceId),
    /// It holds none, and goes without being named.
    HoldsNone(ResourceId),
    /// The environment's own state is in it.
    HoldsState(ResourceId),
    /// It takes something along that holds data and was not named.
    TakesAlong {
        /// What takes it.
        namespace: ResourceId,
        /// What goes with it.
        unnamed: Box<ResourceId>,
    },
}

impl Inputs {
    /// Tells whether data can be given up: a slip of the finger is no permission. What a killed destruction of this tree
    /// took is not ours any more. Returns what takes everything in it along.
    pub fn check_given_up<'d>(
        &self,
        data: &'d BTreeSet<ResourceId>,
        begun: Option<&TreeHash>,
        holds_state: impl Fn(&ResourceId) -> bool,
    ) -> Result<Vec<&'d ResourceId>, Ungivable> {
        let tree = Goal::Destroy { data: data.clone() }.tree(&self.desired.tree);
        let mut namespaces = Vec::new();
        for address in data {
            match self.row(address) {
                None if begun == Some(&tree) => {}
                None => return Err(Ungivable::NotOurs(address.clone())),
                Some(row) if holds_data(address, Some(row)) == HoldsData::No => {
                    return Err(Ungivable::HoldsNone(address.clone()));
                }
                Some(_) if !is_namespace(address) => {}
                Some(_) if holds_state(address) => return Err(Ungivable::HoldsState(address.clone())),
                Some(_) => {
                    self.check_tenants(address, data)?;
                    namespaces.push(address);
                }
            }
        }
        Ok(namespaces)
    }

    /// A namespace takes everything in it along: all of it that is ours and holds data is named as well.
    fn check_tenants(&self, namespace: &ResourceId, data: &BTreeSet<ResourceId>) -> Result<(), Ungivable> {
        let is_inside = |id: &ResourceId| {
            id.connection == namespace.connection && id.namespace.as_deref() == Some(&*namespace.name)
        };
        let mut rows = self.history.ledger().into_iter().flat_map(|ledger| &ledger.rows);
        let unnamed = rows.find(|(id, row)| {
            is_inside(id) && !data.contains(*id) && holds_data(id, Some(row)) != HoldsData::No
        });
        unnamed.map_or(Ok(()), |(unnamed, _)| {
            Err(Ungivable::TakesAlong { namespace: namespace.clone(), unnamed: Box::new(unnamed.clone()) })
        })
    }

    fn row(&self, address: &ResourceId) -> Option<&Row> {
        self.history.ledger()?.rows.get(address)
    }
}

fn is_namespace(address: &ResourceId) -> bool {
    address.kind.as_str() == "Namespace"
}
