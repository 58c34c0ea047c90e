//! The stage of the demo: a directory, the commands that are typed in it, and what the audience sees.

use crate::cli::error::Failure;
use crate::cli::ui;
use evenkeel_core::report::Exit;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long a reader needs between scenes.
const READING: Duration = Duration::from_secs(3);

/// A directory with one environment, and this binary to run in it.
pub(super) struct Stage {
    directory: PathBuf,
    binary: PathBuf,
    slow: bool,
}

/// Says something between commands.
pub(super) fn say(text: &str) -> Result<(), Failure> {
    ui::result(&format!("{text}\n\n"))
}

impl Stage {
    /// Makes an empty directory.
    pub(super) fn set(slow: bool) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::of(Exit::Failed, &error);
        let name = crate::random::name().map_err(failed)?;
        let directory = std::env::temp_dir().join(format!("evenkeel-demo-{}", &name[..8]));
        std::fs::create_dir_all(directory.join("environments/demo")).map_err(failed)?;
        Ok(Self { directory, binary: std::env::current_exe().map_err(failed)?, slow })
    }

    /// Returns the repository's root.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns where the simulated world is kept.
    pub(super) fn state(&self) -> PathBuf {
        self.directory.join(".evenkeel/demo")
    }

    /// Begins a scene.
    pub(super) fn scene(&self, title: &str) -> Result<(), Failure> {
        if self.slow {
            std::thread::sleep(READING);
        }
        ui::result(&format!("\n── {title}\n\n"))
    }

    /// Writes a file of the environment.
    pub(super) fn write(&self, file: &str, text: &str) -> Result<(), Failure> {
        let path = self.directory.join("environments/demo").join(file);
        std::fs::write(&path, text).map_err(|error| Failure::of(Exit::Failed, &error))
    }

    /// Runs a command in front of the audience; another end than this is a mistake of ours.
    pub(super) fn run(&self, arguments: &[&str], end: Exit) -> Result<(), Failure> {
        ui::result(&format!("$ evenkeel {}\n", arguments.join(" ")))?;
        let status = self.command(arguments).status().map_err(|error| Failure::of(Exit::Failed, &error))?;
        ui::result("\n")?;
        if status.code() == Some(i32::from(end.code())) {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Bug,
            format!("the demo expected exit code {}, and this was {status}", end.code()),
        ))
    }

    /// Runs an apply and kills it with SIGKILL after so many of its steps.
    pub(super) fn run_and_kill(&self, arguments: &[&str], steps: usize) -> Result<(), Failure> {
        ui::result(&format!("$ evenkeel {}\n", arguments.join(" ")))?;
        let failed = |error: std::io::Error| Failure::of(Exit::Failed, &error);
        let mut child =
            self.command(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().map_err(failed)?;
        let mut done = 0;
        for line in child.stderr.take().into_iter().flat_map(|stderr| BufReader::new(stderr).lines()) {
            let line = line.map_err(failed)?;
            ui::talk(&line);
            done += usize::from(line.starts_with(" ✓"));
            if done == steps {
                break;
            }
        }
        child.kill().and_then(|()| child.wait()).map_err(failed)?;
        ui::result("\n$ kill -9 …        (its machine went down)\n\n")?;
        Ok(())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        // Plain lines: what is shown here is shown in a pipeline, too.
        command.args(arguments).current_dir(&self.directory).env("CI", "true").stdin(Stdio::null());
        command
    }
}
