//! Lists of everything that is on simulated brokers and workers, whoever made it.

use super::Sandbox;
use super::kafka::why;
use crate::faults::{Request, Verb};
use evenkeel_core::engine::id::{ResourceId, System};
use evenkeel_core::engine::question::{Answer, Scope, Why};
use evenkeel_core::resources::kafka::{ACL, TOPIC};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Sandbox {
    /// Lists everything of a kind: names first, and then each by itself.
    pub(super) fn everything(&mut self, scope: &Scope) -> Answer {
        let names = match self.names(scope) {
            Ok(names) => names,
            Err(why) => return Answer::Inventory { rows: Vec::new(), complete: Err(why) },
        };
        let (mut rows, mut complete) = (Vec::new(), Ok(()));
        for name in names {
            match self.object(&id(scope, &name)) {
                Answer::Seen(seen) => rows.push(seen),
                Answer::Unreadable(why) => complete = Err(why),
                Answer::NotFound | Answer::Inventory { .. } | Answer::Fact(_) | Answer::Rejected(_) => {}
            }
        }
        Answer::Inventory { rows, complete }
    }

    fn names(&mut self, scope: &Scope) -> Result<BTreeSet<String>, Why> {
        let request = Request { verb: Verb::List, kind: Some(&scope.kind), namespace: None, name: None };
        self.read(request, &format!("list {scope}"))?;
        if scope.system == System::Connect {
            return Ok(self.world.workers(&scope.connection).names().map(str::to_owned).collect());
        }
        let brokers = self.world.brokers(&scope.connection);
        let names = match scope.kind.as_str() {
            TOPIC => Ok(brokers.topics()),
            ACL => brokers.subjects(),
            _ => brokers.users(),
        };
        names.map_err(|refusal| why(&id(scope, "*"), &refusal))
    }
}

fn id(scope: &Scope, name: &str) -> ResourceId {
    ResourceId {
        system: scope.system,
        connection: scope.connection.clone(),
        kind: scope.kind.clone(),
        namespace: None,
        name: Arc::from(name),
    }
}
