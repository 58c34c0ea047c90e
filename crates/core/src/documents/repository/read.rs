//! From files to directories of documents: which files are read, and what each one holds.

use super::identify::identify;
use super::layers::{layers, resolve, shown};
use super::{Home, OwnKind, Repository, Written, overlay};
use crate::diagnostic::{Diagnostic, Location};
use crate::documents::source::{FileIndex, SourceFile, Span, Text};
use crate::documents::yaml::limits::MAX_FILE_BYTES;
use crate::documents::yaml::tree::Node;
use crate::documents::{Document, Environment, codes, lint, yaml};
use crate::engine::fingerprint::Digest;
use crate::engine::id::EnvironmentName;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One file, read and taken apart.
struct Read {
    text: Text,
    digest: Digest,
    documents: Vec<Written>,
    findings: Vec<Diagnostic>,
}

pub(super) fn read(files: &[SourceFile]) -> Repository {
    let mut files: Vec<&SourceFile> = files.iter().collect();
    files.sort_by(|one, two| one.path.cmp(&two.path));
    let chosen = Chosen::of(&files);
    let specs: Vec<&SourceFile> = files.iter().copied().filter(|file| chosen.takes(&file.path)).collect();
    let mut repository = Repository::default();
    for (file, read) in specs.iter().zip(read_all(&specs)) {
        add(&mut repository, &file.path, read);
    }
    let policies = files.iter().filter(|file| file.path.starts_with("policies/"));
    repository.policies = policies.map(|file| (Arc::clone(&file.path), Digest::of([&*file.bytes]))).collect();
    let unread = files.iter().filter(|file| chosen.overlooks(&file.path)).map(|file| overlooked(&file.path));
    repository.shared.extend(unread);
    repository.shared.extend(namesakes(&repository));
    name_heirs(&mut repository);
    let sources = Arc::clone(&repository.sources);
    for directory in repository.directories.values_mut() {
        directory.findings.extend(overlay::duplicates(&directory.documents, &|span| sources.locate(span)));
    }
    repository
}

/// Which directories are read.
struct Chosen {
    environments: BTreeSet<Arc<str>>,
    directories: BTreeSet<Arc<str>>,
}

impl Chosen {
    fn of(files: &[&SourceFile]) -> Self {
        let homes = files.iter().filter(|file| is_environment_file(&file.path));
        let mut environments = BTreeSet::new();
        let mut directories = BTreeSet::new();
        for file in homes {
            let directory = directory_of(&file.path);
            let read = read_one(file, FileIndex(0));
            let extends = read.documents.iter().flat_map(|document| extends(&document.node));
            directories.extend(extends.filter_map(|(base, _)| resolve(directory, &base)));
            environments.insert(Arc::from(directory));
        }
        directories.extend(environments.iter().cloned());
        Self { environments, directories }
    }

    fn takes(&self, path: &str) -> bool {
        let directory = directory_of(path);
        is_yaml(path)
            && (self.directories.contains(directory)
                || is_below_environments(directory) && !self.is_inside(directory))
    }

    /// A YAML file in a subdirectory of an environment, which nobody extends.
    fn overlooks(&self, path: &str) -> bool {
        is_yaml(path) && !self.takes(path) && self.is_inside(directory_of(path))
    }

    fn is_inside(&self, directory: &str) -> bool {
        let mut above = directory;
        while let Some((parent, _)) = above.rsplit_once('/') {
            if self.environments.contains(parent) {
                return true;
            }
            above = parent;
        }
        false
    }
}

fn is_below_environments(directory: &str) -> bool {
    directory.starts_with("environments/")
}

fn is_yaml(path: &str) -> bool {
    let hidden = path.split('/').any(|part| part.starts_with('.'));
    !hidden && matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml")))
}

fn is_environment_file(path: &str) -> bool {
    is_yaml(path) && matches!(path.rsplit('/').next(), Some("environment.yaml" | "environment.yml"))
}

fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

fn read_all(files: &[&SourceFile]) -> Vec<Read> {
    let indexed = (0u32..).zip(files);
    indexed.map(|(index, file)| read_one(file, FileIndex(index))).collect()
}

fn read_one(source: &SourceFile, index: FileIndex) -> Read {
    let yaml::File { text, trees, mut findings } = yaml::read(source, index);
    let mut documents = Vec::new();
    for tree in trees {
        let (found, more) = identify(tree, &|span| text.locate(span));
        documents.extend(found);
        findings.extend(more);
    }
    Read { digest: digest(source), text, documents, findings }
}

/// A file with thousands of findings is of another sort than its directory; the first ones say so.
fn few(mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    const FEW: usize = 200;
    findings.sort();
    let more = findings.len().saturating_sub(FEW);
    findings.truncate(FEW);
    if let Some(last) = findings.last_mut().filter(|_| more > 0) {
        last.notes.push(format!("and {more} more in this file"));
    }
    findings
}

