//! `evenkeel graph`: pictures of what Git wants, and of what a plan does.

use super::args::{Format, Graph};
use super::error::Failure;
use super::plan::{Choices, make};
use super::{Context, specs_failure, ui};
use crate::clock;
use evenkeel_core::report::Exit;
use evenkeel_core::report::exit::{PendingChanges, of_plan};
use evenkeel_core::report::graph::{self, dot, json, markdown, mermaid, of_specs};

/// Runs the verb.
pub(super) async fn run(options: &Graph, context: &Context) -> Result<Exit, Failure> {
    if options.plan {
        return of_plan_of(options, context).await;
    }
    let opened = context.read().await?;
    let specs = opened.environment(&options.environment.environment);
    let (_, specs, _) = specs.map_err(|error| specs_failure(error, &opened, context))?;
    print(&of_specs(&specs.desired).folded(), options, context)?;
    Ok(Exit::Done)
}

async fn of_plan_of(options: &Graph, context: &Context) -> Result<Exit, Failure> {
    let session = context.open(&options.environment.environment).await?;
    let state = session.read_state().await?;
    let plan = make(&session, &state, Choices::default()).await.plan;
    print(&graph::of_plan(&plan, &session.specs.desired, clock::now()).folded(), options, context)?;
    Ok(of_plan(&plan, PendingChanges::Silent))
}

fn print(graph: &graph::Graph, options: &Graph, context: &Context) -> Result<(), Failure> {
    ui::result(&match (context.global.format, options.dot) {
        (_, true) => dot(graph),
        (Format::Text, false) => mermaid(graph),
        (Format::Markdown, false) => markdown(graph),
        (Format::Json, false) => format!("{}\n", json(graph)),
    })
}
