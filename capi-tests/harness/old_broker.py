"""A broker of the days before record batches, whose log holds message sets made here, and what a consumer is to read from them."""

import gzip
import struct
import time
import zlib

from . import fetching, wire
from .listener import Listener

FETCH, LIST_OFFSETS, METADATA, FIND_COORDINATOR, API_VERSIONS = 1, 2, 3, 10, 18
UNSUPPORTED_VERSION, COORDINATOR_NOT_AVAILABLE = 35, 15
APPEND_TIME = 8
# [(key, value)]: null, empty, and binary ones.
CONTENT = [(None, b"first"), (b"", b""), (b"key", None), (b"\xff\0", b"\xc3 "), (b"last", b"v" * 300)]


def field(value):
    return struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value


def entry(offset, magic, attributes, timestamp, key, value):
    """A message with its offset and length in front."""
    body = struct.pack(">bb", magic, attributes) + (struct.pack(">q", timestamp) if magic else b"") + field(key) + field(value)
    message = struct.pack(">I", zlib.crc32(body)) + body
    return struct.pack(">qi", offset, len(message)) + message


def literals(data):
    """Snappy without any compression."""
    length, out = len(data), bytearray()
    while length >= 0x80:
        out.append(length & 0x7F | 0x80)
        length >>= 7
    out.append(length)
    for at in range(0, len(data), 60):
        piece = data[at : at + 60]
        out += bytes([len(piece) - 1 << 2]) + piece
    return bytes(out)


def framed(data):
    """As the Java client has it, in two blocks."""
    blocks = [literals(data[:50]), literals(data[50:])]
    return fetching.JAVA_SNAPPY + struct.pack(">ii", 1, 1) + b"".join(field(block) for block in blocks)


def lz4(data, broken):
    """A frame of blocks that are stored as they are. Before Kafka 0.10 the checksum of the header covered too much."""
    head = wire.LZ4_MAGIC + b"\x60\x40"
    checksum = wire.xxh32(head if broken else head[4:]) >> 8 & 0xFF
    return head + bytes([checksum]) + struct.pack("<I", len(data) | 1 << 31) + data + bytes(4)


def compress(codec, magic, data):
    """(codec's number, compressed)"""
    if codec == "gzip":
        return 1, gzip.compress(data)
    if codec == "snappy":
        return 2, literals(data)
    if codec == "snappy in frames":
        return 2, framed(data)
    return 3, lz4(data, broken=magic == 0)


class Case:
    """A log and what is read from it. It is made of sets with a base offset each, `steps` from one message to the next."""

    def __init__(self, name, magic, codec=None, steps=(1, 1, 1, 1), attributes=0):
        self.name, self.magic = name, magic
        self.entries, self.expected = [], []  # [(last offset, bytes)], lines as of read_fields.c
        base = 0
        for number in range(3):
            offsets = [base + sum(steps[:n]) for n in range(len(CONTENT))]
            self.add(number, offsets, codec, attributes)
            base = offsets[-1] + 1
        self.end = base
        # From the beginning, and from within a set.
        self.offsets = [0, 3, self.end - 1]

    def add(self, number, offsets, codec, attributes):
        messages = [(offset, 1000 * number + n, key, value) for n, (offset, (key, value)) in enumerate(zip(offsets, CONTENT))]
        if codec is None:
            self.entries += [(m[0], entry(m[0], self.magic, attributes, *m[1:])) for m in messages]
            set_time = None
        else:
            # Format 1 counts from the first of a set.
            base = offsets[0] if self.magic else 0
            inner = b"".join(entry(m[0] - base, self.magic, 0, *m[1:]) for m in messages)
            kind, value = compress(codec, self.magic, inner)
            set_time = 5000 * number
            self.entries.append((offsets[-1], entry(offsets[-1], self.magic, kind | attributes, set_time, None, value)))
        for offset, timestamp, key, value in messages:
            time = (2 if attributes & APPEND_TIME else 1, timestamp)
            if self.magic == 0 or timestamp == 0:
                time = (0, 0)  # none; librdkafka says the same of a message without one and of the epoch
            if attributes & APPEND_TIME and set_time is not None:
                time = (2, set_time)
            self.expected.append(fetching.line(0, offset, time, -1, key, value))

    def from_offset(self, offset):
        found = b"".join(data for last, data in self.entries if last >= offset)
        # What does not fit is cut off.
        return found + self.entries[0][1][:20] if found else b""


