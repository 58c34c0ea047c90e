//! Secrets in the configuration of a connector: which settings hold one, and how a worker fills it in.

/// What the name of a setting has in it, as one of its words, if it holds a secret.
const WORDS: [&str; 9] =
    ["password", "secret", "token", "credentials", "passphrase", "apikey", "jaas", "ticket", "passwd"];

/// Tells whether a setting holds a secret, by its name: whoever may ask a worker is shown what stands there.
///
/// Settings that only say where a secret is (`ssl.truststore.location`) or how it is used are none.
#[must_use]
pub fn is_secret_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let words: Vec<&str> = key.split(['.', '-', '_']).collect();
    let names_one = words.iter().any(|word| WORDS.contains(word) || word.ends_with("password"));
    let is_key = key.ends_with("private.key") || key.ends_with("access.key") || key.ends_with("api.key");
    let says_how =
        matches!(words.last(), Some(&"type" | &"location" | &"class" | &"file" | &"url" | &"enabled"));
    (names_one || is_key) && !says_how
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
            "neo4j.authentication.kerberos.ticket",
        ] {
            assert!(is_secret_key(key), "{key}");
        }
        for key in
            ["topics", "key.converter", "ssl.truststore.location", "neo4j.cdc.topic.a.key-strategy", "file"]
        {
            assert!(!is_secret_key(key), "{key}");
        }
    }

    #[test]
    fn providers_are_found_in_the_middle_of_a_text() {
        assert_eq!(providers("${file:/secrets:a}"), ["file"]);
        assert_eq!(providers("user=\"${env:USER}\" password=\"${file:/s:p}\""), ["env", "file"]);
        assert_eq!(providers("plain ${not one"), Vec::<&str>::new());
    }
}
