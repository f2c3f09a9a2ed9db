//! What is asked about members and keys of sealed rooms, and how the answers read.

use client_cli::sealed::server_reads;
use client_cli::{Client, RequestError};

use super::{Ask, Outcome, line, lines};
use crate::cli::lists::invited_words;
use crate::cli::verify;

impl Ask {
    /// Carries out what is about members and keys.
    pub(super) async fn answer_sealed(self, client: &Client) -> Result<Outcome, RequestError> {
        match self {
            Self::Approve { device, code } => {
                client.approve_device(device, &code).await?;
                Ok(line(format!("-- device {device} reads your sealed rooms from here on")))
            }
            Self::Invite { room, place, name } => {
                let invited = client.invite(room, &name).await?;
                Ok(line(format!("-- {}", invited_words(&invited, &place))))
            }
            Self::PutOut { room, place, name } => {
                client.put_out(room, &name).await?;
                Ok(line(format!("-- {name} reads nothing that is said in {place} after this")))
            }
            Self::Keys { room, place, kind } if kind.is_sealed() => {
                let keys = client.room_keys(room).await?;
                Ok(line(format!("-- {place}: {}", keys.words)))
            }
            Self::Keys { place, kind, .. } => Ok(line(format!("-- {place} is {}", server_reads(kind)))),
            Self::Verify { name, matches } => {
                let known = match matches {
                    true => client.verified(&name).await?,
                    false => client.identity_of(&name).await?,
                };
                let mut shown = vec![known.safety_number.clone()];
                shown.extend(verify::lines(&known, "/verify").into_iter().map(|line| format!("-- {line}")));
                Ok(lines(shown))
            }
            Self::ReportSealed { room, seqs, about, category, note } => {
                let report = client.report_sealed(room, seqs, 0, category, &note).await?;
                Ok(line(format!(
                    "-- the moderators have your report {report} of {about}, opened for them ({}). They see nothing else of this room.",
                    category.word()
                )))
            }
            _ => Ok(Outcome::default()),
        }
    }
}
