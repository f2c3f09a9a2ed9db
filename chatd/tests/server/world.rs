//! A server on ports of its own with a database of its own, and the people on it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chatd::app::{self, Listeners};
use chatd::config::Config;
use chatd::settings::Settings;
use domain::name::AccountName;
use domain::password::{Hasher, Params};
use domain::throttle::Rate;
use domain::totp::{self, Secret20};
use domain::{recovery, token};
use keys::Keys;
use proto::ids::{AccountId, PublicKey, Timestamp};
use proto::keys::StaticKey;
use proto::message::{Login, Opening, Resume, Role, ServerMessage, Welcome};
use proto::text::{Secret, Text};
use store::{AccountSecrets, NewAccount, NewInvite, Store};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::client::Client;

/// A running server.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) chat: SocketAddr,
    pub(crate) metrics: SocketAddr,
    pub(crate) server_key: PublicKey,
    pub(crate) settings: watch::Sender<Settings>,
    pub(crate) stop: CancellationToken,
    pub(crate) serving: JoinHandle<anyhow::Result<()>>,
    pub(crate) keys: Keys,
    folder: TempDir,
}

/// Somebody with an account, and a device that can log in to it.
pub(crate) struct Somebody {
    pub(crate) account: AccountId,
    pub(crate) device: StaticKey,
    pub(crate) totp: Secret20,
    pub(crate) recovery_codes: Vec<String>,
    next_code: AtomicI64,
}

