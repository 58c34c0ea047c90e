//! Logs every HTTP request, whoever sends it: method, path, status and time, never a body.

use crate::clock::Clock;
use http::{Method, Request, Response};
use kube::client::Body;
use std::fmt::Display;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tower::Service;

/// A client below which every request is logged.
pub(super) struct Logged<S>(pub(super) S);

type Answering<R, E> = Pin<Box<dyn Future<Output = Result<Response<R>, E>> + Send>>;

impl<S, R> Service<Request<Body>> for Logged<S>
where
    S: Service<Request<Body>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: Display,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Answering<R, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut sent = Sent::of(&request);
        let answering = self.0.call(request);
        Box::pin(async move {
            let answer = answering.await;
            sent.ended(match &answer {
                Ok(response) => End::Answered(response.status().as_u16()),
                Err(error) => End::Broken(error.to_string()),
            });
            answer
        })
    }
}

/// A request on its way; it is told when it is dropped, as nobody waits for an answer beyond a deadline.
struct Sent {
    method: Method,
    path: String,
    clock: Clock,
    end: End,
}

enum End {
    GivenUp,
    Answered(u16),
    Broken(String),
}

impl Sent {
    fn of(request: &Request<Body>) -> Self {
        let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
        Self { method: request.method().clone(), path, clock: Clock::start(), end: End::GivenUp }
    }

    fn ended(&mut self, end: End) {
        self.end = end;
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        let Self { method, path, clock, end } = self;
        let took = Duration::from_millis(u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX));
        match end {
            End::Answered(code) => tracing::debug!(%method, path, code, ?took, "answered"),
            End::GivenUp => tracing::debug!(%method, path, ?took, "not answered"),
            End::Broken(cause) => tracing::debug!(%method, path, cause, ?took, "broken"),
        }
    }
}
