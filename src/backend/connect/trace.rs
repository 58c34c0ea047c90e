//! The first cause in a Java stack trace: what happened, in one line, where ten kilobytes say where.

/// No line of a report takes more.
const MOST: usize = 300;

/// Returns what a trace says happened first: its last `Caused by`, or what it begins with.
pub(super) fn first_cause(trace: &str) -> String {
    let lines = || trace.lines().map(str::trim).filter(|line| !line.is_empty());
    let caused = lines().filter_map(|line| line.strip_prefix("Caused by: ")).next_back();
    let cause = caused.or_else(|| lines().next()).unwrap_or_default();
    cause.chars().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::first_cause;

    #[test]
    fn the_innermost_cause_is_told_and_no_line_of_the_stack() {
        let trace = "org.apache.kafka.connect.errors.ConnectException: cannot start\n\tat a.B.c(B.java:1)\n\
                     Caused by: java.io.IOException: wrapped\n\tat a.B.d(B.java:2)\n\
                     Caused by: java.net.UnknownHostException: nohost.invalid\n\t... 9 more\n";
        assert_eq!(first_cause(trace), "java.net.UnknownHostException: nohost.invalid");
        assert_eq!(first_cause("java.lang.Error: alone\n\tat x"), "java.lang.Error: alone");
        assert_eq!(first_cause(""), "");
    }
}
