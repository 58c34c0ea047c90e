//! `evenkeel lock`: who holds an environment, what an apply left open there, and taking the lock from the dead.

use super::args::{Break, Clear, Environment, Format, Lock};
use super::error::Failure;
use super::{Context, ui};
use crate::clock;
use crate::run::clearing::clear_address;
use crate::run::interrupts::Interrupts;
use crate::run::writable::Writable;
use evenkeel_core::engine::apply::{LockView, StoreAnswer, StoreRequest, Tenure, broken};
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::journal::Cleared;
use evenkeel_core::report::Exit;
use evenkeel_core::report::apply::reason;
use evenkeel_core::report::exit::of_end;
use evenkeel_core::report::lock::{before_clearing, held_by, json, markdown, text};
use std::sync::Arc;

/// Runs the verb.
pub(super) async fn run(verb: Lock, context: &Context) -> Result<Exit, Failure> {
    match verb {
        Lock::Show(options) => show(&options, context).await,
        Lock::Break(options) => take(&options, context).await,
        Lock::Clear(options) => clear(&options, context).await,
    }
}

async fn show(options: &Environment, context: &Context) -> Result<Exit, Failure> {
    let session = context.open_settings(&options.environment).await?;
    let view = LockView::of(&session.read_snapshot().await?);
    let suspension = session.reader.read_suspension().await;
    let suspension = suspension.map_err(|error| Failure::of(Exit::Unreadable, &error))?;
    let (name, suspension) = (&session.name, suspension.as_ref());
    ui::result(&match context.global.format {
        Format::Text => text(name, &view, suspension, clock::now()),
        Format::Markdown => markdown(name, &view, suspension, clock::now()),
        Format::Json => format!("{}\n", json(name, &view, suspension)),
    })?;
    Ok(Exit::Done)
}

async fn take(options: &Break, context: &Context) -> Result<Exit, Failure> {
    let environment = &options.environment.environment;
    let session = context.open_settings(environment).await?;
    let snapshot = session.read_snapshot().await?;
    let Some((head, version)) = &snapshot.lock else {
        ui::talk(&format!("{}: nobody ever held the lock", session.name));
        return Ok(Exit::Done);
    };
    if head.tenure != Tenure::Held {
        ui::talk(&format!("{}: nobody holds the lock", session.name));
        return Ok(Exit::Done);
    }
    ui::talk(&format!("{}: {}", session.name, held_by(head, clock::now())));
    let unattended = context.command(&format!("evenkeel lock break {environment} --auto-approve"));
    let sure =
        options.auto_approve || is_sure(context, "Is that process gone for good?", &unattended).await?;
    if !sure {
        return Ok(Exit::Locked);
    }
    let new = broken(head, context.surroundings.user.as_str());
    let request = StoreRequest::SwapLock { expected: Some(version.clone()), new };
    match Writable::of(session).store.handle(request).await {
        StoreAnswer::Done(_) => {
            ui::talk("the lock is broken; the next apply waits until the old holder cannot start anything");
            Ok(Exit::Done)
        }
        StoreAnswer::Conflict => {
            Err(Failure::new(Exit::Locked, "the lock was renewed just now: its holder lives"))
        }
        StoreAnswer::NoAnswer(why) | StoreAnswer::Refused(why) => {
            Err(Failure::new(Exit::Unreadable, why.message))
        }
        other => Err(Failure::new(Exit::Bug, format!("the state store answered {other:?} to a swap"))),
    }
}

/// Asks before anything is begun: nobody listens to signals yet, so they end the process.
async fn is_sure(context: &Context, question: &str, unattended: &str) -> Result<bool, Failure> {
    ui::asked(context.terminal.prompts, question, unattended, &mut Interrupts::never()).await
}

/// What an earlier apply left at an address is for a person to look at; the journal keeps who did, and what they found.
async fn clear(options: &Clear, context: &Context) -> Result<Exit, Failure> {
    let environment = &options.environment.environment;
    let address = options.address.parse::<ResourceId>().map_err(|error| Failure::usage(error.to_string()))?;
    let Some(why) = &options.reason else {
        let what = "clearing an address needs a reason";
        return Err(Failure::usage(what).hint("--reason \"what was found there\""));
    };
    let session = context.open_settings(environment).await?;
    let state = session.read_state().await?;
    let Some(known) = before_clearing(&LockView::of(&state.snapshot), &address) else {
        let nothing = format!("{}: nothing was left in doubt at {address}", session.name);
        return Err(
            Failure::usage(nothing).hint(context.command(&format!("evenkeel lock show {environment}")))
        );
    };
    ui::talk(known.trim_end());
    let unattended =
        context.command(&format!("evenkeel lock clear {environment} {address} --reason … --auto-approve"));
    let question = "Later plans write there again. Is it as it should be?";
    if !options.auto_approve && !is_sure(context, question, &unattended).await? {
        return Ok(Exit::Denied);
    }
    let by = Arc::from(context.surroundings.user.as_str());
    let cleared = Cleared { address, by, reason: Arc::from(why.as_str()) };
    ui::talk(
        "taking the lock; a step that was never settled is waited for until it cannot take effect any more",
    );
    let end = clear_address(&Writable::of(session), &state, cleared).await?;
    ui::talk(&reason(&end.reason).unwrap_or_default());
    Ok(of_end(&end))
}
