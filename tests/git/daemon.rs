//! A `git daemon` on a free loopback port, ended with the test.

use super::http::programs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

pub(super) struct Daemon {
    process: Child,
    url: String,
}

impl Daemon {
    /// Serves one repository.
    pub(super) fn start(repository: &Path) -> Self {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        // The program itself and not `git daemon`, which would outlive the `git` that is ended.
        let process = Command::new(programs().join("git-daemon"))
            .args(["--reuseaddr", "--export-all", "--listen=127.0.0.1"])
            .arg(format!("--port={port}"))
            .arg(format!("--base-path={}", repository.parent().expect("has one").display()))
            .arg(repository)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("git daemon is installed");
        let daemon = Self { process, url: format!("git://127.0.0.1:{port}/specs") };
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return daemon;
            }
            sleep(Duration::from_millis(10));
        }
        panic!("git daemon does not listen on port {port}");
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}