/// Says at what stands in a base which environments it reaches.
fn name_heirs(repository: &mut Repository) {
    let mut heirs: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
    for environment in repository.environments() {
        let (order, _) = layers(repository, &environment.directory);
        for base in order.into_iter().filter(|layer| *layer != environment.directory) {
            heirs.entry(base).or_default().push(Arc::clone(&environment.directory));
        }
    }
    for (base, heirs) in heirs {
        let directory = repository.directories.get_mut(&base);
        let notes = directory
            .into_iter()
            .flat_map(|directory| &mut directory.findings)
            .flat_map(|finding| &mut finding.notes);
        notes.filter(|note| note.starts_with("in ")).for_each(|note| {
            *note = format!("{note}, inherited by {}", heirs.join(", "));
        });
    }
}

/// A file that is too big to be read is not worth digesting either: its environment has no specs.
fn digest(source: &SourceFile) -> Digest {
    let read = source.bytes.get(..MAX_FILE_BYTES + 1).map_or(&*source.bytes, |_| &[]);
    Digest::of([read])
}

fn add(repository: &mut Repository, path: &Arc<str>, read: Read) {
    let Read { text, digest, documents, mut findings } = read;
    let directory = repository.directories.entry(Arc::from(directory_of(path))).or_default();
    directory.contents.insert(Arc::clone(path), digest);
    let locate = |span| text.locate(span);
    let mut homes = 0;
    for document in documents {
        findings.extend(lint::alone(&document, &locate));
        if document.own != Some(OwnKind::Environment) {
            directory.documents.push(document);
        } else if is_environment_file(path) && homes == 0 {
            homes += 1;
            directory.environment = Some(home(&document));
        } else {
            findings.push(misplaced(locate(document.at)));
        }
    }
    if homes == 0 && is_environment_file(path) {
        directory.environment.get_or_insert_with(|| unreadable_home(path, repository.sources.next()));
        findings.extend(findings.is_empty().then(|| lacking(path)));
    }
    directory.findings.extend(few(findings));
    Arc::make_mut(&mut repository.sources).add(text);
}

fn home(document: &Written) -> Home {
    let typed = Document::read(document.own, &document.node);
    let typed: Option<Environment> =
        if let Ok(Document::Environment(environment)) = typed { Some(environment) } else { None };
    Home {
        name: EnvironmentName::new(Arc::clone(&document.key.name)),
        at: document.at,
        document: typed,
        extends: extends(&document.node),
    }
}

fn unreadable_home(path: &str, file: FileIndex) -> Home {
    let directory = directory_of(path);
    let name = EnvironmentName::new(directory.rsplit('/').next().unwrap_or(directory));
    Home { name, at: Span::start_of(file), document: None, extends: Vec::new() }
}

fn extends(node: &Node) -> Vec<(Arc<str>, Span)> {
    let items = node.at(&["spec", "extends"]).and_then(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| Some((item.text()?.clone(), item.span))).collect()
}

fn misplaced(at: Location) -> Diagnostic {
    Diagnostic::error(codes::MISPLACED_ENVIRONMENT, at, "an Environment stands once, in a file of its own")
        .hint("move it to DIRECTORY/environment.yaml")
}

fn lacking(path: &Arc<str>) -> Diagnostic {
    let at = Location::start_of(Arc::clone(path));
    Diagnostic::error(codes::MISPLACED_ENVIRONMENT, at, "this file has no `kind: Environment`")
        .hint("`evenkeel init` writes one to start from")
}

fn overlooked(path: &Arc<str>) -> Diagnostic {
    let directory = directory_of(path);
    let at = Location::start_of(Arc::clone(path));
    Diagnostic::warning(codes::UNREAD_FILE, at, "this file is not read")
        .note(format!(
            "subdirectories of an environment are not part of it, and nothing extends {}",
            shown(directory)
        ))
        .hint("move the file up, or add its directory to `extends`")
}

fn namesakes(repository: &Repository) -> Vec<Diagnostic> {
    let mut first: BTreeMap<&EnvironmentName, &Home> = BTreeMap::new();
    let mut findings = Vec::new();
    for home in repository.directories.values().filter_map(|directory| directory.environment.as_ref()) {
        if let Some(other) = first.get(&home.name) {
            let message = format!("there are two environments `{}`", home.name);
            findings.push(
                Diagnostic::error(codes::DUPLICATE_ENVIRONMENT, repository.sources.locate(home.at), message)
                    .note(format!("the other is at {}", repository.sources.locate(other.at)))
                    .hint("rename one: an environment is its name, whatever its directory is called"),
            );
        } else {
            first.insert(&home.name, home);
        }
    }
    findings
}
