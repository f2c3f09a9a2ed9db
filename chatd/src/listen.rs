//! The door: accepts connections, asks the gate, and gives each its task.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use domain::throttle::Knock;
use proto::handshake::RefusalReason;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, debug, debug_span, warn};

use crate::auth::{self, Entrance};
use crate::greet::{greet, turn_away};
use crate::hub::ConnId;
use crate::metrics::ConnectionResult;
use crate::session;
use crate::shared::Shared;
use crate::wire::Wire;

/// Accepts until `stop`.
pub(crate) async fn listen(
    listener: TcpListener,
    shared: Arc<Shared>,
    connections: TaskTracker,
    stop: CancellationToken,
) {
    let refusals = Arc::new(Semaphore::new(REFUSALS));
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, peer)) => knock(&shared, &connections, &refusals, (socket, peer)),
            // Out of descriptors and the like pass; a dead accept loop would not.
            Err(error) => {
                warn!(%error, "accept failed");
                time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn knock(
    shared: &Arc<Shared>,
    connections: &TaskTracker,
    refusals: &Arc<Semaphore>,
    (mut socket, peer): (TcpStream, SocketAddr),
) {
    let conn = shared.next_conn();
    let span = debug_span!("conn", conn.id = %conn, %peer);
    let (reason, result) = match shared.knock(peer.ip()) {
        Knock::Open => {
            let guest = Guest { shared: shared.clone(), address: peer.ip() };
            connections.spawn(serve(guest, conn, socket).instrument(span));
            return;
        }
        Knock::Full => (RefusalReason::Busy, ConnectionResult::Full),
        Knock::Crowded => (RefusalReason::Network, ConnectionResult::Crowded),
        Knock::Wait(_) => (RefusalReason::Network, ConnectionResult::TooFast),
    };
    shared.metrics.connection(result);
    span.in_scope(|| debug!(?reason, "turned away at the door"));
    // Beyond these a connection is closed without a word.
    let Ok(permit) = refusals.clone().try_acquire_owned() else { return };
    let kill = shared.kill.clone();
    connections.spawn(async move {
        let _permit = permit;
        kill.run_until_cancelled(turn_away(&mut socket, reason)).await;
    });
}

/// A connection from its first byte to its last.
async fn serve(guest: Guest, conn: ConnId, socket: TcpStream) {
    // Boxed: what greeting and login need is given back before the long quiet life of a session.
    let entering =
        Box::pin(guest.shared.kill.run_until_cancelled(enter(&guest.shared, guest.address, socket)));
    let Some((wire, entrance)) = entering.await.flatten() else { return };
    // Boxed as well: room for a session is made when there is one, and not for everybody who knocks.
    Box::pin(session::run(&guest.shared, conn, wire, entrance, guest.address)).await;
}

async fn enter(shared: &Arc<Shared>, address: IpAddr, mut socket: TcpStream) -> Option<(Wire, Entrance)> {
    // Frames are written whole; waiting to fill segments only adds latency.
    if let Err(error) = socket.set_nodelay(true) {
        debug!(%error, "the connection ended before it began");
        return None;
    }
    let (accepted, rest) = greet(shared, &mut socket, address).await?;
    let wire = Wire::new(socket, accepted.transport, rest);
    auth::admit(shared, wire, (accepted.opening, accepted.device_key), address).await
}

/// Somebody the gate has let in; it is told when they are gone.
struct Guest {
    shared: Arc<Shared>,
    address: IpAddr,
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.shared.leave(self.address);
    }
}

/// Pause after a failed accept.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Connections that may be in the middle of being told why there is no room.
const REFUSALS: usize = 256;
