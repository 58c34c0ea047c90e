//! Constraints of graphs: made, dropped and told, with the codes that were recorded of a real server.

use super::cluster::Cluster;
use super::cypher::{ConstraintCommand, ConstraintRule, EntityType, IfThere};
use super::pods::Edition;
use super::refusal::Refusal;
use super::state::{Constraint, Database, SYSTEM};
use super::wire::{Changes, Notification, Outcome};
use evenkeel_core::engine::value::Value;
use serde_json::{Value as Json, json};

/// The columns of `SHOW CONSTRAINTS`; the last three come only with `YIELD *`.
pub(super) const COLUMNS: [&str; 10] = [
    "id",
    "name",
    "type",
    "entityType",
    "labelsOrTypes",
    "properties",
    "ownedIndex",
    "propertyType",
    "options",
    "createStatement",
];

impl Cluster {
    /// Carries out a statement about constraints of a database.
    pub(super) fn of_constraints(
        &mut self,
        database: &str,
        command: &ConstraintCommand,
    ) -> Result<Outcome, Refusal> {
        if database == SYSTEM {
            return Err(Refusal::unsupported("constraints are of graphs, and the system database has none"));
        }
        self.leads(database)?;
        let edition = self.edition();
        let Some(system) = &mut self.system else { return Err(Refusal::unavailable()) };
        let database = system.database(database);
        match command {
            ConstraintCommand::Create { name, if_there, rule } => {
                create(database, edition, (name.as_deref(), rule), *if_there)
            }
            ConstraintCommand::Drop { name, if_there } => drop_constraint(database, name, *if_there),
        }
    }
}

fn create(
    database: &mut Database,
    edition: Edition,
    (name, rule): (Option<&str>, &ConstraintRule),
    if_there: IfThere,
) -> Result<Outcome, Refusal> {
    let generated = || {
        let print = evenkeel_core::engine::fingerprint::LeafHash::of(&Value::from(rule.statement(""))).0;
        format!("constraint_{:08x}", print & 0xffff_ffff)
    };
    let name = name.map_or_else(generated, str::to_owned);
    let same = database.constraints.iter().find(|(_, one)| one.rule == *rule);
    let taken = database.constraints.get_key_value(&name);
    if let (Some((there, one)), IfThere::Nothing) = (same.or(taken), if_there) {
        return Ok(there_already(&name, rule, there, &one.rule));
    }
    let alike = database.constraints.iter().find(|(_, one)| one.rule.is_like(rule));
    if let Some((there, one)) = same.filter(|(there, _)| **there == name) {
        let message = format!("An equivalent constraint already exists, '{}'.", one.describe(there));
        return Err(Refusal::new("Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists", message));
    }
    if let Some((there, one)) = same.or(alike) {
        let message = format!("Constraint already exists: {}", one.describe(there));
        return Err(Refusal::new("Neo.ClientError.Schema.ConstraintAlreadyExists", message));
    }
    if taken.is_some() {
        let message = format!("There already exists a constraint called '{name}'.");
        return Err(Refusal::new("Neo.ClientError.Schema.ConstraintWithNameAlreadyExists", message));
    }
    if edition == Edition::Community && !rule.sort.ends_with("UNIQUENESS") {
        let message = format!(
            "Unable to create {}:\nThis constraint requires Neo4j Enterprise Edition. Note that only the first found violation is shown.",
            rule.statement(&name)
        );
        return Err(Refusal::new("Neo.DatabaseError.Schema.ConstraintCreationFailed", message));
    }
    let id = database.next_schema;
    database.next_schema += 2;
    database.constraints.insert(name, Constraint { id, rule: rule.clone() });
    Ok(Outcome { changes: Changes { constraints_added: 1, ..Changes::default() }, ..Outcome::default() })
}

fn there_already(name: &str, rule: &ConstraintRule, there: &str, one: &ConstraintRule) -> Outcome {
    let notification = Notification {
        code: "Neo.ClientNotification.Schema.IndexOrConstraintAlreadyExists",
        title: format!("`CREATE {} IF NOT EXISTS` has no effect.", rule.statement(name)),
        description: format!("`{}` already exists.", one.statement(there)),
    };
    Outcome { notification: Some(notification), ..Outcome::default() }
}

