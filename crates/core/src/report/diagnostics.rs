//! Findings about specs, drawn with their line.
//!
//! By hand and not by a library: the form is a contract with people's eyes (at most 100 columns, facts after `=`),
//! and it is thirty lines. What comes from files is made visible first.

use super::markdown::fenced;
use super::plain;
use super::style::{Role, Style};
use crate::diagnostic::{Diagnostic, Severity};
use std::fmt::Write;

/// What was contacted by the time that the findings are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contacted {
    /// Nobody.
    Nobody,
    /// Perhaps the place where the state is kept, and only to read it.
    State,
}

impl Contacted {
    fn words(self) -> &'static str {
        match self {
            Self::Nobody => "Nothing was contacted.",
            Self::State => "Nothing was planned.",
        }
    }
}

/// How much of a long line is shown around what is meant.
const WIDTH: usize = 96;

/// Draws all findings, each with its line where `line(file, number)` has it, and the sum at the end.
#[must_use]
pub fn render<'a>(
    findings: &[Diagnostic],
    files: usize,
    line: impl Fn(&str, u32) -> Option<&'a str>,
    contacted: Contacted,
    style: Style,
) -> String {
    let mut out = String::new();
    for finding in findings {
        draw(&mut out, finding, line(&finding.at.file, finding.at.line), style);
        out.push('\n');
    }
    let _infallible = writeln!(out, "{}", summary(findings, files, contacted));
    out
}

/// Draws all findings for a forge: the sum first, as it is the subject, then each with its line.
#[must_use]
pub fn markdown<'a>(
    findings: &[Diagnostic],
    files: usize,
    line: impl Fn(&str, u32) -> Option<&'a str>,
    contacted: Contacted,
) -> String {
    let drawn = findings
        .iter()
        .map(|finding| render_one(finding, line(&finding.at.file, finding.at.line), Style::plain()));
    let drawn = drawn.collect::<Vec<_>>().join("\n");
    let sum = summary(findings, files, contacted);
    if drawn.is_empty() { format!("{sum}\n") } else { format!("{sum}\n\n{}", fenced("", &drawn)) }
}

/// Draws one finding without its sum.
#[must_use]
pub fn render_one(finding: &Diagnostic, line: Option<&str>, style: Style) -> String {
    let mut out = String::new();
    draw(&mut out, finding, line, style);
    out
}

fn draw(out: &mut String, finding: &Diagnostic, line: Option<&str>, style: Style) {
    let Diagnostic { at, severity, code, message, label, notes, hint } = finding;
    let (severity, role) = match severity {
        Severity::Error => ("error", Role::Delete),
        Severity::Warning => ("warning", Role::Held),
    };
    let title = style.paint(role, &format!("{severity}[{code}]"));
    let message = style.paint(Role::Heading, &plain::line(message));
    let number = at.line.to_string();
    let gutter = " ".repeat(number.len());
    let _infallible = writeln!(out, "{title}: {message}\n{gutter}--> {}", plain::line(&at.to_string()));
    if let Some(line) = line.filter(|line| !line.trim().is_empty()) {
        let Excerpt { text, column, length } = excerpt(line, at.column as usize - 1, at.length as usize);
        let underline = format!("{}{}", " ".repeat(column), style.paint(role, &"^".repeat(length)));
        let label = label.as_deref().map(|label| format!(" {}", plain::line(label))).unwrap_or_default();
        let _infallible = writeln!(out, "{gutter} |\n{number} | {text}\n{gutter} | {underline}{label}");
    } else if let Some(label) = label {
        fact(out, &gutter, label, style);
    }
    for note in notes {
        fact(out, &gutter, note, style);
    }
    if let Some(hint) = hint {
        fact(out, &gutter, &format!("hint: {hint}"), style);
    }
}

/// Writes a fact below the line, broken at the style's width.
fn fact(out: &mut String, gutter: &str, text: &str, style: Style) {
    let indent = gutter.len() + 3;
    let wrapped = plain::wrapped(&plain::line(text), indent, style.width);
    let _infallible = write!(out, "{gutter} = {}", wrapped.trim_start());
}

struct Excerpt {
    text: String,
    column: usize,
    length: usize,
}

