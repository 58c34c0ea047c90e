//! What is said about files that are no YAML, or YAML that readers take differently.

use super::{HEAD, told_of, told_of_bytes};

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
    let environment = format!("{HEAD}spec: {{sandbox: {{seed: 1}}}}\n").into_bytes();
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
    insta::assert_snapshot!(told_of("apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nx: &x {a: b}\ndata: {<<: *x, c: !vault d}\n"), @r#"
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
    insta::assert_snapshot!(told_of("apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nx: 123456789012345678901\ny: .inf\n"), @r#"
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
