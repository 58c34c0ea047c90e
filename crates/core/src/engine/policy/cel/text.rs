//! Quoted text: one or three quotes of either sort, `r` in front for text without escapes.

use super::Fault;
use std::sync::Arc;

/// A text that was unquoted, and how many bytes it took.
pub(super) struct Quoted {
    pub(super) text: Arc<str>,
    pub(super) length: usize,
}

/// Reads quoted text, if `rest` begins with it.
pub(super) fn quoted(rest: &str, at: usize) -> Result<Option<Quoted>, Fault> {
    let prefix = rest.find(['\'', '"']).filter(|prefix| *prefix <= 2).unwrap_or(usize::MAX);
    let Some(before) = rest.get(..prefix) else { return Ok(None) };
    let raw = match before.to_ascii_lowercase().as_str() {
        "" => false,
        "r" => true,
        "b" | "br" | "rb" => return Err(Fault::new(at..at + prefix + 1, "bytes are not known here")),
        _ => return Ok(None),
    };
    let opened = &rest[prefix..];
    let single = &opened[..1];
    let quote = if opened.starts_with(&single.repeat(3)) { single.repeat(3) } else { single.to_owned() };
    let body = &opened[quote.len()..];
    let Some(end) = end(body, &quote, raw) else {
        return Err(Fault::new(at..at + prefix + quote.len(), "this text has no end")
            .label(format!("close it with {quote}")));
    };
    let begins = at + prefix + quote.len();
    let text = if raw { body[..end].to_owned() } else { unescaped(&body[..end], begins)? };
    Ok(Some(Quoted { text: Arc::from(text), length: prefix + quote.len() + end + quote.len() }))
}

fn end(body: &str, quote: &str, raw: bool) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = body.get(at..)?;
        if rest.starts_with(quote) {
            return Some(at);
        }
        let mut letters = rest.chars();
        match letters.next()? {
            '\n' if quote.len() == 1 => return None,
            '\\' if !raw => at += 1 + letters.next()?.len_utf8(),
            letter => at += letter.len_utf8(),
        }
    }
}

fn unescaped(body: &str, begins: usize) -> Result<String, Fault> {
    let mut text = String::with_capacity(body.len());
    let mut at = 0;
    while let Some(letter) = body[at..].chars().next() {
        if letter == '\\' {
            let (meant, length) = escape(&body[at + 1..])
                .ok_or_else(|| Fault::new(begins + at..begins + at + 2, "there is no such escape"))?;
            text.push(meant);
            at += 1 + length;
        } else {
            text.push(letter);
            at += letter.len_utf8();
        }
    }
    Ok(text)
}

/// Returns the letter that is meant and how many bytes stand for it after the backslash.
fn escape(rest: &str) -> Option<(char, usize)> {
    let first = rest.chars().next()?;
    let coded = |skip: usize, digits: usize, radix: u32| {
        let digits = rest.get(skip..skip + digits)?;
        let sound = digits.bytes().all(|byte| char::from(byte).is_digit(radix));
        let code = sound.then(|| u32::from_str_radix(digits, radix).ok())??;
        Some((char::from_u32(code)?, skip + digits.len()))
    };
    match first {
        'a' => Some(('\u{7}', 1)),
        'b' => Some(('\u{8}', 1)),
        'f' => Some(('\u{c}', 1)),
        'n' => Some(('\n', 1)),
        'r' => Some(('\r', 1)),
        't' => Some(('\t', 1)),
        'v' => Some(('\u{b}', 1)),
        '\\' | '?' | '"' | '\'' | '`' => Some((first, 1)),
        'x' | 'X' => coded(1, 2, 16),
        'u' => coded(1, 4, 16),
        'U' => coded(1, 8, 16),
        '0'..='3' => coded(0, 3, 8),
        _ => None,
    }
}
