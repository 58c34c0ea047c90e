#!/bin/sh
# What continuous integration runs, whichever it is: `ci/evenkeel.sh plan` on pull requests, `ci/evenkeel.sh apply` on main.
# It needs `evenkeel` on the PATH and KUBECONFIG: credentials that may only read for `plan`, that may write for `apply`.
set -eu
case "${1:-}" in
plan)
  evenkeel validate
  evenkeel plan @NAME@ --format markdown
  ;;
apply)
  evenkeel validate
  evenkeel plan @NAME@ --out plan.json
  evenkeel apply plan.json
  ;;
*)
  echo "usage: ci/evenkeel.sh plan|apply" >&2
  exit 64
  ;;
esac
