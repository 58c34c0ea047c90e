//! A repository of specs that lives as long as its test, and runs of the real binary in it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A directory with environments in it.
pub(crate) struct Repository {
    directory: TempDir,
    kubeconfig: Option<PathBuf>,
}

/// How a run of the binary ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Repository {
    /// Returns an empty repository.
    pub(crate) fn new() -> Self {
        Self { directory: TempDir::new().expect("a temporary directory"), kubeconfig: None }
    }

    /// Returns a repository whose runs find this kubeconfig in KUBECONFIG.
    pub(crate) fn with_kubeconfig(path: &Path) -> Self {
        Self { kubeconfig: Some(path.to_owned()), ..Self::new() }
    }

    /// Returns its root.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file, making its directories.
    pub(crate) fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a file has a directory")).expect("directories");
        std::fs::write(path, text).expect("a file");
        self
    }

    /// Removes a file.
    pub(crate) fn remove(&self, path: &str) -> &Self {
        std::fs::remove_file(self.path().join(path)).expect("a file to remove");
        self
    }

    /// Writes `environments/NAME/environment.yaml` for a cluster whose state is kept in namespace NAME-state.
    pub(crate) fn environment(&self, name: &str, namespace: &str) -> &Self {
        let text = format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {{name: {name}}}\nspec:\n  \
             state: {{kubernetes: {{connection: default, namespace: {name}-state}}}}\n  \
             kubernetes: {{default: {{kubeconfig: {{fromEnv: KUBECONFIG}}, namespace: {namespace}}}}}\n  \
             limits: {{requestTimeout: 5s, lease: 2s}}\n"
        );
        self.write(&format!("environments/{name}/environment.yaml"), &text)
    }

    pub(crate) fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=story", "-c", "user.email=story@example.dev"]).args(arguments);
        assert!(git.current_dir(self.path()).status().expect("git").success(), "{arguments:?}");
    }

    /// Commits everything as it stands to `main`, which is protected, and goes on on a branch of its own.
    pub(crate) fn protect(&self) {
        self.write(".gitignore", ".cache\n.evenkeel\n.state\n*.json\n");
        self.git(&["init", "--quiet", "--initial-branch=main"]);
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--message=in force"]);
        self.git(&["switch", "--quiet", "--create=request"]);
    }

    /// Returns the command, so that a test can start it and kill it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_evenkeel"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        command.env_remove("KUBECONFIG").env("NO_COLOR", "1").env("CI", "true");
        command.env("EVENKEEL_CACHE", self.path().join(".cache"));
        if let Some(kubeconfig) = &self.kubeconfig {
            command.env("KUBECONFIG", kubeconfig);
        }
        command
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().expect("the binary runs"))
    }

    /// Runs the binary and expects this exit code; shows what it said if it is another.
    pub(crate) fn expect(&self, code: i32, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, code, "{arguments:?}\n--- stdout\n{}\n--- stderr\n{}", run.stdout, run.stderr);
        run
    }

    /// Starts the binary; its output is kept for [`Run::wait`].
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the binary starts")
    }
}

impl Run {
    /// Reads how a command ended.
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
        }
    }

    /// Waits for a started run.
    pub(crate) fn wait(child: Child) -> Self {
        Self::of(child.wait_with_output().expect("the binary ends"))
    }

    /// Waits for a command that is to end soon, and says little.
    pub(crate) fn wait_within(mut child: Child, patience: Duration) -> Self {
        let begun = Instant::now();
        while child.try_wait().expect("it can be looked at").is_none() {
            if begun.elapsed() > patience {
                child.kill().expect("it can be killed");
                panic!("it has not ended within {patience:?}: {:?}", Self::wait(child));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Self::wait(child)
    }
}
