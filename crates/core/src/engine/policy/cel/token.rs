//! Tokens of an expression, each with the bytes that it stands at.

use super::text::{self, Quoted};
use super::{Fault, MOST_BYTES};
use std::ops::Range;
use std::sync::Arc;

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name or a word of the language.
    Word(Arc<str>),
    /// A whole number without its sign.
    Whole(u64),
    /// A number with a point or an exponent.
    Float(f64),
    /// Text, unquoted.
    Text(Arc<str>),
    /// Anything else.
    Sign(&'static str),
}

/// Signs, longer ones before those that they begin with.
const SIGNS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", ".?", "[?", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".",
    ",", "(", ")", "[", "]",
];

/// Takes an expression apart.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, Fault> {
    if text.len() > MOST_BYTES {
        let message = format!("this expression has {} bytes, and {MOST_BYTES} are allowed", text.len());
        return Err(Fault::new(0..1, message));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        if blank > 0 {
            at += blank;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else {
            let (token, length) = token(rest, at)?;
            tokens.push((token, at..at + length));
            at += length;
        }
    }
    Ok(tokens)
}

fn token(rest: &str, at: usize) -> Result<(Token, usize), Fault> {
    if let Some(Quoted { text, length }) = text::quoted(rest, at)? {
        return Ok((Token::Text(text), length));
    }
    let first = rest.chars().next().unwrap_or_default();
    if first.is_ascii_digit() {
        return number(rest, at);
    }
    if first.is_ascii_alphabetic() || first == '_' {
        return Ok(word(rest));
    }
    if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        return Ok((Token::Sign(sign), sign.len()));
    }
    match first {
        '{' => Ok((Token::Sign("{"), 1)),
        '}' => Ok((Token::Sign("}"), 1)),
        _ => Err(Fault::new(
            at..at + first.len_utf8(),
            format!("`{}` means nothing here", first.escape_debug()),
        )),
    }
}

fn word(rest: &str) -> (Token, usize) {
    let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    (Token::Word(Arc::from(&rest[..length])), length)
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), Fault> {
    let length = length_of_number(rest);
    let written = &rest[..length];
    let here = at..at + length;
    if rest[length..].starts_with(['u', 'U']) {
        return Err(Fault::new(here, "unsigned numbers are not known here").label("leave out the `u`"));
    }
    if rest[length..].starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_') {
        return Err(Fault::new(here, "a number ends before a letter"));
    }
    let whole = match written.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => written.parse().ok(),
    };
    let is_float = !written.starts_with("0x") && written.contains(['.', 'e', 'E']);
    let float = || written.parse::<f64>().ok().filter(|float| is_float && float.is_finite());
    match (whole.map(Token::Whole), float().map(Token::Float)) {
        (Some(token), _) | (None, Some(token)) => Ok((token, length)),
        (None, None) => Err(Fault::new(here, "this number does not fit 64 bits")),
    }
}

fn length_of_number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if rest.starts_with("0x") {
        return 2 + bytes[2..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    }
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end += 1 + digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = bytes.get(end + 1 + signed..).map_or(0, |_| digits(end + 1 + signed));
        if exponent > 0 {
            end += 1 + signed + exponent;
        }
    }
    end
}
