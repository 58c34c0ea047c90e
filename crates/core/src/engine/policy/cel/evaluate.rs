//! Evaluates a tree step by step. A failure in one part is absorbed where CEL absorbs it: `false && broken` is false.

use super::Failure;
use super::item::{Item, Items, Keys};
use super::operators::{Operator, weight};
use super::tree::{Access, Loop, Node, What};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

/// The names that an expression may use, and what they stand for.
pub type Names<'v> = BTreeMap<&'static str, Item<'v>>;

/// Counts steps down to nothing.
#[derive(Debug)]
pub struct Meter(Cell<u64>);

impl Meter {
    /// Returns a meter for so many steps.
    #[must_use]
    pub fn of(steps: u64) -> Self {
        Self(Cell::new(steps))
    }

    /// Returns how many steps are left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.0.get()
    }

    fn charge(&self, steps: u64, at: &Range<usize>) -> Result<(), Failure> {
        let left = self.0.get().checked_sub(steps);
        self.0.set(left.unwrap_or_default());
        match left {
            Some(_) => Ok(()),
            None => Err(Failure { at: at.clone(), why: "it takes too many steps".to_owned() }),
        }
    }
}

/// Evaluates a whole expression.
pub(super) fn evaluate<'v>(root: &'v Node, names: &'v Names<'v>, meter: &Meter) -> Result<Item<'v>, Failure> {
    Scope { names, variable: None, meter }.node(root)
}

/// What names mean here: those of the expression, and the variables of the loops around.
struct Scope<'s, 'v> {
    names: &'v Names<'v>,
    variable: Option<Variable<'s, 'v>>,
    meter: &'s Meter,
}

struct Variable<'s, 'v> {
    name: &'v str,
    item: Item<'v>,
    outer: &'s Scope<'s, 'v>,
}

type Evaluated<'v> = Result<Item<'v>, Failure>;

