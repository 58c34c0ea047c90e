//! `evenkeel preflight`: credentials, rights, versions, quotas and state, before anything is planned.

use super::args::{Format, Preflight, Rbac};
use super::error::Failure;
use super::{Context, ui};
use crate::clock;
use crate::run::preflight::{needed, preflight};
use crate::run::session::Session;
use evenkeel_core::engine::preflight::Aim;
use evenkeel_core::engine::rights::{Purpose, Subject};
use evenkeel_core::report::Exit;
use evenkeel_core::report::preflight::{exit, json, markdown, text};
use evenkeel_core::report::roles::{RolesReport, yaml};

/// Runs the verb.
pub(super) async fn run(options: &Preflight, context: &Context) -> Result<Exit, Failure> {
    let subject = options.subject.as_deref().map(str::parse::<Subject>).transpose();
    let subject = subject.map_err(|error| Failure::of(Exit::Usage, &error))?;
    let session = context.open(&options.environment.environment).await?;
    if let Some(rbac) = options.rbac {
        return roles(&session, rbac, subject.as_ref()).await;
    }
    let aim = if options.plan_only { Aim::Plan } else { Aim::Apply };
    let found = preflight(&session, aim).await?;
    ui::result(&match context.global.format {
        Format::Text => text(&found, clock::now(), context.terminal.results),
        Format::Markdown => markdown(&found, clock::now()),
        Format::Json => format!("{}\n", json(&found)),
    })?;
    Ok(exit(&found))
}

async fn roles(session: &Session, rbac: Rbac, subject: Option<&Subject>) -> Result<Exit, Failure> {
    let needed = needed(session).await?;
    let purposes: &[Purpose] = match rbac {
        Rbac::Both => &[Purpose::Plan, Purpose::Apply],
        Rbac::Plan => &[Purpose::Plan],
        Rbac::Apply => &[Purpose::Apply],
    };
    let (environment, needs, unknown_kinds) = (&session.name, &needed.needs, &needed.uses.unknown);
    let report = RolesReport { environment, needs, purposes, subject, unknown_kinds };
    ui::result(&yaml(&report).map_err(|error| Failure::of(Exit::Failed, &error))?)?;
    if subject.is_none() {
        ui::talk("these roles are bound to nobody: add --subject ServiceAccount:NAMESPACE/NAME");
    }
    if let Err(error) = &needed.state {
        let told = Failure::of(Exit::Unreadable, error);
        ui::talk(&format!("{}: kinds that only the ledger has are left out", told.message));
        return Ok(Exit::Unreadable);
    }
    Ok(if unknown_kinds.is_empty() { Exit::Done } else { Exit::Unreadable })
}