/// Cuts a long line around what is meant, one column for each character, also for those that cannot be seen.
fn excerpt(line: &str, column: usize, length: usize) -> Excerpt {
    let letters: Vec<char> = line.chars().map(visible).collect();
    let column = column.min(letters.len());
    let start =
        if letters.len() <= WIDTH { 0 } else { column.saturating_sub(WIDTH / 3).min(letters.len() - WIDTH) };
    let end = letters.len().min(start + WIDTH);
    let length = length.min(end.saturating_sub(column)).max(1);
    let before = if start > 0 { "…" } else { "" };
    let after = if end < letters.len() { "…" } else { "" };
    let text = format!("{before}{}{after}", letters[start..end].iter().collect::<String>().trim_end());
    Excerpt { text, column: column - start + before.chars().count(), length }
}

fn visible(letter: char) -> char {
    let mut buffer = [0; 4];
    let same = letter != '\t' && plain::visible(letter.encode_utf8(&mut buffer)).chars().eq([letter]);
    match letter {
        '\t' => ' ',
        _ if same => letter,
        _ => '\u{fffd}',
    }
}

/// `2 errors in 2 of 9 files. Nothing was contacted.`
#[must_use]
pub fn summary(findings: &[Diagnostic], files: usize, contacted: Contacted) -> String {
    let contacted = contacted.words();
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let mut places: Vec<&str> = findings.iter().map(|finding| &*finding.at.file).collect();
    places.sort_unstable();
    places.dedup();
    let counted = match (errors, warnings) {
        (0, 0) => return format!("No errors in {}. {contacted}", several(files, "file")),
        (errors, 0) => several(errors, "error"),
        (0, warnings) => several(warnings, "warning"),
        (errors, warnings) => format!("{} and {}", several(errors, "error"), several(warnings, "warning")),
    };
    format!("{counted} in {} of {}. {contacted}", places.len(), several(files, "file"))
}

fn several(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Location};

    fn at(file: &str, line: u32, column: u32, length: u32) -> Location {
        Location { file: file.into(), line, column, length }
    }

    #[test]
    fn a_finding_shows_its_line_what_was_expected_and_the_way_on() {
        let unknown = Diagnostic::error(
            Code(102),
            at("environments/prod/kafka.yaml", 14, 5, 7),
            "unknown field `replica`",
        )
        .label("KafkaTopic has `replicationFactor`")
        .note("in KafkaTopic/orders-cdc, inherited by environments/staging");
        let elsewhere = Diagnostic::error(
            Code(207),
            at("environments/prod/links.yaml", 31, 15, 1),
            "`cdc-all` has 3 partitions",
        )
        .note("relationships would arrive before their nodes and be dropped in silence")
        .hint("partitions cannot be reduced; `evenkeel explain E0207` shows the way to a new topic");
        let line = |file: &str, _: u32| file.ends_with("kafka.yaml").then_some("    replica: 3");
        insta::assert_snapshot!(render(&[unknown, elsewhere], 9, line, Contacted::Nobody, Style::plain()), @r#"
error[E0102]: unknown field `replica`
  --> environments/prod/kafka.yaml:14:5
   |
14 |     replica: 3
   |     ^^^^^^^ KafkaTopic has `replicationFactor`
   = in KafkaTopic/orders-cdc, inherited by environments/staging

error[E0207]: `cdc-all` has 3 partitions
  --> environments/prod/links.yaml:31:15
   = relationships would arrive before their nodes and be dropped in silence
   = hint: partitions cannot be reduced; `evenkeel explain E0207` shows the way to a new topic

2 errors in 2 of 9 files. Nothing was contacted.
"#);
    }

    #[test]
    fn a_long_line_is_cut_around_what_is_meant_and_holds_no_escape_codes() {
        let long = format!("a: \"{}\u{1b}[31m\", nmae: x, {}", "y".repeat(120), "z".repeat(200));
        let column = u32::try_from(long.find("nmae").unwrap() + 1).unwrap();
        let finding = Diagnostic::error(Code(102), at("a.yaml", 1, column, 4), "unknown field `nmae`")
            .label("there is `name`");
        let drawn = render_one(&finding, Some(&long), Style::plain());
        assert!(drawn.lines().all(|line| line.chars().count() <= 104), "{drawn}");
        assert!(!drawn.contains('\u{1b}'));
    }

    #[test]
    fn nothing_wrong_is_said_in_one_line() {
        assert_eq!(summary(&[], 9, Contacted::Nobody), "No errors in 9 files. Nothing was contacted.");
    }
}
