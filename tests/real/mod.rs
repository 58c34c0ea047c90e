//! Stories on a real Kubernetes control plane: run by `make test-real`, and ignored without it.

mod adoption;
mod definitions;
mod deletion;
mod differential;
mod interruption;
mod line;
mod ownership;
mod permissions;
mod secrets;
mod story;
