//! Applies killed at random and run again: the same end is reached, and nothing that was done is done again.
//!
//! A run draws its seed and prints it; `EVENKEEL_KILL_SEED` repeats it.

use super::story::config_map;
use crate::support::chance::Chance;
use crate::support::plane::Plane;
use crate::support::proxy::{Carried, Kill, Moment, Proxy};
use crate::support::repository::{Repository, Run};
use std::collections::BTreeMap;

/// Objects that are there before, or come, in each killed apply: a third is created, changed and deleted.
const OBJECTS: usize = 12;
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
            write: 1 + chance.below(OBJECTS),
            moment: *chance.pick(&moments),
            parallelism: 1 + chance.below(4),
        }
    }
}

/// What happens to one object in the killed apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Created,
    Changed,
    Deleted,
}

/// An environment behind a proxy, and what is to happen to its objects.
struct Scene {
    name: String,
    proxy: Proxy,
    repository: Repository,
    fates: Vec<Fate>,
}

impl Scene {
    /// Applies what is there before, and writes what is wanted then.
    fn set(place: Place, chance: &mut Chance) -> Self {
        let shared = Plane::shared();
        let name = Plane::unused("kill");
        shared.kubectl(&["create", "namespace", &name]);
        let proxy = Proxy::start(&shared.kubeconfig(), &format!("{name}-state"));
        let repository = Repository::with_kubeconfig(proxy.kubeconfig());
        repository.environment(&name, &name);
        let file = format!("environments/{name}/environment.yaml");
        let text = std::fs::read_to_string(repository.path().join(&file)).expect("the environment");
        let limits = format!(
            "requestTimeout: 1s, lease: 1s, maxDeletes: {OBJECTS}, parallelism: {}",
            place.parallelism
        );
        repository.write(&file, &text.replace("requestTimeout: 5s, lease: 2s", &limits));
        let scene = Self { fates: fates(chance), name, proxy, repository };
        scene.proxy.disarm();
        scene.write(|fate| (fate != Fate::Created).then_some("green"));
        scene.repository.expect(0, &["apply", &scene.name, "--auto-approve"]);
        scene.write(|fate| (fate != Fate::Deleted).then_some("blue"));
        scene
    }

    /// Writes each object that has a colour, and takes the others away.
    fn write(&self, colour: impl Fn(Fate) -> Option<&'static str>) {
        for (object, fate) in self.fates.iter().enumerate() {
            let file = format!("environments/{}/c{object}.yaml", self.name);
            match colour(*fate) {
                Some(colour) => {
                    self.repository.write(&file, &config_map(&format!("c{object}"), colour));
                }
                None if self.repository.path().join(&file).exists() => {
                    self.repository.remove(&file);
                }
                None => {}
            }
        }
    }

    fn kill(&self, place: Place) -> Run {
        self.proxy.hold();
        let apply = self.repository.start(&["apply", &self.name, "--auto-approve"]);
        self.proxy.arm(Kill { process: apply.id(), write: place.write, moment: place.moment });
        Run::wait(apply)
    }
}

/// Four of each, shuffled.
fn fates(chance: &mut Chance) -> Vec<Fate> {
    let mut fates = [Fate::Created, Fate::Changed, Fate::Deleted].repeat(OBJECTS / 3);
    for last in (1..fates.len()).rev() {
        fates.swap(last, chance.below(last + 1));
    }
    fates
}

/// One killed apply, and the one that continues it.
fn kill_and_continue(place: Place, chance: &mut Chance) {
    let scene = Scene::set(place, chance);
    let before = scene.proxy.carried().len();
    let killed = scene.kill(place);
    assert_eq!(killed.code, -1, "it was to be killed: {}{}", killed.stdout, killed.stderr);

    scene.repository.expect(0, &["apply", &scene.name, "--auto-approve"]);
    let carried = scene.proxy.carried().split_off(before);
    let mut sent: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Carried { method, path } in
        carried.into_iter().filter(|carried| carried.path.contains("/configmaps/"))
    {
        sent.entry(path).or_default().push(method);
    }
    assert_eq!(sent.len(), OBJECTS, "not all was done: {sent:?}");
    assert!(sent.values().all(|methods| methods.len() == 1), "done twice: {sent:?}");
    let deleted = sent.values().filter(|methods| methods[0] == "DELETE").count();
    assert_eq!(deleted, OBJECTS / 3, "{sent:?}");
    scene.repository.expect(0, &["plan", &scene.name, "--detailed-exitcode"]);
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
                    eprintln!("kill {kill}: {place:?}");
                    kill_and_continue(place, &mut chance);
                }
            });
        }
    });
}
