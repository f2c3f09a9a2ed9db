//! What every page does the same way: asking the store, acting through its door for staff, answering.

use askama::Template;
use domain::role::Action;
use store::{Page, Reads, Staff, StoreError};
use warp::http::StatusCode;

use crate::flash::Flash;

pub(crate) use crate::refusal::Refusal;
pub(crate) use crate::reply::Reply;
pub(crate) use crate::routes::Call;

/// A number in a path as the id it stands for.
pub(crate) trait PathId: Sized {
    /// Returns the id with this number, if there can be one.
    fn of(number: u64) -> Option<Self>;
}

macro_rules! path_ids {
    ($($id:ident),+) => {
        $(impl PathId for proto::ids::$id {
            fn of(number: u64) -> Option<Self> {
                Self::new(number)
            }
        })+
    };
}

path_ids!(
    AccountId,
    AnnouncementId,
    AppealId,
    BatchId,
    DeviceId,
    FilterId,
    HeldId,
    InviteId,
    PurgeId,
    ReportId,
    RoomId,
    SanctionId
);

impl PathId for store::MediaId {
    fn of(number: u64) -> Option<Self> {
        (number != 0).then_some(Self(number))
    }
}

impl Call {
    /// Runs queries on one moment of the database.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        queries: impl FnOnce(&Reads<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Refusal> {
        Ok(self.app.store.read(queries).await?)
    }

    /// Acts as whoever asks, in one transaction with the right, the audit event and the word to other processes.
    pub(crate) async fn act<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Staff<'_, '_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.act_from("/", act).await
    }

    /// Acts, and comes back to this path if a fresh proof of identity is wanted first.
    pub(crate) async fn act_from<T: Send + 'static>(
        &self,
        back: &str,
        act: impl FnOnce(&mut Staff<'_, '_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (actor, now) = (self.actor(), self.now);
        let done = self.app.store.run(move |tx| act(&mut tx.staff(&actor, now)?)).await;
        done.map_err(|error| match error {
            StoreError::StepUpNeeded => Refusal::StepUp(back.to_owned()),
            other => other.into(),
        })
    }

    pub(crate) fn may(&self, action: Action) -> bool {
        self.viewer.may(action)
    }

    /// Refuses what the role does not permit.
    pub(crate) fn must(&self, action: Action) -> Result<(), Refusal> {
        self.viewer.must(action)
    }

    /// Asks for password and code first, unless they were given a short while ago; then comes back to this path.
    pub(crate) fn stepped_up(&self, back: &str) -> Result<(), Refusal> {
        self.viewer.must_be_stepped_up(back)
    }
}

/// Answers with a page.
pub(crate) fn page(template: &impl Template) -> Result<Reply, Refusal> {
    Ok(Reply::page(template))
}

/// Answers with a form that has something wrong in it.
pub(crate) fn faulty(template: &impl Template) -> Result<Reply, Refusal> {
    Ok(Reply::page_as(StatusCode::UNPROCESSABLE_ENTITY, template))
}

/// Answers with a form that asks for more than the role permits.
pub(crate) fn forbidden(template: &impl Template) -> Result<Reply, Refusal> {
    Ok(Reply::page_as(StatusCode::FORBIDDEN, template))
}

/// Goes on to a page that says what was done.
pub(crate) fn done(path: &str, words: &str) -> Result<Reply, Refusal> {
    Ok(Reply::see_other(path, Flash::good(words)))
}

/// Goes on to a page that says what was done and offers to undo it.
pub(crate) fn done_with_undo(path: &str, words: &str, undo: &str) -> Result<Reply, Refusal> {
    Ok(Reply::see_other(path, Flash::good(words).with_undo(undo)))
}

/// Returns where the next page of a list begins.
pub(crate) fn next<T>(page: &Page<T>, place: impl Fn(&T) -> String) -> Option<String> {
    page.items.last().filter(|_| page.more).map(place)
}