pub(crate) const PASSWORD: &str = "seven purple umbrellas";

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// Starts a server whose settings are open enough for tests from one address, then changed by `change`.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::start_in(TempDir::new().unwrap(), change).await
    }

    /// Stops the server and starts it again on what it left behind.
    pub(crate) async fn again(self) -> Self {
        self.again_after(|_| ()).await
    }

    /// The same with something that happens to the folder while nobody serves.
    pub(crate) async fn again_after(self, happens: impl FnOnce(&std::path::Path)) -> Self {
        self.stop.cancel();
        self.serving.await.unwrap().unwrap();
        happens(self.folder.path());
        Self::start_in(self.folder, |_| ()).await
    }

    async fn start_in(folder: TempDir, change: impl FnOnce(&mut Settings)) -> Self {
        let keys = Keys::create(&folder.path().join("keys")).unwrap();
        let store = Store::open(&folder.path().join("chat.db")).unwrap();
        let mut settings = Settings::of(&Config::default()).unwrap();
        settings.hashing = Params::MINIMUM;
        settings.gate.per_network = 10_000;
        settings.gate.per_range = 10_000;
        settings.gate.new = Rate::new(100_000, Duration::from_micros(1));
        settings.gate.overlooked = 10_000;
        settings.flood = Rate::new(100_000, Duration::from_micros(1));
        settings.blobs = folder.path().join("blobs");
        settings.files.reserve_bytes = 0;
        settings.checkpoints = Some(folder.path().join("checkpoints.log"));
        change(&mut settings);
        let (settings, followed) = watch::channel(settings);
        let chat = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let metrics = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stop = CancellationToken::new();
        let listeners = Listeners { chat, metrics };
        let (chat, metrics) = (listeners.chat.local_addr().unwrap(), listeners.metrics.local_addr().unwrap());
        let copy = Keys::load(&folder.path().join("keys")).unwrap();
        let serving = tokio::spawn(app::serve(listeners, store.clone(), copy, followed, stop.clone()));
        let server_key = keys.public();
        Self { store, chat, metrics, server_key, settings, stop, serving, keys, folder }
    }

    /// Makes an account and logs its device in behind the server's back, so that it can resume.
    pub(crate) async fn somebody(&self, name: &str, role: Role) -> Somebody {
        let somebody = self.newcomer(name, role).await;
        let login = store::Login {
            account: somebody.account,
            key: somebody.device.public(),
            label: Text::cut("laptop"),
            client: Text::cut("test"),
            factor: store::Factor::Recovery { digest: self.digest(&somebody, 9) },
            at: now(),
            login_until: now().plus_ms(3_600_000),
        };
        self.store.run(move |tx| tx.record_login(&login)).await.unwrap();
        somebody
    }

    /// Makes an account without any device.
    pub(crate) async fn newcomer(&self, name: &str, role: Role) -> Somebody {
        let hasher = Hasher::new(Params::MINIMUM, self.keys.pepper.clone());
        let new = NewAccount {
            name: AccountName::parse(name).unwrap(),
            role,
            password_hash: hasher.hash(PASSWORD).unwrap(),
            invite_digest: None,
            application: None,
            at: now(),
        };
        let (totp, codes) = (Secret20::generate(), recovery::generate());
        let (seal, pepper, secret) = (self.keys.seal.clone(), self.keys.pepper.clone(), totp.clone());
        let digested = codes.clone();
        let made = self.store.run(move |tx| {
            tx.create_account(&new, |account| AccountSecrets {
                totp_sealed: seal.seal("totp", account, secret.expose()),
                recovery_digests: digested
                    .iter()
                    .map(|code| recovery::digest(&pepper, account, code))
                    .collect(),
            })
        });
        Somebody {
            account: made.await.unwrap(),
            device: StaticKey::generate(),
            totp,
            recovery_codes: codes.iter().map(|code| code.to_string()).collect(),
            next_code: AtomicI64::new(-1),
        }
    }

    /// Returns a fresh invite's token.
    pub(crate) async fn invite(&self, role: Role) -> String {
        let token = token::generate();
        let new = NewInvite {
            digest: token::digest(&token),
            role,
            uses: 1,
            expires_at: now().plus_ms(3_600_000),
            by: None,
            at: now(),
        };
        self.store.run(move |tx| tx.create_invite(&new)).await.unwrap();
        token
    }

    /// Connects a device that has logged in before, and waits until it hears what happens.
    pub(crate) async fn online(&self, somebody: &Somebody) -> Client {
        let mut client = self.resume(&somebody.device).await;
        client.ready().await;
        client
    }

    /// Connects a device that has logged in before.
    pub(crate) async fn resume(&self, device: &StaticKey) -> Client {
        let opening = Opening::Resume(Resume { client: Text::cut("test 1") });
        self.connect(device, &opening).await
    }

    pub(crate) async fn connect(&self, device: &StaticKey, opening: &Opening) -> Client {
        Client::connect(self.chat, self.server_key, device, opening).await
    }

    /// Logs in; returns the first word of the server.
    pub(crate) async fn log_in(
        &self,
        device: &StaticKey,
        name: &str,
        password: &str,
        code: &str,
    ) -> ServerMessage {
        self.connect(device, &login(name, password, code)).await.first().await
    }

    /// Does something as the operator, in the way the dashboard would: by another connection to the database.
    pub(crate) async fn staff<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut store::Staff<'_, '_>) -> Result<T, store::StoreError> + Send + 'static,
    ) -> T {
        let other = Store::open(&self.folder().join("chat.db")).unwrap();
        let done = other.run(move |tx| act(&mut tx.staff(&store::Actor::OPERATOR, now())?)).await.unwrap();
        other.close();
        done
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    fn digest(&self, somebody: &Somebody, code: usize) -> [u8; 32] {
        recovery::digest(&self.keys.pepper, somebody.account, &somebody.recovery_codes[code])
    }
}

impl Somebody {
    /// Returns a code that was not used yet: up to three in one test.
    pub(crate) fn code(&self) -> String {
        let step = self.next_code.fetch_add(1, Ordering::Relaxed);
        assert!(step <= 1, "a test has three codes");
        let seconds = u64::try_from(now().0 / 1_000 + step * 30).unwrap();
        totp::code_at(&self.totp, seconds)
    }
}

pub(crate) fn login(name: &str, password: &str, code: &str) -> Opening {
    Opening::Login(Login {
        name: Text::cut(name),
        password: Secret::new(password).unwrap(),
        code: Secret::new(code).unwrap(),
        device_label: Text::cut("Ada's laptop"),
        client: Text::cut("test 1"),
    })
}

pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since.as_millis()).unwrap())
}

/// Returns the welcome, or fails with what came instead.
pub(crate) fn welcomed(first: ServerMessage) -> Welcome {
    match first {
        ServerMessage::Welcome(welcome) => welcome,
        other => panic!("not let in: {other:?}"),
    }
}
