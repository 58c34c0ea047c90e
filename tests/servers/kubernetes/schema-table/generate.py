#!/usr/bin/env python3
"""Writes the schema table of the built-in kinds from three sources.

usage: generate.py OPENAPI_V2 DISCOVERY HARVEST OUT

OPENAPI_V2  `kubectl get --raw /openapi/v2`: structure, list and map types, formats
DISCOVERY   `kubectl api-resources` as JSON lines {groupVersion, kind, plural, namespaced, status}
HARVEST     harvest.go's output: defaults, and what happens to empty values, which OpenAPI does not tell
OUT         one JSON line for each kind, then one for each type; equal types are written once

Line format: see schema/table.rs. A quantity that is the entry of a map is rounded up to thousandths, as the
defaulting of resource lists does.
"""
import json
import sys

# What no scheme function sets: admission, allocation and update strategies (design-diff.md, rule 3).
SERVER_SET = {
    "v1/Service": ["spec.clusterIP", "spec.clusterIPs", "spec.ipFamilies", "spec.ipFamilyPolicy", "spec.ports[].nodePort",
                   "spec.healthCheckNodePort", "spec.loadBalancerClass", "spec.ports[].targetPort"],
    "v1/PersistentVolumeClaim": ["spec.storageClassName", "spec.volumeName", "spec.dataSource", "spec.dataSourceRef"],
    "v1/PersistentVolume": ["spec.claimRef", "spec.nodeAffinity"],
    "v1/Namespace": ["spec", "spec.finalizers"],
    "v1/Pod": ["spec.nodeName", "spec.priority", "spec.preemptionPolicy", "spec.tolerations", "spec.serviceAccountName",
               "spec.serviceAccount", "spec.imagePullSecrets", "spec.overhead", "spec.hostname"],
    "batch/v1/Job": ["spec.selector", "spec.selector.matchLabels", "spec.template.metadata", "spec.template.metadata.labels"],
    "networking.k8s.io/v1/Ingress": ["spec.ingressClassName"],
    "apiextensions.k8s.io/v1/CustomResourceDefinition": ["spec.names.singular", "spec.names.listKind"],
    "certificates.k8s.io/v1/CertificateSigningRequest": ["spec.username", "spec.uid", "spec.groups", "spec.extra"],
}
# Entries of these maps are derived from other fields (a limit, a LimitRange): a removed one may come back.
DERIVED_ENTRIES = {
    "v1/Pod": ["spec.containers[].resources.requests", "spec.initContainers[].resources.requests", "spec.resources.requests",
               "spec.containers[].resources.limits", "spec.initContainers[].resources.limits"],
    "v1/LimitRange": ["spec.limits[].default", "spec.limits[].defaultRequest"],
}
# Kinds of the extension API servers are not in the harvest.
EXTRA_DEFAULTS = {
    "apiextensions.k8s.io/v1/CustomResourceDefinition": {"spec.conversion": {"strategy": "None"}, "spec.conversion.strategy": "None"},
    "apiregistration.k8s.io/v1/APIService": {"spec.service.port": 443},
    # The harvest takes an empty text for none.
    "discovery.k8s.io/v1/EndpointSlice": {"ports[].name": ""},
}
REF = "#/definitions/"
SCALARS = {"io.k8s.apimachinery.pkg.api.resource.Quantity": "quantity", "io.k8s.apimachinery.pkg.util.intstr.IntOrString": "int-or-string",
           "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "time", "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "micro-time"}
META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
EMPTY = {"drop": "d", "keep": "k", "ptr": "p", "struct": "s", "null": "n"}


