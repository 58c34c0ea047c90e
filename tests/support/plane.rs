//! Control planes for tests: one shared by all, or one of a test's own that it may stop and start.
//!
//! The programs are real (tests/servers/kubernetes/README.md). Each plane is taken down when its owner is gone, also
//! if the test process is killed: a waiting shell holds the other end of a pipe.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Which programs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parts {
    /// etcd and kube-apiserver: enough to plan and apply, but no controller converges anything.
    Api,
    /// The controllers, the scheduler and kwok's nodes as well.
    Full,
}

/// A running control plane.
pub(crate) struct Plane {
    directory: TempDir,
    parts: Parts,
    reaper: Child,
}

static NAMESPACES: AtomicU32 = AtomicU32::new(0);

impl Plane {
    /// Returns the plane that most tests share; each works in namespaces of its own.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Plane> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(Parts::Full))
    }

    /// Starts a plane of the test's own.
    pub(crate) fn start(parts: Parts) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let down = recipe("down");
        let mut reaper = Command::new("bash");
        reaper.arg("-c").arg("trap '' INT TERM; read -r _; \"$0\" \"$1\"; rm -rf \"$1\"");
        let reaper =
            reaper.arg(down).arg(directory.path()).stdin(Stdio::piped()).spawn().expect("bash starts");
        let plane = Self { directory, parts, reaper };
        plane.up();
        plane
    }

    /// Starts its programs, again if they were stopped; data, address and token stay.
    pub(crate) fn up(&self) {
        let mut up = Command::new(recipe("up"));
        up.arg(self.directory.path());
        if self.parts == Parts::Api {
            up.arg("api");
        }
        let up = up.env("KUBESERVER", kubeserver()).stdout(Stdio::null()).status().expect("the recipe runs");
        assert!(up.success(), "the control plane does not come up");
    }

    /// Kills its programs.
    pub(crate) fn down(&self) {
        let down = Command::new(recipe("down")).arg(self.directory.path()).status().expect("the recipe runs");
        assert!(down.success(), "the control plane does not go down");
    }

    /// Returns the administrator's kubeconfig.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.directory.path().join("kubeconfig")
    }

    /// Returns a name that no other test uses.
    pub(crate) fn unused(prefix: &str) -> String {
        format!("{prefix}-{}", NAMESPACES.fetch_add(1, Ordering::Relaxed))
    }

    /// Runs kubectl from the same build and returns what it printed.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        let output = self.kubectl_command(arguments).output().expect("kubectl runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kubectl {arguments:?}: {stderr}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs kubectl with a manifest on its standard input.
    pub(crate) fn kubectl_with(&self, arguments: &[&str], manifest: &str) -> String {
        let output = self.kubectl_fed(arguments, manifest);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kubectl {arguments:?}: {stderr}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs kubectl with a manifest on its standard input, which the server is to refuse; returns its words.
    pub(crate) fn kubectl_refused(&self, arguments: &[&str], manifest: &str) -> String {
        let output = self.kubectl_fed(arguments, manifest);
        assert!(!output.status.success(), "kubectl {arguments:?} is not refused");
        String::from_utf8(output.stderr).expect("UTF-8")
    }

    fn kubectl_fed(&self, arguments: &[&str], manifest: &str) -> Output {
        use std::io::Write;
        let mut command = self.kubectl_command(arguments);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("kubectl runs");
        child.stdin.take().expect("piped").write_all(manifest.as_bytes()).expect("kubectl reads");
        child.wait_with_output().expect("kubectl ends")
    }

    /// Edits an object as a person would, with `sed` for an editor.
    pub(crate) fn kubectl_edit(&self, namespace: &str, object: &str, script: &str) {
        let mut edit = self.kubectl_command(&["-n", namespace, "edit", object]);
        let output = edit.env("KUBE_EDITOR", format!("sed -i {script}")).output().expect("kubectl runs");
        assert!(output.status.success(), "kubectl edit: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn kubectl_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(kubeserver());
        command.arg("kubectl").arg("--kubeconfig").arg(self.kubeconfig()).args(arguments);
        command
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        drop(self.reaper.stdin.take());
        let _status = self.reaper.wait();
    }
}

fn recipe(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/kubernetes").join(name)
}

fn kubeserver() -> PathBuf {
    std::env::var_os("KUBESERVER")
        .map(PathBuf::from)
        .expect("KUBESERVER: run these tests by `make test-real`")
}
