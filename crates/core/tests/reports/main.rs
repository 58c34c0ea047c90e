//! Reports as stories: each golden text in `tests/stories/reports` is what a person reads in one situation.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests speak by their names")]

mod applies;
mod drift;
mod exits;
mod explained;
mod files;
mod graphs;
mod hostile;
mod leaving;
mod plans;
mod preflight_brokers;
mod preflights;
mod secrets;
mod world;

/// Compares with the golden text of this name; `INSTA_UPDATE=always cargo test` writes them anew.
macro_rules! story {
    ($name:literal, $text:expr) => {
        insta::with_settings!({
            snapshot_path => "../../../../tests/stories/reports",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!($name, $text) })
    };
}
pub(crate) use story;
