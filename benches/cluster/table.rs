//! The table that comes out: one row for each comparison, with its goal where there is one.

use crate::measure::Run;
use std::fmt;
use std::time::Duration;

/// The rows so far.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

/// One comparison: the same work done by evenkeel and by something else.
pub(crate) struct Row {
    /// Which work, on how many objects.
    pub(crate) work: String,
    /// What evenkeel took.
    pub(crate) ours: Run,
    /// What it is held against.
    pub(crate) beside: String,
    /// What that took.
    pub(crate) theirs: Run,
    /// What was promised, if anything.
    pub(crate) goal: Goal,
}

/// What a comparison must reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// At most this many times the other's time.
    AtMost(f64),
    /// At least this many times faster than the other.
    Faster(f64),
    /// Below this time, whatever the other does.
    Within(Duration),
    /// Nothing was promised.
    None,
}

impl Table {
    /// Adds a comparison.
    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }
}

impl Goal {
    fn verdict(self, row: &Row) -> String {
        let ratio = row.ours.wall.as_secs_f64() / row.theirs.wall.as_secs_f64();
        let (text, reached) = match self {
            Self::AtMost(most) => (format!("at most {most} ×"), ratio <= most),
            Self::Faster(least) => (format!("at least {least} × faster"), ratio * least <= 1.0),
            Self::Within(most) => (format!("within {}", seconds(most)), row.ours.wall <= most),
            Self::None => return String::new(),
        };
        format!("{text}: {}", if reached { "reached" } else { "missed" })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "| work | evenkeel | beside | takes | ratio | goal | peak memory, evenkeel and beside |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|")?;
        for row in &self.rows {
            let (ours, theirs) = (row.ours.wall.as_secs_f64(), row.theirs.wall.as_secs_f64());
            let ratio =
                if row.theirs.wall.is_zero() { String::new() } else { format!("{:.2}", ours / theirs) };
            writeln!(
                out,
                "| {} | {} | {} | {} | {ratio} | {} | {}, {} |",
                row.work,
                seconds(row.ours.wall),
                row.beside,
                seconds(row.theirs.wall),
                row.goal.verdict(row),
                megabytes(row.ours.peak),
                megabytes(row.theirs.peak)
            )?;
        }
        Ok(())
    }
}

fn seconds(duration: Duration) -> String {
    match duration.as_secs_f64() {
        0.0 => "-".to_owned(),
        short if short < 1.0 => format!("{:.0} ms", short * 1000.0),
        long => format!("{long:.1} s"),
    }
}

fn megabytes(bytes: u64) -> String {
    if bytes == 0 { "-".to_owned() } else { format!("{} MB", bytes / 1_000_000) }
}
