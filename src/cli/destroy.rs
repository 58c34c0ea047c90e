//! `evenkeel destroy`: takes an environment down, everything that is ours in it, in reverse order.

use super::apply::{Approval, Errand, Next};
use super::args::Destroy;
use super::error::Failure;
use super::interrupts::Listening;
use super::plan::{Choices, make, render, report, write};
use super::{Context, ui};
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
    let approval = approval(options)?;
    let data = options.data.iter().map(|address| address.parse::<ResourceId>());
    let data = data.collect::<Result<BTreeSet<_>, _>>().map_err(|error| Failure::of(Exit::Usage, &error))?;
    let listening = Listening::start();
    let interrupts = listening.interrupts();
    let session = interrupts.clone().or(context.open(environment)).await??;
    let state = interrupts.clone().or(session.read_state()).await??;
    expect_data(&data, &state, environment)?;
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

/// Every address that is given up with its data is ours, and holds some: a slip of the finger is no permission.
fn expect_data(data: &BTreeSet<ResourceId>, state: &StateRead, environment: &str) -> Result<(), Failure> {
    for address in data {
        let message = match state.ledger.rows.get(address) {
            None => format!("{address} is not ours"),
            Some(row) if holds_data(address, Some(row)) == HoldsData::No => {
                format!("{address} holds no data: it goes without being named")
            }
            Some(_) => continue,
        };
        return Err(Failure::usage(message).hint(format!("evenkeel ledger show {environment}")));
    }
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
    let report = report(session, &planned, &format!("evenkeel apply {}", out.display()));
    write(out, &report)?;
    ui::result(&render(&report, context.global.format, context.terminal.results))?;
    Ok(of_plan(&planned.plan, PendingChanges::Silent))
}
