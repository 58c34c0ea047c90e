//! Secrets in the configuration of a connector: which settings hold one, and how a worker fills it in.

/// What the name of a setting has in it, as one of its words, if it holds a secret.
const WORDS: [&str; 9] =
    ["password", "secret", "token", "credentials", "passphrase", "apikey", "jaas", "ticket", "passwd"];

/// What the name of a setting ends with if it holds a secret, separators made equal.
const ENDS: [&str; 6] = ["private.key", "access.key", "api.key", "account.key", "keystore.key", "user.info"];

/// What the name of a setting ends with if it says how a secret is used, or where it is.
const SAYS_HOW: [&str; 7] = ["type", "location", "class", "file", "url", "enabled", "source"];

/// Tells whether a setting holds a secret, by its name: whoever may ask a worker is shown what stands there.
///
/// Settings that only say where a secret is (`ssl.truststore.location`) or how it is used are none.
#[must_use]
pub fn is_secret_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace(['-', '_'], ".");
    let words: Vec<&str> = key.split('.').collect();
    let names_one = words.iter().any(|word| WORDS.contains(word) || word.ends_with("password"));
    let is_key = ENDS.iter().any(|end| key.ends_with(end));
    let says_how = words.last().is_some_and(|last| SAYS_HOW.contains(last));
    (names_one || is_key) && !says_how
}

/// Tells whether a secret, or a part of one, stands in the text of a setting: only what providers fill in does not.
#[must_use]
pub fn is_written_out(key: &str, text: &str) -> bool {
    if text.is_empty() || !is_secret_key(key) || is_reference(text) {
        return false;
    }
    let key = key.to_ascii_lowercase();
    if key.ends_with("jaas.config") {
        return options(text).any(|(name, value)| is_secret_option(name) && !is_reference(value));
    }
    if key.ends_with("user.info") {
        // NAME:PASSWORD
        return text.split_once(':').is_none_or(|(_, password)| !is_reference(password));
    }
    true
}

/// Tells whether a text is filled in as a whole.
fn is_reference(text: &str) -> bool {
    let inner = text.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| {
        !inner.contains(['{', '}']) && inner.split_once(':').is_some_and(|(name, _)| !name.is_empty())
    })
}

fn is_secret_option(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "passphrase", "secret", "assertion"].iter().any(|word| name.contains(word))
}

/// Returns the options of a login module, as JAAS writes them: `name=value` or `name="value"`.
fn options(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices('=').filter_map(|(at, _)| {
        let name = text[..at].trim_end().rsplit(|letter: char| !is_word(letter)).next()?;
        let value = text[at + 1..].trim_start();
        let quoted = value.strip_prefix('"').map(|rest| rest.split('"').next().unwrap_or(rest));
        let plain = || value.split([' ', '\t', '\n', ';']).next().unwrap_or(value);
        (!name.is_empty()).then(|| (name, quoted.unwrap_or_else(plain)))
    })
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-')
}

/// Returns the names of the providers that a text is filled in by: `file` of `${file:/secrets:password}`.
#[must_use]
pub fn providers(text: &str) -> Vec<&str> {
    let references = text.match_indices("${").filter_map(|(at, _)| {
        let inner = text.get(at + 2..)?.split_once('}')?.0;
        Some(inner.split_once(':')?.0)
    });
    references.filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_hold_secrets_are_known_by_their_names() {
        for key in [
            "neo4j.authentication.basic.password",
            "connection.password",
            "sasl.jaas.config",
            "aws.secret.access.key",
            "neo4j.authentication.bearer.token",
            "ssl.keystore.password",
            "ssl.keystore.key",
            "neo4j.authentication.kerberos.ticket",
            "producer.override.ssl.keystore.key",
            "value.converter.basic.auth.user.info",
            "azure.blob.storage.account.key",
            "x_api_key",
            "private_key",
            "aws-secret-access-key",
        ] {
            assert!(is_secret_key(key), "{key}");
        }
        for key in [
            "topics",
            "key.converter",
            "ssl.truststore.location",
            "neo4j.cdc.topic.a.key-strategy",
            "file",
            "basic.auth.credentials.source",
        ] {
            assert!(!is_secret_key(key), "{key}");
        }
    }

    #[test]
    fn a_secret_is_filled_in_as_a_whole_or_it_is_written_out() {
        let login = |options: &str| format!("org.apache.kafka.PlainLoginModule required {options};");
        for (key, text, written_out) in [
            ("connection.password", "${file:/s:p}", false),
            ("connection.password", "", false),
            ("connection.password", "hunter2", true),
            ("connection.password", "hunter${file:/s:p}", true),
            ("connection.password", "${file:/s:p}${file:/s:q}", true),
            ("sasl.jaas.config", "${file:/s:jaas}", false),
            ("sasl.jaas.config", &login("username=\"${env:U}\" password=\"${file:/s:p}\""), false),
            ("sasl.jaas.config", &login("username=\"${env:U}\" password=\"hunter2\""), true),
            ("sasl.jaas.config", &login("username=app password = hunter2"), true),
            ("sasl.jaas.config", &login("clientId=\"app\" clientSecret=\"hunter2\""), true),
            ("sasl.jaas.config", &login("useKeyTab=true keyTab=\"/etc/app.keytab\""), false),
            ("basic.auth.user.info", "app:${file:/s:p}", false),
            ("basic.auth.user.info", "${file:/s:all}", false),
            ("basic.auth.user.info", "${env:U}:hunter2", true),
            ("topics", "orders", false),
        ] {
            assert_eq!(is_written_out(key, text), written_out, "{key}: {text}");
        }
    }

    #[test]
    fn providers_are_found_in_the_middle_of_a_text() {
        assert_eq!(providers("${file:/secrets:a}"), ["file"]);
        assert_eq!(providers("user=\"${env:USER}\" password=\"${file:/s:p}\""), ["env", "file"]);
        assert_eq!(providers("plain ${not one"), Vec::<&str>::new());
    }
}
