//! Policies: their expressions, their documents, and those that ship.

mod documents;
mod expressions;
mod hostile;
