//! State stores: one contract that both keep, and what is special to each.

/// Runs each test on a directory and on a real API server.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod directory {
            $(#[tokio::test]
            async fn $test() {
                let root = tempfile::tempdir().expect("a directory");
                super::$test(super::Location::Directory(root.path().join("state"))).await;
            })*
        }

        mod real {
            $(#[tokio::test]
            #[ignore = "needs a control plane: make test-real"]
            async fn $test() {
                super::$test(crate::state::servers::namespace().await).await;
            })*
        }
    };
}

mod contract;
mod directory;
mod retiring;
mod secrets;
mod servers;

use evenkeel::state::{Clock, Emptied, Location, Rest, Store, open};
use evenkeel_core::engine::apply::{Head, StoreAnswer, StoreRequest, Tenure, Version};
use evenkeel_core::engine::id::EnvironmentName;
use evenkeel_core::engine::journal::{Epoch, Holder, Nonce, Position};
use evenkeel_core::engine::ledger::ShardName;
use evenkeel_core::engine::wanted::Limits;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// The time of day in these tests.
const NOON: &str = "2026-11-21T12:00:00Z";

fn noon() -> Clock {
    Arc::new(|| NOON.parse().expect("a time"))
}

fn limits(seconds: u64) -> Limits {
    Limits { request_timeout: Duration::from_secs(seconds), ..Limits::default() }
}

/// Opens the state of an environment, as another process would.
fn store(location: &Location, environment: &str) -> Store {
    open(location.clone(), &EnvironmentName::from(environment), &limits(10), noon())
}

fn at(epoch: u64, sequence: u64) -> Position {
    Position { epoch: Epoch(epoch), sequence }
}

fn head(epoch: u64, tenure: Tenure) -> Head {
    let holder = Holder { name: "alice@laptop".into(), nonce: Nonce::new(format!("nonce-{epoch}")) };
    Head { epoch: Epoch(epoch), holder, tenure, renewal: 0, renewed: None }
}

async fn create(store: &Store, position: Position, bytes: &[u8]) -> StoreAnswer {
    store.handle(StoreRequest::Create { position, bytes: bytes.into() }).await
}

async fn swap_lock(store: &Store, expected: Option<&Version>, new: Head) -> StoreAnswer {
    store.handle(StoreRequest::SwapLock { expected: expected.cloned(), new }).await
}

async fn write_shard(store: &Store, expected: Option<&Version>, bytes: &[u8]) -> StoreAnswer {
    let name = ShardName { of: 4, index: 2 };
    store.handle(StoreRequest::WriteShard { name, expected: expected.cloned(), bytes: bytes.into() }).await
}

async fn write_ledger_head(store: &Store, expected: Option<&Version>, bytes: &[u8]) -> StoreAnswer {
    let request = StoreRequest::WriteLedgerHead { expected: expected.cloned(), bytes: bytes.into() };
    store.handle(request).await
}

/// Expects a write to be done, and returns the new version.
#[track_caller]
fn done(answer: StoreAnswer) -> Version {
    let StoreAnswer::Done(Some(version)) = answer else { panic!("not written: {answer:?}") };
    version
}

fn later(hours: u64) -> Timestamp {
    let noon: Timestamp = NOON.parse().expect("a time");
    noon + Duration::from_secs(hours * 3600)
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_le_bytes()[7]
    };
    (0..length).map(|_| byte()).collect()
}
