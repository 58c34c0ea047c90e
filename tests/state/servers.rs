//! What is special to state in a cluster: against a real API server, and against ones that do not answer well.

use super::*;
use crate::support::plane::Plane;
use evenkeel_core::engine::question::{Trouble, Why};
use k8s_openapi::api::core::v1::Namespace;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use std::io::{Read, Write};
use std::net::TcpListener;

fn client_for(mut config: Config) -> Client {
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    config.default_retry = false;
    Client::try_from(config).expect("a client")
}

/// Returns a namespace of the shared control plane that is not there yet.
pub(super) async fn namespace() -> Location {
    let (config, namespace) = tokio::task::spawn_blocking(|| {
        let plane = Plane::shared();
        (Kubeconfig::read_from(plane.kubeconfig()).expect("a kubeconfig"), Plane::unused("state"))
    })
    .await
    .expect("a control plane");
    let config =
        Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await.expect("a config");
    Location::Cluster { client: client_for(config), namespace }
}

pub(super) async fn has_namespace(client: Client, name: &str) -> bool {
    Api::<Namespace>::all(client).get_opt(name).await.expect("reads").is_some()
}

/// Returns a store whose API server is whatever listens on this port.
fn served_by(port: u16) -> Store {
    let config = Config::new(format!("http://127.0.0.1:{port}").parse().expect("a URL"));
    let place = Location::Cluster { client: client_for(config), namespace: "evenkeel".to_owned() };
    open(place, &EnvironmentName::from("prod"), &limits(1), noon())
}

/// Answers every request with these bytes; without bytes it stays silent.
fn server(answer: Option<&'static str>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("has one").port();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            if let Some(answer) = answer {
                let _request = stream.read(&mut [0; 4096]);
                let _sent = stream.write_all(answer.as_bytes());
            } else {
                kept.push(stream);
            }
        }
    });
    port
}

async fn no_answer(port: u16) -> Why {
    let answer = create(&served_by(port), at(1, 0), b"batch").await;
    let StoreAnswer::NoAnswer(why) = answer else { panic!("{answer:?}") };
    why
}

#[tokio::test]
async fn a_server_that_is_not_there_gives_no_answer() {
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
    let why = no_answer(port).await;
    assert_eq!(why.trouble, Trouble::Unavailable);
    assert!(
        why.message.starts_with("create ConfigMap evenkeel/evenkeel-prod-journal-1-0: "),
        "{}",
        why.message
    );
}

#[tokio::test]
async fn a_silent_server_gives_no_answer_after_the_deadline() {
    assert_eq!(no_answer(server(None)).await.trouble, Trouble::TimedOut);
}

#[tokio::test]
async fn a_server_in_trouble_gives_no_answer() {
    for answer in [
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\nnot json!",
        "HTTP/1.1 201 Created\r\ncontent-length: 90\r\n\r\nhalf",
        "",
    ] {
        no_answer(server(Some(answer))).await;
    }
}

#[tokio::test]
async fn a_server_that_forbids_says_that_it_did_nothing() {
    let port = server(Some("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"));
    let answer = create(&served_by(port), at(1, 0), b"batch").await;
    assert!(matches!(&answer, StoreAnswer::Refused(why) if why.trouble == Trouble::Forbidden), "{answer:?}");
}

mod real {
    use super::*;
    use evenkeel_core::engine::ledger::Book;
    use k8s_openapi::api::coordination::v1::Lease;
    use k8s_openapi::api::core::v1::{ConfigMap, Secret};
    use kube::api::{DeleteParams, ListParams};
    use kube::core::NamespaceResourceScope;
    use kube::{Resource, ResourceExt};
    use serde::de::DeserializeOwned;

    /// A store in a namespace of its own, and what people see of it there.
    struct InCluster {
        store: Store,
        client: Client,
        namespace: String,
    }

    impl InCluster {
        async fn new() -> Self {
            let place = namespace().await;
            let store = store(&place, "prod");
            let Location::Cluster { client, namespace } = place else { panic!("no cluster") };
            Self { store, client, namespace }
        }

        fn api<K>(&self) -> Api<K>
        where
            K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
        {
            Api::namespaced(self.client.clone(), &self.namespace)
        }

