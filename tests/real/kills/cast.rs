//! Who is on stage when an apply is killed: objects of many kinds, what happens to each, and what is sent for it.

use super::super::definitions::widgets;
use super::super::line::deployment;
use super::super::story::config_map;
use crate::support::chance::Chance;
use std::collections::BTreeMap;

/// What happens to one object in the killed apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Created,
    Changed,
    Deleted,
}

const ANY: &[Fate] = &[Fate::Created, Fate::Changed, Fate::Deleted];
/// What holds data is not deleted unasked.
const STAYS: &[Fate] = &[Fate::Created, Fate::Changed];

/// One object of a scene.
pub(super) struct Role {
    /// The file that it stands in.
    pub(super) file: &'static str,
    fates: &'static [Fate],
    /// What it lives in, or is defined by: what is created now has nothing in it yet.
    within: Option<usize>,
    /// Where the server has it, in the scene of this name.
    path: fn(&str) -> String,
    /// How it is written there, in this colour.
    pub(super) manifest: fn(&str, &str) -> String,
}

/// Which of them defines widgets.
const DEFINITION: usize = 2;

/// How many writes an apply of a scene sends to its targets.
pub(super) const WRITES: usize = ROLES.len();

pub(super) const ROLES: [Role; 12] = [
    Role {
        file: "inner.yaml",
        fates: STAYS,
        within: None,
        path: |name| format!("/api/v1/namespaces/{name}-inner"),
        manifest: |name, colour| labelled("v1", "Namespace", &format!("{name}-inner"), colour),
    },
    Role {
        file: "settings.yaml",
        fates: ANY,
        within: Some(0),
        path: |name| format!("/api/v1/namespaces/{name}-inner/configmaps/settings"),
        manifest: |name, colour| {
            let settings = config_map("settings", colour);
            settings.replace("{name: settings}", &format!("{{name: settings, namespace: {name}-inner}}"))
        },
    },
    Role {
        file: "definition.yaml",
        fates: STAYS,
        within: None,
        path: |name| {
            format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{name}.example.dev")
        },
        manifest: |name, colour| {
            let (definition, _) = widgets(&format!("{name}.example.dev"));
            let metadata = format!("metadata: {{labels: {{colour: {colour}}}, name");
            definition.replacen("metadata: {name", &metadata, 1)
        },
    },
    Role {
        file: "widget.yaml",
        fates: STAYS,
        within: Some(DEFINITION),
        path: |name| format!("/apis/{name}.example.dev/v1/namespaces/{name}/widgets/one"),
        manifest: |name, colour| {
            let group = format!("{name}.example.dev");
            let (_, widget) = widgets(&group);
            widget("one").replace("colour: green", &format!("colour: {colour}"))
        },
    },
    Role {
        file: "login.yaml",
        fates: STAYS,
        within: None,
        path: |name| format!("/api/v1/namespaces/{name}/secrets/login"),
        // Its password is in a file that has the colour.
        manifest: |name, _| {
            format!(
                "apiVersion: evenkeel.dev/v1alpha1\nkind: ManagedSecret\nmetadata: {{name: login}}\nspec:\n  \
                 target: {{namespace: {name}, name: login}}\n  data:\n    password: {{fromFile: {PASSWORD}}}\n    \
                 token: {{generate: {{length: 24}}}}\n"
            )
        },
    },
    Role {
        file: "runner.yaml",
        fates: ANY,
        within: None,
        path: |name| format!("/api/v1/namespaces/{name}/serviceaccounts/runner"),
        manifest: |_, colour| labelled("v1", "ServiceAccount", "runner", colour),
    },
    Role {
        file: "web.yaml",
        fates: ANY,
        within: None,
        path: |name| format!("/apis/apps/v1/namespaces/{name}/deployments/web"),
        // The pods are made anew in another colour, and waited for.
        manifest: |_, colour| {
            deployment("web", 2)
                .replace("labels: {app: web}", &format!("labels: {{app: web, colour: {colour}}}"))
        },
    },
    Role {
        file: "store.yaml",
        fates: STAYS,
        within: None,
        path: |name| format!("/apis/apps/v1/namespaces/{name}/statefulsets/store"),
        manifest: stateful_set,
    },
    Role {
        file: "door.yaml",
        fates: ANY,
        within: None,
        path: |name| format!("/api/v1/namespaces/{name}/services/door"),
        manifest: |_, colour| {
            format!(
                "{}spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}\n",
                labelled("v1", "Service", "door", colour)
            )
        },
    },
    Role {
        file: "created.yaml",
        fates: &[Fate::Created],
        within: None,
        path: |name| format!("/api/v1/namespaces/{name}/configmaps/created"),
        manifest: |_, colour| config_map("created", colour),
    },
    Role {
        file: "changed.yaml",
        fates: &[Fate::Changed],
        within: None,
        path: |name| format!("/api/v1/namespaces/{name}/configmaps/changed"),
        manifest: |_, colour| config_map("changed", colour),
    },
    Role {
        file: "deleted.yaml",
        fates: &[Fate::Deleted],
        within: None,
        path: |name| format!("/api/v1/namespaces/{name}/configmaps/deleted"),
        manifest: |_, colour| config_map("deleted", colour),
    },
];

