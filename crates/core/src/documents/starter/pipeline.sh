#!/bin/sh
# What continuous integration runs, whichever it is: `ci/evenkeel.sh plan BASE REVISION` for a change that is proposed,
# `ci/evenkeel.sh apply` for what was merged. It needs `evenkeel` on the PATH and KUBECONFIG: credentials that may only
# read for `plan`, that may write for `apply`.
#
# Run it from a checkout of the protected branch, never from one of the change: its author could make it do anything
# with the credentials. Of the change nothing but its specs is read, under the rules that are in force.
set -eu
worst=0

# What is held (4) or cannot be read (7) leaves the rest to be done, and is how this ends. Anything else ends it here.
run() {
  code=0
  "$@" || code=$?
  case $code in
  0) ;;
  4) worst=4 ;;
  7) [ "$worst" = 4 ] || worst=7 ;;
  *) exit "$code" ;;
  esac
}

case "${1:-}-$#" in
plan-3)
  run evenkeel validate --revision "$3"
  run evenkeel plan @NAME@ --base "$2" --revision "$3" --format markdown
  ;;
apply-1)
  run evenkeel validate
  run evenkeel plan @NAME@ --out plan.json
  run evenkeel apply plan.json
  ;;
*)
  echo "usage: ci/evenkeel.sh plan BASE REVISION, or ci/evenkeel.sh apply" >&2
  exit 64
  ;;
esac
exit "$worst"
