//! What stands before brokers and workers: something slow, something that asks for a password, and workers that ask for a
//! certificate.

use super::{Story, connector, topic};
use crate::support::broker::{Broker, Variant};
use crate::support::repository::{Repository, Run};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Stands before a server: each connection is shown to `guard` before it is let through, and each answer comes late.
struct Door {
    address: String,
}

impl Door {
    fn before(server: &str, late: Duration, guard: Guard) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound").to_string();
        let server = server.to_owned();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = server.clone();
                std::thread::spawn(move || let_through(client, &server, late, guard));
            }
        });
        Self { address }
    }
}

/// Forwards both ways until either side is gone.
fn let_through(mut client: TcpStream, server: &str, late: Duration, guard: Guard) {
    let Some(begun) = guard.admit(&mut client) else { return };
    let mut server = TcpStream::connect(server).expect("it listens");
    server.write_all(&begun).expect("it is sent");
    let (mut from, mut to) = (client.try_clone().expect("a handle"), server.try_clone().expect("a handle"));
    std::thread::spawn(move || {
        let _gone = std::io::copy(&mut from, &mut to);
        let _closed = to.shutdown(std::net::Shutdown::Both);
    });
    let mut part = [0; 16_384];
    while let Ok(length @ 1..) = server.read(&mut part) {
        std::thread::sleep(late);
        if client.write_all(&part[..length]).is_err() {
            return;
        }
    }
    let _closed = client.shutdown(std::net::Shutdown::Both);
}

/// Whom a door lets through.
#[derive(Clone, Copy)]
enum Guard {
    Everybody,
    WhoeverKnowsThePassword,
}

impl Guard {
    /// Returns what has been read of whoever may come in.
    fn admit(self, client: &mut TcpStream) -> Option<Vec<u8>> {
        match self {
            Self::Everybody => Some(Vec::new()),
            Self::WhoeverKnowsThePassword => whoever_knows_the_password(client),
        }
    }
}

/// `robot:canary-4715` in base64.
const LOGIN: &str = "cm9ib3Q6Y2FuYXJ5LTQ3MTU=";
const PASSWORD: &str = "canary-4715";
const WRONG: &str = "canary-4716";

/// Reads the head of a request, and refuses whoever does not give the password, in the words of Connect's own extension.
fn whoever_knows_the_password(client: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut begun, mut byte) = (Vec::new(), [0]);
    while !begun.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        begun.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&begun).to_string();
    let knows = head
        .lines()
        .any(|line| line.to_lowercase().starts_with("authorization: basic") && line.ends_with(LOGIN));
    if knows {
        return Some(begun);
    }
    let refused = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"\"\r\nContent-Length: 33\r\nConnection: \
                   close\r\n\r\nUser cannot access the resource.\n";
    let _gone = client.write_all(refused.as_bytes());
    None
}

fn repository() -> Repository {
    let repository = Repository::new();
    repository.write(
        "environments/prod/environment.yaml",
        "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec:\n  state: {directory: \
         .state}\n  limits: {requestTimeout: 5s, lease: 2s}\n",
    );
    repository
}

fn cluster(name: &str, bootstrap: &str) -> String {
    format!(
        "---\napiVersion: evenkeel.dev/v1alpha1\nkind: KafkaCluster\nmetadata: {{name: {name}}}\nspec: {{bootstrap: \
         [\"{bootstrap}\"]}}\n"
    )
}

fn workers(spec: &str) -> String {
    format!(
        "---\napiVersion: evenkeel.dev/v1alpha1\nkind: ConnectCluster\nmetadata: {{name: main}}\nspec: {{{spec}}}\n"
    )
}

