//! What a worker tells, as far as it may be kept and told on: the boundary at which secrets become digests.

use super::written_out::is_written_out;
use crate::engine::fingerprint::DigestKey;
use crate::engine::value::{Map, Value};
use crate::resources::settings::is_masked;

/// Replaces secrets that stand in a configuration by their digests: whoever made the connector by hand may have written
/// them out.
pub fn conceal(settings: &mut Map, key: &DigestKey) {
    for (name, value) in settings {
        let Some(text) = value.as_text() else { continue };
        if is_written_out(name, text) && !is_masked(value) {
            *value = Value::Opaque(key.digest(text.as_bytes()));
        }
    }
}

/// Takes out of a worker's words what its providers may have filled in: they may stand anywhere in what a class or a
/// driver says, so only which exception it was is told, and which settings it names.
///
/// Words about a connector that nothing is filled in for are told as they are.
#[must_use]
pub fn discreet(words: &str, settings: &Map) -> String {
    if words.is_empty() || !settings.values().any(is_filled_in) {
        return words.to_owned();
    }
    let class = words.split(':').next().map(str::trim).filter(|class| is_exception(class));
    let named = words.split(|letter: char| !(letter.is_alphanumeric() || "._-".contains(letter)));
    let named = named.map(|word| word.trim_end_matches('.')).find(|word| settings.contains_key(*word));
    match (class, named) {
        (Some(class), Some(setting)) => format!("{class} about `{setting}`: {LEFT_OUT}"),
        (Some(class), None) => format!("{class}: {LEFT_OUT}"),
        (None, Some(setting)) => format!("something about `{setting}`: {LEFT_OUT}"),
        (None, None) => LEFT_OUT.to_owned(),
    }
}

/// What stands where a worker's words would.
const LEFT_OUT: &str = "its words are left out, as a secret may stand in them";

fn is_filled_in(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.contains("${"),
        Value::Opaque(_) | Value::Secret(_) | Value::Output(_) => true,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => false,
    }
}

/// Tells whether a word is the name of a Java class with its package, as exceptions begin with.
fn is_exception(word: &str) -> bool {
    let sound = |part: &str| {
        !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "_$".contains(letter))
    };
    let class = word.rsplit_once('.').map(|(_package, class)| class);
    class.is_some_and(|class| class.starts_with(|letter: char| letter.is_ascii_uppercase()))
        && word.split('.').all(sound)
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
                "url": "https://me:hunter2@host/x", "plain.url": "https://host:8080/a@b", "topic": "hunter2",
                "connection.url": "jdbc:postgresql://db/x?user=u&password=hunter2", "camel.secretKey": "hunter2",
                "sasl.jaas.config": "OAuthBearerLoginModule required clientId=\"x\" clientSecret=\"hunter2\";",
                "consumer.override.sasl.jaas.config": "PlainLoginModule required password = \"hunter2\";"}"#,
        );
        conceal(&mut live, &DigestKey::new([7; 32]));
        let concealed = |name: &str| matches!(live[name], Value::Opaque(_));
        let names: Vec<&str> = live.keys().map(String::as_str).filter(|name| concealed(name)).collect();
        assert_eq!(
            names,
            [
                "a.password",
                "camel.secretKey",
                "connection.url",
                "consumer.override.sasl.jaas.config",
                "sasl.jaas.config",
                "url"
            ]
        );
    }

    #[test]
    fn what_a_provider_filled_in_is_not_repeated_wherever_it_stands() {
        let filled_in = settings(r#"{"port": "${file:/secrets:port}", "file": "x"}"#);
        for (said, told) in [
            (
                "org.apache.kafka.common.config.ConfigException: Invalid value hunter2 for configuration port: No.",
                "org.apache.kafka.common.config.ConfigException about `port`: ",
            ),
            (
                "java.sql.SQLException: No suitable driver found for jdbc:postgresql://db/x?password=hunter2",
                "java.sql.SQLException: ",
            ),
            (
                "java.lang.NumberFormatException: For input string: \"hunter2\"",
                "java.lang.NumberFormatException: ",
            ),
            ("Invalid value hunter2 for configuration port", "something about `port`: "),
            ("hunter2: hunter2.Hunter2 is wrong", ""),
        ] {
            assert_eq!(discreet(said, &filled_in), format!("{told}{LEFT_OUT}"), "{said}");
        }
        let plain = settings(r#"{"port": "x"}"#);
        let refused = "Invalid value y for configuration port";
        assert_eq!(discreet(refused, &plain), refused);
        assert_eq!(discreet("", &filled_in), "");
    }
}
