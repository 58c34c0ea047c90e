//! A kind that cannot be listed, by a server that fails or says nothing: it is unknown, and the rest goes on.

use super::story::config_map;
use crate::support::plane::Plane;
use crate::support::proxy::{Proxy, Trouble};
use crate::support::repository::Repository;

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: bolt}\nspec: {selector: {app: a}, ports: [{port: 7687}]}\n";

fn one_kind_is_unknown(trouble: Trouble, told: &str) {
    let plane = Plane::shared();
    let name = Plane::unused("trouble");
    plane.kubectl(&["create", "namespace", &name]);
    let proxy = Proxy::start(&plane.kubeconfig(), &format!("{name}-state"));
    proxy.disarm();
    proxy.trouble("/services", trouble);
    let repository = Repository::with_kubeconfig(proxy.kubeconfig());
    repository.environment(&name, &name);
    let file = format!("environments/{name}/environment.yaml");
    let text = std::fs::read_to_string(repository.path().join(&file)).expect("the environment");
    repository.write(&file, &text.replace("requestTimeout: 5s", "requestTimeout: 1s"));
    repository.write(&format!("environments/{name}/colours.yaml"), &config_map("colours", "green"));
    repository.write(&format!("environments/{name}/service.yaml"), SERVICE);

    let plan = repository.expect(7, &["plan", &name, "--detailed-exitcode"]);
    assert!(plan.stdout.contains("Plan: 1 to add, 0 to change, 0 to destroy."), "{}", plan.stdout);
    let words: Vec<&str> = plan.stdout.split_whitespace().collect();
    assert!(words.join(" ").contains(told), "{}", plan.stdout);
    repository.expect(7, &["apply", &name, "--auto-approve"]);
    assert_eq!(
        plane.kubectl(&["-n", &name, "get", "configmap/colours", "-o", "jsonpath={.data.colour}"]),
        "green"
    );
    assert_eq!(plane.kubectl(&["-n", &name, "get", "services", "-o", "name"]), "");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_kind_that_answers_503_is_unknown_and_the_rest_is_planned_and_applied() {
    one_kind_is_unknown(Trouble::Unavailable, "503");
}

#[test]
#[ignore = "needs the control plane: make test-real"]
fn a_kind_that_does_not_answer_is_unknown_and_the_rest_is_planned_and_applied() {
    one_kind_is_unknown(Trouble::Silence, "no answer in 1 s");
}