fn plan(repository: &Repository) -> Run {
    repository.run(&["plan", "prod", "--detailed-exitcode"])
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn brokers_that_are_too_slow_are_unknown_in_bounded_time_and_the_rest_is_planned() {
    Broker::on_each(Variant::Plaintext, |broker| {
        let bootstrap = broker.bootstrap();
        let documents = |slow: &str| {
            let there = topic("slow", 1, "604800001").replace("spec:\n", "spec:\n  cluster: slow\n");
            let all =
                [cluster("main", &bootstrap), cluster("slow", slow), topic("quick", 1, "604800001"), there];
            all.concat().trim_start_matches("---\n").to_owned()
        };
        let repository = repository();
        let too_slow = Door::before(&bootstrap, Duration::from_secs(60), Guard::Everybody);
        repository.write("environments/prod/kafka.yaml", &documents(&too_slow.address));
        let begun = Instant::now();
        let run = plan(&repository);
        assert_eq!(run.code, 7, "{run:?}");
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
        assert!(
            run.stdout.contains("Plan: 1 to add, 0 to change, 0 to destroy. 1 not compared."),
            "{}",
            run.stdout
        );
        assert!(run.stdout.contains("+ kafka:Topic/main/quick"), "{}", run.stdout);

        let slow = Door::before(&bootstrap, Duration::from_millis(100), Guard::Everybody);
        repository.write("environments/prod/kafka.yaml", &documents(&slow.address));
        let run = plan(&repository);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stdout.contains("Plan: 2 to add"), "{}", run.stdout);
    });
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn workers_behind_a_password_are_spoken_to_with_it_and_a_wrong_one_is_told_and_not_shown() {
    Story::on_each(Variant::Plaintext, |story| {
        let server = story.broker.known("CONNECT_URL").trim_start_matches("http://").to_owned();
        let door = Door::before(&server, Duration::ZERO, Guard::WhoeverKnowsThePassword);
        let login = format!(
            "url: \"http://{}\", basicAuth: {{username: robot, password: {{fromFile: password}}}}",
            door.address
        );
        let file = story.file("lines.txt");
        let copy = connector("copy", "FileStreamSourceConnector", &format!("file: {file}, topic: quick"));
        let repository = repository();
        let all =
            [cluster("main", &story.broker.bootstrap()), workers(&login), topic("quick", 1, "-1"), copy];
        repository.write("environments/prod/all.yaml", all.concat().trim_start_matches("---\n"));

        repository.write("password", WRONG);
        let preflight = repository.expect(7, &["preflight", "prod"]);
        let run = plan(&repository);
        assert_eq!(run.code, 7, "{run:?}");
        assert!(
            run.stdout.contains("Plan: 1 to add, 0 to change, 0 to destroy. 1 not compared."),
            "{}",
            run.stdout
        );
        assert!(run.stdout.contains("401 User cannot access the resource."), "{}", run.stdout);
        for run in [preflight, run] {
            assert!(!run.stdout.contains(WRONG) && !run.stderr.contains(WRONG), "{run:?}");
        }

        repository.write("password", PASSWORD);
        repository.expect(0, &["preflight", "prod"]);
        let apply = repository.expect(0, &["apply", "prod", "--auto-approve"]);
        assert!(!apply.stdout.contains(PASSWORD) && !apply.stderr.contains(PASSWORD), "{apply:?}");
        repository.expect(0, &["plan", "prod", "--detailed-exitcode"]);
    });
}

/// Puts a broker's certificate and its authority into the stores that a worker's REST interface takes.
fn settings(authority: &Path, into: &Path) -> Vec<String> {
    let tls = authority.parent().expect("a folder");
    let file = |name: &str| into.join(name).display().to_string();
    let (keys, trusted) = (file("keys.p12"), file("trusted.p12"));
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(tls).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let pair = ["pkcs12", "-export", "-in", "broker.pem", "-inkey", "broker.key", "-out", &keys, "-passout"];
    run("openssl", &[&pair[..], &["pass:changeit"]].concat());
    let java = run(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/servers/java"), &[]);
    let import =
        ["-importcert", "-noprompt", "-alias", "ca", "-file", "ca.pem", "-storetype", "PKCS12", "-keystore"];
    run(&format!("{java}/keytool"), &[&import[..], &[&trusted, "-storepass", "changeit"]].concat());
    let store = |what: &str, location: &str| {
        [("type", "PKCS12"), ("location", location), ("password", "changeit")]
            .map(|(key, value)| format!("listeners.https.ssl.{what}.{key}={value}"))
    };
    let rest = ["listeners.https.ssl.key.password=changeit", "listeners.https.ssl.client.auth=required"];
    let rest = rest.iter().chain(&["rest.advertised.listener=http"]).map(|setting| (*setting).to_owned());
    store("keystore", &keys).into_iter().chain(store("truststore", &trusted)).chain(rest).collect()
}

#[test]
#[ignore = "needs Kafka: make test-real"]
fn workers_that_ask_for_a_certificate_are_shown_ours_and_whoever_has_none_is_told_so() {
    Broker::on_each(Variant::Ssl, |authority| {
        let ca = authority.known("KAFKA_CA");
        let stores = tempfile::TempDir::new().expect("a temporary directory");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr()).expect("a port").port();
        let url = format!("https://127.0.0.1:{port}");
        let broker = authority.another_with_worker_at(&url, &settings(Path::new(&ca), stores.path()));
        let repository = repository();
        for (file, known) in
            [("ca.pem", "KAFKA_CA"), ("our.pem", "KAFKA_CLIENT_CERT"), ("our.key", "KAFKA_CLIENT_KEY")]
        {
            let text = std::fs::read_to_string(authority.known(known)).expect("a certificate");
            repository.write(file, &text);
        }
        let copy = connector("copy", "FileStreamSinkConnector", "file: /nonexistent/lines, topics: quick");
        let write = |tls: &str| {
            let workers = workers(&format!("url: \"{url}\", tls: {{{tls}}}"));
            let all = [cluster("main", &broker.bootstrap()), workers, copy.clone()];
            repository.write("environments/prod/all.yaml", all.concat().trim_start_matches("---\n"));
        };
        write("ca: {fromFile: ca.pem}, certificate: {fromFile: our.pem}, key: {fromFile: our.key}");
        let run = plan(&repository);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stdout.contains("Plan: 1 to add"), "{}", run.stdout);
        // Nobody in particular, and then workers that nobody has vouched for.
        write("ca: {fromFile: ca.pem}");
        let nobody = plan(&repository);
        assert_eq!(nobody.code, 7, "{nobody:?}");
        let told = nobody.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("received fatal alert: "), "{}", nobody.stdout);
        assert!(told.contains("asks for a client certificate that it trusts"), "{}", nobody.stdout);
        write("ca: {fromFile: our.pem}, certificate: {fromFile: our.pem}, key: {fromFile: our.key}");
        let strangers = plan(&repository);
        assert_eq!(strangers.code, 7, "{strangers:?}");
        assert!(strangers.stdout.to_lowercase().contains("certificate"), "{}", strangers.stdout);
        assert!(!strangers.stdout.contains("PRIVATE KEY"), "{}", strangers.stdout);
    });
}
