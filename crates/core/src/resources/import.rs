//! What importing ends with, from whichever system: files of documents, and what is left out of them and why.

use crate::engine::id::ResourceId;
use crate::engine::question::{Question, Scope, Why};
use crate::engine::value::Value;
use std::collections::BTreeMap;

/// What a round of importing ends with.
#[derive(Clone, Debug)]
pub enum Next {
    /// These must be answered first.
    Ask(Vec<Question>),
    /// Nothing is left to ask.
    Ready(Box<Import>),
}

/// What is imported, and what is not.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// The files to write, by name.
    pub files: Vec<File>,
    /// What is not taken, and why.
    pub left_out: BTreeMap<ResourceId, LeftOut>,
    /// What could not be listed.
    pub unreadable: BTreeMap<Scope, Why>,
    /// Kinds that were asked for and that nobody serves.
    pub unknown_kinds: Vec<String>,
}

impl Import {
    /// Leaves out what cannot be used as it was written: file and place in it, with the words on it.
    pub fn leave_out(&mut self, refused: &BTreeMap<(usize, usize), String>) {
        for (number, file) in self.files.iter_mut().enumerate() {
            let documents = std::mem::take(&mut file.documents).into_iter().enumerate();
            for (place, document) in documents {
                match refused.get(&(number, place)) {
                    Some(words) => {
                        drop(self.left_out.insert(document.id.clone(), LeftOut::Refused(words.clone())));
                    }
                    None => file.documents.push(document),
                }
            }
        }
        self.files.retain(|file| !file.documents.is_empty());
    }

    /// Returns the addresses of what is imported.
    pub fn addresses(&self) -> impl Iterator<Item = &ResourceId> {
        self.files.iter().flat_map(|file| file.documents.iter().map(|document| &document.id))
    }
}

/// Which of the things that run are managed: those that Git has, of all that people or their tools made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// How many of them Git has.
    pub managed: usize,
    /// Those that it does not have.
    pub unmanaged: Vec<ResourceId>,
    /// Those that another environment has, by its name.
    pub others: BTreeMap<ResourceId, String>,
    /// What could not be listed.
    pub unreadable: BTreeMap<Scope, Why>,
}

impl Coverage {
    /// Adds what another connection has.
    pub fn extend(&mut self, other: Self) {
        let Self { managed, unmanaged, others, unreadable } = other;
        self.managed += managed;
        self.unmanaged.extend(unmanaged);
        self.others.extend(others);
        self.unreadable.extend(unreadable);
    }
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name within the environment's directory.
    pub name: String,
    /// The comment that it begins with.
    pub header: Vec<String>,
    /// What stands in it, in the order in which it is needed.
    pub documents: Vec<Document>,
}

/// One document of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Which object it stands for.
    pub id: ResourceId,
    /// What it says.
    pub value: Value,
    /// What a reader should know of it.
    pub notes: Vec<String>,
}

/// Why something is not taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// A controller made it for another object and keeps it: its kind.
    Controlled(String),
    /// A StatefulSet makes it from a template: the StatefulSet.
    Claim(String),
    /// The cluster makes it by itself.
    OfTheCluster,
    /// The token of a service account.
    Token,
    /// Helm's record of a release.
    HelmRecord,
    /// Our own state.
    State,
    /// Git has it already.
    InGit,
    /// It carries the marker of another environment.
    OtherEnvironment(String),
    /// It is being deleted.
    BeingDeleted,
    /// Nothing is known of the structure of its kind.
    UnknownKind,
    /// It cannot be written down without a password: one that nobody shows, or one that is written out in it.
    Password,
    /// A user, whose password nobody shows, where users are not asked for.
    User,
    /// The system took it once, and `validate` does not: what it says.
    Refused(String),
}
