//! From `--repo` and `--revision` to the specs of one environment, with everything that is wrong with them.

use super::protected::Protected;
use super::surroundings::Surroundings;
use crate::parallel;
use crate::source::{self, Access, Credentials, Origin, Refused, Snapshot, Source, SourceError};
use evenkeel_core::diagnostic::Diagnostic;
use evenkeel_core::documents::policy::DIRECTORY;
use evenkeel_core::documents::{
    EnvironmentRef, PolicyBook, Reading, Repository, Sheet, SourceFile, Specs, UnknownEnvironment,
    is_environment_file,
};
use evenkeel_core::engine::id::Revision;
use evenkeel_core::engine::plan::Base;
use evenkeel_core::engine::policy::Policies;

/// The files of specs, read and not parsed yet.
pub struct Files {
    specs: Snapshot,
    base: Option<Snapshot>,
}

impl Files {
    /// Reads the files of a source, and those of the revision of it that is protected, if one is named.
    pub async fn read(
        source: &Source,
        base: Option<&Source>,
        surroundings: &Surroundings,
    ) -> Result<Self, SpecsError> {
        let credentials = Credentials::of(&surroundings.variables);
        let access = Access { credentials, ..Access::with_cache(&surroundings.cache) };
        let specs = source::read(source, &access).await?;
        let base = match base {
            Some(base) => Some(source::read(base, &access).await?),
            None => None,
        };
        Ok(Self { specs, base })
    }

    /// Parses everything, on all processors.
    #[must_use]
    pub fn parse(self) -> Opened {
        let base = self.base.map(|base| Box::new(Opened::parsed(base)));
        Opened { base, ..Opened::parsed(self.specs) }
    }

    /// Returns an environment's own settings, if they can be known before everything is parsed: they are short, and
    /// nobody else has a say in them.
    #[must_use]
    pub fn settings(&self, named: &str) -> Option<(Specs, Revision)> {
        if self.base.is_some() {
            return None;
        }
        let homes: Vec<SourceFile> =
            self.specs.files.iter().filter(|file| is_environment_file(&file.path)).cloned().collect();
        let repository = Reading::of(&homes).finish();
        let specs = repository.bare(&repository.find(named).ok()?)?;
        Some((specs, self.specs.origin.revision()))
    }
}

/// What an environment wants, and what it is judged by.
pub struct Found {
    /// What it wants.
    pub specs: Specs,
    /// Their revision.
    pub revision: Revision,
    /// The protected revision, if they are not judged by themselves.
    pub base: Option<Base>,
    /// The policies in force.
    pub policies: Policies,
}

/// A repository of specs, read and parsed.
pub struct Opened {
    /// The parsed files.
    pub repository: Repository,
    /// Which revision they are.
    pub origin: Origin,
    /// Files that could not be read; an environment that would use one is not planned.
    pub refused: Vec<Refused>,
    /// The protected revision, if specs are judged by another one than their own.
    pub base: Option<Box<Self>>,
}

/// Why there are no specs.
#[derive(Debug, thiserror::Error)]
pub enum SpecsError {
    /// The source cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// There is no such environment.
    #[error(transparent)]
    Unknown(#[from] UnknownEnvironment),
    /// The specs are wrong.
    #[error("the specs cannot be used as they stand")]
    Wrong(Vec<Diagnostic>),
    /// Files of the environment cannot be read; leaving them out would look like a wish to delete.
    #[error("the specs cannot be read as they stand")]
    Refused(Vec<Refused>),
    /// The protected revision does not have the environment, so nothing says whom it may talk to.
    #[error("{base}, which is protected, has no environment `{named}`; nothing was contacted")]
    NotInForce {
        /// As it was named.
        named: String,
        /// The protected revision.
        base: Revision,
    },
    /// The protected revision has an environment where the planned one has none.
    #[error(
        "{base} has an environment in {directory}, and these specs have none there; nothing was contacted"
    )]
    Gone {
        /// Its directory.
        directory: String,
        /// The protected revision.
        base: Revision,
    },
    /// What the protected revision says cannot be used.
    #[error("what {base} says cannot be used: {at}: {}", .first.message, at = .first.at)]
    Base {
        /// The protected revision.
        base: Revision,
        /// The first thing that is wrong with it.
        first: Box<Diagnostic>,
    },
}

impl Opened {
    /// Reads a repository, and the revision of it that is protected, if one is named.
    pub async fn read(
        source: &Source,
        base: Option<&Source>,
        surroundings: &Surroundings,
    ) -> Result<Self, SpecsError> {
        Ok(Files::read(source, base, surroundings).await?.parse())
    }

