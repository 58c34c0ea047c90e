//! Stories on a real Kubernetes control plane: run by `make test-real`, and ignored without it.

mod adoption;
mod base;
mod credentials;
mod definitions;
mod deletion;
mod differential;
mod discovery;
mod import;
mod interruption;
mod kills;
mod lifecycle;
mod line;
mod moves;
mod ownership;
mod permissions;
mod plan_files;
mod preflight;
mod recovery;
mod rehearsal;
mod revisions;
mod secrets;
mod story;
mod trouble;
mod trust;
mod tutorial;
mod windows;
