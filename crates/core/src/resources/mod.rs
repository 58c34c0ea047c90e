//! Resource kinds.
