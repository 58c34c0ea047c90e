//! Which texts of a connector's settings have a secret written out in them: as a whole, in an address, or as a key.

use super::secrets::is_secret_key;
use serde_json::Value as Json;

/// Tells whether a secret, or a part of one, stands in the text of a setting: only what providers fill in does not.
///
/// Whatever a setting is called, an address may have a password in it, and a text may be a key.
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
    is_secret_key(key) || has_key(text) || logs_in(text)
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
    in_authority || before_host().unwrap_or_default() || has_parameter(address.trim())
}

/// Tells whether a parameter of an address is a secret. In a query or a statement only the words that are addresses
/// themselves are looked at: `SET u.url = 'https://x/', u.token = event.token` hands on what it never sees.
fn has_parameter(text: &str) -> bool {
    let is_secret = |pair: &str| {
        let pair = pair.split_once('=');
        pair.is_some_and(|(name, value)| is_secret_parameter(name.trim()) && !value.trim().is_empty())
    };
    if text.starts_with("jdbc:") {
        return text.split(['?', '&', ';', '(', ')', ',']).any(is_secret);
    }
    if is_connection_string(text) {
        return text.split(['?', '&', ';']).any(is_secret);
    }
    let words = text.split(|letter: char| letter.is_whitespace() || matches!(letter, '\'' | '"'));
    words.filter(|word| word.contains("://")).any(|word| word.split(['?', '&', ';']).skip(1).any(is_secret))
}

/// Tells whether a text is names and values all through, as `Endpoint=…;SharedAccessKey=…` is.
fn is_connection_string(text: &str) -> bool {
    /// `User Id` has two; a statement has more before its first `=`.
    const WORDS_OF_A_NAME: usize = 3;
    let is_name = |name: &str| {
        let words = name.split_whitespace();
        name.chars().all(|letter| is_word(letter) || letter == ' ') && words.count() <= WORDS_OF_A_NAME
    };
    let mut pairs = text.split(';').map(str::trim).filter(|pair| !pair.is_empty());
    text.contains(';') && pairs.all(|pair| pair.split_once('=').is_some_and(|(name, _)| is_name(name)))
}

fn is_secret_parameter(name: &str) -> bool {
    const SHORT: [&str; 2] = ["sig", "sas"];
    name.chars().all(is_word) && (is_secret_key(name) || SHORT.contains(&&*name.to_ascii_lowercase()))
}

/// Tells whether a text is a key, or a document with one in it, whatever the setting is called: `keyfile` of
/// Google's sinks takes a whole service account.
fn has_key(text: &str) -> bool {
    let begins = |rest: &str| rest.split("-----").next().is_some_and(|what| what.ends_with("PRIVATE KEY"));
    let is_pem = text.split("-----BEGIN ").skip(1).any(begins);
    let document =
        || serde_json::from_str::<Json>(text.trim()).is_ok_and(|document| keeps_secrets(&document));
    is_pem || (text.trim_start().starts_with(['{', '[']) && document())
}

fn keeps_secrets(document: &Json) -> bool {
    match document {
        Json::Object(members) => members.iter().any(|(name, member)| match member {
            Json::String(text) => is_secret_key(name) && !is_filled_in(text),
            member => keeps_secrets(member),
        }),
        Json::Array(items) => items.iter().any(keeps_secrets),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE_ACCOUNT: &str = r#"{"type": "service_account", "private_key_id": "1",
        "private_key": "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"}"#;

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
    fn a_statement_hands_on_what_it_never_sees_and_a_document_may_have_a_key_in_it() {
        for (key, text, written_out) in [
            ("query", "MATCH (u) SET u.url = 'https://x/' + event.id, u.token = event.token", false),
            ("query", "MATCH (u) SET u.url='https://x/?token='+event.id,u.token=event.token", false),
            ("query", "MATCH (u) SET u.url = 'https://x/?token=' + event.id", false),
            ("query", "UPDATE users SET password = new.password; COMMIT", false),
            ("query", "LOAD CSV FROM 'https://x/y?sig=hunter2' AS row RETURN row", true),
            ("azure.endpoint", "Data Source=db; User Id=sa; Password=hunter2", true),
            ("connection.url", "jdbc:sqlserver://db;user=sa;password = hunter2", true),
            ("connection.url", "jdbc:mysql://(host=db,user=u,password=hunter2)/x", true),
            ("keyfile", SERVICE_ACCOUNT, true),
            ("anything", SERVICE_ACCOUNT, true),
            ("keyfile", r#"{"type": "external_account", "token_url": "https://sts/token"}"#, false),
            ("keyfile", r#"{"refresh_token": "hunter2"}"#, true),
            ("keyfile", r#"[{"inner": {"client_secret": "${file:/s:c}"}}]"#, false),
            ("keyfile", "/etc/keys/service-account.json", false),
            ("mapping", r#"{"properties": {"password": {"type": "keyword"}}}"#, false),
            ("ca", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", false),
            ("anything", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", true),
        ] {
            assert_eq!(is_written_out(key, text), written_out, "{key}: {text}");
        }
    }
}
