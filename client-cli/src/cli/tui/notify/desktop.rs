//! Notices of the desktop, on a thread of their own: D-Bus may take its time, and must not hold the interface.

use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread;

use domain::text::term_safe;

use super::Words;

/// The way to the desktop; the first failure closes it.
#[derive(Debug)]
pub(super) struct Desktop {
    queue: Option<SyncSender<Words>>,
    failures: Option<Receiver<String>>,
    trouble: Option<String>,
}

/// Most notices that wait for the desktop. They come at most once a second: a full queue means that it hangs.
const QUEUE: usize = 4;

impl Desktop {
    /// Returns a way that leads nowhere.
    pub(super) fn none() -> Self {
        Self { queue: None, failures: None, trouble: None }
    }

    /// Starts the thread.
    #[cfg(feature = "desktop")]
    pub(super) fn start() -> Self {
        Self::with(system::Centre::default())
    }

    /// Says why there is nothing to start.
    #[cfg(not(feature = "desktop"))]
    pub(super) fn start() -> Self {
        let trouble = "this program was built without desktop notices (the feature `desktop`)";
        Self { trouble: Some(trouble.to_owned()), ..Self::none() }
    }

    pub(super) fn with(mut centre: impl Centre) -> Self {
        let (queue, waiting) = mpsc::sync_channel::<Words>(QUEUE);
        let (tell, failures) = mpsc::channel();
        let work = move || {
            while let Ok(words) = waiting.recv() {
                if let Err(why) = centre.show(&words) {
                    // Nobody listens any more when the interface has gone.
                    let _ = tell.send(why);
                    return;
                }
            }
        };
        match thread::Builder::new().name("desktop notices".to_owned()).spawn(work) {
            Ok(_) => Self { queue: Some(queue), failures: Some(failures), trouble: None },
            Err(error) => Self { trouble: Some(error.to_string()), ..Self::none() },
        }
    }

    /// Hands a notice over without waiting.
    pub(super) fn show(&mut self, words: &Words) {
        let Some(queue) = &self.queue else { return };
        match queue.try_send(words.clone()) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => self.close("the desktop takes no notices".to_owned()),
            // Its reason is read below.
            Err(TrySendError::Disconnected(_)) => self.queue = None,
        }
    }

    /// Returns what went wrong, once.
    pub(super) fn trouble(&mut self) -> Option<String> {
        if let Some(why) = self.failures.as_ref().and_then(|failures| failures.try_recv().ok()) {
            self.close(why);
        }
        let why = self.trouble.take()?;
        Some(format!("no more notices on the desktop: {}", term_safe(&why)))
    }

    fn close(&mut self, why: String) {
        (self.queue, self.failures) = (None, None);
        self.trouble = Some(why);
    }
}

/// What shows notices.
pub(super) trait Centre: Send + 'static {
    fn show(&mut self, words: &Words) -> Result<(), String>;
}

/// The desktop's own centre: D-Bus where there is one.
#[cfg(feature = "desktop")]
mod system {
    use notify_rust::Notification;

    use super::Words;

    #[derive(Debug, Default)]
    pub(super) struct Centre {
        #[cfg(all(unix, not(target_os = "macos")))]
        reads_markup: Option<bool>,
    }

    impl super::Centre for Centre {
        fn show(&mut self, words: &Words) -> Result<(), String> {
            let body = self.as_text(&words.body)?;
            let mut notification = Notification::new();
            notification.appname("chat").summary(&words.title).body(&body);
            notification.show().map(drop).map_err(|error| error.to_string())
        }
    }

    impl Centre {
        /// Where a body is read as markup, what somebody wrote must not be: it could hold links and pictures.
        #[cfg(all(unix, not(target_os = "macos")))]
        fn as_text(&mut self, body: &str) -> Result<String, String> {
            let reads_markup = match self.reads_markup {
                Some(known) => known,
                None => {
                    let able = notify_rust::get_capabilities().map_err(|error| error.to_string())?;
                    *self.reads_markup.insert(able.iter().any(|able| able == "body-markup"))
                }
            };
            Ok(if reads_markup { super::escaped(body) } else { body.to_owned() })
        }

        #[cfg(not(all(unix, not(target_os = "macos"))))]
        fn as_text(&mut self, body: &str) -> Result<String, String> {
            Ok(body.to_owned())
        }
    }
}

/// Returns text that markup shows as it is.
#[cfg(any(feature = "desktop", test))]
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_desktop_that_fails_is_said_once_and_asked_no_more() {
        let (asked, asks) = mpsc::channel();
        let mut desktop = Desktop::with(Fake(move || {
            asked.send(()).unwrap();
            Err("no \x1bbus".to_owned())
        }));
        desktop.show(&words());
        asks.recv_timeout(PATIENCE).unwrap();
        let told = trouble_of(&mut desktop);
        assert_eq!(told, "no more notices on the desktop: no ␛bus");
        desktop.show(&words());
        assert_eq!(desktop.trouble(), None);
        assert!(asks.try_recv().is_err());
    }

    #[test]
    fn a_desktop_that_hangs_holds_nobody_and_is_given_up() {
        let (answer, waits) = mpsc::channel::<()>();
        let mut desktop =
            Desktop::with(Fake(move || waits.recv().map_err(|_| "the end of the test".to_owned())));
        for _ in 0..QUEUE + 2 {
            desktop.show(&words());
        }
        assert_eq!(trouble_of(&mut desktop), "no more notices on the desktop: the desktop takes no notices");
        drop(answer);
    }

    #[test]
    fn what_somebody_wrote_is_no_markup() {
        let text = "<a href=\"x\">&amp;</a>";
        assert_eq!(escaped(text), "&lt;a href=\"x\"&gt;&amp;amp;&lt;/a&gt;");
    }

    struct Fake<F>(F);

    impl<F: FnMut() -> Result<(), String> + Send + 'static> Centre for Fake<F> {
        fn show(&mut self, _: &Words) -> Result<(), String> {
            self.0()
        }
    }

    /// The thread tells in its own time.
    fn trouble_of(desktop: &mut Desktop) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(told) = desktop.trouble() {
                return told;
            }
            assert!(Instant::now() < until, "nothing is told");
            thread::yield_now();
        }
    }

    fn words() -> Words {
        Words { title: "message from bob".to_owned(), body: String::new() }
    }

    const PATIENCE: Duration = Duration::from_secs(10);
}