CODECS = (None, "gzip", "snappy", "snappy in frames", "lz4")
CASES = [Case(f"format {magic}, {codec or 'plain'}", magic, codec) for magic in (0, 1) for codec in CODECS]
CASES += [Case(f"gaps in format {magic}", magic, "gzip", steps=(2, 1, 4, 1)) for magic in (0, 1)]
CASES += [Case(f"append time, {codec or 'plain'}", 1, codec, attributes=APPEND_TIME) for codec in (None, "gzip")]


class OldBroker(Listener):
    """One broker with one topic, `t`, of one partition."""

    def __init__(self, case):
        self.case = case
        self.sent = 0
        # The newest versions in which the log may be given out as it is.
        newest = 3 if case.magic else 1
        self.versions = {FETCH: newest, LIST_OFFSETS: 0, METADATA: 1, FIND_COORDINATOR: 0, API_VERSIONS: 0}
        super().__init__()

    def serve(self, connection):
        with connection, connection.makefile("rb") as file:
            while len(head := self.head(file)) == 4:
                r = wire.Reader(file.read(struct.unpack(">i", head)[0]))
                api, version, correlation = r.number("h"), r.number("h"), r.number("i")
                r.text()  # client id
                answer, last = self.frame(api, struct.pack(">i", correlation) + self.answer(api, version, r))
                try:
                    connection.sendall(answer)
                except OSError:
                    return  # the client has gone
                self.sent += len(answer)
                if last:
                    return

    @staticmethod
    def head(file):
        try:
            return file.read(4)
        except OSError:
            return b""  # the client has gone

    def frame(self, api, answer):
        """What is sent, and whether it is the last that this connection gets."""
        return struct.pack(">i", len(answer)) + answer, False

    def answer(self, api, version, r):
        if api == API_VERSIONS:
            ranges = b"".join(struct.pack(">hhh", key, 0, newest) for key, newest in self.versions.items())
            return struct.pack(">hi", UNSUPPORTED_VERSION if version else 0, len(self.versions)) + ranges
        if api == METADATA:
            broker = struct.pack(">ii", 1, 1) + fetching.text("127.0.0.1") + struct.pack(">i", self.port)
            rack_and_controller, internal = (struct.pack(">hi", -1, 1), bytes(1)) if version else (b"", b"")
            partition = struct.pack(">ihii", 1, 0, 0, 1) + struct.pack(">ii", 1, 1) * 2
            return broker + rack_and_controller + struct.pack(">ih", 1, 0) + fetching.text("t") + internal + partition
        if api == FIND_COORDINATOR:
            return struct.pack(">hi", COORDINATOR_NOT_AVAILABLE, -1) + fetching.text("") + struct.pack(">i", -1)
        return {FETCH: self.fetch, LIST_OFFSETS: self.list_offsets}[api](version, r)

    def list_offsets(self, _, r):
        r.number("i"), r.number("i"), r.text(), r.number("i"), r.number("i")
        offset = 0 if r.number("q") == -2 else self.case.end
        return struct.pack(">i", 1) + fetching.text("t") + struct.pack(">iihiq", 1, 0, 0, 1, offset)

    def fetch(self, version, r):
        r.number("i"), r.number("i"), r.number("i")
        if version >= 3:
            r.number("i")
        head = struct.pack(">i", 0) if version else b""
        if not r.number("i"):
            return head + struct.pack(">i", 0)
        r.text(), r.number("i"), r.number("i")
        data = self.case.from_offset(r.number("q"))
        if not data:
            time.sleep(0.01)  # there will be no more, and whoever asks need not be quick
        return head + struct.pack(">i", 1) + fetching.text("t") + struct.pack(">iihq", 1, 0, 0, self.case.end) + field(data)
