//! Whatever an expression says, it ends soon and takes nothing down: these are what a pull request could bring.

use evenkeel_core::engine::policy::cel::{Expression, Item, Meter, Name, Names};
use evenkeel_core::engine::policy::{Message, Over, names};
use evenkeel_core::engine::value::Value;
use proptest::prelude::*;

const ANY: &[Name] = &[Name { name: "a", fields: None }];

/// Pieces that expressions are made of, and some that they are not.
const PIECES: &[&str] = &[
    "a",
    "x",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ".",
    ".?",
    "[?",
    ",",
    ":",
    "?",
    "+",
    "-",
    "*",
    "/",
    "%",
    "!",
    "&&",
    "||",
    "==",
    "<",
    " in ",
    "1",
    "0",
    "9223372036854775807",
    "1.5",
    "1e9",
    "'a'",
    "\"",
    "'",
    "'''",
    "r'",
    "\\",
    "\\u",
    "true",
    "null",
    ".all(x, ",
    ".map(x, ",
    "has(",
    "size(",
    ".matches('",
    "ä",
    "\u{0}",
    "//",
    "\n",
    "int(",
    ".orValue(",
];

#[test]
fn what_is_nested_or_chained_too_deep_is_refused() {
    for text in [
        "(".repeat(4000),
        format!("{}1{}", "(".repeat(1000), ")".repeat(1000)),
        "[".repeat(4000),
        format!("{}true", "!".repeat(4000)),
        format!("{}1", "- ".repeat(2000)),
        format!("1{}", "+1".repeat(2000)),
        format!("a{}", ".a".repeat(2000)),
        format!("a{}", "[0]".repeat(1000)),
        format!("{}1", "a?a:".repeat(1000)),
        format!("a{}", "&&a".repeat(1000)),
        format!("{}{}", "a.all(x,".repeat(400), ")".repeat(400)),
    ] {
        let fault = Expression::compile(&text, ANY).expect_err("refused");
        let told = ["nested", "parts", "missing", "this may take too long"];
        assert!(told.iter().any(|word| fault.message.contains(word)), "{}: {fault}", &text[..20]);
    }
}

#[test]
fn what_is_too_long_is_refused_unread() {
    let fault = Expression::compile(&" ".repeat(5000), ANY).expect_err("refused");
    assert_eq!(fault.message, "this expression has 5000 bytes, and 4096 are allowed");
}

#[test]
fn loops_in_loops_are_refused_by_what_they_may_cost() {
    let nested = |depth: usize| format!("{}true{}", "a.all(x, ".repeat(depth), ")".repeat(depth));
    assert!(Expression::compile(&nested(3), ANY).is_ok());
    assert!(Expression::compile(&nested(4), ANY).expect_err("refused").message.contains("loops in loops"));
}

#[test]
fn a_pattern_that_would_take_all_memory_is_refused() {
    for pattern in
        ["(a{1000}){1000}", "a{1000000}", "((((((((((a{10}){10}){10}){10}){10}){10}){10}){10}){10}){10})"]
    {
        let fault = Expression::compile(&format!("'a'.matches('{pattern}')"), ANY).expect_err("refused");
        assert!(fault.message.starts_with("this is no pattern"), "{fault}");
    }
    let fault = Expression::compile("'a'.matches(a)", ANY).expect_err("refused");
    assert_eq!(fault.message, "the pattern of `matches` is written out in quotes");
}

#[test]
fn an_evaluation_ends_when_its_steps_are_used_up() {
    let long: Value = serde_json::from_value(serde_json::json!(vec!["text"; 1000])).expect("a value");
    let names = Names::from([("a", Item::of(&long))]);
    for text in [
        "a.all(x, a.all(y, a.all(z, true)))",
        "a.map(x, a.map(y, a + a)) == a",
        "a.map(x, a.map(y, x + y + x + y)) == a",
        "a.map(x, a) == a.map(x, a) && a.map(x, a) == a.map(x, a)",
    ] {
        let meter = Meter::of(100_000);
        let failure =
            Expression::compile(text, ANY).expect("sound").evaluate(&names, &meter).expect_err(text);
        assert_eq!((failure.why.as_str(), meter.left()), ("it takes too many steps", 0), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_text_makes_reading_or_evaluating_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        let text = pieces.concat();
        let given = Value::from("text");
        if let Ok(expression) = Expression::compile(&text, ANY) {
            let names = Names::from([("a", Item::of(&given))]);
            let _any = expression.evaluate(&names, &Meter::of(10_000));
        } else if let Err(fault) = Expression::compile(&text, ANY) {
            prop_assert!(fault.at.start <= fault.at.end && fault.at.start <= text.len(), "{text:?}: {:?}", fault.at);
        }
        let _any = Message::compile(&text, names(Over::Changes));
    }

    #[test]
    fn no_bytes_at_all_make_reading_panic(text in "\\PC{0,60}") {
        let _any = Expression::compile(&text, ANY);
        let _any = Message::compile(&text, ANY);
    }
}
