//! Whether databases, users and constraints are ones that Neo4j takes.

use super::checks::spot;
use super::layout::Layout;
use crate::documents::codes;
use crate::documents::expand::manifest::Context;
use crate::documents::neo4j::content::{Cdc, Constraint, Demand, FIRST_DATABASE};
use crate::documents::repository::overlay::Merged;
use crate::nearest::nearest;

/// Roles that are there from the start.
const ROLES: [&str; 6] = ["PUBLIC", "admin", "architect", "editor", "publisher", "reader"];

impl Context<'_> {
    pub(super) fn check_contents(&mut self, layout: &Layout<'_>, merged: &Merged) {
        self.check_databases(layout, merged);
        self.check_mentioned(layout, merged);
        for (index, constraint) in layout.spec.constraints.iter().enumerate() {
            self.check_constraint(index, constraint, merged);
        }
    }

    fn check_databases(&mut self, layout: &Layout<'_>, merged: &Merged) {
        let mut default: Option<&str> = None;
        for (index, database) in layout.spec.databases.iter().enumerate() {
            let number = index.to_string();
            let at = |field| spot(merged, &["databases", &number, field]);
            let name = database.name.as_str();
            if let Some(trouble) = database_trouble(name) {
                let message = format!("`{name}` cannot be the name of a database");
                self.error(codes::NAME, at("name"), message).hint = Some(trouble.to_owned());
            }
            if let Some(topology) = database.topology.filter(|_| layout.is_enterprise()) {
                self.check_topology(layout, (index, name, topology), merged);
            }
            if database.cdc != Cdc::Off && layout.is_enterprise() {
                self.check_retention(layout, (&number, name), merged);
            }
            if database.default {
                if let Some(first) = default {
                    let message = format!("`{first}` is the default database already");
                    self.error(codes::CONTRADICTION, at("default"), message).hint =
                        Some("one is meant where nobody names one".to_owned());
                }
                default = Some(name);
            }
        }
    }

    /// What change data capture keeps is gone with the log that it is in.
    fn check_retention(&mut self, layout: &Layout<'_>, (number, name): (&str, &str), merged: &Merged) {
        const KEY: &str = "db.tx_log.rotation.retention_policy";
        let Some(policy) = layout.written(KEY) else {
            let message = format!("changes of `{name}` are kept for 2 days or 2 GiB, whichever is less");
            self.warn(codes::RETENTION, spot(merged, &["databases", number, "cdc"]), message).hint =
                Some(format!("write how long a consumer may be away: {KEY}: \"7 days\""));
            return;
        };
        let mut words = policy.split_whitespace();
        let hours = match (words.next().map(str::parse::<u64>), words.next()) {
            (Some(Ok(days)), Some("days")) => Some(days.saturating_mul(24)),
            (Some(Ok(hours)), Some("hours")) => Some(hours),
            _ => None,
        };
        let never = matches!(policy.trim(), "keep_none" | "false");
        if never || hours.is_some_and(|hours| hours < 24) {
            let message = format!("changes of `{name}` are lost to a consumer that is away for a day");
            self.error(codes::RETENTION, spot(merged, &["config", KEY]), message).hint =
                Some("keep more than the longest time that a consumer may be away: \"7 days\"".to_owned());
        }
    }

    /// Names that are nearly those of this document.
    fn check_mentioned(&mut self, layout: &Layout<'_>, merged: &Merged) {
        let spec = layout.spec;
        let databases = || spec.databases.iter().map(|database| database.name.as_str());
        let roles = || spec.roles.iter().map(|role| role.name.as_str()).chain(ROLES);
        for (index, user) in spec.users.iter().enumerate() {
            for role in user.roles.iter().filter(|role| !roles().any(|known| known == **role)) {
                let at = spot(merged, &["users", &index.to_string(), "roles"]);
                let message = format!("this document has no role `{role}`");
                let finding = self.warn(codes::DANGLING, at, message);
                finding.label = nearest(role, roles()).map(|near| format!("there is `{near}`"));
            }
        }
        for (index, alias) in spec.aliases.iter().enumerate() {
            let known = databases().any(|known| known == alias.database) || alias.database == FIRST_DATABASE;
            if !known {
                let at = spot(merged, &["aliases", &index.to_string(), "database"]);
                let message = format!("this document has no database `{}`", alias.database);
                let finding = self.error(codes::DANGLING, at, message);
                match nearest(&alias.database, databases()) {
                    Some(near) => finding.label = Some(format!("there is `{near}`")),
                    None => finding.hint = Some("add it to `databases`".to_owned()),
                }
            }
        }
    }

    fn check_constraint(&mut self, index: usize, constraint: &Constraint, merged: &Merged) {
        let at = |field| spot(merged, &["constraints", &index.to_string(), field]);
        let one = matches!(constraint.require, Demand::Exists | Demand::Type);
        if one && constraint.properties.len() != 1 {
            let message = "such a constraint is about one property".to_owned();
            self.error(codes::CONTRADICTION, at("properties"), message).hint =
                Some("write one constraint for each".to_owned());
        }
        match (constraint.require == Demand::Type, &constraint.property_type) {
            (true, None) => {
                let message = "`propertyType` is missing".to_owned();
                self.error(codes::MISSING_FIELD, at("require"), message).hint =
                    Some("for example propertyType: STRING".to_owned());
            }
            (false, Some(_)) => {
                let message = "`propertyType` is for `require: type` only".to_owned();
                self.error(codes::CONTRADICTION, at("propertyType"), message).hint =
                    Some("remove it".to_owned());
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
}

/// Says what names of databases are made of, if this is none.
fn database_trouble(name: &str) -> Option<&'static str> {
    let letters =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '.' | '-');
    let sound = (3..=63).contains(&name.len())
        && name.chars().all(letters)
        && name.starts_with(|letter: char| letter.is_ascii_lowercase());
    match name {
        "system" => Some("it is Neo4j's own: leave it to the servers"),
        _ if name.starts_with("system") => Some("names that begin with `system` are Neo4j's own"),
        _ if !sound => Some("a lowercase letter, then these, digits, `.` and `-`, 3 to 63 in all"),
        _ => None,
    }
}
