//! Somebody at an address who remembers who connects, and answers nobody.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub(crate) struct Listener {
    /// Where it listens, as `HOST:PORT`.
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<SocketAddr>>>,
}

impl Listener {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen = Arc::new(Mutex::default());
        let remembered = Arc::clone(&seen);
        std::thread::spawn(move || {
            while let Ok((_connection, peer)) = listener.accept() {
                Self::of(&remembered).push(peer);
            }
        });
        Self { address, seen }
    }

    /// Returns how often somebody has connected since this was asked last.
    pub(crate) fn connections(&self) -> usize {
        // Connections are accepted in order: once our own was, all before it were.
        let own = TcpStream::connect(&self.address).expect("it listens");
        let own = own.local_addr().expect("an address");
        let until = Instant::now() + Duration::from_secs(10);
        while !Self::of(&self.seen).contains(&own) {
            assert!(Instant::now() < until, "{} accepts nobody any more", self.address);
            std::thread::yield_now();
        }
        std::mem::take(&mut *Self::of(&self.seen)).len() - 1
    }

    fn of(seen: &Mutex<Vec<SocketAddr>>) -> std::sync::MutexGuard<'_, Vec<SocketAddr>> {
        seen.lock().expect("nobody panics with it")
    }
}
