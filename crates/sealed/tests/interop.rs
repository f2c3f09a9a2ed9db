//! A member that runs on OpenMLS, another implementation of RFC 9420, in a room with ours: welcomed, speaking, removing.
#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

#[path = "shared/room.rs"]
mod room;

use openmls::prelude::tls_codec::{Deserialize, Serialize};
use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialWithKey, ExtensionType, KeyPackage, MlsGroup,
    MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut, OpenMlsProvider,
    PURE_PLAINTEXT_WIRE_FORMAT_POLICY, ProcessedMessageContent, RatchetTreeIn, StagedWelcome,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;
use proto::ids::{MessageId, SignatureKey};
use proto::message::Content;
use sealed::franking::{self, Origin};
use sealed::identity::AccountKey;
use sealed::member::{Intent, Phase};
use sealed::{Body, rules};

use room::{
    Person, Room, SERVER, add, add_person, authenticator, ids, message_id, now, person, read_by, room_id,
    text,
};

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

#[test]
fn a_member_on_another_implementation_is_welcomed_speaks_hears_and_removes() {
    let (mut ada, mut carol, mut bob) = (person(11), person(33), Bob::new());
    let mut room = Room::start(&mut ada);

    let card = room.commit(&mut ada, add(22, bob.package())).unwrap();
    bob.join(&card.welcome, &room.tree);
    let card = room.commit(&mut ada, add_person(&mut carol)).unwrap();
    bob.process(&last_commit(&room));
    carol.join(&card, &room.tree, now()).unwrap();
    assert_eq!(authenticator(&mut ada), bob.authenticator());

    assert_eq!(hears(&mut bob, &mut room, &mut ada, 1), text("hello"));
    let (account, device) = ids(22);
    let said = bob.say(message_id(2), &text("hello yourself"));
    room.send(account, device, message_id(2), said);
    for member in [&mut ada, &mut carol] {
        room.sync(member);
        assert_eq!(read_by(member), [text("hello"), text("hello yourself")]);
    }

    bob.hear_proposal(&room.evict(carol.account()));
    let (commit, info) = bob.commit();
    let judged = room.judge((account, device), &commit, &info, &[]).unwrap();
    room.accept(&judged, account, device, message_id(4), &commit, &info);
    room.sync(&mut carol);
    room.sync(&mut ada);
    assert_eq!(carol.room(room_id()).unwrap().unwrap().phase, Phase::Ended);
    assert_eq!(authenticator(&mut ada), bob.authenticator());

    room.commit(&mut ada, Intent::Update).unwrap();
    bob.process(&last_commit(&room));
    assert_eq!(authenticator(&mut ada), bob.authenticator());
    assert_eq!(hears(&mut bob, &mut room, &mut ada, 5), text("hello"));
}

/// Ada says hello; what Bob makes of it.
fn hears(bob: &mut Bob, room: &mut Room, ada: &mut Person, number: u8) -> Body {
    room.say(ada, number, "hello");
    room.sync(ada);
    let Content::Sealed { message, .. } = &room.log.last().unwrap().content else { panic!("a message") };
    bob.hear(ada.account().get(), message_id(number), message)
}

fn last_commit(room: &Room) -> Vec<u8> {
    let Content::Commit { message, .. } = &room.log.last().unwrap().content else { panic!("a commit") };
    message.to_vec()
}

/// A member on OpenMLS.
struct Bob {
    provider: OpenMlsRustCrypto,
    keys: SignatureKeyPair,
    group: Option<MlsGroup>,
}

impl Bob {
    fn new() -> Self {
        let keys = SignatureKeyPair::new(SUITE.signature_algorithm()).unwrap();
        let provider = OpenMlsRustCrypto::default();
        keys.store(provider.storage()).unwrap();
        Self { provider, keys, group: None }
    }