/// The file of the Secret's password.
pub(super) const PASSWORD: &str = "password.txt";

/// What happens to each of [`ROLES`].
#[derive(Debug)]
pub(super) struct Cast(Vec<Fate>);

impl Cast {
    pub(super) fn draw(chance: &mut Chance) -> Self {
        let mut fates: Vec<Fate> = Vec::new();
        for role in &ROLES {
            let is_new = role.within.is_some_and(|within| fates[within] == Fate::Created);
            fates.push(if is_new { Fate::Created } else { *chance.pick(role.fates) });
        }
        Self(fates)
    }

    /// Returns each role and what happens to it.
    pub(super) fn roles(&self) -> impl Iterator<Item = (&'static Role, Fate)> {
        ROLES.iter().zip(self.0.iter().copied())
    }

    /// Tells whether widgets are there before.
    pub(super) fn is_defined(&self) -> bool {
        self.0[DEFINITION] != Fate::Created
    }

    /// Returns what is sent in all, if nothing is sent twice.
    pub(super) fn writes(&self, name: &str) -> BTreeMap<String, Vec<&'static str>> {
        let method = |fate| if fate == Fate::Deleted { "DELETE" } else { "PATCH" };
        self.roles().map(|(role, fate)| ((role.path)(name), vec![method(fate)])).collect()
    }
}

fn labelled(version: &str, kind: &str, name: &str, colour: &str) -> String {
    format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}, labels: {{colour: {colour}}}}}\n")
}

/// One pod with a claim, which is bound to [`volume`].
fn stateful_set(name: &str, colour: &str) -> String {
    format!(
        "{}spec:\n  serviceName: door\n  replicas: 1\n  selector: {{matchLabels: {{app: store}}}}\n  template:\n    \
         metadata: {{labels: {{app: store}}}}\n    spec:\n      containers:\n      - name: main\n        image: \
         example/store:1\n        volumeMounts: [{{name: data, mountPath: /data}}]\n  volumeClaimTemplates:\n  - \
         metadata: {{name: data}}\n    spec:\n      accessModes: [ReadWriteOnce]\n      storageClassName: {name}\n      \
         resources: {{requests: {{storage: 1Gi}}}}\n",
        labelled("apps/v1", "StatefulSet", "store", colour)
    )
}

/// Returns the volume that the claim of a scene is bound to.
pub(super) fn volume(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: {name}}}\nspec: {{storageClassName: {name}, \
         accessModes: [ReadWriteOnce], capacity: {{storage: 1Gi}}, hostPath: {{path: /data}}}}\n"
    )
}
