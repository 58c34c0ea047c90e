//! How an apply goes and how it ended, for terminals and reports; data only.

use super::protocol::{Elapsed, Head, Suspension};
use crate::engine::id::{PlanId, ResourceId, StepId, Uid};
use crate::engine::journal::{Epoch, Found, Holder, Moved, Remains, Settled, StepKey};
use crate::engine::ledger::Ledger;
use crate::engine::question::Why;
use jiff::Timestamp;

/// How an apply goes right now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What the machine as a whole does.
    pub stage: Stage,
    /// Each step of the plan, in its order.
    pub steps: Vec<StepProgress>,
    /// What an earlier apply carried out and this one waits for, as it was not seen to be done.
    pub awaited: Vec<StepProgress>,
}

/// What the machine as a whole does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Getting the lock.
    Acquiring,
    /// Waiting for what an earlier apply left in flight, until then.
    SettlingEarlier(Option<Elapsed>),
    /// Steps run.
    Running,
    /// Nothing new starts; what runs is waited for.
    Stopping,
    /// Writing the ledger and giving the lock back.
    Closing,
    /// Over.
    Over,
}

/// How one step goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepProgress {
    /// Which step.
    pub step: StepId,
    /// To which resource.
    pub address: ResourceId,
    /// How it goes.
    pub state: StepState,
    /// Since when it goes so.
    pub since: Elapsed,
    /// How many steps wait for it, directly or not.
    pub blocks: u32,
}

/// How one step goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Waits for these steps.
    Waiting(Vec<StepId>),
    /// Waits for its gates, which say why.
    Gated(String),
    /// Could start: waits for its turn or for the lease.
    Ready,
    /// Its intent is being written, or it is being read before the send.
    Starting,
    /// Sent, and not answered.
    Sent,
    /// Taken on by the target, in its words.
    Accepted(String),
    /// Nobody knows whether it was carried out, and why; it is looked for at this time.
    Unknown(Elapsed, Option<Why>),
    /// Carried out, and waiting for what makes it done.
    Following(String),
    /// Over.
    Ended(Ended),
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Carried out, and done.
    Done(Found),
    /// It was done before this process started.
    DoneBefore,
    /// The target refused it.
    Refused(Why),
    /// What was there is not what was planned against; and what the target said, where something was sent.
    Stale(Moved, Remains, Option<Why>),
    /// Nobody can know, and it may not be repeated.
    Held,
    /// Several objects may be the one it created.
    Ambiguous(Vec<Uid>),
    /// It was begun and not carried out.
    NotDone,
    /// A part of it was carried out, and of the rest this became.
    InPart(Box<Self>),
    /// It was sent so many times without an answer, the last time because of this, and nothing shows of it.
    InVain(u32, Option<Why>),
    /// Its resource could not be read.
    Unreadable(Why),
    /// Still unknown at the end, perhaps because of this; its address stays locked.
    LeftOpen(Option<Why>),
    /// It was carried out, and what makes it done will not come.
    Failed(String),
    /// It was carried out, and these credentials may not read whether what makes it done has come.
    Unseen(Why),
    /// It was carried out, or waited to start, and its gate ran out of patience.
    OutOfPatience(String),
    /// It was carried out, and the apply was stopped while it waited for this.
    StoppedWaiting(String),
    /// It never started.
    NotStarted(NotStarted),
}

/// Why a step never started.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotStarted {
    /// It needs this step, which was not done.
    Blocked {
        /// The step that is to blame, however far up.
        culprit: StepId,
    },
    /// An earlier apply left its address in doubt.
    AddressHeld(StepKey),
    /// The approval that it needs has ended since it was planned.
    ApprovalEnded(Timestamp),
    /// The apply stopped first.
    Stopped,
}

impl Ended {
    /// Tells whether what needs the step may go on.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_) | Self::DoneBefore)
    }

    /// Returns how a settled step counts.
    #[must_use]
    pub(super) fn of(how: &Settled) -> Self {
        match how {
            Settled::Done { uid: _, left: _, found } => Self::Done(*found),
            Settled::NotDone => Self::NotDone,
            Settled::Refused(why) => Self::Refused(why.clone()),
            Settled::Stale { moved, remains, cause } => Self::Stale(moved.clone(), *remains, cause.clone()),
            Settled::Held(_) => Self::Held,
            Settled::Ambiguous(uids) => Self::Ambiguous(uids.clone()),
        }
    }
}

/// Something worth telling while it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Somebody else holds the lock.
    LockHeld(Holder),
    /// The lock is ours.
    Acquired(Epoch),
    /// An apply that was left is continued.
    Continuing {
        /// Which plan.
        plan: PlanId,
        /// How many of its steps were done.
        done: u32,
        /// How many it has.
        of: u32,
        /// How many nobody has settled yet.
        open: u32,
    },
    /// An earlier apply is being closed.
    ClosingEarlier(PlanId),
    /// A step that was left stays in doubt.
    EarlierSettled(ResourceId, Ended),
    /// It is known now what became of all steps that were left.
    EarlierKnown {
        /// How many were carried out.
        done: u32,
        /// How many were begun and not carried out.
        not_done: u32,
    },
    /// A step ended.
    StepEnded(StepId, Ended),
    /// Nothing new starts until the store answers again.
    StoreSilent(Why),
    /// Nothing new starts until the store does again what it is asked.
    StoreRefuses(Why),
    /// The lease is no longer ours.
    LockLost,
    /// The ledger could not be written; the journal has everything.
    CheckpointDropped,
    /// What the ledger has by now could not be taken out of the journal, which grows.
    JournalKept(Why),
}

