//! A dashboard on ports of its own with a database of its own, and the people who log in.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};

use admin_web::app::{self, Listeners};
use admin_web::config::Config;
use domain::checkpoint::Checkpoint;
use domain::name::AccountName;
use domain::password::{Hasher, Params};
use domain::recovery;
use domain::totp::{self, Secret20};
use keys::Keys;
use proto::ids::{AccountId, Timestamp};
use proto::message::Role;
use service::clock;
use store::{AccountSecrets, NewAccount, Store};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::client::Browser;

/// A running dashboard.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) web: SocketAddr,
    pub(crate) metrics: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) serving: JoinHandle<anyhow::Result<()>>,
    pub(crate) keys: Keys,
    _folder: TempDir,
}

/// Somebody with an account.
pub(crate) struct Somebody {
    pub(crate) account: AccountId,
    pub(crate) name: &'static str,
    pub(crate) recovery_codes: Vec<String>,
    totp: Secret20,
    next_code: AtomicI64,
}

pub(crate) const PASSWORD: &str = "seven purple umbrellas";

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("keys");
        let keys = Keys::create(&path).unwrap();
        let store = Store::open(&folder.path().join("chat.db")).unwrap();
        let mut config = Config { data_dir: folder.path().to_owned(), drain_seconds: 5, ..Config::default() };
        (config.argon2.memory_kib, config.argon2.passes, config.argon2.lanes) = (19_456, 2, 1);
        change(&mut config);
        let web = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let metrics = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (web_at, metrics_at) = (web.local_addr().unwrap(), metrics.local_addr().unwrap());
        let stop = CancellationToken::new();
        let (copy, also, until) = (Keys::load(&path).unwrap(), store.clone(), stop.clone());
        let serving =
            tokio::spawn(
                async move { app::serve(Listeners { web, metrics }, also, copy, &config, until).await },
            );
        Self { store, web: web_at, metrics: metrics_at, stop, serving, keys, _folder: folder }
    }

    /// Makes an account.
    pub(crate) async fn somebody(&self, name: &'static str, role: Role) -> Somebody {
        let hasher = Hasher::new(Params::MINIMUM, self.keys.pepper.clone());
        let new = NewAccount {
            name: AccountName::parse(name).unwrap(),
            role,
            password_hash: hasher.hash(PASSWORD).unwrap(),
            invite_digest: None,
            application: None,
            at: clock::now(),
        };
        let (totp, codes) = (Secret20::generate(), recovery::generate());
        let (seal, pepper, secret) = (self.keys.seal.clone(), self.keys.pepper.clone(), totp.clone());
        let recovery_codes = codes.iter().map(|code| code.to_string()).collect();
        let made = self.store.run(move |tx| {
            tx.create_account(&new, |account| AccountSecrets {
                totp_sealed: seal.seal("totp", account, secret.expose()),
                recovery_digests: codes.iter().map(|code| recovery::digest(&pepper, account, code)).collect(),
            })
        });
        Somebody { account: made.await.unwrap(), name, recovery_codes, totp, next_code: AtomicI64::new(-1) }
    }

    /// Writes a signed checkpoint of the audit log beside the keys, as the daemon does.
    pub(crate) async fn write_checkpoint(&self) {
        let read = self.store.read(|reads| reads.audit_head().map(|(seq, head)| (seq.0, head)));
        let (events, head) = read.await.unwrap();
        let checkpoint = Checkpoint { server: "test".to_owned(), events, head, at: clock::now() };
        let line = self.keys.audit.sign(&checkpoint);
        let file = self.store.path().with_file_name("keys").join("audit-checkpoints.log");
        std::fs::write(file, format!("not ours\n{line}\n")).unwrap();
    }

    /// Returns a browser without cookies.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.web)
    }

    /// Returns a browser of somebody who has logged in.
    pub(crate) async fn logged_in(&self, somebody: &Somebody) -> Browser {
        let mut browser = self.browser();
        let answer = browser.log_in(somebody.name, PASSWORD, &somebody.code()).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        browser
    }
}

impl Somebody {
    /// Returns a code that was not used yet: of the step before, of this one, of the next one.
    pub(crate) fn code(&self) -> String {
        let step = self.next_code.fetch_add(1, Ordering::Relaxed);
        assert!(step <= 1, "there are three codes at a time");
        self.code_at(clock::now().plus_ms(step * 30_000))
    }

    pub(crate) fn code_at(&self, at: Timestamp) -> String {
        totp::code_at(&self.totp, clock::unix_seconds(at))
    }
}
