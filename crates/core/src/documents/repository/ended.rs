//! Approvals that have ended: they permit nothing, and whoever reads them may think that they do.

use super::Repository;
use crate::diagnostic::Diagnostic;
use crate::documents::{Document, OwnKind, codes};
use jiff::Timestamp;

impl Repository {
    /// Tells every Approval that has ended by now, of these environments; what the time is, the caller knows.
    #[must_use]
    pub fn ended_approvals<'a>(
        &self,
        environments: impl IntoIterator<Item = &'a super::EnvironmentRef>,
        now: Timestamp,
    ) -> Vec<Diagnostic> {
        let own = environments.into_iter().filter_map(|found| self.directories.get(&found.directory));
        let documents = own.flat_map(|directory| &directory.documents);
        let approvals = documents.filter(|document| document.own == Some(OwnKind::Approval));
        let ended = approvals.filter_map(|document| {
            let Ok(Document::Approval(approval)) = Document::read(document.own, &document.node) else {
                return None;
            };
            let at = self.sources.locate(document.at);
            let message = format!("this Approval ended at {}", approval.spec.until);
            let finding = Diagnostic::warning(codes::APPROVAL_ENDED, at, message);
            (approval.spec.until <= now).then(|| finding.hint("remove it: it permits nothing any more"))
        });
        ended.collect()
    }
}
