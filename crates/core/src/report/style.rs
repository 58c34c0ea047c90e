//! Colour and width, decided by the shell and handed in: nothing here looks at a terminal.

/// Whether text carries colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Palette {
    /// Text only.
    #[default]
    Plain,
    /// The sixteen colours that every terminal has, as its user chose them.
    Ansi,
}

/// How a report is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether it carries colour.
    pub palette: Palette,
    /// The columns that lines should fit into.
    pub width: usize,
}

/// What a piece of text stands for. Colour only repeats what a sign or a word says already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Something comes, or is done.
    Create,
    /// Something changes in place, or is waited for.
    Update,
    /// Something goes, or failed.
    Delete,
    /// Something is held or unknown.
    Held,
    /// The title of a part.
    Heading,
    /// Beside the point.
    Faint,
}

impl Style {
    /// The columns that reports are written for unless told otherwise.
    pub const WIDTH: usize = 100;

    /// Returns text without colour, 100 columns wide.
    #[must_use]
    pub const fn plain() -> Self {
        Self { palette: Palette::Plain, width: Self::WIDTH }
    }

    /// Returns coloured text, 100 columns wide.
    #[must_use]
    pub const fn ansi() -> Self {
        Self { palette: Palette::Ansi, width: Self::WIDTH }
    }

    /// Returns the text in the colour of its role.
    #[must_use]
    pub fn paint(self, role: Role, text: &str) -> String {
        match self.palette {
            Palette::Plain => text.to_owned(),
            Palette::Ansi if text.is_empty() => String::new(),
            Palette::Ansi => format!("\u{1b}[{}m{text}\u{1b}[0m", role.code()),
        }
    }
}

impl Default for Style {
    fn default() -> Self {
        Self::plain()
    }
}

impl Role {
    fn code(self) -> &'static str {
        match self {
            Self::Create => "32",
            Self::Update => "33",
            Self::Delete => "31",
            Self::Held => "35",
            Self::Heading => "1",
            Self::Faint => "2",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_added_around_the_same_text_or_not_at_all() {
        assert_eq!(Style::plain().paint(Role::Create, "+"), "+");
        assert_eq!(Style::ansi().paint(Role::Create, "+"), "\u{1b}[32m+\u{1b}[0m");
    }
}
