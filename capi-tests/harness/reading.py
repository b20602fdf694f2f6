"""What consumers read: Debian's kcat on both libraries, and every field of every message beside a reader that is neither.

The messages are varied.c's, on our library and on the reference, and those of clients/Varied.java, in every codec."""

import contextlib
import os

from . import brokers, compiled, fetching, kafka, old_broker
from .base import check, run

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
WRITERS = ("ours", "reference", "java")
PARTITIONS = 3
# Of each writer and codec.
MESSAGES = 60
# In transactions; see varied.c.
TRANSACTIONAL = 200


def varied_java():
    """The command line of clients/Varied.java, which is compiled unless it has been."""
    return [*kafka.jvm(also=kafka.classes("Varied")), "Varied"]


def write(libraries, who, bootstrap, topic, codec, first, count, *options):
    arguments = [bootstrap, topic, codec, str(first), str(count), *options]
    if who == "java":
        run([*varied_java(), *arguments], 120, libraries.environment("system"))
    else:
        run([compiled.tool("varied", libraries), *arguments], 60, libraries.environment(who))


def fill(libraries, bootstrap, transactions):
    """Topic `t` gets messages of all writers in all codecs, `x` their transactions if there are any. Returns the topics."""
    blocks = [(codec, who) for codec in CODECS for who in WRITERS]
    for block, (codec, who) in enumerate(blocks):
        write(libraries, who, bootstrap, "t", codec, block * MESSAGES, MESSAGES)
    for block, who in enumerate(WRITERS if transactions else ()):
        write(libraries, who, bootstrap, "x", "lz4", block * TRANSACTIONAL, TRANSACTIONAL, f"transactional.id={who}")
    return ["t", "x"] if transactions else ["t"]


@contextlib.contextmanager
def on_mock(libraries):
    service, bootstrap = brokers.mock_process(libraries, 3, [f"t:{PARTITIONS}", f"x:{PARTITIONS}"])
    with service:
        yield bootstrap, fill(libraries, bootstrap, transactions=True)


@contextlib.contextmanager
def on_kafka(libraries):
    with kafka.Node("reading") as node:
        yield node.address, fill(libraries, node.address, transactions=True)


@contextlib.contextmanager
def on_tansu(libraries):
    """This broker and the Java client do not understand each other: its batches come by way of another one."""
    service, staging = brokers.mock_process(libraries, 1, [f"t:{PARTITIONS}"])
    with service, brokers.Tansu() as tansu:
        fill(libraries, staging, transactions=False)
        tansu.create("t", PARTITIONS)
        fetching.copy(staging, tansu.address, "t", PARTITIONS)
        yield tansu.address, ["t"]


# Every key that kcat has for a format.
EVERYTHING = r"%t|%p|%o|%T|%K|%k|%S|%R|%s|%h|%%\n"
# The time of a message in the middle.
TIME = 1_600_000_000_000 + 7 * MESSAGES * len(CODECS)
# Tansu has no messages there and says nothing of it, so that nobody's kcat ends.
OUT_OF_RANGE = ["-p", "0", "-e", "-o", "1000000", "-X", "auto.offset.reset=earliest"]
# What kcat is asked to print, partition by partition, since the order among them is nobody's.
READS = [
    ["-p", "0", "-e", "-o", "beginning", "-f", EVERYTHING],
    ["-p", "1", "-e", "-o", "-7", "-f", EVERYTHING, "-X", "check.crcs=true"],
    ["-p", "1", "-c", "5", "-o", "12", "-f", EVERYTHING],
    ["-p", "2", "-e", "-o", f"s@{TIME}", "-f", EVERYTHING],
    ["-p", "2", "-o", f"s@{TIME}", "-o", f"e@{TIME + 900}", "-f", EVERYTHING],
    ["-p", "0", "-e", "-o", "end"],
    OUT_OF_RANGE,
    ["-p", "1", "-e", "-D", "<END>", "-K", "<KEY>", "-Z"],
    ["-p", "2", "-e", "-J"],
    ["-p", "2", "-c", "30", "-o", "beginning", "-X", "fetch.message.max.bytes=100", "-X", "queued.min.messages=1"],
    ["-p", "0", "-e", "-X", "isolation.level=read_uncommitted", "-f", EVERYTHING],
    ["-p", "0", "-e", "-X", "isolation.level=read_committed", "-f", EVERYTHING],
]


def kcat(libraries, which, bootstrap, topic, options):
    argv = brokers.kcat("-C", "-b", bootstrap, "-t", topic, *options)
    _, out, err = run(argv, 60, libraries.environment(which))
    # Of what is said beside, kcat's own words.
    return out, b"".join(line for line in err.splitlines(True) if line.startswith(b"% "))


