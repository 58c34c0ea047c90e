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
    fn a_secret_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", Some(Secret::new("canary"))), "Some(Secret(…))");
    }
}
