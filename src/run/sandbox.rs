//! The simulated platform as a back end: a thin adapter on `evenkeel-world`, kept in a file between runs.
//!
//! Time passes in the simulated world as it does outside, or faster, so that its controllers do their work while we wait.

mod deleting;
mod pace;
mod secrets;

use crate::backend::{Answered, Read, Write};
use crate::clock;
use crate::secret::{Sources, Unsent};
use async_trait::async_trait;
use evenkeel_core::documents::environment::Sandbox as Settings;
use evenkeel_core::engine::apply::{Precondition, Sending};
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::id::ResourceId;
use evenkeel_core::engine::plan::Forms;
use evenkeel_core::engine::question::{Question, Scope, Trouble, Why};
use evenkeel_core::engine::step::{Action, Outcome};
use evenkeel_world::{Faults, Send, World};
use futures::StreamExt;
use futures::stream::BoxStream;
use jiff::Timestamp;
use pace::Pace;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A simulated platform, and what goes wrong in reaching it.
#[derive(Clone)]
pub struct Sandbox {
    /// Where it is kept between runs; a rehearsal's world is not.
    file: Option<PathBuf>,
    inside: Arc<Mutex<Inside>>,
}

struct Inside {
    world: World,
    pace: Pace,
    faults: Faults,
}

impl Sandbox {
    /// Opens the world of an environment, or begins it from its seed.
    pub fn open(directory: &Path, settings: Settings) -> io::Result<Self> {
        let Settings { seed, speed } = settings;
        let file = directory.join("world.json");
        let world = match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => World::new(seed, clock::now()),
            Err(error) => return Err(error),
        };
        Ok(Self::around(Some(file), world, Faults::none(seed), speed.unwrap_or(1).max(1)))
    }

    /// Returns a world that lives as long as the process, with what goes wrong in it.
    #[must_use]
    pub fn in_memory(world: World, faults: Faults) -> Self {
        Self::around(None, world, faults, 1)
    }

    fn around(file: Option<PathBuf>, world: World, faults: Faults, speed: u32) -> Self {
        let pace = Pace::new(&world, file.as_deref().and_then(written), speed);
        Self { file, inside: Arc::new(Mutex::new(Inside { world, pace, faults })) }
    }

    /// Does something in the world, after letting it catch up with the time outside.
    pub fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        self.with_faults(|world, _faults| act(world))
    }

    fn with_faults<T>(&self, act: impl FnOnce(&mut World, &mut Faults) -> T) -> T {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let Inside { world, pace, faults } = &mut *inside;
        pace.keep(world);
        if let Some(file) = &self.file
            && deleting::delete(world, &file.with_file_name("delete"))
        {
            // Where this cannot be written, the next thing that is sent finds out and says so.
            let _unwritten = write(world, file);
        }
        act(world, faults)
    }

    /// Writes the world to its file, whole or not at all.
    pub fn save(&self) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        // The lock is held until the file is there: of two that save at once, the later picture must be the last.
        self.with(|world| write(world, file))
    }

    /// Returns hands for the world that digest secrets under `key` and know what is wanted.
    #[must_use]
    pub fn hands(&self, key: &DigestKey, forms: &Forms, sources: &Sources) -> Hands {
        Hands {
            sandbox: self.clone(),
            key: key.clone(),
            forms: Forms::clone(forms),
            sources: sources.clone(),
        }
    }
}

/// Returns when a file was written.
fn written(file: &Path) -> Option<Timestamp> {
    file.metadata().and_then(|about| about.modified()).ok()?.try_into().ok()
}

fn write(world: &World, file: &Path) -> io::Result<()> {
    let bytes = serde_json::to_vec(world)?;
    if let Some(directory) = file.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let unfinished = file.with_extension("unfinished");
    // A simulated cluster keeps the text of its Secrets, as a real one does.
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(&unfinished)?.write_all(&bytes)?;
    std::fs::rename(unfinished, file)
}

/// A simulated platform as a plan reads it and an apply writes it.
pub struct Hands {
    sandbox: Sandbox,
    key: DigestKey,
    forms: Forms,
    sources: Sources,
}

impl Hands {
    /// Does something as a client that knows what is wanted of the resources that `concerns` picks.
    fn inside<T>(
        &self,
        concerns: impl Fn(&ResourceId) -> bool,
        act: impl FnOnce(&mut evenkeel_world::Sandbox) -> T,
    ) -> T {
        self.sandbox.with_faults(|world, faults| {
            let outside = std::mem::replace(world, World::new(0, Timestamp::UNIX_EPOCH));
            let mut inside = evenkeel_world::Sandbox::new(outside, faults.clone(), self.key.clone());
            for (id, form) in self.forms.iter().filter(|(id, _)| concerns(id)) {
                inside.expect(id.clone(), form.clone(), None);
            }
            let result = act(&mut inside);
            *world = inside.world;
            *faults = inside.faults;
            result
        })
    }
}

