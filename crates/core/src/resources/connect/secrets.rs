//! Secrets in the configuration of a connector: which settings hold one, and how a worker fills it in.
//!
//! One rule for what is in Git and for what a worker tells, so that nothing passes at one boundary and is shown at the
//! other.

/// What the name of a setting has in it, as one of its words, if it holds a secret.
const WORDS: [&str; 11] = [
    "password",
    "secret",
    "token",
    "credential",
    "credentials",
    "passphrase",
    "apikey",
    "jaas",
    "ticket",
    "passwd",
    "authorization",
];

/// What the name of a setting ends with if it holds a secret, separators made equal.
const ENDS: [&str; 7] =
    ["private.key", "access.key", "api.key", "account.key", "keystore.key", "customer.key", "user.info"];

/// What the name of a setting ends with if it says how a secret is used, or where it is.
const SAYS_HOW: [&str; 13] = [
    "type", "location", "class", "file", "url", "uri", "path", "enabled", "source", "provider", "ms",
    "field", "fields",
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
    let says_how = words.last().is_some_and(|last| SAYS_HOW.contains(last));
    (names_one || is_key) && !says_how
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

/// Tells whether a secret, or a part of one, stands in the text of a setting: only what providers fill in does not.
///
/// Whatever a setting is called, an address may have a password in it.
#[must_use]
pub fn is_written_out(key: &str, text: &str) -> bool {
    // A switch is no secret, whatever it is called.
    if text.is_empty() || is_reference(text) || matches!(text, "true" | "false") {
        return false;
    }
    let lower = key.to_ascii_lowercase();
    if lower.ends_with("jaas.config") {
        return options(text).any(|(name, value)| is_secret_option(name) && !is_filled_in(value));
    }
    if lower.ends_with("user.info") {
        // NAME:PASSWORD
        return text.split_once(':').is_none_or(|(_, password)| !is_reference(password));
    }
    is_secret_key(key) || logs_in(text)
}

/// Tells whether a text is filled in as a whole.
fn is_reference(text: &str) -> bool {
    let inner = text.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| {
        !inner.contains(['{', '}']) && inner.split_once(':').is_some_and(|(name, _)| !name.is_empty())
    })
}

fn is_filled_in(text: &str) -> bool {
    text.is_empty() || is_reference(text)
}

fn is_secret_option(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    is_secret_key(name)
        || ["password", "passwd", "passphrase", "secret", "assertion"].iter().any(|word| lower.contains(word))
}

/// Tells whether an address has a password in it that no provider fills in: `https://user:password@host`,
/// `jdbc:postgresql://host/db?password=…`, `Endpoint=sb://host/;SharedAccessKey=…`.
pub(crate) fn logs_in(text: &str) -> bool {
    let address = without_references(text);
    let in_authority = address.split("://").skip(1).any(|rest| {
        let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
        let password = authority.rsplit_once('@').and_then(|(user, _host)| user.split_once(':'));
        password.is_some_and(|(_, password)| !password.is_empty())
    });
    // Oracle's driver: `jdbc:oracle:thin:user/password@host`.
    let before_host = || {
        let (user, _host) = address.strip_prefix("jdbc:oracle:")?.split_once('@')?;
        user.split_once('/').map(|(_, password)| !password.is_empty())
    };
    let parameters = || {
        let is_address = address.contains("://") || address.starts_with("jdbc:") || address.contains(';');
        let mut pairs = address.split(['?', '&', ';', '(', ')', ',']).filter_map(|pair| pair.split_once('='));
        is_address && pairs.any(|(name, value)| is_secret_parameter(name.trim()) && !value.trim().is_empty())
    };
    in_authority || before_host().unwrap_or_default() || parameters()
}

fn is_secret_parameter(name: &str) -> bool {
    const SHORT: [&str; 4] = ["pwd", "sig", "pass", "sas"];
    name.chars().all(is_word) && (is_secret_key(name) || SHORT.contains(&&*name.to_ascii_lowercase()))
}

/// Takes out what providers fill in.
fn without_references(text: &str) -> String {
    let mut parts = text.split("${");
    let mut rest = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((inner, after)) if inner.contains(':') => rest.push_str(after),
            Some(_) | None => rest.push_str(part),
        }
    }
    rest
}

/// Returns the options of a login module, as JAAS writes them: `name=value` or `name="value"`.
fn options(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices('=').filter_map(|(at, _)| {
        let name = text[..at].trim_end().rsplit(|letter: char| !is_word(letter)).next()?;
        let value = text[at + 1..].trim_start();
        let quoted = |quote| value.strip_prefix(quote).map(|rest| rest.split(quote).next().unwrap_or(rest));
        let plain = || value.split([' ', '\t', '\n', ';']).next().unwrap_or(value);
        (!name.is_empty()).then(|| (name, quoted('"').or_else(|| quoted('\'')).unwrap_or_else(plain)))
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
            "camel.kamelet.aws-s3-source.secretKey",
            "camel.kamelet.slack-sink.accessToken",
            "oauth.clientSecret",
            "rsaPrivateKey",
            "APIKey",
            "HTTPSToken",
            "DB_PASSWORD",
            "http.headers.authorization",
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
            "camel.kamelet.aws-s3-source.useDefaultCredentialsProvider",
            "aws.access.key.id",
            "transforms.dropToken.exclude",
            "transforms.maskPassword.fields",
            "neo4j.cypher.topic.password-resets",
            "neo4j.cdc.topic.access.token.patterns",
            "sasl.oauthbearer.token.endpoint.url",
            "tokenizer",
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
            ("sasl.jaas.config", &login("password='hunter2'"), true),
            ("sasl.jaas.config", &login("oauth.access.token=\"hunter2\""), true),
            ("sasl.jaas.config", &login("username=\"a\" password=\"\""), false),
            ("connection.url", "jdbc:postgresql://db/x?user=u&password=hunter2", true),
            ("connection.url", "jdbc:postgresql://db/x?user=u&password=${file:/s:p}", false),
            ("connection.url", "jdbc:postgresql://db/x?user=u&password=${file:/s:p}2", true),
            ("connection.url", "jdbc:sqlserver://db:1433;user=sa;password=hunter2", true),
            ("connection.url", "jdbc:oracle:thin:scott/hunter2@//db:1521/x", true),
            ("connection.url", "jdbc:oracle:thin:@//db:1521/x", false),
            ("connection.url", "https://user:hunter2@host/x", true),
            ("connection.url", "https://user:hun,ter2@host/x", true),
            ("connection.url", "https://user:${env:P}hunter2@host/x", true),
            ("connection.url", "https://user:${file:/secrets:p}@host/x", false),
            ("connection.url", "https://host:8443/x?ssl=true&user=a@b", false),
            ("connection.url", "${file:/s:url}", false),
            ("azure.endpoint", "Endpoint=sb://ns/;SharedAccessKeyName=a;SharedAccessKey=hunter2", true),
            ("azure.endpoint", "Endpoint=sb://ns/;SharedAccessKeyName=a;SharedAccessKey=${env:K}", false),
            (
                "neo4j.cypher.topic.users",
                "MERGE (u:User {id: event.id}) SET u.password=event.password",
                false,
            ),
            ("query", "SELECT a, b FROM t WHERE token=5", false),
            ("use.default.credentials", "true", false),
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
