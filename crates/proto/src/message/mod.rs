//! The messages: an opening inside the handshake, then commands one way, answers and events the other.

mod command;
mod event;
mod file;
mod log;
mod opening;
mod report;
mod sealed;
mod server;

pub use command::{ClientMessage, Command, HistoryFrom, ReactionChange};
pub use event::{Event, GoneWhy, Goodbye, GoodbyeReason, NoticeKind, PeopleChange};
pub use file::{FileCard, FileFacts, FileLock};
pub use log::{Content, Entry, HistoryItem, ReactionCount};
pub use opening::{Enrolment, Login, Opening, Register, Resume, Welcome};
pub use report::{HeldDecision, OwnReport, ReportCategory, ReportPage, ReportState, ReportWhat};
pub use sealed::{
    DeviceIdentity, DevicePackage, EvictWhy, IdentityCard, Opened, Stamp, WelcomeCard, WelcomePage,
};
pub use server::{
    Answer, Device, DevicePage, HistoryPage, MemberPage, Person, Role, RoomKind, RoomPage, RoomSummary,
    SearchHit, SearchPage, ServerMessage,
};
