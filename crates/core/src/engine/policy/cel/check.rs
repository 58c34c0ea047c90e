//! What can be said of an expression before anything is evaluated: unknown names and fields, and what it may cost.

use super::Fault;
use super::tree::{Node, What};
use crate::nearest::nearest;
use std::sync::Arc;

/// The most that an expression may cost by the static estimate; three loops in each other around a short test.
pub const MOST_COST: u64 = 50_000_000;

/// How long a list is taken to be by the static estimate.
const LENGTH: u64 = 100;

/// A name that an expression may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// How it is called.
    pub name: &'static str,
    /// Its fields, where they are the same for every value.
    pub fields: Option<&'static [&'static str]>,
}

/// Refuses unknown names and fields, and what may cost too much.
pub(super) fn check(root: &Node, names: &[Name]) -> Result<(), Fault> {
    let mut checker = Checker { names, variables: Vec::new(), cost: 0 };
    checker.node(root)
}

struct Checker<'a> {
    names: &'a [Name],
    variables: Vec<Arc<str>>,
    cost: u64,
}

impl Checker<'_> {
    fn node(&mut self, node: &Node) -> Result<(), Fault> {
        let each = u32::try_from(self.variables.len()).map_or(u64::MAX, |loops| LENGTH.saturating_pow(loops));
        self.cost = self.cost.saturating_add(each);
        if self.cost > MOST_COST {
            let message = "this may take too long: loops in loops around so much".to_owned();
            return Err(
                Fault::new(node.at.clone(), message).label("test less in the inner loop, or loop less deep")
            );
        }
        match &node.what {
            What::Name(name) => self.name(name, node),
            What::Select { of, field, sort: _ } | What::Has { of, field } => {
                self.field(of, field, node)?;
                self.node(of)
            }
            What::Loop { sort: _, over, variable, filter, body } => {
                self.node(over)?;
                self.variables.push(Arc::clone(variable));
                for part in filter.iter().chain([body]) {
                    self.node(part)?;
                }
                self.variables.pop();
                Ok(())
            }
            What::Literal(_)
            | What::List(_)
            | What::Map(_)
            | What::Index { .. }
            | What::Not(_)
            | What::Negate(_)
            | What::Binary(..)
            | What::All(..)
            | What::Any(..)
            | What::Choose { .. }
            | What::Call { .. }
            | What::Matches { .. } => node.parts().into_iter().try_for_each(|part| self.node(part)),
        }
    }

    fn name(&self, name: &str, node: &Node) -> Result<(), Fault> {
        let known =
            || self.variables.iter().map(|name| &**name).chain(self.names.iter().map(|name| name.name));
        if known().any(|known| known == name) {
            return Ok(());
        }
        let fault = Fault::new(node.at.clone(), format!("there is no `{name}` here"));
        Err(match nearest(name, known()) {
            Some(near) => fault.label(format!("there is `{near}`")),
            None => fault.label(format!("there are {}", known().collect::<Vec<_>>().join(", "))),
        })
    }

    fn field(&self, of: &Node, field: &str, node: &Node) -> Result<(), Fault> {
        let What::Name(name) = &of.what else { return Ok(()) };
        let shadowed = self.variables.contains(name);
        let known = self.names.iter().find(|known| known.name == &**name && !shadowed);
        let Some(fields) = known.and_then(|known| known.fields).filter(|fields| !fields.contains(&field))
        else {
            return Ok(());
        };
        // `has(a.b)` ends behind its bracket, anything else with the field.
        let end = node.at.end - usize::from(matches!(node.what, What::Has { .. }));
        let fault =
            Fault::new(end.saturating_sub(field.len())..end, format!("`{name}` has no field `{field}`"));
        Err(match nearest(field, fields.iter().copied()) {
            Some(near) => fault.label(format!("it has `{near}`")),
            None => fault.label(format!("it has {}", fields.join(", "))),
        })
    }
}
