//! What a worker tells, as far as it may be kept and told on: the boundary at which secrets become digests.

use super::secrets::is_secret_key;
use crate::engine::fingerprint::DigestKey;
use crate::engine::value::{Map, Value};
use crate::resources::settings::is_masked;

/// What stands before a value that a worker refuses, and what stands behind it.
///
/// Source: the text of `ConfigException` in Kafka 3.9 and 4.3.
const REFUSED: (&str, &str) = ("Invalid value ", " for configuration ");

/// Replaces secrets that stand in a configuration by their digests: whoever made the connector by hand may have written
/// them out.
pub fn conceal(settings: &mut Map, key: &DigestKey) {
    for (name, value) in settings {
        let Some(text) = value.as_text() else { continue };
        if tells_a_secret(name, text) && !is_masked(value) {
            *value = Value::Opaque(key.digest(text.as_bytes()));
        }
    }
}

/// Tells whether somebody who reads a setting learns a secret by it: it is named like one and is more than a reference
/// that a worker's provider fills in, or it is an address with a password in it.
#[must_use]
pub fn tells_a_secret(name: &str, text: &str) -> bool {
    if name.to_ascii_lowercase().ends_with("jaas.config") {
        return quoted_after(text, "password=").any(|password| !is_reference(password));
    }
    (is_secret_key(name) && !text.is_empty() && !is_reference(text)) || logs_in(text)
}

/// Tells whether a text is one reference to a provider, and nothing else: `${file:/secrets:password}`.
fn is_reference(text: &str) -> bool {
    let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| inner.contains(':') && !inner.contains(['$', '{', '}']))
}

/// Returns the texts in quotes that follow a word; one without quotes counts up to the next blank.
fn quoted_after<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(word).map(move |(at, _)| {
        let rest = &text[at + word.len()..];
        match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => rest[1..].split(quote).next().unwrap_or_default(),
            _ => rest.split([' ', ';']).next().unwrap_or_default(),
        }
    })
}

/// Tells whether an address has a password in it that no provider fills in: `https://user:password@host`.
fn logs_in(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', '#', ',']).next().unwrap_or_default();
        let password = authority.rsplit_once('@').and_then(|(user, _host)| user.split_once(':'));
        password.is_some_and(|(_, password)| !password.is_empty() && !password.starts_with("${"))
    })
}

/// Takes out of a worker's words what its providers may have filled in: values that it refuses, and texts in quotes.
///
/// Words about a connector that nothing is filled in for are told as they are.
#[must_use]
pub fn discreet(words: &str, settings: &Map) -> String {
    let filled_in = |value: &Value| match value {
        Value::Text(text) => text.contains("${"),
        Value::Opaque(_) | Value::Secret(_) | Value::Output(_) => true,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => false,
    };
    if !settings.values().any(filled_in) {
        return words.to_owned();
    }
    let mut parts = words.split(REFUSED.0);
    let mut told = without_quotes(parts.next().unwrap_or_default());
    for part in parts {
        let rest = part.split_once(REFUSED.1).map_or("", |(_, rest)| rest);
        told.push_str(REFUSED.0);
        told.push('…');
        told.push_str(REFUSED.1);
        told.push_str(rest.split(':').next().unwrap_or_default());
    }
    told
}

/// Replaces what stands between double quotes, and behind one that nobody closes.
fn without_quotes(words: &str) -> String {
    let parts = words.split('"').enumerate();
    let told = parts.map(|(number, part)| if number % 2 == 0 { part } else { "…" });
    told.collect::<Vec<_>>().join("\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(json: &str) -> Map {
        serde_json::from_str(json).expect("reads")
    }

    #[test]
    fn a_password_that_somebody_wrote_out_is_a_digest_and_a_reference_stays() {
        let mut live = settings(
            r#"{"a.password": "hunter2", "b.password": "${file:/s:b}", "c.password": "********", "d.password": "",
                "url": "https://me:hunter2@host/x", "plain.url": "https://host:8080/a@b", "topic": "hunter2"}"#,
        );
        conceal(&mut live, &DigestKey::new([7; 32]));
        let concealed = |name: &str| matches!(live[name], Value::Opaque(_));
        let names: Vec<&str> = live.keys().map(String::as_str).filter(|name| concealed(name)).collect();
        assert_eq!(names, ["a.password", "url"]);
    }

    #[test]
    fn a_reference_beside_a_password_does_not_excuse_it() {
        let jaas = |password: &str| format!("Module required username=\"${{env:U}}\" password={password};");
        assert!(tells_a_secret("sasl.jaas.config", &jaas("\"hunter2\"")));
        assert!(tells_a_secret("producer.override.sasl.jaas.config", &jaas("hunter2")));
        assert!(!tells_a_secret("sasl.jaas.config", &jaas("\"${env:P}\"")));
        assert!(tells_a_secret("x.password", "${env:A}hunter2"));
    }

    #[test]
    fn what_a_provider_filled_in_is_not_repeated() {
        let filled_in = settings(r#"{"port": "${file:/secrets:port}"}"#);
        let told = |words| discreet(words, &filled_in);
        let refused = "Invalid value hunter2 for configuration port: Not a number";
        assert_eq!(told(refused), "Invalid value … for configuration port");
        let parsed = "java.lang.NumberFormatException: For input string: \"hunter2\"";
        assert_eq!(told(parsed), "java.lang.NumberFormatException: For input string: \"…\"");
        let plain = settings(r#"{"port": "x"}"#);
        assert_eq!(discreet(refused, &plain), refused);
    }
}
