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
    /// A file of the environment cannot be read; leaving it out would look like a wish to delete.
    #[error("{} cannot be read: {}", .0.path, .0.why)]
    Refused(Refused),
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
        if let Some(refused) = self.refused.iter().find(|refused| refused.path.starts_with(DIRECTORY)) {
            return Err(SpecsError::Refused(refused.clone()));
        }
        self.repository.policies().map(|book| book.policies.clone()).map_err(SpecsError::Wrong)
    }

    /// Returns the specs of an environment, by directory or name.
    pub fn environment(&self, named: &str) -> Result<(EnvironmentRef, Specs), SpecsError> {
        let found = self.repository.find(named)?;
        let layers = self.repository.layers(&found);
        let concerns = |refused: &&Refused| layers.iter().any(|layer| refused.concerns(layer));
        if let Some(refused) = self.refused.iter().find(concerns) {
            return Err(SpecsError::Refused(refused.clone()));
        }
        let specs = self.repository.specs(&found).map_err(SpecsError::Wrong)?;
        Ok((found, specs))
    }
}

/// Parses every file, on all processors.
fn parse(files: &[SourceFile]) -> Repository {
    let mut reading = Reading::of(files);
    parallel::each(reading.sheets().iter_mut().collect(), Sheet::read);
    reading.finish()
}
