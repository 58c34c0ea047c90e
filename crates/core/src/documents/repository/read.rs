//! From files to directories of documents: which files are read, and what each one holds.

use super::layers::{layers, resolve, shown};
use super::sheet::{Read, Sheet};
use super::{Home, OwnKind, Repository, Written, overlay};
use crate::diagnostic::{Diagnostic, Location};
use crate::documents::policy::{DIRECTORY, compile};
use crate::documents::source::{FileIndex, SourceFile, Span};
use crate::documents::yaml::tree::Node;
use crate::documents::{Document, Environment, codes, discreet, fit, lint};
use crate::engine::fingerprint::Digest;
use crate::engine::id::EnvironmentName;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A repository on its way: which files are read is known, and each can be read by itself.
pub struct Reading<'a> {
    files: Vec<&'a SourceFile>,
    chosen: Chosen,
    sheets: Vec<Sheet<'a>>,
}

impl<'a> Reading<'a> {
    /// Chooses the files that are documents.
    #[must_use]
    pub fn of(files: &'a [SourceFile]) -> Self {
        let mut files: Vec<&SourceFile> = files.iter().collect();
        files.sort_by(|one, two| one.path.cmp(&two.path));
        let chosen = Chosen::of(&files);
        let specs = files.iter().copied().filter(|file| chosen.takes(&file.path));
        let sheets = (0u32..).zip(specs).map(|(index, file)| Sheet::of(file, FileIndex(index))).collect();
        Self { files, chosen, sheets }
    }

    /// Returns the files, so that several threads can read them. In which order they do changes nothing.
    pub fn sheets(&mut self) -> &mut [Sheet<'a>] {
        &mut self.sheets
    }

    /// Reads what nobody has read so far, and puts all together.
    #[must_use]
    pub fn finish(self) -> Repository {
        let Self { files, chosen, sheets } = self;
        let mut repository = Repository::default();
        let mut rules = Vec::new();
        for sheet in sheets {
            let path = Arc::clone(sheet.path());
            if is_policy_file(&path) {
                rules.extend(add_policies(&mut repository, sheet.finish()));
            } else {
                add(&mut repository, &path, sheet.finish());
            }
        }
        let policies = files.iter().filter(|file| file.path.starts_with(DIRECTORY));
        repository.policies =
            policies.map(|file| (Arc::clone(&file.path), Digest::of([&*file.bytes]))).collect();
        let (book, findings) = compile(&rules, &repository.sources);
        repository.book = book;
        repository.rules = rules;
        repository.about_policies.extend(findings);
        let unread =
            files.iter().filter(|file| chosen.overlooks(&file.path)).map(|file| overlooked(&file.path));
        repository.shared.extend(unread);
        repository.shared.extend(namesakes(&repository));
        name_heirs(&mut repository);
        let sources = Arc::clone(&repository.sources);
        for directory in repository.directories.values_mut() {
            directory
                .findings
                .extend(overlay::duplicates(&directory.documents, &|span| sources.locate(span)));
        }
        repository
    }
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
            let read = Sheet::of(file, FileIndex(0)).finish();
            let extends = read.documents.iter().flat_map(|document| extends(&document.node));
            directories.extend(extends.filter_map(|(base, _)| resolve(directory, &base)));
            environments.insert(Arc::from(directory));
        }
        directories.extend(environments.iter().cloned());
        Self { environments, directories }
    }

    fn takes(&self, path: &str) -> bool {
        let directory = directory_of(path);
        is_policy_file(path)
            || is_yaml(path)
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

fn is_policy_file(path: &str) -> bool {
    path.starts_with(DIRECTORY) && is_yaml(path)
}

fn is_below_environments(directory: &str) -> bool {
    directory.starts_with("environments/")
}

fn is_yaml(path: &str) -> bool {
    let hidden = path.split('/').any(|part| part.starts_with('.'));
    !hidden && matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml")))
}

/// Tells whether a file of this path makes its directory an environment.
#[must_use]
pub fn is_environment_file(path: &str) -> bool {
    is_yaml(path) && matches!(path.rsplit('/').next(), Some("environment.yaml" | "environment.yml"))
}

fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
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

fn add(repository: &mut Repository, path: &Arc<str>, read: Read) {
    let Read { text, digest, documents, mut findings } = read;
    let directory = repository.directories.entry(Arc::from(directory_of(path))).or_default();
    directory.contents.insert(Arc::clone(path), digest);
    let locate = |span| text.locate(span);
    let (mut homes, mut misfits) = (0, Vec::new());
    for document in documents {
        findings.extend(lint::alone(&document, &locate));
        misfits.extend(fit::misfits(&document, &locate));
        if document.own == Some(OwnKind::Policy) {
            findings.push(policy_elsewhere(locate(document.at)));
        } else if document.own != Some(OwnKind::Environment) {
            directory.documents.push(Arc::new(document));
        } else if is_environment_file(path) && homes == 0 {
            homes += 1;
            directory.environment = Some(home(document));
        } else {
            findings.push(misplaced(locate(document.at)));
        }
    }
    // Of a value that is wrong by itself, nothing is gained by saying that it does not fit either.
    let told: BTreeSet<Location> = findings.iter().map(|finding| finding.at.clone()).collect();
    findings.extend(misfits.into_iter().filter(|misfit| !told.contains(&misfit.at)));
    if homes == 0 && is_environment_file(path) {
        directory.environment.get_or_insert_with(|| unreadable_home(path, repository.sources.next()));
        findings.extend(findings.is_empty().then(|| lacking(path)));
    }
    discreet::reword(&text, &mut findings);
    directory.findings.extend(few(findings));
    Arc::make_mut(&mut repository.sources).add(text);
}

/// Adds a file of policies and returns its documents; they belong to no environment.
fn add_policies(repository: &mut Repository, read: Read) -> Vec<Arc<Written>> {
    let Read { text, digest: _, documents, mut findings } = read;
    let locate = |span| text.locate(span);
    findings.extend(documents.iter().flat_map(|document| lint::alone(document, &locate)));
    repository.about_policies.extend(few(findings));
    Arc::make_mut(&mut repository.sources).add(text);
    documents.into_iter().map(Arc::new).collect()
}

fn policy_elsewhere(at: Location) -> Diagnostic {
    Diagnostic::error(codes::POLICY_PLACE, at, "a Policy counts only in policies/, at the repository's root")
        .hint("move it there; `match.environments` says where it holds")
}

fn home(document: Written) -> Home {
    let typed = Document::read(document.own, &document.node);
    let typed: Option<Environment> =
        if let Ok(Document::Environment(environment)) = typed { Some(environment) } else { None };
    Home {
        name: EnvironmentName::new(Arc::clone(&document.key.name)),
        at: document.at,
        document: typed,
        extends: extends(&document.node),
        written: Some(Arc::new(document)),
    }
}

fn unreadable_home(path: &str, file: FileIndex) -> Home {
    let directory = directory_of(path);
    let name = EnvironmentName::new(directory.rsplit('/').next().unwrap_or(directory));
    Home { name, at: Span::start_of(file), document: None, written: None, extends: Vec::new() }
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
