//! The shell of each verb.
