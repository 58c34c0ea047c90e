//! The only place that writes to the terminal: results to stdout, talk to stderr, colour where it is taken.

use super::args::Format;
use super::error::Failure;
use crate::run::interrupts::{Interrupted, Interrupts};
use evenkeel_core::report::{Exit, Style, plain};
use std::io::{ErrorKind, IsTerminal, Write};
use std::panic::PanicHookInfo;
use std::sync::OnceLock;
use tokio::sync::oneshot;

/// What is known of the terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// How results are drawn.
    pub(crate) results: Style,
    /// Whether talk may have colour.
    pub(crate) talk: Colour,
    /// Whether progress may redraw its lines.
    pub(crate) progress: Progress,
    /// Whether questions may be asked.
    pub(crate) prompts: Prompts,
}

/// Whether a stream takes colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    /// It is a terminal, and nobody objects.
    Taken,
    /// It is a file or a pipe, or `NO_COLOR` is set.
    Refused,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Lines that are redrawn.
    Live,
    /// One line for each event, as logs need it.
    Plain,
}

/// Whether somebody is there to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prompts {
    /// Standard input is a terminal.
    Possible,
    /// It is not.
    Impossible,
}

impl Terminal {
    /// Looks at the process's streams.
    #[must_use]
    pub(crate) fn look(no_colour: bool, ci: bool) -> Self {
        let colour = std::io::stdout().is_terminal() && !no_colour;
        let talk = std::io::stderr().is_terminal();
        let live = talk && !ci;
        Self {
            results: if colour { Style::ansi() } else { Style::plain() },
            talk: if talk && !no_colour { Colour::Taken } else { Colour::Refused },
            progress: if live { Progress::Live } else { Progress::Plain },
            prompts: if std::io::stdin().is_terminal() { Prompts::Possible } else { Prompts::Impossible },
        }
    }
}

/// What was typed that what is told depends on.
struct Typed {
    /// What every command that is told ends with, so that it is about the same specs.
    options: String,
    /// For whom results are.
    format: Format,
}

static TYPED: OnceLock<Typed> = OnceLock::new();

/// Has every command that is told end with these options from now on.
pub(crate) fn complete_commands_with(options: String, format: Format) {
    // Once is enough: a process has one command line.
    let _known = TYPED.set(Typed { options, format });
}

fn completed(text: &str) -> String {
    plain::completed(text, TYPED.get().map_or("", |typed| &typed.options))
}

/// Writes a result. What is for programs holds values to the letter, and no command that could be completed.
pub(crate) fn result(text: &str) -> Result<(), Failure> {
    match TYPED.get().map(|typed| typed.format) {
        Some(Format::Json) => file(text),
        Some(Format::Text | Format::Markdown) | None => file(&completed(text)),
    }
}

/// Writes what is to become a file, to the letter. A reader that has gone (`| head`) is no error; a disk that is full is
/// one.
pub(crate) fn file(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    written(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// Returns what a write to stdout came to.
pub(crate) fn written(written: std::io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Failed, format!("the result cannot be written to stdout: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a line of talk.
pub(crate) fn talk(line: &str) {
    let mut stderr = anstream::stderr().lock();
    let _gone = writeln!(stderr, "{}", completed(line));
}

/// Writes why a verb did not succeed.
pub(crate) fn failure(failure: &Failure) {
    talk(&format!("error: {}", failure.message));
    if let Some(hint) = &failure.hint {
        talk(&format!("next: {hint}"));
    }
}

/// A question, and the only answer that is taken for a yes.
pub(crate) struct Question {
    /// The question.
    pub(crate) text: String,
    /// The answer.
    pub(crate) answer: String,
}

impl Question {
    /// Returns a question that is answered by `yes`.
    pub(crate) fn yes(text: &str) -> Self {
        Self { text: text.to_owned(), answer: "yes".to_owned() }
    }
}

/// Asks. Anything but the answer is a no.
#[expect(clippy::disallowed_methods, reason = "a read of the terminal cannot be taken back")]
async fn confirm(question: &Question, interrupts: &mut Interrupts) -> Result<bool, Interrupted> {
    let Question { text, answer: expected } = question;
    {
        let mut stderr = anstream::stderr().lock();
        let _gone = write!(stderr, "{text} Only `{expected}` is taken: ");
        let _gone = stderr.flush();
    }
    let (answered, answer) = oneshot::channel();
    // Nothing can take a read of the terminal back: if the answer is not waited for, this thread ends with the process.
    let expected = expected.clone();
    let _reading = std::thread::spawn(move || {
        let mut line = String::new();
        let is_yes = std::io::stdin().read_line(&mut line).is_ok() && line.trim() == expected;
        let _nobody_waits = answered.send(is_yes);
    });
    let answered = interrupts.or(answer).await;
    if answered.is_err() {
        // The terminal stands at the end of the question.
        talk("");
    }
    Ok(answered?.unwrap_or(false))
}

/// Writes what to send us about a mistake of our own: its place, and our words about it if they are fixed ones. Those
/// that were made up as it went may quote what we worked with, so they are not shown.
pub(crate) fn bug(panic: &PanicHookInfo<'_>) {
    let place =
        panic.location().map_or_else(|| "at an unknown place".to_owned(), |place| format!("at {place}"));
    let words =
        panic.payload().downcast_ref::<&'static str>().map_or_else(String::new, |words| format!(": {words}"));
    talk(&format!("error[E9001]: this is a bug in Evenkeel\n  {place}{words}"));
    talk("send this text, the command and `evenkeel --version`; nothing was journaled that did not happen");
}

/// Asks for a yes where somebody can answer; elsewhere names the command that needs no answer.
pub(crate) async fn asked(
    prompts: Prompts,
    question: &str,
    unattended: &str,
    interrupts: &mut Interrupts,
) -> Result<bool, Failure> {
    asked_for(prompts, &Question::yes(question), unattended, interrupts).await
}

/// Asks for an answer where somebody can give it; elsewhere names the command that needs none.
pub(crate) async fn asked_for(
    prompts: Prompts,
    question: &Question,
    unattended: &str,
    interrupts: &mut Interrupts,
) -> Result<bool, Failure> {
    match prompts {
        Prompts::Possible => Ok(confirm(question, interrupts).await?),
        Prompts::Impossible => {
            Err(Failure::usage("nobody is here to answer: standard input is no terminal").hint(unattended))
        }
    }
}
