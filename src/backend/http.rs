//! One request, one reply, one deadline; no interpretation, and no retry but of what only reads.

use super::heard::TurnedAway;
use http::header::DATE;
use http::{Method, Request};
use kube::Client;
use kube::client::Body;
use std::error::Error;
use std::time::Duration;

/// The content type of a server-side apply.
pub(super) const APPLY: &str = "application/apply-patch+yaml";
/// The content type of a JSON patch.
pub(super) const JSON_PATCH: &str = "application/json-patch+json";
/// The content type of plain JSON.
pub(super) const JSON: &str = "application/json";

/// How long a read waits before it is sent again, each time; as long as clients of Kubernetes do, who are told one second.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Sends requests over one connection.
#[derive(Clone)]
pub(super) struct Http {
    client: Client,
    deadline: Duration,
}

/// A reply, whatever its status.
pub(super) struct Reply {
    pub(super) code: u16,
    pub(super) body: Vec<u8>,
    /// What the server's clock said.
    pub(super) date: Option<String>,
}

/// Why there is no reply. The request may have had its effect all the same.
pub(super) enum NoReply {
    /// Nothing came back within the deadline.
    TimedOut(Duration),
    /// The connection could not be made, or broke.
    Broken(String),
    /// The connection was made, and ended at once because of who we are.
    TurnedAway(TurnedAway),
}

/// What is sent.
#[derive(Clone)]
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) accept: &'a str,
    pub(super) content: Option<(&'static str, Vec<u8>)>,
}

impl<'a> Call<'a> {
    /// Returns a plain GET.
    pub(super) fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, accept: JSON, content: None }
    }
}

impl Http {
    pub(super) fn new(client: Client, deadline: Duration) -> Self {
        Self { client, deadline }
    }

    /// Returns the parameter that lets the server give a request up when we do.
    pub(super) fn timeout(&self) -> String {
        format!("timeout={}s", self.deadline.as_secs().max(1))
    }

    /// Sends one request and reads its whole reply.
    pub(super) async fn exchange(&self, call: Call<'_>) -> Result<Reply, NoReply> {
        let request = build(call).map_err(|error| NoReply::Broken(error.to_string()))?;
        match tokio::time::timeout(self.deadline, self.reply(request)).await {
            Ok(reply) => reply.map_err(|error| silence(&error)),
            Err(_elapsed) => Err(NoReply::TimedOut(self.deadline)),
        }
    }

    /// Sends what only reads, and again where the server says that it has no time for it: it has too much to do, or a kind was
    /// only just defined.
    pub(super) async fn read(&self, call: Call<'_>) -> Result<Reply, NoReply> {
        for pause in PAUSES {
            let reply = self.exchange(call.clone()).await?;
            if reply.code != 429 {
                return Ok(reply);
            }
            tokio::time::sleep(pause).await;
        }
        self.exchange(call).await
    }

    async fn reply(&self, request: Request<Body>) -> Result<Reply, kube::Error> {
        let response = self.client.send(request).await?;
        let code = response.status().as_u16();
        let date = response.headers().get(DATE).and_then(|date| date.to_str().ok()).map(str::to_owned);
        let body = response.into_body().collect_bytes().await?;
        Ok(Reply { code, body: body.into(), date })
    }
}

fn build(call: Call<'_>) -> Result<Request<Body>, http::Error> {
    let request = Request::builder().method(call.method).uri(call.path).header("accept", call.accept);
    match call.content {
        Some((content_type, bytes)) => request.header("content-type", content_type).body(Body::from(bytes)),
        None => request.body(Body::empty()),
    }
}

/// Returns an error's innermost cause, which names what happened; the layers above it only say where.
fn silence(error: &(dyn Error + 'static)) -> NoReply {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    match innermost.downcast_ref::<TurnedAway>() {
        Some(turned_away) => NoReply::TurnedAway(turned_away.clone()),
        None => NoReply::Broken(innermost.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Answers one connection after the other, with these statuses.
    async fn serve(listener: TcpListener, statuses: &[&str]) {
        for status in statuses {
            let (mut stream, _) = listener.accept().await.expect("somebody asks");
            let _asked = stream.read(&mut [0; 4096]).await.expect("a request");
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.expect("it is taken");
        }
    }

    #[tokio::test]
    async fn a_server_that_has_no_time_for_a_read_is_asked_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut config = kube::Config::new(format!("http://{address}").parse().expect("an address"));
        config.default_retry = false;
        let http = Http::new(Client::try_from(config).expect("a client"), Duration::from_secs(10));
        let read = http.read(Call::get("/version"));
        let (reply, ()) = tokio::join!(read, serve(listener, &["429 Too Many Requests", "200 OK"]));
        assert_eq!(reply.ok().map(|reply| reply.code), Some(200));
    }
}
