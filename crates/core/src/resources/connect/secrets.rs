//! Which settings of a connector hold a secret, by their names, and how a worker fills one in.
//!
//! One rule for what is in Git and for what a worker tells, so that nothing passes at one boundary and is shown at the
//! other.

/// What the name of a setting has in it, as one of its words, if it holds a secret.
const WORDS: [&str; 14] = [
    "password",
    "pwd",
    "secret",
    "token",
    "credential",
    "credentials",
    "passphrase",
    "apikey",
    "privatekey",
    "secretkey",
    "jaas",
    "ticket",
    "passwd",
    "authorization",
];

/// What the name of a setting ends with if it holds a secret, separators made equal.
const ENDS: [&str; 13] = [
    "private.key",
    "access.key",
    "api.key",
    "account.key",
    "keystore.key",
    "customer.key",
    "sas.key",
    "shared.key",
    "encryption.key",
    "signing.key",
    "master.key",
    "secret.key",
    "user.info",
];

/// What such a name is as its last word, and means something else before others (`pass.through`).
const LAST: &str = "pass";

/// What the name of a setting ends with if it says how a secret is used, or where it is.
const SAYS_HOW: [&str; 17] = [
    "type",
    "location",
    "class",
    "file",
    "url",
    "uri",
    "path",
    "enabled",
    "source",
    "provider",
    "ms",
    "field",
    "fields",
    "property",
    "mode",
    "algorithm",
    "arn",
];

/// Names with such a word, of clients of Kafka and of AWS, that tell nobody how to log in; what stands before them is
/// free (`consumer.override.`, `source.cluster.`).
///
/// Source: `SaslConfigs` of Kafka 3.9 and 4.3, and the names of AWS's assumed roles.
const NO_SECRETS: [&str; 5] = [
    "sasl.kerberos.ticket.renew.jitter",
    "sasl.kerberos.ticket.renew.window.factor",
    "sasl.oauthbearer.client.credentials.client.id",
    "role.session.name",
    "role.external.id",
];

/// What stands before a name that somebody chose, and that says nothing of what the setting is.
const BEFORE_A_NAME: [&str; 3] = ["transforms.", "predicates.", "topic.creation."];

/// What stands before the name of a topic, which may have dots in it; no such setting holds a secret.
const BEFORE_A_TOPIC: [&str; 3] = ["neo4j.cdc.topic.", "neo4j.cypher.topic.", "neo4j.pattern.topic."];

/// Tells whether a setting holds a secret, by its name: whoever may ask a worker is shown what stands there.
///
/// Settings that only say where a secret is (`ssl.truststore.location`) or how it is used are none.
#[must_use]
pub fn is_secret_key(key: &str) -> bool {
    if BEFORE_A_TOPIC.iter().any(|prefix| key.starts_with(prefix)) {
        return false;
    }
    let named = BEFORE_A_NAME.iter().find_map(|prefix| key.strip_prefix(prefix));
    let key = in_words(named.map_or(key, |named| named.split_once('.').map_or("", |(_, below)| below)));
    let words: Vec<&str> = key.split('.').collect();
    let names_one = words.iter().any(|word| WORDS.contains(word) || word.ends_with("password"));
    let is_key = ENDS.iter().any(|end| key.ends_with(end));
    let last = words.last().copied().unwrap_or_default();
    let is_none = SAYS_HOW.contains(&last) || NO_SECRETS.iter().any(|end| key.ends_with(end));
    (names_one || is_key || last == LAST) && !is_none
}

/// Cuts a name into its words, however they are put together: `clientSecret`, `client-secret` and `CLIENT_SECRET` are
/// all `client.secret`.
fn in_words(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut words = String::with_capacity(name.len() + 8);
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(at + 1);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                let ends_capitals = before.is_uppercase() && after.is_some_and(|after| after.is_lowercase());
                before.is_lowercase() || before.is_ascii_digit() || ends_capitals
            });
        words.extend(begins.then_some('.'));
        words.push(if matches!(letter, '-' | '_') { '.' } else { letter.to_ascii_lowercase() });
    }
    words
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
            "camel.kamelet.aws-s3-source.secretKey",
            "camel.kamelet.slack-sink.accessToken",
            "oauth.clientSecret",
            "rsaPrivateKey",
            "APIKey",
            "HTTPSToken",
            "DB_PASSWORD",
            "http.headers.authorization",
            "db.pwd",
            "ftp.pass",
            "sftpPass",
            "encryption.key",
            "signing-key",
            "azure.sas.key",
            "sharedKey",
            "vault.secret.id",
        ] {
            assert!(is_secret_key(key), "{key}");
        }
    }

    #[test]
    fn settings_that_say_where_a_secret_is_or_how_it_is_used_hold_none() {
        for key in [
            "topics",
            "key.converter",
            "ssl.truststore.location",
            "neo4j.cdc.topic.a.key-strategy",
            "file",
            "basic.auth.credentials.source",
            "camel.kamelet.aws-s3-source.useDefaultCredentialsProvider",
            "aws.access.key.id",
            "transforms.dropToken.exclude",
            "transforms.maskPassword.fields",
            "neo4j.cypher.topic.password-resets",
            "neo4j.cdc.topic.access.token.patterns",
            "sasl.oauthbearer.token.endpoint.url",
            "tokenizer",
            "consumer.override.sasl.kerberos.ticket.renew.jitter",
            "source.cluster.sasl.kerberos.ticket.renew.window.factor",
            "sasl.oauthbearer.client.credentials.client.id",
            "oauth2.response.token.property",
            "oauth2.client.authorization.mode",
            "s3.credentials.provider.sts.role.arn",
            "pass.through.headers",
            "compass",
            "key",
        ] {
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
