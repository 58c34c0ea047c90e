#!/usr/bin/env python3
"""Turns a server's resource lists into the lines that generate.py reads: discovery.py KUBECTL... > OUT"""
import json
import subprocess
import sys


def get(path):
    return json.loads(subprocess.run(sys.argv[1:] + ["get", "--raw", path], check=True, capture_output=True).stdout)


paths = ["/api/v1"] + [f"/apis/{version['groupVersion']}" for group in get("/apis")["groups"] for version in group["versions"]]
for path in paths:
    listed = get(path)
    names = {resource["name"] for resource in listed["resources"]}
    for resource in listed["resources"]:
        if "/" not in resource["name"] and "patch" in resource["verbs"]:
            print(json.dumps({"groupVersion": listed["groupVersion"], "kind": resource["kind"], "plural": resource["name"],
                              "namespaced": resource["namespaced"], "status": resource["name"] + "/status" in names}))
