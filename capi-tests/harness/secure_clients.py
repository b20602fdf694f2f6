"""Clients and bindings that people use, unmodified, with our library over TLS and SASL on the mock cluster."""

import json
import os
import sys

from . import bindings, brokers, certificates, clients, downloads
from .base import check, run, work
from .roundtrip import write_input

USER, PASSWORD = "alice", "wonderland"


class SecureMock:
    """The mock cluster behind TLS and SASL; `connection` is what its clients are configured with."""

    def __init__(self, libraries, topics=()):
        folder = certificates.folder()
        server = [os.path.join(folder, name) for name in ("server.pem", "server.key")]
        options = ["--tls-cert", server[0], "--tls-key", server[1], "--sasl", f"{USER}:{PASSWORD}"]
        self.service, self.bootstrap = brokers.mock_process(libraries, 3, topics, options=options)
        self.connection = {
            "security.protocol": "sasl_ssl",
            "ssl.ca.location": os.path.join(folder, "ca.pem"),
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": USER,
            "sasl.password": PASSWORD,
        }

    def arguments(self, **changed):
        """The same for kcat. `changed`: other values, underscores in place of dots."""
        connection = {**self.connection, **{name.replace("_", "."): value for name, value in changed.items()}}
        return [word for name, value in connection.items() for word in ("-X", f"{name}={value}")]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.service.kill()


def kcat(libraries):
    """Debian's kcat produces on our library, and reads back on its own."""
    rows = clients.lines()
    with SecureMock(libraries, topics=["t:8"]) as mock:
        common = brokers.kcat("-b", mock.bootstrap, "-t", "t")
        argv = [*common, "-P", "-K", r"\t", "-l", write_input(rows, "kcat"), *mock.arguments()]
        run(argv, 60, libraries.environment("ours"))
        # Debian's librdkafka repeats its nonce wrongly in SCRAM, which brokers do not take since CVE-2024-56128.
        argv = [*common, "-C", "-e", "-q", "-o", "beginning", "-f", r"%k\t%s\n", *mock.arguments(sasl_mechanism="PLAIN")]
        _, out, _ = run(argv, 60, libraries.environment("system"))
        clients.same(rows, [tuple(line.split(b"\t", 1)) for line in out.splitlines()])


def confluent_kafka_python(libraries):
    """The same program on the wheel with its own librdkafka and with ours."""
    package = downloads.confluent_kafka()

    def said(package):
        with SecureMock(libraries) as mock:
            environment = libraries.environment("system", {"PYTHONPATH": package})
            argv = [sys.executable, "-u", bindings.SCRIPT, mock.bootstrap, "{}", json.dumps(mock.connection)]
            return run(argv, 120, environment, cwd=work())[1].decode().splitlines()

    ours = bindings.with_our_library(libraries, package, "confluent-kafka")
    bindings.same(said(package), said(ours), "the wheel's librdkafka")


def rust_rdkafka(libraries):
    """The crate rdkafka on the reference and on ours."""
    program = bindings.rust_program(libraries)

    def said(which):
        with SecureMock(libraries, topics=["t:4"]) as mock:
            argv = [program, mock.bootstrap, *(f"{name}={value}" for name, value in mock.connection.items())]
            return run(argv, 120, libraries.environment(which))[1].decode().splitlines()

    bindings.same(said("reference"), said("ours"), "the reference")


def refuses_the_wrong(libraries):
    """The mock lets nobody in who has another password or does not know its authority: the rows above prove something."""
    with SecureMock(libraries, topics=["t:8"]) as mock:
        for changed in ({"sasl_password": "other"}, {"ssl_ca_location": os.path.join(certificates.folder(), "other.pem")}):
            argv = brokers.kcat("-P", "-b", mock.bootstrap, "-t", "t", *mock.arguments(**changed, message_timeout_ms="2000"))
            code, _, _ = run(argv, 60, libraries.environment("ours"), stdin=b"lost\n", ok=None)
            check(code != 0, f"produced with {changed}")


TESTS = [
    ("clients:kcat:sasl-ssl", kcat),
    ("clients:kcat:sasl-ssl:refused", refuses_the_wrong),
    ("clients:confluent-kafka-python:sasl-ssl", confluent_kafka_python),
    ("clients:rust-rdkafka:sasl-ssl", rust_rdkafka),
]