fn is_about(question: &Question, id: &ResourceId) -> bool {
    match question {
        Question::Inventory(scope) | Question::Everything(scope) => Scope::of(id) == *scope,
        Question::Object(about) | Question::Project(about, _) => about == id,
        Question::Fact(_) => false,
    }
}

impl Read for Hands {
    fn ask(&self, questions: Vec<Question>) -> BoxStream<'_, Answered> {
        let answer = |question: Question| {
            let answer = self.inside(|id| is_about(&question, id), |inside| inside.answer(&question));
            (question, answer, clock::now())
        };
        futures::stream::iter(questions.into_iter().map(answer).collect::<Vec<_>>()).boxed()
    }
}

#[async_trait]
impl Write for Hands {
    async fn send(&self, sending: &Sending) -> Outcome {
        let revealed = match &sending.action {
            Action::Write { config, .. } | Action::Confirm { config, .. } => {
                match self.sources.fill_in_as_planned(&sending.address, config, &self.key).await {
                    Ok(wire) => serde_json::from_value(wire.expose().clone()).ok(),
                    Err(Unsent::Unread(why)) => return Outcome::Refused(why),
                    Err(Unsent::Rotated) => return Outcome::Stale(None),
                }
            }
            Action::Delete { .. } | Action::Operation(_) => None,
        };
        let precondition = match &sending.precondition {
            Precondition::Absent => None,
            Precondition::Version(uid, version) => Some((uid, version.as_ref())),
        };
        let send = Send {
            address: &sending.address,
            action: &sending.action,
            revealed: revealed.as_ref(),
            precondition,
            takes_over: &sending.takes_over,
        };
        let outcome = self.inside(|id| *id == sending.address, |inside| inside.send(&send));
        // What a killed process had changed must be there when it comes back, as in a real cluster.
        match self.sandbox.save() {
            Ok(()) => outcome,
            Err(error) => Outcome::Unknown(Why {
                trouble: Trouble::Unavailable,
                message: format!("the simulated world cannot be written: {error}"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Variables;
    use evenkeel_core::engine::id::StepId;
    use evenkeel_core::engine::journal::Expected;
    use evenkeel_core::engine::question::Answer;
    use evenkeel_core::engine::sketch::Sketch;
    use evenkeel_core::engine::value::{SecretRef, SecretSource, Value};
    use std::collections::BTreeMap;
    use std::time::Duration;

    fn creation(planned: &[u8], key: &DigestKey) -> Sending {
        let (source, digest) = (SecretSource::FromEnv("PASSWORD".to_owned()), Some(key.digest(planned)));
        let data = Value::Map([("password".to_owned(), Value::from(SecretRef { source, digest }))].into());
        let config = [("apiVersion", Value::from("v1")), ("kind", Value::from("Secret")), ("data", data)];
        let config = Arc::new(Value::Map(config.map(|(key, value)| (key.to_owned(), value)).into()));
        Sending {
            step: StepId::new("a"),
            attempt: 1,
            address: ResourceId::kubernetes("Secret", Some("graph"), "auth"),
            action: Action::Confirm { config, wanted: Sketch::default() },
            precondition: Precondition::Absent,
            expects: Expected::Absent,
            takes_over: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_secret_that_was_rotated_after_the_plan_was_made_is_not_sent() {
        let variables = Variables::of([("PASSWORD".into(), "canary".into())]);
        let sources = Sources::new(Arc::new(variables), ".".into(), BTreeMap::new(), Duration::from_secs(1));
        let key = DigestKey::new([7; 32]);
        let sandbox = Sandbox::in_memory(World::new(1, clock::now()), Faults::none(1));
        let hands = sandbox.hands(&key, &Forms::default(), &sources);
        let outcome = hands.send(&creation(b"before", &key)).await;
        assert!(matches!(outcome, Outcome::Stale(None)), "{outcome:?}");
        let is_there = Question::Object(ResourceId::kubernetes("Secret", Some("graph"), "auth"));
        let answers: Vec<Answered> = hands.ask(vec![is_there]).collect().await;
        assert!(matches!(answers[0].1, Answer::NotFound), "{answers:?}");
        let outcome = hands.send(&creation(b"canary", &key)).await;
        assert!(!matches!(outcome, Outcome::Stale(None)), "{outcome:?}");
    }
}
