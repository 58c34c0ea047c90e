# Refuses a plan that deletes or replaces anything. For tools that read Terraform's plan JSON:
#   evenkeel plan prod --format json > plan.json && conftest test --policy docs/examples plan.json
package main

import rego.v1

deny contains message if {
	some resource in input.resource_changes
	"delete" in resource.change.actions
	message := sprintf("%s would be deleted", [resource.address])
}

deny contains message if {
	some deferred in input.deferred_changes
	"delete" in deferred.resource_change.change.actions
	message := sprintf("%s would be deleted, but for a hold (%s)", [deferred.resource_change.address, deferred.reason])
}
