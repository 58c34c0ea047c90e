//! What happens to a connection at the recording proxy: every request is read, judged, forwarded, noted and answered.

use super::{Arming, Carried, Moment, Shared, Trouble};
use http::{Method, Request};
use kube::Client;
use kube::client::Body;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What every connection is served with.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) client: Client,
    pub(super) shared: Arc<Mutex<Shared>>,
    pub(super) state: String,
}

/// Serves whoever connects, until the proxy is dropped.
pub(super) async fn accept(listener: TcpListener, door: Door) {
    let mut serving = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        door.shared.lock().expect("no panic").connections += 1;
        let door = door.clone();
        serving.spawn(async move {
            let _left = serve(stream, &door).await;
            door.shared.lock().expect("no panic").connections -= 1;
        });
    }
}

/// Serves one connection until its sender is gone.
async fn serve(stream: TcpStream, door: &Door) -> Option<()> {
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
