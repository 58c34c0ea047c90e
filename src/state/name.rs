//! The names of what a state store keeps: the same in a cluster and in a directory.

use evenkeel_core::engine::journal::{Epoch, Position};
use evenkeel_core::engine::ledger::ShardName;
use std::fmt;

/// One thing that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Name {
    /// Who may apply.
    Lock,
    /// A batch of the journal.
    Batch(Position),
    /// The ledger's head.
    LedgerHead,
    /// A shard of the ledger.
    Shard(ShardName),
    /// That nothing may start for a while.
    Suspension,
    /// What secrets are digested with.
    Key,
}

impl Name {
    /// Reads a name; nothing for what is not ours.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "lock" => return Some(Self::Lock),
            "ledger-head" => return Some(Self::LedgerHead),
            "suspend" => return Some(Self::Suspension),
            "key" => return Some(Self::Key),
            _ => {}
        }
        if let Some(position) = text.strip_prefix("journal-") {
            let (epoch, sequence) = position.split_once('-')?;
            let position = Position { epoch: Epoch(epoch.parse().ok()?), sequence: sequence.parse().ok()? };
            return Some(Self::Batch(position));
        }
        let (index, of) = text.strip_prefix("ledger-")?.split_once("-of-")?;
        Some(Self::Shard(ShardName { of: of.parse().ok()?, index: index.parse().ok()? }))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lock => out.write_str("lock"),
            Self::Batch(Position { epoch, sequence }) => write!(out, "journal-{epoch}-{sequence}"),
            Self::LedgerHead => out.write_str("ledger-head"),
            Self::Shard(ShardName { of, index }) => write!(out, "ledger-{index}-of-{of}"),
            Self::Suspension => out.write_str("suspend"),
            Self::Key => out.write_str("key"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back_as_it_was_written() {
        for name in [
            Name::Lock,
            Name::Batch(Position { epoch: Epoch(7), sequence: 12 }),
            Name::LedgerHead,
            Name::Shard(ShardName { of: 16, index: 3 }),
            Name::Suspension,
            Name::Key,
        ] {
            assert_eq!(Name::parse(&name.to_string()), Some(name), "{name}");
        }
        assert_eq!(Name::parse("journal-x-1"), None);
    }
}
