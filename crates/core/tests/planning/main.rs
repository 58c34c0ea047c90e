//! What a plan does, holds and asks, told on a small platform that answers as a cluster would.

mod absence;
mod approvals;
mod backups;
mod carrying;
mod deletions;
mod denials;
mod freezing;
mod goals;
mod health;
mod histories;
mod kafka;
mod moves;
mod platform;
mod reviews;
mod rounds;
mod secrets;
mod snapshots;
mod stated;
mod uses;
