"""The transport of docs/PROTOCOL.md on other people's code: noiseprotocol for Noise, OpenSSL for the primitives.

peer.py vectors FILE   makes the frozen connection again, as client and as server, and compares every byte
peer.py client         connects as a client over stdin and stdout, then sends back each message it gets
peer.py server         the same as a server
"""

import hashlib
import json
import os
import signal
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from noise.connection import Keypair, NoiseConnection

PREAMBLE = b"LiveChat" + struct.pack(">H", 1)
PATTERN = b"Noise_XXpsk2_25519_AESGCM_SHA256"
CIPHERTEXT = 1088
FRAME_PADDED, OPENING_PADDED, FRAME_PLAINTEXT = 128, 512, 65519
REKEY_EVERY = 65536


def main():
    signal.alarm(120)
    if sys.argv[1] == "vectors":
        with open(sys.argv[2], encoding="utf-8") as file:
            check_vectors(json.load(file))
    elif sys.argv[1] == "client":
        echo(connect(os.urandom(32), b"\x82\x00\x81" + text(b"python")))
    elif sys.argv[1] == "server":
        echo(accept(os.urandom(32)))


class Transport:
    """Frames after the handshake."""

    def __init__(self, noise):
        self.noise, self.sent, self.received = noise, 0, 0
        self.handshake_hash = bytes(noise.noise_protocol.handshake_hash)

    def seal(self, messages):
        ciphertext = self.noise.encrypt(pad(messages, FRAME_PADDED))
        self.sent += 1
        if self.sent % REKEY_EVERY == 0:
            self.noise.rekey_outbound_cipher()
        return framed(ciphertext)

    def open(self, ciphertext):
        plaintext = self.noise.decrypt(bytes(ciphertext))
        self.received += 1
        if self.received % REKEY_EVERY == 0:
            self.noise.rekey_inbound_cipher()
        return unpad(plaintext, FRAME_PADDED)


class Client:
    def __init__(self, static_secret, ephemeral_secret=None, kem_seed=None):
        self.noise = noise(static_secret, ephemeral_secret)
        self.noise.set_as_initiator()
        self.noise.start_handshake()
        self.kem = MLKEM768PrivateKey.from_seed_bytes(kem_seed or os.urandom(64))
        self.encapsulation_key = self.kem.public_key().public_bytes_raw()

    def first(self):
        return PREAMBLE + framed(self.noise.write_message(self.encapsulation_key))

    def read_second(self, m2):
        ciphertext, message = m2[:CIPHERTEXT], m2[CIPHERTEXT:]
        set_psk(self.noise, self.kem.decapsulate(ciphertext), ciphertext)
        assert self.noise.read_message(message) == b""

    def third(self, opening):
        m3 = framed(self.noise.write_message(pad([opening], OPENING_PADDED)))
        return m3, Transport(self.noise)


class Server:
    def __init__(self, static_secret, ephemeral_secret=None, encapsulated=None):
        self.noise = noise(static_secret, ephemeral_secret)
        self.noise.set_as_responder()
        self.noise.start_handshake()
        self.encapsulated = encapsulated

    def read_first(self, m1):
        key = bytes(self.noise.read_message(m1))
        shared, ciphertext = self.encapsulated or MLKEM768PublicKey.from_public_bytes(key).encapsulate()
        set_psk(self.noise, shared, ciphertext)
        return framed(ciphertext + self.noise.write_message(b""))

    def read_third(self, m3):
        (opening,) = unpad(self.noise.read_message(m3), OPENING_PADDED)
        return opening, Transport(self.noise)


def noise(static_secret, ephemeral_secret):
    connection = NoiseConnection.from_name(PATTERN)
    connection.set_prologue(PREAMBLE)
    connection.set_keypair_from_private_bytes(Keypair.STATIC, static_secret)
    if ephemeral_secret is not None:
        connection.set_keypair_from_private_bytes(Keypair.EPHEMERAL, ephemeral_secret)
    connection.set_psks(psk=bytes(32))  # its place; the real one is known after message 1
    return connection


