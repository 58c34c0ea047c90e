//! What may be typed: the verbs and options of design.md section 2. Each doc comment is the help text.

mod looking;

pub(crate) use looking::{For, Graph, Preflight, Snapshot};

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Keeps a graph-data platform exactly as Git says it should be.
#[derive(Debug, Parser)]
#[command(name = "evenkeel", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub(crate) verb: Verb,
    /// What applies to every verb
    #[command(flatten)]
    pub(crate) global: Global,
}

/// Options of every verb.
#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// Where the specs are: a directory, or the URL of a Git repository
    #[arg(long, global = true, default_value = ".", value_name = "PATH or URL")]
    pub(crate) repo: String,
    /// Which revision to read, without touching the working tree [default: the working tree]
    #[arg(long, global = true, value_name = "REV")]
    pub(crate) revision: Option<String>,
    /// The protected revision: connections, state, limits, windows, policies and approvals are taken from there
    #[arg(long, global = true, value_name = "REV")]
    pub(crate) base: Option<String>,
    /// How results are written
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Log every request to stderr: method, path, status and time, never a body
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people at a terminal
    Text,
    /// For a pull request
    Markdown,
    /// For programs; a plan has Terraform's shape
    Json,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Begin a repository: an environment, editor schemas, a pipeline
    Init(Init),
    /// Report every error of every file at once; contacts nothing
    Validate(Validate),
    /// Show what would be done, why, and what is held back; writes nothing
    Plan(Plan),
    /// Write live answers into a file, to plan from it without contacting anybody
    Snapshot(Snapshot),
    /// Carry out a plan; run it again to continue one that was killed
    Apply(Apply),
    /// Show what is live and neither in Git nor what was applied last: who, since when
    Drift(Environment),
    /// Write YAML for what runs already; planning it right after is empty
    Import(Import),
    /// Look at credentials, rights, versions, quotas and state before anything is planned
    Preflight(Preflight),
    /// Stop managing something without touching what it is
    Forget(Forget),
    /// Take an environment down; data is kept unless each address is named
    Destroy(Destroy),
    /// Run the plan in a simulated world that starts from what is live
    Rehearse(Rehearse),
    /// Draw what Git wants, or what a plan does: Mermaid, or DOT
    Graph(Graph),
    /// Explain an error code, or why a resource is ours, held or waiting
    Explain(Explain),
    /// Stop everything in an environment before its next step
    Suspend(Suspend),
    /// Show or break the lock of an environment, or free an address that was left in doubt
    #[command(subcommand)]
    Lock(Lock),
    /// Show what is ours, or rebuild a lost ledger from marked objects
    #[command(subcommand)]
    Ledger(Ledger),
    /// Write the JSON Schemas for editors
    Schema(Schema),
    /// Write a completion script
    Completions(Completions),
    /// Play the five-minute story in a simulated cluster
    Demo(Demo),
}

/// An environment, by directory or name.
#[derive(Args, Clone, Debug)]
pub(crate) struct Environment {
    /// The environment: its directory (environments/prod) or its name (prod)
    #[arg(value_name = "ENV")]
    pub(crate) environment: String,
}

/// Options of `validate`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Validate {
    /// The environments to check [default: all]
    #[arg(value_name = "ENV")]
    pub(crate) environments: Vec<String>,
}

/// Options of `plan`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Plan {
    /// The environment
    #[command(flatten)]
    pub(crate) environment: Environment,
    /// Write the plan file, for `apply FILE`
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Plan from a snapshot; nothing is contacted
    #[arg(long, value_name = "FILE", conflicts_with = "coverage")]
    pub(crate) live: Option<PathBuf>,
    /// Exit with 2 if changes are pending
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// Allow exactly this many deletions
    #[arg(long, value_name = "N")]
    pub(crate) expect_deletes: Option<u32>,
    /// Count what runs in the namespaces in use and is not in Git; costs a LIST for each kind
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Never ask a server by dry run; doubts become `confirm` steps
    #[arg(long)]
    pub(crate) no_dry_run: bool,
}

/// Options of `apply`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Apply {
    /// A plan file, or an environment
    #[arg(value_name = "FILE or ENV")]
    pub(crate) target: String,
    /// Apply an environment without asking
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// Allow exactly this many deletions
    #[arg(long, value_name = "N")]
    pub(crate) expect_deletes: Option<u32>,
    /// With a plan file that takes an environment down: which one; needs --expect-deletes
    #[arg(long, value_name = "NAME", requires = "expect_deletes")]
    pub(crate) destroy: Option<String>,
    /// With --destroy: let this go although it holds data; may be given several times
    #[arg(long, value_name = "ADDRESS", requires = "destroy")]
    pub(crate) data: Vec<String>,
    /// Close an apply that was killed instead of continuing it
    #[arg(long, conflicts_with_all = ["destroy", "expect_deletes"])]
    pub(crate) abandon: bool,
}

