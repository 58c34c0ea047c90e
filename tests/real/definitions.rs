//! A `CustomResourceDefinition` and its custom resources in one plan.

use super::story::Story;
use crate::support::plane::Plane;

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_definition_and_its_resource_are_created_in_one_apply() {
    let story = Story::begin("crd");
    let group = format!("{}.example.dev", Plane::unused("g"));
    let (definition, widget) = widgets(&group);
    story.write("definition.yaml", &definition).write("widget.yaml", &widget("one"));
    let plan = story.expect(2, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("Plan: 2 to add, 0 to change, 0 to destroy."), "{}", plan.stdout);
    story.apply();
    assert_eq!(story.live(&format!("widgets.{group}/one"), "{.spec.size}"), "3");
    story.expect_no_changes();

    // Out of Git again: a definition and its resources hold data, so they stay until somebody approves.
    story.remove("widget.yaml");
    let plan = story.expect(4, &["plan", "--detailed-exitcode"]);
    assert!(plan.stdout.contains("holds data"), "{}", plan.stdout);
    assert_eq!(story.live(&format!("widgets.{group}/one"), "{.spec.colour}"), "green");
}

/// Returns the definition of a group's widgets, and how one of them is written.
pub(super) fn widgets(group: &str) -> (String, impl Fn(&str) -> String) {
    let definition = format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: widgets.{group}}}\n\
         spec:\n  group: {group}\n  scope: Namespaced\n  names: {{kind: Widget, plural: widgets, singular: widget, \
         listKind: WidgetList}}\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema:\n      \
         openAPIV3Schema:\n        type: object\n        properties:\n          spec:\n            type: object\n            \
         properties:\n              size: {{type: integer, default: 3}}\n              colour: {{type: string}}\n"
    );
    let widget = move |name: &str| {
        format!("apiVersion: {group}/v1\nkind: Widget\nmetadata: {{name: {name}}}\nspec: {{colour: green}}\n")
    };
    (definition, widget)
}
