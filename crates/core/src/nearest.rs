//! The nearest valid name for a mistyped one.

/// Returns the candidate that was probably meant, if any is near enough to be worth saying.
///
/// Near is: equal but for case, the beginning of it, or at most a third of its letters wrong.
#[must_use]
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (typed.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter_map(|candidate| Some((closeness(typed, candidate, limit)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

fn closeness(typed: &str, candidate: &str, limit: usize) -> Option<usize> {
    let (one, two) = (typed.to_lowercase(), candidate.to_lowercase());
    if one == two {
        return Some(0);
    }
    if one.len() >= 3 && (two.starts_with(&one) || (two.len() >= 3 && one.starts_with(&two))) {
        return Some(1);
    }
    let distance = distance(&one, &two, limit)?;
    (distance <= limit && distance < one.chars().count()).then_some(distance + 1)
}

/// Counts insertions, deletions, replacements and swaps of neighbours; gives up early where the lengths alone exceed
/// the limit.
fn distance(one: &str, two: &str, limit: usize) -> Option<usize> {
    let (one, two): (Vec<char>, Vec<char>) = (one.chars().collect(), two.chars().collect());
    if one.len().abs_diff(two.len()) > limit {
        return None;
    }
    let mut rows = vec![(0..=two.len()).collect::<Vec<_>>()];
    for (row, left) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, right) in two.iter().enumerate() {
            let replaced = rows[row][column] + usize::from(left != right);
            let mut best = replaced.min(rows[row][column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *left == two[column - 1] && one[row - 1] == *right {
                best = best.min(rows[row - 1][column - 1] + 1);
            }
            current.push(best);
        }
        rows.push(current);
    }
    rows.last()?.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        for (typed, expected) in [
            ("limts", Some("limits")),
            ("replica", Some("replicationFactor")),
            ("Extends", Some("extends")),
            ("exetnds", Some("extends")),
            ("zebra", None),
            ("x", None),
        ] {
            let names = ["extends", "limits", "replicationFactor", "state"];
            assert_eq!(nearest(typed, names), expected, "{typed}");
        }
    }
}
