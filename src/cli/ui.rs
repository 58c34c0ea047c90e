//! The only place that writes to the terminal: results to stdout, talk to stderr, colour where it is taken.

use super::error::Failure;
use anstream::stream::IsTerminal;
use evenkeel_core::report::{Palette, Style};
use std::io::Write;

/// What is known of the terminal.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// How results are drawn.
    pub results: Style,
    /// Whether progress may redraw its lines.
    pub progress: Progress,
    /// Whether questions may be asked.
    pub prompts: Prompts,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Lines that are redrawn.
    Live,
    /// One line for each event, as logs need it.
    Plain,
}

/// Whether somebody is there to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompts {
    /// Standard input is a terminal.
    Possible,
    /// It is not.
    Impossible,
}

impl Terminal {
    /// Looks at the process's streams.
    #[must_use]
    pub fn look(no_colour: bool, ci: bool) -> Self {
        let colour = std::io::stdout().is_terminal() && !no_colour;
        let live = std::io::stderr().is_terminal() && !ci;
        Self {
            results: Style { palette: if colour { Palette::Ansi } else { Palette::Plain }, width: 100 },
            progress: if live { Progress::Live } else { Progress::Plain },
            prompts: if std::io::stdin().is_terminal() { Prompts::Possible } else { Prompts::Impossible },
        }
    }
}

/// Writes a result. A reader that has gone (`| head`) is no error.
pub fn result(text: &str) {
    let mut stdout = anstream::stdout().lock();
    let _gone = stdout.write_all(text.as_bytes());
    let _gone = stdout.flush();
}

/// Writes a line of talk.
pub fn talk(line: &str) {
    let mut stderr = anstream::stderr().lock();
    let _gone = writeln!(stderr, "{line}");
}

/// Writes why a verb did not succeed.
pub fn failure(failure: &Failure) {
    talk(&format!("error: {}", failure.message));
    if let Some(hint) = &failure.hint {
        talk(&format!("next: {hint}"));
    }
}

/// Asks for a yes. Anything else is a no.
pub fn confirm(question: &str) -> bool {
    let mut stderr = anstream::stderr().lock();
    let _gone = write!(stderr, "{question} Only `yes` is taken: ");
    let _gone = stderr.flush();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}
