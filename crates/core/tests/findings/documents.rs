//! What is said about single documents, and about documents that do not go together.

use super::told_of;

#[test]
fn a_document_says_what_it_is() {
    insta::assert_snapshot!(told_of("- a\n---\njust text\n---\napiversion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: 7}\n---\napiVersion: evenkeel.dev/v1\nkind: Approval\n"), @r#"
error[E0119]: a document is a map, and this is a list
 --> prod/a.yaml:1:1
  |
1 | - a
  | ^^^

error[E0119]: a document is a map, and this is text
 --> prod/a.yaml:3:1
  |
3 | just text
  | ^^^^^^^^^

error[E0103]: `apiVersion` is missing
 --> prod/a.yaml:5:1
  |
5 | apiversion: v1
  | ^^^^^^^^^^
  = hint: `apiversion` is there; `apiVersion` is what it is called

error[E0103]: `metadata` is missing
 --> prod/a.yaml:8:1
  |
8 | apiVersion: v1
  | ^^^^^^^^^^
  = hint: write `metadata: {name: NAME}`

error[E0304]: `generateName` names another object at every apply
  --> prod/a.yaml:13:12
   |
13 | metadata: {generateName: a-}
   |            ^^^^^^^^^^^^
   = hint: write `name`

error[E0104]: `name` is text, and this is a number
  --> prod/a.yaml:17:18
   |
17 | metadata: {name: 7}
   |                  ^
   = hint: write "7"

error[E0302]: there is no `evenkeel.dev/v1`
  --> prod/a.yaml:19:13
   |
19 | apiVersion: evenkeel.dev/v1
   |             ^^^^^^^^^^^^^^^
   = hint: write evenkeel.dev/v1alpha1

7 errors in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn literal_secrets_are_refused_unless_said_to_be_none() {
    insta::assert_snapshot!(told_of("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: hunter2}\n"), @r#"
error[E0305]: this Secret is written out in Git
 --> prod/a.yaml:4:1
  = the line is left out, as a secret may stand in it
  = hint: use a ManagedSecret; if it is no secret, annotate it with evenkeel.dev/allow-literal:
    "true"

1 error in 1 of 2 files. Nothing was contacted.
"#);
    insta::assert_snapshot!(told_of("apiVersion: v1\nkind: Secret\nmetadata: {name: a, annotations: {evenkeel.dev/allow-literal: 'true'}}\nstringData: {password: none}\n"), @r#"
No errors in 2 files. Nothing was contacted.
"#);
}

#[test]
fn annotations_of_ours_are_checked() {
    insta::assert_snapshot!(told_of("\
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  annotations:
    evenkeel.dev/depend-on: x
    evenkeel.dev/depends-on: kubernetes:ConfigMap/graph/b, ConfigMap/c
    evenkeel.dev/ignore: /spec/replicas, a..b
    evenkeel.dev/connection: defualt
    evenkeel.dev/allow-literal: true
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: bb, namespace: graph}}
"), @r#"
error[E0313]: Evenkeel has no annotation `evenkeel.dev/depend-on`
 --> prod/a.yaml:6:5
  |
6 |     evenkeel.dev/depend-on: x
  |     ^^^^^^^^^^^^^^^^^^^^^^ there is `evenkeel.dev/depends-on`

error[E0202]: this environment has no kubernetes:ConfigMap/graph/b
 --> prod/a.yaml:7:30
  |
7 |     evenkeel.dev/depends-on: kubernetes:ConfigMap/graph/b, ConfigMap/c
  |                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ there is kubernetes:ConfigMap/graph/bb

error[E0307]: `ConfigMap/c` is no address: it begins with `kubernetes:`, `kafka:`, `connect:` or `neo4j:`
 --> prod/a.yaml:7:60
  |
7 |     evenkeel.dev/depends-on: kubernetes:ConfigMap/graph/b, ConfigMap/c
  |                                                            ^^^^^^^^^^^
  = hint: for example kubernetes:Secret/graph/orders-auth

error[E0312]: `a..b` is no path
 --> prod/a.yaml:8:42
  |
8 |     evenkeel.dev/ignore: /spec/replicas, a..b
  |                                          ^^^^
  = hint: for example /spec/replicas, or spec.template.spec.containers[app].image

error[E0206]: this environment has no connection `defualt`
 --> prod/a.yaml:9:30
  |
9 |     evenkeel.dev/connection: defualt
  |                              ^^^^^^^ there is `default`

error[E0313]: annotations are text, and this is a truth value
  --> prod/a.yaml:10:33
   |
10 |     evenkeel.dev/allow-literal: true
   |                                 ^^^^
   = hint: put the value in quotes

6 errors in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn the_same_document_twice_names_both_places() {
    insta::assert_snapshot!(told_of("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: graph}}\n"), @r#"
error[E0201]: ConfigMap/a is there twice in this directory
 --> prod/a.yaml:3:52
  |
3 | {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
  |                                                    ^
  = first at prod/a.yaml:1:52
  = hint: remove one of them, or move one into a base to merge them

error[E0201]: kubernetes:ConfigMap/graph/a is there twice
 --> prod/a.yaml:5:52
  |
5 | {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: graph}}
  |                                                    ^
  = first at prod/a.yaml:3:52
  = one names no namespace, and graph is the connection's

2 errors in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn a_circle_of_needs_is_named_with_the_place_of_each_need() {
    insta::assert_snapshot!(told_of("\
apiVersion: v1
kind: ServiceAccount
metadata: {name: a, namespace: graph, annotations: {evenkeel.dev/depends-on: kubernetes:Pod/graph/b}}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: graph}
spec: {serviceAccountName: a}
"), @r#"
error[E0203]: these need each other in a circle: kubernetes:Pod/graph/b -> kubernetes:ServiceAccount/graph/a -> kubernetes:Pod/graph/b
 --> prod/a.yaml:8:28
  |
8 | spec: {serviceAccountName: a}
  |                            ^
  = kubernetes:Pod/graph/b needs kubernetes:ServiceAccount/graph/a: prod/a.yaml:8:28
  = kubernetes:ServiceAccount/graph/a needs kubernetes:Pod/graph/b: prod/a.yaml:3:78
  = hint: remove one of these references

1 error in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn one_thing_moves_to_one_new_address_and_is_nowhere_else() {
    insta::assert_snapshot!(told_of("\
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: graph, annotations: {evenkeel.dev/moved-from: kubernetes:ConfigMap/graph/b}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: graph, annotations: {evenkeel.dev/moved-from: kubernetes:ConfigMap/graph/b}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: graph, annotations: {evenkeel.dev/moved-from: kubernetes:ConfigMap/graph/gone}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: d, namespace: graph, annotations: {evenkeel.dev/moved-from: \"kubernetes:Pod/graph/d, kubernetes:ConfigMap/graph/gone\"}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: e, namespace: graph, annotations: {evenkeel.dev/moved-from: e}}}
"), @r#"
error[E0213]: kubernetes:ConfigMap/graph/b is still in Git
 --> prod/a.yaml:1:112
  |
1 | …ame: a, namespace: graph, annotations: {evenkeel.dev/moved-from: kubernetes:ConfigMap/graph/b}}}
  |                                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = kubernetes:ConfigMap/graph/b is at prod/a.yaml:3:52

error[E0213]: kubernetes:ConfigMap/graph/b is its own address
 --> prod/a.yaml:3:112
  |
3 | …ame: b, namespace: graph, annotations: {evenkeel.dev/moved-from: kubernetes:ConfigMap/graph/b}}}
  |                                                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^

error[E0213]: kubernetes:ConfigMap/graph/c has moved from kubernetes:ConfigMap/graph/gone already
 --> prod/a.yaml:7:137
  |
7 | …otations: {evenkeel.dev/moved-from: "kubernetes:Pod/graph/d, kubernetes:ConfigMap/graph/gone"}}}
  |                                                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

error[E0307]: `e` is no address: it begins with `kubernetes:`, `kafka:`, `connect:` or `neo4j:`
 --> prod/a.yaml:9:112
  |
9 | …nd: ConfigMap, metadata: {name: e, namespace: graph, annotations: {evenkeel.dev/moved-from: e}}}
  |                                                                                              ^
  = hint: for example kubernetes:Secret/graph/orders-auth

4 errors in 1 of 2 files. Nothing was contacted.
"#);
}
