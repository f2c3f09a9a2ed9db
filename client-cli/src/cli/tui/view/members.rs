//! Who is in the room: who is there first, with their roles.

use domain::text::term_safe;
use proto::message::{Person, Role};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Borders, Widget};

use super::{can_be_clicked, pane};
use crate::cli::json::role_name;
use crate::cli::tui::app::{App, Click, Spot};
use crate::cli::tui::wrap::cut;

pub(super) fn draw(app: &App, area: Rect, buffer: &mut Buffer, spots: &mut Vec<Spot>) {
    let Some(room) = app.current() else {
        pane("Members", Borders::TOP | Borders::LEFT, area, app, buffer);
        return;
    };
    let title = format!("Members {}/{}", room.online, room.members);
    let inside = pane(&title, Borders::TOP | Borders::LEFT, area, app, buffer);
    let mut people: Vec<&Person> = room.people.values().collect();
    people.sort_by_key(|person| {
        (!person.online, std::cmp::Reverse(rank(person.role)), person.name.to_lowercase())
    });
    let count = people.len();
    let fits = usize::from(inside.height);
    for (place, y) in (inside.y..inside.bottom()).enumerate() {
        let line = Rect { y, height: 1, ..inside };
        if place + 1 == fits && fits < count {
            let rest = format!(" and {} more: /members", count - place);
            Line::styled(cut(&rest, usize::from(line.width)), app.theme.faint).render(line, buffer);
            break;
        }
        let Some(person) = people.get(place) else { break };
        let (mark, style) = if person.online { ("+", app.theme.good) } else { ("-", app.theme.faint) };
        let ignored = app.is_ignored(person.account);
        let role = match (ignored, person.role) {
            (true, _) => " (ignored)".to_owned(),
            (false, Role::Member) => String::new(),
            (false, role) => format!(" ({})", role_name(role)),
        };
        let name = term_safe(&person.name);
        let name = cut(&name, usize::from(line.width).saturating_sub(2 + role.len()).max(4));
        let name_style = if person.online { app.theme.name(person.account.get()) } else { app.theme.faint };
        Line::from(vec![
            Span::styled(format!("{mark} "), style),
            Span::styled(name, name_style),
            Span::styled(role, app.theme.faint),
        ])
        .render(line, buffer);
        can_be_clicked(spots, line, Click::Person(person.name.to_string()));
    }
}

fn rank(role: Role) -> u8 {
    match role {
        Role::Owner => 5,
        Role::Admin => 4,
        Role::Moderator => 3,
        Role::Auditor => 2,
        Role::Member => 1,
        Role::Bot => 0,
    }
}
