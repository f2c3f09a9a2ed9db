//! The first page: how the server is doing, at a glance.

use askama::Template;

use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::routes::Call;
use crate::shell::Shell;
use crate::time::grouped;

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    shell: Shell,
    accounts: String,
    audit_head: String,
}

/// Shows the page.
pub(crate) async fn show(call: Call) -> Result<Reply, Refusal> {
    let (accounts, head) =
        call.app.store.read(|reads| Ok((reads.account_count()?, reads.audit_head()?.0.0))).await?;
    let shell = call.shell;
    Ok(Reply::page(&Page { shell, accounts: grouped(accounts), audit_head: grouped(head) }))
}
