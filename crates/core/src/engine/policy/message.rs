//! What a policy says when it denies: text with expressions in braces, `{change.address} would be deleted`.

use super::cel::{Expression, Failure, Fault, Item, Items, Meter, Name, Names};
use std::sync::Arc;

/// The longest message that is told; more than a line helps nobody.
const MOST_LETTERS: usize = 400;

/// A message with the expressions in it compiled.
#[derive(Clone, Debug)]
pub struct Message {
    parts: Arc<[Part]>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(Arc<str>),
    Expression(Expression),
}

impl Message {
    /// Reads a message; `{{` and `}}` stand for braces.
    pub fn compile(text: &str, names: &[Name]) -> Result<Self, Fault> {
        let (mut parts, mut plain, mut at) = (Vec::new(), String::new(), 0);
        while let Some(letter) = text[at..].chars().next() {
            let rest = &text[at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                plain.push(letter);
                at += 2;
            } else if letter == '{' {
                let length = length_of_expression(&rest[1..]).ok_or_else(|| unclosed(at))?;
                parts.push(Part::Text(Arc::from(std::mem::take(&mut plain))));
                let begins = at + 1;
                let expression = Expression::compile(&rest[1..=length], names);
                parts.push(Part::Expression(expression.map_err(|fault| shifted(fault, begins))?));
                at = begins + length + 1;
            } else {
                plain.push(letter);
                at += letter.len_utf8();
            }
        }
        parts.push(Part::Text(Arc::from(plain)));
        Ok(Self { parts: parts.into() })
    }

    /// Returns the message for these items, in one line. What has no value here is told as such.
    #[must_use]
    pub fn told<'v>(&'v self, names: &'v Names<'v>, meter: &Meter) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.to_string(),
            Part::Expression(expression) => shown(&expression.evaluate(names, meter)),
        });
        let told: String = parts.collect();
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        match told.char_indices().nth(MOST_LETTERS) {
            Some((end, _)) => format!("{}…", &told[..end]),
            None => told,
        }
    }
}

/// Returns how many bytes stand before the closing brace; braces in quotes and of maps are passed over.
fn length_of_expression(rest: &str) -> Option<usize> {
    let (mut quote, mut open) = (None, 0_usize);
    for (at, letter) in rest.char_indices() {
        match (quote, letter) {
            (Some(begun), _) if begun == letter => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '{') => open += 1,
            (None, '}') if open == 0 => return Some(at),
            (None, '}') => open -= 1,
            (None, _) => {}
        }
    }
    None
}

fn unclosed(at: usize) -> Fault {
    let label = Some("close it with `}`, or write `{{` for a brace".to_owned());
    Fault { at: at..at + 1, message: "an expression begins here and has no end".to_owned(), label }
}

fn shifted(fault: Fault, by: usize) -> Fault {
    Fault { at: fault.at.start + by..fault.at.end + by, ..fault }
}

fn shown(evaluated: &Result<Item<'_>, Failure>) -> String {
    match evaluated {
        Ok(item) => shown_item(item),
        Err(_) => "(unknown)".to_owned(),
    }
}

fn shown_item(item: &Item<'_>) -> String {
    match item {
        Item::Null => "nothing".to_owned(),
        Item::Bool(value) => value.to_string(),
        Item::Int(number) => number.to_string(),
        Item::Float(number) => number.to_string(),
        Item::Text(text) => text.to_string(),
        Item::List(items) => shown_list(items),
        Item::Option(None) => "nothing".to_owned(),
        Item::Option(Some(item)) => shown_item(item),
        Item::Map(_) => "(a map)".to_owned(),
        Item::Hidden => "(secret)".to_owned(),
    }
}

fn shown_list(items: &Items<'_>) -> String {
    items.iter().map(|item| shown_item(&item)).collect::<Vec<_>>().join(", ")
}