fn drop_constraint(database: &mut Database, name: &str, if_there: IfThere) -> Result<Outcome, Refusal> {
    if database.constraints.remove(name).is_some() {
        return Ok(Outcome {
            changes: Changes { constraints_removed: 1, ..Changes::default() },
            ..Outcome::default()
        });
    }
    match if_there {
        IfThere::Fails => {
            let refusal = Refusal::new(
                "Neo.DatabaseError.Schema.ConstraintDropFailed",
                format!("Unable to drop constraint `{name}`: No such constraint {name}."),
            );
            Err(refusal.with_status(400))
        }
        IfThere::Nothing => Ok(Outcome {
            notification: Some(Notification {
                code: "Neo.ClientNotification.Schema.IndexOrConstraintDoesNotExist",
                title: format!("`DROP CONSTRAINT {name} IF EXISTS` has no effect."),
                description: format!("`{name}` does not exist."),
            }),
            ..Outcome::default()
        }),
    }
}

/// Returns the rows of `SHOW CONSTRAINTS`.
pub(super) fn rows(database: &Database) -> Vec<Vec<Json>> {
    let row = |(name, one): (&String, &Constraint)| {
        let Constraint { id, rule } = one;
        let entity = match rule.entity {
            EntityType::Node => "NODE",
            EntityType::Relationship => "RELATIONSHIP",
        };
        let has_index = rule.sort.ends_with("UNIQUENESS") || rule.sort.ends_with("KEY");
        let options = has_index.then(|| json!({"indexConfig": {}, "indexProvider": "range-1.0"}));
        vec![
            json!(id),
            json!(name),
            json!(rule.sort),
            json!(entity),
            json!([rule.label]),
            json!(rule.properties),
            json!(has_index.then_some(name)),
            json!(rule.property_type),
            json!(options),
            json!(format!("CREATE {}", rule.quoted(name))),
        ]
    };
    database.constraints.iter().map(row).collect()
}

impl Constraint {
    fn describe(&self, name: &str) -> String {
        let Self { id, rule } = self;
        format!(
            "Constraint( id={id}, name='{name}', type='{}', schema=(:{} {{{}}}), ownedIndex={} )",
            rule.sort,
            rule.label,
            rule.properties.join(", "),
            id - 1
        )
    }
}

impl ConstraintRule {
    /// Two of which one would do: unique and key on the same properties.
    fn is_like(&self, other: &Self) -> bool {
        let indexed = |rule: &Self| rule.sort.ends_with("UNIQUENESS") || rule.sort.ends_with("KEY");
        self.entity == other.entity
            && self.label == other.label
            && self.properties == other.properties
            && indexed(self)
            && indexed(other)
    }

    fn demand(&self) -> String {
        match (self.sort.as_str(), &self.property_type) {
            (_, Some(of)) => format!("IS :: {of}"),
            ("NODE_KEY", None) => "IS NODE KEY".to_owned(),
            ("RELATIONSHIP_KEY", None) => "IS RELATIONSHIP KEY".to_owned(),
            (sort, None) if sort.ends_with("UNIQUENESS") => "IS UNIQUE".to_owned(),
            (_, None) => "IS NOT NULL".to_owned(),
        }
    }

    /// As messages write it.
    fn statement(&self, name: &str) -> String {
        let properties: Vec<String> = self.properties.iter().map(|one| format!("e.{one}")).collect();
        let pattern = match self.entity {
            EntityType::Node => format!("(e:{})", self.label),
            EntityType::Relationship => format!("()-[e:{}]-()", self.label),
        };
        format!("CONSTRAINT {name} FOR {pattern} REQUIRE ({}) {}", properties.join(", "), self.demand())
    }

    /// As `createStatement` writes it.
    fn quoted(&self, name: &str) -> String {
        let (letter, pattern) = match self.entity {
            EntityType::Node => ("n", format!("(n:`{}`)", self.label)),
            EntityType::Relationship => ("r", format!("()-[r:`{}`]-()", self.label)),
        };
        let properties: Vec<String> = self.properties.iter().map(|one| format!("{letter}.`{one}`")).collect();
        format!("CONSTRAINT `{name}` FOR {pattern} REQUIRE ({}) {}", properties.join(", "), self.demand())
    }
}
