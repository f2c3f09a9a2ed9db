//! From a logged-in connection to a running client: the task around it, and the one that keeps sealed rooms.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::time;

use super::{CALLS, Client, EVENTS, Events, Follow, Options};
use crate::core::{Core, Settings};
use crate::driver::{Driver, View};
use crate::entrance::Session;
use crate::event::{ClientEvent, SealedKind, SealedNews};
use crate::sealed::{Engine, Handle, Kinds};

impl Session {
    /// Starts a task that keeps this session alive over cuts, and returns the handle on it and its events.
    #[must_use]
    pub fn start(self, options: Options) -> (Client, Events) {
        let identity = self.identity.clone();
        let Options { vault, follow, .. } = &options;
        let (vault, follow_all) = (vault.clone(), *follow == Follow::All);
        let (raw, raw_events) = self.start_raw(options);
        let Some(vault) = vault else { return (raw, raw_events) };
        let (calls, calls_in) = mpsc::channel(CALLS);
        let (events_out, events) = mpsc::channel(EVENTS);
        let (kinds, view) = (Arc::new(Kinds::default()), raw.view.clone());
        let keeps = (vault, follow_all);
        let wires = (calls_in, events_out);
        let engine = Engine::new(raw.clone(), raw_events, wires, Arc::clone(&kinds), identity, keeps);
        match engine {
            Ok(engine) => {
                let task = tokio::spawn(engine.run());
                let client = Client { sealed: Some(Handle { calls, kinds }), ..raw };
                (client, Events { events, view, over: false, first: None, task })
            }
            Err(failed) => {
                let (raw_events, words) = *failed;
                let text = format!("sealed rooms stay closed: {words}");
                let news = SealedNews { kind: SealedKind::Trouble, room: None, seq: None, text };
                (raw, Events { first: Some(ClientEvent::Sealed(news)), ..raw_events })
            }
        }
    }

    /// Starts without sealed rooms.
    fn start_raw(self, options: Options) -> (Client, Events) {
        let Self { identity, connection, welcome } = self;
        let (calls, calls_in) = mpsc::channel(CALLS);
        let (events_out, events) = mpsc::channel(EVENTS);
        let settings = Settings { follow_all: options.follow == Follow::All, catch_up: options.catch_up };
        let now = time::Instant::now().into_std();
        let core = Core::new(welcome, &settings, options.outbox.take_found(), now);
        let outbox = Arc::new(options.outbox);
        let (view_out, view) = watch::channel(View::of(&core));
        let driver = Driver {
            core,
            identity,
            connection: Some(connection),
            calls: calls_in,
            events: events_out,
            outbox: Arc::clone(&outbox),
            view: view_out,
            replies: Default::default(),
            dialing: None,
        };
        let task = tokio::spawn(driver.run());
        let client = Client { calls, view: view.clone(), outbox, patience: options.patience, sealed: None };
        (client, Events { events, view, over: false, first: None, task })
    }
}
