//! What every story here begins with: the shared control plane, a namespace of its own, a repository that talks to it.

use crate::support::plane::Plane;
use crate::support::repository::{Repository, Run};

/// A story's own corner of the shared control plane.
pub(crate) struct Story {
    pub(crate) plane: &'static Plane,
    pub(crate) repository: Repository,
    pub(crate) namespace: String,
    pub(crate) environment: String,
}

impl Story {
    /// Makes a namespace and an environment of the same name.
    pub(crate) fn begin(name: &str) -> Self {
        let plane = Plane::shared();
        let namespace = Plane::unused(name);
        plane.kubectl(&["create", "namespace", &namespace]);
        let repository = Repository::with_kubeconfig(&plane.kubeconfig());
        repository.environment(&namespace, &namespace);
        Self { plane, repository, environment: namespace.clone(), namespace }
    }

    /// Writes a manifest into the environment.
    pub(crate) fn write(&self, file: &str, text: &str) -> &Self {
        self.repository.write(&self.file(file), text);
        self
    }

    /// Removes a manifest from the environment.
    pub(crate) fn remove(&self, file: &str) -> &Self {
        self.repository.remove(&self.file(file));
        self
    }

    fn file(&self, file: &str) -> String {
        format!("environments/{}/{file}", self.environment)
    }

    /// Runs a verb on the environment and expects this exit code.
    pub(crate) fn expect(&self, code: i32, verb: &[&str]) -> Run {
        let mut arguments = vec![verb[0], self.environment.as_str()];
        arguments.extend_from_slice(&verb[1..]);
        self.repository.expect(code, &arguments)
    }

    /// Applies, and expects that everything was done.
    pub(crate) fn apply(&self) -> Run {
        self.expect(0, &["apply", "--auto-approve"])
    }

    /// Expects that nothing is left to do.
    pub(crate) fn expect_no_changes(&self) {
        let plan = self.expect(0, &["plan", "--detailed-exitcode"]);
        assert!(plan.stdout.contains("No changes. Live matches Git."), "{}", plan.stdout);
    }

    /// Runs kubectl in the namespace.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        let mut all = vec!["-n", self.namespace.as_str()];
        all.extend_from_slice(arguments);
        self.plane.kubectl(&all)
    }

    /// Reads one value of an object by a JSON path.
    pub(crate) fn live(&self, object: &str, path: &str) -> String {
        self.kubectl(&["get", object, "-o", &format!("jsonpath={path}")])
    }
}

/// Returns a ConfigMap with one entry.
pub(crate) fn config_map(name: &str, value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n  colour: {value}\n")
}
