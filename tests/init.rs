//! `evenkeel init`: what it writes is sound, and it writes over nothing.

use crate::support::repository::Repository;

#[test]
fn a_new_repository_validates_and_has_what_editors_and_pipelines_need() {
    let repository = Repository::new();
    let run = repository.expect(0, &["init", "--name", "staging"]);
    assert_eq!(
        run.stdout,
        "./environments/staging/environment.yaml\n./environments/staging/example.yaml\n./policies/changes.yaml\n./ci/evenkeel.sh\n\
         ./.github/workflows/evenkeel.yml\n./.gitignore\n"
    );
    let validate = repository.expect(0, &["validate"]);
    assert!(validate.stdout.starts_with("No errors"), "{}", validate.stdout);
    let read = |path: &str| std::fs::read_to_string(repository.path().join(path)).expect("a file");
    let environment = read("environments/staging/environment.yaml");
    let schema =
        environment.lines().next().and_then(|line| line.split_once("$schema=")).expect("a schema line").1;
    assert!(repository.path().join("environments/staging").join(schema).exists(), "{schema}");
    assert!(read(".github/workflows/evenkeel.yml").contains("sh ci/evenkeel.sh apply"));
    assert!(read(".gitignore").contains(".evenkeel/"));
    let all = run.stdout.lines().map(|path| read(path.trim_start_matches("./"))).collect::<String>();
    assert!(!all.contains("@NAME@"), "{all}");
}

#[test]
fn init_never_writes_over_a_file_and_then_writes_none_at_all() {
    let repository = Repository::new();
    repository.write("ci/evenkeel.sh", "echo ours\n");
    let run = repository.expect(1, &["init"]);
    assert!(run.stderr.contains("ci/evenkeel.sh is there already; nothing was written"), "{}", run.stderr);
    assert!(!repository.path().join("environments").exists());
    repository.expect(0, &["init", "platform"]);
    repository.expect(64, &["init", "other", "--name", "Prod/1"]);
}
