//! The deterministic connection of `docs/PROTOCOL.md`: fixed keys and randomness, every byte frozen.

use bytes::BytesMut;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::initiator::{Initiator, InitiatorSeed};
use super::kem::{self, DecapsulationKey};
use super::noise::{self, M1, Side};
use super::preamble::Version;
use super::responder::{Responder, ResponderSeed};
use crate::codec;
use crate::keys::{StaticKey, fingerprint};
use crate::limits;
use crate::message::{ClientMessage, Command, Login, Opening, ServerMessage};
use crate::refusal::{Code, Refusal};
use crate::text::{Secret, Text};
use crate::transport::{Transport, next_frame};

#[test]
fn a_connection_with_fixed_randomness_is_the_one_in_the_vectors() {
    let frozen: Value = serde_json::from_str(include_str!("../../tests/vectors/handshake.json")).unwrap();
    let computed = connection();
    assert_eq!(computed, frozen, "computed: {computed:#}");
}

fn connection() -> Value {
    let (server, device) = (StaticKey::from_bytes(counting(0x11)), StaticKey::from_bytes(counting(0x31)));
    let (seed, answer) = (initiator_seed(), responder_seed());
    let (initiator, first) = Initiator::start_with(Version::NEWEST, &device, &seed);
    let responder = Responder::new_with(Version::NEWEST, &server, responder_seed());
    let (second, waiting) = responder.read_first(&first[12..]).unwrap();
    let introduced = initiator.read_reply(&second[2..]).unwrap();
    let (third, mut at_client) = introduced.finish(&opening()).unwrap();
    let accepted = waiting.read_third(&third[2..]).unwrap();
    assert_eq!(accepted.opening, opening());
    let mut at_server = accepted.transport;
    let decapsulation_key = DecapsulationKey::from_seed(&seed.kem);
    let encapsulation_key = decapsulation_key.encapsulation_key();
    let (ciphertext, shared) = kem::encapsulate(&encapsulation_key, &answer.kem).unwrap();
    let hash_after_m1 = hash_after_m1(&device, &seed, &encapsulation_key);
    json!({
        "protocol": "Noise_XXpsk2_25519_AESGCM_SHA256",
        "prologue": hex(Version::NEWEST.preamble()),
        "server_static_secret": hex(*server.to_bytes()),
        "server_static_public": hex(server.public().0),
        "server_fingerprint": fingerprint(server.public()),
        "device_static_secret": hex(*device.to_bytes()),
        "device_static_public": hex(device.public().0),
        "client_ephemeral_secret": hex(*seed.ephemeral),
        "client_kem_seed": hex(*seed.kem),
        "server_ephemeral_secret": hex(*answer.ephemeral),
        "server_kem_random": hex(*answer.kem),
        "encapsulation_key": hex(encapsulation_key),
        "kem_ciphertext": hex(ciphertext),
        "kem_shared_secret": hex(*shared),
        "hash_after_m1": hex(&hash_after_m1),
        "psk": hex(*kem::psk(&shared, &ciphertext, &hash_after_m1)),
        "opening": hex(codec::encode(&opening())),
        "opening_plaintext": hex(&*noise::pad_opening(&opening())),
        "client_sends_first": hex(&first),
        "server_sends_second": hex(&second),
        "client_sends_third": hex(&third),
        "handshake_hash": hex(at_client.handshake_hash()),
        "frames": frames(&mut at_client, &mut at_server),
        "after_rekey": after_rekey(&mut at_client, &mut at_server),
    })
}

fn frames(client: &mut Transport, server: &mut Transport) -> Value {
    let ping = |number| {
        codec::encode(&ClientMessage { request: crate::ids::RequestId(number), command: Command::Ping })
    };
    let denied = Refusal::new(Code::BadCredentials, "Name, password or code is wrong.");
    let denied = codec::encode(&ServerMessage::Denied(denied));
    json!([
        frame("client", client, server, &[ping(1)]),
        frame("client", client, server, &[ping(2), ping(3)]),
        frame("server", server, client, &[denied]),
    ])
}

/// The first frame of the client under its second key.
fn after_rekey(client: &mut Transport, server: &mut Transport) -> Value {
    let ping = codec::encode(&ClientMessage { request: crate::ids::RequestId(4), command: Command::Ping });
    for _ in 2..limits::REKEY_EVERY {
        let mut wire = BytesMut::new();
        client.seal(&[&ping], &mut wire).unwrap();
        server.open(&next_frame(&mut wire).unwrap().unwrap()).unwrap();
    }
    frame("client", client, server, &[ping])
}

fn frame(from: &str, sender: &mut Transport, receiver: &mut Transport, messages: &[Vec<u8>]) -> Value {
    let mut wire = BytesMut::new();
    sender.seal(messages, &mut wire).unwrap();
    let sent = hex(&wire);
    let opened = receiver.open(&next_frame(&mut wire).unwrap().unwrap()).unwrap();
    assert!(opened.iter().eq(messages.iter()));
    json!({ "from": from, "messages": messages.iter().map(hex).collect::<Vec<_>>(), "wire": sent })
}

fn hash_after_m1(device: &StaticKey, seed: &InitiatorSeed, encapsulation_key: &[u8]) -> Vec<u8> {
    let mut noise = noise::state(Side::Initiator, Version::NEWEST, device, &seed.ephemeral);
    noise.write_message(encapsulation_key, &mut [0; M1]).unwrap();
    noise.get_handshake_hash().to_vec()
}

fn opening() -> Opening {
    Opening::Login(Login {
        name: Text::new("ada").unwrap(),
        password: Secret::new("correct horse battery staple").unwrap(),
        code: Secret::new("287082").unwrap(),
        device_label: Text::new("Ada's laptop").unwrap(),
        client: Text::new("chat 0.1.0").unwrap(),
    })
}

fn initiator_seed() -> InitiatorSeed {
    InitiatorSeed { ephemeral: Zeroizing::new(counting(0x51)), kem: Zeroizing::new(counting(0x71)) }
}

fn responder_seed() -> ResponderSeed {
    ResponderSeed { ephemeral: Zeroizing::new(counting(0xb1)), kem: Zeroizing::new(counting(0xd1)) }
}

/// Returns bytes that count up from `first`.
fn counting<const LEN: usize>(first: u8) -> [u8; LEN] {
    let mut next = first;
    [(); LEN].map(|()| {
        let byte = next;
        next = next.wrapping_add(1);
        byte
    })
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    data_encoding::HEXLOWER.encode(bytes.as_ref())
}