class Table:
    def __init__(self, openapi, harvest):
        self.definitions = openapi["definitions"]
        self.harvest = harvest
        self.lines, self.numbers, self.recursive = [], {}, {}

    def add(self, line):
        text = json.dumps(line, sort_keys=True, separators=(",", ":"))
        if text not in self.numbers:
            self.numbers[text] = len(self.lines)
            self.lines.append(text)
        return self.numbers[text]

    def kind(self, name, definition):
        self.name = name
        row = self.harvest.get(name, {"defaults": {}, "empty": {}})
        self.harvested = name in self.harvest
        self.empty = {path.lstrip("."): EMPTY[how] for path, how in row["empty"].items()}
        self.defaults = {path.lstrip("."): default(stat) for path, stat in row["defaults"].items()}
        lists = [path for path, value in self.defaults.items() if value == {"l": 1}]
        self.defaults = {path: value for path, value in self.defaults.items()
                         if not any(path.startswith(prefix + "[]") for prefix in lists)}
        for path, value in EXTRA_DEFAULTS.get(name, {}).items():
            self.defaults[path] = {"c": value}
        for path in SERVER_SET.get(name, []):
            self.defaults[path] = {"s": 1}
        return self.node({"$ref": REF + definition}, "")

    def node(self, schema, path, inherited=None):
        map_type = schema.get("x-kubernetes-map-type", inherited)
        if "$ref" in schema:
            target = schema["$ref"][len(REF):]
            if target in SCALARS:
                return self.add(SCALARS[target] + ("-milli" if SCALARS[target] == "quantity" and path.endswith(".*") else ""))
            if "JSONSchemaProps" in target or target.endswith(".JSON"):
                return self.by_name(target, path)
            return self.node(self.definitions[target], path, map_type or self.definitions[target].get("x-kubernetes-map-type"))
        kind = schema.get("type")
        if kind == "array":
            return self.list(schema, path)
        if "properties" in schema:
            fields = {name: self.field(name, field, path) for name, field in schema["properties"].items()}
            return self.add({"f": fields, **({"atomic": 1} if map_type == "atomic" else {})})
        if "additionalProperties" in schema:
            entries = self.node(schema["additionalProperties"], path + ".*")
            derived = {"derived": 1} if path in DERIVED_ENTRIES.get(self.name, []) else {}
            return self.add({"m": entries, **derived, **({"atomic": 1} if map_type == "atomic" else {})})
        if kind == "object" or kind is None:
            return self.add("untyped")
        if schema.get("format") == "byte":
            return self.add("bytes")
        if schema.get("format") == "int-or-string":
            return self.add("int-or-string")
        return self.add("text" if kind == "string" else "scalar")

    def by_name(self, target, path):
        """Types that contain themselves are written by name; no default or empty value depends on where they stand."""
        if target not in self.recursive:
            self.recursive[target] = len(self.lines)
            self.lines.append(None)
            definition = self.definitions[target]
            if "properties" in definition:
                fields = {name: self.field(name, field, "") for name, field in definition["properties"].items()}
                line = {"f": fields}
            else:
                line = "untyped"
            self.lines[self.recursive[target]] = json.dumps(line, sort_keys=True, separators=(",", ":"))
        return self.recursive[target]

    def list(self, schema, path):
        item = self.node(schema["items"], path + "[]")
        kind = schema.get("x-kubernetes-list-type")
        if kind is None and "merge" in schema.get("x-kubernetes-patch-strategy", ""):
            key = schema.get("x-kubernetes-patch-merge-key")
            kind, keys = ("map", [key]) if key else ("set", [])
        else:
            keys = schema.get("x-kubernetes-list-map-keys", [])
        if kind == "map":
            return self.add({"l": item, "keys": keys})
        return self.add({"l": item, **({"set": 1} if kind == "set" else {})})

    def field(self, name, schema, parent):
        path = f"{parent}.{name}" if parent else name
        row = [self.node(schema, path), self.how_empty(name, schema, path, parent)]
        return row + ([self.defaults[path]] if path in self.defaults else [])

    def how_empty(self, name, schema, path, parent):
        if path in self.empty:
            return self.empty[path]
        # ObjectMeta was left out of the harvest, extension kinds are not in it: Go's habit for optional fields.
        if name in ("apiVersion", "kind", "name", "uid") and parent.endswith("ownerReferences[]"):
            return "k"
        if name in ("controller", "blockOwnerDeletion") and parent.endswith("ownerReferences[]"):
            return "p"
        if "$ref" in schema and schema["$ref"][len(REF):] == META:
            return "s"
        if not self.harvested and "$ref" in schema:
            return "p" if schema["$ref"][len(REF):] not in SCALARS else "d"
        if not self.harvested and schema.get("type") in ("integer", "number"):
            return "p"
        return "d"


def default(stat):
    if stat["none"] == 0 and len(stat["values"]) == 1:
        value = json.loads(next(iter(stat["values"])))
        return {"l": 1} if isinstance(value, list) else {"c": value}
    lists = all(json.loads(value).__class__ is list for value in stat["values"])
    return {"l": 1} if lists else {"d": 1}


def main(openapi, discovery, harvest, out):
    openapi = json.load(open(openapi))
    definitions = {}
    for name, definition in openapi["definitions"].items():
        for gvk in definition.get("x-kubernetes-group-version-kind", []):
            if len(definition["x-kubernetes-group-version-kind"]) == 1:
                definitions["/".join(filter(None, [gvk["group"], gvk["version"], gvk["kind"]]))] = name
    table = Table(openapi, json.load(open(harvest)))
    kinds = []
    for row in map(json.loads, open(discovery)):
        name = f"{row['groupVersion']}/{row['kind']}"
        if name in definitions:
            kinds.append({"kind": name, "plural": row["plural"], "namespaced": row["namespaced"], "status": row["status"],
                          "type": table.kind(name, definitions[name])})
    with open(out, "w") as file:
        for kind in sorted(kinds, key=lambda kind: kind["kind"]):
            file.write(json.dumps(kind, separators=(",", ":")) + "\n")
        file.write("\n")
        for line in table.lines:
            file.write(line + "\n")


main(*sys.argv[1:])
