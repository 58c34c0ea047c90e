//! What a new repository begins with: an environment, an example, a policy, what editors and continuous integration need.

use super::schema::schemas;
use crate::engine::id::EnvironmentName;

/// A file of a new repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StarterFile {
    /// Where, relative to the repository's root.
    pub path: String,
    /// What stands in it.
    pub text: String,
    /// Whether people write in it from then on.
    pub kept_by: KeptBy,
}

/// Who keeps a file once it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptBy {
    /// People; it is never overwritten.
    People,
    /// `evenkeel schema`; it is written anew.
    Evenkeel,
}

/// Returns the files of a new repository with one environment.
#[must_use]
pub fn starter(environment: &EnvironmentName) -> Vec<StarterFile> {
    let directory = format!("environments/{environment}");
    let people = [
        (format!("{directory}/environment.yaml"), include_str!("environment.yaml")),
        (format!("{directory}/example.yaml"), include_str!("example.yaml")),
        ("policies/changes.yaml".to_owned(), include_str!("policy.yaml")),
        ("ci/evenkeel.sh".to_owned(), include_str!("pipeline.sh")),
        (".github/workflows/evenkeel.yml".to_owned(), include_str!("workflow.yml")),
        (".gitignore".to_owned(), include_str!("gitignore")),
    ];
    let people = people.into_iter().map(|(path, text)| StarterFile {
        path,
        text: text.replace("@NAME@", environment.as_str()),
        kept_by: KeptBy::People,
    });
    let schemas = schemas().into_iter().map(|(name, schema)| StarterFile {
        path: format!(".evenkeel/schemas/{name}"),
        text: format!("{schema:#}\n"),
        kept_by: KeptBy::Evenkeel,
    });
    people.chain(schemas).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{Repository, SourceFile};

    #[test]
    fn what_a_repository_begins_with_has_no_findings_at_all() {
        let files = starter(&EnvironmentName::new("prod"));
        let files: Vec<SourceFile> = files
            .into_iter()
            .map(|file| SourceFile { path: file.path.into(), bytes: file.text.into_bytes() })
            .collect();
        let (repository, findings) = Repository::read(&files);
        assert_eq!((findings, repository.validate()), (Vec::new(), Vec::new()));
        assert_eq!(repository.environments().len(), 1);
    }

    #[test]
    fn the_example_is_sound_once_it_is_uncommented() {
        let mut files = starter(&EnvironmentName::new("prod"));
        let example = files.iter_mut().find(|file| file.path.ends_with("example.yaml")).expect("there");
        let lines = example.text.lines().skip_while(|line| *line != "#").skip(1);
        let lines = lines.map(|line| line.strip_prefix("# ").unwrap_or(line));
        example.text = lines.flat_map(|line| [line, "\n"]).collect();
        let files = files
            .into_iter()
            .map(|file| SourceFile { path: file.path.into(), bytes: file.text.into_bytes() });
        let (repository, _) = Repository::read(&files.collect::<Vec<_>>());
        assert_eq!(repository.validate(), Vec::new());
        let environment = repository.find("prod").expect("there");
        assert_eq!(repository.specs(&environment).expect("sound").desired.resources.len(), 2);
    }
}
