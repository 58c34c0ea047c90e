//! The only place that writes to the terminal: results to stdout, talk to stderr, colour where it is taken.

use super::error::Failure;
use evenkeel_core::report::Style;
use std::io::{IsTerminal, Write};

/// What is known of the terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// How results are drawn.
    pub(crate) results: Style,
    /// Whether progress may redraw its lines.
    pub(crate) progress: Progress,
    /// Whether questions may be asked.
    pub(crate) prompts: Prompts,
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
        let live = std::io::stderr().is_terminal() && !ci;
        Self {
            results: if colour { Style::ansi() } else { Style::plain() },
            progress: if live { Progress::Live } else { Progress::Plain },
            prompts: if std::io::stdin().is_terminal() { Prompts::Possible } else { Prompts::Impossible },
        }
    }
}

/// Writes a result. A reader that has gone (`| head`) is no error.
pub(crate) fn result(text: &str) {
    let mut stdout = anstream::stdout().lock();
    let _gone = stdout.write_all(text.as_bytes());
    let _gone = stdout.flush();
}

/// Writes a line of talk.
pub(crate) fn talk(line: &str) {
    let mut stderr = anstream::stderr().lock();
    let _gone = writeln!(stderr, "{line}");
}

/// Writes why a verb did not succeed.
pub(crate) fn failure(failure: &Failure) {
    talk(&format!("error: {}", failure.message));
    if let Some(hint) = &failure.hint {
        talk(&format!("next: {hint}"));
    }
}

/// Asks for a yes. Anything else is a no.
pub(crate) fn confirm(question: &str) -> bool {
    let mut stderr = anstream::stderr().lock();
    let _gone = write!(stderr, "{question} Only `yes` is taken: ");
    let _gone = stderr.flush();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}

/// Writes what to send us about a mistake of our own; a panic's place holds nothing secret.
pub(crate) fn bug(place: &str) {
    talk(&format!("error[E9001]: this is a bug in Evenkeel\n  {place}"));
    talk("send this text, the command and `evenkeel --version`; nothing was journaled that did not happen");
}

/// Asks for a yes where somebody can answer; elsewhere names the command that needs no answer.
pub(crate) fn asked(prompts: Prompts, question: &str, unattended: &str) -> Result<bool, Failure> {
    match prompts {
        Prompts::Possible => Ok(confirm(question)),
        Prompts::Impossible => {
            Err(Failure::usage("nobody is here to answer: standard input is no terminal").hint(unattended))
        }
    }
}
