//! What somebody else deletes in a simulated cluster, as `kubectl delete` does in a real one: addresses in a file beside
//! the world, one in a line, that are looked at while a command goes on.

use evenkeel_core::engine::id::{AddressError, ResourceId, System};
use evenkeel_world::World;
use evenkeel_world::kubernetes::{Delete, ObjectKey, Propagation};
use std::path::Path;

/// Deletes what the file names, takes the file away, and tells whether there was one; what cannot be deleted is kept in a
/// second one, with the reason.
pub(super) fn delete(world: &mut World, file: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(file) else { return false };
    // Without its last line feed somebody is still writing it.
    if !text.ends_with('\n') || std::fs::remove_file(file).is_err() {
        return false;
    }
    let refused =
        text.lines().filter_map(|line| Some(format!("{line}: {}\n", delete_one(world, line).err()?)));
    let refused: String = refused.collect();
    if !refused.is_empty() {
        // Nobody waits for it: whoever wrote the one file looks for the other.
        let _unwritten = std::fs::write(file.with_extension("refused"), refused);
    }
    true
}

fn delete_one(world: &mut World, address: &str) -> Result<(), String> {
    let id: ResourceId = address.parse().map_err(|error: AddressError| error.to_string())?;
    if id.system != System::Kubernetes {
        return Err("only what is in the simulated Kubernetes cluster can be deleted so".to_owned());
    }
    let request =
        Delete { key: ObjectKey::from(&id), uid: None, version: None, propagation: Propagation::Background };
    world.kubernetes().delete(&request).map(drop).map_err(|error| error.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_deleted_is_kept_with_the_reason() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("delete");
        let mut world = World::new(1, jiff::Timestamp::UNIX_EPOCH);
        assert!(!delete(&mut world, &file), "there is none");
        std::fs::write(&file, "neo4j:Server/orders/orders-1\nkubernetes:Pod/graph/orders-1-0\norders")
            .expect("a file");
        assert!(!delete(&mut world, &file), "it is still being written");
        std::fs::write(&file, "neo4j:Server/orders/orders-1\nkubernetes:Pod/graph/orders-1-0\norders\n")
            .expect("a file");
        assert!(delete(&mut world, &file) && !file.exists());
        let refused = std::fs::read_to_string(file.with_extension("refused")).expect("a second file");
        let reasons = ["only what is in the simulated Kubernetes cluster", "not found", "orders: "];
        for (line, reason) in refused.lines().zip(reasons) {
            assert!(line.contains(reason), "{line}");
        }
        assert_eq!(refused.lines().count(), 3, "{refused}");
    }
}
