//! The options of verbs that look at an environment and write nothing live: preflight, snapshot, graph.

use super::Environment;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Options of `snapshot`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Snapshot {
    /// The environment
    #[command(flatten)]
    pub(crate) environment: Environment,
    /// Where to write it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// Options of `preflight`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Preflight {
    /// The environment
    #[command(flatten)]
    pub(crate) environment: Environment,
    /// Credentials that are for planning only: what applying lacks is told and does not count
    #[arg(long)]
    pub(crate) plan_only: bool,
    /// Print the least roles that suffice, as manifests, instead of looking
    #[arg(long, value_enum, value_name = "FOR", num_args = 0..=1, require_equals = true, default_missing_value = "both")]
    pub(crate) rbac: Option<For>,
    /// Bind the role, of `--rbac=plan` or `--rbac=apply`: ServiceAccount:NAMESPACE/NAME, User:NAME or Group:NAME
    #[arg(long, value_name = "SUBJECT", requires = "rbac")]
    pub(crate) subject: Option<String>,
    /// Print the least rights on Kafka's brokers that suffice, as commands of Kafka's own tool, instead of looking
    #[arg(long, value_enum, value_name = "FOR", num_args = 0..=1, require_equals = true, default_missing_value = "both", conflicts_with = "rbac")]
    pub(crate) acls: Option<For>,
    /// Grant them to this principal [default: whom the brokers take us for]
    #[arg(long, value_name = "PRINCIPAL", requires = "acls")]
    pub(crate) principal: Option<String>,
    /// Print the roles for this connection, or the rights on this cluster; needed where there are several
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) connection: Option<String>,
}

/// For what roles or rights are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum For {
    /// For planning, and for applying.
    Both,
    /// For planning.
    Plan,
    /// For applying.
    Apply,
}

/// Options of `graph`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Graph {
    /// The environment
    #[command(flatten)]
    pub(crate) environment: Environment,
    /// Draw the steps of the plan: their order, what they wait for and what they cost
    #[arg(long)]
    pub(crate) plan: bool,
    /// Write DOT for Graphviz instead of Mermaid
    #[arg(long)]
    pub(crate) dot: bool,
}
