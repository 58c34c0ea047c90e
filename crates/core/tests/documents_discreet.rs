//! No finding carries a secret on that somebody wrote into Git: not its line, not its message, in no format.

use evenkeel_core::documents::{Repository, SourceFile};
use evenkeel_core::report::diagnostics::{Contacted, render};
use evenkeel_core::report::style::Style;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

const ENVIRONMENT: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec: \
     {kubernetes: {default: {inCluster: true, namespace: graph}}}\n";

/// The same slips in every run.
const SEED: RngSeed = RngSeed::Fixed(1);

/// Secrets as people write them, some of which YAML takes for something else.
const CANARIES: [&str; 7] = [
    "canary-5f2b",
    "0775555551",
    "98765432109876543210987",
    "!canary-5f2b",
    "*canary-5f2b",
    "\"canary-5f2b\\q\"",
    "canary-5f2b: canary-5f2b",
];

/// What must not be said, however it is spelt.
const UNSPEAKABLE: [&str; 4] = ["canary-5f2b", "775555551", "98765432109876543210987", "133815145"];

/// Documents with a secret at `@`.
const DOCUMENTS: [&str; 8] = [
    "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {p: @}\n",
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  namespace: graph\ndata:\n  p: @\n  q: @\n",
    "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {p: @}}\n",
    "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: a}, data: {p: @}}\n",
    "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  p: a\nstringData:\n  p: @\n",
    "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringdata: {p: [@, @]}\n",
    "apiVersion: evenkeel.dev/v1alpha1\nkind: ManagedSecret\nmetadata: {name: a}\nspec:\n  target: {name: a}\n  \
     data: {d: @}\n",
    "apiVersion: evenkeel.dev/v1alpha1\nkind: ManagedSecret\nmetadata: {name: a}\nspec:\n  target: {name: a}\n  \
     data: {d: {literal: @}}\n  stringData: {d: @}\n",
];

/// Everything that is said of a file, drawn and as JSON.
fn told(manifest: &str) -> String {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), bytes: text.as_bytes().to_vec() };
    let files = [file("prod/environment.yaml", ENVIRONMENT), file("prod/a.yaml", manifest)];
    let (repository, _) = Repository::read(&files);
    let findings = repository.validate();
    let lines = |file: &str, line| repository.line(file, line);
    let drawn = render(&findings, repository.files(), lines, Contacted::Nobody, Style::plain());
    format!("{drawn}{}", serde_json::to_string(&findings).expect("JSON"))
}

fn leaks(told: &str) -> Option<&'static str> {
    UNSPEAKABLE.into_iter().find(|text| told.contains(text))
}

#[test]
fn a_literal_secret_is_found_and_not_shown() {
    for document in DOCUMENTS {
        for canary in CANARIES {
            let manifest = document.replace('@', canary);
            let told = told(&manifest);
            assert_eq!(leaks(&told), None, "{manifest}\n{told}");
            assert!(told.contains("error[E"), "{manifest}\n{told}");
        }
    }
}

#[test]
fn a_finding_near_a_secret_says_where_it_is_and_why_its_line_is_missing() {
    let manifest = DOCUMENTS[0].replace('@', "canary-5f2b");
    let told = told(&manifest);
    assert!(
        told.contains("error[E0305]: this Secret is written out in Git\n --> prod/a.yaml:4:1\n"),
        "{told}"
    );
    assert!(told.contains("the line is left out, as a secret may stand in it"), "{told}");
}

#[test]
fn other_documents_of_the_file_keep_their_lines() {
    let manifest = format!(
        "{}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: b}}\ndata: {{country: no}}\n",
        DOCUMENTS[1].replace('@', "canary-5f2b")
    );
    let told = told(&manifest);
    assert!(told.contains("data: {country: no}"), "{told}");
    assert_eq!(leaks(&told), None, "{told}");
}

/// What slips into a file while it is edited.
const SLIPS: [&str; 22] = [
    "{", "}", "[", "]", ":", ": ", ",", "&", "*", "!", "\"", "'", "#", "|", ">", "- ", "\n", "\t", "%", "`",
    " ", "\n  ",
];

fn slip() -> impl Strategy<Value = (usize, usize)> {
    (any::<prop::sample::Index>(), 0..SLIPS.len()).prop_map(|(at, slip)| (at.index(10_000), slip))
}

/// Puts slips between the letters of a document: not into the secret, or it would be another one, nor into the line
/// that says what the document is.
fn with_slips(document: &str, slips: &[(usize, usize)]) -> String {
    let mut text = document.to_owned();
    for (at, slip) in slips {
        let at = at % (text.len() + 1);
        let says_what_it_is = text.match_indices("kind").any(|(start, _)| {
            let length = text[start..].find(['\n', ',']).unwrap_or(text.len());
            (start..=start + length).contains(&at)
        });
        if !says_what_it_is {
            text.insert_str(at, SLIPS[*slip]);
        }
    }
    text
}

proptest! {
    #![proptest_config(Config { cases: 3000, failure_persistence: None, rng_seed: SEED, ..Config::default() })]

    #[test]
    fn no_slip_makes_a_finding_quote_a_secret(
        document in prop::sample::select(&DOCUMENTS[..]),
        canary in prop::sample::select(&CANARIES[..]),
        slips in prop::collection::vec(slip(), 1..4),
    ) {
        let manifest = with_slips(document, &slips).replace('@', canary);
        let told = told(&manifest);
        prop_assert_eq!(leaks(&told), None, "{}\n{}", manifest, told);
    }
}
