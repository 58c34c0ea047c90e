//! Kafka brokers for tests: real ones, of each version that `KAFKA` names (tests/servers/kafka/README.md).
//!
//! Each broker is taken down when its owner is gone, also if the test process is killed: a waiting shell holds the other end
//! of a pipe. The tests of crates/kafka-admin use this file as well.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Variant {
    Plaintext,
    /// SASL; entries say who may do what, and `admin` may do everything.
    Scram,
    Ssl,
}

impl Variant {
    fn argument(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Scram => "scram",
            Self::Ssl => "ssl",
        }
    }
}

/// What is started beside a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beside {
    Nothing,
    /// A Kafka Connect worker.
    Worker,
}

/// A running broker.
pub(crate) struct Broker {
    directory: TempDir,
    kafka: PathBuf,
    variant: Variant,
    beside: Beside,
    reaper: Child,
}

impl Broker {
    /// Runs a test on each version, on a broker that tests of this variant share: names are `unused`.
    pub(crate) fn on_each(variant: Variant, test: impl Fn(&Self)) {
        for kafka in versions() {
            test(&Self::shared(&kafka, variant));
        }
    }

    /// Runs a test on each version, on a broker of the test's own, with more settings.
    pub(crate) fn own_on_each(variant: Variant, settings: &[&str], test: impl Fn(&Self)) {
        for kafka in versions() {
            test(&Self::start(&kafka, (variant, Beside::Nothing), settings));
        }
    }

    /// Runs a test on each version, on a broker of the test's own with a worker beside it.
    pub(crate) fn with_worker_on_each(variant: Variant, test: impl Fn(&Self)) {
        for kafka in versions() {
            test(&Self::start(&kafka, (variant, Beside::Worker), &[]));
        }
    }

    /// Starts another one of the same version.
    pub(crate) fn another(&self, variant: Variant, settings: &[&str]) -> Self {
        Self::start(&self.kafka, (variant, Beside::Nothing), settings)
    }

    /// Starts another one of the same version with a worker that listens at one more address, and has more settings.
    pub(crate) fn another_with_worker_at(&self, listener: &str, settings: &[String]) -> Self {
        let broker = Self::begin(&self.kafka, (Variant::Plaintext, Beside::Worker));
        broker.up_with(&[("KAFKA_LISTENER", listener), ("KAFKA_WORKER", &settings.join("\n"))]);
        broker
    }

    /// Starts another group of workers that keeps everything on this broker. A broker is beside it that nobody speaks to.
    pub(crate) fn another_group(&self) -> Self {
        let bootstrap = self.bootstrap();
        let mut settings = vec!["group.id=another".to_owned()];
        settings.extend(
            ["", "producer.", "consumer.", "admin."].map(|of| format!("{of}bootstrap.servers={bootstrap}")),
        );
        settings.extend(["config", "offset", "status"].map(|of| format!("{of}.storage.topic=another-{of}")));
        let group = Self::begin(&self.kafka, (self.variant, Beside::Worker));
        group.up_with(&[("KAFKA_WORKER", &settings.join("\n"))]);
        group
    }

    fn shared(kafka: &Path, variant: Variant) -> Arc<Self> {
        type Brokers = BTreeMap<(PathBuf, Variant), Arc<Broker>>;
        static SHARED: Mutex<Brokers> = Mutex::new(BTreeMap::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let broker = shared.entry((kafka.to_owned(), variant));
        Arc::clone(broker.or_insert_with(|| Arc::new(Self::start(kafka, (variant, Beside::Nothing), &[]))))
    }

    fn start(kafka: &Path, of: (Variant, Beside), settings: &[&str]) -> Self {
        let broker = Self::begin(kafka, of);
        broker.up(settings);
        broker
    }

    fn begin(kafka: &Path, (variant, beside): (Variant, Beside)) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let mut reaper = Command::new("bash");
        reaper.arg("-c").arg("trap '' INT TERM; read -r _; \"$0\" \"$1\" --kill; rm -rf \"$1\"");
        let reaper = reaper.arg(recipe("down")).arg(directory.path()).stdin(Stdio::piped());
        let reaper = reaper.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("bash starts");
        Self { directory, kafka: kafka.to_owned(), variant, beside, reaper }
    }

