"""The Kafka protocol as the comparison of what two clients send needs it: requests decoded with nothing of ours in the decoder.

`decode(frame)` turns a request into (api, version, correlation id, fields). Fields of a ProduceRequest include `batches`."""

import gzip
import struct
import zlib

APIS = {0: "Produce", 3: "Metadata", 10: "FindCoordinator", 17: "SaslHandshake", 18: "ApiVersions", 22: "InitProducerId",
        71: "GetTelemetrySubscriptions", 72: "PushTelemetry"}  # fmt: skip
FIRST_FLEXIBLE = {0: 9, 3: 9, 10: 3, 18: 3, 22: 2, 71: 0, 72: 0}
CODECS = {0: "none", 1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}


class Reader:
    def __init__(self, data, flexible=False):
        self.data, self.at, self.flexible = data, 0, flexible

    def take(self, n):
        piece = self.data[self.at : self.at + n]
        if n < 0 or len(piece) != n:
            raise ValueError(f"cut off at {self.at}, {n} more wanted")
        self.at += n
        return piece

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(form)))[0]

    def uvarint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def varint(self):
        value = self.uvarint()
        return (value >> 1) ^ -(value & 1)

    def length(self, form):
        """Of a string or an array; None is null."""
        n = self.uvarint() - 1 if self.flexible else self.number(form)
        return None if n < 0 else n

    def text(self):
        n = self.length("h")
        return None if n is None else self.take(n).decode("utf-8", "replace")

    def bytes(self):
        n = self.length("i")
        return None if n is None else self.take(n)

    def array(self, one):
        n = self.length("i")
        return None if n is None else [one() for _ in range(n)]

    def tags(self):
        if self.flexible and self.uvarint():
            raise ValueError("tagged fields")

    def rest(self):
        return self.data[self.at :]


def decode(frame):
    r = Reader(frame)
    key, version, correlation = r.number("h"), r.number("h"), r.number("i")
    fields = {"client_id": r.text()}
    r.flexible = version >= FIRST_FLEXIBLE.get(key, 1 << 15)
    r.tags()
    body = {0: produce, 3: metadata, 18: api_versions, 22: init_producer_id}.get(key)
    if body:
        fields.update(body(r, version))
        r.tags()
        if r.rest():
            raise ValueError(f"{len(r.rest())} bytes behind the request")
    else:
        fields["body"] = r.rest().hex()
    return APIS.get(key, str(key)), version, correlation, fields


def api_versions(r, version):
    return {"software_name": r.text(), "software_version": r.text()} if version >= 3 else {}


def init_producer_id(r, version):
    fields = {"transactional_id": r.text(), "timeout": r.number("i")}
    if version >= 3:
        fields.update(producer_id=r.number("q"), epoch=r.number("h"))
    return fields


def metadata(r, version):
    def topic():
        if version >= 10 and r.take(16) != bytes(16):
            raise ValueError("a topic id")
        name = r.text()
        r.tags()
        return name

    fields = {"topics": r.array(topic)}
    if version >= 4:
        fields["auto_create"] = r.number("b")
    if 8 <= version <= 10:
        fields["cluster_operations"] = r.number("b")
    if version >= 8:
        fields["topic_operations"] = r.number("b")
    return fields


def produce(r, version):
    batches = []

    def topic():
        name = r.text()
        partitions = r.array(lambda: partition(name))
        r.tags()
        return name, len(partitions)

    def partition(name):
        number = r.number("i")
        batches.append((name, number, records(r.bytes())))
        r.tags()

    fields = {"transactional_id": r.text() if version >= 3 else None}
    fields.update(acks=r.number("h"), timeout=r.number("i"))
    fields["topics"] = len(r.array(topic))
    fields["batches"] = batches
    return fields


def records(data):
    """A record batch or a message set as a dict. `records` is the uncompressed bytes of the records or messages."""
    return record_batch(data) if data[16] == 2 else message_set(data)


BATCH = [("base_offset", "q"), ("length", "i"), ("leader_epoch", "i"), ("magic", "b"), ("crc", "I"), ("attributes", "h"),
         ("last_offset_delta", "i"), ("base_timestamp", "q"), ("max_timestamp", "q"), ("producer_id", "q"),
         ("producer_epoch", "h"), ("base_sequence", "i"), ("count", "i")]  # fmt: skip


def record_batch(data):
    r = Reader(data)
    batch = {name: r.number(form) for name, form in BATCH}
    if batch.pop("length") != len(data) - 12:
        raise ValueError("length of the batch")
    if batch.pop("crc") != crc32c(data[21:]):
        raise ValueError("CRC of the batch")
    batch["codec"] = CODECS[batch["attributes"] & 7]
    batch["records"] = decompress(batch["codec"], r.rest())
    check = Reader(batch["records"])
    for _ in range(batch["count"]):
        check.take(check.varint())
    if check.rest():
        raise ValueError("bytes behind the last record")
    return batch


