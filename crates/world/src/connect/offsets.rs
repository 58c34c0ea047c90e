//! Where connectors are in what they read: told in any state, changed only while a connector is stopped.

use super::life::State;
use super::refusal::Refusal;
use super::workers::Workers;
use std::collections::BTreeMap;

impl Workers {
    /// `GET /connectors/NAME/offsets`: by partition.
    pub fn offsets(&self, name: &str) -> Result<BTreeMap<String, String>, Refusal> {
        self.connector(name)?;
        Ok(self.offsets.get(name).cloned().unwrap_or_default())
    }

    /// Lets a connector read on to here.
    pub fn read_on(&mut self, name: &str, partition: &str, offset: &str) {
        let offsets = self.offsets.entry(name.to_owned()).or_default();
        offsets.insert(partition.to_owned(), offset.to_owned());
    }

    /// `PATCH /connectors/NAME/offsets`: changes those of the partitions that are named.
    pub fn patch_offsets(&mut self, name: &str, offsets: BTreeMap<String, String>) -> Result<(), Refusal> {
        self.check_stopped(name)?;
        self.offsets.entry(name.to_owned()).or_default().extend(offsets);
        Ok(())
    }

    /// `DELETE /connectors/NAME/offsets`: it begins at the beginning.
    pub fn reset_offsets(&mut self, name: &str) -> Result<(), Refusal> {
        self.check_stopped(name)?;
        self.offsets.remove(name);
        Ok(())
    }

    fn check_stopped(&self, name: &str) -> Result<(), Refusal> {
        self.check_rebalance()?;
        let status = self.connector(name)?.status.as_ref();
        let is_stopped =
            status.is_some_and(|status| status.connector.state == State::Stopped && status.tasks.is_empty());
        if is_stopped { Ok(()) } else { Err(Refusal::NotStopped) }
    }
}
