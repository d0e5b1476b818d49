"""Broken messages, said to a live scheduler. A row: name, who says it, the frames, and the answer that must
come (a regular expression) or CLOSED. After every row the scheduler must still serve, with no job and no
blob more than before."""

import hashlib
import re
import shutil
import signal
import sqlite3
import struct

import wire
from grid import Failure, check, check_equal

CLIENT, WORKER = 0x1122334455667788, 0x99AABBCCDDEEFF00
CLOSED = "closed"
MIB = 1 << 20

DIGEST = hashlib.blake2b(b"hello", digest_size=32).digest()
RANGE = wire.number(1, 0) + wire.number(2, 10)


def blob(content=b"hello", digest=DIGEST, size=5, offset=0):
    return (wire.data(1, digest) + wire.number(2, size) + wire.number(3, offset)
            + wire.data(4, content))


def hello(name="w", threads=1):
    return (wire.data(1, name) + wire.number(2, threads) + wire.number(3, 1 << 30)
            + wire.data(4, "avx2") + wire.data(5, "0.1.0"))


def job(name="j", blocks=10, payload=DIGEST, folder="/tmp/nowhere"):
    return (wire.data(1, name) + wire.data(2, "me") + wire.number(4, blocks)
            + wire.number(5, 1000) + wire.data(7, payload) + wire.data(9, folder))


def commit(ranges, shard="s.h5", attempt=1 << 32 | 1):
    return (wire.number(1, 1) + wire.number(2, attempt)
            + b"".join(wire.data(4, one) for one in ranges) + wire.data(5, shard))


def block_range(first, last):
    return wire.number(1, first) + wire.number(2, last) + wire.fixed64(3, 1) + wire.fixed64(4, 2)


def of_client(name, body, content, answer, **more):
    return (name, "client", [wire.envelope(body, content, CLIENT, **more)], answer)


def of_worker(name, body, content, answer, **more):
    return (name, "worker", [wire.envelope(body, content, WORKER, **more)], answer)


def raw(name, role, frames, answer):
    return (name, role, frames, answer)


GOOD = wire.envelope("job_status", b"", CLIENT)

