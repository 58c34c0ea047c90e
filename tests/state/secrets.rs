//! Secrets on their way from their sources to the wire, with a canary that must appear nowhere else.

use super::*;
use evenkeel::secret::{Cluster, Keeper, Sources, Variables};
use evenkeel_core::engine::fingerprint::DigestKey;
use evenkeel_core::engine::question::{Answer, Fact, Trouble};
use evenkeel_core::engine::value::SecretSource;
use std::collections::BTreeMap;
use std::path::Path;

const CANARY: &str = "canary-7f3a";

fn sources(directory: &Path, clients: BTreeMap<&str, kube::Client>) -> Sources {
    let variables = Variables::of([("PASSWORD".into(), CANARY.into())]);
    let keeper =
        |client| -> Arc<dyn Keeper> { Arc::new(Cluster { client, deadline: Duration::from_secs(10) }) };
    let keepers = clients.into_iter().map(|(name, client)| (name.into(), keeper(client))).collect();
    Sources::new(Arc::new(variables), directory.to_owned(), keepers, Duration::from_secs(10))
}

#[tokio::test]
async fn a_file_is_read_to_its_last_byte() {
    let root = tempfile::tempdir().expect("a directory");
    std::fs::write(root.path().join("password"), format!("{CANARY}\n")).expect("writes");
    let sources = sources(root.path(), BTreeMap::new());
    let secret = sources.read(&SecretSource::FromFile("password".to_owned())).await.expect("reads");
    assert_eq!(secret.expose(), format!("{CANARY}\n").as_bytes());
    let why = sources.read(&SecretSource::FromFile("none".to_owned())).await.expect_err("is not there");
    assert_eq!(why.trouble, Trouble::NoSource);
}

#[tokio::test]
async fn planning_gets_a_digest_that_only_its_own_key_gives() {
    let sources = sources(Path::new("."), BTreeMap::new());
    let source = SecretSource::FromEnv("PASSWORD".to_owned());
    let (one, two) = (DigestKey::new([1; 32]), DigestKey::new([2; 32]));
    let answer = sources.digest(&source, &one).await;
    assert_eq!(answer, Answer::Fact(Fact::SecretDigest(one.digest(CANARY.as_bytes()))));
    assert_ne!(answer, sources.digest(&source, &two).await);
    assert!(!format!("{answer:?}").contains(CANARY));
}

mod real {
    use super::*;
    use crate::state::servers;
    use evenkeel_core::engine::id::ResourceId;
    use evenkeel_core::engine::value::{Map, SecretRef, Value};
    use k8s_openapi::api::core::v1::{Namespace, Secret};
    use kube::Api;
    use kube::api::{ObjectMeta, PostParams};

    /// Returns sources that read through a real API server, and an empty namespace in it.
    async fn cluster() -> (Sources, kube::Client, String) {
        let Location::Cluster { client, namespace } = servers::namespace().await else {
            panic!("no cluster")
        };
        let metadata = ObjectMeta { name: Some(namespace.clone()), ..ObjectMeta::default() };
        let new = Namespace { metadata, ..Namespace::default() };
        Api::all(client.clone()).create(&PostParams::default(), &new).await.expect("creates");
        (sources(Path::new("."), [("default", client.clone())].into()), client, namespace)
    }

    async fn create(client: &kube::Client, namespace: &str, name: &str, entries: &[(&str, &str)]) {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let data = entries.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
        let secret = Secret { metadata, string_data: Some(data), ..Secret::default() };
        let secrets = Api::<Secret>::namespaced(client.clone(), namespace);
        secrets.create(&PostParams::default(), &secret).await.expect("creates");
    }

    fn from_secret(namespace: &str, name: &str, key: &str) -> SecretSource {
        let [namespace, name, key] = [namespace, name, key].map(str::to_owned);
        SecretSource::FromSecret { connection: "default".to_owned(), namespace, name, key }
    }

    #[tokio::test]
    #[ignore = "needs a control plane: make test-real"]
    async fn a_key_of_a_secret_is_read_and_a_missing_one_is_named() {
        let (sources, client, namespace) = cluster().await;
        create(&client, &namespace, "auth", &[("password", CANARY)]).await;
        let secret = sources.read(&from_secret(&namespace, "auth", "password")).await.expect("reads");
        assert_eq!(secret.expose(), CANARY.as_bytes());
        for (name, key, message) in [
            ("auth", "user", format!("there is no key user of Secret {namespace}/auth")),
            ("none", "password", format!("there is no Secret {namespace}/none")),
        ] {
            let why = sources.read(&from_secret(&namespace, name, key)).await.expect_err("is not there");
            assert_eq!((why.trouble, why.message), (Trouble::NoSource, message));
        }
    }

    #[tokio::test]
    #[ignore = "needs a control plane: make test-real"]
    async fn what_was_generated_once_is_never_made_again() {
        let (sources, client, namespace) = cluster().await;
        let address = ResourceId::kubernetes("Secret", Some(&namespace), "generated");
        let generated =
            |length| Value::from(SecretRef { source: SecretSource::Generate { length }, digest: None });
        let data = Map::from([("old".to_owned(), generated(20)), ("new".to_owned(), generated(20))]);
        let config = Value::Map(Map::from([
            ("apiVersion".to_owned(), Value::from("v1")),
            ("kind".to_owned(), Value::from("Secret")),
            ("data".to_owned(), Value::Map(data)),
        ]));
        let first = sources.fill_in(&address, &config).await.expect("fills in");
        let second = sources.fill_in(&address, &config).await.expect("fills in");
        assert_ne!(first.expose()["data"]["old"], second.expose()["data"]["old"], "nothing is live yet");

        create(&client, &namespace, "generated", &[("old", CANARY)]).await;
        let third = sources.fill_in(&address, &config).await.expect("fills in");
        assert_eq!(third.expose()["data"]["old"], "Y2FuYXJ5LTdmM2E=");
        assert_eq!(third.expose()["data"]["new"].as_str().map(str::len), Some(28), "20 characters in base64");
    }
}
