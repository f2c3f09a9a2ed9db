//! Members who run hacked clients: the server refuses what the rules forbid, and so do honest members.

use mls_rs::client_builder::MlsConfig;
use mls_rs::extension::ExtensionType;
use mls_rs::extension::built_in::ExternalSendersExt;
use mls_rs::group::{CommitOutput, GroupContext, Roster};
use mls_rs::mls_rules::{CommitDirection, CommitOptions, CommitSource, EncryptionOptions, ProposalBundle};
use mls_rs::{Client, ExtensionList, Group, MlsMessage, MlsRules};
use proto::ids::{AccountId, DeviceId, RoomId, SignatureKey, Timestamp};

use super::{Host, HostError, Judged, Judgement};
use crate::identity::AccountKey;
use crate::ids::ServerId;
use crate::leaf::{Certificates, SUITE, crypto, signing_identity};
use crate::rules::{self, Rules, RulesError};

const SERVER: ServerId = ServerId([9; 16]);
const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// Rules of a client that has none.
#[derive(Clone)]
struct NoRules;

impl MlsRules for NoRules {
    type Error = RulesError;

    fn filter_proposals(
        &self,
        _: CommitDirection,
        _: CommitSource,
        _: &Roster<'_>,
        _: &GroupContext,
        proposals: ProposalBundle,
    ) -> Result<ProposalBundle, RulesError> {
        Ok(proposals)
    }

    fn commit_options(
        &self,
        roster: &Roster<'_>,
        context: &GroupContext,
        proposals: &ProposalBundle,
    ) -> Result<CommitOptions, RulesError> {
        Rules.commit_options(roster, context, proposals)
    }

    fn encryption_options(
        &self,
        roster: &Roster<'_>,
        context: &GroupContext,
    ) -> Result<EncryptionOptions, RulesError> {
        Rules.encryption_options(roster, context)
    }
}

fn room() -> RoomId {
    RoomId::new(7).unwrap()
}

fn ids(account: u64, device: u64) -> (AccountId, DeviceId) {
    (AccountId::new(account).unwrap(), DeviceId::new(device).unwrap())
}

/// A device whose account has the key of this seed.
fn client<R: MlsRules + Clone + 'static>(
    (account, device): (u64, u64),
    seed: u8,
    rules: R,
) -> Client<impl MlsConfig + use<R>> {
    let (account, device) = ids(account, device);
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).unwrap();
    let key = ed25519_dalek::SigningKey::from_bytes(&secret);
    let public = SignatureKey(key.verifying_key().to_bytes());
    let certificate = AccountKey::from_secret(&[seed; 32]).certify(SERVER, account, device, &public, NOW);
    Client::builder()
        .crypto_provider(crypto())
        .identity_provider(Certificates { server: SERVER })
        .mls_rules(rules)
        .extension_type(ExtensionType::new(rules::EXTENSION))
        .signing_identity(
            signing_identity(certificate, &public),
            key.to_keypair_bytes().to_vec().into(),
            SUITE,
        )
        .build()
}

fn package(client: &Client<impl MlsConfig>) -> MlsMessage {
    let time = Some(crate::leaf::mls_time(NOW));
    client.generate_key_package_message(ExtensionList::new(), ExtensionList::new(), time).unwrap()
}

/// Ada the admin, and Bob and Carol who are none; Ada's and Bob's clients have no rules.
struct Scene<A: MlsConfig, C: MlsConfig> {
    host: Host,
    snapshot: Vec<u8>,
    ada: Group<A>,
    bob: Group<A>,
    carol: Group<C>,
}

fn scene() -> Scene<impl MlsConfig, impl MlsConfig> {
    let host = Host::from_secret(SERVER, &[3; 32]);
    let (ada, bob) = (client((11, 111), 1, NoRules), client((22, 222), 2, NoRules));
    let carol = client((33, 333), 3, Rules);
    let mut context = ExtensionList::new();
    context.set_from(ExternalSendersExt::new(vec![host.sender.clone()])).unwrap();
    context.set(rules::admins_extension(&[ids(11, 111).0].into()).unwrap());
    let id = crate::group_id(SERVER, room()).to_vec();
    let time = Some(crate::leaf::mls_time(NOW));
    let mut ada = ada.create_group_with_id(id, context, ExtensionList::new(), time).unwrap();
    let info = ada.group_info_message_allowing_ext_commit(false).unwrap().to_bytes().unwrap();
    let tree = ada.export_tree().to_bytes().unwrap();
    let started = host.start(room(), ids(11, 111), &info, &tree, NOW).unwrap();
    let adding = ada.commit_builder().commit_time(crate::leaf::mls_time(NOW));
    let adding = adding.add_member(package(&bob)).unwrap().add_member(package(&carol)).unwrap();
    let output = adding.build().unwrap();
    let judged = judge(&host, &started.snapshot, ids(11, 111), &output).unwrap();
    ada.apply_pending_commit().unwrap();
    let tree = ada.export_tree().into_owned();
    let welcome = &output.welcome_messages[0];
    let bob = bob.join_group(Some(tree.clone()), welcome, None).unwrap().0;
    let carol = carol.join_group(Some(tree), welcome, None).unwrap().0;
    Scene { host, snapshot: judged.snapshot, ada, bob, carol }
}

fn judge(
    host: &Host,
    snapshot: &[u8],
    by: (AccountId, DeviceId),
    output: &CommitOutput,
) -> Result<Judged, HostError> {
    let bytes = |message: &MlsMessage| message.to_bytes().unwrap();
    let info = bytes(output.external_commit_group_info.as_ref().unwrap());
    let welcome = output.welcome_messages.first().map(bytes).unwrap_or_default();
    judge_bytes(host, snapshot, by, &bytes(&output.commit_message), &info, &welcome)
}

