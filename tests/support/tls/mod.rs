//! A server that ends every connection at the end of its TLS handshake, in each of the ways in which servers do.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, ServerConnection};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// Its certificate, which it is trusted by as well; it is good for nothing else.
pub(crate) const CERTIFICATE: &str = include_str!("certificate.pem");
const KEY: &str = include_str!("key.pem");

/// How a server ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It refuses whoever shows no certificate, as the protocol has it: in the middle of a handshake.
    AlertWithin,
    /// The same with TLS 1.3: the handshake is over for the client by then.
    AlertAfter,
    /// The same, once a request is on its way.
    LateAlert,
    /// It says that it closes the connection, and not why.
    Goodbye,
    /// It closes the connection without a word.
    Close,
    /// It closes the connection without a word and without reading the request that has come.
    Reset,
}

/// A server; it listens until the test process ends.
pub(crate) struct Shut {
    /// Where it is, as `HOST:PORT`.
    pub(crate) address: String,
}

impl Shut {
    /// Starts a server.
    pub(crate) fn by(end: End) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let config = config(end);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let config = Arc::clone(&config);
                std::thread::spawn(move || let_in_and_out(client, config, end));
            }
        });
        Self { address }
    }
}

fn config(end: End) -> Arc<ServerConfig> {
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("a key");
    let version = if end == End::AlertWithin { &TLS12 } else { &TLS13 };
    let config = ServerConfig::builder_with_protocol_versions(&[version]);
    let config = match end {
        End::AlertWithin | End::AlertAfter | End::LateAlert => {
            let mut trusted = RootCertStore::empty();
            trusted.add(certificate.clone()).expect("it can be trusted");
            let asking = WebPkiClientVerifier::builder(trusted.into()).build().expect("somebody is trusted");
            config.with_client_cert_verifier(asking)
        }
        End::Goodbye | End::Close | End::Reset => config.with_no_client_auth(),
    };
    Arc::new(config.with_single_cert(vec![certificate], key).expect("they belong together"))
}

fn let_in_and_out(mut client: TcpStream, config: Arc<ServerConfig>, end: End) {
    let mut tls = ServerConnection::new(config).expect("a connection");
    if end == End::LateAlert {
        // The hello and our answer; what else comes is the end of the handshake, and the request behind it.
        let _read = tls.read_tls(&mut client);
        let _understood = tls.process_new_packets();
        let _sent = tls.write_tls(&mut client);
        std::thread::sleep(Duration::from_millis(100));
    }
    let shaken = tls.complete_io(&mut client);
    match end {
        End::AlertWithin | End::AlertAfter | End::LateAlert => {
            assert!(shaken.is_err(), "nobody has a certificate");
            let _alert = tls.write_tls(&mut client);
        }
        End::Goodbye => {
            tls.send_close_notify();
            let _goodbye = tls.write_tls(&mut client);
        }
        End::Close => {}
        End::Reset => {
            // The end of the handshake may have brought the request with it; nothing more comes then.
            let _limited = client.set_read_timeout(Some(Duration::from_millis(200)));
            let _there = client.peek(&mut [0]);
        }
    }
    let _gone = client.flush();
}
