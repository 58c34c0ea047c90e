//! Base64 as Go's decoder reads it (line breaks and loose last bits are let pass) and its encoder writes it.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Returns the bytes, or nothing if the text is no padded standard base64.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut letters = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect::<Vec<_>>();
    if letters.len() % 4 != 0 {
        return None;
    }
    let padding = letters.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    letters.truncate(letters.len() - padding);
    let mut bytes = Vec::with_capacity(letters.len() * 3 / 4);
    let (mut buffer, mut bits) = (0_u32, 0);
    for letter in letters {
        buffer = (buffer << 6) | u32::from(value(letter)?);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(((buffer >> bits) & 0xff).to_le_bytes()[0]);
        }
    }
    Some(bytes)
}

fn value(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a' + 26),
        b'0'..=b'9' => Some(letter - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Returns the padded standard base64 of the bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| (group << 8) | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[((group >> (18 - 6 * place)) & 63) as usize];
            text.push(if place > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_and_loose_bits_are_read_and_not_written() {
        for (written, stored) in [("aGVs\nbG8=", "aGVsbG8="), ("YR==", "YQ=="), ("", ""), ("YWI=", "YWI=")] {
            assert_eq!(decode(written).map(|bytes| encode(&bytes)).as_deref(), Some(stored), "{written}");
        }
        for text in ["YQ", "Y Q=", "a===", "hello"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
