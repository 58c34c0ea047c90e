//! What is said about environments: their places, their settings, and what their layers come to.

use super::{HEAD, told, told_of_spec};

#[test]
fn extends_leads_to_a_directory_and_never_back() {
    let staging = "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: staging}\nspec: {extends: [../prod], sandbox: {seed: 1}}\n";
    let prod = format!("{HEAD}spec: {{extends: [../staging, ../bse, ../../x], sandbox: {{seed: 1}}}}\n");
    let base = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n";
    insta::assert_snapshot!(told(&[
        ("environments/prod/environment.yaml", &prod),
        ("environments/staging/environment.yaml", staging),
        ("environments/base/a.yaml", base),
    ]), @r#"
error[E0204]: environments extend each other in a circle: environments/staging -> environments/prod -> environments/staging
 --> environments/prod/environment.yaml:4:18
  |
4 | spec: {extends: [../staging, ../bse, ../../x], sandbox: {seed: 1}}
  |                  ^^^^^^^^^^
  = hint: move what both share into a directory without environment.yaml, and let both extend that

error[E0205]: there are no YAML files in environments/bse
 --> environments/prod/environment.yaml:4:30
  |
4 | spec: {extends: [../staging, ../bse, ../../x], sandbox: {seed: 1}}
  |                              ^^^^^^ there is `../base`

error[E0205]: there are no YAML files in x
 --> environments/prod/environment.yaml:4:38
  |
4 | spec: {extends: [../staging, ../bse, ../../x], sandbox: {seed: 1}}
  |                                      ^^^^^^^
  = hint: entries of `extends` are directories, relative to this file's

error[E0204]: environments extend each other in a circle: environments/prod -> environments/staging -> environments/prod
 --> environments/staging/environment.yaml:4:18
  |
4 | spec: {extends: [../prod], sandbox: {seed: 1}}
  |                  ^^^^^^^
  = hint: move what both share into a directory without environment.yaml, and let both extend that

4 errors in 2 of 3 files. Nothing was contacted.
"#);
}

#[test]
fn environments_are_where_and_what_their_names_say() {
    let same = format!("{HEAD}spec: {{sandbox: {{seed: 1}}}}\n");
    insta::assert_snapshot!(told(&[
        ("environments/one/environment.yaml", &same),
        ("environments/one/extra/a.yaml", "a: 1\n"),
        ("environments/two/environment.yaml", &same),
        ("environments/two/other.yaml", &same),
        ("environments/zero/environment.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"),
    ]), @r#"
warning[E0211]: this file is not read
 --> environments/one/extra/a.yaml:1:1
  = subdirectories of an environment are not part of it, and nothing extends environments/one/extra
  = hint: move the file up, or add its directory to `extends`

error[E0208]: there are two environments `prod`
 --> environments/two/environment.yaml:3:18
  |
3 | metadata: {name: prod}
  |                  ^^^^
  = the other is at environments/one/environment.yaml:3:18
  = hint: rename one: an environment is its name, whatever its directory is called

error[E0210]: an Environment stands once, in a file of its own
 --> environments/two/other.yaml:3:18
  |
3 | metadata: {name: prod}
  |                  ^^^^
  = hint: move it to DIRECTORY/environment.yaml

error[E0210]: this file has no `kind: Environment`
 --> environments/zero/environment.yaml:1:1
  |
1 | {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
  | ^
  = hint: `evenkeel init` writes one to start from

3 errors and 1 warning in 4 of 4 files. Nothing was contacted.
"#);
}

#[test]
#[expect(clippy::too_many_lines, reason = "the golden text is the test")]
fn the_values_of_an_environment_are_checked() {
    insta::assert_snapshot!(told_of_spec("  state: {kubernetes: {connection: eu, namespace: evenkeel}}
  kubernetes:
    default: {context: prod}
    us: {inCluster: true, kubeconfig: {fromEnv: A, fromFile: B}}
    asia: {inCluster: yes, asGroups: ops}
  limits: {maxDeletes: -1, parallelism: 0, lease: 15, requestTimeout: 30}
  windows: [{allow: 0 25 * * *, for: 3 hours}]
  agent: {onDrift: fix, onCommit: aply}
  sandbox: {}
"), @r#"
error[E0310]: `kubeconfig` takes only one of `fromEnv`, `fromFile`
 --> prod/environment.yaml:8:52
  |
8 |     us: {inCluster: true, kubeconfig: {fromEnv: A, fromFile: B}}
  |                                                    ^^^^^^^^
  = in Environment/prod
  = hint: remove all but one

error[E0104]: `inCluster` is true or false, and this is text
 --> prod/environment.yaml:9:23
  |
9 |     asia: {inCluster: yes, asGroups: ops}
  |                       ^^^
  = in Environment/prod

error[E0104]: `asGroups` is a list, and this is text
 --> prod/environment.yaml:9:38
  |
9 |     asia: {inCluster: yes, asGroups: ops}
  |                                      ^^^
  = in Environment/prod
  = hint: write [ops]

error[E0105]: `maxDeletes` is at least 0
  --> prod/environment.yaml:10:24
   |
10 |   limits: {maxDeletes: -1, parallelism: 0, lease: 15, requestTimeout: 30}
   |                        ^^
   = in Environment/prod

error[E0105]: `parallelism` is at least 1
  --> prod/environment.yaml:10:41
   |
10 |   limits: {maxDeletes: -1, parallelism: 0, lease: 15, requestTimeout: 30}
   |                                         ^
   = in Environment/prod

error[E0104]: `lease` is text, and this is a number
  --> prod/environment.yaml:10:51
   |
10 |   limits: {maxDeletes: -1, parallelism: 0, lease: 15, requestTimeout: 30}
   |                                                   ^^
   = in Environment/prod
   = hint: write it with a unit: 15s

error[E0104]: `requestTimeout` is text, and this is a number
  --> prod/environment.yaml:10:71
   |
10 |   limits: {maxDeletes: -1, parallelism: 0, lease: 15, requestTimeout: 30}
   |                                                                       ^^
   = in Environment/prod
   = hint: write it with a unit: 30s

error[E0314]: `0 25 * * *` is no cron schedule
  --> prod/environment.yaml:11:21
   |
11 |   windows: [{allow: 0 25 * * *, for: 3 hours}]
   |                     ^^^^^^^^^^
   = in Environment/prod
   = hint: write minute, hour, day of month, month, day of week: "0 2 * * 1-5"

error[E0306]: `3 hours` is no duration
  --> prod/environment.yaml:11:38
   |
11 |   windows: [{allow: 0 25 * * *, for: 3 hours}]
   |                                      ^^^^^^^
   = in Environment/prod
   = hint: write it with a unit: 30s, 15m, 1h30m, 2d

error[E0105]: `onDrift` cannot be `fix`
  --> prod/environment.yaml:12:20
   |
12 |   agent: {onDrift: fix, onCommit: aply}
   |                    ^^^ onDrift is `report` or `heal`
   = in Environment/prod

error[E0105]: `onCommit` cannot be `aply`
  --> prod/environment.yaml:12:35
   |
12 |   agent: {onDrift: fix, onCommit: aply}
   |                                   ^^^^ there is `apply`
   = in Environment/prod

error[E0103]: `seed` is missing in `sandbox`
  --> prod/environment.yaml:13:3
   |
13 |   sandbox: {}
   |   ^^^^^^^
   = in Environment/prod

12 errors in 1 of 1 file. Nothing was contacted.
"#);
}

#[test]
fn settings_that_exclude_each_other_are_told() {
    insta::assert_snapshot!(told_of_spec("  state: {kubernetes: {connection: defualt, namespace: evenkeel}}
  kubernetes:
    default: {context: prod}
    us: {inCluster: true, kubeconfig: {fromEnv: A}}
    asia: {inCluster: true, context: x, asGroups: [ops]}
  sandbox: {seed: 1}
"), @r#"
error[E0316]: `default` does not say how to connect
 --> prod/environment.yaml:7:5
  |
7 |     default: {context: prod}
  |     ^^^^^^^
  = in Environment/prod
  = hint: write `kubeconfig: {fromEnv: KUBECONFIG}`, or `inCluster: true`

error[E0310]: a pod's own account needs no kubeconfig
 --> prod/environment.yaml:8:10
  |
8 |     us: {inCluster: true, kubeconfig: {fromEnv: A}}
  |          ^^^^^^^^^
  = in Environment/prod
  = hint: remove `inCluster`, or `kubeconfig`

error[E0310]: a context is chosen from a kubeconfig
 --> prod/environment.yaml:9:38
  |
9 |     asia: {inCluster: true, context: x, asGroups: [ops]}
  |                                      ^
  = in Environment/prod
  = hint: remove `context`, or name the kubeconfig

error[E0310]: `asGroups` acts as groups of a user, and there is no `as`
 --> prod/environment.yaml:9:41
  |
9 |     asia: {inCluster: true, context: x, asGroups: [ops]}
  |                                         ^^^^^^^^
  = in Environment/prod
  = hint: write `as` too

error[E0310]: a sandbox has no real connections
  --> prod/environment.yaml:10:3
   |
10 |   sandbox: {seed: 1}
   |   ^^^^^^^
   = in Environment/prod
   = hint: remove `sandbox`, or `kubernetes`

5 errors in 1 of 1 file. Nothing was contacted.
"#);
    insta::assert_snapshot!(told(&[("prod/environment.yaml", "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: Prod.EU}\nspec: {sandbox: {seed: 1}}\n")]), @r#"
error[E0309]: `Prod.EU` cannot be the name of an environment
 --> prod/environment.yaml:3:18
  |
3 | metadata: {name: Prod.EU}
  |                  ^^^^^^^
  = in Environment/Prod.EU
  = hint: lowercase letters, digits and `-`, at most 40

1 error in 1 of 1 file. Nothing was contacted.
"#);
}

#[test]
fn approvals_and_secrets_are_complete_once_all_layers_are_there() {
    let environment =
        format!("{HEAD}spec: {{extends: [../base], kubernetes: {{default: {{inCluster: true}}}}}}\n");
    let base = "apiVersion: evenkeel.dev/v1alpha1\nkind: ManagedSecret\nmetadata: {name: auth}\nspec: {target: {name: auth}}\n";
    let prod = "\
apiVersion: evenkeel.dev/v1alpha1
kind: Approval
metadata: {name: drop}
spec: {address: ConfigMap/a, action: remove, until: tomorrow, reason: ''}
---
apiVersion: evenkeel.dev/v1alpha1
kind: ManagedSecret
metadata: {name: other}
spec: {target: {name: other}, data: {A: {fromEnv: A}}}
";
    insta::assert_snapshot!(told(&[
        ("environments/prod/environment.yaml", &environment),
        ("environments/base/secrets.yaml", base),
        ("environments/prod/more.yaml", prod),
    ]), @r#"
error[E0103]: `data` is missing in `spec`
 --> environments/base/secrets.yaml:4:1
  |
4 | spec: {target: {name: auth}}
  | ^^^^
  = in ManagedSecret/auth

error[E0307]: `ConfigMap/a` is no address: it begins with `kubernetes:`, `kafka:`, `connect:` or `neo4j:`
 --> environments/prod/more.yaml:4:17
  |
4 | spec: {address: ConfigMap/a, action: remove, until: tomorrow, reason: ''}
  |                 ^^^^^^^^^^^
  = in Approval/drop
  = hint: for example kubernetes:Secret/graph/orders-auth

error[E0105]: `action` cannot be `remove`
 --> environments/prod/more.yaml:4:38
  |
4 | spec: {address: ConfigMap/a, action: remove, until: tomorrow, reason: ''}
  |                                      ^^^^^^ action is `delete`, `adopt`, `replace`, `exempt`, `loseData` or `resetOffsets`
  = in Approval/drop

error[E0308]: `tomorrow` is no point in time
 --> environments/prod/more.yaml:4:53
  |
4 | spec: {address: ConfigMap/a, action: remove, until: tomorrow, reason: ''}
  |                                                     ^^^^^^^^
  = in Approval/drop
  = hint: write date, time and offset: 2026-12-01T18:00:00Z

error[E0104]: `reason` is empty
 --> environments/prod/more.yaml:4:71
  |
4 | spec: {address: ConfigMap/a, action: remove, until: tomorrow, reason: ''}
  |                                                                       ^^
  = in Approval/drop
  = hint: write at least a word

error[E0315]: the target has no namespace
 --> environments/prod/more.yaml:9:16
  |
9 | spec: {target: {name: other}, data: {A: {fromEnv: A}}}
  |                ^^^^^^^^^^^^
  = hint: write `namespace` here, or in spec.kubernetes.default of the environment

6 errors in 2 of 3 files. Nothing was contacted.
"#);
}
