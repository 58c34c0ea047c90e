//! How the memory of a server is divided: heap, page cache, and one GiB for everything else.

use super::configuration::Settings;
use super::layout::{Layout, Server};
use crate::resources::kubernetes::thousandths;
use crate::resources::neo4j::settings::bytes;

/// What a server needs beside heap and page cache.
pub(super) const REST: u64 = 1 << 30;
/// Above this a Java machine spends more on each reference, so that a larger heap holds less.
const LARGEST_HEAP: u64 = 31 << 30;
const MEBIBYTE: u64 = 1 << 20;

/// Returns what is written of memory.
pub(super) fn settings(layout: &Layout<'_>, server: &Server<'_>) -> Settings {
    let Division { heap, page_cache } = division(layout, server);
    let mut settings = Settings::new();
    if let Some(heap) = heap {
        settings.insert("server.memory.heap.initial_size".to_owned(), heap.clone());
        settings.insert("server.memory.heap.max_size".to_owned(), heap);
    }
    if let Some(page_cache) = page_cache {
        settings.insert("server.memory.pagecache.size".to_owned(), page_cache);
    }
    settings
}

/// What of a server's memory is for what.
pub(super) struct Division {
    pub heap: Option<String>,
    pub page_cache: Option<String>,
}

fn division(layout: &Layout<'_>, server: &Server<'_>) -> Division {
    let memory = &layout.spec.memory;
    let (heap, page_cache) = (memory.heap.clone(), memory.page_cache.clone());
    if memory.automatic {
        return Division { heap, page_cache };
    }
    let limit = limit(layout, server).unwrap_or_default();
    let free = limit.saturating_sub(REST);
    let mebibytes = |bytes: u64| (bytes >= MEBIBYTE).then(|| format!("{}m", bytes / MEBIBYTE));
    let given = |text: &Option<String>| text.as_deref().and_then(bytes).unwrap_or_default();
    // A tenth stays free for what queries need outside of the heap.
    let usable = free - free / 10;
    Division {
        heap: heap.clone().or_else(|| {
            let half =
                if page_cache.is_some() { usable.saturating_sub(given(&page_cache)) } else { free / 2 };
            mebibytes(half.min(LARGEST_HEAP))
        }),
        page_cache: page_cache.or_else(|| {
            let taken = if heap.is_some() { given(&heap) } else { (free / 2).min(LARGEST_HEAP) };
            mebibytes(usable.saturating_sub(taken))
        }),
    }
}

/// Returns how many bytes a server gets.
pub(super) fn limit(layout: &Layout<'_>, server: &Server<'_>) -> Option<u64> {
    let thousandths = thousandths(&server.resources(layout.spec).memory)?;
    u64::try_from(thousandths / 1000).ok()
}
