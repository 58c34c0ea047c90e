//! What the load of secondaries asks for is told in the plan, and nothing is done about it.

use super::{Desk, Document, held, steps, story};
use evenkeel_core::engine::plan::Said;
use evenkeel_core::resources::neo4j::autoscaling::Because;

fn followed() -> Document {
    Document { autoscaling: "  autoscaling: {secondaries: {min: 1, max: 4}}\n", ..Document::default() }
}

fn measured(desk: &mut Desk, processors: &str) {
    let world = &mut desk.platform.bench.sandbox.world;
    for pod in ["orders-secondary-1-0", "orders-secondary-2-0"] {
        world.kubernetes().measure("default", pod, processors);
    }
}

#[test]
fn a_plan_tells_how_many_secondaries_the_load_asks_for_and_changes_none() {
    let mut desk = Desk::formed(1, &followed());
    measured(&mut desk, "1740m");
    let plan = desk.plan(&followed());
    let [advice] = plan.advice.as_slice() else { panic!("{:?}", plan.advice) };
    let Said::Recommended(said) = advice.said else { panic!("{advice:?}") };
    assert_eq!((said.percent, said.count, said.because), (87, 3, Because::TooMuch));
    assert_eq!((steps(&plan), held(&plan)), (Vec::new(), Vec::new()));
    story!("the-load-asks-for-one-more-secondary", desk.told(&followed()));
}

#[test]
fn another_load_is_no_other_plan_and_what_may_go_is_told_with_its_condition() {
    let mut desk = Desk::formed(1, &followed());
    measured(&mut desk, "1200m");
    let named = desk.plan(&followed()).id;
    measured(&mut desk, "200m");
    let plan = desk.plan(&followed());
    assert_eq!(plan.id, named);
    let told = desk.told(&followed());
    assert!(
        told.contains("if it stays like this for 30 min") || told.contains("a database is on 2"),
        "{told}"
    );
}

#[test]
fn a_load_that_nobody_measures_is_told_as_such() {
    let mut desk = Desk::formed(1, &followed());
    let told = desk.told(&followed());
    assert!(told.contains("nobody measures what its 2 secondaries use"), "{told}");
}
