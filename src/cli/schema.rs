//! `evenkeel schema` and `evenkeel completions`: what editors and shells want to know.

use super::args::{Arguments, Completions, Schema};
use super::error::Failure;
use super::ui;
use clap::CommandFactory;
use evenkeel_core::documents::schema::schemas;
use evenkeel_core::report::Exit;
use std::path::Path;

/// Writes the JSON Schemas.
pub(super) fn run(options: &Schema) -> Result<Exit, Failure> {
    for (name, schema) in schemas() {
        let text = format!("{schema:#}\n");
        match &options.out {
            None => ui::file(&text)?,
            Some(directory) => write(&directory.join(name), &text)?,
        }
    }
    Ok(Exit::Done)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| Failure::new(Exit::Failed, format!("{} cannot be written: {error}", path.display())))
}

/// Writes a completion script.
pub(super) fn completions(options: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Arguments::command(), "evenkeel", &mut script);
    ui::file(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
