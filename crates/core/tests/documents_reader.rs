//! The YAML reader against a second one, against any bytes, and against disorder.

use evenkeel_core::documents::source::FileIndex;
use evenkeel_core::documents::yaml::{self, write::to_yaml};
use evenkeel_core::documents::{Repository, SourceFile};
use evenkeel_core::engine::value::{Map, Number, Value};
use proptest::prelude::*;

fn read(text: &[u8]) -> yaml::File {
    yaml::read(&SourceFile { path: "test.yaml".into(), bytes: text.to_vec() }, FileIndex(0))
}

fn text() -> impl Strategy<Value = String> {
    let tricky = [
        "no",
        "y",
        "010",
        "1_000",
        "12:30",
        "~",
        "",
        " x",
        "x ",
        "a: b",
        "# c",
        "- d",
        "*e",
        "&f",
        "1e3",
        "0x1f",
        ".5",
        "null",
        "true",
        "<<",
        "=",
        "two\nlines",
        "two\nlines\n",
        "\n",
        "\ttab",
        "ü",
        "\u{1F600}",
        "\"q\"",
        "'s'",
        "{",
        "]",
    ];
    prop_oneof![
        prop::sample::select(tricky.to_vec()).prop_map(str::to_owned),
        "[ -~]{0,12}",
        "[a-z/.-]{1,30}",
        ".{0,8}"
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(|float: f64| Number::from_float(float).map_or(Value::Null, Value::Number)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            prop::collection::btree_map(text(), inner, 0..5).prop_map(Value::Map),
        ]
    })
}

/// What the second reader makes of a document, in our terms.
fn second(value: &yaml_serde::Value) -> Option<Value> {
    Some(match value {
        yaml_serde::Value::Null => Value::Null,
        yaml_serde::Value::Bool(value) => Value::Bool(*value),
        yaml_serde::Value::Number(number) => match number.as_i64() {
            Some(integer) => Value::from(integer),
            None => Value::Number(Number::from_float(number.as_f64()?)?),
        },
        yaml_serde::Value::String(text) => Value::Text(text.clone()),
        yaml_serde::Value::Sequence(items) => Value::List(items.iter().map(second).collect::<Option<_>>()?),
        yaml_serde::Value::Mapping(entries) => {
            let entries = entries.iter().map(|(key, value)| Some((key_of(key)?, second(value)?)));
            Value::Map(entries.collect::<Option<Map>>()?)
        }
        yaml_serde::Value::Tagged(_) => return None,
    })
}

fn key_of(key: &yaml_serde::Value) -> Option<String> {
    match key {
        yaml_serde::Value::String(text) => Some(text.clone()),
        yaml_serde::Value::Number(number) => number.as_i64().map(|integer| integer.to_string()),
        _ => None,
    }
}

#[test]
fn a_block_at_the_end_of_a_file_has_a_final_line_break_only_if_the_file_has() {
    for text in [
        "a: |\n  x",
        "a: |\n  x\n",
        "a: |+\n  x",
        "a: !!str |\n  x",
        "a: |-\n  x",
        "a: >\n  x\n  y",
        "a: |\n  x\n\n",
        "a: |\n  x\n# c",
        "a: |\n  x\n  ",
        "| \n [",
        "a: |\n  x\nb: y",
        "- |\n  x\n- |\n  y",
    ] {
        let file = read(text.as_bytes());
        let theirs: yaml_serde::Value = yaml_serde::from_str(text).unwrap();
        assert_eq!(Some(file.trees[0].root.to_value()), second(&theirs), "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_we_write_is_read_the_same_by_both_readers(value in prop::collection::btree_map(text(), value(), 0..6)) {
        let value = Value::Map(value);
        let written = to_yaml(&value).unwrap();
        let file = read(written.as_bytes());
        prop_assert!(file.findings.is_empty(), "{written}\n{:?}", file.findings);
        let ours = file.trees.first().map_or(Value::Map(Map::new()), |tree| tree.root.to_value());
        prop_assert_eq!(&ours, &value, "{}", written);
        prop_assert!(file.trees.iter().all(|tree| tree.traps.is_empty()), "{written}\n{:?}", file.trees);
        let theirs: yaml_serde::Value = yaml_serde::from_str(&written).unwrap();
        prop_assert_eq!(second(&theirs), Some(value), "{}", written);
    }

    #[test]
    fn what_both_readers_accept_they_read_the_same(text in "([a-c]: ?|- ?|  ?|\n|\\[|\\]|\\{|\\}|, |'|\"|[a-c0-3.~]|#|\\||>|&a |\\*a|!|\\?|x|---\n){0,40}") {
        let file = read(text.as_bytes());
        let sound = file.findings.is_empty() && file.trees.len() == 1;
        if let (true, Ok(theirs)) = (sound, yaml_serde::from_str::<yaml_serde::Value>(&text))
            && let Some(theirs) = second(&theirs)
            && file.trees[0].traps.is_empty()
            // No document is a scalar; and of a block at the root, which may stand at column 0, readers disagree where
            // a `#` begins a comment.
            && matches!(theirs, Value::Map(_) | Value::List(_))
        {
            prop_assert_eq!(file.trees[0].root.to_value(), theirs, "{}", text);
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let files = [SourceFile { path: "a/environment.yaml".into(), bytes }];
        let (repository, _) = Repository::read(&files);
        let findings = repository.validate();
        prop_assert!(findings.iter().all(|finding| finding.at.line > 0 && finding.at.column > 0));
    }

    #[test]
    fn any_text_that_looks_like_yaml_is_read_without_a_panic(text in "(apiVersion: v1\n|kind: [A-Z]\n|spec:|metadata: |- |  |\n|\\[|\\{|\\}|\\]|: |&a|\\*a|<<: |!t|---\n|\\.\\.\\.\n|[a-zé\t]|%|\\||>-|\"|'){0,60}") {
        let files = [SourceFile { path: "a/environment.yaml".into(), bytes: text.clone().into_bytes() }];
        let (repository, _) = Repository::read(&files);
        let _findings = repository.validate();
        let _parsed = read(text.as_bytes());
    }
}