    /// Starts it, again if it was stopped; data, address and passwords stay.
    pub(crate) fn up(&self, settings: &[&str]) {
        self.up_with(&[("KAFKA_BROKER", &settings.join("\n"))]);
    }

    fn up_with(&self, knobs: &[(&str, &str)]) {
        let mut up = Command::new(recipe("up"));
        up.arg(self.directory.path()).arg(self.variant.argument());
        if self.beside == Beside::Worker {
            up.arg("--connect");
        }
        let up = up.env("KAFKA", &self.kafka).envs(knobs.iter().copied());
        let output = up.stdin(Stdio::null()).output().expect("the recipe runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Starts its worker again, which was killed and whose broker was not.
    pub(crate) fn up_worker(&self) {
        let up = Command::new(recipe("up"))
            .arg(self.directory.path())
            .arg("--worker")
            .stdin(Stdio::null())
            .output();
        let output = up.expect("the recipe runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Kills its worker alone.
    pub(crate) fn kill_worker(&self) {
        let sent = Command::new("kill").arg("-KILL").arg(self.known("CONNECT_PID")).status();
        assert!(sent.expect("kill runs").success(), "the worker is gone");
    }

    /// Stops it as a crash would.
    pub(crate) fn kill(&self) {
        let down = Command::new(recipe("down")).arg(self.directory.path()).arg("--kill").status();
        assert!(down.expect("the recipe runs").success(), "the broker does not go down");
    }

    /// Lets it stand still: connections stay, and nothing is answered.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(signal).arg(self.known("KAFKA_PID")).status();
        assert!(sent.expect("kill runs").success(), "the broker is gone");
    }

    /// Returns where it is.
    pub(crate) fn bootstrap(&self) -> String {
        self.known("KAFKA_BOOTSTRAP")
    }

    /// Returns what is known of it, such as `KAFKA_PASSWORD`.
    pub(crate) fn known(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.directory.path().join("env")).expect("the broker is up");
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_else(|| panic!("{name} is not known")).to_owned()
    }

    /// Returns what a program of it, `broker` or `connect`, logged since it was started last.
    pub(crate) fn log(&self, of: &str) -> String {
        std::fs::read_to_string(self.directory.path().join("log").join(of)).expect("it logs")
    }

    /// Runs Kafka's own tool for rights, which has another name since 4.0.
    pub(crate) fn rights(&self, arguments: &[&str]) -> String {
        let of_old = self.kafka.join("jars/kafka-tools-3.9.2.jar").exists();
        let class = if of_old { "kafka.admin.AclCommand" } else { "org.apache.kafka.tools.AclCommand" };
        self.tool(class, arguments)
    }

    /// Runs one of Kafka's own tools, and returns what it printed.
    pub(crate) fn tool(&self, class: &str, arguments: &[&str]) -> String {
        let mut tool = Command::new(recipe("tool"));
        let output = tool.arg(self.directory.path()).arg(class).args(arguments).output().expect("java runs");
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{class} {arguments:?}: {stdout}{stderr}");
        stdout.into_owned()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        drop(self.reaper.stdin.take());
        let _status = self.reaper.wait();
    }
}

/// Tries until it is so. Brokers answer from metadata that follows the controller's, a moment later.
pub(crate) fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(Instant::now() < end, "{what}: not within 20 s");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn versions() -> Vec<PathBuf> {
    let named = std::env::var("KAFKA").expect("KAFKA: run these tests by `make test-real`");
    named.split(':').map(PathBuf::from).collect()
}

fn recipe(name: &str) -> PathBuf {
    let recipes =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("tests/servers/kafka"));
    recipes.into_iter().find(|folder| folder.exists()).expect("the recipe is in the repository").join(name)
}
