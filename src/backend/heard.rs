//! What a server says on a connection when nobody waits for it: with TLS 1.3 it refuses a certificate after the handshake.
//!
//! The connection is closed by then or about to be, and the request is told only that there is none, or that it broke.

use http::{Extensions, Uri, uri::Scheme};
use hyper_util::client::legacy::Error as WireError;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use rustls::{AlertDescription, Error as TlsError};
use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;
use tower::Service;

/// A connection that ends within this time, and without a byte of answer, ends because of who we are. One that ends
/// later may have been busy with a request.
const AT_ONCE: Duration = Duration::from_secs(1);

/// How a connection ended on which nothing was answered.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum TurnedAway {
    /// The server said why.
    #[error("{0}")]
    Refused(TlsError),
    /// The server said nothing.
    #[error("the connection was closed right after the TLS handshake")]
    Closed,
}

impl TurnedAway {
    /// Returns how an error came about: what was heard on its connection, or what it says itself.
    pub(super) fn of(error: &WireError, is_tls: bool) -> Option<Self> {
        let Some(connected) = error.connect_info() else {
            let refused = alert(error).filter(is_about_us).map(Self::Refused);
            // It was made, and could not even be used once.
            return refused.or_else(|| (is_tls && !error.is_connect()).then_some(Self::Closed));
        };
        let mut extras = Extensions::new();
        connected.get_extras(&mut extras);
        extras.remove::<Heard>()?.0.get().cloned()
    }
}

/// Returns the alert by which a server ended a connection. An error of reading skips what it is made of when it is asked
/// for its cause.
fn alert(mut error: &(dyn Error + 'static)) -> Option<TlsError> {
    loop {
        if let Some(alert @ TlsError::AlertReceived(_)) = error.downcast_ref() {
            return Some(alert.clone());
        }
        error = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(within) => within,
            None => error.source()?,
        };
    }
}

/// Tells whether an alert is about our certificate.
fn is_about_us(alert: &TlsError) -> bool {
    use AlertDescription::{
        AccessDenied, BadCertificate, CertificateExpired, CertificateRequired, CertificateRevoked,
        CertificateUnknown, NoCertificate, UnknownCA, UnsupportedCertificate,
    };
    matches!(
        alert,
        TlsError::AlertReceived(
            AccessDenied
                | BadCertificate
                | CertificateExpired
                | CertificateRequired
                | CertificateRevoked
                | CertificateUnknown
                | NoCertificate
                | UnknownCA
                | UnsupportedCertificate
        )
    )
}

/// How a connection ended, for whoever sent a request on it.
#[derive(Clone, Default)]
struct Heard(Arc<OnceLock<TurnedAway>>);

/// Makes connections that are listened to.
#[derive(Clone)]
pub(super) struct Listening<C>(pub(super) C);

/// The connection that [`Listening`] makes of one: what stands between hyper and tokio, twice.
type Listened<S> = TokioIo<Ear<TokioIo<S>>>;
type Making<S, E> = Pin<Box<dyn Future<Output = Result<Listened<S>, E>> + Send>>;

impl<C> Service<Uri> for Listening<C>
where
    C: Service<Uri>,
    C::Future: Send + 'static,
{
    type Response = Listened<C::Response>;
    type Error = C::Error;
    type Future = Making<C::Response, C::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let is_tls = server.scheme() == Some(&Scheme::HTTPS);
        let made = self.0.call(server);
        Box::pin(async move { made.await.map(|stream| TokioIo::new(Ear::on(TokioIo::new(stream), is_tls))) })
    }
}

/// A connection that keeps in mind how it ended before anything was answered on it.
pub(super) struct Ear<S> {
    stream: S,
    is_answered: bool,
    is_tls: bool,
    since: Instant,
    heard: Heard,
}

impl<S> Ear<S> {
    fn on(stream: S, is_tls: bool) -> Self {
        Self { stream, is_answered: false, is_tls, since: Instant::now(), heard: Heard::default() }
    }

