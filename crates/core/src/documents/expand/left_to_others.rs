//! `evenkeel.dev/ignore` on a topic or a connector: which setting of the resource a place of its document is.

use super::manifest::Context;
use crate::documents::codes;
use crate::documents::metadata::IGNORE;
use crate::documents::repository::overlay::Merged;
use crate::engine::id::ResourceId;
use crate::engine::path::{Path, Segment};
use crate::engine::value::Value;
use crate::resources::{connect, kafka};

impl Context<'_> {
    /// Takes what is left to others out of what is compared and sent; returns how the resource calls it.
    pub(super) fn leave_to_others(
        &mut self,
        id: &ResourceId,
        config: &mut Value,
        places: &[Path],
        merged: &Merged,
    ) -> Vec<Path> {
        let mut left = Vec::new();
        for place in places {
            match setting(id.kind.as_str(), place) {
                Some(path) => {
                    take_out(config, &path);
                    left.push(path);
                }
                None => self.cannot_be_left(id, place, merged),
            }
        }
        left
    }

    fn cannot_be_left(&mut self, id: &ResourceId, place: &Path, merged: &Merged) {
        let written = merged.document.node.at(&["metadata", "annotations", IGNORE]);
        let at = written.map_or(merged.document.at, |node| node.span);
        let hint = match id.kind.as_str() {
            kafka::TOPIC => "what can: /spec/config/KEY, /spec/partitions and /spec/replicationFactor",
            connect::CONNECTOR => "what can: /spec/config/KEY, /spec/tasksMax and /spec/state",
            _ => "rights and users are wanted as a whole: take `evenkeel.dev/ignore` out",
        };
        let message = format!("{place} cannot be left to others");
        self.error(codes::IGNORE_PATH, at, message).hint = Some(hint.to_owned());
    }
}

/// Returns the setting that a place of a document is; keys have dots in them, which paths may be written with.
fn setting(kind: &str, place: &Path) -> Option<Path> {
    let names: Option<Vec<&str>> = place.0.iter().map(name).collect();
    match (kind, names?.as_slice()) {
        (kafka::TOPIC | connect::CONNECTOR, ["spec", "config", key @ ..]) if !key.is_empty() => {
            Some(Path::of(&["config", &key.join(".")]))
        }
        (kafka::TOPIC, ["spec", field @ ("partitions" | "replicationFactor")])
        | (connect::CONNECTOR, ["spec", field @ "state"]) => Some(Path::of(&[field])),
        (connect::CONNECTOR, ["spec", "tasksMax"]) => Some(Path::of(&["config", "tasks.max"])),
        _ => None,
    }
}

fn name(segment: &Segment) -> Option<&str> {
    if let Segment::Field(name) = segment { Some(name) } else { None }
}

fn take_out(config: &mut Value, path: &Path) {
    let Some((last, above)) = path.0.split_last() else { return };
    let mut value = config;
    for segment in above {
        let Some(inner) = name(segment).and_then(|name| value.as_map_mut()?.get_mut(name)) else { return };
        value = inner;
    }
    if let (Some(map), Some(name)) = (value.as_map_mut(), name(last)) {
        map.remove(name);
    }
}
