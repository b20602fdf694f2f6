"""Brokers that mean to fill a consumer's memory: it keeps no more than was sent to it."""

import struct

from . import compiled, fetching, old_broker
from .base import check, run

MIB = 1 << 20
# What code, threads and the receive path take without any messages.
ANYWAY = 8 * MIB
# What one connection gets before it is closed.
PIECE = 300_000
ANNOUNCED = 90 * MIB
BOMB = 40 * MIB


class Case:
    """A log for an old broker that is made here and not read back."""

    magic = 1

    def __init__(self, entries, end):
        self.entries, self.end = entries, end

    def from_offset(self, offset):
        return b"".join(data for last, data in self.entries if last >= offset)


class Announcing(old_broker.OldBroker):
    """Announces far more than it sends, and hangs up in the middle."""

    def __init__(self):
        super().__init__(Case([], 1))

    def fetch(self, version, r):
        head = struct.pack(">ii", 0, 1) + fetching.text("t") + struct.pack(">iihq", 1, 0, 0, 1)
        return head + struct.pack(">i", ANNOUNCED) + bytes(PIECE)

    def frame(self, api, answer):
        if api != old_broker.FETCH:
            return super().frame(api, answer)
        return struct.pack(">i", ANNOUNCED + len(answer) - PIECE) + answer, True


def bombs(count):
    """Each a message of some KiB with one of many MiB in it."""
    inner = old_broker.entry(0, 1, 0, 1, None, bytes(BOMB))
    kind, value = old_broker.compress("gzip", 1, inner)
    return Case([(n, old_broker.entry(n, 1, kind, 1, None, value)) for n in range(count)], count)


def hoard(libraries, address, seconds, messages):
    options = ["reconnect.backoff.ms=10", "reconnect.backoff.max.ms=10", "fetch.error.backoff.ms=10"]
    argv = [compiled.tool("hoard", libraries), address, str(seconds), str(messages), *options]
    # Each arena of the C library reserves 64 MiB of addresses, whatever is in it.
    environment = libraries.environment("ours", {"MALLOC_ARENA_MAX": "1"})
    words = run(argv, 60, environment)[1].decode().split()
    return {name: int(kib) * 1024 for name, kib in zip(words[::2], words[1::2])}


def announced(libraries):
    """Whatever a response says that will come, memory is taken for what has come, and given back with the connection."""
    with Announcing() as broker:
        kept = hoard(libraries, broker.address, 5, 0)
        check(broker.sent > 10 * PIECE, f"only {broker.sent} bytes were sent")
    took = f"{kept['peak'] / MIB:.1f} MiB were taken at most, and {kept['reserved'] / MIB:.1f} MiB of addresses"
    print(f"     {broker.sent / MIB:.1f} MiB sent in vain: {took}")
    check(kept["peak"] < 2 * MIB + ANYWAY, took)
    check(kept["reserved"] < ANNOUNCED / 2, took)


def compressed(libraries):
    """What would come out of compressed batches is not there before somebody wants it, and one batch at a time."""
    with old_broker.OldBroker(bombs(100)) as broker:
        kept = hoard(libraries, broker.address, 5, 10)
    print(f"     {broker.sent / MIB:.1f} MiB sent, {kept['idle'] / MIB:.1f} MiB kept; {kept['read'] / MIB:.1f} MiB while it is read")
    check(broker.sent > 2 * MIB, f"only {broker.sent} bytes were sent")
    check(kept["idle"] < 1.2 * broker.sent + ANYWAY, f"{kept['idle'] / MIB:.1f} MiB are kept of {broker.sent / MIB:.1f} MiB")
    # The last one that was read is held until the next; what the codec had while it grew may be kept for that.
    check(kept["read"] < 1.2 * broker.sent + 2.25 * BOMB + ANYWAY, f"{kept['read'] / MIB:.1f} MiB are kept while it is read")


TESTS = [("hoarding:announced", announced), ("hoarding:compressed", compressed)]
