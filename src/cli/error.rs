//! How a verb ends when it does not succeed: what went wrong, why, and the next thing to type.

use crate::source::libgit2_words;
use evenkeel_core::report::exit::Exit;
use std::error::Error;
use std::fmt::Write;

/// The end of a verb that could not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Decides the exit code.
    pub(crate) exit: Exit,
    /// What went wrong, in one line.
    pub(crate) message: String,
    /// What the next thing to type is.
    pub(crate) hint: Option<String>,
}

impl Failure {
    /// Returns a failure of the work itself.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None }
    }

    /// Returns the failure that an error stands for, its causes in one line after it; each is said once, however many
    /// layers repeat it.
    pub(crate) fn of(exit: Exit, error: &dyn Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let words = libgit2_words(error).map_or_else(|| error.to_string(), str::to_owned);
            if !message.contains(&words) {
                let _infallible = write!(message, ": {words}");
            }
            cause = error.source();
        }
        Self::new(exit, message)
    }

    /// Returns the failure to read what every plan rests on.
    pub(crate) fn unread(error: &dyn Error) -> Self {
        let told = Self::of(Exit::Unreadable, error);
        Self { message: format!("{}. Nothing was planned and nothing was written", told.message), ..told }
    }

    /// Returns the failure of a command that was typed wrongly.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Adds the next thing to type.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
