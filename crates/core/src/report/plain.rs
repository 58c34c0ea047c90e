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

/// Stands at the end of each command of ours. Text of others cannot have it: [`line`] and [`visible`] spell it out.
const END: char = '\u{2063}';

/// Returns a command that [`wrapped`] will not break, so that it can be copied from one line, and that [`completed`] knows.
#[must_use]
pub fn command(text: &str) -> String {
    format!("{}{END}", unbroken(text))
}

/// Returns a part of a command that [`wrapped`] will not break.
#[must_use]
pub fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// Returns a sentence that nobody wraps or completes: its commands as they were before [`command`].
#[must_use]
pub fn sentence(text: &str) -> String {
    text.replace('\u{a0}', " ").replace(END, "")
}

/// Returns text whose commands have these options at their ends: what is typed next is about the same specs.
#[must_use]
pub fn completed(text: &str, options: &str) -> String {
    let mut parts = text.split(END).peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            out.push_str(part);
            break;
        }
        let begin = part.rfind([' ', '\n']).map_or(0, |at| at + 1);
        let (before, command) = part.split_at(begin);
        out.extend([before, &command.replace('\u{a0}', " "), options]);
    }
    out
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
    let begin = " ".repeat(indent);
    lines.iter().fold(String::new(), |out, line| out + &begin + &line.replace('\u{a0}', " ") + "\n")
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
        let told = wrapped(&format!("type {}", unbroken("do it now")), 0, 9);
        assert_eq!(told, "type\ndo it now\n");
    }

    #[test]
    fn a_command_is_completed_wherever_it_stands_and_nothing_else_is() {
        let told = format!("once: {}, or {}.", command("evenkeel plan prod"), command("evenkeel drift prod"));
        let options = " --base main";
        let whole = "once: evenkeel plan prod --base main, or evenkeel drift prod --base main.";
        assert_eq!(completed(&told, options), whole);
        assert_eq!(completed(wrapped(&told, 0, 200).trim_end(), options), whole);
        assert_eq!(sentence(&told), "once: evenkeel plan prod, or evenkeel drift prod.");
        let others = "evenkeel plan prod\u{2063}";
        assert_eq!(completed(&line(others), options), "evenkeel plan prod\\u{2063}");
    }
}
