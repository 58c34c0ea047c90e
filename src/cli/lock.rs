//! `evenkeel lock`: who holds an environment, what an apply left open there, and taking the lock from the dead.

use super::args::{Break, Environment, Format, Lock};
use super::error::Failure;
use super::{Context, ui};
use crate::run::writable::Writable;
use evenkeel_core::engine::apply::{LockView, StoreAnswer, StoreRequest, Tenure, broken};
use evenkeel_core::report::Exit;
use evenkeel_core::report::lock::{held_by, json, markdown, text};

/// Runs the verb.
pub(super) async fn run(verb: Lock, context: &Context) -> Result<Exit, Failure> {
    match verb {
        Lock::Show(options) => show(&options, context).await,
        Lock::Break(options) => take(&options, context).await,
    }
}

async fn show(options: &Environment, context: &Context) -> Result<Exit, Failure> {
    let session = context.open_settings(&options.environment).await?;
    let state = session.read_state().await?;
    let view = LockView::of(&state.snapshot).map_err(|error| Failure::of(Exit::Unreadable, &error))?;
    let suspension = session.reader.read_suspension().await;
    let suspension = suspension.map_err(|error| Failure::of(Exit::Unreadable, &error))?;
    let (name, suspension) = (&session.name, suspension.as_ref());
    ui::result(&match context.global.format {
        Format::Text => text(name, &view, suspension),
        Format::Markdown => markdown(name, &view, suspension),
        Format::Json => format!("{}\n", json(name, &view, suspension)),
    });
    Ok(Exit::Done)
}

async fn take(options: &Break, context: &Context) -> Result<Exit, Failure> {
    let environment = &options.environment.environment;
    let session = context.open_settings(environment).await?;
    let state = session.read_state().await?;
    let Some((head, version)) = &state.snapshot.lock else {
        ui::talk(&format!("{}: nobody ever held the lock", session.name));
        return Ok(Exit::Done);
    };
    if head.tenure != Tenure::Held {
        ui::talk(&format!("{}: nobody holds the lock", session.name));
        return Ok(Exit::Done);
    }
    ui::talk(&format!("{}: {}", session.name, held_by(head)));
    let unattended = format!("evenkeel lock break {environment} --auto-approve");
    let sure = options.auto_approve
        || ui::asked(context.terminal.prompts, "Is that process gone for good?", &unattended)?;
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
