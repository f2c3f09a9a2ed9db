//! What the audit log says about acts of the operator's command line.

use domain::audit::{Action, AuditEvent, Target};
use proto::text::Text;

use service::clock;

/// Returns an event without an actor among the accounts: whoever has the machine did it.
pub(crate) fn event(action: Action, target: Target, detail: &str) -> AuditEvent {
    AuditEvent { at: clock::now(), actor: None, action, target, detail: Text::cut(detail) }
}
