//! The command line: parses it, runs one verb, writes its result, and ends with its exit code.

mod apply;
mod args;
mod demo;
mod destroy;
mod drift;
mod error;
mod explain;
mod forget;
mod graph;
mod import;
mod init;
mod interrupts;
mod ledger;
mod lock;
mod plan;
mod preflight;
mod progress;
mod rehearse;
mod schema;
mod snapshot;
mod suspend;
mod typed;
mod ui;
mod validate;

use crate::run::ahead::Ahead;
use crate::run::session::{Session, SessionError, StateRead};
use crate::run::specs::{Files, Found, Opened, SpecsError};
use crate::run::surroundings::Surroundings;
use crate::secret::Variables;
use crate::source::{Source, SourceError};
use args::{Arguments, Global, Verb};
use clap::Parser;
use clap::error::ErrorKind;
use error::Failure;
use evenkeel_core::documents::UnknownEnvironment;
use evenkeel_core::report::{Exit, plain};
use std::panic::resume_unwind;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use ui::{Colour, Terminal};

/// Runs the process to its end.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return misused(&error),
    };
    // A second installation is refused, which is as good as the first.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let panicked = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&panicked);
    std::panic::set_hook(Box::new(move |panic| {
        noted.store(true, Ordering::Relaxed);
        ui::bug(panic);
    }));
    let ended = std::panic::catch_unwind(|| run(arguments));
    let exit = match ended {
        Err(_told) => Exit::Bug,
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => {
            ui::failure(&failure);
            failure.exit
        }
    };
    // A task of its own may have panicked, and the verb have ended as well as it could.
    let exit = if panicked.load(Ordering::Relaxed) { Exit::Bug } else { exit };
    ExitCode::from(exit.code())
}

/// Help and version are results; anything else is a mistake in what was typed.
fn misused(error: &clap::Error) -> ExitCode {
    let written = ui::written(error.print());
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let exit = match written {
        Err(failure) if asked => {
            ui::failure(&failure);
            failure.exit
        }
        Ok(()) | Err(_) => {
            if asked {
                Exit::Done
            } else {
                Exit::Usage
            }
        }
    };
    ExitCode::from(exit.code())
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let variables = Variables::of(std::env::vars_os());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::of(Exit::Failed, &error))?;
    ui::complete_commands_with(arguments.global.options(), arguments.global.format);
    let context = Context::new(arguments.global, variables);
    if context.global.verbose {
        log_requests(context.terminal.talk);
    }
    let ended = runtime.block_on(dispatch(arguments.verb, &context));
    // A file that a dead server keeps is read in a thread that nothing can end: nobody waits for it.
    runtime.shutdown_background();
    ended
}

/// Writes what is traced to stderr, so that results on stdout stay as they are.
fn log_requests(colour: Colour) {
    let filter = tracing_subscriber::EnvFilter::new("evenkeel=debug");
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.with_target(false).with_ansi(colour == Colour::Taken).init();
}

/// What every verb works with.
pub(crate) struct Context {
    global: Global,
    surroundings: Surroundings,
    terminal: Terminal,
}

impl Context {
    fn new(global: Global, variables: Variables) -> Self {
        let given = |name| variables.text(name).is_some_and(|text| !text.is_empty());
        let terminal = Terminal::look(given("NO_COLOR"), given("CI"));
        Self { global, terminal, surroundings: Surroundings::of(variables) }
    }

    /// Returns a command with the options that every verb has.
    fn command(&self, command: &str) -> String {
        self.global.command(command)
    }

    /// Completes the command that a failure ends its hint with.
    fn completed(&self, failure: Failure) -> Failure {
        Failure { hint: failure.hint.map(|hint| self.command(&hint)), ..failure }
    }

    fn source(&self) -> Source {
        Source::named(&self.global.repo, self.global.revision.as_deref())
    }

    async fn files(&self) -> Result<Files, Failure> {
        let base = self.global.base.as_deref();
        let base = base.map(|base| Source::named(&self.global.repo, Some(base)));
        Ok(Files::read(&self.source(), base.as_ref(), &self.surroundings).await?)
    }

    async fn read(&self) -> Result<Opened, Failure> {
        Ok(self.files().await?.parse())
    }

    /// Opens an environment by its own settings alone, so that break-glass verbs work when its specs do not.
    async fn open_settings(&self, environment: &str) -> Result<Session, Failure> {
        let opened = self.read().await?;
        Ok(Session::open_settings(&opened, environment, &self.source().root(), &self.surroundings).await?)
    }

    async fn open(&self, environment: &str) -> Result<Session, Failure> {
        let opened = self.read().await?;
        let found = opened.found(environment).map_err(|error| specs_failure(error, &opened, self))?;
        Ok(Session::open(found, &self.source().root(), &self.surroundings).await?)
    }

    /// Opens an environment as far as it goes, to tell what is in the way.
    async fn open_to_look(&self, environment: &str) -> Result<Session, Failure> {
        let opened = self.read().await?;
        let found = opened.found(environment).map_err(|error| specs_failure(error, &opened, self))?;
        Ok(Session::open_to_look(found, &self.source().root(), &self.surroundings).await?)
    }

