"""The reference's own librdkafka as a client of our mock cluster: it knows brokers, and believes nothing of ours."""

import signal

from . import brokers, compiled
from .base import check, patience, run

MESSAGES = 50_000
USER, PASSWORD = "some,one=", "p\u00e4ss word"


def reference(libraries, bootstrap, *arguments):
    binary = compiled.tool("reference_on_mock", libraries)
    argv = ["stdbuf", "-oL", binary, bootstrap, *arguments]
    out = run(argv, 120, libraries.environment("reference"))[1].decode()
    check(f"{arguments[1]} messages of 2." in out, f"unexpected answer: {out!r}")


def produce_and_read(how):
    def test(libraries):
        service, bootstrap = brokers.mock_process(libraries, topics=("t:4",))
        with service:
            reference(libraries, bootstrap, how, str(MESSAGES))

    return test


def transactions(engine, version):
    """Our producer's transactions, read back by the reference; `version`: the cluster's transaction protocol."""

    def test(libraries):
        service, bootstrap = brokers.mock_process(
            libraries, topics=("t:4",), options=("--transaction-version", str(version))
        )
        binary = compiled.tool("reference_on_mock", libraries)
        argv = ["stdbuf", "-oL", binary, bootstrap, "transactions", str(MESSAGES)]
        with service:
            ours = dict(libraries.environment("ours"), ONLY="produce", RDKAFKA_PRODUCE_ENGINE=engine)
            out = run(argv, 120, ours)[1].decode()
            check(out.startswith("aborted "), f"unexpected answer: {out!r}")
            theirs = dict(libraries.environment("reference"), ONLY="read", ABORTED=out.split()[1])
            out = run(argv, 120, theirs)[1].decode()
            check(f"{MESSAGES} messages of 2." in out, f"unexpected answer: {out!r}")

    return test


def sasl(mechanism):
    def test(libraries):
        service, bootstrap = brokers.mock_process(
            libraries, topics=("t:4",), options=("--sasl", f"{USER}:{PASSWORD}", "--sasl", "other:other")
        )
        with service:
            options = ["security.protocol=SASL_PLAINTEXT", f"sasl.mechanism={mechanism}", f"sasl.username={USER}"]
            reference(libraries, bootstrap, "idempotent", "2000", *options, f"sasl.password={PASSWORD}")

    return test


def ends_on_sigterm(libraries):
    service, bootstrap = brokers.mock_process(libraries, topics=("t:4",))
    with service:
        reference(libraries, bootstrap, "idempotent", "100")
        service.process.send_signal(signal.SIGTERM)
        code = service.process.wait(patience(5))
        check(code == 0, f"rdkafka-mock ended with {code}")


TESTS = [
    ("mock:reference-idempotent", produce_and_read("idempotent")),
    ("mock:reference-transactions", produce_and_read("transactions")),
    ("transactions:legacy", transactions("legacy", 1)),
    ("transactions:v2", transactions("v2", 1)),
    ("transactions:legacy:kip-890", transactions("legacy", 2)),
    ("transactions:v2:kip-890", transactions("v2", 2)),
    ("mock:reference-sasl-plain", sasl("PLAIN")),
    ("mock:reference-sasl-scram-sha-256", sasl("SCRAM-SHA-256")),
    ("mock:reference-sasl-scram-sha-512", sasl("SCRAM-SHA-512")),
    ("mock:sigterm", ends_on_sigterm),
]
