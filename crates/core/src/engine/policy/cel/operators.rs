//! Operators on two items. Numbers never wrap, texts and lists are joined, and secrets are equal to nothing.

use super::functions::not_for;
use super::item::{Item, Items, Keys};
use std::borrow::Cow;
use std::cmp::Ordering;

/// An operator between two items, other than `&&` and `||`, which look at their second only if they must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Operator {
    const ALL: [Self; 12] = [
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::In,
        Self::Add,
        Self::Subtract,
        Self::Multiply,
        Self::Divide,
        Self::Modulo,
    ];

    fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
        }
    }

    /// Returns the operator with this sign.
    pub(super) fn of(sign: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.sign() == sign)
    }

    /// Returns how strongly it binds; `||` has 0 and `&&` has 1.
    pub(super) fn strength(self) -> u8 {
        match self {
            Self::Equal | Self::NotEqual | Self::In => 2,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 2,
            Self::Add | Self::Subtract => 3,
            Self::Multiply | Self::Divide | Self::Modulo => 4,
        }
    }

    /// Applies it; the failure is a reason without a place.
    pub(super) fn apply<'v>(self, one: &Item<'v>, two: &Item<'v>) -> Result<Item<'v>, String> {
        match self {
            Self::Equal => equal(one, two).map(Item::Bool),
            Self::NotEqual => equal(one, two).map(|same| Item::Bool(!same)),
            Self::Less => self.ordered(one, two, Ordering::is_lt),
            Self::LessOrEqual => self.ordered(one, two, Ordering::is_le),
            Self::Greater => self.ordered(one, two, Ordering::is_gt),
            Self::GreaterOrEqual => self.ordered(one, two, Ordering::is_ge),
            Self::In => contained(one, two).map(Item::Bool),
            Self::Add | Self::Subtract | Self::Multiply | Self::Divide | Self::Modulo => {
                self.calculated(one, two)
            }
        }
    }

    fn ordered<'v>(
        self,
        one: &Item<'v>,
        two: &Item<'v>,
        is: fn(Ordering) -> bool,
    ) -> Result<Item<'v>, String> {
        let order = match (one, two) {
            (Item::Bool(one), Item::Bool(two)) => Some(one.cmp(two)),
            (Item::Text(one), Item::Text(two)) => Some(one.cmp(two)),
            _ => match (number(one), number(two)) {
                (Some(one), Some(two)) => return Ok(Item::Bool(one.order(two).is_some_and(is))),
                _ => None,
            },
        };
        order.map(|order| Item::Bool(is(order))).ok_or_else(|| self.not_for(one, two))
    }

    fn calculated<'v>(self, one: &Item<'v>, two: &Item<'v>) -> Result<Item<'v>, String> {
        match (one, two) {
            (Item::Int(one), Item::Int(two)) => self.whole(*one, *two).map(Item::Int),
            (Item::Float(one), Item::Float(two)) if self != Self::Modulo => {
                Ok(Item::Float(self.float(*one, *two)))
            }
            (Item::Text(one), Item::Text(two)) if self == Self::Add => {
                Ok(Item::Text(Cow::Owned(format!("{one}{two}"))))
            }
            (Item::List(one), Item::List(two)) if self == Self::Add => {
                Ok(Item::list(one.iter().chain(two.iter())))
            }
            _ => Err(self.not_for(one, two)),
        }
    }

    fn whole(self, one: i64, two: i64) -> Result<i64, String> {
        let result = match self {
            Self::Add => one.checked_add(two),
            Self::Subtract => one.checked_sub(two),
            Self::Multiply => one.checked_mul(two),
            Self::Divide | Self::Modulo if two == 0 => return Err("this divides by zero".to_owned()),
            Self::Divide => one.checked_div(two),
            Self::Modulo => one.checked_rem(two),
            Self::Equal | Self::NotEqual | Self::In => None,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => None,
        };
        result.ok_or_else(|| "the result does not fit 64 bits".to_owned())
    }

    fn float(self, one: f64, two: f64) -> f64 {
        match self {
            Self::Add => one + two,
            Self::Subtract => one - two,
            Self::Multiply => one * two,
            Self::Divide => one / two,
            Self::Equal | Self::NotEqual | Self::In | Self::Modulo => f64::NAN,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => f64::NAN,
        }
    }

    fn not_for(self, one: &Item<'_>, two: &Item<'_>) -> String {
        not_for(self.sign(), &[one.clone(), two.clone()])
    }
}