    /// Opens an environment, and reads its state while the specs are still being parsed.
    async fn open_and_read(&self, environment: &str) -> Result<(Session, StateRead), Failure> {
        let (files, root) = (self.files().await?, self.source().root());
        let ahead = Ahead::open(&files, environment, &root, &self.surroundings).await;
        let specs = self.find(files, environment);
        let state = async { Ok(ahead.read_state().await) };
        let (found, state) = tokio::try_join!(specs, state)?;
        Ok(ahead.complete(found, state, &root, &self.surroundings).await?)
    }

    /// Parses files on a thread of its own, and finds an environment in them.
    async fn find(&self, files: Files, environment: &str) -> Result<Found, Failure> {
        let named = environment.to_owned();
        let parsing = tokio::task::spawn_blocking(move || {
            let opened = files.parse();
            let found = opened.found(&named);
            (opened, found)
        });
        let (opened, found) = parsing.await.unwrap_or_else(|panic| resume_unwind(panic.into_panic()));
        found.map_err(|error| specs_failure(error, &opened, self))
    }
}

/// Says what is wrong with specs, each finding at its place.
fn specs_failure(error: SpecsError, opened: &Opened, context: &Context) -> Failure {
    match error {
        SpecsError::Wrong(findings) => validate::findings(opened, &findings, context),
        SpecsError::Refused(refused) => validate::refusals(opened, &refused, context),
        error => error.into(),
    }
}

async fn dispatch(verb: Verb, context: &Context) -> Result<Exit, Failure> {
    match verb {
        Verb::Validate(options) => validate::run(&options, context).await,
        Verb::Plan(options) => plan::run(&options, context).await,
        Verb::Snapshot(options) => snapshot::run(&options, context).await,
        Verb::Apply(options) => apply::run(&options, context).await,
        Verb::Drift(options) => drift::run(&options, context).await,
        Verb::Init(options) => init::run(&options),
        Verb::Import(options) => import::run(&options, context).await,
        Verb::Preflight(options) => preflight::run(&options, context).await,
        Verb::Forget(options) => forget::run(&options, context).await,
        Verb::Destroy(options) => destroy::run(&options, context).await,
        Verb::Rehearse(options) => rehearse::run(&options, context).await,
        Verb::Graph(options) => graph::run(&options, context).await,
        Verb::Explain(options) => explain::run(&options, context).await,
        Verb::Suspend(options) => suspend::run(&options, context).await,
        Verb::Lock(verb) => lock::run(verb, context).await,
        Verb::Ledger(verb) => ledger::run(verb, context).await,
        Verb::Schema(options) => schema::run(&options),
        Verb::Completions(options) => schema::completions(&options),
        Verb::Demo(options) => demo::run(&options, context),
    }
}

impl From<SpecsError> for Failure {
    fn from(error: SpecsError) -> Self {
        match error {
            SpecsError::Source(error) => Self::from(error),
            SpecsError::Unknown(error) => Self::from(error),
            SpecsError::Wrong(_) => Self::of(Exit::Failed, &error).hint(plain::command("evenkeel validate")),
            SpecsError::Refused(_) => Self::of(Exit::Unreadable, &error),
            SpecsError::NotInForce { named: _, base: _ } => Self::of(Exit::Denied, &error)
                .hint("merge its environment.yaml by itself first, then plan what it is to hold"),
            SpecsError::Gone { directory: _, base: _ } => Self::of(Exit::Denied, &error).hint(format!(
                "to give everything up: {}, and remove environment.yaml after that",
                plain::command("evenkeel destroy ENV")
            )),
            SpecsError::Base { base: _, first: _ } => {
                Self::of(Exit::Denied, &error).hint("mend it in a change of its own first")
            }
        }
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        let failure = Self::of(Exit::Unreadable, &error);
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

impl From<UnknownEnvironment> for Failure {
    fn from(error: UnknownEnvironment) -> Self {
        let failure = Self::of(Exit::Usage, &error);
        match (&error.nearest, error.known.as_slice()) {
            (Some(nearest), _) => failure.hint(format!("did you mean `{nearest}`?")),
            (None, []) => failure.hint("write environments/NAME/environment.yaml first"),
            (None, known) => failure.hint(format!("the environments are {}", known.join(", "))),
        }
    }
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Specs(error) => Self::from(error),
            SessionError::Connect { ref name, source: _ } => {
                let hint =
                    format!("try it with kubectl first; it is `spec.kubernetes.{name}` in environment.yaml");
                Self::of(Exit::Unreadable, &error).hint(hint)
            }
            SessionError::Credentials { ref name, message: _ } => {
                let hint =
                    format!("look at `spec.kubernetes.{name}` in environment.yaml, and at what it names");
                Self::of(Exit::Unreadable, &error).hint(hint)
            }
            SessionError::OwnCredential(_) => Self::of(Exit::Denied, &error)
                .hint("keep it outside of the checkout, or take it fromEnv or fromSecret"),
            SessionError::Unsupported(_) => Self::of(Exit::Usage, &error),
            SessionError::Garbled { ref environment, source: _ } => Self::unread(&error).hint(format!(
                "restore it from a backup, or: {}",
                plain::command(&format!("evenkeel ledger recover {environment}"))
            )),
            SessionError::State { at: _, source: _ } => {
                Self::unread(&error).hint("run it again once that answers; --verbose shows every request")
            }
            SessionError::World(_) => {
                let hint =
                    "restore .evenkeel/ENV/world.json, or remove .evenkeel/ENV to begin that world anew";
                Self::unread(&error).hint(hint)
            }
        }
    }
}
