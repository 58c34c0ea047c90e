//! The environment variables of the process, captured once at its start and handed down.

use super::Secret;
use std::collections::BTreeMap;
use std::ffi::OsString;

/// Variables by name; each may be a secret, so none of them can be printed.
#[derive(Clone, Debug, Default)]
pub struct Variables(BTreeMap<String, Secret>);

impl Variables {
    /// Keeps these variables; a name that is not UTF-8 cannot be named in a spec and is left out.
    #[must_use]
    pub fn of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let named = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, secret(value)));
        Self(variables.into_iter().filter_map(named).collect())
    }

    /// Returns the value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    /// Returns the text of a variable that is no secret (`KUBECONFIG`).
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.expose_text()
    }
}

#[cfg(unix)]
fn secret(value: OsString) -> Secret {
    use std::os::unix::ffi::OsStringExt;
    Secret::new(value.into_vec())
}

#[cfg(not(unix))]
fn secret(value: OsString) -> Secret {
    Secret::new(value.into_encoded_bytes())
}
