//! The protected base: a pull request is planned with the connections, limits, policies and approvals that are in
//! force, and told what it would change of them.

use super::story::{Story, config_map};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts who connects, and answers nobody.
struct Listener {
    address: String,
    seen: Arc<AtomicUsize>,
}

impl Listener {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let seen = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&seen);
        std::thread::spawn(move || {
            for _connection in listener.incoming() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, seen }
    }

    fn connections(&self) -> usize {
        // What was sent to the socket before this connection is accepted before it.
        std::net::TcpStream::connect(&self.address).expect("it listens");
        let before = std::time::Instant::now();
        while self.seen.load(Ordering::SeqCst) == 0 && before.elapsed().as_secs() < 10 {
            std::thread::yield_now();
        }
        self.seen.swap(0, Ordering::SeqCst) - 1
    }
}

pub(super) fn git(story: &Story, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=story", "-c", "user.email=story@example.dev"]).args(arguments);
    assert!(git.current_dir(story.repository.path()).status().expect("git").success(), "{arguments:?}");
}

/// Commits everything as it stands to `main`, which is protected, and goes on on a branch of its own.
pub(super) fn protect(story: &Story) {
    story.repository.write(".gitignore", ".cache\n.evenkeel\nplan.json\n");
    git(story, &["init", "--quiet", "--initial-branch=main"]);
    git(story, &["add", "."]);
    git(story, &["commit", "--quiet", "--message=in force"]);
    git(story, &["switch", "--quiet", "--create=request"]);
}

pub(super) fn environment_file(story: &Story) -> String {
    format!("environments/{}/environment.yaml", story.environment)
}

pub(super) fn edit(story: &Story, file: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(story.repository.path().join(file)).expect("a file");
    assert!(text.contains(from), "{file} has no {from}:\n{text}");
    story.repository.write(file, &text.replace(from, to));
}

/// A kubeconfig outside of the repository whose context `elsewhere` leads to a listener, by a user whose plugin leaves
/// a trace when it runs.
fn elsewhere(story: &Story, listener: &Listener) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let outside = tempfile::TempDir::new().expect("a temporary directory");
    let (path, trace) = (outside.path().join("kubeconfig"), outside.path().join("ran"));
    let text = format!(
        "apiVersion: v1\nkind: Config\nclusters: [{{name: other, cluster: {{server: \"http://{}\"}}}}]\n\
         users: [{{name: other, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, \
         command: touch, args: [{}]}}}}}}]\n\
         contexts: [{{name: elsewhere, context: {{cluster: other, user: other}}}}]\ncurrent-context: elsewhere\n",
        listener.address,
        trace.display()
    );
    std::fs::write(&path, text).expect("a kubeconfig");
    assert!(story.plane.kubeconfig().exists());
    (outside, path, trace)
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_pull_request_that_points_a_connection_elsewhere_contacts_nobody_there() {
    let story = Story::begin("pointed");
    story.write("colours.yaml", &config_map("colours", "green"));
    story.apply();
    protect(&story);
    let listener = Listener::start();
    let (_outside, kubeconfig, trace) = elsewhere(&story, &listener);
    let to = format!("{{fromFile: {}}}", kubeconfig.display());
    edit(&story, &environment_file(&story), "{fromEnv: KUBECONFIG}", &to);
    story.write("colours.yaml", &config_map("colours", "blue"));
    let address = format!("kubernetes:ConfigMap/{}/colours", story.namespace);
    let environment = story.environment.as_str();
    let base = ["--base", "main"];

    let plan = story.expect(2, &["plan", "--detailed-exitcode", "--out", "plan.json", "--base", "main"]);
    assert!(plan.stdout.contains("\"green\" -> \"blue\""), "{}", plan.stdout);
    for told in ["Not in force until merged", "spec.kubernetes.default.kubeconfig", "environment.yaml:6"] {
        assert!(plan.stdout.contains(told), "{told}\n{}", plan.stdout);
    }
    for (code, verb) in [
        (0, vec!["drift", environment]),
        (0, vec!["explain", &address, environment]),
        (0, vec!["rehearse", environment]),
        (0, vec!["rehearse", "plan.json"]),
        (0, vec!["lock", "show", environment]),
        (0, vec!["apply", "plan.json"]),
        (0, vec!["apply", environment, "--auto-approve"]),
    ] {
        story.repository.expect(code, &[verb.as_slice(), &base].concat());
    }
    assert_eq!(story.live("configmap/colours", "{.data.colour}"), "blue");
    assert_eq!(listener.connections(), 0, "not a connection to the new address");
    assert!(!trace.exists(), "no plugin of the new kubeconfig has run");

    story.expect(7, &["plan"]);
    assert!(trace.exists(), "without a base the trap does snap");
}