    fn package(&self) -> Vec<u8> {
        let signature_key = SignatureKey(self.keys.public().try_into().unwrap());
        let (account, device) = ids(22);
        let certificate = AccountKey::generate().certify(SERVER, account, device, &signature_key, now());
        let credential = CredentialWithKey {
            credential: BasicCredential::new(certificate).into(),
            signature_key: self.keys.public().into(),
        };
        let admins = ExtensionType::Unknown(rules::EXTENSION);
        let capabilities = Capabilities::new(None, Some(&[SUITE]), Some(&[admins]), None, None);
        let package = KeyPackage::builder().leaf_node_capabilities(capabilities);
        let package = package.build(SUITE, &self.provider, &self.keys, credential).unwrap();
        MlsMessageOut::from(package.key_package().clone()).tls_serialize_detached().unwrap()
    }

    fn join(&mut self, welcome: &[u8], tree: &[u8]) {
        let welcome = MlsMessageIn::tls_deserialize_exact(welcome).unwrap();
        let MlsMessageBodyIn::Welcome(welcome) = welcome.extract() else { panic!("a welcome") };
        let config = MlsGroupJoinConfig::builder().wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY);
        let tree = RatchetTreeIn::tls_deserialize_exact(tree).unwrap();
        let staged = StagedWelcome::new_from_welcome(&self.provider, &config.build(), welcome, Some(tree));
        self.group = Some(staged.unwrap().into_group(&self.provider).unwrap());
    }

    fn process(&mut self, commit: &[u8]) {
        let group = self.group.as_mut().unwrap();
        let ProcessedMessageContent::StagedCommitMessage(staged) = read(group, &self.provider, commit).1
        else {
            panic!("a commit")
        };
        group.merge_staged_commit(&self.provider, *staged).unwrap();
    }

    fn hear_proposal(&mut self, proposal: &[u8]) {
        let group = self.group.as_mut().unwrap();
        let ProcessedMessageContent::ProposalMessage(heard) = read(group, &self.provider, proposal).1 else {
            panic!("a proposal")
        };
        group.store_pending_proposal(self.provider.storage(), *heard).unwrap();
    }

    fn hear(&mut self, from: u64, message_id: MessageId, message: &[u8]) -> Body {
        let (aad, content) = read(self.group.as_mut().unwrap(), &self.provider, message);
        let ProcessedMessageContent::ApplicationMessage(opened) = content else { panic!("a message") };
        let (account, device) = ids(from);
        let origin = Origin { room: room_id(), account, device, message_id };
        let received = franking::receive(&origin, &aad, &opened.into_bytes()).unwrap();
        Body::decode(&received.body).unwrap()
    }

    fn say(&mut self, message_id: MessageId, body: &Body) -> Vec<u8> {
        let (account, device) = ids(22);
        let franked =
            franking::seal(&Origin { room: room_id(), account, device, message_id }, &body.encode());
        let group = self.group.as_mut().unwrap();
        group.set_aad(franked.aad.to_vec());
        let message = group.create_message(&self.provider, &self.keys, &franked.envelope).unwrap();
        message.tls_serialize_detached().unwrap()
    }

    /// Carries out what the server asked for; the commit and the way in after it.
    fn commit(&mut self) -> (Vec<u8>, Vec<u8>) {
        let group = self.group.as_mut().unwrap();
        let (commit, _, _) = group.commit_to_pending_proposals(&self.provider, &self.keys).unwrap();
        group.merge_pending_commit(&self.provider).unwrap();
        let info = group.export_group_info(self.provider.crypto(), &self.keys, false).unwrap();
        (commit.tls_serialize_detached().unwrap(), info.tls_serialize_detached().unwrap())
    }

    fn authenticator(&self) -> Vec<u8> {
        self.group.as_ref().unwrap().epoch_authenticator().as_slice().to_vec()
    }
}

fn read(
    group: &mut MlsGroup,
    provider: &OpenMlsRustCrypto,
    bytes: &[u8],
) -> (Vec<u8>, ProcessedMessageContent) {
    let message = MlsMessageIn::tls_deserialize_exact(bytes).unwrap();
    let processed = group.process_message(provider, message.try_into_protocol_message().unwrap()).unwrap();
    (processed.aad().to_vec(), processed.into_content())
}