ROWS = [
    # The envelope.
    raw("no bytes at all", "client", [b""], r"refusal malformed"),
    raw("random bytes", "client", [hashlib.sha512(b"seed").digest() * 16], r"refusal malformed"),
    raw("a message cut off", "client", [wire.envelope("put_blob", blob(), CLIENT)[:-7]],
        r"refusal malformed"),
    raw("several frames", "client", [GOOD, GOOD], r"refusal malformed: a message is one frame"),
    raw("9 MiB", "client", [b"x" * (9 * MIB)], r"refusal too_large: .*9437184"),
    raw("a length of 10 GB within the message", "client",
        [wire.number(1, 1) + wire.fixed64(3, CLIENT) + wire.varint(wire.BODY["put_blob"] << 3 | 2)
         + wire.varint(10 << 30) + b"abc"], r"refusal malformed"),
    raw("groups a thousand deep", "client", [b"\x2b" * 1000], r"refusal malformed"),
    of_client("no version", "job_status", b"", r"refusal malformed: .*version", version=0),
    of_client("version of the future", "job_status", b"", r"refusal unsupported_version.*77",
              version=77),
    of_client("a body nobody knows", 999, b"", r"refusal unknown_message"),
    raw("no body", "client", [wire.number(1, 1) + wire.fixed64(3, CLIENT) + wire.number(4, 3)],
        r"refusal unknown_message"),
    raw("somebody else's name", "client", [wire.envelope("job_status", b"", CLIENT + 1)],
        r"refusal wrong_role"),
    of_client("a client that says Hello", "hello", hello(), r"refusal wrong_role"),
    of_client("a client that grants leases", "lease_granted", wire.number(1, 1) + wire.number(2, 1)
              + wire.data(3, RANGE) + wire.number(4, 10) + wire.data(5, DIGEST)
              + wire.data(6, "/tmp/x"), r"refusal wrong_role"),
    of_worker("a worker that submits", "submit_job", job(), r"refusal wrong_role"),
    of_worker("a worker that cancels", "cancel_job", wire.number(1, 1), r"refusal wrong_role"),

    # Workers.
    of_worker("Hello of no threads", "hello", hello(threads=0), r"refusal malformed: .*threads"),
    of_worker("Hello of a million threads", "hello", hello(threads=1_000_000),
              r"refusal (malformed|too_large): .*threads"),
    of_worker("Hello with a long name", "hello", hello(name="n" * 5000), r"refusal too_large"),
    of_worker("Hello with a name that is no text", "hello", hello(name=b"\xff\xfe"),
              r"refusal malformed"),
    of_worker("a heartbeat of a stranger", "heartbeat", b"", r"reintroduce", epoch=1),
    of_worker("a commit of a stranger", "commit", commit([block_range(0, 10)]), r"reintroduce",
              epoch=1),
    of_worker("a commit of the last epoch", "commit", commit([block_range(0, 10)]), r"reintroduce",
              epoch=12345),
    of_worker("a commit of nothing", "commit", commit([]), r"refusal malformed", epoch=1),
    of_worker("a commit that ends before it begins", "commit", commit([block_range(10, 3)]),
              r"refusal malformed", epoch=1),
    of_worker("a commit of overlapping ranges", "commit",
              commit([block_range(0, 10), block_range(5, 15)]), r"refusal malformed", epoch=1),
    of_worker("a shard outside its folder", "commit",
              commit([block_range(0, 10)], shard="../../etc/passwd"), r"refusal malformed: .*shard",
              epoch=1),
    # Only a digest, as second looks are committed: sound, but nobody knows this worker.
    of_worker("a commit without a shard", "commit", commit([block_range(0, 10)], shard=""),
              r"reintroduce", epoch=1),

    # Blobs.
    of_client("a blob that is not its digest", "put_blob", blob(b"hallo"), r"refusal conflict"),
    of_client("a blob of 10 GB", "put_blob", blob(size=10 << 30), r"refusal too_large"),
    of_client("a chunk of 2 MiB", "put_blob", blob(b"x" * (2 * MIB), size=4 * MIB),
              r"refusal too_large"),
    of_client("a chunk beyond its blob", "put_blob", blob(b"hello", size=3), r"refusal malformed"),
    of_client("a chunk from the middle", "put_blob", blob(b"lo", size=5, offset=3),
              r"refusal conflict"),
    of_client("a digest of five bytes", "put_blob", blob(digest=b"short"), r"refusal malformed"),
    of_client("a blob nobody has", "get_blob", wire.data(1, bytes(32)) + wire.number(3, 100),
              r"refusal not_found"),
    of_client("no bytes of a blob", "get_blob", wire.data(1, bytes(32)) + wire.number(3, 0),
              r"refusal malformed"),
    of_client("bytes of a blob by the gigabyte", "get_blob",
              wire.data(1, bytes(32)) + wire.number(3, (1 << 32) - 1),
              r"refusal (malformed|too_large)"),

    # Jobs.
    of_client("a job whose run nobody uploaded", "submit_job", job(),
              r"(refusal not_found|job_rejected)"),
    of_client("a job of no blocks", "submit_job", job(blocks=0), r"refusal malformed"),
    of_client("a job into a relative folder", "submit_job", job(folder="out"),
              r"refusal malformed: .*output_folder"),
    of_client("a job with a long name", "submit_job", job(name="n" * 5000), r"refusal too_large"),
    of_client("a job without a number of its own", "submit_job", job(), r"refusal malformed",
              request=0),
    of_client("cancel a job that is not there", "cancel_job", wire.number(1, 99),
              r"refusal not_found"),
    of_client("status of a job that is not there", "job_status", wire.number(1, 99),
              r"refusal not_found"),
]


def say_and_hear(endpoint, role, frames):
    connect = wire.client if role == "client" else wire.worker
    with connect(endpoint, CLIENT if role == "client" else WORKER) as peer:
        peer.send(*frames)
        return wire.answer_text(peer.receive())


def raw_rows(endpoint):
    """What is not even a message of the transport: (name, body), each a connection of its own."""
    def expect_closed(peer):
        try:
            peer.receive()
        except (wire.Closed, TimeoutError) as error:
            check(isinstance(error, wire.Closed), "the connection was neither answered nor cut")
            return "cut off"
        raise Failure("got an answer")

    def frame_of_10_gb():
        with wire.client(endpoint, CLIENT) as peer:
            peer.send_raw(wire.frame_claiming(10 << 30, b"x" * 1000))
            return expect_closed(peer)

    def frame_of_minus_one():
        with wire.client(endpoint, CLIENT) as peer:
            peer.send_raw(wire.frame_claiming((1 << 64) - 1, b"x"))
            return expect_closed(peer)

    def stranger(identity):
        def body():
            with wire.Peer(endpoint, identity) as peer:
                peer.send(GOOD)
                seen = wire.answer_text(peer.receive())
                check(re.search("refusal wrong_role", seen), f"found: {seen}")
                return seen
        return body

    def http():
        with wire.Plain(endpoint) as peer:
            peer.send_raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + bytes(64))
            return expect_closed(peer)

    def leave_in_the_middle():
        with wire.client(endpoint, CLIENT) as peer:
            peer.send_raw(struct.pack(">BQ", 2, 1000) + b"half")
        return "left"

    return [("a frame that claims 10 GB", frame_of_10_gb),
            ("a frame that claims 2^64 - 1 bytes", frame_of_minus_one),
            ("an unknown role", stranger(b"X" + bytes(8))),
            ("a routing id of another length", stranger(b"C123")),
            ("a web browser", http),
            ("a peer that leaves in the middle of a frame", leave_in_the_middle)]


