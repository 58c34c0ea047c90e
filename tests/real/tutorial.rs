//! The tutorial is true: its commands are run, in order, on a real control plane, and print what the page shows.

use crate::support::page::{Block, Page};
use crate::support::plane::{Parts, Plane};
use crate::support::printed;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A shell whose directory and variables last from block to block.
struct Shell {
    home: TempDir,
}

impl Shell {
    /// Returns a shell that finds the binary, kubectl of the same build, and the plane.
    fn of(plane: &Plane) -> Self {
        let home = TempDir::new().expect("a temporary directory");
        let path = |name: &str| home.path().join(name);
        std::fs::create_dir_all(path("bin")).expect("a directory");
        let kubeserver =
            std::env::var("KUBESERVER").expect("KUBESERVER: run these tests by `make test-real`");
        let kubectl = format!("#!/bin/sh\nexec '{kubeserver}' kubectl \"$@\"\n");
        std::fs::write(path("bin/kubectl"), kubectl).expect("a script");
        let made = Command::new("chmod").arg("+x").arg(path("bin/kubectl")).status().expect("chmod runs");
        assert!(made.success());
        let begin = format!(
            "cd '{home}'\nexport HOME='{home}' KUBECONFIG='{}' NO_COLOR=1 CI=true\nexport PATH='{home}/bin:{}':\"$PATH\"\n",
            plane.kubeconfig().display(),
            Path::new(env!("CARGO_BIN_EXE_evenkeel")).parent().expect("a directory").display(),
            home = home.path().display(),
        );
        std::fs::write(path("state"), begin).expect("a file");
        Self { home }
    }

    /// Runs the commands of one block; returns what they printed, on both streams, and how the last one ended.
    fn run(&self, commands: &str) -> (String, i32) {
        let state = self.home.path().join("state").display().to_string();
        let keep = format!("{{ echo \"cd '$PWD'\"; export -p; }} > '{state}'");
        let script = format!(". '{state}'\nset -o pipefail\n{commands}\nended=$?\n{keep}\nexit $ended\n");
        let mut bash = Command::new("bash");
        // One pipe for both streams keeps the order in which things were said.
        bash.arg("-c").arg("exec bash -c \"$1\" 2>&1").arg("tutorial").arg(script).stdin(Stdio::null());
        let output = bash.output().expect("bash runs");
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        (printed, output.status.code().unwrap_or(-1))
    }
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn every_command_of_the_tutorial_does_what_the_page_shows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tutorial.md");
    let page = Page::read(&path);
    let plane = Plane::start(Parts::Full);
    let shell = Shell::of(&plane);
    let (mut last, mut wrong) = (String::new(), Vec::new());
    for Block { line, info, text } in &page.blocks {
        match info.split_whitespace().next() {
            Some("sh") => {
                let expected: i32 =
                    info.split_once("exits=").map_or(0, |(_, code)| code.parse().expect("a code"));
                let (printed, code) = shell.run(text);
                if code != expected {
                    wrong.push(format!(
                        "line {line}: ended with {code}, not {expected}\n{text}\n---\n{printed}"
                    ));
                }
                last = printed;
            }
            Some("text") if !printed::is_shown(text, &last) => {
                wrong.push(format!("line {line} shows\n{text}\n--- but this was printed\n{last}"));
            }
            Some("text" | "console") => {}
            other => panic!("line {line}: nobody knows what to do with a block of {other:?}"),
        }
    }
    assert!(page.blocks.len() > 30, "the page was read");
    assert!(wrong.is_empty(), "{}", wrong.join("\n======\n"));
}
