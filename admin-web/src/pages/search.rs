//! Search from the bar on top: people, rooms, and anything with a number.

use askama::Template;
use domain::role::Action;
use store::{PeopleFilter, RoomFilter};

use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::Call;
use crate::shell::Shell;

#[derive(Template)]
#[template(path = "search.html")]
struct Page<'a> {
    shell: Shell,
    q: &'a str,
    found: Vec<Found>,
}

/// Something that fits.
struct Found {
    kind: &'static str,
    words: String,
    href: String,
}

const MOST: usize = 20;

/// Shows what fits.
pub(crate) async fn show(call: Call) -> Result<Reply, Refusal> {
    let (q, now) = (call.query.get("q").to_owned(), call.now);
    let may_see_people = call.viewer.may(Action::ViewUsers);
    let mut found = numbered(&q);
    if !q.is_empty() {
        let read = call.app.store.read(move |reads| {
            let name = q.trim_start_matches(['@', '#']).to_owned();
            let people = PeopleFilter { name: name.clone(), ..PeopleFilter::default() };
            let people =
                if may_see_people { reads.people(&people, None, MOST, now)?.items } else { Vec::new() };
            let rooms = reads.rooms_page(&RoomFilter { name, ..RoomFilter::default() }, "", MOST)?.items;
            Ok((people, rooms))
        });
        let (people, rooms) = read.await?;
        found.extend(people.iter().map(|person| Found {
            kind: "Person",
            words: person.name.to_string(),
            href: format!("/users/{}", person.id),
        }));
        found.extend(rooms.iter().map(|room| Found {
            kind: "Room",
            words: format!("#{}", &*room.row.name),
            href: format!("/rooms/{}", room.row.id),
        }));
    }
    Ok(Reply::page(&Page { q: call.query.get("q"), found, shell: call.shell.clone() }))
}

/// A number can be that of several things; the page of one that does not exist says so.
fn numbered(q: &str) -> Vec<Found> {
    let Ok(number) = q.trim_start_matches('#').parse::<u64>() else { return Vec::new() };
    [
        ("Report", "reports"),
        ("Measure", "bans"),
        ("Appeal", "appeals"),
        ("Person", "users"),
        ("Room", "rooms"),
    ]
    .map(|(kind, page)| Found { kind, words: format!("{kind} {number}"), href: format!("/{page}/{number}") })
    .into()
}