def prints(on, reads=READS):
    """kcat prints the same bytes on both libraries, and says the same of the ends."""

    def test(libraries):
        with on(libraries) as (bootstrap, topics):
            for topic, options in ((topic, options) for topic in topics for options in reads):
                printed = [kcat(libraries, which, bootstrap, topic, options) for which in ("ours", "reference")]
                check(printed[0] == printed[1], f"{topic} {options}: {differing(*printed)}")
                # At the end of the other one stands what was aborted.
                check(printed[0][0] or "end" in options or topic != "t", f"{topic} {options}: nothing")
            check_all_partitions(libraries, bootstrap)
            check_stored(libraries, bootstrap)

    return test


def differing(ours, reference):
    for name, mine, theirs in zip(("stdout", "stderr"), ours, reference):
        if mine != theirs:
            at = len(os.path.commonprefix([mine, theirs]))
            around = slice(max(0, at - 40), at + 80)
            return f"{name} differs at byte {at}: ours {mine[around]!r}, the reference's {theirs[around]!r}"
    return "nothing differs"


def check_all_partitions(libraries, bootstrap):
    """Several partitions at a time: the same lines, those of each partition in the same order."""
    found = []
    for which in ("ours", "reference"):
        out, _ = kcat(libraries, which, bootstrap, "t", ["-q", "-e", "-o", "beginning", "-f", "%p %o %K %S <END>"])
        found.append(sorted((int(line.split()[0]), int(line.split()[1]), line) for line in out.split(b"<END>") if line))
    check(found[0] == found[1] and len(found[0]) == MESSAGES * len(CODECS) * len(WRITERS), f"{len(found[0])} and {len(found[1])} messages")


def check_stored(libraries, bootstrap):
    """What kcat has read with a group is where it goes on with `-o stored`; without anything it is reset."""
    printed = []
    for which in ("ours", "reference"):
        group = ["-p", "1", "-q", "-X", f"group.id=of-{which}", "-f", EVERYTHING]
        options = ["-o", "stored", "-X", "auto.offset.reset=earliest", *group]
        first, second = (kcat(libraries, which, bootstrap, "t", ["-c", count, *options]) for count in ("10", "5"))
        check(first[0] and first != second, "it does not go on")
        printed.append((first[0] + second[0], first[1] + second[1]))
    check(printed[0] == printed[1] and printed[0][0], f"stored: {differing(*printed)}")


def fields(on):
    """Every field of every message is what a reader that knows no librdkafka finds in the same batches."""

    def test(libraries):
        with on(libraries) as (bootstrap, topics):
            for topic in topics:
                for isolation in ("read_committed", "read_uncommitted"):
                    expected = fetching.read(bootstrap, topic, PARTITIONS, isolation == "read_committed")
                    check(expected, f"{topic}: nothing is there")
                    for which in ("ours", "reference"):
                        compare(read_fields(libraries, which, bootstrap, topic, 0, f"isolation.level={isolation}"), expected, which)

    return test


def read_fields(libraries, which, bootstrap, topic, offset, *options, partitions=PARTITIONS):
    argv = [compiled.tool("read_fields", libraries), bootstrap, topic, str(partitions), str(offset), *options]
    lines = run(argv, 60, libraries.environment(which))[1].decode().splitlines()
    return sorted(lines, key=lambda line: [int(word) for word in line.split(maxsplit=2)[:2]])


def compare(found, expected, which):
    for number, (line, wanted) in enumerate(zip(found, expected)):
        check(line == wanted, f"{which}, message {number}: {line[:300]}\nin place of {wanted[:300]}")
    check(len(found) == len(expected), f"{which}: {len(found)} messages in place of {len(expected)}")


def message_sets(libraries):
    """Message sets of formats 0 and 1, nested with absolute and relative offsets, from a broker of those days."""
    for case in old_broker.CASES:
        with old_broker.OldBroker(case) as broker:
            for offset in case.offsets:
                expected = [line for line in case.expected if int(line.split()[1]) >= offset]
                for which in ("ours", "reference"):
                    found = read_fields(libraries, which, broker.address, "t", offset, partitions=1)
                    compare(found, expected, f"{case.name} from {offset} on, {which}")


TESTS = [
    ("reading:mock:kcat", prints(on_mock)),
    ("reading:kafka:kcat", prints(on_kafka)),
    ("reading:tansu:kcat", prints(on_tansu, [options for options in READS if options != OUT_OF_RANGE])),
    ("reading:mock:fields", fields(on_mock)),
    ("reading:kafka:fields", fields(on_kafka)),
    ("reading:tansu:fields", fields(on_tansu)),
    ("reading:message-sets", message_sets),
]
