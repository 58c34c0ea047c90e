//! What is special to state in a directory.

use super::*;
use evenkeel_core::engine::question::Trouble;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

fn directory() -> (TempDir, Location) {
    let root = tempfile::tempdir().expect("a directory");
    let location = Location::Directory(root.path().to_owned());
    (root, location)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("is there").permissions().mode() & 0o777
}

#[tokio::test]
async fn nobody_else_may_look_into_it() {
    let (root, place) = directory();
    let store = store(&place, "prod");
    store.key().await.expect("a key");
    create(&store, at(1, 0), b"batch").await;
    assert_eq!(mode(&root.path().join("prod")), 0o700);
    for entry in fs::read_dir(root.path().join("prod")).expect("lists") {
        let path = entry.expect("lists").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn a_file_that_was_cut_is_reported_and_not_taken_for_absent() {
    let (root, place) = directory();
    let store = store(&place, "prod");
    done(swap_lock(&store, None, head(1, Tenure::Held)).await);
    fs::write(root.path().join("prod/lock"), "").expect("cuts");
    let answer = store.handle(StoreRequest::ReadLock).await;
    let StoreAnswer::Refused(why) = answer else { panic!("{answer:?}") };
    assert_eq!(why.trouble, Trouble::Garbled);
    assert!(why.message.contains("lock cannot be read"), "{}", why.message);
}

#[tokio::test]
async fn what_a_killed_process_left_harms_nobody() {
    let (root, place) = directory();
    let store = store(&place, "prod");
    create(&store, at(1, 0), b"batch").await;
    // Killed between linking the finished file to its name and unlinking it: both names are one file.
    let directory = root.path().join("prod");
    fs::hard_link(directory.join("journal-1-0"), directory.join(".new")).expect("links");
    assert_eq!(create(&store, at(1, 1), b"next").await, StoreAnswer::Done(None));
    assert_eq!(
        store.handle(StoreRequest::ReadBatch(at(1, 0))).await,
        StoreAnswer::Batch(Some(b"batch".as_slice().into()))
    );
}

#[tokio::test]
async fn a_process_that_keeps_the_lock_is_waited_for_until_the_deadline() {
    let (root, place) = directory();
    create(&store(&place, "prod"), at(1, 0), b"batch").await;
    let lock = fs::File::open(root.path().join("prod/.flock")).expect("opens");
    lock.lock().expect("locks");
    let store = open(place, &EnvironmentName::from("prod"), &limits(1), noon());
    let answer = create(&store, at(1, 1), b"next").await;
    assert!(matches!(&answer, StoreAnswer::NoAnswer(why) if why.trouble == Trouble::TimedOut), "{answer:?}");
}
