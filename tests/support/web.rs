//! A small HTTP server of a test's own: it answers each request as the test says.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// A server; it listens until the test process ends.
pub(crate) struct Web {
    /// Where it is, as `HOST:PORT`.
    pub(crate) address: String,
}

/// A request.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    /// By names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Web {
    /// Starts a server that answers by a status and a JSON document.
    pub(crate) fn answering(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self::that_may_hang_up(move |asked| Some(answer(asked)))
    }

    /// Starts a server that closes the connection where it has no answer.
    pub(crate) fn that_may_hang_up(
        answer: impl Fn(&Asked) -> Option<(u16, String)> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let answer = Arc::clone(&answer);
                std::thread::spawn(move || serve(client, &*answer));
            }
        });
        Self { address }
    }
}

fn serve(client: TcpStream, answer: &(impl Fn(&Asked) -> Option<(u16, String)> + ?Sized)) -> Option<()> {
    let mut client = BufReader::new(client);
    let asked = read(&mut client)?;
    let (code, body) = answer(&asked)?;
    let head = format!(
        "HTTP/1.1 {code} It\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    client.get_mut().write_all((head + &body).as_bytes()).ok()
}

fn read(client: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = || {
        let mut line = String::new();
        client.read_line(&mut line).ok().filter(|read| *read > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    while let Some((name, value)) = line()?.split_once(": ") {
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    client.read_exact(&mut body).ok()?;
    Some(Asked { method, path, headers, body: String::from_utf8(body).ok()? })
}
