//! How requests travel: kube's layers over connections that send at once; nothing is sent twice by itself.

use super::heard::{Listening, TurnedAway};
use super::log::Logged;
use http::uri::Scheme;
use hyper_util::client::legacy::Client as Wire;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::ConfigExt;
use kube::{Client, Config};
use tower::{BoxError, ServiceBuilder};
use tower_http::decompression::DecompressionLayer;

/// Returns a client of one server; nothing is sent yet.
///
/// Its connections do without Nagle's algorithm, which kube leaves on: the first request of each would wait 40 ms, until
/// the server acknowledges a handshake that it has nothing to answer to.
pub(super) fn client(config: Config) -> kube::Result<Client> {
    if config.proxy_url.is_some() {
        tracing::debug!("requests through a proxy are not logged");
        // kube names what is not built in.
        return Client::try_from(config);
    }
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(config.connect_timeout);
    let connector = Listening(config.rustls_https_connector_with_connector(tcp)?);
    let wire = Wire::builder(TokioExecutor::new()).build(connector);
    let is_tls = config.cluster_url.scheme() == Some(&Scheme::HTTPS);
    let told = move |error| match TurnedAway::of(&error, is_tls) {
        Some(turned_away) => BoxError::from(turned_away),
        None => BoxError::from(error),
    };
    let service = ServiceBuilder::new()
        .layer_fn(Logged)
        .layer(config.base_uri_layer())
        .layer(DecompressionLayer::new().gzip(!config.disable_compression))
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(told)
        .service(wire);
    Ok(Client::new(service, config.default_namespace))
}