def messages(data):
    """[(offset, magic, attributes, timestamp, key, value)] of a message set, CRCs checked."""
    found, r = [], Reader(data)
    while r.rest():
        offset = r.number("q")
        m = Reader(r.take(r.number("i")))
        if m.number("I") != zlib.crc32(m.rest()):
            raise ValueError("CRC of a message")
        magic, attributes = m.number("b"), m.number("b")
        timestamp = m.number("q") if magic else None
        key, value = m.bytes(), m.bytes()
        if m.rest():
            raise ValueError("bytes behind a message")
        found.append((offset, magic, attributes, timestamp, key, value))
    return found


def message_set(data):
    found = messages(data)
    offset, magic, attributes, timestamp, key, value = found[0]
    codec = CODECS[attributes & 7]
    if codec == "none":
        return {"magic": magic, "codec": codec, "count": len(found), "records": data}
    if len(found) != 1:
        raise ValueError("something behind a compressed set")
    if codec == "lz4":
        value = lz4_checksum(value, broken=magic == 0)
    inner = decompress(codec, value)
    return {
        "magic": magic,
        "codec": codec,
        "wrapper": (offset, attributes, timestamp, key),
        "count": len(messages(inner)),
        "records": inner,
    }


def table(polynomial):
    rows = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (polynomial if n & 1 else 0)
        rows.append(n)
    return rows


CRC32C = table(0x82F63B78)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC32C[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def decompress(codec, data):
    if codec == "none":
        return data
    if codec == "gzip":
        return gzip.decompress(data)
    if codec == "lz4":
        return lz4_frame(data)
    if codec == "snappy":
        return snappy(data)
    raise ValueError(f"no decoder for {codec}")


def snappy(data):
    """The raw format, without the frames of Java."""
    r = Reader(data)
    length, out = r.uvarint(), bytearray()
    while r.rest():
        tag = r.take(1)[0]
        if tag & 3 == 0:
            n = tag >> 2
            n = int.from_bytes(r.take(n - 59), "little") if n >= 60 else n
            out += r.take(n + 1)
            continue
        if tag & 3 == 1:
            n, distance = (tag >> 2 & 7) + 4, (tag >> 5 << 8) + r.take(1)[0]
        else:
            n, distance = (tag >> 2) + 1, int.from_bytes(r.take(2 if tag & 3 == 2 else 4), "little")
        for _ in range(n):
            out.append(out[-distance])
    if len(out) != length:
        raise ValueError("length of snappy data")
    return bytes(out)


LZ4_MAGIC = b"\x04\x22\x4d\x18"


def lz4_header(data):
    """Where the header checksum stands."""
    if data[:4] != LZ4_MAGIC:
        raise ValueError("no LZ4 frame")
    return 6 + (8 if data[4] & 8 else 0)


def lz4_checksum(data, broken):
    """The frame, after a look at the checksum of its header: before Kafka 0.10 it covers the magic number, too."""
    at = lz4_header(data)
    if data[at] != xxh32(data[0 if broken else 4 : at]) >> 8 & 0xFF:
        raise ValueError(f"LZ4 header checksum is not {'the old broken' if broken else 'the sound'} one")
    return data


def lz4_frame(data):
    at = lz4_header(data) + 1
    flags, out = data[4], bytearray()
    while True:
        size = struct.unpack_from("<I", data, at)[0]
        at += 4
        if size == 0:
            break
        block = data[at : at + (size & 0x7FFFFFFF)]
        at += len(block) + (4 if flags & 0x10 else 0)
        out += block if size >> 31 else lz4_block(block)
    if at + (4 if flags & 4 else 0) != len(data):
        raise ValueError("bytes behind the LZ4 frame")
    return bytes(out)


def lz4_block(data):
    out, at = bytearray(), 0

    def extended(n, at):
        if n == 15:
            while True:
                n += data[at]
                at += 1
                if data[at - 1] != 255:
                    break
        return n, at

    while at < len(data):
        token = data[at]
        literals, at = extended(token >> 4, at + 1)
        out += data[at : at + literals]
        at += literals
        if at >= len(data):
            break
        distance = data[at] | data[at + 1] << 8
        match, at = extended(token & 15, at + 2)
        for _ in range(match + 4):
            out.append(out[-distance])
    return out


def xxh32(data):
    """Of less than 16 bytes, seed 0."""
    p1, p2, p3, p4, p5 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1
    mask = 0xFFFFFFFF
    h = (p5 + len(data)) & mask

    def rotate(x, n):
        x &= mask
        return (x << n | x >> (32 - n)) & mask

    words = len(data) // 4 * 4
    for at in range(0, words, 4):
        h = rotate(h + struct.unpack_from("<I", data, at)[0] * p3, 17) * p4 & mask
    for byte in data[words:]:
        h = rotate(h + byte * p5, 11) * p1 & mask
    h = (h ^ h >> 15) * p2 & mask
    h = (h ^ h >> 13) * p3 & mask
    return h ^ h >> 16
