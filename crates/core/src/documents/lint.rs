//! Checks of one document by itself.

use super::repository::Written;
use super::source::Span;
use super::{Document, codes};
use crate::diagnostic::{Diagnostic, Location};

/// Returns what is wrong with one document, whatever else there is.
pub(super) fn alone(document: &Written, locate: &dyn Fn(Span) -> Location) -> Vec<Diagnostic> {
    match Document::read(document.own, &document.node) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let at = locate(error.at.unwrap_or(document.at));
            vec![Diagnostic::error(codes::WRONG_TYPE, at, error.message)]
        }
    }
}