impl<'v> Scope<'_, 'v> {
    fn node(&self, node: &'v Node) -> Evaluated<'v> {
        self.meter.charge(1, &node.at)?;
        match &node.what {
            What::Literal(literal) => Ok(literal.item()),
            What::Name(name) => {
                self.find(name).ok_or_else(|| failure(node, format!("there is no `{name}` here")))
            }
            What::List(items) => Ok(Item::list(self.all(items)?)),
            What::Map(entries) => self.map(node, entries),
            What::Select { of, field, sort } => self.field(node, of, field, *sort),
            What::Index { of, key, sort } => self.index(node, of, key, *sort),
            What::Has { of, field } => self.has(node, of, field),
            What::Not(of) => Ok(Item::Bool(!self.truth(of)?)),
            What::Negate(of) => negated(&self.node(of)?).map_err(|why| failure(node, why)),
            What::Binary(operator, one, two) => self.binary(node, *operator, one, two),
            What::All(one, two) => self.joined(false, one, two),
            What::Any(one, two) => self.joined(true, one, two),
            What::Choose { condition, then, otherwise } => {
                self.node(if self.truth(condition)? { then } else { otherwise })
            }
            What::Call { function, arguments } => {
                let items = self.all(arguments)?;
                self.meter.charge(function.cost(&items), &node.at)?;
                function.call(&items).map_err(|why| failure(node, why))
            }
            What::Matches { text, pattern } => match self.node(text)? {
                Item::Text(text) => {
                    // Linear in the text, whatever the pattern: its size was bounded when it was compiled.
                    self.meter.charge(4 * text.len() as u64, &node.at)?;
                    Ok(Item::Bool(pattern.0.is_match(&text)))
                }
                other => Err(failure(node, super::functions::not_for("matches", &[other]))),
            },
            What::Loop { sort, over, variable, filter, body } => {
                let turns = self.turns(over)?;
                Turns { scope: self, variable, filter: filter.as_deref(), body }.take(*sort, &turns)
            }
        }
    }

    fn find(&self, name: &str) -> Option<Item<'v>> {
        match &self.variable {
            Some(variable) if variable.name == name => Some(variable.item.clone()),
            Some(variable) => variable.outer.find(name),
            None => self.names.get(name).cloned(),
        }
    }

    fn all(&self, nodes: &'v [Node]) -> Result<Vec<Item<'v>>, Failure> {
        nodes.iter().map(|node| self.node(node)).collect()
    }

    fn truth(&self, node: &'v Node) -> Result<bool, Failure> {
        match self.node(node)? {
            Item::Bool(value) => Ok(value),
            other => Err(failure(node, format!("this is {} and should be true or false", other.describe()))),
        }
    }

    fn map(&self, node: &'v Node, entries: &'v [(Node, Node)]) -> Evaluated<'v> {
        let mut map = BTreeMap::new();
        for (key, value) in entries {
            let Item::Text(name) = self.node(key)? else {
                return Err(failure(key, "keys of maps are text here".to_owned()));
            };
            if map.insert(name, self.node(value)?).is_some() {
                return Err(failure(node, "a key is there twice".to_owned()));
            }
        }
        Ok(Item::Map(Keys::Made(Rc::new(map))))
    }

    fn field(&self, node: &'v Node, of: &'v Node, field: &str, sort: Access) -> Evaluated<'v> {
        let (item, sort) = unwrapped(self.node(of)?, sort);
        let found = match item {
            None => None,
            Some(Item::Map(map)) => map.get(field),
            Some(other) => return Err(failure(node, no_fields(&other, field))),
        };
        given(found, sort).ok_or_else(|| failure(node, format!("there is no `{field}` in it")))
    }

    fn has(&self, node: &'v Node, of: &'v Node, field: &str) -> Evaluated<'v> {
        match unwrapped(self.node(of)?, Access::Sure).0 {
            None => Ok(Item::Bool(false)),
            Some(Item::Map(map)) => Ok(Item::Bool(map.get(field).is_some())),
            Some(other) => Err(failure(node, no_fields(&other, field))),
        }
    }

    fn index(&self, node: &'v Node, of: &'v Node, key: &'v Node, sort: Access) -> Evaluated<'v> {
        let (item, sort) = unwrapped(self.node(of)?, sort);
        let found = match (item, self.node(key)?) {
            (None, _) => None,
            (Some(Item::Map(map)), Item::Text(key)) => map.get(&key),
            (Some(Item::List(items)), Item::Int(index)) => {
                usize::try_from(index).ok().and_then(|index| items.get(index))
            }
            (Some(item), key) => return Err(failure(node, super::functions::not_for("[]", &[item, key]))),
        };
        given(found, sort).ok_or_else(|| failure(node, "there is nothing of this key in it".to_owned()))
    }

    fn binary(&self, node: &'v Node, operator: Operator, one: &'v Node, two: &'v Node) -> Evaluated<'v> {
        let (one, two) = (self.node(one)?, self.node(two)?);
        let cost = match operator {
            Operator::Equal | Operator::NotEqual => weight(&one).min(weight(&two)),
            Operator::In => weight(&two),
            Operator::Add => one.steps_to_copy() + two.steps_to_copy(),
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => 1,
            Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo => 1,
        };
        self.meter.charge(cost, &node.at)?;
        operator.apply(&one, &two).map_err(|why| failure(node, why))
    }

    /// `&&` is decided by false and `||` by true, on either side and whatever the other side is.
    fn joined(&self, decisive: bool, one: &'v Node, two: &'v Node) -> Evaluated<'v> {
        let first = self.truth(one);
        if first == Ok(decisive) {
            return Ok(Item::Bool(decisive));
        }
        match self.truth(two) {
            Ok(second) if second == decisive => Ok(Item::Bool(decisive)),
            second => first.and(second).map(Item::Bool),
        }
    }

    fn turns(&self, over: &'v Node) -> Result<Items<'v>, Failure> {
        match self.node(over)? {
            Item::List(items) => Ok(items),
            Item::Map(map) => {
                let names: Vec<Item<'v>> = map.names().into_iter().map(Item::Text).collect();
                self.meter.charge(names.len() as u64, &over.at)?;
                Ok(Items::Made(names.into()))
            }
            other => {
                Err(failure(over, format!("this is {} and should be a list or a map", other.describe())))
            }
        }
    }
}

/// A loop over items.
struct Turns<'s, 'v> {
    scope: &'s Scope<'s, 'v>,
    variable: &'v str,
    filter: Option<&'v Node>,
    body: &'v Node,
}

impl<'v> Turns<'_, 'v> {
    fn take(&self, sort: Loop, turns: &Items<'v>) -> Evaluated<'v> {
        match sort {
            Loop::All => self.decided(false, turns),
            Loop::Exists => self.decided(true, turns),
            Loop::ExistsOne => {
                let mut found = 0_usize;
                for item in turns.iter() {
                    found += usize::from(self.turn(item).truth(self.body)?);
                }
                Ok(Item::Bool(found == 1))
            }
            Loop::Map => self.mapped(turns),
            Loop::Filter => {
                let mut kept = Vec::new();
                for item in turns.iter() {
                    if self.turn(item.clone()).truth(self.body)? {
                        kept.push(item);
                    }
                }
                Ok(Item::list(kept))
            }
        }
    }

    fn turn(&self, item: Item<'v>) -> Scope<'_, 'v> {
        let Scope { names, variable: _, meter } = self.scope;
        Scope { names, meter, variable: Some(Variable { name: self.variable, item, outer: self.scope }) }
    }

    /// One decisive turn decides, whatever fails in the others.
    fn decided(&self, decisive: bool, turns: &Items<'v>) -> Evaluated<'v> {
        let mut trouble = None;
        for item in turns.iter() {
            match self.turn(item).truth(self.body) {
                Ok(truth) if truth == decisive => return Ok(Item::Bool(decisive)),
                Ok(_) => {}
                Err(failure) => trouble = Some(failure),
            }
        }
        trouble.map_or(Ok(Item::Bool(!decisive)), Err)
    }

    fn mapped(&self, turns: &Items<'v>) -> Evaluated<'v> {
        let mut made = Vec::new();
        for item in turns.iter() {
            let turn = self.turn(item);
            if self.filter.map_or(Ok(true), |filter| turn.truth(filter))? {
                made.push(turn.node(self.body)?);
            }
        }
        Ok(Item::list(made))
    }
}

/// Looks into an option; what comes out of one is an option again.
fn unwrapped(item: Item<'_>, sort: Access) -> (Option<Item<'_>>, Access) {
    match item {
        Item::Option(option) => (option.map(|item| *item), Access::Optional),
        item => (Some(item), sort),
    }
}

fn given(found: Option<Item<'_>>, sort: Access) -> Option<Item<'_>> {
    match sort {
        Access::Sure => found,
        Access::Optional => Some(Item::Option(found.map(Box::new))),
    }
}

fn negated<'v>(item: &Item<'v>) -> Result<Item<'v>, String> {
    match item {
        Item::Int(number) => {
            number.checked_neg().map(Item::Int).ok_or_else(|| "the result does not fit 64 bits".to_owned())
        }
        Item::Float(number) => Ok(Item::Float(-number)),
        other => Err(super::functions::not_for("-", std::slice::from_ref(other))),
    }
}

fn no_fields(item: &Item<'_>, field: &str) -> String {
    format!("this is {} and has no `{field}`", item.describe())
}

fn failure(node: &Node, why: impl Into<String>) -> Failure {
    Failure { at: node.at.clone(), why: why.into() }
}
