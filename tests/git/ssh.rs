//! Specs over ssh, from a real OpenSSH server on a free loopback port: its key is known or not, and so is ours.

use super::repository::Repository;
use crate::support::repository::{Repository as Place, Run};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A server that lets one key in; its files go with it.
struct Server {
    process: Child,
    port: u16,
    place: TempDir,
}

fn make_key(path: &Path) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status();
    assert!(made.expect("ssh-keygen is installed").success());
}

impl Server {
    fn start() -> Self {
        let place = TempDir::new().expect("a directory");
        let at = |name: &str| place.path().join(name);
        for key in ["host", "known", "stranger"] {
            make_key(&at(key));
        }
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        let settings = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\n\
             StrictModes no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n",
            at("host").display(),
            at("known.pub").display()
        );
        std::fs::write(at("sshd_config"), settings).expect("settings");
        // Where it runs as root it wants this directory, which is there only once the service was started.
        let _there = std::fs::create_dir("/run/sshd");
        let mut sshd = Command::new("/usr/sbin/sshd");
        sshd.args(["-D", "-f"]).arg(at("sshd_config")).stdin(Stdio::null());
        let process = sshd.spawn().expect("sshd is installed: tests/prerequisites real");
        let server = Self { process, port, place };
        for _try in 0..500 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return server;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("sshd does not listen on port {port}");
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Makes a home in which the server has this key.
    fn home(&self, name: &str, host: &str) -> PathBuf {
        let home = self.file(name);
        std::fs::create_dir_all(home.join(".ssh")).expect("a home");
        let key = std::fs::read_to_string(self.file(host)).expect("a key");
        let known = format!("[127.0.0.1]:{} {key}", self.port);
        std::fs::write(home.join(".ssh/known_hosts"), known).expect("known hosts");
        home
    }

    fn url(&self, repository: &Path) -> String {
        let user = Command::new("id").arg("-un").output().expect("id");
        let user = String::from_utf8(user.stdout).expect("UTF-8");
        format!("ssh://{}@127.0.0.1:{}{}", user.trim(), self.port, repository.display())
    }

    /// Validates the specs of a repository with this home and key.
    fn validate(&self, (home, key): (&Path, &str), repository: &Path) -> Run {
        let here = Place::new();
        let mut command = here.command(&["validate", "--repo", &self.url(repository)]);
        command.env("HOME", home).env_remove("SSH_AUTH_SOCK").env("EVENKEEL_GIT_SSH_KEY", self.file(key));
        Run::of(command.output().expect("the binary runs"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

#[test]
#[ignore = "needs an OpenSSH server: make test-real"]
fn specs_come_over_ssh_with_a_key_from_a_host_that_is_known() {
    let repository = Repository::new();
    let environment = "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec: {sandbox: {seed: 1}}\n";
    repository.write("environments/prod/environment.yaml", environment);
    repository.commit("first");
    let server = Server::start();
    let home = server.home("home", "host.pub");

    let read = server.validate((&home, "known"), repository.path());
    assert_eq!(read.code, 0, "{read:#?}");
    assert!(read.stdout.starts_with("No errors in 1 file"), "{read:#?}");

    let refused = server.validate((&home, "stranger"), repository.path());
    assert_eq!(refused.code, 7, "{refused:#?}");
    assert!(refused.stderr.contains("EVENKEEL_GIT_SSH_KEY"), "{refused:#?}");

    let nowhere = server.file("nowhere");
    let unknown = server.validate((&nowhere, "known"), repository.path());
    assert_eq!(unknown.code, 7, "{unknown:#?}");
    assert!(unknown.stderr.contains("ssh-keyscan"), "{unknown:#?}");

    let other = server.home("other", "stranger.pub");
    let another = server.validate((&other, "known"), repository.path());
    assert_eq!(another.code, 7, "another key than the one that is known\n{another:#?}");
    assert!(another.stderr.contains("ssh-keyscan"), "{another:#?}");
}