    /// Keeps in mind how the connection ended; an error of ours comes before what the server does upon it.
    fn ended(&self, error: Option<&io::Error>) {
        if self.is_answered || !self.is_tls {
            return;
        }
        let end = match error.and_then(|error| alert(error)) {
            // A server that is in trouble itself says nothing about us.
            Some(alert) => is_about_us(&alert).then_some(TurnedAway::Refused(alert)),
            None => (self.since.elapsed() < AT_ONCE).then_some(TurnedAway::Closed),
        };
        if let Some(end) = end {
            let _kept_before = self.heard.0.set(end);
        }
    }
}

impl<S: AsyncRead + Unpin> Ear<S> {
    /// Reads what may have come, after a write failed: whoever closed the connection said why before.
    fn listen(&mut self, error: &io::Error, context: &mut Context<'_>) {
        let mut space = [0; 1024];
        let mut said = ReadBuf::new(&mut space);
        match Pin::new(&mut self.stream).poll_read(context, &mut said) {
            Poll::Ready(Ok(())) if !said.filled().is_empty() => {}
            Poll::Ready(Ok(())) | Poll::Pending => self.ended(Some(error)),
            Poll::Ready(Err(said)) => self.ended(Some(&said)),
        }
    }

    fn sent<T>(&mut self, sent: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if let Poll::Ready(Err(error)) = &sent {
            self.listen(error, context);
        }
        sent
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Ear<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, into));
        match &read {
            Ok(()) if into.filled().len() > before => self.is_answered = true,
            Ok(()) => self.ended(None),
            Err(error) => self.ended(Some(error)),
        }
        Poll::Ready(read)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Ear<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.sent(sent, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.sent(sent, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sent = Pin::new(&mut self.stream).poll_flush(context);
        self.sent(sent, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: Connection> Connection for Ear<S> {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(self.heard.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    /// A connection on which nothing can be sent any more, and what is still to be read on it.
    struct Shut(Option<AlertDescription>);

    impl AsyncRead for Shut {
        fn poll_read(
            self: Pin<&mut Self>,
            _context: &mut Context<'_>,
            _into: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let alert = |alert| io::Error::new(io::ErrorKind::InvalidData, TlsError::AlertReceived(alert));
            Poll::Ready(self.0.map_or(Ok(()), |told| Err(alert(told))))
        }
    }

    impl AsyncWrite for Shut {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// Sends a request on a connection, and returns how the connection is said to have ended.
    fn end_of(mut ear: Ear<Shut>) -> Option<String> {
        let sent = Pin::new(&mut ear).poll_write(&mut Context::from_waker(Waker::noop()), b"GET / HTTP/1.1");
        assert!(matches!(sent, Poll::Ready(Err(_))));
        ear.heard.0.get().map(ToString::to_string)
    }

    #[test]
    fn a_request_that_cannot_be_sent_any_more_hears_what_was_said_before() {
        let ear = Ear::on(Shut(Some(AlertDescription::CertificateRequired)), true);
        assert_eq!(end_of(ear).as_deref(), Some("received fatal alert: CertificateRequired"));
        let closed = "the connection was closed right after the TLS handshake";
        assert_eq!(end_of(Ear::on(Shut(None), true)).as_deref(), Some(closed));
    }

    #[test]
    fn an_alert_that_is_not_about_our_certificate_is_no_refusal_of_us() {
        for alert in [AlertDescription::InternalError, AlertDescription::DecryptError] {
            assert_eq!(end_of(Ear::on(Shut(Some(alert)), true)), None, "{alert:?}");
        }
    }

    #[test]
    fn nothing_is_made_of_a_connection_without_tls_or_with_answers_or_that_was_there_for_a_while() {
        assert_eq!(end_of(Ear::on(Shut(None), false)), None);
        assert_eq!(end_of(Ear { is_answered: true, ..Ear::on(Shut(None), true) }), None);
        let since = Instant::now().checked_sub(AT_ONCE).expect("it runs for a while");
        assert_eq!(end_of(Ear { since, ..Ear::on(Shut(None), true) }), None);
    }
}
