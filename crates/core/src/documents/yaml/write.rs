//! Writes YAML that readers of 1.1 and 1.2 read alike.
