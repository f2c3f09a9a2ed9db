//! The addresses behind the pseudonyms of somebody's networks: for owners, with a reason that is written down first.

use askama::Template;
use domain::audit::{Action as Act, Target as About};
use domain::network_tag::NetworkTag;
use proto::ids::AccountId;
use proto::limits;
use proto::text::Text;

use crate::filters;
use crate::pages::bans::one::required_reason;
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::shell::Shell;
use crate::view::When;

#[derive(Template)]
#[template(path = "networks.html")]
struct Shown {
    shell: Shell,
    id: u64,
    name: String,
    rows: Vec<Row>,
}

struct Row {
    tag: String,
    address: String,
    first: When,
    last: When,
}

/// `POST /users/ID/networks`
pub(crate) async fn reveal(call: Call, id: AccountId) -> Result<Reply, Refusal> {
    call.stepped_up(&format!("/users/{id}"))?;
    let reason: Text<{ limits::REASON }> = required_reason(&call)?;
    let (name, networks) =
        call.read(move |reads| Ok((reads.name_of(Some(id))?, reads.networks_of(id)?))).await?;
    let name = name.ok_or(Refusal::NotFound)?;
    call.act(move |staff| staff.log(Act::NetworkRevealed, About::Account(id), &reason)).await?;
    let rows = networks.iter().map(|network| Row {
        tag: NetworkTag(network.tag).to_string(),
        address: call
            .app
            .keys
            .open_network(id, &network.sealed)
            .map_or_else(|| "sealed with another key".to_owned(), |address| address.to_string()),
        first: When::new(network.first_at, call.now),
        last: When::new(network.last_at, call.now),
    });
    kit::page(&Shown { rows: rows.collect(), id: id.get(), name: name.to_string(), shell: call.shell })
}
