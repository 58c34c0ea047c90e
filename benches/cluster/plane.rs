//! A control plane of our own for one size: etcd and the API server only, so that no controller works beside the clock.

use crate::Outcome;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A running control plane; dropping it stops it.
pub(crate) struct Plane {
    directory: tempfile::TempDir,
    kubeserver: PathBuf,
}

impl Plane {
    /// Starts one with empty storage.
    pub(crate) fn start(kubeserver: &Path) -> Outcome<Self> {
        let plane = Self { directory: tempfile::tempdir()?, kubeserver: kubeserver.to_owned() };
        let mut up = Command::new(recipe().join("up"));
        up.arg(plane.directory.path()).arg("api").env("KUBESERVER", kubeserver).stdin(Stdio::null());
        if up.status()?.success() { Ok(plane) } else { Err("the control plane did not start".into()) }
    }

    /// Returns the credentials of its administrator.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.directory.path().join("kubeconfig")
    }

    /// Returns a command that runs kubectl, of the same build as the server.
    pub(crate) fn kubectl(&self) -> Command {
        let mut kubectl = Command::new(&self.kubeserver);
        kubectl.arg("kubectl").env("KUBECONFIG", self.kubeconfig());
        kubectl
    }

    /// Makes sure of a namespace.
    pub(crate) fn create_namespace(&self, name: &str) -> Outcome<()> {
        let status = self.kubectl().args(["create", "namespace", name]).stdout(Stdio::null()).status()?;
        if status.success() { Ok(()) } else { Err(format!("namespace {name} was not made").into()) }
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        // Nobody is left to tell if it does not stop; the temporary directory goes either way.
        drop(Command::new(recipe().join("down")).arg(self.directory.path()).status());
    }
}

fn recipe() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/kubernetes")
}
