//! What is compared with what, in which order, on which objects.

use crate::client;
use crate::measure::{self, Run};
use crate::objects::{self, Edition};
use crate::plane::Plane;
use crate::programs;
use crate::table::{Goal, Row, Table};
use crate::{Outcome, client::list_median};
use kube::Client;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tokio::runtime::Runtime;

const OURS: &str = "bench";
const BARE: &str = "bench-bare";
const KAPP: &str = "bench-kapp";
const WARM: &str = "bench-warm";

/// One size: a control plane, a client, and environments on disk.
struct Bench<'a> {
    plane: &'a Plane,
    runtime: &'a Runtime,
    client: Client,
    repository: tempfile::TempDir,
    count: usize,
}

/// Compares apply, plan and their peers on `count` objects.
pub(crate) fn compare(plane: &Plane, runtime: &Runtime, count: usize, table: &mut Table) -> Outcome<()> {
    for namespace in [OURS, BARE, KAPP, WARM, "evenkeel"] {
        plane.create_namespace(namespace)?;
    }
    let client = runtime.block_on(client::connect(&plane.kubeconfig()))?;
    // The first requests of each kind make the server build what the later ones find ready.
    let warm = objects::mixed(200, WARM, Edition::First);
    runtime.block_on(client::patch(&client, &warm, programs::PARALLELISM))?;
    let bench = Bench { plane, runtime, client, repository: tempfile::tempdir()?, count };
    table.add(bench.apply(Edition::First, "new")?);
    bench.no_op(table)?;
    table.add(bench.apply(Edition::Second, "changed")?);
    Ok(())
}

/// Takes the time of `validate` on documents of about 1 KB; nothing is contacted.
pub(crate) fn validate(count: usize, table: &mut Table) -> Outcome<()> {
    let repository = tempfile::tempdir()?;
    programs::write_environment(repository.path(), &objects::mixed(count, OURS, Edition::First))?;
    let mut command = programs::evenkeel("validate", repository.path(), Path::new("unused"));
    let ours = repeated(5, &mut command)?;
    let goal = if count == 10_000 { Goal::Within(Duration::from_secs(1)) } else { Goal::None };
    let theirs = Run { wall: Duration::ZERO, peak: 0 };
    table.add(Row { work: format!("validate {count} documents"), ours, beside: String::new(), theirs, goal });
    Ok(())
}

impl Bench<'_> {
    /// Applies all objects with evenkeel, state in the cluster, and again with bare concurrent patches.
    fn apply(&self, edition: Edition, what: &str) -> Outcome<Row> {
        let bare = objects::mixed(self.count, BARE, edition);
        let wall = self.runtime.block_on(client::patch(&self.client, &bare, programs::PARALLELISM))?;
        let theirs = Run { wall, peak: measure::own_high_water() };
        programs::write_environment(self.repository.path(), &objects::mixed(self.count, OURS, edition))?;
        let ours = measure::run(self.evenkeel("apply").arg("--auto-approve"), &[0])?;
        let work = format!("apply {} {what} objects", self.count);
        let goal = if self.count == 1000 { Goal::AtMost(1.2) } else { Goal::None };
        Ok(Row { work, ours, beside: "bare concurrent PATCHes".to_owned(), theirs, goal })
    }

    /// Plans what is as it should be, beside reading alone and beside the peers' way to the same answer.
    fn no_op(&self, table: &mut Table) -> Outcome<()> {
        let reading = repeated(5, &mut self.evenkeel("validate"))?;
        let ours = repeated(5, self.evenkeel("plan").arg("--detailed-exitcode"))?;
        let list = self.runtime.block_on(list_median(&self.client, OURS, 5))?;
        let work = format!("no-op plan of {} objects", self.count);
        let beyond = Run { wall: ours.wall.saturating_sub(reading.wall), peak: ours.peak };
        let bare = Run { wall: list, peak: measure::own_high_water() };
        let mut row = |work: String, ours, beside: &str, theirs, goal| {
            table.add(Row { work, ours, beside: beside.to_owned(), theirs, goal });
        };
        let (twice, hundred, twenty) = self.goals();
        row(format!("{work}, beyond validate"), beyond, "LIST, unpaged JSON, gzip", bare, twice);
        row(work.clone(), ours, "kubectl diff --server-side", self.kubectl_diff()?, hundred);
        row(work, ours, "kapp deploy, nothing to do", self.kapp_no_op()?, twenty);
        Ok(())
    }

    /// The goals hold for 10,000 objects.
    fn goals(&self) -> (Goal, Goal, Goal) {
        if self.count == 10_000 {
            (Goal::AtMost(2.0), Goal::Faster(100.0), Goal::Faster(20.0))
        } else {
            (Goal::None, Goal::None, Goal::None)
        }
    }

    fn kubectl_diff(&self) -> Outcome<Run> {
        let file = self.write_stream(OURS)?;
        let mut diff = self.plane.kubectl();
        measure::run(diff.args(["diff", "--server-side", "--filename"]).arg(file), &[0])
    }

    fn kapp_no_op(&self) -> Outcome<Run> {
        let kapp = programs::from_environment("KAPP")?;
        let file = self.write_stream(KAPP)?;
        let kubeconfig = self.plane.kubeconfig();
        measure::run(&mut programs::kapp(&kapp, KAPP, &file, &kubeconfig), &[0])?;
        measure::run(&mut programs::kapp(&kapp, KAPP, &file, &kubeconfig), &[0])
    }

    fn write_stream(&self, namespace: &str) -> Outcome<PathBuf> {
        let file = self.repository.path().join(format!("{namespace}.yaml"));
        std::fs::write(&file, objects::stream(&objects::mixed(self.count, namespace, Edition::First)))?;
        Ok(file)
    }

    fn evenkeel(&self, verb: &str) -> Command {
        programs::evenkeel(verb, self.repository.path(), &self.plane.kubeconfig())
    }
}

/// Returns the median of several runs.
pub(crate) fn repeated(times: usize, command: &mut Command) -> Outcome<Run> {
    let runs: Outcome<Vec<Run>> = (0..times).map(|_| measure::run(command, &[0])).collect();
    Ok(measure::median(&mut runs?))
}
