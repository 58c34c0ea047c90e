//! What is said about specs that are wrong: one golden text per code, as a user reads it.

use evenkeel_core::documents::{Repository, SourceFile};
use evenkeel_core::report::diagnostics::render;
use evenkeel_core::report::style::Style;

const HEAD: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\n";

/// Validates a repository and returns what the user reads.
fn told(files: &[(&str, &str)]) -> String {
    let files =
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect::<Vec<_>>();
    told_of_bytes(&files)
}

fn told_of_bytes(files: &[(String, Vec<u8>)]) -> String {
    let files: Vec<SourceFile> = files
        .iter()
        .map(|(path, bytes)| SourceFile { path: path.as_str().into(), bytes: bytes.clone() })
        .collect();
    let (repository, _) = Repository::read(&files);
    let findings = repository.validate();
    render(&findings, repository.files(), |file, line| repository.line(file, line), Style::plain())
}

/// Validates one manifest file in a sound environment.
fn told_of(manifest: &str) -> String {
    let environment =
        format!("{HEAD}spec: {{kubernetes: {{default: {{inCluster: true, namespace: graph}}}}}}\n");
    told(&[("prod/environment.yaml", &environment), ("prod/a.yaml", manifest)])
}

/// Validates an environment with this `spec`.
fn told_of_spec(spec: &str) -> String {
    told(&[("prod/environment.yaml", &format!("{HEAD}spec:\n{spec}"))])
}

