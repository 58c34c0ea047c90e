//! Which keys a mapping has so far: looked for one by one while they are few, indexed once they are many.

use super::tree::Entry;
use crate::documents::source::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Up to here a look through all keys costs less than an index.
const FEW: usize = 16;

/// The index of a mapping with many keys; empty while they are few.
#[derive(Debug, Default)]
pub(super) struct Keys(BTreeMap<Arc<str>, Span>);

impl Keys {
    /// Returns where a key is written among the entries so far.
    pub(super) fn find(&self, entries: &[Entry], key: &str) -> Option<Span> {
        if entries.len() <= FEW {
            return entries.iter().find(|entry| &*entry.key == key).map(|entry| entry.key_span);
        }
        self.0.get(key).copied()
    }

    /// Takes note of the entry that was added last.
    pub(super) fn added(&mut self, entries: &[Entry]) {
        let news = match entries.len().checked_sub(FEW) {
            None | Some(0) => &[],
            Some(1) => entries,
            Some(_) => &entries[entries.len() - 1..],
        };
        self.0.extend(news.iter().map(|entry| (Arc::clone(&entry.key), entry.key_span)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::source::FileIndex;
    use crate::documents::yaml::tree::{Content, Node};

    #[test]
    fn every_key_is_found_again_however_many_there_are() {
        let (mut keys, mut entries) = (Keys::default(), Vec::new());
        for number in 0..3 * u32::try_from(FEW).unwrap() {
            let at = Span { file: FileIndex(0), start: number, end: number };
            assert_eq!(keys.find(&entries, &format!("key-{number}")), None);
            let key = Arc::from(format!("key-{number}"));
            entries.push(Entry { key, key_span: at, value: Node { span: at, content: Content::Null } });
            keys.added(&entries);
            for entry in &entries {
                assert_eq!(keys.find(&entries, &entry.key), Some(entry.key_span));
            }
        }
    }
}
