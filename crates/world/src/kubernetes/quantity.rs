//! How the server spells quantities: it keeps the format and takes the largest suffix without a fraction.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>. Written apart from core's
//! spelling of the same, so that a mistake in one of them shows.

/// Quantities in billionths: the smallest part that the server keeps.
const UNIT: i128 = 1_000_000_000;
const MILLI: i128 = UNIT / 1000;

enum Format {
    Decimal,
    Exponent,
    Binary,
}

/// Returns the server's spelling; what is no quantity stays as it is.
pub(crate) fn spelt(text: &str, whole_thousandths: bool) -> String {
    let step = if whole_thousandths { MILLI } else { 1 };
    let Some((amount, format)) = read(text.trim()) else { return text.to_owned() };
    let rounded = (amount.abs() + step - 1) / step * step;
    let sign = if amount < 0 && rounded != 0 { "-" } else { "" };
    format!("{sign}{}", write(rounded, &format))
}

/// Tells whether a text is a quantity.
pub(crate) fn is_one(text: &str) -> bool {
    read(text.trim()).is_some()
}

/// Compares two amounts; nothing where one is no quantity.
pub(crate) fn less(one: &str, two: &str) -> Option<bool> {
    Some(read(one)?.0 < read(two)?.0)
}

fn read(text: &str) -> Option<(i128, Format)> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let (factor, power, format) = read_suffix(suffix)?;
    let power = 9 + power - i32::try_from(fraction.len()).ok()?;
    let ten = 10_i128.checked_pow(power.unsigned_abs())?;
    let scaled = digits.checked_mul(factor)?;
    let amount = if power < 0 { (scaled + ten - 1) / ten } else { scaled.checked_mul(ten)? };
    Some((if negative { -amount } else { amount }, format))
}

fn read_suffix(suffix: &str) -> Option<(i128, i32, Format)> {
    let binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().position(|known| *known == suffix);
    if let Some(at) = binary {
        return Some((1024_i128.pow(u32::try_from(at).ok()? + 1), 0, Format::Binary));
    }
    let decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"].iter().position(|known| *known == suffix);
    if let Some(at) = decimal {
        return Some((1, i32::try_from(at).ok()? * 3 - 9, Format::Decimal));
    }
    let power = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    Some((1, power, Format::Exponent))
}

fn write(amount: i128, format: &Format) -> String {
    if amount == 0 {
        return "0".to_owned();
    }
    match format {
        // Small or broken amounts are written in decimals, as nothing may be lost.
        Format::Binary if amount >= 1024 * UNIT && amount % UNIT == 0 => binary(amount / UNIT),
        Format::Binary | Format::Decimal => {
            let (mantissa, power) = decimal(amount);
            let suffix = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
            let at = usize::try_from(power / 3 + 3).unwrap_or(3).min(suffix.len() - 1);
            format!("{mantissa}{}", suffix[at])
        }
        Format::Exponent => match decimal(amount) {
            (mantissa, 0) => mantissa.to_string(),
            (mantissa, power) => format!("{mantissa}e{power}"),
        },
    }
}

fn binary(mut whole: i128) -> String {
    let mut suffix = "";
    for next in ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] {
        if whole % 1024 != 0 {
            break;
        }
        whole /= 1024;
        suffix = next;
    }
    format!("{whole}{suffix}")
}

/// Returns a mantissa and the largest power of a thousand that leaves no fraction.
fn decimal(mut amount: i128) -> (i128, i32) {
    let mut power = -9;
    while amount % 1000 == 0 && power < 18 {
        amount /= 1000;
        power += 3;
    }
    (amount, power)
}

#[cfg(test)]
mod tests {
    use super::spelt;

    #[test]
    fn quantities_are_spelt_as_the_server_spells_them() {
        for (given, stored) in [
            ("1000m", "1"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("1e3", "1e3"),
            ("1000", "1k"),
            ("0.0001", "1m"),
            ("0.5", "500m"),
            ("536870912", "536870912"),
            ("1000M", "1G"),
            ("512", "512"),
            ("0", "0"),
            ("100Ki", "100Ki"),
        ] {
            assert_eq!(spelt(given, true), stored, "{given}");
        }
    }
}