def rows(stage, table, sample):
    journal = stage.folder / "wire-journal"
    scheduler = stage.scheduler(journal)

    def unchanged():
        check(scheduler.alive(), f"the scheduler died: {scheduler.stderr[-2000:]}")
        seen = say_and_hear(scheduler.endpoint, "client", [GOOD])
        check_equal(seen, "job_status_reply", "an honest question afterwards")
        blobs = [path.name for path in (journal / "blobs").iterdir()]
        check_equal([name for name in blobs if re.fullmatch("[0-9a-f]{64}", name)], [], "blobs kept")

    for name, role, frames, answer in ROWS:
        def body():
            seen = say_and_hear(scheduler.endpoint, role, frames)
            check(re.search(answer, seen), f"expected /{answer}/, found: {seen}")
            unchanged()
            return seen
        table.row(f"wire: {name}", body)
    for name, act in raw_rows(scheduler.endpoint):
        def raw_body():
            seen = act()
            unchanged()
            return seen
        table.row(f"wire: {name}", raw_body)
    found = stage.json("status", "--connect", scheduler.endpoint)
    check_equal(found["jobs"], [], "jobs after all of this")
    check_equal(found["workers"], [], "workers after all of this")
    jobs_of_garbage(stage, table, scheduler)
    journal_rows(stage, table, scheduler)


def jobs_of_garbage(stage, table, scheduler):
    """A job that is sound to the scheduler and nonsense to a worker: it fails, the worker stays."""
    worker = stage.worker(scheduler.endpoint)
    out = stage.folder / "garbage-out"
    out.mkdir()
    with wire.client(scheduler.endpoint, CLIENT) as peer:
        peer.send(wire.envelope("put_blob", blob(), CLIENT))
        check_equal(wire.answer_text(peer.receive()), "blob_stored", "a good blob")
        peer.send(wire.envelope("submit_job", job(folder=str(out)), CLIENT, request=77))
        name, fields = wire.describe(peer.receive())
        check_equal(name, "job_accepted", "a job that is sound to the scheduler")

    def body():
        def ended():
            status = stage.status(scheduler, fields[1])
            return status if status["state"] not in ("running", "finalising") else None

        status = stage.wait_for("the job of garbage to end", ended, 60)
        check(status["state"] in ("failed", "incomplete"), f"state {status['state']}")
        check(worker.alive(), f"the worker died: {worker.stderr[-1000:]}")
        left = [path.name for path in out.iterdir() if path.name in ("results.h5", "var.csv")]
        check_equal(left, [], "files under final names")
        said = status["text"] + " ".join(failure["text"] for failure in status["failures"])
        check(said, "nobody says why")
        return f"{status['state']}: {said}"

    table.row("wire: a job whose run is garbage", body)
    worker.kill()


def journal_rows(stage, table, scheduler):
    """Journals that a scheduler must not start on. `scheduler` is alive and has one job."""
    def refused(journal, words):
        def body():
            process = stage.vargrid("scheduler", "--bind", "tcp://127.0.0.1:0", "--journal",
                                    journal, timeout_seconds=10, expect=1)
            check(re.search(words, process.stderr), f"expected /{words}/, found: {process.stderr}")
            return process.stderr
        return body

    table.row("journal: in use by a live scheduler", refused(scheduler.journal, r"journal\.db"))
    scheduler.signal(signal.SIGTERM)
    check_equal(scheduler.wait(20), 0, "exit code of the scheduler after SIGTERM")
    whole = stage.folder / "whole.db"  # Without its write-ahead log, which would heal it.
    with sqlite3.connect(scheduler.journal / "journal.db") as database:
        database.execute("PRAGMA journal_mode=DELETE")
    shutil.copy(scheduler.journal / "journal.db", whole)
    for name, edit, words in (
            ("cut off", lambda c: c[:5000], r"damaged"),
            ("of another program", lambda c: c[:68] + b"abcd" + c[72:], r"another program"),
            ("of another format", lambda c: c[:60] + b"\0\0\0\x63" + c[64:], r"format 99"),
            ("with a page of zeros", lambda c: c[:8192] + bytes(4096) + c[12288:], r"journal\.db")):
        journal = stage.folder / f"journal-{name.replace(' ', '-')}"
        journal.mkdir()
        file = journal / "journal.db"
        shutil.copy(whole, file)
        file.write_bytes(edit(file.read_bytes()))
        table.row(f"journal: {name}", refused(journal, words))
