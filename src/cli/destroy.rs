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
use evenkeel_core::engine::plan::Goal;
use evenkeel_core::report::Exit;
use evenkeel_core::report::exit::{PendingChanges, of_plan};
use evenkeel_core::resources::{HoldsData, holds_data};
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
    expect_data(&data, &state, &session)?;
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

/// Every address that is given up with its data is ours, and holds some: a slip of the finger is no permission. What a
/// killed destruction took is not ours any more.
pub(super) fn expect_data(
    data: &BTreeSet<ResourceId>,
    state: &StateRead,
    session: &Session,
) -> Result<(), Failure> {
    let tree = Goal::Destroy { data: data.clone() }.tree(&session.specs.desired.tree);
    let begun = state.book.apply().is_some_and(|apply| apply.tree == tree);
    let wrong = |message| Err(Failure::usage(message).hint(format!("evenkeel ledger show {}", session.name)));
    for address in data {
        match state.ledger.rows.get(address) {
            None if begun => {}
            None => return wrong(format!("{address} is not ours")),
            Some(row) if holds_data(address, Some(row)) == HoldsData::No => {
                return wrong(format!("{address} holds no data: it goes without being named"));
            }
            Some(_) => expect_tenants(address, data, (state, session))?,
        }
    }
    Ok(())
}

/// A namespace takes everything in it along: all of it that is ours and holds data is named as well.
fn expect_tenants(
    address: &ResourceId,
    data: &BTreeSet<ResourceId>,
    (state, session): (&StateRead, &Session),
) -> Result<(), Failure> {
    if address.kind.as_str() != "Namespace" {
        return Ok(());
    }
    if session.state_is_in(address) {
        let message = format!("{address} has the state of {} in it", session.name);
        let forget = format!("evenkeel forget {address} {}", session.name);
        return Err(Failure::usage(message).hint(format!("leave it out, and at the end: {forget}")));
    }
    let inside = |id: &ResourceId| {
        id.connection == address.connection && id.namespace.as_deref() == Some(&*address.name)
    };
    let unnamed =
        state.ledger.rows.iter().find(|(id, row)| {
            inside(id) && !data.contains(*id) && holds_data(id, Some(row)) != HoldsData::No
        });
    if let Some((unnamed, _)) = unnamed {
        let message = format!("{address} would take {unnamed} along, which holds data");
        return Err(Failure::usage(message).hint(format!("--data {unnamed}")));
    }
    ui::talk(&format!("{address} takes everything in it along, whether it is ours or not"));
    Ok(())
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
