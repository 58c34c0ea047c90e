//! Changed fields in aligned columns: path, old and new value, who or why and when.

use super::style::{Role, Style};
use super::value::{self, Room, Shown};
use super::{plain, words};
use crate::engine::value::Value;
use crate::engine::verdict::{Cause, FieldChange};
use jiff::Timestamp;

/// One changed field, ready to be laid out.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// Where.
    pub path: String,
    /// What it changes from.
    pub old: Option<&'a Value>,
    /// What it changes to.
    pub new: Option<&'a Value>,
    /// Who or why, and when.
    pub note: String,
}

/// Returns a field as a plan tells it: from what is live to what is wanted.
#[must_use]
pub fn planned<'a>(field: &'a FieldChange, line: Option<&str>, now: Timestamp) -> Row<'a> {
    let FieldChange { path, live, wanted, cause } = field;
    let why = match wanted {
        // Of a secret only a digest is known: it changes with the text as with the spec that says where that is read.
        Some(Value::Secret(_)) if *cause == Cause::SpecEdited => "edited in Git or at its source".to_owned(),
        Some(_) | None => words::cause(cause, now),
    };
    let edited = matches!(cause, Cause::SpecEdited | Cause::EditedOverDrift(_));
    let note = match line.filter(|_| edited) {
        Some(line) => format!("{line}, {why}"),
        None => why,
    };
    Row { path: plain::line(&path.to_string()), old: live.as_ref(), new: wanted.as_ref(), note }
}

/// Returns a field as drift tells it: from what we left there to what somebody made of it.
#[must_use]
pub fn drifted(field: &FieldChange, note: String) -> Row<'_> {
    let FieldChange { path, live, wanted, cause: _ } = field;
    Row { path: plain::line(&path.to_string()), old: wanted.as_ref(), new: live.as_ref(), note }
}

/// Lays out rows below each other; columns are as wide as this resource needs and no wider than a share of the line.
#[must_use]
pub fn rows(rows: &[Row<'_>], indent: usize, style: Style) -> String {
    let line = style.width.saturating_sub(indent);
    let room = Room { beside: line / 2, below: line.saturating_sub(4) };
    let shown: Vec<Shown> = rows.iter().map(|row| value::change(row.old, row.new, room)).collect();
    let paths = rows
        .iter()
        .map(|row| plain::width_of(&row.path))
        .filter(|width| *width <= room.beside)
        .max()
        .unwrap_or(0);
    let values = shown.iter().filter_map(one_line_width).max().unwrap_or(0);
    let columns = Columns { indent, paths, values, style };
    rows.iter().zip(&shown).map(|(row, shown)| columns.lay_out(row, shown)).collect()
}

fn one_line_width(shown: &Shown) -> Option<usize> {
    match shown {
        Shown::Line(line) => Some(plain::width_of(line)),
        Shown::Lines(_) => None,
    }
}

struct Columns {
    indent: usize,
    paths: usize,
    values: usize,
    style: Style,
}

impl Columns {
    fn lay_out(&self, row: &Row<'_>, shown: &Shown) -> String {
        let Self { indent, paths, values, style: _ } = *self;
        let note = self.note(&row.note);
        match shown {
            Shown::Line(line) => {
                let head = format!("{:indent$}{:paths$}   {line}", "", row.path);
                let width = indent + paths.max(plain::width_of(&row.path)) + 3 + values;
                if width + 3 + plain::width_of(&row.note) <= self.style.width {
                    let gap = width.saturating_sub(plain::width_of(&head));
                    format!("{head}{:gap$}   {note}\n", "")
                } else {
                    format!("{head}\n{}", self.note_below(&row.note))
                }
            }
            Shown::Lines(lines) => {
                let head = format!("{:indent$}{:paths$}   {note}\n", "", row.path);
                lines.iter().fold(head, |out, line| out + &self.diff_line(line))
            }
        }
    }

    fn note(&self, note: &str) -> String {
        self.style.paint(Role::Faint, note)
    }

    fn note_below(&self, note: &str) -> String {
        let indent = self.indent + 2;
        let lines = plain::wrapped(note, indent, self.style.width);
        lines.lines().fold(String::new(), |out, line| {
            out + &format!("{:indent$}{}\n", "", self.note(line.trim_start()))
        })
    }

    fn diff_line(&self, line: &str) -> String {
        let role = match line.chars().next() {
            Some('+') => Role::Create,
            Some('-') => Role::Delete,
            _ => Role::Faint,
        };
        let indent = self.indent + 2;
        format!("{:indent$}{}\n", "", self.style.paint(role, line))
    }
}
