//! What is said about specs that are wrong: one golden text per code, as a user reads it.

mod documents;
mod environments;
mod neo4j;
mod places;
mod platform;
mod yaml;

use evenkeel_core::documents::{Repository, SourceFile, codes};
use evenkeel_core::report::diagnostics::{Contacted, render};
use evenkeel_core::report::style::Style;
use std::path::Path;

const HEAD: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\n";

/// Validates a repository and returns what the user reads.
fn told(files: &[(&str, &str)]) -> String {
    let files =
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect::<Vec<_>>();
    told_of_bytes(&files)
}

fn told_of_bytes(files: &[(String, Vec<u8>)]) -> String {
    let files: Vec<SourceFile> = files
        .iter()
        .map(|(path, bytes)| SourceFile { path: path.as_str().into(), bytes: bytes.clone() })
        .collect();
    let (repository, _) = Repository::read(&files);
    let findings = repository.validate();
    render(
        &findings,
        repository.files(),
        |file, line| repository.line(file, line),
        Contacted::Nobody,
        Style::plain(),
    )
}

/// Validates one manifest file in a sound environment.
fn told_of(manifest: &str) -> String {
    let environment =
        format!("{HEAD}spec: {{kubernetes: {{default: {{inCluster: true, namespace: graph}}}}}}\n");
    told(&[("prod/environment.yaml", &environment), ("prod/a.yaml", manifest)])
}

/// Validates an environment with this `spec`.
fn told_of_spec(spec: &str) -> String {
    told(&[("prod/environment.yaml", &format!("{HEAD}spec:\n{spec}"))])
}

/// Returns the text of every test and golden in a folder.
fn texts_in(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries
        .map(
            |path| {
                if path.is_dir() {
                    texts_in(&path)
                } else {
                    std::fs::read_to_string(&path).unwrap_or_default()
                }
            },
        )
        .collect()
}

#[test]
fn every_code_about_specs_is_shown_to_a_user_in_some_test() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let texts: String = ["tests", "../../tests/sandbox"].map(|it| texts_in(&package.join(it))).concat();
    let unseen: Vec<String> = codes::ALL
        .iter()
        .map(|entry| entry.code)
        .filter(|code| codes::is_of_specs(*code) && !texts.contains(&format!("[{code}]: ")))
        .map(|code| code.to_string())
        .collect();
    assert!(unseen.is_empty(), "nobody has seen what is said with {unseen:?}");
}

#[test]
fn every_error_of_every_file_comes_in_one_run() {
    let environment = format!("{HEAD}spec:\n  extend: [../base]\n  limits: {{maxDeletes: many}}\n");
    let secrets = "\
apiVersion: evenkeel.dev/v1alpha1
kind: ManagedSecret
metadata: {name: auth, label: {}}
spec:
  data: {PASSWORD: {fromEnvironment: X}}
---
broken: [1, 2
---
apiVersion: evenkeel.dev/v1alpha1
kind: ManagedSecrets
metadata: {name: other}
";
    insta::assert_snapshot!(told(&[("prod/environment.yaml", &environment), ("prod/secrets.yaml", secrets)]), @r#"
error[E0102]: unknown field `extend`
 --> prod/environment.yaml:5:3
  |
5 |   extend: [../base]
  |   ^^^^^^ Environment has `extends`
  = in Environment/prod

error[E0104]: `maxDeletes` is a whole number, and this is text
 --> prod/environment.yaml:6:24
  |
6 |   limits: {maxDeletes: many}
  |                        ^^^^
  = in Environment/prod

error[E0102]: unknown field `label`
 --> prod/secrets.yaml:3:24
  |
3 | metadata: {name: auth, label: {}}
  |                        ^^^^^ ManagedSecret has `labels`
  = in ManagedSecret/auth

error[E0102]: unknown field `fromEnvironment`
 --> prod/secrets.yaml:5:21
  |
5 |   data: {PASSWORD: {fromEnvironment: X}}
  |                     ^^^^^^^^^^^^^^^ PASSWORD has `fromEnv`
  = in ManagedSecret/auth

error[E0101]: this `[` is never closed
 --> prod/secrets.yaml:7:9
  |
7 | broken: [1, 2
  |         ^

error[E0301]: Evenkeel has no kind `ManagedSecrets`
  --> prod/secrets.yaml:10:7
   |
10 | kind: ManagedSecrets
   |       ^^^^^^^^^^^^^^ there is `ManagedSecret`

6 errors in 2 of 2 files. Nothing was contacted.
"#);
}
