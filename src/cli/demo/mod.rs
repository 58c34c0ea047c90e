//! `evenkeel demo`: the five-minute story, played with the real commands on a simulated platform.
//!
//! Every scene runs this very binary as a user would, in a directory that is left behind to be looked at. Nothing
//! outside of that directory is touched.

mod hands;
mod specs;
mod stage;

use super::args::Demo;
use super::error::Failure;
use super::{Context, ui};
use evenkeel_core::report::Exit;
use stage::{Stage, say};

/// Runs the verb.
pub(super) fn run(options: &Demo, _context: &Context) -> Result<Exit, Failure> {
    let stage = Stage::set(options.slow)?;
    ui::result(&format!(
        "Evenkeel keeps a platform exactly as Git says it should be. This is its story on a simulated one.\n\
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
    say("A topic and a connector that reads it stand beside them, in the same plan:")?;
    stage.write("stream.yaml", &specs::stream(6, specs::WEEK))?;
    stage.run(&["plan", "demo"], Exit::Done)?;
    stage.run(&["apply", "demo", "--auto-approve"], Exit::Done)?;
    say("Planned again, there is nothing left to do:")?;
    stage.run(&["plan", "demo"], Exit::Done)
}

fn a_hand_edit(stage: &Stage) -> Result<(), Failure> {
    stage.scene(
        "3  Somebody edits by hand; drift says what, and who and when where that is kept; the next apply heals it",
    )?;
    hands::edit(stage)?;
    say("$ kubectl edit configmap orders-config        (heap.max_size: 2g -> 8g)\n\
         $ kafka-configs --alter --topic orders        (retention.ms: a week -> an hour)\n\
         $ curl -X PUT …/connectors/orders-export/pause")?;
    stage.run(&["drift", "demo"], Exit::Pending)?;
    stage.run(&["apply", "demo", "--auto-approve"], Exit::Done)
}

fn a_deletion_that_is_held(stage: &Stage) -> Result<(), Failure> {
    stage.scene("4  The database leaves Git, and the topic is to keep less; no data is lost unasked")?;
    stage.write("graph.yaml", specs::SURROUNDINGS)?;
    stage.write("stream.yaml", &specs::stream(6, specs::DAY))?;
    stage.run(&["plan", "demo"], Exit::Denied)?;
    say("It was a mistake, so it goes back. Fewer partitions are no better idea:")?;
    stage.write("graph.yaml", &specs::graph())?;
    stage.write("stream.yaml", &specs::stream(3, specs::WEEK))?;
    stage.run(&["plan", "demo"], Exit::Denied)?;
    stage.write("stream.yaml", &specs::stream(6, specs::WEEK))?;
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
    stage.scene("Next, against a real platform")?;
    say("  kind create cluster                      or any cluster that you may write to\n  \
         edit environments/demo/environment.yaml  replace `sandbox: {seed: 1}` by\n  \
         \x20 kubernetes: {default: {kubeconfig: {fromEnv: KUBECONFIG}, namespace: graph}}\n  \
         edit environments/demo/stream.yaml       where your brokers and workers are; or remove it\n  \
         evenkeel plan demo                       read-only credentials are enough\n  \
         evenkeel apply demo")
}
