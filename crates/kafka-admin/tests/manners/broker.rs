//! A broker on loopback that does what real ones cannot be brought to do. It speaks by a codec that is not librdkafka's, and
//! is strict: a request that it does not offer is a mistake of the client's.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    ApiKey, ApiVersionsResponse, BrokerId, MetadataRequest, MetadataResponse, RequestKind, ResponseHeader,
    ResponseKind,
};
use kafka_protocol::protocol::{Encodable, StrBytes, decode_request_header_from_buffer};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What is done with a request.
pub(crate) enum Manner {
    Answer(Box<ResponseKind>),
    /// The connection is closed: the request has arrived, and nobody says what became of it.
    HangUp,
}

type Manners = Box<dyn Fn(&RequestKind) -> Manner + Send + Sync>;

/// The broker. Connections are served until the test process ends.
pub(crate) struct Broker {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    port: u16,
    offers: Vec<(ApiKey, i16)>,
    manners: Manners,
    seen: Mutex<Vec<RequestKind>>,
    connections: Mutex<Vec<TcpStream>>,
    left: AtomicBool,
}

impl Broker {
    /// Starts one that offers versions and metadata, and `offers` up to a version each. It has one topic, `known`.
    pub(crate) fn start(
        offers: &[(ApiKey, i16)],
        manners: impl Fn(&RequestKind) -> Manner + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // From version 9 on, librdkafka leaves bytes at the end of this request that real brokers overlook.
        let base = [(ApiKey::ApiVersions, 3), (ApiKey::Metadata, 8)];
        let offers = base.iter().chain(offers).copied().collect();
        let shared = Arc::new(Shared {
            port,
            offers,
            manners: Box::new(manners),
            seen: Mutex::default(),
            connections: Mutex::default(),
            left: AtomicBool::default(),
        });
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (shared, mut stream) = (Arc::clone(&served), stream.unwrap());
                shared.connections.lock().unwrap().push(stream.try_clone().unwrap());
                std::thread::spawn(move || while shared.serve(&mut stream).is_some() {});
            }
        });
        Self { port, shared }
    }

    pub(crate) fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends all connections, and every later one with its first request.
    pub(crate) fn leave(&self) {
        self.shared.left.store(true, Ordering::SeqCst);
        for connection in &*self.shared.connections.lock().unwrap() {
            drop(connection.shutdown(Shutdown::Both)); // the client may have been faster
        }
    }

    /// Serves again.
    pub(crate) fn come_back(&self) {
        self.shared.left.store(false, Ordering::SeqCst);
    }

    /// Returns how often somebody has connected so far.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.lock().unwrap().len()
    }

    /// Returns every request so far.
    pub(crate) fn seen(&self) -> Vec<RequestKind> {
        self.shared.seen.lock().unwrap().clone()
    }
}

impl Shared {
    /// Reads one request and does what the manners say; none is the end of the connection.
    fn serve(&self, stream: &mut TcpStream) -> Option<()> {
        let mut length = [0; 4];
        stream.read_exact(&mut length).ok()?;
        if self.left.load(Ordering::SeqCst) {
            drop(stream.shutdown(Shutdown::Both)); // its clone would keep it open
            return None;
        }
        let mut frame = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        stream.read_exact(&mut frame).ok()?;
        let mut frame = Bytes::from(frame);
        let header = decode_request_header_from_buffer(&mut frame).unwrap();
        let (key, version) = (ApiKey::try_from(header.request_api_key).unwrap(), header.request_api_version);
        let offered = self.offers.iter().any(|(offered, newest)| *offered == key && version <= *newest);
        assert!(offered, "{key:?} in version {version} is not offered");
        let request = RequestKind::decode(key, &mut frame, version).unwrap();
        assert!(frame.is_empty(), "{key:?} has more in it than it should");
        self.seen.lock().unwrap().push(request.clone());

        let answer = match &request {
            RequestKind::ApiVersions(_) => ResponseKind::ApiVersions(self.versions()),
            RequestKind::Metadata(request) => ResponseKind::Metadata(self.metadata(request)),
            other => match (self.manners)(other) {
                Manner::Answer(answer) => *answer,
                Manner::HangUp => {
                    drop(stream.shutdown(Shutdown::Both)); // as above
                    return None;
                }
            },
        };
        let mut body = BytesMut::new();
        let response = ResponseHeader::default().with_correlation_id(header.correlation_id);
        response.encode(&mut body, key.response_header_version(version)).unwrap();
        answer.encode(&mut body, version).unwrap();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        stream.write_all(&[&length, body.as_ref()].concat()).ok()
    }

    fn versions(&self) -> ApiVersionsResponse {
        let offer = |(key, newest): &(ApiKey, i16)| {
            ApiVersion::default().with_api_key(*key as i16).with_max_version(*newest)
        };
        ApiVersionsResponse::default().with_api_keys(self.offers.iter().map(offer).collect())
    }

    fn metadata(&self, request: &MetadataRequest) -> MetadataResponse {
        assert!(!request.allow_auto_topic_creation, "{request:?} would create topics");
        let names = request.topics.iter().flatten().filter_map(|topic| topic.name.clone());
        let topic = |name: kafka_protocol::messages::TopicName| {
            let partition = MetadataResponsePartition::default().with_leader_id(BrokerId(1));
            let found = MetadataResponseTopic::default().with_name(Some(name.clone()));
            if name.as_str() == "known" {
                found.with_partitions(vec![partition.with_replica_nodes(vec![BrokerId(1)])])
            } else {
                found.with_error_code(3)
            }
        };
        let broker = MetadataResponseBroker::default()
            .with_node_id(BrokerId(1))
            .with_host(StrBytes::from_static_str("127.0.0.1"))
            .with_port(i32::from(self.port));
        MetadataResponse::default()
            .with_brokers(vec![broker])
            .with_cluster_id(Some(StrBytes::from_static_str("strict")))
            .with_controller_id(BrokerId(1))
            .with_topics(names.map(topic).collect())
    }
}
