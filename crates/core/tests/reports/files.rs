//! Plans as JSON: for Terraform's tools, and to be applied.

use crate::story;
use crate::world::*;
use evenkeel_core::engine::fingerprint::Digest;
use evenkeel_core::engine::plan::Plan;
use evenkeel_core::report::plan::{self as reports, PlanFileError};
use serde_json::{Value as Json, json};

#[test]
fn terraforms_tools_find_what_they_look_for() {
    let plan = everything();
    let mut json = reports::json(&report(&plan));
    json["evenkeel_version"] = json!("0.0.0");
    json["evenkeel"] = json!("our own keys");
    story!("a-plan-in-terraforms-shape", serde_json::to_string_pretty(&json).expect("writes"));
}

#[test]
fn a_plan_file_gives_back_exactly_the_plan() {
    let plan = everything();
    let file = reports::file(&report(&plan));
    assert_eq!(reports::parse(file.as_bytes()).expect("a plan file"), plan);
}

#[test]
fn what_is_no_plan_file_is_refused_with_what_to_do() {
    let plan = everything();
    let file = written(&plan);
    let refused = |json: &Json| reports::parse(&forged(json)).expect_err("refused").to_string();
    let mut newer = file.clone();
    newer["evenkeel"]["format"] = json!(2);
    newer["evenkeel"]["version"] = json!("9.0.0");
    let mut damaged = file.clone();
    damaged["evenkeel"]["plan"]["steps"][0]["address"] = json!("nowhere");
    assert!(matches!(reports::parse(&forged(&damaged)), Err(PlanFileError::Damaged(_))));
    let printed = reports::json(&report(&plan));
    let terraform = json!({"format_version": "1.2", "resource_changes": []});
    let told = [terraform, newer, printed, damaged].map(|json| refused(&json)).join("\n");
    story!("what-is-no-plan-file", told);
}

#[test]
fn what_people_read_in_a_plan_file_is_what_its_plan_does() {
    let plan = everything();
    let file = written(&plan);
    let is_another = |changed: &Json| {
        matches!(
            reports::parse(&forged(changed)),
            Err(PlanFileError::ShowsAnother { writer: _, environment: _ })
        )
    };
    for part in file.as_object().expect("an object").keys().filter(|part| *part != "evenkeel") {
        let mut changed = file.clone();
        changed[part.as_str()] = another(&file[part.as_str()]);
        assert!(is_another(&changed), "{part}: {}", changed[part.as_str()]);
    }
    for part in ["summary", "approvals"] {
        let mut changed = file.clone();
        changed["evenkeel"][part] = another(&file["evenkeel"][part]);
        assert!(is_another(&changed), "{part}");
    }
    let mut changed = file.clone();
    changed["more"] = json!(1);
    assert!(is_another(&changed));
    let mut older = file;
    older["evenkeel_version"] = json!("0.0.1");
    older["evenkeel"]["version"] = json!("0.0.1");
    assert_eq!(reports::parse(&forged(&older)).expect("it shows the same"), plan);
}

#[test]
fn not_a_byte_of_a_plan_file_may_be_another() {
    let file = reports::file(&report(&everything()));
    // Every one would take a minute; a step that is prime comes to all kinds of them.
    for place in (0..file.len()).step_by(17) {
        let mut bytes = file.clone().into_bytes();
        bytes[place] = if bytes[place] == b'7' { b'8' } else { b'7' };
        assert!(reports::parse(&bytes).is_err(), "{}", &file[..=place]);
    }
    for (place, more) in [(1, " "), (file.len() - 1, "\n"), (file.len(), "\n")] {
        let mut longer = file.clone();
        longer.insert_str(place, more);
        let refused = reports::parse(longer.as_bytes());
        assert!(matches!(refused, Err(PlanFileError::Changed { environment: _ })), "{refused:?}");
    }
    assert!(reports::parse(file.trim_end().as_bytes()).is_err());
}

fn written(plan: &Plan) -> Json {
    serde_json::from_str(&reports::file(&report(plan))).expect("JSON")
}

/// The file that somebody would write who knows how the checksum is made.
fn forged(json: &Json) -> Vec<u8> {
    let mut json = json.clone();
    if let Some(ours) = json.get_mut("evenkeel").and_then(Json::as_object_mut) {
        ours.remove("checksum");
        let checksum = Digest::of([json.to_string().as_bytes()]);
        json["evenkeel"]["checksum"] = json!(checksum);
    }
    format!("{json}\n").into_bytes()
}

/// The same with one letter, number or answer changed, or something in it that was empty.
fn another(json: &Json) -> Json {
    match json {
        Json::Null => json!(0),
        Json::Bool(is) => json!(!is),
        Json::Number(_) => json!(-1),
        Json::String(text) => json!(format!("{}x", text.get(..text.len() - 1).unwrap_or_default())),
        Json::Array(items) => match items.split_first() {
            Some((first, rest)) => std::iter::once(another(first)).chain(rest.iter().cloned()).collect(),
            None => json!([0]),
        },
        Json::Object(entries) => {
            let mut entries = entries.clone();
            match entries.iter_mut().next() {
                Some((_, first)) => *first = another(first),
                None => drop(entries.insert("more".to_owned(), json!(0))),
            }
            Json::Object(entries)
        }
    }
}

#[test]
fn a_plan_that_leaves_something_undone_is_not_complete() {
    let held = plan(vec![], everything().held, vec![]);
    let json = reports::json(&report(&held));
    assert_eq!((&json["complete"], &json["applyable"]), (&json!(false), &json!(false)));
    let done = plan(vec![create("kubernetes:Namespace/graph")], vec![], vec![]);
    let json = reports::json(&report(&done));
    assert_eq!((&json["complete"], &json["applyable"]), (&json!(true), &json!(true)));
}
