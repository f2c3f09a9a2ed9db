//! Measures as a file for spreadsheets and other servers.

use askama::Template;
use domain::audit::{Action as Act, Target as About};
use domain::sanction::{self, Length, Target};
use proto::ids::Timestamp;
use store::{SanctionFilter, SanctionLine, Standing};

use crate::forms::cell;
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::shell::Shell;
use crate::view::Choice;

#[derive(Template)]
#[template(path = "bans_export.html")]
struct Export {
    shell: Shell,
    states: Vec<Choice>,
}

/// Measures that are read at a time.
const CHUNK: usize = 200;
const STATES: [(&str, &str); 2] = [("active", "Those that bind now"), ("", "All, also those that are over")];

/// `GET /bans/export`
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    call.stepped_up("/bans/export")?;
    kit::page(&Export { shell: call.shell.clone(), states: Choice::menu(&STATES, "active") })
}

/// `POST /bans/export`
pub(crate) async fn download(call: Call) -> Result<Reply, Refusal> {
    call.stepped_up("/bans/export")?;
    let now = call.now;
    let standing = (call.form.get("state") == "active").then_some(Standing::Stands(now));
    let filter = SanctionFilter { standing, ..SanctionFilter::default() };
    let mut file = String::from("target,kind,length,reason,note\r\n");
    let (mut before, mut count) = (None, 0_usize);
    loop {
        let filter = filter.clone();
        let found = call.read(move |reads| reads.sanctions(&filter, before, CHUNK)).await?;
        count += found.items.len();
        file.extend(found.items.iter().map(|line| written(line, now)));
        before = found.items.last().map(|line| line.row.id);
        if !found.more || before.is_none() {
            break;
        }
    }
    call.act(move |staff| staff.log(Act::SanctionsExported, About::Server, &format!("{count} measures")))
        .await?;
    Ok(Reply::download("bans.csv", "text/csv; charset=utf-8", file.into_bytes()))
}

/// Returns a measure as a line of the file. What is left of its time is its length.
fn written(line: &SanctionLine, now: Timestamp) -> String {
    let row = &line.row;
    let target = match row.target {
        Target::Account(_) => format!("@{}", line.name.as_deref().unwrap_or_default()),
        Target::Device(_, device) => format!("device #{device}"),
        Target::Network(range) => range.to_string(),
        Target::Lineage(invite) => format!("invite #{invite}"),
    };
    let length = Length::between(now.min(row.until.unwrap_or(now)), row.until).to_string();
    let cells = [target.as_str(), sanction::word(row.kind), &length, &row.reason, &row.note].map(cell);
    format!("{}\r\n", cells.join(","))
}
