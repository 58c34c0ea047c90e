//! Import from Kafka and Kafka Connect: what lives there becomes documents that, planned right after, change nothing.
//!
//! Nothing there says who made what, so everything is taken that Git does not have, save what the systems keep for
//! themselves and what cannot be written down without a secret.

mod connect;
mod kafka;
mod users;

use super::kafka as streams;
use crate::documents::metadata::API_VERSION;
use crate::engine::id::{ConnectionName, Kind, ResourceId, System};
use crate::engine::live::Live;
use crate::engine::question::{Answer, Body, Question, Scope, Seen, Trouble, Why};
use crate::engine::value::{Map, Value};
use crate::resources::import::{Coverage, Document, File, Import, LeftOut, Next};
use std::collections::{BTreeMap, BTreeSet};

/// What is to be imported.
#[derive(Clone, Debug)]
pub struct Order {
    /// From which family of systems.
    pub system: System,
    /// From which of them: the name of its document.
    pub connection: ConnectionName,
    /// What Git has already.
    pub wanted: BTreeSet<ResourceId>,
    /// The topics that Connect workers keep for themselves.
    pub storage_topics: BTreeSet<String>,
    /// Whether users are taken.
    pub users: Users,
}

/// Whether users are taken: their passwords must be filled in before anything can be planned of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Users {
    /// They are left out.
    Left,
    /// They are written down, with a place for the password to come from.
    Taken,
}

impl Order {
    fn scopes(&self) -> Vec<Scope> {
        let kinds: &[&str] = match self.system {
            System::Kubernetes | System::Neo4j => &[],
            System::Kafka => &[streams::TOPIC, streams::ACL, streams::USER],
            System::Connect => &[super::connect::CONNECTOR],
        };
        let scope = |kind: &&str| Scope {
            system: self.system,
            connection: self.connection.clone(),
            kind: Kind::new(*kind),
            namespace: None,
        };
        kinds.iter().map(scope).collect()
    }
}

/// What becomes of one live resource.
enum Taken {
    /// It is written down.
    As(Document),
    /// It is not.
    Not(LeftOut),
}

/// Imports from the answers known so far, or says what must be asked first.
#[must_use]
pub fn import(order: &Order, known: &Live) -> Next {
    let missing = missing(order, known);
    if !missing.is_empty() {
        return Next::Ask(missing);
    }
    let mut import = Import::default();
    let mut files: BTreeMap<&str, Vec<Document>> = BTreeMap::new();
    for scope in order.scopes() {
        match rows(&scope, known) {
            Ok(rows) => {
                for seen in rows {
                    match taken(order, seen) {
                        Taken::As(document) => files.entry(file_of(seen)).or_default().push(document),
                        Taken::Not(why) => drop(import.left_out.insert(seen.id.clone(), why)),
                    }
                }
            }
            Err(why) if is_nothing_there(&scope, &why) => {}
            Err(why) => drop(import.unreadable.insert(scope, why)),
        }
    }
    let file = |(name, documents): (&str, Vec<Document>)| File {
        name: format!("{name}-{}.yaml", order.connection),
        header: vec![format!("{name} of {}", order.connection)],
        documents,
    };
    for documents in files.values_mut() {
        distinct(documents);
    }
    import.files = files.into_iter().map(file).collect();
    Next::Ready(Box::new(import))
}

/// Counts what Git has of what is there, or says what must be asked first. What the systems keep for themselves is no
/// matter of Git's.
pub fn coverage(order: &Order, known: &Live) -> Result<Coverage, Vec<Question>> {
    let missing = missing(order, known);
    if !missing.is_empty() {
        return Err(missing);
    }
    let mut coverage = Coverage::default();
    for scope in order.scopes() {
        match rows(&scope, known) {
            Ok(rows) => {
                for seen in rows {
                    match taken(order, seen) {
                        Taken::Not(LeftOut::InGit) => coverage.managed += 1,
                        Taken::Not(LeftOut::OfTheCluster) => {}
                        Taken::As(_) | Taken::Not(_) => coverage.unmanaged.push(seen.id.clone()),
                    }
                }
            }
            Err(why) if is_nothing_there(&scope, &why) => {}
            Err(why) => drop(coverage.unreadable.insert(scope, why)),
        }
    }
    Ok(coverage)
}

