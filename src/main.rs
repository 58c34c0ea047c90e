//! Parses the command line, runs the verb, and turns its end into an exit code.

fn main() -> std::process::ExitCode {
    evenkeel::cli::main()
}