/// Options of `forget`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Forget {
    /// The address, as `ledger show` has it
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
    /// The environment [default: the only one that manages it]
    #[arg(value_name = "ENV")]
    pub(crate) environment: Option<String>,
    /// Forget it without asking
    #[arg(long)]
    pub(crate) auto_approve: bool,
}

/// Options of `destroy`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Destroy {
    /// The environment
    #[command(flatten)]
    pub(crate) environment: Environment,
    /// Let this go although it holds data; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) data: Vec<String>,
    /// Write the plan file, for `apply FILE`, and do nothing else
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Destroy without asking; needs --expect-deletes
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// How many resources go, counted by whoever looked at the plan
    #[arg(long, value_name = "N")]
    pub(crate) expect_deletes: Option<u32>,
}

/// Options of `init`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Init {
    /// Where
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,
    /// How its environment is called
    #[arg(long, default_value = "prod")]
    pub(crate) name: String,
}

/// Options of `import`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Import {
    /// The environment
    #[command(flatten)]
    pub(crate) environment: Environment,
    /// What to import from
    #[arg(long, value_enum, value_name = "SYSTEM")]
    pub(crate) from: From,
    /// The namespace to import; may be given several times
    #[arg(long = "namespace", short = 'n', required_if_eq("from", "kubernetes"), value_name = "NAME")]
    pub(crate) namespaces: Vec<String>,
    /// The environment's connection to look through, or the name of its `KafkaCluster` or `ConnectCluster` [default: default,
    /// or main]
    #[arg(long, value_name = "NAME")]
    pub(crate) connection: Option<String>,
    /// Only this kind (Deployment, deployments); may be given several times [default: all]
    #[arg(long = "kind", value_name = "KIND")]
    pub(crate) kinds: Vec<String>,
    /// Also what lives in no namespace and is not the cluster's own
    #[arg(long)]
    pub(crate) cluster_scoped: bool,
    /// Also Kafka's users; their passwords, which nobody shows, are yours to fill in
    #[arg(long)]
    pub(crate) users: bool,
    /// Print instead of writing files
    #[arg(long)]
    pub(crate) stdout: bool,
}

/// What can be imported from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum From {
    /// An API server.
    Kubernetes,
    /// Kafka brokers: topics, ACLs and users.
    Kafka,
    /// Kafka Connect workers: connectors.
    Connect,
}

/// Options of `rehearse`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Rehearse {
    /// A plan file, or an environment
    #[arg(value_name = "FILE or ENV")]
    pub(crate) target: String,
    /// Let the step on this address fail
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) fail: Option<String>,
    /// Seed of the simulated world
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// Options of `explain`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Explain {
    /// An error code (E0102), or an address (kubernetes:Service/graph/orders)
    #[arg(value_name = "CODE or ADDRESS")]
    pub(crate) subject: String,
    /// The environment that the address belongs to
    #[arg(value_name = "ENV")]
    pub(crate) environment: Option<String>,
}

/// Options of `suspend`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Suspend {
    /// The environment
    #[command(flatten)]
    pub(crate) environment: Environment,
    /// For how long (2h, 30m); 0s ends a suspension
    #[arg(long = "for", value_name = "TIME")]
    pub(crate) duration: String,
    /// Why, for whoever finds it
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// The verbs of the lock.
#[derive(Debug, Subcommand)]
pub(crate) enum Lock {
    /// Who holds it, since when, and what is open
    Show(Environment),
    /// Take it from a holder that is gone for good
    Break(Break),
    /// Free an address that an earlier apply left in doubt, once somebody has looked at it
    Clear(Clear),
}

/// Options of `lock clear`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Clear {
    /// The environment
    #[command(flatten)]
    pub(crate) environment: Environment,
    /// The address, as `lock show` has it
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,
    /// What was found, for whoever reads the journal later
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Clear it without asking
    #[arg(long)]
    pub(crate) auto_approve: bool,
}

/// Options of `lock break`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Break {
    /// The environment
    #[command(flatten)]
    pub(crate) environment: Environment,
    /// Break it without asking
    #[arg(long)]
    pub(crate) auto_approve: bool,
}

/// The verbs of the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// What is ours, since when
    Show(Environment),
    /// Rebuild a lost or damaged ledger from objects that carry our marker, once you agreed
    Recover(Recover),
}

/// Options of `ledger recover`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Recover {
    /// The environment
    #[command(flatten)]
    pub(crate) environment: Environment,
    /// Recover without asking
    #[arg(long)]
    pub(crate) auto_approve: bool,
}

/// Options of `schema`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Schema {
    /// Write one file for each kind into this directory [default: all to stdout]
    #[arg(long, value_name = "DIRECTORY")]
    pub(crate) out: Option<PathBuf>,
}

/// Options of `completions`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Completions {
    /// For which shell
    pub(crate) shell: clap_complete::Shell,
}

/// Options of `demo`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Demo {
    /// Pause between scenes, as a reader needs
    #[arg(long)]
    pub(crate) slow: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
