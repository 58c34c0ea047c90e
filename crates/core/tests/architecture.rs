//! The rules of the house that no compiler checks: purity, names, lengths, and what a repository must not contain.
//!
//! Here rather than beside the binary, because this crate builds in seconds and the rules should answer as fast.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// What a crate that decides may not name (docs/adr/0001-purity.md).
const IMPURE: &[&str] = &[
    "async fn",
    "async move",
    "async {",
    "tokio",
    "reqwest",
    "kube::",
    "std::fs",
    "std::env::",
    "std::net",
    "std::process",
    "std::thread",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "thread_rng",
    "rand::rng",
    "HashMap",
    "HashSet",
    "println!",
];

/// Standard modules that may not be imported in braces either: `use std::{fs, io}`.
const IMPURE_MODULES: &[&str] = &["fs", "env", "net", "process", "thread"];

/// Crates that act, or that make it easy to.
const ACTING_CRATES: &[&str] = &[
    "async-trait",
    "evenkeel-kafka-admin",
    "futures",
    "git2",
    "k8s-openapi",
    "kube",
    "notify",
    "object_store",
    "rand",
    "rdkafka",
    "rdkafka-sys",
    "reqwest",
    "tokio",
];

/// Names that say nothing about what a module is for.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "manager", "misc", "util", "utils"];

/// What each room of the shell may not use: arrows point down only (docs/architecture.md).
const ARROWS_UP: &[(&str, &[&str])] = &[
    ("source", &["cli", "run", "backend", "state"]),
    ("backend", &["cli", "run", "source", "state"]),
    ("state", &["cli", "run", "source"]),
    ("run", &["cli"]),
];

/// The longest a file may be, its inline tests not counted.
const LONGEST: usize = 400;

#[test]
fn what_decides_neither_waits_nor_looks_nor_acts() {
    let mut found = Findings::default();
    for crate_name in ["core", "world"] {
        for file in rust_files(&repository().join("crates").join(crate_name).join("src")) {
            for (line, text) in production_lines(&file.text) {
                if let Some(word) = impure_word(text) {
                    found.add(&file, line, &format!("`{word}` in a crate that only decides"));
                }
            }
        }
    }
    found.must_be_none();
}

#[test]
fn the_purity_rule_sees_what_it_forbids() {
    for line in [
        "let text = std::fs::read_to_string(path)?;",
        "use std::{fs, io};",
        "pub async fn read() {}",
        "let answer = asked.await?;",
        "let now = jiff::Timestamp::now();",
    ] {
        assert!(impure_word(line).is_some(), "{line}");
    }
    for line in
        ["let timestamp: Timestamp = now;", "use std::{fmt, io};", "let process = 1;", "self.awaited.len()"]
    {
        assert_eq!(impure_word(line), None, "{line}");
    }
}

#[test]
fn the_manifests_of_what_decides_name_no_crate_that_acts() {
    for crate_name in ["core", "world"] {
        let path = repository().join("crates").join(crate_name).join("Cargo.toml");
        let manifest = fs::read_to_string(&path).unwrap();
        for line in manifest.lines() {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
            assert!(!ACTING_CRATES.contains(&name), "{}: `{name}` acts", path.display());
        }
    }
}

/// The only crate that may have `unsafe` code: it calls librdkafka.
const CALLS_C: &str = "crates/kafka-admin";

/// What replaces all settings of a topic by those it names. In pieces, so that this file does not name it.
const REPLACES_SETTINGS: &[&str] =
    &["rd_kafka_|AlterConfigs", "Admin|Client<", "Admin|Client::", ".alter_|configs("];

#[test]
fn one_crate_only_has_unsafe_code() {
    for file in files_under(&repository()) {
        if file.path.file_name().is_none_or(|name| name != "Cargo.toml") {
            continue;
        }
        let inherits = file.text.contains("[lints]\nworkspace = true");
        let package = file.text.contains("[package]");
        let calls_c = file.path.parent() == Some(&repository().join(CALLS_C));
        assert!(
            !package || inherits != calls_c,
            "{}: it inherits the workspace's lints",
            file.path.display()
        );
    }
    let workspace = fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    assert!(workspace.contains("unsafe_code = \"forbid\""));
}

