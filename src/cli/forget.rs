//! `evenkeel forget`: stops managing something without touching what it is.

use super::apply::{Approval, Errand, Next};
use super::args::Forget;
use super::error::Failure;
use super::interrupts::Listening;
use super::plan::Choices;
use super::{Context, ui};
use crate::run::session::Session;
use crate::run::writable::Writable;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::{Goal, Unforgettable};
use evenkeel_core::report::Exit;
use std::collections::BTreeSet;

/// Runs the verb.
pub(super) async fn run(options: &Forget, context: &Context) -> Result<Exit, Failure> {
    let address = options.address.parse::<ResourceId>().map_err(|error| Failure::of(Exit::Usage, &error))?;
    let listening = Listening::start();
    let interrupts = listening.interrupts();
    let environment = match &options.environment {
        Some(named) => named.clone(),
        None => interrupts.clone().or(guess(&address, context)).await??,
    };
    let session = interrupts.clone().or(context.open(&environment)).await??;
    let state = interrupts.clone().or(session.read_state()).await??;
    let goal = Goal::Forget { addresses: BTreeSet::from([address.clone()]) };
    let begun = state.book.apply().map(|apply| &apply.tree);
    let inputs = session.inputs(&state);
    inputs
        .check_forgettable(&address, begun)
        .map_err(|why| refused(&why, &address, &environment, context))?;
    let again = format!("evenkeel forget {address} {environment}");
    let next = Next { anew: again.clone(), again };
    let choices = Choices { goal: goal.clone(), ..Choices::default() };
    let (environment, approval) = (Writable::of(session), Approval::of(options.auto_approve));
    Errand { environment, context, goal, approval, interrupts, next }.apply(choices).await
}

/// Returns the only environment that manages an address. One that cannot be read is told: it may be the one.
async fn guess(address: &ResourceId, context: &Context) -> Result<String, Failure> {
    let opened = context.read().await?;
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for environment in opened.repository.environments() {
        let name = environment.name.to_string();
        match is_managed(address, &name, context).await {
            Ok(true) => found.push(name),
            Ok(false) => {}
            Err(failure) => unread.push((name, failure)),
        }
    }
    if let (Some((name, failure)), true) = (unread.into_iter().next(), found.len() < 2) {
        ui::talk(&format!("{name}: {}", failure.message));
        let hint = context.command(&format!("evenkeel forget {address} ENV"));
        return Err(Failure::new(failure.exit, "not every environment could be asked whose it is").hint(hint));
    }
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Failure::usage(format!("no environment manages {address}"))
            .hint(context.command("evenkeel ledger show ENV"))),
        several => Err(Failure::usage(format!("{} manage {address}", several.join(" and ")))
            .hint(context.command(&format!("evenkeel forget {address} {}", several[0])))),
    }
}

async fn is_managed(address: &ResourceId, environment: &str, context: &Context) -> Result<bool, Failure> {
    let session: Session = context.open_settings(environment).await?;
    Ok(session.read_state().await?.ledger.rows.contains_key(address))
}

fn refused(why: &Unforgettable, address: &ResourceId, environment: &str, context: &Context) -> Failure {
    match why {
        Unforgettable::NotOurs => Failure::usage(format!("{environment} does not manage {address}"))
            .hint(context.command(&format!("evenkeel ledger show {environment}"))),
        Unforgettable::InGit(at) => {
            let message = format!("{address} is in Git, at {at}: the next apply would adopt it again");
            Failure::new(Exit::Denied, message).hint("take it out of Git first")
        }
    }
}
