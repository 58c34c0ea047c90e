//! A repository over `http://`: one thread that hands each request to `git http-backend`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Who is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guests {
    /// Everybody.
    All,
    /// Nobody: each request is asked for a password.
    None,
}

/// Serves the directory that a repository lies in, and returns the repository's URL.
pub(super) fn serve(repository: &Path, guests: Guests) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/specs", listener.local_addr().expect("has one"));
    let root = repository.parent().expect("has one").to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.expect("a connection"), &root, guests);
        }
    });
    url
}

struct Request {
    method: String,
    path: String,
    query: String,
    content_type: String,
    body: Vec<u8>,
}

fn answer(mut stream: TcpStream, root: &Path, guests: Guests) {
    let Some(request) = receive(&stream) else { return };
    let reply = match guests {
        Guests::All => backend(&request, root),
        Guests::None => b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"specs\"\r\n\
            Content-Length: 0\r\nConnection: close\r\n\r\n"
            .to_vec(),
    };
    let _sent = stream.write_all(&reply);
}

fn receive(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let header = |name: &str| {
        let named = |line: &&String| line.to_lowercase().starts_with(&format!("{name}:"));
        lines
            .iter()
            .find(named)
            .and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
    };
    let mut first = lines.first()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let content_type = header("content-type").unwrap_or_default();
    Some(Request { method, path: path.to_owned(), query: query.to_owned(), content_type, body })
}

fn backend(request: &Request, root: &Path) -> Vec<u8> {
    let mut process = Command::new(programs().join("git-http-backend"))
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("PATH_INFO", &request.path)
        .env("QUERY_STRING", &request.query)
        .env("REQUEST_METHOD", &request.method)
        .env("CONTENT_TYPE", &request.content_type)
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git http-backend is installed");
    process.stdin.take().expect("piped").write_all(&request.body).expect("is read");
    let output = process.wait_with_output().expect("ends").stdout;
    let end = output.windows(4).position(|window| window == b"\r\n\r\n").expect("has a head") + 4;
    let (head, body) = output.split_at(end);
    let head = String::from_utf8_lossy(head);
    let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
    let length = body.len();
    let mut reply =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{head}").into_bytes();
    reply.extend_from_slice(body);
    reply
}

/// Returns where Git keeps the programs that users do not call.
pub(super) fn programs() -> PathBuf {
    let output = Command::new("git").arg("--exec-path").output().expect("git is installed");
    String::from_utf8(output.stdout).expect("UTF-8").trim().into()
}
