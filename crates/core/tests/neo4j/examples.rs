//! The examples of `environments/` are sound, and become what they say.

use super::lines;
use evenkeel_core::documents::{Repository, SourceFile};
use evenkeel_core::report::diagnostics::{Contacted, render};
use evenkeel_core::report::style::Style;
use std::path::Path;

fn files(directory: &str) -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../environments").join(directory);
    let mut paths: Vec<_> =
        std::fs::read_dir(root).expect("an example").map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    let file = |path: &std::path::PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        SourceFile { path: format!("{directory}/{name}").into(), bytes: std::fs::read(path).expect("read") }
    };
    paths.iter().map(file).collect()
}

fn becomes(directory: &str) -> String {
    let (repository, _) = Repository::read(&files(directory));
    let line = |file: &str, number| repository.line(file, number);
    let told = render(&repository.validate(), repository.files(), line, Contacted::Nobody, Style::plain());
    let environment = repository.find(directory).expect("it is there");
    let specs = repository.specs(&environment).expect("sound");
    let all = lines(specs.desired.resources.keys());
    format!("{told}\n{all}")
}

#[test]
fn a_cluster_of_three_and_two_is_sound() {
    insta::assert_snapshot!(becomes("neo4j"));
}

#[test]
fn a_single_server_of_community_is_sound() {
    insta::assert_snapshot!(becomes("neo4j-community"));
}
