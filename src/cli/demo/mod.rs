//! `evenkeel demo`: the five-minute story, played with the real commands in a simulated cluster.
//!
//! Every scene runs this very binary as a user would, in a directory that is left behind to be looked at. Nothing
//! outside of that directory is touched.

mod specs;
mod stage;

use super::args::Demo;
use super::error::Failure;
use super::{Context, ui};
use crate::run::sandbox::Sandbox;
use evenkeel_core::engine::id::Kind;
use evenkeel_core::engine::value::{Map, Value};
use evenkeel_core::report::Exit;
use evenkeel_world::kubernetes::{DryRun, MergePatch, ObjectKey, Through};
use stage::{Stage, say};
use std::sync::Arc;

/// Runs the verb.
pub(super) fn run(options: &Demo, _context: &Context) -> Result<Exit, Failure> {
    let stage = Stage::set(options.slow)?;
    ui::result(&format!(
        "Evenkeel keeps a platform exactly as Git says it should be. This is its story in a simulated cluster.\n\
         The files of this demo: {}\n",
        stage.directory().display()
    ))?;
    a_mistake_and_its_fix(&stage)?;
    the_first_apply(&stage)?;
    a_hand_edit(&stage)?;
    a_deletion_that_is_held(&stage)?;
    a_killed_apply(&stage)?;
    what_next(&stage)?;
    Ok(Exit::Done)
}

fn a_mistake_and_its_fix(stage: &Stage) -> Result<(), Failure> {
    stage.scene("1  A mistake in the specs is found before anything is contacted")?;
    stage.write("environment.yaml", &specs::environment("maxDelete"))?;
    stage.write("graph.yaml", &specs::graph())?;
    stage.run(&["validate"], Exit::Failed)?;
    say("It is corrected to `maxDeletes`:")?;
    stage.write("environment.yaml", &specs::environment("maxDeletes"))?;
    stage.run(&["validate"], Exit::Done)
}

fn the_first_apply(stage: &Stage) -> Result<(), Failure> {
    stage.scene("2  A plan says what would be done; an apply does it, each step after what it needs")?;
    say("The database gets a password that is made once, by the apply, and stands in its Secret only:")?;
    stage.write("password.yaml", specs::PASSWORD)?;
    stage.run(&["plan", "demo"], Exit::Done)?;
    stage.run(&["apply", "demo", "--auto-approve"], Exit::Done)?;
    say("Planned again, there is nothing left to do:")?;
    stage.run(&["plan", "demo"], Exit::Done)
}

fn a_hand_edit(stage: &Stage) -> Result<(), Failure> {
    stage.scene(
        "3  Somebody edits the cluster by hand; drift says who and when, and the next apply heals it",
    )?;
    edit_by_hand(stage)?;
    say("$ kubectl edit configmap orders-config        (heap.max_size: 2g -> 8g)")?;
    stage.run(&["drift", "demo"], Exit::Pending)?;
    stage.run(&["apply", "demo", "--auto-approve"], Exit::Done)
}

/// What `kubectl edit` does: a patch under its own manager's name.
fn edit_by_hand(stage: &Stage) -> Result<(), Failure> {
    let sandbox =
        Sandbox::open(&stage.state(), specs::SEED).map_err(|error| Failure::of(Exit::Failed, &error))?;
    let entry = |key: &str, value: Value| Value::Map(Map::from([(key.to_owned(), value)]));
    let request = MergePatch {
        key: ObjectKey {
            kind: Kind::new("ConfigMap"),
            namespace: Some(Arc::from("graph")),
            name: Arc::from("orders-config"),
        },
        patch: entry("data", entry("heap.max_size", Value::from("8g"))),
        manager: Arc::from("kubectl-edit"),
        through: Through::Object,
        dry_run: DryRun::Off,
    };
    let edited = sandbox.with(|world| world.kubernetes().merge_patch(request));
    edited
        .map_err(|error| Failure::new(Exit::Bug, format!("the simulated edit failed: {}", error.message)))?;
    sandbox.save().map_err(|error| Failure::of(Exit::Failed, &error))
}

fn a_deletion_that_is_held(stage: &Stage) -> Result<(), Failure> {
    stage.scene("4  The database leaves Git; what holds data is never deleted unasked")?;
    stage.write("graph.yaml", specs::SURROUNDINGS)?;
    stage.run(&["plan", "demo"], Exit::Denied)?;
    say("It was a mistake, so it goes back:")?;
    stage.write("graph.yaml", &specs::graph())?;
    stage.run(&["plan", "demo"], Exit::Done)
}

fn a_killed_apply(stage: &Stage) -> Result<(), Failure> {
    stage.scene("5  An apply is killed in the middle; run again, it continues and repeats nothing")?;
    stage.write("tenants.yaml", &specs::tenants())?;
    stage.run_and_kill(&["apply", "demo", "--auto-approve"], 4)?;
    say("What was in flight is looked up first, as soon as it can have no late effect:")?;
    stage.run(&["apply", "demo", "--auto-approve"], Exit::Done)?;
    stage.run(&["plan", "demo"], Exit::Done)
}

fn what_next(stage: &Stage) -> Result<(), Failure> {
    stage.scene("Next, against a real cluster")?;
    say("  kind create cluster                      or any cluster that you may write to\n  \
         edit environments/demo/environment.yaml  replace `sandbox: {seed: 1}` by\n  \
         \x20 kubernetes: {default: {kubeconfig: {fromEnv: KUBECONFIG}, namespace: graph}}\n  \
         evenkeel plan demo                       read-only credentials are enough\n  \
         evenkeel apply demo")
}
