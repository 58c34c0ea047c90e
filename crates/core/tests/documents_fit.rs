//! Slips in plain manifests of built-in kinds are told before any server is asked, and what is right is never told.

use evenkeel_core::documents::{Repository, SourceFile};
use evenkeel_core::report::diagnostics::{Contacted, render};
use evenkeel_core::report::style::Style;

const ENVIRONMENT: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\nspec: \
     {kubernetes: {default: {inCluster: true, namespace: graph}}}\n";

fn told(manifest: &str) -> String {
    let file = |path: &str, text: &str| SourceFile { path: path.into(), bytes: text.as_bytes().to_vec() };
    let files = [file("prod/environment.yaml", ENVIRONMENT), file("prod/a.yaml", manifest)];
    let (repository, _) = Repository::read(&files);
    let lines = |file: &str, line| repository.line(file, line);
    render(&repository.validate(), repository.files(), lines, Contacted::Nobody, Style::plain())
}

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  lables: {app: web}
spec:
  replica: 3
  replicas: three
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: 1}}
    spec:
      frobnicate: true
      containers:
      - {name: web, image: [web], ports: [{containerPort: \"80\"}]}
---
apiVersion: v1
kind: ConfigMp
metadata: {name: a}
";

#[test]
fn slips_in_a_manifest_are_told_with_the_nearest_name_and_the_right_type() {
    insta::assert_snapshot!(told(DEPLOYMENT), @r#"
error[E0102]: unknown field `lables`
 --> prod/a.yaml:5:3
  |
5 |   lables: {app: web}
  |   ^^^^^^ there is `labels`
  = in Deployment/web

error[E0102]: unknown field `replica`
 --> prod/a.yaml:7:3
  |
7 |   replica: 3
  |   ^^^^^^^ there is `replicas`
  = in Deployment/web

error[E0104]: `replicas` is a number or a truth value, and this is text
 --> prod/a.yaml:8:13
  |
8 |   replicas: three
  |             ^^^^^
  = in Deployment/web

error[E0104]: `app` is text, and this is a number
  --> prod/a.yaml:11:30
   |
11 |     metadata: {labels: {app: 1}}
   |                              ^
   = in Deployment/web
   = hint: write "1"

warning[E0102]: field `frobnicate` is not known here
  --> prod/a.yaml:13:7
   |
13 |       frobnicate: true
   |       ^^^^^^^^^^
   = in Deployment/web
   = hint: the API server refuses or drops it, unless it is newer than our table

error[E0104]: `image` is text, and this is a list
  --> prod/a.yaml:15:28
   |
15 |       - {name: web, image: [web], ports: [{containerPort: "80"}]}
   |                            ^^^^
   = in Deployment/web

error[E0104]: `containerPort` is a number or a truth value, and this is text
  --> prod/a.yaml:15:59
   |
15 |       - {name: web, image: [web], ports: [{containerPort: "80"}]}
   |                                                           ^^^^
   = in Deployment/web
   = hint: write 80

warning[E0303]: v1 has no kind `ConfigMp` that we know
  --> prod/a.yaml:18:7
   |
18 | kind: ConfigMp
   |       ^^^^^^^^ there is `ConfigMap`
   = in ConfigMp/a

6 errors and 2 warnings in 1 of 2 files. Nothing was contacted.
"#);
}

const NO_ADDRESS: &str = "\
apiVersion: v1
kind: Foo/Bar
metadata: {name: a}
---
apiVersion: a/b/v1
kind: ConfigMap
metadata: {name: a}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: 'a?b#c', namespace: 'A B'}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b, namespace: ../../x}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: ''}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ''}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: 'system:node'}
";

#[test]
fn kinds_versions_and_names_that_fit_no_address_are_told() {
    insta::assert_snapshot!(told(NO_ADDRESS), @r#"
error[E0309]: `Foo/Bar` is no kind
 --> prod/a.yaml:2:7
  |
2 | kind: Foo/Bar
  |       ^^^^^^^
  = hint: letters and digits, a letter first

error[E0309]: `a/b/v1` is no apiVersion
 --> prod/a.yaml:5:13
  |
5 | apiVersion: a/b/v1
  |             ^^^^^^
  = hint: GROUP/VERSION, or VERSION alone for the core group

error[E0309]: `a?b#c` is no name
  --> prod/a.yaml:11:18
   |
11 | metadata: {name: 'a?b#c', namespace: 'A B'}
   |                  ^^^^^^^
   = hint: lowercase letters, digits, `-` and `.`, a letter or digit at both ends, at most 253

error[E0309]: `A B` is no namespace
  --> prod/a.yaml:11:38
   |
11 | metadata: {name: 'a?b#c', namespace: 'A B'}
   |                                      ^^^^^
   = hint: lowercase letters, digits and `-`, a letter or digit at both ends, at most 63

error[E0309]: `../../x` is no namespace
  --> prod/a.yaml:15:32
   |
15 | metadata: {name: b, namespace: ../../x}
   |                                ^^^^^^^
   = hint: lowercase letters, digits and `-`, a letter or digit at both ends, at most 63

error[E0309]: `namespace` is empty
  --> prod/a.yaml:19:32
   |
19 | metadata: {name: c, namespace: ''}
   |                                ^^
   = hint: lowercase letters, digits and `-`, a letter or digit at both ends, at most 63

error[E0103]: `name` is empty
  --> prod/a.yaml:23:18
   |
23 | metadata: {name: ''}
   |                  ^^

7 errors in 1 of 2 files. Nothing was contacted.
"#);
}
