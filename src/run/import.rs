//! An import: asks what runs, writes it down in memory, and plans that against the same answers.

use super::session::{Session, SessionError, StateRead};
use super::specs::{Opened, SpecsError};
use super::surroundings::Surroundings;
use super::systems::Readers;
use crate::backend::kubernetes::Reading;
use crate::clock;
use crate::source::{self, Access, Credentials, Root, Source};
use evenkeel_core::diagnostic::{Diagnostic, Severity};
use evenkeel_core::documents::connect::cluster::ConnectClusterSpec;
use evenkeel_core::documents::expand::Systems;
use evenkeel_core::documents::yaml::write::WriteError;
use evenkeel_core::documents::{EnvironmentRef, Repository, SourceFile, Specs};
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::id::{ConnectionName, System};
use evenkeel_core::engine::ledger::Ledger;
use evenkeel_core::engine::live::Live;
use evenkeel_core::engine::plan::inputs::{Doubts, Inputs};
use evenkeel_core::engine::plan::{Forms, Next as Planning, Plan, Planner};
use evenkeel_core::engine::question::Question;
use evenkeel_core::engine::wanted::Desired;
use evenkeel_core::engine::windows::Windows;
use evenkeel_core::report::import::file_text;
use evenkeel_core::resources::connect::STORAGE_TOPICS;
use evenkeel_core::resources::import::{Coverage, Import, Next};
use evenkeel_core::resources::kubernetes::import::{
    ClusterScoped, Order, answer_again, coverage, import, in_git,
};
use evenkeel_core::resources::platform_import::{self, Users};
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The environment cannot be opened.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A document cannot be laid out.
    #[error("an imported object cannot be written as YAML")]
    Layout(#[from] WriteError),
}

impl From<SpecsError> for ImportError {
    fn from(error: SpecsError) -> Self {
        Self::Session(SessionError::Specs(error))
    }
}

/// A repository that is imported into: its files, and one of its environments, open for reading.
pub struct Importing {
    files: Vec<SourceFile>,
    opened: Opened,
    environment: EnvironmentRef,
    session: Session,
}

/// From what is imported, and what people choose of it.
#[derive(Clone, Debug)]
pub enum Origin {
    /// From an API server.
    Kubernetes(Choices),
    /// From the brokers, or the workers, of the document of this name.
    Platform(System, ConnectionName, Users),
}

/// What people choose.
#[derive(Clone, Debug)]
pub struct Choices {
    /// Through which connection.
    pub connection: ConnectionName,
    /// From which namespaces.
    pub namespaces: Vec<Arc<str>>,
    /// Which kinds; all if empty.
    pub kinds: Vec<String>,
    /// Whether objects at the top of the cluster are taken.
    pub cluster_scoped: ClusterScoped,
}

/// Files to write: path within the repository, and text.
pub type Texts = Vec<(String, String)>;

/// An import that was made, and planned.
pub struct Imported {
    /// What was imported.
    pub import: Import,
    /// Its files: path within the repository, and text.
    pub texts: Texts,
    /// The plan of the environment with these files, made from the same answers.
    pub plan: Plan,
}

impl Importing {
    /// Opens an environment, and keeps the files that it was read from.
    pub async fn open(
        source: &Source,
        named: &str,
        root: &Root,
        surroundings: &Surroundings,
    ) -> Result<Self, ImportError> {
        let credentials = Credentials::of(&surroundings.variables);
        let access = Access { credentials, ..Access::with_cache(&surroundings.cache) };
        let snapshot = source::read(source, &access).await.map_err(SpecsError::Source)?;
        let (repository, _findings) = Repository::read(&snapshot.files);
        let opened = Opened { repository, origin: snapshot.origin, refused: snapshot.refused, base: None };
        let session = Session::open(opened.found(named)?, root, surroundings).await?;
        let environment = opened.repository.find(named).map_err(SpecsError::Unknown)?;
        Ok(Self { files: snapshot.files, opened, environment, session })
    }

    /// Returns the directory that files are written into, relative to the repository's root.
    #[must_use]
    pub fn directory(&self) -> &str {
        &self.environment.directory
    }

