//! Whatever stands in a plan, its renderings stay what they are.

use crate::world::*;
use evenkeel_core::engine::plan::{Held, HeldChange, Plan};
use evenkeel_core::engine::step::Step;
use evenkeel_core::engine::value::{Map, Number, Value};
use evenkeel_core::engine::verdict::Cause;
use evenkeel_core::report::{Style, plan as reports};
use proptest::prelude::*;

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,12}",
        "[a-z \n]{0,200}",
        Just("\u{1b}[2J\u{202e}".to_owned()),
        Just("```\n````\n</details>\n@all #1".to_owned())
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        // As people write them: serde_json reads longer ones to a neighbour, unless its `float_roundtrip` is on.
        any::<i32>()
            .prop_filter_map("finite", |number| Number::from_float(f64::from(number) / 1000.0))
            .prop_map(Value::Number),
        any_text().prop_map(Value::from),
        Just(Value::Opaque(digest(CANARY))),
        Just(secret_from_env("PASSWORD")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map("[$a-z.]{1,8}|\\$opaque|\\$secret", inner, 0..4)
                .prop_map(|map| Value::Map(map.into_iter().collect::<Map>())),
        ]
    })
}

prop_compose! {
    fn any_plan()(live in prop::option::of(any_value()), wanted in any_value(), text in any_text()) -> Plan {
        let changed = field(&["data", &text], live, Some(wanted), Cause::SpecEdited);
        let denied = Held::Denied(vec![denial(&text, &text)]);
        let mut denied = held("kubernetes:Service/graph/open", HeldChange::Create, denied);
        denied.fields = vec![changed.clone()];
        let step = Step { fields: vec![changed], ..update("kubernetes:ConfigMap/graph/config", vec![]) };
        plan(vec![step], vec![denied], vec![])
    }
}

/// What a forge would render as Markdown: the lines outside of fenced blocks.
fn outside_fences(markdown: &str) -> String {
    let mut fence: Option<usize> = None;
    let mut out = String::new();
    for line in markdown.lines() {
        let ticks = line.chars().take_while(|character| *character == '`').count();
        fence = match fence {
            None if ticks >= 3 => Some(ticks),
            Some(open) if ticks >= open && line.len() == ticks => None,
            other => {
                if other.is_none() {
                    out.push_str(line);
                }
                other
            }
        };
    }
    assert!(fence.is_none(), "a fence is left open:\n{markdown}");
    out
}

proptest! {
    #[test]
    fn no_text_reaches_a_terminal_with_a_control_character(plan in any_plan()) {
        let text = reports::text(&report(&plan), Style::plain());
        let control = text.chars().find(|character| character.is_control() && !matches!(character, '\n' | '\t'));
        prop_assert_eq!(control, None, "{}", text);
        prop_assert_eq!(text.find('\u{202e}'), None);
    }

    #[test]
    fn no_text_breaks_out_of_its_block_in_a_comment(plan in any_plan()) {
        let outside = outside_fences(&reports::markdown(&report(&plan)));
        prop_assert_eq!(outside.matches("<details>").count(), 1);
        prop_assert_eq!(outside.matches("</details>").count(), 1);
        prop_assert!(!outside.contains("@all"));
    }

    #[test]
    fn any_plan_comes_back_from_its_file(plan in any_plan()) {
        let file = reports::file(&report(&plan));
        prop_assert_eq!(reports::parse(file.as_bytes()).expect("a plan file"), plan);
    }

    #[test]
    fn no_rendering_of_any_plan_holds_a_digest(plan in any_plan()) {
        let report = report(&plan);
        let all = [
            reports::text(&report, Style::plain()),
            reports::markdown(&report),
            reports::json(&report).to_string(),
        ];
        for rendering in all {
            prop_assert!(!rendering.contains(digest(CANARY).short(8)), "{}", rendering);
        }
    }
}
