//! Randomness of the operating system, for keys, nonces and names; core takes it as an argument.

use crate::secret::Secret;
use std::fmt::Write;

/// Returns 32 bytes that nobody can guess.
pub fn key() -> std::io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(bytes)
}

/// Returns 32 hexadecimal digits that no other process has.
pub fn name() -> std::io::Result<String> {
    let mut text = String::with_capacity(32);
    for byte in &key()?[..16] {
        let _infallible = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// Returns a secret of `length` characters of [A-Za-z0-9], each equally likely.
pub fn password(length: u32) -> std::io::Result<Secret> {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let length = length as usize;
    let mut text = zeroize::Zeroizing::new(Vec::with_capacity(length));
    while text.len() < length {
        let bytes = zeroize::Zeroizing::new(key()?);
        // 248 = 4 * 62: larger bytes would make the first letters likelier.
        let letters = bytes.iter().filter(|byte| **byte < 248).map(|byte| LETTERS[usize::from(byte % 62)]);
        let missing = length - text.len();
        text.extend(letters.take(missing));
    }
    Ok(Secret::new(text.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::password;

    #[test]
    fn a_password_has_its_length_and_only_letters_and_digits() {
        for length in [0, 1, 33, 200] {
            let secret = password(length).expect("randomness");
            assert_eq!(secret.expose().len(), length as usize);
            assert!(secret.expose().iter().all(u8::is_ascii_alphanumeric));
        }
        assert_ne!(password(32).expect("randomness").expose(), password(32).expect("randomness").expose());
    }
}