/// Tells whether two items are equal; those of different sorts are not. A secret cannot be compared, so that no policy
/// decides by guessing one.
pub(super) fn equal(one: &Item<'_>, two: &Item<'_>) -> Result<bool, String> {
    match (one, two) {
        (Item::Null, Item::Null) => Ok(true),
        (Item::Null, _) | (_, Item::Null) => Ok(false),
        (Item::Hidden, _) | (_, Item::Hidden) => Err("a secret is compared with nothing".to_owned()),
        (Item::Bool(one), Item::Bool(two)) => Ok(one == two),
        (Item::Text(one), Item::Text(two)) => Ok(one == two),
        (Item::List(one), Item::List(two)) => equal_lists(one, two),
        (Item::Map(one), Item::Map(two)) => equal_maps(one, two),
        (Item::Option(one), Item::Option(two)) => match (one, two) {
            (Some(one), Some(two)) => equal(one, two),
            (None, None) => Ok(true),
            (Some(_), None) | (None, Some(_)) => Ok(false),
        },
        _ => Ok(match (number(one), number(two)) {
            (Some(one), Some(two)) => one.order(two) == Some(Ordering::Equal),
            _ => false,
        }),
    }
}

fn equal_lists(one: &Items<'_>, two: &Items<'_>) -> Result<bool, String> {
    if one.len() != two.len() {
        return Ok(false);
    }
    for (one, two) in one.iter().zip(two.iter()) {
        if !equal(&one, &two)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn equal_maps(one: &Keys<'_>, two: &Keys<'_>) -> Result<bool, String> {
    if one.len() != two.len() {
        return Ok(false);
    }
    for name in one.names() {
        let same = match (one.get(&name), two.get(&name)) {
            (Some(one), Some(two)) => equal(&one, &two)?,
            _ => false,
        };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

fn contained(item: &Item<'_>, within: &Item<'_>) -> Result<bool, String> {
    match (item, within) {
        (item, Item::List(items)) => {
            let mut trouble = None;
            for other in items.iter() {
                match equal(item, &other) {
                    Ok(true) => return Ok(true),
                    Ok(false) => {}
                    Err(why) => trouble = Some(why),
                }
            }
            trouble.map_or(Ok(false), Err)
        }
        (Item::Text(key), Item::Map(map)) => Ok(map.get(key).is_some()),
        _ => Err(not_for("in", &[item.clone(), within.clone()])),
    }
}

/// How many steps it takes to look at all of an item, or to copy it: one for each value and for each 16 bytes of text.
pub(super) fn weight(item: &Item<'_>) -> u64 {
    match item {
        Item::Null | Item::Bool(_) | Item::Int(_) | Item::Float(_) | Item::Hidden => 1,
        Item::Text(text) => 1 + text.len() as u64 / 16,
        Item::List(items) => 1 + items.iter().map(|item| weight(&item)).sum::<u64>(),
        Item::Map(map) => {
            let entries = map.names().into_iter().filter_map(|name| map.get(&name));
            1 + entries.map(|item| 1 + weight(&item)).sum::<u64>()
        }
        Item::Option(option) => 1 + option.as_deref().map_or(0, weight),
    }
}

#[derive(Clone, Copy)]
enum Real {
    Whole(i64),
    Float(f64),
}

impl Real {
    /// Compares by value; nothing for what is no number at all. Whole numbers beyond 2^53 are not rounded.
    fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(one), Self::Whole(two)) => Some(one.cmp(&two)),
            (Self::Float(one), Self::Float(two)) => one.partial_cmp(&two),
            (Self::Whole(one), Self::Float(two)) => whole_and_float(one, two),
            (Self::Float(one), Self::Whole(two)) => whole_and_float(two, one).map(Ordering::reverse),
        }
    }
}

fn whole_and_float(whole: i64, float: f64) -> Option<Ordering> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() {
        return None;
    }
    if float >= BEYOND {
        return Some(Ordering::Less);
    }
    if float < -BEYOND {
        return Some(Ordering::Greater);
    }
    #[expect(clippy::cast_possible_truncation, reason = "within 64 bits, checked above")]
    let floor = float.floor() as i64;
    Some(whole.cmp(&floor).then(if float.fract() == 0.0 { Ordering::Equal } else { Ordering::Less }))
}

fn number(item: &Item<'_>) -> Option<Real> {
    match item {
        Item::Int(number) => Some(Real::Whole(*number)),
        Item::Float(number) => Some(Real::Float(*number)),
        Item::Null | Item::Bool(_) | Item::Text(_) | Item::List(_) => None,
        Item::Map(_) | Item::Option(_) | Item::Hidden => None,
    }
}
