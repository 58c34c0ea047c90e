//! Which directories make up an environment, bases first.

use super::{Directory, Repository};
use crate::diagnostic::Diagnostic;
use crate::documents::codes;
use crate::documents::nearest::nearest;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The directories of an environment in the order in which they are laid over each other, and what is wrong with that.
pub(super) fn layers(repository: &Repository, directory: &Arc<str>) -> (Vec<Arc<str>>, Vec<Diagnostic>) {
    let mut walk =
        Walk { repository, path: Vec::new(), order: Vec::new(), done: BTreeSet::new(), findings: Vec::new() };
    walk.enter(directory);
    (walk.order, walk.findings)
}

struct Walk<'a> {
    repository: &'a Repository,
    path: Vec<Arc<str>>,
    order: Vec<Arc<str>>,
    done: BTreeSet<Arc<str>>,
    findings: Vec<Diagnostic>,
}

impl Walk<'_> {
    fn enter(&mut self, directory: &Arc<str>) {
        if !self.done.insert(Arc::clone(directory)) {
            return;
        }
        self.path.push(Arc::clone(directory));
        let extends = self.repository.directories.get(directory).map(Directory::extends).unwrap_or_default();
        for (written, span) in extends {
            let at = self.repository.sources.locate(span);
            match resolve(directory, &written) {
                Some(base) if self.path.contains(&base) => self.findings.push(self.circle(&base, at)),
                Some(base) if self.repository.directories.contains_key(&base) => self.enter(&base),
                missing => self.findings.push(self.missing(directory, &written, missing.as_deref(), at)),
            }
        }
        self.path.pop();
        self.order.push(Arc::clone(directory));
    }

    fn circle(&self, base: &Arc<str>, at: crate::diagnostic::Location) -> Diagnostic {
        let start = self.path.iter().position(|directory| directory == base).unwrap_or_default();
        let circle: Vec<&str> =
            self.path[start..].iter().chain([base]).map(|directory| shown(directory)).collect();
        let message = if circle.len() == 2 {
            format!("{} extends itself", circle[0])
        } else {
            format!("environments extend each other in a circle: {}", circle.join(" -> "))
        };
        Diagnostic::error(codes::EXTENDS_LOOP, at, message)
            .hint("move what both share into a directory without environment.yaml, and let both extend that")
    }

    fn missing(
        &self,
        directory: &str,
        written: &str,
        base: Option<&str>,
        at: crate::diagnostic::Location,
    ) -> Diagnostic {
        let Some(base) = base else {
            let message = format!("`{written}` is outside the repository");
            return Diagnostic::error(codes::MISSING_BASE, at, message)
                .hint("name a directory relative to this one");
        };
        let finding =
            Diagnostic::error(codes::MISSING_BASE, at, format!("there are no YAML files in {}", shown(base)));
        let others = self
            .repository
            .directories
            .keys()
            .map(|directory| &**directory)
            .filter(|other| *other != directory);
        let others: Vec<String> = others.map(|other| relative(directory, other)).collect();
        match nearest(written.trim_end_matches('/'), others.iter().map(String::as_str)) {
            Some(near) => finding.label(format!("there is `{near}`")),
            None => finding.hint("entries of `extends` are directories, relative to this file's"),
        }
    }
}

/// Returns the directory that a relative path leads to; nothing if that is outside the repository.
pub(super) fn resolve(directory: &str, relative: &str) -> Option<Arc<str>> {
    if relative.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(Arc::from(parts.join("/")))
}

fn relative(from: &str, to: &str) -> String {
    let from: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    let to: Vec<&str> = to.split('/').filter(|part| !part.is_empty()).collect();
    let shared = from.iter().zip(&to).take_while(|(one, two)| one == two).count();
    let up = std::iter::repeat_n("..", from.len() - shared);
    up.chain(to[shared..].iter().copied()).collect::<Vec<_>>().join("/")
}

/// The repository's root has no name of its own.
pub(super) fn shown(directory: &str) -> &str {
    if directory.is_empty() { "." } else { directory }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_within_the_repository() {
        assert_eq!(resolve("environments/prod", "../base").as_deref(), Some("environments/base"));
        assert_eq!(resolve("environments/prod", "./extra/").as_deref(), Some("environments/prod/extra"));
        assert_eq!(resolve("prod", "..").as_deref(), Some(""));
        assert_eq!(resolve("prod", "../../secrets"), None);
        assert_eq!(resolve("prod", "/etc"), None);
    }

    #[test]
    fn a_directory_is_shown_as_one_would_write_it_from_another() {
        assert_eq!(relative("environments/prod", "environments/base"), "../base");
        assert_eq!(relative("environments/prod", "environments/prod/extra"), "extra");
    }
}
