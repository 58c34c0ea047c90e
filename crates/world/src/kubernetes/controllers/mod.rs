//! The controllers of the cluster, as far as the modelled kinds need them. They work when time passes.

mod garbage;
mod namespaces;

use super::server::ApiServer;
use jiff::Timestamp;

impl ApiServer {
    /// Lets every controller look once.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.now = now;
        namespaces::work(self);
        garbage::work(self);
    }
}
