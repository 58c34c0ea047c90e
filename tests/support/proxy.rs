//! A recording proxy between the binary and an API server: it sees every request, and kills the sender where told.
//!
//! It listens in plain HTTP on loopback and forwards through kube's own client, so nothing of the server is modelled.

mod door;

use door::{Door, accept};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// When a sender is killed, as seen from one of its writes to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Its request never reaches the server.
    BeforeRequest,
    /// The server has done it, and the answer never comes back.
    BetweenRequestAndAnswer,
    /// It has been answered.
    AfterAnswer,
}

/// A write that the server carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Carried {
    pub(crate) method: String,
    pub(crate) path: String,
}

/// Whom to kill, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kill {
    pub(crate) process: u32,
    /// At the how manyth write to a target, from 1.
    pub(crate) write: usize,
    pub(crate) moment: Moment,
}

#[derive(Default)]
struct Shared {
    carried: Vec<Carried>,
    writes: usize,
    /// How many writes to targets are let through although others wait.
    passes: usize,
    /// How many writes to targets wait.
    held: usize,
    /// How many connections are open here.
    connections: usize,
    kill: Arming,
    trouble: Option<(String, Trouble)>,
}

/// What happens to requests whose path has some text in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// They are answered with 503.
    Unavailable,
    /// They are never answered.
    Silence,
}

/// Whether the proxy knows whom to kill; writes to targets wait until it does.
#[derive(Clone, Copy, Default)]
enum Arming {
    #[default]
    Waiting,
    Armed(Kill),
    /// The process is about to be killed: nothing it still sends is forwarded before that.
    Striking(Kill),
    Spent,
}

/// A running proxy.
pub(crate) struct Proxy {
    shared: Arc<Mutex<Shared>>,
    kubeconfig: PathBuf,
    _directory: TempDir,
    _runtime: Runtime,
}

impl Proxy {
    /// Starts a proxy before the server of a kubeconfig. Writes below `state` are the journal's and never killed at.
    pub(crate) fn start(upstream: &Path, state: &str) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let directory = TempDir::new().expect("a temporary directory");
        let kubeconfig = directory.path().join("kubeconfig");
        let (listener, client) = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            (listener, client(upstream).await)
        });
        let port = listener.local_addr().expect("bound").port();
        std::fs::write(&kubeconfig, text(port)).expect("a kubeconfig");
        let shared = Arc::new(Mutex::new(Shared::default()));
        let state = format!("/namespaces/{state}");
        let _accepting = runtime.spawn(accept(listener, Door { client, shared: Arc::clone(&shared), state }));
        Self { shared, kubeconfig, _directory: directory, _runtime: runtime }
    }

    /// Returns the kubeconfig that leads here.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Lets writes to targets wait until it is known whom to kill, and counts them anew.
    pub(crate) fn hold(&self) {
        self.hold_after(0);
    }

    /// The same, once so many of them were let through.
    pub(crate) fn hold_after(&self, passes: usize) {
        let mut shared = self.shared.lock().expect("no panic");
        (shared.kill, shared.writes, shared.passes) = (Arming::Waiting, 0, passes);
    }

    /// Waits until so many writes to targets are held here: whoever sent them cannot have ended.
    pub(crate) fn wait_for_held(&self, writes: usize) {
        for _try in 0..6000 {
            if self.shared.lock().expect("no panic").held >= writes {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("{writes} writes were to be held here");
    }

    /// Waits until nobody is connected: what a process that is gone had sent has been forwarded then.
    pub(crate) fn wait_until_left(&self) {
        for _try in 0..6000 {
            if self.shared.lock().expect("no panic").connections == 0 {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("everybody was to leave");
    }

    /// Kills a process at one of the writes from now on.
    pub(crate) fn arm(&self, kill: Kill) {
        let mut shared = self.shared.lock().expect("no panic");
        shared.kill = Arming::Armed(kill);
    }

    /// Lets nobody be killed.
    pub(crate) fn disarm(&self) {
        self.shared.lock().expect("no panic").kill = Arming::Spent;
    }

    /// Lets requests whose path contains `text` fail from now on.
    pub(crate) fn trouble(&self, text: &str, trouble: Trouble) {
        self.shared.lock().expect("no panic").trouble = Some((text.to_owned(), trouble));
    }

    /// Returns the writes to targets that the server carried out.
    pub(crate) fn carried(&self) -> Vec<Carried> {
        self.shared.lock().expect("no panic").carried.clone()
    }
}

fn text(port: u16) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: proxy\ncontexts: [{{name: proxy, context: {{cluster: proxy, user: \
         nobody}}}}]\nclusters: [{{name: proxy, cluster: {{server: \"http://127.0.0.1:{port}\"}}}}]\nusers: [{{name: \
         nobody, user: {{}}}}]\n"
    )
}

async fn client(upstream: &Path) -> Client {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let kubeconfig = Kubeconfig::read_from(upstream).expect("a kubeconfig");
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .expect("a configuration");
    config.default_retry = false;
    Client::try_from(config).expect("a client")
}
