//! A doorkeeper before a worker: it writes down what is asked and answered, and lets the creation of one connector wait, so
//! that a test knows what is on its way when something happens. Nothing of the worker is modelled.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// How long a test waits for something to be held, and a request to be let go.
const PATIENCE: Duration = Duration::from_secs(60);

/// When a creation waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The worker has not been asked.
    BeforeItIsAsked,
    /// The worker has done it and said so, and nobody has heard it.
    OnceItIsDone,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) document: String,
    /// What the worker answered, if it did.
    pub(super) code: Option<u16>,
}

impl Asked {
    fn is_creation(&self) -> bool {
        self.method == "POST" && self.path == "/connectors"
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// So many more creations are let through, and the next one waits.
    After(usize, Moment),
    Held,
    /// It goes its way, or is closed without an answer.
    LetGo,
    Closed,
    Nobody,
}

struct Shared {
    asked: Mutex<Vec<Asked>>,
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

/// Stands before a worker.
pub(super) struct Doorkeeper {
    shared: Arc<Shared>,
    url: String,
}

impl Doorkeeper {
    /// Stands before the worker at this address.
    pub(super) fn before(worker: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let (asked, waiting) = (Mutex::new(Vec::new()), Mutex::new(Waiting::Nobody));
        let shared = Arc::new(Shared { asked, waiting, changed: Condvar::new() });
        let (worker, keeper) = (worker.trim_start_matches("http://").to_owned(), Arc::clone(&shared));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (worker, keeper) = (worker.clone(), Arc::clone(&keeper));
                std::thread::spawn(move || keeper.let_through(client, &worker));
            }
        });
        Self { shared, url }
    }

    /// Returns the address at which it stands.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Lets the creation wait that comes after so many others.
    pub(super) fn hold_after(&self, passes: usize, moment: Moment) {
        *self.shared.lock() = Waiting::After(passes, moment);
    }

    /// Waits until it is held, and returns which connector is on its way.
    pub(super) fn wait_until_held(&self) -> String {
        let _held = self.shared.until(|waiting| waiting == Waiting::Held);
        let asked = self.asked();
        let last = asked.iter().rfind(|asked| asked.is_creation()).expect("it is written down");
        name(&last.document)
    }

    /// Lets what is held go its way.
    pub(super) fn let_go(&self) {
        self.shared.tell(Waiting::LetGo);
    }

    /// Closes the connection of what is held, without an answer.
    pub(super) fn close(&self) {
        self.shared.tell(Waiting::Closed);
    }

    /// Returns everything that was asked so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("no panic").clone()
    }

    /// Returns the connectors that the worker said to have made, each as often as it said so.
    pub(super) fn made(&self) -> Vec<String> {
        let made = |asked: &Asked| asked.is_creation() && asked.code == Some(201);
        let mut names: Vec<String> =
            self.asked().iter().filter(|asked| made(asked)).map(|asked| name(&asked.document)).collect();
        names.sort();
        names
    }
}

fn name(document: &str) -> String {
    let document: serde_json::Value = serde_json::from_str(document).expect("JSON");
    document["name"].as_str().expect("a name").to_owned()
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("no panic")
    }

    fn until(&self, is_so: impl Fn(Waiting) -> bool) -> MutexGuard<'_, Waiting> {
        let (waiting, late) = self
            .changed
            .wait_timeout_while(self.lock(), PATIENCE, |waiting| !is_so(*waiting))
            .expect("no panic");
        assert!(!late.timed_out(), "not within {PATIENCE:?}: {waiting:?}");
        waiting
    }

    fn tell(&self, waiting: Waiting) {
        *self.lock() = waiting;
        self.changed.notify_all();
    }

    /// Tells whether this creation is the one that waits, and when.
    fn is_awaited(&self) -> Option<Moment> {
        let mut waiting = self.lock();
        match *waiting {
            Waiting::After(0, moment) => {
                *waiting = Waiting::Nobody;
                Some(moment)
            }
            Waiting::After(passes, moment) => {
                *waiting = Waiting::After(passes - 1, moment);
                None
            }
            Waiting::Held | Waiting::LetGo | Waiting::Closed | Waiting::Nobody => None,
        }
    }

    /// Waits until the test says what becomes of what is held; tells whether it goes on.
    fn hold(&self) -> bool {
        self.tell(Waiting::Held);
        let mut said = self.until(|waiting| matches!(waiting, Waiting::LetGo | Waiting::Closed));
        std::mem::replace(&mut *said, Waiting::Nobody) == Waiting::LetGo
    }

    fn let_through(&self, mut client: TcpStream, worker: &str) {
        let Some((head, document)) = request(&mut client) else { return };
        let mut words = head.split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let asked = Asked { method, path, document: document.clone(), code: None };
        let moment = if asked.is_creation() { self.is_awaited() } else { None };
        let place = self.write_down(asked);
        if moment == Some(Moment::BeforeItIsAsked) && !self.hold() {
            return;
        }
        let Some(reply) = answer(worker, &head, &document) else { return };
        self.asked.lock().expect("no panic")[place].code = code(&reply);
        if moment == Some(Moment::OnceItIsDone) && !self.hold() {
            return;
        }
        let _gone = client.write_all(&reply);
    }

    fn write_down(&self, asked: Asked) -> usize {
        let mut all = self.asked.lock().expect("no panic");
        all.push(asked);
        all.len() - 1
    }
}

/// Reads the head and the document of one request; each connection is good for one.
fn request(client: &mut TcpStream) -> Option<(String, String)> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("text");
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().expect("a number"))
    });
    let mut document = vec![0; length.unwrap_or(0)];
    client.read_exact(&mut document).ok()?;
    Some((head, String::from_utf8(document).expect("text")))
}

/// Asks the worker, and returns its whole reply, which says that the connection ends with it; nothing if it is gone.
fn answer(worker: &str, head: &str, document: &str) -> Option<Vec<u8>> {
    let mut worker = TcpStream::connect(worker).ok()?;
    let (first, rest) = head.split_once("\r\n").expect("a request has a first line");
    worker.write_all(format!("{first}\r\nConnection: close\r\n{rest}{document}").as_bytes()).ok()?;
    let mut reply = Vec::new();
    worker.read_to_end(&mut reply).ok()?;
    Some(reply).filter(|reply| !reply.is_empty())
}

fn code(reply: &[u8]) -> Option<u16> {
    String::from_utf8_lossy(reply).split(' ').nth(1)?.parse().ok()
}
