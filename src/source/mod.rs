//! Where specs come from: a directory, or any revision of a repository.
