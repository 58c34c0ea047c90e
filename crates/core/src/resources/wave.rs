//! The order in which systems want to be set up: ranks, not edges (`engine/step.rs` says why).

/// A rank in Kubernetes' own order, where what lives elsewhere has its place, too; lower ranks come first, deletions run in reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wave {
    /// Namespaces: nothing can be created in one that is not there.
    Namespaces,
    /// Definitions of other kinds, which must be established first.
    Definitions,
    /// What pods refer to by name, and who may do what.
    Foundations,
    /// Volumes, services, budgets and quotas: what workloads meet when they start.
    Surroundings,
    /// What runs, and every custom resource.
    Workloads,
    /// What looks at workloads: autoscalers and routes.
    Observers,
    /// What may refuse writes to all of the above.
    Gatekeepers,
}
