"""Just enough ZMTP 3.0 and Protobuf to say anything at all to a scheduler, right or wrong, from plain
sockets: the peer that a test needs is one that no proper library would let you be.

Source: RFC 23/ZMTP (https://rfc.zeromq.org/spec/23/), protobuf.dev/programming-guides/encoding."""

import socket
import struct

PROTOCOL_VERSION = 1

# Field numbers of Message.body in protocol/messages.proto.
BODY = {"refusal": 5, "hello": 6, "heartbeat": 7, "commit": 8, "return_blocks": 9,
        "block_failed": 10, "leaving": 11, "welcome": 12, "get_blob": 18, "blob_chunk": 19,
        "put_blob": 20, "blob_stored": 21, "has_blobs": 22, "submit_job": 24, "cancel_job": 27,
        "job_rejected": 26, "job_accepted": 25, "job_status": 29, "job_status_reply": 30,
        "reintroduce": 14, "commit_reply": 17, "hello_refused": 33, "has_blobs_reply": 23,
        "cancel_reply": 28, "workers_status": 31, "workers_status_reply": 32,
        "heartbeat_reply": 13, "lease_granted": 15, "lease_revoked": 16}
NAME_OF = {number: name for name, number in BODY.items()}
REFUSAL = {1: "malformed", 2: "too_large", 3: "unsupported_version", 4: "unknown_message",
           5: "wrong_role", 6: "not_found", 7: "conflict", 8: "limit", 9: "io"}


# ---- Protobuf ------------------------------------------------------------------------------

def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def fixed64(field, value):
    return varint(field << 3 | 1) + struct.pack("<Q", value)


def data(field, content):
    if isinstance(content, str):
        content = content.encode()
    return varint(field << 3 | 2) + varint(len(content)) + content


def envelope(body, content, sender, request=1, version=PROTOCOL_VERSION, epoch=0):
    field = BODY[body] if isinstance(body, str) else body
    return (number(1, version) + number(2, epoch) + fixed64(3, sender) + number(4, request)
            + data(field, content))


def fields_of(content):
    """[(field, value)] of one message; values are numbers or bytes."""
    fields, at = [], 0

    def read_varint():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = content[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while at < len(content):
        key = read_varint()
        kind = key & 7
        if kind == 0:
            value = read_varint()
        elif kind == 1:
            value, at = struct.unpack_from("<Q", content, at)[0], at + 8
        elif kind == 2:
            size = read_varint()
            value, at = content[at:at + size], at + size
        else:
            raise ValueError(f"wire type {kind}")
        fields.append((key >> 3, value))
    return fields


def describe(message):
    """(name of the body, its fields): ("refusal", {1: 1, 2: b"..."})."""
    for field, value in fields_of(message):
        if field in NAME_OF:
            return NAME_OF[field], dict(fields_of(value))
    return "nothing", {}


def answer_text(message):
    """One line for people, and for the expectations of the table."""
    name, fields = describe(message)
    if name == "refusal":
        code = REFUSAL.get(fields.get(1), "?")
        return f"refusal {code}: {fields.get(2, b'').decode(errors='replace')}"
    if name == "job_rejected":
        return f"job_rejected: {fields.get(1, b'').decode(errors='replace')}"
    return name


# ---- ZMTP ----------------------------------------------------------------------------------

class Closed(Exception):
    """The other side cut the connection."""


def frame(content, more=False, command=False):
    flags = (1 if more else 0) | (4 if command else 0)
    if len(content) > 255:
        return bytes([flags | 2]) + struct.pack(">Q", len(content)) + content
    return bytes([flags, len(content)]) + content


def frame_claiming(size, content):
    """A frame whose length field says `size`, whatever follows."""
    return bytes([2]) + struct.pack(">Q", size) + content


class Plain:
    """A TCP connection that has said nothing yet."""

    def __init__(self, endpoint, timeout_seconds=5.0):
        host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout_seconds)
        self.socket.settimeout(timeout_seconds)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send_raw(self, content):
        try:
            self.socket.sendall(content)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed(str(error)) from error

    def read(self, size):
        while len(self.buffer) < size:
            try:
                piece = self.socket.recv(1 << 16)
            except ConnectionResetError as error:
                raise Closed(str(error)) from error
            if not piece:
                raise Closed("closed by the other side")
            self.buffer += piece
        content, self.buffer = self.buffer[:size], self.buffer[size:]
        return content

    def receive(self):
        """The next message of one frame; answers pings on the way."""
        while True:
            flags = self.read(1)[0]
            size = struct.unpack(">Q", self.read(8))[0] if flags & 2 else self.read(1)[0]
            content = self.read(size)
            if not flags & 4:
                return content
            if content.startswith(b"\x04PING"):
                self.send_raw(frame(b"\x04PONG" + content[7:], command=True))


class Peer(Plain):
    """A connection to a ROUTER, as the DEALER that its routing id names."""

    def __init__(self, endpoint, routing_id, timeout_seconds=5.0):
        super().__init__(endpoint, timeout_seconds)
        greeting = (b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0")
                    + b"\x00" + bytes(31))
        self.socket.sendall(greeting)
        self.read(64)
        ready = b"\x05READY" + self.property("Socket-Type", b"DEALER")
        ready += self.property("Identity", routing_id)
        self.socket.sendall(frame(ready, command=True))

    @staticmethod
    def property(name, value):
        return bytes([len(name)]) + name.encode() + struct.pack(">I", len(value)) + value

    def send(self, *parts):
        last = len(parts) - 1
        self.send_raw(b"".join(frame(part, more=at < last) for at, part in enumerate(parts)))


def client(endpoint, identity=0x1122334455667788, timeout_seconds=5.0):
    return Peer(endpoint, b"C" + struct.pack(">Q", identity), timeout_seconds)


def worker(endpoint, identity=0x99AABBCCDDEEFF00, timeout_seconds=5.0):
    return Peer(endpoint, b"W" + struct.pack(">Q", identity), timeout_seconds)
