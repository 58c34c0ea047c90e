//! The functions of expressions: CEL's own on text, lists, maps and numbers, and `quantity` for Kubernetes' `4Gi`.

use super::item::Item;
use super::tree::{Literal, Node, Pattern, What};
use super::{Fault, MOST_BYTES};
use crate::nearest::nearest;
use regex::RegexBuilder;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// How much memory a compiled regular expression may take: enough for the ones that people write, not for a bomb.
const MOST_OF_A_PATTERN: usize = 1 << 18;

/// A function that takes items and gives one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Size,
    Contains,
    StartsWith,
    EndsWith,
    LowerAscii,
    UpperAscii,
    Split,
    Int,
    Double,
    Text,
    Quantity,
    HasValue,
    OrValue,
}

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `size(x)`.
    Function,
    /// `x.size()`.
    Method,
}

/// The name of the one function that is no [`Function`], as its pattern is compiled.
const MATCHES: &str = "matches";

impl Function {
    const ALL: [Self; 13] = [
        Self::Size,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::LowerAscii,
        Self::UpperAscii,
        Self::Split,
        Self::Int,
        Self::Double,
        Self::Text,
        Self::Quantity,
        Self::HasValue,
        Self::OrValue,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Contains => "contains",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
            Self::LowerAscii => "lowerAscii",
            Self::UpperAscii => "upperAscii",
            Self::Split => "split",
            Self::Int => "int",
            Self::Double => "double",
            Self::Text => "string",
            Self::Quantity => "quantity",
            Self::HasValue => "hasValue",
            Self::OrValue => "orValue",
        }
    }

    fn is_called(self, style: Style) -> bool {
        match self {
            Self::Size => true,
            Self::Int | Self::Double | Self::Text | Self::Quantity => style == Style::Function,
            Self::Contains | Self::StartsWith | Self::EndsWith | Self::Split => style == Style::Method,
            Self::LowerAscii | Self::UpperAscii | Self::HasValue | Self::OrValue => style == Style::Method,
        }
    }

    /// How many items it takes, that before the point included.
    fn takes(self) -> usize {
        match self {
            Self::Contains | Self::StartsWith | Self::EndsWith | Self::Split | Self::OrValue => 2,
            Self::Size | Self::LowerAscii | Self::UpperAscii | Self::HasValue => 1,
            Self::Int | Self::Double | Self::Text | Self::Quantity => 1,
        }
    }

    /// How many steps it takes: text is copied, and may fall into as many parts as it has letters.
    pub(super) fn cost(self, items: &[Item<'_>]) -> u64 {
        match (self, items) {
            (Self::Split, [Item::Text(text), _]) => 1 + text.len() as u64,
            (_, items) => items.iter().map(Item::steps_to_copy).sum(),
        }
    }

    /// Calls it; the failure is a reason without a place.
    pub(super) fn call<'v>(self, items: &[Item<'v>]) -> Result<Item<'v>, String> {
        match (self, items) {
            (Self::Size, [item]) => size(item),
            (Self::Contains, [Item::Text(text), Item::Text(part)]) => Ok(Item::Bool(text.contains(&**part))),
            (Self::StartsWith, [Item::Text(text), Item::Text(part)]) => {
                Ok(Item::Bool(text.starts_with(&**part)))
            }
            (Self::EndsWith, [Item::Text(text), Item::Text(part)]) => Ok(Item::Bool(text.ends_with(&**part))),
            (Self::LowerAscii, [Item::Text(text)]) => Ok(made(text.to_ascii_lowercase())),
            (Self::UpperAscii, [Item::Text(text)]) => Ok(made(text.to_ascii_uppercase())),
            (Self::Split, [Item::Text(text), Item::Text(at)]) => Ok(Item::list(parts(text, at))),
            (Self::Int, [item]) => int(item),
            (Self::Double, [item]) => double(item),
            (Self::Text, [item]) => text(item),
            (Self::Quantity, [item]) => quantity(item),
            (Self::HasValue, [Item::Option(option)]) => Ok(Item::Bool(option.is_some())),
            (Self::OrValue, [Item::Option(Some(item)), _]) => Ok(item.as_ref().clone()),
            (Self::OrValue, [Item::Option(None), otherwise]) => Ok(otherwise.clone()),
            (_, items) => Err(not_for(self.name(), items)),
        }
    }
}

/// Returns the call of a function by this name.
pub(super) fn called(
    name: &str,
    style: Style,
    arguments: Vec<Node>,
    at: Range<usize>,
) -> Result<What, Fault> {
    if name == MATCHES {
        return matches(arguments, at);
    }
    let found = Function::ALL.into_iter().find(|function| function.name() == name);
    let Some(function) = found.filter(|function| function.is_called(style)) else {
        return Err(unknown(name, found, at));
    };
    if arguments.len() != function.takes() {
        let given = arguments.len() - usize::from(style == Style::Method);
        let takes = function.takes() - usize::from(style == Style::Method);
        return Err(Fault::new(at, format!("`{name}` takes {takes} arguments, and here are {given}")));
    }
    Ok(What::Call { function, arguments })
}

fn unknown(name: &str, in_other_style: Option<Function>, at: Range<usize>) -> Fault {
    let fault = Fault::new(at, format!("there is no function `{name}` here"));
    let names = Function::ALL.map(Function::name);
    let macros = ["all", "exists", "exists_one", "filter", "has", "map", MATCHES];
    match in_other_style {
        Some(function) if function.is_called(Style::Method) => {
            fault.label(format!("write `value.{name}(…)`"))
        }
        Some(_) => fault.label(format!("write `{name}(…)`")),
        None => match nearest(name, names.into_iter().chain(macros)) {
            Some(near) => fault.label(format!("there is `{near}`")),
            None => fault.label(format!(
                "there are {}",
                names.into_iter().chain(macros).collect::<Vec<_>>().join(", ")
            )),
        },
    }
}

