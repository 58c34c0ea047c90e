//! The canonical text of a quantity, as apimachinery's `Quantity` writes it.

/// The smallest part of a quantity, as a power of ten.
pub(super) const NANO: i32 = -9;
/// The smallest part of an entry of a resource list.
pub(super) const MILLI: i32 = -3;

const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: [(&str, u32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Suffix {
    Decimal(i32),
    Exponent(i32),
    Binary(u32),
}

/// Returns the canonical text, rounded up (away from zero) to the given power of ten; nothing if it is no quantity.
pub(super) fn canonical(text: &str, smallest: i32) -> Option<String> {
    let (negative, mantissa, scale, suffix) = read(text)?;
    let (mantissa, scale) = round_up(mantissa, scale, smallest)?;
    if mantissa == 0 {
        return Some("0".to_owned());
    }
    let amount = amount(mantissa, scale, suffix)?;
    Some(if negative { format!("-{amount}") } else { amount })
}

/// Returns an amount in thousandths, rounded up (away from zero); nothing if it is no quantity, or too large a one.
#[must_use]
pub fn thousandths(text: &str) -> Option<i128> {
    let (negative, mantissa, scale, _) = read(text)?;
    let (mantissa, scale) = round_up(mantissa, scale, MILLI)?;
    let amount = mantissa.checked_mul(10_i128.checked_pow(u32::try_from(scale - MILLI).ok()?)?)?;
    Some(if negative { -amount } else { amount })
}

/// Tells whether the text has the shape of a quantity: perhaps a sign, digits or points, a suffix.
pub(super) fn is_plausible(text: &str) -> bool {
    let text = text.trim();
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let suffix = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let exponent = suffix.trim_start_matches(|c: char| "eEinumkKMGTP".contains(c));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    suffix.len() < rest.len() && exponent.chars().all(|c| c.is_ascii_digit())
}

/// Reads sign, mantissa, power of ten and suffix.
fn read(text: &str) -> Option<(bool, i128, i32, Suffix)> {
    let (negative, digits, point, suffix) = parts(text.trim())?;
    let mantissa: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let (mantissa, scale) = match suffix {
        Suffix::Decimal(power) | Suffix::Exponent(power) => (mantissa, power - point),
        Suffix::Binary(shift) => (mantissa.checked_mul(1_i128 << shift)?, -point),
    };
    Some((negative, mantissa, scale, suffix))
}

/// Splits into sign, digits without their point, how many digits stood behind it, and suffix.
fn parts(text: &str) -> Option<(bool, String, i32, Suffix)> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0').to_owned();
    Some((negative, digits, i32::try_from(fraction.len()).ok()?, read_suffix(suffix)?))
}

fn read_suffix(suffix: &str) -> Option<Suffix> {
    if let Some((_, shift)) = BINARY.iter().find(|(name, _)| *name == suffix) {
        return Some(Suffix::Binary(*shift));
    }
    if let Some((_, power)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Some(Suffix::Decimal(*power));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    exponent.parse().ok().filter(|power: &i32| power.abs() <= 30).map(Suffix::Exponent)
}

fn round_up(mantissa: i128, scale: i32, smallest: i32) -> Option<(i128, i32)> {
    if scale >= smallest {
        return Some((mantissa, scale));
    }
    let divisor = 10_i128.checked_pow(u32::try_from(smallest - scale).ok()?)?;
    let rest = i128::from(mantissa % divisor != 0);
    Some((mantissa / divisor + rest, smallest))
}

fn amount(mantissa: i128, scale: i32, suffix: Suffix) -> Option<String> {
    if let Suffix::Binary(_) = suffix
        && let Some(whole) = whole(mantissa, scale)
        && whole >= 1024
    {
        return Some(binary(whole));
    }
    let (mut mantissa, mut power) = (mantissa, scale);
    while mantissa % 10 == 0 {
        (mantissa, power) = (mantissa / 10, power + 1);
    }
    while power.rem_euclid(3) != 0 {
        (mantissa, power) = (mantissa.checked_mul(10)?, power - 1);
    }
    if let Suffix::Exponent(_) = suffix {
        return Some(if power == 0 { mantissa.to_string() } else { format!("{mantissa}e{power}") });
    }
    while power > 18 {
        (mantissa, power) = (mantissa.checked_mul(1000)?, power - 3);
    }
    let (name, _) = DECIMAL.iter().find(|(_, known)| *known == power)?;
    Some(format!("{mantissa}{name}"))
}

fn whole(mantissa: i128, scale: i32) -> Option<i128> {
    let factor = 10_i128.checked_pow(scale.unsigned_abs())?;
    if scale >= 0 {
        return mantissa.checked_mul(factor);
    }
    (mantissa % factor == 0).then_some(mantissa / factor)
}

fn binary(mut whole: i128) -> String {
    let mut times = 0;
    while whole % 1024 == 0 && times < BINARY.len() {
        (whole, times) = (whole / 1024, times + 1);
    }
    let suffix = if times == 0 { "" } else { BINARY[times - 1].0 };
    format!("{whole}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_spelt_as_the_server_spells_them() {
        for (written, stored) in [
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1e3", "1e3"),
            ("1000", "1k"),
            ("512Mi", "512Mi"),
            ("536870912", "536870912"),
            ("1024Mi", "1Gi"),
            ("0.5Gi", "512Mi"),
            ("1.5Gi", "1536Mi"),
            ("+1", "1"),
            ("-1", "-1"),
            ("0", "0"),
            ("0Mi", "0"),
            ("100Ki", "100Ki"),
            ("0.5Ki", "512"),
            ("0.0001", "1m"),
            ("1.25", "1250m"),
            ("1E", "1E"),
            ("12e6", "12e6"),
            ("010", "10"),
        ] {
            assert_eq!(canonical(written, MILLI).as_deref(), Some(stored), "{written}");
        }
        assert_eq!(canonical("0.0001", NANO).as_deref(), Some("100u"));
    }

    #[test]
    fn what_is_no_quantity_is_left_to_the_server() {
        for text in ["", "one", "1Q", "1.2.3", "1 Gi"] {
            assert_eq!(canonical(text, NANO), None, "{text}");
        }
        for (text, plausible) in
            [("", false), ("one", false), ("+", false), ("1Mi", true), ("1e-3", true), ("1 Gi", false)]
        {
            assert_eq!(is_plausible(text), plausible, "{text}");
        }
    }
}