#[test]
fn the_request_that_replaces_all_settings_of_a_topic_is_never_sent() {
    let unwanted: Vec<String> = REPLACES_SETTINGS.iter().map(|text| text.replace('|', "")).collect();
    let mut found = Findings::default();
    for file in all_rust_files() {
        for (line, text) in production_lines(&file.text) {
            if let Some(name) = unwanted.iter().find(|name| text.contains(name.as_str())) {
                found.add(&file, line, &format!("`{name}` resets every setting that it does not list"));
            }
        }
    }
    found.must_be_none();
}

#[test]
fn in_the_shell_arrows_of_use_point_down_only() {
    let mut found = Findings::default();
    for (room, above) in ARROWS_UP {
        for file in rust_files(&repository().join("src").join(room)) {
            for (line, text) in production_lines(&file.text) {
                let used = |other: &&&str| text.contains(&format!("crate::{other}"));
                if let Some(other) = above.iter().find(used) {
                    found.add(
                        &file,
                        line,
                        &format!("`{room}` uses `{other}`, which is above it or beside it"),
                    );
                }
            }
        }
    }
    found.must_be_none();
}

#[test]
fn every_file_begins_by_saying_what_it_is_for() {
    let mut found = Findings::default();
    for file in all_rust_files() {
        if !file.text.starts_with("//! ") {
            found.add(&file, 1, "the first line is `//!` and one sentence");
        }
    }
    found.must_be_none();
}

#[test]
fn files_stay_short_enough_to_be_read_at_once() {
    let mut found = Findings::default();
    for file in all_rust_files() {
        let lines = production_lines_with_comments(&file.text).count();
        if lines > LONGEST && !is_test(&file.path) {
            found.add(&file, LONGEST, &format!("{lines} lines without tests, {LONGEST} are allowed"));
        }
    }
    found.must_be_none();
}

#[test]
fn every_module_is_named_after_what_it_is_for() {
    let mut found = Findings::default();
    for file in all_rust_files() {
        for part in file.path.iter().filter_map(|part| part.to_str()) {
            if EMPTY_NAMES.contains(&part.trim_end_matches(".rs")) {
                found.add(&file, 1, "a name that says nothing");
            }
        }
    }
    found.must_be_none();
}

#[test]
fn no_file_names_a_package_registry_or_a_path_of_one_machine() {
    // In pieces, so that this file does not name them.
    let hosts = ["crates|.io", "proxy.golang|.org", "sum.golang|.org", "registry.npmjs|.org", "pypi|.org"];
    let mirrors = ["deb.debian|.org", "archive.ubuntu|.com", "maven.apache|.org", "maven|.org/maven2"];
    let places = ["/root|/", "/work|/main", "/work|/shared", "/tmp|/wt", "/tmp|/target", "C:|\\Users"];
    let unwanted: Vec<String> =
        hosts.iter().chain(&mirrors).chain(&places).map(|text| text.replace('|', "")).collect();
    let mut found = Findings::default();
    for file in files_under(&repository()) {
        if file.path.file_name().is_some_and(|name| name == "Cargo.lock") {
            continue; // cargo writes it, and writes there where each crate is from
        }
        for (number, line) in (1..).zip(file.text.lines()) {
            if let Some(text) = unwanted.iter().find(|text| line.contains(text.as_str())) {
                found.add(&file, number, &format!("`{text}`"));
            }
        }
    }
    found.must_be_none();
}

/// Verbs that are typed next; what a report names without them in `plain::command` loses `--repo` and `--base`.
const VERBS: &[&str] = &[
    "apply",
    "destroy",
    "drift",
    "explain",
    "forget",
    "graph",
    "import",
    "ledger",
    "lock",
    "plan",
    "preflight",
    "rehearse",
    "snapshot",
    "suspend",
    "validate",
];

/// Whether a line of a report names a command that nobody completes.
fn loses_options(line: &str, before: &str) -> bool {
    let names = |verb: &&str| {
        [" ", "\"", "`", ": "].iter().any(|end| line.contains(&format!("evenkeel {verb}{end}")))
    };
    VERBS.iter().any(names) && ![line, before].iter().any(|code| code.contains("command("))
}

#[test]
fn every_command_that_a_report_names_is_one_that_is_completed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report");
    let mut findings = Findings::default();
    for file in rust_files(&folder) {
        let mut before = "";
        for (number, line) in production_lines(&file.text) {
            if loses_options(line, before) {
                findings.add(&file, number, "say plain::command(…)");
            }
            before = line;
        }
    }
    findings.must_be_none();
    assert!(loses_options("format!(\"next: evenkeel plan {name}\")", "{"), "the rule sees what it forbids");
    assert!(!loses_options("\"evenkeel plan {name}\"", "plain::command(&format!("));
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut found = Findings::default();
    for file in files_under(&repository()) {
        if file.path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let folder = file.path.parent().unwrap();
        for (number, line) in (1..).zip(file.text.lines()) {
            for target in link_targets(line) {
                if !folder.join(target).exists() {
                    found.add(&file, number, &format!("`{target}` is not there"));
                }
            }
        }
    }
    found.must_be_none();
}

