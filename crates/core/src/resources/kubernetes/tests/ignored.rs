//! Places that are left to others: neither sent, nor compared, nor removed.

use super::{Case, entry, named, value, wanted};
use crate::engine::path::{Path, Segment};
use crate::engine::value::Value;
use crate::engine::verdict::Verdict;
use crate::resources::kubernetes::{RefusalReason, compare_projected, hand_over, left_to_others};
use serde_json::{Value as Json, json};

fn manifest() -> Json {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "it", "labels": {"team": "a"}},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "it"}}, "template": {
            "metadata": {"labels": {"app": "it"}},
            "spec": {"containers": [{"name": "main", "image": "it:1"}, {"name": "side", "image": "side:1"}]},
        }},
    })
}

fn leaving(places: &[Path]) -> Result<Case, Vec<RefusalReason>> {
    let mut wanted = wanted(&manifest());
    wanted.ignored = places.to_vec();
    Case::of(&wanted, None).map_err(|refusals| refusals.into_iter().map(|refusal| refusal.why).collect())
}

fn replicas() -> Path {
    Path::of(&["spec", "replicas"])
}

fn containers(segment: Segment) -> Path {
    Path::of(&["spec", "template", "spec", "containers"]).with(segment)
}

#[test]
fn what_our_entry_alone_has_of_an_ignored_place_is_given_up_and_no_removal() {
    let (before, after) = (Case::new(&manifest()), leaving(&[replicas()]).expect("leaves"));
    let live = before.live(&json!({"spec": {"replicas": 7}}));
    assert_eq!(named(&after.verdict_after(&before, &live, &live)), ["own spec.replicas"]);
    let seen = after.seen(&live);
    let left = left_to_others(&after.wanted, &seen, &after.shape);
    assert_eq!(left, [replicas()]);
    let entries = value(&live["metadata"]["managedFields"]);
    let entries = entries.as_list().expect("a list");
    let handed = hand_over(entries, &[], &left, (&after.wanted, &after.shape));
    let mut released = live;
    released["metadata"]["managedFields"] = serde_json::to_value(handed).expect("JSON");
    assert_eq!(named(&after.verdict(&released)), Vec::<String>::new());
    assert_eq!(left_to_others(&after.wanted, &after.seen(&released), &after.shape), []);
}

#[test]
fn what_another_wrote_at_an_ignored_place_is_not_compared() {
    let (before, after) = (Case::new(&manifest()), leaving(&[replicas()]).expect("leaves"));
    let mut live = before.live(&json!({"spec": {"replicas": 9}}));
    let entries = live["metadata"]["managedFields"].as_array_mut().expect("a list");
    entries[0]["fieldsV1"]["f:spec"].as_object_mut().expect("a map").remove("f:replicas");
    entries.push(entry("autoscaler", "Update", "apps/v1", json!({"f:spec": {"f:replicas": {}}})));
    assert_eq!(after.verdict(&live), Verdict::Same);
}

#[test]
fn a_dry_run_settles_nothing_while_our_entry_has_yet_to_give_up_a_place() {
    let (before, after) = (Case::new(&manifest()), leaving(&[replicas()]).expect("leaves"));
    let live = before.live(&json!({}));
    let pruned = before.live(&json!({"spec": {"replicas": 1}}));
    let verdict =
        compare_projected(&after.wanted, &after.seen(&live), &after.seen(&pruned), None, &after.shape);
    assert_eq!(named(&verdict), ["own spec.replicas"]);
}

#[test]
fn an_item_is_left_to_others_by_its_position_or_its_key() {
    let side = Segment::Keyed([("name".to_owned(), Value::from("side"))].into());
    for segment in [Segment::Index(1), side.clone()] {
        let case = leaving(&[containers(segment)]).expect("leaves");
        assert_eq!(case.wanted.ignored, [containers(side.clone())]);
        let sent = case.wanted.value.at(&["spec", "template", "spec", "containers"]);
        assert_eq!(sent.and_then(Value::as_list).map(<[Value]>::len), Some(1));
    }
    let image = containers(Segment::Index(0)).with(Segment::Field("image".into()));
    let case = leaving(&[image]).expect("leaves");
    assert_eq!(case.wanted.ignored[0].to_string(), "spec.template.spec.containers[main].image");
}

#[test]
fn a_part_of_a_whole_cannot_be_left_to_others() {
    let inside = Path::of(&["spec", "selector", "matchLabels", "app"]);
    assert_eq!(leaving(&[inside]).err(), Some(vec![RefusalReason::PartOfWhole]));
}

#[test]
fn neither_the_name_nor_our_label_is_left_to_others() {
    let case = leaving(&[Path::of(&["metadata"])]).expect("leaves");
    let before = Case::new(&manifest());
    assert_eq!(
        case.wanted.value.at(&["metadata"]),
        Some(&value(&json!({
            "name": "it", "namespace": "graph", "labels": {"evenkeel.dev/environment": "prod"},
        })))
    );
    let live = before.live(&json!({}));
    let left = left_to_others(&case.wanted, &case.seen(&live), &case.shape);
    assert_eq!(left.iter().map(ToString::to_string).collect::<Vec<_>>(), ["metadata.labels.team"]);
}
