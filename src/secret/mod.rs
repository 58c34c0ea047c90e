//! A secret's text: it cannot be printed, compared or written by accident, and is wiped when dropped.
//!
//! [`Sources`] is where it is read, and the digest is all that planning sees of it; [`Wire`] is what is sent with it,
//! and the only place where it stands beside other values.

mod keeper;
mod sources;
mod variables;
mod wire;

pub use keeper::{Cluster, Keeper, Keys, Unreachable};
pub use sources::{Keepers, Sources};
pub use variables::Variables;
pub use wire::{Unsent, Wire};

use std::fmt;
use zeroize::Zeroizing;

/// Secret bytes. There is no `Display` and no `Serialize`; `Debug` shows that something is there.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes over the bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// Returns the bytes, for the wire and for digests.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Returns the text, if it is UTF-8.
    #[must_use]
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Returns the text without the newline that files of passwords often end with and that no password has.
    #[must_use]
    pub fn expose_line(&self) -> Option<&str> {
        self.expose_text().map(|text| text.trim_end_matches(['\r', '\n']))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_password_from_a_file_has_no_newline_and_keeps_its_blanks() {
        assert_eq!(Secret::new(" pass word \r\n").expose_line(), Some(" pass word "));
        assert_eq!(Secret::new("one\ntwo").expose_line(), Some("one\ntwo"));
    }

    #[test]
    fn a_secret_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", Some(Secret::new("canary"))), "Some(Secret(…))");
    }
}
