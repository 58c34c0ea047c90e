//! Every code that a finding about specs can have, and what `evenkeel explain` says about it.
//!
//! Codes are stable: a number is never given to another meaning. E01xx is how a file is written, E02xx what it
//! refers to, E03xx what its values are, E04xx policies and approvals, E90xx mistakes of our own.

mod neo4j;
mod platform;
mod policies;

use crate::diagnostic::Code;

/// What there is to know about one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// Why it is an error, and an example of the fix.
    pub explanation: &'static str,
}

macro_rules! catalogue {
    ($($name:ident = $number:literal, $title:literal, $explanation:expr;)*) => {
        $(
            #[doc = $title]
            pub const $name: Code = Code($number);
        )*
        /// All codes in their order.
        pub const ALL: &[Entry] = &[
            $(Entry { code: $name, title: $title, explanation: $explanation },)*
        ];
    };
}

/// Returns what there is to know about a code.
#[must_use]
pub fn explain(code: Code) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.code == code)
}

/// Says what a code is about, for places that are not quoted.
pub(super) fn in_general(code: Code) -> String {
    let title =
        ALL.iter().find(|entry| entry.code == code).map_or("Something is wrong.", |entry| entry.title);
    let mut letters = title.trim_end_matches('.').chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

catalogue! {
    SYNTAX = 101, "The file is not YAML.",
"A bracket or quote is not closed, an indent does not fit, or a `: ` stands inside plain text.

    description: note: read this          # wrong: `: ` inside plain text
    description: \"note: read this\"        # right

The other documents of the file are read all the same.";

    UNKNOWN_FIELD = 102, "The field is not known here.",
"Fields of Evenkeel's own kinds are checked, so that a slip of the finger is not a setting without effect.

    limits: {maxDelete: 3}                # wrong
    limits: {maxDeletes: 3}               # right

`evenkeel schema` writes JSON Schemas with which editors complete the names.";

    MISSING_FIELD = 103, "A required field is missing.",
"The field has no default that would be right for everybody.

    metadata: {}                          # wrong
    metadata: {name: prod}                # right

A base may leave a field out if every environment that extends it adds it.";

    WRONG_TYPE = 104, "The value is of another type than the field.",
"Numbers, truth values and text are different things, as they are for the API server.

    maxDeletes: \"3\"                       # wrong: text
    maxDeletes: 3                         # right";

    UNKNOWN_VALUE = 105, "The value is none of those that the field can have.",
"The field takes one of a closed list of words.

    onDrift: fix                          # wrong
    onDrift: heal                         # right";

    DUPLICATE_KEY = 106, "The same key is there twice in one map.",
"Readers disagree on which of the two counts, so neither does. Remove one of them.

    data: {a: \"1\", a: \"2\"}                # wrong
    data: {a: \"2\"}                        # right";

    TAB = 107, "A tab indents a line.",
"YAML counts columns, and a tab has no agreed width. Indent with spaces.";

    NOT_UTF8 = 108, "The file is not UTF-8 text.",
"Specs are read as UTF-8, with or without a byte order mark.

    iconv -f UTF-16 -t UTF-8 old.yaml > new.yaml";

    FILE_TOO_BIG = 109, "The file is too big to be a spec.",
"Files over 32 MiB are refused before they are read. Ten thousand usual documents take 10 MB. A dump or an
archive does not belong into the directory of an environment.";

    TOO_DEEP = 110, "Maps and lists nest too deep.",
"More than 100 levels are no configuration that a system accepts.";

    TOO_MANY_VALUES = 111, "The file holds too many values.",
"More than two million values in one file are refused, so that reading stays cheap. Split the file.";

    ALIAS = 112, "An alias stands for nothing, for itself, or for too much.",
"An alias `*name` repeats what was anchored as `&name` earlier in the same document.

    a: *name                              # wrong: there is no &name above
    a: \"*name\"                            # right, if the text is meant
    base: &name {x: 1}                    # right, if the value is meant
    a: *name

All aliases of a file together may stand for 32 MiB.";

    MERGE_KEY = 113, "The merge key `<<` is not read.",
"It was taken out of YAML 1.2, and readers disagree on order and depth. Write the entries out, or share whole
documents through `extends`.

    a: {<<: *base, x: 2}                  # wrong
    a: {x: 2, y: 1}                       # right";

    TAG = 114, "The tag is not read.",
"Only `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!map` and `!!seq` are, as they add nothing to the value.

    key: !vault abc                       # wrong
    key: \"abc\"                            # right";

    KEY = 115, "A key is not text.",
"A map has text keys. A plain whole number counts as its text; anything else is quoted.

    data: {true: x, 1.10: y}              # wrong
    data: {\"true\": x, \"1.10\": y}          # right";

    NUMBER = 116, "The number cannot be held exactly.",
"Whole numbers have at most 64 bits, and there are no infinities. Quote it if the text is meant.

    id: 123456789012345678901             # wrong
    id: \"123456789012345678901\"           # right";

    AMBIGUOUS_SCALAR = 117, "Other readers take this value otherwise.",
"kubectl, Helm and other readers of YAML 1.1 take some plain words and numbers otherwise than YAML 1.2 does. The
same manifest must mean the same to all of them, so it is written in a way that leaves no doubt.

    data: {country: no}                   # wrong: kubectl reads `false`
    data: {country: \"no\"}                 # right
    defaultMode: 0644                     # wrong: 420 to kubectl, 644 to YAML 1.2
    defaultMode: 420                      # right

This concerns plain Kubernetes manifests only.";

    DIRECTIVE = 118, "Directives are not read.",
"Lines like `%YAML 1.1` or `%TAG` change what the rest means. Every document is YAML 1.2. Remove the line.";

    NOT_A_DOCUMENT = 119, "The document is not a map.",
"Every document is a map with `apiVersion`, `kind` and `metadata`.

    - apiVersion: v1                      # wrong: a list
    apiVersion: v1                        # right; several documents are separated by `---`";

    DUPLICATE_DOCUMENT = 201, "The same document is there twice.",
"Within one directory a document stands once. Between a base and what extends it, documents of the same group,
kind, namespace and name are merged instead.

Remove one of the two, or move one into the base.";

    DANGLING = 202, "The address names nothing in this environment.",
"`evenkeel.dev/depends-on` takes addresses of resources that the same environment has.

    evenkeel.dev/depends-on: kubernetes:Secret/graph/orders-auth

`evenkeel plan ENV` lists the addresses.";

    CYCLE = 203, "Resources need each other in a circle.",
"None of them could be made first. The finding names the circle and what each one refers to. Remove one of the
references, or the `evenkeel.dev/depends-on` that closes the circle.";

    EXTENDS_LOOP = 204, "Environments extend each other in a circle.",
"What an environment extends is read before it, so there is no first. Move what both share into a base: a
directory without `environment.yaml`.

    environments/base/                    # shared documents
    environments/staging/environment.yaml # extends: [../base]
    environments/prod/environment.yaml    # extends: [../base]";

    MISSING_BASE = 205, "The directory to extend is not there.",
"Entries of `extends` are directories relative to the environment's own, and hold at least one YAML file.

    extends: [base]                       # wrong, from environments/prod
    extends: [../base]                    # right";

    UNKNOWN_CONNECTION = 206, "The environment has no connection of this name.",
"Connections are the entries of `spec.kubernetes` in `environment.yaml`. The one called `default` is used where
none is named.

    spec:
      kubernetes:
        default: {kubeconfig: {fromEnv: KUBECONFIG}, context: prod}
        eu: {kubeconfig: {fromEnv: KUBECONFIG}, context: prod-eu}";

    DUPLICATE_ENVIRONMENT = 208, "Two environments have the same name.",
"An environment is its `metadata.name`, whatever its directory is called: state, lock and marker hang on it. Two
directories of one name would undo each other's work. Rename one.";

    UNKNOWN_ENVIRONMENT = 209, "There is no such environment.",
"An environment is named by its directory, or by its `metadata.name`. Its directory has an `environment.yaml`.";

    MISPLACED_ENVIRONMENT = 210, "The Environment is not where it is looked for.",
"`kind: Environment` stands in `environment.yaml`, once; that file makes a directory an environment.";

    UNREAD_FILE = 211, "The file is not read.",
"Files of an environment stand directly in its directory, as for `kubectl apply -f DIR`. Subdirectories belong to
nobody unless something extends them.

    spec: {extends: [./extra]}            # reads environments/prod/extra too";

    REFUSED_FILE = 212, "The file cannot be read.",
"A file that is there and cannot be read may hold anything: leaving it out would look like a wish to delete what it
describes. So nothing is planned for an environment that would use it, and the exit code is 7.

Links are followed to files of the same repository only. A link that leaves it, or that leads to nothing or to a
directory, is replaced by the file itself, or by an entry of `extends`. Sockets, pipes and devices are no specs.
Files of a submodule belong to another repository. Names are UTF-8.";

    MOVED = 213, "Nothing can have moved from this address.",
"`evenkeel.dev/moved-from` names the address that a resource had before. One thing moves to one new address, and is no
longer in Git under the old one:

    metadata:
      name: orders
      annotations:
        evenkeel.dev/moved-from: kubernetes:ConfigMap/graph/orders-config

Where environments that share a base are at different addresses, list them all, separated by commas: each environment
moves what its ledger has. Take the old document out, or the annotation. Once every environment has applied the move, the annotation can go.";

    UNKNOWN_KIND = 301, "Evenkeel has no such kind.",
"Kinds of `apiVersion: evenkeel.dev/v1alpha1` are a closed list. Any other apiVersion is a plain Kubernetes
manifest.";

    UNKNOWN_VERSION = 302, "Evenkeel has no such apiVersion.",
"Its own kinds are of one version so far. Any other group is a plain Kubernetes manifest.

    apiVersion: evenkeel.dev/v1           # wrong
    apiVersion: evenkeel.dev/v1alpha1     # right";

    STRANGE_KIND = 303, "The kind is nearly a built-in one.",
"Kubernetes has no such kind in this version, and one that is called nearly so. It may be a custom resource, which is
why this is a warning.

    kind: ConfigMp                        # probably a slip
    kind: ConfigMap";

    GENERATE_NAME = 304, "A manifest has `generateName`.",
"Every apply would make another object, and none could be found again. Give it a `name`.";

    LITERAL_SECRET = 305, "A secret is written out.",
"What is in Git is read by everybody who reads Git. Say where the text is found instead:

    apiVersion: evenkeel.dev/v1alpha1
    kind: ManagedSecret
    metadata: {name: orders-auth}
    spec:
      target: {namespace: graph, name: orders-auth}
      data: {password: {fromEnv: ORDERS_PASSWORD}}

If it is no secret at all, annotate the Secret with `evenkeel.dev/allow-literal: \"true\"`.

The configuration of a connector is shown to everybody who may ask its worker. Let the worker fill secrets in:

    config: {database.password: \"${file:/etc/connect/secrets.properties:password}\"}";

    DURATION = 306, "This is no duration.",
"A duration is a number with a unit, or several: `500ms`, `30s`, `15m`, `1h30m`, `2d`.";

    ADDRESS = 307, "This is no address.",
"Addresses are `kubernetes:[CONNECTION@]KIND[.GROUP]/[NAMESPACE/]NAME`, without a group for built-in kinds.

    kubernetes:StatefulSet/graph/orders-1
    kubernetes:Namespace/graph
    kubernetes:eu@KafkaTopic.kafka.strimzi.io/graph/orders-cdc";

    TIMESTAMP = 308, "This is no point in time.",
"A point in time has a date, a time and an offset: `2026-12-01T18:00:00Z`.";

    NAME = 309, "The name cannot be used.",
"An environment's name becomes part of names in the cluster: lowercase letters, digits and `-`, at most 40.

What a manifest is called becomes part of a URL. Namespaces and Services have lowercase letters, digits and `-`, at
most 63; most other built-in kinds may have dots, too, and 253. Roles and their bindings, and custom resources, may
have anything but `/` and `%`.

    metadata: {name: Orders}              # wrong
    metadata: {name: orders}              # right";

    CONTRADICTION = 310, "Two settings exclude each other.",
"Say which one is meant by removing the other.

    default: {inCluster: true, kubeconfig: {fromEnv: KUBECONFIG}}   # wrong
    default: {inCluster: true}                                      # right";

    IGNORE_PATH = 312, "This is no path.",
"`evenkeel.dev/ignore` takes paths with slashes or dots, separated by commas.

    evenkeel.dev/ignore: /spec/replicas, spec.template.spec.containers[app].image";

    ANNOTATION = 313, "The annotation is not known, or has another value than it can have.",
"Annotations of Evenkeel are `evenkeel.dev/connection`, `evenkeel.dev/depends-on`, `evenkeel.dev/ignore`,
`evenkeel.dev/moved-from` and `evenkeel.dev/allow-literal`. Values of annotations are text: quote `\"true\"`.";

    SCHEDULE = 314, "This is no cron schedule.",
"A schedule has five fields: minute, hour, day of month, month, day of week.

    allow: \"0 2 * * 1-5\"";

    NO_NAMESPACE = 315, "Nobody says in which namespace.",
"Give the namespace here, or a default for the connection: `spec.kubernetes.default.namespace`.";

    CONNECTION_KIND = 316, "The connection does not say how to connect.",
"Either with a kubeconfig or with the account of the pod:

    default: {kubeconfig: {fromEnv: KUBECONFIG}, context: prod}
    default: {inCluster: true}";

    TIME_ZONE = 317, "There is no such time zone.",
"Time zones have the names of the IANA database, in its own letters: `Europe/Berlin`, `America/New_York`, `UTC`.";

    WINDOW = 318, "The window never opens, or is no window.",
"A window opens by its schedule and stays open for a while, at most for a year.

    windows: [{allow: \"0 2 * * 1-5\", for: 3h, timeZone: Europe/Berlin}]";

    NO_SYSTEM = 319, "The environment talks to nothing.",
"An environment names the API servers that it is about, has documents of its other systems, or is a simulated one:

    spec: {kubernetes: {default: {kubeconfig: {fromEnv: KUBECONFIG}, context: prod}}}
    spec: {sandbox: {seed: 1}}
    spec: {state: {directory: state/prod}}     # beside a document of kind KafkaCluster

Documents that several environments share stand in a directory without `environment.yaml`.";

    STATE_PLACE = 320, "State cannot be kept there.",
"State is kept in the Kubernetes cluster of the environment, or in a directory; one without a cluster names a directory.
A relative directory lies in the repository; one elsewhere is named from `/`, so that no slip leads there.

    state: {directory: ../../etc}         # wrong
    state: {directory: state/prod}        # right
    state: {directory: /var/lib/evenkeel} # right";

    DEADLY_SETTING = 321, "A setting is legal, and does harm.", platform::DEADLY_SETTING;

    POOLS = 322, "The servers are too few, too many, or an even number.", neo4j::POOLS;

    MEMORY = 323, "A server gets too little memory, or divides more than it gets.", neo4j::MEMORY;

    SETTING = 324, "Neo4j has no such setting, or it takes another value.", neo4j::SETTING;

    COMMUNITY = 325, "Community Edition does not have it.", neo4j::COMMUNITY;

    RETENTION = 326, "Changes are not kept for long enough.", neo4j::RETENTION;

    CLEAR_TEXT = 327, "A password would be sent in clear text.", platform::CLEAR_TEXT;

    SHARED_GROUP = 328, "Two sinks read by one consumer group.", platform::SHARED_GROUP;

    POLICY_PLACE = 401, "A document stands where it does not count.", policies::POLICY_PLACE;

    POLICY_EXPRESSION = 402, "The expression of a policy cannot be used.", policies::POLICY_EXPRESSION;

    POLICY_TEST = 403, "A policy fails its own test.", policies::POLICY_TEST;

    APPROVAL_ENDED = 404, "An Approval has ended.", policies::APPROVAL_ENDED;

    BUG = 9001, "This is a mistake of Evenkeel's own.",
"Nothing that you wrote is the cause. What was sent before it is in the journal, and running the same command again finds
out what became of it.

Send the lines that were printed, the command, and `evenkeel --version`. They hold no secrets: what was made up while it
ran is left out of them.";
}

/// Tells whether a code is about specs, so that `validate` tells when it is mended.
#[must_use]
pub fn is_of_specs(code: Code) -> bool {
    code != BUG
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_each_is_there_once() {
        assert!(ALL.windows(2).all(|pair| pair[0].code < pair[1].code));
    }

    #[test]
    fn every_title_is_a_sentence_and_every_explanation_has_something_to_say() {
        for entry in ALL {
            assert!(entry.title.ends_with('.') && entry.explanation.len() > 60, "{}", entry.code);
        }
    }

    #[test]
    fn a_code_that_is_none_has_no_explanation() {
        assert_eq!(explain(Code(1)), None);
        assert!(explain(UNKNOWN_FIELD).is_some_and(|entry| entry.code == UNKNOWN_FIELD));
    }
}
