"""A reader of topics that shares nothing with a client library: it fetches, and says every field of every message."""

import ctypes
import socket
import struct

from . import wire

PRODUCE, FETCH, METADATA = 0, 1, 3
JAVA_SNAPPY = b"\x82SNAPPY\0"
CONTROL, LOG_APPEND_TIME, TRANSACTIONAL = 0x20, 0x08, 0x10


class Connection:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), timeout=60)
        self.file = self.socket.makefile("rb")

    def ask(self, api, version, body):
        """Returns a reader of the answer's body."""
        head = struct.pack(">hhih", api, version, 7, 4) + b"test"
        self.socket.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
        size = struct.unpack(">i", self.file.read(4))[0]
        r = wire.Reader(self.file.read(size))
        if r.number("i") != 7:
            raise ValueError("an answer to something else")
        return r


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def leaders(bootstrap, topic):
    """{partition: (host, port)}, by Metadata 1."""
    host, port = bootstrap.split(",")[0].rsplit(":", 1)
    r = Connection(host, int(port)).ask(METADATA, 1, struct.pack(">i", 1) + text(topic))

    def broker():
        one = r.number("i"), (r.text(), r.number("i"))
        r.text()  # rack
        return one

    nodes = dict(r.array(broker))
    r.number("i")  # controller
    found = {}

    def partition():
        _, number, leader = r.number("h"), r.number("i"), r.number("i")
        r.array(lambda: r.number("i"))
        r.array(lambda: r.number("i"))
        found[number] = nodes[leader]

    def of_topic():
        r.number("h"), r.text(), r.number("b")
        r.array(partition)

    r.array(of_topic)
    return found


def fetch(connection, topic, partition, offset, committed):
    """(records, aborted transactions as (producer id, first offset)), by Fetch 4."""
    limit = 50 << 20
    body = struct.pack(">iiiibi", -1, 100, 1, limit, int(committed), 1) + text(topic)
    r = connection.ask(FETCH, 4, body + struct.pack(">iiqi", 1, partition, offset, limit))
    found = []

    def of_partition():
        _, code, _, _ = r.number("i"), r.number("h"), r.number("q"), r.number("q")
        if code:
            raise ValueError(f"partition {partition} at {offset}: error {code}")
        aborted = r.array(lambda: (r.number("q"), r.number("q"))) or []
        found.append((r.bytes() or b"", aborted))

    r.number("i")  # throttle time
    r.array(lambda: (r.text(), r.array(of_partition)))
    return found[0]


def copy(source, target, topic, partitions):
    """Appends what a topic has, batch by batch as it is, to the one of the same name somewhere else."""
    from_there, to_there = leaders(source, topic), leaders(target, topic)
    for partition in range(partitions):
        data, _ = fetch(Connection(*from_there[partition]), topic, partition, 0, False)
        target_connection, at = Connection(*to_there[partition]), 0
        while at < len(data):
            end = at + 12 + struct.unpack_from(">i", data, at + 8)[0]
            produce(target_connection, topic, partition, data[at:end])
            at = end


def produce(connection, topic, partition, batch):
    """By Produce 3."""
    body = struct.pack(">hhii", -1, -1, 30_000, 1) + text(topic)
    r = connection.ask(PRODUCE, 3, body + struct.pack(">iii", 1, partition, len(batch)) + batch)

    def of_partition():
        _, code, _, _ = r.number("i"), r.number("h"), r.number("q"), r.number("q")
        if code:
            raise ValueError(f"partition {partition}: error {code}")

    r.array(lambda: (r.text(), r.array(of_partition)))


def decompressed(codec, data):
    if codec == "zstd":
        return zstd(data)
    if codec != "snappy" or not data.startswith(JAVA_SNAPPY):
        return wire.decompress(codec, data)
    r, out = wire.Reader(data[16:]), b""
    while r.rest():
        out += wire.snappy(r.take(r.number("i")))
    return out


