//! Signed checkpoints of the audit log, written apart from the database: a log whose end was cut off, or that was
//! written anew, no longer holds what they name.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::audit::ChainHash;
use domain::checkpoint::Checkpoint;
use store::{AuditCheck, AuditSeq};
use tokio::task::spawn_blocking;
use tokio::time::{self, Instant};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::shared::Shared;
use service::clock;

/// Follows the audit log until `over`: checks that it goes on from what was seen before, and signs where it has come to.
pub(crate) async fn run(shared: Arc<Shared>, file: Option<PathBuf>, over: CancellationToken) {
    let mut watch = Watch {
        shared,
        file,
        seen: (AuditSeq(0), ChainHash::START),
        signed: AuditSeq(0),
        due: Instant::now(),
    };
    loop {
        watch.look().await;
        if over.run_until_cancelled(time::sleep(LOOK_EVERY)).await.is_none() {
            // What happened since is signed before the server is gone.
            watch.due = Instant::now();
            return watch.look().await;
        }
    }
}

struct Watch {
    shared: Arc<Shared>,
    file: Option<PathBuf>,
    /// Up to where the chain was followed.
    seen: (AuditSeq, ChainHash),
    signed: AuditSeq,
    /// When the next checkpoint is due, however little happened.
    due: Instant,
}

impl Watch {
    async fn look(&mut self) {
        let (mut head, mut hash) = self.seen;
        loop {
            let followed = self.shared.store.read(move |reads| reads.verify_audit_from(head, hash, AT_ONCE));
            let more = match followed.await {
                Ok(AuditCheck::Holds { place, hash: last, more }) => {
                    (head, hash) = (place, last);
                    more
                }
                Ok(AuditCheck::Broken { place, fault }) => {
                    error!(audit.seq = place.0, %fault, "{BROKEN}");
                    return self.shared.metrics.audit_holds(false);
                }
                Err(error) => {
                    error!(%error, "{BROKEN}");
                    return self.shared.metrics.audit_holds(false);
                }
            };
            if !more {
                break;
            }
        }
        self.shared.metrics.audit_holds(true);
        self.seen = (head, hash);
        let grown = head.0.saturating_sub(self.signed.0);
        if grown == 0 || (grown < EVENTS && Instant::now() < self.due) {
            return;
        }
        let server = self.shared.settings().server_name.clone();
        let checkpoint = Checkpoint { server, events: head.0, head: hash, at: clock::now() };
        let line = self.shared.keys.audit.sign(&checkpoint);
        info!(audit.head = head.0, checkpoint = line, "audit log signed");
        if let Some(file) = self.file.clone() {
            let written = line.clone();
            match spawn_blocking(move || append(&file, &written)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return warn!(%error, "a checkpoint of the audit log cannot be written"),
                Err(error) => return warn!(%error, "a checkpoint of the audit log was not written"),
            }
        }
        self.shared.recorder.status("chatd.checkpoint", line);
        (self.signed, self.due) = (head, Instant::now() + SIGN_EVERY);
    }
}

fn append(file: &PathBuf, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(file)?;
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_data()
}

const BROKEN: &str = "the audit log does not hold; compare it with the checkpoints and the newest backup";
/// Events that are followed in one read.
const AT_ONCE: usize = 1_000;
const LOOK_EVERY: Duration = Duration::from_secs(5);
const SIGN_EVERY: Duration = Duration::from_secs(300);
/// Events after which a checkpoint does not wait for its time.
const EVENTS: u64 = 100;
