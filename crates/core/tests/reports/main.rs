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

use evenkeel_core::report::plain;

/// Compares with the golden text of this name; `INSTA_UPDATE=always cargo test` writes them anew.
macro_rules! story {
    ($name:literal, $text:expr) => {
        insta::with_settings!({
            snapshot_path => "../../../../tests/stories/reports",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!($name, $crate::as_read(&$text)) })
    };
}
pub(crate) use story;

/// What a person reads who gave no options. What programs read has nothing in it that is completed.
fn as_read(text: &str) -> String {
    let read = plain::completed(text, "");
    assert!(read == text || !text.starts_with('{'), "programs get commands that are not completed: {text}");
    read
}