    /// Returns the environment.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Imports, and plans what was imported. Writes nothing.
    pub async fn make(&self, from: Origin) -> Result<Imported, ImportError> {
        let state = self.session.read_state().await?;
        let readers = readers(&self.session, &state.key);
        let (import, known) = match from {
            Origin::Kubernetes(choices) => {
                let order = order(&self.session, choices);
                ask(|known| import(&order, known), &readers).await
            }
            Origin::Platform(system, connection, users) => {
                let order =
                    platform_import::Order { users, ..order_elsewhere(&self.session, system, connection) };
                ask(|known| platform_import::import(&order, known), &readers).await
            }
        };
        let (import, texts, specs) = self.usable(import)?;
        let mut inputs = self.session.inputs(&state);
        inputs.doubts = Doubts::Leave;
        // What is written is checked against the answers, whenever changes may start.
        inputs.desired = Desired { windows: Windows::default(), ..specs.desired };
        let plan = planned(&inputs, &known, &readers).await;
        Ok(Imported { import, texts, plan })
    }

    /// Lays the import out, without what the specs could not be used with: one oddity that runs is no reason to write
    /// nothing down.
    fn usable(&self, mut import: Import) -> Result<(Import, Texts, Specs), ImportError> {
        loop {
            let texts = self.texts(&import)?;
            match self.with(&texts) {
                Ok(specs) => return Ok((import, texts, specs)),
                Err(SpecsError::Wrong(findings)) => {
                    let refused = refused(&texts, &findings);
                    if refused.is_empty() {
                        return Err(SpecsError::Wrong(findings).into());
                    }
                    import.leave_out(&refused);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn texts(&self, import: &Import) -> Result<Texts, WriteError> {
        let directory = self.directory();
        let path = |name: &str| {
            if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
        };
        import.files.iter().map(|file| Ok((path(&file.name), file_text(file)?))).collect()
    }

    /// Reads the repository again as it will be.
    fn with(&self, texts: &[(String, String)]) -> Result<Specs, SpecsError> {
        let written: BTreeSet<&str> = texts.iter().map(|(path, _)| path.as_str()).collect();
        let mut files: Vec<SourceFile> =
            self.files.iter().filter(|file| !written.contains(&*file.path)).cloned().collect();
        files.extend(texts.iter().map(|(path, text)| SourceFile {
            path: Arc::from(path.as_str()),
            bytes: text.clone().into_bytes(),
        }));
        let (repository, _findings) = Repository::read(&files);
        repository.specs(&self.environment).map_err(SpecsError::Wrong)
    }

    /// Returns the specs as they were opened, for drawing what is wrong with them.
    #[must_use]
    pub fn opened(&self) -> &Opened {
        &self.opened
    }
}

/// Returns the documents that errors stand in: which file, the how-many-th in it, and what is wrong.
fn refused(texts: &[(String, String)], findings: &[Diagnostic]) -> BTreeMap<(usize, usize), String> {
    let mut refused = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.severity == Severity::Error) {
        let Some(number) = texts.iter().position(|(path, _)| *path == *finding.at.file) else { continue };
        let before = texts[number].1.lines().take(finding.at.line as usize);
        let begun = before.filter(|line| *line == "---").count();
        if let Some(place) = begun.checked_sub(1) {
            refused
                .entry((number, place))
                .or_insert_with(|| format!("{}: {}", finding.code, finding.message));
        }
    }
    refused
}

/// Counts what Git has of what runs in the namespaces that it uses, and on all brokers and workers that it names.
pub async fn covered(session: &Session, state: &StateRead, forms: &Forms) -> Coverage {
    let mut namespaces: BTreeMap<ConnectionName, BTreeSet<Arc<str>>> = BTreeMap::new();
    for id in forms.keys().filter(|id| id.system == System::Kubernetes) {
        namespaces.entry(id.connection.clone()).or_default().extend(id.namespace.clone());
    }
    let readers = readers(session, &state.key);
    let mut all = Coverage::default();
    for (connection, namespaces) in namespaces {
        let namespaces = namespaces.into_iter().collect();
        let choices =
            Choices { connection, namespaces, kinds: Vec::new(), cluster_scoped: ClusterScoped::Left };
        let order = order(session, choices);
        all.extend(counted(|known| coverage(&order, known), &readers).await);
    }
    // What Cypher tells is in the document of its cluster, as a whole.
    let Systems { kafka, connect, neo4j: _ } = &session.specs.systems;
    let kafka = kafka.keys().map(|name| (System::Kafka, name));
    for (system, name) in kafka.chain(connect.keys().map(|name| (System::Connect, name))) {
        let order = order_elsewhere(session, system, name.clone());
        all.extend(counted(|known| platform_import::coverage(&order, known), &readers).await);
    }
    all
}

async fn counted(coverage: impl Fn(&Live) -> Result<Coverage, Vec<Question>>, readers: &Readers) -> Coverage {
    let mut known = Live::default();
    loop {
        match coverage(&known) {
            Ok(coverage) => return coverage,
            Err(questions) => answer(&mut known, readers, questions).await,
        }
    }
}

fn order(session: &Session, choices: Choices) -> Order {
    let Choices { connection, namespaces, kinds, cluster_scoped } = choices;
    let specs = &session.specs;
    let default = |connection: &ConnectionName| {
        specs.default_namespaces.get(connection).cloned().unwrap_or_else(|| Arc::from("default"))
    };
    let wanted = in_git(specs.desired.resources.keys().cloned(), default);
    let environment = session.name.clone();
    Order { environment, connection, namespaces, kinds, cluster_scoped, wanted }
}

/// Returns what is asked of brokers or workers.
fn order_elsewhere(session: &Session, system: System, connection: ConnectionName) -> platform_import::Order {
    let wanted = session.specs.desired.resources.keys().cloned().collect();
    let storage_topics = storage_topics(session, &connection);
    platform_import::Order { system, connection, wanted, storage_topics, users: Users::Left }
}

/// Returns the topics that the workers on a Kafka cluster keep for themselves; with no word on them, the usual ones.
fn storage_topics(session: &Session, cluster: &ConnectionName) -> BTreeSet<String> {
    let workers = session.specs.systems.connect.values();
    kept_by(workers.filter(|workers| workers.kafka_cluster == cluster.as_str()))
}

/// Workers that name none say that none are theirs.
fn kept_by<'a>(workers: impl Iterator<Item = &'a ConnectClusterSpec>) -> BTreeSet<String> {
    let mut workers = workers.peekable();
    if workers.peek().is_none() {
        return STORAGE_TOPICS.map(str::to_owned).into();
    }
    workers.flat_map(|workers| workers.storage_topics.iter().cloned()).collect()
}

fn readers(session: &Session, key: &DigestKey) -> Readers {
    let reading = Reading {
        environment: session.name.clone(),
        key: key.clone(),
        forms: Forms::default(),
        ledger: Arc::new(Ledger::default()),
    };
    session.readers(&Arc::new(reading))
}

async fn ask(import: impl Fn(&Live) -> Next, readers: &Readers) -> (Import, Live) {
    let mut known = Live::default();
    loop {
        match import(&known) {
            Next::Ready(import) => return (*import, known),
            Next::Ask(questions) => answer(&mut known, readers, questions).await,
        }
    }
}

/// Plans against what the import has seen; only what it has not seen is asked.
async fn planned(inputs: &Inputs, known: &Live, readers: &Readers) -> Plan {
    let (mut planner, mut live) = (Planner::new(inputs), Live::default());
    loop {
        match planner.plan(&live, clock::now()) {
            Planning::Ready(plan) => return *plan,
            Planning::Ask(questions) => {
                let mut open = Vec::new();
                for question in questions {
                    match answer_again(&question, known, &inputs.desired.environment) {
                        Some(answer) => live.insert(question, answer, clock::now()),
                        None => open.push(question),
                    }
                }
                answer(&mut live, readers, open).await;
            }
        }
    }
}

async fn answer(live: &mut Live, readers: &Readers, questions: Vec<Question>) {
    let mut answers = readers.ask(questions);
    while let Some((question, answer, as_of)) = answers.next().await {
        live.insert(question, answer, as_of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(workers: &[&str]) -> BTreeSet<String> {
        let workers: Vec<ConnectClusterSpec> =
            workers.iter().map(|spec| serde_json::from_str(spec).expect("a ConnectCluster")).collect();
        kept_by(workers.iter())
    }

    #[test]
    fn workers_that_name_no_storage_topics_have_none_and_without_workers_the_usual_ones_are_theirs() {
        assert!(kept(&[]).contains("connect-configs"));
        assert!(kept(&[r#"{"url": "http://a"}"#]).contains("connect-configs"), "they did not say");
        assert!(kept(&[r#"{"url": "http://a", "storageTopics": []}"#]).is_empty());
        let both = kept(&[
            r#"{"url": "http://a", "storageTopics": []}"#,
            r#"{"url": "http://b", "storageTopics": ["b"]}"#,
        ]);
        assert_eq!(both, BTreeSet::from(["b".to_owned()]));
    }
}
