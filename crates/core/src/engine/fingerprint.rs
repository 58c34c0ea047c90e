//! Digests and fingerprints: how values are remembered and compared without being kept.
//!
//! Two kinds, never mixed up: a [`Digest`] is cryptographic (trees, plans, and secrets under a key); a
//! [`Fingerprint`] or [`LeafHash`] only tells "the same as before" about things that are no secrets, or are
//! digested already.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use siphasher::sip::SipHasher13;
use siphasher::sip128::{Hasher128, SipHasher13 as SipHasher13x128};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A cryptographic digest, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(Arc<str>);

impl Digest {
    /// Returns SHA-256 over the parts, each preceded by its length so that no two lists collide.
    #[must_use]
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(hex(&hasher.finalize()).into())
    }

    /// Returns SHA-256 over what `thing` is as JSON, without the JSON ever being whole in memory.
    #[must_use]
    pub fn of_written(thing: &impl Serialize) -> Self {
        let mut writer = std::io::BufWriter::with_capacity(8192, Hashing(Sha256::new()));
        let _infallible = serde_json::to_writer(&mut writer, thing);
        let hasher = writer.into_inner().map(|hashing| hashing.0).unwrap_or_default();
        Self(hex(&hasher.finalize()).into())
    }

    /// Returns the first `length` hexadecimal digits, for people.
    #[must_use]
    pub fn short(&self, length: usize) -> &str {
        &self.0[..length.min(self.0.len())]
    }

    /// Returns all 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

struct Hashing(Sha256);

impl std::io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// The key under which an environment's secrets are digested; kept with the state, printed nowhere.
#[derive(Clone)]
pub struct DigestKey([u8; 32]);

impl DigestKey {
    /// Wraps 32 random bytes; the shell makes them, core has no randomness.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes, for the one place that keeps them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the keyed digest of a secret's text.
    #[must_use]
    pub fn digest(&self, secret: &[u8]) -> Digest {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(secret);
        Digest(hex(&mac.finalize().into_bytes()).into())
    }
}

impl fmt::Debug for DigestKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("DigestKey(…)")
    }
}

/// Under which key the digests of secrets in something were made, and so what they can be compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DigestedUnder {
    /// The environment's own, which is kept with the state: the same text has the same digest in every run.
    #[default]
    KeptKey,
    /// One that nobody kept, as nothing was applied yet: nothing can be said about these digests later.
    ThrownAwayKey,
}

impl DigestedUnder {
    /// Tells whether the digests can be compared with those of another run.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        match self {
            Self::KeptKey => true,
            Self::ThrownAwayKey => false,
        }
    }
}

/// 128 bits that tell whether a whole thing is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub u128);

impl Fingerprint {
    /// Returns the fingerprint of anything that can be hashed.
    ///
    /// `SipHash` 1-3 with a fixed key: stable across builds and machines, which the standard library's hasher is
    /// not, and faster than SHA-256 on the ten short leaves of a usual object.
    #[must_use]
    pub fn of(thing: &(impl Hash + ?Sized)) -> Self {
        let mut hasher = SipHasher13x128::new();
        thing.hash(&mut hasher);
        Self(hasher.finish128().as_u128())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", self.0)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map(Self).map_err(serde::de::Error::custom)
    }
}

/// 64 bits that tell whether one leaf, or one path, is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeafHash(pub u64);

impl LeafHash {
    /// Returns the hash of a path or a leaf.
    #[must_use]
    pub fn of(thing: &(impl Hash + ?Sized)) -> Self {
        let mut hasher = SipHasher13::new();
        thing.hash(&mut hasher);
        Self(hasher.finish())
    }
}
