//! Takes the time of work, and the most memory that a program held while it ran.

use crate::Outcome;
use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What one run of a program took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// From start to end.
    pub(crate) wall: Duration,
    /// The most memory that was resident, in bytes; 0 where the system does not tell.
    pub(crate) peak: u64,
}

/// Runs a program to its end; an exit code that is not in `expected` is an error with what the program said.
pub(crate) fn run(command: &mut Command, expected: &[i32]) -> Outcome<Run> {
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut said = child.stderr.take().ok_or("no stderr")?;
    let listener = std::thread::spawn(move || {
        let mut text = Vec::new();
        said.read_to_end(&mut text).map(|_| String::from_utf8_lossy(&text).into_owned())
    });
    let mut peak = 0;
    let status = loop {
        peak = peak.max(high_water(child.id()));
        match child.try_wait()? {
            Some(status) => break status,
            None => sleep(Duration::from_millis(2)),
        }
    };
    let wall = started.elapsed();
    let said = listener.join().map_err(|_| "the listener ended early")??;
    match status.code() {
        Some(code) if expected.contains(&code) => Ok(Run { wall, peak }),
        _ => Err(format!("{command:?} ended with {status}:\n{}", last_lines(&said)).into()),
    }
}

/// Returns the run of median time, and of all runs the highest memory.
pub(crate) fn median(runs: &mut [Run]) -> Run {
    runs.sort_by_key(|run| run.wall);
    let peak = runs.iter().map(|run| run.peak).max().unwrap_or_default();
    Run { wall: runs[runs.len() / 2].wall, peak }
}

/// Returns the most memory that this very process held.
pub(crate) fn own_high_water() -> u64 {
    high_water(std::process::id())
}

/// The kernel keeps the mark; it is gone with the process, so a poll may miss what came in the last two milliseconds.
fn high_water(process: u32) -> u64 {
    let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else { return 0 };
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes =
        line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|text| text.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
