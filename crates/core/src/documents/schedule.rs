//! Whether a text is a cron schedule of five fields; when it opens is worked out where there are clocks.

/// Tells whether the text is minute, hour, day of month, month and day of week.
#[must_use]
pub fn is_schedule(text: &str) -> bool {
    const FIELDS: [(u32, u32, &[&str]); 5] = [
        (0, 59, &[]),
        (0, 23, &[]),
        (1, 31, &[]),
        (1, 12, &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]),
        (0, 7, &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
    ];
    let written: Vec<&str> = text.split_ascii_whitespace().collect();
    written.len() == FIELDS.len()
        && written.iter().zip(FIELDS).all(|(field, (low, high, names))| {
            field.split(',').all(|part| is_part(part, &|value| within(value, low, high, names)))
        })
}

/// `*`, `N` or `N-M`, each with an optional `/STEP`.
fn is_part(part: &str, is_value: &dyn Fn(&str) -> bool) -> bool {
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (part, None),
    };
    let sound = match range.split_once('-') {
        Some((from, to)) => is_value(from) && is_value(to),
        None => range == "*" || is_value(range),
    };
    sound && step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0))
}

fn within(value: &str, low: u32, high: u32, names: &[&str]) -> bool {
    names.contains(&value.to_ascii_uppercase().as_str())
        || value.parse::<u32>().is_ok_and(|number| (low..=high).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_fields_in_their_bounds_are_a_schedule() {
        for text in ["0 2 * * 1-5", "*/15 * * * *", "0 0 1 JAN,JUL *", "30 2 * * SUN", "0 8-18/2 * * 1,3,5"] {
            assert!(is_schedule(text), "{text}");
        }
        for text in [
            "",
            "0 2 * *",
            "60 2 * * *",
            "0 24 * * *",
            "* * * * * *",
            "0 2 * * FOO",
            "*/0 * * * *",
            "a b c d e",
        ] {
            assert!(!is_schedule(text), "{text}");
        }
    }
}