def zstd(data):
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
    library.ZSTD_decompress.restype = ctypes.c_size_t
    size = library.ZSTD_getFrameContentSize(data, ctypes.c_size_t(len(data)))
    size = size if size < 1 << 30 else 100 * len(data) + (1 << 20)  # some frames do not say it
    out = ctypes.create_string_buffer(size)
    length = library.ZSTD_decompress(out, ctypes.c_size_t(size), data, ctypes.c_size_t(len(data)))
    if library.ZSTD_isError(ctypes.c_size_t(length)):
        raise ValueError("zstd")
    return out.raw[:length]


def batches(data):
    """[(header, uncompressed records)] of the whole batches, CRCs checked; see wire.BATCH."""
    found, at = [], 0
    while at + 12 <= len(data):
        piece = data[at : at + 12 + struct.unpack_from(">i", data, at + 8)[0]]
        at += len(piece)
        if at > len(data) or len(piece) < 61:
            break
        r = wire.Reader(piece)
        header = {name: r.number(form) for name, form in wire.BATCH}
        if len(piece) != header["length"] + 12:
            break  # the last one may be cut off
        if header["magic"] != 2 or header["crc"] != wire.crc32c(piece[21:]):
            raise ValueError(f"batch at {header['base_offset']}")
        found.append((header, decompressed(wire.CODECS[header["attributes"] & 7], r.rest())))
    return found


def records(header, data):
    """[(offset, timestamp, key, value, headers)]."""

    def field(r):
        length = r.varint()
        return None if length < 0 else r.take(length)

    found, all_of_them = [], wire.Reader(data)
    for _ in range(header["count"]):
        r = wire.Reader(all_of_them.take(all_of_them.varint()))
        r.number("b")
        timestamp, offset = header["base_timestamp"] + r.varint(), header["base_offset"] + r.varint()
        key, value = field(r), field(r)
        headers = [(field(r), field(r)) for _ in range(r.varint())]
        found.append((offset, timestamp, key, value, headers))
    return found


def shown(field):
    return "-" if field is None else ":" + field.hex()


def line(partition, offset, time, epoch, key, value, headers=()):
    """As read_fields.c says a message. `time` is (type, milliseconds)."""
    words = [f"{partition} {offset} {time[0]}/{time[1]} {epoch} {shown(key)} {shown(value)}"]
    return " ".join(words + [f"{name.decode()}={shown(content)}" for name, content in headers])


def partition_lines(connection, topic, partition, committed):
    """All messages that a consumer is to be given."""
    found, offset = [], 0
    while True:
        data, aborted = fetch(connection, topic, partition, offset, committed)
        read = batches(data)
        if not read:
            return found
        open_ones = set()
        for header, content in read:
            producer = header["producer_id"]
            last = header["base_offset"] + header["last_offset_delta"]
            open_ones |= {p for p, first in aborted if first <= last} if committed else set()
            if header["attributes"] & CONTROL:
                if records(header, content)[0][2][2:4] == b"\0\0":  # the type of the marker: an abort
                    open_ones.discard(producer)
                    aborted = [(p, first) for p, first in aborted if p != producer or first > last]
            elif not (header["attributes"] & TRANSACTIONAL and producer in open_ones):
                found += [batch_line(partition, header, one) for one in records(header, content) if one[0] >= offset]
        offset = read[-1][0]["base_offset"] + read[-1][0]["last_offset_delta"] + 1


def batch_line(partition, header, record):
    offset, timestamp, key, value, headers = record
    appended = header["attributes"] & LOG_APPEND_TIME
    time = (2, header["max_timestamp"]) if appended else (1, timestamp)
    return line(partition, offset, time, header["leader_epoch"], key, value, headers)


def read(bootstrap, topic, partitions, committed):
    """What a topic has, partition by partition, in lines as read_fields.c writes them."""
    places = leaders(bootstrap, topic)
    lines = []
    for partition in range(partitions):
        lines += partition_lines(Connection(*places[partition]), topic, partition, committed)
    return lines
