//! Text of others made safe for a terminal: what cannot be seen is spelled out, so it cannot pass for something else.

use std::fmt::Write;

/// Returns one line: control and invisible characters are escaped, line breaks become spaces.
#[must_use]
pub fn line(text: &str) -> String {
    let joined = text.split(['\n', '\r']).map(str::trim_end).filter(|part| !part.is_empty());
    visible(&joined.collect::<Vec<_>>().join(" "))
}

/// Returns the text with control and invisible characters escaped, tabs as they are.
#[must_use]
pub fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        if character == '\t' {
            out.push(character);
        } else {
            push(&mut out, character);
        }
        out
    })
}

/// Returns text in double quotes, escaped as in JSON, invisible characters as well.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => push(&mut out, other),
        }
    }
    out.push('"');
    out
}

/// Returns a command that [`wrapped`] will not break, so that it can be copied from one line.
#[must_use]
pub fn command(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// Returns a sentence that is not going to be wrapped: its commands with the spaces that [`command`] took out.
#[must_use]
pub fn sentence(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

/// Breaks words into lines that fit `width` after `indent` spaces; a longer word keeps a line of its own.
///
/// A no-break space keeps words together and is written as a space.
#[must_use]
pub fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(last) if indent + width_of(last) + 1 + width_of(word) <= width => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| sentence(&format!("{:indent$}{line}\n", ""))).collect()
}

/// Returns how many columns text takes, counted in characters.
#[must_use]
pub fn width_of(text: &str) -> usize {
    text.chars().count()
}

fn push(out: &mut String, character: char) {
    if character.is_control() || is_invisible(character) {
        let _infallible = write!(out, "\\u{{{:x}}}", u32::from(character));
    } else {
        out.push(character);
    }
}

/// Characters that take no room or turn the direction of what follows: one could hide a part of a plan behind them.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_cannot_move_the_cursor_or_turn_the_text() {
        assert_eq!(line("403\n\u{1b}[2Jall \u{202e}good\r\n"), "403 \\u{1b}[2Jall \\u{202e}good");
        assert_eq!(quoted("a\tb \"c\"\u{7}"), r#""a\tb \"c\"\u{7}""#);
    }

    #[test]
    fn long_sentences_are_broken_between_words() {
        assert_eq!(wrapped("one two three", 2, 9), "  one two\n  three\n");
        assert_eq!(wrapped(&format!("type {}", command("do it now")), 0, 9), "type\ndo it now\n");
    }
}