/// How an apply ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Why it is over.
    pub reason: EndReason,
    /// Each step of the plan.
    pub steps: Vec<StepEnd>,
    /// What became of steps that earlier applies left.
    pub earlier: Vec<(ResourceId, Ended)>,
    /// What is ours now, as far as this process knows.
    pub ledger: Ledger,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepEnd {
    /// Which step.
    pub step: StepId,
    /// To which resource.
    pub address: ResourceId,
    /// How.
    pub how: Ended,
}

/// Why an apply is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The steps say the rest.
    Finished,
    /// Somebody asked it to stop.
    Interrupted,
    /// The environment is suspended.
    Suspended(Suspension),
    /// No maintenance window is open; the next opens then, if one ever does.
    OutsideWindow(Option<Timestamp>),
    /// Somebody else holds the lock.
    LockHeld(Head),
    /// Somebody else took the lock.
    LockLost,
    /// What an earlier apply left is settled, so the plan must be made anew.
    PlanAgain,
    /// The apply that was left is closed.
    Abandoned,
    /// What was to be cleared is cleared.
    Cleared,
    /// The store does not answer, or does not do what it is asked, or what it has makes no sense.
    StoreUnusable(Why),
    /// Our bug: it was stopped before it could do harm.
    Defect(Defect),
}

/// A bug of ours that an apply finds out by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Defect {
    /// A step of the plan waits for one that the plan does not have.
    UnknownNeed {
        /// Which step.
        step: StepId,
        /// What it waits for.
        needs: StepId,
    },
    /// These steps wait, and nothing goes on that could release them.
    Stalled(Vec<StepId>),
    /// The shell lost one of its tasks.
    Panicked,
}

impl End {
    /// Returns the end of an apply that had nothing to do.
    #[must_use]
    pub fn idle() -> Self {
        Self {
            reason: EndReason::Finished,
            steps: Vec::new(),
            earlier: Vec::new(),
            ledger: Ledger::default(),
        }
    }

    /// Tells whether a system said of any step that these credentials may not.
    #[must_use]
    pub fn lacks_rights(&self) -> bool {
        let steps = self.steps.iter().map(|step| &step.how);
        let awaited = self.earlier.iter().map(|(_, how)| how);
        steps.chain(awaited).filter_map(Ended::why).any(|why| why.trouble.is_denial())
    }

    /// Returns the process's exit code; where several fit, the first of 70 1 6 3 5 4 7 0 (design.md section 2).
    ///
    /// Of an apply that began nothing the reason says all: nothing is left to run again for.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let stopped = |step: &StepEnd| step.how == Ended::NotStarted(NotStarted::Stopped);
        let steps: &[StepEnd] = if self.steps.iter().all(stopped) { &[] } else { &self.steps };
        let in_vain = |how: &&Ended| {
            matches!(
                how,
                Ended::Failed(_) | Ended::Unseen(_) | Ended::OutOfPatience(_) | Ended::StoppedWaiting(_)
            )
        };
        let awaited = self.earlier.iter().map(|(_, how)| how).filter(in_vain).map(Ended::code);
        let codes: Vec<u8> =
            steps.iter().map(|step| step.how.code()).chain(awaited).chain([self.reason.code()]).collect();
        [70, 1, 6, 3, 5, 4, 7].into_iter().find(|code| codes.contains(code)).unwrap_or(0)
    }
}

impl Ended {
    /// Returns what the system said, where it ended because of that.
    fn why(&self) -> Option<&Why> {
        match self {
            Self::Refused(why) | Self::Unreadable(why) | Self::Unseen(why) => Some(why),
            Self::Stale(_, _, cause) | Self::InVain(_, cause) | Self::LeftOpen(cause) => cause.as_ref(),
            Self::InPart(rest) => rest.why(),
            Self::Done(_)
            | Self::DoneBefore
            | Self::Held
            | Self::Ambiguous(_)
            | Self::NotDone
            | Self::Failed(_)
            | Self::OutOfPatience(_)
            | Self::StoppedWaiting(_)
            | Self::NotStarted(_) => None,
        }
    }

    fn code(&self) -> u8 {
        match self {
            Self::Done(_) | Self::DoneBefore | Self::NotStarted(NotStarted::Blocked { culprit: _ }) => 0,
            Self::Refused(_) | Self::Held | Self::Ambiguous(_) | Self::Failed(_) | Self::InVain(..) => 1,
            Self::Stale(..) => 3,
            Self::NotDone
            | Self::LeftOpen(_)
            | Self::OutOfPatience(_)
            | Self::StoppedWaiting(_)
            | Self::NotStarted(NotStarted::Stopped) => 5,
            Self::NotStarted(NotStarted::AddressHeld(_) | NotStarted::ApprovalEnded(_)) => 4,
            Self::Unreadable(_) | Self::Unseen(_) => 7,
            Self::InPart(rest) => rest.code(),
        }
    }
}

impl EndReason {
    fn code(&self) -> u8 {
        match self {
            Self::Finished | Self::Abandoned | Self::Cleared => 0,
            Self::LockHeld(_) | Self::LockLost | Self::Suspended(_) => 6,
            Self::PlanAgain => 3,
            Self::Interrupted | Self::OutsideWindow(_) => 5,
            Self::StoreUnusable(_) => 7,
            Self::Defect(_) => 70,
        }
    }
}
