//! From `--repo` and `--revision` to the specs of one environment, with everything that is wrong with them.

use super::surroundings::Surroundings;
use crate::parallel;
use crate::source::{self, Access, Credentials, Origin, Refused, Source, SourceError};
use evenkeel_core::diagnostic::Diagnostic;
use evenkeel_core::documents::policy::DIRECTORY;
use evenkeel_core::documents::{
    EnvironmentRef, Reading, Repository, Sheet, SourceFile, Specs, UnknownEnvironment,
};
use evenkeel_core::engine::id::Revision;
use evenkeel_core::engine::policy::Policies;

/// A repository of specs, read and parsed.
pub struct Opened {
    /// The parsed files.
    pub repository: Repository,
    /// Which revision they are.
    pub origin: Origin,
    /// Files that could not be read; an environment that would use one is not planned.
    pub refused: Vec<Refused>,
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
}

impl Opened {
    /// Reads a repository.
    pub async fn read(source: &Source, surroundings: &Surroundings) -> Result<Self, SpecsError> {
        let credentials = Credentials::of(&surroundings.variables);
        let access = Access { credentials, ..Access::with_cache(&surroundings.cache) };
        let snapshot = source::read(source, &access).await?;
        Ok(Self { repository: parse(&snapshot.files), origin: snapshot.origin, refused: snapshot.refused })
    }

    /// Returns the revision as people know it.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.origin.revision()
    }

    /// Returns an environment's own settings, whatever is wrong with the rest of its specs.
    pub fn settings(&self, named: &str) -> Result<Specs, SpecsError> {
        let found = self.repository.find(named)?;
        match self.repository.bare(&found) {
            Some(specs) => Ok(specs),
            None => self.repository.specs(&found).map_err(SpecsError::Wrong),
        }
    }

    /// Returns the policies; one that cannot be read or used stops everything that would ask it.
    pub fn policies(&self) -> Result<Policies, SpecsError> {
        if let Some(refused) = self.refused_for(&[DIRECTORY]) {
            return Err(SpecsError::Refused(refused));
        }
        self.repository.policies().map(|book| book.policies.clone()).map_err(SpecsError::Wrong)
    }

    /// Returns the specs of an environment, by directory or name.
    pub fn environment(&self, named: &str) -> Result<(EnvironmentRef, Specs), SpecsError> {
        let found = match self.repository.find(named) {
            Ok(found) => found,
            Err(unknown) => {
                let homes = [named.to_owned(), format!("environments/{named}")];
                return Err(match self.refused_for(&homes) {
                    Some(refused) => SpecsError::Refused(refused),
                    None => SpecsError::Unknown(unknown),
                });
            }
        };
        let layers = self.repository.layers(&found);
        if let Some(refused) = self.refused_for(&layers) {
            return Err(SpecsError::Refused(refused));
        }
        let specs = self.repository.specs(&found).map_err(SpecsError::Wrong)?;
        Ok((found, specs))
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
