//! The mechanisms that keep an apply safe, by name, so that tests can take one out and see a law break.

/// One mechanism of design-apply.md; a model checker, and our simulation, find a violation without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mechanism {
    /// Λ: a request may take effect after its deadline.
    Late,
    /// V: what was created once may show late.
    VisibleAfter,
    /// ε: clocks differ.
    ClockDifference,
    /// The lease counts from when its renewal was sent, not from when that was answered.
    LeaseFromSend,
    /// The lease is looked at again right before each send.
    TimeCheckAtSend,
    /// After a broken or missing lease nothing starts for L + ε.
    BreakWait,
    /// A living apply waits until an unknown attempt is quiet.
    QuietAlive,
    /// A new holder waits until what it found open is quiet.
    QuietTakeover,
    /// Older epochs are sealed.
    Seals,
    /// After sealing, the ledger's head is read again.
    SecondLook,
    /// `Open` and `Seal` survive truncation for a while.
    GuardsKept,
    /// `Settled` is in the journal before the intent of what needs it.
    SettledFirst,
    /// An intent is written only for steps that are ready.
    OnlyReady,
    /// The resource is read right before the send.
    ReadBeforeSend,
    /// What is sent without a reading carries the version that the plan saw.
    PlannedVersion,
    /// A resource that is neither as expected nor as wanted is left alone.
    Neither,
    /// Addresses left in doubt stay blocked after their apply.
    HeldOutlives,
    /// What was carried out and not seen to be done is waited for by later applies as well.
    AwaitedOutlives,
    /// A receipt is asked before the resource is looked at.
    ReceiptFirst,
    /// Batches are deleted only after the head of the checkpoint is written.
    TruncateLast,
    /// What may be done at most once is never repeated.
    AtMostOnce,
    /// Step ids mean something within one apply only.
    StepsWithinApply,
    /// An intent is in the journal before its step is sent.
    IntentFirst,
    /// What is found done is remembered by the specs that its step was of.
    OwnForms,
}
