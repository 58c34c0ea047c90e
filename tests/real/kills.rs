//! Applies killed at random and run again: the same end is reached, and nothing that was done is done again.
//!
//! A run draws its seed and prints it; `EVENKEEL_KILL_SEED` repeats it.

mod cast;

use crate::support::chance::Chance;
use crate::support::plane::Plane;
use crate::support::proxy::{Carried, Kill, Moment, Proxy};
use crate::support::repository::{Repository, Run};
use cast::{Cast, Fate, PASSWORD, WRITES, volume};
use std::collections::BTreeMap;

const LANES: usize = 4;

/// Where one apply is killed.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// At the how manyth write, from 1 to the last.
    write: usize,
    moment: Moment,
    parallelism: usize,
}

impl Place {
    fn draw(chance: &mut Chance) -> Self {
        let moments = [Moment::BeforeRequest, Moment::BetweenRequestAndAnswer, Moment::AfterAnswer];
        Self {
            write: 1 + chance.below(WRITES),
            moment: *chance.pick(&moments),
            parallelism: 1 + chance.below(4),
        }
    }
}

/// An environment behind a proxy, and what is to happen to its objects.
struct Scene {
    cluster: &'static Plane,
    name: String,
    proxy: Proxy,
    repository: Repository,
    cast: Cast,
}

impl Scene {
    /// Applies what is there before, and writes what is wanted then.
    fn set(place: Place, cast: Cast) -> Self {
        let cluster = Plane::shared();
        let name = Plane::unused("kill");
        cluster.kubectl(&["create", "namespace", &name]);
        cluster.kubectl_with(&["create", "-f", "-"], &volume(&name));
        let proxy = Proxy::start(&cluster.kubeconfig(), &format!("{name}-state"));
        let repository = Repository::with_kubeconfig(proxy.kubeconfig());
        repository.environment(&name, &name);
        let file = format!("environments/{name}/environment.yaml");
        let text = std::fs::read_to_string(repository.path().join(&file)).expect("the environment");
        let limits = format!(
            "requestTimeout: 1s, lease: 1s, maxDeletes: {WRITES}, parallelism: {}",
            place.parallelism
        );
        repository.write(&file, &text.replace("requestTimeout: 5s, lease: 2s", &limits));
        let scene = Self { cluster, name, proxy, repository, cast };
        scene.proxy.disarm();
        scene.write("green", Fate::Created);
        scene.repository.expect(0, &["apply", &scene.name, "--auto-approve"]);
        if scene.cast.is_defined() {
            // A list of what was only just defined is answered with 429 for a moment; kubectl waits for that.
            scene.cluster.kubectl(&[
                "-n",
                &scene.name,
                "get",
                &format!("widgets.{}.example.dev", scene.name),
            ]);
        }
        scene.write("blue", Fate::Deleted);
        scene
    }

    /// Writes each object in a colour, but for those of one fate.
    fn write(&self, colour: &str, out: Fate) {
        self.repository.write(PASSWORD, colour);
        for (role, fate) in self.cast.roles() {
            let file = format!("environments/{}/{}", self.name, role.file);
            if fate != out {
                self.repository.write(&file, &(role.manifest)(&self.name, colour));
            } else if self.repository.path().join(&file).exists() {
                self.repository.remove(&file);
            }
        }
    }

    fn kill(&self, place: Place) -> Run {
        self.proxy.hold();
        let apply = self.repository.start(&["apply", &self.name, "--auto-approve"]);
        self.proxy.arm(Kill { process: apply.id(), write: place.write, moment: place.moment });
        Run::wait(apply)
    }

    /// Returns what was carried out since, by path.
    fn carried_since(&self, before: usize) -> BTreeMap<String, Vec<String>> {
        let mut sent: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for Carried { method, path } in self.proxy.carried().split_off(before) {
            sent.entry(path).or_default().push(method);
        }
        sent
    }

    /// Takes everything away: definitions are served by the whole plane, however many there are.
    fn strike(self) {
        let Self { cluster, name, .. } = self;
        let definition = format!("widgets.{name}.example.dev");
        cluster.kubectl(&["delete", "--wait=false", "customresourcedefinition", &definition]);
        cluster.kubectl(&["delete", "--wait=false", "namespace", &name, &format!("{name}-inner")]);
        cluster.kubectl(&["delete", "--wait=false", "persistentvolume", &name]);
    }
}

/// One killed apply, and the one that continues it.
fn kill_and_continue(place: Place, cast: Cast) {
    let scene = Scene::set(place, cast);
    let before = scene.proxy.carried().len();
    let killed = scene.kill(place);
    assert_eq!(killed.code, -1, "it was to be killed: {}{}", killed.stdout, killed.stderr);

    scene.repository.expect(0, &["apply", &scene.name, "--auto-approve"]);
    let wanted = scene.cast.writes(&scene.name);
    assert_eq!(
        scene.carried_since(before),
        wanted
            .into_iter()
            .map(|(path, sent)| (path, sent.into_iter().map(str::to_owned).collect()))
            .collect(),
        "{place:?} {:?}",
        scene.cast
    );
    scene.repository.expect(0, &["plan", &scene.name, "--detailed-exitcode"]);
    scene.strike();
}

/// How many kills: 20 by default, more where `make test-long` asks for them.
fn kills() -> u64 {
    std::env::var("EVENKEEL_KILLS").map_or(20, |kills| kills.parse().expect("a number"))
}

fn seed() -> u64 {
    let drawn = || {
        let bytes = evenkeel::random::key().expect("random bytes");
        u64::from_le_bytes(*bytes.first_chunk().expect("32 bytes"))
    };
    std::env::var("EVENKEEL_KILL_SEED").map_or_else(|_| drawn(), |seed| seed.parse().expect("a number"))
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn an_apply_killed_anywhere_and_run_again_reaches_the_same_end_and_repeats_nothing() {
    let seed = seed();
    eprintln!("EVENKEEL_KILL_SEED={seed}");
    std::thread::scope(|scope| {
        for lane in 0..LANES as u64 {
            scope.spawn(move || {
                for kill in (lane..kills()).step_by(LANES) {
                    let mut chance = Chance::new(seed.wrapping_add(kill));
                    let place = Place::draw(&mut chance);
                    let cast = Cast::draw(&mut chance);
                    eprintln!("kill {kill}: {place:?} {cast:?}");
                    kill_and_continue(place, cast);
                }
            });
        }
    });
}
