//! `evenkeel destroy`: takes an environment down, everything that is ours in it, in reverse order.

use super::apply::{Approval, Errand, Next, deletions};
use super::args::Destroy;
use super::error::Failure;
use super::interrupts::Listening;
use super::plan::{Choices, make, render, report, write};
use super::{Context, ui};
use crate::run::planning::Planned;
use crate::run::session::{Session, StateRead};
use crate::run::writable::Writable;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::{Goal, Ungivable};
use evenkeel_core::report::Exit;
use evenkeel_core::report::exit::{PendingChanges, of_plan};
use std::collections::BTreeSet;
use std::path::Path;

/// Runs the verb.
pub(super) async fn run(options: &Destroy, context: &Context) -> Result<Exit, Failure> {
    let environment = &options.environment.environment;
    let approval = approval(options).map_err(|failure| context.completed(failure))?;
    let data = data_named(&options.data)?;
    let listening = Listening::start();
    let interrupts = listening.interrupts();
    let session = interrupts.clone().or(context.open(environment)).await??;
    let state = interrupts.clone().or(session.read_state()).await??;
    expect_data(&data, &state, (&session, context))?;
    let goal = Goal::Destroy { data };
    let choices = Choices { goal: goal.clone(), ..Choices::default() };
    if let Some(out) = &options.out {
        return planned(&session, &state, choices, (out, context)).await;
    }
    let again = again(options);
    let next = Next { anew: again.clone(), again };
    let environment = Writable::of(session);
    Errand { environment, context, goal, approval, interrupts, next }.apply(choices).await
}

/// Without anybody to answer, the number of deletions stands for having looked at them.
fn approval(options: &Destroy) -> Result<Approval, Failure> {
    match (options.auto_approve, options.expect_deletes) {
        (false, None) => Ok(Approval::Asked),
        (true, Some(number)) => Ok(Approval::GivenFor(number)),
        (true, None) => {
            Err(Failure::usage("--auto-approve needs the number of what goes: --expect-deletes N")
                .hint(format!("to see it: {}", again(options))))
        }
        (false, Some(_)) => Err(Failure::usage("--expect-deletes is for --auto-approve")
            .hint(format!("{} --auto-approve …", again(options)))),
    }
}

fn again(options: &Destroy) -> String {
    let begin = format!("evenkeel destroy {}", options.environment.environment);
    options.data.iter().fold(begin, |typed, address| format!("{typed} --data {address}"))
}

/// Reads the addresses of what goes although it holds data.
pub(super) fn data_named(addresses: &[String]) -> Result<BTreeSet<ResourceId>, Failure> {
    let parsed = addresses.iter().map(|address| address.parse::<ResourceId>());
    parsed.collect::<Result<_, _>>().map_err(|error| Failure::of(Exit::Usage, &error))
}

/// Refuses to give up what is not ours, what holds nothing, and what takes more along than was named.
pub(super) fn expect_data(
    data: &BTreeSet<ResourceId>,
    state: &StateRead,
    (session, context): (&Session, &Context),
) -> Result<(), Failure> {
    let begun = state.book.apply().map(|apply| &apply.tree);
    let holds_state = |namespace: &ResourceId| session.state_is_in(namespace);
    let checked = session.inputs(state).check_given_up(data, begun, holds_state);
    for namespace in checked.map_err(|why| refused(&why, session, context))? {
        ui::talk(&format!("{namespace} takes everything in it along, whether it is ours or not"));
    }
    Ok(())
}

fn refused(why: &Ungivable, session: &Session, context: &Context) -> Failure {
    let name = &session.name;
    let ledger = || context.command(&format!("evenkeel ledger show {name}"));
    match why {
        Ungivable::NotOurs(address) => Failure::usage(format!("{address} is not ours")).hint(ledger()),
        Ungivable::HoldsNone(address) => {
            let message = format!("{address} holds no data: it goes without being named");
            Failure::usage(message).hint(ledger())
        }
        Ungivable::HoldsState(address) => {
            let forget = context.command(&format!("evenkeel forget {address} {name}"));
            Failure::usage(format!("{address} has the state of {name} in it"))
                .hint(format!("leave it out, and at the end: {forget}"))
        }
        Ungivable::TakesAlong { namespace, unnamed } => {
            Failure::usage(format!("{namespace} would take {unnamed} along, which holds data"))
                .hint(format!("--data {unnamed}"))
        }
    }
}

/// Writes the plan into a file for `apply FILE`, and does nothing else.
async fn planned(
    session: &Session,
    state: &StateRead,
    choices: Choices,
    (out, context): (&Path, &Context),
) -> Result<Exit, Failure> {
    let planned = make(session, state, choices).await;
    let report = report(session, &planned, &context.command(&carry_out(session, &planned, out)));
    write(out, &report)?;
    ui::result(&render(&report, context.global.format, context.terminal.results))?;
    Ok(of_plan(&planned.plan, PendingChanges::Silent))
}

/// Returns the command that carries a plan file out. Nothing of it is in the file: whoever types it permits it.
fn carry_out(session: &Session, planned: &Planned, out: &Path) -> String {
    let (name, number) = (&session.name, deletions(&planned.plan));
    let begin = format!("evenkeel apply {} --destroy {name} --expect-deletes {number}", out.display());
    match &planned.plan.goal {
        Goal::Destroy { data } => {
            data.iter().fold(begin, |typed, address| format!("{typed} --data {address}"))
        }
        Goal::Converge | Goal::Forget { addresses: _ } => begin,
    }
}