fn judge_bytes(
    host: &Host,
    snapshot: &[u8],
    (account, device): (AccountId, DeviceId),
    commit: &[u8],
    info: &[u8],
    welcome: &[u8],
) -> Result<Judged, HostError> {
    let shut_out = [ids(66, 666).0].into();
    let judgement = Judgement { account, device, shut_out: &shut_out, certified: &|_| true, now: NOW };
    host.judge(room(), snapshot, commit, info, welcome, &judgement)
}

impl<A: MlsConfig, C: MlsConfig> Scene<A, C> {
    /// What the server says to a commit; an honest member refuses it for the same reason.
    fn refusal(mut self, by: (AccountId, DeviceId), output: &CommitOutput) -> RulesError {
        let Err(HostError::Rules(refusal)) = judge(&self.host, &self.snapshot, by, output) else {
            panic!("the server takes it")
        };
        let error = self.carol.process_incoming_message(output.commit_message.clone()).unwrap_err();
        assert_eq!(RulesError::inside(&error), Some(refusal));
        refusal
    }
}

#[test]
fn a_member_who_is_no_admin_adds_nobody() {
    let mut scene = scene();
    let dave = client((44, 444), 4, Rules);
    let adding = scene.bob.commit_builder().commit_time(crate::leaf::mls_time(NOW));
    let output = adding.add_member(package(&dave)).unwrap().build().unwrap();
    assert_eq!(scene.refusal(ids(22, 222), &output), RulesError::Adds);
}

#[test]
fn a_member_who_is_no_admin_removes_nobody() {
    let mut scene = scene();
    let output = scene.bob.commit_builder().remove_member(0).unwrap().build().unwrap();
    assert_eq!(scene.refusal(ids(22, 222), &output), RulesError::Removes);
}

#[test]
fn a_member_who_is_no_admin_makes_nobody_admin() {
    let mut scene = scene();
    let mut context = scene.bob.context().extensions.clone();
    context.set(rules::admins_extension(&[ids(22, 222).0].into()).unwrap());
    let output = scene.bob.commit_builder().set_group_context_ext(context).unwrap().build().unwrap();
    assert_eq!(scene.refusal(ids(22, 222), &output), RulesError::Changes);
}

#[test]
fn not_even_an_admin_takes_the_server_out_of_the_group() {
    let mut scene = scene();
    let mut context = ExtensionList::new();
    context.set(rules::admins_extension(&[ids(11, 111).0].into()).unwrap());
    let output = scene.ada.commit_builder().set_group_context_ext(context).unwrap().build().unwrap();
    assert_eq!(scene.refusal(ids(11, 111), &output), RulesError::Changes);
}

#[test]
fn an_account_is_in_a_room_under_one_key() {
    let mut scene = scene();
    let other = client((33, 334), 99, Rules);
    let adding = scene.ada.commit_builder().commit_time(crate::leaf::mls_time(NOW));
    let output = adding.add_member(package(&other)).unwrap().build().unwrap();
    assert_eq!(scene.refusal(ids(11, 111), &output), RulesError::OtherKey);
}

#[test]
fn a_stranger_and_a_thief_of_a_name_do_not_come_in_by_themselves() {
    for (device, seed, expected) in
        [((55, 555), 5, RulesError::Stranger), ((33, 334), 99, RulesError::OtherKey)]
    {
        let mut scene = scene();
        let info = scene.ada.group_info_message_allowing_ext_commit(false).unwrap();
        let hacked = client(device, seed, NoRules);
        let builder = hacked.external_commit_builder().unwrap().commit_time(crate::leaf::mls_time(NOW));
        let tree = scene.ada.export_tree().into_owned();
        let (group, commit) = builder.with_tree_data(tree).build(info).unwrap();
        let info = group.group_info_message_allowing_ext_commit(false).unwrap().to_bytes().unwrap();
        let by = ids(device.0, device.1);
        let judged = judge_bytes(&scene.host, &scene.snapshot, by, &commit.to_bytes().unwrap(), &info, &[]);
        assert!(matches!(judged, Err(HostError::Rules(refusal)) if refusal == expected), "{judged:?}");
        let error = scene.carol.process_incoming_message(commit).unwrap_err();
        assert_eq!(RulesError::inside(&error), Some(expected));
    }
}

#[test]
fn an_account_that_is_shut_out_is_not_added_by_anybody() {
    let mut scene = scene();
    let banned = client((66, 666), 6, Rules);
    let adding = scene.ada.commit_builder().commit_time(crate::leaf::mls_time(NOW));
    let output = adding.add_member(package(&banned)).unwrap().build().unwrap();
    let judged = judge(&scene.host, &scene.snapshot, ids(11, 111), &output);
    assert!(matches!(judged, Err(HostError::ShutOut(account)) if account == ids(66, 666).0));
}

#[test]
fn a_key_package_is_taken_from_its_own_device_and_within_its_time() {
    let host = Host::from_secret(SERVER, &[3; 32]);
    let package = package(&client((11, 111), 1, Rules)).to_bytes().unwrap();
    let (account, device) = ids(11, 111);
    assert!(!host.check_key_package(&package, account, device, NOW).unwrap().last_resort);
    assert!(host.check_key_package(&package, account, ids(11, 112).1, NOW).is_err());
    let later = NOW.plus_ms(1000 * 3600 * 24 * 4000);
    assert!(host.check_key_package(&package, account, device, later).is_err());
    let elsewhere = Host::from_secret(ServerId([8; 16]), &[3; 32]);
    assert!(elsewhere.check_key_package(&package, account, device, NOW).is_err());
}
