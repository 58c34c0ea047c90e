//! `evenkeel init`: writes what a new repository begins with, and never over what is there.

use super::args::Init;
use super::error::Failure;
use super::ui;
use evenkeel_core::documents::starter::{KeptBy, StarterFile, starter};
use evenkeel_core::engine::id::EnvironmentName;
use evenkeel_core::report::Exit;
use std::path::Path;

/// Runs the verb.
pub(super) fn run(options: &Init) -> Result<Exit, Failure> {
    let name = options.name.as_str();
    if !is_name(name) {
        return Err(Failure::usage(format!("`{name}` is no name for an environment"))
            .hint("lower-case letters, digits and `-`, for example prod"));
    }
    let files = starter(&EnvironmentName::new(name));
    let there = files.iter().filter(|file| file.kept_by == KeptBy::People);
    if let Some(file) = there.into_iter().find(|file| options.directory.join(&file.path).exists()) {
        let message =
            format!("{} is there already; nothing was written", options.directory.join(&file.path).display());
        return Err(Failure::new(Exit::Failed, message).hint("name another directory: evenkeel init DIR"));
    }
    files.iter().try_for_each(|file| write(&options.directory, file))?;
    for file in files.iter().filter(|file| file.kept_by == KeptBy::People) {
        ui::result(&format!("{}\n", options.directory.join(&file.path).display()))?;
    }
    ui::talk(&format!("next: evenkeel validate, then evenkeel plan {name}"));
    ui::talk(&format!(
        "or, for what runs already: evenkeel import {name} --from kubernetes --namespace NAMESPACE"
    ));
    Ok(Exit::Done)
}

/// It names objects in the cluster (`evenkeel-NAME-journal-…`) and is the value of a label.
fn is_name(name: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    (1..=40).contains(&name.len())
        && name.chars().all(plain)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

fn write(directory: &Path, file: &StarterFile) -> Result<(), Failure> {
    let path = directory.join(&file.path);
    let parent = path.parent().unwrap_or(directory);
    std::fs::create_dir_all(parent)
        .and_then(|()| std::fs::write(&path, &file.text))
        .map_err(|error| Failure::new(Exit::Failed, format!("{} cannot be written: {error}", path.display())))
}