#[test]
fn every_error_of_every_file_comes_in_one_run() {
    let environment = format!("{HEAD}spec:\n  extend: [../base]\n  limits: {{maxDeletes: many}}\n");
    let secrets = "\
apiVersion: evenkeel.dev/v1alpha1
kind: ManagedSecret
metadata: {name: auth, label: {}}
spec:
  data: {PASSWORD: {fromEnvironment: X}}
---
broken: [1, 2
---
apiVersion: evenkeel.dev/v1alpha1
kind: ManagedSecrets
metadata: {name: other}
";
    insta::assert_snapshot!(told(&[("prod/environment.yaml", &environment), ("prod/secrets.yaml", secrets)]), @r#"
error[E0102]: unknown field `extend`
 --> prod/environment.yaml:5:3
  |
5 |   extend: [../base]
  |   ^^^^^^ Environment has `extends`
  = in Environment/prod

error[E0104]: `maxDeletes` is a whole number, and this is text
 --> prod/environment.yaml:6:24
  |
6 |   limits: {maxDeletes: many}
  |                        ^^^^
  = in Environment/prod

error[E0102]: unknown field `label`
 --> prod/secrets.yaml:3:24
  |
3 | metadata: {name: auth, label: {}}
  |                        ^^^^^ ManagedSecret has `labels`
  = in ManagedSecret/auth

error[E0102]: unknown field `fromEnvironment`
 --> prod/secrets.yaml:5:21
  |
5 |   data: {PASSWORD: {fromEnvironment: X}}
  |                     ^^^^^^^^^^^^^^^ PASSWORD has `fromEnv`
  = in ManagedSecret/auth

error[E0101]: this `[` is never closed
 --> prod/secrets.yaml:7:9
  |
7 | broken: [1, 2
  |         ^

error[E0301]: Evenkeel has no kind `ManagedSecrets`
  --> prod/secrets.yaml:10:7
   |
10 | kind: ManagedSecrets
   |       ^^^^^^^^^^^^^^ there is `ManagedSecret`

6 errors in 2 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn what_is_not_yaml_says_what_to_close_or_quote() {
    insta::assert_snapshot!(told_of("description: note: read this\n"), @r#"
error[E0101]: a `: ` cannot stand here
 --> prod/a.yaml:1:18
  |
1 | description: note: read this
  |                  ^
  = hint: put text that contains `: ` in quotes, or indent this line as its neighbours are

1 error in 1 of 2 files. Nothing was contacted.
"#);
    insta::assert_snapshot!(told_of("a: \"never closed\nb: 1\n"), @r#"
error[E0101]: a quote above this line is not closed, or this line of its text is not indented
 --> prod/a.yaml:2:1
  |
2 | b: 1
  | ^

1 error in 1 of 2 files. Nothing was contacted.
"#);
    insta::assert_snapshot!(told_of("a: @b\n"), @r#"
error[E0101]: the character `@` cannot begin a value
 --> prod/a.yaml:1:4
  |
1 | a: @b
  |    ^
  = hint: put the value in quotes

1 error in 1 of 2 files. Nothing was contacted.
"#);
    insta::assert_snapshot!(told_of("a:\n  b: 1\n c: 2\n"), @r#"
error[E0101]: this line is indented unlike the lines around it
 --> prod/a.yaml:3:2
  |
3 |  c: 2
  |  ^

1 error in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn a_tab_is_named_where_it_indents() {
    insta::assert_snapshot!(told_of("a:\n\tb: 1\n"), @r#"
error[E0107]: a tab cannot indent
 --> prod/a.yaml:2:2
  |
2 |  b: 1
  |  ^
  = hint: indent with spaces

1 error in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn bytes_that_are_no_text_are_refused_whole() {
    let environment = format!("{HEAD}spec: {{}}\n").into_bytes();
    let with = |bytes: &[u8]| {
        told_of_bytes(&[
            ("prod/environment.yaml".into(), environment.clone()),
            ("prod/a.yaml".into(), bytes.to_vec()),
        ])
    };
    insta::assert_snapshot!(with(b"a: 1\nb: \xff\n"), @r#"
error[E0108]: line 2 is not UTF-8: it has the byte 0xff
 --> prod/a.yaml:1:1
  = hint: save the file as UTF-8

1 error in 1 of 2 files. Nothing was contacted.
"#);
    insta::assert_snapshot!(with(b"\xff\xfea\0:\0"), @r#"
error[E0108]: the file is UTF-16, not UTF-8
 --> prod/a.yaml:1:1
  = hint: convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW

1 error in 1 of 2 files. Nothing was contacted.
"#);
    insta::assert_snapshot!(with(&vec![b' '; 100 << 20]), @r#"
error[E0109]: the file has 100 MiB
 --> prod/a.yaml:1:1
  = files over 32 MiB are not read
  = hint: split it, or move what is no spec out of this directory

1 error in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn a_byte_order_mark_is_skipped_as_kubectl_does() {
    insta::assert_snapshot!(told_of("\u{feff}apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"), @r#"
No errors in 2 files. Nothing was contacted.
"#);
}

#[test]
fn keys_are_text_and_each_is_there_once() {
    insta::assert_snapshot!(told_of("{apiVersion: v1, kind: ConfigMap, metadata: {name: a},\n data: {a: '1', a: '2', true: '3', 1.10: '4', [x]: '5', 8080: '6'}}\n"), @r#"
error[E0106]: `a` is there twice
 --> prod/a.yaml:2:17
  |
2 |  data: {a: '1', a: '2', true: '3', 1.10: '4', [x]: '5', 8080: '6'}}
  |                 ^
  = first at prod/a.yaml:2:9

error[E0115]: a key is text, and this is a truth value
 --> prod/a.yaml:2:25
  |
2 |  data: {a: '1', a: '2', true: '3', 1.10: '4', [x]: '5', 8080: '6'}}
  |                         ^^^^
  = hint: put the key in quotes

error[E0115]: a key is text, and this is a number
 --> prod/a.yaml:2:36
  |
2 |  data: {a: '1', a: '2', true: '3', 1.10: '4', [x]: '5', 8080: '6'}}
  |                                    ^^^^
  = hint: put the key in quotes

error[E0115]: a key is text, and this is a list
 --> prod/a.yaml:2:47
  |
2 |  data: {a: '1', a: '2', true: '3', 1.10: '4', [x]: '5', 8080: '6'}}
  |                                               ^^
  = hint: put the key in quotes

4 errors in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn merge_keys_tags_and_directives_are_not_read() {
    insta::assert_snapshot!(told_of("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nx: &x {a: b}\ndata: {<<: *x, c: !vault d}\n"), @r#"
error[E0113]: merge keys are not read
 --> prod/a.yaml:5:8
  |
5 | data: {<<: *x, c: !vault d}
  |        ^^
  = `<<` is YAML 1.1; readers disagree on what it does
  = hint: write the entries out; for a key that is called `<<`, write "<<"

error[E0114]: the tag `!vault` is not read
 --> prod/a.yaml:5:19
  |
5 | data: {<<: *x, c: !vault d}
  |                   ^^^^^^
  = hint: remove the tag, or put the value in quotes

2 errors in 1 of 2 files. Nothing was contacted.
"#);
    insta::assert_snapshot!(told_of("%YAML 1.1\n---\na: 1\n"), @r#"
error[E0118]: directives are not read
 --> prod/a.yaml:1:1
  |
1 | %YAML 1.1
  | ^
  = hint: remove the line: every document is YAML 1.2

1 error in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn an_alias_stands_for_something_else_and_not_for_too_much() {
    insta::assert_snapshot!(told_of("a: *nothing\n"), @r#"
error[E0103]: `apiVersion` is missing
 --> prod/a.yaml:1:1
  |
1 | a: *nothing
  | ^

error[E0103]: `kind` is missing
 --> prod/a.yaml:1:1
  |
1 | a: *nothing
  | ^

error[E0112]: nothing is anchored as `&nothing`
 --> prod/a.yaml:1:4
  |
1 | a: *nothing
  |    ^^^^^^^^
  = hint: put text that begins with `*` in quotes: "*nothing"

3 errors in 1 of 2 files. Nothing was contacted.
"#);
    insta::assert_snapshot!(told_of("a: &a [*a]\n"), @r#"
error[E0103]: `apiVersion` is missing
 --> prod/a.yaml:1:1
  |
1 | a: &a [*a]
  | ^

error[E0103]: `kind` is missing
 --> prod/a.yaml:1:1
  |
1 | a: &a [*a]
  | ^

error[E0112]: this alias stands inside the value it stands for
 --> prod/a.yaml:1:8
  |
1 | a: &a [*a]
  |        ^^

3 errors in 1 of 2 files. Nothing was contacted.
"#);
    let mut bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb = format!("{bomb}a{level}: &a{level} [{below}]\n");
    }
    insta::assert_snapshot!(told_of(&bomb), @r#"
error[E0112]: the aliases of this file stand for more than 32 MiB
 --> prod/a.yaml:6:35
  |
6 | a5: &a5 [*a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4]
  |                                   ^^^
  = hint: write the values out, or share them through `extends`

1 error in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn what_nests_too_deep_is_refused_before_it_costs_anything() {
    insta::assert_snapshot!(told_of(&format!("a: {}\n", "[".repeat(200_000))), @r#"
error[E0110]: maps and lists nest deeper than 100 levels
 --> prod/a.yaml:1:104
  |
1 | …[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…
  |                                  ^

1 error in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn numbers_that_would_change_are_refused() {
    insta::assert_snapshot!(told_of("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nx: 123456789012345678901\ny: .inf\n"), @r#"
error[E0116]: `123456789012345678901` cannot be held exactly: it does not fit 64 bits
 --> prod/a.yaml:4:4
  |
4 | x: 123456789012345678901
  |    ^^^^^^^^^^^^^^^^^^^^^
  = hint: write "123456789012345678901" for the text

error[E0117]: `y` means different things
 --> prod/a.yaml:5:1
  |
5 | y: .inf
  | ^ kubectl and other readers of YAML 1.1 take `true`
  = hint: write "y" for the text, true for the truth value

error[E0116]: `.inf` cannot be held exactly: JSON has no word for it
 --> prod/a.yaml:5:4
  |
5 | y: .inf
  |    ^^^^
  = hint: write ".inf" for the text

3 errors in 1 of 2 files. Nothing was contacted.
"#);
}

#[test]
fn what_other_readers_take_otherwise_is_an_error_in_manifests() {
    insta::assert_snapshot!(told_of("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: no, b: 010, c: 1_000, d: 12:30:45, e: 1e3, on: 'x'}\n"), @r#"
error[E0117]: `no` means different things
 --> prod/a.yaml:4:11
  |
4 | data: {a: no, b: 010, c: 1_000, d: 12:30:45, e: 1e3, on: 'x'}
  |           ^^ kubectl and other readers of YAML 1.1 take `false`
  = hint: write "no" for the text, false for the truth value

error[E0117]: `010` means different things
 --> prod/a.yaml:4:18
  |
4 | data: {a: no, b: 010, c: 1_000, d: 12:30:45, e: 1e3, on: 'x'}
  |                  ^^^ kubectl and other readers of YAML 1.1 take the number 8
  = hint: write "010" for the text, 8 for the number

error[E0117]: `1_000` means different things
 --> prod/a.yaml:4:26
  |
4 | data: {a: no, b: 010, c: 1_000, d: 12:30:45, e: 1e3, on: 'x'}
  |                          ^^^^^ kubectl and other readers of YAML 1.1 take the number 1000
  = hint: write "1_000" for the text, 1000 for the number

error[E0117]: `12:30:45` means different things
 --> prod/a.yaml:4:36
  |
4 | data: {a: no, b: 010, c: 1_000, d: 12:30:45, e: 1e3, on: 'x'}
  |                                    ^^^^^^^^ kubectl and other readers of YAML 1.1 take a number
  = hint: write "12:30:45" for the text

error[E0117]: `1e3` means different things
 --> prod/a.yaml:4:49
  |
4 | data: {a: no, b: 010, c: 1_000, d: 12:30:45, e: 1e3, on: 'x'}
  |                                                 ^^^ kubectl and other readers of YAML 1.1 take text
  = hint: write "1e3" for the text, 1000 for the number

error[E0117]: `on` means different things
 --> prod/a.yaml:4:54
  |
4 | data: {a: no, b: 010, c: 1_000, d: 12:30:45, e: 1e3, on: 'x'}
  |                                                      ^^ kubectl and other readers of YAML 1.1 take `true`
  = hint: write "on" for the text, true for the truth value

6 errors in 1 of 2 files. Nothing was contacted.
"#);
}

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
  |
4 | stringData: {password: hunter2}
  | ^^^^^^^^^^
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

error[E0307]: `ConfigMap/c` is no address: it begins with `kubernetes:`
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
fn extends_leads_to_a_directory_and_never_back() {
    let staging = "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: staging}\nspec: {extends: [../prod]}\n";
    let prod = format!("{HEAD}spec: {{extends: [../staging, ../bse, ../../x]}}\n");
    let base = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n";
    insta::assert_snapshot!(told(&[
        ("environments/prod/environment.yaml", &prod),
        ("environments/staging/environment.yaml", staging),
        ("environments/base/a.yaml", base),
    ]), @r#"
error[E0204]: environments extend each other in a circle: environments/staging -> environments/prod -> environments/staging
 --> environments/prod/environment.yaml:4:18
  |
4 | spec: {extends: [../staging, ../bse, ../../x]}
  |                  ^^^^^^^^^^
  = hint: move what both share into a directory without environment.yaml, and let both extend that

error[E0205]: there are no YAML files in environments/bse
 --> environments/prod/environment.yaml:4:30
  |
4 | spec: {extends: [../staging, ../bse, ../../x]}
  |                              ^^^^^^ there is `../base`

error[E0205]: there are no YAML files in x
 --> environments/prod/environment.yaml:4:38
  |
4 | spec: {extends: [../staging, ../bse, ../../x]}
  |                                      ^^^^^^^
  = hint: entries of `extends` are directories, relative to this file's

error[E0204]: environments extend each other in a circle: environments/prod -> environments/staging -> environments/prod
 --> environments/staging/environment.yaml:4:18
  |
4 | spec: {extends: [../prod]}
  |                  ^^^^^^^
  = hint: move what both share into a directory without environment.yaml, and let both extend that

4 errors in 2 of 3 files. Nothing was contacted.
"#);
}

#[test]
fn environments_are_where_and_what_their_names_say() {
    let same = format!("{HEAD}spec: {{}}\n");
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
    insta::assert_snapshot!(told(&[("prod/environment.yaml", "apiVersion: evenkeel.dev/v1alpha1\nkind: Environment\nmetadata: {name: Prod.EU}\nspec: {}\n")]), @r#"
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

error[E0307]: `ConfigMap/a` is no address: it begins with `kubernetes:`
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
  |                                      ^^^^^^ action is `delete`, `adopt`, `replace`, `exempt` or `loseData`
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
