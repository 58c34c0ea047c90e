//! `make bench`, the part with servers: evenkeel beside a bare client, kubectl, kapp and Kafka's own tool, in one run.
//!
//! Every figure stands beside one that was taken minutes from it on the same machine and the same objects, because
//! only such ratios say anything. The table goes to stdout.

#![expect(
    clippy::disallowed_methods,
    reason = "a bench measures time, and is told by the environment what to measure"
)]
// Its table is its output.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark prints what it found")]

mod brokers;
mod client;
mod comparisons;
mod kafka;
mod measure;
mod objects;
mod plane;
mod programs;
mod table;

use std::error::Error;
use std::process::ExitCode;

/// What a part of the benchmark may end with; it is a tool, so any error will do.
type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS; // `cargo test --all-targets` runs it as a test, and it is none
    }
    match run() {
        Ok(table) => {
            println!("{table}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<table::Table> {
    let mut table = table::Table::default();
    let kubeserver = programs::from_environment("KUBESERVER")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for count in programs::sizes() {
        eprintln!("{count} objects");
        let plane = plane::Plane::start(&kubeserver)?;
        comparisons::compare(&plane, &runtime, count, &mut table)?;
    }
    if let Some(size) = programs::kafka_size() {
        eprintln!("{size:?}");
        kafka::compare(&programs::from_environment("KAFKA")?, size, &mut table)?;
    }
    comparisons::validate(10_000, &mut table)?;
    Ok(table)
}
