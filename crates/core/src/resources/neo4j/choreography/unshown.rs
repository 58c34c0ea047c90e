//! What a server was started with and does not show all the same: starting it again changes nothing, and doing so at every
//! apply would never end.

use super::overdue::is_behind;
use super::restart::fields;
use crate::engine::path::{Path, Segment};
use crate::engine::plan::choreography::Scene;
use crate::engine::question::{Body, Seen};
use crate::resources::neo4j::settings::{Effect, setting};
use crate::resources::neo4j::{STARTS_WITH, Server};

/// Says what a server does not show although its pod was made for it; nothing of what may have been changed while it ran.
pub(super) fn unshown(server: &Server, pod: &Seen, scene: &Scene<'_>) -> Option<String> {
    if !is_marked(pod) || is_behind(server, pod, scene) {
        return None;
    }
    let at_start: Vec<&Path> =
        fields(scene, &server.row).iter().map(|field| &field.path).filter(|path| is_at_start(path)).collect();
    if at_start.iter().any(|path| may_change_while_running(path)) {
        return None;
    }
    at_start.first().map(|path| {
        format!(
            "it was started with `{path}` as Git says and shows another: look for an environment variable that sets it, a \
             plugin that is not there, or an image of another version"
        )
    })
}

/// A pod that has no mark was not made by us: nobody knows what it started with.
fn is_marked(pod: &Seen) -> bool {
    let Body::Whole(pod) = &pod.body else { return false };
    pod.at(&["metadata", "annotations", STARTS_WITH]).is_some()
}

fn is_at_start(path: &Path) -> bool {
    [Path::of(&["config"]), Path::of(&["version"])].iter().any(|place| place.contains(path))
}

fn may_change_while_running(path: &Path) -> bool {
    match path.0.as_slice() {
        [Segment::Field(config), Segment::Field(key)] if &**config == "config" => {
            setting(key).is_some_and(|setting| setting.effect == Effect::WhileRunning)
        }
        _ => false,
    }
}
