//! The programs that are compared, and how each is asked for the same thing.

use crate::Outcome;
use crate::kafka::Size;
use crate::objects::{self, Object};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many writes each client has in flight.
pub(crate) const PARALLELISM: usize = 16;

/// Returns the path in an environment variable that `bench/run` sets.
pub(crate) fn from_environment(name: &str) -> Outcome<PathBuf> {
    let path = env::var_os(name).ok_or_else(|| format!("{name} is not set: run `make bench`"))?;
    Ok(PathBuf::from(path))
}

/// Returns how many objects the runs have.
pub(crate) fn sizes() -> Vec<usize> {
    let text = env::var("EVENKEEL_BENCH_SIZES").unwrap_or_else(|_| "1000 10000".to_owned());
    text.split_whitespace().filter_map(|size| size.parse().ok()).collect()
}

/// Returns how many topics and connectors there are, `TOPICS APPLIED CONNECTORS`; none if that is empty.
pub(crate) fn kafka_size() -> Option<Size> {
    let text = env::var("EVENKEEL_BENCH_KAFKA").unwrap_or_else(|_| "1000 200 200".to_owned());
    let mut sizes = text.split_whitespace().filter_map(|size| size.parse().ok());
    Some(Size { topics: sizes.next()?, applied: sizes.next()?, connectors: sizes.next()? })
}

/// Writes the environment of a repository, with these objects in files of 100.
pub(crate) fn write_environment(repository: &Path, objects: &[Object]) -> Outcome<()> {
    let directory = repository.join("environments/bench");
    fs::create_dir_all(&directory)?;
    fs::write(directory.join("environment.yaml"), environment())?;
    for (number, objects) in objects.chunks(100).enumerate() {
        fs::write(directory.join(format!("objects-{number:04}.yaml")), objects::stream(objects))?;
    }
    Ok(())
}

/// Returns a command that runs evenkeel's `verb` on the environment of a repository.
pub(crate) fn evenkeel(verb: &str, repository: &Path, kubeconfig: &Path) -> Command {
    let mut evenkeel = Command::new(env!("CARGO_BIN_EXE_evenkeel"));
    evenkeel.args([verb, "bench"]).current_dir(repository).env("KUBECONFIG", kubeconfig).env("NO_COLOR", "1");
    evenkeel
}

/// Returns a command that runs kapp's `deploy` on the manifests of a file.
pub(crate) fn kapp(kapp: &Path, namespace: &str, file: &Path, kubeconfig: &Path) -> Command {
    let mut deploy = Command::new(kapp);
    let parallelism = PARALLELISM.to_string();
    deploy.args(["deploy", "--yes", "--app", "bench", "--wait=false", "--apply-concurrency", &parallelism]);
    deploy.args(["--namespace", namespace, "--file"]).arg(file).env("KUBECONFIG", kubeconfig);
    deploy
}

fn environment() -> String {
    format!(
        "apiVersion: evenkeel.dev/v1alpha1\n\
         kind: Environment\n\
         metadata: {{name: bench}}\n\
         spec:\n\
         \x20 state: {{kubernetes: {{connection: default, namespace: evenkeel}}}}\n\
         \x20 kubernetes:\n\
         \x20   default: {{kubeconfig: {{fromEnv: KUBECONFIG}}, namespace: bench}}\n\
         \x20 limits: {{parallelism: {PARALLELISM}}}\n"
    )
}
