//! Accepting browsers: limits and deadlines on everything they can keep open, and an end that waits for nobody long.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request as HyperRequest;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use crate::answer::{self, Peer};
use crate::app::App;

/// What browsers may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    /// How long answers under way may take once the server stops.
    pub(crate) grace: Duration,
}

/// A head that is not whole by then ends the connection, and so does silence between requests.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long a TLS handshake may take.
const TLS_TIME: Duration = Duration::from_secs(5);
/// Headers in all, in bytes.
const HEAD_BYTES: usize = 32 << 10;
/// The same for HTTP/2.
const HEAD_BYTES_H2: u32 = 32 << 10;
/// Requests at once on one HTTP/2 connection.
const STREAMS: u32 = 64;
/// Out of descriptors and the like pass.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts until `stop`, then waits for answers under way, up to the grace.
pub(crate) async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    acceptor: Option<TlsAcceptor>,
    limits: Limits,
    stop: CancellationToken,
) {
    let (tasks, kill) = (TaskTracker::new(), CancellationToken::new());
    let places = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
    loop {
        // Stopping comes first; whoever finds no place waits in the system's queue.
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => accepted,
        };
        match accepted {
            Ok((socket, peer, place)) => {
                let (app, acceptor, stop) = (app.clone(), acceptor.clone(), stop.clone());
                let connection = async move {
                    app.metrics.connections.inc();
                    greet(socket, peer, &app, acceptor, stop).await;
                    app.metrics.connections.dec();
                    drop(place);
                };
                tasks.spawn(kill.clone().run_until_cancelled_owned(connection));
            }
            Err(error) => {
                warn!(%error, "accepting failed");
                time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    tasks.close();
    if time::timeout(limits.grace, tasks.wait()).await.is_err() {
        warn!(left = tasks.len(), "grace period over, cutting connections");
        kill.cancel();
        tasks.wait().await;
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (socket, peer) = listener.accept().await?;
    Ok((socket, peer, place))
}

async fn greet(
    socket: TcpStream,
    peer: SocketAddr,
    app: &Arc<App>,
    acceptor: Option<TlsAcceptor>,
    stop: CancellationToken,
) {
    // Pages are small and written whole; waiting for more to send only delays them.
    let _ = socket.set_nodelay(true);
    match acceptor {
        None => talk(socket, peer, app, stop).await,
        Some(acceptor) => match time::timeout(TLS_TIME, acceptor.accept(socket)).await {
            Ok(Ok(socket)) => talk(socket, peer, app, stop).await,
            Ok(Err(error)) => debug!(%error, "a TLS handshake failed"),
            Err(_) => debug!("a TLS handshake took too long"),
        },
    }
}

/// Serves one connection; once the server stops, it ends with the answer under way.
async fn talk<S>(socket: S, peer: SocketAddr, app: &Arc<App>, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let inner = TowerToHyperService::new(warp::service(answer::filter(app.clone())));
    let service = service_fn(move |mut request: HyperRequest<Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        inner.call(request)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEAD_BYTES_H2)
        .keep_alive_interval(Some(Duration::from_secs(20)))
        .keep_alive_timeout(Duration::from_secs(10));
    let connection = builder.serve_connection(TokioIo::new(socket), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection ended early");
    }
}
