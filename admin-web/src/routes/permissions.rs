//! Every row of the table against every role: who may gets an answer, who may not gets "not permitted".

use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;
use domain::name::AccountName;
use domain::role::{self, ROLES};
use keys::Keys;
use proto::ids::AccountId;
use proto::message::Role;
use service::clock;
use store::{AccountSecrets, NewAccount, Store};
use tokio_util::sync::CancellationToken;
use warp::http::HeaderMap;

use super::*;
use crate::config::Config;
use crate::sessions;
use crate::token::Token;

#[tokio::test]
async fn each_row_answers_those_whose_role_permits_it_and_refuses_all_others() {
    let folder = tempfile::tempdir().unwrap();
    let app = app(folder.path());
    let mut refused = 0;
    for role in ROLES {
        for row in ROUTES {
            let action = match row.need {
                May(action) | Sudo(action) => action,
                Open | Login => continue,
            };
            // Each try has a login of its own: some rows change what a session may.
            let token = log_in(&app, role).await;
            let result = ask(&app, row, &token).await;
            let name = format!("{} {} as {role:?}: {result:?}", row.method, row.path);
            if !role::permits(role, Action::ViewDashboard) {
                assert!(matches!(result, Err(Refusal::LoggedOut(_))), "{name}");
            } else if role::permits(role, action) {
                assert!(
                    !matches!(result, Err(Refusal::Forbidden(_) | Refusal::Failed | Refusal::Forged(_))),
                    "{name}"
                );
            } else {
                assert!(matches!(result, Err(Refusal::Forbidden(of)) if of == action), "{name}");
                refused += 1;
            }
        }
    }
    assert!(50 < refused, "{refused} refusals are too few to mean anything");
}

#[test]
fn reading_needs_no_right_to_change_and_changing_none_that_only_reads() {
    const READING: [Action; 7] = [
        Action::ViewDashboard,
        Action::ViewReports,
        Action::ViewUsers,
        Action::ViewSanctions,
        Action::ViewSystem,
        Action::ReadAudit,
        Action::ExportAudit,
    ];
    for row in ROUTES.iter().filter(|row| row.method == "POST") {
        if let May(action) | Sudo(action) = row.need {
            // A download changes nothing but the audit log, which is why it is no GET.
            let looks = row.path == "/audit/verify" || row.path.ends_with("/export");
            assert!(looks || !READING.contains(&action), "POST {} changes with a right to read", row.path);
        }
    }
}

#[test]
fn every_right_of_the_team_gates_a_row_or_a_choice_on_a_page() {
    // Which of these is needed depends on what a form asks for; see `sanction::needed_action`, `settings::Key::row`
    // and the pages of people who joined lately and of filters.
    const BY_THE_FORM: [Action; 6] = [
        Action::Mute,
        Action::Kick,
        Action::BanNetwork,
        Action::BanLineage,
        Action::BulkActOnMany,
        Action::ManageServer,
    ];
    let gates = |action| ROUTES.iter().any(|row| matches!(row.need, May(of) | Sudo(of) if of == action));
    // What members may too, the lobby's topic and other people's messages are commands of the chat.
    let of_the_chat = |action| {
        role::permits(Role::Member, action) || matches!(action, Action::SetLobbyTopic | Action::DeleteAny)
    };
    for action in role::ACTIONS.into_iter().filter(|action| !of_the_chat(*action)) {
        assert_ne!(gates(action), BY_THE_FORM.contains(&action), "{action:?}");
    }
}

fn app(folder: &std::path::Path) -> Arc<App> {
    let store = Store::open(&folder.join("chat.db")).unwrap();
    let keys = Keys::create(&folder.join("keys")).unwrap();
    let config = Config { data_dir: folder.to_owned(), ..Config::default() };
    Arc::new(App::new(store, keys, &config, None, CancellationToken::new()).unwrap())
}

/// Returns a fresh session, freshly proven, of somebody with this role.
async fn log_in(app: &App, role: Role) -> Token {
    let now = clock::now();
    let token = Token::generate().unwrap();
    let account = person(app, role).await;
    let new = sessions::new(&token, app.lifetimes, account, "test", [7; 10], now);
    let until = now.plus_ms(600_000);
    let opened = app.store.run(move |tx| {
        let session = tx.open_web_session(&new)?;
        tx.step_up_web_session(session, until)
    });
    opened.await.unwrap();
    token
}

async fn person(app: &App, role: Role) -> AccountId {
    let name = AccountName::parse(&format!("ada-{}", role::word(role))).unwrap();
    let known = name.clone();
    if let Some(row) = app.store.read(move |reads| reads.account_by_name(&known)).await.unwrap() {
        return row.id;
    }
    let new = NewAccount {
        name,
        role,
        password_hash: "$argon2id$none".to_owned(),
        invite_digest: None,
        application: None,
        at: clock::now(),
    };
    let secrets = AccountSecrets { totp_sealed: vec![1], recovery_digests: Vec::new() };
    app.store.run(move |tx| tx.create_account(&new, |_| secrets)).await.unwrap()
}

/// Asks as a browser does; the form carries its proof and nothing else, and ids are of nothing.
async fn ask(app: &Arc<App>, row: &Row, token: &Token) -> Result<(), Refusal> {
    let now = clock::now();
    let mut headers = HeaderMap::new();
    headers.insert("cookie", format!("{}={}", sessions::COOKIE, *token.text()).parse().unwrap());
    headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
    headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    let digest = token.digest();
    let session = app.store.read(move |reads| reads.web_session(&digest)).await.unwrap().unwrap();
    let proof = app.csrf.prove(&session.id.get().to_be_bytes());
    let body = format!("{}={}", csrf::FIELD, crate::request::encoded(&proof));
    let path = row.path.replace(":id", "404404").replace(":word", "nothing");
    let part = row.path.contains(':').then(|| "404404".to_owned());
    let request = Request {
        method: row.method.parse().unwrap(),
        path,
        query: Fields::default(),
        raw_query: String::new(),
        headers,
        authority: Some("chat.example".to_owned()),
        peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
        body: Ok(Bytes::from(body)),
    };
    row.answer(app, request, part, now).await.map(|_| ())
}