        /// Returns the names of what carries this label.
        async fn labelled<K>(&self, label: &str) -> Vec<String>
        where
            K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
                + Clone
                + std::fmt::Debug
                + DeserializeOwned,
        {
            let found = self.api::<K>().list(&ListParams::default().labels(label)).await.expect("lists");
            found.iter().map(ResourceExt::name_any).collect()
        }

        /// Returns the names of the parts that its big values are cut into.
        async fn parts(&self) -> Vec<String> {
            let mut names = self.labelled::<ConfigMap>("evenkeel.dev/state-of=prod").await;
            names.retain(|name| name.contains(".part."));
            names
        }
    }

    #[tokio::test]
    #[ignore = "needs a control plane: make test-real"]
    async fn the_lock_is_a_lease_that_people_can_read() {
        let cluster = InCluster::new().await;
        let leases = cluster.api::<Lease>();
        let version = done(swap_lock(&cluster.store, None, head(7, Tenure::Held)).await);
        let spec = leases.get("evenkeel-prod").await.expect("is there").spec.expect("has one");
        assert_eq!(spec.lease_transitions, Some(7));
        assert_eq!(spec.holder_identity.as_deref(), Some("alice@laptop"));
        assert_eq!(spec.renew_time.expect("has one").0, later(0));
        done(swap_lock(&cluster.store, Some(&version), head(7, Tenure::Released)).await);
        let spec = leases.get("evenkeel-prod").await.expect("is there").spec.expect("has one");
        assert_eq!(spec.holder_identity.as_deref(), Some(""));
    }

    #[tokio::test]
    #[ignore = "needs a control plane: make test-real"]
    async fn parts_that_nothing_needs_any_more_are_deleted() {
        let cluster = InCluster::new().await;
        let store = &cluster.store;
        let version = done(write_shard(store, None, &noise(2 << 20)).await);
        create(store, at(1, 0), &noise(1 << 20)).await;
        assert_eq!(cluster.parts().await.len(), 5);
        let version = done(write_shard(store, Some(&version), &noise(1 << 20)).await);
        assert_eq!(cluster.parts().await.len(), 4);
        done(write_shard(store, Some(&version), b"small").await);
        store.handle(StoreRequest::Delete(vec![at(1, 0)])).await;
        assert_eq!(cluster.parts().await, Vec::<String>::new());
    }

    #[tokio::test]
    #[ignore = "needs a control plane: make test-real"]
    async fn a_part_that_somebody_deleted_is_reported_and_not_taken_for_absent() {
        let cluster = InCluster::new().await;
        create(&cluster.store, at(1, 0), &noise(1 << 20)).await;
        let part = cluster.parts().await.swap_remove(0);
        cluster.api::<ConfigMap>().delete(&part, &DeleteParams::default()).await.expect("deletes");
        let answer = cluster.store.handle(StoreRequest::ReadBatch(at(1, 0))).await;
        let StoreAnswer::Refused(why) = answer else { panic!("{answer:?}") };
        assert_eq!(why.trouble, Trouble::Garbled);
        assert!(why.message.ends_with(&format!("its part {part} is missing")), "{}", why.message);
        let answer = cluster.store.handle(StoreRequest::ReadAll).await;
        let StoreAnswer::All(snapshot) = answer else { panic!("{answer:?}") };
        let garbled = Book::read(&snapshot).expect_err("the batch is there, and of no use");
        assert!(garbled.to_string().contains("nothing of ours is in it"), "{garbled}");
    }

    #[tokio::test]
    #[ignore = "needs a control plane: make test-real"]
    async fn state_is_never_taken_for_a_managed_resource() {
        let cluster = InCluster::new().await;
        done(swap_lock(&cluster.store, None, head(1, Tenure::Held)).await);
        create(&cluster.store, at(1, 0), b"batch").await;
        cluster.store.key().await.expect("a key");
        let marker = "evenkeel.dev/environment";
        let none = Vec::<String>::new();
        assert_eq!(cluster.labelled::<ConfigMap>(marker).await, none);
        assert_eq!(cluster.labelled::<Secret>(marker).await, none);
        assert_eq!(cluster.labelled::<Lease>(marker).await, none);
    }
}
