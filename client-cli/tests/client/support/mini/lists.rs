//! What the small server answers to questions.

use proto::ids::{DeviceId, RoomId, Timestamp};
use proto::message::{
    Answer, Command, Content, Device, DevicePage, Entry, HistoryFrom, HistoryPage, MemberPage, Person, Role,
    RoomKind, RoomPage, SearchHit, SearchPage,
};
use proto::text::{List, Text};

use super::State;
use crate::support::{item, seq};

impl State {
    pub(super) fn list(&self, name: &str, command: &Command) -> Answer {
        match command {
            Command::ListMembers { room, .. } => {
                let members = &self.rooms[&room.get()].members;
                let is_online = |name: &String| self.online.values().any(|(online, _)| online == name);
                let people =
                    self.accounts.iter().filter(|(name, _)| members.contains(*name) || room.get() == 1);
                let people: Vec<_> = people
                    .map(|(name, account)| Person {
                        account: account.id,
                        name: Text::cut(name),
                        role: Role::Member,
                        online: is_online(name),
                    })
                    .collect();
                let online = people.iter().filter(|person| person.online).count();
                Answer::Members(MemberPage {
                    members: people.len().try_into().unwrap(),
                    online: online.try_into().unwrap(),
                    people: List::new(people).unwrap(),
                    more: false,
                })
            }
            Command::History { room, from, limit } => self.history(*room, *from, (*limit).into()),
            Command::Search { query, .. } => {
                let logs =
                    self.rooms.values().flat_map(|room| room.log.iter().map(|entry| (&room.name, entry)));
                let found = logs.filter(|(_, entry)| match &entry.content {
                    Content::Text { body: words, .. } | Content::File { caption: words, .. } => {
                        words.contains(&**query)
                    }
                    _ => false,
                });
                let hit = |(room, entry): (&String, &Entry)| SearchHit {
                    item: item(entry.clone()),
                    room_name: Text::cut(room),
                };
                let mut hits: Vec<_> = found.map(hit).collect();
                hits.reverse();
                Answer::Found(SearchPage { hits: List::new(hits).unwrap(), next: 0 })
            }
            Command::ListDevices => {
                let device = |device: DeviceId| Device {
                    device,
                    label: Text::cut("laptop"),
                    client: Text::cut("chat"),
                    added: Timestamp(1_700_000_000_000),
                    last_seen: Timestamp(1_700_000_000_000),
                    online: true,
                    current: true,
                };
                let devices = self.sealed.devices_of(name).into_iter().map(device).collect();
                Answer::Devices(DevicePage { devices: List::new(devices).unwrap() })
            }
            _ => {
                let open = self.rooms.iter().filter(|(_, room)| room.kind == RoomKind::Open);
                let rooms = open.map(|(&id, _)| self.summary(id, name)).collect();
                Answer::Rooms(RoomPage { rooms: List::new(rooms).unwrap(), more: false })
            }
        }
    }

    fn history(&self, room: RoomId, from: HistoryFrom, limit: usize) -> Answer {
        let log = &self.rooms[&room.get()].log;
        let (entries, more): (Vec<_>, bool) = match from {
            HistoryFrom::After(after) => {
                let all: Vec<_> = log.iter().filter(|entry| after < entry.seq).cloned().collect();
                (all.iter().take(limit).cloned().collect(), limit < all.len())
            }
            HistoryFrom::Latest | HistoryFrom::Before(_) => {
                let end = if let HistoryFrom::Before(seq) = from { seq } else { seq(u32::MAX.into()) };
                let all: Vec<_> = log.iter().filter(|entry| entry.seq < end).cloned().collect();
                (all[all.len().saturating_sub(limit)..].to_vec(), limit < all.len())
            }
        };
        let items = List::new(entries.into_iter().map(item).collect()).unwrap();
        Answer::History(HistoryPage { room, items, more })
    }
}
