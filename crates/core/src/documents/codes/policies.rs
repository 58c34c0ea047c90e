//! What there is to explain about policies and approvals.

pub(super) const POLICY_PLACE: &str = "\
Policies stand in policies/ at the repository's root, and nothing else does. Where a policy holds is said by
`match`, not by where it stands:

    match: {environments: [prod]}";

pub(super) const POLICY_EXPRESSION: &str = "\
Expressions are CEL: https://cel.dev. docs/policies.md lists the names and functions there are. They are bounded: 4096
bytes, 400 parts, 64 levels, and as many loops in loops as can be waited for.

    deny: containers.exists(container, !container.?resources.?limits.?memory.hasValue())";

pub(super) const POLICY_TEST: &str = "\
Nothing is planned with a rule that does not do what it was written for. Each policy has a test that expects `denied`
and one that expects `allowed`; `evenkeel validate` runs them all.

    tests:
      - {name: a claim in prod stays, given: {change: {action: delete}, object: {…}}, expect: denied}";

pub(super) const APPROVAL_ENDED: &str = "\
An Approval holds until `until`, and is looked at when planning and again before its step starts. Afterwards it permits
nothing: remove it, or have another one reviewed if it is still needed.

    until: 2026-12-01T18:00:00Z";