def set_psk(connection, shared, ciphertext):
    hash_after_m1 = connection.noise_protocol.handshake_state.symmetric_state.h
    data = b"chatd/1 psk2" + shared + hashlib.sha256(ciphertext).digest() + hash_after_m1
    connection.noise_protocol.psks = [hashlib.sha256(data).digest()]


def padded_length(length, floor):
    if length <= floor:
        return floor
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return min((length + mask) & ~mask, FRAME_PLAINTEXT)


def pad(messages, floor):
    used = b"".join(framed(message) for message in messages)
    return used.ljust(padded_length(len(used), floor), b"\0")


def unpad(plaintext, floor):
    messages, rest = [], bytes(plaintext)
    while len(rest) >= 2 and rest[:2] != b"\0\0":
        (length,) = struct.unpack(">H", rest[:2])
        assert len(rest) >= 2 + length
        messages.append(rest[2 : 2 + length])
        rest = rest[2 + length :]
    assert messages and not any(rest)
    assert len(plaintext) == padded_length(len(plaintext) - len(rest), floor)
    return messages


def framed(message):
    return struct.pack(">H", len(message)) + bytes(message)


def text(data):
    assert len(data) < 24
    return bytes([0x60 + len(data)]) + data


def connect(secret, opening):
    client = Client(secret)
    send(client.first())
    client.read_second(receive())
    m3, transport = client.third(opening)
    send(m3)
    return transport


def accept(secret):
    assert read_exactly(10) == PREAMBLE
    server = Server(secret)
    send(server.read_first(receive()))
    opening, transport = server.read_third(receive())
    send(transport.seal([opening]))
    return transport


def echo(transport):
    send(transport.seal([transport.handshake_hash]))
    while True:
        frame = receive()
        if frame is None:
            return
        send(transport.seal(transport.open(frame)))


def send(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def receive():
    length = read_exactly(2)
    return read_exactly(struct.unpack(">H", length)[0]) if length else None


def read_exactly(count):
    data = sys.stdin.buffer.read(count)
    assert len(data) in (0, count), "stream was cut"
    return data


def check_vectors(vectors):
    value = lambda name: bytes.fromhex(vectors[name])
    assert value("prologue") == PREAMBLE
    client = Client(value("device_static_secret"), value("client_ephemeral_secret"), value("client_kem_seed"))
    assert client.encapsulation_key == value("encapsulation_key")
    assert client.kem.decapsulate(value("kem_ciphertext")) == value("kem_shared_secret")
    encapsulated = (value("kem_shared_secret"), value("kem_ciphertext"))
    server = Server(value("server_static_secret"), value("server_ephemeral_secret"), encapsulated)
    first = client.first()
    assert first == value("client_sends_first")
    assert client.noise.noise_protocol.handshake_state.symmetric_state.h == value("hash_after_m1")
    second = server.read_first(first[12:])
    assert server.noise.noise_protocol.psks == [], "the psk was not used"
    assert second == value("server_sends_second")
    client.read_second(second[2:])
    assert client.noise.noise_protocol.handshake_state.rs.public_bytes == value("server_static_public")
    third, at_client = client.third(value("opening"))
    assert pad([value("opening")], OPENING_PADDED) == value("opening_plaintext")
    assert third == value("client_sends_third")
    opening, at_server = server.read_third(third[2:])
    assert opening == value("opening")
    assert at_client.handshake_hash == at_server.handshake_hash == value("handshake_hash")
    check_frames(vectors, at_client, at_server)
    print("vectors agree: 3 handshake messages,", len(vectors["frames"]) + 1, "frames, one rekey")


def check_frames(vectors, client, server):
    for frame in vectors["frames"]:
        sender, receiver = (client, server) if frame["from"] == "client" else (server, client)
        check_frame(frame, sender, receiver)
    while client.sent < REKEY_EVERY:
        server.open(client.seal([b"\0"])[2:])
    check_frame(vectors["after_rekey"], client, server)


def check_frame(frame, sender, receiver):
    messages = [bytes.fromhex(message) for message in frame["messages"]]
    wire = sender.seal(messages)
    assert wire == bytes.fromhex(frame["wire"])
    assert receiver.open(wire[2:]) == messages


if __name__ == "__main__":
    main()
