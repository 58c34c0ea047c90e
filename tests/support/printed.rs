//! Compares what a page shows with what was printed: times and ids differ from run to run, words and counts do not.

/// Tells whether printed text is what a page shows; a line `…` stands for any lines.
pub(crate) fn is_shown(page: &str, printed: &str) -> bool {
    let lines =
        |text: &str| text.lines().map(normal).filter(|line| !is_progress(line)).collect::<Vec<String>>();
    waits_as_shown(page, printed) && fits(&lines(page), &lines(printed))
}

/// How often it is said that something waits is up to the machine, and so is what it lacks by then; that it is something
/// which the page shows is not, and neither is how it is said.
fn waits_as_shown(page: &str, printed: &str) -> bool {
    let shown = |address: &str| page.lines().any(|line| line.split_whitespace().any(|word| word == address));
    let mut waiting = printed.lines().map(normal).filter(|line| line.contains(" waiting "));
    waiting.all(|line| waits(&line).is_some_and(shown))
}

/// Returns what waits, if it is said how long it has and for what.
fn waits(line: &str) -> Option<&str> {
    let (what, lacking) = line.split_once(" waiting TIME: ")?;
    // What a step is called ends with its address, whatever is said before it.
    what.split_whitespace().last().filter(|_| !lacking.is_empty())
}

fn fits(page: &[String], printed: &[String]) -> bool {
    match page.split_first() {
        None => printed.is_empty(),
        Some((line, rest)) if line.trim() == "…" => {
            (0..=printed.len()).any(|from| fits(rest, &printed[from..]))
        }
        Some((line, rest)) => printed.first() == Some(line) && fits(rest, &printed[1..]),
    }
}

/// How long something is waited for, and so how often it is said, is up to the machine; so is what a shell says of a
/// process that was killed.
fn is_progress(line: &str) -> bool {
    line.contains(" waiting ") || line.contains(" Killed ") || line.contains(" holds the lock")
}

/// Puts one sign in the place of every time and id, and one space in the place of many; how many there are of something
/// stays as it is.
fn normal(line: &str) -> String {
    let words: Vec<&str> = line.trim_end().split(' ').filter(|word| !word.is_empty()).collect();
    let mut told: Vec<String> = Vec::new();
    let mut left = words.iter().copied().peekable();
    while let Some(one) = left.next() {
        let unit = left.peek().map(|next| next.trim_end_matches(['.', ',', ':', ';']));
        let told_now = match unit {
            Some("ms" | "s" | "min" | "h" | "day" | "days") if one.parse::<f64>().is_ok() => {
                let end: String =
                    left.next().unwrap_or_default().chars().filter(|end| ".,:;".contains(*end)).collect();
                format!("TIME{end}")
            }
            _ => word(one),
        };
        match told.last_mut() {
            Some(before) if before == "TIME" && told_now.starts_with("TIME") => *before = told_now,
            _ => told.push(told_now),
        }
    }
    let indent = line.len() - line.trim_start().len();
    format!("{}{}", " ".repeat(indent), told.join(" "))
}

fn word(word: &str) -> String {
    let core = word.trim_matches(['(', ')', '"', ',', '.', ':', ';']);
    let all = |of: &dyn Fn(char) -> bool| core.chars().all(of);
    let digits = core.chars().filter(char::is_ascii_digit).count();
    let is_id = core.len() >= 7 && digits > 0 && all(&|letter| letter.is_ascii_hexdigit() || letter == '-');
    let is_time = digits > 3
        && core.contains(['-', ':'])
        && all(&|letter| letter.is_ascii_digit() || "-:.TZ".contains(letter));
    if core.is_empty() || !(is_id || is_time) { word.to_owned() } else { word.replace(core, "ID") }
}

#[cfg(test)]
mod tests {
    use super::is_shown;

    #[test]
    fn times_and_ids_may_differ_and_words_may_not() {
        let page = "staging, 1 of 2 resources drifted. Checked 50 ms ago.\nplan bc62def1a19e   next: go\n";
        assert!(is_shown(page, &page.replace("50 ms", "1.2 s").replace("bc62def1a19e", "00000000000a")));
        assert!(!is_shown(page, &page.replace("next: go", "next: stop")));
        assert!(!is_shown(page, &page.replace("1 of 2", "2 of 2")));
    }

    #[test]
    fn how_often_something_waits_may_differ_and_what_waits_may_not() {
        let page = "  ~ a/b   restart\n   a/b   waiting 2.0 s: 0 of 2 replicas available\ndone\n";
        let printed = |waiting: &str| format!("  ~ a/b   restart\n{waiting}done\n");
        assert!(is_shown(page, &printed("")), "it was there at once");
        let twice = "   a/b  waiting 1.0 s: 0 of 2 replicas updated\n   a/b  waiting 9 s: 1 old one\n";
        assert!(is_shown(page, &printed(twice)));
        assert!(!is_shown(page, &printed("   a/c  waiting 1.0 s: 0 of 2 replicas available\n")));
        assert!(!is_shown(page, &printed("   a/b  waiting 1.0 s: \n")), "for nothing");
        assert!(!is_shown(page, &printed("   a/b  waiting a while\n")));
    }

    #[test]
    fn an_ellipsis_stands_for_any_lines_and_nothing_else_does() {
        assert!(is_shown("a\n…\nd\n", "a\nb\nc\nd\n"));
        assert!(is_shown("a\n…\nd\n", "a\nd\n"));
        assert!(!is_shown("a\nd\n", "a\nb\nd\n"));
        assert!(!is_shown("…\nd\n", "a\n"));
    }
}
