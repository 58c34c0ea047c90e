//! Base64 as Secrets and binary data use it: the standard alphabet with padding.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes bytes as text.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let packed =
            chunk.iter().enumerate().fold(0u32, |sum, (at, byte)| sum | (u32::from(*byte) << (16 - 8 * at)));
        for at in 0..4 {
            let index = (packed >> (18 - 6 * at)) & 63;
            text.push(if at <= chunk.len() { char::from(ALPHABET[index as usize]) } else { '=' });
        }
    }
    text
}

/// Reads text as bytes; line breaks are skipped, as Go does. Nothing where it is no base64.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let letters: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if !letters.len().is_multiple_of(4) {
        return None;
    }
    let padding = letters.iter().rev().take_while(|letter| **letter == b'=').count();
    let mut bytes = Vec::with_capacity(letters.len() / 4 * 3);
    let (mut packed, mut bits) = (0u32, 0);
    for letter in &letters[..letters.len() - padding] {
        let sextet = ALPHABET.iter().position(|known| known == letter)?;
        packed = (packed << 6) | u32::try_from(sextet).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((packed >> bits) & 0xff).ok()?);
        }
    }
    (padding <= 2).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["", "a", "ab", "abc", "geheim!"] {
            assert_eq!(decode(&encode(text.as_bytes())).as_deref(), Some(text.as_bytes()));
        }
        assert_eq!(encode(b"ab"), "YWI=");
        assert_eq!(decode("YW"), None);
    }
}
