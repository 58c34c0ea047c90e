//! Who may do what, and who logs in: sets of bindings, and credentials whose passwords nobody is shown.

use super::{Brokers, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Fewer are refused.
const FEWEST_ITERATIONS: i64 = 4096;

/// Bindings and users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Access {
    pub(super) bindings: BTreeSet<Binding>,
    pub(super) users: BTreeMap<String, BTreeMap<String, i64>>,
}

/// One operation that one principal may or may not do; the subject is an address's name of principal and pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Binding {
    /// Who, from where, on what, allowed or denied.
    pub subject: String,
    /// What.
    pub operation: String,
}

/// One way for a user to log in: how often the password is hashed. The password itself is kept by nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// `SCRAM-SHA-256` or `SCRAM-SHA-512`.
    pub mechanism: String,
    /// How often; none where this way is to go.
    pub iterations: Option<i64>,
}

impl Brokers {
    /// Returns the operations of a subject.
    pub fn describe_acls(&self, subject: &str) -> Result<BTreeSet<String>, Refusal> {
        self.has("DescribeAcls")?;
        let mine = self.shown.access.bindings.iter().filter(|binding| binding.subject == subject);
        Ok(mine.map(|binding| binding.operation.clone()).collect())
    }

    /// Returns every subject that has an operation.
    pub fn subjects(&self) -> Result<BTreeSet<String>, Refusal> {
        self.has("DescribeAcls")?;
        Ok(self.shown.access.bindings.iter().map(|binding| binding.subject.clone()).collect())
    }

    /// Returns every user who logs in in some way.
    pub fn users(&self) -> Result<BTreeSet<String>, Refusal> {
        self.has("DescribeUserScramCredentials")?;
        Ok(self.shown.access.users.keys().cloned().collect())
    }

    /// Makes bindings; one that is there already is no error and no second one.
    pub fn create_acls(&mut self, bindings: impl IntoIterator<Item = Binding>) -> Result<(), Refusal> {
        self.has("CreateAcls")?;
        self.kept.access.bindings.extend(bindings);
        self.written();
        Ok(())
    }

    /// Deletes bindings; one that is not there is no error.
    pub fn delete_acls(&mut self, bindings: &BTreeSet<Binding>) -> Result<(), Refusal> {
        self.has("DeleteAcls")?;
        self.kept.access.bindings.retain(|binding| !bindings.contains(binding));
        self.written();
        Ok(())
    }

    /// Returns the ways in which a user logs in, and never a password.
    pub fn describe_user(&self, user: &str) -> Result<BTreeMap<String, i64>, Refusal> {
        self.has("DescribeUserScramCredentials")?;
        let user_of = self.shown.access.users.get(user);
        user_of.cloned().ok_or_else(|| Refusal::UnknownUser(user.to_owned()))
    }

    /// Changes the ways in which a user logs in, all of them or none.
    pub fn alter_user(&mut self, user: &str, credentials: &[Credential]) -> Result<(), Refusal> {
        self.has("AlterUserScramCredentials")?;
        let mut ways = self.kept.access.users.get(user).cloned().unwrap_or_default();
        for Credential { mechanism, iterations } in credentials {
            match iterations {
                Some(iterations) if *iterations < FEWEST_ITERATIONS => return Err(Refusal::TooFewIterations),
                Some(iterations) => drop(ways.insert(mechanism.clone(), *iterations)),
                None if ways.remove(mechanism).is_none() => {
                    return Err(Refusal::UnknownUser(user.to_owned()));
                }
                None => {}
            }
        }
        if ways.is_empty() {
            self.kept.access.users.remove(user);
        } else {
            self.kept.access.users.insert(user.to_owned(), ways);
        }
        self.written();
        Ok(())
    }
}