#[test]
fn sources_that_documents_name_are_there() {
    let places = ["", "crates/core/src", "crates/core"].map(|place| repository().join(place));
    let mut found = Findings::default();
    for file in files_under(&repository()) {
        if file.path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let beside = file.path.parent().unwrap();
        for (number, line) in (1..).zip(file.text.lines()) {
            for path in line.split('`').skip(1).step_by(2).filter(|path| names_a_source(path)) {
                let mut homes = places.iter().map(PathBuf::as_path).chain([beside]);
                if !homes.any(|home| home.join(path).exists()) {
                    found.add(&file, number, &format!("`{path}` is not there"));
                }
            }
        }
    }
    found.must_be_none();
}

/// A text file of the repository.
struct File {
    path: PathBuf,
    text: String,
}

/// What broke a rule, gathered so that one run names all of it.
#[derive(Default)]
struct Findings(String);

impl Findings {
    fn add(&mut self, file: &File, line: usize, what: &str) {
        let path = file.path.strip_prefix(repository()).unwrap_or(&file.path);
        writeln!(self.0, "{}:{line}: {what}", path.display()).expect("text can be written to memory");
    }

    fn must_be_none(self) {
        assert!(self.0.is_empty(), "\n{}", self.0);
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository is there")
}

fn all_rust_files() -> Vec<File> {
    ["src", "crates", "tests", "benches", "bench"]
        .iter()
        .flat_map(|folder| rust_files(&repository().join(folder)))
        .collect()
}

fn rust_files(folder: &Path) -> Vec<File> {
    let mut files = files_under(folder);
    files.retain(|file| file.path.extension().is_some_and(|extension| extension == "rs"));
    files
}

/// Every text file below `folder`, sorted, without what is built or kept beside the sources.
fn files_under(folder: &Path) -> Vec<File> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.expect("a folder can be listed").path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if !["target", ".git", ".evenkeel"].contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if name != ".git"
                && let Ok(text) = fs::read_to_string(&path)
            {
                found.insert(path, text);
            }
        }
    }
    found.into_iter().map(|(path, text)| File { path, text }).collect()
}

/// The lines before the inline tests.
fn production_lines_with_comments(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
}

/// The lines of code before the inline tests.
fn production_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    production_lines_with_comments(text).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn is_test(path: &Path) -> bool {
    path.iter().any(|part| part == "tests" || part == "tests.rs")
}

/// Tells whether a line waits. A word that goes on is another one: `.awaited` and `.await_answer()` are names.
fn waits(code: &str) -> bool {
    const WAIT: &str = ".await";
    let mut after = code.match_indices(WAIT).map(|(at, _)| code[at + WAIT.len()..].chars().next());
    after.any(|next| next.is_none_or(|next| !next.is_alphanumeric() && next != '_'))
}

fn impure_word(line: &str) -> Option<&'static str> {
    let code = line.split("// ").next().unwrap_or(line);
    let written_out = IMPURE.iter().find(|word| code.contains(**word)).copied();
    let written_out = written_out.or_else(|| waits(code).then_some(".await"));
    let imported = || {
        let braces = code.trim_start().strip_prefix("use std::{")?;
        let mut words = braces.split(['{', '}', ',', ' ', ';', ':']);
        words.find_map(|word| IMPURE_MODULES.iter().find(|module| **module == word).copied())
    };
    written_out.or_else(imported)
}

/// Tells whether words in a document are the path of one of our sources; capitals stand for names to be chosen.
fn names_a_source(words: &str) -> bool {
    let is_plain =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "/._-".contains(letter);
    let is_ours = ["crates/", "src/", "tests/"].iter().any(|start| words.starts_with(start));
    let is_source = words.contains('/') && [".rs", ".jsonl"].iter().any(|end| words.ends_with(end));
    words.chars().all(is_plain) && (is_ours || is_source)
}

/// The relative targets of a line's Markdown links, without their anchors.
fn link_targets(line: &str) -> Vec<&str> {
    let after_brackets = line.split("](").skip(1);
    let targets = after_brackets.filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains("://") && !target.contains('<')).collect()
}