/// Brokers that know no request after rights or users have none. Topics there are on all of them.
fn is_nothing_there(scope: &Scope, why: &Why) -> bool {
    why.trouble == Trouble::Unsupported && scope.kind.as_str() != streams::TOPIC
}

fn missing(order: &Order, known: &Live) -> Vec<Question> {
    let questions = order.scopes().into_iter().map(Question::Everything);
    questions.filter(|question| known.get(question).is_none()).collect()
}

fn rows<'a>(scope: &Scope, known: &'a Live) -> Result<&'a [Seen], Why> {
    match known.get(&Question::Everything(scope.clone())) {
        Some(Answer::Inventory { rows, complete: Ok(()) }) => Ok(rows),
        Some(Answer::Inventory { rows: _, complete: Err(why) } | Answer::Unreadable(why)) => Err(why.clone()),
        Some(Answer::Seen(_) | Answer::NotFound | Answer::Fact(_) | Answer::Rejected(_)) | None => Ok(&[]),
    }
}

/// Tells whether something that was imported waits for somebody to fill a password in.
#[must_use]
pub fn waits_for_a_password(id: &ResourceId) -> bool {
    id.system == System::Kafka && id.kind.as_str() == streams::USER
}

fn taken(order: &Order, seen: &Seen) -> Taken {
    if order.wanted.contains(&seen.id) {
        return Taken::Not(LeftOut::InGit);
    }
    let Body::Whole(live) = &seen.body else { return Taken::Not(LeftOut::UnknownKind) };
    match seen.id.kind.as_str() {
        streams::TOPIC if order.storage_topics.contains(&*seen.id.name) => Taken::Not(LeftOut::OfTheCluster),
        streams::TOPIC => kafka::topic(&seen.id, live),
        streams::ACL => kafka::acl(&seen.id, live),
        streams::USER => match order.users {
            Users::Left => Taken::Not(LeftOut::User),
            Users::Taken => users::user(&seen.id, live),
        },
        _ => connect::connector(&seen.id, live),
    }
}

fn file_of(seen: &Seen) -> &'static str {
    match seen.id.kind.as_str() {
        streams::TOPIC => "topics",
        streams::ACL => "acls",
        streams::USER => "users",
        _ => "connectors",
    }
}

/// Gives documents of one name names of their own: what reads well may leave out what tells two rights apart.
fn distinct(documents: &mut [Document]) {
    let mut taken = BTreeSet::new();
    for document in documents {
        let Value::Map(fields) = &mut document.value else { continue };
        let Some(Value::Map(metadata)) = fields.get_mut("metadata") else { continue };
        let Some(plain) = metadata.get("name").and_then(Value::as_text).map(str::to_owned) else { continue };
        let numbered = (2..).map(|number| format!("{plain}-{number}"));
        let free = std::iter::once(plain.clone()).chain(numbered).find(|name| !taken.contains(name));
        let name = free.unwrap_or_else(|| plain.clone());
        metadata.insert("name".to_owned(), Value::from(name.as_str()));
        if name != plain && waits_for_a_password(&document.id) {
            still_means(fields, &document.id);
        }
        taken.insert(name);
    }
}

/// Says whom a document means whose name is another one: a user is called like its document otherwise.
fn still_means(fields: &mut Map, id: &ResourceId) {
    if let Some(Value::Map(spec)) = fields.get_mut("spec") {
        spec.insert("name".to_owned(), Value::from(&*id.name));
    }
}

/// Returns a document of ours.
fn document(kind: &str, id: &ResourceId, name: &str, mut spec: Map) -> Value {
    if id.connection.as_str() != DEFAULT_CLUSTER {
        spec.insert("cluster".to_owned(), Value::from(id.connection.as_str()));
    }
    let metadata = Value::Map(Map::from([("name".to_owned(), Value::from(name))]));
    Value::Map(Map::from([
        ("apiVersion".to_owned(), Value::from(API_VERSION)),
        ("kind".to_owned(), Value::from(kind)),
        ("metadata".to_owned(), metadata),
        ("spec".to_owned(), Value::Map(spec)),
    ]))
}

/// The system that documents mean which name none.
const DEFAULT_CLUSTER: &str = "main";

/// Returns a name that reads well in a file; what it means is said in the document.
fn plain(name: &str) -> String {
    let letters = name.strip_prefix("User:").unwrap_or(name).chars();
    letters
        .map(|letter| if letter.is_alphanumeric() || "-_.".contains(letter) { letter } else { '-' })
        .collect()
}
