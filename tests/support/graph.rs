//! Neo4j servers for tests: real ones, of the Community edition (tests/servers/neo4j/README.md).
//!
//! Each is taken down when its owner is gone, also if the test process is killed: a waiting shell holds the other end of a
//! pipe.

use serde_json::{Value as Json, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A running server.
pub(crate) struct Graph {
    directory: TempDir,
    reaper: Child,
}

impl Graph {
    /// Starts a server with these settings beside its own.
    pub(crate) fn start(settings: &[String]) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let mut reaper = Command::new("bash");
        reaper.arg("-c").arg("trap '' INT TERM; read -r _; \"$0\" \"$1\" --kill; rm -rf \"$1\"");
        let reaper = reaper.arg(recipe("down")).arg(directory.path()).stdin(Stdio::piped());
        let reaper = reaper.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("bash starts");
        let graph = Self { directory, reaper };
        graph.up(settings);
        graph
    }

    /// Starts it again; data, address and passwords stay, settings are these.
    pub(crate) fn up(&self, settings: &[String]) {
        let built = std::env::var("NEO4J").expect("NEO4J: run these tests by `make test-real`");
        let mut up = Command::new(recipe("up"));
        let up = up.arg(self.directory.path()).env("NEO4J", built).env("NEO4J_SETTINGS", settings.join("\n"));
        let output = up.stdin(Stdio::null()).output().expect("the recipe runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Stops it.
    pub(crate) fn down(&self) {
        let down = Command::new(recipe("down")).arg(self.directory.path()).status();
        assert!(down.expect("the recipe runs").success(), "the server does not go down");
    }

    /// Returns where it answers over HTTP.
    pub(crate) fn url(&self) -> String {
        self.known("NEO4J_URL")
    }

    /// Returns the password that the user `neo4j` had at first.
    pub(crate) fn password(&self) -> String {
        self.known("NEO4J_PASSWORD")
    }

    fn known(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.directory.path().join("env")).expect("the server is up");
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_else(|| panic!("{name} is not known")).to_owned()
    }

    /// Tells whether somebody is let in.
    pub(crate) fn lets_in(&self, user: &str, password: &str) -> bool {
        let (status, _) = self.send("neo4j", (user, password), "RETURN 1");
        status == 202
    }

    /// Runs a statement as `neo4j`, as somebody at a shell does.
    pub(crate) fn run(&self, database: &str, password: &str, statement: &str) -> Json {
        let (status, answer) = self.send(database, ("neo4j", password), statement);
        assert_eq!(status, 202, "{statement}: {answer}");
        answer["data"]["values"].clone()
    }

    fn send(&self, database: &str, (user, password): (&str, &str), statement: &str) -> (u16, Json) {
        let url = self.url();
        let host = url.trim_start_matches("http://");
        let mut server = TcpStream::connect(host).expect("it listens");
        let (body, login) =
            (json!({"statement": statement}).to_string(), base64(&format!("{user}:{password}")));
        let length = body.len();
        let head = format!(
            "POST /db/{database}/query/v2 HTTP/1.0\r\nHost: {host}\r\nAuthorization: Basic {login}\r\nContent-Type: \
             application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        server.write_all(format!("{head}{body}").as_bytes()).expect("it is sent");
        let mut reply = String::new();
        server.read_to_string(&mut reply).expect("it answers");
        let status = reply.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        let (_, body) = reply.split_once("\r\n\r\n").expect("a body");
        (status, serde_json::from_str(body).unwrap_or(Json::Null))
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        drop(self.reaper.stdin.take());
        let _status = self.reaper.wait();
    }
}

fn base64(text: &str) -> String {
    let mut encoder = Command::new("base64");
    let encoder = encoder.arg("--wrap=0").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut encoding = encoder.spawn().expect("base64 runs");
    encoding.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it is read");
    String::from_utf8(encoding.wait_with_output().expect("it ends").stdout).expect("text")
}

fn recipe(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/neo4j").join(name)
}
