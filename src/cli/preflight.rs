//! `evenkeel preflight`: credentials, rights, versions, quotas and state, before anything is planned.

mod rights;

use super::args::{For, Format, Preflight};
use super::error::Failure;
use super::{Context, ui};
use crate::clock;
use crate::run::preflight::{Needed, acting_as, needed, preflight, sort, state_place};
use crate::run::session::Session;
use evenkeel_core::engine::id::ConnectionName;
use evenkeel_core::engine::preflight::{Aim, Systems};
use evenkeel_core::engine::rights::{Purpose, Subject};
use evenkeel_core::report::preflight::{exit, json, markdown, text};
use evenkeel_core::report::roles::{RolesReport, yaml};
use evenkeel_core::report::{Exit, words};

impl For {
    fn purposes(self) -> &'static [Purpose] {
        match self {
            Self::Both => &[Purpose::Plan, Purpose::Apply],
            Self::Plan => &[Purpose::Plan],
            Self::Apply => &[Purpose::Apply],
        }
    }
}

/// Runs the verb.
pub(super) async fn run(options: &Preflight, context: &Context) -> Result<Exit, Failure> {
    if options.subject.is_some() && options.rbac == Some(For::Both) {
        return Err(Failure::usage(
            "--subject binds one role: run it with --rbac=plan and with --rbac=apply, for two accounts",
        ));
    }
    if options.connection.is_some() && options.rbac.is_none() && options.acls.is_none() {
        return Err(Failure::usage(
            "--connection chooses what --rbac or --acls prints: give one of them, too",
        ));
    }
    let subject = options.subject.as_deref().map(str::parse::<Subject>).transpose();
    let subject = subject.map_err(|error| Failure::of(Exit::Usage, &error))?;
    let session = context.open_to_look(&options.environment.environment).await?;
    if let Some(rbac) = options.rbac {
        return roles(&session, rbac, subject.as_ref(), options.connection.as_deref()).await;
    }
    if let Some(acls) = options.acls {
        return rights::acls(&session, acls, options).await;
    }
    let aim = if options.plan_only { Aim::Plan } else { Aim::Apply };
    let found = preflight(&session, aim, &ui::talk).await?;
    ui::result(&match context.global.format {
        Format::Text => text(&found, clock::now(), context.terminal.results),
        Format::Markdown => markdown(&found, clock::now()),
        Format::Json => format!("{}\n", json(&found)),
    })?;
    Ok(exit(&found))
}

async fn roles(
    session: &Session,
    rbac: For,
    subject: Option<&Subject>,
    connection: Option<&str>,
) -> Result<Exit, Failure> {
    if sort(session) == Systems::Simulated {
        ui::talk("a simulated environment needs no roles: nobody is asked who they are");
        return Ok(Exit::Done);
    }
    let needed = needed(session).await?;
    let connection = chosen(&needed, connection)?;
    whole(&needed, &connection)?;
    let purposes = rbac.purposes();
    let (acting_as, state) = (acting_as(session), state_place(session));
    let report = RolesReport {
        environment: &session.name,
        needs: &needed.needs.at(&connection),
        purposes,
        subject,
        uses: &needed.uses,
        acting_as: &acting_as,
        state: state.as_ref(),
    };
    ui::file(&yaml(&report).map_err(|error| Failure::of(Exit::Failed, &error))?)?;
    if subject.is_none() {
        ui::talk(
            "these roles are bound to nobody: with --rbac=plan or --rbac=apply, add --subject ServiceAccount:NAMESPACE/NAME",
        );
    }
    let mut unknown = needed.uses.unknown.keys();
    Ok(if unknown.any(|(at, _)| *at == connection) { Exit::Unreadable } else { Exit::Done })
}

/// Roles of several clusters must not come as one stream: `kubectl apply` would make all of them in one.
fn chosen(needed: &Needed, named: Option<&str>) -> Result<ConnectionName, Failure> {
    let all = needed.needs.connections();
    let listed = || all.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    match (named, all.first(), all.len()) {
        (Some(named), _, _) => {
            let found = all.iter().find(|name| name.as_str() == named);
            found.map(|name| (*name).clone()).ok_or_else(|| {
                Failure::usage(format!(
                    "nothing is needed at a connection `{named}`; --connection can be: {}",
                    listed()
                ))
            })
        }
        (None, Some(only), 1) => Ok((*only).clone()),
        (None, None, _) => Ok(ConnectionName::default()),
        (None, Some(_), _) => Err(Failure::usage(format!(
            "roles are needed at several connections: say which with --connection, one at a time: {}",
            listed()
        ))),
    }
}

/// Half a role applied would pass for a whole one, so nothing is printed of what is not known whole.
fn whole(needed: &Needed, connection: &ConnectionName) -> Result<(), Failure> {
    if let Err(error) = &needed.state {
        let told = Failure::of(Exit::Unreadable, error);
        let message = format!(
            "{}; no role is printed, as kinds that only the ledger has would be left out",
            told.message
        );
        return Err(Failure::new(Exit::Unreadable, message));
    }
    for ((at, kind), why) in &needed.uses.unknown {
        if let (true, Some(why)) = (at == connection, why) {
            let message =
                format!("no role is printed, as nobody knows how {kind} is served: {}", words::why(why));
            return Err(Failure::new(Exit::Unreadable, message));
        }
    }
    Ok(())
}
