//! Resource kinds: how each is compared, when it is ready, and what of it holds data.

pub mod kubernetes;
