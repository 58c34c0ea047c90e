//! Expressions give what CEL says that they give; `expressions.txt` has what another implementation gave for each.

use evenkeel_core::engine::policy::cel::{Expression, Item, Meter, Name, Names};
use evenkeel_core::engine::value::Value;
use serde_json::json;

const NAMES: &[Name] =
    &[Name { name: "change", fields: Some(&["action", "address"]) }, Name { name: "object", fields: None }];

fn compiled(text: &str) -> Expression {
    Expression::compile(text, NAMES).unwrap_or_else(|fault| panic!("{text}: {fault} at {:?}", fault.at))
}

/// What a line of the table says of an expression.
fn outcome(text: &str) -> String {
    let Ok(expression) = Expression::compile(text, &[]) else { return "unreadable".to_owned() };
    let names = Names::new();
    expression.evaluate(&names, &Meter::of(10_000)).map_or_else(|_| "failure".to_owned(), |item| shown(&item))
}

fn shown(item: &Item<'_>) -> String {
    match item {
        Item::Null => "null".to_owned(),
        Item::Bool(value) => value.to_string(),
        Item::Int(number) => number.to_string(),
        Item::Float(number) => format!("{number:?}"),
        Item::Text(text) => format!("{text:?}"),
        Item::List(items) => {
            format!("[{}]", items.iter().map(|item| shown(&item)).collect::<Vec<_>>().join(", "))
        }
        Item::Map(_) | Item::Option(_) | Item::Hidden => item.describe().to_owned(),
    }
}

#[test]
fn expressions_give_what_another_implementation_gives() {
    let table: Vec<&str> =
        include_str!("expressions.txt").lines().filter(|line| !line.starts_with('#')).collect();
    assert!(table.len() > 250 && table.len().is_multiple_of(2), "an expression and its value, line by line");
    let wrong: Vec<String> = table
        .chunks(2)
        .filter(|pair| outcome(pair[0]) != pair[1].trim())
        .map(|pair| format!("{} gives {}, and should give {}", pair[0], outcome(pair[0]), pair[1].trim()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn text_falls_into_what_stands_between_and_pays_for_each_letter() {
    assert_eq!(outcome("'a, b,'.split(',')"), r#"["a", " b", ""]"#);
    assert_eq!(outcome("'a, b'.split(';')"), r#"["a, b"]"#);
    assert_eq!(outcome("'äb'.split('')"), r#"["ä", "b"]"#);
    assert_eq!(outcome("'a'.split(1)"), "failure");
    let long = "a".repeat(4000);
    let (expression, names) = (compiled(&format!("'{long}'.split('')")), Names::new());
    assert!(expression.evaluate(&names, &Meter::of(3000)).is_err());
}

#[test]
fn what_is_mistyped_is_told_with_what_was_meant() {
    for (text, at, message, label) in [
        ("chnage.action == 'delete'", 0..6, "there is no `chnage` here", "there is `change`"),
        ("change.acton == 'delete'", 7..12, "`change` has no field `acton`", "it has `action`"),
        (
            "object.name.startWith('a')",
            12..21,
            "there is no function `startWith` here",
            "there is `startsWith`",
        ),
        (
            "contains(object.name, 'a')",
            0..8,
            "there is no function `contains` here",
            "write `value.contains(…)`",
        ),
        ("has(object)", 4..10, "`has` asks for a field", "write `has(a.b)`"),
    ] {
        let fault = Expression::compile(text, NAMES).expect_err(text);
        assert_eq!(
            (fault.at, fault.message.as_str(), fault.label.as_deref()),
            (at, message, Some(label)),
            "{text}"
        );
    }
}

#[test]
fn a_variable_of_a_loop_hides_a_name_with_fixed_fields() {
    compiled("[{'other': true}].all(change, change.other)");
}

#[test]
fn a_failure_says_at_which_words() {
    let object = serde_json::from_value::<Value>(json!({"spec": {"replicas": 3}})).expect("a value");
    let names = Names::from([("object", Item::of(&object)), ("change", Item::Null)]);
    for (text, at, why) in [
        ("object.spec.replica > 1", 0..19, "there is no `replica` in it"),
        ("1 < 2 && object.spec", 9..20, "this is a map and should be true or false"),
        ("object.spec.replicas + 'a' == 'b'", 0..26, "`+` is not for a whole number and text"),
    ] {
        let failure = compiled(text).evaluate(&names, &Meter::of(1000)).expect_err(text);
        assert_eq!((failure.at, failure.why.as_str()), (at, why), "{text}");
    }
}

#[test]
fn a_secret_is_there_and_tells_nothing() {
    let secret = r#"{"password": {"$secret": {"source": {"fromEnv": "PASSWORD"}, "digest": null}}}"#;
    let object: Value = serde_json::from_str(secret).expect("a value");
    let names = Names::from([("object", Item::of(&object)), ("change", Item::Null)]);
    let says = |text: &str| compiled(text).evaluate(&names, &Meter::of(1000)).map(|item| shown(&item));
    assert_eq!(says("has(object.password)").as_deref(), Ok("true"));
    assert_eq!(says("object.password == null").as_deref(), Ok("false"));
    for guess in [
        "object.password == 'hunter2'",
        "object.password in ['hunter2']",
        "object == {'password': 'hunter2'}",
        "size(object.password) > 3",
        "string(object.password) == 'a'",
        "object.password.startsWith('h')",
        "object.password.matches('h.*')",
    ] {
        assert!(says(guess).is_err(), "{guess}");
    }
}

#[test]
fn quantities_are_compared_by_how_much_they_are() {
    for text in [
        "quantity('1Gi') == quantity(1073741824)",
        "quantity('500m') < quantity('1')",
        "quantity('2G') > quantity('1Gi')",
        "quantity('-1k') == quantity('-1000')",
    ] {
        assert_eq!(outcome(text), "true", "{text}");
    }
    for text in ["quantity('a lot')", "quantity('')", "quantity('inf')", "quantity('NaN')", "quantity(null)"]
    {
        assert_eq!(outcome(text), "failure", "{text}");
    }
}
