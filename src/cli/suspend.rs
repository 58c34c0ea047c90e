//! `evenkeel suspend`: nothing starts in an environment until a time, for a reason that whoever finds it can read.

use super::args::{Format, Suspend};
use super::error::Failure;
use super::{Context, ui};
use crate::clock;
use crate::run::writable::Writable;
use evenkeel_core::documents::duration::Duration;
use evenkeel_core::engine::apply::Suspension;
use evenkeel_core::engine::id::EnvironmentName;
use evenkeel_core::report::Exit;
use evenkeel_core::report::suspension::{json, markdown, text};
use std::sync::Arc;

/// Runs the verb.
pub(super) async fn run(options: &Suspend, context: &Context) -> Result<Exit, Failure> {
    let lasts = options.duration.parse::<Duration>().map_err(|error| Failure::usage(error.to_string()))?;
    let session = context.open_settings(&options.environment.environment).await?;
    let Writable { session, store } = Writable::of(session);
    let state = |error| Failure::of(Exit::Unreadable, &error);
    if lasts.0.is_zero() {
        store.resume().await.map_err(state)?;
        ui::result(&told(&session.name, None, context.global.format))?;
        return Ok(Exit::Done);
    }
    let Some(reason) = options.reason.as_ref().filter(|reason| !reason.trim().is_empty()) else {
        return Err(
            Failure::usage("a suspension needs a reason").hint("--reason \"why nothing may change now\"")
        );
    };
    let until = clock::now()
        .checked_add(lasts.0)
        .map_err(|_| Failure::usage(format!("{} is too long", options.duration)))?;
    let by = Arc::from(context.surroundings.user.as_str());
    let suspension = Suspension { until, reason: Arc::from(reason.as_str()), by };
    store.suspend(&suspension).await.map_err(state)?;
    ui::result(&told(&session.name, Some(&suspension), context.global.format))?;
    let end = context.command(&format!("evenkeel suspend {} --for 0s", options.environment.environment));
    ui::talk(&format!("to end it: {end}"));
    Ok(Exit::Done)
}

fn told(environment: &EnvironmentName, suspension: Option<&Suspension>, format: Format) -> String {
    match format {
        Format::Text => text(environment, suspension),
        Format::Markdown => markdown(environment, suspension),
        Format::Json => format!("{}\n", json(environment, suspension)),
    }
}
