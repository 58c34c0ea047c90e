//! A recording proxy between the binary and an API server: it sees every request, and kills the sender where told.
//!
//! It listens in plain HTTP on loopback and forwards through kube's own client, so nothing of the server is modelled.

use http::{Method, Request};
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

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

#[derive(Clone)]
struct Door {
    client: Client,
    shared: Arc<Mutex<Shared>>,
    state: String,
}

async fn accept(listener: TcpListener, door: Door) {
    let mut serving = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        serving.spawn(serve(stream, door.clone()));
    }
}

/// Serves one connection until its sender is gone.
async fn serve(stream: TcpStream, door: Door) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (method, path, headers, body) = read(&mut stream).await?;
        door.wait_for_strike().await;
        match door.troubled(&path) {
            None => {}
            Some(Trouble::Silence) => std::future::pending().await,
            Some(Trouble::Unavailable) => {
                let body = "{\"kind\":\"Status\",\"code\":503,\"message\":\"etcd is not there\"}";
                stream.get_mut().write_all(head(503, body.len()).as_bytes()).await.ok()?;
                stream.get_mut().write_all(body.as_bytes()).await.ok()?;
                continue;
            }
        }
        let in_state = path.contains(&door.state) || path.starts_with("/api/v1/namespaces?");
        let target = method != Method::GET && !in_state && !path.contains("dryRun");
        let moment = if target { door.due().await } else { None };
        if moment == Some(Moment::BeforeRequest) {
            door.kill();
            return None;
        }
        let mut request = Request::builder().method(method.clone()).uri(&path);
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        let answer = door.client.send(request.body(Body::from(body)).ok()?).await.ok()?;
        let code = answer.status().as_u16();
        let bytes = answer.into_body().collect_bytes().await.ok()?;
        if target && (200..300).contains(&code) {
            let path = path.split('?').next().unwrap_or_default().to_owned();
            door.shared.lock().expect("no panic").carried.push(Carried { method: method.to_string(), path });
        }
        if moment == Some(Moment::BetweenRequestAndAnswer) {
            door.kill();
            return None;
        }
        if moment == Some(Moment::AfterAnswer) {
            door.raise();
        }
        let head = head(code, bytes.len());
        stream.get_mut().write_all(head.as_bytes()).await.ok()?;
        stream.get_mut().write_all(&bytes).await.ok()?;
        if moment == Some(Moment::AfterAnswer) {
            door.kill();
        }
    }
}

fn head(code: u16, length: usize) -> String {
    format!("HTTP/1.1 {code} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n")
}

type Read = (Method, String, Vec<(String, String)>, Vec<u8>);

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Read> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.parse().ok()?, words.next()?.to_owned());
    let (mut headers, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "content-type" | "accept" => headers.push((name.to_owned(), value.to_owned())),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((method, path, headers, body))
}

impl Door {
    fn troubled(&self, path: &str) -> Option<Trouble> {
        let shared = self.shared.lock().expect("no panic");
        shared.trouble.as_ref().filter(|(text, _)| path.contains(text.as_str())).map(|(_, trouble)| *trouble)
    }

    /// Counts a write to a target, and tells whether its sender is to be killed at it.
    async fn due(&self) -> Option<Moment> {
        if self.passes() {
            return None;
        }
        self.shared.lock().expect("no panic").held += 1;
        while matches!(self.shared.lock().expect("no panic").kill, Arming::Waiting) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let mut shared = self.shared.lock().expect("no panic");
        shared.held -= 1;
        shared.writes += 1;
        match shared.kill {
            Arming::Armed(kill) if kill.write == shared.writes => Some(kill.moment),
            Arming::Armed(_) | Arming::Striking(_) | Arming::Waiting | Arming::Spent => None,
        }
    }

    /// Tells whether a write to a target is let through although others wait.
    fn passes(&self) -> bool {
        let mut shared = self.shared.lock().expect("no panic");
        let passes = matches!(shared.kill, Arming::Waiting) && shared.passes > 0;
        shared.passes -= usize::from(passes);
        passes
    }

    /// From now on the process gets no answer to anything new, so that it cannot end before it is killed.
    fn raise(&self) {
        let mut shared = self.shared.lock().expect("no panic");
        if let Arming::Armed(kill) = shared.kill {
            shared.kill = Arming::Striking(kill);
        }
    }

    /// What was sent before the kill is forwarded after it: a late request, as networks have them.
    async fn wait_for_strike(&self) {
        while matches!(self.shared.lock().expect("no panic").kill, Arming::Striking(_)) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    fn kill(&self) {
        let armed = self.shared.lock().expect("no panic").kill;
        if let Arming::Armed(kill) | Arming::Striking(kill) = armed {
            let process = kill.process.to_string();
            let _gone = std::process::Command::new("kill").args(["-KILL", &process]).status();
            self.shared.lock().expect("no panic").kill = Arming::Spent;
        }
    }
}