/// A pattern is written out, so that it is compiled once and is known to be sound before any plan is made.
fn matches(mut arguments: Vec<Node>, at: Range<usize>) -> Result<What, Fault> {
    let pattern = arguments.pop();
    let (Some(text), Some(pattern), true) = (arguments.pop(), pattern, arguments.is_empty()) else {
        return Err(Fault::new(at, "`matches` takes a text and a pattern"));
    };
    let What::Literal(Literal::Text(written)) = pattern.what else {
        return Err(Fault::new(pattern.at, "the pattern of `matches` is written out in quotes"));
    };
    let compiled = RegexBuilder::new(&written).size_limit(MOST_OF_A_PATTERN).nest_limit(50).build();
    let compiled = compiled.map_err(|error| {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Fault::new(pattern.at, format!("this is no pattern: {why}"))
    })?;
    Ok(What::Matches { text: Box::new(text), pattern: Pattern(Arc::new(compiled)) })
}

/// Says that a function or operator is not for these.
pub(super) fn not_for(name: &str, items: &[Item<'_>]) -> String {
    let sorts: Vec<&str> = items.iter().map(Item::describe).collect();
    format!("`{name}` is not for {}", sorts.join(" and "))
}

fn made<'v>(text: String) -> Item<'v> {
    Item::Text(Cow::Owned(text))
}

/// Returns what stands between; nothing stands between letters.
fn parts<'v>(text: &str, at: &str) -> Vec<Item<'v>> {
    if at.is_empty() {
        return text.chars().map(|letter| made(letter.to_string())).collect();
    }
    text.split(at).map(|part| made(part.to_owned())).collect()
}

fn size<'v>(item: &Item<'v>) -> Result<Item<'v>, String> {
    let size = match item {
        Item::Text(text) => text.chars().count(),
        Item::List(items) => items.len(),
        Item::Map(map) => map.len(),
        Item::Null | Item::Bool(_) | Item::Int(_) | Item::Float(_) | Item::Option(_) | Item::Hidden => {
            return Err(not_for("size", std::slice::from_ref(item)));
        }
    };
    Ok(Item::Int(i64::try_from(size).unwrap_or(i64::MAX)))
}

fn int<'v>(item: &Item<'v>) -> Result<Item<'v>, String> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    match item {
        Item::Int(number) => Ok(Item::Int(*number)),
        Item::Float(number) if number.is_finite() && number.abs() < BEYOND =>
        {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "towards zero, as CEL has it; its range is checked above"
            )]
            Ok(Item::Int(*number as i64))
        }
        Item::Float(_) => Err("this number does not fit a whole one".to_owned()),
        Item::Text(text) => {
            text.parse().map(Item::Int).map_err(|_| "this text is no whole number".to_owned())
        }
        Item::Null | Item::Bool(_) | Item::List(_) | Item::Map(_) | Item::Option(_) | Item::Hidden => {
            Err(not_for("int", std::slice::from_ref(item)))
        }
    }
}

fn double<'v>(item: &Item<'v>) -> Result<Item<'v>, String> {
    match item {
        #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
        Item::Int(number) => Ok(Item::Float(*number as f64)),
        Item::Float(number) => Ok(Item::Float(*number)),
        Item::Text(text) => text.parse().map(Item::Float).map_err(|_| "this text is no number".to_owned()),
        Item::Null | Item::Bool(_) | Item::List(_) | Item::Map(_) | Item::Option(_) | Item::Hidden => {
            Err(not_for("double", std::slice::from_ref(item)))
        }
    }
}

/// Returns what is shown of an item; lists and maps are not, as a message is one line.
pub(super) fn text<'v>(item: &Item<'v>) -> Result<Item<'v>, String> {
    match item {
        Item::Bool(value) => Ok(made(value.to_string())),
        Item::Int(number) => Ok(made(number.to_string())),
        Item::Float(number) => Ok(made(number.to_string())),
        Item::Text(text) => Ok(Item::Text(text.clone())),
        Item::Null | Item::List(_) | Item::Map(_) | Item::Option(_) | Item::Hidden => {
            Err(not_for("string", std::slice::from_ref(item)))
        }
    }
}

/// Returns how much a quantity of Kubernetes is: `quantity('1Gi') == quantity(1073741824)`.
fn quantity<'v>(item: &Item<'v>) -> Result<Item<'v>, String> {
    match item {
        Item::Int(_) | Item::Float(_) => double(item),
        Item::Text(text) => {
            amount(text).map(Item::Float).ok_or_else(|| "this text is no quantity".to_owned())
        }
        Item::Null | Item::Bool(_) | Item::List(_) | Item::Map(_) | Item::Option(_) | Item::Hidden => {
            Err(not_for("quantity", std::slice::from_ref(item)))
        }
    }
}

fn amount(text: &str) -> Option<f64> {
    const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    const DECIMAL: [(&str, i32); 9] =
        [("n", -9), ("u", -6), ("m", -3), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
    if text.len() > MOST_BYTES
        || !text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
    {
        return None;
    }
    let binary = (1..)
        .zip(BINARY)
        .find_map(|(power, suffix)| Some((text.strip_suffix(suffix)?, 1024_f64.powi(power))));
    let decimal =
        || DECIMAL.iter().find_map(|(suffix, power)| Some((text.strip_suffix(suffix)?, 10_f64.powi(*power))));
    let (number, unit) = binary.or_else(decimal).unwrap_or((text, 1.0));
    number.parse::<f64>().ok().map(|number| number * unit).filter(|amount| amount.is_finite())
}