    fn parsed(snapshot: Snapshot) -> Self {
        let Snapshot { files, refused, origin } = snapshot;
        Self { repository: parse(&files), origin, refused, base: None }
    }

    /// Returns the revision as people know it.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.origin.revision()
    }

    /// Returns an environment's own settings, whatever is wrong with the rest of its specs.
    pub fn settings(&self, named: &str) -> Result<Specs, SpecsError> {
        let in_force = self.base.as_deref().unwrap_or(self);
        let found = in_force.repository.find(named)?;
        match in_force.repository.bare(&found) {
            Some(specs) => Ok(specs),
            None => in_force.repository.specs(&found).map_err(SpecsError::Wrong),
        }
    }

    /// Returns the policies that are in force; one that cannot be read or used stops everything that would ask it.
    pub fn policies(&self) -> Result<Policies, SpecsError> {
        self.book().map(|book| book.policies.clone())
    }

    /// Returns the policies that are in force, each with what it has to say of itself.
    pub fn book(&self) -> Result<&PolicyBook, SpecsError> {
        let in_force = self.base.as_deref().unwrap_or(self);
        if let Some(refused) = in_force.refused_for(&[DIRECTORY]) {
            return Err(SpecsError::Refused(refused));
        }
        match (in_force.repository.policies(), &self.base) {
            (Ok(book), _) => Ok(book),
            (Err(found), None) => Err(SpecsError::Wrong(found)),
            (Err(found), Some(base)) => Err(base.unusable(&found)),
        }
    }

    /// Returns what an environment wants, by directory or name, and what it is judged by.
    pub fn found(&self, named: &str) -> Result<Found, SpecsError> {
        let (_, specs, base) = self.environment(named)?;
        Ok(Found { specs, revision: self.revision(), base, policies: self.policies()? })
    }

    /// Returns the specs of an environment, by directory or name, and what they are judged by if not by themselves.
    pub fn environment(&self, named: &str) -> Result<(EnvironmentRef, Specs, Option<Base>), SpecsError> {
        if let Some(base) = &self.base {
            let Protected { environment, specs, base } = self.under(base, named)?;
            return Ok((environment, specs, Some(base)));
        }
        let found = self.find(named)?;
        self.check_refused(&found)?;
        let specs = self.repository.specs(&found).map_err(SpecsError::Wrong)?;
        Ok((found, specs, None))
    }

    /// Returns the environment of this directory or name; one that cannot be read is not called unknown.
    pub(super) fn find(&self, named: &str) -> Result<EnvironmentRef, SpecsError> {
        self.repository.find(named).map_err(|unknown| {
            let homes = [named.to_owned(), format!("environments/{named}")];
            match self.refused_for(&homes) {
                Some(refused) => SpecsError::Refused(refused),
                None => SpecsError::Unknown(unknown),
            }
        })
    }

    /// Refuses an environment of which something cannot be read.
    pub(super) fn check_refused(&self, environment: &EnvironmentRef) -> Result<(), SpecsError> {
        let layers = self.repository.layers(environment);
        match self.refused_for(&layers) {
            Some(refused) => Err(SpecsError::Refused(refused)),
            None => Ok(()),
        }
    }

    /// Returns what cannot be read where specs are looked for; a dangling link among other files is nobody's trouble.
    #[must_use]
    pub fn refused_specs(&self) -> Vec<Refused> {
        let environments = self.repository.environments();
        let layers: Vec<_> = environments.iter().flat_map(|found| self.repository.layers(found)).collect();
        let is_home =
            |path: &str| ["environment.yaml", "environment.yml"].iter().any(|name| path.ends_with(name));
        let concerns = |refused: &&Refused| {
            refused.concerns("environments")
                || refused.concerns("policies")
                || is_home(&refused.path)
                || layers.iter().any(|layer| refused.concerns(layer))
        };
        self.refused.iter().filter(concerns).cloned().collect()
    }

    /// Returns what cannot be read in or above these directories, if anything.
    fn refused_for(&self, directories: &[impl AsRef<str>]) -> Option<Vec<Refused>> {
        let concerns =
            |refused: &&Refused| directories.iter().any(|directory| refused.concerns(directory.as_ref()));
        let refused: Vec<Refused> = self.refused.iter().filter(concerns).cloned().collect();
        (!refused.is_empty()).then_some(refused)
    }
}

/// Parses every file, on all processors.
fn parse(files: &[SourceFile]) -> Repository {
    let mut reading = Reading::of(files);
    parallel::each(reading.sheets().iter_mut().collect(), Sheet::read);
    reading.finish()
}
