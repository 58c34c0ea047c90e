//! Markdown that others' text cannot break out of: no heading, tag, mention or table cell of theirs takes effect.

/// Escapes text for a paragraph or a table cell, on one line.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in super::plain::line(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A character of no width behind the sign, as forges look for mentions and references in the rendered text.
            '@' | '#' => out.extend([character, '\u{200b}']),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => out.extend(['\\', character]),
            other => out.push(other),
        }
    }
    out
}

/// Returns text as code on one line; in a table cell too, where a pipe would end it.
#[must_use]
pub fn code(text: &str) -> String {
    let text = super::plain::line(text).replace('|', "\\|");
    let ticks = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// Returns a fenced block that is longer than any fence inside it.
#[must_use]
pub fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

/// Returns a fold: its title is seen, its content after a click.
#[must_use]
pub fn fold(title: &str, content: &str) -> String {
    format!("<details><summary>{}</summary>\n\n{content}\n</details>\n", escaped(title).replace('\\', ""))
}

/// Moves the sign of each line to the first column, where a `diff` block gives it its colour; widths stay.
#[must_use]
pub fn signs_first(text: &str) -> String {
    text.lines().fold(String::with_capacity(text.len()), |out, line| out + &sign_first(line) + "\n")
}

fn sign_first(line: &str) -> String {
    let rest = line.trim_start_matches(' ');
    let indent = line.len() - rest.len();
    let sign = ["-/+ ", "+", "-", "! "].into_iter().find(|sign| rest.starts_with(sign));
    match sign.map(str::trim_end) {
        Some(sign) => format!("{sign}{:indent$}{}", "", &rest[sign.len()..]),
        None => line.to_owned(),
    }
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_others_takes_effect() {
        assert_eq!(escaped("a|b <img> @team #7 *x*"), "a\\|b &lt;img&gt; @\u{200b}team #\u{200b}7 \\*x\\*");
        assert_eq!(code("a `b` | c"), "``a `b` \\| c``");
        assert_eq!(code("`b`"), "`` `b` ``");
        assert_eq!(fenced("diff", "x\n````\n</details>"), "`````diff\nx\n````\n</details>\n`````\n");
    }

    #[test]
    fn signs_stand_in_the_first_column_and_nothing_else_moves() {
        let text = "  + one\n  -/+ two\n      path  1 -> 2\n        -old\n  ~ three\n";
        assert_eq!(signs_first(text), "+   one\n-/+   two\n      path  1 -> 2\n-        old\n  ~ three\n");
    }
}
